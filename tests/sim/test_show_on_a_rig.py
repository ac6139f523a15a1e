"""The whole product at once, as `make show` starts it: a process on a terminal, its rig, keys, an end (CORE 16)."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from showctl import cli

HOUSE = Path(__file__).parents[2]
STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LINE = re.compile(r"\x1b\[(\d+);1H([^\r\n]*?)\x1b\[K", re.DOTALL)


class OnTerminal:
    """showctl on a pty of 110 columns; ``page`` is what its lines read now."""

    def __init__(self, journal: Path) -> None:
        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 34, 110, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.page: dict[int, str] = {}
        self.written = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "showctl", "run", str(HOUSE / "cuesheets/corner-shop.yaml"), "--rig",
             "--for", "60s", "--journal", str(journal)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=journal.parent, start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color"})

    def until(self, words: str, seconds: float = 20) -> None:
        """Read on until ``words`` stand on the page."""
        end = time.monotonic() + seconds
        while words not in "\n".join(self.page.values()):
            assert time.monotonic() < end, "\n".join([f"'{words}' is not on:", *self.page.values(), self.written])
            if select.select([self.ours], [], [], 0.1)[0]:
                self.written += os.read(self.ours, 65536).decode(errors="replace")
                for number, line in LINE.findall(self.written):
                    self.page[int(number)] = STYLE.sub("", line)
                self.written = self.written.rpartition("\x1b[K")[2]

    def press(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[OnTerminal]:
    found = OnTerminal(tmp_path / "run.jsonl")
    try:
        yield found
    finally:
        found.close()


def test_a_newcomer_presses_go_and_panics(show: OnTerminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show.until("GO ▸ doors")
    show.until("20% 3192K")                     # what the virtual panels received of cue 1
    show.until("● sensors mqtt")
    show.press(b" ")
    show.until("GO ▸ talk")
    show.press(b"a")                            # the door, over the real broker
    show.until("a ● door")
    show.press(b"\x1b")
    show.until("PANIC")
    show.until("70% 3996K")
    show.process.send_signal(signal.SIGINT)     # what Ctrl-C is on a terminal
    assert show.process.wait(10) == 0
    assert termios.tcgetattr(show.theirs) == show.before
    assert cli.main(["replay", str(tmp_path / "run.jsonl")]) == 0
    assert "identical" in capsys.readouterr().out
    assert not list(Path(tempfile.gettempdir()).glob(f"showctl-rig-{show.process.pid}-*"))
