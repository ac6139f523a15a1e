"""Bent wires of many parameters at once, in numpy's 64-bit integers: the same bytes as ``dimming.put`` (CORE 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from showctl.dimming import HUE, MIRED, PLAIN, STRONGEST, TAKEN, Bend
from showctl.light import RECIPROCAL
from showctl.model import LEVEL_MAX

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class WideBends:
    """The bent wires of a patch, a column for each of their fields, and their curves one under the other."""

    def __init__(self, bends: Sequence[Bend]) -> None:
        self.columns = np.array([bend[:9] for bend in bends], np.int64).reshape(-1, 9).T.copy()
        known = list(dict.fromkeys(bend[9] for bend in bends if bend[9]))
        self.curve = np.array([known.index(bend[9]) if bend[9] else -1 for bend in bends], np.int64)
        self.curves = np.array(known or [(0,) * 258], np.int64)
        self.turns = np.array([bool(bend[10]) for bend in bends], np.bool_)
        self.colours = np.array([bend[10] or (0, 0, 0) for bend in bends], np.int64).reshape(-1, 3).T.copy()

    def of(self, parameters: Mask) -> BentStrand | None:
        """The wires that any of these parameters reaches, as a level or as a dimmer; None where there are none."""
        parameter, dimmed_by = self.columns[2], self.columns[3]
        concerned = parameters[parameter] | ((dimmed_by >= 0) & parameters[dimmed_by])
        chosen = np.flatnonzero(concerned | (self.turns & parameters[self.colours].any(axis=0)))
        return BentStrand(self, chosen) if len(chosen) else None


class BentStrand:
    """Some bent wires, with all that is the same at each instant worked out."""

    def __init__(self, bends: WideBends, chosen: Integers) -> None:
        (self._place, width, self._parameter, self._dimmed_by, self._minimum, span, how,
         self._lowest, self._highest) = bends.columns[:, chosen]
        self._own, self._mired = self._dimmed_by < 0, how == MIRED
        self._taken, self._strongest, self._dimmed = how == TAKEN, how == STRONGEST, ~self._own & (how == PLAIN)
        self._turns = np.flatnonzero(bends.turns[chosen])
        self._is_hue, self._is_strongest = how[self._turns] == HUE, how[self._turns] == STRONGEST
        self._colours = bends.colours[:, chosen[self._turns]]
        self._spread, self._span = span != 0, np.where(span, span, 1)
        self._curve, self._curves = bends.curve[chosen], bends.curves
        self._curved = self._curve >= 0
        self._wider, self._widest = np.flatnonzero(width > 1), np.flatnonzero(width > 2)
        self._room = np.zeros(len(chosen), np.int64)

    def put(self, values: Integers, slots: npt.NDArray[np.uint8]) -> None:
        """Write the levels into the slots, most significant byte first."""
        level, strongest = values[self._parameter], self._room
        if len(self._turns):
            strongest = self._turned(level, values)
        dimmer = self._answer(np.where(self._own, level, values[self._dimmed_by]))
        value = np.where(self._own, dimmer, level)
        value = np.where(self._mired, RECIPROCAL // np.where(self._mired, level, 1), value)
        value = np.where(self._taken, value * dimmer // LEVEL_MAX, value)
        value = np.where(self._strongest, value * strongest // LEVEL_MAX, value)
        value = np.where(self._spread, (value - self._minimum) * LEVEL_MAX // self._span, value)
        value = np.where(self._dimmed, value * dimmer // LEVEL_MAX, value)
        slots[self._place] = value >> 16
        slots[self._place[self._wider] + 1] = value[self._wider] >> 8 & 0xFF
        slots[self._place[self._widest] + 2] = value[self._widest] & 0xFF

    def _turned(self, level: Integers, values: Integers) -> Integers:
        """Put hues and saturations into ``level``, as ``wheel`` has them; the strongest parts of colours, by wire."""
        red, green, blue = values[self._colours]
        strongest = np.maximum(np.maximum(red, green), blue)
        chroma = strongest - np.minimum(np.minimum(red, green), blue)
        way = np.where(strongest == red, np.where(green >= blue, 0, 6 * chroma) + green - blue,
                       np.where(strongest == green, 2 * chroma + blue - red, 4 * chroma + red - green))
        hue = np.where(chroma > 0, way * LEVEL_MAX // np.where(chroma > 0, 6 * chroma, 1), 0)
        saturation = chroma * LEVEL_MAX // np.maximum(strongest, 1)
        own = level[self._turns]
        level[self._turns] = np.where(self._is_strongest, own, np.where(self._is_hue, hue, saturation))
        self._room[self._turns] = strongest
        return self._room

    def _answer(self, level: Integers) -> Integers:
        held = np.minimum(np.maximum(level, self._lowest), self._highest)
        level = np.where(level > 0, held, level)
        way = np.where(self._curved, level + (level >> 23), 0)
        low, high = self._curves[self._curve, way >> 16], self._curves[self._curve, (way >> 16) + 1]
        bent: Integers = np.where(self._curved, low + ((high - low) * (way & 0xFFFF) >> 16), level)
        return bent
