"""What a press does: GO, back, standby, jumps, refusals, panic. SEMANTICS 1-7, 9, 27, 33."""

from __future__ import annotations

import pytest

from tests.stage import Stage, refusals

TALK = """
commands:
  cart: {to: sensors, topic: cart/command, hazard: moves}
triggers:
  door: {from: sensors, topic: door, when: contact == false, initial: false}
  skip: {button: Skip}
  water: {button: Water, confirm: true}
cues:
  1: {look: {all: 20%}}
  2: {look: {key: 40%}}
  3: {look: {key: 60%, fill: 30%}, fade: 2 s}
  4: {look: {key: 80%}}
  10: {look: {all: 100%}}
states:
  show:
    start: one
    one: {cues: 1-4, on: {go: two, door: two}}
    two: {cues: 10, on: {skip: one, go: {to: one, if: {door: false}, else: Shut the door first}}}
    safe: {fail: true, look: {all: 70% 4000K}, fade: 2 s, on: {go: back}}
  cart:
    start: parked
    parked: {on: {water: going}}
    going: {send: {cart: go stage}, after: {40 s: stopped}}
    stopped: {fail: true, send: {cart: stop}, on: {skip: parked}}
"""


def test_a_press_with_an_argument_that_is_zero_is_a_release() -> None:
    """SEMANTICS 1."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/go", 0.0)
    assert stage.started() == ["1"]
    stage.osc("/showctl/go")
    assert stage.started() == ["1", "2"]


def test_a_number_never_names_a_cue() -> None:
    """SEMANTICS 1: float 2.1 is not 2.1; the address does, or a string."""
    stage = Stage(TALK)
    stage.wait("1 s")
    assert stage.osc("/showctl/standby", 4.0).refused
    stage.osc("/showctl/standby", "4")
    assert stage.standby == "4"


def test_go_does_the_one_thing_standby_shows() -> None:
    """SEMANTICS 2: the next cue or, when none is left, the state's go; entering a state runs its first cue."""
    stage = Stage(TALK)
    shown = [stage.standby]
    for _ in range(4):
        stage.wait("1 s")
        stage.go()
        shown.append(stage.standby)
    assert shown == ["2", "3", "4", "two", "one"]
    assert stage.started() == ["1", "2", "3", "4", "10"]


def test_go_with_nothing_in_standby_is_refused_with_the_reason() -> None:
    """SEMANTICS 2."""
    stage = Stage("cues:\n  1: {look: {all: 20%}}\n")
    stage.wait("1 s")
    assert stage.go().refused == "nothing is in standby in list"


def test_the_minimum_go_time_holds_over_all_stations_and_is_not_extended_by_refusals() -> None:
    """SEMANTICS 3."""
    stage = Stage(TALK)
    stage.wait("1 s")
    assert stage.go("foh").accepted
    stage.wait("199 ms")
    assert stage.go("stage").refused == "go-gap: foh pressed GO 200 ms before"
    stage.wait("299 ms")
    assert stage.go("stage").accepted, "500 ms after the first, 300 ms after the refusal"
    assert stage.started() == ["1", "2", "3"]


def test_the_gap_runs_from_any_change_of_standby_that_no_operator_made() -> None:
    """SEMANTICS 3: the sensor moved first, the finger lands 100 ms later."""
    stage = Stage(TALK)
    stage.wait("5 s")
    stage.mqtt("door", '{"contact": false}')
    assert stage.state == "two"
    stage.wait("99 ms")
    assert stage.go().refused == "go-gap: door moved standby 100 ms before"
    assert not stage.osc("/showctl/panic").refused, "panic is exempt"


def test_a_refused_go_may_be_overridden_within_three_seconds() -> None:
    """SEMANTICS 7, and 21: what reads unknown is false, whichever way it is written."""
    stage = Stage(TALK.replace(", initial: false", ""))
    stage.wait("1 s")
    stage.osc("/showctl/cue/10/go")
    stage.wait("1 s")
    assert stage.go().refused == "Shut the door first", "the door was never heard, so its guard is false"
    stage.wait("4 s")
    assert stage.go().refused == "Shut the door first", "too late to insist"
    stage.wait("1 s")
    step = stage.go()
    assert (step.refused, stage.state) == ("", "one")
    assert "overridden" in step.notes[0]


