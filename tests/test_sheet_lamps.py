"""What a sheet or a venue says of one lamp: measured emitters, trims, limits, curve, what whites fade through."""

import pytest

from showctl import sheet
from showctl.dimming import CURVES
from showctl.light import ONE, apart, kelvin_mk, reciprocal, white
from showctl.model import LEVEL_MAX as F
from showctl.model import SECOND_NS, CueSheet, DmxFrame
from showctl.seen import lights
from showctl.show import Show
from showctl_sim import rehearsal

PRIMARIES = "red: xy 0.69 0.31 20 lx, green: xy 0.2 0.7 60.5 lx, blue: xy 0.14 0.05 9 lx"
MEASURED = f"emitters: {{{PRIMARIES}, white: 5800K 200 lx}}"


def text(lamp: str, look: str = "70%", more: str = "", top: str = "") -> str:
    return (f"show: X\n{top}connections: {{panels: {{driver: artnet}}}}\nfixtures:\n"
            f"  a: {{profile: generic/{lamp}, to: panels, at: 0/1}}\n{more}cues:\n  1: {{look: {{a: {look}}}}}\n")


def checked(lamp: str, look: str = "70%", top: str = "") -> sheet.Checked:
    return sheet.check(text(lamp, look, top=top), "x.yaml")


def read(lamp: str, look: str = "70%", top: str = "") -> CueSheet:
    found = checked(lamp, look, top)
    assert found.problems == ()
    assert found.sheet is not None
    return found.sheet


def slots(found: CueSheet) -> bytes:
    """The universe once the first cue has run."""
    show = Show(found, 1)
    outcomes = [show.start(), show.run_until(SECOND_NS)]
    return [each.slots for outcome in outcomes for each in outcome.frames if isinstance(each, DmxFrame)][-1]


def wanted(found: CueSheet) -> dict[str, int]:
    (part,) = next(iter(found.cues.values())).parts
    return {found.parameters[parameter].attribute: level for parameter, level in part.targets}


# ---- emitters as measured ----

def test_a_measured_fixture_makes_what_it_is_told() -> None:
    found = read(f"dimmer-rgbw, {MEASURED}", "70% xy 0.45 0.41")
    assert [(each.name, each.output) for each in found.profiles["a"].emitters] == [
        ("red", 20_000), ("green", 60_500), ("blue", 9_000), ("white", 200_000)]
    levels = wanted(found)
    total = [0, 0, 0]
    for each in found.profiles["a"].emitters:
        luminance = each.output * levels.get(each.name, 0)
        for at, part in enumerate((each.x, each.y, ONE - each.x - each.y)):
            total[at] += luminance * part // each.y
    seen = total[0] * ONE // sum(total), total[1] * ONE // sum(total)
    assert apart(seen, (450_000_000, 410_000_000)) < ONE // 100_000
    assert max(levels[name] for name in ("red", "green", "blue", "white")) == F


def test_colour_words_are_light_on_a_measured_fixture() -> None:
    """``#ffffff`` is the white of sRGB, not all emitters at full; ``red`` is the red of sRGB, a little green in it."""
    assert wanted(read(f"dimmer-rgbw, {MEASURED}", '"#ffffff"'))["green"] < F // 2
    assert 0 < wanted(read(f"dimmer-rgbw, {MEASURED}", "red"))["green"] < F // 10
    assert wanted(read(f"dimmer-rgbw, {MEASURED}", "red=100%")) == {"red": F}
    assert set(wanted(read(f"dimmer-rgbw, {MEASURED}", '"#000000"')).values()) == {0}


def test_colours_are_mixed_from_what_was_measured_alone() -> None:
    levels = wanted(read(f"dimmer-rgbw, emitters: {{{PRIMARIES}}}", "4000K"))
    assert set(levels) == {"red", "green", "blue"}


def test_a_measured_gamut_decides_what_is_out_of_reach() -> None:
    assert not any("cannot" in each.message for each in checked(f"dimmer-rgbw, {MEASURED}", "xy 0.68 0.31").warnings)
    said = [each.message for each in checked(f"dimmer-rgbw, {MEASURED}", "xy 0.08 0.83").warnings]
    (warning,) = (each for each in said if "cannot" in each)
    assert "cannot make that colour: it shows xy 0.2" in warning
    assert "as far as anybody knows" not in warning


def test_a_bicolour_panel_of_other_whites() -> None:
    found = read("panel-warm-cold, emitters: {warm: 3000K 900 lx, cold: 5600K +0.002 tint 1100 lx}", "3000K")
    assert wanted(found) == {"warm": F, "cold": 0}
    levels = wanted(read("panel-warm-cold, emitters: {warm: 3000K 900 lx, cold: 5600K 1100 lx}", "4000K"))
    assert abs(levels["warm"] + levels["cold"] - F) <= 1


