"""The terminal in use, on a pty: keys, drawing, and giving it back."""

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from showctl.model import Lost, Malformed, Trigger
from showctl.screen import Region, View
from showctl.terminal import ENTER, LEAVE, Keyboard, open_terminal


class Pty:
    """A terminal of our own: ``ours`` is the glass and the keys, ``theirs`` what the program holds."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        os.set_blocking(self.ours, False)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def seen(self) -> bytes:
        found = b""
        try:
            while data := os.read(self.ours, 65536):
                found += data
        except BlockingIOError:
            pass
        return found

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def pty() -> Iterator[Pty]:
    with closing(Pty()) as found:
        yield found


class Show:
    """What stands behind the terminal in these tests: it notes what it is told."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.stops = 0
        self.flags: tuple[str, ...] = ()
        self.state = "preset"

    def look(self, hint: str) -> View:
        return View("Minimal", 0, (Region("show", self.state, "1 Preset"),), flags=self.flags, hint=hint)

    def emit(self, told: Trigger | Malformed | Lost) -> None:
        assert isinstance(told, Trigger)
        assert (told.source, told.sender, told.value) == ("terminal", "terminal", ())
        self.addresses.append(told.address)

    def stop(self) -> None:
        self.stops += 1


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not true():
            await asyncio.sleep(0.01)


async def test_keys_speak_the_words_of_osc(pty: Pty) -> None:
    show, toggled = Show(), []
    with open_terminal(show.look, show.emit, show.stop, {"1": "/showctl/trigger/water"},
                       {"a": lambda: toggled.append("door")}, pty.theirs):
        os.write(pty.ours, b" b1\x1b[A\x1bOBxapa")
        await until(lambda: len(toggled) == 2)
    assert show.addresses == [
        "/showctl/go", "/showctl/back", "/showctl/trigger/water", "/showctl/standby/previous",
        "/showctl/standby/next", "/showctl/pause"]


async def test_p_resumes_what_is_paused(pty: Pty) -> None:
    show = Show()
    show.flags = ("paused",)
    with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
        os.write(pty.ours, b"p")
        await until(lambda: bool(show.addresses))
    assert show.addresses == ["/showctl/resume"]


async def test_esc_is_panic_and_an_arrow_in_two_pieces_is_not() -> None:
    """SEMANTICS 4: the second press cuts, so there must never be one too many."""
    pressed: list[bytes] = []
    keyboard = Keyboard(pressed.append)
    keyboard.hear(b"\x1b")
    keyboard.hear(b"[")
    keyboard.hear(b"B")
    assert pressed == [b"\x1b[B"]
    keyboard.hear(b"\x1b")
    assert pressed == [b"\x1b[B"]
    await until(lambda: pressed == [b"\x1b[B", b"\x1b"])
    keyboard.hear(b"\x1b\x1b")
    await until(lambda: pressed == [b"\x1b[B", b"\x1b", b"\x1b", b"\x1b"])


async def test_what_is_pasted_presses_nothing() -> None:
    pressed: list[bytes] = []
    keyboard = Keyboard(pressed.append)
    keyboard.hear(b"\x1b[200~q q\x1b[A")
    keyboard.hear(b"  \x1b[201~b")
    assert pressed == [b"b"]


async def test_an_endless_sequence_is_bounded() -> None:
    keyboard = Keyboard(lambda key: None)
    keyboard.hear(b"\x1b[" + b"1" * 100_000)
    assert len(keyboard._rest) < 64


async def test_q_asks_and_q_again_ends(pty: Pty) -> None:
    show = Show()
    with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
        os.write(pty.ours, b"q")
        await until(lambda: b"q again ends the show" in pty.seen())
        assert show.stops == 0
        os.write(pty.ours, b"q")
        await until(lambda: show.stops == 1)


async def test_only_what_changed_is_drawn(pty: Pty) -> None:
    show = Show()
    with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
        first = b""
        async with asyncio.timeout(3):
            while b"preset" not in first:
                await asyncio.sleep(0.01)
                first += pty.seen()
        assert first.startswith(ENTER)
        show.state = "doors"
        second = b""
        async with asyncio.timeout(3):
            while b"doors" not in second:
                await asyncio.sleep(0.01)
                second += pty.seen()
        assert b"\x1b[2;1H" in second
        assert b"Minimal" not in second


async def test_a_terminal_nobody_reads_costs_pictures_only(pty: Pty) -> None:
    """The pty takes some kilobytes and no more; the loop turns on and closing does not wait."""
    show = Show()
    turns = 0
    async with asyncio.timeout(5):
        with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
            fill = os.open(os.ttyname(pty.theirs), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                while True:
                    os.write(fill, b"x" * 4096)
            except BlockingIOError:
                os.close(fill)
            for _ in range(30):
                show.state = f"state {turns}"
                await asyncio.sleep(0.01)
                turns += 1
            os.write(pty.ours, b" ")
            await until(lambda: show.addresses == ["/showctl/go"])
    assert turns == 30


@pytest.mark.parametrize("error", [RuntimeError("a defect"), asyncio.CancelledError(), KeyboardInterrupt()])
async def test_the_terminal_is_given_back(pty: Pty, error: BaseException) -> None:
    show = Show()
    before = termios.tcgetattr(pty.theirs)

    def fail() -> None:
        with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
            assert termios.tcgetattr(pty.theirs) != before
            raise error

    with pytest.raises(type(error)):
        fail()
    assert termios.tcgetattr(pty.theirs) == before
    assert pty.seen().endswith(LEAVE)


async def test_a_terminal_that_goes_away_ends_the_show() -> None:
    pty, show = Pty(), Show()
    with open_terminal(show.look, show.emit, show.stop, fd=pty.theirs):
        os.close(pty.ours)
        await until(lambda: show.stops == 1)
    os.close(pty.theirs)


async def test_no_terminal_is_an_error_at_once() -> None:
    show = Show()
    reading, writing = os.pipe()
    with pytest.raises(OSError, match="ioctl"), open_terminal(show.look, show.emit, show.stop, fd=reading):
        pass
    os.close(reading)
    os.close(writing)
