"""Fades: exact at both ends, never turning back, on every curve (CORE 8)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import fade
from showctl.fade import FULL
from showctl.model import LEVEL_MAX, SECOND_NS

SHARES = st.integers(0, FULL)
LEVELS = st.integers(0, LEVEL_MAX)
SMOOTH = ["linear", "ease", "ease-in", "ease-out"]


@pytest.mark.parametrize("curve", SMOOTH)
def test_ends_are_exact(curve: str) -> None:
    assert fade.CURVES[curve](0) == 0
    assert fade.CURVES[curve](FULL) == FULL


@given(st.sampled_from(SMOOTH), SHARES, SHARES)
def test_curves_never_turn_back(curve: str, one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert fade.CURVES[curve](first) <= fade.CURVES[curve](second)


@given(st.sampled_from(SMOOTH), st.integers(0, FULL - 1))
def test_neighbours_never_turn_back(curve: str, share: int) -> None:
    assert fade.CURVES[curve](share) <= fade.CURVES[curve](share + 1)


@pytest.mark.parametrize(("curve", "shape"), [
    ("linear", lambda x: x),
    ("ease", lambda x: (1 - math.cos(math.pi * x)) / 2),
    ("ease-in", lambda x: 1 - math.cos(math.pi * x / 2)),
    ("ease-out", lambda x: math.sin(math.pi * x / 2)),
])
def test_curves_have_their_shape(curve: str, shape) -> None:  # type: ignore[no-untyped-def]
    for step in range(1001):
        found = fade.CURVES[curve](FULL * step // 1000) / FULL
        assert found == pytest.approx(shape(step / 1000), abs=1e-5)      # finer than a step of 16 bits


def test_core_8_progress_is_elapsed_shifted_and_divided() -> None:
    assert fade.progress(0, 3, "linear") == 0
    assert fade.progress(1, 3, "linear") == FULL // 3
    assert fade.progress(SECOND_NS, 8 * SECOND_NS, "linear") == FULL // 8
    assert fade.progress(3, 3, "ease") == FULL
    assert fade.progress(-1, 3, "linear") == 0
    assert fade.progress(0, 0, "linear") == FULL
    assert fade.progress(0, 3, "snap") == FULL
    assert fade.progress(48 * 3600 * SECOND_NS - 1, 48 * 3600 * SECOND_NS, "linear") == FULL - 1


@given(LEVELS, LEVELS, SHARES)
def test_between_stays_between_and_keeps_the_ends(start: int, target: int, share: int) -> None:
    assert fade.between(start, target, 0) == start
    assert fade.between(start, target, FULL) == target
    assert min(start, target) <= fade.between(start, target, share) <= max(start, target)


@given(LEVELS, LEVELS, SHARES, SHARES)
def test_between_never_turns_back(start: int, target: int, one: int, other: int) -> None:
    first, second = (fade.between(start, target, share) for share in sorted((one, other)))
    assert (first <= second) if start <= target else (first >= second)


def test_an_unknown_curve_is_an_error() -> None:
    with pytest.raises(KeyError):
        fade.progress(1, 2, "wobble")
