"""States, nesting, entry conditions, timeouts, losses, parallel regions. SEMANTICS 18-25, CORE 10."""

from __future__ import annotations

import pytest

from showctl.model import EdgeFrame, Trigger
from tests.stage import Stage, refusals

ROOMY = """
commands: {lamp: {to: sensors, topic: lamp}}
triggers:
  door: {from: sensors, topic: door, when: contact == false, alive: bridge}
  seat: {from: sensors, topic: seat, when: payload > 0.60, until: payload < 0.45}
  bell: {from: sensors, topic: bell, says: ring}
  lights: {button: Lights}
cues:
  1: {look: {all: 20%}}
  2: {look: {all: 30%}}
  3: {look: {all: 40%}}
  40: {overlay: 6 s, look: {hair: 90%}, fade: 1 s, release: 2 s}
states:
  show:
    start: idle
    anywhere: {lights: safe}
    lost: {panels: say, door: {say: The door is gone}, mixer: safe}
    back: {mixer: {say: The desk is there again}}
    idle: {cues: 1, on: {door: talk, bell: cue 40}, when: {seat: seated}}
    talk:
      start: calm
      after: {60 s: seated}
      on: {go: seated, not door: {say: Door shut}}
      states:
        calm: {cues: 2, on: {bell: rough}}
        rough: {send: {lamp: on}, on: {bell: calm}}
    seated: {cues: 3, on: {not seat: idle}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
"""


def test_on_hears_what_happens_after_entry_and_when_is_also_tested_at_entry() -> None:
    """SEMANTICS 18: the guests are already seated."""
    stage = Stage(ROOMY)
    stage.mqtt("door", '{"contact": true}')
    stage.mqtt("seat", "0.1")
    stage.mqtt("door", '{"contact": false}')
    assert stage.state == "talk.calm"
    stage.mqtt("seat", "0.9")
    stage.osc("/showctl/trigger/lights")
    assert stage.state == "safe"
    stage.osc("/showctl/start/idle")
    assert stage.state == "seated", "seat was true at entry; door, under on:, was true too and moved nothing"


def test_a_parents_timeout_survives_moves_between_its_children() -> None:
    """CORE 10."""
    stage = Stage(ROOMY)
    stage.mqtt("door", '{"contact": true}')
    entered = stage.mqtt("door", '{"contact": false}')[-1]
    for _ in range(4):
        stage.wait("10 s")
        stage.mqtt("bell", "ring")
    assert stage.state == "talk.calm"
    stage.wait("60 s")
    moved = next(step for step in stage.steps for move in step.moves if move.target == "seated")
    assert moved.at_ns - entered.at_ns == 60_000_000_000


def test_a_handler_of_the_parent_answers_in_every_child_and_standby_shows_it() -> None:
    stage = Stage(ROOMY)
    stage.mqtt("door", '{"contact": true}')
    stage.mqtt("door", '{"contact": false}')
    stage.mqtt("bell", "ring")
    assert (stage.state, stage.standby) == ("talk.rough", "seated")
    stage.mqtt("door", '{"contact": true}')
    assert stage.said()[-1] == "Door shut"
    assert stage.sent() == [(("topic", "lamp"), "on")]


def test_a_sensors_overlay_lies_over_the_list_and_never_moves_standby() -> None:
    """SEMANTICS 13."""
    stage = Stage(ROOMY)
    stage.wait("1 s")
    before = stage.standby
    stage.mqtt("bell", "ring")
    stage.wait("2 s")
    assert (stage.percent("hair"), stage.percent("key"), stage.standby) == (90, 20, before)
    stage.wait("7 s")
    assert stage.percent("hair") == 20


def test_leaving_a_state_releases_the_overlay_it_started() -> None:
    """SEMANTICS 12."""
    stage = Stage(ROOMY)
    stage.mqtt("door", '{"contact": true}')
    stage.mqtt("bell", "ring")
    stage.wait("2 s")
    stage.mqtt("door", '{"contact": false}')
    stage.wait("2100 ms")
    assert stage.percent("hair") == 30


def test_a_loss_is_answered_after_its_grace_and_telling_people_is_an_answer() -> None:
    """SEMANTICS 22, 25."""
    stage = Stage(ROOMY)
    stage.shell("back", "panels")
    stage.shell("lost", "panels")
    stage.wait("4 s")
    assert stage.said() == []
    stage.wait("2 s")
    assert "panels" in stage.said()[0]
    stage.mqtt("bridge", "online")
    stage.mqtt("door", '{"contact": true}')
    stage.mqtt("bridge", "offline")
    stage.wait("6 s")
    assert stage.said()[-1] == "The door is gone"


def test_a_loss_may_take_the_show_to_its_fail_state_and_the_return_is_heard() -> None:
    stage = Stage(ROOMY)
    stage.shell("back", "mixer")
    stage.shell("lost", "mixer")
    stage.wait("6 s")
    assert stage.state == "safe"
    stage.shell("back", "mixer")
    assert stage.said()[-1] == "The desk is there again"


