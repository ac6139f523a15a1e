"""Light and faders over time, as short lists of whole numbers: the run once more, looked at only while it moves.

A curve is points ``(ms, value, …)`` joined by straight lines; two points of one moment are a jump. Points that lie on
the line between their neighbours are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from showctl.light import kelvin_mk
from showctl.model import LEVEL_MAX, SECOND_NS, CueSheet, Parameter, Trigger
from showctl.profiles import COLD_MK, WARM_MK, black_body
from showctl_sim.performance import UNKNOWN, Performance

MILLISECOND_NS = 1_000_000
LOOK_EVERY_NS = SECOND_NS // 10      # while something moves
TICK_NS = SECOND_NS // 40            # what is due sooner than this is the next tick of a motion
FULL = 1000                          # intensities and faders in thousandths
WINDOW = 80                          # looks that one straight line may stand for

Point = tuple[int, ...]


@dataclass(slots=True)
class Curve:
    """One fixture or fader. ``kind`` says what its points hold after the time in ms:

    dimmer  intensity 0..1000
    cct     intensity, colour temperature in kelvin
    colour  intensity, red, green, blue of 0..255 as seen on a screen, full when the strongest emitter is
    fader   position 0..1000; −1 where nobody knows it
    """

    name: str
    kind: str
    points: list[Point] = field(default_factory=list)
    _near: list[Point] = field(default_factory=list)

    def add(self, point: Point) -> None:
        """Take a look; keep what a straight line cannot say."""
        near = self._near
        if near and near[-1][0] == point[0]:
            if near[-1] == point:
                return
            self._keep(near[-1])
            near[:] = [point]
            return
        if near and (len(near) >= WINDOW or not _straight(self.points[-1], near, point, TOLERANCE[self.kind])):
            self._keep(near[-1])
            near.clear()
        if not self.points:
            self.points.append(point)
            return
        near.append(point)

    def close(self) -> None:
        """No more looks."""
        if self._near:
            self._keep(self._near[-1])
        self._near.clear()

    def _keep(self, point: Point) -> None:
        if self.points[-1] != point:
            self.points.append(point)


TOLERANCE: dict[str, Point] = {"dimmer": (2,), "cct": (2, 20), "colour": (2, 3, 3, 3), "fader": (1,)}


def _straight(start: Point, between: Sequence[Point], end: Point, tolerance: Point) -> bool:
    """Whether every look between lies on the line from ``start`` to ``end``, to the tolerance of each value."""
    span = end[0] - start[0]
    for look in between:
        if span == 0:
            return False
        into = look[0] - start[0]
        for index, allowed in enumerate(tolerance, start=1):
            line = start[index] * span + (end[index] - start[index]) * into
            if abs(look[index] * span - line) > allowed * span:
                return False
    return True


# ---- looking ----

def curves(
    sheet: CueSheet, seed: int, inputs: Sequence[tuple[int, Trigger]], end_ns: int, begin: Any = None
) -> list[Curve]:
    """Every fixture's and fader's curve over a run from its inputs; ``begin`` is a Performance's snapshot or None."""
    looks = _Looks(sheet)
    performance = Performance(sheet, seed)
    if begin is None:
        performance.begin()
    else:
        performance.restore(begin)
    looks.take(performance)
    for at_ns, trigger in inputs:
        _pass(performance, looks, at_ns - 1)
        looks.take(performance)
        performance.admit(trigger, at_ns)
        looks.take(performance)
    _pass(performance, looks, end_ns)
    return looks.closed(performance)


def _pass(performance: Performance, looks: _Looks, until_ns: int) -> None:
    """Let time pass, looking on while something moves and on both sides of what happens by itself."""
    while performance.now_ns < until_ns:
        now_ns, due_ns = performance.now_ns, performance.due_ns
        if due_ns is None or due_ns > until_ns:
            performance.until(until_ns)
        elif due_ns - now_ns <= TICK_NS:
            performance.until(min(until_ns, max(due_ns, now_ns + LOOK_EVERY_NS)))
            looks.take(performance)
        else:
            performance.until(due_ns - 1)
            looks.take(performance)
            performance.until(due_ns)
            looks.take(performance)