def test_a_hazard_is_never_overridden() -> None:
    """SEMANTICS 7."""
    stage = Stage("""
commands: {cart: {to: sensors, topic: cart/command, hazard: moves}}
triggers: {clear: {from: sensors, topic: clear, when: payload == yes}}
cues: {1: {look: {all: 20%}}, 2: {look: {all: 30%}}}
states:
  show:
    start: one
    one: {cues: 1, on: {go: {to: two, if: {clear: true}, else: The way is not clear}}}
    two: {cues: 2, send: {cart: go}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    for _ in range(4):
        assert stage.go().refused == "The way is not clear"
        stage.wait("600 ms")
    stage.mqtt("clear", "yes")
    stage.wait("1 s")
    assert stage.go().refused == "two moves: press again within 5 s to confirm"
    stage.go()
    assert stage.sent() == [(("topic", "cart/command"), "go")]


def test_a_state_that_is_not_ready_holds_go_back_until_it_is_said_twice() -> None:
    stage = Stage("""
triggers: {door: {from: sensors, topic: door, when: contact == false}}
cues: {1: {look: {all: 20%}}, 2: {look: {all: 30%}}}
states:
  show:
    start: one
    one: {cues: 1, ready: [door, panels], on: {go: two}}
    two: {cues: 2, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    assert stage.go().refused == "not ready: door, panels"
    stage.mqtt("door", '{"contact": true}')
    stage.wait("1 s")
    step = stage.go()
    assert (stage.state, step.notes) == ("two", ("overridden: not ready: panels",))


def test_panic_takes_every_region_to_its_fail_state_and_latches() -> None:
    """SEMANTICS 4: waits, follows, timers, overlays and queued edges are cancelled; no sensor moves anything."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/trigger/water")
    stage.osc("/showctl/trigger/water")
    assert stage.states["cart"] == "going"
    stage.osc("/showctl/panic", 1.0, by="stage")
    assert stage.states == {"show": "safe", "cart": "stopped"}
    assert stage.sent()[-1] == (("topic", "cart/command"), "stop")
    stage.osc("/showctl/panic", 0.0, by="stage")        # letting go is not a second press
    stage.wait("1 s")
    assert 20 < stage.percent("key") < 70
    stage.wait("1 s")
    assert stage.percent("key") == 70
    assert "panic" in refusals(stage.mqtt("door", '{"contact": false}'))[0]
    stage.wait("60 s")
    assert stage.states == {"show": "safe", "cart": "stopped"}, "no timer moves anything"


def test_a_second_panic_within_three_seconds_drops_the_fade_times() -> None:
    """SEMANTICS 4."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/panic")
    stage.wait("100 ms")
    stage.osc("/showctl/panic")
    stage.wait("25 ms")
    assert stage.percent("key") == 70


def test_back_from_panic_returns_to_the_state_that_was_left_with_standby_look_and_timers() -> None:
    """SEMANTICS 19."""
    stage = Stage("""
cues: {1: {look: {all: 20%}}, 2: {look: {key: 40%}}, 3: {look: {all: 90%}}, 9: {look: {all: 99%}}}
states:
  show:
    start: one
    one: {cues: 1-3, on: {go: two}, after: {60 s: two}}
    two: {cues: 9, end: true}
    safe: {fail: true, look: {all: 70%}, fade: 2 s, on: {go: back}}
""")
    stage.wait("10 s")
    stage.go()
    stage.wait("10 s")
    left = stage.osc("/showctl/panic")
    stage.wait("300 s")
    returned = stage.go()
    assert (stage.state, stage.standby) == ("one", "3")
    stage.wait("2 s")
    assert (stage.percent("key"), stage.percent("fill")) == (40, 20)
    stage.wait("60 s")
    moved = next(step.at_ns for step in stage.steps for move in step.moves if move.target == "two")
    assert moved - returned.at_ns == 60_000_000_000 - left.at_ns, "the timer had that much left"


def test_a_fail_state_ignores_masters_and_blackout() -> None:
    """SEMANTICS 17."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/blackout", 1.0)
    stage.wait("1 s")
    assert stage.percent("key") == 0
    stage.osc("/showctl/panic")
    stage.wait("3 s")
    assert stage.percent("key") == 70


def test_back_fades_to_the_previous_tracked_look_and_never_leaves_the_state() -> None:
    """SEMANTICS 5."""
    stage = Stage(TALK)
    for _ in range(2):
        stage.wait("1 s")
        stage.go()
    stage.wait("3 s")
    assert (stage.percent("key"), stage.percent("fill")) == (60, 30)
    stage.osc("/showctl/back")
    stage.wait("3 s")
    assert (stage.percent("key"), stage.percent("fill"), stage.standby) == (40, 20, "3")
    stage.osc("/showctl/back")
    stage.wait("3 s")
    assert stage.percent("key") == 20
    assert "nothing before" in stage.osc("/showctl/back").refused
    assert stage.state == "one"


def test_standby_previous_moves_the_playhead_only() -> None:
    """SEMANTICS 5."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.go()
    before = len(stage.frames)
    stage.osc("/showctl/standby/next")
    assert stage.standby == "4"
    stage.osc("/showctl/standby/previous")
    stage.osc("/showctl/standby/previous")
    assert (stage.standby, len(stage.frames)) == ("2", before)


@pytest.mark.parametrize("address", ["/showctl/standby/10", "/showctl/cue/10/load"])
def test_only_a_cue_of_the_present_state_goes_into_standby(address: str) -> None:
    stage = Stage(TALK)
    stage.wait("1 s")
    assert stage.osc(address, 1.0).refused == "cue 10 is in two, not in one"
    assert stage.standby == "2"


def test_a_jump_asserts_the_whole_tracked_look_of_its_target() -> None:
    """SEMANTICS 9."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/cue/4/go")
    stage.wait("3 s")
    assert (stage.percent("key"), stage.percent("fill"), stage.percent("hair")) == (80, 30, 20)
    stage.osc("/showctl/cue/10/go")
    assert stage.state == "two", "a cue's own state comes with it"
    stage.osc("/showctl/start/one/3")
    stage.wait("3 s")
    assert (stage.state, stage.standby, stage.percent("key"), stage.percent("fill")) == ("one", "4", 60, 30)


def test_a_jump_never_sends_what_moves() -> None:
    stage = Stage(TALK)
    stage.wait("1 s")
    assert "moves" in stage.osc("/showctl/start/going").refused
    assert stage.sent() == []


def test_automation_has_one_switch_and_each_trigger_can_be_disarmed() -> None:
    """SEMANTICS 27."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/sensors", 0.0)
    assert refusals(stage.mqtt("door", '{"contact": false}')) == ["sensors are off"]
    stage.mqtt("door", '{"contact": true}')
    stage.wait("1 s")
    assert stage.go().accepted, "GO stays"
    stage.osc("/showctl/sensors", 1.0)
    stage.osc("/showctl/trigger/door/disarm")
    assert refusals(stage.mqtt("door", '{"contact": false}')) == ["door is disarmed"]
    stage.mqtt("door", '{"contact": true}')
    stage.osc("/showctl/trigger/door/arm")
    stage.mqtt("door", '{"contact": false}')
    assert stage.state == "two"


