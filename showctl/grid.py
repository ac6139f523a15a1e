"""The 44 Hz grid of the rig: when the next tick is due, and which interval is open (CORE 5, SEMANTICS 28).

Tick k closes the interval that runs from after tick k−1 up to and with tick k. In one interval a universe or fader
sends at most once; who keeps count compares ``interval``, which never runs backwards.
"""

from __future__ import annotations

from typing import Any

from showctl.model import FRAME_RATE_HZ, SECOND_NS


class Grid:
    """Ticks at ``anchor_ns + k·10⁹ // 44`` from the start of motion until one whole interval saw none."""

    __slots__ = ("anchor_ns", "due_ns", "interval", "stirred", "tick")

    def __init__(self) -> None:
        self.anchor_ns = 0
        self.tick = 0
        self.due_ns: int | None = None     # None: the grid rests
        self.interval = 1                  # the open interval, counted over the whole run
        self.stirred = False               # something was sent in the open interval

    def start(self, at_ns: int) -> None:
        """Motion begins from stillness: this instant is tick 0, and what is due next is tick 1."""
        self.anchor_ns, self.tick, self.due_ns = at_ns, 1, at_ns + SECOND_NS // FRAME_RATE_HZ
        self.interval += 1
        self.stirred = False

    def turn(self, busy: bool) -> None:
        """Leave the tick that is due behind: on to the next, or to rest after an interval without any motion."""
        self.interval += 1
        if busy or self.stirred:
            self.tick += 1
            self.due_ns = self.anchor_ns + self.tick * SECOND_NS // FRAME_RATE_HZ
        else:
            self.due_ns = None
        self.stirred = False

    def leap(self, until_ns: int) -> tuple[int, int] | None:
        """Leave every tick due up to and including ``until_ns`` behind, motion going on; (first, last) or None."""
        first, last = self.tick, ((until_ns - self.anchor_ns + 1) * FRAME_RATE_HZ - 1) // SECOND_NS
        if last < first:
            return None
        self.interval += last - first
        self.tick = last
        self.turn(True)
        return first, last

    def snapshot(self) -> list[Any]:
        """Everything above as JSON values."""
        return [self.anchor_ns, self.tick, self.due_ns, self.interval, self.stirred]

    def restore(self, data: list[Any]) -> None:
        """Take what ``snapshot`` gave."""
        self.anchor_ns, self.tick, self.due_ns, self.interval, self.stirred = data
