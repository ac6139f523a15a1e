"""Played by test_qlcplus.py: our drivers, and QLC+ at the other end of a cable.

What we send QLC+ passes through its universes and out of them as Art-Net, on the cable for all to see; its simple desk
moves what it sends us. argv: a folder. Prints what came back; ``cable.pcap`` in the folder is every packet.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from showctl.codec import artnet as artnet_codec
from showctl.codec import sacn as sacn_codec
from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import artnet, osc, sacn
from tests.peers import qlcplus
from tests.peers.cable import HERE, THERE, beside, tapped, until
from tests.peers.qlcplus import ARTNET, OSC, SACN, Line, Universe

OURS_ARTNET, OURS_SACN, OURS_OSC = 0x102, 2, 3
BACK_ARTNET, BACK_SACN, BACK_OSC = 0x212, 0x213, 0x214
DESK_ARTNET, DESK_SACN = 0x215, 5
OSC_IN, OSC_OUT = 7702, 9005
SLIDERS = {f"/{OURS_OSC}/dmx/{slot - 1}": slot for slot in (1, 2, 255, 256, 257, 300, 511, 512)}
LEVELS = 40
SIMPLE_DESK = [*range(1, 256, 14), 254, 0, 255]
SACN_BEGINS = b"\0\x10\0\0ASC-E1.17"
HEADERS = 28                   # bytes of IP and UDP before a packet's own


def gives(universe):
    return Line(ARTNET, {"outputIP": HERE, "outputUni": universe, "transmitMode": "Full"})


UNIVERSES = [                  # QLC+ counts them from 1 on its page
    Universe(Line(ARTNET, {"inputUni": OURS_ARTNET}), gives(BACK_ARTNET), through=True),
    Universe(Line(SACN), gives(BACK_SACN), through=True),
    Universe(Line(OSC, {"inputPort": OSC_IN}), gives(BACK_OSC)),
    Universe(None, gives(DESK_ARTNET)),
    Universe(None, Line(SACN, {"priority": 120})),
    Universe(None, Line(OSC, {"outputIP": HERE, "outputPort": OSC_OUT})),
]


class Back:
    """What QLC+ has on the cable now."""

    def __init__(self, packets):
        self._packets = packets

    def artnet(self, universe):
        """The last ArtDmx of a Port-Address of its."""
        for data in reversed(self._from_there(b"Art-Net\0\0P")):
            dmx = artnet_codec.decode(data)
            if dmx.universe == universe:
                return dmx.slots
        return b""

    def sacn(self):
        """All that it sent by sACN."""
        return [sacn_codec.decode(data) for data in self._from_there(SACN_BEGINS)]

    def _from_there(self, begins):
        there = bytes(map(int, THERE.split(".")))
        return [packet[HEADERS:] for packet in self._packets
                if packet[12:16] == there and packet.startswith(begins, HEADERS)]


async def ours(sends, back):
    """Looks by all three ways at once; each must come back before the next is sent."""
    to_artnet, to_sacn, to_osc = sends
    for level in range(LEVELS):
        looks = [random.Random(f"{level} {way}").randbytes(512) for way in "abc"]
        to_artnet(DmxFrame("a", OURS_ARTNET, looks[0]))
        to_sacn(DmxFrame("s", OURS_SACN, looks[1]))
        to_osc(DmxFrame("o", OURS_OSC, looks[2]))
        moved = bytes(looks[2][slot - 1] for slot in SLIDERS.values())
        await until(lambda a=looks[0]: back.artnet(BACK_ARTNET) == a, f"QLC+ holds our Art-Net, look {level}")
        await until(lambda s=looks[1]: back.artnet(BACK_SACN) == s, f"QLC+ holds our sACN, look {level}")
        await until(lambda o=moved: _moved(back) == o, f"QLC+'s sliders follow our OSC, look {level}")


def _moved(back):
    slots = back.artnet(BACK_OSC)
    return bytes(slots[slot - 1] for slot in SLIDERS.values()) if slots else b""


async def theirs(desk, told):
    """The simple desk's faders, a level a time: each must have come by all three ways before the next."""
    for level in SIMPLE_DESK:
        for universe in (4, 5, 6):
            desk.set(universe, 1, level)
            desk.set(universe, 512, 255 - level)
        await until(lambda now=level: _heard(told) == [(now, 255 - now)] * 3, f"QLC+'s faders at {level}")


def _heard(told):
    """The last of slots 1 and 512 by Art-Net, by sACN and by OSC."""
    last = {note.address: note.value for note in told if isinstance(note, Trigger)}
    by_osc = tuple(round(255 * last.get(f"/5/dmx/{slot}", (0,))[0]) for slot in (0, 511))
    return [*((last.get(f"dmx/{universe}/1"), last.get(f"dmx/{universe}/512"))
              for universe in (DESK_ARTNET, DESK_SACN)), by_osc]


@asynccontextmanager
async def connected(told):
    """Our Art-Net both ways, sACN and OSC out, and OSC in."""
    inputs = (f"dmx/{DESK_ARTNET}/1", f"dmx/{DESK_ARTNET}/512")
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(each) for each in (
            artnet.connect(artnet.Config(host=THERE, interface=HERE, name="a", inputs=inputs), told.append),
            sacn.connect(sacn.Config(interface=HERE, priority=77, name="s", inputs=(f"dmx/{DESK_SACN}/1",
                                     f"dmx/{DESK_SACN}/512")), told.append),
            osc.connect(osc.Config(host=THERE, port=OSC_IN, dmx="qlc", name="o"), told.append),
            osc.connect(osc.Config(listen=f"{HERE}:{OSC_OUT}", name="in"), told.append),
        )]


async def main(folder):
    told, page = [], []
    (folder / "show.qxw").write_text(qlcplus.workspace(UNIVERSES, THERE, 1, SLIDERS))
    async with beside(qlcplus.command(folder), folder / "peer.log") as peer:
        with tapped(folder / "cable.pcap") as packets:
            back = Back(packets)
            await until(lambda: back.artnet(BACK_OSC), f"QLC+ sends: {peer.log.read_text()[-2000:]}")
            found = [[dict(each.settings), each.name, *each.notes] async for each in artnet.find(HERE)]
            async with qlcplus.desk(THERE) as desk, connected(told) as sends:
                await ours(sends[:3], back)
                page = [[*await desk.levels(universe)] for universe in (3, 4)]
                await theirs(desk, told)
                await until(lambda: _polled(packets), "QLC+ asks who is there, and we answer", 15)
    return {
        "found": found, "page": page,
        "triggers": [[note.source, note.address, note.value, note.retained] for note in told
                     if isinstance(note, Trigger)],
        "malformed": [f"{note.source} {note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)],
        "sacn": [[each.universe, each.priority, each.source] for each in back.sacn()],
    }


def _polled(packets):
    """An ArtPollReply of ours is on the cable."""
    ours = bytes(map(int, HERE.split(".")))
    return any(packet[12:16] == ours and packet[HEADERS + 8 : HEADERS + 10] == b"\x00\x21" for packet in packets)


if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]))), sys.stdout)
