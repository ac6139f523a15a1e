"""Edges at the door: each leaves once, after its record is with the kernel; a hazard or "accepted" after the disk.

CORE 9 says so. An edge too old to be true is dropped and shown (SEMANTICS 30). Edges to one connection keep order,
so what follows a waiting hazard waits with it; a disk that does not answer within a quarter of a second drops the
hazard and lets the rest go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from showctl.journal import Journal
from showctl.model import EdgeFrame, Reply
from showctl.supervise import Link

log = logging.getLogger("showctl")

HELD_MAX = 1024
DISK_WITHIN_S = 0.25


class Edges:
    """Everything that may not leave yet. For the loop's thread."""

    def __init__(
        self, journal: Journal, links: Mapping[str, Link], now_ns: Callable[[], int], note: Callable[[str, str], None]
    ) -> None:
        self._journal, self._links, self._now_ns, self._note = journal, links, now_ns, note
        self._batches: list[list[EdgeFrame | Reply]] = []

    @property
    def held(self) -> int:
        """How many wait for the disk."""
        return sum(map(len, self._batches))

    def send(self, edges: list[EdgeFrame]) -> None:
        """Let these go, in order; their records are in the journal's queue already."""
        behind = {item.to: True for batch in self._batches for item in batch if isinstance(item, EdgeFrame)}
        waiting: list[EdgeFrame | Reply] = []
        self._journal.written()
        for edge in edges:
            if edge.hazard or edge.to in behind:
                behind[edge.to] = True
                waiting.append(edge)
            else:
                self._hand_over(edge)
        if waiting:
            self._hold(waiting)

    def reply(self, reply: Reply) -> None:
        """Send an "accepted" once its record is on the disk; never, where the disk refuses it."""
        self._hold([reply])

    def flush(self, connection: str) -> None:
        """Panic: what waits for this connection never leaves (SEMANTICS 4)."""
        for batch in self._batches:
            batch[:] = [item for item in batch if item.to != connection or isinstance(item, Reply)]

    def _hold(self, batch: list[EdgeFrame | Reply]) -> None:
        if self.held + len(batch) > HELD_MAX:
            self._drop(f"{len(batch)} messages: more than {HELD_MAX} wait for the disk")
            return
        self._batches.append(batch)
        loop = asyncio.get_running_loop()
        late = loop.call_later(DISK_WITHIN_S, self._release, batch, False)

        def done(recorded: bool) -> None:
            try:
                loop.call_soon_threadsafe(self._answered, late, batch, recorded)
            except RuntimeError:
                return    # the loop is closed: the run is over, and nothing leaves any more

        self._journal.durable(done)

    def _answered(self, late: asyncio.TimerHandle, batch: list[EdgeFrame | Reply], recorded: bool) -> None:
        late.cancel()
        self._release(batch, recorded)

    def _release(self, batch: list[EdgeFrame | Reply], recorded: bool) -> None:
        """The disk has it, or has not. A second call finds the batch gone."""
        if not any(batch is each for each in self._batches):
            return
        self._batches = [each for each in self._batches if each is not batch]
        for item in batch:
            if isinstance(item, Reply):
                if recorded:
                    self._links[item.to].send(item)
            elif item.hazard and not recorded:
                self._drop(f"{_words(item)}: it {item.hazard}, and the journal could not record it")
            else:
                self._hand_over(item)

    def _hand_over(self, edge: EdgeFrame) -> None:
        late_ns = self._now_ns() - edge.at_ns
        if late_ns > edge.expires_ns:
            self._drop(f"{_words(edge)}: {late_ns // 1_000_000} ms old")
        elif not self._links[edge.to].send(edge):
            self._drop(f"{_words(edge)}: {edge.to} is down")

    def _drop(self, words: str) -> None:
        log.warning("not sent: %s", words)
        self._note("not sent", words)


def _words(edge: EdgeFrame) -> str:
    return f"{edge.to} {' '.join(map(str, edge.address))} {edge.value!r}"[:200]
