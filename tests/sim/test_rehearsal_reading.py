"""Rehearsals are read as cue sheets are: every mistake at once, located, with the nearest right name."""

from pathlib import Path

import pytest

from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS
from showctl_sim import rehearsal
from showctl_sim.rehearsal import Doing
from showctl_sim.rehearsal.acts import EXAMPLES, SINGLE
from showctl_sim.rehearsal.doing import VERBS
from tests.sim.test_rehearsal import BENCH, ROOM, play, sheet_of

HOUSE = Path(__file__).parents[2]


def problems(text: str) -> list[str]:
    with pytest.raises(SheetError) as caught:
        rehearsal.read(text, "r.yaml", BENCH)
    return [str(problem) for problem in caught.value.problems]


def step(text: str) -> list[str]:
    return [each.partition(": ")[2] for each in problems(f"rehearsal: x\nsteps:\n  - {text}\n")]


MISTAKES = {
    "goo: foh": "no verb 'goo'; did you mean 'go'?",
    "go: fho": "no station 'fho'; did you mean 'foh'?",
    "go: {by: foh, aftr: 5 s}": "'go' takes no 'aftr'; did you mean 'after'?",
    "go: {by: foh, after: soon}": "'soon' is not a time; write '8 s', '500 ms', '20 min' or '1 h'",
    "go: {by: foh, times: 0}": "'0' stands here; write how many times, 1 to 10,000",
    "go: {by: foh, every: 1 s}": "'every' goes with 'times'",
    "go: {by: foh, once: true}": "'once' means nothing for 'go'; it is for press and reset",
    "press: {watr: foh}": "no trigger 'watr'; did you mean 'water'?",
    "press: {}": "'press' what? write 'press: {water: foh}'",
    "set: {door: open}": "'open' stands here; write true or false",
    "set: {both: true}": "no sensor 'both'; there are door, seat, bell",
    "flap: {door: often}": "'often' stands here; write '20 times in 2 s'",
    "flap: {bell: 2 times in 1 s}": "no sensor with a condition 'bell'; there are door, seat",
    "hand: {music: loud}": "'loud' is not a fader level; write '-6 dB' or 'out'",
    "hand: {musik: out}": "no fader 'musik'; did you mean 'music'?",
    "sub: {front: 120%}": "'120%' is too much; a level is 0% to 100%",
    "master: loud": "'loud' is not a level; write a percentage such as '70%'",
    "master: {front: 5%}": "'master' cannot mean this; write 'master: 50%'",
    "blackout: black": "'black' stands here; write true or false",
    "standby: 99": "no cue 99; there are 1, 2, 3, 4, 40",
    "jump: tow": "no state 'tow'; did you mean 'two'?",
    "cue: {2: fly}": "'fly' stands here; write go, start, stop, load 10 s, arm or disarm",
    "lost: panel": "no connection 'panel'; did you mean 'panels'?",
    "fault: {door: goone}": "no fault 'goone'; did you mean gone?",
    "send: {dor: x}": "nothing of this sheet listens to 'dor'; did you mean 'door'?",
    "input: {sauce: x}": "a trigger has no 'sauce'; did you mean 'source'?",
    "expect: {show: tow}": "no state 'tow' in region 'show'; did you mean 'two'?",
    "expect: {key: 80% purplish}": "'purplish' is not a colour",
    "expect: {key: +5%}": "'+5%' is a way to go; write what is to be seen, such as '70% 4000K'",
    "expect: {kay: 80%}": "nothing to expect of 'kay'; did you mean 'key'?",
    "expect: {music: 50%}": "'50%' is not a fader level; write '-6 dB' or 'out'",
    "expect: {started: {40: sometimes}}": "'sometimes' is no count; write never, once, at most once or 3 times",
    "expect: {started: {41: once}}": "no cue 41; did you mean '4'?",
    "expect: {sent: {cat: go}}": "no command 'cat'; did you mean 'cart'?",
    "expect: {show: two, to: foh}": "'to' goes with 'refused'",
    "expect: {show: two, within: 1 s, throughout: 1 s}":
        "'within' and 'throughout' at once; write two expectations",
    "expect: {after: 1 s}": "nothing is expected here",
    "expect: two": "'two' stands here; write 'expect: {show: talk}'",
    "{go: foh, wait: 1 s}": "a step is one verb, such as '- go: foh' or '- expect: {show: talk}'",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_what_to_write(text: str) -> None:
    found, = step(text)
    assert found.startswith(MISTAKES[text])


def test_every_problem_at_once_with_its_place() -> None:
    text = """rehearsal: Everything wrong
given: {dor: true, seat: maybe}
never: [musik above 5 dB, key above loud]
always: [panic]
stps: []
steps:
  - go: fho
  - expect:
      key: 50% nocolour
      show: nowhere
"""
    assert [each.split(": ")[0] for each in problems(text)] == [
        "r.yaml:2:14", "r.yaml:2:26", "r.yaml:3:9", "r.yaml:3:27", "r.yaml:4:10", "r.yaml:5:1", "r.yaml:7:9",
        "r.yaml:9:12", "r.yaml:10:13",
    ]


@pytest.mark.parametrize("text", ["", "[]", "5", "steps: 5", "rehearsal: x\nsteps: {a: b}", "steps: [[[]]]",
                                  "rehearsal: {a: b}\nsteps: [5, null, {}, [], {expect: [5]}, {go: [5]}, {press: [x]}]",
                                  "rehearsal: x\ngiven: 5\nsteps: [{send: 5}, {input: {message_id: x}}, {wait: [1]}]",
                                  "rehearsal: x\nsteps: [{expect: {started: 5, sent: {cart: {}}, show: {}, key: []}}]",
                                  "rehearsal: x\nseed: -1\nnever: {}\nsteps: [{cue: {x: y}}, {standby: {to: {}}}]",
                                  "a: &x 1\nb: *x", "[" * 100_000])
def test_hostile_text_is_refused_with_words(text: str) -> None:
    assert all(": " in each for each in problems(text))


def test_a_verb_for_every_row() -> None:
    """Each verb can be written; and the page of the language names each."""
    page = (HOUSE / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    words = [verb for verb in (*VERBS, "wait", "expect") if verb not in ("returned", "osc")]
    assert [verb for verb in words if f"`{verb}" not in page] == []
    assert set(SINGLE) <= set(VERBS)
    assert set(EXAMPLES) <= set(VERBS)


WRITTEN = {
    "go: {by: foh, times: 3, every: 30 s, after: 1 min 5 s}": ("go", (), 65 * SECOND_NS),
    "press: {water: stage}": ("press", (("water", "stage"),), 0),
    "press: bell": ("press", (("bell", None),), 0),
    "press: skip": ("press", (("skip", "foh"),), 0),
    "flap: {door: 20 times in 2 s}": ("flap", (("door", (20, 2 * SECOND_NS)),), 0),
    "hand: {music: -20 dB}": ("hand", (("music", -2000),), 0),
    "sub: {front: 100%}": ("sub", (("front", LEVEL_MAX),), 0),
    "back: foh": ("back", (), 0),
    "back: mixer": ("returned", (("mixer", None),), 0),
    "jump: {to: two:3, by: foh}": ("jump", (("/showctl/start/two/3", 1.0),), 0),
    "standby: next": ("standby", (("/showctl/standby/next", 1.0),), 0),
    "cue: {2: load 10 s}": ("cue", (("/showctl/cue/2/load", 10.0),), 0),
    "disarm: door": ("disarm", (("/showctl/trigger/door/disarm", 1.0),), 0),
    "send: {/showctl/go: 0.0, by: 10.0.0.9}": ("osc", (("/showctl/go", ("0.0",)),), 0),
    "send: {door: x}": ("send", (("sensors\0door", "x"),), 0),
    "says: {pedal: DOWN}": ("says", (("pedal\0", "DOWN"),), 0),
    "{pause: {by: 10.0.0.66}}": ("pause", (), 0),
    "panic": ("panic", (), 0),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written_is_what_is_done(text: str) -> None:
    line, = rehearsal.read(f"rehearsal: x\nsteps:\n  - {text}\n", "r.yaml", BENCH).steps
    assert isinstance(line, Doing)
    assert (line.verb, line.items, line.after_ns) == WRITTEN[text]


# ---- what is done reaches the show ----

def passes(*steps: str, more: str = "", room: str = ROOM) -> None:
    result = play(steps, sheet_of(room), more)
    assert [(each.line, each.expected, each.got) for each in result.failures] == []


def test_stations_strangers_and_pedals() -> None:
    passes("go: {by: 10.0.0.66}", "expect: {refused: not a listed station, show: one}", "go: view",
           "expect: {refused: it may subscribe, to: view}", "go: {by: foot, after: 1 s}", "expect: {show: two}",
           "says: {pedal: UP, after: 1 s}", "expect: {refused: press again, to: foot}")


def test_confirmation_is_given_unless_once() -> None:
    passes("press: {water: foh, once: true}", "expect: {side: rest}", "press: {water: foh, after: 9 s}",
           "expect: {side: work}", "reset: {by: foh, once: true}", "expect: {side: work}",
           "reset: {by: foh, after: 9 s}", "expect: {side: rest}")


def test_messages_as_they_stand_on_the_wire() -> None:
    passes("set: {seat: true}", 'send: {seat: "0.5"}', "expect: {seat: true}", 'send: {seat: "0.3"}',
           "expect: {seat: false}", "send: {door: {contact: false}}", "expect: {door: true, within: 1 s}",
           "send: {bell: ring, retained: true}", "go", "send: {bell: ring, retained: true}", "expect: {show: two}",
           "input: {source: sensors, address: bell, value: ring}", "expect: {show: three}",
           "input: {source: tablets, address: /showctl/panic, value: [1.0], sender: 10.0.0.31:9}",
           "expect: {panic: true}")


def test_what_is_given_holds_from_the_start() -> None:
    passes("expect: {door: true, seat: false}", more="given: {door: true}")
    passes("expect: {door: unknown, seat: unknown}", more="given: {all: unknown}")
    passes("expect: {door: unknown, seat: true}", more='given: {all: unknown, seat: true}')
    passes("expect: {door: false, seat: unknown}", more="given: {seat: unknown}")
    passes("expect: {seat: true}", more='given: {sensors/seat: "0.7", all: unknown, door/alive: offline}')
    passes("go", "expect: {refused: 'not ready: panels', show: one}", more="given: {panels: lost}")


def test_levels_by_stations_and_by_hand() -> None:
    passes("fader: {music: -10 dB, by: stage}", "expect: {music: -10 dB}", "hand: {music: -30 dB, after: 1 s}",
           "expect: {music: -30 dB}", "hand: {music: 0 dB, after: 1 s}", "expect: {music: -6 dB}",
           "hand: {music: out, after: 1 s}", "expect: {music: out}")


def test_jumps_arming_and_loads() -> None:
    passes("disarm: {to: 2, by: foh}", "jump: two", "expect: {show: two, key: 20%}", "arm: 2",
           "cue: {2: go, after: 1 s}", "expect: {key: 80%, within: 4 s}", "cue: {4: load 1 s}", "expect: {standby: 4}",
           "disarm: door", "set: {door: true}", "expect: {started: {40: never}, after: 1 s}")
