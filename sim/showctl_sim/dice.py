"""Chance for the simulator: the same integers on every machine, from one seed (CORE 20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from showctl import chance

T = TypeVar("T")


class Dice:
    """A seeded stream of choices."""

    def __init__(self, *seeds: int | str) -> None:
        """Several seeds make one: a run's number, a fault's name."""
        self._state = 0
        for seed in seeds:
            for part in seed.encode() if isinstance(seed, str) else (seed,):
                self._state = chance.advance(self._state ^ part)[1]

    def below(self, limit: int) -> int:
        """An integer of 0..limit-1."""
        self._state, number = chance.below(self._state, limit)
        return number

    def between(self, low: int, high: int) -> int:
        """An integer of low..high."""
        return low + self.below(high - low + 1)

    def one_in(self, count: int) -> bool:
        """True once in ``count`` times."""
        return self.below(count) == 0

    def pick(self, things: Sequence[T]) -> T:
        """One of ``things``, which are not none."""
        return things[self.below(len(things))]
