"""A look over a whole rig told at once: the start of a fade of many parameters, and its end (SEMANTICS 10).

The same as ``Sources.fade`` and ``finish`` do one by one, in numpy's 64-bit integers.
"""

from __future__ import annotations

from array import array

import numpy as np

from showctl.glide import view
from showctl.model import CueSheet, Fade
from showctl.sources import Run, Source, Sources
from showctl.targets import Many
from showctl.wires import Index, Integers, Mask, tight


class Crowd:
    """What never changes of a sheet's parameters, as arrays; verbs on the sources of one renderer."""

    def __init__(self, sheet: CueSheet, sources: Sources) -> None:
        self._sources = sources
        self._lowest = np.array([each.minimum for each in sheet.parameters], np.int64)
        self._highest = np.array([each.maximum for each in sheet.parameters], np.int64)
        self._default = np.array([each.default for each in sheet.parameters], np.int64)
        self._is_intensity = np.array([each.attribute == "intensity" for each in sheet.parameters], np.bool_)
        self._intensity_of = np.array(
            [-1 if each.intensity is None else each.intensity for each in sheet.parameters], np.int64)
        self._is_fader = np.zeros(len(sheet.parameters), np.bool_)
        for fader in sheet.faders.values():
            self._is_fader[fader.parameter] = True
            self._highest[fader.parameter] = min(self._highest[fader.parameter], fader.ceiling)

    def dark(self, name: str, targets: Many, at_ns: int) -> Mask:
        """Which of the targets belong to a fixture that no source lights at this moment: those jump.

        ``name`` is who tells them: most likely it lights them already, so it is asked first.
        """
        intensity = self._intensity_of[view(targets.parameters)]
        lit = np.zeros(len(self._intensity_of), np.bool_)
        lit[intensity[intensity >= 0]] = True
        asked = np.flatnonzero(lit)
        lit[:] = False
        for source in sorted(self._sources.order, key=lambda each: each.name != name):
            lit[asked] |= (_told(source)[asked] > 0) & (self._standing(source, asked, at_ns) > 0)
            if lit[asked].all():
                break
        return (intensity >= 0) & ~lit[intensity]

    def belongs_to(self, parameters: Integers, intensity: int) -> Mask:
        """Which of the parameters that intensity makes visible."""
        belongs: Mask = self._intensity_of[parameters] == intensity
        return belongs

    def belongs_to_any(self, parameters: Integers, intensities: list[int]) -> Mask:
        """Which of the parameters one of these intensities makes visible."""
        asked = np.zeros(len(self._intensity_of), np.bool_)
        asked[intensities] = True
        own = self._intensity_of[parameters]
        return (own >= 0) & asked[own]

    def start(self, action: Fade, targets: Many, at_ns: int, start_ns: int, snaps: Mask) -> Integers:
        """Start a fade; ``snaps`` says which targets jump. The parameters that may show something else at once."""
        sources, source = self._sources, self._sources.named(action.source)
        slot = next(slot for slot in range(len(sources.runs) + 1) if slot not in sources.runs)
        run = sources.runs[slot] = Run(source, start_ns, action.duration_ns, action.curve, [])
        parameters = view(targets.parameters)
        where = tight(parameters)
        level, unknown = self._departure(source, parameters, where, at_ns)
        wanted = view(targets.levels)
        flying = view(source.run)[where] >= 0
        if action.relative:
            base = np.where(unknown, self._default[where], level)
            wanted = wanted + np.where(flying, view(source.target)[where], base)
        wanted = np.clip(wanted, self._lowest[where], self._highest[where])
        owner = view(sources.owner)
        other = flying | (_told(source)[where] == 0) | (owner[where] != source.index)
        self._claim(source, parameters, where)
        owner[where] = source.index
        moves = ~(unknown | (level == wanted) | snaps)
        if action.curve == "snap" or at_ns - start_ns >= action.duration_ns:
            moves[:] = False
        now = np.where(moves, level, wanted)
        other |= view(source.present)[where] != now
        if start_ns != at_ns:
            other |= moves       # they are on their way already
        view(source.present)[where] = now
        off = parameters[moves]
        view(source.start)[off], view(source.target)[off], view(source.run)[off] = level[moves], wanted[moves], slot
        run.parameters = array("q", off.tobytes())
        run.live = len(off)
        if not run.live:
            del sources.runs[slot]
        sources.find_end()
        changed: Integers = parameters[other]
        return changed

    def end(self, slot: int) -> Integers:
        """End one fade, exactly on its targets; which parameters it held."""
        run = self._sources.runs.pop(slot)
        source, held = run.source, view(run.parameters) if isinstance(run.parameters, array) else None
        if held is None or run.live < len(held):
            held = np.flatnonzero(view(source.run) == slot)
        view(source.present)[held] = view(source.target)[held]
        view(source.run)[held] = -1
        self._sources.find_end()
        return held

    # ---- as one by one ----

    def _standing(self, source: Source, where: Index, at_ns: int) -> Integers:
        """A source's own values at this moment, in flight or not."""
        values = view(source.present)[where].copy()
        if not self._sources.runs:
            return values
        slots = view(source.run)[where]
        flying = np.flatnonzero(slots >= 0)
        if len(flying):
            start = view(source.start)[where][flying]
            way = view(source.target)[where][flying] - start
            values[flying] = start + (way * self.shares(at_ns)[slots[flying]] >> 30)
        return values

    def shares(self, at_ns: int) -> Integers:
        """How far along each fade in flight is, by slot."""
        runs = self._sources.runs
        shares = np.zeros(max(runs, default=-1) + 1, np.int64)
        for slot, run in runs.items():
            shares[slot] = run.share_at(at_ns)
        return shares

    def _departure(
        self, source: Source, parameters: Integers, where: Index, at_ns: int
    ) -> tuple[Integers, Mask]:
        """Where a fade begins, and which nobody knows (a fader nobody has told); ``where`` are the same, tight."""
        told = _told(source)[where] > 0
        level = self._standing(source, where, at_ns)
        unknown = np.zeros(len(parameters), np.bool_)
        new = np.flatnonzero(~told)
        if len(new):
            fresh, owners = parameters[new], view(self._sources.owner)[parameters[new]]
            found = self._default[fresh]
            for other in self._sources.order:
                found = np.where(owners == other.index, self._standing(other, fresh, at_ns), found)
            level[new] = np.where(self._is_intensity[fresh], 0, found)
            unknown[new] = self._is_fader[fresh] & ~self._is_intensity[fresh] & (owners < 0)
        return level, unknown

    def _claim(self, source: Source, parameters: Integers, where: Index) -> None:
        """The source has a say in them from here on, and no fade of its own holds them."""
        sources = self._sources
        told = _told(source)
        new: list[int] = parameters[told[where] == 0].tolist()
        if new:
            told[new] = 1
            sources.claims += 1
            writers = sources.writers
            alone = (source,)
            if isinstance(where, slice) and len(new) == where.stop - where.start and not any(writers[where]):
                writers[where] = [alone] * len(new)        # the first look of all, over a whole rig
                new = []
            for parameter in new:
                writers[parameter] = (*writers[parameter], source) if writers[parameter] else alone
        slots = view(source.run)[where]
        for slot, count in enumerate(np.bincount(slots[slots >= 0]).tolist()):
            if count:
                run = sources.runs[slot]
                run.live -= count
                if not run.live:
                    del sources.runs[slot]
        view(source.run)[where] = -1


def _told(source: Source) -> Integers:
    told: Integers = np.frombuffer(source.told, np.uint8)
    return told
