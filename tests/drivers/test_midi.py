"""Over UDP loopback, the virtual mixer's wire; real ports are in tests/peers/test_jack_midi.py."""

import asyncio
import threading
import time

import pytest

from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Lost, Malformed, Reply, Trigger
from showctl_drivers import midi

LATE_NS = 60_000_000_000


@pytest.fixture
def mixer(peer):
    """It listens where a tablet would."""
    return peer


def config(mixer, **settings):
    return midi.Config(port=f"udp://127.0.0.1:{mixer.getsockname()[1]}", name="mixer", **settings)


def fader(value, number=0):
    return LevelFrame("mixer", ("cc", 1, number), value, 127)


def note(number, expires_ns=LATE_NS):
    return EdgeFrame("mixer", ("note", 1, number), 127, 0, expires_ns)


def read(sock, quiet_s=0.1):
    """All messages until nothing comes for ``quiet_s``, as hexadecimal."""
    sock.settimeout(quiet_s)
    found = []
    for _ in range(5000):
        try:
            found.append(sock.recv(2000).hex(" "))
        except TimeoutError:
            break
    return found


async def gathered(sock, seconds):
    await asyncio.sleep(seconds)
    return read(sock, 0.02)


async def until(told, count):
    for _ in range(200):
        if len(told) >= count:
            return
        await asyncio.sleep(0.005)


async def test_a_fader_is_sent_at_once(mixer):
    async with midi.connect(config(mixer), print) as send:
        send(fader(100))
        assert mixer.recv(100).hex(" ") == "b0 00 64"


async def test_every_kind_is_one_message_a_datagram(mixer):
    """CORE 16: MIDI bytes travel by UDP loopback in the rig."""
    async with midi.connect(config(mixer), print) as send:
        send(LevelFrame("mixer", ("nrpn", 1, 5), 300, 16383))
        send(EdgeFrame("mixer", ("program", 2), 3, 0, LATE_NS))
        send(EdgeFrame("mixer", ("sysex",), "F0 7D 01 F7", 0, LATE_NS))
        assert await gathered(mixer, 0.02) == [
            "b0 63 00", "b0 62 05", "b0 06 02", "b0 26 2c", "c1 03", "f0 7d 01 f7",
        ]


async def test_messages_go_no_faster_than_the_cable(mixer):
    """31,250 baud: 320 us a byte, 0.96 ms a message."""
    async with midi.connect(config(mixer), print) as send:
        start = time.monotonic()
        for number in range(100):
            send(note(number))
        mixer.setblocking(False)
        loop = asyncio.get_running_loop()
        for _ in range(100):
            await asyncio.wait_for(loop.sock_recv(mixer, 100), 2)
        took = time.monotonic() - start
    assert 99 * 0.00096 - midi.AHEAD_S <= took < 0.5


async def test_levels_coalesce_and_the_last_is_always_sent(mixer):
    """SEMANTICS 29: fader values are levels."""
    async with midi.connect(config(mixer), print) as send:
        for value in range(128):
            send(fader(value))
        found = await gathered(mixer, 0.02)
    assert found == ["b0 00 00", "b0 00 7f"]


async def test_an_edge_first_flushes_what_was_queued_before_it(mixer):
    """SEMANTICS 29 and CORE 13: a level merges with what waits of its address, never past an edge.

    A slow way, so that a machine that stalls for a moment between two lines here still finds the first on the cable.
    """
    async with midi.connect(config(mixer, rate=200), print) as send:
        send(fader(1))                  # on the cable
        send(fader(2))
        send(fader(3))                  # in place of 2
        send(fader(9, number=1))
        send(note(60))
        send(fader(4))                  # not past the note
        send(fader(5))                  # in place of 4
        send(note(61))
        found = await gathered(mixer, 0.2)
    # The other fader, which has had no turn yet, goes before the one that has.
    assert found == ["b0 00 01", "b0 01 09", "b0 00 03", "90 3c 7f", "b0 00 05", "90 3d 7f"]


async def test_edges_keep_their_order_and_are_sent_once(mixer):
    """SEMANTICS 29."""
    async with midi.connect(config(mixer), print) as send:
        for number in range(50):
            send(note(number))
        found = await gathered(mixer, 0.1)
    assert found == [f"90 {number:02x} 7f" for number in range(50)]


async def test_an_edge_too_late_is_dropped_and_told(mixer):
    """SEMANTICS 30: not sent within its `expires`: dropped and shown, never sent late."""
    told = []
    async with midi.connect(config(mixer), told.append) as send:
        send(EdgeFrame("mixer", ("sysex",), b"\xf0" + bytes(198) + b"\xf7", 0, LATE_NS))   # 64 ms of cable
        send(note(60, expires_ns=20_000_000))
        send(note(61))
        found = await gathered(mixer, 0.1)
    assert found[1:] == ["90 3d 7f"]
    assert [type(what) for what in told] == [Malformed]
    assert "note 1 60" in told[0].reason


async def test_panic_drops_the_edges_that_wait_and_keeps_the_last_level(mixer):
    """SEMANTICS 4 and CORE 4: panic cancels queued edges; the last level is always sent."""
    async with midi.connect(config(mixer), print) as send:
        for number in range(20):
            send(fader(number))
            send(note(number))
        send(Flush("mixer"))
        send(fader(127, number=2))
        found = await gathered(mixer, 0.05)
    assert found == ["b0 00 00", "b0 02 7f", "b0 00 13"]      # the fader that has had no turn goes first


