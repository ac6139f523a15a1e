"""One show in virtual time: the engine, the renderer and the merge of a live run, with a clock that leaps.

Event-only unless told otherwise: while something only moves on, nothing is rendered, and levels are worked out where
somebody looks. Looking never changes the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any

from showctl.model import CueSheet, EdgeFrame, Flush, Frame, Step, Trigger
from showctl.show import Outcome, Record, Show
from showctl.status import Status
from showctl.trace import Taken

UNKNOWN = -1
"""A fader of which nobody knows where it stands (SEMANTICS 31)."""


class Performance:
    """A show, what went into it and what came out. Times are nanoseconds since it began.

    ``records`` holds inputs, steps, skips and digests in the order of a journal, so that any run can be written as a
    trace and repeated; ``frames_sent`` holds what left for universes and faders where ``frames`` is true.
    """

    def __init__(self, sheet: CueSheet, seed: int = 0, frames: bool = False) -> None:
        self.sheet = sheet
        self.seed = seed
        self.frames = frames
        self.show = Show(sheet, seed, ticks=frames)
        self.status = Status(sheet)
        self.now_ns = 0
        self.inputs: list[tuple[int, Trigger]] = []
        self.records: list[Taken | Record] = []
        self.steps: list[Step] = []
        self.edges: list[EdgeFrame] = []
        self.frames_sent: list[Frame] = []
        self.began: Mapping[str, Any] | None = None          # the snapshot that it went on from
        self.watchers: list[Callable[[Step], None]] = []     # each is shown each step, in order

    # ---- time ----

    def begin(self) -> list[Step]:
        """Enter the start states at instant 0."""
        return self._take(self.show.start())

    def admit(self, trigger: Trigger, at_ns: int | None = None) -> list[Step]:
        """Something happens at ``at_ns``, or now; where an instant is taken already, at the next one (CORE 2)."""
        stamp_ns = max(self.now_ns if at_ns is None else at_ns, self.show.last_ns + 1)
        before = self._take(self.show.run_until(stamp_ns - 1))
        self.now_ns = stamp_ns
        self.inputs.append((stamp_ns, trigger))
        self.records.append(Taken(stamp_ns, trigger))
        return before + self._take(self.show.admit(stamp_ns, trigger))

    def until(self, ns: int) -> list[Step]:
        """Let time pass up to and including ``ns``; an instant that is over already changes nothing."""
        steps = self._take(self.show.run_until(ns))
        self.now_ns = max(self.now_ns, ns)
        return steps

    @property
    def due_ns(self) -> int | None:
        """When the show does something of its own next."""
        return self.show.due_ns

    @property
    def wake_ns(self) -> int | None:
        """When the show decides something of its own next; before it only an input brings a step."""
        return self.show.wake_ns

    @property
    def moving(self) -> bool:
        """Whether light or sound is on its way."""
        return self.show.moving

    @property
    def settling(self) -> bool:
        """Whether something is on its way to where it will stay; the beats of effects go on for ever."""
        return self.show.settling

    # ---- what people see ----

    def truth(self, name: str) -> bool | None:
        """Whether a trigger's condition holds now; None is unknown, or no condition at all."""
        return self.show.truth(name)

    @property
    def states(self) -> Mapping[str, str]:
        """Region → the state it is in."""
        return self.status.states

    @property
    def standby(self) -> str:
        """What GO does next."""
        return next(iter(self.status.standby.values()), "")

    @property
    def running(self) -> tuple[str, ...]:
        """The cues at work, as text."""
        return tuple(self.status.running)

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects at work, by the names of the sheet; one without a name is called by its cue."""
        return tuple(dict.fromkeys(name.partition("/")[2] for name in self.status.effects))

    def levels(self) -> dict[str, dict[str, int]]:
        """Fixture → attribute → what leaves it now, after merge, masters and limits (SEMANTICS 35)."""
        parameters = self.sheet.parameters
        return {
            fixture: dict(zip((parameters[each].attribute for each in members), self.peek(members), strict=True))
            for fixture, members in self.sheet.fixtures.items()
        }

    def faders(self) -> dict[str, int]:
        """Fader → where it stands now, 0..LEVEL_MAX; ``UNKNOWN`` where nobody knows."""
        faders = self.sheet.faders
        return dict(zip(faders, self.peek(fader.parameter for fader in faders.values()), strict=True))

    def peek(self, parameters: Iterable[int]) -> list[int]:
        """Some parameters' levels now."""
        return self.show.peek(self.now_ns, parameters)

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """The show between two instants and what people see of it; ``show`` in it is what a trace's snapshot holds."""
        return {"now_ns": self.now_ns, "show": self.show.snapshot(), "seen": _copied(self.status)}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from a snapshot of the same sheet; what was recorded before it is forgotten."""
        self.now_ns = data["now_ns"]
        self.show.restore(data["show"])
        self.status, self.began = _copied(data["seen"]), data
        self.inputs, self.records, self.steps, self.edges, self.frames_sent = [], [], [], [], []

    def fork(self) -> Performance:
        """A second performance that goes on from here on its own, with the same past."""
        other = Performance(self.sheet, self.seed, self.frames)
        other.restore(self.snapshot())
        other.inputs, other.records, other.steps = [*self.inputs], [*self.records], [*self.steps]
        other.edges, other.frames_sent = [*self.edges], [*self.frames_sent]
        other.began = self.began
        return other

    def _take(self, outcome: Outcome) -> list[Step]:
        steps = [record for record in outcome.records if type(record) is Step]
        for step in steps:
            self.status.fold(step)
            self.steps.append(step)
            for watch in self.watchers:
                watch(step)
        self.records += outcome.records
        self.edges += [frame for frame in outcome.frames if type(frame) is EdgeFrame]
        if self.frames:
            self.frames_sent += [frame for frame in outcome.frames if not isinstance(frame, Flush)]
        return steps


def _copied(status: Status) -> Status:
    """A Status of its own: what it holds is copied, the sheet and the frozen nouns in it are shared."""
    other = Status(status.sheet)
    for name, value in vars(status).items():
        setattr(other, name, copy(value) if isinstance(value, dict | deque) else value)
    return other
