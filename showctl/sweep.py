"""Many parameters at one instant, in numpy's 64-bit integers: the same bytes as one by one (CORE 8).

It reads and writes the very arrays that ``sources``, ``levels`` and ``outlets`` own. A level of 24 bits times a
progress of 30 or another level of 24 fits; shifts and divisions round down, as Python's do. A fade over a whole rig is
a ``glide``: planned once, then a few passes each tick. What else moves is worked out one by one, or here where it is
much.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from showctl.crowd import Crowd
from showctl.fade import FULL
from showctl.glide import CROWD, Glide, view
from showctl.levels import Levels
from showctl.model import LEVEL_MAX, CueSheet, Fade
from showctl.outlets import Outlets
from showctl.patch import Patch
from showctl.sources import Source
from showctl.targets import Many
from showctl.wide_effects import WideEffects
from showctl.wires import Index, Integers, Mask, Wires

FEW = 256
"""Up to so many parameters beside the glides are worked out one by one: a pass over all costs as much."""


class Sweep:
    """Views on the arrays of one renderer, and the plans of its great fades."""

    def __init__(self, sheet: CueSheet, patch: Patch, levels: Levels, outlets: Outlets) -> None:
        self._levels = levels
        self._outlets = outlets
        self._slots = np.frombuffer(outlets.slots, np.uint8)
        self._values = view(levels.values)
        self._untold = view(levels.untold)
        self._groups = view(levels.masters.groups)
        self._wires = Wires(patch.wires, patch.bends, len(outlets.slots))
        self._crowd = Crowd(sheet, levels.sources)
        self._reach = np.array([(parameter, outlet) for parameter, outlets_of in enumerate(patch.outlets_of)
                                for outlet in outlets_of], np.int64).reshape(-1, 2).T.copy()
        self._jumps: dict[int, Mask] = {}                   # by the id of a fade not yet started
        self._glides: dict[int, Glide] = {}                 # by slot
        self._moved: dict[int, Integers] = {}               # by source: what it wants, where effects move it
        self._told = np.zeros(len(self._values), np.bool_)     # what great looks have told or ended at this instant
        self._changed = np.zeros(len(self._values), np.bool_)  # and what of it is not as it was

    # ---- great looks: told and ended at once ----

    def foresee(self, action: Fade, targets: Many, now_ns: int) -> None:
        """Before an instant's actions: which of the targets will jump (SEMANTICS 10)."""
        jumps, parameters = self._crowd.dark(action.source, targets, now_ns), view(targets.parameters)
        for intensity in self._levels.overlays.naming:
            if self._levels.lit(intensity, now_ns):
                jumps &= ~self._crowd.belongs_to(parameters, intensity)
        if self._levels.effects.naming:
            jumps &= ~self._crowd.belongs_to_any(parameters, list(self._levels.effects.naming))
        self._jumps[id(action)] = jumps

    def fade(self, action: Fade, targets: Many, now_ns: int, start_ns: int, hands: bytearray) -> None:
        """Start a fade that was foreseen; no hand holds what it names any more (SEMANTICS 32)."""
        np.frombuffer(hands, np.uint8)[view(targets.parameters)] = 0
        changed = self._crowd.start(action, targets, now_ns, start_ns, self._jumps.pop(id(action)))
        self._changed[changed] = True
        self._told[changed] = True

    def finish(self, now_ns: int) -> bool:
        """End the great fades whose time has come; whether there were any."""
        over = [slot for slot, run in self._levels.sources.over(now_ns) if run.live > CROWD]
        for slot in over:
            glide = self._glides.pop(slot, None)
            written: Index = slice(0)
            if glide is not None and glide.holds(self._levels.sources.runs[slot]):
                glide.write(FULL, self._levels.masters.gains, self._values, self._slots)
                written = glide.parameters
            held = self._crowd.end(slot)
            self._told[held] = True
            rest = np.zeros(len(self._values), np.bool_)
            rest[held] = True
            rest[written] = False
            self._changed |= rest
        return bool(over)

    def reached(self, touched: list[int]) -> list[int]:
        """The outlets of what was touched, and of what great looks have told or ended, in order."""
        parameters, outlets = self._reach
        self._told[touched] = True
        found: list[int] = np.flatnonzero(np.bincount(outlets[self._told[parameters]])).tolist()
        return found

    # ---- an instant ----

    @cached_property
    def _effects(self) -> WideEffects:
        """Made at the first effect: a rig without any does without."""
        return WideEffects(self._levels.effects, self._levels.sources)

    def advance_and_write(self, now_ns: int, touched: list[int]) -> None:
        """Bring all that moves to where it is, work it and what was told out, and write the slots.

        Effects are advanced already. Overlays are left to the caller, who works out afterwards what they name.
        """
        self._plan()
        sources, glides, changed = self._levels.sources, self._glides, self._changed
        gains = self._levels.masters.gains
        few = list(touched)
        for glide in glides.values():
            glide.write(glide.run.share_at(now_ns), gains, self._values, self._slots)
            changed[glide.parameters] = False
            few += glide.contested
        others = sum(run.live for slot, run in sources.runs.items() if slot not in glides)
        named = self._levels.effects.naming
        if len(named) <= FEW:
            few += named
        if others + len(few) > FEW or len(named) > FEW or changed.any():
            changed[few] = True
            self._work_out(now_ns, changed)
        else:
            few += sources.advance(now_ns, but=glides)
            sources.advance_some(few, now_ns)
            self._outlets.write(self._levels.refresh(few, now_ns))
        changed[:] = False
        self._told[:] = False

    def _plan(self) -> None:
        """A plan for each great fade, made anew where it does not hold any more."""
        sources = self._levels.sources
        self._glides = {slot: glide for slot, glide in self._glides.items() if glide.holds(sources.runs.get(slot))}
        for slot, run in sources.runs.items():
            if run.live > CROWD and slot not in self._glides:
                self._glides[slot] = Glide(sources, slot, self._wires, self._groups, ())

    def _work_out(self, now_ns: int, changed: Mask) -> None:
        """Everything in flight that no glide has written, and ``changed``."""
        self._advance(now_ns, changed)
        self._moved = self._effects.shown(changed) if self._levels.effects.live else {}
        parameters = np.flatnonzero(changed)
        mastered = self._groups[parameters] > 0
        self._merge_intensities(parameters[mastered])
        self._merge_others(parameters[~mastered])
        self._wires.of(changed).put(self._values, self._slots)

    def _advance(self, now_ns: int, changed: Mask) -> None:
        runs = self._levels.sources.runs
        if not runs:
            return
        shares = self._crowd.shares(now_ns)
        for source in {run.source.index: run.source for run in runs.values()}.values():
            slots = view(source.run)
            moves = slots >= 0
            for glide in self._glides.values():
                if glide.run.source is source:
                    moves[glide.parameters] = False
            flying = np.flatnonzero(moves)
            start, target = view(source.start)[flying], view(source.target)[flying]
            view(source.present)[flying] = start + ((target - start) * shares[slots[flying]] >> 30)
            changed[flying] = True

    def _merge_intensities(self, parameters: Integers) -> None:
        full = all(gain == LEVEL_MAX for gain in self._levels.masters.gains)
        gains = None if full else np.array(self._levels.masters.gains, np.int64)[self._groups[parameters]]
        highest = np.zeros(len(parameters), np.int64)
        for source in self._levels.sources.order:
            wanted = self._wanted(source, parameters)
            np.maximum(highest, wanted if gains is None or source.safe else wanted * gains // LEVEL_MAX, out=highest)
        self._values[parameters] = highest

    def _merge_others(self, parameters: Integers) -> None:
        owners = view(self._levels.sources.owner)[parameters]
        latest = self._untold[parameters]
        for source in self._levels.sources.order:
            latest = np.where(owners == source.index, self._present(source)[parameters], latest)
        self._values[parameters] = latest

    def _wanted(self, source: Source, parameters: Integers) -> Integers:
        """What a source wants; nothing where it has no say."""
        wanted: Integers = self._present(source)[parameters] * np.frombuffer(source.told, np.uint8)[parameters]
        return wanted

    def _present(self, source: Source) -> Integers:
        """What a source wants, its effects in it."""
        moved = self._moved.get(source.index)
        return view(source.present) if moved is None else moved
