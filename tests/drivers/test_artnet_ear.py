"""Art-Net both ways on one interface: found by others, finding nodes, hearing DMX. All of it on 127.0.0.0/8."""

import asyncio
import socket
from contextlib import contextmanager

import pytest

from showctl.codec import artnet as wire
from showctl.codec import artnet_poll
from showctl.errors import DriverError, UsageError
from showctl.model import DmxFrame, Found, Malformed, Presence, Trigger
from showctl_drivers import _artnet_ear, _interfaces, artnet

HERE, NODE, OTHER = "127.0.0.61", "127.0.0.62", "127.0.0.63"


@contextmanager
def bound(address, port=0):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind((address, port))
        sock.setblocking(False)
        yield sock


@pytest.fixture
def node():
    """A node's socket; its port is this test's Art-Net port."""
    with bound(NODE) as sock:
        yield sock


@pytest.fixture
def told():
    return []


def config(node, **settings):
    port = node.getsockname()[1]
    return artnet.Config(**{"host": NODE, "port": port, "interface": HERE, "name": "panels", **settings})


def reply(address, universes=(0,)):
    return next(artnet_poll.replies(address, "panel", "Six panels", universes))


async def read(sock, operation):
    """The next packet of this kind, and whom it is from."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(3):
        while True:
            data, peer = await loop.sock_recvfrom(sock, 2000)
            if wire.operation(data) == operation:
                return data, peer


async def until(holds):
    async with asyncio.timeout(3):
        while not holds():
            await asyncio.sleep(0.005)


async def test_the_node_is_asked_from_the_art_net_port_and_is_online_when_it_answers(node, told):
    async with artnet.connect(config(node), told.append):
        data, peer = await read(node, artnet_poll.OP_POLL)
        assert (data, peer) == (artnet_poll.poll(), (HERE, node.getsockname()[1]))
        node.sendto(reply(NODE), peer)
        await until(lambda: told)
    assert told == [Trigger("panels", f"node/{NODE}", "online")]


async def test_a_node_that_vanishes_is_lost_and_its_light_goes_on(node, told, monkeypatch):
    """SEMANTICS 25; nobody closes the connection, so the node has its levels when it comes back."""
    monkeypatch.setattr(_artnet_ear, "POLL_EVERY_S", 0.01)
    async with artnet.connect(config(node), told.append) as send:
        _, peer = await read(node, artnet_poll.OP_POLL)
        node.sendto(reply(NODE), peer)
        await until(lambda: told and isinstance(told[-1], Presence))
        assert [getattr(note, "value", None) for note in told] == ["online", "offline", None]
        send(DmxFrame("panels", 0, bytes(512)))
        data, _ = await read(node, wire.OP_DMX)
        assert wire.decode(data).universe == 0
        node.sendto(reply(NODE), peer)
        await until(lambda: told[-1] == Presence("panels", True))


async def test_without_poll_nobody_is_asked_and_nobody_missed(node, told, monkeypatch):
    monkeypatch.setattr(_artnet_ear, "POLL_EVERY_S", 0.005)
    async with artnet.connect(config(node, poll=False), told.append):
        await asyncio.sleep(0.06)
        with pytest.raises(BlockingIOError):
            node.recv(100)
    assert told == []


async def test_without_an_interface_nothing_is_opened(node, told):
    """Law 11: closed by default."""
    async with artnet.connect(config(node, interface="", inputs=("dmx/0/1",)), told.append):
        await asyncio.sleep(0.01)
        with bound(HERE, node.getsockname()[1]):
            pass
    assert [note.reason for note in told] == [
        "triggers are heard only with 'interface', this machine's address there"]


async def test_only_the_named_interface_hears(node, told):
    """Law 11: other addresses of this machine stay free for other programs."""
    async with artnet.connect(config(node), told.append):
        await read(node, artnet_poll.OP_POLL)
        for address in (OTHER, "127.0.0.1"):
            with bound(address, node.getsockname()[1]):
                pass
        with pytest.raises(OSError, match="in use"), bound(HERE, node.getsockname()[1]):
            pass


async def test_we_answer_a_poll_and_say_which_universes_we_want(node, told):
    """Found by others; an Art-Net 4 desk sends its universes only to who wants them."""
    inputs = ("dmx/1/5", "dmx/2/1", f"node/{NODE}", "dmx/256/1")
    async with artnet.connect(config(node, inputs=inputs), told.append):
        _, peer = await read(node, artnet_poll.OP_POLL)
        node.sendto(artnet_poll.poll() + bytes(8), peer)
        answers = [artnet_poll.decode((await read(node, artnet_poll.OP_REPLY))[0]) for _ in range(2)]
    assert [(answer.address, answer.name, answer.long_name, answer.part, answer.outputs) for answer in answers] == [
        (HERE, "showctl", "showctl panels", 1, (1, 2)), (HERE, "showctl", "showctl panels", 2, (256,))]
    assert told == []


async def test_we_say_which_universe_two_desks_send_us(node, told):
    """Art-Net 4, "Data Merging": GoodOutput, bit 3."""
    with bound(OTHER) as desk:
        async with artnet.connect(config(node, inputs=("dmx/1/*", "dmx/2/*")), told.append):
            _, peer = await read(node, artnet_poll.OP_POLL)
            for sock, universe in ((node, 1), (desk, 1), (desk, 2)):
                sock.sendto(wire.encode(universe, 0, b"\1\0"), peer)
            node.sendto(artnet_poll.poll(), peer)
            answer = artnet_poll.decode((await read(node, artnet_poll.OP_REPLY))[0])
    assert (answer.outputs, answer.merges) == ((1, 2), (1,))


async def test_we_answer_a_poll_to_everybody_but_not_our_own(node, told):
    async with artnet.connect(config(node, host="127.255.255.255"), told.append):
        await asyncio.sleep(0.02)
        with bound(OTHER, node.getsockname()[1]) as desk:
            desk.sendto(artnet_poll.poll(), ("127.255.255.255", node.getsockname()[1]))
            _, peer = await read(desk, artnet_poll.OP_REPLY)
    assert peer == (HERE, node.getsockname()[1])
    assert told == []


async def test_a_poll_that_is_targeted_at_others_is_not_answered(node, told):
    async with artnet.connect(config(node, inputs=("dmx/2/1",)), told.append):
        _, peer = await read(node, artnet_poll.OP_POLL)
        for bottom, top in ((3, 9), (1, 2)):
            node.sendto(artnet_poll.poll()[:12] + bytes((0x20, 0, 0, top, 0, bottom)), peer)
        await read(node, artnet_poll.OP_REPLY)
        await asyncio.sleep(0.02)
        with pytest.raises(BlockingIOError):
            node.recv(2000)
    assert told == []


async def test_nobody_makes_us_flood_the_network(node, told):
    """Law 7: every packet is bounded."""
    node.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    async with artnet.connect(config(node), told.append):
        _, peer = await read(node, artnet_poll.OP_POLL)
        for _ in range(_artnet_ear.ANSWERS_A_POLL + 10):
            node.sendto(artnet_poll.poll(), peer)
            await asyncio.sleep(0)
        await until(lambda: len(told) == 10)
    assert {note.reason for note in told} == {"too many ArtPolls; not all are answered"}


async def test_dmx_comes_in_as_triggers(node, told):
    with bound(OTHER) as desk:
        async with artnet.connect(config(node, inputs=("dmx/3/2", "dmx/3")), told.append):
            _, peer = await read(node, artnet_poll.OP_POLL)
            for level in (0, 0, 9):
                desk.sendto(wire.encode(3, 0, bytes([1, level])), peer)
            await until(lambda: len(told) == 3)
    assert told == [Trigger("panels", "dmx/3", "online", OTHER), Trigger("panels", "dmx/3/2", 0, OTHER, retained=True),
                    Trigger("panels", "dmx/3/2", 9, OTHER)]


async def test_another_program_that_sends_our_universe_to_everybody_is_named(node, told):
    """Once; and we do not take our own broadcast for another's."""
    port = node.getsockname()[1]
    with bound(OTHER) as desk:
        async with artnet.connect(config(node, host="127.255.255.255", poll=False), told.append) as send:
            await asyncio.sleep(0.02)
            send(DmxFrame("panels", 4, bytes(512)))
            desk.sendto(wire.encode(5, 1, bytes(512)), ("127.255.255.255", port))
            for _ in range(3):
                desk.sendto(wire.encode(4, 1, bytes(512)), ("127.255.255.255", port))
            await until(lambda: told)
            await asyncio.sleep(0.01)
    assert told == [Malformed("panels", "another program sends universe 4 too, to everybody", OTHER)]


