"""The face on a terminal: keys become triggers, what is known becomes a picture at most ten times a second.

Nothing here waits. A frame that the terminal does not take is finished later, and meanwhile none is drawn, so
a stuck terminal costs frames of the picture and nothing of the show. The terminal is always given back as it was.
"""

from __future__ import annotations

import asyncio
import os
import re
import termios
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from showctl.model import Trigger
from showctl.screen import View, draw

SOURCE = "terminal"
FRAME_S = 0.1
ESCAPE_S = 0.03         # an arrow key begins like Esc: so long its rest may take
ASK_S = 3.0             # q twice within this ends
READ_BYTES = 1024

ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J"      # own page, no cursor, pastes marked
LEAVE = b"\x1b[?2004l\x1b[?25h\x1b[?1049l"
PASTE, PASTED = b"\x1b[200~", b"\x1b[201~"
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)|\x1b|[^\x1b]", re.DOTALL)
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}|O)?")

KEYS: Mapping[bytes, str] = {
    b" ": "/showctl/go", b"\x1b": "/showctl/panic", b"b": "/showctl/back",
    b"\x1b[A": "/showctl/standby/previous", b"\x1b[D": "/showctl/standby/previous",
    b"\x1bOA": "/showctl/standby/previous", b"\x1bOD": "/showctl/standby/previous",
    b"\x1b[B": "/showctl/standby/next", b"\x1b[C": "/showctl/standby/next",
    b"\x1bOB": "/showctl/standby/next", b"\x1bOC": "/showctl/standby/next",
}
"""Key → what it says to the show, in OSC's words. ``p`` pauses and resumes, ``q`` twice and Ctrl-C end."""


class Keyboard:
    """Bytes of a terminal → keys. Esc alone is a key once nothing follows it; what was pasted is no key."""

    def __init__(self, press: Callable[[bytes], None]) -> None:
        self._press = press
        self._rest = b""
        self._pasting = False
        self._alone: asyncio.TimerHandle | None = None

    def hear(self, data: bytes) -> None:
        """Take bytes; an unfinished sequence waits 30 ms for its rest, then its Esc counts."""
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
        data = self._rest + data
        tail = data.rfind(b"\x1b")
        waits = tail >= 0 and UNFINISHED.fullmatch(data, tail) is not None
        self._rest = data[tail:] if waits else b""
        self._keys(data[:tail] if waits else data)
        if waits:
            self._alone = asyncio.get_running_loop().call_later(ESCAPE_S, self._finish)

    def _finish(self) -> None:
        self._rest = b""
        self._alone = None
        self._key(b"\x1b")

    def _keys(self, data: bytes) -> None:
        for key in SEQUENCE.findall(data):
            self._key(key)

    def _key(self, key: bytes) -> None:
        if key in (PASTE, PASTED):
            self._pasting = key == PASTE
        elif not self._pasting:
            self._press(key)


class Canvas:
    """The other side of ``draw``: writes the lines that changed, without waiting."""

    def __init__(self, fd: int) -> None:
        self._fd = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        self._shown: list[str] = []
        self._size = (0, 0)
        self._pending = ENTER

    def free(self) -> bool:
        """Push what is left of the last frame; True where a new one may be drawn."""
        with suppress(BlockingIOError):
            while self._pending:
                self._pending = self._pending[os.write(self._fd, self._pending) :]
        return not self._pending

    def size(self) -> tuple[int, int]:
        """Columns and lines now; a change of them clears the page."""
        size = os.get_terminal_size(self._fd)
        if size != self._size:
            self._size = (size.columns, size.lines)
            self._shown = []
        return self._size

    def show(self, lines: list[str]) -> None:
        """Put these lines on the page."""
        changed = [] if self._shown else ["\x1b[2J"]
        before = self._shown or [""] * len(lines)
        for number, (old, new) in enumerate(zip(before, lines, strict=True), start=1):
            if old != new:
                changed.append(f"\x1b[{number};1H{new}\x1b[K")
        self._shown = lines
        self._pending = "".join(changed).encode(errors="replace")
        self.free()

    def close(self) -> None:
        """Give the page back; a terminal that takes nothing is left alone."""
        with suppress(OSError):
            self.free()
            os.write(self._fd, LEAVE)
        os.close(self._fd)


