"""Our ends of the wires: what a node, a mixer and a box hear becomes levels and edges; junk becomes nothing."""

import asyncio
import socket

import pytest

from showctl import sheet as sheet_reader
from showctl.clock import pause
from showctl.codec import artnet, midi, osc, sacn
from showctl.errors import DriverError
from showctl.model import LEVEL_MAX, Trigger
from showctl_sim.live.ends import Ends
from showctl_sim.live.show import UNKNOWN, LiveShow
from tests.peers.programs import free_port
from tests.stage import CONFIGS

SHEET = """
show: Ends
connections:
  panels: {{driver: artnet, host: 127.0.0.1, port: {artnet}}}
  strips: {{driver: sacn, host: [127.0.0.1, 127.0.0.2], port: {sacn}}}
  cloud:  {{driver: sacn, interface: 127.0.0.1}}
  mixer:  {{driver: midi, port: "udp://127.0.0.1:{midi}", law: x32}}
  desk:   {{driver: midi, port: Desk, law: x32}}
  box:    {{driver: osc, host: 127.0.0.1, port: {osc}, high: 2}}
fixtures:
  key:  {{profile: generic/panel-cct, to: panels, at: 3/1}}
  fine: {{profile: generic/dimmer-16, to: strips, at: 7/5}}
  far:  {{profile: generic/dimmer, to: cloud, at: 1/1}}
faders:
  music: {{to: mixer, channel: 1, cc: 7}}
  voice: {{to: desk, channel: 1, cc: 7}}
  delay: {{to: box, address: /delay}}
commands: {{lamp: {{to: box, address: /lamp}}, bell: {{to: mixer, note: 60, channel: 2}}}}
cues: {{1: {{look: {{all: 20%}}}}}}
"""


@pytest.fixture
def ends():
    ports = {name: free_port(socket.SOCK_DGRAM) for name in ("artnet", "sacn", "midi", "osc")}
    sheet = sheet_reader.read(SHEET.format(**ports), "ends.yaml", CONFIGS)
    with asyncio.Runner() as runner, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        opened = Ends(sheet, {})
        runner.run(opened.open())

        def send(name, data):
            wire.sendto(data, ("127.0.0.1", ports[name]))

        yield LiveShow(sheet, opened, runner), opened, send, runner
        runner.run(opened.close())


def parameter(show, owner, attribute):
    return next(each.index for each in show.sheet.parameters if (each.owner, each.attribute) == (owner, attribute))


def level(show, owner, attribute="intensity"):
    return show.peek(0, [parameter(show, owner, attribute)])[0]


def test_levels_are_read_off_the_wires(ends):
    """SEMANTICS 35: to one step of what carries them."""
    show, opened, send, runner = ends
    assert level(show, "key") == level(show, "music", "fader") == UNKNOWN
    send("artnet", artnet.encode(3, 1, bytes([128, 255]) + bytes(510)))
    send("sacn", bytes(sacn.packet(bytes(16), "showctl", 7))[:-512] + bytes([0, 0, 0, 0, 0x12, 0x34]) + bytes(506))
    send("midi", midi.level(("cc", 1, 7), 64, 127)[0])
    send("osc", osc.encode("/delay", (0.5,)))
    send("osc", osc.encode("/lamp", ("on",)))
    send("midi", midi.encode(("note", 2, 60), 100)[0])
    for name in ("artnet", "sacn", "midi", "osc"):
        send(name, b"\xff junk \x00")
    runner.run(pause(0.1))
    assert abs(level(show, "key") - LEVEL_MAX // 2) <= LEVEL_MAX // 255
    assert level(show, "key", "cct") == 6_500_000
    assert abs(level(show, "fine") - LEVEL_MAX * 0x1234 // 0xFFFF) <= 256
    assert level(show, "music", "fader") == 64 * LEVEL_MAX // 127
    assert level(show, "delay", "fader") == round(LEVEL_MAX / 4)
    assert sorted(opened.heard.edges) == [("box", ("osc", "/lamp"), ("on",)), ("mixer", ("note", 2, 60), 100)]


def test_what_cannot_be_seen_is_known_beforehand(ends):
    """Multicast, and a real MIDI port, are not watched."""
    show = ends[0]
    seen = {each.owner: show.sees(each.index) for each in show.sheet.parameters}
    assert seen == {"key": True, "fine": True, "far": False, "music": True, "voice": False, "delay": True}


def test_a_port_that_is_taken_is_named(ends):
    show = ends[0]
    with asyncio.Runner() as runner:
        second = Ends(show.sheet, {})
        with pytest.raises(DriverError, match=r"127.0.0.1:\d+ cannot be had .*: it is for the node of 'panels'"):
            runner.run(second.open())
        runner.run(second.close())


def test_what_has_no_wire_is_refused(ends):
    _, opened, _, runner = ends
    with pytest.raises(DriverError, match="'pedal' cannot be spoken to from here"):
        runner.run(opened.send(Trigger("pedal", "", "DOWN")))
