"""What a Python user puts together today: python-osc's asyncio server in front of pyartnet. Runs in a venv of its own.

    VENV/bin/python tests/bench/peers/pyartnet_relay.py OSC_PORT TO_PORT UNIVERSES CROWD_PORT

Universe 0: ``/level`` sets slot 1, ``/fade/up`` fades slots 3 and 4 to full in 5 s, ``/fade/down`` puts them to 0. The
crowd, universes 1 to UNIVERSES, fades up and down for ever, all 512 slots. Ends with its standard input.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

from pyartnet import ArtNetNode
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import AsyncIOOSCUDPServer

FADE_MS = 5000
FRAMES_A_SECOND = 44


async def main(osc_port, port, universes, crowd_port):
    panels = ArtNetNode.create("127.0.0.1", port, max_fps=FRAMES_A_SECOND)
    others = ArtNetNode.create("127.0.0.1", crowd_port, max_fps=FRAMES_A_SECOND)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(panels)
        if universes:      # a node without universes spins
            await stack.enter_async_context(others)
        universe = panels.add_universe(0)
        level, fade = universe.add_channel(1, 1), universe.add_channel(3, 1, byte_size=2, byte_order="big")
        said = Dispatcher()
        said.map("/level", lambda _, value: level.set_values([int(value)]))
        said.map("/fade/up", lambda *_: fade.set_fade([65535], FADE_MS))
        said.map("/fade/down", lambda *_: fade.set_values([0]))
        server = AsyncIOOSCUDPServer(("127.0.0.1", osc_port), said, asyncio.get_running_loop())
        await server.create_serve_endpoint()
        crowd = [others.add_universe(number).add_channel(1, 512) for number in range(1, universes + 1)]
        moving = asyncio.create_task(keep_moving(crowd))
        closed = asyncio.Event()
        asyncio.get_running_loop().add_reader(0, closed.set)
        await closed.wait()
        asyncio.get_running_loop().remove_reader(0)
        moving.cancel()


async def keep_moving(crowd):
    target = 255
    while crowd:
        for channel in crowd:
            channel.set_fade([target] * 512, FADE_MS)
        for channel in crowd:
            await channel
        target = 255 - target


asyncio.run(main(*map(int, sys.argv[1:5])))
