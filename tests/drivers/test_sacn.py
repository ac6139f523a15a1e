import asyncio
import errno
import socket
from itertools import pairwise

import pytest

from showctl import sheet
from showctl.codec import sacn as wire
from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Lost, Malformed
from showctl_drivers import _sacn_paths as paths
from showctl_drivers import sacn
from tests.boxes import CONFIGS


def full(level):
    return bytes([level]) * 512


def frame(level, universe=1):
    return DmxFrame("panels", universe, full(level))


class Node:
    """A UDP socket on loopback that reads sACN."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.port = self.sock.getsockname()[1]

    async def soon(self, seconds=3.0):
        """The next packet, while the loop runs."""
        loop = asyncio.get_running_loop()
        return wire.decode(await asyncio.wait_for(loop.sock_recv(self.sock, 2000), seconds))

    def waiting(self):
        found = []
        for _ in range(5000):
            try:
                found.append(wire.decode(self.sock.recv(2000)))
            except BlockingIOError:
                break
        return found


@pytest.fixture
def node():
    node = Node()
    yield node
    node.sock.close()


def config(node, **settings):
    return sacn.Config(host=("127.0.0.1",), port=node.port, name="panels", **settings)


async def started(send, node, *universes):
    """Each universe is on its way: its first two packets are read."""
    for universe in universes or [1]:
        send(frame(0, universe))
    return node.waiting()


async def test_a_frame_is_sent_at_once_and_says_who_sends_it(node):
    settings = config(node, priority=150, source="Corner Shop", preview=True)
    async with sacn.connect(settings, print) as send:
        send(frame(7, universe=300))
        (first, _) = node.waiting()
    assert first == wire.Data(
        paths.cid("panels", "Corner Shop"), "Corner Shop", 300, 150, 0, 0, wire.PREVIEW, full(7))


async def test_each_universe_counts_its_own_sequence_round_the_clock(node):
    """E1.31 §6.7.2."""
    async with sacn.connect(config(node), print) as send:
        await started(send, node, 1, 2)
        for universe in (1, 2, 1, 1):
            send(frame(1, universe))
        assert [(data.universe, data.sequence) for data in node.waiting()] == [(1, 129), (2, 129), (1, 130), (1, 131)]
        for _ in range(256):
            send(frame(1))
    assert [data.sequence for data in node.waiting()][124:126] == [0, 1]


def test_a_receiver_that_remembers_us_hears_the_first_frame_after_a_restart():
    """E1.31 §6.7.2: numbers up to 19 behind the last are dropped; our CID is the one it remembers."""
    for before in range(256):
        last, accepted = before, []
        for number in (*sacn.sequences(None), *sacn.sequences(sacn.sequences(None)[-1])):
            if not -20 < (number - last + 128) % 256 - 128 <= 0:
                last = number
                accepted.append(number)
        assert accepted[-2:] == [128, 129], before


async def test_several_nodes_hear_the_same(node):
    other = Node()
    try:
        settings = sacn.Config(host=("127.0.0.1", "127.0.0.1"), port=node.port, name="panels")
        async with sacn.connect(settings, print) as send:
            send(frame(3))
            heard = node.waiting()
    finally:
        other.sock.close()
    assert [data.sequence for data in heard] == [0, 0, 128, 128]
    assert {data.slots for data in heard} == {full(3)}


async def test_a_still_universe_is_sent_three_times_more_and_then_every_0_9_s(node):
    """E1.31 §6.6.2."""
    loop = asyncio.get_running_loop()
    async with sacn.connect(config(node), print) as send:
        send(frame(9))
        node.waiting()
        times = [loop.time()]
        found = []
        for _ in range(4):
            found.append(await node.soon())
            times.append(loop.time())
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert [data.sequence for data in found] == [129, 130, 131, 132]
    assert {data.slots for data in found} == {full(9)}
    assert all(0.03 < gap < 0.5 for gap in gaps[:3])
    assert 0.8 <= gaps[3] < 1.3


async def test_the_sync_packet_follows_the_last_universe_of_a_tick(node):
    """CORE 14; E1.31 §11: one for the tick, and nodes need not wait for one that never comes."""
    async with sacn.connect(config(node, sync=7), print) as send:
        await started(send, node, 1, 2, 3)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first = node.waiting()
        assert [(packet.sync, packet.sequence) for packet in first] == [(7, 0), (7, 128)]
        for level in (1, 2):
            for universe in (3, 1, 2):
                send(frame(level, universe))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        packets = node.waiting()
    kinds = [packet.universe if isinstance(packet, wire.Data) else "sync" for packet in packets]
    assert kinds == [3, 1, 2, "sync"] * 2
    assert [packet.sequence for packet in packets if isinstance(packet, wire.Sync)] == [129, 130]
    assert {(packet.sync, packet.options) for packet in packets if isinstance(packet, wire.Data)} == {
        (7, wire.FORCE_SYNC)}


async def test_synced_universes_share_the_phase(node):
    """SEMANTICS 28: with a rate of its own, what waited goes together, and one sync packet follows."""
    async with sacn.connect(config(node, sync=7, rate="20 Hz"), print) as send:
        await started(send, node, 1)
        await asyncio.sleep(0.01)
        node.waiting()
        for level in range(1, 6):    # universe 2 is new, and could go at once were it alone
            send(frame(level, 1))
            send(frame(level, 2))
        assert node.waiting() == []
        found = [await node.soon() for _ in range(4)]
    assert [(data.universe, data.slots[0]) for data in found[:3]] == [(1, 5), (2, 5), (2, 5)]
    assert isinstance(found[3], wire.Sync)


async def test_a_slower_rate_thins_and_the_last_is_always_sent(node):
    """SEMANTICS 28: `rate` per output; DESIGN §3: the last level is always sent."""
    async with sacn.connect(config(node, rate="10 Hz"), print) as send:
        for level in range(50):
            send(frame(level))
        found = [await node.soon() for _ in range(3)]
    assert [data.slots[0] for data in found] == [0, 0, 49]


@pytest.mark.parametrize(("how", "left"), [
    ("keep", [(5, 0), (5, 0), (6, 0)]),
    ("blackout", [(5, 0), (5, 0), (0, 0), (0, 0), (0, 0)]),
    ("terminate", [(5, 0), (5, 0)] + [(6, wire.TERMINATED)] * 3),
])
async def test_the_end_is_as_exit_says(node, how, left):
    """SEMANTICS 16; E1.31 §6.2.6: a stream is terminated by three packets, and only when that is meant."""
    async with sacn.connect(config(node, exit=how, rate="1 Hz"), print) as send:
        send(frame(5))
        send(frame(6))
    assert [(data.slots[0], data.options) for data in node.waiting()] == left


async def test_a_node_that_is_not_there_is_told_once_a_second_and_one_that_comes_late_misses_nothing():
    late, told = Node(), []
    late.sock.close()
    async with sacn.connect(config(late), told.append) as send:
        for level in range(100):
            send(frame(level))
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", late.port))
            sock.settimeout(2)
            send(frame(200))
            assert wire.decode(sock.recv(2000)).slots == full(200)
    assert len(told) == 1
    assert isinstance(told[0], Malformed)
    assert f"127.0.0.1:{late.port}: nobody listens there" in told[0].reason


async def test_a_refusal_is_the_answer_to_the_packet_before():
    late = Node()
    late.sock.close()
    (path,) = await paths.open_paths("", ("127.0.0.1",), late.port)
    try:
        assert path.put(b"to nobody", 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", late.port))
            sock.settimeout(2)
            assert not path.put(b"to you", 1)
            assert sock.recv(100) == b"to you"
    finally:
        paths.close([path])


class Failing:
    """A path whose send fails as a cable pulled out or a full buffer would make it; loopback cannot."""

    where = "interface eth0"
    multicast = True

    def __init__(self, error):
        self.error = error
        self.sock = self

    def put(self, _packet, _universe):
        if self.error:
            raise self.error
        return True

    def close(self):
        pass


@pytest.mark.parametrize(("errors", "lost"), [
    ([BlockingIOError()], 0), ([OSError(errno.ENOBUFS, "No buffer space")], 0), ([ConnectionRefusedError()], 0),
    ([OSError(errno.ENETUNREACH, "Network is unreachable")], 1), ([OSError(errno.ENODEV, "No such device")], 1),
    ([OSError(errno.ENETDOWN, "Network is down"), None], 0),
])
async def test_a_failing_network_never_raises(errors, lost):
    """A fake path, for loopback's cable cannot be pulled. CORE 4; lost is who reaches nobody at all, told once."""
    told = []
    settings = sacn.Config(interface="eth0", name="panels", exit="blackout", sync=3)
    source = sacn.Source(settings, told.append, [Failing(error) for error in errors])
    for level in range(5):
        source.send(frame(level))
    await asyncio.sleep(0)
    source.close()
    failed, sent = source.failed, source.sent
    source.send(frame(1))
    assert (source.failed, source.sent) == (failed, sent)
    assert failed >= 1
    assert [type(note) for note in told] == [Lost] * lost


