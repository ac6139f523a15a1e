"""A running show: its merge, its drivers, its journal, and whom to tell; from the first look to the last record."""

from __future__ import annotations

import asyncio
import logging
import platform
import signal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import showctl
from showctl import memory, published, supervise
from showctl.clock import OneShot, SystemClock
from showctl.driver import Driver
from showctl.journal import Journal
from showctl.lines import line
from showctl.merge import Merge
from showctl.model import SECOND_NS, CueSheet, EdgeFrame, Lost, Malformed, Reply, Step, Trigger
from showctl.show import Show
from showctl.stations import Stations
from showctl.status import Status
from showctl.supervise import Link
from showctl.tally import Tally
from showctl.trace import End, Header, Snapshot

log = logging.getLogger("showctl")

ACCEPTED = "/showctl/accepted"
FIRST_TRY_S = 2.0            # so long the show waits for its devices before it starts without them


class Daemon:
    """A running show with its drivers, its journal and its stations."""

    def __init__(
        self, sheet: CueSheet, bundle: Mapping[str, Any], drivers: Mapping[str, Driver], journal: Journal, seed: int = 0
    ) -> None:
        """``drivers`` by the names that the sheet's connections use. Raises ValueError for settings out of range."""
        self.sheet = sheet
        self.status = Status(sheet)
        self.stations = Stations(self.status)
        self.journal = journal
        self.tally = Tally()
        self.links: dict[str, Link] = {}
        self.merge = Merge(Show(sheet, seed), journal, self.links, self.tally, self._tell)
        for name, connection in sheet.connections.items():
            driver, wanted = drivers[connection.driver], supervise.inputs(sheet, name)
            self.links[name] = Link(connection, driver, wanted, self.merge.emit, self.merge.now_ns)
        self._seed, self._bundle = seed, bundle
        self._clock: SystemClock | None = None
        self._beats: OneShot | None = None
        self._topics = published.Topics(sheet)
        self._stopping = asyncio.Event()
        self._signals = 0

    def emit(self, item: Trigger | Malformed | Lost) -> None:
        """Take what a face saw, as :meth:`Merge.emit` takes it from drivers."""
        self.merge.emit(item)

    # ---- whom to tell ----

    def _tell(self, step: Step) -> None:
        self.status.fold(step)
        event = step.event
        if step.refused:
            self.tally.count(step.at_ns, *_whence(step), step.refused)
        elif words := line(step):
            log.info("%s", words)
        for reply in self.stations.on_step(step):
            if reply.path == ACCEPTED:
                self.merge.edges.reply(reply)
            else:
                self._reply(reply)
        if step.moves or step.standby:
            self._publish(self._topics.of_step(self.status))
        if event.kind in ("back", "returned"):
            self._publish(self._topics.again(event.name))

    def _reply(self, reply: Reply) -> None:
        link = self.links.get(reply.to)
        if link is not None:
            link.send(reply)

    def _publish(self, frames: Iterable[EdgeFrame]) -> None:
        for frame in frames:
            self.links[frame.to].send(frame)

    # ---- each second ----

    def _beat(self) -> None:
        merge = self.merge
        merge.catch_up()
        counts = self.tally.take()
        if counts:
            merge.note("refused", counts=counts)
        merge.note("alive", counts=merge.second())
        now_ns = merge.now_ns()
        for reply in self.stations.heartbeat(now_ns) + self.stations.late(merge.ticks_late.minute, merge.skipped):
            self._reply(reply)
        self._publish(self._topics.of_health(self.health()))
        if self.journal.due:
            self._new_part()
        assert self._beats is not None
        self._beats.arm((now_ns // SECOND_NS + 1) * SECOND_NS)

    def _new_part(self) -> None:
        """Go on in another file: the old one is full, or the disk refused it."""
        trouble, lost = self.journal.trouble, self.journal.lost
        if trouble:
            self.tally.count(self.merge.now_ns(), "journal", "", f"nothing is recorded: {trouble}; {lost} lines lost")
        show = self.merge.show
        if self.journal.begin(self._header(), Snapshot(show.last_ns, show.snapshot()), self._end("", show.last_ns)):
            log.info("the journal goes on in %s", self.journal.path)

    def health(self) -> dict[str, Any]:
        """How showctl is, as JSON values: connections, journal, queue, lateness in ns."""
        return {
            "connections": {
                link.name: {
                    "driver": link.driver, "up": link.up, "since_ns": link.since_ns, "reason": link.reason,
                    "losses": link.losses, "sent": link.sent, "dropped": link.dropped,
                    "malformed": self.tally.total.get(link.name, 0),
                }
                for link in self.links.values()
            },
            "journal": {
                "file": str(self.journal.path), "trouble": self.journal.trouble,
                "lost": self.journal.lost, "queued": self.journal.queued,
            },
            "queued": self.merge.queued, "held_edges": self.merge.edges.held, "failures": self.merge.failures,
            "late_ns": self.merge.late_ns, "late_worst_ns": self.merge.late_worst_ns, "skipped": self.merge.skipped,
            "ticks_late": self.merge.ticks_late.as_values(), "triggers_late": self.merge.triggers_late.as_values(),
        }

    @property
    def punctuality(self) -> str:
        """The whole run in a line: how late light left, and what was left out."""
        ticks, triggers = self.merge.ticks_late.run, self.merge.triggers_late.run
        return (f"{ticks.number} times light moved by itself, late by {ticks.text}; "
                f"{triggers.number} triggers answered within {triggers.text}; {self.merge.skipped} ticks skipped")

    def sent(self) -> dict[str, Any]:
        """The last levels that were sent, as a rig reports what it received."""
        return {
            "dmx": {link.name: {str(number): slots.hex() for number, slots in link.slots.items()}
                    for link in self.links.values()},
            "faders": {link.name: {" ".join(map(str, address)): value for address, value in link.positions.items()}
                       for link in self.links.values()},
        }

    # ---- a run, from start to end ----

    async def run(self, first: Sequence[Trigger] = (), for_s: float | None = None) -> None:
        """Connect, start the show, stay until :meth:`stop`, a signal, or ``for_s`` seconds; leave all in order.

        ``first`` are admitted right after the start: start at a state, or at a cue in it.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signal, asyncio.current_task())
        try:
            for link in self.links.values():
                link.start()
            await self._first_try()
            self._begin(first)
            try:
                async with asyncio.timeout(for_s):
                    await self._stopping.wait()
            except TimeoutError:
                pass
        finally:
            await self._leave()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """End the run in order."""
        self._stopping.set()

    def _signal(self, task: asyncio.Task[Any] | None) -> None:
        """The first asks; the second does not wait for drivers."""
        self._signals += 1
        self.stop()
        if self._signals > 1 and task is not None:
            task.cancel()

    async def _first_try(self) -> None:
        waiting = [asyncio.ensure_future(link.tried.wait()) for link in self.links.values()]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=FIRST_TRY_S)
            for task in late:
                task.cancel()

    def _begin(self, first: Sequence[Trigger]) -> None:
        begun = self.merge.show.start()      # before time begins: over a great rig it takes longer than a tick
        memory.settle()
        self._clock = SystemClock()
        self._beats = OneShot(self._clock, self._beat)
        self._beats.arm(SECOND_NS)
        self.merge.start(self._clock, begun, self._header(), first)

    async def _leave(self) -> None:
        """A last turn, then each driver in the sheet's order, then the journal."""
        end = None
        if self._beats is not None:
            self._beats.close()
            end = self._end("stopped", self.merge.end())
        for link in self.links.values():
            await link.stop()
        self.journal.close(end)

    def _header(self) -> Header:
        assert self._clock is not None
        versions = {"showctl": showctl.__version__, "python": platform.python_version()}
        return Header(self.sheet.name, self._seed, self._bundle, versions, self._clock.wall_text)

    def _end(self, reason: str, at_ns: int) -> End:
        digest = self.merge.show.digest()
        return End(at_ns, digest.frames, digest.value, reason)


def _whence(step: Step) -> tuple[str, str]:
    """The connection a refused step came by, as far as the step says, and its sender."""
    event = step.event
    if event.kind == "refused":
        return event.name.partition("/")[0], event.sender
    return event.station, event.sender
