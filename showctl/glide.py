"""One fade of very many parameters in flight: what it touches is worked out once, each tick is then a few passes.

Only parameters in which nobody else has a say: their level is the fade's own, through the masters. All others are
``contested``, and left to who asked. The same bytes as one by one (CORE 8).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from showctl.model import LEVEL_MAX
from showctl.sources import Run, Sources
from showctl.wires import Integers, Wires, tight

CROWD = 256
"""A fade of fewer parameters is quicker one by one, or with everything else that moves."""


class Glide:
    """A plan; it ``holds`` until the fade loses a parameter or somebody new has a say anywhere."""

    def __init__(self, sources: Sources, slot: int, wires: Wires, groups: Integers, others: Sequence[int]) -> None:
        """``groups`` are the masters' by parameter; ``others`` are parameters that more than sources move."""
        self.run = run = sources.runs[slot]
        self._sources, self._live, self._claims = sources, run.live, sources.claims
        source = run.source
        flying = np.frombuffer(source.run, np.int64) == slot
        said = np.zeros(len(flying), np.int64)
        for each in sources.order:
            said += np.frombuffer(each.told, np.uint8)
        alone = flying & (said == 1)
        alone[list(others)] = False
        self.contested: list[int] = np.flatnonzero(flying & ~alone).tolist()
        chosen = np.flatnonzero(alone)
        self.parameters = tight(chosen)
        self._start = view(source.start)[self.parameters].copy()
        self._way = view(source.target)[self.parameters] - self._start
        self._level = np.empty(len(chosen), np.int64)
        self._present = view(source.present)
        groups = groups[self.parameters]
        self._groups = groups if groups.any() else None
        self._strand = wires.of(alone)
        self._is_all = self._strand.is_of(chosen)      # one wire each: the levels need not be gathered again

    def holds(self, run: Run | None) -> bool:
        """Whether it still is what it was made of."""
        return run is self.run and run.live == self._live and self._claims == self._sources.claims

    def write(self, share: int, gains: Sequence[int], values: Integers, slots: npt.NDArray[np.uint8]) -> None:
        """Put its parameters where they are at ``share`` (0..2³⁰) of the way, mastered, down to the slots."""
        level = self._level
        np.multiply(self._way, share, out=level)
        np.right_shift(level, 30, out=level)
        np.add(level, self._start, out=level)
        self._present[self.parameters] = level
        if self._groups is not None and not self.run.source.safe and any(gain != LEVEL_MAX for gain in gains):
            np.multiply(level, np.array(gains, np.int64)[self._groups], out=level)
            np.floor_divide(level, LEVEL_MAX, out=level)
        values[self.parameters] = level
        self._strand.put(values, slots, level if self._is_all else None)


def view(values: array[int]) -> Integers:
    """An array of the narrow path as numpy sees it."""
    return np.frombuffer(values, np.int64)
