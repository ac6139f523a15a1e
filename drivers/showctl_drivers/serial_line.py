"""Serial lines: an Arduino, a footswitch, a sensor on USB. One line of text is one message, both ways."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from showctl.codec import framing
from showctl.driver import Emit, Send
from showctl.model import EdgeFrame, Flush, Found, Frame, Lost, Malformed, Reply, Trigger
from showctl_drivers._outbox import Outbox
from showctl_drivers._serial_ports import open_port, ports

READ_MAX = 4096            # bytes a turn of the loop
OUTBOX_MAX = 64            # lines
FIRST_LINE_WITHIN_S = 0.1  # a line that starts sooner after the opening may have lost its beginning


@dataclass(frozen=True, slots=True)
class Config:
    """One serial port.

    port     the device; on a real machine its stable name, ``/dev/serial/by-id/...``
    baud     bits a second, 50..4000000; 8 data bits, no parity, one stop bit
    lines    how a line reads: ``word``, ``key=value``, ``csv`` or ``json``
    columns  for csv: the names of the columns in order; none: numbers from 1

    Opening raises DTR, which resets most Arduinos: they speak again after about 2 s. What arrives within 0.1 s of the
    opening is thrown away up to the first line end, because it may be the tail of a line.
    """

    port: str
    baud: int = 115_200
    lines: str = "word"
    columns: tuple[str, ...] = ()
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.port:
            raise ValueError("port is a device, such as /dev/serial/by-id/usb-Arduino_Uno-if00")
        if type(self.baud) is not int or not 50 <= self.baud <= 4_000_000:
            raise ValueError(f"baud is 50 to 4000000, not {self.baud!r}")
        if self.lines not in framing.KINDS:
            raise ValueError(f"lines is one of {', '.join(framing.KINDS)}, not {self.lines!r}")
        if self.columns and (self.lines != "csv" or len(set(self.columns)) != len(self.columns)):
            raise ValueError("columns name each column once, and only with lines: csv")


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send]:
    """Open the port and yield ``send``, which writes ``EdgeFrame(address=("line",))`` values, a newline after each.

    Raises DriverError where the port is absent, busy or not ours to open. An unplugged device is ``Lost``.
    """
    port = open_port(config.port, config.baud)
    loop = asyncio.get_running_loop()
    outbox: Outbox[bytes] = Outbox(config.name, emit, OUTBOX_MAX)
    reader = _Reader(config, emit, port.fd, loop.time() + FIRST_LINE_WITHIN_S)
    writer = _Writer(port.fd, outbox)
    loop.add_reader(port.fd, reader.read)
    try:
        yield _sender(config.name, outbox, writer, emit)
    finally:
        loop.remove_reader(port.fd)
        loop.remove_writer(port.fd)
        outbox.clear("port closed")
        port.close()


async def find(_interface: str) -> AsyncIterator[Found]:
    """Every serial port with a device behind it, by its stable name where the system has one."""
    for path, words in ports():
        yield Found("serial_line", (("port", path),), words)


class _Reader:
    """Bytes off the port into triggers, at most ``READ_MAX`` a turn."""

    def __init__(self, config: Config, emit: Emit, fd: int, whole_from_s: float) -> None:
        self._config = config
        self._emit = emit
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._whole_from_s = whole_from_s
        self._first: bool | None = None    # None: nothing came yet; True: inside a line that may be cut

    def read(self) -> None:
        try:
            data = os.read(self._fd, READ_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error.strerror or str(error))
            return
        if not data:
            self._lost("it hung up")
            return
        for line in self._lines(data):
            self._take(line)

    def _lines(self, data: bytes) -> list[bytes]:
        if self._first is None:
            self._first = self._loop.time() < self._whole_from_s
        if self._first:
            _, end, data = data.partition(b"\n")
            if not end:
                return []
            self._first = False
        return framing.split(self._buffer, data)

    def _take(self, line: bytes) -> None:
        name = self._config.name
        try:
            found = framing.readings(self._config.lines, line, self._config.columns)
        except ValueError as error:
            self._emit(Malformed(name, str(error)))
            return
        for address, text in found:
            self._emit(Trigger(name, address, text))

    def _lost(self, reason: str) -> None:
        self._loop.remove_reader(self._fd)    # first: a hung-up port is readable for ever
        self._emit(Lost(self._config.name, f"serial port {self._config.port}: {reason}"))


class _Writer:
    """Lines onto the port as fast as it takes them, a piece at a time, never waiting."""

    def __init__(self, fd: int, outbox: Outbox[bytes]) -> None:
        self._fd = fd
        self._outbox = outbox
        self._loop = asyncio.get_running_loop()
        self._rest = b""    # of the line that is under way; it is always finished

    def write(self) -> None:
        while True:
            if not self._rest:
                waiting = self._outbox.take()
                if waiting is None:
                    self._loop.remove_writer(self._fd)
                    return
                self._rest = waiting[0]
            try:
                self._rest = self._rest[os.write(self._fd, self._rest) :]
            except BlockingIOError:
                self._loop.add_writer(self._fd, self.write)
                return
            except OSError:    # the reader sees the same and says it
                self._rest = b""
                self._loop.remove_writer(self._fd)
                return


def _sender(name: str, outbox: Outbox[bytes], writer: _Writer, emit: Emit) -> Send:
    def send(frame: Frame | Reply | Flush) -> None:
        match frame:
            case EdgeFrame(address=("line",), value=str(text), expires_ns=expires_ns):
                line = text.encode("utf-8", "replace")
                if b"\n" in line or b"\r" in line or len(line) > framing.LINE_LIMIT:
                    emit(Malformed(name, f"{text[:40]!r} is not one line of at most {framing.LINE_LIMIT} bytes"))
                    return
                outbox.put_edge(line + b"\n", f"'{text[:40]}'", expires_ns)
                writer.write()
            case Flush():
                outbox.drop_edges()
            case _:
                where = getattr(frame, "address", type(frame).__name__)
                emit(Malformed(name, f"a serial port cannot send {where}; its commands are lines of text"))

    return send
