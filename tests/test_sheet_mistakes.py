"""A sheet with ten planted mistakes yields ten located messages in one go."""
# ruff: noqa: E501 - the messages stand here as people read them, one a line

from showctl import sheet

PLANTED = """\
show: Ten Mistakes
connections:
  panels: {driver: artnet, host: 10.0.0.20}
  sensors: {driver: mqtt, broker: "10.0.0.5:1883", password: hunter2}
  tablets: {driver: osc, listen: "10.0.0.5:8000"}
stations:
  foh: {from: tablet, host: 10.0.0.31}
fixtures:
  key-left: {profile: generic/panel-cct, to: panels, at: 0/1}
  key-right: {profile: generic/panel-ctt, to: panels, at: 0/11}
  fill: {profile: generic/panel-cct, to: panels, at: 0/2}
groups:
  key: [key-left, key-right]
triggers:
  lamp: {button: Lamp}
cues:
  1: {name: Preset, look: {keyy: 20% 3200K}, fade: 3 s}
  2: {name: Red, look: {key-left: 50% red}, fdae: 8 s}
  2.50: {name: Half, look: {all: 70%}}
  2.5: {name: Half again, look: {all: 40 percent}}
states:
  show:
    start: preset
    preset: {cues: 1-2, on: {go: nowhere}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
"""

EXPECTED = """\
ten.yaml:4:52: 'password' is a secret and does not belong in a sheet; put it in the secrets file (mode 0600) and name its entry here: 'login: name'
ten.yaml:7:15: no connection 'tablet'; did you mean 'tablets'?
ten.yaml:10:24: no profile 'generic/panel-ctt'; did you mean 'generic/panel-cct'?
ten.yaml:11:54: 'fill' takes slots 0/2 to 0/3, and 'key-left' (line 9) is there already
ten.yaml:17:34: no fixture or group 'keyy'; did you mean 'key'?
ten.yaml:18:35: 'key-left' cannot: generic/panel-cct has no red, green and blue; write a level and kelvin, such as '70% 3200K'
ten.yaml:18:45: no key 'fdae' here; did you mean 'fade'?
ten.yaml:20:3: cue 2.5 stands in line 19 already, written '2.50'
ten.yaml:20:39: '40 percent' is no value of a look; write '70%', '70% 4000K', '50% red' or '+10%'
ten.yaml:24:34: no state 'nowhere' in region 'show'; there are preset, safe
"""


def test_ten_mistakes_ten_messages() -> None:
    found = sheet.check(PLANTED, "ten.yaml")
    assert found.sheet is None
    assert [str(problem) for problem in found.problems] == EXPECTED.splitlines()
