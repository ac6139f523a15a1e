"""Run on the other machine: stupidArtnet, another author's Art-Net without discovery, told and telling in JSON lines.

argv: our address, then the Port-Addresses to receive. stdin: {"universe", "to", "slots" as hex, "sync"}.
"""

from __future__ import annotations

import json
import os
import sys
import time

from stupidArtnet import StupidArtnet, StupidArtnetServer


def split(universe):
    return {"net": universe >> 8, "sub": universe >> 4 & 15, "universe": universe & 15, "is_simplified": False}


def tell(**words):
    print(json.dumps(words), flush=True)


def main(universes):
    server = StupidArtnetServer()
    for universe in map(int, universes):
        server.register_listener(**split(universe), callback_function=lambda slots, address: tell(
            universe=address, slots=bytes(slots).hex()))
    while server.socket_server is None or not server.socket_server.getsockname()[1]:
        time.sleep(0.01)    # its thread opens the port
    tell(ready=True)
    senders = {}
    for line in sys.stdin:
        words = json.loads(line)
        universe = words["universe"]
        if universe not in senders:
            senders[universe] = sender = StupidArtnet(words["to"], artsync=words.get("sync", False))
            sender.set_simplified(False)
            sender.set_universe(universe & 15)
            sender.set_subnet(universe >> 4 & 15)
            sender.set_net(universe >> 8)
        senders[universe].send(bytearray.fromhex(words["slots"]))
    os._exit(0)    # its thread waits for packets for ever


main(sys.argv[2:])
