"""The merge: inputs and wake-ups in one order, each stepped, then one render an instant (CORE 1, 2, 5, 6).

A show is a pure function of time and triggers. It says when it is due next; daemon, replay and simulator call back.
At one instant: the wake-ups due (by due time, then by the order they were set), then the input if there is one, then
one render. So lateness moves when bytes leave, never which bytes.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from showctl.draft import Draft
from showctl.engine import Engine
from showctl.errors import TraceError
from showctl.model import (
    FRAME_RATE_HZ,
    SECOND_NS,
    CueSheet,
    Digest,
    DmxFrame,
    EdgeFrame,
    Flush,
    Frame,
    LevelFrame,
    Send,
    Skip,
    Step,
    Trigger,
)
from showctl.normalise import Normaliser
from showctl.render import Renderer
from showctl.timers import Timers

DIGEST_EVERY_NS = SECOND_NS

Record = Step | Skip | Digest


class Outcome:
    """What one call brought about: ``frames`` for the drivers, ``records`` for the journal, each in order.

    The last decision is written out when its record is asked for, or before the next one: light does not wait for it.
    """

    __slots__ = ("_records", "_write_out", "frames")

    def __init__(self, write_out: Callable[[], None] = lambda: None) -> None:
        """``write_out`` adds the last decision's record, if it is still missing."""
        self.frames: list[Frame | Flush] = []
        self._records: list[Record] = []
        self._write_out = write_out

    @property
    def records(self) -> list[Record]:
        """All of them; whoever asks may add to them."""
        self._write_out()
        return self._records