async def test_what_sacn_cannot_carry_is_told_and_not_a_thousand_times(node):
    told = []
    async with sacn.connect(config(node), told.append) as send:
        for _ in range(500):
            send(DmxFrame("panels", 0, full(1)))
        send(LevelFrame("panels", ("cc", 1, 0), 1, 127))
        send(EdgeFrame("panels", ("note", 1, 1), 1, 0, 1))
        send(DmxFrame("panels", 64000, full(1)))
        send(DmxFrame("panels", 1, bytes(513)))
        send(Flush("panels"))
    assert [note.reason for note in told] == ["universe 0 is no sACN universe; write 1 to 63999"]
    assert node.waiting() == []


def test_the_cid_stays_over_restarts_and_is_each_sources_own():
    """E1.31 §5.6: one CID a source. Nothing is stored, so nothing can be lost."""
    first = paths.cid("panels", "showctl panels", machine="3d1219c7")
    assert first.hex() == "5ce95a09ad815ce2a80d3659ceed358d"
    others = [paths.cid("house", "showctl panels", machine="3d1219c7"), paths.cid("panels", "b", machine="3d1219c7"),
              paths.cid("panels", "showctl panels", machine="other")]
    assert len({first, *others}) == 4
    assert paths.cid("panels", "a") == paths.cid("panels", "a")


