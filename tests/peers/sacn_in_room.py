"""Played by test_sacn_in.py: our sACN driver hears desks (the sacn library, or olad) at the other end of a cable.

argv: a folder, then for olad the command that runs it. Prints what was told and found; ``cable.pcap`` in the folder is
every packet.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import _sacn_found, osc, sacn
from tests.peers.cable import HERE, PANELS, THERE, beside, tapped, until

OSC_PORT = 7770


def values(told, address):
    return [note.value for note in told if isinstance(note, Trigger) and note.address == address]


def is_now(told, address, value):
    return until(lambda: values(told, address)[-1:] == [value], f"{address} is {value!r}: {told[-3:]}")


async def library(peer, told):
    """A desk, a stronger one, one by unicast; streams that end and a machine that stops."""
    peer.tell(desk="house", universe=1, priority=100, slots="0102")
    await is_now(told, "dmx/1", b"\1\2" + bytes(510))
    for level in range(3, 200):
        peer.tell(desk="house", universe=1, slots=f"{level:02x}02")
        await asyncio.sleep(0.002)
    await is_now(told, "dmx/1", b"\xc7\2" + bytes(510))
    peer.tell(desk="guest", universe=1, priority=120, slots="0505")
    await is_now(told, "dmx/1", b"\5\5" + bytes(510))
    peer.tell(desk="guest", universe=1, end=True)
    await is_now(told, "dmx/1", b"\xc7\2" + bytes(510))
    peer.tell(desk="guest", universe=1, priority=50, slots="0909", priorities="0096" + 510 * "00")
    await is_now(told, "dmx/1", b"\xc7\x09" + bytes(510))
    peer.tell(desk="guest", universe=1, end=True)
    await is_now(told, "dmx/1", b"\xc7\2" + bytes(510))
    peer.tell(desk="alone", universe=2, priority=100, slots="07", to=HERE)
    await is_now(told, "dmx/2/1", 7)
    peer.tell(desk="alone", universe=2, end=True)
    await is_now(told, "dmx/2", "offline")
    loop = asyncio.get_running_loop()
    os.kill(peer.child.pid, signal.SIGSTOP)
    stopped = loop.time()
    try:
        await is_now(told, "dmx/1", "offline")
        return loop.time() - stopped
    finally:
        os.kill(peer.child.pid, signal.SIGCONT)


async def desks(folder):
    _sacn_found.LISTEN_S = 5.0      # enough for ours, which we tell now
    command = [sys.executable, str(Path(__file__).with_name("sacn_desk.py")), THERE]
    told, rivals, elsewhere = [], [], []
    settings = {"interface": PANELS, "priority": 110}
    async with beside(command, folder / "peer.log") as peer:
        with tapped(folder / "cable.pcap"):
            await until(lambda: peer.of("ready"), f"the desks have begun: {peer.log.read_text()}")
            async with (
                sacn.connect(sacn.Config(**settings, name="desk", inputs=("dmx/1/*", "dmx/2/1")), told.append),
                sacn.connect(sacn.Config(**settings, name="panels"), rivals.append) as send,
                sacn.connect(sacn.Config(interface="lo", inputs=("dmx/1/*", "dmx/2/1")), elsewhere.append),
            ):
                finding = asyncio.create_task(found())
                await asyncio.sleep(0.02)
                send(DmxFrame("panels", 1, bytes(512)))
                await asyncio.sleep(0.2)
                silent_s = await library(peer, told)
                return {"dmx/1": hexed(values(told, "dmx/1")), "dmx/2/1": values(told, "dmx/2/1"), "silent": silent_s,
                        "senders": sorted({note.sender for note in told}), "malformed": malformed(told),
                        "elsewhere": len(elsewhere), "rivals": malformed(rivals), "found": await finding}


async def ola(folder, command):
    """olad puts a universe out by E1.31 that it takes in by OSC."""
    told = []
    async with beside(command, folder / "olad.log", cwd=folder) as peer:
        await until(lambda: "Patched 14-1-I-0 to" in peer.log.read_text(errors="replace"), "olad has begun")
        settings = sacn.Config(interface=PANELS, name="desk", inputs=("dmx/3/*", "dmx/3/512"))
        async with (
            sacn.connect(settings, told.append),
            osc.connect(osc.Config(host=THERE, port=OSC_PORT, dmx="ola", name="gateway"), print) as send,
        ):
            for level in (*range(0, 256, 5), 77):
                send(DmxFrame("gateway", 3, bytes([level]) * 512))
                await asyncio.sleep(0.01)
            await is_now(told, "dmx/3", bytes([77]) * 512)
        return {"dmx/3": hexed(values(told, "dmx/3")), "dmx/3/512": values(told, "dmx/3/512"),
                "malformed": malformed(told)}


async def found():
    return [[each.name, *each.notes] async for each in sacn.find(HERE)]


def malformed(told):
    return [f"{note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)]


def hexed(told):
    return [value if isinstance(value, str) else value.hex() for value in told]


if __name__ == "__main__":
    where, *olad = sys.argv[1:]
    json.dump(asyncio.run(ola(Path(where), olad) if olad else desks(Path(where))), sys.stdout)
