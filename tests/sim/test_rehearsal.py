"""What a rehearsal may expect: each kind holds where it should and is seen failing where the sheet is sabotaged."""

from collections.abc import Sequence

import pytest

from showctl import sheet as sheet_reader
from showctl.model import SECOND_NS, CueSheet
from showctl_sim import rehearsal, spoken
from showctl_sim.rehearsal import Result
from tests.stage import CONFIGS

ROOM = """
show: Bench
connections:
  panels:  {driver: artnet, host: 127.0.0.1}
  mixer:   {driver: midi, port: Desk, law: x32, listen: true}
  sensors: {driver: mqtt, broker: "127.0.0.1:1883"}
  pedal:   {driver: serial_line, port: /dev/null, lines: word}
  tablets: {driver: osc, listen: "127.0.0.1:8000"}
stations:
  foh:   {from: tablets, host: 10.0.0.31}
  stage: {from: tablets, host: 10.0.0.32}
  view:  {from: tablets, host: 10.0.0.33, role: viewer}
  foot:  {from: pedal, says: {DOWN: go, UP: trigger/water}}
fixtures:
  key:  {profile: generic/panel-cct, to: panels, at: 0/1}
  fill: {profile: generic/panel-cct, to: panels, at: 0/11}
  strip: {profile: generic/rgb, to: panels, at: 0/21}
groups: {panels-both: [key, fill]}
submasters: {front: [key]}
faders:
  music: {to: mixer, channel: 1, cc: 0, ceiling: -6 dB, start: -20 dB}
  voice: {to: mixer, channel: 1, cc: 1}
commands:
  cart: {to: sensors, topic: cart/command, hazard: moves}
  lamp: {to: sensors, topic: lamp}
triggers:
  door:  {from: sensors, topic: door, when: contact == false, debounce: 100 ms, alive: door/alive}
  seat:  {from: sensors, topic: seat, when: payload > 0.6, until: payload < 0.4, silent: 9 s}
  bell:  {from: sensors, topic: bell, says: ring}
  both:  {all: [door, seat], for: 2 s}
  water: {button: Water, confirm: true}
  skip:  {button: Skip}
cues:
  1:  {look: {panels-both: 20% 3200K, strip: 0%}, mix: {music: -20 dB}}
  2:  {look: {key: 80% 4000K, strip: 50% red}, mix: {music: -12 dB}, fade: 4 s, auto-follow: 3}
  3:  {look: {fill: 60%}, fade: 2 s}
  4:  {look: {key: 10%}, send: {lamp: "on"}}
  40: {overlay: 5 s, look: {fill: 90%}, fade: 1 s, release: 1 s}
states:
  show:
    lost: {mixer: say, door: say}
    one:  {cues: 1, ready: [panels], on: {go: two}}
    two:  {cues: 2-4, on: {go: {to: three, if: {side: rest}, else: The cart is out}, door: cue 40, bell: three}}
    three: {on: {go: one, skip: one}, when: {both: one}, after: {30 s: {say: Time flies}}}
    safe: {fail: true, look: {all: 70%}, mix: {music: out}, fade: 2 s, on: {go: back}}
  side:
    rest: {on: {water: work}}
    work: {send: {cart: go stage}, after: {1 min: rest}}
    halt: {fail: true, send: {cart: stop}, on: {skip: rest}}
"""


def sheet_of(text: str = ROOM) -> CueSheet:
    return sheet_reader.read(text, "bench.yaml", CONFIGS)


BENCH = sheet_of()


def play(steps: Sequence[str], sheet: CueSheet = BENCH, more: str = "") -> Result:
    """Run some steps as a rehearsal has them."""
    text = f"rehearsal: A test\n{more}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)
    return rehearsal.run(rehearsal.read(text, "test.yaml", sheet), sheet)


def failures(result: Result) -> list[str]:
    return [f"{each.expected} | {each.got}" for each in result.failures]


TO_TWO = ("go: {by: foh, after: 10 s}",)

VIEWER = "host: 10.0.0.31} => host: 10.0.0.31, role: viewer}"

