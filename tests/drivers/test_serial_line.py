"""The serial driver on a pseudo-terminal: real file descriptors, real hang-up; a pty has no baud rate and no DTR."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showctl.driver import Send
from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, Lost, Malformed, Trigger
from showctl_drivers import serial_line

S = 1_000_000_000
Heard = list[object]


class Box:
    """The far end of the cable."""

    def __init__(self) -> None:
        self.fd, self._near = os.openpty()
        tty.setraw(self._near)
        tty.setraw(self.fd)
        os.set_blocking(self.fd, False)
        self.port = os.ttyname(self._near)
        self._open = True

    def say(self, data: bytes) -> None:
        os.write(self.fd, data)

    def read(self) -> bytes:
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""

    def unplug(self) -> None:
        if self._open:
            self._open = False
            os.close(self._near)
            os.close(self.fd)


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    box.unplug()


@asynccontextmanager
async def listening(box: Box, **more: object) -> AsyncIterator[tuple[Heard, Send]]:
    """The driver, past the line that may be cut."""
    heard: Heard = []
    config = serial_line.Config(box.port, name="pedal", **more)  # type: ignore[arg-type]
    async with serial_line.connect(config, heard.append) as send:
        box.say(b"\n")
        await asyncio.sleep(0.01)
        yield heard, send


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    ("config", "line", "triggers"),
    [
        ({}, b"DOWN\r\n", [("", "DOWN")]),
        ({"lines": "key=value"}, b"seat=1 temp=21.5\n", [("seat", "1"), ("temp", "21.5")]),
        ({"lines": "csv"}, b"12,open\n", [("1", "12"), ("2", "open")]),
        ({"lines": "csv", "columns": ("seat", "door")}, b"0.61,open\n", [("seat", "0.61"), ("door", "open")]),
        ({"lines": "json"}, b'{"seat": 1}\n', [("", '{"seat": 1}')]),
    ],
)
async def test_each_kind_of_line_becomes_triggers(
    box: Box, config: dict[str, object], line: bytes, triggers: list[tuple[str, str]]
) -> None:
    async with listening(box, **config) as (heard, _):
        box.say(line)
        await until(lambda: len(heard) == len(triggers))
    assert heard == [Trigger("pedal", address, text) for address, text in triggers]


async def test_core_3_each_word_is_a_press_of_its_own(box: Box) -> None:
    async with listening(box) as (heard, _):
        box.say(b"DOWN\nDOWN\nDO")
        await until(lambda: len(heard) == 2)
        box.say(b"WN\n")
        await until(lambda: len(heard) == 3)
    assert heard == [Trigger("pedal", "", "DOWN")] * 3


async def test_a_line_that_may_have_lost_its_beginning_is_not_believed(box: Box) -> None:
    heard: Heard = []
    async with serial_line.connect(serial_line.Config(box.port, lines="key=value", name="pedal"), heard.append):
        box.say(b"0.9 seat=1")
        await asyncio.sleep(0.01)
        box.say(b"0\nseat=0\n")
        await until(lambda: heard)
    assert heard == [Trigger("pedal", "seat", "0")]


async def test_a_box_that_waits_is_believed_from_its_first_line(box: Box) -> None:
    heard: Heard = []
    async with serial_line.connect(serial_line.Config(box.port, name="pedal"), heard.append):
        await asyncio.sleep(serial_line.FIRST_LINE_WITHIN_S + 0.02)
        box.say(b"DOWN\n")
        await until(lambda: heard)
    assert heard == [Trigger("pedal", "", "DOWN")]


@pytest.mark.parametrize(
    ("garbage", "says"),
    [(b"\xff\xfe\x00\n", "not UTF-8"), (b"x" * 9000 + b"\n", "over 4096"), (b"\x01\x02\n", "control")],
)
async def test_garbage_is_reported_and_the_next_line_counts(box: Box, garbage: bytes, says: str) -> None:
    async with listening(box) as (heard, _):
        for start in range(0, len(garbage), 2000):
            box.say(garbage[start : start + 2000])
            await asyncio.sleep(0.005)
        box.say(b"DOWN\n")
        await until(lambda: len(heard) == 2)
    assert isinstance(heard[0], Malformed)
    assert says in heard[0].reason
    assert heard[1] == Trigger("pedal", "", "DOWN")


@given(pieces=st.lists(st.binary(min_size=1, max_size=64), max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_raise_out(pieces: list[bytes]) -> None:
    async def run() -> None:
        box = Box()
        complaints: Heard = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        try:
            async with listening(box, lines="key=value") as (heard, _):
                for piece in pieces:
                    box.say(piece)
                    await asyncio.sleep(0)
                box.say(b"\nend=1\n")
                await until(lambda: Trigger("pedal", "end", "1") in heard)
        finally:
            box.unplug()
        assert complaints == []

    asyncio.run(run())


async def test_an_unplugged_box_is_lost_once_and_the_loop_rests(box: Box) -> None:
    async with listening(box) as (heard, send):
        box.unplug()
        await until(lambda: heard)
        await asyncio.sleep(0.03)    # a reader left in place would fire, and say it again, all this time
        send(EdgeFrame("pedal", ("line",), "LED on", 0, S))
    assert [type(h) for h in heard] == [Lost]
    assert box.port in heard[0].reason  # type: ignore[attr-defined]


async def test_lines_go_out_whole_and_in_order(box: Box) -> None:
    async with listening(box) as (heard, send):
        for text in ("LED on", "LED off"):
            send(EdgeFrame("pedal", ("line",), text, 0, S))
        await asyncio.sleep(0.01)
        assert box.read() == b"LED on\nLED off\n"
        send(EdgeFrame("pedal", ("line",), "one\ntwo", 0, S))
        send(DmxFrame("pedal", 0, bytes(512)))
    assert [h.reason.split(";")[0] for h in heard] == [  # type: ignore[attr-defined]
        r"'one\ntwo' is not one line of at most 4096 bytes", "a serial port cannot send DmxFrame",
    ]  # fmt: skip


async def test_semantics_30_a_box_that_does_not_read_holds_nothing_up(box: Box) -> None:
    """The kernel takes what fits, 64 lines wait, the rest is refused; what waited too long is dropped."""
    async with listening(box) as (heard, send):
        line = "x" * 1000
        taken = 0
        while not heard:
            send(EdgeFrame("pedal", ("line",), line, 0, S // 50))
            taken += 1
            assert taken < 1000
        assert "64 wait already" in heard[0].reason  # type: ignore[attr-defined]
        await asyncio.sleep(0.03)
        arrived = b""
        while piece := box.read():
            arrived += piece
            await asyncio.sleep(0.005)
        send(EdgeFrame("pedal", ("line",), "END", 0, S))
        await asyncio.sleep(0.01)
        arrived += box.read()
        lines = arrived.split(b"\n")
        assert set(lines[:-2]) == {line.encode()}, "a line under way is finished, never cut"
        assert lines[-2:] == [b"END", b""]
        assert sum("in time" in h.reason for h in heard) == 64  # type: ignore[attr-defined]


async def test_semantics_4_panic_throws_away_what_waits_and_finishes_the_line_under_way(box: Box) -> None:
    async with listening(box) as (_, send):
        for _ in range(40):
            send(EdgeFrame("pedal", ("line",), "x" * 1000, 0, 60 * S))
        send(Flush("pedal"))
        arrived = b""
        while piece := box.read():
            arrived += piece
            await asyncio.sleep(0.005)
    assert 0 < arrived.count(b"\n") < 40
    assert arrived.endswith(b"x\n")


async def test_an_absent_or_busy_port_is_named(box: Box) -> None:
    with pytest.raises(DriverError, match=r"/dev/no-such-port.*plugged in"):
        async with serial_line.connect(serial_line.Config("/dev/no-such-port"), lambda _: None):
            pass
    async with listening(box):
        with pytest.raises(DriverError, match=f"{box.port}.*free"):
            async with serial_line.connect(serial_line.Config(box.port), lambda _: None):
                pass


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"port": ""}, "port is a device"), ({"baud": 0}, "50 to 4000000"), ({"lines": "xml"}, "word, key=value"),
        ({"columns": ("a",)}, "only with lines: csv"), ({"lines": "csv", "columns": ("a", "a")}, "once"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        serial_line.Config(**{"port": "/dev/x", **values})  # type: ignore[arg-type]