async def test_what_another_connection_of_ours_sends_is_no_desk(node, told):
    """Merged into what we send, it would never go down again."""
    port = node.getsockname()[1]
    async with (
        artnet.connect(config(node, inputs=("dmx/4/*",), poll=False), told.append),
        artnet.connect(artnet.Config(host=("127.255.255.255", HERE), port=port), told.append) as send,
    ):
        await asyncio.sleep(0.02)
        send(DmxFrame("second", 4, bytes(512)))
        await asyncio.sleep(0.02)
    assert told == []


async def test_an_art_sync_is_heard(node, told):
    """Art-Net 4, "ArtSync": from the first on, levels wait for the next."""
    with bound(OTHER) as desk:
        async with artnet.connect(config(node, inputs=("dmx/3/1",)), told.append):
            _, peer = await read(node, artnet_poll.OP_POLL)
            for packet in (wire.encode(3, 0, b"\1\0"), wire.SYNC, wire.encode(3, 0, b"\2\0")):
                desk.sendto(packet, peer)
            await asyncio.sleep(0.03)
            assert [note.value for note in told] == ["online", 1]
            desk.sendto(wire.SYNC, peer)
            await until(lambda: told[-1].value == 2)


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not an Art-Net"), (b"hello", "not an Art-Net"), (wire.encode(0, 1, bytes(512))[:-1], "cut short"),
    (artnet_poll.poll()[:12], "cut short"), (reply(NODE)[:200], "cut short"), (wire.SYNC[:13], "13 of 14"),
    (reply(NODE)[:18] + b"\xff" + reply(NODE)[19:], "net 255"),
])
async def test_what_is_malformed_is_told_with_its_sender(node, told, data, words):
    async with artnet.connect(config(node), told.append):
        _, peer = await read(node, artnet_poll.OP_POLL)
        node.sendto(data, peer)
        await until(lambda: told)
    (note,) = told
    assert words in note.reason
    assert note.sender == f"{NODE}:{node.getsockname()[1]}"


