import asyncio
import socket
import struct
from collections import Counter

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from showctl.codec import osc as codec
from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Malformed, Reply, Trigger
from showctl_drivers import _osc_gateway, osc


def listening(free, **settings):
    return osc.Config(listen=f"{free[0]}:{free[1]}", name="tablets", **settings)


def sending(peer, **settings):
    return osc.Config(host="127.0.0.1", port=peer.getsockname()[1], name="gateway", **settings)


def name(sock):
    return "{}:{}".format(*sock.getsockname())


def read(sock):
    return codec.Decoder().decode(sock.recv(5000))[0]


def waiting(sock):
    sock.setblocking(False)
    found = []
    for _ in range(2000):
        try:
            found.append(read(sock))
        except BlockingIOError:
            break
    return found


async def until(told, count):
    for _ in range(200):
        if len(told) >= count:
            return
        await asyncio.sleep(0.005)


async def test_a_message_is_a_trigger_with_its_sender(peer, free):
    told = []
    async with osc.connect(listening(free), told.append):
        peer.sendto(codec.encode("/showctl/cue/2.5/go", (1, 0.5, "x")), free)
        await until(told, 1)
    assert told == [Trigger("tablets", "/showctl/cue/2.5/go", (1, 0.5, "x"), name(peer))]


async def test_a_bundle_is_its_messages_in_order(peer, free):
    told = []
    parts = [codec.encode("/a", (1,)), codec.encode("/b")]
    data = b"#bundle\0" + b"\xff" * 8 + b"".join(struct.pack(">i", len(part)) + part for part in parts)
    async with osc.connect(listening(free), told.append):
        peer.sendto(data, free)
        await until(told, 2)
    assert [(note.address, note.value) for note in told] == [("/a", (1,)), ("/b", ())]


async def test_bad_bytes_are_told_with_their_sender_and_the_show_goes_on(peer, free):
    told = []
    async with osc.connect(listening(free), told.append):
        for data in (b"", b"junk", b"/go\0,z\0\0", b"/" + b"a" * 5000, codec.encode("/go")):
            peer.sendto(data, free)
        await until(told, 5)
    assert [type(note) for note in told] == [Malformed] * 4 + [Trigger]
    assert {note.sender for note in told} == {name(peer)}


async def test_a_flood_leaves_the_loop_its_turns(peer, free):
    """At most 16 datagrams a turn: a timer is not kept waiting for the whole flood."""
    told, seen = [], []
    async with osc.connect(listening(free), told.append):
        for number in range(500):
            peer.sendto(codec.encode("/f", (number,)), free)
        while len(told) < 500 and len(seen) < 1000:
            await asyncio.sleep(0)
            seen.append(len(told))
    assert [note.value[0] for note in told] == list(range(500))
    assert max(after - before for before, after in zip([0, *seen], seen, strict=False)) <= 16


async def test_what_the_kernel_had_no_room_for_is_told_once(peer, free):
    """Law 4: refused is visible, even what never reached us."""
    told = []
    async with osc.connect(listening(free), told.append):
        sent = 0
        while sent < 20_000:           # far more than any buffer of 1 MB holds, in one turn of the loop
            peer.sendto(codec.encode("/f", (sent,)), free)
            sent += 1
        for _ in range(3_000):
            await asyncio.sleep(0)
    lost = [int(note.reason.split()[0]) for note in told if type(note) is Malformed]
    assert len(lost) == 1
    assert "faster than they could be taken" in next(note.reason for note in told if type(note) is Malformed)
    assert lost[0] + sum(type(note) is Trigger for note in told) == sent


async def test_a_reply_goes_to_whoever_asked_from_the_port_asked(peer, free):
    """CORE 18: replies go out by the connection's send."""
    async with osc.connect(listening(free), print) as send:
        send(Reply("tablets", name(peer), "/showctl/refused", ("too early", 0.25)))
        data, sender = peer.recvfrom(1000)
    assert codec.Decoder().decode(data) == [("/showctl/refused", ("too early", 0.25))]
    assert sender == free


