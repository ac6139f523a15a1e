"""What can hurt somebody is asked for twice, whichever way a press comes to it. SEMANTICS 33, law 9."""

from __future__ import annotations

import pytest

from tests.stage import Stage

ROUNDABOUT = """
commands:
  cart: {to: sensors, topic: cart, hazard: moves}
  haze: {to: sensors, topic: haze, hazard: emits}
cues:
  1: {look: {all: 10%}}
  2: {look: {all: 20%}, auto-continue: 8}
  3: {look: {all: 30%}, fade: 2 s, auto-follow: 8}
  4: {group: parallel, members: 8}
  5: {acts: [start 8]}
  6: {group: first, members: 7}
  7: {look: {all: 40%}, auto-continue: 9}
  8: {send: {cart: go}}
  9: {send: {haze: on}}
"""


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_cue_that_sets_off_a_hazard_is_confirmed_as_the_hazard_is(number: int) -> None:
    stage = Stage(ROUNDABOUT)
    stage.wait("1 s")
    stage.osc("/showctl/standby", str(number))
    asked = "cue 8 moves: press again within 5 s to confirm"
    assert stage.go().refused == asked
    assert stage.osc(f"/showctl/cue/{number}/start", by="stage").refused == asked
    stage.wait("3 s")
    assert stage.sent() == []
    assert stage.go().refused
    stage.wait("600 ms")
    assert stage.go().accepted
    stage.wait("3 s")
    assert stage.sent() == [(("topic", "cart"), "go")]


def test_what_emits_never_comes_over_plain_osc_however_long_the_chain() -> None:
    stage = Stage(ROUNDABOUT)
    stage.wait("1 s")
    for _ in range(3):
        assert stage.osc("/showctl/cue/6/go").refused == "cue 9 emits: not over plain OSC"
        stage.wait("600 ms")
    assert stage.sent() == []


DOORS = """
commands:
  cart: {to: sensors, topic: cart, hazard: moves}
  haze: {to: sensors, topic: haze, hazard: emits}
cues:
  1: {look: {all: 10%}}
  2: {send: {cart: go}}
  3: {look: {all: 30%}}
  4: {send: {haze: on}}
states:
  show:
    one: {cues: 1, on: {go: two}}
    two: {cues: 2-3, on: {go: three}}
    three: {send: {cart: home}, on: {go: cue 4}, end: true}
    safe: {fail: true, send: {cart: stop}, look: {all: 70%}, on: {go: back}}
"""


def test_go_into_a_state_that_moves_something_is_confirmed() -> None:
    """By what it sends at entry, and by its first cue."""
    stage = Stage(DOORS)
    stage.wait("1 s")
    assert stage.go().refused == "cue 2 moves: press again within 5 s to confirm"
    assert stage.state == "one"
    stage.go()
    assert (stage.state, stage.sent()) == ("two", [(("topic", "cart"), "go")])
    stage.wait("1 s")
    stage.go()
    stage.wait("1 s")
    assert stage.go().refused == "three moves: press again within 5 s to confirm"
    assert stage.go("stage").refused == "three moves: press again within 5 s to confirm"
    stage.wait("5.1 s")
    assert stage.go("stage").refused == "three moves: press again within 5 s to confirm"
    stage.go("stage")
    assert stage.state == "three"
    stage.wait("1 s")
    assert stage.go().refused == "cue 4 emits: not over plain OSC"
    assert len(stage.sent()) == 2


def test_stopping_needs_no_question() -> None:
    stage = Stage(DOORS)
    stage.wait("1 s")
    stage.osc("/showctl/panic")
    assert stage.sent() == [(("topic", "cart"), "stop")]
    stage.wait("1 s")
    assert stage.go().accepted


def test_no_jump_sends_a_hazard_by_a_first_cue_or_by_the_cue_it_names() -> None:
    stage = Stage(DOORS)
    stage.wait("1 s")
    assert stage.osc("/showctl/start/two").refused == "no jump into two: cue 2 moves; use its own button"
    assert stage.osc("/showctl/start/two/2").refused == "cue 2 moves: press again within 5 s to confirm"
    assert stage.osc("/showctl/start/three").refused == "no jump into three: it moves; use its own button"
    assert (stage.state, stage.sent()) == ("one", [])
    assert stage.osc("/showctl/start/two/3").accepted
    assert (stage.state, stage.sent()) == ("two", [])
