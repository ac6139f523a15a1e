"""OSC over UDP, both ways on one socket: tablets and remotes in, messages, faders and DMX gateways out.

Every message becomes a trigger: its address, its arguments as a tuple, its sender as ``ip:port``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from showctl.codec import endpoint, osc
from showctl.driver import Emit, Send
from showctl.errors import DriverError
from showctl.model import (
    Address,
    DmxFrame,
    EdgeFrame,
    Flush,
    Frame,
    LevelFrame,
    Malformed,
    Reply,
    Trigger,
    Value,
)
from showctl_drivers._osc_ears import Ears, Peer, is_empty, make_room
from showctl_drivers._osc_gateway import GATEWAYS, Gateway

DATAGRAMS_A_TURN = range(16)        # then the loop looks at everything else first: a tick waits 1 ms, not 4
SO_MEMINFO, MEMINFO_BYTES, DROPS = 55, 36, 8      # linux/sock_diag.h: nine counters of a socket, the last its losses
RECEIVE_MAX = osc.DATAGRAM_LIMIT + 1

ASK_EVERY_S = 8.0          # an X32 forgets whom it tells after ten

@dataclass(frozen=True)
class Config:
    """OSC in, out, or both. At least one of ``listen`` and ``host`` is needed.

    listen  host:port that stations send to, for example 10.0.0.5:8000; 127.0.0.1 is this machine alone
    host    where faders, commands and DMX go; replies go to whoever asked
    port    UDP port of ``host``, 1 to 65535
    low     what a fader at zero is as a float, -1000000 to 1000000
    high    what a fader at full is as a float, -1000000 to 1000000
    dmx     how universes go to ``host``: off; ola (one blob a universe, /dmx/universe/N); or qlc (one float of
            0 to 1 for each slot that changed, /N/dmx/C with C from 0). N is the universe's number in the sheet:
            OLA's own number, and QLC+'s number less one
    ask     an OSC address that is sent to ``host`` every 8 s: a mixer that forgets who listens then tells of hands on
            its faders (X32, X Air and M32: /xremote)
    law     the mixer's fader law, for the sheet's dB values; nothing here looks at it
    fades   how many of its faders may fade at once, 0: all of them; of one too many, the fader with the least way left
            is there at once
    """

    listen: str = ""
    host: str = ""
    port: int = 8000
    low: float = 0.0
    high: float = 1.0
    dmx: str = "off"
    ask: str = ""
    law: str = "linear"
    fades: int = 0
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.listen and not self.host:
            raise ValueError("an OSC connection needs 'listen: host:port', or 'host' and 'port' to send to")
        if self.listen:
            endpoint.parse(self.listen, "listen")
        endpoint.check_port(self.port)
        if not all(-1e6 <= limit <= 1e6 for limit in (self.low, self.high)):
            raise ValueError("low and high are numbers from -1000000 to 1000000")
        if self.ask and not (self.ask.startswith("/") and self.host):
            raise ValueError(f"ask '{self.ask}' is an OSC address such as /xremote, and goes with 'host'")
        if self.fades < 0:
            raise ValueError("fades is how many faders may fade at once, or 0 for all of them")
        if self.dmx != "off" and self.dmx not in GATEWAYS:
            raise ValueError(f"dmx '{self.dmx}' is not known; write off, {' or '.join(GATEWAYS)}")
        if self.dmx != "off" and not self.host:
            raise ValueError(f"dmx: {self.dmx} needs the gateway's 'host' and 'port'")


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Open the socket for as long as the context lasts. Raises DriverError where it cannot be bound."""
    here = await _resolve(config, *endpoint.parse(config.listen)) if config.listen else None
    target = await _resolve(config, config.host, config.port) if config.host else None
    sock = _open(config, here, target)
    wire = Wire(config, emit, sock, target)
    loop = asyncio.get_running_loop()
    loop.add_reader(sock.fileno(), wire.drain)
    if config.ask:
        wire.ask(osc.encode(config.ask))
    try:
        yield wire.send
    finally:
        loop.remove_reader(sock.fileno())
        wire.close()
        sock.close()


async def _resolve(config: Config, host: str, port: int) -> Peer:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise DriverError(f"OSC host '{host}' is not found ({error.strerror})") from None
    return str(found[0][4][0]), port


