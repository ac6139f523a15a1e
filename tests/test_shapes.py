"""Effects as arithmetic: exact times, what each shape does, and many places at once as one by one (CORE 8)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import shapes, wide_shapes
from showctl.fade import FULL
from showctl.model import SECOND_NS, Effect
from showctl.shapes import BEAT, reading, turns_at, walked

MS = 1_000_000


def effect(shape: str, of: int = 4, ends: int = 2, **more: int | bool) -> Effect:
    return Effect("x", shape, tuple(range(of)), tuple(range(of)), of, tuple((0,) * of for _ in range(ends)),
                  tuple((False,) * of for _ in range(ends)), **more)     # type: ignore[arg-type]


def at(made: Effect, ms: int, place: int = 0, seed: int = 0) -> shapes.Reading:
    return reading(made, turns_at(made, ms * MS), place, seed)


def high(made: Effect, ms: int, place: int = 0, seed: int = 0) -> int:
    """How far at its second end, in thousandths."""
    first, second, share = at(made, ms, place, seed)
    share = share if (first, second) == (0, 1) else FULL - share
    return (share * 1000 + FULL // 2) // FULL


@pytest.mark.parametrize(("shape", "wanted"), [
    ("sine", [0, 146, 500, 854, 1000, 854, 500, 146, 0]),
    ("triangle", [0, 250, 500, 750, 1000, 750, 500, 250, 0]),
    ("ramp", [0, 125, 250, 375, 500, 625, 750, 875, 0]),
])
def test_a_wave_begins_at_its_first_end(shape: str, wanted: list[int]) -> None:
    made = effect(shape, per_ns=8 * SECOND_NS)
    assert [high(made, 1000 * second) for second in range(9)] == wanted


def test_a_step_stays_for_its_width_and_crosses_softly() -> None:
    hard = effect("step", per_ns=SECOND_NS, width=BEAT // 4)
    assert [high(hard, ms) for ms in (0, 700, 749, 750, 999, 1000)] == [0, 0, 0, 1000, 1000, 0]
    soft = effect("step", per_ns=SECOND_NS, width=BEAT // 2, soft=FULL // 2)
    assert [high(soft, ms) for ms in (0, 125, 250, 500, 625, 750, 999)] == [1000, 500, 0, 0, 500, 1000, 1000]


def test_spread_and_phase_are_turns_of_a_round() -> None:
    made = effect("triangle", per_ns=4 * SECOND_NS, spread=BEAT, phase=BEAT // 2)
    assert [high(made, 0, place) for place in range(4)] == [1000, 500, 0, 500]
    back = effect("triangle", per_ns=4 * SECOND_NS, spread=-BEAT)
    assert [high(back, 1000, place) for place in range(4)] == [500, 1000, 500, 0]


def test_a_chase_walks_from_place_to_place() -> None:
    made = effect("chase", beats=2, per_ns=SECOND_NS)
    lit = [[place for place in range(4) if high(made, ms, place)] for ms in range(0, 2500, 500)]
    assert lit == [[0], [1], [2], [3], [0]]
    wide = effect("chase", beats=2, per_ns=SECOND_NS, width=2)
    assert [[place for place in range(4) if high(wide, ms, place)] for ms in (0, 500, 1000)] == [[0, 3], [0, 1], [1, 2]]


def test_a_chase_crosses_over_and_the_two_are_one_light() -> None:
    made = effect("chase", beats=1, per_ns=SECOND_NS, soft=FULL)
    assert [high(made, 1250, place) for place in range(4)] == [750, 250, 0, 0]
    for ms in range(0, 4000, 37):
        assert abs(sum(high(made, ms, place) for place in range(4)) - 1000) <= 1


def test_a_bouncing_walk_turns_round_without_standing_twice() -> None:
    assert [walked(beat, 4, True) for beat in range(-1, 9)] == [1, 0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert [walked(beat, 4, False) for beat in range(-1, 6)] == [3, 0, 1, 2, 3, 0, 1]
    assert [walked(beat, 1, True) for beat in range(3)] == [0, 0, 0]


def test_steps_cross_from_the_look_before() -> None:
    made = effect("steps", ends=3, beats=1, per_ns=SECOND_NS, soft=FULL // 2)
    assert [at(made, ms)[:2] for ms in (0, 1000, 2000, 3000)] == [(2, 0), (0, 1), (1, 2), (2, 0)]
    assert at(made, 1250)[2] == FULL // 2
    assert at(made, 1500)[2] == FULL


def test_a_round_of_steps_lies_over_the_places() -> None:
    made = effect("steps", of=3, ends=3, per_ns=SECOND_NS, spread=BEAT)
    assert [at(made, 0, place)[1] for place in range(3)] == [0, 2, 1]
    assert [at(made, 1000, place)[1] for place in range(3)] == [1, 0, 2]


def test_a_sparkle_lights_about_as_often_as_it_should_and_lives_as_long() -> None:
    made = effect("sparkle", of=50, per_ns=SECOND_NS, density=FULL // 4, life=BEAT // 5)
    lit = sum(bool(high(made, ms, place, 7)) for ms in range(0, 40_000, 20) for place in range(50))
    share = lit * 1000 // (2_000 * 50)
    assert 40 <= share <= 60, "a quarter of the beats, a fifth of each"
    assert at(made, 12_345, 3, 7) == at(made, 12_345, 3, 7)
    one, other = ([at(made, ms, 3, seed) for ms in range(0, 20_000, 50)] for seed in (7, 8))
    assert one != other


def test_core_8_time_is_never_summed_up() -> None:
    """A third of a hertz for two days: the beat is where it belongs to the turn, not a nanosecond off."""
    made = effect("ramp", beats=1, per_ns=3 * SECOND_NS)
    for beat in (0, 1, 57_599):
        assert turns_at(made, beat * 3 * SECOND_NS) == beat * BEAT
        assert turns_at(made, beat * 3 * SECOND_NS + 3 * SECOND_NS - 1) >> 32 == beat
    odd = effect("ramp", beats=7, per_ns=60 * SECOND_NS)      # 7 bpm, no whole number of nanoseconds
    assert turns_at(odd, 48 * 3600 * SECOND_NS) == 48 * 60 * 7 * BEAT


EFFECTS = st.builds(
    lambda shape, of, ends, beats, per_ns, spread, phase, bounce, soft, share, width, density: effect(
        shape, of, ends if shape == "steps" else 2, beats=beats, per_ns=per_ns, spread=spread, phase=phase,
        bounce=bounce, soft=soft, width=min(width, of) if shape == "chase" else share, density=density, life=share),
    st.sampled_from(sorted(shapes.SHAPES)), st.integers(1, 9), st.integers(2, 5), st.integers(1, 3000),
    st.sampled_from([1, 999, SECOND_NS, 60 * SECOND_NS, 172_800 * SECOND_NS]).filter(bool),
    st.integers(-10 * BEAT, 10 * BEAT), st.integers(-10 * BEAT, 10 * BEAT), st.booleans(),
    st.sampled_from([0, 1, FULL // 3, FULL]), st.sampled_from([1, 77, BEAT // 3, BEAT - 1]),
    st.integers(1, 4), st.sampled_from([0, FULL // 2, FULL]),
).filter(lambda each: each.beats * SECOND_NS <= 20 * each.per_ns)


@settings(max_examples=400, deadline=None)
@given(EFFECTS, st.integers(0, 172_800 * SECOND_NS), st.integers(0, (1 << 32) - 1))
def test_core_8_many_places_read_as_one_by_one(made: Effect, elapsed_ns: int, seed: int) -> None:
    turns = turns_at(made, elapsed_ns)
    narrow = [reading(made, turns, place, seed) for place in range(made.of)]
    wide = wide_shapes.readings(made, turns, wide_shapes.lags(made), seed)
    assert all(each.dtype == np.int64 for each in wide)
    assert [tuple(map(int, each)) for each in zip(*wide, strict=True)] == narrow
    assert all(0 <= share <= FULL and first < len(made.ends) > second for first, second, share in narrow)


def test_both_ways_know_the_same_shapes() -> None:
    assert list(shapes.SHAPES) == list(wide_shapes.SHAPES)
