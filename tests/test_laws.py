"""Fader laws: the published corner values, out, ranges, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import laws
from showctl.model import LEVEL_MAX


@pytest.mark.parametrize(("decibels", "share"), [
    # the X32's OSC scale: dB = 40f − 30, 80f − 50, 160f − 70, 480f − 90
    (10, 1.0), (0, 0.75), (-6, 0.6), (-10, 0.5), (-20, 0.375), (-30, 0.25), (-45, 0.15625), (-60, 0.0625),
    (-75, 0.03125), (-90, 0.0),
])
def test_x32_is_the_published_law(decibels: int, share: float) -> None:
    assert laws.find("x32").position(decibels * 100) == pytest.approx(share * LEVEL_MAX, abs=0.51)


def test_linear_is_a_straight_line() -> None:
    linear = laws.find("linear")
    assert [linear.position(each) for each in (-6000, -2500, 1000)] == [0, 8388608, LEVEL_MAX]


@pytest.mark.parametrize("name", ["x32", "linear"])
def test_out_is_the_bottom(name: str) -> None:
    law = laws.find(name)
    assert law.position(None) == 0
    assert law.millibel(0) is None
    assert law.millibel(LEVEL_MAX) == 1000


@given(st.sampled_from(["x32", "linear"]), st.integers(-5999, 1000))
def test_back_and_forth_is_the_same_hundredth_of_a_decibel(name: str, millibel: int) -> None:
    law = laws.find(name)
    assert law.millibel(law.position(millibel)) == millibel


@given(st.integers(-9000, 999))
def test_louder_is_higher(millibel: int) -> None:
    law = laws.find("x32")
    assert law.position(millibel) < law.position(millibel + 1)


def test_a_level_the_fader_has_not_is_refused_with_its_range() -> None:
    with pytest.raises(ValueError, match=r"-90 dB to \+10 dB; write that or 'out'"):
        laws.find("x32").position(1100)
    with pytest.raises(ValueError, match=r"-60 dB to \+10 dB"):
        laws.find("linear").position(-7000)


def test_a_law_nobody_knows_is_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no fader law 'x23'; did you mean 'x32'"):
        laws.find("x23")
    with pytest.raises(ValueError, match="there are x32, linear"):
        laws.find("wing?")
