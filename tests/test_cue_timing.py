"""When cues start and end, against QLab's and Eos's definitions.

QLab: pre-wait runs before the action; post-wait counts from the start of the action (QLab 5 manual, "Cue timing");
auto-continue starts the next cue after the post-wait; auto-follow starts it when the action is complete.
Eos: a follow counts from the start, a hang from the completion of the longest part (Eos manual, "Follow and Hang").
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from showctl.model import CueSheet
from tests.stage import Stage

SECOND = 1_000_000_000


def starts(stage: Stage, began_ns: int) -> dict[str, float]:
    """Cue number → seconds after the GO at which its action started (its last start)."""
    return {cue: (step.at_ns - began_ns) / SECOND for step in stage.steps for cue in step.started}


TIMING = [
    # (source of the definition, cues, {cue: action start in seconds after GO})
    ("QLab pre-wait", "2: {pre-wait: 2 s, look: {key: 50%}}", {"2": 2.0}),
    ("QLab auto-continue, no post-wait: together",
     "2: {look: {key: 50%}, fade: 5 s, auto-continue: 3}\n  3: {look: {fill: 50%}}",
     {"2": 0.0, "3": 0.0}),
    ("QLab auto-continue counts from the start of the action",
     "2: {look: {key: 50%}, fade: 5 s, post-wait: 1 s, auto-continue: 3}\n  3: {look: {fill: 50%}}",
     {"2": 0.0, "3": 1.0}),
    ("QLab: pre-wait comes before post-wait",
     "2: {pre-wait: 2 s, look: {key: 50%}, post-wait: 1 s, auto-continue: 3}\n  3: {look: {fill: 50%}}",
     {"2": 2.0, "3": 3.0}),
    ("QLab auto-follow counts from the end of the action",
     "2: {look: {key: 50%}, fade: 5 s, auto-follow: 3}\n  3: {look: {fill: 50%}}", {"2": 0.0, "3": 5.0}),
    ("QLab auto-follow: the follower's own pre-wait comes on top",
     "2: {look: {key: 50%}, fade: 5 s, auto-follow: 3}\n  3: {pre-wait: 2 s, look: {fill: 50%}}", {"2": 0.0, "3": 7.0}),
    ("Eos hang: the longest part counts",
     "2: {look: {key: 50%}, fade: 3 s, mix: {music: -10 dB in 8 s}, auto-follow: 3}\n  3: {look: {fill: 50%}}",
     {"2": 0.0, "3": 8.0}),
    ("a chain of follows",
     "2: {look: {key: 50%}, fade: 1 s, auto-follow: 3}\n  3: {look: {fill: 50%}, fade: 2 s, auto-follow: 4}\n"
     "  4: {look: {hair: 50%}}", {"2": 0.0, "3": 1.0, "4": 3.0}),
    ("parallel group: members at once, each with its own pre-wait",
     "2: {group: parallel, members: 2.1-2.2}\n  2.1: {look: {key: 50%}}\n  2.2: {pre-wait: 1.5 s, look: {fill: 50%}}",
     {"2": 0.0, "2.1": 0.0, "2.2": 1.5}),
    ("sequence group: the next when the one before is over",
     "2: {group: sequence, members: 2.1-2.3}\n  2.1: {look: {key: 50%}, fade: 2 s}\n"
     "  2.2: {pre-wait: 1 s, look: {fill: 50%}, fade: 3 s}\n  2.3: {look: {hair: 50%}}",
     {"2": 0.0, "2.1": 0.0, "2.2": 3.0, "2.3": 6.0}),
    ("a group's auto-follow waits for its members",
     "2: {group: parallel, members: 2.1-2.2, auto-follow: 3}\n  2.1: {look: {key: 50%}, fade: 2 s}\n"
     "  2.2: {look: {fill: 50%}, fade: 4 s}\n  3: {look: {hair: 50%}}", {"2": 0.0, "2.1": 0.0, "2.2": 0.0, "3": 4.0}),
]

FADER = "faders:\n  music: {to: mixer, channel: 1, cc: 0, start: -20 dB}\n"


@pytest.mark.parametrize(("source", "cues", "expected"), TIMING, ids=[row[0] for row in TIMING])
def test_timing_is_what_qlab_and_eos_say(source: str, cues: str, expected: dict[str, float]) -> None:
    """SEMANTICS 11: auto-follow from the end as written, auto-continue and post-wait from the action's start."""
    stage = Stage(FADER + f"cues:\n  1: {{look: {{all: 0%}}}}\n  {cues}\n")
    stage.wait("1 s")
    began = stage.go()
    stage.wait("30 s")
    actual = starts(stage, began.at_ns)
    assert {cue: actual[cue] for cue in expected} == expected