HOLDS: dict[str, tuple[Sequence[str], str]] = {
    # what is expected: (steps before it, the sabotage of the sheet that it must see: old => new)
    "{show: two}": (TO_TWO, "on: {go: two} => on: {go: three}"),
    "{show: [two, three]}": (TO_TWO, "on: {go: two} => on: {go: one}"),
    "{standby: two}": ((), "on: {go: two} => on: {go: three}"),
    "{standby: 4}": (TO_TWO, "cues: 2-4 => cues: 2-3"),
    "{running: 2}": (TO_TWO, "cues: 2-4 => cues: 4"),
    "{running: nothing}": (("wait: 1 s",), "mix: {music: -20 dB}} => mix: {music: -20 dB}, fade: 3 s}"),
    "{started: {1: once, 40: never}}": (TO_TWO, "cues: 1, => cues: 40,"),
    "{started: {3: once}, after: 4 s}": (TO_TWO, ", auto-follow: 3 => "),
    "{key: 80% 4000K, after: 4 s}": (TO_TWO, "key: 80% 4000K => key: 81% 4000K"),
    "{key: 4000K, after: 4 s}": (TO_TWO, "key: 80% 4000K => key: 80% 4020K"),
    "{panels-both: 20% 3200K}": ((), "panels-both: 20% => panels-both: 20.8%"),
    "{strip: 50% red, after: 4 s}": (TO_TWO, "strip: 50% red => strip: 50% orange"),
    "{key: above 79%, fill: below 61%, after: 6 s}": (TO_TWO, "fill: 60% => fill: 62%"),
    "{key: 50%, after: 2 s}": (TO_TWO, "fade: 4 s, auto => fade: 5 s, auto"),
    "{music: -12 dB, after: 4 s}": (TO_TWO, "music: -12 dB => music: -13 dB"),
    "{voice: unknown}": ((), "cc: 1} => cc: 1, start: out}"),
    "{refused: The cart is out, to: foh}": (
        (*TO_TWO, "press: {water: foh, after: 7 s}", "go: {by: foh, times: 2, every: 1 s}"), "else: The => else: A"),
    "{sent: {lamp: on}}": ((*TO_TWO, "go: {by: foh, after: 8 s}"), 'lamp: "on" => lamp: "off"'),
    "{sent: {lamp: nothing}}": (TO_TWO, 'fade: 4 s, auto => fade: 4 s, send: {lamp: "x"}, auto'),
    "{sent: [cart]}": (("press: {water: foh}",), "send: {cart: go stage} => say: Nothing"),
    "{side: work}": (("press: {water: foh}",), "water: work => water: rest"),
    "{said: Time flies, after: 30 s}": ((*TO_TWO, "press: bell"), "{say: Time flies} => {say: Late}"),
    "{said: mixer is lost, within: 6 s}": (("lost: mixer",), "lost: {mixer: say, => lost: {"),
    "{said: nothing, after: 31 s}": ((), "cues: 1, => cues: 1, after: {30 s: {say: Time}},"),
    "{noted: overridden}": (
        (*TO_TWO, "press: {water: foh, after: 7 s}", "go: {by: foh, times: 3, every: 1 s}"),
        "{side: rest} => {side: work}"),
    "{accepted: foh}": (TO_TWO, VIEWER),
    "{both: true, after: 3 s}": (("set: {door: true}", "set: {seat: true}"), "all: [door, seat] => none: [door, seat]"),
    "{door: unknown}": (
        ("set: {door: true}", "wait: 1 s", "fault: {door: gone}", "wait: 1 s"), "alive: door/alive => lockout: 1 s"),
    "{mixer: lost, within: 6 s}": (("lost: mixer",), ""),      # the shell says it, whatever the sheet says
    "{paused: true}": (("pause: foh",), VIEWER),
    "{panic: true, music: out, within: 2 s}": (("panic: stage",), "music: out => music: -30 dB"),
    "{blackout: true, all: 0%}": (("blackout: {to: true, by: foh}",), VIEWER),
    "{sensors: false}": (("sensors: {to: false, by: foh}",), VIEWER),
    "{master: 50%, key: 10%}": (("master: {to: 50%, by: foh}",), VIEWER),
    "{sub: {front: 50%}, key: 10%, fill: 20%}": (("sub: {front: 50%}",), "front: [key] => front: [fill]"),
    "{show: two, throughout: 1 min}": (TO_TWO, "cues: 2-4, => cues: 2-4, after: {50 s: three},"),
    "{key: above 19%, throughout: 10 s}": (TO_TWO, "key: 80% 4000K => key: 5% 4000K"),
    "{fill: 60%, within: 6 s}": (TO_TWO, "fade: 2 s} => fade: 9 s}"),
    "{fill: 60%, within: 8 s, budget: 6100 ms}": (TO_TWO, "fade: 2 s} => fade: 3 s}"),
}


