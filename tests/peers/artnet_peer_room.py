"""Played by test_artnet_peers.py: our Art-Net driver, and another author's Art-Net at the other end of a cable.

argv: a folder, then the peer. Prints what each heard of the other; ``cable.pcap`` in the folder is every packet.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from showctl.model import DmxFrame, Malformed, Presence, Trigger
from showctl_drivers import _artnet_ear, artnet
from tests.peers import programs
from tests.peers.cable import HERE, THERE, beside, tapped, until

OURS = (0, 1, 0x123, 0x7FFF)      # net, subnet and universe: lowest, usual, all different, highest
THEIRS = (2, 0x124)
FRAMES = 300                      # more than sequence numbers
BESIDE = Path(__file__).parent
PEERS = {
    "dmxnet": lambda: programs.node(BESIDE / "node" / "dmxnet_peer.js"),
    "stupidArtnet": lambda: [sys.executable, str(BESIDE / "stupid_peer.py")],
}


def look(universe, level):
    """All 512 slots differ from their neighbours, from the frame before and from other universes."""
    return bytes((slot + level + 7 * universe) % 256 for slot in range(512))


async def ours(send, peer):
    """Every level in every slot of each universe; the peer is waited for, so that no buffer of its overflows."""
    for level in range(FRAMES):
        for universe in OURS:
            send(DmxFrame("panels", universe, look(universe, level)))
        await asyncio.sleep(0)      # a tick is one turn of the loop
        if level % 10 == 9 or level == FRAMES - 1:
            for universe in OURS:
                await peer.holds(universe, look(universe, level))


async def theirs(told, peer):
    """Every level of theirs, one after another."""
    for level in range(256):
        for universe in THEIRS:
            peer.tell(universe=universe, to=HERE, slots=look(universe, level).hex(), sync=True)
        await asyncio.sleep(0.002)
    last = {Trigger("panels", f"dmx/{universe}/512", look(universe, 255)[511], THERE) for universe in THEIRS}
    await until(lambda: last <= {*told}, "their last levels")


async def gone(told, peer):
    """It vanishes without a word, and is back."""
    peer.child.send_signal(signal.SIGSTOP)
    try:
        await until(lambda: isinstance(told[-1], Presence) and not told[-1].there, "the peer is missed")
    finally:
        peer.child.send_signal(signal.SIGCONT)
    await until(lambda: told[-1] == Presence("panels", True), "the peer is back")


async def main(folder, name):
    told, found, controllers = [], [], []
    arguments = [THERE, *map(str, OURS)]
    async with beside([*PEERS[name](), *arguments], folder / "peer.log") as peer:
        with tapped(folder / "cable.pcap"):
            await until(lambda: peer.of("ready"), f"{name} has begun: {peer.log.read_text()}")
            inputs = tuple(f"dmx/{universe}/{slot}" for universe in THEIRS for slot in (1, 512))
            settings = artnet.Config(host=THERE, interface=HERE, name="panels", inputs=inputs, sync=True,
                                     exit="blackout")
            if name == "dmxnet":
                found = [[dict(each.settings), each.name, *each.notes] async for each in artnet.find(HERE)]
                _artnet_ear.POLL_EVERY_S = 0.2
            async with artnet.connect(settings, told.append) as send:
                await ours(send, peer)
                if name == "dmxnet":
                    await gone(told, peer)
                    controllers = peer.of("controllers")[-1]["controllers"]
                await theirs(told, peer)
            await until(lambda: [each["slots"] for each in peer.of("slots")][-1] == "00" * 512, "blackout at the end")
    return {
        "heard": {universe: [each["slots"] for each in peer.of("slots") if each["universe"] == universe]
                  for universe in OURS},
        "triggers": [[note.address, note.value, note.sender, note.retained] for note in told
                     if isinstance(note, Trigger)],
        "presence": [note.there for note in told if isinstance(note, Presence)],
        "malformed": [f"{note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)],
        "found": found, "controllers": controllers,
    }




if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]), sys.argv[2])), sys.stdout)