def test_a_follow_fires_on_time_even_if_its_leader_is_taken_over_and_not_if_it_is_stopped() -> None:
    """SEMANTICS 11."""
    text = """
cues:
  1: {look: {all: 10%}}
  2: {look: {key: 50%}, fade: 4 s, auto-follow: 3}
  3: {look: {fill: 50%}}
  9: {look: {key: 20%}}
"""
    taken = Stage(text)
    taken.go()
    taken.wait("1 s")
    taken.osc("/showctl/cue/9/start")
    taken.wait("4 s")
    assert "3" in taken.started()
    stopped = Stage(text)
    stopped.go()
    stopped.wait("1 s")
    stopped.osc("/showctl/cue/2/stop")
    stopped.wait("10 s")
    assert "3" not in stopped.started()
    assert 10 < stopped.percent("key") < 50, "a stopped fade stands where it was"


def test_go_past_a_chain_cancels_what_has_not_started_and_lets_fades_run_out() -> None:
    """SEMANTICS 12."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {look: {key: 100%}, fade: 4 s, auto-follow: 3}
  3: {look: {fill: 100%}}
  4: {look: {hair: 100%}}
""")
    stage.go()
    stage.wait("1 s")
    assert stage.standby == "4", "standby skips cues that start by themselves (SEMANTICS 11)"
    stage.go()
    stage.wait("10 s")
    assert stage.started() == ["1", "2", "4"]
    assert (stage.percent("key"), stage.percent("fill"), stage.percent("hair")) == (100, 0, 100)


def test_a_pre_wait_that_go_passed_never_fires() -> None:
    """SEMANTICS 12."""
    stage = Stage("cues:\n  1: {look: {all: 0%}}\n  2: {pre-wait: 5 s, look: {key: 100%}}\n  3: {look: {fill: 10%}}\n")
    stage.go()
    stage.wait("1 s")
    stage.go()
    stage.wait("10 s")
    assert stage.started() == ["1", "3"]


def test_a_pause_freezes_waits_fades_and_state_timers_alike() -> None:
    """SEMANTICS 6: cue clocks (pre- and post-waits too) and state timers; GO is refused until resume."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {pre-wait: 2 s, look: {key: 100%}, fade: 4 s, auto-follow: 3}
  3: {look: {hair: 100%}}
  10: {look: {all: 30%}}
states:
  show:
    start: one
    one: {cues: 1-3, on: {go: two}, after: {20 s: two}}
    two: {cues: 10, end: true}
    safe: {fail: true, look: {all: 50%}, on: {go: back}}
""")
    stage.wait("1 s")
    began = stage.go()
    stage.wait("4 s")       # half-way through the fade
    stage.osc("/showctl/pause")
    half = stage.percent("key")
    assert stage.go().refused.startswith("paused")
    stage.wait("60 s")
    assert stage.percent("key") == half
    assert stage.state == "one"
    paused_ns = 60_000_000_000 + 2_000_000      # the wait and the presses on either side of it
    stage.osc("/showctl/resume")
    stage.wait("30 s")
    third = next(step.at_ns for step in stage.steps if "3" in step.started)
    assert third - began.at_ns == 6_000_000_000 + paused_ns
    two = next(step.at_ns for step in stage.steps for move in step.moves if move.target == "two")
    assert two == 20_000_000_000 + paused_ns


def test_one_cue_pauses_alone_and_goes_on_with_the_time_it_had_left() -> None:
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {look: {key: 100%}, fade: 10 s, auto-follow: 3}
  3: {look: {hair: 100%}}
  8: {acts: pause 2}
  9: {acts: resume 2}