def test_every_check_is_in_the_table() -> None:
    """No kind of expectation without a sabotage that it sees."""
    from showctl_sim.rehearsal.checks import CHECKS

    kinds = {check.kind for wanted, (steps, _) in HOLDS.items()
             for check in rehearsal.read(f"rehearsal: x\nsteps: [{{expect: {wanted}}}]", "x", BENCH).steps[0].checks}
    assert sorted(kinds) == sorted(CHECKS)


@pytest.mark.parametrize("wanted", HOLDS)
def test_it_holds(wanted: str) -> None:
    steps, _ = HOLDS[wanted]
    assert failures(play([*steps, f"expect: {wanted}"])) == []


@pytest.mark.parametrize("wanted", [wanted for wanted, (_, change) in HOLDS.items()
                                    if change])
def test_sabotage_is_seen(wanted: str) -> None:
    steps, change = HOLDS[wanted]
    old, _, new = change.partition(" => ")
    assert old in ROOM
    broken = play([*steps, f"expect: {wanted}"], sheet_of(ROOM.replace(old, new)))
    assert broken.failures != ()
    assert not broken.passed


NEVERS = {
    "{show: three}": "one", "{standby: nothing}": "two", "{running: 4}": "nothing",
    "{started: {1: never}}": "once", "{started: {1: 2 times}}": "once",
    "{door: true}": "false", "{door: unknown}": "false", "{mixer: lost}": "up", "{voice: -3 dB}": "voice unknown",
    "{key: 30%}": "key 20%", "{key: 3300K}": "key 3200K", "{strip: 1%}": "strip 0%", "{paused: true}": "false",
    "{master: 40%}": "100%", "{accepted: foh}": "nothing", "{said: Hello}": "nothing",
    "{sent: {cart: anything}}": "nothing",
}


@pytest.mark.parametrize("wanted", NEVERS)
def test_what_does_not_hold_says_what_stood_there(wanted: str) -> None:
    assert [each.got for each in play([f"expect: {wanted}"]).failures] == [NEVERS[wanted]]


# ---- when ----

def test_times_count_from_the_step_before() -> None:
    result = play(["go: {by: foh, after: 5 s}", "wait: 2 s", "expect: {show: two, after: 3 s}",
                   "expect: {fill: 60%, within: 20 s}", "press: {skip: foh, after: 1 s}"])
    assert [round(moment / SECOND_NS, 1) for moment in result.moments] == [5, 7, 10, 11, 12]


def test_within_ends_when_it_holds_and_throughout_when_time_is_over() -> None:
    result = play([*TO_TWO, "expect: {running: 3, within: 9 s}", "expect: {show: two, throughout: 9 s}"])
    assert [moment // SECOND_NS for moment in result.moments] == [10, 14, 23]


def test_throughout_tells_the_first_moment_it_did_not_hold() -> None:
    result = play([*TO_TWO, "expect: {running: 2, throughout: 20 s}"])
    failure, = result.failures
    assert (spoken.clock(failure.at_ns), failure.expected, failure.got) == ("0:14", "running: 2 throughout 20 s", "3")


def test_a_rehearsal_goes_on_after_a_failure_unless_told_to_stop() -> None:
    text = "rehearsal: x\nsteps: [expect: {show: two}, go, expect: {show: three}]"
    read = rehearsal.read(text, "x.yaml", BENCH)
    assert [each.step for each in rehearsal.run(read, BENCH).failures] == [0, 2]
    assert [each.step for each in rehearsal.run(read, BENCH, first=True).failures] == [0]


def test_a_failure_stands_where_it_was_written() -> None:
    text = "rehearsal: x\nsteps:\n  - wait: 1 s\n  - expect: {show: one, standby: 3}\n"
    failure, = rehearsal.run(rehearsal.read(text, "x.yaml", BENCH), BENCH).failures
    assert (failure.step, failure.line, failure.column) == (1, 4, 25)


# ---- sameness ----

def test_the_same_rehearsal_is_the_same_run() -> None:
    steps = [*TO_TWO, "fault: {seat: flapping, for: 5 s}", "go: {after: 10 s}", "expect: {show: safe}"]
    first, second = play(steps), play(steps)
    assert first.performance.inputs == second.performance.inputs
    assert first.failures == second.failures
    assert first.performance.show.digest() == second.performance.show.digest()
