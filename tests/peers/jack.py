"""A JACK server of its own name, on a dummy driver: a real MIDI round trip without a sound card."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import programs


@contextmanager
def jack_server(log: Path) -> Iterator[str]:
    """JACK runs while the block does, and is this process's and its children's default server. Yields its name."""
    with jack_process(log):
        yield f"showctl-{os.getpid()}"


@contextmanager
def jack_process(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """As :func:`jack_server`, but yields the server's process, for a test that ends it."""
    name = f"showctl-{os.getpid()}"
    settings = {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1", "JACK_NO_START_SERVER": "1"}
    old = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    # A period of 21 ms: a busy test machine that misses one would make JACK itself drop what was in it.
    command = ["jackd", "-r", "-n", name, "-d", "dummy", "-r", "48000", "-p", "1024"]

    def answers() -> bool:
        done = subprocess.run([programs.need("jack_lsp")], capture_output=True, timeout=10, check=False)
        return done.returncode == 0

    try:
        with programs.running(command, answers, log=log) as server:
            yield server
    finally:
        for key, value in old.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