""")
    began = stage.go()
    stage.wait("5 s")
    stage.osc("/showctl/cue/8/start")
    stage.wait("20 s")
    assert stage.percent("key") == 50
    stage.osc("/showctl/cue/9/start")
    stage.wait("20 s")
    third = next(step.at_ns for step in stage.steps if "3" in step.started)
    assert third - began.at_ns == 30_000_000_000 + 1_000_000
    assert stage.percent("key") == 100


def test_load_to_time_starts_that_far_in_with_its_followers_and_its_tracked_look() -> None:
    """SEMANTICS 9: a load asserts the whole tracked look; QLab's Load to time."""
    text = """
cues:
  1: {look: {all: 0%}}
  2: {look: {fill: 40%}}
  3: {look: {key: 100%}, fade: 10 s, auto-follow: 4}
  4: {look: {hair: 100%}, fade: 10 s}
"""
    stage = Stage(text)
    stage.wait("1 s")
    stage.osc("/showctl/cue/3/load", 5.0)
    assert stage.standby == "3"
    stage.go()
    assert stage.percent("key") == 50
    stage.wait("5 s")
    assert "4" in stage.started()
    stage.wait("10 s")
    assert (stage.percent("key"), stage.percent("hair"), stage.percent("fill")) == (100, 100, 40)
    far = Stage(text)
    far.wait("1 s")
    far.osc("/showctl/cue/3/load", 15.0)
    far.go()
    assert far.started()[-2:] == ["3", "4"]
    assert (far.percent("key"), far.percent("hair")) == (100, 50)


def test_a_random_group_plays_each_member_once_before_any_again_and_the_seed_decides() -> None:
    """CORE 20."""
    text = "cues:\n  1: {look: {all: 0%}}\n  2: {group: random, members: 2.1-2.4}\n" + "".join(
        f"  2.{n}: {{look: {{key: {n}0%}}}}\n" for n in range(1, 5)
    )

    def draw(seed: int) -> list[str]:
        stage = Stage(text, seed=seed)
        for _ in range(8):
            stage.wait("1 s")
            stage.osc("/showctl/cue/2/start")
        return [cue for cue in stage.started() if cue.startswith("2.")]

    drawn = draw(7)
    assert sorted(drawn[:4]) == sorted(drawn[4:]) == ["2.1", "2.2", "2.3", "2.4"]
    assert draw(7) == drawn
    assert len({tuple(draw(seed)) for seed in range(6)}) > 1


def test_first_then_standby_enters_the_group() -> None:
    """QLab: start first child and enter into group."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {group: first, members: 2.1-2.3}
  2.1: {look: {key: 10%}}
  2.2: {look: {key: 20%}}
  2.3: {look: {key: 30%}}
  3: {look: {key: 90%}}
""")
    for expected in (["1", "2", "2.1"], ["1", "2", "2.1", "2.2"], ["1", "2", "2.1", "2.2", "2.3"]):
        stage.wait("1 s")
        stage.go()
        assert stage.started() == expected
    assert stage.standby == "3"


def test_a_disarmed_cue_keeps_its_time_and_does_nothing_and_a_skipped_one_is_passed_by() -> None:
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {look: {key: 100%}, fade: 2 s, auto-follow: 3, armed: false}
  3: {look: {fill: 100%}}
  4: {look: {all: 77%}, skip: true}
  5: {look: {hair: 100%}}
""")
    stage.wait("1 s")
    stage.go()
    assert stage.standby == "5"
    stage.wait("3 s")
    assert stage.started() == ["1", "2", "3"]
    assert (stage.percent("key"), stage.percent("fill")) == (0, 100)
    stage.osc("/showctl/cue/2/arm")
    stage.osc("/showctl/cue/2/start")
    stage.wait("3 s")
    assert stage.percent("key") == 100


def close_the_ring(sheet: CueSheet) -> CueSheet:
    cues = dict(sheet.cues)
    cues[Decimal(3)] = replace(cues[Decimal(3)], parts=(), auto_continue=Decimal(2))
    return replace(sheet, cues=cues)


def test_a_ring_of_cues_without_a_wait_ends_and_says_so() -> None:
    """Law 7: every follow-chain is bounded. The checker refuses such a ring; the engine does not rely on it."""
    stage = Stage("cues:\n  1: {look: {all: 0%}}\n  2: {look: {key: 1%}, auto-continue: 3}\n"
                  "  3: {look: {key: 2%}, fade: 1 s}\n  4: {look: {key: 50%}}\n", change=close_the_ring)
    stage.wait("1 s")
    step = stage.osc("/showctl/cue/2/start")
    assert "in one instant" in step.notes[0]
    stage.wait("1 s")
    stage.osc("/showctl/cue/4/go")
    assert stage.percent("key") == 50


def test_a_cue_paused_before_it_acts_takes_its_whole_time_afterwards() -> None:
    """SEMANTICS 11: pre-wait, then the action."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {pre-wait: 5 s, look: {key: 100%}, fade: 4 s}
  3: {acts: [pause 2]}
  4: {acts: [resume 2]}
