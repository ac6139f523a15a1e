"""The rig's one child process: the plan and orders come in on standard input, what was received goes out.

Ends when standard input does, so it never outlives the show.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from showctl_sim.mixer import Mixer
from showctl_sim.panels import Panels
from showctl_sim.ports import EVERYBODY, LOOPBACK
from showctl_sim.readings import Reading
from showctl_sim.room import Room

REPORT_INTERVAL_S = 0.1
DATAGRAM_BYTES_MAX = 65536
DRAIN_MAX = 256
BOX_MESSAGES_KEPT = 8

Peer = tuple[str, int]
"""Who sent a datagram: address and port."""


class Child:
    """The virtual devices and the line that tells of them, at most ten times a second."""

    def __init__(self, planned: dict[str, Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._readings = [Reading(**reading) for reading in planned["readings"]]
        self._movers = planned["movers"]
        self._panels: dict[str, Panels] = {}
        self._mixers: dict[str, tuple[Mixer, socket.socket, int]] = {}
        self._rooms: list[Room] = []
        self._lines: dict[str, int] = {}
        self._boxes: dict[str, list[str]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting = False
        for device in planned["devices"]:
            getattr(self, f"_open_{device['kind']}")(device)
        self.report()

    def changed(self) -> None:
        """Tell soon."""
        if not self._waiting:
            self._waiting = True
            self._loop.call_later(REPORT_INTERVAL_S, self.report)

    def report(self) -> None:
        """One line with everything."""
        self._waiting = False
        edges = [edge for mixer, _, _ in self._mixers.values() for edge in mixer.edges]
        edges += [message for messages in self._boxes.values() for message in messages]
        line = json.dumps({
            "dmx": {name: panels.as_values() for name, panels in self._panels.items()},
            "faders": {name: mixer.positions for name, (mixer, _, _) in self._mixers.items()},
            "messages": edges[-BOX_MESSAGES_KEPT:],
            "readings": {topic: payload for room in self._rooms for topic, payload in room.heard.items()},
        })
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def obey(self, order: dict[str, Any]) -> None:
        """One order from the parent: ``toggle``, ``hand`` with ``position``, ``line`` with ``text``."""
        if "toggle" in order:
            for room in self._rooms:
                room.toggle(order["toggle"])
        elif "hand" in order and order.get("mixer") in self._mixers:
            mixer, sender, answer = self._mixers[order["mixer"]]
            for message in mixer.hand(order["hand"], order["position"]):
                sender.sendto(message, (LOOPBACK, answer))
            self.changed()
        elif "line" in order and order["line"] in self._lines:
            with suppress(BlockingIOError):
                os.write(self._lines[order["line"]], f"{order['text']}\n".encode())

    def _open_panels(self, device: dict[str, Any]) -> None:
        panels = self._panels[device["connection"]] = Panels(device["connection"], device["universes"])

        def hear(packet: bytes, peer: Peer) -> None:
            if panels.hear(packet):
                self.changed()
            for reply in panels.answer(packet, LOOPBACK):
                node.sendto(reply, peer)

        node = self._listen(device["port"], hear)
        self._listen(device["port"], hear, EVERYBODY)

    def _open_mixer(self, device: dict[str, Any]) -> None:
        mixer = Mixer(device["faders"])

        def hear(message: bytes, _: Peer) -> None:
            mixer.hear(message)
            self.changed()

        self._mixers[device["connection"]] = (mixer, self._listen(device["port"], hear), device["answer"])

    def _open_box(self, device: dict[str, Any]) -> None:
        messages = self._boxes[device["connection"]] = []

        def hear(packet: bytes, _: Peer) -> None:
            address = packet.split(b"\0", 1)[0].decode(errors="replace")
            messages[:] = [*messages[1 - BOX_MESSAGES_KEPT:], address]
            self.changed()

        self._listen(device["port"], hear)

    def _open_room(self, device: dict[str, Any]) -> None:
        topics = set(device["topics"])
        mine = [reading for reading in self._readings if reading.topic in topics]
        room = Room(mine, [mover for mover in self._movers if mover in topics], self.changed)
        self._rooms.append(room)
        self._tasks.append(asyncio.create_task(room.live(LOOPBACK, device["port"])))

    def _open_line(self, device: dict[str, Any]) -> None:
        ours, theirs = os.openpty()       # theirs stays open, so that a closed port is no unplug
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        os.symlink(os.ttyname(theirs), device["path"])
        self._lines[device["connection"]] = ours

    def _listen(self, port: int, hear: Callable[[bytes, Peer], None], address: str = LOOPBACK) -> socket.socket:
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        endpoint.setblocking(False)
        if address == EVERYBODY:          # others on loopback are asked as well
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        endpoint.bind((address, port))

        def drain() -> None:
            with suppress(OSError):       # nothing left, or the other side of a hand's message is not there
                for _ in range(DRAIN_MAX):
                    hear(*endpoint.recvfrom(DATAGRAM_BYTES_MAX))

        self._loop.add_reader(endpoint, drain)
        return endpoint


async def live() -> None:
    """Read the plan, be the devices, end with standard input."""
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    first = await orders.readline()
    if not first:
        return
    child = Child(json.loads(first))
    while line := await orders.readline():
        child.obey(json.loads(line))


def main() -> None:
    """Run until the parent closes our standard input; its terminal's Ctrl-C is not for us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(live())
    except OSError as error:
        sys.stderr.write(f"rig: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
