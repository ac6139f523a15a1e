"""What leaves: sources merged, mastered and overlaid, one 24-bit level a parameter (SEMANTICS 8, 13, 17).

Intensities merge by highest, all else by latest. An intensity nobody has told is dark; a fader nobody has told is
unknown; anything else stands at its default.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

from showctl.fade import FULL, between
from showctl.masters import Masters
from showctl.model import LEVEL_MAX, CueSheet
from showctl.outlets import UNKNOWN
from showctl.overlays import Overlays
from showctl.sources import Sources


class Levels:
    """``values`` by parameter, as last worked out; the slots are written from them."""

    def __init__(self, sheet: CueSheet, sources: Sources, overlays: Overlays, masters: Masters) -> None:
        self.sources = sources
        self.overlays = overlays
        self.masters = masters
        self.untold = array("q", [_untold(each.attribute, each.default) for each in sheet.parameters])
        self.values = array("q", self.untold)
        self._intensity_of = [each.intensity for each in sheet.parameters]
        self._now_ns = 0
        self.refresh(range(len(self.values)), 0, lambda _: None)

    def refresh(self, parameters: Iterable[int], now_ns: int, write: Callable[[int], None]) -> None:
        """Work some parameters out again and ``write`` those that have changed."""
        self._now_ns = now_ns
        values, shown = self.values, self._shown
        for parameter in parameters:
            level = shown(parameter)
            if level != values[parameter]:
                values[parameter] = level
                write(parameter)

    def lit(self, intensity: int, now_ns: int) -> bool:
        """Whether anything but a master keeps this intensity dark at this moment."""
        if self.sources.highest(intensity, now_ns) > 0:
            return True
        return any(overlay.targets[intensity] * overlay.weigh(now_ns) // FULL > 0
                   for overlay in self.overlays.naming.get(intensity, ()))

    def _shown(self, parameter: int) -> int:
        over = self.overlays.naming.get(parameter)
        group = self.masters.groups[parameter]
        if not group:
            owner = self.sources.owner[parameter]
            under = self.untold[parameter] if owner < 0 else self.sources.order[owner].present[parameter]
            return under if over is None else self._crossed(parameter, under)
        gain = self.masters.gains[group]
        highest = 0
        for source in self.sources.writers[parameter]:
            level = source.present[parameter]
            if not source.safe:
                level = level * gain // LEVEL_MAX
            if level > highest:
                highest = level
        for overlay in over or ():
            level = overlay.targets[parameter] * overlay.weight // FULL
            highest = max(highest, level if overlay.safe else level * gain // LEVEL_MAX)
        return highest

    def _crossed(self, parameter: int, under: int) -> int:
        """Overlays over a colour or fader: by weight, but at once where nothing is seen or known under them."""
        intensity = self._intensity_of[parameter]
        dark = intensity is not None and not self.sources.highest(intensity, self._now_ns)
        for overlay in self.overlays.naming[parameter]:
            weight = FULL if dark or under == UNKNOWN else overlay.weight
            under = between(under, overlay.targets[parameter], weight)
        return under


def _untold(attribute: str, default: int) -> int:
    return {"fader": UNKNOWN, "intensity": 0}.get(attribute, default)
