"""The room in virtual time: what its sensors say, how its cart drives, how hands and stations reach the show."""

import pytest

from showctl import sheet as sheet_reader
from showctl.model import SECOND_NS, Trigger
from showctl_sim.performance import Performance
from showctl_sim.virtual_rig import VirtualRig, argument
from tests.stage import CONFIGS

ROOM = """
show: Bench
connections:
  panels:  {driver: artnet, host: 127.0.0.1}
  mixer:   {driver: midi, port: Desk, law: x32, listen: true}
  desk:    {driver: osc, host: 127.0.0.1, port: 10023, listen: "127.0.0.1:10024"}
  sensors: {driver: mqtt, broker: "127.0.0.1:1883"}
  pedal:   {driver: serial_line, port: /dev/null, lines: word}
  chairs:  {driver: serial_line, port: /dev/null, lines: key=value}
  pins:    {driver: gpio, lines: {hook: 17}}
  tablets: {driver: osc, listen: "127.0.0.1:8000"}
stations:
  foh:  {from: tablets, host: 10.0.0.31}
  foot: {from: pedal, says: {DOWN: go}}
fixtures: {key: {profile: generic/panel-cct, to: panels, at: 0/1}}
faders:
  music: {to: mixer, channel: 1, cc: 0, ceiling: -6 dB}
  voice: {to: desk, address: /ch/01/mix/fader, law: x32}
commands: {cart: {to: sensors, topic: cart/command}}
triggers:
  door:  {from: sensors, topic: door, when: contact == false, alive: door/alive}
  there: {from: sensors, topic: cart/state, when: at == stage, alive: cart/alive, silent: 6 s}
  home:  {from: sensors, topic: cart/state, when: at == home, alive: cart/alive, silent: 6 s}
  moves: {from: sensors, topic: cart/state, when: moving == true, alive: cart/alive, silent: 6 s}
  hook:  {from: pins, line: hook, when: true}
  north: {from: chairs, key: north, when: payload == 1}
  ring:  {from: sensors, topic: ring, says: action == single}
  knob:  {from: mixer, channel: 2, cc: 7, when: payload > 64}
  plate: {from: desk, address: /plate, when: payload == 1}
cues: {1: {look: {key: 20%}}, 2: {look: {key: 40%}}}
states:
  show:
    one:  {cues: 1-2, on: {ring: work}}
    work: {send: {cart: go stage}, on: {go: stop, there: home}, after: {1 min: one}}
    stop: {send: {cart: stop}, on: {go: home}}
    home: {send: {cart: go home}, after: {1 min: one}}
    safe: {fail: true, look: {key: 70%}, on: {go: back}}
"""


@pytest.fixture
def rig() -> VirtualRig:
    return VirtualRig(Performance(sheet_reader.read(ROOM, "bench.yaml", CONFIGS)))


def wait(rig: VirtualRig, seconds: int) -> None:
    rig.until(rig.performance.now_ns + seconds * SECOND_NS)


def said(rig: VirtualRig, source: str) -> list[tuple[str, object, bool]]:
    return [(each.address, each.value, each.retained) for _, each in rig.performance.inputs if each.source == source]


def truths(rig: VirtualRig) -> dict[str, bool | None]:
    return {name: rig.performance.truth(name) for name in rig.sheet.triggers if name != "ring"}


def test_at_connect_everything_is_there_and_says_what_it_retained(rig: VirtualRig) -> None:
    """CORE 3: the rig's sensors publish theirs at start."""
    rig.begin({"door": True, "home": True, "hook": True, "north": True, "knob": True, "plate": True})
    assert rig.performance.status.missing == {}
    assert truths(rig) == {"door": True, "there": False, "home": True, "moves": False, "hook": True, "north": True,
                           "knob": True, "plate": True}
    assert said(rig, "sensors") == [
        ("door/alive", "online", True), ("cart/alive", "online", True), ("door", '{"contact": false}', True),
        ("cart/state", '{"at": "home", "moving": false}', True),
    ]
    assert said(rig, "pins") == [("hook", True, False)]
    assert said(rig, "chairs") == [("north", "1", False)]
    assert said(rig, "mixer") == [("cc 2 7", 96, False)]
    assert said(rig, "desk") == [("/plate", (1,), False)]


def test_who_is_silent_is_unknown(rig: VirtualRig) -> None:
    rig.begin({"door": True, "north": None}, silent=True, missing=("panels",))
    assert truths(rig)["home"] is None
    assert truths(rig)["north"] is None
    assert Trigger("", "back", "panels") not in [each for _, each in rig.performance.inputs]


def test_a_source_that_promises_to_speak_does(rig: VirtualRig) -> None:
    """Three times in the shortest silence that the sheet bears, so that one lost message is no alarm."""
    rig.begin({"home": True})
    wait(rig, 20)
    assert said(rig, "sensors").count(("cart/state", '{"at": "home", "moving": false}', False)) == 10
    assert truths(rig)["home"] is True


