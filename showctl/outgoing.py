"""A tick of many universes on its way out: some packets a turn of the loop, so that a finger waits for sixteen at most.

The tick was rendered whole before its first packet, so all its universes hold one instant's values; what comes in
between is admitted after it. A universe with a newer frame drops its older unsent one (CORE 14).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from showctl.model import DmxFrame, EdgeFrame, Flush, Frame
from showctl.supervise import Link

PACKETS_A_TURN = 16


class Outgoing:
    """Universes that have not left yet, by connection; bounded by the patch. For the loop's thread."""

    def __init__(self, links: Mapping[str, Link], sent: Callable[[int], None]) -> None:
        """``sent`` is called with the due time (ns) of the newest universe once all have left."""
        self.busy = False                       # a tick is on its way
        self._links = links
        self._sent = sent
        self._waiting: dict[str, dict[int, DmxFrame]] = {}
        self._at_ns = 0

    @property
    def waiting(self) -> int:
        """How many packets have not left."""
        return sum(map(len, self._waiting.values()))

    def take(self, frames: Sequence[Frame | Flush]) -> list[Frame | Flush]:
        """What of these is sent now, in order; the rest follows in later turns.

        A few universes of one instant overtake (a finger in the middle of a tick); many go behind what waits.
        """
        universes = [frame for frame in frames if type(frame) is DmxFrame]
        newest = [frame for frame in universes if frame.at_ns == universes[-1].at_ns]
        for frame in universes:
            self._waiting.setdefault(frame.to, {})[frame.universe] = frame
            self._at_ns = frame.at_ns
        now: list[Frame | Flush] = []
        for other in frames:
            if type(other) is EdgeFrame and other.to in self._waiting:      # levels before an edge leave before it
                now += self._all_of(other.to)
            if type(other) is not DmxFrame:
                now.append(other)
        if len(newest) <= PACKETS_A_TURN:
            now += self._these([frame for frame in newest if self._waits(frame)])
        elif not self.busy:
            now += self._next()
        if self._waiting and not self.busy:
            self.busy = True
            asyncio.get_running_loop().call_soon(self._turn)
        return now

    def finish(self) -> None:
        """Send everything that waits, now: the run ends."""
        while self._waiting:
            self._send(self._next())

    def _turn(self) -> None:
        """The next few packets; the loop looks at everything else before those that follow."""
        self._send(self._next())
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self.busy = False
            self._sent(self._at_ns)

    def _send(self, frames: Sequence[DmxFrame]) -> None:
        for frame in frames:
            self._links[frame.to].send(frame)

    # ---- what leaves, and whether more of its tick follows ----

    def _next(self) -> list[DmxFrame]:
        every = (frame for waiting in self._waiting.values() for frame in waiting.values())
        return self._these(list(islice(every, PACKETS_A_TURN)))

    def _all_of(self, to: str) -> list[DmxFrame]:
        return self._these(list(self._waiting[to].values()))

    def _waits(self, frame: DmxFrame) -> bool:
        return self._waiting.get(frame.to, {}).get(frame.universe) is frame

    def _these(self, frames: Sequence[DmxFrame]) -> list[DmxFrame]:
        """Take frames off, those that a sync must wait for marked (``DmxFrame.more``)."""
        now = []
        for frame in frames:
            waiting = self._waiting[frame.to]
            del waiting[frame.universe]
            if not waiting:
                del self._waiting[frame.to]
            elif self._links[frame.to].syncs:
                frame = DmxFrame(frame.to, frame.universe, frame.slots, frame.at_ns, more=True)
            now.append(frame)
        return now
