"""Figures of one showctl process by itself: checking a very long sheet, starting, standing still."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import sheets
from tests.bench.children import ROOT, Failed, cpu_ns, environment, memory_mb, python
from tests.bench.systems import Shop, shop


@dataclass(frozen=True, slots=True)
class Checked:
    """One ``showctl check`` in a fresh process, from its start to its end."""

    seconds: float
    cpu_s: float
    peak_mb: float


def check_long_sheet(cues: int, folder: Path) -> Checked:
    """Check a sheet of so many cues. Raises Failed where it is found wrong."""
    path = sheets.write(folder / "long.yaml", sheets.long_sheet(cues))
    begin = time.monotonic()
    command = python("-m", "tests.bench.alone", "check", str(path))
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        said = done.stdout[-1000:] + done.stderr[-1000:]
        raise Failed(f"showctl check of {cues} cues: exit {done.returncode}\n{said}")
    peak_mb, cpu_s = done.stdout.splitlines()[-1].split()
    return Checked(seconds, float(cpu_s), float(peak_mb))


def _check_here(path: str) -> int:
    """In the fresh process: check, then tell its peak memory in MB and its CPU time in seconds.

    A parent cannot ask for the memory: its own counts into the ``ru_maxrss`` of a child.
    """
    from showctl.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = main(["check", path])
    if status != 0:
        print(said.getvalue())
    print(memory_mb("self", "VmHWM"), time.process_time())
    return status


@dataclass(frozen=True, slots=True)
class AtRest:
    """A running Corner Shop on which nothing happens: one process, its broker and rig not counted."""

    cpu_percent: float
    memory_mb: float


def at_rest(running: Shop, seconds: float) -> AtRest:
    """Watch a show whose panels stand still: only the keep-alive goes out, once a second."""
    begin_s, begin_ns = time.monotonic(), cpu_ns(running.child.pid)
    time.sleep(seconds)
    used_ns, took_s = cpu_ns(running.child.pid) - begin_ns, time.monotonic() - begin_s
    return AtRest(used_ns / took_s / 1e7, memory_mb(running.child.pid))


def start_times_s(starts: int, broker_port: int, folder: Path) -> Iterator[float]:
    """Start Corner Shop so many times; seconds from before the process was made to its first frame on the wire."""
    for number in range(starts):
        place = folder / f"start-{number}"
        os.mkdir(place)
        with shop(sheets.CORNER_SHOP, broker_port, place) as running:
            yield (running.first_frame_ns - running.started_ns) / 1e9


if __name__ == "__main__":
    sys.exit(_check_here(sys.argv[2]))