# ---- trims ----

def test_a_trim_takes_a_share_and_looks_know_nothing_of_it() -> None:
    found = read("rgb, calibrate: {red: 50%, intensity: 80%}", "100% xy 0.3127 0.3290")
    assert abs(slots(found)[0] - 102) <= 1
    assert abs(slots(found)[1] - 204) <= 1
    assert wanted(found)["red"] > F * 99 // 100


def test_a_trim_of_a_dimmer_of_its_own() -> None:
    assert abs(slots(read("dimmer, calibrate: {intensity: 50%}", "100%"))[0] - 127) <= 1


# ---- limits and curves ----

@pytest.mark.parametrize(("limits", "look", "first"), [
    ("intensity: 5%..80%", "100%", 204), ("intensity: 5%..80%", "1%", 12), ("intensity: 5%..80%", "0%", 0),
    ("intensity: ..50%", "100%", 127), ("intensity: 50%..", "10%", 127),
])
def test_limits(limits: str, look: str, first: int) -> None:
    found = read(f"dimmer, limits: {{{limits}}}", look)
    assert abs(slots(found)[0] - first) <= 1


@pytest.mark.parametrize("top", ["", "crossfade: mired\n"])
@pytest.mark.parametrize(("look", "kelvin"), [("2700K", 3000), ("4000K", 4000), ("6500K", 5000)])
def test_limits_of_kelvin_clamp_and_keep_the_slots_meaning(top: str, look: str, kelvin: int) -> None:
    found = read("panel-cct-16, limits: {cct: 3000K..5000K}", look, top)
    told = int.from_bytes(slots(found)[2:4]) * 3800 // 65535 + 2700
    assert abs(told - kelvin) <= 1


@pytest.mark.parametrize(("curve", "half"), [
    ("linear", 128), ("square", 64), ("s", 128), ("gamma 2.2", 55), ('"gamma 2.8"', 36), ("[0%, 10%, 100%]", 25),
])
def test_curves(curve: str, half: int) -> None:
    assert abs(slots(read(f"dimmer, curve: {curve}", "50%"))[0] - half) <= 1
    assert slots(read(f"dimmer, curve: {curve}", "100%"))[0] == 255


