"""QLC+ ``.qxf`` → profiles: tables of tiny definitions in the format, written for these tests."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl.fixtures import modes, profile_of
from showctl.lamps import Profile
from showctl.model import LEVEL_MAX

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE FixtureDefinition>\n'
DIM = '<Channel Name="Dim" Preset="IntensityMasterDimmer"/>'


def fixture(channels: str, *names: str, more: str = "") -> bytes:
    slots = "".join(f'<Channel Number="{number}">{name}</Channel>' for number, name in enumerate(names))
    return (f'{HEAD}<FixtureDefinition xmlns="http://www.qlcplus.org/FixtureDefinition">{channels}'
            f'<Mode Name="one">{slots}{more}</Mode></FixtureDefinition>').encode()


def profile(channels: str, *names: str, more: str = "") -> Profile:
    (mode,) = modes("lamp.qxf", fixture(channels, *names, more=more))
    return profile_of("lamp", mode)


def presets(*names: str) -> Profile:
    return profile("".join(f'<Channel Name="{name}" Preset="{name}"/>' for name in names), *names)


def ranges(group: str, *told: tuple[int, int, str], name: str = "Other", more: str = "") -> str:
    inner = "".join(f'<Capability Min="{low}" Max="{high}">{words}</Capability>' for low, high, words in told)
    return f'<Channel Name="{name}"{more}><Group Byte="0">{group}</Group>{inner}</Channel>'


@pytest.mark.parametrize(("names", "slots"), [
    (("IntensityMasterDimmer", "IntensityRed", "IntensityGreen", "IntensityBlue"),
     ((0, "intensity", 1), (1, "red", 1), (2, "green", 1), (3, "blue", 1))),
    (("IntensityDimmer", "IntensityDimmerFine"), ((0, "intensity", 2),)),
    (("IntensityRed", "IntensityRedFine", "IntensityUV"), ((0, "red", 2), (2, "uv", 1))),
    (("PositionPan", "PositionPanFine", "PositionTilt"), ((0, "pan", 2), (2, "tilt", 1))),
    (("IntensityMasterDimmer", "IntensityDimmer", "IntensityDimmerFine"), ((0, "intensity", 1),)),
    (("BeamZoomBigSmall", "BeamZoomFine", "BeamFocusNearFar"), ((0, "zoom", 2), (2, "focus", 1))),
])
def test_presets(names: tuple[str, ...], slots: object) -> None:
    assert presets(*names).slots == slots


def test_a_fine_half_that_stands_apart_is_held_at_its_own_default() -> None:
    found = presets("PositionPan", "PositionTilt", "PositionPanFine", "PositionTiltFine", "IntensityDimmer")
    assert found.slots == ((0, "pan", 1), (1, "tilt", 1), (4, "intensity", 1))
    assert found.held == ((2, 0), (3, 0))
    assert "slot 3: the fine half of 'PositionPan' stands apart and stays at 0" in found.unsaid


def test_a_fine_half_goes_with_the_slot_before_it() -> None:
    channels = "".join(f'<Channel Name="{name}" Preset="IntensityRed{name[2:]}"/>' for name in ("R1", "R2", "R2Fine"))
    assert profile(channels, "R1", "R2", "R2Fine").slots == ((0, "red", 1), (1, "red", 2))


@pytest.mark.parametrize(("group", "colour", "attribute"), [
    ("Intensity", "", "intensity"), ("Intensity", "<Colour>Generic</Colour>", "intensity"),
    ("Intensity", "<Colour>Red</Colour>", "red"), ("Intensity", "<Colour>UV</Colour>", "uv"),
    ("Pan", "", "pan"), ("Tilt", "", "tilt"),
])
@pytest.mark.parametrize("inner", ["", '<Capability Min="0" Max="255">0 to 100%</Capability>',
                                   '<Capability Max="99" Min="0">low</Capability>'
                                   '<Capability Min="100" Max="255">high</Capability>'])
def test_groups(group: str, colour: str, attribute: str, inner: str) -> None:
    channel = f'<Channel Name="x"><Group Byte="0">{group}</Group>{colour}{inner}</Channel>'
    assert profile(channel, "x").slots == ((0, attribute, 1),)


@pytest.mark.parametrize("name", ["Fog", "Smoke Volume", "Haze", "Pump", "Fan Speed", "Strobe 1", "CTO", "Color Point",
                                  "Auto Program 1"])
@pytest.mark.parametrize("channel", [
    '<Channel Name="{}"><Group Byte="0">Intensity</Group></Channel>', '<Channel Name="{}" Preset="IntensityDimmer"/>',
])
def test_no_level_moves_what_files_only_count_among_the_intensities(name: str, channel: str) -> None:
    """A look of 70% blew fog at 70%; 'Dimmer / Strobe' is a dimmer."""
    assert profile(DIM + channel.format(name), "Dim", name).held == ((1, 0),)
    assert profile(channel.format(f"{name} / Dimmer"), f"{name} / Dimmer").slots == ((0, "intensity", 1),)


def test_a_group_of_two_bytes() -> None:
    coarse, fine = (f'<Channel Name="{byte}"><Group Byte="{byte}">Pan</Group></Channel>' for byte in (0, 1))
    assert profile(coarse + fine, "0", "1").slots == ((0, "pan", 2),)


@pytest.mark.parametrize(("channel", "value", "why"), [
    ('<Channel Name="Other" Preset="ShutterStrobeSlowFast"/>', 0, "no strobe"),
    ('<Channel Name="Other"><Group Byte="0">Shutter</Group>'
     '<Capability Min="0" Max="9" Preset="ShutterClose">Shut</Capability>'
     '<Capability Min="10" Max="19" Preset="ShutterOpen">Open</Capability></Channel>', 10, "Open"),
    (ranges("Shutter", (0, 9, "Closed"), (10, 99, "Strobe slow to fast"), (100, 255, "Open")), 100, "Open"),
    (ranges("Effect", (0, 99, "Chase"), (100, 255, "No function")), 100, "No function"),
    (ranges("Effect", (0, 99, "Chase"), (100, 255, "No function"), more=' Default="50"'), 50, "Chase"),
    (ranges("Gobo", (0, 99, "Dots"), (100, 255, "Stars")), 0, "Dots"),
    ('<Channel Name="Other"/>', 0, ""),
    (ranges("Maintenance", (0, 19, "Normal"), (20, 39, "Lamp off (3 s)"), (40, 59, "All reset")), 0, "Normal"),
    (ranges("Maintenance", (0, 19, "Lamp Off"), (20, 39, "Lamp On"), (40, 255, "No function")), 40, "No function"),
    (ranges("Maintenance", (0, 9, "Idle"), (10, 99, "Heater off &amp; shutdown")), 0, "Idle"),
    (ranges("Fan", (0, 99, "Full"), (100, 255, "Off")), 100, "Off"),
    (ranges("Shutter", (0, 99, "Closed"), (100, 255, "Open, full lamp power")), 100, "Open, full lamp power"),
])
def test_what_no_look_moves_is_held_and_said(channel: str, value: int, why: str) -> None:
    found = profile(DIM + channel, "Dim", "Other")
    assert found.held == ((1, value),)
    assert found.unsaid == (f"slot 2: 'Other' stays at {value}{f' ({why})' if why else ''}",)


@pytest.mark.parametrize(("told", "value", "why"), [
    # As in QLC+'s own library: presets beside words that say more than they mean.
    ((("Closed", "ShutterClose"), ("Shutter open, then down (random)", "StrobeRandom"), ("Open", "ShutterOpen")),
     20, "Open"),
    ((("Closed", "ShutterClose"), ("Flash open", ""), ("Open, lamp on", "ShutterOpen")), 20, "Open, lamp on"),
    ((("Closed", "ShutterClose"), ("Random open", "RampUpSlowToFast")), 0, "Closed"),
    ((("Normal", ""), ("Shutter reset", "ShutterOpen"), ("Lamp on", "PrismEffectOff")), 0, "Normal"),
    ((("Normal", ""), ("Lamp on, reset, open position", "LampOn")), 0, "Normal"),
    ((("Closed", "ShutterOpen"), ("Open", "ShutterOpen")), 10, "Open"),
    ((("Blackout", "ShutterClose"), ("Flash rate", "StrobeSlowToFast"), ("Blinder", "ShutterOpen")), 0, "Blackout"),
])
def test_nothing_is_held_where_it_flashes_or_resets(told: tuple[tuple[str, str], ...], value: int, why: str) -> None:
    inner = "".join(f'<Capability Min="{10 * at}" Max="{10 * at + 9}" Preset="{preset}">{words}</Capability>'
                    for at, (words, preset) in enumerate(told))
    found = profile(f'{DIM}<Channel Name="Other"><Group Byte="0">Shutter</Group>{inner}</Channel>', "Dim", "Other")
    assert found.held == ((1, value),)
    assert found.unsaid == (f"slot 2: 'Other' stays at {value} ({why})",)


def test_kelvin_is_read_from_the_words() -> None:
    cct = ranges("Colour", (0, 9, "Off"), (10, 255, "White 2700K -&gt; 6500K"), name="CT")
    found = profile(DIM + cct, "Dim", "CT")
    (attribute,) = found.attributes[1:]
    assert (attribute.name, attribute.minimum, attribute.maximum) == ("cct", 2_700_000, 6_500_000)
    ((offset, zero, full),) = found.wholes
    assert offset == 1
    assert [(level - zero) * LEVEL_MAX // (full - zero) >> 16 for level in (2_700_000, 6_500_000)] == [10, 255]


@pytest.mark.parametrize("told", [(8, 38, "CTC 5500-2900K"), (8, 255, "5500 -&gt; 3400K CTC filter")])
def test_a_wheel_that_turns_to_a_filter_fades_no_kelvin(told: tuple[int, int, str]) -> None:
    """It would stand in the filter from the first frame on, not where it is open."""
    found = profile(DIM + ranges("Colour", (0, 7, "Open"), told), "Dim", "Other")
    assert [each.name for each in found.attributes] == ["intensity"]
    assert found.held == ((1, 0),)


def test_a_dimmer_that_shares_its_slot_with_a_strobe() -> None:
    found = profile(ranges("Intensity", (0, 189, "Dimmer"), (190, 255, "Strobe"), name="D"), "D")
    ((_, zero, full),) = found.wholes
    assert [(level - zero) * LEVEL_MAX // (full - zero) >> 16 for level in (0, LEVEL_MAX)] == [0, 189]


def test_warm_and_cold_are_told_by_name() -> None:
    whites = '<Channel Name="Warm White" Preset="IntensityWhite"/><Channel Name="Cool White" Preset="IntensityWhite"/>'
    assert profile(whites, "Warm White", "Cool White").slots == ((0, "warm", 1), (1, "cold", 1))


@pytest.mark.parametrize("dimmer", ["IntensityValue", "IntensityLightness", "IntensityDimmer", "IntensityMasterDimmer"])
def test_a_mode_of_hue_and_saturation(dimmer: str) -> None:
    found = presets(dimmer, "IntensityHue", "IntensityHueFine", "IntensitySaturation")
    assert found.slots == ((0, "intensity", 1), (1, "hue", 2), (3, "saturation", 1))
    assert (found.colours, found.held, found.virtual_dimmer) == ("hue", (), False)
    assert [each.name for each in found.attributes] == ["intensity", "red", "green", "blue"]


@pytest.mark.parametrize("names", [("IntensityHue", "IntensityValue"), ("IntensitySaturation", "IntensityValue"),
                                   ("IntensityRed", "IntensityGreen", "IntensitySaturation")])
def test_half_a_wheel_is_none(names: tuple[str, ...]) -> None:
    found = presets("IntensityMasterDimmer", *names)
    assert found.colours == ""
    assert not any(name in ("hue", "saturation") for _, name, _ in found.slots)


def test_values_of_parts_are_full_under_the_dimmer_of_the_whole() -> None:
    channels = "".join(f'<Channel Name="{part} {name}" Preset="Intensity{name}"/>'
                       for part in "AB" for name in ("Hue", "Saturation", "Value"))
    found = profile(DIM + channels, "Dim", "A Hue", "A Saturation", "A Value", "B Hue", "B Saturation", "B Value")
    assert [name for _, name, _ in found.slots] == ["intensity", "hue", "saturation", "hue", "saturation"]
    assert found.held == ((3, 255), (6, 255))


def test_flags_leave_red_green_and_blue() -> None:
    found = presets("IntensityDimmer", "IntensityCyan", "IntensityCyanFine", "IntensityMagenta", "IntensityYellow")
    assert found.slots == ((0, "intensity", 1), (1, "red", 2), (3, "green", 1), (4, "blue", 1))
    assert found.wholes == ((1, LEVEL_MAX, 0), (3, LEVEL_MAX, 0), (4, LEVEL_MAX, 0))
    assert (found.colours, found.virtual_dimmer) == ("flags", False)


def test_a_flag_told_in_words() -> None:
    """White, then the flag: out, it stands in the white."""
    flags = "".join(f'<Channel Name="{name}"><Group Byte="0">Intensity</Group><Colour>{name}</Colour>'
                    f'<Capability Min="0" Max="9">White/clear</Capability>'
                    f'<Capability Min="10" Max="255">{name}</Capability></Channel>'
                    for name in ("Cyan", "Magenta", "Yellow"))
    found = profile(DIM + flags, "Dim", "Cyan", "Magenta", "Yellow")
    assert found.colours == "flags"
    (_, zero, full), *_ = found.wholes
    assert [(level - zero) * LEVEL_MAX // (full - zero) >> 16 for level in (0, LEVEL_MAX)] == [255, 9]


def test_heads_have_the_dimmer_of_the_whole() -> None:
    parts = "".join(f'<Channel Name="D{n}" Preset="IntensityDimmer"/>' for n in (1, 2))
    whole = '<Channel Name="All" Preset="IntensityDimmer"/>'
    heads = "<Head><Channel>0</Channel></Head><Head><Channel>1</Channel></Head>"
    found = profile(parts + whole, "D1", "D2", "All", more=heads)
    assert found.slots == ((2, "intensity", 1),)
    assert found.held == ((0, 255), (1, 255))


def test_a_dimmer_of_the_strobe_is_no_master_and_stays_dark() -> None:
    """As the only dimmer of the whole it was the level, and every head stood at full."""
    names = ("Mover 1 Dimmer", "Mover 2 Dimmer", "Strobe Dimmer")
    channels = "".join(f'<Channel Name="{name}" Preset="IntensityDimmer"/>' for name in names)
    heads = "<Head><Channel>0</Channel></Head><Head><Channel>1</Channel></Head>"
    found = profile(channels, *names, more=heads)
    assert found.slots == ((0, "intensity", 1), (1, "intensity", 1))
    assert found.held == ((2, 0),)
    assert "slot 3: 'Strobe Dimmer' stays at 0 (dark: it dims a strobe)" in found.unsaid
    assert profile(channels, "Strobe Dimmer").slots == ((0, "intensity", 1),)


def test_a_channel_that_stands_twice_is_two() -> None:
    found = profile(DIM, "Dim", "Dim")
    assert found.slots == ((0, "intensity", 1), (1, "intensity", 1))


def test_a_gap_in_a_mode_is_a_slot() -> None:
    text = fixture(DIM, "Dim").replace(b'Number="0"', b'Number="2"')
    (mode,) = modes("lamp.qxf", text)
    assert profile_of("x", mode).held == ((0, 0), (1, 0))


# ---- bad input ----

BOMB = ('<?xml version="1.0"?><!DOCTYPE FixtureDefinition [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "&a;"}">' for n in range(9))
        + "]><FixtureDefinition>&a8;</FixtureDefinition>")
OUTSIDE = '<!DOCTYPE FixtureDefinition SYSTEM "file:///etc/hostname"><FixtureDefinition/>'


@pytest.mark.parametrize(("text", "said"), [
    (b"", "not XML at line 1"),
    (b"<FixtureDefinition>\n<Mode>", "not XML at line 2"),
    (b"<a/>", "a 'a', not a FixtureDefinition"),
    (b"<FixtureDefinition/>", "it has no modes"),
    (BOMB.encode(), "a document type of its own"),
    (OUTSIDE.encode(), "a document type of its own"),
    (b"<FixtureDefinition>" + b"<a>" * 100_000, "more elements, or deeper"),
    (b"<FixtureDefinition>" + b"<a/>" * 60_000 + b"</FixtureDefinition>", "more elements, or deeper"),
    (b"<a>" * 20 + b"</a>" * 20, "more elements, or deeper"),
    (b"<FixtureDefinition>&b;</FixtureDefinition>", "not XML at line 1"),
    (b'<?xml version="1.0" encoding="latin-1"?><FixtureDefinition>\xe9</FixtureDefinition>', "not text in UTF-8"),
    (fixture(DIM, "Dimm"), "mode 'one' names a channel 'Dimm'"),
    (fixture(DIM, "Dim").replace(b'Number="0"', b'Number="999999999"'), "has a channel at '999999999'"),
    (fixture(DIM, "Dim").replace(b'Number="0"', b'Number="\xc2\xb2"'), "has a channel at '\xb2'"),
])
def test_what_cannot_be_read_says_why(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=r"^lamp\.qxf: ") as caught:
        modes("lamp.qxf", text)
    assert said in str(caught.value)


WORD = st.sampled_from(["Dim", "0", "1", "255", "-1", "x", "Intensity", "Pan", "IntensityRedFine", "PositionPan", "²",
                        ""])
TAG = st.sampled_from(["Channel", "Mode", "Capability", "Group", "Head", "Colour"])
ELEMENT = st.recursive(
    st.builds("<{0} Name='{1}' Preset='{2}' Min='{3}' Max='{4}' Byte='{3}' Number='{3}'>{1}</{0}>".format,
              TAG, WORD, WORD, WORD, WORD),
    lambda inner: st.builds("<{0} Name='{1}' Number='{2}'>{1}{3}</{0}>".format, TAG, WORD, WORD,
                            st.lists(inner, max_size=4).map("".join)), max_leaves=10)


@settings(max_examples=150, deadline=None)
@given(st.lists(ELEMENT, max_size=6).map("".join))
def test_any_elements_are_a_fixture_or_say_why_they_are_none(inner: str) -> None:
    """Nothing but a ValueError leaves, whatever a file says."""
    with suppress(ValueError):
        for mode in modes("x.qxf", f"<FixtureDefinition>{inner}</FixtureDefinition>".encode()):
            assert profile_of("x", mode).footprint == len(mode.slots)


def test_a_channel_of_endless_ranges_costs_little() -> None:
    """Read once, however often modes name it; 15,000 ranges on 512 slots took a minute and a half."""
    many = '<Capability Min="0" Max="255">2700K to 6500K</Capability>' * 15_000
    text = fixture(f'<Channel Name="x">{many}</Channel>', *["x"] * 512)
    started = time.process_time()
    (mode,) = modes("x.qxf", text)
    assert profile_of("x", mode).footprint == 512
    assert time.process_time() - started < 5