@pytest.mark.parametrize(("settings", "value", "steps", "wanted"), [
    ({}, 0, 127, 0.0), ({}, 127, 127, 1.0), ({}, 1, 2, 0.5), ({"low": -90.0, "high": 10.0}, 1, 2, -40.0),
])
async def test_a_level_is_a_float_from_low_to_high(peer, settings, value, steps, wanted):
    async with osc.connect(sending(peer, **settings), print) as send:
        send(LevelFrame("gateway", ("osc", "/ch/01/mix/fader"), value, steps))
        data = peer.recv(1000)
    builder = OscMessageBuilder("/ch/01/mix/fader")
    builder.add_arg(wanted, "f")
    assert data == builder.build().dgram


@pytest.mark.parametrize(("value", "wanted"), [
    ((), ()), ((1, 2.5, "on"), (1, 2.5, "on")), (None, ()), ("go stage", ("go stage",)), (1, (1,)), (True, (True,)),
])
async def test_a_command_carries_its_arguments(peer, value, wanted):
    async with osc.connect(sending(peer), print) as send:
        send(EdgeFrame("gateway", ("osc", "/cmd"), value, 0, 1))
        assert read(peer) == ("/cmd", wanted)


async def test_ola_gets_a_universe_as_one_blob(peer):
    slots = bytes(range(256)) * 2
    async with osc.connect(sending(peer, dmx="ola"), print) as send:
        send(DmxFrame("gateway", 3, slots))
        data = peer.recv(1000)
    builder = OscMessageBuilder("/dmx/universe/3")
    builder.add_arg(slots, "b")
    assert data == builder.build().dgram


async def test_qlc_gets_one_float_a_changed_slot(peer):
    """QLC+ paths: both numbers from 0, values 0.0 to 1.0."""
    dark, lit = bytes(512), bytes([0, 255, 51]) + bytes(509)
    async with osc.connect(sending(peer, dmx="qlc"), print) as send:
        send(DmxFrame("gateway", 2, dark))
        await asyncio.sleep(0.05)
        first = waiting(peer)
        send(DmxFrame("gateway", 2, lit))
        second = waiting(peer)
        send(DmxFrame("gateway", 2, lit))
    assert first == [(f"/2/dmx/{slot}", (0.0,)) for slot in range(512)]
    assert second == [("/2/dmx/1", (1.0,)), ("/2/dmx/2", (pytest.approx(0.2),))]
    assert waiting(peer) == []


async def test_what_a_gateway_missed_it_is_told_again(peer, monkeypatch):
    """UDP loses, a busy gateway's socket more than others; nothing but the next cue would tell it."""
    monkeypatch.setattr(_osc_gateway, "AGAIN_S", 0.02)
    monkeypatch.setattr(_osc_gateway, "SOME_AGAIN_S", 0.002)
    slots = bytes(range(256)) * 2
    for style, whole in (("ola", 1), ("qlc", 512)):
        async with osc.connect(sending(peer, dmx=style), print) as send:
            send(DmxFrame("gateway", 1, slots))
            told = Counter()
            async with asyncio.timeout(5):
                while len(told) < whole or min(told.values()) < 2:
                    await asyncio.sleep(0.005)
                    told.update(waiting(peer))
        assert len(told) == whole       # nothing but what was sent
        waiting(peer)


async def test_qlc_lights_the_room_first_and_ends_on_the_newest_values(peer):
    async with osc.connect(sending(peer, dmx="qlc"), print) as send:
        send(DmxFrame("gateway", 0, bytes(500) + bytes([255]) * 12))
        send(DmxFrame("gateway", 0, bytes([255]) + bytes(511)))
    found = waiting(peer)
    assert [address for address, _ in found[:12]] == [f"/0/dmx/{slot}" for slot in range(500, 512)]
    final = dict(found)
    assert final["/0/dmx/0"] == (1.0,)
    assert {value for address, value in final.items() if address != "/0/dmx/0"} == {(0.0,)}
    assert len(final) == 512


