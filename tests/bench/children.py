"""Child processes on loopback: started with their output in a file, watched through /proc, ended by their own id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 20.0


class Failed(Exception):
    """Something the bench needs is missing or died; the message says what to do."""


def free_port(kind: socket.SocketKind) -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket(socket.AF_INET, kind) as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


def python(*arguments: str) -> list[str]:
    """A command for this same Python."""
    return [sys.executable, *arguments]


def environment() -> dict[str, str]:
    """Our own, with the three packages of this tree before whatever is installed.

    Bytecode is kept, whatever is set here: a program that is installed does not compile itself at each start.
    """
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return ours | {"PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in (".", "drivers", "sim"))}


@contextmanager
def running(
    command: Sequence[str], log: Path, ready: Callable[[subprocess.Popen[bytes]], bool],
    within_s: float = READY_WITHIN_S, **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` until the block ends, once ``ready(child)`` is True. Raises Failed with the end of its log.

    ``options`` go to ``Popen`` (``env``, ``cwd``, ``user``).
    """
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
            **({"cwd": ROOT, "env": environment()} | options),
        )
    try:
        wait(lambda: child.poll() is not None or ready(child), f"{command[0]} is not ready", log, within_s)
        if child.poll() is not None:
            raise Failed(f"{' '.join(command)} ended with {child.returncode}:\n{_tail(log)}")
        yield child
    finally:
        stop(child)


def wait(answers: Callable[[], bool], otherwise: str, log: Path, within_s: float = READY_WITHIN_S) -> None:
    """Ask every 5 ms until ``answers()`` is True. Raises Failed after ``within_s``."""
    end = time.monotonic() + within_s
    while not answers():
        if time.monotonic() > end:
            raise Failed(f"{otherwise} after {within_s:g} s:\n{_tail(log)}")
        time.sleep(0.005)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End one child by its id: asked first, killed after 5 s."""
    if child.stdin is not None:
        child.stdin.close()
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """A broker of our own on 127.0.0.1; yields its port. Raises Failed with the install line where it is missing."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/sbin")
    if program is None:
        raise Failed("mosquitto is missing: apt-get install -y mosquitto")
    port = free_port(socket.SOCK_STREAM)
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n")
    with running([program, "-c", str(settings)], folder / "mosquitto.log", lambda _: _accepts(port)):
        yield port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


# ---- what a process costs ----

def cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def memory_mb(pid: int | str, what: str = "VmRSS") -> float:
    """``VmRSS`` or ``VmHWM`` (its peak) of a process, in units of 10⁶ bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise Failed(f"/proc/{pid}/status says no {what}")
