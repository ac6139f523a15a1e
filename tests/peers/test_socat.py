"""socat joins two pseudo-terminals: another process at the far end of the cable, unplugged and plugged in again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from showctl.model import EdgeFrame, Lost, Trigger
from showctl_drivers import serial_line
from tests.peers.programs import running, stop

pytestmark = pytest.mark.peers

S = 1_000_000_000


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_cable_pulled_and_plugged_again_carries_on_with_whole_lines(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    command = ("socat", f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}")
    config = serial_line.Config(str(near), baud=9600, lines="key=value", name="seats")
    for round_number in range(3):
        heard: list[object] = []
        with running(command, lambda: near.exists() and far.exists(), log=tmp_path / "socat.log") as cable:
            box = os.open(far, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                async with serial_line.connect(config, heard.append) as send:
                    os.write(box, b"\nseat=1\r\nseat=0\r\n")
                    await until(lambda: len(heard) == 2)  # noqa: B023
                    send(EdgeFrame("seats", ("line",), f"LED {round_number}", 0, S))
                    await asyncio.sleep(0.05)
                    assert os.read(box, 100) == b"LED %d\n" % round_number
                    os.write(box, b"seat=")
                    await asyncio.sleep(0.02)
                    await asyncio.to_thread(stop, cable)
                    await until(lambda: len(heard) == 3)  # noqa: B023
            finally:
                os.close(box)
        assert heard[:2] == [Trigger("seats", "seat", "1"), Trigger("seats", "seat", "0")]
        assert type(heard[2]) is Lost
