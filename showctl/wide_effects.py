"""Effects over many parameters at once: the same levels as ``effects`` gives one by one (CORE 8)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from showctl.effects import Effects, Live
from showctl.fade import FULL_BITS
from showctl.model import Effect
from showctl.sources import Source, Sources
from showctl.wide_shapes import Integers, lags, readings


@dataclass(frozen=True, slots=True)
class Rows:
    """An effect's rows as arrays; ``ends`` and ``rides`` are (end, row)."""

    parameters: Integers
    places: Integers
    ends: Integers
    rides: npt.NDArray[np.bool_]
    lag: Integers


class WideEffects:
    """The effects of one renderer, by the array."""

    def __init__(self, effects: Effects, sources: Sources) -> None:
        self._effects = effects
        self._sources = sources
        self._rows: dict[str, Rows] = {}
        self._held: dict[str, Integers] = {}      # by name: which rows no later look has taken
        self._changes = -1                        # what of ``effects.changes`` those are of
        parameters = effects.parameters
        self._lowest = np.array([each.minimum for each in parameters], np.int64)
        self._highest = np.array([each.maximum for each in parameters], np.int64)
        self._intensity = np.array([each.attribute == "intensity" for each in parameters], np.bool_)

    def shown(self, changed: npt.NDArray[np.bool_]) -> dict[int, Integers]:
        """By source that has effects: all that it wants, with them. Marks in ``changed`` what they move."""
        found: dict[int, Integers] = {}
        touched: dict[int, list[Integers]] = {}
        for live in self._effects.live.values():
            source = self._sources.by_name.get(live.source)
            rows = self._compiled(live.effect)
            held = self._rows_of(live)
            changed[rows.parameters[held]] = True
            if source is not None:
                under = found.setdefault(source.index, _present(source).copy())
                self._swing(live, rows, held, under)
                touched.setdefault(source.index, []).append(rows.parameters[held])
        for index, moved in touched.items():
            source = self._sources.order[index]
            if source.safe:
                lamps = np.concatenate(moved)
                lamps = lamps[self._intensity[lamps]]
                found[index][lamps] = np.maximum(found[index][lamps], _present(source)[lamps])
        return found

    def _swing(self, live: Live, rows: Rows, held: Integers, levels: Integers) -> None:
        """Move ``levels`` by one effect."""
        parameters, places = rows.parameters[held], rows.places[held]
        first, second, share = readings(live.effect, live.turns, rows.lag, live.seed)
        under = levels[parameters]
        start = self._end(rows, first[places], held, parameters, under)
        target = self._end(rows, second[places], held, parameters, under)
        level = start + ((target - start) * share[places] >> FULL_BITS)
        levels[parameters] = under + ((level - under) * live.weight >> FULL_BITS)

    def _end(self, rows: Rows, end: Integers, held: Integers, parameters: Integers, under: Integers) -> Integers:
        level = rows.ends[end, held]
        rides = rows.rides[end, held]
        if not rides.any():
            return level
        ridden = np.clip(under + level, self._lowest[parameters], self._highest[parameters])
        ridden[(under == 0) & self._intensity[parameters]] = 0
        return np.where(rides, ridden, level)

    def _rows_of(self, live: Live) -> Integers:
        if self._changes != self._effects.changes:
            self._changes = self._effects.changes
            self._held.clear()
        held = self._held.get(live.name)
        if held is None:
            held = self._held[live.name] = np.array(live.held, np.int64)
        return held

    def _compiled(self, effect: Effect) -> Rows:
        rows = self._rows.get(effect.name)
        if rows is None:
            rows = self._rows[effect.name] = Rows(
                np.array(effect.parameters, np.int64), np.array(effect.places, np.int64),
                np.array(effect.ends, np.int64), np.array(effect.rides, np.bool_), lags(effect))
        return rows


def _present(source: Source) -> Integers:
    return np.frombuffer(source.present, np.int64)
