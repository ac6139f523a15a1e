"""The words of a look's value: level, white, tint, gel, colour by name, number or chromaticity, single emitters.

They come in any order, each kind once: ``70% 4000K +0.01 tint``, ``L201``, ``5600K L206``, ``xy 0.31 0.33``,
``hue 210 sat 60%``, ``#ff8800``, ``uv=20%``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from showctl import gels, units
from showctl.light import GREEN_DUV, ONE, shifted_mk
from showctl.model import LEVEL_MAX
from showctl.profiles import NO_TONE, Tone

KELVIN = re.compile(r"[\d.]+[Kk]", re.ASCII)
LEVEL = re.compile(r"[+-]?[\d.]+%", re.ASCII)
SHIFT = re.compile(r"[+-](\d{1,3}(?:\.\d{1,9})?|\d/\d)", re.ASCII)
OWN = re.compile(r"([a-z][a-z-]{0,40})=(.*)", re.ASCII)
PLACE = re.compile(r"[01]?\.\d{1,9}|[01]", re.ASCII)
DEGREES = re.compile(r"\d{1,3}(?:\.\d{1,3})?", re.ASCII)

WRITE = "write '70%', '70% 4000K', '50% red' or '+10%'"
TINTED = "write '4000K +0.01 tint'"
TINT_MAX = ONE // 20
"""Beyond a Duv of 0.05 a light is no white any more (ANSI C78.377 stops far earlier)."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the words ask for. ``level`` None: nothing; ``own`` are attributes by name and their level."""

    level: int | None = None
    relative: bool = False
    tone: Tone = NO_TONE
    own: tuple[tuple[str, int], ...] = ()


def read(words: list[str], text: str) -> Said:
    """The value in ``words``; ``text`` is the whole of it, for messages. Raises ValueError that says what to write."""
    said, filters = Said(), []
    left = iter(words)
    for word in left:
        if LEVEL.fullmatch(word) and said.level is None:
            sign = -1 if word[0] == "-" else 1
            said = replace(said, level=units.level(word.lstrip("+-")) * sign, relative=word[0] in "+-")
        elif (own := OWN.fullmatch(word)) is not None:
            if own[1] in dict(said.own):
                raise ValueError(f"'{own[1]}' is said twice in '{text[:40]}'; write it once")
            said = replace(said, own=(*said.own, (own[1], units.level(own[2]))))
        elif gels.is_gel(word):
            filters.append(gels.find(word))
        else:
            said = replace(said, tone=_with(said.tone, _tone(word, left, text)))
    if filters:
        said = replace(said, tone=_filtered(said.tone, filters))
    if said.tone.tint and said.tone.kelvin_mk is None:
        raise ValueError(f"a tint goes with a colour temperature; {TINTED}")
    if said == Said():
        raise ValueError(f"nothing to show; {WRITE}")
    return said


def _tone(word: str, left: Iterator[str], text: str) -> Tone:
    """The colour that begins with this word; what more it needs is taken from those left."""
    if KELVIN.fullmatch(word):
        return Tone(kelvin_mk=units.kelvin(word))
    if SHIFT.fullmatch(word):
        return Tone(tint=_tint(word, next(left, ""), text))
    if word == "xy":
        return Tone(xy=_place(next(left, ""), next(left, "")))
    if word == "hue":
        return Tone(rgb=_hue(next(left, ""), left))
    if re.match(r"[\d+-]", word):
        raise ValueError(f"'{text[:40]}' is no value of a look; {WRITE}")
    return Tone(rgb=units.colour(word))


def _with(one: Tone, other: Tone) -> Tone:
    """Both together: a white may have one tint, else there is one colour."""
    if NO_TONE in (one, other):
        return other if one == NO_TONE else one
    if one.kelvin_mk is None and other.kelvin_mk is not None:
        one, other = other, one
    if other == Tone(tint=other.tint) and not one.tint:
        if one.kelvin_mk is None:
            raise ValueError(f"a tint goes with a colour temperature; {TINTED}")
        return replace(one, tint=other.tint)
    whites = sum(each.kelvin_mk is not None for each in (one, other))
    said = "a colour and a colour temperature" if whites == 1 else "two colours"
    raise ValueError(f"{said} at once; write one of them")


def _tint(word: str, unit: str, text: str) -> int:
    """``+0.01 tint`` is Duv, ``-1/2 green`` as much as half a minus green gel."""
    if unit not in ("tint", "green"):
        raise ValueError(f"'{text[:40]}' is no value of a look; {WRITE}")
    over, _, under = word[1:].partition("/")
    if under == "0":
        raise ValueError(f"'{word}' is no fraction; write '+1/2 green'")
    size = Decimal(over) / Decimal(under or 1) * (ONE if unit == "tint" else GREEN_DUV)
    if size > TINT_MAX:
        most = "0.05 tint" if unit == "tint" else "2.5 green"
        raise ValueError(f"'{word} {unit}' is no white any more; write at most {most}")
    return int(size) * (-1 if word[0] == "-" else 1)


def _place(x: str, y: str) -> tuple[int, int]:
    if not (PLACE.fullmatch(x) and PLACE.fullmatch(y)):
        raise ValueError("'xy' needs two numbers of the CIE 1931 diagram; write 'xy 0.31 0.33'")
    place = int(Decimal(x) * ONE), int(Decimal(y) * ONE)
    if sum(place) > ONE or place[1] < ONE // 1000:
        raise ValueError(f"'xy {x} {y}' is no light; y is above 0 and x and y together are at most 1")
    return place


def _hue(degrees: str, left: Iterator[str]) -> units.Colour:
    """``hue 210`` round the circle of red (0), green (120) and blue (240); ``sat 60%`` mixes white into it."""
    if not DEGREES.fullmatch(degrees) or Decimal(degrees) > 360:
        raise ValueError("'hue' needs an angle of 0 to 360; write 'hue 210' or 'hue 210 sat 60%'")
    saturation = LEVEL_MAX
    for word in left:
        if word != "sat":
            raise ValueError(f"'{word[:40]}' stands after the hue; write 'hue 210 sat 60%' last")
        saturation = units.level(next(left, ""))
    return units.hue(Decimal(degrees), saturation)


def _filtered(tone: Tone, filters: list[gels.Gel]) -> Tone:
    """A gel alone is what it makes of a tungsten lamp; before a white of the look stand correction gels, any number."""
    if tone == NO_TONE and len(filters) == 1:
        return Tone(xy=filters[0].colour)
    if tone.kelvin_mk is None:
        raise ValueError("two colours at once; gels stand together only before a white, such as '5600K L206 L248'")
    for gel in filters:
        if gel.mired is None and gel.duv is None:
            raise ValueError(
                f"{gel.number} {gel.name} makes its own colour; write it without kelvin "
                "(only conversion gels and plus or minus green stand before any white)"
            )
        tone = replace(tone, kelvin_mk=shifted_mk(tone.kelvin_mk or 0, gel.mired or 0), tint=tone.tint + (gel.duv or 0))
    if abs(tone.tint) > TINT_MAX:
        raise ValueError("so much green or magenta is no white any more; write a colour")
    return tone
