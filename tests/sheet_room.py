"""A room for the tests of the cue sheet: one of each thing, and short ways to read a show in it."""

from __future__ import annotations

from showctl import sheet
from showctl.model import LEVEL_MAX, CueSheet

ROOM = """\
show: Test
connections:
  panels: {driver: artnet, host: 10.0.0.20}
  mixer: {driver: midi, law: x32}
  sensors: {driver: mqtt}
  pedal: {driver: serial_line, port: /dev/ttyUSB0, lines: key=value}
  pins: {driver: gpio, lines: {hook: 17}}
  desk: {driver: osc, host: 10.0.0.22}
stations:
  foh: {from: desk, host: 10.0.0.31}
fixtures:
  a: {profile: generic/panel-cct, to: panels, at: 0/1}
  b: {profile: generic/panel-cct, to: panels, at: 0/11}
  c: {profile: generic/rgb, to: panels, at: 1/0510}
groups:
  ab: [a, b]
  bc: [b, c]
faders:
  music: {to: mixer, channel: 1, cc: 7, ceiling: -6 dB, start: out}
  voice: {to: mixer, channel: 1, cc14: 8}
commands:
  cart: {to: sensors, topic: cart/command, hazard: moves}
  scene: {to: mixer, channel: 2, program: 5}
  reset: {to: mixer, sysex: F0 7E 7F 09 01 F7}
  bell: {to: mixer, channel: 3, note: 60}
  sleeve: {to: desk, address: /sleeve/show}
triggers:
  door: {from: sensors, topic: door, when: contact == false}
  seat: {from: pedal, key: seat, when: payload > 0.60, until: payload < 0.45}
  tap: {from: sensors, topic: tap, says: action == single}
  hook: {from: pins, line: hook, when: true}
  ask: {button: Ask}
"""
A_LEVEL, A_CCT, B_LEVEL, B_CCT, C_LEVEL, C_RED, C_GREEN, C_BLUE, MUSIC, VOICE = range(10)


def read(more: str, room: str = ROOM) -> CueSheet:
    return sheet.read(room + more, "x.yaml")


def refused(more: str, room: str = ROOM) -> list[str]:
    """The problems, each as ``line: message`` with lines counted from the end of the room."""
    found = sheet.check(room + more, "x.yaml")
    assert found.sheet is None
    return [f"{problem.line - room.count(chr(10))}: {problem.message}" for problem in found.problems]


def warned(more: str) -> list[str]:
    found = sheet.check(ROOM + more, "x.yaml")
    assert found.sheet is not None, found.problems
    return [problem.message for problem in found.warnings]


def percent(value: int) -> int:
    return (value * LEVEL_MAX * 2 + 100) // 200
