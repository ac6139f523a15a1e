"""Looks over a whole rig: pairs as everywhere, columns beside them, a seal in place of a line of two megabytes."""

from array import array

import pytest

from showctl import trace
from showctl.model import Event, Fade, Part, Step
from showctl.targets import MANY, Many, gathered, many

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
