"""The one owner of a Show: stamps triggers, admits them, sends light at once, then the journal and what may wait.

A trigger goes from ``emit`` to the drivers in one turn of the loop, by direct calls (CORE 2, 4, 9).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from showctl.clock import OneShot, SystemClock
from showctl.edges import Edges
from showctl.journal import Journal
from showctl.lateness import Lateness
from showctl.model import SECOND_NS, DmxFrame, EdgeFrame, Flush, Frame, LevelFrame, Lost, Malformed, Skip, Step, Trigger
from showctl.outgoing import PACKETS_A_TURN, Outgoing
from showctl.show import Outcome, Show
from showctl.supervise import Link
from showctl.tally import Tally
from showctl.trace import Header, Note, Taken

log = logging.getLogger("showctl")

STALLED_NS = SECOND_NS // 4
QUEUE_MAX = 1024             # triggers that came in the middle of a turn
TURNS_MAX = 64               # then the loop looks at everything else first
AFTER_FAILURE_NS = SECOND_NS // 10


class Merge:
    """Triggers and wake-ups in one order. Until :meth:`start`, triggers wait in a queue. For the loop's thread."""

    def __init__(
        self, show: Show, journal: Journal, links: Mapping[str, Link], tally: Tally, tell: Callable[[Step], None]
    ) -> None:
        """``tell`` is called with each step, after its light has left and its record is queued."""
        self.show = show
        self.edges = Edges(journal, links, self.now_ns, self.note)
        self.late_ns = 0                     # the worst wake-up of the last second
        self.late_worst_ns = 0
        self.ticks_late = Lateness()         # from when a frame was due until its last packet was handed over
        self.triggers_late = Lateness()      # from a trigger's stamp until its last packet was handed over
        self.skipped = 0                     # ticks of the 44 Hz grid that were never rendered
        self.failures = 0                    # turns that raised: a defect of showctl
        self._rests_until_ns = 0
        self._due_ns: int | None = None      # when the show wants to be called next
        self._journal, self._links, self._tally, self._tell = journal, links, tally, tell
        self._clock: SystemClock | None = None
        self._now: Callable[[], int] = lambda: 0     # the clock's own, once there is one
        self._timer: OneShot | None = None
        self._outgoing = Outgoing(links, self._left)
        self._queue: deque[Trigger] = deque()
        self._busy = True

    @property
    def queued(self) -> int:
        """Triggers that wait for the present turn to end."""
        return len(self._queue)

    def now_ns(self) -> int:
        """Show time now; 0 until the show starts."""
        return self._clock.now_ns() if self._clock else 0

    def start(self, clock: SystemClock, begun: Outcome, header: Header, first: Iterable[Trigger]) -> None:
        """Show time 0: what ``Show.start`` gave, before anything is admitted (SEMANTICS 16); then ``first``."""
        self._clock, self._now = clock, clock.now_ns
        self._timer = OneShot(clock, self._wake)
        edges = self._light(begun.frames)
        self._journal.append(header)
        self._rest(begun, edges)
        self._queue.extendleft(reversed(list(first)))
        self._turns()

    def end(self) -> int:
        """A last turn; nothing is admitted any more. Returns the time it ended."""
        now_ns = self.catch_up()
        self._outgoing.finish()
        if self._timer is not None:
            self._timer.close()
        self._busy, self._timer = True, None
        return max(now_ns, self.show.last_ns)

    def catch_up(self) -> int:
        """Do what is due now, if anything is. Returns the time up to which all is done."""
        now_ns = self.now_ns()
        due_ns = self.show.due_ns
        if due_ns is not None and due_ns <= now_ns:
            self._run_until(now_ns, due_ns)
        return now_ns

    def note(self, topic: str, text: str = "", counts: Mapping[str, int] | None = None) -> None:
        """A line in the journal that decides nothing."""
        self._journal.append(Note(self.now_ns(), topic, text, counts or {}))

    def second(self) -> dict[str, int]:
        """A second is over: how late its wake-ups, frames and answers were (ns), and the ticks skipped so far."""
        counts = {"late_ns": self.late_ns}
        self.late_ns = 0
        for name, late in (("ticks", self.ticks_late.turn()), ("triggers", self.triggers_late.turn())):
            if late.number:
                counts |= {name: late.number, f"{name}_p50_ns": late.p50_ns, f"{name}_p99_ns": late.p99_ns,
                           f"{name}_worst_ns": late.worst_ns}
        if self.skipped:
            counts["skipped"] = self.skipped
        return counts

    # ---- triggers ----

    def emit(self, item: Trigger | Malformed | Lost) -> None:
        """Take what a driver or face saw. On the loop's thread; never raises."""
        if not isinstance(item, Trigger):
            self._tally.count(self.now_ns(), item.source, getattr(item, "sender", ""), item.reason)
        elif not self._busy:
            self._busy = True
            try:
                self._admit(item)
            finally:
                self._busy = False
            if self._queue:
                self._turns()
            else:
                self._arm()
        elif len(self._queue) < QUEUE_MAX:
            self._queue.append(item)
        else:
            self._tally.count(self.now_ns(), item.source, item.sender, f"more than {QUEUE_MAX} triggers at once")

    def _turns(self) -> None:
        """Admit what came in meanwhile, one after the other."""
        self._busy = True
        try:
            for _ in range(TURNS_MAX):
                if not self._queue:
                    break
                self._due_ns = self.show.due_ns
                self._admit(self._queue.popleft())
        finally:
            self._busy = False
        if self._queue:
            asyncio.get_running_loop().call_soon(self._turns)
        self._arm()

    def _admit(self, trigger: Trigger) -> None:
        now_ns, last_ns = self._now(), self.show.last_ns
        due_ns = self._due_ns
        if due_ns is not None and now_ns > due_ns:
            self._late(now_ns, due_ns)
        self._step(now_ns if now_ns > last_ns else last_ns + 1, trigger)

    def _step(self, at_ns: int, trigger: Trigger) -> None:
        outcome = None
        try:
            outcome = self.show.admit(at_ns, trigger, late=True)
            edges = self._light(outcome.frames)
            if outcome.frames and not self._outgoing.busy:
                self.triggers_late.add(self._now() - at_ns)
            self._journal.append(Taken(at_ns, trigger))
            self._rest(outcome, edges)
        except Exception:
            if outcome is None:
                self._journal.append(Taken(at_ns, trigger))      # so that replay meets it too
            self._failed(at_ns)

    def _failed(self, at_ns: int) -> None:
        """A defect of ours. The show goes on, a little later, so that what fails each time leaves room for the rest."""
        self.failures += 1
        self._rests_until_ns = at_ns + AFTER_FAILURE_NS
        log.exception("a turn failed at %d ns: a defect in showctl; please report it with the journal", at_ns)
        self.note("defect", "a turn failed; see the log")

    # ---- wake-ups ----

    def _wake(self) -> None:
        """The timer rang: do what is due."""
        self.catch_up()
        self._arm()

    def _run_until(self, now_ns: int, due_ns: int) -> None:
        self._busy = True
        try:
            self._late(now_ns, due_ns)
            outcome = self.show.run_until(now_ns, late=True)
            edges = self._light(outcome.frames)
            if outcome.frames and not self._outgoing.busy:
                self._left(_due_ns(outcome.frames[-1]))
            self._rest(outcome, edges)
        except Exception:
            self._failed(now_ns)
        finally:
            self._busy = False
        self._due_ns = self.show.due_ns
        if self._queue:
            self._turns()

    def _late(self, now_ns: int, due_ns: int) -> None:
        """Keep the worst lateness; tell the show of a stall before it steps what it missed (CORE 7)."""
        late_ns = now_ns - due_ns
        if late_ns > self.late_ns:
            self.late_ns = late_ns
            self.late_worst_ns = max(self.late_worst_ns, late_ns)
        if late_ns > STALLED_NS:
            log.warning("stalled for %d ms", late_ns // 1_000_000)
            self._step(max(due_ns - 1, self.show.last_ns + 1), Trigger("", "stalled", late_ns))

    def _arm(self) -> None:
        due_ns = self._due_ns = self.show.due_ns
        if self._timer is None:
            return
        if due_ns is not None and due_ns < self._rests_until_ns:
            due_ns = self._rests_until_ns
        self._timer.arm(due_ns)

    # ---- what comes of it ----

    def _light(self, frames: Sequence[Frame | Flush]) -> list[EdgeFrame]:
        """Send levels at once; the edges are returned, they leave after their record (CORE 9).

        Of a tick of many universes the first packets go at once, the rest in the next turns (CORE 14).
        """
        if len(frames) > PACKETS_A_TURN or self._outgoing.busy:
            frames = self._outgoing.take(frames)
        edges: list[EdgeFrame] = []
        links = self._links
        for frame in frames:
            if type(frame) is EdgeFrame:
                edges.append(frame)
                continue
            if type(frame) is Flush:
                self.edges.flush(frame.to)
                edges = [edge for edge in edges if edge.to != frame.to]
            links[frame.to].send(frame)
        return edges

    def _rest(self, outcome: Outcome, edges: list[EdgeFrame]) -> None:
        """Everything that comes after the light: the running hash, journal, edges, answers."""
        if not self._outgoing.busy:
            self.show.settle()
        append = self._journal.append
        for record in outcome.records:
            append(record)
        if edges:
            self.edges.send(edges)
        for record in outcome.records:
            if type(record) is Step:
                self._tell(record)
            elif type(record) is Skip:
                self.skipped += record.last - record.first + 1

    def _left(self, due_ns: int) -> None:
        """The last packet of a tick was handed over."""
        self.ticks_late.add(self._now() - due_ns)
        self.show.settle()


def _due_ns(frame: Frame | Flush) -> int:
    return frame.at_ns if isinstance(frame, DmxFrame | LevelFrame | EdgeFrame) else 0
