"""python-rtmidi on both ends of a real JACK server with a dummy driver: the MIDI driver's way through a port."""

import asyncio

import pytest

from showctl.errors import DriverError
from showctl.model import EdgeFrame, LevelFrame, Lost, Trigger
from showctl_drivers import midi
from tests.peers.jack import jack_server

pytestmark = pytest.mark.peers

LATE_NS = 60_000_000_000


@pytest.fixture(scope="module")
def jack(tmp_path_factory):
    with jack_server(tmp_path_factory.mktemp("jack") / "jackd.log") as name:
        yield name


class Mixer:
    """A virtual mixer with one port each way."""

    def __init__(self):
        import rtmidi

        self.heard = []
        self.input = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="Atlas One")
        self.input.ignore_types(sysex=False)
        self.input.set_callback(lambda event, _: self.heard.append(bytes(event[0]).hex(" ")))
        self.input.open_virtual_port("in")
        self.output = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="Atlas One")
        self.output.open_virtual_port("out")

    def close(self):
        self.input.cancel_callback()
        for end in (self.input, self.output):
            end.close_port()
            end.delete()


@pytest.fixture
def mixer(jack):
    mixer = Mixer()
    yield mixer
    mixer.close()


def config(**settings):
    return midi.Config(port="atlas one", api="jack", name="mixer", **settings)


async def until(told, count, seconds=3.0):
    for _ in range(int(seconds / 0.01)):
        if len(told) >= count:
            return
        await asyncio.sleep(0.01)


async def test_every_kind_arrives(mixer):
    async with midi.connect(config(), print) as send:
        send(LevelFrame("mixer", ("cc14", 1, 7), 8193, 16383))
        send(LevelFrame("mixer", ("nrpn", 16, 300), 300, 16383))
        send(EdgeFrame("mixer", ("note", 1, 60), 100, 0, LATE_NS))
        send(EdgeFrame("mixer", ("program", 2), 3, 0, LATE_NS))
        send(EdgeFrame("mixer", ("sysex",), "F0 7F 7F 06 01 F7", 0, LATE_NS))
        await until(mixer.heard, 9)
    assert mixer.heard == [
        "b0 07 40", "b0 27 01", "bf 63 02", "bf 62 2c", "bf 06 02", "bf 26 2c", "90 3c 64", "c1 03",
        "f0 7f 7f 06 01 f7",
    ]


async def test_a_burst_arrives_whole_because_it_is_paced(mixer):
    """SEMANTICS 29: edges in order, none lost."""
    async with midi.connect(config(), print) as send:
        for number in range(250):
            send(EdgeFrame("mixer", ("note", 1, number % 128), 100, 0, LATE_NS))
        await until(mixer.heard, 250)
    assert mixer.heard == [f"90 {number % 128:02x} 64" for number in range(250)]


async def test_a_hand_on_a_fader_is_heard(mixer):
    told = []
    async with midi.connect(config(listen=True), told.append):
        for value in (0, 64, 127):
            mixer.output.send_message([0xB0, 1, value])
        await until(told, 3)
    assert told == [Trigger("mixer", "cc 1 1", value) for value in (0, 64, 127)]


async def test_a_port_that_is_not_there_names_those_that_are(mixer):
    with pytest.raises(DriverError, match=r"no MIDI output with 'X32' in its name; there are '.*Atlas One.*'"):
        async with midi.connect(midi.Config(port="X32", api="jack", name="mixer"), print):
            pass


async def test_a_port_that_goes_is_lost_and_told_once(jack):
    told = []
    mixer = Mixer()
    async with midi.connect(config(), told.append) as send:
        mixer.close()
        await until(told, 1)
        send(EdgeFrame("mixer", ("note", 1, 1), 1, 0, LATE_NS))
    assert [type(what) for what in told] == [Lost, *[type(what) for what in told[1:]]]
    assert sum(isinstance(what, Lost) for what in told) == 1
