import asyncio
import errno
import socket
from itertools import pairwise

import pytest

from showctl.codec import artnet as wire
from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Lost, Malformed, Reply
from showctl_drivers import artnet
from showctl_drivers._artnet_sender import Sender, Way


def full(level):
    return bytes([level]) * 512


def frame(level, universe=0):
    return DmxFrame("panels", universe, full(level))


class Panel:
    """A UDP socket on loopback that reads ArtDmx."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(2)
        self.port = self.sock.getsockname()[1]

    def read(self):
        return wire.decode(self.sock.recv(1000))

    async def soon(self):
        """The next packet, while the loop runs."""
        self.sock.setblocking(False)
        loop = asyncio.get_running_loop()
        return wire.decode(await asyncio.wait_for(loop.sock_recv(self.sock, 1000), 3))

    def waiting(self):
        self.sock.setblocking(False)
        found = []
        for _ in range(1000):
            try:
                found.append(wire.decode(self.sock.recv(1000)))
            except BlockingIOError:
                break
        return found


@pytest.fixture
def panel():
    panel = Panel()
    yield panel
    panel.sock.close()


def config(panel, **settings):
    return artnet.Config(host="127.0.0.1", port=panel.port, name="panels", **settings)


async def test_a_frame_is_sent_at_once(panel):
    async with artnet.connect(config(panel), print) as send:
        send(frame(7, universe=300))
        assert panel.read() == wire.Dmx(300, 1, full(7))


async def test_each_universe_counts_its_own_sequence(panel):
    async with artnet.connect(config(panel), print) as send:
        for universe in (0, 1, 0, 0):
            send(frame(1, universe))
    assert [(dmx.universe, dmx.sequence) for dmx in panel.waiting()] == [(0, 1), (1, 1), (0, 2), (0, 3)]


async def test_a_still_universe_is_repeated(panel):
    async with artnet.connect(config(panel, keep_alive="100 ms"), print) as send:
        send(frame(9))
        found = [await panel.soon() for _ in range(3)]
    assert [dmx.sequence for dmx in found] == [1, 2, 3]
    assert {dmx.slots for dmx in found} == {full(9)}


async def test_a_slower_rate_thins_and_the_last_is_always_sent(panel):
    """SEMANTICS 28: `rate` per output; DESIGN §3: the last level is always sent."""
    async with artnet.connect(config(panel, rate="10 Hz"), print) as send:
        for level in range(50):
            send(frame(level))
        first, last = await panel.soon(), await panel.soon()
    assert first.slots == full(0)
    assert last.slots == full(49)
    assert panel.waiting() == []


async def test_what_waits_is_sent_before_closing(panel):
    async with artnet.connect(config(panel, rate="1 Hz"), print) as send:
        send(frame(1))
        send(frame(2))
    assert [dmx.slots[0] for dmx in panel.waiting()] == [1, 2]


@pytest.mark.parametrize("sync", [False, True])
async def test_a_still_universe_waits_no_longer_than_it_says(panel, sync):
    """The period counts from the last frame, wherever that fell: a node waits 4 s for an ArtSync, no more."""
    loop = asyncio.get_running_loop()
    async with artnet.connect(config(panel, keep_alive="400 ms", sync=sync), print) as send:
        await asyncio.sleep(0.08)
        panel.sock.setblocking(False)
        send(frame(9))
        sent = []
        while len(sent) < 3:
            data = await loop.sock_recv(panel.sock, 2000)
            if wire.operation(data) == wire.OP_DMX:
                sent.append(loop.time())
    assert all(0.3 < later - before < 0.5 for before, later in pairwise(sent))


async def test_exit_keep_leaves_the_last_levels(panel):
    """SEMANTICS 16: on exit each output does its declared `exit`, keep unless said."""
    async with artnet.connect(config(panel), print) as send:
        send(frame(5))
    assert [dmx.slots[0] for dmx in panel.waiting()] == [5]


async def test_exit_blackout_darkens_every_universe(panel):
    """SEMANTICS 16."""
    async with artnet.connect(config(panel, exit="blackout"), print) as send:
        send(frame(5, 0))
        send(frame(6, 1))
    assert [(dmx.universe, dmx.slots[0]) for dmx in panel.waiting()] == [(0, 5), (1, 6), (0, 0), (1, 0)]


async def test_a_node_that_is_not_there_is_counted_and_told_once_a_period():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    told = []
    settings = artnet.Config(host="127.0.0.1", port=port, keep_alive="100 ms", name="panels")
    async with artnet.connect(settings, told.append) as send:
        for level in range(100):
            send(frame(level))
            await asyncio.sleep(0)
        await asyncio.sleep(0.15)
    assert 1 <= len(told) <= 2
    assert isinstance(told[0], Malformed)
    assert "nobody listens there" in told[0].reason


async def test_a_node_that_comes_late_misses_no_frame():
    """A refused packet is the answer to the one before: the newest is sent again."""
    late = Panel()
    late.sock.close()
    async with artnet.connect(config(late), lambda _: None) as send:
        send(frame(1))
        await asyncio.sleep(0.01)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", late.port))
            sock.settimeout(2)
            send(frame(2))
            assert wire.decode(sock.recv(1000)).slots == full(2)


class Failing:
    """A socket whose send fails as a cable pulled out or a full buffer would make it; loopback cannot."""

    def __init__(self, error):
        self.error = error
        self.calls = 0

    def send(self, _data):
        self.calls += 1
        raise self.error

    def close(self):
        pass


@pytest.mark.parametrize(("error", "lost"), [
    (BlockingIOError(), 0), (OSError(errno.ENOBUFS, "No buffer space"), 0), (ConnectionRefusedError(), 0),
    (OSError(errno.EHOSTUNREACH, "No route to host"), 0),
    (OSError(errno.ENETUNREACH, "Network is unreachable"), 1), (OSError(errno.ENETDOWN, "Network is down"), 1),
])
async def test_a_failing_network_never_raises(error, lost):
    """A fake socket, for loopback's cable cannot be pulled. CORE 4: send never raises; a lost network is told once."""
    told = []
    ways = [Way("127.0.0.1", Failing(error))]
    node = Sender(artnet.Config(name="panels", exit="blackout"), told.append, ways)
    for level in range(5):
        node.send(frame(level))
    node.close()
    assert node.sent == 0
    assert node.failed >= 5
    assert [type(note) for note in told] == [Lost] * lost