async def test_the_outbox_is_bounded_and_says_what_it_drops(mixer):
    """DESIGN law 7; the newest value of each fader waits nevertheless."""
    told = []
    async with midi.connect(config(mixer), told.append) as send:
        for number in range(2000):
            send(note(number % 128))
        for value in range(100):
            send(fader(value))
        send(Flush("mixer"))
        found = await gathered(mixer, 0.02)
    assert len(told) == 2000 - midi.OUTBOX_LIMIT - 1
    assert found == ["90 00 7f", "b0 00 63"]


async def test_a_hand_is_a_trigger(mixer, free):
    """CORE 4: one duplex module a box; CORE 19 is decided by the core, here every message is told."""
    told = []
    async with midi.connect(config(mixer, udp_listen=f"127.0.0.1:{free[1]}"), told.append):
        for message in ("b0 00 40", "90 3c 7f", "80 3c 00", "c0 05", "f8"):
            mixer.sendto(bytes.fromhex(message), free)
        await until(told, 4)
    assert told == [
        Trigger("mixer", "cc 1 0", 64), Trigger("mixer", "note 1 60", 127), Trigger("mixer", "note 1 60", 0),
        Trigger("mixer", "program 1", 5),
    ]


async def test_a_pair_that_is_wanted_is_one_value(mixer, free):
    told = []
    settings = config(mixer, udp_listen=f"127.0.0.1:{free[1]}", inputs=("cc14 1 7",))
    async with midi.connect(settings, told.append):
        mixer.sendto(bytes.fromhex("b0 07 40"), free)
        mixer.sendto(bytes.fromhex("b0 27 01"), free)
        await until(told, 1)
    assert told == [Trigger("mixer", "cc14 1 7", 8193)]


async def test_garbage_is_told_and_the_show_goes_on(mixer, free):
    told = []
    async with midi.connect(config(mixer, udp_listen=f"127.0.0.1:{free[1]}"), told.append):
        for message in (b"", b"\x00", b"\xff" * 2000, b"\xd0\x40", b"\xb0\x00\x01"):
            mixer.sendto(message, free)
        await until(told, 4)
    assert [type(what) for what in told] == [Malformed] * 3 + [Trigger]


async def test_messages_from_another_thread_are_bounded_and_reach_the_loop():
    """rtmidi calls from its own thread; more than 1,024 unread ones are counted, not kept."""
    told = []
    desk = midi.Desk(midi.Config(port="x", name="mixer"), told.append)
    thread = threading.Thread(target=lambda: [desk.heard(b"\xb0\x00\x01") for _ in range(3000)])
    thread.start()
    thread.join()
    turns = 0
    while len(told) < midi.INBOX_LIMIT + 1 and turns < 100:
        await asyncio.sleep(0)
        turns += 1
    assert sum(isinstance(what, Trigger) for what in told) == midi.INBOX_LIMIT
    assert [what.reason for what in told if isinstance(what, Malformed)] == [
        f"{3000 - midi.INBOX_LIMIT} MIDI messages came too fast and are lost"
    ]
    assert turns >= midi.INBOX_LIMIT // midi.MESSAGES_A_TURN


@pytest.mark.parametrize(("frame", "words"), [
    (DmxFrame("mixer", 0, bytes(512)), "no DmxFrame"), (Reply("mixer", "127.0.0.1:9", "/x"), "no Reply"),
    (EdgeFrame("mixer", ("osc", "/x"), 1, 0, 1), "no MIDI address"),
    (EdgeFrame("mixer", ("note", 1, 60), "loud", 0, 1), "takes 0 to 127"),
    (LevelFrame("mixer", ("cc14", 1, 99), 1, 127), "0 to 31"), (LevelFrame("mixer", (), 1, 127), "no MIDI level"),
])
async def test_what_cannot_be_sent_is_told(mixer, frame, words):
    told = []
    async with midi.connect(config(mixer), told.append) as send:
        send(frame)
    assert words in told[0].reason


async def test_a_port_that_goes_is_told_once_and_nothing_more_is_sent():
    told, put = [], []
    desk = midi.Desk(midi.Config(port="x", name="mixer"), told.append)
    desk.put = put.append
    desk.lost("unplugged")
    desk.lost("unplugged")
    desk.send(note(1))
    assert told == [Lost("mixer", "unplugged")]
    assert put == []
    desk.close()


async def test_a_machine_without_the_port_is_a_driver_error():
    """Where neither ALSA nor JACK runs, and where the port is another's, the message says what to look for."""
    with pytest.raises(DriverError, match=r"no MIDI"):
        async with midi.connect(midi.Config(port="No Such Desk 4711", api="alsa", name="mixer"), print):
            pass


async def test_a_taken_udp_port_is_a_driver_error(mixer):
    taken = f"127.0.0.1:{mixer.getsockname()[1]}"
    with pytest.raises(DriverError, match="no MIDI over UDP"):
        async with midi.connect(midi.Config(port="udp://127.0.0.1:5004", udp_listen=taken, name="mixer"), print):
            pass


@pytest.mark.parametrize("settings", [
    {}, {"port": "udp://nowhere"}, {"port": "Atlas", "udp_listen": "127.0.0.1:1"}, {"port": "Atlas", "api": "coremidi"},
    {"port": "udp://127.0.0.1:1", "udp_listen": "x"},
])
def test_a_setting_out_of_range_is_a_value_error(settings):
    with pytest.raises(ValueError, match=r"needs|host:port|goes with|is not known"):
        midi.Config(**settings)
