"""Played by test_olad_sacn.py: our drivers and a simulated node here, olad at the other end of a cable.

olad says by its OSC what it holds, and sends by sACN what its OSC is told. argv: a folder, then olad's command. Prints
what each held; ``cable.pcap`` in the folder is every packet.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from showctl.codec import artnet_poll
from showctl.codec import osc as osc_codec
from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import osc, sacn
from tests.peers.cable import HERE, PANELS, THERE, beside, tapped, until

OURS, THEIRS = (3, 4), 5
LISTEN, BACK = 7770, 9007
NODE = "10.77.0.3"              # simulated, on our side of the cable
LOOKS = 20


@contextmanager
def simulated_node():
    """Art-Net's least: it answers an ArtPoll, by broadcast or not, with what it puts out."""
    subprocess.run(["ip", "address", "add", f"{NODE}/24", "dev", PANELS], check=True)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", 6454))
        sock.setblocking(False)

        def hear():
            data, (address, port) = sock.recvfrom(2048)
            if data == artnet_poll.poll() and address == HERE:
                reply = next(artnet_poll.replies(NODE, "panel", "Six panels", (0, 1)))
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
                    mouth.bind((NODE, 0))
                    mouth.sendto(reply, (address, port))

        loop.add_reader(sock, hear)
        try:
            yield
        finally:
            loop.remove_reader(sock)


async def devices():
    """What `showctl devices` prints."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "showctl", "devices", "--interface", HERE, "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    return json.loads(out)


class Held:
    """What olad said last of each of its universes."""

    def __init__(self, sock):
        self.universes = {}
        self._sock, self._decoder = sock, osc_codec.Decoder()

    def hear(self):
        for address, (blob,) in self._decoder.decode(self._sock.recv(2048)):
            self.universes[int(address.rpartition("/")[2])] = blob

    async def holds(self, universe, slots):
        await until(lambda: self.universes.get(universe) == slots,
                    f"olad holds {slots[:9].hex()}… in universe {universe}")


async def ours(held):
    """Random looks in two universes; then two of ours on one, of different priority, of which the stronger one ends."""
    async with sacn.connect(sacn.Config(interface=HERE, name="weak", priority=90, sync=7), print) as weak:
        for number in range(LOOKS):
            for universe in OURS:
                look = random.Random(f"{number} {universe}").randbytes(512)
                weak(DmxFrame("weak", universe, look))
                await held.holds(universe, look)
        strong_one = sacn.Config(interface=HERE, name="strong", priority=110, exit="terminate")
        async with sacn.connect(strong_one, print) as strong:
            strong(DmxFrame("strong", OURS[0], bytes([7]) * 512))
            await held.holds(OURS[0], bytes([7]) * 512)
            weak(DmxFrame("weak", OURS[0], bytes([200]) * 512))
            strong(DmxFrame("strong", OURS[0], bytes([8]) * 512))
            await held.holds(OURS[0], bytes([8]) * 512)
        ended = asyncio.get_running_loop().time()
        await held.holds(OURS[0], bytes([200]) * 512)
        return asyncio.get_running_loop().time() - ended


async def theirs(told):
    async with osc.connect(osc.Config(host=THERE, port=LISTEN, dmx="ola", name="gateway"), print) as send:
        for level in range(1, 65):
            send(DmxFrame("gateway", THEIRS, bytes([level, *[255 - level] * 511])))
            await until(lambda now=level: _last(told) == [now, 255 - now], f"olad sends level {level}")


def _last(told):
    last = {note.address: note.value for note in told if isinstance(note, Trigger)}
    return [last.get(f"dmx/{THEIRS}/{slot}") for slot in (1, 512)]


async def main(folder, command):
    told = []
    log = folder / "peer.log"
    async with beside(command, log) as peer:
        with tapped(folder / "cable.pcap"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, simulated_node():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.bind((HERE, BACK))
            held = Held(sock)
            asyncio.get_running_loop().add_reader(sock, held.hear)
            await until(lambda: "Patched 14-1-I-0 to" in log.read_text(errors="replace"),
                        f"olad has begun: {log.read_text(errors='replace')[-2000:]} {peer.child.returncode}")
            looking = asyncio.create_task(devices())
            inputs = (f"dmx/{THEIRS}/1", f"dmx/{THEIRS}/512")
            hears = sacn.Config(interface=HERE, priority=80, name="desk", inputs=inputs)
            async with sacn.connect(hears, told.append) as send:
                taken_over_s = await ours(held)
                send(DmxFrame("desk", THEIRS, bytes(512)))
                await theirs(told)
                await until(lambda: any(isinstance(note, Malformed) for note in told), "we hear of olad's universe")
                found = await looking
            asyncio.get_running_loop().remove_reader(sock)
    return {
        "devices": found, "taken_over_s": taken_over_s,
        "triggers": [[note.address, note.value, note.sender, note.retained] for note in told
                     if isinstance(note, Trigger)],
        "malformed": [f"{note.sender}: {note.reason}" for note in told if isinstance(note, Malformed)],
    }


if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]), sys.argv[2:])), sys.stdout)
