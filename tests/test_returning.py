"""Coming back to a look: jumps, `back` and what a state tells at entry. SEMANTICS 9, 10, 18, 19, CORE 10."""

from __future__ import annotations

from tests.stage import Stage


def lit(stage: Stage) -> list[int]:
    return [stage.percent(each) for each in ("key", "fill", "hair")]


GROWING = """
cues:
  1: {look: {key: 20%}}
  2: {look: {fill: 40%}}
  3: {look: {hair: 60%}}
states:
  show:
    one: {cues: 1-3, end: true}
    safe: {fail: true, look: {all: 70% 4000K}, on: {go: back}}
"""


def test_back_from_the_safe_look_takes_away_what_only_it_lit() -> None:
    """SEMANTICS 19: the look of the state that was left, not the safe one where it named nothing."""
    stage = Stage(GROWING)
    stage.wait("1 s")
    stage.osc("/showctl/panic")
    stage.wait("1 s")
    assert lit(stage) == [70, 70, 70]
    stage.go()
    stage.wait("3 s")
    assert lit(stage) == [20, 0, 0]


def test_a_jump_takes_away_what_only_later_cues_lit() -> None:
    """SEMANTICS 9: every jump asserts the whole tracked look of its target."""
    stage = Stage(GROWING)
    for _ in range(2):
        stage.wait("1 s")
        stage.go()
    assert lit(stage) == [20, 40, 60]
    stage.wait("1 s")
    stage.osc("/showctl/cue/1/go")
    assert lit(stage) == [20, 0, 0]
    stage.wait("1 s")
    stage.osc("/showctl/start/one/2")
    assert lit(stage) == [20, 40, 0]


def test_a_jump_keeps_what_its_state_set_at_entry() -> None:
    """SEMANTICS 9, and after panic too."""
    stage = Stage("""
cues:
  1: {look: {key: 20%}}
  2: {look: {fill: 40%}}
states:
  show:
    one: {cues: 1-2, look: {hair: 50%}, end: true}
    safe: {fail: true, look: {all: 70% 4000K}, on: {go: back}}
""")
    stage.wait("1 s")
    stage.osc("/showctl/cue/2/go")
    assert lit(stage) == [20, 40, 50]
    stage.osc("/showctl/panic")
    stage.wait("1 s")
    stage.go()
    stage.wait("3 s")
    assert lit(stage) == [20, 40, 50]


def test_a_jump_to_a_cue_that_steps_adds_its_step_once() -> None:
    """SEMANTICS 9, 10."""
    stage = Stage("cues:\n  1: {look: {key: 20%}}\n  2: {look: {key: 80%}}\n  3: {look: {key: +10%}, fade: 1 s}\n")
    stage.wait("1 s")
    for _ in range(2):
        stage.osc("/showctl/cue/3/go")
        stage.wait("2 s")
        assert stage.percent("key") == 90
    stage.osc("/showctl/panic")
    stage.wait("3 s")
    stage.go()
    stage.wait("3 s")
    assert stage.percent("key") == 90


def test_a_jump_to_a_cue_that_waits_shows_the_look_before_it_meanwhile() -> None:
    """SEMANTICS 9: whoever leaves before the wait is over leaves a look that the list has."""
    stage = Stage("cues:\n  1: {look: {key: 20%}}\n  2: {look: {key: 80%}}\n  3: {pre-wait: 5 s, look: {key: 50%}}\n")
    stage.wait("1 s")
    stage.osc("/showctl/cue/3/go")
    assert stage.percent("key") == 80
    stage.wait("6 s")
    assert stage.percent("key") == 50


def test_back_between_children_leaves_the_timers_of_their_parent_alone() -> None:
    """CORE 10: a parent's `after` survives moves between its children."""
    stage = Stage("""
triggers: {on: {button: On}}
cues: {1: {look: {all: 20%}}}
states:
  show:
    both:
      cues: 1
      end: true
      after: {10 s: {say: ten}}
      states:
        a: {on: {on: b}}
        b: {on: {on: back}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.wait("2 s")
    stage.osc("/showctl/trigger/on")
    stage.wait("4 s")
    stage.osc("/showctl/trigger/on")
    assert stage.state == "both.a"
    stage.wait("3.9 s")
    assert stage.said() == []
    stage.wait("100 ms")
    assert stage.said() == ["ten"]


def test_a_condition_that_holds_at_entry_is_answered_with_a_cue_or_a_word_as_well() -> None:
    """SEMANTICS 18, 22: `when:` is also tested at entry, whatever its answer is; the inner line wins."""
    stage = Stage("""
triggers:
  seat: {from: sensors, topic: seat, when: payload == on}
  door: {from: sensors, topic: door, when: payload == on}
cues:
  1: {look: {all: 20%}}
  40: {overlay: 5 s, look: {hair: 50%}}
states:
  show:
    one: {cues: 1, on: {go: two}}
    two:
      when: {seat: {say: outer}, door: cue 40}
      end: true
      states: {a: {when: {seat: {say: They sit}}, end: true}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
""")
    stage.mqtt("seat", "off")
    stage.mqtt("seat", "on")
    stage.mqtt("door", "on")
    stage.wait("1 s")
    stage.go()
    assert (stage.state, stage.said(), stage.started()) == ("two.a", ["They sit"], ["1", "40"])
