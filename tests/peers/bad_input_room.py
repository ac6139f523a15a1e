"""Played by test_bad_input.py: a real daemon at the other end of a cable, and neighbours that send it rubbish.

We are the node it lights, the desks it hears, an impostor beside them, and the USB box at the far end of a pty. argv: a
folder. Prints what happened to the light; ``cable.pcap``, ``night.jsonl`` and ``showctl.log`` are in the folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tty
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from string import Template

from showctl.codec import artnet, artnet_poll, enttec, sacn
from tests.peers.cable import HERE, PANELS, THERE, beside, tapped, until

IMPOSTOR = "10.77.0.3"
CID = bytes(range(16))
PROBE = 9001
MUTANTS = 600

SHEET = """
show: Bad Neighbours
connections:
  panels: {driver: artnet, host: 10.77.0.2, interface: 10.77.0.1}
  wall:   {driver: sacn, interface: 10.77.0.1, host: 10.77.0.2, source: the wall}
  box:    {driver: dmx_usb, port: $pty, universe: 9}
  probe:  {driver: osc, host: 10.77.0.2, port: $probe}
fixtures:
  key:  {profile: generic/panel-cct, to: panels, at: 1/1}
  back: {profile: generic/panel-cct, to: wall, at: 2/1}
  par:  {profile: generic/panel-cct, to: box, at: 9/1}
commands:
  hit: {to: probe, address: /hit}
triggers:
  desk:  {from: panels, address: dmx/3/1, when: payload > 127}
  house: {from: wall, address: dmx/4/1, when: payload > 127}
states:
  light:
    start: up
    up:   {look: {all: 100%}, fade: 3 s, after: {3 s: down}}
    down: {look: {all: 5%}, fade: 3 s, after: {3 s: up}}
    safe: {fail: true, look: {all: 70%}, fade: 1 s}
  desk-ear:
    start: waits
    lost: {panels: say, box: say}
    waits: {on: {desk: hit}}
    hit:   {send: {hit: desk}, after: {50 ms: waits}}
    quiet: {fail: true, after: {1 s: waits}}
  house-ear:
    start: waits
    waits: {on: {house: hit}}
    hit:   {send: {hit: house}, after: {50 ms: waits}}
    quiet: {fail: true, after: {1 s: waits}}