@pytest.mark.parametrize(("frame", "words"), [
    (DmxFrame("x", 0, bytes(512)), "dmx: ola"), (LevelFrame("x", ("cc", 1, 2), 1, 127), "cc 1 2 is no OSC address"),
    (EdgeFrame("x", ("osc", "no-slash"), 1, 0, 1), "starts with /"),
    (EdgeFrame("x", ("osc", "/a"), float("nan"), 0, 1), "not finite"),
    (Reply("x", "nowhere", "/a"), "not host:port"),
])
async def test_what_cannot_be_sent_is_told(peer, frame, words):
    told = []
    async with osc.connect(sending(peer), told.append) as send:
        send(frame)
    assert words in told[0].reason
    assert waiting(peer) == []


async def test_a_connection_that_only_listens_says_so(free):
    told = []
    async with osc.connect(listening(free), told.append) as send:
        send(EdgeFrame("tablets", ("osc", "/a"), 1, 0, 1))
        send(Flush("tablets"))
    assert [note.reason for note in told] == ["not sent: the connection only listens; give it 'host' and 'port'"]


async def test_a_connection_that_only_sends_hears_its_target_alone(peer):
    """DESIGN law 11: closed by default."""
    told = []
    async with osc.connect(sending(peer), told.append) as send:
        send(EdgeFrame("gateway", ("osc", "/xremote"), None, 0, 1))
        _, ours = peer.recvfrom(1000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(codec.encode("/go"), ours)
        peer.sendto(codec.encode("/ch/01/mix/fader", (0.5,)), ours)
        await until(told, 1)
        await asyncio.sleep(0.02)
    assert [note.address for note in told] == ["/ch/01/mix/fader"]


async def test_a_target_that_is_not_there_is_told_and_nothing_raises(peer):
    settings = sending(peer)
    peer.close()
    told = []
    async with osc.connect(settings, told.append) as send:
        for _ in range(5):
            send(EdgeFrame("gateway", ("osc", "/a"), 1, 0, 1))
            await asyncio.sleep(0)
    assert all(isinstance(note, Malformed) for note in told)


async def test_a_taken_port_is_a_driver_error(peer):
    with pytest.raises(DriverError, match="another program has the port"):
        async with osc.connect(osc.Config(listen=name(peer), name="tablets"), print):
            pass


async def test_an_unknown_host_is_a_driver_error():
    with pytest.raises(DriverError, match="not found"):
        async with osc.connect(osc.Config(host="256.0.0.1", name="gateway"), print):
            pass


async def test_the_port_is_free_again_after_closing(free):
    for _ in range(3):
        async with osc.connect(listening(free), print):
            pass


@pytest.mark.parametrize("settings", [
    {}, {"listen": "8000"}, {"listen": "127.0.0.1:0"}, {"host": "x", "port": 0}, {"host": "x", "low": 1e9},
    {"host": "x", "high": float("nan")}, {"host": "x", "dmx": "sacn"}, {"listen": "127.0.0.1:8000", "dmx": "ola"},
])
def test_a_setting_out_of_range_is_a_value_error(settings):
    with pytest.raises(ValueError, match=r"needs|host:port|1 to 65535|-1000000|is not known"):
        osc.Config(**settings)


async def test_a_mixer_is_asked_to_tell_of_hands_again_and_again(peer, monkeypatch):
    """An X32 tells a client of changes for ten seconds after /xremote, and then forgets it."""
    monkeypatch.setattr(osc, "ASK_EVERY_S", 0.02)
    told = []
    async with osc.connect(sending(peer, ask="/xremote"), told.append):
        loop = asyncio.get_running_loop()
        peer.setblocking(False)
        for _ in range(3):
            data, back = await asyncio.wait_for(loop.sock_recvfrom(peer, 100), 2)
            assert codec.Decoder().decode(data) == [("/xremote", ())]
        peer.sendto(codec.encode("/ch/01/mix/fader", (0.5,)), back)
        await until(told, 1)
    assert (told[0].address, told[0].value) == ("/ch/01/mix/fader", (0.5,))
    await asyncio.sleep(0.05)
    assert len(waiting(peer)) <= 2      # asked no more


@pytest.mark.parametrize("settings", [
    {"host": "127.0.0.1", "ask": "xremote"}, {"listen": "127.0.0.1:8000", "ask": "/xremote"},
])
def test_ask_is_an_address_and_needs_somebody_to_ask(settings):
    with pytest.raises(ValueError, match="ask"):
        osc.Config(name="mixer", **settings)
