"""sACN (ANSI E1.31-2018): DMX universes to panels and nodes, by multicast, by unicast, or both.

The sheet's universe N is the sACN universe N (1..63999). A universe that stands still is sent three times more and
then every 0.9 s (§6.6.2). By multicast the list of our universes is told every 10 s (§12).
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator, KeysView
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from showctl.codec import endpoint, sacn
from showctl.driver import Emit, Send
from showctl.model import DmxFrame, Flush, Frame, Lost, Malformed, Reply
from showctl_drivers import _ourselves
from showctl_drivers._dmx_rates import gap_s, rate_hz
from showctl_drivers._sacn_ear import Ear
from showctl_drivers._sacn_found import find
from showctl_drivers._sacn_inputs import Inputs, wanted
from showctl_drivers._sacn_paths import Path, cid, close, open_paths

__all__ = ["Config", "connect", "find"]

EXITS = ("keep", "blackout", "terminate")
GONE = {errno.ENETDOWN, errno.ENETUNREACH, errno.ENODEV, errno.EADDRNOTAVAIL, errno.ENXIO, errno.EBADF}
REPEATS_A_TURN = 16       # then the loop looks at everything else first
REPEATS = 3               # §6.6.2, and as many to end a stream (§6.2.6)
REPEAT_S = 0.05           # two frames apart, so that no repeat stands between the frames of a fade
KEEP_ALIVE_S = 0.9        # §6.6.2 says 0.8 to 1 s
DISCOVERY_S = 10.0        # E131_UNIVERSE_DISCOVERY_INTERVAL
REPORT_S = 1.0


@dataclass(frozen=True)
class Config:
    """One sACN source and receiver. At least one of ``interface`` and ``host`` is needed.

    interface  this network interface (its name, such as eth0, or its IPv4 address): multicast leaves by it, and there
               showctl hears DMX (triggers dmx/UNIVERSE/SLOT) and who else sends our universes; none: it only sends
    host       addresses or names of nodes that are sent to by unicast, one or several
    port       UDP port of ``host``, 1 to 65535; multicast always goes to 5568
    priority   0 to 200; nodes follow the highest of all who send to them
    source     our name on the network, at most 63 bytes; empty: showctl and the connection's name
    sync       universe of the packet that makes all of ours act at once, 1 to 63999; 0: each acts as it comes
    preview    true: for visualisers only, no light
    rate       at most so many frames a second for each universe, 1 Hz to 44 Hz; the last one is always sent
    exit       what nodes are left with at the end: keep (the last levels, for as long as the node holds them),
               blackout, or terminate (nodes let go of us at once and follow the next source)
    """

    interface: str = ""
    host: tuple[str, ...] = ()
    port: int = sacn.PORT
    priority: int = 100
    source: str = ""
    sync: int = 0
    preview: bool = False
    rate: str = "44 Hz"
    exit: str = "keep"
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(self.host or (self.interface,)):
            raise ValueError("sACN needs 'interface: eth0' for multicast, or 'host' with the nodes' addresses")
        endpoint.check_port(self.port)
        if self.priority not in sacn.PRIORITIES:
            raise ValueError(f"priority {self.priority} is out of range; write 0 to 200, 100 is usual")
        sacn.check_source(source_name(self))
        if self.sync and self.sync not in sacn.UNIVERSES:
            raise ValueError(f"sync {self.sync} is no sACN universe; write 1 to 63999, or 0 for none")
        rate_hz(self.rate)
        if self.exit not in EXITS:
            raise ValueError(f"exit '{self.exit}' is not known; write keep, blackout or terminate")


def source_name(config: Config) -> str:
    """What others see us as."""
    return config.source or f"showctl {config.name}".strip()


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Send, and hear where an interface is named, for as long as the context lasts.

    Raises DriverError without the interface or a way to a host.
    """
    paths = await open_paths(config.interface, config.host, config.port)
    source = Source(config, emit, paths)
    try:
        with _ourselves.known_by(source.cid), _listening(config, emit, source):
            yield source.send
    finally:
        source.close()


@contextmanager
def _listening(config: Config, emit: Emit, source: Source) -> Iterator[None]:
    """Hear what the triggers want and who else sends our universes, where an interface is named."""
    try:
        wishes = wanted(config.inputs)
    except ValueError as error:
        wishes = {}
        emit(Malformed(config.name, str(error)))
    if not config.interface:
        if config.inputs:
            emit(Malformed(config.name, "triggers are heard only with 'interface', the network they come by"))
        yield
        return
    inputs = Inputs(config.name, wishes, emit, asyncio.get_running_loop())
    ear = Ear(config, emit, source.cid, inputs, () if config.preview else source.universes)
    try:
        yield
    finally:
        ear.close()