def _open(config: Config, here: Peer | None, target: Peer | None) -> socket.socket:
    """A bound socket; one that only sends hears nobody but its target."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        make_room(sock)
        if here is not None:
            sock.bind(here)
        elif target is not None:
            sock.connect(target)
    except OSError as error:
        sock.close()
        what = f"listen for OSC on {config.listen}" if here else f"reach OSC host {config.host}"
        raise DriverError(
            f"cannot {what} ({error.strerror}); "
            "another program has the port, or this machine has no such network"
        ) from None
    return sock


class Wire:
    """One socket. ``send`` never waits and never raises, whatever the other side is."""

    def __init__(self, config: Config, emit: Emit, sock: socket.socket, target: Peer | None) -> None:
        self.sent = 0
        self.failed = 0
        self._config, self._emit, self._sock, self._target = config, emit, sock, target
        self._decoder = osc.Decoder()
        self._loop = asyncio.get_running_loop()
        self._ears = Ears(sock)
        self._lost: dict[int, int] = {}           # by socket: datagrams that the kernel had no room for
        self._prefixes: dict[str, bytes] = {}     # one a fader of the sheet
        self._asking: asyncio.TimerHandle | None = None
        self._gateway = Gateway(config.dmx, self._to_target) if config.dmx != "off" else None
        self._decoder.decode(osc.encode("/ready"))    # loads python-osc now, not with the first press

    # ---- in ----

    def drain(self) -> None:
        """Take what has arrived at the door; once that is empty, listen at the ears that were opened meanwhile."""
        if self._from_anybody(self._sock) or (self._ears.new and is_empty(self._sock)):
            for ear, sender in self._ears.ready():
                self._from_anybody(ear)
                self._loop.add_reader(ear.fileno(), self._from_one, ear, sender)

    def _from_anybody(self, sock: socket.socket) -> bool:
        """Take at most ``DATAGRAMS_A_TURN``, each with its sender; True where nothing is left."""
        receive = sock.recvfrom
        for _ in DATAGRAMS_A_TURN:
            try:
                data, peer = receive(RECEIVE_MAX)
            except BlockingIOError:
                return True
            except OSError:    # the answer to something sent earlier: nobody listens there
                self.failed += 1
                continue
            sender = f"{peer[0]}:{peer[1]}"
            if self._take(data, sender) and self._config.listen:
                self._ears.heard(peer, sender)
        self._look_for_losses(sock)
        return False

    def _from_one(self, ear: socket.socket, sender: str) -> None:
        """The same at the ear of one station."""
        receive, take = ear.recv, self._take
        for _ in DATAGRAMS_A_TURN:
            try:
                data = receive(RECEIVE_MAX)
            except BlockingIOError:
                return
            except OSError:
                self.failed += 1
                continue
            take(data, sender)
        self._look_for_losses(ear)

    def _take(self, data: bytes, sender: str) -> bool:
        """Hand on one datagram; False where it cannot be read."""
        name, emit = self._config.name, self._emit
        try:
            messages = self._decoder.decode(data)
        except ValueError as error:
            emit(Malformed(name, str(error), sender))
            return False
        for address, arguments in messages:
            emit(Trigger(name, address, arguments, sender))
        return True

    def _look_for_losses(self, sock: socket.socket) -> None:
        """After a full turn: say how many datagrams came faster than anybody could take them (law 4)."""
        try:
            counters = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES)
        except OSError:                # a kernel before 4.12 does not tell
            return
        lost, = struct.unpack_from("@I", counters, 4 * DROPS)
        count = lost - self._lost.get(sock.fileno(), 0)
        if count:
            self._lost[sock.fileno()] = lost
            words = f"{count} messages lost: they came faster than they could be taken"
            self._emit(Malformed(self._config.name, words))

    # ---- out ----

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send a fader, a command, a universe or a reply at once."""
        try:
            if isinstance(frame, LevelFrame):
                self._to_target(self._ramp(frame))
            elif isinstance(frame, DmxFrame):
                self._dmx(frame)
            elif isinstance(frame, EdgeFrame):
                self._to_target(osc.encode(_path(frame.address), arguments(frame.value)))
            elif isinstance(frame, Reply):
                self._put(osc.encode(frame.path, frame.arguments), endpoint.parse(frame.peer))
        except ValueError as error:
            self._emit(Malformed(self._config.name, f"not sent: {error}"))

    def ask(self, message: bytes) -> None:
        """Say now and every so often that we listen; a mixer that was gone meanwhile is asked when it is back."""
        self._to_target(message)
        self._asking = self._loop.call_later(ASK_EVERY_S, self.ask, message)

    def _ramp(self, frame: LevelFrame) -> bytes:
        path = _path(frame.address)
        prefix = self._prefixes.get(path)
        if prefix is None:
            prefix = self._prefixes[path] = osc.float_prefix(path)
        low, high = self._config.low, self._config.high
        return prefix + osc.FLOAT.pack(low + (high - low) * frame.value / frame.steps)

    def _dmx(self, frame: DmxFrame) -> None:
        if self._gateway is None:
            raise ValueError("a DMX universe over OSC needs 'dmx: ola' or 'dmx: qlc' on the connection")
        self._gateway.send(frame.universe, frame.slots)

    def _to_target(self, data: bytes) -> None:
        if self._target is None:
            raise ValueError("the connection only listens; give it 'host' and 'port'")
        self._put(data, self._target)

    def _put(self, data: bytes, peer: Peer) -> None:
        try:
            try:
                self._sock.sendto(data, peer)
            except ConnectionRefusedError:    # the answer to an earlier datagram; this one has not left yet
                self._sock.sendto(data, peer)
            self.sent += 1
        except OSError as error:    # a full buffer, no route: UDP loses, and says so
            self.failed += 1
            self._emit(Malformed(self._config.name, f"not sent: {error.strerror}", endpoint.text(*peer)))

    def close(self) -> None:
        """Stop asking and hearing, and what the gateway still had to send."""
        for ear in self._ears.open:
            self._loop.remove_reader(ear.fileno())
        self._ears.close()
        if self._asking is not None:
            self._asking.cancel()
        if self._gateway is not None:
            self._gateway.close()


def arguments(value: Value) -> tuple[Value, ...]:
    """A command's value as OSC arguments: a tuple as it is, None as none, anything else as the only one."""
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _path(address: Address) -> str:
    if len(address) != 2 or address[0] != "osc":
        raise ValueError(f"{' '.join(map(str, address))} is no OSC address")
    return str(address[1])
