"""Open Fixture Library JSON → profiles: tables of tiny fixtures in the format, written for these tests."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import dimming, profiles
from showctl.fixtures import modes, profile_of
from showctl.fixtures.modes import Mode
from showctl.lamps import Profile
from showctl.model import LEVEL_MAX

DIMMER = {"capability": {"type": "Intensity"}}
RGB = {name: {"capability": {"type": "ColorIntensity", "color": name}} for name in ("Red", "Green", "Blue")}
WHITE = {"capability": {"type": "ColorIntensity", "color": "White"}}
HALF = LEVEL_MAX // 2


def read(fixture: object) -> tuple[Mode, ...]:
    return modes("ofl:maker/lamp", json.dumps(fixture).encode())


def profile(channels: dict[str, Any], order: list[Any] | None = None, **more: Any) -> Profile:
    mode = {"name": "one", "channels": list(channels) if order is None else order}
    (found,) = read({"availableChannels": channels, "modes": [mode], **more})
    return profile_of("lamp", found)


def ranged(*capabilities: tuple[int, int, dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"capabilities": [{"dmxRange": [low, high], **told} for low, high, told in capabilities], **more}


def kelvin(start: int, end: int) -> dict[str, str]:
    return {"type": "ColorTemperature", "colorTemperatureStart": f"{start}K", "colorTemperatureEnd": f"{end}K"}


def names(found: Profile) -> list[str]:
    return [each.name for each in found.attributes]


def test_a_dimmer_with_colours() -> None:
    found = profile({"Dim": DIMMER, **RGB, "White": WHITE})
    assert found.slots == ((0, "intensity", 1), (1, "red", 1), (2, "green", 1), (3, "blue", 1), (4, "white", 1))
    assert not found.virtual_dimmer
    assert {each.name: each.default for each in found.attributes} == {
        "intensity": 0, "red": 0, "green": 0, "blue": 0, "white": LEVEL_MAX}
    assert (found.held, found.wholes, found.unsaid) == ((), (), ())


def test_colours_without_a_dimmer_are_dimmed_by_their_level() -> None:
    found = profile(RGB)
    assert found.virtual_dimmer
    assert names(found) == ["intensity", "red", "green", "blue"]
    assert [each.default for each in found.attributes[1:]] == [LEVEL_MAX] * 3


@pytest.mark.parametrize(("order", "slots", "held"), [
    (["Dim"], ((0, "intensity", 1),), ()),
    (["Dim", "Dim fine"], ((0, "intensity", 2),), ()),
    (["Dim", "Dim fine", "Dim finer"], ((0, "intensity", 3),), ()),
    (["Dim", None, "Dim fine"], ((0, "intensity", 1),), ((1, 0), (2, 0))),
    (["Dim fine", "Dim"], ((1, "intensity", 1),), ((0, 0),)),
    ([None, "Dim", "Dim fine", None], ((1, "intensity", 2),), ((0, 0), (3, 0))),
])
def test_fine_channels_are_one_value(order: list[Any], slots: object, held: object) -> None:
    dimmer = DIMMER | {"fineChannelAliases": ["Dim fine", "Dim finer"]}
    found = profile({"Dim": dimmer}, order)
    assert (found.slots, found.held) == (slots, held)
    assert found.footprint == len(order)
    assert any("stands apart" in line for line in found.unsaid) is (order[0] == "Dim fine" or order[1:2] == [None])


@pytest.mark.parametrize(("capability", "ends", "whole"), [
    (kelvin(2700, 6500), (2_700_000, 6_500_000), None),
    (kelvin(6500, 2700), (2_700_000, 6_500_000), (6_500_000, 2_700_000)),
    ({"type": "ColorTemperature", "colorTemperatureStart": "warm", "colorTemperatureEnd": "cold"}, None, None),
    (kelvin(3200, 3250), None, None),
    (kelvin(3200, 99999), None, None),
])
def test_a_slot_of_kelvin(capability: dict[str, str], ends: tuple[int, int] | None, whole: object) -> None:
    found = profile({"Dim": DIMMER, "CCT": {"capability": capability}})
    cct = [(each.minimum, each.maximum) for each in found.attributes if each.name == "cct"]
    assert cct == ([] if ends is None else [ends])
    assert found.wholes == (() if whole is None else ((1, *whole),))
    assert found.held == (() if ends else ((1, 0),))


def at(found: Profile, offset: int, level: int, width: int) -> int:
    """The slots' value for a level, as the patch works it out."""
    ((zero, full),) = [(zero, full) for where, zero, full in found.wholes if where == offset]
    return ((level - zero) * LEVEL_MAX // (full - zero)) >> 24 - 8 * width


@pytest.mark.parametrize(("start", "end"), [(2700, 6500), (6500, 2700), (3200, 5600)])
@pytest.mark.parametrize(("low", "high"), [(11, 255), (0, 200), (16, 128)])
def test_a_part_of_a_slot_of_kelvin_meets_its_own_ends(low: int, high: int, start: int, end: int) -> None:
    off = {"type": "NoFunction"}
    parts = [(low, high, kelvin(start, end))]
    parts += [(0, low - 1, off)] if low else []
    parts += [(high + 1, 255, off)] if high < 255 else []
    found = profile({"Dim": DIMMER, "CCT": ranged(*parts)})
    assert (at(found, 1, start * 1000, 1), at(found, 1, end * 1000, 1)) == (low, high)
    middle = (start + end) * 500
    assert abs(at(found, 1, middle, 1) - (low + high) // 2) <= 1


@pytest.mark.parametrize(("start", "end"), [("bright", "off"), ("100%", "0%"), ("bright", "dark"), ("100%", "1%")])
def test_a_dimmer_may_run_downward(start: str, end: str) -> None:
    down = {"type": "Intensity", "brightnessStart": start, "brightnessEnd": end}
    found = profile({"Dim": {"capability": down}})
    assert [at(found, 0, level, 1) for level in (0, LEVEL_MAX)] == [255, 0]


@pytest.mark.parametrize("name", ["Hue", "Saturation 1/2", "LED Color Saturation"])
def test_no_level_turns_the_colour_of_a_fixture_told_in_hue(name: str) -> None:
    """The format has no type for hue and saturation: files say "Intensity". One alone is held, and is white."""
    found = profile({"Intensity": DIMMER, name: DIMMER})
    assert found.slots == ((0, "intensity", 1),)
    assert found.held == ((1, 0),)


DOWN = {"brightnessStart": "bright", "brightnessEnd": "off"}


def test_pixels_that_are_dimmed_downward_stay_at_full_beside_a_master() -> None:
    found = profile({"Master": DIMMER}, ["Master", "1"], matrix={"pixelKeys": [[["1"]]]},
                    templateChannels={"$pixelKey": {"capability": {"type": "Intensity"} | DOWN}})
    assert (found.slots, found.held) == (((0, "intensity", 1),), ((1, 0),))


def test_a_colour_that_runs_downward_is_dark_at_a_level_of_nothing_where_nothing_else_dims_it() -> None:
    """The light is dimmed, not the slot: nothing of that would be full."""
    red = {"capability": {"type": "ColorIntensity", "color": "Red"} | DOWN}
    found = profile(RGB | {"Red": red})
    assert (found.slots[0], found.held, found.virtual_dimmer) == ((0, "red", 1), (), True)
    (_, zero, full), = found.wholes
    bend = (0, 1, 1, 0, zero, full - zero, dimming.TAKEN, 0, LEVEL_MAX, (), ())
    assert [dimming.told(bend, LEVEL_MAX, level) >> 16 for level in (0, HALF, LEVEL_MAX)] == [255, 128, 0]
    assert [name for _, name, _ in profile({"Dim": DIMMER, "Red": red}).slots] == ["intensity", "red"]


def test_a_dimmer_above_a_strobe_is_no_dimmer() -> None:
    """Its lowest level would lie beside a strobe; a fade that ends there must end dark."""
    strobe = {"type": "ShutterStrobe", "shutterEffect": "Strobe"}
    assert profile({"Dim": ranged((0, 99, strobe), (100, 255, {"type": "Intensity"}))}).slots == ()


@pytest.mark.parametrize("dark", [{"type": "Intensity", "brightness": "off"}, {"type": "NoFunction"},
                                  {"type": "ShutterStrobe", "shutterEffect": "Closed"}])
@pytest.mark.parametrize(("low", "high"), [(1, 255), (10, 255), (8, 134), (128, 255)])
def test_a_dimmer_at_nothing_stands_in_the_dark_below_it(dark: dict[str, Any], low: int, high: int) -> None:
    """Its own lowest value may be seen: "1% to 100%" from 10 on, or a fog machine that blows there."""
    dimmer = {"type": "Intensity", "brightnessStart": "dark", "brightnessEnd": "bright"}
    parts = [(0, low - 1, dark), (low, high, dimmer)]
    parts += [(high + 1, 255, {"type": "ShutterStrobe", "shutterEffect": "Strobe"})] if high < 255 else []
    found = profile({"Dim": ranged(*parts)})
    if found.wholes:
        step = LEVEL_MAX // (high - low + 1)
        assert [at(found, 0, level, 1) for level in (0, 2 * step, LEVEL_MAX)] == [low - 1, low + 1, high]
    else:
        assert (low, high) == (1, 255)


def test_a_channel_that_stands_twice_is_two() -> None:
    assert profile({"Dim": DIMMER}, ["Dim", "Dim"]).slots == ((0, "intensity", 1), (1, "intensity", 1))


def test_beside_colours_kelvin_that_can_be_off_is_off() -> None:
    """Its value would take the light away from the colours; kelvin is mixed from them."""
    found = profile(RGB | {"CCT": ranged((0, 10, {"type": "NoFunction"}), (11, 255, kelvin(2700, 6500)))})
    assert "cct" not in names(found)
    assert found.held == ((3, 0),)
    assert found.unsaid == ("slot 4: 'CCT' stays at 0 (no function)",)


def test_a_dimmer_that_shares_its_slot_with_a_strobe() -> None:
    strobe = {"type": "ShutterStrobe", "shutterEffect": "Strobe"}
    found = profile({"Dim": ranged((0, 189, {"type": "Intensity"}), (190, 255, strobe))})
    assert found.slots == ((0, "intensity", 1),)
    assert [at(found, 0, level, 1) for level in (0, LEVEL_MAX)] == [0, 189]


OPEN, SHUT, STROBE = ({"type": "ShutterStrobe", "shutterEffect": each} for each in ("Open", "Closed", "Strobe"))
SPOT = {"type": "WheelSlot", "slotNumber": 1}


@pytest.mark.parametrize(("channel", "value", "why"), [
    (ranged((0, 31, SHUT), (32, 63, OPEN), (64, 255, STROBE)), 32, "open"),
    (ranged((0, 31, SHUT), (32, 63, OPEN), (64, 255, STROBE), defaultValue=40), 40, "open"),
    (ranged((0, 31, SHUT), (32, 63, OPEN), (64, 255, STROBE), defaultValue=0), 32, "open"),
    (ranged((0, 9, {"type": "NoFunction"}), (10, 255, STROBE)), 0, "no function"),
    (ranged((0, 99, {"type": "Maintenance"}), (100, 255, {"type": "NoFunction"})), 100, "no function"),
    (ranged((0, 99, {"type": "Effect", "effectName": "Chase"}), (100, 255, {"type": "Effect"})), 0, "Chase"),
    (ranged((0, 99, {"type": "Effect"}), (100, 255, {"type": "Effect", "comment": "by hand"}), defaultValue="50%"),
     127, "by hand"),
    (ranged((0, 9, {"type": "WheelSlot", "slotNumber": 2}), (10, 19, SPOT)), 10, "open"),
    (ranged((0, 9, SPOT), (10, 19, SPOT | {"wheel": "Gobos"}), (20, 29, {"type": "NoFunction"})), 0, "open"),
    (ranged((0, 9, SPOT | {"wheel": "Gobos"}), (10, 19, {"type": "NoFunction"})), 10, "no function"),
    (ranged((0, 9, {"type": "NoFunction"}), (10, 19, {"type": "WheelSlot", "slotNumber": 2, "wheel": "Gobos"})), 10,
     "open"),
    ({"capability": {"type": "PanTiltSpeed", "speedStart": "fast", "speedEnd": "slow"}, "defaultValue": 7}, 7,
     "pan tilt speed"),
    (ranged((0, 99, {"type": "Effect"}), (100, 255, {"type": "Effect", "comment": "by hand"}), defaultValue="62.5%"),
     159, "by hand"),
    ({"capability": {"type": "FogOutput"}}, 0, "fog output"),
    ({}, 0, ""),
])
def test_what_no_look_moves_is_held_and_said(channel: dict[str, Any], value: int, why: str) -> None:
    wheels = {"Other": {"slots": [{"type": "Open"}, {"type": "Color", "name": "Red"}]},
              "Gobos": {"slots": [{"type": "Gobo"}, {"type": "Open"}]}}
    found = profile({"Dim": DIMMER, "Other": channel}, wheels=wheels)
    assert found.held == ((1, value),)
    assert found.unsaid == (f"slot 2: 'Other' stays at {value}{f' ({why})' if why else ''}",)


@pytest.mark.parametrize(("channel", "name", "default", "percent"), [
    ({"capability": {"type": "Pan"}}, "pan", 0x800000, 50),
    ({"capability": {"type": "Tilt"}, "defaultValue": 255, "highlightValue": "0%"}, "tilt", LEVEL_MAX, 100),
    ({"capability": {"type": "Zoom"}}, "zoom", 0, 0),
    ({"capability": {"type": "Iris", "openPercentStart": "open", "openPercentEnd": "closed"}}, "iris", 0, 0),
    ({"capability": {"type": "Iris", "openPercentStart": "closed", "openPercentEnd": "open"}}, "iris", LEVEL_MAX, 100),
])
def test_moves_are_named_attributes_at_their_default(
    channel: dict[str, Any], name: str, default: int, percent: int
) -> None:
    found = profile({"Dim": DIMMER, "Move": channel})
    (attribute,) = found.attributes[1:]
    assert (attribute.name, attribute.default) == (name, default)
    assert attribute.highlight == (0 if name == "tilt" else None)
    assert found.unsaid == (f"slot 2: '{name}' stays at {percent}% until a look says '{name}=40%'",)


MAGENTA = {"type": "ColorPreset", "colorsStart": ["#ff00ff"], "colorsEnd": ["#ffffff"]}
GREEN = {"type": "ColorPreset", "colorsStart": ["#ffffff"], "colorsEnd": ["#00ff00"]}
POINT = {"type": "Generic", "comment": "-100%…+100%"}
NONE = {"type": "NoFunction"}
WHITES = {"capability": {"type": "ColorTemperature", "colorTemperatureStart": "2800K", "colorTemperatureEnd": "8000K"}}


@pytest.mark.parametrize(("name", "channel", "slots"), [
    ("Tint", ranged((0, 0, NONE), (1, 127, MAGENTA), (128, 255, GREEN)), (1, 128, 255)),
    ("Anything", ranged((0, 255, MAGENTA | {"colorsEnd": ["#00ff00"]})), (0, 128, 255)),
    ("G/M Point", ranged((0, 5, NONE), (6, 255, POINT)), (6, 131, 255)),
])
def test_a_slot_from_magenta_to_green_is_a_tint(name: str, channel: dict[str, Any], slots: tuple[int, ...]) -> None:
    """Minus green, neutral and plus green as a look says them, on the slot."""
    found = profile({"Dim": DIMMER, "White": WHITES, name: channel})
    assert [each.name for each in found.attributes] == ["intensity", "cct", "tint"]
    assert found.held == ()
    zero, full = next(((zero, full) for offset, zero, full in found.wholes if offset == 2), (0, LEVEL_MAX))
    for tint, slot in zip((-19_500_000, 0, 19_500_000), slots, strict=True):
        level = profiles.resolve(found, kelvin_mk=4_000_000, tint=tint)["tint"]
        assert abs(((level - zero) * LEVEL_MAX // (full - zero) >> 16) - slot) <= 1


@pytest.mark.parametrize(("name", "channel"), [
    ("Tint", ranged((0, 255, {"type": "Generic", "comment": "Tint"}))),
    ("Tint", ranged((0, 127, GREEN), (128, 255, MAGENTA))),
    ("Tint", ranged((0, 127, MAGENTA), (128, 255, NONE))),
    ("Speed", ranged((0, 255, POINT))),
    ("Tint", ranged((0, 255, MAGENTA | {"colorsEnd": "x", "comment": 7}))),
])
def test_what_could_be_a_tint_either_way_is_held(name: str, channel: dict[str, Any]) -> None:
    found = profile({"Dim": DIMMER, "White": WHITES, name: channel})
    assert [each.name for each in found.attributes] == ["intensity", "cct"]
    assert [offset for offset, _ in found.held] == [2]


def test_a_tinted_white_goes_by_the_slots_for_it_beside_colours() -> None:
    lamp = {"Dim": DIMMER, **RGB, "White": WHITES, "G/M": ranged((0, 255, POINT))}
    assert profiles.resolve(profile(lamp), kelvin_mk=4_000_000, tint=1_000_000)["cct"] == 4_000_000
    assert "cct" not in profiles.resolve(profile(lamp), xy=(400_000_000, 300_000_000))


def test_a_default_of_two_bytes_is_whole() -> None:
    pan = {"capability": {"type": "Pan"}, "fineChannelAliases": ["Pan fine"], "defaultValue": 0x1234}
    assert profile({"Pan": pan}, ["Pan", "Pan fine"]).attributes[1].default >> 8 == 0x1234
    short = pan | {"dmxValueResolution": "8bit", "defaultValue": 255}
    assert profile({"Pan": short}).attributes[1].default == LEVEL_MAX
    assert profile({"Pan": pan}, ["Pan", None, "Pan fine"]).held == ((1, 0), (2, 0x34))


@pytest.mark.parametrize(("colours", "wired"), [
    (("Warm White", "Cold White"), ("warm", "cold")),
    (("Warm White", "White"), ("warm", "cold")),
    (("White", "Cold White"), ("warm", "cold")),
    (("Warm White",), ("white",)),
    (("Cold White",), ("white",)),
    (("White", "Warm White", "Cold White"), ("white", "warm", "cold")),
    (("Amber", "UV"), ("amber", "uv")),
])
def test_which_white_is_which(colours: tuple[str, ...], wired: tuple[str, ...]) -> None:
    found = profile({name: {"capability": {"type": "ColorIntensity", "color": name}} for name in colours})
    assert tuple(name for _, name, _ in found.slots) == wired
    assert any(each.default for each in found.attributes[1:])     # a level alone is seen


# ---- hue and saturation ----

HUE = {"capability": {"type": "Generic", "comment": "0…360°"}}
SATURATION = {"capability": {"type": "Generic", "comment": "0…100%"}}
GENERIC = {"capability": {"type": "Generic"}}
CROSSFADE = {"capability": {"type": "Generic", "comment": "White … RGBW/HSI color"}, "defaultValue": 0}
CCT = {"capability": kelvin(2800, 10000)}
TURNED = ((0, "intensity", 1), (1, "hue", 1), (2, "saturation", 1))


@pytest.mark.parametrize("hue", [
    HUE, GENERIC, {"capability": {"type": "Generic", "comment": "1° … 360°"}}, {"capability": {"type": "Intensity"}},
    {"capability": {"type": "Generic", "comment": "Hue"}}, {"capability": {"type": "Generic", "helpWanted": "?"}},
])
@pytest.mark.parametrize("saturation", [
    SATURATION, GENERIC, {"capability": {"type": "Intensity", "brightnessStart": "0%", "brightnessEnd": "100%"}},
])
def test_a_mode_of_hue_and_saturation(hue: dict[str, Any], saturation: dict[str, Any]) -> None:
    found = profile({"Dimmer": DIMMER, "Hue": hue, "Saturation": saturation})
    assert (found.slots, found.colours, found.virtual_dimmer) == (TURNED, "hue", False)
    assert (found.held, found.wholes) == ((), ())
    assert [(each.name, each.default) for each in found.attributes] == [
        ("intensity", 0), ("red", LEVEL_MAX), ("green", LEVEL_MAX), ("blue", LEVEL_MAX)]
    assert found.unsaid == (
        "slot 2: 'hue' is worked out of red, green and blue",
        "slot 3: 'saturation' is worked out of red, green and blue",
        "its white, saturation 0, is taken for 6500K: nothing tells it another")


@pytest.mark.parametrize("name", ["Intensity", "Value", "Value / Brightness", "Brightness"])
@pytest.mark.parametrize("kind", ["Generic", "Intensity"])
def test_the_value_is_the_dimmer(name: str, kind: str) -> None:
    found = profile({name: {"capability": {"type": kind}}, "Hue": HUE, "Saturation": SATURATION})
    assert found.slots == TURNED


def test_a_value_beside_a_dimmer_is_full() -> None:
    found = profile({"Dimmer": DIMMER, "Hue": HUE, "Saturation": SATURATION, "Value": GENERIC})
    assert (found.slots, found.held) == (TURNED, ((3, 255),))
    assert "slot 4: 'Value' stays at 255 (full: the fixture's own dimmer does it)" in found.unsaid


@pytest.mark.parametrize("kind", ["Generic", "Intensity"])
def test_a_value_is_the_dimmer_beside_one_of_the_strobe(kind: str) -> None:
    """Taken for the dimmer, the strobe's would hold the value at full: no blackout reached the lamp."""
    channels = {"Value": {"capability": {"type": kind}}, "Hue": HUE, "Saturation": SATURATION, "Strobe Dimmer": DIMMER}
    found = profile(channels)
    assert (found.slots, found.held) == (TURNED, ((3, 0),))
    assert "slot 4: 'Strobe Dimmer' stays at 0 (dark: it dims a strobe)" in found.unsaid


def test_a_crossfade_is_no_dimmer_beside_a_value() -> None:
    cross = {"capability": {"type": "Intensity", "comment": "White … HSI color"}}
    found = profile({"Value": GENERIC, "Hue": HUE, "Saturation": SATURATION, "Cross": cross, "Flash Level": DIMMER})
    assert found.slots == ((0, "intensity", 1), (1, "hue", 1), (3, "saturation", 1))
    assert found.held == ((2, 255), (4, 0))


def test_hue_of_two_bytes_in_any_order() -> None:
    fine = {"fineChannelAliases": ["Hue fine"]}
    found = profile({"Hue": HUE | fine, "Saturation": SATURATION, "Dimmer": DIMMER},
                    ["Hue", "Hue fine", "Saturation", "Dimmer"])
    assert found.slots == ((0, "hue", 2), (2, "saturation", 1), (3, "intensity", 1))


def test_a_wheel_on_a_part_of_its_slot() -> None:
    """As told where both ends are stretches: 0° up to 37, 360° from 218 on."""
    told = [(low, high, {"type": "Generic", "comment": comment})
            for low, high, comment in ((0, 37, "0°"), (38, 217, "0-360°"), (218, 255, "360°"))]
    found = profile({"Dimmer": DIMMER, "Hue": ranged(*told), "Saturation": SATURATION})
    assert [at(found, 1, level, 1) for level in (0, LEVEL_MAX // 2, LEVEL_MAX)] == [38, 127, 217]


@pytest.mark.parametrize("hue", [
    {"capability": {"type": "Generic", "comment": "-25° … 25°"}}, {"capability": {"type": "Effect"}},
    ranged((0, 127, {"type": "Generic", "comment": "0-360°"}), (128, 255, {"type": "Generic", "comment": "rainbow"})),
    {"capability": {"type": "Intensity", "brightnessStart": "bright", "brightnessEnd": "off"}}, {},
    {"capability": {"type": "Intensity", "brightnessStart": "100%", "brightnessEnd": "1%"}},
])
def test_what_is_no_wheel_is_held_and_colours_are_refused(hue: dict[str, Any]) -> None:
    found = profile({"Dimmer": {"capability": {"type": "Intensity"}}, "Hue": hue, "Saturation": SATURATION})
    assert found.colours == ""
    assert "saturation" not in [name for _, name, _ in found.slots]
    assert any("'Saturation' stays at 0" in line for line in found.unsaid)
    with pytest.raises(ValueError, match="has no red, green and blue"):
        profiles.resolve(found, rgb=(LEVEL_MAX, 0, 0))


@pytest.mark.parametrize("names", [("Strobe Hue", "Strobe Saturation"), ("Hue Gel", "Saturation Gel"), ("Hue", "Tint"),
                                   ("Hue Selection", "Saturation")])
def test_other_hues_are_left_alone(names: tuple[str, str]) -> None:
    assert profile({"Dimmer": DIMMER} | dict.fromkeys(names, GENERIC)).colours == ""


def test_a_hue_without_saturation_is_what_it_was() -> None:
    """A mode beside it that has both does not matter."""
    channels = {"Dimmer": DIMMER, "Hue": HUE, "Saturation": SATURATION}
    two = [{"name": "one", "channels": ["Dimmer", "Hue"]}, {"name": "both", "channels": [*channels]}]
    one, both = (profile_of("x", mode) for mode in read({"availableChannels": channels, "modes": two}))
    assert (one.slots, one.held, one.colours) == (((0, "intensity", 1),), ((1, 0),), "")
    assert both.colours == "hue"


def test_the_white_of_a_wheel_has_the_kelvin_that_stands_beside_it() -> None:
    found = profile({"Dimmer": DIMMER, "CCT": CCT, "Hue": HUE, "Saturation": SATURATION})
    assert found.attributes[1].default == 6_500_000
    assert found.unsaid == ("slot 3: 'hue' is worked out of red, green and blue",
                            "slot 4: 'saturation' is worked out of red, green and blue")
    white = dict.fromkeys(("red", "green", "blue"), LEVEL_MAX)
    assert profiles.resolve(found, kelvin_mk=3_200_000) == {"cct": 3_200_000} | white
    assert profiles.resolve(found, rgb=(LEVEL_MAX, 0, 0)) == {
        "red": LEVEL_MAX, "green": 0, "blue": 0, "cct": 6_500_000}
    with pytest.raises(ValueError, match="makes 2800K to 10000K"):
        profiles.resolve(found, kelvin_mk=2_000_000)


def test_a_kelvin_that_can_be_off_stays_off_beside_a_wheel() -> None:
    off = profile({"Dimmer": DIMMER, "Hue": HUE, "Saturation": SATURATION,
                   "CCT": ranged((0, 9, NONE), (10, 255, kelvin(2800, 8000)))})
    assert ("cct" in names(off), off.held) == (False, ((3, 0),))
    steps = ranged((0, 1, {"type": "ColorTemperature", "colorTemperature": "3200K"}), (2, 255, kelvin(2700, 6500)))
    assert "cct" in names(profile({"Dimmer": DIMMER, "Hue": HUE, "Saturation": SATURATION, "CCT": steps}))


def test_a_crossfade_to_the_colour_is_the_saturation() -> None:
    """The white under it is then the one that is told in kelvin and tint, not the wheel's own."""
    found = profile({"Dimmer": DIMMER, "CCT": CCT, "Tint": ranged((0, 255, POINT)), "Cross": CROSSFADE, "Hue": HUE,
                     "Saturation": SATURATION})
    assert found.slots == ((0, "intensity", 1), (1, "cct", 1), (2, "tint", 1), (3, "saturation", 1), (4, "hue", 1))
    assert found.held == ((5, 255),)
    assert "slot 6: 'Saturation' stays at 255 (full: its crossfade mixes the white in)" in found.unsaid
    told = profiles.resolve(found, kelvin_mk=4_000_000, tint=19_500_000)
    assert (told["cct"], told["tint"], told["green"]) == (4_000_000, LEVEL_MAX, LEVEL_MAX)


@pytest.mark.parametrize("comment", ["CCT … Color Mix", "Cross Fade To Color", "CCT crossfade to RGB", "white to HSI"])
def test_crossfades_are_known_by_what_is_said_of_them(comment: str) -> None:
    cross = {"capability": {"type": "Generic", "comment": comment}}
    assert profile({"X": cross, "Hue": HUE, "Saturation": SATURATION}).held == ((2, 255),)


def test_what_would_mix_beside_a_wheel_stays_dark() -> None:
    found = profile({"Hue": HUE, "Saturation": SATURATION, "I": DIMMER, **RGB, "White": WHITE, "Lime": {
        "capability": {"type": "ColorIntensity", "color": "Lime"}}})
    assert found.held == ((3, 0), (4, 0), (5, 0), (6, 0))
    assert "slot 7: 'White' stays at 0 (dark: its hue and saturation make the colour)" in found.unsaid
    assert names(found) == ["intensity", "red", "green", "blue", "lime"]


def test_what_runs_downward_stays_dark_beside_a_wheel_at_its_high_end() -> None:
    found = profile({"Hue": HUE, "Saturation": SATURATION, "I": DIMMER,
                     "White": {"capability": {"type": "ColorIntensity", "color": "White"} | DOWN}})
    assert found.held == ((3, 255),)


def test_pixels_of_hue_and_saturation_turn_as_one() -> None:
    templates = {"Hue $pixelKey": HUE, "Saturation $pixelKey": SATURATION, "Intensity $pixelKey": DIMMER}
    block = {"insert": "matrixChannels", "repeatFor": "eachPixelXYZ", "channelOrder": "perPixel",
             "templateChannels": list(templates)}
    found = profile({}, [block], matrix={"pixelCount": [2, 1, 1]}, templateChannels=templates)
    assert [name for _, name, _ in found.slots] == ["hue", "saturation", "intensity"] * 2
    assert found.unsaid[0] == "slots 1, 4: 'hue' is worked out of red, green and blue"


@pytest.mark.parametrize("order", [["Dimmer", "Hue fine", "Saturation"], ["Dimmer", "Hue", "Cross fine", "Saturation"],
                                   ["Dimmer", "Hue fine", "Saturation fine"]])
def test_a_part_without_its_coarse_byte_plays_none(order: list[str]) -> None:
    channels = {name: each | {"fineChannelAliases": [f"{name} fine"]} for name, each in (
        ("Dimmer", DIMMER), ("Hue", HUE), ("Saturation", SATURATION), ("Cross", CROSSFADE))}
    found = profile(channels, order)
    turned = [name for _, name, _ in found.slots if name in ("hue", "saturation")]
    assert turned == (["hue", "saturation"] if "Hue" in order else [])
    assert found.colours == ("hue" if "Hue" in order else "")


def test_a_wheel_without_a_dimmer_says_so() -> None:
    assert "nothing in it can be dimmed: a level does nothing" in profile({"Hue": HUE, "Saturation": GENERIC}).unsaid


# ---- cyan, magenta and yellow ----

CMY = {name: {"capability": {"type": "ColorIntensity", "color": name}} for name in ("Cyan", "Magenta", "Yellow")}
TAKEN = ((1, "red", 1), (2, "green", 1), (3, "blue", 1))
DOWNWARD = tuple((offset, LEVEL_MAX, 0) for offset in (1, 2, 3))


def test_flags_leave_red_green_and_blue() -> None:
    found = profile({"Dim": DIMMER, **CMY})
    assert (found.slots[1:], found.wholes, found.colours, found.virtual_dimmer) == (TAKEN, DOWNWARD, "flags", False)
    assert [each.default for each in found.attributes] == [0, LEVEL_MAX, LEVEL_MAX, LEVEL_MAX]
    assert [at(found, offset, LEVEL_MAX, 1) for offset in (1, 2, 3)] == [0, 0, 0]
    assert found.unsaid == ("slots 2, 3, 4: cyan, magenta and yellow are what is taken of red, green and blue",)
    assert profiles.own_names(found) == ["cyan", "magenta", "yellow"]
    assert "; yellow=40%, and so cyan, magenta" in "; ".join(profiles.sayable(found))


def test_flags_without_a_dimmer_are_the_dimmer() -> None:
    found = profile(CMY)
    assert found.virtual_dimmer
    assert found.unsaid[1] == "without a dimmer a level brings all three in: as dark as they are together"


def test_a_flag_on_a_part_of_its_slot() -> None:
    """Out, it stands in the part that takes nothing; its own lowest value may be seen. A shutter below it is none."""
    cyan = {"type": "ColorIntensity", "color": "Cyan"}
    for below, out in ((NONE, 9), (cyan | {"brightness": "off"}, 9),
                       ({"type": "ShutterStrobe", "shutterEffect": "Closed"}, 10)):
        found = profile({"Dim": DIMMER, **CMY, "Cyan": ranged((0, 9, below), (10, 255, cyan))})
        assert [at(found, 1, level, 1) for level in (0, LEVEL_MAX)] == [255, out]


def test_a_flag_that_runs_the_other_way_leaves_light_upward() -> None:
    cyan = {"capability": {"type": "ColorIntensity", "color": "Cyan", "brightnessStart": "bright",
                           "brightnessEnd": "off"}}
    found = profile({"Dim": DIMMER, **CMY, "Cyan": cyan})
    assert [offset for offset, _, _ in found.wholes] == [2, 3]


@pytest.mark.parametrize(("channels", "names"), [
    ({**RGB, "Cyan": CMY["Cyan"]}, ["intensity", "red", "green", "blue", "cyan"]),
    ({**RGB, **CMY}, ["intensity", "red", "green", "blue", "cyan", "magenta", "yellow"]),
    ({"Cyan": CMY["Cyan"], "Yellow": CMY["Yellow"]}, ["intensity", "cyan", "yellow"]),
])
def test_fewer_than_three_flags_or_beside_red_green_and_blue_are_named(
    channels: dict[str, Any], names: list[str]
) -> None:
    found = profile({"Dim": DIMMER, **channels})
    assert ([each.name for each in found.attributes], found.colours) == (names, "")
    assert any("'cyan' stays at 0% until a look says 'cyan=40%'" in line for line in found.unsaid)


def test_a_filter_of_kelvin_beside_flags_is_out_for_colours() -> None:
    cto = {"capability": kelvin(6000, 3200)}
    found = profile({"Dim": DIMMER, **CMY, "CTO": cto})
    assert found.attributes[4].default == 6_000_000
    assert profiles.resolve(found, kelvin_mk=3_200_000) == {
        "cct": 3_200_000, "red": LEVEL_MAX, "green": LEVEL_MAX, "blue": LEVEL_MAX}
    assert profiles.resolve(found, xy=(640_000_000, 330_000_000)) == {
        "red": LEVEL_MAX, "green": 0, "blue": 0, "cct": 6_000_000}


# ---- pixels ----

BAR = {
    "matrix": {"pixelCount": [4, 1, 1], "pixelGroups": {"Left": ["1", "2"], "Right": ["3", "4"]}},
    "templateChannels": {f"{name} $pixelKey": each for name, each in RGB.items()} | {"Dim $pixelKey": DIMMER},
}


def bar(repeat: object, order: str = "perPixel", *, master: bool = True) -> Profile:
    templates = ["Dim $pixelKey", "Red $pixelKey", "Green $pixelKey", "Blue $pixelKey"]
    block = {"insert": "matrixChannels", "repeatFor": repeat, "channelOrder": order, "templateChannels": templates}
    return profile({"Dimmer": DIMMER}, [*(["Dimmer"] if master else []), block], **BAR)


def test_pixels_shine_as_one_and_that_is_said() -> None:
    found = bar("eachPixelXYZ")
    assert found.footprint == 17
    assert [offset for offset, name, _ in found.slots if name == "red"] == [2, 6, 10, 14]
    assert found.held == tuple((offset, 255) for offset in (1, 5, 9, 13))
    assert found.unsaid[0] == "slots 3, 7, 11, 15: every 'red' moves with the others"
    assert found.unsaid[3] == "slot 2: 'Dim 1' stays at 255 (full: the fixture's own dimmer does it)"


@pytest.mark.parametrize(("repeat", "order", "reds"), [
    ("eachPixelABC", "perChannel", [4, 5, 6, 7]),
    ("eachPixelGroup", "perPixel", [1, 5]),
    (["Right"], "perPixel", [1]),
    (["1", "Left"], "perChannel", [2, 3]),
])
def test_orders_of_pixels(repeat: object, order: str, reds: list[int]) -> None:
    found = bar(repeat, order, master=False)
    assert [offset for offset, name, _ in found.slots if name == "red"] == reds
    assert len([name for _, name, _ in found.slots if name == "intensity"]) == len(reds)


@pytest.mark.parametrize(("count", "key"), [([3, 1, 1], "2"), ([2, 3, 1], "(2, 1)"), ([2, 2, 2], "(1, 2, 1)")])
def test_keys_of_pixels(count: list[int], key: str) -> None:
    templates = {"templateChannels": {"Dim $pixelKey": DIMMER}}
    assert profile({}, [f"Dim {key}"], matrix={"pixelCount": count}, **templates).footprint == 1


def test_a_switching_channel_is_what_the_default_makes_of_it() -> None:
    kinds = [{"type": "Effect", "switchChannels": {"Third": target}} for target in ("Speed", "Dim")]
    switch = ranged((0, 99, kinds[0]), (100, 255, kinds[1]))
    channels = {"Speed": {"capability": {"type": "EffectSpeed"}}, "Dim": DIMMER}
    for default, wired in ((0, ()), (200, ((1, "intensity", 1),))):
        found = profile({"Mode": switch | {"defaultValue": default}} | channels, ["Mode", "Third"])
        assert found.slots == wired


# ---- bad input ----

@pytest.mark.parametrize(("text", "said"), [
    (b"", "not JSON at line 1"),
    (b"{\n'a': 1}", "not JSON at line 2"),
    (b"[" * 100_000, "nested deeper than any fixture"),
    (b"{}", "it has no modes"),
    (b"[]", "it has no modes"),
    (b"\xff\xfe", "not text in UTF-8"),
    (b'{"redirectTo": "maker/new"}', "called otherwise now; write 'ofl:maker/new'"),
    (b'{"modes": [{"name": "x", "channels": ["Dim"]}]}', "mode 'x' names a channel 'Dim' that the file does not"),
    (b'{"matrix": {"pixelCount": [1000, 1000, 1000]}, "modes": [{}]}', "more than 1024 pixels"),
    (json.dumps({"matrix": {"pixelCount": [1000, 1, 1]}, "templateChannels": {
        f"{n} $pixelKey": {"capabilities": [{}] * 900} for n in range(30)}}).encode(), "more than 20000 channels"),
    (b" " * (1 << 20) + b"{}", "more than 1 MB"),
    (b'{"a": ' + b"9" * 5_000 + b"}", ""),
])
def test_what_cannot_be_read_says_why(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=r"^ofl:maker/lamp: ") as caught:
        modes("ofl:maker/lamp", text)
    assert said in str(caught.value)


@pytest.mark.parametrize(("channels", "said"), [([], "has 0 slots"), ([None] * 600, "more than 512 slots")])
def test_a_mode_fits_a_universe(channels: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        profile({}, channels)


JSON = st.recursive(st.none() | st.booleans() | st.integers(-300, 300) | st.sampled_from(
    ["Dim", "Intensity", "Pan", "50%", "eachPixelABC", "1", "Dim $pixelKey", "2700K", "8bit", "ShutterStrobe", "Open",
     "Hue", "Saturation", "Generic", "0…360°"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["Dim", "Hue", "Saturation", "comment", "capability", "capabilities", "type", "dmxRange", "defaultValue",
         "fineChannelAliases",
         "matrixChannels", "repeatFor", "templateChannels", "switchChannels", "colorTemperatureStart", "slots", "name",
         "channels"]),
        inner, max_size=4), max_leaves=12)
KEYS = ("availableChannels", "templateChannels", "matrix", "wheels", "modes", "name")


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(KEYS, JSON)) | JSON)
def test_any_json_is_a_fixture_or_says_why_it_is_none(fixture: object) -> None:
    """Nothing but a ValueError leaves, whatever a file says."""
    with suppress(ValueError):
        for mode in read(fixture):
            assert profile_of("x", mode).footprint == len(mode.slots)
