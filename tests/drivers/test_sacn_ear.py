"""sACN heard on one interface: groups and unicast, others who send our universes. All of it on loopback."""

import asyncio
import socket
from contextlib import contextmanager

import pytest

from showctl.codec import sacn as wire
from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import _sacn_ear as ear
from showctl_drivers import sacn

HERE, OTHER = "127.0.0.81", "127.0.0.82"
DESK = bytes([9] * 16)


@pytest.fixture(autouse=True)
def port(monkeypatch):
    """A port of this test's own in place of 5568."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HERE, 0))
        number = sock.getsockname()[1]
    monkeypatch.setattr(wire, "PORT", number)
    return number


@pytest.fixture
def told():
    return []


class Desk:
    """Somebody else on loopback."""

    def __init__(self, address=OTHER, cid=DESK, name="desk", priority=100):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 0))
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        self.cid, self.name, self.priority, self.sequence = cid, name, priority, 0

    def packet(self, *slots, universe=1, sync=0, options=0):
        packet = wire.packet(self.cid, self.name, universe, self.priority, sync, options)
        packet[wire.SLOTS_AT : wire.SLOTS_AT + len(slots)] = bytes(slots)
        self.sequence = packet[wire.SEQUENCE] = (self.sequence + 1) % 256
        return bytes(packet)

    def says(self, *slots, universe=1, to="", **more):
        self.sock.sendto(self.packet(*slots, universe=universe, **more), (to or wire.group(universe), wire.PORT))

    def sends(self, data, to=HERE):
        self.sock.sendto(data, (to, wire.PORT))


@contextmanager
def desk(*arguments, **more):
    one = Desk(*arguments, **more)
    try:
        yield one
    finally:
        one.sock.close()


def config(*inputs, **settings):
    return sacn.Config(**{"interface": HERE, "name": "panels", "inputs": inputs, **settings})


async def until(holds):
    async with asyncio.timeout(3):
        while not holds():
            await asyncio.sleep(0.005)


def values(told, address="dmx/1/1"):
    return [note.value for note in told if isinstance(note, Trigger) and note.address == address]


@pytest.mark.parametrize("to", ["", HERE])
async def test_dmx_is_heard_by_multicast_and_by_unicast(told, to):
    with desk() as one:
        async with sacn.connect(config("dmx/1/1", "dmx/300/2"), told.append):
            one.says(7, to=to)
            one.says(0, 8, universe=300, to=to)
            await until(lambda: len(told) == 4)
    assert told == [
        Trigger("panels", "dmx/1", "online", OTHER), Trigger("panels", "dmx/1/1", 7, OTHER, retained=True),
        Trigger("panels", "dmx/300", "online", OTHER), Trigger("panels", "dmx/300/2", 8, OTHER, retained=True)]


async def test_a_whole_universe_comes_as_bytes_and_then_at_most_at_44_hz(told):
    with desk() as one:
        async with sacn.connect(config("dmx/1/*"), told.append):
            for level in range(200):
                one.says(level)
                await asyncio.sleep(0.0005)
            await until(lambda: values(told, "dmx/1")[-1][:1] == bytes([199]))
    assert len(told) < 30


async def test_other_universes_and_other_interfaces_are_not_heard(told, port):
    """Law 11: only what is wanted, only where it was named; the port stays free for others at other addresses."""
    with desk() as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        async with sacn.connect(config("dmx/1/1"), told.append):
            other.bind(("127.0.0.1", port))
            one.says(9, universe=2)
            one.says(9, to="127.0.0.1")
            one.says(5)
            await until(lambda: told)
    assert values(told) == [5]


async def test_without_inputs_or_interface_no_port_is_taken(told, port):
    """Law 11: closed by default."""
    for settings in (config(), config("dmx/1/1", interface="", host=("127.0.0.1",))):
        async with sacn.connect(settings, told.append):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((HERE, port))
    assert [note.reason for note in told] == ["triggers are heard only with 'interface', the network they come by"]


async def test_a_taken_port_is_named_once_and_multicast_heard_all_the_same(told, port, monkeypatch):
    monkeypatch.setattr(ear, "TURN_S", 0.02)
    with desk() as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HERE, port))
        async with sacn.connect(config("dmx/1/1"), told.append):
            await asyncio.sleep(0.2)
            one.says(5)
            await until(lambda: values(told))
            other.close()
            await asyncio.sleep(0.05)
            one.says(6, to=HERE)
            await until(lambda: values(told) == [5, 6])
    (note,) = [note for note in told if isinstance(note, Malformed)]
    assert f"no sACN by unicast on {HERE}:{port}" in note.reason
    assert "another program" in note.reason


async def test_several_connections_hear_the_same_group(told):
    second = config("dmx/1/1", interface=OTHER, name="second")
    with desk() as one:
        async with sacn.connect(config("dmx/1/1"), told.append), sacn.connect(second, told.append):
            one.says(5)
            await until(lambda: len(values(told)) == 2)


async def test_what_another_connection_of_ours_sends_is_no_desk(told, monkeypatch):
    """Merged into what we send, it would never go down again."""
    monkeypatch.setattr(ear, "FIRST_TURN_S", 0.01)
    async with (
        sacn.connect(config("dmx/1/*", name="desk"), told.append) as also,
        sacn.connect(config(interface=OTHER), told.append) as send,
        sacn.connect(config(interface="", host=(HERE,), port=wire.PORT, name="third"), told.append) as alone,
    ):
        for out in (send, also, alone):
            out(DmxFrame("panels", 1, bytes([9]) * 512))
        await asyncio.sleep(0.05)
        send(DmxFrame("panels", 1, bytes([9]) * 512))
        await asyncio.sleep(0.02)
    assert told == []


async def test_sync_packets_are_heard_where_the_source_says(told):
    """§6.3.3.1, §11: the group is joined when a source names it."""
    with desk() as one:
        async with sacn.connect(config("dmx/1/1"), told.append):
            one.says(1, sync=7)
            await until(lambda: values(told) == [1])
            sync = wire.sync_packet(DESK, 7)
            one.sends(bytes(sync), wire.group(7))
            await asyncio.sleep(0.02)
            one.says(2, sync=7)
            await asyncio.sleep(0.02)
            assert values(told) == [1]
            sync[wire.SYNC_SEQUENCE] = 1
            one.sends(bytes(sync), wire.group(7))
            await until(lambda: values(told) == [1, 2])


@pytest.mark.parametrize(("priority", "follow"), [(150, "follow it"), (100, "mix both"), (50, "follow us")])
async def test_another_source_of_our_universe_is_named_once(told, monkeypatch, priority, follow):
    """SEMANTICS, last list: with its name, priority and CID; and we are not our own rival."""
    monkeypatch.setattr(ear, "FIRST_TURN_S", 0.01)
    with desk(priority=priority, name="FOH Eos") as one:
        async with sacn.connect(config(), told.append) as send:
            send(DmxFrame("panels", 1, bytes(512)))
            await asyncio.sleep(0.05)
            for level in range(5):
                one.says(level)
                send(DmxFrame("panels", 1, bytes([level]) * 512))
                await asyncio.sleep(0.01)
    assert told == [Malformed(
        "panels", "another source sends universe 1 too: 'FOH Eos' (CID 09090909-0909-0909-0909-090909090909), "
        f"priority {priority}; ours has 100, so nodes {follow}", OTHER)]


async def test_a_rival_is_found_on_any_universe_of_a_large_rig(told, monkeypatch):
    """A few of ours at a time, in turns."""
    monkeypatch.setattr(ear, "FIRST_TURN_S", 0.01)
    monkeypatch.setattr(ear, "TURN_S", 0.02)
    with desk() as one:
        async with sacn.connect(config(), told.append) as send:
            for universe in range(1, 21):
                send(DmxFrame("panels", universe, bytes(512)))

            def found():
                one.says(1, universe=3)
                one.says(1, universe=19)
                return len(told) == 2

            await until(found)
    assert {note.reason[:36] for note in told} == {
        "another source sends universe 3 too:", "another source sends universe 19 too"}


async def test_our_own_universes_do_not_wake_us(told, monkeypatch):
    """The kernel drops them; what is cut short is still ours to name."""
    monkeypatch.setattr(ear, "FIRST_TURN_S", 0.01)
    woken = []
    drain = ear.Ear._drain
    monkeypatch.setattr(ear.Ear, "_drain", lambda self, sock: (woken.append(1), drain(self, sock)))
    with desk() as one:
        async with sacn.connect(config("dmx/1/1"), told.append) as send:
            send(DmxFrame("panels", 1, bytes(512)))
            await asyncio.sleep(0.05)
            for level in range(50):
                send(DmxFrame("panels", 1, bytes([level]) * 512))
            await asyncio.sleep(0.02)
            assert woken == []
            one.sends(b"short", wire.group(1))
            await until(lambda: told)
    assert len(woken) == 1


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not an sACN"), (b"hello" * 30, "not an sACN"), ("cut", "cut short"), ("root", "vectors 5"),
    ("count", "announces"), ("universe", "universe 0"), ("priority", "priority 201"),
])
async def test_what_is_malformed_is_told_with_its_sender(told, data, words):
    with desk() as one:
        good = one.packet(1)
        bad = {"cut": good[:100], "root": good[:21] + b"\5" + good[22:], "count": good[:-1],
               "universe": good[:113] + b"\0\0" + good[115:], "priority": good[:108] + b"\xc9" + good[109:]}
        async with sacn.connect(config("dmx/1/1"), told.append):
            one.sends(bad.get(data, data) if isinstance(data, str) else data)
            await until(lambda: told)
            sender = "{}:{}".format(*one.sock.getsockname())
    (note,) = told
    assert words in note.reason
    assert note.sender == sender


async def test_a_flood_takes_a_bounded_part_of_each_turn(told):
    """Law 7: whatever comes, the loop looks at everything else after a few packets."""
    with desk() as one:
        async with sacn.connect(config("dmx/1/1"), told.append):
            flood = [one.packet(level % 256) for level in range(100)]
            for packet in flood:
                one.sends(packet)
            most, before = 0, 0
            for _ in range(30):
                await asyncio.sleep(0)
                most, before = max(most, len(told) - before), len(told)
    assert len(values(told)) == 100
    assert most <= 9


async def test_a_wish_that_sacn_cannot_meet_is_told(told):
    async with sacn.connect(config("dmx/0/1"), told.append):
        pass
    assert "sACN tells nothing at 'dmx/0/1'" in told[0].reason


async def test_after_the_end_nothing_is_told(told):
    with desk() as one:
        async with sacn.connect(config("dmx/1/*", "dmx/1/1"), told.append):
            one.says(1)
            await until(lambda: told)
        count = len(told)
        one.says(2)
        await asyncio.sleep(0.05)
    assert len(told) == count
