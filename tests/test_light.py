"""Light as numbers: the black-body line, tint across it, distances; against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import profiles
from showctl.light import GREEN_DUV, ONE, apart, from_uv_1976, shifted_mk, uv, uv_1976, white, whiteness

KELVINS = st.integers(1_500_000, 14_000_000)
DUVS = st.integers(-20_000_000, 20_000_000)


@pytest.mark.parametrize(("kelvin", "x", "y"), [
    (2000, 0.5267, 0.4133), (2856, 0.4476, 0.4074), (4000, 0.3805, 0.3768), (6500, 0.3135, 0.3237),
    (10_000, 0.2807, 0.2884),
])
def test_the_black_body_line_is_where_the_tables_have_it(kelvin: int, x: float, y: float) -> None:
    """The Planckian locus of CIE 015, to the 0.0004 that Krystek's fit keeps."""
    found = white(kelvin * 1000)
    assert abs(found[0] - x * ONE) < 400_000
    assert abs(found[1] - y * ONE) < 400_000


def test_d65_is_6504_kelvin_and_a_little_green() -> None:
    """Published: CCT 6504 K, Duv +0.0032."""
    kelvin_mk, duv = whiteness((312_720_000, 329_030_000))
    assert abs(kelvin_mk - 6_504_000) < 5_000
    assert abs(duv - 3_200_000) < 100_000


@pytest.mark.parametrize(("name", "x", "y", "kelvin"), [
    ("A", 0.44757, 0.40745, 2856), ("D50", 0.34567, 0.35850, 5003), ("D55", 0.33242, 0.34743, 5503),
    ("D75", 0.29902, 0.31485, 7504), ("F2", 0.37208, 0.37529, 4230), ("F7", 0.31292, 0.32933, 6500),
    ("F11", 0.38052, 0.37713, 4000),
])
def test_the_cies_own_lamps_have_the_temperature_it_gives_them(name: str, x: float, y: float, kelvin: int) -> None:
    """CIE 015: the illuminants and their correlated colour temperatures, to half a percent."""
    found, duv = whiteness((round(x * ONE), round(y * ONE)))
    assert abs(found - kelvin * 1000) < kelvin * 5, name
    assert abs(duv) < 5_000_000


@given(KELVINS, DUVS)
def test_a_white_is_read_back(kelvin_mk: int, duv: int) -> None:
    """To two thousandths of a mired, and a Duv of 10⁻⁶."""
    found_mk, found_duv = whiteness(white(kelvin_mk, duv))
    assert abs(10**12 // found_mk - 10**12 // kelvin_mk) <= 500
    assert abs(found_duv - duv) < 1_000


@given(KELVINS)
def test_tint_goes_to_green_and_magenta(kelvin_mk: int) -> None:
    """Duv is a distance in (u, v), counted up to green."""
    (u, v), (green_u, green_v) = uv(white(kelvin_mk)), uv(white(kelvin_mk, GREEN_DUV))
    assert green_v > v
    assert abs(((green_u - u) ** 2 + (green_v - v) ** 2) - GREEN_DUV**2) < GREEN_DUV**2 // 10_000


@given(st.integers(0, 6 * ONE // 10), st.integers(ONE // 100, 4 * ONE // 10))
def test_the_two_diagrams_lead_back(x: int, y: int) -> None:
    back = from_uv_1976(uv_1976((x, y)))
    assert max(abs(back[0] - x), abs(back[1] - y)) < 1_000


def test_full_cto_makes_tungsten_of_daylight() -> None:
    """LEE 204: +159 mired, 6500 K to 3200 K."""
    assert abs(shifted_mk(6_500_000, 159) - 3_197_000) < 1_000
    assert shifted_mk(15_000_000, -300) == 15_000_000
    assert shifted_mk(1_000_000, 300) == 1_000_000


@given(st.integers(1_500, 6_500))
def test_it_is_the_light_that_red_green_and_blue_imitate(kelvin: int) -> None:
    """``profiles.black_body`` is the same line, as sRGB; its primaries end at about 1900 K."""
    red, green, blue = profiles.black_body(kelvin * 1000)
    shown = profiles._aim(profiles.Tone(rgb=(red, green, blue)))
    assert apart(shown, white(kelvin * 1000)) < (ONE // 1000 if kelvin >= 1900 else 15 * ONE // 1000)
