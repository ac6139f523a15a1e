"""Profiles: what a fixture has, and what colour words and kelvin become on its own emitters."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import profiles
from showctl.model import LEVEL_MAX

F = LEVEL_MAX
RED, WHITE = (F, 0, 0), (F, F, F)


@pytest.mark.parametrize(("name", "slots", "virtual"), [
    ("generic/dimmer", ((0, "intensity", 1),), False),
    ("generic/panel-cct", ((0, "intensity", 1), (1, "cct", 1)), False),
    ("generic/panel-cct-16", ((0, "intensity", 2), (2, "cct", 2)), False),
    ("generic/rgb", ((0, "red", 1), (1, "green", 1), (2, "blue", 1)), True),
    ("generic/dimmer-rgb", ((0, "intensity", 1), (1, "red", 1), (2, "green", 1), (3, "blue", 1)), False),
    ("generic/rgbw-16", ((0, "red", 2), (2, "green", 2), (4, "blue", 2), (6, "white", 2)), True),
    ("generic/rgbww", ((0, "red", 1), (1, "green", 1), (2, "blue", 1), (3, "warm", 1), (4, "cold", 1)), True),
])
def test_slots(name: str, slots: tuple[tuple[int, str, int], ...], virtual: bool) -> None:
    profile = profiles.find(name)
    assert profile.slots == slots
    assert profile.virtual_dimmer is virtual
    assert profile.footprint == sum(width for _, _, width in slots)


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda profile: profile.name)
def test_every_profile_holds_together(profile: profiles.Profile) -> None:
    names = [attribute.name for attribute in profile.attributes]
    wired = [name for _, name, _ in profile.slots]
    assert names[0] == "intensity"
    assert ("intensity" in wired) is not profile.virtual_dimmer
    assert [name for name in names if name != "intensity" or not profile.virtual_dimmer] == wired
    for (offset, _, width), (after, _, _) in pairwise(profile.slots):
        assert after == offset + width
    for attribute in profile.attributes:
        assert attribute.minimum <= attribute.default <= attribute.maximum
    assert profiles.resolve(profile, level=5) == {"intensity": 5}


@pytest.mark.parametrize(("name", "words", "emitters"), [
    ("panel-cct", {"kelvin_mk": 3_200_000, "level": 7}, {"cct": 3_200_000, "intensity": 7}),
    ("rgb", {"rgb": RED}, {"red": F, "green": 0, "blue": 0}),
    ("rgb", {"kelvin_mk": 6_500_000}, {"red": F, "green": 15803042, "blue": 16645068}),
    ("rgbw", {"rgb": WHITE}, {"red": 0, "green": 0, "blue": 0, "white": F}),
    ("rgbw", {"rgb": (F, 0x888888, 0x111111)}, {"red": F - 0x111111, "green": 0x777777, "blue": 0, "white": 0x111111}),
    ("rgbw", {"kelvin_mk": 6_500_000}, {"red": 0, "green": 0, "blue": 0, "white": F}),
    ("rgbww", {"rgb": WHITE}, {"red": 0, "green": 0, "blue": 0, "warm": F // 2, "cold": F - F // 2}),
    ("rgbww", {"kelvin_mk": 2_700_000}, {"red": 0, "green": 0, "blue": 0, "warm": F, "cold": 0}),
    ("rgbww", {"kelvin_mk": 6_500_000}, {"red": 0, "green": 0, "blue": 0, "warm": 0, "cold": F}),
    ("panel-warm-cold", {"kelvin_mk": 2_700_000}, {"warm": F, "cold": 0}),
    ("panel-cct-tint", {"kelvin_mk": 3_200_000}, {"cct": 3_200_000, "tint": 0x800000}),
    ("panel-cct-tint", {"kelvin_mk": 3_200_000, "tint": 19_500_000}, {"cct": 3_200_000, "tint": F}),
    ("panel-cct-tint", {"kelvin_mk": 3_200_000, "tint": -19_500_000}, {"cct": 3_200_000, "tint": 1}),
    ("panel-cct-tint", {"kelvin_mk": 3_200_000, "tint": 49_000_000}, {"cct": 3_200_000, "tint": F}),
    ("rgb", {"xy": (640_000_000, 330_000_000)}, {"red": F, "green": 0, "blue": 0}),
    ("rgbw", {"xy": (313_534_180, 323_523_298)}, {"red": 0, "green": 0, "blue": 0, "white": F}),
    ("panel-cct", {"xy": (313_534_180, 323_523_298)}, {"cct": 6_500_000}),
    ("panel-cct", {"xy": (400_000_000, 390_000_000)}, {"cct": 3_613_395}),
])
def test_resolves(name: str, words: dict[str, object], emitters: dict[str, int]) -> None:
    assert profiles.resolve(profiles.find(f"generic/{name}"), **words) == emitters  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "words", "says"), [
    ("dimmer", {"rgb": RED}, "has no red, green and blue; write a level, such as '70%'"),
    ("dimmer", {"kelvin_mk": 3_000_000}, "has no colour temperature; write a level"),
    ("panel-cct", {"rgb": RED}, "write a level and kelvin, such as '70% 3200K'"),
    ("panel-cct", {"kelvin_mk": 2_000_000}, "generic/panel-cct makes 2700K to 6500K"),
    ("rgbww", {"kelvin_mk": 7_000_000}, "2700K to 6500K"),
    ("rgb", {"rgb": RED, "kelvin_mk": 3_000_000}, "write one of them"),
])
def test_refuses_and_says_what_the_fixture_can(name: str, words: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        profiles.resolve(profiles.find(f"generic/{name}"), **words)  # type: ignore[arg-type]


@given(st.sampled_from(["rgb", "rgbw", "rgbww", "panel-warm-cold"]), st.integers(2_700_000, 6_500_000))
def test_kelvin_is_in_range_and_bright(name: str, kelvin_mk: int) -> None:
    emitters = profiles.resolve(profiles.find(f"generic/{name}"), kelvin_mk=kelvin_mk)
    assert all(0 <= level <= F for level in emitters.values())
    if "warm" in emitters:
        assert emitters["warm"] + emitters["cold"] == F
    else:
        assert max(emitters.values()) == F


@given(st.integers(1_000_000, 14_999_999))
def test_black_bodies_run_smoothly(kelvin_mk: int) -> None:
    red, _, blue = profiles.black_body(kelvin_mk)
    hotter_red, _, hotter_blue = profiles.black_body(kelvin_mk + 1)
    assert hotter_red <= red
    assert hotter_blue >= blue


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="no profile 'generic/panel-ctc'; did you mean 'generic/panel-cct'"):
        profiles.find("generic/panel-ctc")
    with pytest.raises(ValueError, match="there are generic/dimmer, "):
        profiles.find("?")


@given(st.sampled_from(["rgb", "rgbw"]), st.integers(2_000_000, 6_500_000))
def test_a_hair_of_tint_is_a_hair_of_difference(name: str, kelvin_mk: int) -> None:
    """Kelvin without tint has a table of its own; mixing the same white gives the same light to half a percent."""
    profile = profiles.find(f"generic/{name}")
    plain = profiles.resolve(profile, kelvin_mk=kelvin_mk)
    tinted = profiles.resolve(profile, kelvin_mk=kelvin_mk, tint=1)
    assert all(abs(plain[each] - tinted[each]) < F // 200 for each in plain)


@given(st.sampled_from(["rgb", "rgbw", "rgbww"]), st.integers(2_700_000, 6_500_000),
       st.integers(-10_000_000, 10_000_000))
def test_a_tinted_white_is_in_reach_of_colours(name: str, kelvin_mk: int, tint: int) -> None:
    profile = profiles.find(f"generic/{name}")
    _, wanted, shown = profiles.coloured(profile, profiles.Tone(kelvin_mk=kelvin_mk, tint=tint))
    if tint and wanted is not None and shown is not None:
        assert profiles.compromise(profile, wanted, shown) == ""


def test_a_white_puts_the_tint_back() -> None:
    """A colour decides the whole colour: what no word says of it is neutral or dark."""
    assert profiles.resolve(profiles.find("generic/panel-cct-tint"), kelvin_mk=4_000_000)["tint"] == 0x800000
    assert profiles.resolve(profiles.find("generic/panel-cct-tint"), level=5) == {"intensity": 5}


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda profile: profile.name)
def test_what_is_said_to_be_sayable_is(profile: profiles.Profile) -> None:
    told = " ; ".join(profiles.sayable(profile))
    assert told.startswith("70%")
    assert ("xy" in told) is ("red" in told)
    if "xy" in told:
        assert profiles.resolve(profile, xy=(400_000_000, 300_000_000))
    ends = re.search(r"(\d+)K to (\d+)K( with tint)?", told)
    for kelvin in ends.groups()[:2] if ends else ():
        assert profiles.resolve(profile, kelvin_mk=int(kelvin) * 1000)
        if ends and ends[3]:
            _, wanted, shown = profiles.coloured(profile, profiles.Tone(kelvin_mk=4_000_000, tint=5_000_000))
            assert wanted is not None
            assert shown is not None
            assert profiles.compromise(profile, wanted, shown) == ""
    if ends is None:
        with pytest.raises(ValueError, match="has no colour temperature"):
            profiles.resolve(profile, kelvin_mk=4_000_000)
    for name in re.findall(r"[a-z]+(?==40%)", told):
        assert name in [attribute.name for attribute in profile.attributes]
