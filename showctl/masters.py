"""Grand master, blackout and submasters: what an intensity is multiplied by on its way out (SEMANTICS 17).

Parameters with the same submasters share one gain, numbered from 1; number 0 is what no master touches.
"""

from __future__ import annotations

from array import array
from typing import Any

from showctl.model import LEVEL_MAX, CueSheet, Master


class Masters:
    """``gains[groups[parameter]]`` of 0..LEVEL_MAX is the gain of an intensity."""

    def __init__(self, sheet: CueSheet) -> None:
        self.levels: dict[str, int] = {}
        self._kinds: dict[tuple[str, ...], int] = {}
        self.groups = array("q", [
            self._kinds.setdefault(each.submasters, len(self._kinds) + 1) if each.attribute == "intensity" else 0
            for each in sheet.parameters])
        self.gains = [LEVEL_MAX] * (len(self._kinds) + 1)
        self._reach: dict[str, list[int]] = {"grand": [], "blackout": []}
        for name in sheet.submasters:
            self._reach[f"sub/{name}"] = []
        for index, each in enumerate(sheet.parameters):
            if each.attribute == "intensity":
                for name in ("grand", "blackout", *(f"sub/{name}" for name in each.submasters)):
                    self._reach.setdefault(name, []).append(index)

    def set(self, action: Master) -> list[int]:
        """Move one master to 0..LEVEL_MAX; which intensities that reaches (none for a name nobody has)."""
        if action.name not in self._reach:
            return []
        self.levels[action.name] = max(0, min(action.level, LEVEL_MAX))
        self._multiply()
        return self._reach[action.name]

    def _multiply(self) -> None:
        rig = self.levels.get("grand", LEVEL_MAX) * (LEVEL_MAX - self.levels.get("blackout", 0)) // LEVEL_MAX
        for submasters, group in self._kinds.items():
            gain = rig
            for name in submasters:
                gain = gain * self.levels.get(f"sub/{name}", LEVEL_MAX) // LEVEL_MAX
            self.gains[group] = gain

    def snapshot(self) -> dict[str, Any]:
        """JSON values: the masters that were ever moved."""
        return dict(self.levels)

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.levels = dict(data)
        self._multiply()
