"""The words of a look's value: what they mean, what they refuse, and that nobody's words can break them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import sheet
from showctl.light import GREEN_DUV, ONE
from showctl.model import LEVEL_MAX as F
from showctl.profiles import NO_TONE, Tone, find
from showctl.sheet.looks import resolved
from showctl.sheet.wishes import wish

HEAD = "show: X\nconnections: {panels: {driver: artnet}}\nfixtures:\n"


@pytest.mark.parametrize(("text", "tone"), [
    ("4000K", Tone(kelvin_mk=4_000_000)),
    ("4000K +0.01 tint", Tone(kelvin_mk=4_000_000, tint=ONE // 100)),
    ("-0.005 tint 70% 4000K", Tone(kelvin_mk=4_000_000, tint=-ONE // 200)),
    ("4000K +1/2 green in 3 s ease", Tone(kelvin_mk=4_000_000, tint=GREEN_DUV // 2)),
    ("3200K -1 green after 1 s", Tone(kelvin_mk=3_200_000, tint=-GREEN_DUV)),
    ("xy 0.31 .33", Tone(xy=(310_000_000, 330_000_000))),
    ("xy 0.31 0.33 40% in 2 s", Tone(xy=(310_000_000, 330_000_000))),
    ("hue 0", Tone(rgb=(F, 0, 0))),
    ("hue 210 sat 100%", Tone(rgb=(0, F - F // 2, F))),
    ("hue 120 sat 0%", Tone(rgb=(F, F, F))),
    ("50% hue 360", Tone(rgb=(F, 0, 0))),
    ("L201", Tone(xy=(330_000_000, 339_000_000))),
    ("5600K L206", Tone(kelvin_mk=4_122_497)),
    ("L248 5600K L206", Tone(kelvin_mk=4_122_497, tint=-GREEN_DUV // 2)),
    ("5600K L244", Tone(kelvin_mk=5_600_000, tint=GREEN_DUV)),
    ("uv=20%", NO_TONE),
    ("#f80", Tone(rgb=(F, 0x888888, 0))),
])
def test_words(text: str, tone: Tone) -> None:
    assert wish(text).tone == tone


def test_levels_and_single_emitters_stand_beside_colours() -> None:
    found = wish("70% L201 uv=20% amber=100%")
    assert (found.level, found.relative) == (F * 7 // 10 + 1, False)
    assert found.own == (("uv", F // 5), ("amber", F))
    assert wish("50% amber").tone == Tone(rgb=(F, 0xBFBFBF, 0))


@pytest.mark.parametrize(("text", "says"), [
    ("+0.01 tint", "a tint goes with a colour temperature; write '4000K \\+0.01 tint'"),
    ("red +0.01 tint", "a tint goes with a colour temperature"),
    ("+0.01 tint L106", "two colours at once; gels stand together only before a white"),
    ("4000K +0.01 tint +0.01 tint", "a colour and a colour temperature at once"),
    ("4000K +0.1 tint", "'\\+0.1 tint' is no white any more; write at most 0.05 tint"),
    ("4000K +3 green", "write at most 2.5 green"),
    ("4000K +1/0 green", "is no fraction"),
    ("4000K +0.01 Duv", "is no value of a look"),
    ("4000K red", "a colour and a colour temperature at once"),
    ("xy 0.3 0.3 4000K", "a colour and a colour temperature at once"),
    ("red blue", "two colours at once"),
    ("L106 red", "two colours at once"),
    ("L204 L205", "two colours at once"),
    ("white=20% red=3% white=30%", "'white' is said twice"),
    ("4000K 3000K", "two colours at once"),
    ("4000K L106", "L106 Primary Red makes its own colour; write it without kelvin"),
    ("4000K L244 L244 L244", "so much green or magenta is no white any more"),
    ("L999", "no gel L999 in the table"),
    ("xy 0.3", "'xy' needs two numbers"),
    ("xy 0.9 0.3", "is no light"),
    ("xy 0.3 0", "is no light"),
    ("xy 0.3 nan", "'xy' needs two numbers"),
    ("hue 400", "'hue' needs an angle of 0 to 360"),
    ("hue", "'hue' needs an angle"),
    ("hue 20 60%", "'60%' stands after the hue"),
    ("hue 20 sat 120%", "too much"),
    ("uv=dark", "'dark' is not a level"),
    ("70% 80%", "is no value of a look"),
    ("", "nothing to show"),
])
def test_refusals_say_what_to_write(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wish(text)


WORDS = st.sampled_from([
    "70%", "4000K", "+0.01", "tint", "-1/2", "green", "L201", "xy", "0.3", "0.4", "hue", "sat", "red", "uv=3%", "in",
    "3 s", "ease", "#f80", "R2", "=", "+", "9" * 30 + "K", "٣%",
]) | st.text(max_size=6)


@given(st.lists(WORDS, max_size=8))
def test_whatever_is_written_only_a_value_error_comes_of_it(words: list[str]) -> None:
    said = ""
    try:
        resolved(find("generic/rgbww-16"), wish(" ".join(words)))
    except ValueError as error:
        said = str(error) or "nothing"
    assert said != "nothing"
    assert len(said) < 500


def checked(profile: str, *looks: str) -> sheet.Checked:
    cues = "".join(f"  {number}: {{look: {{a: '{look}', b: '{look}'}}}}\n" for number, look in enumerate(looks, 1))
    lamps = "".join(f"  {name}: {{profile: generic/{profile}, to: panels, at: 0/{slot}}}\n"
                    for name, slot in (("a", 1), ("b", 21)))
    return sheet.check(f"{HEAD}{lamps}cues:\n{cues}", "x.yaml")


def test_a_colour_out_of_reach_is_warned_of_once_where_it_is_first_written() -> None:
    found = checked("rgb", "L106", "50% L106 in 3 s", "L103")
    assert found.problems == ()
    assert [str(each) for each in found.warnings if "cannot make" in each.message] == [
        "x.yaml:7:14: 'a' cannot make that colour: it shows xy 0.640 0.330, 0.075 away in u'v' "
        "(as far as anybody knows: its 'emitters' were not measured)"
    ]


@pytest.mark.parametrize(("more", "line"), [
    ("park: {a: L106}\n", 5),
    ("cues:\n  1:\n    look: {a: 50%}\n    effect: {sine: a, from: L106, to: L103, rate: 0.5 Hz}\n", 8),
])
def test_whatever_names_a_colour_is_warned_of(more: str, line: int) -> None:
    lamp = "  a: {profile: generic/rgb, to: panels, at: 0/1}\n"
    found = sheet.check(f"{HEAD}{lamp}{more}", "x.yaml")
    assert found.problems == ()
    assert [each.line for each in found.warnings if "cannot make" in each.message] == [line]


def test_a_warm_gel_on_a_white_panel_says_which_white_it_becomes() -> None:
    (warning,) = (each for each in checked("panel-cct", "L204").warnings if "cannot make" in each.message)
    assert "much like 2700K" in warning.message


@pytest.mark.parametrize(("profile", "look", "says"), [
    ("dimmer", "L201", "mixes no colours; write a level, such as '70%'"),
    ("panel-cct", "L106", "makes white only; write kelvin"),
    ("panel-warm-cold", "xy 0.6 0.3", "makes white only; write kelvin"),
    ("panel-cct", "2000K +0.01 tint", "makes 2700K to 6500K"),
    ("rgb", "uv=20%", "has no 'uv' to set; there are red, green, blue"),
    ("panel-cct", "cct=20%", "has no 'cct' to set; it has only a level"),
    ("rgb", "intensity=20%", "has no 'intensity' to set"),
    ("rgb", "+10% red=20%", "a step up or down goes with no colour"),
])
def test_a_fixture_says_what_it_can(profile: str, look: str, says: str) -> None:
    assert says in str(checked(profile, look).problems[0])
