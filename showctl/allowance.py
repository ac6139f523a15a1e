"""At most so many faders of one mixer fade at once (``fades`` of its connection).

One more, and the fade with the least way left is there at once: of all the jumps there could be, the smallest. It is
the one that has nearly arrived, or a new one that had little to do.
"""

from __future__ import annotations

from collections.abc import Iterable

from showctl.model import CueSheet
from showctl.sources import Sources


class Allowance:
    """The faders of each connection that says ``fades``; a sheet where none does has nothing here."""

    def __init__(self, sheet: CueSheet, sources: Sources) -> None:
        self._sources = sources
        self.bounds: dict[int, tuple[int, tuple[int, ...]]] = {}      # parameter → (fades at once, all of its mixer)
        for name, connection in sheet.connections.items():
            together = tuple(fader.parameter for fader in sheet.faders.values() if fader.to == name)
            most = connection.settings.get("fades")
            if isinstance(most, int) and 0 < most < len(together):
                self.bounds |= dict.fromkeys(together, (most, together))

    def land(self, parameters: Iterable[int], now_ns: int) -> list[int]:
        """After these have begun to fade, put where they go the faders that are too many; which ones."""
        landed: list[int] = []
        for most, together in dict.fromkeys(self.bounds[each] for each in parameters if each in self.bounds):
            flying = sorted((self._way(each, now_ns), each) for each in together if self._flies(each))
            for _, parameter in flying[:max(0, len(flying) - most)]:
                self._sources.arrive(parameter)
                landed.append(parameter)
        return landed

    def _flies(self, parameter: int) -> bool:
        return any(source.run[parameter] >= 0 for source in self._sources.writers[parameter])

    def _way(self, parameter: int, now_ns: int) -> int:
        """How far a fader has still to go, in levels; what does not show has no way."""
        source = self._sources.order[self._sources.owner[parameter]]
        if source.run[parameter] < 0:
            return 0
        return abs(source.target[parameter] - self._sources.standing(source, parameter, now_ns))
