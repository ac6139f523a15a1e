"""``--rig``: every connection of a sheet on loopback or a virtual device, in one child process (CORE 16).

``plan`` looks at a sheet and decides what stands in for what; ``venue`` writes that down as a venue file
for the sheet reader; ``start`` runs the child for as long as a context lasts. The child ends when its
standard input does, so it never outlives us.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import IO, Any

from showctl.errors import DriverError
from showctl_sim.plan import Plan, plan, venue

__all__ = ["Plan", "Rig", "plan", "start", "venue"]

READY_WITHIN_S = 10.0
ENDED_WITHIN_S = 3.0
LINE_BYTES_MAX = 1 << 20


class Rig:
    """The running child. ``reports`` is the newest of what its devices received:

    ``dmx``       connection → universe (text) → slots as hexadecimal text
    ``faders``    connection → address as text (``cc 1 0``) → position
    ``messages``  the last eight edges that a virtual device received, oldest first, as text
    ``readings``  topic → payload last seen on the broker
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.reports: Mapping[str, Any] = {}
        self.ready = asyncio.Event()
        self._child = child
        self._buffer = bytearray()

    def read(self) -> None:
        """Take what the child wrote; called by the loop when there is something."""
        assert self._child.stdout is not None
        data = self._child.stdout.read(LINE_BYTES_MAX)
        if not data:
            asyncio.get_running_loop().remove_reader(self._child.stdout)
            self.ready.set()
            return
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest[-LINE_BYTES_MAX:]
        if lines:
            self.reports = json.loads(lines[-1])
            self.ready.set()

    def tell(self, order: Mapping[str, Any]) -> None:
        """Ask for something in the room.

        ``{"toggle": "door"}`` makes a sensor's condition true, or lets it rest again;
        ``{"hand": "cc 1 0", "mixer": "mixer", "position": 90}`` moves a fader by hand;
        ``{"line": "pedal", "text": "DOWN"}`` speaks on a serial line.
        """
        _write(self._child.stdin, order)


@asynccontextmanager
async def start(planned: Plan) -> AsyncIterator[Rig]:
    """Run the virtual devices of ``planned``. Raises DriverError where the child does not come up."""
    os.mkdir(planned.folder, 0o700)
    child = subprocess.Popen(  # noqa: ASYNC220 - once, before doors; the pipe is read without waiting
        [sys.executable, "-m", "showctl_sim.rig_process"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},    # it finds what we found
    )
    rig = Rig(child)
    assert child.stdout is not None
    loop = asyncio.get_running_loop()
    try:
        _write(child.stdin, planned.as_values())
        loop.add_reader(child.stdout, rig.read)
        async with asyncio.timeout(READY_WITHIN_S):
            await rig.ready.wait()
        if not rig.reports:
            raise DriverError("the rig's process ended before it was ready; its own words are above")
        yield rig
    except TimeoutError:
        raise DriverError(f"the rig's process was not ready within {READY_WITHIN_S:g} s") from None
    finally:
        loop.remove_reader(child.stdout)
        await asyncio.shield(asyncio.to_thread(_end, child))
        shutil.rmtree(planned.folder, ignore_errors=True)


def _write(pipe: IO[bytes] | None, values: Mapping[str, Any]) -> None:
    assert pipe is not None
    try:
        pipe.write(json.dumps(values).encode() + b"\n")
    except BrokenPipeError:
        return    # the child is gone; read() says so


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    try:
        child.wait(ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()
