"""Played by test_sacn_in.py: the interface that we hear sACN on is pulled out, and comes back with another address.

Prints what was told.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys

from showctl.codec import sacn as wire
from showctl.model import Malformed, Trigger
from showctl_drivers import _sacn_ear, sacn
from tests.peers import programs
from tests.peers.cable import until

STAGE = "stage0"


def plugged(address):
    for line in (f"link add {STAGE} type veth peer name wall0", f"address add {address}/24 dev {STAGE}",
                 f"link set {STAGE} up", "link set wall0 up"):
        ip(line)


def ip(line):
    subprocess.run([programs.need("ip"), *line.split()], check=True, timeout=10)


class Desk:
    """Sends out of an interface, and so to who listens there on this machine."""

    def __init__(self):
        self.packet, self.sequence = wire.packet(bytes(16), "desk", 1), 0

    def says(self, level, address, to):
        self.sequence = self.packet[wire.SEQUENCE] = (self.sequence + 1) % 256
        self.packet[wire.SLOTS_AT] = level
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
            sock.sendto(self.packet, (to, wire.PORT))


async def main():
    _sacn_ear.TURN_S = 0.05
    plugged("10.78.0.2")
    told, desk = [], Desk()

    async def heard(level, address, to):
        def holds():
            desk.says(level, address, to)
            return values()[-1:] == [level]
        await until(holds, f"{level} is heard at {address} by {to}: {told}")

    def values():
        return [note.value for note in told if isinstance(note, Trigger) and note.address == "dmx/1/1"]

    def troubles():
        return [note.reason for note in told if isinstance(note, Malformed)]

    async with sacn.connect(sacn.Config(interface=STAGE, name="desk", inputs=("dmx/1/1",)), told.append):
        await heard(1, "10.78.0.2", wire.group(1))
        await heard(2, "10.78.0.2", "10.78.0.2")
        ip(f"link del {STAGE}")
        await until(troubles, "the loss is told")
        await asyncio.sleep(0.2)
        plugged("10.78.0.3")
        await heard(3, "10.78.0.3", wire.group(1))
        await heard(4, "10.78.0.3", "10.78.0.3")
    return {"values": values(), "troubles": troubles()}


if __name__ == "__main__":
    json.dump(asyncio.run(main()), sys.stdout)