"""

DESK = artnet.encode(3, 0, bytes([255]) * 512)          # would fire, were it whole
HOUSE = bytes(sacn.packet(CID, "house desk", 4))


def fires(packet):
    """The same with its first slot at full."""
    return packet[: sacn.SLOTS_AT] + b"\xff" + packet[sacn.SLOTS_AT + 1 :]


def cut(packet, least=0):
    """Every beginning of it, the shortest first."""
    return [packet[:length] for length in range(least, len(packet))]


def mutants(packet, head, seed):
    """Headers with bits flipped and bytes lost; the levels stay at zero, so that none may fire."""
    chance = random.Random(seed)
    for _ in range(MUTANTS):
        found = bytearray(packet)
        for _ in range(chance.randrange(1, 6)):
            found[chance.randrange(head)] ^= 1 << chance.randrange(8)
        if chance.random() < 0.3:
            del found[chance.randrange(len(found)) :]
        yield bytes(found)


class Neighbours:
    """Sockets on our side of the cable, and what the daemon sends them."""

    def __init__(self, stack):
        def bound(address, port):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind((address, port))
            sock.setblocking(False)
            return sock

        self.node, self.wall, self.probe = bound(HERE, artnet.PORT), bound(HERE, sacn.PORT), bound(HERE, PROBE)
        self.impostor = bound(IMPOSTOR, artnet.PORT)
        self.answers = True
        self.lit, self.walls, self.hits = [], 0, []
        self.sequence = 0
        loop = asyncio.get_running_loop()
        for sock, hear in ((self.node, self._node), (self.wall, self._wall), (self.probe, self._probe)):
            loop.add_reader(sock, hear)
            stack.callback(loop.remove_reader, sock)

    def _node(self):
        data = self.node.recv(2048)
        if artnet.operation(data) == artnet.OP_DMX:
            self.lit.append((asyncio.get_running_loop().time(), data[artnet.HEADER_LENGTH :][:2]))
        elif artnet.operation(data) == artnet_poll.OP_POLL and self.answers:
            self.panels(next(artnet_poll.replies(HERE, "panel", "Six panels", (1,))))

    def _wall(self):
        self.walls += self.wall.recv(2048)[4:13] == b"ASC-E1.17"

    def _probe(self):
        self.hits.append(self.probe.recv(2048))

    def panels(self, data, sock=None):
        (sock or self.node).sendto(data, (THERE, artnet.PORT))

    def house(self, data, **fields):
        """To the group of universe 4, or as it is."""
        packet = bytearray(data)
        for offset, value in fields.items():
            packet[{"sequence": sacn.SEQUENCE, "options": sacn.OPTIONS, "priority": 108}[offset]] = value
        self.wall.sendto(bytes(packet), (sacn.group(4), sacn.PORT))

    def genuine(self, desk=0, house=0):
        """What the two real desks send, in order."""
        self.sequence += 1
        self.panels(artnet.encode(3, self.sequence % 255 + 1, bytes([desk]) + bytes(511)))
        level = HOUSE[: sacn.SLOTS_AT] + bytes([house]) + bytes(511)
        self.house(level, sequence=self.sequence % 256)


async def many(packets, send):
    """Send them with a pause now and then, so that none is lost in a buffer; how many."""
    count = 0
    for count, packet in enumerate(packets, 1):
        send(packet)
        if count % 16 == 0:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)
    return count


async def by_artnet(near):
    """What must be refused; how many of the node's own, and how many of the impostor's."""
    reply = next(artnet_poll.replies(HERE, "panel", "Six panels", (1,)))
    other = next(artnet_poll.replies(IMPOSTOR, "panel", "Six panels", (1,)))
    sent = await many(cut(DESK) + cut(artnet_poll.poll()) + cut(artnet.SYNC), near.panels)
    sent += await many(cut(reply[: artnet_poll.REPLY_LENGTH_MIN]), near.panels)
    sent += await many([other] * 3, near.panels)                              # claims to be somebody else
    whole = [reply.ljust(length, b"\0") for length in range(artnet_poll.REPLY_LENGTH_MIN, 422)]
    await many(whole, near.panels)                                            # each is a reply, as found in the field
    near.genuine()
    late = near.sequence % 255 + 1
    backward = [artnet.encode(3, (late - back - 1) % 255 + 1, bytes([255]) * 512) for back in range(1, 19)]
    sent += await many(backward, near.panels)
    aside = await many([reply] * 3 + [artnet.encode(3, 0, bytes([255]) * 512)] * 50,
                       lambda data: near.panels(data, near.impostor))         # a stranger's, and a second source
    return sent, aside


async def by_sacn(near):
    """What must be refused, and then what must be left alone, and not counted as broken."""
    firing, sync = fires(HOUSE), bytes(sacn.sync_packet(CID, 7))
    lists = sacn.discovery(CID, "house desk", [4])[0]
    sent = await many(cut(firing) + cut(sync) + cut(lists), near.house)
    near.genuine()
    late = near.sequence % 256
    for back in range(1, 19):
        near.house(firing, sequence=(late - back) % 256)
        sent += 1
    await asyncio.sleep(0.02)
    stranger = bytearray(firing)
    stranger[22:38] = bytes(16)
    near.house(stranger, priority=50)              # weaker: not followed
    near.house(stranger, options=sacn.PREVIEW)     # not for live output
    near.house(firing, options=sacn.PREVIEW, sequence=(late + 1) % 256)
    await asyncio.sleep(0.02)
    return sent


async def by_usb(master):
    """A box that answers with halves, with too much, and with noise."""
    chance = random.Random(9)
    answer = enttec.encode(enttec.SERIAL, bytes.fromhex("78563412"))
    for data in (*cut(answer, 1), *(enttec.encode(label, chance.randbytes(600)) for label in range(1, 80, 7)),
                 *(chance.randbytes(chance.randrange(1, 400)) for _ in range(60)), b"\x7e" * 3000, answer):
        try:
            os.write(master, data)
        except BlockingIOError:
            pass
        await asyncio.sleep(0.002)


async def attack(near, master, folder):
    """Everything above while the light fades, the real desks among it: how much must be refused, and how much was."""
    of_node, of_impostor = await by_artnet(near)
    near.answers = False                             # the node vanishes without an error
    of_wall = await by_sacn(near)
    await by_usb(master)
    near.genuine()
    await asyncio.sleep(1.1)                         # the daemon counts by the second
    counted = refused(folder)
    await many(mutants(artnet.encode(3, 0, bytes(512)), artnet.HEADER_LENGTH, 1), near.panels)
    await many(mutants(HOUSE, sacn.SLOTS_AT, 2), near.house)
    sent = {f"panels {HERE}": of_node, f"panels {IMPOSTOR}": of_impostor, f"wall {HERE}": of_wall, "box": 1}
    return sent, counted


def refused(folder):
    """Who was refused how often, by the journal."""
    counts = Counter()
    for line in (folder / "night.jsonl").read_text().splitlines():
        if '"topic":"refused"' in line:
            counts.update(json.loads(line)["counts"])
    return counts


def drain(master):
    try:
        return len(os.read(master, 65536))
    except BlockingIOError:
        return 0


async def main(folder):
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    box = [0]
    sheet = folder / "bad.yaml"
    sheet.write_text(Template(SHEET).substitute(pty=os.ttyname(slave), probe=PROBE))
    command = [sys.executable, "-m", "showctl", "run", str(sheet), "--journal", str(folder / "night.jsonl")]
    loop = asyncio.get_running_loop()
    loop.add_reader(master, lambda: box.append(drain(master)))
    async with beside(command, folder / "showctl.log") as daemon:
        subprocess.run(["ip", "address", "add", f"{IMPOSTOR}/24", "dev", PANELS], check=True)
        with ExitStack() as stack:
            near = Neighbours(stack)
            stack.enter_context(tapped(folder / "cable.pcap"))
            await until(lambda: len(near.lit) > 20 and near.walls > 20, f"light: {daemon.log.read_text()}", 20)
            for _ in range(3):
                near.genuine()
                await asyncio.sleep(0.05)
            began, hits = loop.time(), len(near.hits)
            sent, counted = await attack(near, master, folder)
            ended, fired = loop.time(), len(near.hits) - hits
            gone = len(near.lit)
            await until(lambda: "no answer from Art-Net node" in daemon.log.read_text(), "the node is missed", 25)
            lit_after = len(near.lit) - gone
            near.answers = True
            for level in (0, 255):                   # the real desks are believed as before
                near.genuine(level, level)
                await asyncio.sleep(0.1)
            await until(lambda: len(near.hits) - hits - fired >= 2, "the real desks fire")
            daemon.child.send_signal(signal.SIGTERM)
            status = await asyncio.wait_for(daemon.child.wait(), 10)
    during = [at for at, _ in near.lit if began <= at <= ended]
    return {
        "status": status, "sent": sent, "refused": counted, "refused_at_the_end": refused(folder), "fired": fired,
        "seconds": ended - began, "frames": len(during),
        "longest_gap_s": max(after - before for before, after in pairwise(during)),
        "lit_after": lit_after, "walls": near.walls, "box": sum(box), "hits": [each.hex() for each in near.hits],
    }


if __name__ == "__main__":
    json.dump(asyncio.run(main(Path(sys.argv[1]))), sys.stdout)
