"""DMX in: `check` says which addresses nobody will hear, and which connection listens nowhere."""

import pytest

from showctl import sheet
from showctl_drivers import artnet, sacn

ROOM = """
show: Heard
connections:
  desk: {{driver: artnet, host: 10.0.0.20{artnet}}}
  house: {{driver: sacn, host: 10.0.0.21{sacn}}}
fixtures: {{left: {{profile: generic/dimmer, to: desk, at: 0/1}}, right: {{profile: generic/rgb, to: house, at: 1/9}}}}
cues: {{1: {{look: {{all: 20%}}}}}}
"""
LISTENING = {"artnet": ", interface: 10.0.0.5", "sacn": ", interface: eth0"}


def checked(text, **settings):
    whole = ROOM.format(**{"artnet": "", "sacn": "", **settings}) + text
    return sheet.check(whole, "sheet.yaml", {"artnet": artnet.Config, "sacn": sacn.Config})


@pytest.mark.parametrize("trigger", [
    "{from: desk, address: dmx/0/512, when: payload > 5, alive: dmx/0}",
    "{from: desk, address: dmx/32767, says: online}", "{from: house, address: dmx/63999/1, says: any}",
    "{from: desk, address: node/10.0.0.20, when: payload == online}",
])
def test_what_drivers_tell(trigger):
    assert checked(f"triggers: {{x: {trigger}}}", **LISTENING).problems == ()


@pytest.mark.parametrize(("trigger", "said"), [
    ("{from: house, address: dmx/0/5, says: any}",
     "sheet.yaml:8:38: sacn tells nothing at 'dmx/0/5'; write such as dmx/1/11"),
    ("{from: desk, address: dmx/32768/5, says: any}", "artnet tells nothing at 'dmx/32768/5'"),
    ("{from: desk, address: dmx/1/513, says: any}", "artnet tells nothing at 'dmx/1/513'"),
    ("{from: desk, address: dmx/1/0, says: any}", "write such as dmx/0/11 (universes 0 to 32767), or node/10.0.0.20"),
    ("{from: desk, address: dmx/01/5, says: any}", "artnet tells nothing at 'dmx/01/5'"),
    ("{from: desk, address: 'dmx/1/*', says: any}", "artnet tells nothing at 'dmx/1/*'"),
    ("{from: desk, address: /go, says: any}", "artnet tells nothing at '/go'"),
    ("{from: desk, address: dmx/1/5, says: any, alive: dmx}", "artnet tells nothing at 'dmx'"),
    ("{from: house, address: node/10.0.0.20, says: any}", "sacn tells nothing at 'node/10.0.0.20'"),
])
def test_what_nobody_will_hear_is_said(trigger, said):
    (problem,) = checked(f"triggers: {{x: {trigger}}}", **LISTENING).problems
    assert said in str(problem)


@pytest.mark.parametrize("wants", [
    "triggers: {{x: {{from: {name}, address: dmx/1/5, says: any}}}}",
    "merge: {{m: {{from: {name}, universe: 7, to: desk/0}}}}",
])
@pytest.mark.parametrize(("name", "driver"), [("desk", "artnet"), ("house", "sacn")])
def test_a_connection_that_listens_nowhere_is_warned_of(wants, name, driver):
    """Law 11: closed by default; so it has to be said where to listen."""
    found = checked(wants.format(name=name))
    (warning,) = found.warnings
    assert f"'{name}' hears nothing: it needs 'interface'" in str(warning)
    assert found.problems == ()
    assert checked(wants.format(name=name), **LISTENING).warnings == ()
    assert checked("").warnings == ()


def test_a_desk_may_send_the_very_universe_that_we_send():
    """By sACN's priority nodes follow us, and it again when we are gone; what we send ourselves is never heard."""
    found = checked("merge: {m: {from: house, universe: 1, to: house/1}}", **LISTENING)
    assert (found.problems, found.warnings) == ((), ())


SENSORS = """
show: Heard
connections:
  sensors: {driver: mqtt}
  pins: {driver: gpio, lines: {hook: 17}}
  scale: {driver: serial_line, port: /dev/ttyUSB0, lines: csv, columns: [seat, warmth]}
  plain: {driver: serial_line, port: /dev/ttyUSB1, lines: csv}
  pairs: {driver: serial_line, port: /dev/ttyUSB2, lines: key=value}
  pedal: {driver: serial_line, port: /dev/ttyUSB3}
  tablets: {driver: osc, listen: "127.0.0.1:8000"}
cues: {1: {name: Dark}}
triggers:
  x: """


@pytest.mark.parametrize("trigger", [
    "{from: sensors, topic: a/b, when: payload == on, alive: a}", "{from: pins, line: hook, when: true}",
    "{from: scale, key: warmth, when: payload > 5}", "{from: plain, key: 2, when: payload > 5}",
    "{from: pairs, key: seat, when: payload > 5}", "{from: pedal, says: DOWN}",
    "{from: tablets, address: /push, says: any}",
])
def test_addresses_that_come(trigger):
    assert sheet.check(SENSORS + trigger, "sheet.yaml").problems == ()


@pytest.mark.parametrize(("trigger", "said"), [
    ("{from: sensors, topic: a/+, when: payload == on}", "13:29: 'a/+' stands for many topics"),
    ("{from: sensors, topic: '#', says: any}", "13:29: '#' stands for many topics"),
    ("{from: sensors, topic: '', says: any}", "13:29: a topic has at least one character"),
    ("{from: sensors, topic: a, says: any, alive: b/#}", "13:50: 'b/#' stands for many topics"),
    ("{from: pins, line: hok, when: true}", "13:25: no line 'hok' on this chip; did you mean 'hook'?"),
    ("{from: pins, line: 17, when: true}", "13:25: line 17 is heard by its name; write 'hook'"),
    ("{from: scale, key: seet, when: payload > 5}", "13:25: no column 'seet'; did you mean 'seat'?"),
    ("{from: scale, when: payload > 5}", "13:3: 'x' needs 'key': a line of 'scale' has several readings"),
    ("{from: plain, key: seat, when: payload > 5}", "13:25: no column 'seat': they are numbered from 1"),
    ("{from: pairs, when: payload > 5}", "13:3: 'x' needs 'key': a line of 'pairs' has several readings"),
    ("{from: pedal, key: seat, when: payload > 5}", "13:25: a line that reads as word has no keys; leave 'key' out"),
    ("{from: tablets, address: push, says: any}", "13:31: 'push' is no OSC address; it begins with /"),
])
def test_an_address_that_never_comes_is_said_where_it_stands(trigger, said):
    (problem,) = sheet.check(SENSORS + trigger, "sheet.yaml").problems
    assert said in str(problem)
