"""What leaves: the bytes of each universe, the step of each fader, when they last went and what they said then."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from showctl import dimming
from showctl.grid import Grid
from showctl.model import LEVEL_MAX, DmxFrame, LevelFrame
from showctl.patch import SLOTS, Patch, position, put

UNKNOWN = -1
"""The level of a fader of which nobody knows where it stands (SEMANTICS 31)."""


class Outlets:
    """One entry for each outlet of the patch: ``sent`` is what it last heard (None: nothing), ``taken`` when."""

    def __init__(self, patch: Patch, levels: array[int]) -> None:
        self._patch = patch
        self._levels = levels
        self._universes = len(patch.universes)
        self.slots = bytearray((max(patch.slots_of, default=-1) + 1) * SLOTS)
        whole = memoryview(self.slots)
        self._views = [whole[at * SLOTS : (at + 1) * SLOTS] for at in patch.slots_of]
        self.count = self._universes + len(patch.faders)
        self.sent: list[bytes | int | None] = [None] * self.count
        self.taken = [0] * self.count
        self.blend: Callable[[int, bytes], bytes] | None = None      # puts in what other desks send, where any may
        self.waiting = False       # something has changed that may only go in a later interval
        for place, value in patch.held:
            self.slots[place] = value
        put(patch.wires, levels, self.slots)
        dimming.put(patch.bends, levels, self.slots)

    def write(self, parameters: Sequence[int]) -> None:
        """These levels have changed: put them into the slots they end in."""
        wires_of, levels, slots = self._patch.wires_of, self._levels, self.slots
        for parameter in parameters:
            put(wires_of[parameter], levels, slots)
        if self._patch.bends:
            bends_of = self._patch.bends_of
            for parameter in parameters:
                if parameter in bends_of:
                    dimming.put(bends_of[parameter], levels, slots)

    def send(self, at_ns: int, grid: Grid, outlets: Iterable[int]) -> list[DmxFrame | LevelFrame]:
        """Frames for those of the outlets that have something new to say and may speak in the open interval."""
        frames: list[DmxFrame | LevelFrame] = []
        for outlet in outlets:
            said = bytes(self._views[outlet]) if outlet < self._universes else self._step(outlet)
            if self.blend is not None and isinstance(said, bytes):
                said = self.blend(outlet, said)
            if said is None or said == self.sent[outlet]:
                continue
            if self.taken[outlet] == grid.interval:
                self.waiting = True
                continue
            self.taken[outlet] = grid.interval
            self.sent[outlet] = said
            if isinstance(said, bytes):
                to, universe = self._patch.universes[outlet]
                frames.append(DmxFrame(to, universe, said, at_ns))
            else:
                fader = self._patch.faders[outlet - self._universes]
                frames.append(LevelFrame(fader.to, fader.address, said, fader.steps, at_ns))
        return frames

    def may_none_speak(self, outlets: Iterable[int], grid: Grid) -> bool:
        """Whether each of these has had its turn in the open interval."""
        return all(self.taken[outlet] == grid.interval for outlet in outlets)

    def forget(self, connection: str, touched_by_hand: bytearray) -> list[int]:
        """Treat one connection as if it had heard nothing, but for faders a hand has moved (SEMANTICS 30)."""
        patch, forgotten = self._patch, []
        for outlet, (to, _) in enumerate(patch.universes):
            if to == connection:
                forgotten.append(outlet)
        for outlet, fader in enumerate(patch.faders, self._universes):
            if fader.to == connection and not touched_by_hand[fader.parameter]:
                forgotten.append(outlet)
        for outlet in forgotten:
            self.sent[outlet] = None
        return forgotten

    def lose_sight(self, connection: str) -> list[int]:
        """Treat the faders of one connection as if they had heard nothing; their parameters."""
        lost = []
        for outlet, fader in enumerate(self._patch.faders, self._universes):
            if fader.to == connection:
                self.sent[outlet] = None
                lost.append(fader.parameter)
        return lost

    def heard(self, parameter: int, level: int) -> None:
        """The faders of this parameter already stand at this level: nothing need be said."""
        for outlet in self._patch.outlets_of[parameter]:
            if outlet >= self._universes:
                fader = self._patch.faders[outlet - self._universes]
                self.sent[outlet] = (2 * level * fader.steps + LEVEL_MAX) // (2 * LEVEL_MAX)

    def _step(self, outlet: int) -> int | None:
        fader = self._patch.faders[outlet - self._universes]
        level = self._levels[fader.parameter]
        return None if level == UNKNOWN else position(fader, level)

    def snapshot(self) -> dict[str, Any]:
        """JSON values: what each outlet heard last (slots as hexadecimal text), and when."""
        return {"sent": [each.hex() if isinstance(each, bytes) else each for each in self.sent],
                "taken": list(self.taken), "waiting": self.waiting}

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.sent = [bytes.fromhex(each) if isinstance(each, str) else each for each in data["sent"]]
        self.taken = list(data["taken"])
        self.waiting = data["waiting"]
