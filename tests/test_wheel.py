"""Red, green and blue as hue and saturation, and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import units, wheel
from showctl.model import LEVEL_MAX as F

PARTS = st.sampled_from([0, 1, F // 2, F - 1, F]) | st.integers(0, F)


@pytest.mark.parametrize(("red", "green", "blue", "degrees", "percent"), [
    (F, 0, 0, 0, 100), (F, F, 0, 60, 100), (0, F, 0, 120, 100), (0, F, F, 180, 100), (0, 0, F, 240, 100),
    (F, 0, F, 300, 100), (F, F // 2, 0, 30, 100), (F, 0, F // 2, 330, 100), (F, F // 2, F // 2, 0, 50),
    (F // 2, F // 4, F // 4, 0, 50), (F, F, F, 0, 0), (5, 5, 5, 0, 0), (0, 0, 0, 0, 0), (1, 0, 0, 0, 100),
])
def test_colours_where_everybody_has_them(red: int, green: int, blue: int, degrees: int, percent: int) -> None:
    assert abs(wheel.hue(red, green, blue) - degrees * F // 360) <= 1
    assert abs(wheel.saturation(red, green, blue) - percent * F // 100) <= 1


@given(PARTS, PARTS, PARTS)
def test_core_8_the_way_back_is_the_same_colour(red: int, green: int, blue: int) -> None:
    """To what eight bits of level leave of it: the strongest is full on the way back."""
    strongest = max(red, green, blue)
    hue, saturation = wheel.hue(red, green, blue), wheel.saturation(red, green, blue)
    assert 0 <= hue <= F
    assert 0 <= saturation <= F
    if strongest:
        for part, back in zip((red, green, blue), wheel.colour(hue, saturation), strict=True):
            assert abs(part * F - back * strongest) <= 16 * F + 2 * strongest


@given(st.integers(0, 360_000), PARTS)
def test_a_hue_of_a_look_is_the_hue_that_is_told(thousandths: int, saturation: int) -> None:
    """To a step of sixteen bits, while there is colour enough to have a hue."""
    found = wheel.hue(*units.hue(Decimal(thousandths) / 1000, saturation))
    if saturation > F // 100:
        assert min(abs(found - thousandths % 360_000 * F // 360_000),
                   F - abs(found - thousandths % 360_000 * F // 360_000)) <= 600


@given(st.integers(0, F), PARTS)
def test_both_ends_of_the_wheel_are_red(hue: int, saturation: int) -> None:
    assert wheel.colour(0, saturation) == wheel.colour(F, saturation)
    assert max(wheel.colour(hue, saturation)) == F
