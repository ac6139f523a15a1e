"""DMX USB Pro and its clones: one DMX universe out of a USB box, by Enttec's widget protocol.

A frame is handed to the port only when the port has sent the one before: what a slow box cannot take is replaced by
the newest, never queued. The box repeats its last frame by itself; we send it again now and then all the same.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from showctl.codec import enttec
from showctl.driver import Emit, Send
from showctl.errors import DriverError
from showctl.model import DmxFrame, Flush, Found, Frame, Lost, Malformed, Reply
from showctl_drivers._dmx_rates import gap_s, period_s, rate_hz
from showctl_drivers._serial_ports import open_port, ports

EXITS = ("keep", "blackout")
READ_MAX = 4096            # bytes a turn of the loop
LOOK_AGAIN_S = 0.002       # while the port still sends
STUCK_S = 5.0              # a port that takes nothing for so long is opened anew
ANSWER_S = 0.5             # for the serial number
CLOSE_S = 0.5              # for the last frame


@dataclass(frozen=True)
class Config:
    """One DMX USB Pro, or a box that speaks like one.

    port        the device; on a real machine its stable name, ``/dev/serial/by-id/...``
    universe    which universe of the sheet it carries, 0 to 63999
    serial      the number printed on the box, eight digits: another box in its place is refused; empty: any box
    baud        bits a second, 50 to 4000000; a real DMX USB Pro ignores it, a clone with an Arduino in it may not
    rate        at most so many frames a second, 1 Hz to 44 Hz; the last one is always sent
    keep_alive  a universe that stands still is sent again this often, 100 ms to 4 s
    exit        what the box is left with at the end: keep (the last levels, which it repeats by itself) or blackout
    """

    port: str
    universe: int = 0
    serial: str = ""
    baud: int = 115_200
    rate: str = "44 Hz"
    keep_alive: str = "1 s"
    exit: str = "keep"
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.port:
            raise ValueError("port is a device, such as /dev/serial/by-id/usb-ENTTEC_DMX_USB_PRO_EN123456-if00-port0")
        if self.universe not in range(64_000):
            raise ValueError(f"universe {self.universe} is out of range; write 0 to 63999")
        if self.serial and (len(self.serial) != 8 or not (self.serial.isascii() and self.serial.isdigit())):
            raise ValueError(f"serial '{self.serial[:20]}' is not eight digits; write it as printed on the box")
        if type(self.baud) is not int or not 50 <= self.baud <= 4_000_000:
            raise ValueError(f"baud is 50 to 4000000, not {self.baud!r}")
        rate_hz(self.rate)
        period_s(self.keep_alive)
        if self.exit not in EXITS:
            raise ValueError(f"exit '{self.exit}' is not known; write keep or blackout")


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Open the port for as long as the context lasts. Raises DriverError where it, or the box meant, is not there."""
    port = open_port(config.port, config.baud)
    widget = Widget(config, emit, port.fd)
    try:
        if config.serial:
            await _check(config, widget)
        yield widget.send
    finally:
        await widget.close()
        port.close()


async def find(_interface: str) -> AsyncIterator[Found]:
    """Every port that calls itself DMX or Enttec. None is opened: that would reset an Arduino."""
    for path, words in ports():
        if re.search("dmx|enttec", f"{path} {words}", re.IGNORECASE):
            yield Found("dmx_usb", (("port", path),), words)


async def _check(config: Config, widget: Widget) -> None:
    try:
        async with asyncio.timeout(ANSWER_S):
            await widget.known.wait()
    except TimeoutError:
        raise DriverError(f"the box on {config.port} does not tell its number; leave 'serial' out, "
                          "or check that it is a DMX USB Pro") from None
    if widget.serial != config.serial:
        raise DriverError(f"the box on {config.port} is number {widget.serial}, not {config.serial}; check 'port'")


