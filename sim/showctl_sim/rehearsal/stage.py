"""The stage of a rehearsal under way: a performance, the room around it, and what was done last."""

from __future__ import annotations

from collections.abc import Iterator

from showctl.model import SECOND_NS, CueSheet, EdgeFrame, Step
from showctl_sim.performance import Performance
from showctl_sim.virtual_rig import VirtualRig

LOOK_NS = SECOND_NS // 10
"""How often promises about levels are looked at while something moves."""


class Stage:
    """What steps act on and expectations look at."""

    def __init__(self, performance: Performance, seed: int, room: CueSheet | None = None) -> None:
        self.performance = performance
        self.rig = VirtualRig(performance, room)
        self.seed = seed
        self.acted_ns = 0         # when the last thing was done
        self.step = 0             # the first step, and edge, that came of it
        self.edge = 0

    @property
    def now_ns(self) -> int:
        """The present moment of the show."""
        return self.performance.now_ns

    def act(self) -> None:
        """Something is about to be done: what came before is over."""
        self.acted_ns = self.now_ns
        self.step, self.edge = len(self.performance.steps), len(self.performance.edges)

    def since(self) -> Iterator[Step]:
        """The steps since the last thing that was done."""
        return iter(self.performance.steps[self.step:])

    def sent(self) -> Iterator[EdgeFrame]:
        """What was sent once since then."""
        return iter(self.performance.edges[self.edge:])

    def hop(self, until_ns: int, levels: bool = True) -> None:
        """Go on to the next instant at which anything can be different, at the latest to ``until_ns``.

        Without ``levels`` only what is decided counts: light may go on as it will.
        """
        nexts = (self.rig.due_ns, self.performance.due_ns if levels else self.performance.wake_ns)
        self.rig.until(min([until_ns, *(ns for ns in nexts if ns is not None and ns > self.now_ns)]))