def test_a_submaster_keeps_limits_and_curve() -> None:
    more = "submasters: {front: [a]}\n"
    found = sheet.read(text("dimmer, limits: {intensity: ..50%}, curve: square", more=more))
    response = found.parameters[0].response
    assert response is not None
    assert (response.highest, response.curve) == (F // 2 + 1, CURVES["square"])
    assert found.parameters[0].submasters == ("front",)


def test_whoever_looks_at_the_wire_reads_the_level() -> None:
    for lamp in ("dimmer, curve: gamma 2.2", "rgb, curve: square", "dimmer, calibrate: {intensity: 60%}"):
        found = read(lamp, "60%")
        (light,) = lights(found, {"panels": {"0": slots(found).hex()}})
        assert light is not None
        assert abs(light.percent - 60) <= 1
    found = read("panel-cct", "3200K 100%", "crossfade: mired\n")
    (light,) = lights(found, {"panels": {"0": slots(found).hex()}})
    assert light is not None
    assert abs((light.kelvin or 0) - 3200) < 15


def test_crossfade_in_mired_keeps_the_whites_themselves() -> None:
    found = read("panel-cct-16", "3200K", "crossfade: mired\n")
    assert wanted(found) == {"cct": reciprocal(3_200_000)}
    about = found.parameters[1]
    assert about.mired
    assert 6_499_000 < kelvin_mk(about.minimum) <= 6_500_000
    assert 2_700_000 <= kelvin_mk(about.maximum) < 2_700_010
    assert slots(found)[2:4] == slots(read("panel-cct-16", "3200K"))[2:4]


def test_a_sheet_that_says_none_of_it_has_none_of_it() -> None:
    found = read("panel-cct")
    assert all(each.response is None and not each.mired for each in found.parameters)
    assert all(each.whole is None for each in found.patch)


# ---- what is wrong ----

@pytest.mark.parametrize(("lamp", "said"), [
    ("rgbw, emitters: {red: xy 0.69 0.31}", "does not say how bright it is; write the colour and what the meter read"),
    ("rgbw, emitters: {red: 412 lx}", "does not say how bright it is"),
    ("rgbw, emitters: {red: xy 0.69 0.31 0 lx}", "gives no light; leave the emitter out"),
    ("rgbw, emitters: {red: 50% xy 0.69 0.31 4 lx}", "is no reading of a meter"),
    ("rgbw, emitters: {red: pink 4 lx}", "is no reading of a meter"),
    ("rgbw, emitters: {red: xy 0.69 0.31 4 lx}", "mixed from two emitters or more"),
    ("rgbw, emitters: {rde: xy 0.69 0.31 4 lx, green: xy 0.2 0.7 4 lx}", "has no emitter 'rde'; did you mean 'red'?"),
    ("rgbw, emitters: {intensity: xy 0.69 0.31 4 lx}", "has no emitter 'intensity'"),
    ("dimmer, calibrate: {red: 92%}", "generic/dimmer has no emitter 'red'"),
    ("rgb, calibrate: {red: 0%}", "leaves nothing of it; a trim is 1% to 100%"),
    (f"rgbw, calibrate: {{red: 92%}}, {MEASURED}", "'red' is measured; a trim would count it twice"),
    ("rgb, limits: {intensity: 80%}", "'80%' is no range; write such as '5%..80%'"),
    ("rgb, limits: {intensity: 80%..5%}", "write the lower one first"),
    ("rgb, limits: {intensity: 0%..0%}", "leaves no level"),
    ("rgb, limits: {intensity: ..}", "is no range"),
    ("rgb, limits: {cct: 3000K..4000K}", "generic/rgb is not told a kelvin, so there is none to limit"),
    ("panel-cct, limits: {cct: 4000K..3000K}", "write the warmer one first"),
    ("panel-cct, limits: {cct: 7000K..9000K}", "makes 2700K to 6500K; the limits leave nothing of that"),
    ("panel-cct, limits: {tint: 1%..2%}", "no key 'tint' here"),
    ("rgb, curve: gama 2.2", "no dimmer curve 'gama 2.2'; did you mean 'gamma 2.2'?"),
    ("rgb, curve: [0%, 50%, 20%]", "a curve begins at 0% and never falls"),
    ("rgb, curve: [0%]", "a curve has 2 to 257 levels"),
    ("rgb, curve: {a: b}", "no dimmer curve 'this'"),
])
def test_mistakes(lamp: str, said: str) -> None:
    found = checked(lamp).problems
    assert any(said in each.message for each in found), [str(each) for each in found]
    assert found[0].line == 4


def test_crossfade_is_one_of_two() -> None:
    assert "write emitters or mired" in str(checked("rgb", top="crossfade: kelvin\n").problems[0])


def test_a_venue_measures_its_own_lamps() -> None:
    venue = ("fixtures: {a: {emitters: {warm: 3000K 9 lx, cold: 5600K 11 lx}, curve: s, limits: {intensity: ..50%}}}\n",
             "v.yaml")
    found = sheet.check(text("panel-warm-cold", "3000K"), "x.yaml", None, venue)
    assert found.problems == ()
    assert found.sheet is not None
    assert wanted(found.sheet) == {"warm": F, "cold": 0}
    cold = found.sheet.profiles["a"].emitters[1]
    assert apart((cold.x, cold.y), white(5_600_000)) < 9


# ---- rehearsed ----

REHEARSED = """show: X
crossfade: mired
connections: {panels: {driver: artnet}}
fixtures:
  a: {profile: generic/panel-cct, to: panels, at: 0/1, curve: gamma 2.2, limits: {intensity: ..80%, cct: ..6000K}}
cues:
  1: {look: {a: 50% 3000K}}
  2: {look: {a: 100% 6000K}, fade: 4 s}
  3: {look: {a: 6500K}}
"""
SCRIPT = """rehearsal: R
sheet: x.yaml
steps:
  - expect: {a: 50% 3000K, after: 1 s}
  - go: {after: 1 s}
  - expect: {a: 75% 4000K, after: 2 s}
  - expect: {a: above 3990K}
  - expect: {a: below 4010K}
  - expect: {a: 80% 6000K, after: 4 s}
  - go: {after: 1 s}
  - expect: {a: 6000K}
"""


@pytest.mark.parametrize(("expected", "found"), [
    ("", ""), ("a: 75% 4000K", "a: 70% 4000K"), ("a: above 3990K", "a: above 4010K"),
    ("a: below 4010K", "a: below 3990K"), ("a: 80% 6000K", "a: 100% 6000K"), ("a: 50% 3000K", "a: 50% 3100K"),
])
def test_semantics_35_a_rehearsal_expects_what_leaves_before_the_curve(expected: str, found: str) -> None:
    """After limits, before the curve, and kelvin as people say them though they fade in mired."""
    shown = sheet.read(REHEARSED, "x.yaml")
    script = SCRIPT.replace(expected, found, 1) if expected else SCRIPT
    result = rehearsal.run(rehearsal.read(script, "r.yaml", shown), shown)
    assert result.passed is not bool(expected), [str(each) for each in result.failures]
