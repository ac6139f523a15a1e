"""Fades through a real JACK server: paced for a cable, and stopped by a hand."""

import asyncio
import time
from contextlib import contextmanager
from itertools import pairwise

import pytest

from showctl.codec.midi_in import Decoder
from showctl.model import LEVEL_MAX, Trigger
from showctl_drivers import midi
from tests.boxes import Box, daemon, running, until
from tests.peers.jack import jack_server

pytestmark = pytest.mark.peers

SHEET = """
show: Fades
go-gap: 0 s
connections:
  mixer:   {{driver: midi, port: Atlas One, api: jack, law: x32, listen: true}}
  tablets: {{driver: osc, listen: "127.0.0.1:8000"}}
faders:
{faders}
cues:
{cues}
"""


class Desk:
    """A mixer with one port each way; ``echoes``: its motors say again what they were told."""

    def __init__(self, wanted, *, echoes=False):
        import rtmidi

        self.heard = []      # (s, address, value)
        self.bytes = []      # (s, how many)
        self._decoder = Decoder()
        for address in wanted:
            self._decoder.want(address)
        self.output = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="Atlas One")
        self.output.open_virtual_port("out")
        self.input = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="Atlas One")
        self.input.ignore_types(sysex=False)
        self.echoes = echoes
        self.input.set_callback(self._hear)
        self.input.open_virtual_port("in")

    def _hear(self, event, _):
        message = bytes(event[0])
        now_s = time.monotonic()
        self.bytes.append((now_s, len(message)))
        told = self._decoder.decode(message)
        if told is not None:
            self.heard.append((now_s, *told))
        if self.echoes:
            self.output.send_message(list(message))

    def say(self, *messages):
        for message in messages:
            self.output.send_message(message)

    def of(self, address):
        return [(at_s, value) for at_s, each, value in self.heard if each == address]

    def close(self):
        self.input.cancel_callback()
        for end in (self.input, self.output):
            end.close_port()
            end.delete()


@pytest.fixture(scope="module")
def jack(tmp_path_factory):
    with jack_server(tmp_path_factory.mktemp("jack") / "jackd.log") as name:
        yield name


@contextmanager
def desk(wanted, **more):
    found = Desk(wanted, **more)
    try:
        yield found
    finally:
        found.close()


def go(box):
    box.emit(Trigger("tablets", "/showctl/go", (1.0,), "127.0.0.1:9000"))


async def test_sixteen_fades_keep_to_the_cable_and_all_arrive(jack, tmp_path):
    """CORE 13, SEMANTICS 29: 192 bytes a round on 3,125 a second; JACK hands them over in periods of 21 ms."""
    names = [f"f{n}" for n in range(16)]
    faders = "\n".join(f"  f{n}: {{to: mixer, channel: 1, nrpn: 0x40/{n}, start: -40 dB}}" for n in range(16))
    cues = f"""  1: {{mix: {{{', '.join(f'{name}: -40 dB' for name in names)}}}}}
  2: {{mix: {{{', '.join(f'{name}: 0 dB' for name in names)}}}, fade: 3 s}}"""
    addresses = [f"nrpn 1 {0x40 << 7 | n}" for n in range(16)]
    box = Box("osc")
    with desk(addresses) as mixer:
        async with running(daemon(SHEET.format(faders=faders, cues=cues), tmp_path, {"midi": midi, "osc": box})):
            await until(lambda: len(mixer.heard) >= 16)
            await asyncio.sleep(0.3)
            begun = len(mixer.heard)
            go(box)
            goal = (2 * (LEVEL_MAX * 3 // 4) * 16383 + LEVEL_MAX) // (2 * LEVEL_MAX)
            await until(lambda: all(mixer.of(each)[-1][1] == goal for each in addresses), 6)
            await asyncio.sleep(0.2)
    assert all(mixer.of(each)[-1][1] == goal for each in addresses)
    counts = [len([1 for at_s, address, _ in mixer.heard[begun:] if address == each]) for each in addresses]
    assert min(counts) > 25
    assert max(counts) - min(counts) <= 3
    window_s = 0.25
    for at_s, _ in mixer.bytes:
        carried = sum(count for when_s, count in mixer.bytes if at_s <= when_s < at_s + window_s)
        assert carried <= 3125 * (window_s + 2 * 0.0214 + midi.AHEAD_S) + 12


async def test_a_hand_stops_the_fade_and_the_next_cue_takes_it_back(jack, tmp_path):
    """SEMANTICS 32 and CORE 19: all the while the motors echo what they are told, and that is no hand."""
    faders = ("  music: {to: mixer, channel: 1, cc14: 7, start: -40 dB, ceiling: 0 dB}\n"
              "  voice: {to: mixer, channel: 2, cc14: 7, start: -40 dB}")
    cues = ("  1: {mix: {music: -40 dB, voice: -40 dB}}\n  2: {mix: {music: 0 dB, voice: 0 dB}, fade: 4 s}\n"
            "  3: {mix: {music: -10 dB in 2 s}}")
    box = Box("osc")
    with desk(["cc14 1 7", "cc14 2 7"], echoes=True) as mixer:
        show = daemon(SHEET.format(faders=faders, cues=cues), tmp_path, {"midi": midi, "osc": box})
        async with running(show):
            await until(lambda: len(mixer.heard) >= 2)
            go(box)
            await asyncio.sleep(1.2)
            assert mixer.of("cc14 1 7")[-1][1] > 4000           # echoes have not stopped it
            mixer.say([0xB0, 7, 100], [0xB0, 39, 0])            # a hand: 12800, above the ceiling of 0 dB
            moved_s = time.monotonic()
            await asyncio.sleep(1.0)
            music = [(at_s, value) for at_s, value in mixer.of("cc14 1 7") if at_s > moved_s + 0.1]
            voice = [(at_s, value) for at_s, value in mixer.of("cc14 2 7") if at_s > moved_s + 0.1]
            assert music == []
            assert len(voice) > 20                              # the other fade goes on
            assert mixer.of("cc14 1 7")[-1][1] == 12287         # pulled down to the ceiling, once
            mixer.say([0xB0, 7, 40], [0xB0, 39, 0])             # a hand again, within what it may
            await asyncio.sleep(0.3)
            assert mixer.of("cc14 1 7")[-1][1] == 12287         # it stands where the hand is, so nothing is sent
            before = len(mixer.of("cc14 1 7"))
            go(box)
            await until(lambda: mixer.of("cc14 1 7")[-1][1] == 8192, 5)
    back = [value for _, value in mixer.of("cc14 1 7")[before:]]
    assert 5120 <= back[0] < 5500                               # from the hand's place
    assert back == sorted(back)
    assert max(after - value for value, after in pairwise(back)) < 300
