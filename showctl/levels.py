"""What leaves: sources merged, mastered and overlaid, one 24-bit level a parameter (SEMANTICS 8, 13, 17).

Intensities merge by highest, all else by latest. An intensity nobody has told is dark; a fader nobody has told is
unknown; anything else stands at its default.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from showctl.effects import Effects
from showctl.fade import FULL, between
from showctl.masters import Masters
from showctl.model import LEVEL_MAX, PRIORITY, STANDING, CueSheet
from showctl.outlets import UNKNOWN
from showctl.overlays import Overlay, Overlays
from showctl.ranks import SAFE, Ranks
from showctl.sources import Source, Sources


class Levels:
    """``values`` by parameter, as last worked out; the slots are written from them."""

    def __init__(
        self, sheet: CueSheet, sources: Sources, effects: Effects, overlays: Overlays, masters: Masters
    ) -> None:
        self.sources = sources
        self.effects = effects
        self.overlays = overlays
        self.masters = masters
        self.untold = array("q", [_untold(each.attribute, each.default) for each in sheet.parameters])
        self.values = array("q", self.untold)
        self.ranks = Ranks(sheet)
        self.parked = dict(sheet.parked)      # parameter → the level it is pinned at
        self._intensity_of = [each.intensity for each in sheet.parameters]
        self._now_ns = 0
        self.refresh(range(len(self.values)), 0)

    def refresh(self, parameters: Iterable[int], now_ns: int) -> list[int]:
        """Work some parameters out again; those that have changed."""
        self._now_ns = now_ns
        naming, values, changed = self.overlays.naming, self.values, []
        groups, gains = self.masters.groups, self.masters.gains
        order, owners, writers = self.sources.order, self.sources.owner, self.sources.writers
        moved = self.effects.naming
        for parameter in parameters:
            group = groups[parameter]
            if group:
                gain, level = gains[group], 0
                for source in writers[parameter]:
                    wanted = source.present[parameter]
                    if moved and parameter in moved:
                        wanted = self.effects.shown(source.name, parameter, wanted, source.safe)
                    if not source.safe:
                        wanted = wanted * gain // LEVEL_MAX
                    if wanted > level:
                        level = wanted
            else:
                owner = owners[parameter]
                level = self.untold[parameter] if owner < 0 else order[owner].present[parameter]
                if moved and parameter in moved and owner >= 0:
                    level = self.effects.shown(order[owner].name, parameter, level, False)
            if parameter in naming:
                level = (self._brightened(parameter, level) if group
                         else self._crossed(parameter, level, naming[parameter]))
            if level != values[parameter]:
                values[parameter] = level
                changed.append(parameter)
        return changed

    def rank(self, parameter: int) -> int:
        """The highest priority among those with a say in it; −1 where nobody has one."""
        writers, overlays = self.sources.writers[parameter], self.overlays.naming.get(parameter, ())
        if any(source.safe for source in writers) or any(overlay.safe for overlay in overlays):
            return SAFE
        if not self.ranks.stated:
            return PRIORITY if writers or overlays else -1
        return max((self.ranks.of(each.name) for each in (*writers, *overlays)), default=-1)

    def outrank(self, now_ns: int) -> list[int]:
        """Work out again what somebody has a say in whose priority is not everybody's; those that changed by it."""
        values, changed = self.values, []
        for parameter in self.ranks.contested(self.sources, self.overlays):
            level = self._ranked(parameter, now_ns)
            if values[parameter] != level:
                values[parameter] = level
                changed.append(parameter)
        return changed

    def _ranked(self, parameter: int, now_ns: int) -> int:
        """One priority after another, lowest first: a say takes it from those below; nobody outranks a fail state."""
        self._now_ns = now_ns
        writers, overlays = self.sources.writers[parameter], self.overlays.naming.get(parameter, ())
        shines = bool(self.masters.groups[parameter])
        level = 0 if shines else self.untold[parameter]
        for rank in self.ranks.among((*writers, *overlays), shines):
            sources = [each for each in writers if self.ranks.place(each, shines) == rank]
            laid = [each for each in overlays if self.ranks.place(each, shines) == rank]
            if shines:
                level = self._lit_by(parameter, now_ns, sources, laid, level)
            else:
                if sources:
                    latest = self.ranks.latest(parameter, sources, self.sources.owner[parameter])
                    level = self.wanted(latest, parameter, now_ns)
                level = self._crossed(parameter, level, laid)
        if not shines:
            return level
        safe = [self.wanted(each, parameter, now_ns) for each in writers if each.safe]
        safe += [self._laid(each, parameter) * each.weight // FULL for each in overlays if each.safe]
        return max([level, *safe])

    def _lit_by(
        self, intensity: int, now_ns: int, sources: list[Source], laid: list[Overlay], under: int
    ) -> int:
        """An intensity by those of one priority, over what is left of ``under``: nothing where a source has a say."""
        gain = self.masters.gains[self.masters.groups[intensity]]
        wanted = [self.wanted(each, intensity, now_ns) for each in sources]
        wanted += [self._laid(each, intensity) * each.weight // FULL for each in laid]
        weight = FULL if sources else max(each.weight for each in laid)
        return under - (under * weight // FULL) + max(wanted) * gain // LEVEL_MAX

    def settle(self, now_ns: int) -> list[int]:
        """What comes after the merge: priorities, and then what is parked; the parameters that changed by it."""
        outranked = self.outrank(now_ns) if self.ranks.stated else []
        return outranked + self.pin(now_ns) if self.parked else outranked

    def park(self, targets: Sequence[tuple[int, int]], now_ns: int) -> list[int]:
        """Pin these from here on, ``STANDING`` where they are now; which they are. Overlays are advanced first."""
        for parameter, level in targets:
            standing = self.peek(parameter, now_ns) if level == STANDING else level
            self.parked[parameter] = self.sources.clamped(parameter, standing)
        return [parameter for parameter, _ in targets]

    def unpark(self, parameters: Sequence[int]) -> list[int]:
        """Let these go, or all where none are named; which were parked."""
        return [each for each in parameters or tuple(self.parked) if self.parked.pop(each, None) is not None]

    def pin(self, now_ns: int) -> list[int]:
        """Put what is parked where it is parked, whatever was worked out; those that changed by it."""
        values, changed = self.values, []
        for parameter in self.parked:
            level = self._pinned(parameter, now_ns)
            if values[parameter] != level:
                values[parameter] = level
                changed.append(parameter)
        return changed

    def _pinned(self, parameter: int, now_ns: int) -> int:
        """Parked low, an intensity still shows what a fail state wants of it: parking never darkens safety."""
        level = self.parked[parameter]
        return max(level, self._safe(parameter, now_ns)) if self.masters.groups[parameter] else level

    def _safe(self, intensity: int, now_ns: int) -> int:
        """The highest that a fail state wants of an intensity (SEMANTICS 17)."""
        wanted = [self.sources.standing(source, intensity, now_ns)
                  for source in self.sources.writers[intensity] if source.safe]
        wanted += [overlay.targets[intensity] * overlay.weigh(now_ns) // FULL
                   for overlay in self.overlays.naming.get(intensity, ()) if overlay.safe]
        return max(wanted, default=0)

    def lit(self, intensity: int, now_ns: int) -> bool:
        """Whether anything but a master keeps this intensity dark at this moment."""
        if self.sources.highest(intensity, now_ns) > 0 or intensity in self.effects.naming:
            return True
        return any(overlay.targets[intensity] * overlay.weigh(now_ns) // FULL > 0
                   for overlay in self.overlays.naming.get(intensity, ()))

    def peek(self, parameter: int, now_ns: int) -> int:
        """What one parameter is at this moment, in flight or not; nothing of the run is changed by looking.

        ``advance`` of overlays and effects comes first. The level of a fader nobody knows is ``UNKNOWN``.
        """
        self._now_ns = now_ns
        if parameter in self.parked:
            return self._pinned(parameter, now_ns)
        if self.ranks.stated and self.ranks.concerns(parameter, self.sources, self.overlays):
            return self._ranked(parameter, now_ns)
        return self._merged(parameter, now_ns)

    def _merged(self, parameter: int, now_ns: int) -> int:
        group, owner = self.masters.groups[parameter], self.sources.owner[parameter]
        level = 0 if group else self.untold[parameter]
        if group:
            gain = self.masters.gains[group]
            for source in self.sources.writers[parameter]:
                wanted = self.wanted(source, parameter, now_ns)
                level = max(level, wanted if source.safe else wanted * gain // LEVEL_MAX)
        elif owner >= 0:
            level = self.wanted(self.sources.order[owner], parameter, now_ns)
        if parameter in self.overlays.naming:
            if group:
                return self._brightened(parameter, level)
            return self._crossed(parameter, level, self.overlays.naming[parameter])
        return level

    def wanted(self, source: Source, parameter: int, now_ns: int) -> int:
        """What a source wants of a parameter at this moment, its fades and effects in it."""
        level = self.sources.standing(source, parameter, now_ns)
        if parameter not in self.effects.naming:
            return level
        return self.effects.shown(source.name, parameter, level, source.safe)

    def _laid(self, overlay: Overlay, parameter: int) -> int:
        """What an overlay wants of a parameter, its effects in it."""
        level = overlay.targets[parameter]
        if parameter not in self.effects.naming:
            return level
        return self.effects.shown(overlay.name, parameter, level, overlay.safe)

    def _brightened(self, parameter: int, highest: int) -> int:
        """Overlays over an intensity: the highest of all."""
        gain = self.masters.gains[self.masters.groups[parameter]]
        for overlay in self.overlays.naming[parameter]:
            level = self._laid(overlay, parameter) * overlay.weight // FULL
            highest = max(highest, level if overlay.safe else level * gain // LEVEL_MAX)
        return highest

    def _crossed(self, parameter: int, under: int, overlays: Iterable[Overlay]) -> int:
        """Overlays over a colour or fader: by weight, but at once where nothing is seen or known under them."""
        intensity = self._intensity_of[parameter]
        dark = intensity is not None and intensity not in self.effects.naming and not self.sources.highest(
            intensity, self._now_ns)
        for overlay in overlays:
            weight = FULL if dark or under == UNKNOWN else overlay.weight
            under = between(under, self._laid(overlay, parameter), weight)
        return under


def _untold(attribute: str, default: int) -> int:
    return {"fader": UNKNOWN, "intensity": 0}.get(attribute, default)
