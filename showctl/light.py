"""Light as numbers: the colour of a white, tint across it, how far apart two colours are.

A chromaticity is CIE 1931 (x, y), a tint is Duv: the distance from the black-body line in CIE 1960 (u, v), positive
to green (ANSI C78.377). All are integers in units of 10⁻⁹, rounded once from exact ratios, so that a sheet means the
same everywhere (CORE 8).
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

ONE = 10**9
"""1.0 of x, y, u, v and Duv."""

MIRED_MK = 10**9
"""Mired = 10⁶ / kelvin = 10⁹ / millikelvin."""

RECIPROCAL = 10_000 * MIRED_MK

HOTTEST_MK, COLDEST_MK = 15_000_000, 1_000_000
"""The ends of M. Krystek's fit of the black-body line (Color Research and Application 10, 1985)."""

GREEN_DUV = 19_500_000
"""One full plus or minus green gel: LEE 244 moves a tungsten lamp by +0.0194, LEE 247 by −0.0197, as LEE measured."""

Point = tuple[int, int]


def white(kelvin_mk: int, tint: int = 0) -> Point:
    """The chromaticity of a white: millikelvin (held to 1000 K to 15000 K) and Duv."""
    u, v = _black_body(_held(kelvin_mk))
    if tint:
        across_u, across_v, length = _across(kelvin_mk)
        u, v = u + _rounded(tint * across_u, length), v + _rounded(tint * across_v, length)
    divisor = 2 * u - 8 * v + 4 * ONE
    return _rounded(3 * u * ONE, divisor), _rounded(2 * v * ONE, divisor)


@lru_cache(maxsize=4096)
def whiteness(colour: Point) -> tuple[int, int]:
    """The nearest white of a chromaticity: (millikelvin, Duv).

    The colour lies across the line from its white, so the search halves the line (in mired) by which side it is on.
    """
    u, v = uv(colour)
    low, high = MIRED_MK * 1000 // HOTTEST_MK, MIRED_MK * 1000 // COLDEST_MK     # in thousandths of a mired
    while high - low > 1:
        middle = (low + high) // 2
        kelvin_mk = MIRED_MK * 1000 // middle
        here_u, here_v = _black_body(kelvin_mk)
        across_u, across_v, _ = _across(kelvin_mk)
        warmer = (u - here_u) * across_v - (v - here_v) * across_u > 0
        low, high = (middle, high) if warmer else (low, middle)
    kelvin_mk = MIRED_MK * 1000 // low
    here_u, here_v = _black_body(kelvin_mk)
    across_u, across_v, length = _across(kelvin_mk)
    return kelvin_mk, _rounded((u - here_u) * across_u + (v - here_v) * across_v, length)


def shifted_mk(kelvin_mk: int, mired: int) -> int:
    """The temperature behind a conversion gel of that mired shift (+159 is full CTO), held to the line's ends."""
    divisor = MIRED_MK + mired * kelvin_mk
    return HOTTEST_MK if divisor <= 0 else _held(_rounded(kelvin_mk * MIRED_MK, divisor))


def reciprocal(kelvin_mk: int) -> int:
    """Millikelvin → ten-thousandths of a mired, in which steps look even: a level of kelvin where it fades so."""
    return RECIPROCAL // kelvin_mk


def reciprocals(warmest_mk: int, coldest_mk: int) -> tuple[int, int]:
    """The lowest and highest level whose kelvin are not beyond either end."""
    return -(-RECIPROCAL // coldest_mk), RECIPROCAL // warmest_mk


def kelvin_mk(level: int) -> int:
    """The way back; never below the millikelvin that were meant, and less than 23 above."""
    return RECIPROCAL // level


def uv(colour: Point) -> Point:
    """CIE 1931 (x, y) → CIE 1960 (u, v)."""
    x, y = colour
    divisor = -2 * x + 12 * y + 3 * ONE
    return _rounded(4 * x * ONE, divisor), _rounded(6 * y * ONE, divisor)


def uv_1976(colour: Point) -> Point:
    """CIE 1931 (x, y) → CIE 1976 (u′, v′), where equal distances look about equal."""
    u, v = uv(colour)
    return u, _rounded(3 * v, 2)


def from_uv_1976(point: Point) -> Point:
    """The way back: (u′, v′) → (x, y)."""
    u, v = point
    divisor = 6 * u - 16 * v + 12 * ONE
    return _rounded(9 * u * ONE, divisor), _rounded(4 * v * ONE, divisor)


def apart(one: Point, other: Point) -> int:
    """How far two chromaticities look apart: the distance in (u′, v′). About 0.004 is just seen side by side."""
    (u, v), (other_u, other_v) = uv_1976(one), uv_1976(other)
    return isqrt((u - other_u) ** 2 + (v - other_v) ** 2)


# ---- the black-body line ----

def _held(kelvin_mk: int) -> int:
    return min(max(kelvin_mk, COLDEST_MK), HOTTEST_MK)


@lru_cache(maxsize=8192)
def _black_body(kelvin_mk: int) -> Point:
    """(u, v) of a black body; Krystek's two rational functions of the temperature."""
    return _ratio(U, kelvin_mk), _ratio(V, kelvin_mk)


def _ratio(fit: tuple[int, ...], kelvin_mk: int) -> int:
    over = fit[0] * 10**6 + (fit[1] * 1000 + fit[2] * kelvin_mk) * kelvin_mk
    under = 10**22 + (fit[3] * 1000 + fit[4] * kelvin_mk) * kelvin_mk
    return _rounded(over * ONE, under)


@lru_cache(maxsize=8192)
def _across(kelvin_mk: int) -> tuple[int, int, int]:
    """The direction across the line, towards green, and its length: a right angle to a short piece of the line."""
    kelvin_mk = _held(kelvin_mk)
    colder_u, colder_v = _black_body(kelvin_mk - kelvin_mk // 200)
    hotter_u, hotter_v = _black_body(kelvin_mk + kelvin_mk // 200)
    along_u, along_v = hotter_u - colder_u, hotter_v - colder_v
    return along_v, -along_u, isqrt(along_u**2 + along_v**2)


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


# The fit's five coefficients of 1, T, T² over 1 + T, T², each in units of 10⁻¹⁶.
U = (8601177570000000, 1541182540000, 1286412120, 8424202350000, 7081451630)
V = (3173987260000000, 422806245000, 420481691, -289741816000, 1614560530)