""")
    stage.wait("1 s")
    stage.go()
    stage.wait("1 s")
    stage.osc("/showctl/cue/3/start")
    stage.wait("10 s")
    stage.osc("/showctl/cue/4/start")
    stage.wait("6 s")
    assert stage.percent("key") == 50
    stage.wait("2 s")
    assert stage.percent("key") == 100


def test_go_past_a_paused_cue_cancels_what_it_has_not_started() -> None:
    """SEMANTICS 12: a resume later starts nothing of it."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {pre-wait: 5 s, look: {key: 100%}}
  3: {look: {fill: 30%}}
  4: {acts: [pause 2]}
  5: {acts: [resume 2]}
""")
    stage.wait("1 s")
    stage.go()
    stage.osc("/showctl/cue/4/start")
    stage.wait("1 s")
    stage.go()
    stage.osc("/showctl/cue/5/start")
    stage.wait("10 s")
    assert stage.percent("key") == 0


def test_go_past_a_cue_lets_its_delayed_levels_come_unless_they_are_taken() -> None:
    """SEMANTICS 9, 10: the others finish in their own time, delay and all; what is named later is not taken back."""
    stage = Stage("""
cues:
  1: {look: {key: 80% after 5 s, fill: 80% after 5 s, hair: 10%}}
  2: {look: {fill: 20%, hair: 30%}}
""")
    stage.wait("1 s")
    stage.go()
    stage.wait("10 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [80, 20, 30]
    stage.osc("/showctl/panic")
    stage.wait("3 s")
    stage.go()
    stage.wait("3 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [80, 20, 30]


GROUP = """
cues:
  1: {look: {all: 0%}}
  2: {group: sequence, members: 10-11, auto-follow: 3}
  3: {look: {hair: 30%}}
  4: {acts: [pause 2]}
  5: {acts: [resume 2]}
  10: {group: parallel, members: 12}
  11: {look: {fill: 50%}, fade: 2 s}
  12: {look: {key: 100%}, fade: 4 s}
"""


def test_stopping_a_group_stops_its_members() -> None:
    """A group plays cues as one; QLab: stopping a group stops all that is in it."""
    stage = Stage(GROUP)
    stage.wait("1 s")
    stage.go()
    stage.wait("1 s")
    stage.osc("/showctl/cue/2/stop")
    assert stage.steps[-1].ended == ("2", "10", "12")
    stage.wait("10 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [25, 0, 0]


def test_pausing_a_group_pauses_its_members() -> None:
    stage = Stage(GROUP)
    stage.wait("1 s")
    stage.go()
    stage.wait("1 s")
    stage.osc("/showctl/cue/4/start")
    stage.wait("10 s")
    assert stage.percent("key") == 25
    stage.osc("/showctl/cue/5/start")
    stage.wait("2 s")
    assert stage.percent("key") == 75
    stage.wait("4 s")
    assert [stage.percent(each) for each in ("key", "fill", "hair")] == [100, 50, 30]


def test_a_cue_stopped_at_the_instant_it_started_leads_nothing_any_more() -> None:
    """SEMANTICS 11."""
    stage = Stage("""
cues:
  1: {look: {all: 0%}}
  2: {group: parallel, members: 10-11}
  10: {acts: [stop 11]}
  11: {group: parallel, members: 12}
  12: {look: {fill: 50%}, fade: 2 s}
""")
    stage.wait("1 s")
    stage.go()
    assert stage.started() == ["1", "2", "10", "11"]


def test_an_overlay_laid_again_ends_the_one_that_lay() -> None:
    """Who counts what runs shall come to nothing in the end."""
    stage = Stage("cues:\n  1: {look: {all: 0%}}\n  40: {overlay: 5 s, look: {hair: 90%}, release: 1 s}\n")
    for _ in range(3):
        stage.wait("1 s")
        stage.osc("/showctl/cue/40/start")
    stage.wait("10 s")
    assert stage.started().count("40") == sum(step.ended.count("40") for step in stage.steps) == 3