class Show:
    """A running show. Times are nanoseconds since the run began; every call moves forward only."""

    def __init__(self, sheet: CueSheet, seed: int = 0, *, ticks: bool = True) -> None:
        """Without ``ticks`` nothing is rendered while something only moves on: virtual time passes it in one leap.

        Events, ends of fades and the last level are rendered, and the ticks left out are recorded as skips.
        """
        self.sheet = sheet
        self._ticks = ticks
        self._timers = Timers()
        self._normaliser = Normaliser(sheet, self._timers)
        self._engine = Engine(sheet, self._timers, self._normaliser, seed)
        self._renderer = Renderer(sheet)
        self._outcome = Outcome()
        self._draft: Draft | None = None    # what was decided last, while its record is not in ``_outcome``
        self._due_ns: int | None = None
        self._looked = False                # _due_ns holds: nothing has happened since it was worked out
        self.last_ns = 0                # the last instant stepped; an input comes strictly after it (CORE 2)
        self._hash = b""
        self._frames = 0
        self._unhashed = False          # frames have come since the last Digest
        self._pending: list[Sequence[Frame]] = []
        self._names: dict[tuple[str, int], bytes] = {}
        self._digest_ns = 0
        self._skips: deque[Skip] = deque()

    @property
    def due_ns(self) -> int | None:
        """When the show wants to be called next: the earliest of conditioning, engine and renderer."""
        if not self._looked:
            timer_ns, frame_ns = self._timers.due_ns, self._renderer.due_ns
            if timer_ns is None or (frame_ns is not None and frame_ns <= timer_ns):
                timer_ns = frame_ns
            self._due_ns, self._looked = timer_ns, True
        return self._due_ns

    @property
    def wake_ns(self) -> int | None:
        """When conditioning or the engine wakes next: no step comes before it but by an input."""
        return self._timers.due_ns

    @property
    def moving(self) -> bool:
        """Whether the grid ticks: something moves, or has just come to rest."""
        return self._renderer.grid is not None

    @property
    def settling(self) -> bool:
        """Whether anything is on its way to where it will stay; effects without an end are not."""
        return self._renderer.settling

    def truth(self, name: str) -> bool | None:
        """Whether a trigger's condition holds; None is unknown, stale, or no condition at all."""
        return self._normaliser.truth(name)

    def start(self) -> Outcome:
        """Enter the start states at instant 0 and send the first look. Once, before anything else."""
        outcome = self._outcome = Outcome(self._write_out)
        self._carry_out(outcome, self._engine.start(0))
        self._wake(outcome, 0)
        self._render(outcome, 0)
        self._looked = False
        return outcome

    def admit(self, at_ns: int, trigger: Trigger, *, late: bool = False) -> Outcome:
        """Take one input at ``at_ns``, after every wake-up due at or before it.

        Raises TraceError where ``at_ns`` is not after everything stepped so far.
        """
        if at_ns <= self.last_ns:
            raise TraceError(f"an input at {at_ns} ns does not come after {self.last_ns} ns")
        if self._draft is not None:
            self._write_out()
        outcome = self._outcome = Outcome(self._write_out)
        due_ns = self._due_ns if self._looked else self.due_ns
        if due_ns is not None and due_ns <= at_ns:
            self._run(outcome, at_ns - 1, at_ns, late)
            self.last_ns = at_ns
            self._wake(outcome, at_ns)
        self.last_ns, self._looked = at_ns, False
        for event in self._normaliser.admit(at_ns, trigger):
            if event.name == "panic" and event.kind == "command":
                self._empty_queues(outcome)
            if self._draft is not None:
                self._write_out()
            self._carry_out(outcome, self._engine.step(at_ns, event))
        self._wake(outcome, at_ns)
        self._render(outcome, at_ns)
        return outcome

    def run_until(self, ns: int, *, late: bool = False) -> Outcome:
        """Do everything due up to and including ``ns``.

        With ``late`` a grid tick is left out, and recorded as a Skip, where the tick after it is due as well: a stalled
        daemon shows the present, not the past. Without it only the skips given to :meth:`expect_skips` are left out.
        """
        self._write_out()
        outcome = self._outcome = Outcome(self._write_out)
        self._run(outcome, ns, ns, late)
        return outcome

    def expect_skips(self, skips: list[Skip]) -> None:
        """Leave out these ticks when they come: what a recording says was never rendered."""
        self._skips.extend(skips)

    def digest(self) -> Digest:
        """The running hash over all frames rendered so far."""
        self.settle()
        return Digest(self.last_ns, self._frames, self._hash.hex())

    def peek(self, at_ns: int, parameters: Iterable[int]) -> list[int]:
        """The levels of some parameters as they leave at ``at_ns``, which lies at or after all that was stepped.

        After merge, masters and limits (SEMANTICS 35); −1 is a fader of which nobody knows where it stands.
        """
        return self._renderer.peek(at_ns, [*parameters])

    # ---- one instant ----

    def _run(self, outcome: Outcome, until_ns: int, now_ns: int, late: bool) -> None:
        while (due_ns := self.due_ns) is not None and due_ns <= until_ns:
            self.last_ns, self._looked = due_ns, False
            stepped = self._wake(outcome, due_ns)
            if not stepped and (
                self._leave_out(outcome, due_ns, now_ns, late) if self._ticks else self._leap(outcome, until_ns)
            ):
                continue
            self._render(outcome, due_ns)

    def _wake(self, outcome: Outcome, at_ns: int) -> bool:
        """Step every wake-up due at this instant; True if any stepped. Rings without a wait end in ``runs``."""
        stepped = False
        while (wake := self._timers.pop(at_ns)) is not None:
            stepped = True
            _, key = wake
            self._write_out()
            if key[0] == "input":
                for event in self._normaliser.wake(at_ns, key):
                    self._write_out()
                    self._carry_out(outcome, self._engine.step(at_ns, event))
            else:
                self._carry_out(outcome, self._engine.wake(at_ns, key))
        return stepped

    def _leave_out(self, outcome: Outcome, due_ns: int, now_ns: int, late: bool) -> bool:
        """Whether this grid tick is not rendered: the clock says so when live, the recording in replay."""
        grid = self._renderer.grid
        if grid is None:
            return False
        anchor_ns, tick = grid
        if due_ns != tick_ns(anchor_ns, tick):
            return False      # a fade's end, not a tick
        if late:
            if tick_ns(anchor_ns, tick + 1) > now_ns:
                return False
            _note_skip(outcome, anchor_ns, tick)
        elif not self._expected(anchor_ns, tick):
            return False
        self._renderer.pass_tick()
        return True

    def _leap(self, outcome: Outcome, until_ns: int) -> bool:
        """Pass over the ticks of a motion, up to what is due next; True if there were any."""
        grid, timer_ns = self._renderer.grid, self._timers.due_ns
        passed = self._renderer.pass_motion(until_ns if timer_ns is None else min(until_ns, timer_ns - 1))
        if grid is None or passed is None:
            return False
        anchor_ns, (first, last) = grid[0], passed
        self.last_ns = tick_ns(anchor_ns, last)
        outcome.records.append(Skip(anchor_ns, first, last))
        return True

    def _expected(self, anchor_ns: int, tick: int) -> bool:
        while self._skips:
            skip = self._skips[0]
            if (skip.anchor_ns, skip.last) < (anchor_ns, tick):
                self._skips.popleft()
                continue
            return skip.anchor_ns == anchor_ns and skip.first <= tick
        return False

    def _carry_out(self, outcome: Outcome, draft: Draft) -> None:
        """Hand the actions of a decision to the renderer, its commands to the drivers."""
        self._draft = draft
        if not draft.actions:
            return
        at_ns = draft.at_ns
        self._renderer.apply(at_ns, draft.actions)
        for action in draft.actions:
            if type(action) is Send:
                if action.address[0] == "scene":
                    self._normaliser.hands.recalls(at_ns, action.to)
                frame = EdgeFrame(action.to, action.address, action.value, at_ns, action.expires_ns, action.hazard)
                self._pending.append([frame])
                outcome.frames.append(frame)

    def _write_out(self) -> None:
        """Add the last decision's record to its outcome: when somebody asks, or before anything else is decided."""
        draft, self._draft = self._draft, None
        if draft is not None:
            self._outcome._records.append(self._engine.record(draft))

    def _empty_queues(self, outcome: Outcome) -> None:
        """Panic reaches what waits in conditioning and in the drivers' queues too (SEMANTICS 4)."""
        self._normaliser.let_go()
        outcome.frames.extend(Flush(name) for name in self.sheet.connections)

    def _render(self, outcome: Outcome, at_ns: int) -> None:
        frames = self._renderer.render(at_ns)
        if frames:
            self._pending.append(frames)
            for frame in frames:
                if type(frame) is LevelFrame:
                    self._normaliser.sent(at_ns, frame)
            outcome.frames.extend(frames)
        if at_ns >= self._digest_ns + DIGEST_EVERY_NS and (self._pending or self._unhashed):
            self.settle()
            self._digest_ns, self._unhashed = at_ns, False
            outcome.records.append(Digest(at_ns, self._frames, self._hash.hex()))

    # ---- sameness ----

    def settle(self) -> None:
        """Do what need not be done before the light leaves: tell what shows nothing yet, chain what was rendered.

        Whoever drives the show calls this then; what is not settled is when anybody asks or tells something next.

        A hash object cannot be kept in a snapshot, the 16 bytes of a chain can.
        """
        self._renderer.settle()
        for frames in self._pending:
            said = [self._hash]
            for frame in frames:
                if type(frame) is DmxFrame:
                    said.append(self._name_of(frame))
                    said.append(frame.slots)
                elif type(frame) is LevelFrame:
                    said.append(b"L%s\0%r\0%d\0" % (frame.to.encode(), frame.address, frame.value))
                elif type(frame) is EdgeFrame:
                    said.append(repr((frame.to, frame.address, frame.value, frame.hazard)).encode())
            self._hash = hashlib.blake2b(b"".join(said), digest_size=16).digest()
            self._frames += len(frames)
            self._unhashed = True
        self._pending.clear()

    def _name_of(self, frame: DmxFrame) -> bytes:
        """What the hash knows a universe by."""
        place = (frame.to, frame.universe)
        name = self._names.get(place)
        if name is None:
            name = self._names[place] = b"D%s\0%d\0" % (frame.to.encode(), frame.universe)
        return name

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """The whole show between two instants, as JSON values."""
        self._write_out()
        self.settle()
        return {
            "timers": self._timers.snapshot(),
            "normaliser": self._normaliser.snapshot(),
            "engine": self._engine.snapshot(),
            "renderer": self._renderer.snapshot(),
            "last_ns": self.last_ns,
            "digest": [self._hash.hex(), self._frames, self._unhashed, self._digest_ns],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Be the show that :meth:`snapshot` was taken of; the sheet must be the same."""
        self._draft = None
        self._timers.restore(data["timers"])
        self._normaliser.restore(data["normaliser"])
        self._engine.restore(data["engine"])
        self._renderer.restore(data["renderer"])
        self.last_ns = data["last_ns"]
        digest, self._frames, self._unhashed, self._digest_ns = data["digest"]
        self._hash = bytes.fromhex(digest)
        self._pending.clear()
        self._looked = False


def tick_ns(anchor_ns: int, tick: int) -> int:
    """When a tick of the grid is due (CORE 5)."""
    return anchor_ns + tick * SECOND_NS // FRAME_RATE_HZ


def _note_skip(outcome: Outcome, anchor_ns: int, tick: int) -> None:
    """Add a tick to the last Skip where it continues it."""
    last = outcome.records[-1] if outcome.records else None
    if isinstance(last, Skip) and last.anchor_ns == anchor_ns and last.last == tick - 1:
        outcome.records[-1] = Skip(anchor_ns, last.first, tick)
    else:
        outcome.records.append(Skip(anchor_ns, tick, tick))
