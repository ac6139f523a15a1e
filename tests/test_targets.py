"""Looks over a whole rig: pairs as everywhere, columns beside them, a seal in place of a line of two megabytes."""

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import targets, trace
from showctl.model import Event, Fade, Part, Step
from showctl.show import Show
from showctl.targets import MANY, Look, Many, gathered, many
from tests.stage import Stage

WHOLE = tuple((index, index * 7 % 255) for index in range(MANY + 1))


def test_a_look_over_a_whole_rig_is_the_same_pairs_with_columns():
    whole = Part(WHOLE).targets
    assert type(whole) is Many
    assert whole == WHOLE
    assert whole.parameters == array("q", range(MANY + 1))
    assert list(zip(whole.parameters, whole.levels, strict=True)) == list(WHOLE)
    assert gathered(whole) is whole


def test_a_small_look_stays_what_it_is():
    assert type(gathered(WHOLE[:MANY])) is tuple
    assert gathered(iter([(1, 2)])) == ((1, 2),)


def test_a_parameter_named_twice_is_told_twice_one_by_one():
    assert type(gathered((*WHOLE, WHOLE[0]))) is tuple


def test_the_seal_tells_any_difference():
    seals = {many(pairs).seal for pairs in (((1, 2),), ((1, 3),), ((2, 2),), ((1, 2), (2, 2)), ((2, 2), (1, 2)))}
    assert len(seals) == 5
    assert many(((1, 2),)).seal == "f59df9f51bfcb52f7ae49756810ec78b"


@pytest.mark.parametrize("relative", [False, True])
def test_a_step_that_moves_a_whole_rig_is_a_short_line_that_reads_back(relative):
    """The sheet that the look comes from is in the header, and replay renders it anew."""
    whole = gathered(tuple((index, index) for index in range(131_072)))
    line = trace.encode(Step(1, 5, Event("command", "go"), actions=(Fade("show", whole, 5, 9, "linear", relative),)))
    assert len(line) < 300
    again = trace.decode(line)
    assert trace.encode(again) == line
    other = gathered(tuple((index, index + (index == 70_000)) for index in range(131_072)))
    assert trace.encode(Step(1, 5, Event("command", "go"),
                             actions=(Fade("show", other, 5, 9, "linear", relative),))) != line


PAIRS = st.dictionaries(st.integers(0, 9), st.integers(0, 99), min_size=1, max_size=8).map(lambda d: tuple(d.items()))
WHOLES = [many(tuple((index, seed) for index in range(6))) for seed in (1, 2)] + [many(((8, 1), (2, 1)))]
TELLING = st.lists(PAIRS | st.sampled_from(WHOLES), max_size=8)


@given(TELLING, TELLING)
def test_a_tracked_look_is_what_was_told_last_of_each_also_after_a_restart(before, after):
    """CORE 1: a look goes on from a snapshot as if it had never been taken, order and all."""
    look, plain = Look(), {}
    for told in before:
        look.update(told)
        plain.update(told)
    kept = look.copy()
    restored = Look([tuple(pair) for pair in json.loads(json.dumps([list(pair) for pair in look.items()]))])
    assert dict(kept.items()) == plain
    assert bool(kept) is bool(plain)
    for told in after:
        look.update(told)
        restored.update(told)
        plain.update(told)
        assert list(look.items()) == list(restored.items())
    assert dict(look.items()) == plain
    assert {index: look.get(index, -1) for index in range(10)} == {index: plain.get(index, -1) for index in range(10)}
    assert all(look[index] == level for index, level in plain.items())


def test_a_copy_goes_its_own_way():
    look = Look(((1, 1),))
    other = look.copy()
    look[1] = 5
    look.clear()
    assert list(other.items()) == [(1, 1)]
    assert not look


GREAT = """
cues: {1: {look: {all: 20%}}}
states:
  show:
    start: low
    low:  {look: {all: 30% 3000K}, fade: 1 s, on: {go: high}}
    high: {cues: 1, look: {all: 90%}, on: {go: low}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
"""


def test_a_show_of_great_looks_goes_on_from_any_snapshot(monkeypatch):
    """SEMANTICS 19 and CORE 1: also where every look is one over a whole rig."""
    monkeypatch.setattr(targets, "MANY", 2)
    stage = Stage(GREAT)
    for step in ("go", "panic", "go", "go", "wait", "go", "back"):
        again = Show(stage.sheet, 0)
        again.restore(json.loads(json.dumps(stage.show.snapshot())))
        assert again.snapshot() == stage.show.snapshot()
        stage.show = again
        stage.wait("700 ms") if step == "wait" else stage.osc(f"/showctl/{step}", 1.0)
        stage.wait("600 ms")
    lines = [trace.encode(step) for step in stage.steps]
    assert sum('"many":' in line for line in lines) >= 4
    whole = Stage(GREAT)
    for step in ("go", "panic", "go", "go", "wait", "go", "back"):
        whole.wait("700 ms") if step == "wait" else whole.osc(f"/showctl/{step}", 1.0)
        whole.wait("600 ms")
    assert [trace.encode(step) for step in whole.steps] == lines
    assert whole.frames == stage.frames
