"""Played inside a network namespace by test_sacn.py: our driver, and the sacn library as receiver and as sender.

Multicast goes round the namespace's own loopback. Prints one JSON object: what the library heard and every packet.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import threading
from contextlib import contextmanager

import sacn as library

from showctl.codec import sacn as wire
from showctl.model import DmxFrame
from showctl_drivers import sacn

IP_PKTINFO = 8    # of Linux; Python names it from 3.14 on
GROUPS = [wire.group(universe) for universe in (1, 300, 7, 4, wire.DISCOVERY_UNIVERSE)]


class Tap:
    """Every multicast packet of these groups with the group it went to."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self.sock.bind(("", wire.PORT))
        self.sock.setblocking(False)
        for group in GROUPS:
            member = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)

    def heard(self):
        found = []
        for _ in range(5000):
            try:
                data, ancillary, _, _ = self.sock.recvmsg(2000, 100)
            except BlockingIOError:
                break
            (information,) = [part for level, kind, part in ancillary if kind == IP_PKTINFO]
            found.append((socket.inet_ntoa(struct.unpack("i4s4s", information)[2]), data))
        return found


class Heard:
    """What the library's receiver said."""

    def __init__(self, receiver, universes):
        self.levels = {universe: [] for universe in universes}
        self.availability = []
        self.changed = threading.Condition()
        for universe in universes:
            receiver.register_listener("universe", self._level, universe=universe)
            receiver.join_multicast(universe)
        receiver.register_listener("availability", self._availability)

    def _level(self, packet):
        with self.changed:
            self.levels[packet.universe].append([packet.dmxData[0], packet.priority, packet.sourceName])
            self.changed.notify()

    def _availability(self, universe, changed):
        with self.changed:
            self.availability.append([universe, changed])
            self.changed.notify()

    def is_at(self, *levels):
        return lambda: [heard[-1:] and heard[-1][0] for heard in self.levels.values()] == [*levels]

    def until(self, true):
        with self.changed:
            if not self.changed.wait_for(true, 5):
                last = [levels[-1:] for levels in self.levels.values()]
                raise SystemExit(f"not heard in time; the last: {last} {self.availability}")


@contextmanager
def started(peer):
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


def look(level, universe):
    return DmxFrame("panels", universe, bytes([level]) * 512)


async def ours(heard):
    """One run that is cut off at the worst sequence number, and a second that ends its stream."""
    settings = {"interface": "lo", "sync": 7, "priority": 150, "name": "panels"}
    async with sacn.connect(sacn.Config(**settings), print) as send:
        for level in range(140):
            for universe in (1, 300):
                send(look(level, universe))
            if level % 20 == 19:    # so that no buffer of the library's overflows
                await asyncio.to_thread(heard.until, heard.is_at(level, level))
            await asyncio.sleep(0.001)
    async with sacn.connect(sacn.Config(**settings, exit="terminate"), print) as send:
        send(look(200, 1))
        send(look(201, 300))
        await asyncio.to_thread(heard.until, heard.is_at(200, 201))
    await asyncio.to_thread(heard.until, lambda: sum("timeout" in each for each in heard.availability) >= 2)


async def theirs(tap):
    """The library as sender, until its last levels are there."""
    with started(library.sACNsender(source_name="their desk", fps=40, sync_universe=7)) as sender:
        sender.activate_output(4)
        sender[4].multicast, sender[4].priority, sender[4].dmx_data = True, 120, (9, 8, 7)
        found = []
        async with asyncio.timeout(5):
            while not any(isinstance(each, wire.Data) and each.slots[:1] == b"\x09" for each in found):
                await asyncio.sleep(0.01)
                found += [wire.decode(data) for _, data in tap.heard()]
    return [each for each in found if isinstance(each, wire.Data)][-1]


def main():
    tap = Tap()
    with started(library.sACNreceiver()) as receiver:
        heard = Heard(receiver, (1, 300))
        asyncio.run(ours(heard))
    packets = tap.heard()
    desk = asyncio.run(theirs(tap))
    json.dump({
        "levels": heard.levels, "availability": heard.availability,
        "packets": [[group, data.hex()] for group, data in packets],
        "desk": [desk.source, desk.universe, desk.priority, len(desk.slots), list(desk.slots[:3])],
    }, sys.stdout)


main()
