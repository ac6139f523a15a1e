"""Played by test_sacn_peers.py: our sACN source, and npm's sacn at the other end of a cable, by multicast and unicast.

argv: a folder. Prints what it heard; ``cable.pcap`` in the folder is every packet.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import sacn
from tests.peers import programs
from tests.peers.cable import HERE, THERE, beside, tapped, until

OURS = (1, 300, 63999)
ALONE = 9                         # by unicast, where no multicast of it is heard
THEIRS = {4: None, 0x1234: None, 63999: HERE}      # universe → by unicast to
BOTH = 5                          # two sources of theirs, of different priority
FRAMES = 300                      # more than sequence numbers
SETTINGS = {"interface": HERE, "priority": 150, "source": "Bühne links", "sync": 7, "name": "panels"}


def look(universe, level):
    """All 512 slots differ from their neighbours, from the frame before and from other universes."""
    return bytes((slot + level + 7 * universe) % 256 for slot in range(512))


async def ramp(send, peer, universes, frames):
    for level in range(frames):
        for universe in universes:
            send(DmxFrame("panels", universe, look(universe, level)))
        await asyncio.sleep(0)      # a tick is one turn of the loop
        if level % 10 == 9 or level == frames - 1:
            for universe in universes:
                await peer.holds(universe, look(universe, level))


async def theirs(told, peer):
    """Every level of theirs, one after another; then two sources on one universe, the weaker one last."""
    for level in range(256):
        for universe, to in THEIRS.items():
            peer.tell(universe=universe, slots=look(universe, level).hex(), priority=100, source="their desk", to=to)
        await asyncio.sleep(0.002)
    last = {Trigger("panels", f"dmx/{universe}/512", look(universe, 255)[511], THERE) for universe in THEIRS}
    await until(lambda: last <= {*told}, f"their last levels; heard {told[-5:]}")
    for priority, cid, level in ((100, "aa" * 16, 10), (120, "bb" * 16, 20), (100, "aa" * 16, 30), (120, "bb" * 16, 5)):
        whole = bytes([level]) * 512
        peer.tell(universe=BOTH, slots=whole.hex(), priority=priority, source=cid[:2], cid=cid)
        if level != 30:
            await until(lambda now=whole: Trigger("panels", f"dmx/{BOTH}", now, THERE) in told, f"source at {level}")


async def main(folder):
    told = []
    command = programs.node(Path(__file__).parent / "node" / "sacn_peer.js")
    async with beside([*command, THERE, *map(str, (*OURS, ALONE))], folder / "peer.log") as peer:
        with tapped(folder / "cable.pcap"):
            await until(lambda: peer.of("ready"), f"the peer has begun: {peer.log.read_text()}")
            async with sacn.connect(sacn.Config(**SETTINGS), print) as send:
                await ramp(send, peer, OURS, FRAMES)
            first = len(peer.told)
            async with sacn.connect(sacn.Config(**SETTINGS, exit="terminate"), print) as send:
                await ramp(send, peer, OURS, 30)
            await until(lambda: all(sum(each["universe"] == universe and each["options"] & 0x40 > 0
                                        for each in peer.of("slots")) == 3 for universe in OURS), "three goodbyes each")
            alone = sacn.Config(host=(THERE,), priority=0, name="alone", exit="blackout")
            async with sacn.connect(alone, print) as send:
                await ramp(send, peer, (ALONE,), FRAMES)
            await peer.holds(ALONE, bytes(512))
            inputs = [f"dmx/{universe}/{slot}" for universe in THEIRS for slot in (1, 512)]
            hears = sacn.Config(interface=HERE, name="panels", inputs=(*inputs, f"dmx/{BOTH}/*"))
            async with sacn.connect(hears, told.append):
                await theirs(told, peer)
    return {
        "first": peer.told[:first], "second": peer.told[first:],
        "triggers": [[note.address, note.value.hex() if isinstance(note.value, bytes) else note.value, note.sender,
                      note.retained] for note in told if isinstance(note, Trigger)],
        "malformed": [f"{note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)],
    }


if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]))), sys.stdout)
