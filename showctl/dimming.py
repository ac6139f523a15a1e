"""How a level leaves a fixture that is not plain: limits, dimmer curves, mired, hue and saturation, flags.

Such wires are *bent*; the plain ones know nothing of them. A curve is 258 levels, those at i / 256 of the way and the
last once more, with straight lines between (CORE 8): within a step of 16 bits of the law it stands for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from showctl import wheel
from showctl.lamps import Response
from showctl.light import RECIPROCAL, kelvin_mk
from showctl.model import LEVEL_MAX
from showctl.tables import DIMMERS

STEPS = 256
POINTS_MAX = 257

PLAIN, MIRED, TAKEN, HUE, SATURATION, STRONGEST = range(6)
"""How a bent wire comes by its value: by limits and a curve alone; its parameter is in mired; it takes light away, so
that it is dimmed before its slots run downward; it tells the hue or saturation of three parameters; it is an intensity
that the strongest of three dims."""

Bend = tuple[int, int, int, int, int, int, int, int, int, tuple[int, ...], tuple[int, ...]]
"""A wire (see ``patch``), then how it comes by its value, lowest, highest and curve of its intensity, and the
parameters of red, green and blue where it needs them."""


def curve(points: Sequence[int]) -> tuple[int, ...]:
    """A curve through levels at equal steps, the first at zero and the last at full. At least two that never fall."""
    last = len(points) - 1
    found = []
    for step in range(STEPS + 1):
        at, beyond = divmod(step * last, STEPS)
        found.append(points[at] + ((points[min(at + 1, last)] - points[at]) * beyond + STEPS // 2) // STEPS)
    return (*found, found[-1])


def limited(response: Response, level: int) -> int:
    """The level inside the limits. Dark stays dark: a lower limit never lights a lamp."""
    if level <= 0:
        return level
    return min(max(level, response.lowest), response.highest)


def answered(response: Response, level: int) -> int:
    """What the dimmer is told for a level."""
    return _answer(level, response.lowest, response.highest, response.curve)


def asked(response: Response, wire: int) -> int:
    """The lowest level for which a dimmer is told at least this: the way back, for who looks at the wire."""
    return bisect_left(range(LEVEL_MAX), wire, key=lambda level: answered(Response(curve=response.curve), level))


def told(bend: Bend, level: int, dimmer: int) -> int:
    """What a wire is told, of 24 bits: limit and curve or mired first, then the slots' range, then the dimmer.

    What takes light away is dimmed before its slots' range; so is an intensity whose ``dimmer`` is the strongest part.
    """
    _, _, _, dimmed_by, minimum, span, how, lowest, highest, bent, _ = bend
    if how == MIRED:
        level = kelvin_mk(level)
    elif how == TAKEN:
        level = level * _answer(dimmer, lowest, highest, bent) // LEVEL_MAX
    elif dimmed_by < 0:
        level = _answer(level, lowest, highest, bent)
        if how == STRONGEST:
            level = level * dimmer // LEVEL_MAX
    if span:
        level = (level - minimum) * LEVEL_MAX // span
    return level * _answer(dimmer, lowest, highest, bent) // LEVEL_MAX if dimmed_by >= 0 and how == PLAIN else level


def meant(bend: Bend, wire: int, dimmer: int) -> int:
    """The way back from a wire that somebody else has told: the level of its parameter. A hue has none of its own."""
    _, _, _, dimmed_by, minimum, span, how, lowest, highest, bent, _ = bend
    share = dimmer if how == STRONGEST else _answer(dimmer, lowest, highest, bent) if dimmed_by >= 0 else LEVEL_MAX
    if how == PLAIN:
        wire = min(LEVEL_MAX, wire * LEVEL_MAX // max(1, share))
    level = minimum + wire * span // LEVEL_MAX if span else wire
    if how == MIRED:
        return RECIPROCAL // max(level, 1)    # the slot may be below the part of it that is kelvin
    if how in (TAKEN, STRONGEST):
        level = min(LEVEL_MAX, level * LEVEL_MAX // max(1, share))
    return level if dimmed_by >= 0 else asked(Response(curve=bent), level)


def put(bends: Sequence[Bend], levels: Sequence[int], slots: bytearray) -> None:
    """As ``patch.put``, for bent wires."""
    for bend in bends:
        place, width, parameter, dimmed_by = bend[:4]
        level, dimmer = levels[parameter], levels[dimmed_by]
        if bend[10]:
            level, dimmer = _turned(bend, level, levels)
        value = told(bend, level, dimmer)
        slots[place] = value >> 16
        if width > 1:
            slots[place + 1] = value >> 8 & 0xFF
            if width > 2:
                slots[place + 2] = value & 0xFF


def _turned(bend: Bend, level: int, levels: Sequence[int]) -> tuple[int, int]:
    """The level and the dimmer of a wire that is told of three parameters."""
    red, green, blue = (levels[parameter] for parameter in bend[10])
    if bend[6] == STRONGEST:
        return level, max(red, green, blue)
    return (wheel.hue if bend[6] == HUE else wheel.saturation)(red, green, blue), LEVEL_MAX


def _answer(level: int, lowest: int, highest: int, bent: tuple[int, ...]) -> int:
    if level > 0:
        level = lowest if level < lowest else highest if level > highest else level
    if not bent:
        return level
    way = level + (level >> 23)          # 0..LEVEL_MAX → 0..2²⁴: full is the last point
    low = bent[way >> 16]
    return low + ((bent[(way >> 16) + 1] - low) * (way & 0xFFFF) >> 16)


CURVES = {"linear": (), **DIMMERS}
"""The dimmer curves that have a name."""
