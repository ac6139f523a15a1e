"""Effects in a running show: what starts, takes, stops, freezes and brings them back; what they do to levels."""

from __future__ import annotations

import json

import pytest

from showctl.model import LEVEL_MAX, Release, Step, Swing
from showctl.show import Show
from tests.stage import Stage

ROOM = """
groups: {room: [key, fill, hair]}
submasters: {front: [key]}
effects:
  breath: {sine: [key, fill], from: 20%, to: 80%, rate: 4 s}
  drift: {triangle: key, from: -10%, to: +10%, rate: 4 s}
"""


def stage(cues: str, more: str = "") -> Stage:
    made = Stage(f"{ROOM}cues:\n  1: {{look: {{all: 40%}}}}\n{cues}{more}")
    made.wait("1 s")
    return made


def levels(made: Stage) -> list[int]:
    return [made.percent(name) for name in ("key", "fill", "hair")]


def begun(step: Step) -> list[str]:
    return [each.name for each in step.actions if isinstance(each, Swing)]


def let_go(made: Stage) -> list[str]:
    return [each.name for step in made.steps for each in step.actions if isinstance(each, Release)]


def test_an_effect_swings_between_its_ends_until_it_is_stopped() -> None:
    made = stage("  2: {effect: breath}\n  3: {acts: [stop 2]}\n")
    assert begun(made.go()) == ["show/breath"]
    seen = [levels(made) for _ in range(5) if made.wait("1 s") is not None]
    assert seen == [[50, 50, 40], [80, 80, 40], [50, 50, 40], [20, 20, 40], [50, 50, 40]]
    assert made.go().ended == ("2", "3")
    made.wait("30 ms")
    assert levels(made) == [40, 40, 40]


def test_semantics_11_it_fades_in_with_the_cue_and_out_as_it_came() -> None:
    made = stage("  2: {effect: {step: key, to: 100%, width: 100%}, fade: 2 s}\n  3: {acts: [stop 2]}\n")
    made.go()
    assert [made.percent("key") for _ in range(3) if made.wait("1 s") is not None] == [70, 100, 100]
    made.go()
    assert [made.percent("key") for _ in range(3) if made.wait("1 s") is not None] == [70, 40, 40]


def test_semantics_8_a_later_look_takes_what_an_effect_has_to_itself_from_where_it_is_seen() -> None:
    """SEMANTICS 8, 10: the last cue wins every attribute it names; fades start from the present value."""
    made = stage("  2: {effect: breath}\n  3: {look: {key: 30%}, fade: 1 s}\n  4: {look: {fill: 30%}}\n")
    made.go()
    made.wait("2 s")
    step = made.go()
    assert "2" not in step.ended
    made.wait("500 ms")
    assert levels(made)[0] == 55, "half way from 80 to 30"
    made.wait("3500 ms")
    assert levels(made)[0] == 30
    assert 20 < levels(made)[1] < 81
    assert "2" in made.go().ended, "nothing of the effect is left"
    made.wait("1 s")
    assert levels(made) == [30, 30, 40]
    assert let_go(made) == ["show/breath"]


def test_the_parts_of_its_own_cue_move_what_is_beneath_it() -> None:
    made = stage("  2: {look: {key: 70% in 1 s after 500 ms}, effect: breath}\n  3: {acts: [stop 2]}\n")
    made.go()
    made.wait("6 s")
    assert levels(made)[0] == 80
    made.go()
    made.wait("30 ms")
    assert levels(made)[0] == 70


def test_what_rides_on_the_level_beneath_stays_when_the_look_moves() -> None:
    made = stage("  2: {effect: drift}\n  3: {look: {key: 70%}, fade: 1 s}\n  4: {look: {key: 0%}}\n")
    made.go()
    made.wait("2 s")
    assert made.percent("key") == 50
    made.go()
    made.wait("1999 ms")
    assert made.percent("key") == 60
    made.wait("2001 ms")
    assert made.percent("key") == 80
    made.go()
    made.wait("3 s")
    assert made.percent("key") == 0, "a lamp that is dark stays dark"


