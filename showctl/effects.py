"""Effects that are seen: which move a parameter, with which weight, and what they make of the level beneath.

An effect moves what one source wants (a region, or an overlay), before the merge: so masters, blackout and the highest
of several sources apply to it as to any level, and over a source in its fail state it only brightens (SEMANTICS 8, 17).
Times are motion time, as in ``sources``: on hold an effect stands still, and a tick left out changes nothing.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from showctl.fade import FULL, Weight, between
from showctl.model import CueSheet, Effect, Freeze, GiveWay, Release, Swing
from showctl.shapes import Reading, reading, turns_at


class Live(Weight):
    """One effect at work. ``held`` are its rows that no later look has taken, ``turns`` as last asked for."""

    __slots__ = ("effect", "frozen_ns", "held", "name", "readings", "seed", "source", "started_ns", "turns")

    def __init__(self, name: str, effect: Effect, started_ns: int, seed: int) -> None:
        super().__init__()
        self.name = name
        self.source = name.partition("/")[0]
        self.effect = effect
        self.started_ns = started_ns
        self.seed = seed
        self.frozen_ns: int | None = None
        self.held = list(range(len(effect.parameters)))
        self.turns = 0
        self.readings: dict[int, Reading] = {}

    def advance(self, at_ns: int) -> None:
        """Bring weight and turns to where they are at this moment."""
        self.weigh(at_ns)
        elapsed_ns = (at_ns if self.frozen_ns is None else self.frozen_ns) - self.started_ns
        self.turns = turns_at(self.effect, elapsed_ns)
        self.readings.clear()

    def reading(self, place: int) -> Reading:
        """Where it stands at one place; several parameters of a fixture ask for the same."""
        found = self.readings.get(place)
        if found is None:
            found = self.readings[place] = reading(self.effect, self.turns, place, self.seed)
        return found


def of_overlay(source: str) -> bool:
    """Whether a source is an overlay (``cue 40``); the name of a region has no space in it."""
    return " " in source


class Effects:
    """All effects at work, in the order they began; ``naming`` is which rows of which of them move a parameter."""

    def __init__(self, sheet: CueSheet) -> None:
        self._known = {effect.name: effect for cue in sheet.cues.values() for effect in cue.effects}
        self.parameters = sheet.parameters
        self.live: dict[str, Live] = {}
        self.naming: dict[int, list[tuple[Live, int]]] = {}
        self.end_ns: int | None = None        # when the first weight arrives
        self.changes = 0                      # counts how often ``naming`` was made anew

    # ---- asking ----

    def advance(self, at_ns: int) -> None:
        """Bring every effect to where it is at this moment."""
        for live in self.live.values():
            live.advance(at_ns)

    def shown(self, source: str, parameter: int, under: int, safe: bool) -> int:
        """What a source wants of a named parameter with its effects; ``advance`` comes first."""
        level = under
        for live, row in self.naming[parameter]:
            if live.source == source:
                level = self._swung(live, row, level)
        return max(level, under) if safe and self.parameters[parameter].attribute == "intensity" else level

    def _swung(self, live: Live, row: int, under: int) -> int:
        effect = live.effect
        first, second, share = live.reading(effect.places[row])
        start, target = self._end(effect, first, row, under), self._end(effect, second, row, under)
        return between(under, between(start, target, share), live.weight)

    def _end(self, effect: Effect, end: int, row: int, under: int) -> int:
        """One end's level; what rides on a lamp that is dark stays dark."""
        level = effect.ends[end][row]
        if not effect.rides[end][row]:
            return level
        about = self.parameters[effect.parameters[row]]
        if under == 0 and about.attribute == "intensity":
            return 0
        return min(about.maximum, max(about.minimum, under + level))

    # ---- telling ----

    def swing(self, action: Swing, at_ns: int, start_ns: int) -> Effect:
        """Begin, or go on in step; one with an end begins anew, from the weight it has."""
        effect, before = self._known[action.name.partition("/")[2]], self.live.pop(action.name, None)
        live = Live(action.name, effect, start_ns, action.seed)
        if before is not None:
            live.low = live.high = live.weight = before.weigh(at_ns)
            if effect.length_ns is None:
                live.started_ns, live.seed = before.started_ns, before.seed
                if before.frozen_ns is not None:
                    live.started_ns += at_ns - before.frozen_ns
        self.live[action.name] = live
        live.curve = action.curve
        live.head_for(FULL, at_ns, start_ns, action.duration_ns)
        self._settle(live, at_ns)
        self._index()
        return effect

    def release(self, action: Release, at_ns: int, start_ns: int) -> None:
        """Let one go; nothing happens where there is none of that name."""
        live = self.live.get(action.name)
        if live is not None:
            live.head_for(0, at_ns, start_ns, action.duration_ns)
            self._settle(live, at_ns)
            self._index()

    def give_way(self, action: GiveWay) -> None:
        """These parameters are no longer its own."""
        live = self.live.get(action.name)
        if live is not None:
            taken = dict.fromkeys(action.parameters)
            live.held = [row for row in live.held if live.effect.parameters[row] not in taken]
            if not live.held:
                del self.live[action.name]
            self._index()

    def freeze(self, action: Freeze, at_ns: int) -> None:
        """Stand still, or go on from there."""
        live = self.live.get(action.name)
        if live is not None and action.frozen and live.frozen_ns is None:
            live.frozen_ns = at_ns
        elif live is not None and not action.frozen and live.frozen_ns is not None:
            live.started_ns += at_ns - live.frozen_ns
            live.frozen_ns = None

    def keep_only(self, overlays: Container[str]) -> None:
        """Drop the effects of overlays that are gone."""
        gone = [name for name, live in self.live.items() if of_overlay(live.source) and live.source not in overlays]
        for name in gone:
            del self.live[name]
        if gone:
            self._index()

    # ---- moving ----

    @property
    def moving(self) -> bool:
        """Whether anything changes by itself."""
        return any(live.frozen_ns is None or live.moving for live in self.live.values())

    def finish(self, at_ns: int) -> list[int]:
        """Settle the weights that have arrived and take off what weighs nothing; which parameters those named."""
        touched: list[int] = []
        for live in list(self.live.values()):
            if live.moving and live.start_ns + live.duration_ns <= at_ns:
                touched += self.named_by(live.name)
                self._settle(live, at_ns)
        self._index()
        return touched

    def named_by(self, name: str) -> list[int]:
        """The parameters that an effect holds; none where there is none of that name."""
        live = self.live.get(name)
        return [] if live is None else [live.effect.parameters[row] for row in live.held]

    def _settle(self, live: Live, at_ns: int) -> None:
        live.settle(at_ns)
        if live.low == live.high == 0:
            del self.live[live.name]

    def _index(self) -> None:
        self.changes += 1
        self.naming = {}
        for live in self.live.values():
            parameters = live.effect.parameters
            for row in live.held:
                self.naming.setdefault(parameters[row], []).append((live, row))
        moving = [live.start_ns + live.duration_ns for live in self.live.values() if live.moving]
        self.end_ns = min(moving, default=None)

    # ---- keeping ----

    def snapshot(self) -> list[Any]:
        """JSON values, in the order they began; ``held`` None is all of its rows."""
        return [[each.name, each.started_ns, each.seed, each.frozen_ns,
                 None if len(each.held) == len(each.effect.parameters) else each.held,
                 each.curve, each.low, each.high, each.start_ns, each.duration_ns] for each in self.live.values()]

    def restore(self, data: list[Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.live = {}
        for name, started_ns, seed, frozen_ns, held, curve, low, high, start_ns, duration_ns in data:
            live = self.live[name] = Live(name, self._known[name.partition("/")[2]], started_ns, seed)
            live.frozen_ns = frozen_ns
            live.held = live.held if held is None else list(held)
            live.curve, live.low, live.high = curve, low, high
            live.start_ns, live.duration_ns = start_ns, duration_ns
        self._index()