async def test_the_rest_of_art_net_is_left_alone(node, told):
    """ArtNzs, ArtSync, ArtAddress, ArtTimeCode and RDM of others are no mistakes."""
    async with artnet.connect(config(node), told.append):
        _, peer = await read(node, artnet_poll.OP_POLL)
        for operation in (0x5100, 0x5200, 0x6000, 0x9700, 0x8000):
            node.sendto(wire.ID + operation.to_bytes(2, "little") + bytes(40), peer)
        node.sendto(reply(NODE), peer)
        await until(lambda: told)
    assert told == [Trigger("panels", f"node/{NODE}", "online")]


async def test_a_taken_port_is_named_and_light_goes_on_until_it_is_free(node, told, monkeypatch):
    monkeypatch.setattr(_artnet_ear, "POLL_EVERY_S", 0.02)
    with bound(HERE, node.getsockname()[1]) as other:
        async with artnet.connect(config(node), told.append) as send:
            await until(lambda: told)
            await asyncio.sleep(0.05)
            send(DmxFrame("panels", 0, bytes(512)))
            await read(node, wire.OP_DMX)
            other.close()
            await read(node, artnet_poll.OP_POLL)
    assert len([note for note in told if isinstance(note, Malformed)]) == 1
    assert f"nothing is heard: cannot listen for Art-Net on {HERE}" in told[0].reason


async def test_an_interface_that_this_machine_lacks_is_a_driver_error(node):
    with pytest.raises(DriverError, match=r"198\.51\.100\.1.*check"):
        async with artnet.connect(config(node, interface="198.51.100.1"), print):
            pass


async def test_a_wish_that_art_net_cannot_meet_is_told(node, told):
    async with artnet.connect(config(node, inputs=("dmx/0/600",)), told.append):
        pass
    assert "'0/600' is out of range" in told[0].reason


# ---- devices ----

def test_the_broadcast_address_of_loopback():
    assert _interfaces.broadcast("127.0.0.1") == "127.255.255.255"
    assert _interfaces.broadcast("198.51.100.1") == ""


async def test_find_lists_each_node_once_with_what_it_puts_out(node, monkeypatch):
    port = node.getsockname()[1]
    monkeypatch.setattr(wire, "PORT", port)
    monkeypatch.setattr(artnet, "ANSWERS_WITHIN_S", 0.2)
    parts = [*artnet_poll.replies(OTHER, "panel", "Six panels", (0, 1, 16))]
    liar, noise = reply("10.9.9.9", (99,)), b"noise"
    with bound("127.255.255.255", port) as everybody:
        everybody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with bound(OTHER, port) as other:
            nodes = asyncio.create_task(relay(everybody, [(node, [reply(NODE, ())]), (other, [*parts, liar, noise])]))
            found = [each async for each in artnet.find(HERE)]
            nodes.cancel()
            await asyncio.gather(nodes, return_exceptions=True)
    assert found == [
        Found("artnet", (("host", NODE),), "panel", ("Six panels", "puts out no universe")),
        Found("artnet", (("host", OTHER),), "panel", ("Six panels", "puts out universe 0, 1, 16")),
    ]


async def relay(everybody, nodes):
    """Nodes that hear what is sent to everybody, and answer from their own addresses."""
    loop = asyncio.get_running_loop()
    while True:
        _, peer = await loop.sock_recvfrom(everybody, 2000)
        for sock, packets in nodes:
            for packet in packets:
                await loop.sock_sendto(sock, packet, peer)


async def test_find_says_who_has_the_port_and_which_interface_there_is_not(node, monkeypatch):
    monkeypatch.setattr(wire, "PORT", node.getsockname()[1])
    with pytest.raises(DriverError, match="another program"):
        _ = [each async for each in artnet.find(NODE)]
    with pytest.raises(UsageError, match=r"no interface 198\.51\.100\.1"):
        _ = [each async for each in artnet.find("198.51.100.1")]