class _Looks:
    """The curves while they grow; a level that has not changed costs nothing."""

    def __init__(self, sheet: CueSheet) -> None:
        self._parameters: list[list[int]] = []
        self._points: list[Callable[[list[int]], Point]] = []
        self._last: list[tuple[int, list[int]]] = []
        self._curves: list[Curve] = []
        for name, members in sheet.fixtures.items():
            lamp = [sheet.parameters[each] for each in members]
            self._grow(name, _kind([each.attribute for each in lamp]), list(members), _reader(lamp))
        for name, fader in sheet.faders.items():
            self._grow(name, "fader", [fader.parameter], _fader)

    def _grow(self, name: str, kind: str, parameters: list[int], read: Callable[[list[int]], Point]) -> None:
        self._curves.append(Curve(name, kind))
        self._parameters.append(parameters)
        self._points.append(read)
        self._last.append((-1, []))

    def take(self, performance: Performance) -> None:
        """Look at every level now."""
        now_ms = performance.now_ns // MILLISECOND_NS
        for index, parameters in enumerate(self._parameters):
            levels = performance.peek(parameters)
            before_ms, before = self._last[index]
            if levels == before:
                self._last[index] = (now_ms, before)
                continue
            curve, read = self._curves[index], self._points[index]
            if before:
                curve.add((before_ms, *read(before)))
            curve.add((now_ms, *read(levels)))
            self._last[index] = (now_ms, levels)

    def closed(self, performance: Performance) -> list[Curve]:
        """The curves up to now."""
        self.take(performance)
        for curve, read, (at_ms, levels) in zip(self._curves, self._points, self._last, strict=True):
            curve.add((at_ms, *read(levels)))
            curve.close()
        return self._curves


# ---- levels as people see them ----

def _kind(names: Sequence[str]) -> str:
    if "cct" in names:
        return "cct"
    return "colour" if len(names) > 1 else "dimmer"


def _reader(lamp: Sequence[Parameter]) -> Callable[[list[int]], Point]:
    """What makes a point of one fixture's levels, given its parameters."""
    names = [each.attribute for each in lamp]
    if "cct" in names:
        intensity, cct = names.index("intensity"), names.index("cct")
        mired = lamp[cct].mired
        return lambda levels: (_share(levels[intensity]), (kelvin_mk(levels[cct]) if mired else levels[cct]) // 1000)
    if len(names) == 1:
        return lambda levels: (_share(levels[0]),)

    def colour(levels: list[int]) -> Point:
        emitters = dict(zip(names, levels, strict=True))
        mixed = [0, 0, 0]
        for name, light in EMITTERS.items():
            for index, part in enumerate(light):
                mixed[index] += emitters.get(name, 0) * part // LEVEL_MAX
        strongest = max(mixed)
        seen = (seen_as(each * LEVEL_MAX // strongest) if strongest else 0 for each in mixed)
        return (_share(emitters["intensity"] * min(strongest, LEVEL_MAX) // LEVEL_MAX), *seen)

    return colour


def _fader(levels: list[int]) -> Point:
    return (-1,) if levels[0] == UNKNOWN else (_share(levels[0]),)


def _share(level: int) -> int:
    return (2 * level * FULL + LEVEL_MAX) // (2 * LEVEL_MAX)


def seen_as(light: int) -> int:
    """Linear light 0..LEVEL_MAX → 0..255 on a screen, with a gamma of 2: no float, so the same on every machine."""
    return isqrt(light * 255 * 255 // LEVEL_MAX)


EMITTERS: dict[str, tuple[int, int, int]] = {
    "red": (LEVEL_MAX, 0, 0), "green": (0, LEVEL_MAX, 0), "blue": (0, 0, LEVEL_MAX),
    "white": black_body(COLD_MK), "warm": black_body(WARM_MK), "cold": black_body(COLD_MK),
}
