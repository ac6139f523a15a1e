"""Art-Net to several nodes, and in step: ArtSync after the universes of a tick."""

import asyncio
import socket

import pytest

from showctl.codec import artnet as wire
from showctl.model import DmxFrame
from showctl_drivers import artnet


def frame(level, universe=0):
    return DmxFrame("panels", universe, bytes([level]) * 512)


@pytest.fixture
def panels():
    """Two nodes, 127.0.0.2 and 127.0.0.3, on one port."""
    kind = (socket.AF_INET, socket.SOCK_DGRAM)
    with socket.socket(*kind) as one, socket.socket(*kind) as two:
        one.bind(("127.0.0.2", 0))
        two.bind(("127.0.0.3", one.getsockname()[1]))
        one.setblocking(False)
        two.setblocking(False)
        yield one, two


def config(panels, **settings):
    host = tuple(panel.getsockname()[0] for panel in panels)
    return artnet.Config(host=host, port=panels[0].getsockname()[1], name="panels", **settings)


def waiting(sock):
    """(universe, level) of each ArtDmx, "sync" for an ArtSync, in order."""
    found = []
    for _ in range(1000):
        try:
            data = sock.recv(1000)
        except BlockingIOError:
            break
        found.append("sync" if data == wire.SYNC else (lambda dmx: (dmx.universe, dmx.slots[0]))(wire.decode(data)))
    return found


async def turn():
    """Let the loop run what is due."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_each_host_gets_every_universe(panels):
    async with artnet.connect(config(panels), print) as send:
        send(frame(1))
        send(frame(2, 1))
    assert [waiting(panel) for panel in panels] == [[(0, 1), (1, 2)]] * 2


async def test_a_host_that_is_gone_leaves_the_others_their_light(panels):
    one, two = panels
    settings = config(panels)
    two.close()
    async with artnet.connect(settings, lambda _: None) as send:
        for level in range(5):
            send(frame(level))
            await asyncio.sleep(0)
    assert waiting(one) == [(0, level) for level in range(5)]


async def test_sync_follows_the_last_universe_of_a_tick(panels):
    """CORE 14: ArtSync follows the last."""
    async with artnet.connect(config(panels, sync=True), print) as send:
        for level in (1, 2):
            for universe in (0, 1, 2):
                send(frame(level, universe))
            await turn()
        ticks = [[(universe, level) for universe in (0, 1, 2)] + ["sync"] for level in (1, 2)]
        assert [waiting(panel) for panel in panels] == [ticks[0] + ticks[1]] * 2


async def test_without_sync_there_is_none(panels):
    async with artnet.connect(config(panels, exit="blackout"), print) as send:
        send(frame(1))
        await turn()
    assert waiting(panels[0]) == [(0, 1), (0, 0)]


async def test_a_tick_of_a_hundred_universes_is_shown_at_once(panels):
    """None of it is shown before the last one has arrived."""
    for panel in panels:
        panel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    async with artnet.connect(config(panels, sync=True), print) as send:
        for universe in range(100):
            send(frame(7, universe))
        await turn()
        assert waiting(panels[0]) == [*((universe, 7) for universe in range(100)), "sync"]


async def test_a_still_universe_is_repeated_with_its_sync(panels):
    """Without one for 4 s a node would show each universe by itself again."""
    async with artnet.connect(config(panels, sync=True, keep_alive="100 ms"), print) as send:
        send(frame(1, 0))
        send(frame(2, 1))
        await asyncio.sleep(0.25)
        assert waiting(panels[0]) == [(0, 1), (1, 2), "sync"] * 3


async def test_the_end_is_synced_too(panels):
    """SEMANTICS 16: the declared exit is what is seen."""
    async with artnet.connect(config(panels, sync=True, exit="blackout"), print) as send:
        send(frame(1, 0))
        send(frame(2, 1))
        await turn()
        waiting(panels[0])
    assert waiting(panels[0]) == [(0, 0), (1, 0), "sync"]


async def test_synced_universes_share_the_phase_of_a_slower_rate(panels):
    """SEMANTICS 28: synced universes share the phase; each tick carries the newest of both, then one sync."""
    async with artnet.connect(config(panels, sync=True, rate="20 Hz"), print) as send:
        send(frame(1, 0))
        await turn()
        assert waiting(panels[0]) == [(0, 1), "sync"]
        send(frame(2, 1))
        for level in range(3, 9):
            send(frame(level, 0))
            await turn()
        assert waiting(panels[0]) == []
        await asyncio.sleep(0.08)
        assert waiting(panels[0]) == [(0, 8), (1, 2), "sync"]


@pytest.mark.parametrize(("settings", "words"), [
    ({"sync": True, "keep_alive": "3.5 s"}, "100 ms to 3 s"), ({"host": ()}, "write the node's address"),
    ({"host": ("10.0.0.1", "")}, "write the node's address"), ({"host": tuple(map(str, range(33)))}, "at most 32"),
    ({"interface": "0.0.0.0"}, "write such as 10.0.0.5"), ({"interface": "eth0"}, "write such as 10.0.0.5"),
])
def test_a_setting_out_of_range_says_what_to_write(settings, words):
    with pytest.raises(ValueError, match=words):
        artnet.Config(**settings)