def test_a_pause_lets_nothing_move_but_what_is_safe() -> None:
    """SEMANTICS 6: transitions wait as refusals; a fail state is never kept waiting."""
    stage = Stage(ROOMY)
    stage.mqtt("door", '{"contact": true}')
    stage.shell("back", "mixer")
    stage.osc("/showctl/pause")
    assert refusals(stage.mqtt("door", '{"contact": false}')) == ["paused: resume first"]
    assert stage.state == "idle"
    stage.shell("lost", "mixer")
    stage.wait("6 s")
    assert stage.state == "safe"


def test_regions_act_in_sheet_order_and_guards_see_the_configuration_before_the_event() -> None:
    """CORE 10."""
    stage = Stage("""
triggers: {bell: {from: sensors, topic: bell, says: ring}}
cues: {1: {look: {all: 20%}}}
states:
  a:
    start: one
    one: {cues: 1, on: {bell: two}}
    two: {on: {bell: one}}
    safe: {fail: true, look: {all: 70%}, on: {bell: back}}
  b:
    start: x
    x: {on: {bell: {to: y, if: {a: one}, else: a has gone}}}
    y: {on: {bell: {to: x, if: {a: one}, else: a has gone}}}
    safe-b: {fail: true, on: {bell: x}}
""")
    steps = stage.mqtt("bell", "ring")
    assert [(move.region, move.target) for move in steps[-1].moves] == [("a", "two"), ("b", "y")]
    stage.mqtt("bell", "ring")
    assert stage.states == {"a": "one", "b": "y"}, "b's guard saw a in two"


def test_a_guard_on_another_region_refuses_with_its_else_line() -> None:
    """SEMANTICS 21."""
    stage = Stage("""
triggers: {water: {button: Water}, free: {button: Free}}
cues: {1: {look: {all: 20%}}}
states:
  show:
    start: one
    one: {cues: 1, on: {free: two}}
    two: {on: {free: one}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
  cart:
    start: parked
    parked: {on: {water: {to: going, if: {show: [two]}, else: Not while the chairs are in play}}}
    going: {on: {free: parked}}
    stopped: {fail: true, on: {free: parked}}
""")
    step = stage.osc("/showctl/trigger/water")
    assert (step.refused, step.accepted) == ("Not while the chairs are in play", False)
    stage.osc("/showctl/trigger/free")
    stage.osc("/showctl/trigger/water")
    assert stage.states["cart"] == "going"


def test_a_sheet_without_states_panics_into_a_safe_look() -> None:
    """SEMANTICS 4, 19: not a black room."""
    stage = Stage("cues: {1: {look: {all: 0%}}, 2: {look: {all: 10%}}}\n")
    stage.wait("1 s")
    stage.osc("/showctl/panic")
    stage.wait("3 s")
    assert stage.percent("key") == 50
    stage.go()
    stage.wait("3 s")
    assert (stage.percent("key"), stage.standby) == (0, "2")


def test_what_a_fail_state_sends_waits_for_nothing() -> None:
    """SEMANTICS 33: stop needs neither; a slow disk or a lock must never hold it back."""
    stage = Stage("""
commands: {cart: {to: sensors, topic: cart, hazard: moves}}
cues: {1: {look: {all: 20%}}}
triggers: {free: {button: Free, confirm: true}}
states:
  show: {start: one, one: {cues: 1, end: true}, safe: {fail: true, look: {all: 70%}, on: {go: back}}}
  cart:
    start: parked
    parked: {on: {free: going}}
    going: {send: {cart: go}, after: {10 s: parked}}
    stopped: {fail: true, send: {cart: stop}, on: {free: parked}}
""")
    stage.osc("/showctl/trigger/free")
    stage.osc("/showctl/trigger/free")
    stage.osc("/showctl/panic")
    edges = [(frame.value, frame.hazard) for frame in stage.frames if isinstance(frame, EdgeFrame)]
    assert edges == [("go", "moves"), ("stop", "")]


def test_hazards_are_locked_while_wake_ups_are_caught_up() -> None:
    """CORE 7, law 9: nothing hazardous from the past."""
    stage = Stage("""
commands: {cart: {to: sensors, topic: cart, hazard: moves}}
cues: {1: {look: {all: 20%}}}
triggers: {free: {button: Free}}
states:
  show: {start: one, one: {cues: 1, end: true}, safe: {fail: true, look: {all: 70%}, on: {go: back}}}
  cart:
    start: parked
    parked: {after: {10 s: going}}
    going: {send: {cart: go}, on: {free: parked}}
    stopped: {fail: true, on: {free: parked}}
""")
    late = 400_000_000
    stage.take(stage.show.admit(9_999_999_999, Trigger("", "stalled", late)))
    stage.take(stage.show.run_until(10_000_000_000 + late))
    assert stage.states["cart"] == "going"
    assert stage.sent() == []
    assert "moves" in " ".join(note for step in stage.steps for note in step.notes)