def test_a_hazard_by_hand_is_confirmed_by_the_same_station_within_five_seconds() -> None:
    """SEMANTICS 33."""
    stage = Stage(TALK)
    stage.wait("1 s")
    assert "again" in stage.osc("/showctl/trigger/water", by="foh").refused
    assert "again" in stage.osc("/showctl/trigger/water", by="stage").refused, "another hand does not confirm"
    stage.wait("6 s")
    assert "again" in stage.osc("/showctl/trigger/water", by="stage").refused
    stage.osc("/showctl/trigger/water", by="stage")
    assert stage.states["cart"] == "going"


def test_what_burns_or_emits_never_goes_over_plain_osc() -> None:
    """SEMANTICS 33."""
    stage = Stage("""
commands: {haze: {to: sensors, topic: haze, hazard: emits}}
cues: {1: {look: {all: 20%}}, 2: {send: {haze: puff}}}
""")
    stage.wait("1 s")
    for _ in range(3):
        assert "not over plain OSC" in stage.go().refused
        stage.wait("1 s")
    assert stage.sent() == []


def test_reset_goes_to_the_top_of_the_show_when_asked_twice() -> None:
    stage = Stage(TALK)
    for _ in range(5):
        stage.wait("1 s")
        stage.go()
    stage.osc("/showctl/master", 0.5)
    assert "again" in stage.osc("/showctl/reset").refused
    assert stage.state == "two"
    stage.osc("/showctl/reset")
    stage.wait("1 s")
    assert (stage.state, stage.standby, stage.percent("key")) == ("one", "2", 20)


@pytest.mark.parametrize(("address", "reason"), [
    ("/showctl/cue/99/go", "no cue"), ("/showctl/sub/nobody", "no submaster 'nobody'"),
    ("/showctl/fader/nobody", "no fader 'nobody'"), ("/showctl/start/nowhere", "no state 'nowhere'"),
    ("/showctl/trigger/nobody", "nobody"), ("/showctl/resume", "not paused"), ("/showctl/cue/4/stop", "not running"),
])
def test_what_cannot_be_done_is_refused_with_the_reason(address: str, reason: str) -> None:
    """Law 4."""
    stage = Stage(TALK)
    step = stage.osc(address, 1.0)
    assert reason in step.refused
    assert not step.accepted


def test_a_start_waits_for_resume_as_go_does() -> None:
    """SEMANTICS 6: transitions wait as refusals."""
    stage = Stage(TALK)
    stage.wait("1 s")
    stage.osc("/showctl/pause")
    assert stage.osc("/showctl/start/two").refused == "paused: resume first"
    assert stage.state == "one"
    stage.osc("/showctl/resume")
    assert stage.osc("/showctl/start/two").accepted


