"""Overlays: looks that lie over the regions for a while, each with one weight (SEMANTICS 13).

Intensity shows the higher of what is under and its weighted own; everything else crosses over by weight. Times are
motion time, as in ``sources``.
"""

from __future__ import annotations

from typing import Any

from showctl.fade import FULL, Weight
from showctl.model import Lay, Release


class Overlay(Weight):
    """One look over the others."""

    __slots__ = ("name", "safe", "targets")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.safe = False
        self.targets: dict[int, int] = {}


class Overlays:
    """All overlays in the order they were laid; ``naming`` is which of them name a parameter."""

    def __init__(self) -> None:
        self.laid: dict[str, Overlay] = {}
        self.naming: dict[int, list[Overlay]] = {}
        self.end_ns: int | None = None

    def lay(self, action: Lay, targets: dict[int, int], at_ns: int, start_ns: int) -> None:
        """Lay one on top; one of the same name goes on from the weight it has."""
        overlay = self.laid.pop(action.name, None) or Overlay(action.name)
        self.laid[action.name] = overlay
        overlay.weigh(at_ns)
        overlay.low = overlay.high = overlay.weight
        overlay.targets, overlay.curve = targets, action.curve
        overlay.head_for(FULL, at_ns, start_ns, action.duration_ns)
        self._settle(overlay, at_ns)
        self._index()

    def stand(self, name: str, targets: dict[int, int], weight: int) -> None:
        """Let one lie with just this weight, as a hand holds it; at nothing it is taken off."""
        overlay = self.laid.pop(name, None) if not weight else self.laid.get(name)
        if weight:
            overlay = overlay or Overlay(name)
            self.laid[name] = overlay
            overlay.targets = targets
            overlay.low = overlay.high = overlay.weight = weight
        self._index()

    def release(self, action: Release, at_ns: int, start_ns: int) -> None:
        """Let one go; nothing happens where there is none of that name."""
        overlay = self.laid.get(action.name)
        if overlay is not None:
            overlay.head_for(0, at_ns, start_ns, action.duration_ns)
            self._settle(overlay, at_ns)
            self._index()

    def halt(self, overlay: Overlay, at_ns: int) -> None:
        """Stop its weight where it stands."""
        overlay.low = overlay.high = overlay.weigh(at_ns)
        self._settle(overlay, at_ns)
        self._index()

    def drop(self, parameter: int) -> None:
        """A hand has taken this parameter (SEMANTICS 32)."""
        for overlay in self.naming.get(parameter, ()):
            overlay.targets.pop(parameter, None)
        self._index()

    def finish(self, at_ns: int) -> list[int]:
        """Settle the weights that have arrived and take off what weighs nothing; which parameters those named."""
        touched: list[int] = []
        for overlay in list(self.laid.values()):
            if overlay.moving and overlay.start_ns + overlay.duration_ns <= at_ns:
                touched.extend(overlay.targets)
                self._settle(overlay, at_ns)
        self._index()
        return touched

    def advance(self, at_ns: int) -> None:
        """Bring every weight to where it is at this moment."""
        for overlay in self.laid.values():
            overlay.weigh(at_ns)

    def _settle(self, overlay: Overlay, at_ns: int) -> None:
        overlay.settle(at_ns)
        if overlay.low == overlay.high == 0:
            del self.laid[overlay.name]

    def _index(self) -> None:
        self.naming = {}
        for overlay in self.laid.values():
            for parameter in overlay.targets:
                self.naming.setdefault(parameter, []).append(overlay)
        moving = [overlay.start_ns + overlay.duration_ns for overlay in self.laid.values() if overlay.moving]
        self.end_ns = min(moving, default=None)

    def snapshot(self) -> list[Any]:
        """JSON values, in the order they lie."""
        return [[each.name, each.safe, list(each.targets.items()), each.curve, each.low, each.high, each.start_ns,
                 each.duration_ns] for each in self.laid.values()]

    def restore(self, data: list[Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        self.laid = {}
        for name, safe, targets, curve, low, high, start_ns, duration_ns in data:
            overlay = self.laid[name] = Overlay(name)
            overlay.safe, overlay.targets, overlay.curve = safe, dict(targets), curve
            overlay.low, overlay.high, overlay.start_ns, overlay.duration_ns = low, high, start_ns, duration_ns
        self._index()
