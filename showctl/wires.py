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
Bytes = npt.NDArray[np.uint8]
Index = slice | Integers


def tight(index: Integers) -> Index:
    """The same places as a slice where they follow one another: numpy reads that without gathering."""
    if len(index) and index[-1] - index[0] == len(index) - 1 and bool((np.diff(index) == 1).all()):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index


STRANDS_KEPT = 8      # a master that is dragged, a cue that comes again: each reaches the same wires


class Wires:
    """All wires of a patch, a column for each of their fields."""

    def __init__(self, wires: Sequence[Wire], bends: Sequence[Bend], slots: int) -> None:
        self.slots = slots
        table = np.array(wires, np.int64).reshape(-1, 6)
        self.place, self.width, self.parameter, self.dimmed_by, self.minimum, self.span = table.T.copy()
        self._dimmed = bool((self.dimmed_by >= 0).any())
        self._bends = WideBends(bends) if bends else None
        self._known: dict[bytes, Strand] = {}

    def of(self, parameters: Mask) -> Strand:
        """The wires that any of these parameters reaches, as a level or as a dimmer; the last few are remembered."""
        name = parameters.tobytes()
        strand = self._known.get(name)
        if strand is None:
            if len(self._known) == STRANDS_KEPT:
                del self._known[next(iter(self._known))]
            strand = self._known[name] = self._of(parameters)
        return strand

    def _of(self, parameters: Mask) -> Strand:
        concerned = parameters[self.parameter]
        if self._dimmed:
            concerned |= (self.dimmed_by >= 0) & parameters[self.dimmed_by]
        bent = None if self._bends is None else self._bends.of(parameters)
        return Strand(self, np.flatnonzero(concerned), bent)


class Strand:
    """Some wires, with all that is the same at each instant worked out, and room to work in."""

    def __init__(self, wires: Wires, chosen: Integers, bent: BentStrand | None) -> None:
        self._bent = bent
        place, width, span = wires.place[chosen], wires.width[chosen], wires.span[chosen]
        dimmed_by = wires.dimmed_by[chosen]
        self.parameter = wires.parameter[chosen]
        self._parameter, self._place = tight(self.parameter), in_order(place, wires.slots)
        self._spans, self._minimum = bool(span.any()), wires.minimum[chosen]
        self._spread, self._span = span != 0, np.where(span, span, 1)
        self._dims, self._dimmed, self._dimmed_by = bool((dimmed_by >= 0).any()), dimmed_by >= 0, dimmed_by
        self._all_dimmed = bool(self._dimmed.all())
        self._wider, self._widest = np.flatnonzero(width > 1), np.flatnonzero(width > 2)
        self._second, self._third = place[self._wider] + 1, place[self._widest] + 2
        self._room, self._bytes = np.empty(len(chosen), np.int64), np.empty(len(chosen), np.uint8)

    def is_of(self, parameters: Integers) -> bool:
        """Whether these are its parameters, wire by wire."""
        return np.array_equal(self.parameter, parameters)

    def put(self, values: Integers, slots: Bytes, own: Integers | None = None) -> None:
        """Write the levels into the slots, most significant byte first; ``own`` are those of its wires, if known."""
        value = values[self._parameter] if own is None else own
        room = self._room
        if self._spans:
            value = np.where(self._spread, (value - self._minimum) * LEVEL_MAX // self._span, value)
        if self._dims:
            np.take(values, self._dimmed_by, out=room, mode="clip")
            np.multiply(room, value, out=room)
            np.floor_divide(room, LEVEL_MAX, out=room)
            value = room if self._all_dimmed else np.where(self._dimmed, room, value)
        if len(self._wider):
            slots[self._second] = (value[self._wider] >> 8).astype(np.uint8)
            slots[self._third] = value[self._widest].astype(np.uint8)
        np.right_shift(value, 16, out=room)
        self._bytes[:] = room
        slots[self._place] = self._bytes
        if self._bent is not None:
            self._bent.put(values, slots)


def in_order(place: Integers, slots: int) -> Index | Mask:
    """The same places as a mask over all slots where they only ever rise: numpy writes that in one pass."""
    where = tight(place)
    if isinstance(where, slice) or 4 * len(place) < slots or not bool((np.diff(place) > 0).all()):
        return where
    mask = np.zeros(slots, np.bool_)
    mask[place] = True
    return mask
