"""The grid tick of many parameters at once, in numpy's 64-bit integers: the same bytes as one by one (CORE 8).

It reads and writes the very arrays that ``sources``, ``levels`` and ``outlets`` own. A level of 24 bits times a
progress of 30 or another level of 24 fits; shifts and divisions round down, as Python's do.
"""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt

from showctl.levels import Levels
from showctl.model import LEVEL_MAX
from showctl.outlets import Outlets
from showctl.patch import Patch
from showctl.sources import Source

Integers = npt.NDArray[np.int64]


class Sweep:
    """Views on the arrays of one renderer."""

    def __init__(self, patch: Patch, levels: Levels, outlets: Outlets) -> None:
        self._levels = levels
        self._slots = np.frombuffer(outlets.slots, np.uint8)
        self._values = _view(levels.values)
        self._untold = _view(levels.untold)
        self._groups = _view(levels.masters.groups)
        table = np.array(patch.wires, np.int64).reshape(-1, 6)
        self._place, self._width, self._parameter, self._dimmed_by, self._minimum, self._span = table.T.copy()
        self._dimmed = bool((self._dimmed_by >= 0).any())
        self._spans = bool((self._span != 0).any())
        self._wider = bool((self._width > 1).any())

    def advance_and_write(self, now_ns: int, touched: list[int]) -> None:
        """Bring all that moves to where it is, work it and what was touched out, and write the slots.

        Overlays are left to the caller, who works out afterwards what they name.
        """
        changed = np.zeros(len(self._values), np.bool_)
        changed[touched] = True
        self._advance(now_ns, changed)
        parameters = np.flatnonzero(changed)
        mastered = self._groups[parameters] > 0
        self._merge_intensities(parameters[mastered])
        self._merge_others(parameters[~mastered])
        self._write(changed)

    def _advance(self, now_ns: int, changed: npt.NDArray[np.bool_]) -> None:
        runs = self._levels.sources.runs
        if not runs:
            return
        shares = np.zeros(max(runs) + 1, np.int64)
        for slot, run in runs.items():
            shares[slot] = run.share_at(now_ns)
        for source in {run.source.index: run.source for run in runs.values()}.values():
            slots = _view(source.run)
            flying = np.flatnonzero(slots >= 0)
            start, target = _view(source.start)[flying], _view(source.target)[flying]
            _view(source.present)[flying] = start + ((target - start) * shares[slots[flying]] >> 30)
            changed[flying] = True

    def _merge_intensities(self, parameters: Integers) -> None:
        full = all(gain == LEVEL_MAX for gain in self._levels.masters.gains)
        gains = None if full else np.array(self._levels.masters.gains, np.int64)[self._groups[parameters]]
        highest = np.zeros(len(parameters), np.int64)
        for source in self._levels.sources.order:
            wanted = self._told(source, parameters)
            np.maximum(highest, wanted if gains is None or source.safe else wanted * gains // LEVEL_MAX, out=highest)
        self._values[parameters] = highest

    def _merge_others(self, parameters: Integers) -> None:
        owners = _view(self._levels.sources.owner)[parameters]
        latest = self._untold[parameters]
        for source in self._levels.sources.order:
            latest = np.where(owners == source.index, _view(source.present)[parameters], latest)
        self._values[parameters] = latest

    def _told(self, source: Source, parameters: Integers) -> Integers:
        """What a source wants; nothing where it has no say."""
        wanted: Integers = _view(source.present)[parameters] * np.frombuffer(source.told, np.uint8)[parameters]
        return wanted

    def _write(self, changed: npt.NDArray[np.bool_]) -> None:
        concerned = changed[self._parameter]
        if self._dimmed:
            concerned |= (self._dimmed_by >= 0) & changed[self._dimmed_by]
        wires = np.flatnonzero(concerned)
        value = self._values[self._parameter[wires]]
        if self._spans:
            span = self._span[wires]
            spread = (value - self._minimum[wires]) * LEVEL_MAX // np.where(span, span, 1)
            value = np.where(span, spread, value)
        if self._dimmed:
            dimmed_by = self._dimmed_by[wires]
            value = np.where(dimmed_by >= 0, value * self._values[dimmed_by] // LEVEL_MAX, value)
        place = self._place[wires]
        self._slots[place] = value >> 16
        if self._wider:
            width = self._width[wires]
            self._slots[place[width > 1] + 1] = value[width > 1] >> 8 & 0xFF
            self._slots[place[width > 2] + 2] = value[width > 2] & 0xFF


def _view(values: array[int]) -> Integers:
    return np.frombuffer(values, np.int64)