PAUSED = """
triggers:
  lights-up: {button: Lights up}
  seat: {from: sensors, topic: seat, when: payload == on, initial: false}
cues: {1: {look: {all: 20%}}}
states:
  show:
    anywhere: {lights-up: safe, seat: safe}
    one: {cues: 1, end: true, after: {10 s: {say: ten}}}
    safe: {fail: true, look: {all: 70% 4000K}, fade: 2 s, on: {go: back}, after: {3 s: {say: three}}}
"""


def test_a_person_who_fails_a_paused_show_sees_the_safe_look() -> None:
    """SEMANTICS 4, 6: as with panic, all clocks run again."""
    stage = Stage(PAUSED)
    stage.wait("1 s")
    stage.osc("/showctl/pause")
    stage.osc("/showctl/trigger/lights-up")
    stage.wait("2 s")
    assert (stage.state, stage.percent("key")) == ("safe", 70)
    assert stage.go().accepted


def test_the_room_that_fails_a_paused_show_gets_the_safe_look_at_once_and_the_rest_stays_paused() -> None:
    """SEMANTICS 6: state timers stand still."""
    stage = Stage(PAUSED)
    stage.wait("1 s")
    stage.osc("/showctl/pause")
    stage.mqtt("seat", "on")
    stage.wait("1 s")
    assert (stage.state, stage.percent("key")) == ("safe", 70)
    stage.wait("10 s")
    assert stage.said() == []
    assert stage.go().refused == "paused: resume first"
    stage.osc("/showctl/resume")
    stage.wait("3 s")
    assert stage.said() == ["three"]


def test_standby_shows_the_way_that_go_would_take() -> None:
    """SEMANTICS 2: GO does the one thing standby shows, whatever a sensor changes meanwhile; and 3."""
    stage = Stage("""
triggers: {door: {from: sensors, topic: door, when: payload == open, initial: false}}
cues: {1: {look: {all: 20%}}}
states:
  show:
    one: {cues: 1, on: {go: [{to: two, if: {door: true}}, {to: three}]}}
    two: {end: true}
    three: {end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    assert stage.standby == "three"
    stage.mqtt("door", "open")
    assert stage.standby == "two"
    assert stage.go().refused == "go-gap: door moved standby 1 ms before"
    stage.wait("1 s")
    stage.go()
    assert stage.state == "two"


def test_no_button_on_plain_osc_sets_off_what_burns() -> None:
    """SEMANTICS 33."""
    stage = Stage("""
commands: {flame: {to: sensors, topic: flame, hazard: burns}}
triggers: {fire: {button: Fire, confirm: true}}
cues: {1: {look: {all: 20%}}}
states:
  show:
    one: {cues: 1, on: {fire: two}}
    two: {send: {flame: on}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    stage.osc("/showctl/trigger/fire")
    assert stage.osc("/showctl/trigger/fire").refused == "two burns: not over plain OSC"
    assert (stage.state, stage.sent()) == ("one", [])
    stage.trigger(Trigger("terminal", "/showctl/trigger/fire", ()))
    stage.trigger(Trigger("terminal", "/showctl/trigger/fire", ()))
    assert stage.sent() == [(("topic", "flame"), "on")]


@pytest.mark.parametrize("press", ["/showctl/trigger/water", "/showctl/go"])
def test_what_a_person_asks_for_after_a_restart_is_sent(press: str) -> None:
    """CORE 7, law 9: hazards are locked until an operator acts, and this is the act."""
    stage = Stage("""
commands: {cart: {to: sensors, topic: cart, hazard: moves}}
triggers: {water: {button: Water, confirm: true}}
cues: {1: {look: {all: 20%}}, 2: {send: {cart: go}}}
states:
  show:
    one: {cues: 1-2, on: {water: two}, after: {1 min: two}}
    two: {send: {cart: go}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    stage.trigger(Trigger("", "resumed", 5_000_000_000))
    assert stage.osc(press).refused
    stage.osc(press)
    assert stage.sent() == [(("topic", "cart"), "go")]


def test_after_a_restart_no_timer_sends_what_moves_though_somebody_listens() -> None:
    """Law 9: a tablet that subscribes anew is no operator who acts."""
    stage = Stage("""
commands: {cart: {to: sensors, topic: cart, hazard: moves}}
cues: {1: {look: {all: 20%}}}
states:
  show:
    one: {cues: 1, after: {1 min: two}}
    two: {send: {cart: go}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.trigger(Trigger("", "resumed", 5_000_000_000))
    stage.osc("/showctl/subscribe")
    stage.osc("/showctl/standby", "99")
    stage.wait("2 min")
    assert (stage.state, stage.sent()) == ("two", [])