@contextmanager
def open_terminal(
    look: Callable[[str], View],
    emit: Callable[[Trigger], None],
    stop: Callable[[], None],
    keys: Mapping[str, str] | None = None,
    toggle: Mapping[str, Callable[[], None]] | None = None,
    fd: int = 0,
) -> Iterator[None]:
    """Hold the terminal ``fd`` for as long as the context lasts; call it on the running loop.

    ``look(hint)`` is asked for the picture. ``keys`` are the sheet's own keys and the addresses they say,
    ``toggle`` keys that do something in the rig. ``stop`` is called for q twice; Ctrl-C stays a signal, for whoever
    owns signals. Raises termios.error where ``fd`` is no terminal.
    """
    face = Face(look, emit, stop, keys or {}, toggle or {}, fd)
    loop = asyncio.get_running_loop()
    before = termios.tcgetattr(fd)
    try:
        _keys_at_once(fd)
        loop.add_reader(fd, face.read)
        face.tick()
        yield
    finally:
        loop.remove_reader(fd)
        face.close()
        with suppress(termios.error):         # it may be gone
            termios.tcsetattr(fd, termios.TCSANOW, before)    # never TCSADRAIN: a stuck terminal would hold us


def _keys_at_once(fd: int) -> None:
    """No echo, no line editing, no flow control; no Ctrl-Z, which would stop the show. Ctrl-C stays a signal."""
    tty.setcbreak(fd, termios.TCSANOW)
    mode = termios.tcgetattr(fd)
    mode[0] &= ~termios.IXON
    for sign in (termios.VSUSP, termios.VQUIT):
        mode[6][sign] = b"\0"
    termios.tcsetattr(fd, termios.TCSANOW, mode)


class Face:
    """One terminal in use."""

    def __init__(
        self, look: Callable[[str], View], emit: Callable[[Trigger], None], stop: Callable[[], None],
        keys: Mapping[str, str], toggle: Mapping[str, Callable[[], None]], fd: int,
    ) -> None:
        self._look, self._emit, self._stop = look, emit, stop
        self._says = {**KEYS, **{key.encode(): address for key, address in keys.items()}}
        self._toggle = {key.encode(): call for key, call in toggle.items()}
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._canvas = Canvas(fd)
        self._keyboard = Keyboard(self.press)
        self._drawn: tuple[View, tuple[int, int]] | None = None
        self._ask_until = 0.0
        self._next: asyncio.TimerHandle | None = None

    def read(self) -> None:
        """Bytes are there; a terminal that went away ends the show as a hang-up does."""
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._keyboard.hear(data)
        else:
            self._loop.remove_reader(self._fd)
            self._stop()

    def press(self, key: bytes) -> None:
        """One key."""
        if key == b"q":
            if self._loop.time() < self._ask_until:
                self._stop()
            self._ask_until = self._loop.time() + ASK_S
        elif key == b"p":
            paused = self._drawn is not None and "paused" in self._drawn[0].flags
            self._say("/showctl/resume" if paused else "/showctl/pause")
        elif key in self._toggle:
            self._toggle[key]()
        elif key in self._says:
            self._say(self._says[key])

    def tick(self) -> None:
        """Draw if something changed and the terminal takes it; again in a tenth of a second."""
        self._next = self._loop.call_later(FRAME_S, self.tick)
        with suppress(OSError):               # it went away; read() ends the show
            if self._canvas.free():
                self._draw()

    def close(self) -> None:
        """Stop drawing and give the page back."""
        if self._next is not None:
            self._next.cancel()
        self._canvas.close()

    def _draw(self) -> None:
        asking = self._loop.time() < self._ask_until
        view, size = self._look("q again ends the show" if asking else ""), self._canvas.size()
        if (view, size) != self._drawn:
            self._drawn = (view, size)
            self._canvas.show(draw(view, *size))

    def _say(self, address: str) -> None:
        self._emit(Trigger(SOURCE, address, (), sender=SOURCE))
