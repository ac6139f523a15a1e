"""Played inside a network namespace by test_artnet_room.py: our driver and a real olad.

Both have an address of their own on one interface, so that broadcasts stay in the namespace. Prints one JSON object:
what was found, and what our driver was told.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from showctl.model import DmxFrame, Malformed, Presence, Trigger
from showctl_drivers import _artnet_ear, artnet, osc

HERE, OLAD = "10.77.0.2", "10.77.0.1"


async def until(holds, what):
    try:
        async with asyncio.timeout(14):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise SystemExit(f"never: {what}") from None


async def there_and_away(told, pid):
    """Online, then stopped without a word, then going on."""
    await until(lambda: told, "olad answers")
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: isinstance(told[-1], Presence) and not told[-1].there, "olad is missed")
    finally:
        os.kill(pid, signal.SIGCONT)
    await until(lambda: told[-1] == Presence("desk", True), "olad is back")


async def a_desk(told, osc_port):
    """olad asks who wants universe 2 as soon as it has one, and sends it there."""
    patch = await asyncio.create_subprocess_exec("ola_patch", "-d", "1", "-p", "0", "-u", "2")
    await patch.wait()
    level = 0
    async with osc.connect(osc.Config(host=OLAD, port=osc_port, dmx="ola", name="gateway"), print) as send:
        def moves():
            nonlocal level
            level = level % 200 + 1
            send(DmxFrame("gateway", 2, bytes([level]) * 512))
            return any(isinstance(note, Trigger) and note.address == "dmx/2/1" for note in told)

        await until(moves, "olad sends us universe 2")
        send(DmxFrame("gateway", 2, bytes([255]) * 512))
        await until(lambda: getattr(told[-1], "value", None) == 255, "the last level arrives")


async def main(pid, osc_port):
    _artnet_ear.POLL_EVERY_S = 0.2
    found = [each async for each in artnet.find(HERE)]
    told = []
    settings = artnet.Config(host=OLAD, interface=HERE, name="desk", inputs=("dmx/2/1", "dmx/2"))
    async with artnet.connect(settings, told.append):
        await there_and_away(told, pid)
        known = len(told)
        await a_desk(told, osc_port)
    return {
        "found": [[dict(each.settings), each.name, *each.notes] for each in found],
        "presence": [str(getattr(note, "value", getattr(note, "there", None))) for note in told[:known]],
        "malformed": [f"{note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)],
        "dmx": [[note.address, note.value, note.sender] for note in told if isinstance(note, Trigger)
                and note.address.startswith("dmx/")],
    }


def play(directory, osc_port, command):
    """Run olad as somebody who is not root, then the room; olad ends with it."""
    mapped = "unshare" in command      # it is somebody else already
    who = {} if mapped else {"user": "olad", "group": "nogroup", "extra_groups": []}
    log = Path(directory, "olad.log")
    with log.open("wb") as output:
        olad = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **who)
    try:
        async def ready():
            await until(lambda: "Patched 14-1-I-0 to" in log.read_text(errors="replace"), "olad has begun")
            return await main(olad.pid, osc_port)
        print(json.dumps(asyncio.run(ready())))
    finally:
        olad.terminate()
        olad.wait(5)


if __name__ == "__main__":
    play(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
