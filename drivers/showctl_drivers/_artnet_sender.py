"""Universes out: one packet for each change, none faster than the rate, a still one repeated, synced where asked."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import KeysView, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from showctl.codec import artnet, endpoint
from showctl.driver import Emit
from showctl.model import DmxFrame, Flush, Frame, Lost, Malformed, Reply
from showctl_drivers._dmx_rates import gap_s, period_s

if TYPE_CHECKING:
    from socket import socket

    from showctl_drivers.artnet import Config

REPEATS_A_TURN = 16
GONE = {errno.ENETDOWN, errno.ENETUNREACH, errno.ENODEV, errno.EADDRNOTAVAIL, errno.EBADF}


class Way(NamedTuple):
    """One host as the sheet writes it, and a socket that is connected to it."""

    host: str
    sock: socket


@dataclass
class Universe:
    """One universe on the wire: its next packet, numbered, and whether that one waits to be sent."""

    packet: bytearray
    sent_at: float = float("-inf")    # loop time, seconds
    timer: asyncio.TimerHandle | None = None


class Sender:
    """The universes of one connection, each to every host. ``send`` never waits and never raises."""

    def __init__(self, config: Config, emit: Emit, ways: Sequence[Way]) -> None:
        self.sent = 0
        self.failed = 0
        self._config, self._emit, self._ways = config, emit, ways
        self._loop = asyncio.get_running_loop()
        self._gap, self._period = gap_s(config.rate), period_s(config.keep_alive)
        self._universes: dict[int, Universe] = {}
        self._tick_open = False               # with sync: packets have left since the last ArtSync
        self._more = False                    # universes of the open tick follow in later turns (CORE 14)
        self._ending = False                  # a look whether the tick has ended is on its way
        self._tick_at = float("-inf")
        self._tick_timer: asyncio.TimerHandle | None = None
        self._lost = False
        self._reason = ""
        self._reported = 0
        self._refused = 0
        self._repeating = False
        self._timer = self._loop.call_later(self._period, self._keep_alive)

    @property
    def universes(self) -> KeysView[int]:
        """Those that have been sent."""
        return self._universes.keys()

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send a universe now, or when its rate allows; the newest one wins."""
        if type(frame) is not DmxFrame:
            if type(frame) is not Flush:
                self._refuse(f"Art-Net carries DMX universes, no {type(frame).__name__}; check 'to:' in the sheet")
            return
        if self._config.sync:
            self._more = frame.more
            self._look_for_end()
        universe = self._universes.get(frame.universe) or self._new(frame)
        if universe is None:
            return
        universe.packet[artnet.HEADER_LENGTH : artnet.HEADER_LENGTH + len(frame.slots)] = frame.slots
        if universe.timer is not None:
            return
        wait = self._wait(universe) if self._gap else 0.0
        if wait > 0:
            self._put_later(universe, wait)
        else:
            self._put(universe)

    def _new(self, frame: DmxFrame) -> Universe | None:
        try:
            packet = artnet.packet(frame.universe, len(frame.slots))
        except ValueError as error:
            self._refuse(str(error))
            return None
        packet[artnet.SEQUENCE] = artnet.next_sequence(0)
        universe = self._universes[frame.universe] = Universe(packet)
        return universe

    # ---- when: each universe by itself, or all of a tick together ----

    def _wait(self, universe: Universe) -> float:
        """Seconds until the rate allows the next packet; synced universes share the phase (SEMANTICS 28)."""
        shared = self._config.sync and not self._tick_open
        return (self._tick_at if shared else universe.sent_at) + self._gap - self._loop.time()

    def _put_later(self, universe: Universe, wait: float) -> None:
        if not self._config.sync:
            universe.timer = self._loop.call_later(wait, self._put, universe)
            return
        if self._tick_timer is None:
            self._tick_timer = self._loop.call_later(wait, self._put_waiting)
        universe.timer = self._tick_timer

    def _put_waiting(self) -> None:
        self._tick_timer = None
        for universe in self._universes.values():
            if universe.timer is not None:
                self._put(universe)

    def _put(self, universe: Universe) -> None:
        universe.timer = None
        self._transmit(universe.packet)
        universe.packet[artnet.SEQUENCE] = artnet.next_sequence(universe.packet[artnet.SEQUENCE])
        universe.sent_at = self._loop.time()
        if self._config.sync and not self._tick_open:
            self._tick_open, self._tick_at = True, universe.sent_at
            self._look_for_end()

    def _look_for_end(self) -> None:
        if self._tick_open and not self._ending:
            self._ending = True
            self._loop.call_soon(self._end_tick)    # after all that the shell hands over in this turn

    def _end_tick(self) -> None:
        """Let the nodes show what they have heard since the last ArtSync."""
        self._ending = False
        if self._more or self._repeating:
            return
        if self._tick_open and not self._lost:
            self._transmit(artnet.SYNC)
        self._tick_open = False

    # ---- the wire ----

    def _transmit(self, packet: bytes | bytearray) -> None:
        for host, sock in self._ways:
            try:
                try:
                    sock.send(packet)
                except ConnectionRefusedError:    # the answer to an earlier packet; this one has not left yet
                    self._fail(host, "nobody listens there")
                    sock.send(packet)
                self.sent += 1
            except BlockingIOError:
                self._fail(host, "the socket's buffer is full")
            except OSError as error:
                self._fail(host, error.strerror or str(error))
                if error.errno in GONE and not self._lost:
                    self._lost = True
                    self._emit(Lost(self._config.name, f"Art-Net node {host}: {error.strerror}"))

    def _fail(self, host: str, reason: str) -> None:
        self.failed += 1
        self._reason = f"{endpoint.text(host, self._config.port)}: {reason}"

    def _refuse(self, reason: str) -> None:
        """Tell of a frame that Art-Net cannot carry: the first, then each 1,000th."""
        if self._refused % 1000 == 0:
            self._emit(Malformed(self._config.name, reason))
        self._refused += 1

    def _keep_alive(self) -> None:
        """Repeat what stands still, and report what failed since the last time."""
        now = self._loop.time()
        self._repeat([universe for universe in self._universes.values()
                      if universe.timer is None and now - universe.sent_at > 0.9 * self._period])
        oldest = min((universe.sent_at for universe in self._universes.values() if universe.timer is None), default=now)
        self._timer = self._loop.call_at(max(oldest + self._period, now + self._period / 8), self._keep_alive)
        if self.failed > self._reported:
            count, self._reported = self.failed - self._reported, self.failed
            self._emit(Malformed(self._config.name, f"{count} packets not taken by {self._reason}"))

    def _repeat(self, still: list[Universe]) -> None:
        """Some packets now, the others in the next turns: a rig at rest holds nobody up (CORE 14)."""
        if self._lost:
            return
        for universe in still[:REPEATS_A_TURN]:
            if universe.timer is None:
                self._put(universe)
        self._repeating = len(still) > REPEATS_A_TURN
        if self._repeating:
            self._loop.call_soon(self._repeat, still[REPEATS_A_TURN:])
        self._look_for_end()

    def close(self) -> None:
        """Send what still waits, leave the nodes as ``exit`` says, close the sockets."""
        self._timer.cancel()
        self._more = self._repeating = False
        dark = self._config.exit == "blackout" and not self._lost
        for universe in self._universes.values():
            waiting = universe.timer
            if waiting is not None:
                waiting.cancel()
            if dark:
                universe.packet[artnet.HEADER_LENGTH :] = bytes(len(universe.packet) - artnet.HEADER_LENGTH)
            if (waiting is not None or dark) and not self._lost:
                self._put(universe)
        self._end_tick()
        self._lost = True
        for _, sock in self._ways:
            sock.close()
