"""Grand master, blackout and submasters: what an intensity is multiplied by on its way out (SEMANTICS 17).

A submaster that brings up a look multiplies nothing; here it is only known where it stands. Parameters with the same
submasters share one gain, numbered from 1; number 0 is what no master touches.
"""

from __future__ import annotations

from array import array
from typing import Any

from showctl.model import LEVEL_MAX, CueSheet, Master


class Masters:
    """``gains[groups[parameter]]`` of 0..LEVEL_MAX is the gain of an intensity."""

    def __init__(self, sheet: CueSheet) -> None:
        self.levels: dict[str, int] = {f"sub/{name}": each.start for name, each in sheet.subs.items()}
        self._kinds: dict[tuple[str, ...], int] = {}
        self.groups = array("q", [
            self._kinds.setdefault(each.submasters, len(self._kinds) + 1) if each.attribute == "intensity" else 0
            for each in sheet.parameters])
        self.gains = [LEVEL_MAX] * (len(self._kinds) + 1)
        self._limits = [tuple(f"sub/{name}" for name in submasters) for submasters in self._kinds]   # by gain, less one
        self._reach: dict[str, list[int]] = {"grand": [], "blackout": []}
        for name in sheet.submasters:
            self._reach[f"sub/{name}"] = []
        for index, each in enumerate(sheet.parameters):
            if each.attribute == "intensity":
                for name in ("grand", "blackout", *(f"sub/{name}" for name in each.submasters)):
                    self._reach.setdefault(name, []).append(index)
        self._multiply()

    def set(self, action: Master) -> list[int]:
        """Move one master to 0..LEVEL_MAX; which intensities that reaches (none for a name nobody has)."""
        reached = self._reach.get(action.name)
        if reached is None:
            return []
        level = action.level
        self.levels[action.name] = 0 if level < 0 else LEVEL_MAX if level > LEVEL_MAX else level
        self._multiply()
        return reached

    def _multiply(self) -> None:
        levels = self.levels
        rig = levels.get("grand", LEVEL_MAX) * (LEVEL_MAX - levels.get("blackout", 0)) // LEVEL_MAX
        for group, submasters in enumerate(self._limits, 1):
            gain = rig
            for name in submasters:
                gain = gain * levels.get(name, LEVEL_MAX) // LEVEL_MAX
            self.gains[group] = gain

    def snapshot(self) -> dict[str, Any]:
        """JSON values: the masters that were ever moved, or do not begin at full."""
        return dict(self.levels)

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.levels = dict(data)
        self._multiply()
