"""A tick of a hundred universes on its way out while fingers press (CORE 14), on real sockets and the real loop."""

import asyncio
import itertools
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest

from showctl import journal, sheet
from showctl.codec import artnet, osc
from showctl.driver import load, names
from showctl.model import DmxFrame, EdgeFrame, LevelFrame
from showctl.outgoing import PACKETS_A_TURN, Outgoing
from showctl.replay import replay
from tests.boxes import CONFIGS, daemon, running, until

UNIVERSES = 100
MARKED = 50          # the universe that the finger moves
SHEET = """
show: Hundred
connections:
  panels:  {{driver: artnet, host: 127.0.0.1, port: {artnet}, sync: {sync}, keep-alive: 3 s}}
  tablets: {{driver: osc, listen: "127.0.0.1:{osc}"}}
fixtures:
  marker: {{profile: generic/dimmer, to: panels, at: {marked}/2}}
{fixtures}
groups: {{wall: [{wall}]}}
submasters: {{finger: [marker]}}
go-gap: 0 s
cues:
  1: {{look: {{all: 100%}}}}
  2: {{look: {{wall: 0%}}, fade: 1 s}}
  3: {{look: {{wall: 100%}}, fade: 1 s}}
"""


def text(artnet_port, osc_port, sync=True):
    each = range(UNIVERSES)
    fixtures = "\n".join(f"  w{n}: {{profile: generic/dimmer, to: panels, at: {n}/1}}" for n in each)
    return SHEET.format(artnet=artnet_port, osc=osc_port, sync=str(sync).lower(), marked=MARKED, fixtures=fixtures,
                        wall=", ".join(f"w{n}" for n in each))


LISTEN = """
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
sock.bind(("127.0.0.1", 0))
print(sock.getsockname()[1], flush=True)
heard = []
while data := sock.recv(1000):
    heard.append(data.ljust(1000))
sys.stdout.buffer.write(b"".join(heard))
"""


class Node:
    """An Art-Net node in a process of its own: it reads as packets come, whatever the show does meanwhile."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", LISTEN], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def end(self):
        """Everything heard."""
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        data, _ = self.process.communicate(timeout=20)
        return [data[at : at + 1000] for at in range(0, len(data), 1000)]


@pytest.fixture
def node():
    node = Node()
    yield node
    node.process.kill()
    node.process.wait()
    node.process.stdout.close()


def free_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def rain(port):
    """A finger that never rests: a thousand submaster moves a second."""
    over = threading.Event()

    def press():
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
            for number in itertools.count():
                if over.wait(0.001):
                    return
                sock.sendto(osc.encode("/showctl/sub/finger", (number % 200 / 200,)), ("127.0.0.1", port))

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def batches(node):
    """What came between one ArtSync and the next: (universe, wall, finger) of each packet."""
    found = [[]]
    for data in node.end():
        if data.startswith(artnet.SYNC):
            found.append([])
        else:
            dmx = artnet.decode(data)
            found[-1].append((dmx.universe, dmx.slots[0], dmx.slots[1]))
    return found[:-1], found[-1]


async def play(node, folder, sync=True):
    port = free_port()
    show = daemon(text(node.port, port, sync), folder, {name: load(name) for name in names()})
    async with running(show):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as hand, rain(port):
            for cue in ("2", "3"):
                hand.sendto(osc.encode("/showctl/go"), ("127.0.0.1", port))
                await until(lambda cue=cue: cue in show.status.running)
                await asyncio.sleep(1.05)
    return show


def same(folder):
    return replay(journal.read(folder / "run.jsonl"),
                  lambda bundle: sheet.read(**sheet.unbundle(bundle), configs=CONFIGS))


async def test_a_flush_of_a_hundred_universes_is_atomic_under_load(node, tmp_path):
    """CORE 14: all universes of one tick hold one instant's values, the sync follows the last; live is replay."""
    show = await play(node, tmp_path)
    whole, rest = batches(node)
    assert rest == []
    ticks = [batch for batch in whole if len(batch) >= UNIVERSES - 1]
    assert len(ticks) > 60
    amid = 0
    for batch in ticks:
        wall = {universe: level for universe, level, _ in batch if universe != MARKED}
        assert len(wall) == UNIVERSES - 1
        assert len(set(wall.values())) == 1
        places = [place for place, (universe, *_) in enumerate(batch) if universe == MARKED]
        amid += any(0 < place < len(batch) - 1 for place in places)
    assert amid > 20, "no finger was looked at in the middle of a tick: the test tested nothing"
    result = same(tmp_path)
    assert result.difference is None
    assert result.inputs > 1_000
    assert show.health()["ticks_late"]["number"] > 50
    assert show.merge.failures == 0


async def test_without_sync_the_same_universes_arrive(node, tmp_path):
    await play(node, tmp_path, sync=False)
    _, packets = batches(node)
    last = {universe: level for universe, level, _ in packets}
    assert last == dict.fromkeys(range(UNIVERSES), 255)
    assert same(tmp_path).difference is None


# ---- one at a time ----

class Wire:
    """A link that only writes down."""

    def __init__(self, syncs=False):
        self.sent, self.syncs = [], syncs

    def send(self, frame):
        self.sent.append(frame)
        return True


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def way(wire):
    """An Outgoing, and when it was done."""
    done = []
    return SimpleNamespace(out=Outgoing({"panels": wire}, done.append), done=done)


