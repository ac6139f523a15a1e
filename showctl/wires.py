"""Levels to slots for many wires at once, in numpy's 64-bit integers: the same bytes as ``patch.put`` (CORE 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from showctl.dimming import Bend
from showctl.model import LEVEL_MAX
from showctl.patch import Wire
from showctl.wide_dimming import BentStrand, WideBends

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Index = slice | Integers


def tight(index: Integers) -> Index:
    """The same places as a slice where they follow one another: numpy reads that without gathering."""
    if len(index) and index[-1] - index[0] == len(index) - 1 and bool((np.diff(index) == 1).all()):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index


class Wires:
    """All wires of a patch, a column for each of their fields."""

    def __init__(self, wires: Sequence[Wire], bends: Sequence[Bend] = ()) -> None:
        table = np.array(wires, np.int64).reshape(-1, 6)
        self.place, self.width, self.parameter, self.dimmed_by, self.minimum, self.span = table.T.copy()
        self._dimmed = bool((self.dimmed_by >= 0).any())
        self._bends = WideBends(bends) if bends else None

    def of(self, parameters: Mask) -> Strand:
        """The wires that any of these parameters reaches, as a level or as a dimmer."""
        concerned = parameters[self.parameter]
        if self._dimmed:
            concerned |= (self.dimmed_by >= 0) & parameters[self.dimmed_by]
        bent = None if self._bends is None else self._bends.of(parameters)
        return Strand(self, np.flatnonzero(concerned), bent)


class Strand:
    """Some wires, with all that is the same at each instant worked out."""

    def __init__(self, wires: Wires, chosen: Integers, bent: BentStrand | None) -> None:
        self._bent = bent
        place, width, span = wires.place[chosen], wires.width[chosen], wires.span[chosen]
        dimmed_by = wires.dimmed_by[chosen]
        self._parameter, self._place = tight(wires.parameter[chosen]), tight(place)
        self._spans, self._minimum = bool(span.any()), wires.minimum[chosen]
        self._spread, self._span = span != 0, np.where(span, span, 1)
        self._dims, self._dimmed, self._dimmed_by = bool((dimmed_by >= 0).any()), dimmed_by >= 0, dimmed_by
        self._wider, self._widest = np.flatnonzero(width > 1), np.flatnonzero(width > 2)
        self._second, self._third = place[self._wider] + 1, place[self._widest] + 2

    def put(self, values: Integers, slots: npt.NDArray[np.uint8]) -> None:
        """Write the levels into the slots, most significant byte first."""
        value = values[self._parameter]
        if self._spans:
            value = np.where(self._spread, (value - self._minimum) * LEVEL_MAX // self._span, value)
        if self._dims:
            value = np.where(self._dimmed, value * values[self._dimmed_by] // LEVEL_MAX, value)
        slots[self._place] = value >> 16
        if len(self._wider):
            slots[self._second] = value[self._wider] >> 8 & 0xFF
            slots[self._third] = value[self._widest] & 0xFF
        if self._bent is not None:
            self._bent.put(values, slots)
