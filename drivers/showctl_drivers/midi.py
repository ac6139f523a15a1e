"""MIDI to and from a mixer: faders as levels, notes, programs and SysEx as edges, at the pace of a MIDI cable.

Instead of a port, ``udp://127.0.0.1:5004`` carries the raw bytes, one message a datagram: the virtual rig's mixer.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from showctl.codec import endpoint, midi, midi_in
from showctl.driver import Emit, Send
from showctl.model import Address, EdgeFrame, Flush, Found, Frame, LevelFrame, Lost, Malformed, Reply, Trigger
from showctl_drivers._midi_ports import names, open_ports
from showctl_drivers._midi_udp import open_udp
from showctl_drivers._outbox import Outbox

APIS = ("auto", "alsa", "jack")
CABLE_BYTES_S = 3125       # what a MIDI cable carries in a second: 31,250 baud, 10 bits a byte
AHEAD_S = 0.002            # what a late timer may catch up at once: two messages of a cable
OUTBOX_LIMIT = 256         # messages that wait for the cable, a quarter of a second
INBOX_LIMIT = 1024         # messages that wait for the loop
MESSAGES_A_TURN = 64


@dataclass(frozen=True)
class Config:
    """One MIDI port, both ways.

    port        part of the port's name, for example Atlas One; or udp://host:port
    listen      hear the port too: hands on faders, notes and programs become triggers
    api         auto, alsa or jack
    udp_listen  with udp://, the host:port to hear on; empty: hear nothing
    law         the mixer's fader law, for the sheet's dB values; nothing here looks at it
    rate        bytes a second that the way to the mixer carries, 100 to 1000000: 3125 is a MIDI cable; USB and network
                MIDI carry more, where no cable follows
    fades       how many of its faders may fade at once, 0: all of them; of one too many, the fader with the least way
                left is there at once
    """

    port: str = ""
    listen: bool = False
    api: str = "auto"
    udp_listen: str = ""
    law: str = "linear"
    rate: int = CABLE_BYTES_S
    fades: int = 0
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.port:
            raise ValueError("a MIDI connection needs 'port', part of the port's name, for example Atlas One")
        if self.port.startswith("udp://"):
            endpoint.parse(self.port.removeprefix("udp://"), "port")
        elif self.udp_listen:
            raise ValueError("udp-listen goes with 'port: udp://host:port' only; write 'listen: true'")
        if self.udp_listen:
            endpoint.parse(self.udp_listen, "udp-listen")
        if not 100 <= self.rate <= 1_000_000:
            raise ValueError(f"rate is 100 to 1000000 bytes a second, not {self.rate}; a MIDI cable carries 3125")
        if self.fades < 0:
            raise ValueError("fades is how many faders may fade at once, or 0 for all of them")
        if self.api not in APIS:
            raise ValueError(f"api '{self.api}' is not known; write {', '.join(APIS)}")


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Open the port for as long as the context lasts. Raises DriverError that names the ports there are."""
    desk = Desk(config, emit)
    async with _open(config, desk.heard, desk.lost) as put:
        desk.put = put
        try:
            yield desk.send
        finally:
            desk.close()


async def find(_interface: str) -> AsyncIterator[Found]:
    """Every MIDI output by its name, without the numbers at its end, which are others after the next start."""
    outputs, inputs = names()
    for port in outputs:
        notes = () if port in inputs else ("out only",)
        yield Found("midi", (("port", re.sub(r" \d+:\d+$", "", port)),), "", notes)


Put = Callable[[bytes], None]


def _open(config: Config, heard: Put, lost: Callable[[str], None]) -> AbstractAsyncContextManager[Put]:
    if config.port.startswith("udp://"):
        return open_udp(config.port.removeprefix("udp://"), config.udp_listen, heard)
    return open_ports(config.port, config.api, config.listen, heard, lost)


class Desk:
    """One mixer: what waits for the cable, and what came from it. ``send`` never waits and never raises."""

    def __init__(self, config: Config, emit: Emit) -> None:
        self.put: Put | None = None
        self._name, self._emit = config.name, emit
        self._loop = asyncio.get_running_loop()
        self._outbox: Outbox[list[bytes]] = Outbox(config.name, emit, OUTBOX_LIMIT)
        self._byte_s = 1 / config.rate
        self._free_s = 0.0                                   # when the cable has carried what was sent
        self._timer: asyncio.TimerHandle | None = None
        self._inbox: deque[bytes] = deque()
        self._overrun = 0
        self._woken = False
        self._decoder = midi_in.Decoder()
        for wanted in config.inputs:
            self._decoder.want(wanted)

    # ---- out ----

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send a fader, note, program or SysEx as soon as the cable is free; panic drops the edges that wait."""
        try:
            if isinstance(frame, LevelFrame):
                self._level(frame)
            elif isinstance(frame, EdgeFrame):
                self._outbox.put_edge(midi.encode(frame.address, frame.value), _text(frame.address), frame.expires_ns)
            elif isinstance(frame, Flush):
                self._outbox.drop_edges()
            else:
                self._refuse(f"MIDI carries no {type(frame).__name__}; check 'to:' in the sheet")
        except ValueError as error:
            self._refuse(f"not sent: {error}")
        if self._timer is None:
            self._free_s = max(self._free_s, self._loop.time())
            self._pump()

    def _refuse(self, reason: str) -> None:
        self._emit(Malformed(self._name, reason))

    def _level(self, frame: LevelFrame) -> None:
        address = frame.address
        self._outbox.put_level(midi.level(address, frame.value, frame.steps), _text(address), address)

    def _pump(self) -> None:
        """Send what the cable takes now, and come back when it is free."""
        self._timer = None
        put = self.put
        self._free_s = max(self._free_s, self._loop.time() - AHEAD_S)
        while put is not None and len(self._outbox):
            if self._free_s > self._loop.time():
                self._timer = self._loop.call_at(self._free_s, self._pump)
                return
            waiting = self._outbox.take_in_turn()
            if waiting is None:
                return
            messages, _ = waiting
            self._free_s += self._byte_s * sum(map(len, messages))
            for message in messages:
                put(message)

    def lost(self, reason: str) -> None:
        """The port has gone: send nothing more, and say so once."""
        if self.put is not None:
            self.put = None
            self._emit(Lost(self._name, reason))

    def close(self) -> None:
        """What the cable has not carried by now is dropped; edges among it are reported."""
        self.put = None
        if self._timer is not None:
            self._timer.cancel()
        self._outbox.clear("port closed")

    # ---- in ----

    def heard(self, message: bytes) -> None:
        """Take one whole message; may be called on any thread."""
        if len(self._inbox) >= INBOX_LIMIT:
            self._overrun += 1
            return
        self._inbox.append(message)
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._read)
            except RuntimeError:    # the loop has closed; nobody is left to hear
                pass

    def _read(self) -> None:
        self._woken = False
        for _ in range(min(len(self._inbox), MESSAGES_A_TURN)):
            self._decode(self._inbox.popleft())
        if self._overrun:
            count, self._overrun = self._overrun, 0
            self._emit(Malformed(self._name, f"{count} MIDI messages came too fast and are lost"))
        if self._inbox and not self._woken:
            self._woken = True
            self._loop.call_soon(self._read)

    def _decode(self, message: bytes) -> None:
        try:
            reading = self._decoder.decode(message)
        except ValueError as error:
            self._emit(Malformed(self._name, str(error)))
            return
        if reading is not None:
            self._emit(Trigger(self._name, *reading))


def _text(address: Address) -> str:
    return " ".join(map(str, address))
