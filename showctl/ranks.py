"""Priorities of those who want a level: regions and overlays, 0 to 200 as sACN has it, 100 where nothing is said.

For each parameter only the highest priority with a say in it counts; among equals the highest intensity, and the latest
of all else. A sheet that states no priority never comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

from showctl.model import PRIORITY, CueSheet
from showctl.overlays import Overlay, Overlays
from showctl.sources import Source, Sources

SAFE = 201
"""The priority of a fail state's look: above all that a sheet can say (SEMANTICS 17)."""


class Ranks:
    """Who outranks whom; ``stated``: whether the sheet gives anybody a priority of its own."""

    def __init__(self, sheet: CueSheet) -> None:
        self._stated = dict(sheet.priorities)
        self.stated = bool(sheet.priorities)
        self._turns: dict[int, list[str]] = {}       # by parameter: regions in the order they spoke, the latest last

    def of(self, name: str) -> int:
        """The priority of a region or an overlay."""
        return self._stated.get(name, PRIORITY)

    def place(self, each: Source | Overlay, shines: bool) -> int:
        """Where it stands among the others: a fail state's colour above all, its intensity for itself."""
        if not each.safe:
            return self.of(each.name)
        return -1 if shines else SAFE

    def among(self, them: Iterable[Source | Overlay], shines: bool) -> list[int]:
        """The priorities there are, lowest first; the intensity of a fail state is not among them."""
        return sorted(dict.fromkeys(place for each in them if (place := self.place(each, shines)) >= 0))

    def latest(self, parameter: int, sources: Sequence[Source], owner: int) -> Source:
        """Who of these spoke last of a parameter; ``owner`` is the number of who spoke last of all."""
        turns = self._turns.get(parameter, [])
        return max(sources, key=lambda each: (
            each.index == owner, turns.index(each.name) if each.name in turns else -1, each.index))

    def contested(self, sources: Sources, overlays: Overlays) -> list[int]:
        """The parameters in which somebody has a say whose priority is stated."""
        told = [source.told for name in self._stated if (source := sources.by_name.get(name)) is not None]
        found = dict.fromkeys(parameter for each in told for parameter in compress(range(sources.size), each))
        for name in self._stated:
            if name in overlays.laid:
                found |= dict.fromkeys(overlays.laid[name].targets)
        return [*found]

    def concerns(self, parameter: int, sources: Sources, overlays: Overlays) -> bool:
        """Whether one parameter is such a one."""
        stated = self._stated
        return (any(each.name in stated for each in sources.writers[parameter])
                or any(each.name in stated for each in overlays.naming.get(parameter, ())))

    def spoke(self, source: str, parameters: Iterable[int]) -> None:
        """A region names these parameters: of them it is the latest."""
        for parameter in parameters:
            turns = self._turns.setdefault(parameter, [])
            if source in turns:
                turns.remove(source)
            turns.append(source)

    def snapshot(self) -> list[Any]:
        """JSON values: the turns."""
        return [[parameter, list(turns)] for parameter, turns in self._turns.items()]

    def restore(self, data: list[Any]) -> None:
        """Take what ``snapshot`` gave."""
        self._turns = {parameter: list(turns) for parameter, turns in data}
