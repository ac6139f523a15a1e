"""Gels: numbers as people write them, and colours that agree with what else is published of them."""

import pytest

from showctl import gels
from showctl.light import ONE, apart, shifted_mk, uv_1976, white, whiteness

LAMPS_MK = {"L": 3_200_000, "R": 2_856_000}
CONVERSIONS = [number for number, (_, _, _, mired) in gels.GELS.items() if mired is not None]


@pytest.mark.parametrize("word", ["L201", "l201", "lee/201", "Lee/201"])
def test_a_number_in_every_spelling(word: str) -> None:
    assert gels.is_gel(word)
    assert gels.find(word).name == "Full C.T. Blue"


def test_numbers_need_no_zeros() -> None:
    assert gels.find("l79") is not gels.find("R79")
    assert gels.find("l79").number == "L079"
    assert gels.find("rosco/2").number == gels.find("R02").number == "R02"


@pytest.mark.parametrize(("word", "says"), [
    ("L2011", "no gel L2011 in the table; did you mean L201 \\(Full C.T. Blue\\)"),
    ("R0", "no gel R00 in the table; write its colour as 'xy 0.31 0.33'"),
    ("201", "'201' is no gel; write such as L201, R02 or lee/201"),
])
def test_an_unknown_gel_names_the_nearest(word: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        gels.find(word)


@pytest.mark.parametrize("number", gels.GELS)
def test_every_gel_is_a_colour_of_light(number: str) -> None:
    """Inside the spectrum's curve, as far as a triangle around it says; and written as it is found."""
    name, x, y, _ = gels.GELS[number]
    assert name
    assert 0 < x < 740
    assert 20 < y < 760
    assert x + y <= 1002
    assert gels.find(number).number == number


@pytest.mark.parametrize("number", CONVERSIONS)
def test_the_published_shift_leads_to_the_published_colour(number: str) -> None:
    """Two figures of one filter, measured apart: within 0.015 in (u′, v′), where each step of CTO is 0.02 or more."""
    gel = gels.find(number)
    assert gel.mired is not None
    assert apart(gel.colour, white(shifted_mk(LAMPS_MK[number[0]], gel.mired))) < 15 * ONE // 1000


@pytest.mark.parametrize("number", gels.PLUS_GREEN)
def test_plus_and_minus_green_are_as_strong_as_published(number: str) -> None:
    """Duv of the filter before the lamp, against what ``green`` says of it. Rosco's are weaker than LEE's."""
    gel = gels.find(number)
    assert gel.duv is not None
    found = whiteness(gel.colour)[1]
    assert abs(found - gel.duv) < 5_500_000
    if number[0] == "L":
        assert abs(found - gel.duv) < 1_500_000


def test_the_party_colours_have_the_hue_they_are_named_for() -> None:
    hues = {"L106": "red", "R26": "red", "L139": "green", "R91": "green", "L119": "blue", "R80": "blue"}
    for number, hue in hues.items():
        u, v = uv_1976(gels.find(number).colour)
        assert {"red": u > 4 * ONE // 10, "green": u < 15 * ONE // 100, "blue": v < 45 * ONE // 100}[hue], number
