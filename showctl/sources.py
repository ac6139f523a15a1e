"""Who wants which level: each region's own present values and its fades, before merge and masters (SEMANTICS 8, 10).

Times in here are *motion* time: show time less all that was spent on hold. Values sit in flat integer arrays over all
parameters, so that the wide path of the grid can read them as they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable
from typing import Any

from showctl.fade import FULL, between, progress
from showctl.model import LEVEL_MAX, CueSheet, Fade

ROOM = ""
"""The source of what nobody's cue has said: a fader's ``start``, a hand on a fader no cue has named."""


class Source:
    """One playback. ``told``: it has a say in that parameter; ``run``: the slot of the fade it is in, or −1."""

    __slots__ = ("index", "name", "present", "run", "safe", "start", "target", "told")

    def __init__(self, name: str, index: int, size: int) -> None:
        self.name = name
        self.index = index
        self.safe = False
        self.told = bytearray(size)
        self.present = array("q", bytes(8 * size))
        self.start = array("q", bytes(8 * size))
        self.target = array("q", bytes(8 * size))
        self.run = array("q", [-1]) * size


class Run:
    """One fade in flight; ``live`` counts the parameters that no later fade, hand or halt has taken from it."""

    __slots__ = ("at_ns", "curve", "duration_ns", "live", "parameters", "share", "source", "start_ns")

    def __init__(
        self, source: Source, start_ns: int, duration_ns: int, curve: str, parameters: list[int] | array[int]
    ) -> None:
        self.source = source
        self.start_ns = start_ns
        self.duration_ns = duration_ns
        self.curve = curve
        self.parameters = parameters
        self.live = len(parameters)
        self.at_ns = -1
        self.share = 0

    def share_at(self, at_ns: int) -> int:
        """How far along, 0..2³⁰; asked for many parameters at one instant, so the last answer is kept."""
        if at_ns != self.at_ns:
            self.at_ns = at_ns
            self.share = progress(at_ns - self.start_ns, self.duration_ns, self.curve)
        return self.share


class Sources:
    """All playbacks of the rig. ``writers`` are those with a say in a parameter, ``owner`` the latest of them."""

    def __init__(self, sheet: CueSheet) -> None:
        self.size = len(sheet.parameters)
        self._parameters = sheet.parameters
        self._lowest = [each.minimum for each in sheet.parameters]
        self._highest = [each.maximum for each in sheet.parameters]
        self._fader = bytearray(self.size)
        for fader in sheet.faders.values():
            self._highest[fader.parameter] = min(self._highest[fader.parameter], fader.ceiling)
            self._fader[fader.parameter] = 1
        self.order: list[Source] = []
        self.by_name: dict[str, Source] = {}
        self.writers: list[tuple[Source, ...]] = [()] * self.size
        self.owner = array("q", [-1]) * self.size
        self.runs: dict[int, Run] = {}
        self.end_ns: int | None = None        # when the first fade in flight ends
        self.claims = 0                       # counts whoever has newly got a say in anything
        for name in sheet.regions:            # now, not at the start: a great rig has great arrays
            self.named(name)
        for fader in sheet.faders.values():
            if fader.start is not None:
                self.set(self.named(ROOM), fader.parameter, fader.start)

    # ---- asking ----

    def named(self, name: str) -> Source:
        """The source of that name; an overlay's or the room's is made at its first word."""
        source = self.by_name.get(name)
        if source is None:
            source = self.by_name[name] = Source(name, len(self.order), self.size)
            self.order.append(source)
        return source

    def clamped(self, parameter: int, level: int) -> int:
        """The level inside the parameter's range and under its fader's ceiling (SEMANTICS 32)."""
        low, high = self._lowest[parameter], self._highest[parameter]
        return low if level < low else high if level > high else level

    def standing(self, source: Source, parameter: int, at_ns: int) -> int:
        """The source's own value of a parameter at this moment, in flight or not."""
        slot = source.run[parameter]
        if slot < 0:
            return source.present[parameter]
        return between(source.start[parameter], source.target[parameter], self.runs[slot].share_at(at_ns))

    def highest(self, parameter: int, at_ns: int) -> int:
        """The highest that any region wants of an intensity at this moment, before masters."""
        highest = 0
        for source in self.writers[parameter]:
            level = self.standing(source, parameter, at_ns)
            if level > highest:
                highest = level
        return highest

    # ---- telling ----

    def fade(self, action: Fade, at_ns: int, start_ns: int, snaps: dict[int, bool]) -> list[int]:
        """Start a fade (SEMANTICS 10); the parameters that may show something else at once.

        ``snaps`` says which parameters jump: colours of what is dark.
        """
        source = self.named(action.source)
        instant = action.curve == "snap" or at_ns - start_ns >= action.duration_ns
        slot, others = 0, len(self.runs)
        while slot in self.runs:
            slot += 1
        parameters: list[int] = []
        told, standing, flying = source.told, source.present, source.run
        lowest, highest, owner = self._lowest, self._highest, self.owner
        touched, begins = [], start_ns == at_ns
        for parameter, wanted in action.targets:
            # The common case in line: a GO starts a dozen of these, and each call would cost it a microsecond.
            settled = told[parameter] and flying[parameter] < 0
            level = standing[parameter] if settled else self._departure(source, parameter, at_ns)
            if action.relative:
                base = source.target[parameter] if flying[parameter] >= 0 else level
                wanted += self._parameters[parameter].default if base is None else base
            low, high = lowest[parameter], highest[parameter]
            wanted = low if wanted < low else high if wanted > high else wanted
            if not settled:
                self._claim(source, parameter)
            stays = settled and owner[parameter] == source.index
            owner[parameter] = source.index
            if instant or level is None or level == wanted or snaps.get(parameter):
                source.present[parameter] = wanted
                stays = stays and level == wanted
            else:
                source.start[parameter], source.target[parameter], source.run[parameter] = level, wanted, slot
                source.present[parameter] = level
                parameters.append(parameter)
                stays = stays and begins       # where it stands: nothing to see before its first tick
            if not stays:
                touched.append(parameter)
        if len(self.runs) != others:
            self.find_end()      # a fade it took all from may have been the next to end
        if parameters:
            self._start(slot, Run(source, start_ns, action.duration_ns, action.curve, parameters))
        return touched

    def _start(self, slot: int, run: Run) -> None:
        self.runs[slot] = run
        if self.end_ns is None or run.start_ns + run.duration_ns < self.end_ns:
            self.end_ns = run.start_ns + run.duration_ns

    def set(self, source: Source, parameter: int, level: int) -> None:
        """Put a parameter of one source at a level, out of whatever fade it was in."""
        self._claim(source, parameter)
        source.present[parameter] = self.clamped(parameter, level)
        if self.owner[parameter] < 0:
            self.owner[parameter] = source.index

    def hold(self, source: Source, parameter: int, at_ns: int) -> None:
        """Let a source have a say in a parameter that an effect of its own moves, from where it shows (SEMANTICS 8)."""
        if not source.told[parameter]:
            level = self._departure(source, parameter, at_ns)
            if level is not None:
                self.set(source, parameter, level)
                self.owner[parameter] = source.index

    def stand(self, source: Source, levels: Iterable[tuple[int, int]]) -> None:
        """Let a source's parameters stand at these levels, out of whatever moved them."""
        for parameter, level in levels:
            self.set(source, parameter, level)
        self.find_end()

    def hand(self, parameter: int, level: int) -> None:
        """A hand has moved it: every source stands there now (SEMANTICS 32)."""
        for source in self.writers[parameter] or (self.named(ROOM),):
            self.set(source, parameter, level)
        self.find_end()

    def unsay(self, parameter: int) -> None:
        """Nobody has a say in it any more: where it stands is not known (SEMANTICS 31)."""
        for source in self.writers[parameter]:
            self._claim(source, parameter)       # out of whatever fade it was in
            source.told[parameter] = 0
        self.writers[parameter] = ()
        self.owner[parameter] = -1
        self.find_end()

    def arrive(self, parameter: int) -> None:
        """End its fades now, where they go."""
        for source in self.writers[parameter]:
            if source.run[parameter] >= 0:
                self.set(source, parameter, source.target[parameter])
        self.find_end()

    def halt(self, source: Source, parameters: Iterable[int], at_ns: int) -> None:
        """Stop fades where they stand."""
        for parameter in parameters:
            if source.run[parameter] >= 0:
                self.set(source, parameter, self.standing(source, parameter, at_ns))
        self.find_end()

    def flying(self, source: Source) -> list[int]:
        """The parameters that one source is fading."""
        return [parameter for slot, run in self.runs.items() if run.source is source
                for parameter in run.parameters if source.run[parameter] == slot]

    # ---- moving ----

    def advance(self, at_ns: int, but: Container[int] = ()) -> list[int]:
        """Bring every parameter in flight to where it is now; which ones moved. ``but`` are slots to leave out."""
        moved = []
        for slot, run in self.runs.items():
            if slot in but:
                continue
            share = run.share_at(at_ns)
            source = run.source
            present, start, target, slots = source.present, source.start, source.target, source.run
            for parameter in run.parameters:
                if slots[parameter] == slot:
                    low = start[parameter]
                    present[parameter] = low + ((target[parameter] - low) * share >> 30)
                    moved.append(parameter)
        return moved

    def advance_some(self, parameters: Iterable[int], at_ns: int) -> list[int]:
        """The same for some parameters only."""
        moved = []
        for parameter in parameters:
            for source in self.writers[parameter]:
                if source.run[parameter] >= 0:
                    source.present[parameter] = self.standing(source, parameter, at_ns)
                    moved.append(parameter)
        return moved

    def finish(self, at_ns: int) -> list[int]:
        """End the fades whose time has come, exactly on their targets; which parameters they held."""
        ended = []
        for slot, run in self.over(at_ns):
            source = run.source
            for parameter in run.parameters:
                if source.run[parameter] == slot:
                    source.run[parameter] = -1
                    source.present[parameter] = source.target[parameter]
                    ended.append(parameter)
            del self.runs[slot]
        self.find_end()
        return ended

    def over(self, at_ns: int) -> list[tuple[int, Run]]:
        """The fades whose time has come."""
        return [(slot, run) for slot, run in self.runs.items() if run.start_ns + run.duration_ns <= at_ns]

    @property
    def moving(self) -> int:
        """How many parameters are in flight."""
        return sum(run.live for run in self.runs.values())

    def _departure(self, source: Source, parameter: int, at_ns: int) -> int | None:
        """Where a fade begins: the source's own value, else what shows, else the default; None: nobody knows."""
        if source.told[parameter]:
            return self.standing(source, parameter, at_ns)
        if self._parameters[parameter].attribute == "intensity":
            return 0
        if self.owner[parameter] >= 0:
            return self.standing(self.order[self.owner[parameter]], parameter, at_ns)
        return None if self._fader[parameter] else self._parameters[parameter].default

    def _claim(self, source: Source, parameter: int) -> None:
        """The source has a say in it from here on, and no fade of its own holds it."""
        if not source.told[parameter]:
            source.told[parameter] = 1
            self.writers[parameter] = (*self.writers[parameter], source)
            self.claims += 1
        slot = source.run[parameter]
        if slot >= 0:
            source.run[parameter] = -1
            run = self.runs[slot]
            run.live -= 1
            if not run.live:
                del self.runs[slot]

    def find_end(self) -> None:
        """Say when the first fade in flight ends; whoever starts or ends one calls this."""
        self.end_ns = min((run.start_ns + run.duration_ns for run in self.runs.values()), default=None)

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """JSON values: each source's levels, the fades in flight, who spoke last. Derived values are left out."""
        return {
            "sources": [[each.name, each.safe, [[at, each.target[at] if each.run[at] >= 0 else each.present[at]]
                                                for at in range(self.size) if each.told[at]]] for each in self.order],
            "runs": [[run.source.index, run.start_ns, run.duration_ns, run.curve,
                      [[at, run.source.start[at], run.source.target[at]] for at in run.parameters
                       if run.source.run[at] == slot]] for slot, run in self.runs.items()],
            "owner": list(self.owner),
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.order, self.by_name, self.runs, self.writers = [], {}, {}, [()] * self.size
        for name, safe, levels in data["sources"]:
            source = self.named(name)
            source.safe = safe
            for parameter, level in levels:
                source.told[parameter] = 1
                source.present[parameter] = level
                self.writers[parameter] = (*self.writers[parameter], source)
        for slot, (index, start_ns, duration_ns, curve, flights) in enumerate(data["runs"]):
            source = self.order[index]
            self.runs[slot] = Run(source, start_ns, duration_ns, curve, [parameter for parameter, _, _ in flights])
            for parameter, start, target in flights:
                source.start[parameter], source.target[parameter], source.run[parameter] = start, target, slot
        self.owner = array("q", data["owner"])
        self.find_end()


assert FULL == 1 << 30 and LEVEL_MAX < 1 << 24  # noqa: PT018 - advance() counts on both