def test_what_excludes_each_other_on_one_reading_changes_together(rig: VirtualRig) -> None:
    rig.begin({"home": True})
    rig.set("there", True)
    assert (truths(rig)["there"], truths(rig)["home"]) == (True, False)
    rig.set("there", False)
    assert (truths(rig)["there"], truths(rig)["home"]) == (False, False)


def test_the_cart_drives_stands_still_and_comes_home(rig: VirtualRig) -> None:
    rig.begin({"home": True})
    rig.set("ring", True)
    assert truths(rig)["moves"] is True
    wait(rig, 7)
    assert rig.performance.states["show"] == "work"
    wait(rig, 2)
    assert rig.performance.states["show"] == "home"
    assert (truths(rig)["there"], truths(rig)["moves"]) == (False, True)
    wait(rig, 9)
    assert (truths(rig)["home"], truths(rig)["moves"]) == (True, False)


def test_a_cart_that_is_stopped_on_its_way_never_arrives(rig: VirtualRig) -> None:
    rig.begin({"home": True})
    rig.set("ring", True)
    wait(rig, 3)
    rig.press("foh", "/showctl/go")
    wait(rig, 30)
    assert rig.performance.states["show"] == "stop"
    assert (truths(rig)["there"], truths(rig)["home"], truths(rig)["moves"]) == (False, False, False)


def test_stations_speak_as_they_do(rig: VirtualRig) -> None:
    rig.begin({})
    rig.press("foh", "/showctl/go")
    rig.press("foot", "/showctl/go")
    rig.press("terminal", "/showctl/go")
    rig.press("10.0.0.66", "/showctl/go")
    spoken = [(each.source, each.value, each.sender) for _, each in rig.performance.inputs[-4:]]
    assert spoken == [("tablets", (1.0,), "10.0.0.31:9000"), ("pedal", "DOWN", ""), ("terminal", (1.0,), "terminal"),
                      ("tablets", (1.0,), "10.0.0.66:9000")]
    with pytest.raises(ValueError, match="'foot' has no word for 'panic'; it says DOWN"):
        rig.press("foot", "/showctl/panic")


def test_a_hand_stands_where_it_was_put_below_the_ceiling(rig: VirtualRig) -> None:
    """SEMANTICS 32."""
    rig.begin({})
    rig.hand("music", -2000)
    rig.hand("voice", -1000)
    assert said(rig, "mixer")[-1] == ("cc 1 0", 48, False)
    assert said(rig, "desk")[-1] == ("/ch/01/mix/fader", (pytest.approx(0.5, abs=1e-6),), False)
    levels = rig.performance.faders()
    assert levels["voice"] == (0xFFFFFF + 1) // 2
    rig.hand("music", 0)
    assert rig.performance.faders()["music"] == rig.sheet.faders["music"].ceiling


def test_a_broker_that_is_back_tells_what_it_retained(rig: VirtualRig) -> None:
    rig.begin({"door": True})
    rig.lose("sensors")
    wait(rig, 6)
    assert "sensors" in rig.performance.status.missing
    rig.bring_back("sensors")
    assert said(rig, "sensors")[-2:] == [
        ("door", '{"contact": false}', True), ("cart/state", '{"at": "none", "moving": false}', True)]
    assert truths(rig)["door"] is True


def test_a_tap_alters_delays_and_swallows(rig: VirtualRig) -> None:
    rig.begin({})
    rig.taps.append(lambda at_ns, trigger: [] if trigger.address == "ring" else [(at_ns + SECOND_NS, trigger)])
    began = len(rig.performance.inputs)
    rig.set("ring", True)
    rig.set("door", True)
    assert len(rig.performance.inputs) == began
    wait(rig, 1)
    assert [each.address for _, each in rig.performance.inputs[began:]] == ["door"]


def test_looking_from_time_to_time_changes_nothing(rig: VirtualRig) -> None:
    looks: list[int] = []
    rig.look(lambda: looks.append(rig.performance.now_ns), SECOND_NS // 10)
    rig.begin({"home": True})
    rig.set("ring", True)
    wait(rig, 60)
    other = VirtualRig(Performance(rig.sheet))
    other.begin({"home": True})
    other.set("ring", True)
    wait(other, 60)
    assert looks != []
    assert rig.performance.steps == other.performance.steps
    assert rig.performance.show.digest() == other.performance.show.digest()


ARGUMENTS = {"1": 1, "-5": -5, "0.5": 0.5, "true": True, "false": False, "A": "A", "1.": "1.", "": "", "１": "１"}


@pytest.mark.parametrize("text", ARGUMENTS)
def test_arguments_are_what_they_look_like(text: str) -> None:
    assert argument(text) == ARGUMENTS[text]
    assert type(argument(text)) is type(ARGUMENTS[text])