class Widget:
    """One box. ``send`` never waits and never raises; of several frames that wait, the newest is sent."""

    def __init__(self, config: Config, emit: Emit, fd: int) -> None:
        self.sent = 0
        self.serial = ""                 # as the box tells it
        self.known = asyncio.Event()     # it has told
        self._config, self._emit, self._fd = config, emit, fd
        self._loop = asyncio.get_running_loop()
        self._gap = gap_s(config.rate)
        self._slots: bytes | None = None
        self._waits = False              # the slots are newer than what the port was given
        self._rest = enttec.ASK          # of the message under way; it is always finished
        self._sent_at = float("-inf")    # loop time, seconds
        self._moved_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = self._lost = False
        self._idle = asyncio.Event()     # closing, and everything is out
        self._buffer = bytearray()
        self._strange = self._refused = 0
        self._period = period_s(config.keep_alive)
        self._again = self._loop.call_later(self._period, self._keep_alive)
        self._loop.add_reader(fd, self._read)
        self._write()

    # ---- out ----

    def send(self, frame: Frame | Reply | Flush) -> None:
        """Send the universe now, or once the port and the rate allow."""
        if type(frame) is not DmxFrame:
            if type(frame) is not Flush:
                self._refuse(f"a DMX USB box carries a universe, no {type(frame).__name__}; check 'to:' in the sheet")
        elif frame.universe != self._config.universe:
            self._refuse(f"this box carries universe {self._config.universe}, not {frame.universe}; "
                         "check 'at:' in the sheet, or give the connection its 'universe'")
        elif len(frame.slots) > enttec.SLOTS:
            self._refuse(f"{len(frame.slots)} slots do not fit in a universe; it carries 512")
        elif not self._closing and not self._lost:
            self._slots, self._waits = frame.slots, True
            self._next()

    def _next(self) -> None:
        """Begin with what waits, unless the port is busy or the rate says later: then look again."""
        if self._rest or self._timer is not None or self._lost:
            return
        if self._waits or self._closing:
            now = self._loop.time()
            due_at = now if self._closing else self._sent_at + self._gap
            if self._busy():
                self._look_at(now + LOOK_AGAIN_S)
            elif now < due_at:
                self._look_at(due_at)
            elif self._waits and self._slots is not None:
                self._waits, self._sent_at, self.sent = False, now, self.sent + 1
                self._rest = enttec.send_dmx(self._slots)
                self._write()
            else:
                self._idle.set()

    def _look_at(self, at: float) -> None:
        self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        self._next()

    def _busy(self) -> bool:
        """Whether the kernel still holds bytes for the port."""
        try:
            (waiting,) = struct.unpack("i", fcntl.ioctl(self._fd, termios.TIOCOUTQ, bytes(4)))
        except OSError:
            return False    # a port that cannot say
        if not waiting:
            self._moved_at = self._loop.time()
        return bool(waiting)

    def _write(self) -> None:
        try:
            taken = os.write(self._fd, self._rest)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        if taken:
            self._moved_at = self._loop.time()
        self._rest = self._rest[taken:]
        if self._rest:
            self._loop.add_writer(self._fd, self._write)
        else:
            self._loop.remove_writer(self._fd)
            self._next()

    def _keep_alive(self) -> None:
        """Send again what stands still; give up on a port that takes nothing."""
        now = self._loop.time()
        if (self._rest or self._busy()) and now - self._moved_at > STUCK_S:
            self._lose(f"it has taken nothing for {STUCK_S:g} s")
        elif self._slots is not None and now - self._sent_at > 0.9 * self._period:
            self._waits = True
            self._next()
        due_at = self._sent_at + self._period
        self._again = self._loop.call_at(due_at if due_at > now else now + self._period, self._keep_alive)

    # ---- in ----

    def _read(self) -> None:
        try:
            data = os.read(self._fd, READ_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        if not data:
            self._lose("it hung up")
            return
        messages, strange = enttec.split(self._buffer, data)
        for message in messages:
            if message.label == enttec.SERIAL:
                self._told(message.data)
        if strange and not self._strange:
            reason = f"what speaks on {self._config.port} is no DMX USB Pro; check 'port'"
            self._emit(Malformed(self._config.name, reason))
        self._strange += strange

    def _told(self, data: bytes) -> None:
        try:
            self.serial = enttec.serial_number(data)
        except ValueError:
            self.serial = "unknown"    # clones answer anything
        self.known.set()

    def _lose(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self._loop.remove_reader(self._fd)    # a hung-up port is readable for ever
            self._loop.remove_writer(self._fd)
            self._emit(Lost(self._config.name, f"DMX USB box {self._config.port}: {reason}"))

    def _refuse(self, reason: str) -> None:
        """Tell of a frame that the box cannot carry: the first, then each 1,000th."""
        if self._refused % 1000 == 0:
            self._emit(Malformed(self._config.name, reason))
        self._refused += 1

    # ---- the end ----

    async def close(self) -> None:
        """Finish what is under way, leave the box as ``exit`` says; what the port does not take in time is dropped."""
        self._again.cancel()
        self._loop.remove_reader(self._fd)
        if not self._lost:
            self._closing = True
            if self._config.exit == "blackout" and self._slots is not None:
                self._slots, self._waits = bytes(enttec.SLOTS), True
            self._look_now()
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._idle.wait()
            except TimeoutError:
                self._throw_away()
        self._lost = True
        self._loop.remove_writer(self._fd)
        if self._timer is not None:
            self._timer.cancel()

    def _look_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._look()

    def _throw_away(self) -> None:
        """Closing a port waits for what the kernel still holds, half a minute if need be."""
        try:
            termios.tcflush(self._fd, termios.TCOFLUSH)
        except termios.error as error:
            if error.args[0] not in (errno.EIO, errno.ENODEV, errno.ENXIO):
                raise