def tick(at_ns, universes=range(UNIVERSES)):
    return [DmxFrame("panels", universe, bytes([at_ns % 256]) * 512, at_ns) for universe in universes]


def send(way, wire, frames):
    for frame in way.out.take(frames):
        wire.send(frame)


async def all_left(way):
    while way.out.busy:
        await asyncio.sleep(0)


def shown(wire):
    return [(frame.universe, frame.at_ns) for frame in wire.sent]


async def test_the_first_packets_leave_at_once_the_rest_in_turns_of_sixteen(way, wire):
    send(way, wire, tick(1))
    sizes = [len(wire.sent)]
    while way.out.busy:
        await asyncio.sleep(0)
        sizes.append(len(wire.sent))
    assert {later - sooner for sooner, later in itertools.pairwise(sizes)} <= {PACKETS_A_TURN, 4, 0}
    assert sizes[0] == PACKETS_A_TURN
    assert shown(wire) == [(universe, 1) for universe in range(UNIVERSES)]
    assert way.done == [1]


async def test_a_newer_frame_overtakes_and_its_older_one_never_leaves(way, wire):
    """CORE 14."""
    send(way, wire, tick(1))
    send(way, wire, tick(2, [3, 70]))
    await all_left(way)
    assert shown(wire)[PACKETS_A_TURN : PACKETS_A_TURN + 2] == [(3, 2), (70, 2)]
    assert [at_ns for universe, at_ns in shown(wire) if universe == 70] == [2]
    assert len(wire.sent) == UNIVERSES + 1


async def test_a_whole_newer_tick_takes_the_place_of_what_had_not_left(way, wire):
    """Nothing starves: what waits keeps its place, with the newest levels."""
    send(way, wire, tick(1))
    send(way, wire, tick(2))
    await all_left(way)
    assert shown(wire) == [
        *((universe, 1) for universe in range(16)), *((universe, 2) for universe in range(16, 100)),
        *((universe, 2) for universe in range(16))]
    assert way.done == [2]


async def test_a_finger_in_the_same_list_goes_first(way, wire):
    """A late loop hands over the tick and the trigger after it at once."""
    send(way, wire, [*tick(1), *tick(2, [40])])
    await all_left(way)
    assert shown(wire)[0] == (40, 2)
    assert sorted(universe for universe, _ in shown(wire)) == list(range(UNIVERSES))


async def test_faders_do_not_wait_and_an_edge_comes_after_the_levels_of_its_connection(way, wire):
    """SEMANTICS 29: an edge first flushes what was queued before it."""
    fader = LevelFrame("panels", ("osc", "/a"), 1, 127, 1)
    send(way, wire, [*tick(1), fader])
    assert wire.sent[0] is fader
    edge = EdgeFrame("panels", ("osc", "/b"), 1, 2, 10**9)
    now = way.out.take([edge])
    assert now[-1] is edge
    assert len(now) + len(wire.sent) == UNIVERSES + 2


async def test_what_still_waits_at_the_end_leaves(way, wire):
    send(way, wire, tick(1))
    way.out.finish()
    assert len(wire.sent) == UNIVERSES
    await all_left(way)


async def test_only_the_last_packet_of_a_tick_says_that_nothing_follows(way, wire):
    wire.syncs = True
    send(way, wire, tick(1))
    send(way, wire, tick(2, [90]))
    await all_left(way)
    assert [frame.more for frame in wire.sent] == [True] * (UNIVERSES - 1) + [False]


@pytest.mark.parametrize("driver", ["artnet", "sacn"])
async def test_the_sync_waits_for_the_last_universe_over_many_turns(driver):
    """CORE 14, and a tick that nobody ends is ended by the next."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        module, port = load(driver), sock.getsockname()[1]
        settings = {"host": "127.0.0.1", "sync": True} if driver == "artnet" else {"host": ("127.0.0.1",), "sync": 7}
        async with module.connect(module.Config(port=port, name="panels", **settings), print) as link:
            for universe in range(1, 41):
                link(DmxFrame("panels", universe, bytes(512), more=universe < 40))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert bool(lengths(sock, under=100)) is (universe == 40)


def lengths(sock, under):
    found = []
    while True:
        try:
            length = len(sock.recv(2000))
        except BlockingIOError:
            return found
        if length < under:
            found.append(length)


@pytest.mark.parametrize("driver", ["artnet", "sacn"])
async def test_a_rig_at_rest_is_repeated_in_portions(driver):
    """Bounded work per turn: no turn of the loop sends a whole rig."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        module, port = load(driver), sock.getsockname()[1]
        settings = {"host": "127.0.0.1", "keep_alive": "100 ms"} if driver == "artnet" else {"host": ("127.0.0.1",)}
        async with module.connect(module.Config(port=port, name="panels", **settings), print) as link:
            for universe in range(1, 101):
                link(DmxFrame("panels", universe, bytes(512)))
                lengths(sock, 0)
            portions, end = [], time.monotonic() + 0.3
            while time.monotonic() < end and sum(portions) < 100:
                portions.append(len(lengths(sock, 2000)))
                await asyncio.sleep(0)
    assert sum(portions) >= 100
    assert max(portions) <= 2 * PACKETS_A_TURN
