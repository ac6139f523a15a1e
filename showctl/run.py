"""One cue at work, as the engine keeps it and as a snapshot does."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from showctl.model import cue_text
from showctl.timers import Key


@dataclass(slots=True)
class Run:
    """One cue at work. ``waits`` names its live timers; ``paused`` holds (key, ns left) while it is frozen alone."""

    id: int
    cue: Decimal
    region: str
    state: str
    act_ns: int
    acting: bool = False
    leads: bool = True
    waits: list[Key] = field(default_factory=list)
    paused: list[tuple[Key, int]] = field(default_factory=list)

    @property
    def overlay(self) -> str:
        """The overlay's source name for the renderer."""
        return f"cue {cue_text(self.cue)}"

    def values(self) -> list[Any]:
        """JSON values; its timers are in ``Timers``."""
        return [self.id, cue_text(self.cue), self.region, self.state, self.act_ns, self.acting, self.leads,
                [list(key) for key in self.waits], [[list(key), left] for key, left in self.paused]]


def run_of(values: list[Any]) -> Run:
    """The run that :meth:`Run.values` was taken of."""
    each, cue, region, state, act_ns, acting, leads, waits, paused = values
    return Run(each, Decimal(cue), region, state, act_ns, acting, leads,
               [tuple(key) for key in waits], [(tuple(key), left) for key, left in paused])
