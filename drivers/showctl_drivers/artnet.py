"""Art-Net: DMX universes to panels and nodes by ArtDmx over UDP.

The sheet's universe N is the Port-Address N (0..32767), as the node prints it: net * 256 + subnet * 16 + universe.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from showctl import units
from showctl.codec import artnet, endpoint
from showctl.driver import Emit, Send
from showctl.errors import DriverError
from showctl.model import FRAME_RATE_HZ, SECOND_NS, DmxFrame, Flush, Frame, Lost, Malformed, Reply

EXITS = ("keep", "blackout")
GONE = {errno.ENETDOWN, errno.ENETUNREACH, errno.ENODEV, errno.EADDRNOTAVAIL, errno.EBADF}


@dataclass(frozen=True)
class Config:
    """One Art-Net node, or all of them by a broadcast address.

    host        address or name of the node, or a broadcast address such as 2.255.255.255
    port        UDP port, 1 to 65535
    rate        at most so many frames a second for each universe, 1 Hz to 44 Hz; the last one is always sent
    keep_alive  a universe that stands still is repeated this often, 100 ms to 4 s
    exit        what the node is left with at the end: keep (the last levels) or blackout
    """

    host: str = "127.0.0.1"
    port: int = artnet.PORT
    rate: str = "44 Hz"
    keep_alive: str = "1 s"
    exit: str = "keep"
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty; write the node's address, for example 10.0.0.20")
        endpoint.check_port(self.port)
        rate_hz(self)
        period_ns(self)
        if self.exit not in EXITS:
            raise ValueError(f"exit '{self.exit}' is not known; write keep or blackout")


def rate_hz(config: Config) -> int:
    """Frames a second, 1..44. Raises ValueError with what to write instead."""
    text = str(config.rate).strip()
    rate = units.rate_hz(f"{text} Hz" if text.isdigit() else text)
    if rate > FRAME_RATE_HZ:
        raise ValueError(f"rate '{text}' is more than DMX can do; write 1 Hz to {FRAME_RATE_HZ} Hz")
    return rate


def period_ns(config: Config) -> int:
    """How often a still universe is repeated, 100 ms..4 s. Raises ValueError with what to write instead."""
    try:
        period = units.duration_ns(config.keep_alive)
    except ValueError as error:
        raise ValueError(f"keep-alive: {error}") from None
    if not SECOND_NS // 10 <= period <= 4 * SECOND_NS:
        raise ValueError(f"keep-alive '{config.keep_alive}' is out of range; write 100 ms to 4 s")
    return period


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Open one connected UDP socket for as long as the context lasts. Raises DriverError without a route."""
    node = Node(config, emit, await _open(config))
    try:
        yield node.send
    finally:
        node.close()


async def _open(config: Config) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = None
    try:
        found = await loop.getaddrinfo(config.host, config.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.connect(found[0][4])
    except OSError as error:
        if sock is not None:
            sock.close()
        raise DriverError(
            f"no way to Art-Net node {config.host}:{config.port} ({error.strerror}); "
            "check host and network"
        ) from None
    return sock


@dataclass
class Universe:
    """One universe on the wire: its packet as last written, and whether that one waits to be sent."""

    packet: bytearray
    sequence: int = 0
    sent_at: float = float("-inf")    # loop time, seconds
    timer: asyncio.TimerHandle | None = None


class Node:
    """One node's universes. ``send`` never waits and never raises."""

    def __init__(self, config: Config, emit: Emit, sock: socket.socket) -> None:
        self.sent = 0
        self.failed = 0
        self._config, self._emit, self._sock = config, emit, sock
        self._loop = asyncio.get_running_loop()
        rate = rate_hz(config)
        self._gap = 0.0 if rate == FRAME_RATE_HZ else 1 / rate    # the renderer itself keeps 44 Hz (CORE 5)
        self._period = period_ns(config) / SECOND_NS
        self._universes: dict[int, Universe] = {}
        self._lost = False
        self._reason = ""
        self._reported = 0
        self._refused = 0
        self._timer = self._loop.call_later(self._period, self._keep_alive)

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send a universe now, or when its rate allows; the newest one wins."""
        if type(frame) is not DmxFrame:
            if type(frame) is not Flush:
                self._refuse(f"Art-Net carries DMX universes, no {type(frame).__name__}; check 'to:' in the sheet")
            return
        universe = self._universes.get(frame.universe) or self._new(frame)
        if universe is None:
            return
        universe.packet[artnet.HEADER_LENGTH : artnet.HEADER_LENGTH + len(frame.slots)] = frame.slots
        if universe.timer is not None:
            return
        wait = universe.sent_at + self._gap - self._loop.time() if self._gap else 0.0
        if wait > 0:
            universe.timer = self._loop.call_later(wait, self._put, universe)
        else:
            self._put(universe)

    def _new(self, frame: DmxFrame) -> Universe | None:
        try:
            universe = Universe(artnet.packet(frame.universe, len(frame.slots)))
        except ValueError as error:
            self._refuse(str(error))
            return None
        self._universes[frame.universe] = universe
        return universe

    def _put(self, universe: Universe) -> None:
        universe.timer = None
        universe.sequence = universe.packet[artnet.SEQUENCE] = artnet.next_sequence(universe.sequence)
        universe.sent_at = self._loop.time()
        try:
            try:
                self._sock.send(universe.packet)
            except ConnectionRefusedError:    # the answer to an earlier packet; this one has not left yet
                self._fail("nobody listens there")
                self._sock.send(universe.packet)
            self.sent += 1
        except BlockingIOError:
            self._fail("the socket's buffer is full")
        except OSError as error:
            self._fail(error.strerror or str(error))
            if error.errno in GONE and not self._lost:
                self._lost = True
                self._emit(Lost(self._config.name, f"Art-Net node {self._config.host}: {self._reason}"))

    def _fail(self, reason: str) -> None:
        self.failed += 1
        self._reason = reason

    def _refuse(self, reason: str) -> None:
        """Tell of a frame that Art-Net cannot carry: the first, then each 1,000th."""
        if self._refused % 1000 == 0:
            self._emit(Malformed(self._config.name, reason))
        self._refused += 1

    def _keep_alive(self) -> None:
        """Repeat what stands still, and report what failed since the last time."""
        now = self._loop.time()
        self._timer = self._loop.call_at(now + self._period, self._keep_alive)
        for universe in self._universes.values():
            if universe.timer is None and now - universe.sent_at > 0.9 * self._period:
                self._put(universe)
        if self.failed > self._reported:
            count, self._reported = self.failed - self._reported, self.failed
            where = endpoint.text(self._config.host, self._config.port)
            self._emit(Malformed(self._config.name, f"{count} packets not taken by {where}: {self._reason}"))

    def close(self) -> None:
        """Send what still waits, leave the node as ``exit`` says, close the socket."""
        self._timer.cancel()
        dark = self._config.exit == "blackout" and not self._lost
        for universe in self._universes.values():
            waiting = universe.timer
            if waiting is not None:
                waiting.cancel()
            if dark:
                universe.packet[artnet.HEADER_LENGTH :] = bytes(len(universe.packet) - artnet.HEADER_LENGTH)
            if (waiting is not None or dark) and not self._lost:
                self._put(universe)
        self._lost = True
        self._sock.close()