def test_a_machine_without_an_id_is_known_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "MACHINE_IDS", (tmp_path / "none",))
    assert paths.machine_id() == socket.gethostname()
    (tmp_path / "none").write_text("4711\n")
    assert paths.machine_id() == "4711"


@pytest.mark.parametrize(("settings", "words"), [
    ({}, "'interface: eth0' for multicast"), ({"host": ("",)}, "needs"), ({"interface": "lo", "host": ("",)}, "needs"),
    ({"host": ("a",), "port": 0}, "port 0"), ({"host": ("a",), "priority": 201}, "0 to 200"),
    ({"host": ("a",), "priority": -1}, "0 to 200"), ({"host": ("a",), "sync": 64000}, "1 to 63999"),
    ({"host": ("a",), "source": "x" * 64}, "63 bytes"), ({"host": ("a",), "rate": "45 Hz"}, "1 Hz to 44 Hz"),
    ({"host": ("a",), "exit": "stop"}, "keep, blackout or terminate"),
])
def test_a_setting_out_of_range_says_what_to_write(settings, words):
    """Law 11: multicast wants its interface named."""
    with pytest.raises(ValueError, match=words):
        sacn.Config(**settings)


@pytest.mark.parametrize(("settings", "words"), [
    ({"interface": "no-such-net0"}, "no-such-net0.*there are lo"),
    ({"interface": "192.0.2.1"}, "192.0.2.1.*there are lo"),
    ({"interface": "lo", "host": ("256.0.0.1",)}, "256.0.0.1:5568"),
])
async def test_an_absent_interface_or_host_is_named(settings, words):
    with pytest.raises(DriverError, match=words):
        async with sacn.connect(sacn.Config(**settings), print):
            pass


SHEET = """\
show: Two Wires
connections:
  net: {driver: sacn, interface: eth0, host: 10.0.0.21, sync: 7, priority: 120}
  box: {driver: dmx_usb, port: /dev/ttyUSB0, universe: 3}
fixtures:
  left: {profile: generic/dimmer, to: net, at: 1/1}
  top: {profile: generic/dimmer, to: box, at: 3/1}
cues: {1: {look: {all: 20%}}}
"""


def test_a_sheet_patches_fixtures_to_it():
    """DESIGN §6: panels by sACN and by USB are panels like any other."""
    read = sheet.read(SHEET, "two-wires.yaml", CONFIGS)
    assert [(patched.to, patched.universe) for patched in read.patch] == [("net", 1), ("box", 3)]
    assert read.connections["net"].settings["host"] == ("10.0.0.21",)


@pytest.mark.parametrize(("was", "now", "words"), [
    ("interface: eth0, host: 10.0.0.21, ", "", "3:3: net: sACN needs 'interface: eth0' for multicast"),
    ("priority: 120", "priority: 300", "3:76: priority 300 is out of range; write 0 to 200"),
    ("port: /dev/ttyUSB0, ", "", "'box' needs 'port'"),
    ("cues:", "faders: {music: {to: net, channel: 1, cc: 7}}\ncues:", "'net' is sacn, which carries no cc"),
    ("at: 1/1", "at: 0/1", "6:48: 'net': sacn has no universe 0; write 1 to 63999"),
    ("at: 3/1", "at: 1/1", "7:47: 'box': the box carries universe 3, not 1"),
])
def test_a_wrong_sheet_says_where(was, now, words):
    problems = sheet.check(SHEET.replace(was, now), "two-wires.yaml", CONFIGS).problems
    assert any(words in str(problem) for problem in problems), problems