async def test_what_art_net_cannot_carry_is_told_and_not_a_thousand_times(panel):
    told = []
    async with artnet.connect(config(panel), told.append) as send:
        for _ in range(500):
            send(LevelFrame("panels", ("cc", 1, 0), 1, 127))
        send(Flush("panels"))
        send(DmxFrame("panels", 40000, full(1)))
    assert len(told) == 1
    assert "LevelFrame" in told[0].reason
    assert panel.waiting() == []


async def test_other_nouns_are_harmless(panel):
    async with artnet.connect(config(panel), lambda _: None) as send:
        send(EdgeFrame("panels", ("note", 1, 1), 1, 0, 1))
        send(Reply("panels", "127.0.0.1:9", "/x"))
    assert panel.waiting() == []


async def test_a_host_that_is_not_found_is_a_driver_error():
    settings = artnet.Config(host="256.0.0.1", name="panels")
    with pytest.raises(DriverError, match=r"256\.0\.0\.1.*check host"):
        async with artnet.connect(settings, print):
            pass


async def test_a_broadcast_address_can_be_opened():
    async with artnet.connect(artnet.Config(host="127.255.255.255", name="panels"), print) as send:
        send(frame(1))


@pytest.mark.parametrize("settings", [
    {"host": ""}, {"port": 0}, {"port": 65536}, {"rate": "45 Hz"}, {"rate": "0 Hz"}, {"rate": "fast"},
    {"keep_alive": "5 s"}, {"keep_alive": "10 ms"}, {"keep_alive": "1"}, {"exit": "dim"},
])
def test_a_setting_out_of_range_is_a_value_error(settings):
    with pytest.raises(ValueError, match="write"):
        artnet.Config(**settings)


@pytest.mark.parametrize(("text", "rate"), [("40 Hz", 40), ("40", 40), (40, 40), ("1 Hz", 1)])
def test_a_rate_is_hertz_with_or_without_the_unit(text, rate):
    assert artnet.rate_hz(artnet.Config(rate=text).rate) == rate