def test_back_takes_away_what_only_the_cue_it_undoes_has_lit() -> None:
    """SEMANTICS 5, 9: the previous look is what was there, not only what its cues name."""
    stage = Stage("""
faders:
  music: {to: mixer, channel: 1, cc: 0, start: -20 dB}
  voice: {to: mixer, channel: 1, cc: 1}
cues:
  1: {look: {key: 20%}}
  2: {look: {fill: 40%}, mix: {music: -5 dB, voice: -5 dB}}
""")
    stage.wait("1 s")
    began = dict(stage.faders)
    stage.go()
    stage.wait("1 s")
    moved = dict(stage.faders)
    stage.osc("/showctl/back")
    stage.wait("3 s")
    assert [stage.percent(each) for each in ("key", "fill")] == [20, 0]
    assert stage.faders["cc", 1, 0] == began["cc", 1, 0]
    assert stage.faders["cc", 1, 1] == moved["cc", 1, 1]       # nobody knows where it stood before
    stage.go()
    assert stage.percent("fill") == 40


def test_what_back_puts_out_is_still_known_when_a_stop_halts_it_half_way() -> None:
    stage = Stage("cues:\n  1: {look: {key: 20%}}\n  2: {look: {fill: 40%}}\n  3: {look: {hair: 60%}}\n")
    for press in ("go", "go", "back"):
        stage.wait("1 s")
        stage.osc(f"/showctl/{press}")
    stage.wait("1 s")
    stage.osc("/showctl/stop")
    stage.wait("1 s")
    assert stage.percent("hair") == 30
    stage.osc("/showctl/back")
    stage.wait("3 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [20, 0, 0]


def test_back_keeps_what_the_state_set_at_entry() -> None:
    """SEMANTICS 5, 9: what a state sets lasts until a cue of the list takes it."""
    stage = Stage("""
cues:
  1: {look: {hair: 10%}}
  2: {look: {key: 20%}}
  3: {look: {fill: 40%}}
  4: {look: {hair: 90%}}
states:
  show:
    one: {cues: 1, on: {go: two}}
    two: {cues: 2-4, look: {hair: 50%}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    for _ in range(3):
        stage.wait("1 s")
        stage.go()
    assert stage.percent("hair") == 90
    stage.wait("1 s")
    stage.osc("/showctl/back")
    stage.wait("3 s")
    stage.osc("/showctl/back")
    stage.wait("3 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [20, 0, 50]


def test_reset_puts_out_what_the_first_cue_does_not_name_and_ends_the_safe_look() -> None:
    """Top of show for the next house; SEMANTICS 17: only a fail state's look is safe from masters."""
    stage = Stage("""
cues:
  1: {look: {key: 20%}}
  2: {look: {fill: 40%}}
states:
  show:
    one: {cues: 1-2, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("1 s")
    stage.go()
    stage.osc("/showctl/panic")
    stage.wait("1 s")
    stage.osc("/showctl/reset")
    stage.osc("/showctl/reset")
    stage.wait("1 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [20, 0, 0]
    stage.osc("/showctl/blackout", 1)
    assert stage.percent("key") == 0


def test_the_cue_of_a_fail_state_comes_to_its_look_and_leads_nothing() -> None:
    """SEMANTICS 4: it ends in the safe look; until an operator acts, no timer moves anything."""
    stage = Stage("""
cues:
  1: {look: {all: 20%}}
  9: {look: {key: 70% in 1 s after 1 s, fill: 60%}, fade: 2 s, auto-follow: 10}
  10: {look: {all: 0%}}
states:
  show:
    one: {cues: 1, end: true}
    safe: {fail: true, cues: 9-10, on: {go: back}}
""")
    stage.wait("1 s")
    stage.osc("/showctl/panic")
    stage.wait("5 s")
    assert [stage.percent(each) for each in ("key", "fill")] == [70, 60]
    assert stage.started() == ["1", "9"]
    assert stage.steps[-1].ended == ("9",)


@pytest.mark.parametrize("press", ["/showctl/go", "/showctl/cue/2/go", "/showctl/start/list/2"])
def test_standby_moves_on_with_the_press_and_not_when_the_wait_is_over(press: str) -> None:
    """SEMANTICS 2, 3: what standby shows is what GO does; the end of a pre-wait is no change of it."""
    stage = Stage("""
cues:
  1: {look: {all: 20%}}
  2: {pre-wait: 2 s, look: {all: 30%}}
  3: {look: {all: 40%}}
""")
    stage.wait("1 s")
    stage.osc(press)
    assert stage.standby == "3"
    stage.wait("2.1 s")
    assert stage.started() == ["1", "2"]
    assert stage.go().accepted