@dataclass
class Pace:
    """What keeps one rhythm: a universe, or all that are synced (SEMANTICS 28)."""

    sent_at: float = float("-inf")    # loop time, seconds
    waiting: dict[int, Universe] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None


@dataclass
class Universe:
    """One universe on the wire: its packet as last written, and when it is repeated."""

    number: int
    packet: bytearray
    pace: Pace
    sequence: int | None = None
    repeats: int = 0                  # still to send before silence but for keep-alive
    due_at: float = 0.0


def sequences(last: int | None) -> tuple[int, ...]:
    """The sequence numbers to send a packet with: the next; for the first packet two, half a circle apart.

    A receiver ignores numbers up to 19 behind the last it saw (§6.7.2), and our CID stays the same over a restart: of
    the two, one at least gets through.
    """
    return (0, 128) if last is None else ((last + 1) % 256,)


class Source:
    """One source and its universes. ``send`` never waits and never raises."""

    def __init__(self, config: Config, emit: Emit, paths: list[Path]) -> None:
        self.sent = 0
        self.failed = 0
        self._config, self._emit, self._paths = config, emit, paths
        self._loop = asyncio.get_running_loop()
        self.cid, self._source = cid(config.name, source_name(config)), source_name(config)
        self._gap = gap_s(config.rate)
        self._repeat_s = max(REPEAT_S, self._gap)
        self._universes: dict[int, Universe] = {}
        self._together = Pace()
        self._sync = sacn.sync_packet(self.cid, config.sync) if config.sync else bytearray()
        self._sync_sequence: int | None = None
        self._tick_open = False           # universes of a tick are out, their sync packet is not
        self._more = False                # universes of the open tick follow in later turns (CORE 14)
        self._ending = False              # a look whether the tick has ended is on its way
        self._repeating = False
        self._timer: asyncio.TimerHandle | None = None
        self._discovery: asyncio.Handle | None = None
        self._lost = False
        self._reason = ""
        self._reported = 0
        self._report_at = 0.0
        self._refused = 0

    @property
    def universes(self) -> KeysView[int]:
        """Those that have been sent."""
        return self._universes.keys()

    # ---- out ----

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send a universe now, or when its rate allows; the newest one wins."""
        if type(frame) is not DmxFrame:
            if type(frame) is not Flush:
                self._refuse(f"sACN carries DMX universes, no {type(frame).__name__}; check 'to:' in the sheet")
            return
        if self._sync:
            self._more = frame.more
            self._look_for_end()
        universe = None if self._lost else self._universes.get(frame.universe) or self._new(frame)
        if universe is None:
            return
        universe.packet[sacn.SLOTS_AT : sacn.SLOTS_AT + len(frame.slots)] = frame.slots
        universe.repeats = REPEATS
        pace = universe.pace
        if not self._gap or self._tick_open or self._loop.time() >= pace.sent_at + self._gap:
            pace.waiting.pop(universe.number, None)
            self._put(universe)
            return
        pace.waiting[universe.number] = universe
        if pace.timer is None:
            pace.timer = self._loop.call_at(pace.sent_at + self._gap, self._catch_up, pace)

    def _new(self, frame: DmxFrame) -> Universe | None:
        config = self._config
        options = sacn.PREVIEW * config.preview | sacn.FORCE_SYNC * bool(config.sync)
        try:
            if len(frame.slots) > sacn.SLOTS:
                raise ValueError(f"{len(frame.slots)} slots do not fit in a universe; it carries 512")
            packet = sacn.packet(self.cid, self._source, frame.universe, config.priority, config.sync, options)
        except ValueError as error:
            self._refuse(str(error))
            return None
        universe = Universe(frame.universe, packet, self._together if config.sync else Pace())
        self._universes[frame.universe] = universe
        if self._discovery is None and config.interface:
            self._discovery = self._loop.call_soon(self._tell_universes)    # once the whole first tick is known
        return universe

    def _catch_up(self, pace: Pace) -> None:
        """The rate allows another frame: send what waited for it, the newest of each universe."""
        pace.timer = None
        waiting, pace.waiting = pace.waiting, {}
        for universe in waiting.values():
            self._put(universe)

    def _put(self, universe: Universe) -> None:
        """Send the universe as it stands, and its sync packet once the tick it belongs to is out."""
        now = universe.pace.sent_at = self._loop.time()
        for number in sequences(universe.sequence):
            universe.sequence = universe.packet[sacn.SEQUENCE] = number
            self._write(universe.packet, universe.number)
        universe.due_at = now + (self._repeat_s if universe.repeats else KEEP_ALIVE_S)
        if self._timer is None:
            self._timer = self._loop.call_at(universe.due_at, self._repeat)
        if self._sync and not self._tick_open:
            self._tick_open = True
            self._look_for_end()

    def _look_for_end(self) -> None:
        if self._tick_open and not self._ending:
            self._ending = True
            self._loop.call_soon(self._end_tick)    # after all that the shell hands over in this turn

    def _end_tick(self) -> None:
        self._ending = False
        if not self._tick_open or self._lost or self._more or self._repeating:
            return
        self._tick_open = False
        for number in sequences(self._sync_sequence):
            self._sync_sequence = self._sync[sacn.SYNC_SEQUENCE] = number
            self._write(self._sync, self._config.sync)

    def _write(self, packet: bytes | bytearray, universe: int) -> None:
        gone = 0
        for path in self._paths:
            try:
                if not path.put(packet, universe):
                    self._fail(path, "nobody listens there")
                self.sent += 1
            except BlockingIOError:
                self._fail(path, "the socket's buffer is full")
            except OSError as error:
                self._fail(path, error.strerror or str(error))
                gone += error.errno in GONE
        if gone == len(self._paths) and not self._lost:
            self._lost = True
            self._emit(Lost(self._config.name, f"sACN: {self._reason}"))

    # ---- while nothing changes ----

    def _repeat(self) -> None:
        """Repeat what stands still, and report what failed since the last time."""
        now = self._loop.time()
        self._repeat_some([universe for universe in self._universes.values() if universe.due_at <= now], now)
        due_at = min(universe.due_at for universe in self._universes.values())
        self._timer = self._loop.call_at(max(due_at, now + REPEAT_S / 2), self._repeat)
        if self.failed > self._reported and now >= self._report_at:
            count, self._reported, self._report_at = self.failed - self._reported, self.failed, now + REPORT_S
            self._emit(Malformed(self._config.name, f"{count} packets not taken: {self._reason}"))

    def _repeat_some(self, still: list[Universe], now: float) -> None:
        """Some packets now, the others in the next turns: a rig at rest holds nobody up (CORE 14)."""
        if self._lost:
            return
        for universe in still[:REPEATS_A_TURN]:
            if universe.due_at <= now and universe.number not in universe.pace.waiting:
                universe.repeats = max(0, universe.repeats - 1)
                self._put(universe)
        self._repeating = len(still) > REPEATS_A_TURN
        if self._repeating:
            self._loop.call_soon(self._repeat_some, still[REPEATS_A_TURN:], now)
        self._look_for_end()

    def _tell_universes(self) -> None:
        """Universe discovery: only multicast has an address for it."""
        self._discovery = self._loop.call_later(DISCOVERY_S, self._tell_universes)
        numbers = {*self._universes, self._config.sync} - {0}
        for packet in sacn.discovery(self.cid, self._source, sorted(numbers)):
            for path in self._paths:
                if path.multicast:
                    try:
                        path.put(packet, sacn.DISCOVERY_UNIVERSE)
                    except OSError as error:
                        self._fail(path, error.strerror or str(error))

    def _fail(self, path: Path, reason: str) -> None:
        self.failed += 1
        self._reason = f"{path.where}: {reason}"

    def _refuse(self, reason: str) -> None:
        """Tell of a frame that sACN cannot carry: the first, then each 1,000th."""
        if self._refused % 1000 == 0:
            self._emit(Malformed(self._config.name, reason))
        self._refused += 1

    # ---- the end ----

    def close(self) -> None:
        """Send what still waits, leave the nodes as ``exit`` says, close the sockets."""
        self._more = self._repeating = False
        for universe in self._universes.values():
            if universe.pace.timer is not None:
                universe.pace.timer.cancel()
            if not self._lost:
                self._leave(universe)
        if self._sync:
            self._end_tick()
        for timer in (self._timer, self._discovery):
            if timer is not None:
                timer.cancel()
        self._lost = True
        close(self._paths)

    def _leave(self, universe: Universe) -> None:
        packet, how = universe.packet, self._config.exit
        if how == "blackout":
            packet[sacn.SLOTS_AT :] = bytes(sacn.SLOTS)
        elif how == "terminate":
            packet[sacn.OPTIONS] |= sacn.TERMINATED
        for _ in range(1 if how == "keep" else REPEATS):
            if how != "keep" or universe.number in universe.pace.waiting:
                self._put(universe)
