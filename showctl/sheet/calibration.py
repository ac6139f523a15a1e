"""What a venue says of one lamp: emitters as measured, trims, limits, the curve of its dimmer. Text → exact values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from showctl import dimming, units
from showctl.light import COLDEST_MK, HOTTEST_MK, Point, white
from showctl.model import LEVEL_MAX
from showctl.sheet import tones
from showctl.sheet.problems import hint

OUTPUT = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)", re.ASCII)
UNITS = ("lx", "lm", "cd")


class Reading(NamedTuple):
    """One emitter at full: its (x, y), and how bright it is beside the others, in thousandths of the meter's unit."""

    colour: Point
    output: int


def measured(text: str) -> Reading:
    """``xy 0.69 0.31 412 lx``: the colour as a look says one, then what the meter read; only its share counts."""
    words = text.split()
    if len(words) < 3 or words[-1] not in UNITS or OUTPUT.fullmatch(words[-2]) is None:
        raise ValueError(
            f"'{text[:40]}' does not say how bright it is; write the colour and what the meter read of each emitter "
            "at full, such as 'xy 0.69 0.31 412 lx' or '2850K 900 lx'"
        )
    output = int(Decimal(words[-2]) * 1000)
    if output == 0:
        raise ValueError(f"'{text[:40]}' gives no light; leave the emitter out")
    said = tones.read(words[:-2], text)
    if said.level is not None or said.own or said.tone.rgb is not None:
        raise ValueError(f"'{text[:40]}' is no reading of a meter; write 'xy 0.69 0.31 412 lx' or '2850K 900 lx'")
    tone = said.tone
    return Reading(tone.xy or white(tone.kelvin_mk or 0, tone.tint), output)


def trim(text: str) -> int:
    """``92%`` → 0..LEVEL_MAX, at least 1 %."""
    share = units.level(text)
    if share < LEVEL_MAX // 100:
        raise ValueError(f"'{text[:40]}' leaves nothing of it; a trim is 1% to 100%")
    return share


def level_range(text: str) -> tuple[int, int]:
    """``5%..80%``, ``..80%`` or ``5%..`` → (lowest, highest)."""
    low, high = _ends(text, "5%..80%")
    lowest, highest = units.level(low) if low else 0, units.level(high) if high else LEVEL_MAX
    if lowest > highest or highest == 0:
        raise ValueError(f"'{text[:40]}' leaves no level; write the lower one first, such as '5%..80%'")
    return lowest, highest


def kelvin_range(text: str) -> tuple[int, int]:
    """``2800K..6000K``, ``3000K..`` or ``..6000K`` → (warmest, coldest) in millikelvin."""
    low, high = _ends(text, "2800K..6000K")
    warmest, coldest = units.kelvin(low) if low else COLDEST_MK, units.kelvin(high) if high else HOTTEST_MK
    if warmest > coldest:
        raise ValueError(f"'{text[:40]}' leaves no white; write the warmer one first, such as '2800K..6000K'")
    return warmest, coldest


def dimmer_curve(value: Any) -> tuple[int, ...]:
    """``gamma 2.2`` by name, or levels at equal steps, → a curve as ``dimming`` reads it; () is a straight line."""
    if isinstance(value, list):
        return _drawn(value)
    if not isinstance(value, str) or value not in dimming.CURVES:
        shown = value[:40] if isinstance(value, str) else "this"
        near = hint(shown, dimming.CURVES)
        raise ValueError(f"no dimmer curve '{shown}'{near or '; there are ' + ', '.join(dimming.CURVES)}")
    return dimming.CURVES[value]


def _drawn(value: list[Any]) -> tuple[int, ...]:
    if not 2 <= len(value) <= dimming.POINTS_MAX:
        raise ValueError(f"a curve has 2 to {dimming.POINTS_MAX} levels, such as [0%, 2%, 15%, 100%]")
    points = [units.level(str(each)) for each in value]
    if points[0] or points != sorted(points):
        raise ValueError("a curve begins at 0% and never falls, such as [0%, 2%, 15%, 100%]")
    return dimming.curve(points)


def _ends(text: str, example: str) -> tuple[str, str]:
    low, dots, high = text.partition("..")
    if not dots or not (low.strip() or high.strip()):
        raise ValueError(f"'{text[:40]}' is no range; write such as '{example}'")
    return low.strip(), high.strip()