def test_a_left_out_end_is_the_level_beneath() -> None:
    made = stage("  2: {effect: {chase: room, to: 100%, rate: 1 s}}\n")
    made.go()
    made.wait("100 ms")
    assert levels(made) == [100, 40, 40]
    made.wait("1 s")
    assert levels(made) == [40, 100, 40]


def test_semantics_12_leaving_the_state_lets_its_effects_go() -> None:
    made = stage("  2: {effect: breath, release: 2 s}\n  3: {}\n  9: {}\n", """
states:
  show:
    one: {cues: 1-3, on: {go: two}}
    two: {cues: 9, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    made.go()
    made.wait("2 s")
    assert made.go().started == ("3",)
    made.wait("4 s")
    assert levels(made)[0] == 80, "GO past it does not end it"
    step = made.go()
    assert step.actions == (Release("show/breath", step.at_ns, 2_000_000_000),)
    made.wait("3 s")
    assert levels(made) == [40, 40, 40]


def test_a_state_that_enters_itself_does_not_flicker() -> None:
    made = stage("  2: {effect: breath}\n", """
triggers: {knock: {button: Knock}}
states:
  show:
    one: {cues: 1, on: {go: two}}
    two: {cues: 2, on: {knock: two}, end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    made.go()
    made.wait("2 s")
    step = made.osc("/showctl/trigger/knock")
    assert (begun(step), let_go(made)) == (["show/breath"], [])
    made.wait("2 s")
    assert levels(made)[0] == 20, "in step with what began two seconds before"


def test_semantics_4_and_19_panic_lets_go_and_back_brings_back() -> None:
    made = stage("  2: {effect: breath}\n", """
states:
  show:
    one: {cues: 1-2, end: true}
    safe: {fail: true, look: {all: 70%}, fade: 1 s, on: {go: back}}
""")
    made.go()
    made.wait("2 s")
    made.osc("/showctl/panic")
    assert let_go(made) == ["show/breath"]
    made.wait("1 s")
    assert levels(made) == [70, 70, 70]
    step = made.go()
    assert begun(step) == ["show/breath"]
    made.wait("6 s")
    assert levels(made) == [80, 80, 40]


def test_semantics_17_over_a_fail_state_an_effect_only_brightens() -> None:
    made = stage("  2: {effect: drift}\n  9: {effect: {sine: fill, from: 10%, to: 100%, rate: 4 s}}\n", """
states:
  show:
    one: {cues: 1-2, end: true}
    safe: {fail: true, cues: 9, look: {all: 70%}, on: {go: back}}
""")
    made.go()
    made.osc("/showctl/blackout", 1.0)
    made.osc("/showctl/panic")
    lowest = highest = 70
    for _ in range(40):
        made.wait("100 ms")
        lowest, highest = min(lowest, *levels(made)), max(highest, *levels(made))
    assert (lowest, highest) == (70, 100)


def test_semantics_6_a_pause_freezes_it_where_it_is() -> None:
    made = stage("  2: {effect: breath}\n")
    made.go()
    made.wait("1 s")
    made.osc("/showctl/pause")
    made.wait("700 ms")
    stood = levels(made)
    made.wait("5 s")
    assert levels(made) == stood == [50, 50, 40]
    assert made.show.due_ns is None
    made.osc("/showctl/resume")
    made.wait("1 s")
    assert levels(made) == [80, 80, 40]


def test_a_cue_paused_alone_stands_still_and_goes_on() -> None:
    made = stage("  2: {effect: breath}\n  3: {acts: [pause 2]}\n  4: {acts: [resume 2]}\n")
    made.go()
    made.wait("1 s")
    made.go()
    made.wait("3 s")
    assert levels(made) == [50, 50, 40]
    made.go()
    made.wait("1 s")
    assert levels(made) == [80, 80, 40]


def test_masters_reach_it_as_they_reach_any_level() -> None:
    """SEMANTICS 8: a submaster at nothing is nothing."""
    made = stage("  2: {effect: breath}\n")
    made.go()
    made.osc("/showctl/sub/front", 0.0)
    made.osc("/showctl/master", 0.5)
    made.wait("1998 ms")
    assert levels(made) == [0, 40, 20]
    made.osc("/showctl/blackout", 1.0)
    made.wait("1 s")
    assert levels(made) == [0, 0, 0]


def test_so_many_rounds_then_it_lets_go_and_the_cue_is_over() -> None:
    """SEMANTICS 11: auto-follow fires when the longest part ends as written."""
    made = stage("  2: {effect: {chase: room, to: 100%, rate: 500 ms, times: 2}, release: 1 s, auto-follow: 3}\n"
                 "  3: {look: {all: 60%}}\n")
    start = made.go().at_ns
    made.wait("6 s")
    over = next(step for step in made.steps for each in step.actions if isinstance(each, Release))
    assert over.at_ns - start == 3_000_000_000
    followed = next(step for step in made.steps if "3" in step.started)
    assert (followed.at_ns - start, followed.ended[0]) == (4_000_000_000, "2")


def test_an_effect_without_an_end_counts_until_it_is_there() -> None:
    made = stage("  2: {effect: breath, fade: 2 s, auto-follow: 3}\n  3: {}\n")
    start = made.go().at_ns
    made.wait("3 s")
    assert next(step.at_ns for step in made.steps if "3" in step.started) - start == 2_000_000_000
    assert "2" not in [cue for step in made.steps for cue in step.ended], "its effect runs on, so it does"


def test_release_lets_go_of_an_effect_by_its_name_in_a_time_of_its_own() -> None:
    made = stage("  2: {effect: [breath, {step: hair, to: 90%, width: 100%}]}\n  3: {acts: [release breath in 2 s]}\n"
                 "  4: {acts: [release 2]}\n")
    made.go()
    made.wait("2 s")
    assert made.go().ended == ("3",)
    made.wait("1 s")
    assert 40 < levels(made)[0] < 80
    assert levels(made)[2] == 90
    made.wait("1 s")
    assert levels(made) == [40, 40, 90]
    assert made.go().ended == ("2", "4")
    made.wait("30 ms")
    assert levels(made) == [40, 40, 40]


def test_semantics_9_a_jump_has_the_effects_of_its_target_and_no_others() -> None:
    made = stage("  2: {effect: breath, fade: 1 s}\n  3: {look: {hair: 10%}}\n  4: {acts: [stop 2]}\n  5: {}\n")
    step = made.osc("/showctl/cue/3/go")
    assert begun(step) == ["show/breath"]
    made.wait("2 s")
    assert levels(made) == [80, 80, 10]
    made.osc("/showctl/cue/5/go")
    made.wait("1 s")
    assert levels(made) == [40, 40, 10]
    made.osc("/showctl/cue/3/go")
    made.osc("/showctl/back")
    made.wait("3 s")
    assert "show/breath" in made.show.snapshot()["engine"]["runs"]["swings"][0]


def test_a_look_between_has_taken_it_before_the_jump() -> None:
    made = stage("  2: {effect: breath}\n  3: {look: {key: 10%, fill: 10%}}\n  4: {}\n")
    assert begun(made.osc("/showctl/cue/4/go")) == []


def test_semantics_13_an_overlay_brings_its_effect_and_takes_it_along() -> None:
    made = stage("  40: {overlay: 3 s, effect: {chase: room, from: 0%, to: 100%, rate: 1 s}, release: 1 s}\n")
    made.osc("/showctl/cue/40/start")
    made.wait("100 ms")
    assert levels(made) == [100, 40, 40], "the higher of what is under it and its own"
    made.wait("1 s")
    assert levels(made) == [40, 100, 40]
    made.wait("2500 ms")
    assert levels(made)[0] in range(41, 100)
    made.wait("1 s")
    assert levels(made) == [40, 40, 40]
    assert made.show.snapshot()["renderer"]["effects"] == []
    assert made.show.snapshot()["engine"]["runs"]["swings"] == []


def test_a_colour_swings_between_two_looks() -> None:
    made = stage("  2: {effect: {triangle: key, from: 2700K, to: 6500K, rate: 4 s}}\n")
    made.go()
    seen = [made.slot(2) for _ in range(4) if made.wait("1 s") is not None]
    assert (seen[1], seen[3]) == (255, 0)
    assert abs(seen[0] - 127) <= 1
    assert made.percent("key") == 40


def test_a_loaded_cue_begins_that_far_in() -> None:
    made = stage("  2: {effect: breath}\n")
    made.osc("/showctl/cue/2/load", 2.0)
    made.wait("1 s")
    made.go()
    made.wait("30 ms")
    assert levels(made)[0] == 80


def test_a_disarmed_cue_does_nothing() -> None:
    made = stage("  2: {effect: breath, armed: false}\n")
    assert begun(made.go()) == []


def test_reset_lets_go_of_everything() -> None:
    made = stage("  2: {effect: breath, fade: 5 s}\n")
    made.go()
    made.wait("1 s")
    made.osc("/showctl/reset")
    made.osc("/showctl/reset")
    made.wait("100 ms")
    assert levels(made) == [40, 40, 40]
    assert made.show.snapshot()["renderer"]["effects"] == []


def test_the_grid_runs_while_an_effect_does_and_rests_afterwards() -> None:
    made = stage("  2: {effect: breath}\n  3: {acts: [stop 2]}\n")
    made.go()
    before = len(made.frames)
    made.wait("10 s")
    assert 350 <= len(made.frames) - before <= 441, "44 Hz, but for ticks in which no byte changes"
    made.go()
    made.wait("1 s")
    assert made.show.due_ns is None


def test_the_same_effect_asked_for_again_goes_on_in_step() -> None:
    made = stage("  2: {effect: breath}\n  3: {effect: breath}\n")
    made.go()
    made.wait("2 s")
    assert made.go().ended == ("2",)
    made.wait("1999 ms")
    assert levels(made)[0] == 20


SHOW = """
  2: {effect: breath, fade: 1 s}
  3: {look: {key: 30%}, effect: {sparkle: room, to: 100%, rate: 300 ms, density: 60%}, fade: 700 ms}
  4: {effect: {steps: [{room: 20%}, {room: 60% 3000K}, {key: 90%}], rate: 90 bpm, soft: 40%, times: 2}, release: 1 s}
  5: {acts: [pause 3]}
  6: {acts: [resume 3, release breath in 500 ms]}
  7: {effect: drift}
  40: {overlay: 2 s, effect: {ramp: room, from: 0%, to: 90%, rate: 400 ms, spread: even}, fade: 300 ms, release: 500 ms}
"""
PRESSES = ["go", "go", "go", "cue/40/start", "go", "go", "go", "pause", "resume", "back", "cue/3/go", "panic", "go"]


def played(made: Stage, *, again: bool = False, chunks: int = 1) -> list[object]:
    for press in PRESSES:
        made.osc(f"/showctl/{press}", 1.0)
        for _ in range(chunks):
            made.now_ns += 830_000_000 // chunks
            made.take(made.show.run_until(made.now_ns))
        if again:
            values = json.loads(json.dumps(made.show.snapshot()))
            made.show = Show(made.sheet, 5)
            made.show.restore(values)
            assert json.loads(json.dumps(made.show.snapshot())) == values
    return [made.frames, made.steps, made.show.digest()]


def test_core_1_restored_or_chunked_it_is_the_same_show() -> None:
    def fresh() -> Stage:
        return Stage(f"{ROOM}cues:\n  1: {{look: {{all: 40%}}}}{SHOW}", seed=5)

    whole = played(fresh())
    assert played(fresh(), again=True) == whole
    assert played(fresh(), chunks=83) == whole


@pytest.mark.parametrize("at_ms", [0, 1, 250, 999, 3_333])
def test_peek_sees_what_leaves(at_ms: int) -> None:
    """SEMANTICS 35."""
    made = stage("  2: {effect: breath, fade: 1 s}\n  3: {effect: {sparkle: hair, density: 100%}}\n")
    made.go()
    made.wait("600 ms")
    made.go()
    made.wait("1 s")
    made.now_ns += at_ms * 1_000_000
    made.take(made.show.run_until(made.now_ns))
    parameters = [made.sheet.fixtures[name][0] for name in ("key", "fill", "hair")]
    seen = made.show.peek(made.now_ns, parameters)
    made.osc("/showctl/master", 1.0)
    exact = made.show.peek(made.now_ns, parameters)
    assert all(abs(level * 100 / LEVEL_MAX - each) <= 1 for level, each in zip(exact, levels(made), strict=True))
    assert all(abs(one - two) < LEVEL_MAX // 50 for one, two in zip(seen, exact, strict=True))
