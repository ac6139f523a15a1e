"""A chromaticity → levels of a fixture's emitters: which of them shine, how much of each, and what is seen.

Colours of light add along straight lines, so a colour lies in a triangle of three emitters. Of all triangles the one is
taken with no other emitter in its circle (Delaunay's): the nearest emitters make the colour, whites before primaries,
and neighbouring colours are made alike. What lies outside all of them becomes the nearest that can be made. Exact
integers and fractions; distances are in CIE 1976 (u′, v′).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import prod

from showctl.lamps import Emitter
from showctl.light import Point, from_uv_1976, uv_1976
from showctl.model import LEVEL_MAX

Weights = dict[int, int]
"""Emitter → its share of the light, in any common unit."""

SHARING = ("warm", "cold")
"""The two whites of a panel share one full, so that it is as bright at any kelvin."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Levels of 0..LEVEL_MAX of the emitters that shine: the strongest, or two whites together, at full.

    ``shown`` is the (x, y) they make.
    """

    levels: tuple[tuple[str, int], ...]
    shown: Point


@lru_cache(maxsize=16384)
def mixed(emitters: tuple[Emitter, ...], colour: Point) -> Mix:
    """The colour, made of two emitters or more."""
    points = [uv_1976((each.x, each.y)) for each in emitters]
    wanted = uv_1976(colour)
    weights = _inside(points, wanted) or _nearest(points, wanted)
    # An emitter's share in (u′, v′) weighs X + 15 Y + 3 Z, which is 9 Y / v′.
    common = prod(each.output for each in emitters)
    amounts = {at: weight * points[at][1] * (common // emitters[at].output) for at, weight in weights.items() if weight}
    strongest = max(*amounts.values(), sum(amounts[at] for at in amounts if emitters[at].name in SHARING))
    levels = {emitters[at].name: (2 * amount * LEVEL_MAX + strongest) // (2 * strongest)
              for at, amount in amounts.items()}
    return Mix(tuple(levels.items()), from_uv_1976(_centre(points, weights)))


def _inside(points: list[Point], wanted: Point) -> Weights | None:
    """The shares of three emitters around the colour, none other being nearer; None where it lies outside all."""
    for corners in combinations(range(len(points)), 3):
        a, b, c = (points[at] for at in corners)
        shares = (_turn(b, c, wanted), _turn(c, a, wanted), _turn(a, b, wanted))
        area = sum(shares)
        if area == 0:
            continue
        if area < 0:
            a, b = b, a
            shares = (-shares[0], -shares[1], -shares[2])
        if min(shares) >= 0 and not any(_in_circle(a, b, c, point) for point in points):
            return dict(zip(corners, shares, strict=True))
    return None


def _nearest(points: list[Point], wanted: Point) -> Weights:
    """The shares of the two emitters whose line comes nearest to the colour."""
    found: tuple[Fraction, Weights] | None = None
    for one, other in combinations(range(len(points)), 2):
        (x, y), (other_x, other_y) = points[one], points[other]
        along_x, along_y = other_x - x, other_y - y
        length = along_x**2 + along_y**2
        if not length:
            continue
        way = min(max((wanted[0] - x) * along_x + (wanted[1] - y) * along_y, 0), length)
        share = Fraction(way, length)
        off = (x + share * along_x - wanted[0]) ** 2 + (y + share * along_y - wanted[1]) ** 2
        if found is None or off < found[0]:
            found = off, {one: length - way, other: way}
    return {0: 1} if found is None else found[1]


def _turn(a: Point, b: Point, c: Point) -> int:
    """Twice the area of a triangle; positive where its corners run counter-clockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _in_circle(a: Point, b: Point, c: Point, point: Point) -> bool:
    """Whether a point lies strictly inside the circle through the corners of a counter-clockwise triangle."""
    (ax, ay), (bx, by), (cx, cy) = ((each[0] - point[0], each[1] - point[1]) for each in (a, b, c))
    return (
        (ax * ax + ay * ay) * (bx * cy - cx * by)
        - (bx * bx + by * by) * (ax * cy - cx * ay)
        + (cx * cx + cy * cy) * (ax * by - bx * ay)
    ) > 0


def _centre(points: list[Point], weights: Weights) -> Point:
    total = sum(weights.values())
    u = sum(weight * points[at][0] for at, weight in weights.items())
    v = sum(weight * points[at][1] for at, weight in weights.items())
    return u // total, v // total

