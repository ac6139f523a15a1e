"""Slots and positions back into percent, kelvin, colour and decibel."""

import pytest

from showctl import profiles, seen
from showctl.model import Connection, CueSheet, FaderPatch, Parameter, Patched


def sheet(profile_name: str) -> CueSheet:
    profile = profiles.find(profile_name)
    parameters = tuple(
        Parameter(index, "lamp", found.name, found.minimum, found.maximum, found.default)
        for index, found in enumerate(profile.attributes))
    index = {found.attribute: found.index for found in parameters}
    patch = tuple(Patched("panels", 0, 1 + offset, width, index[name], 0 if profile.virtual_dimmer else None)
                  for offset, name, width in profile.slots)
    connections = {"mixer": Connection("mixer", "midi", {})}
    faders = {"music": FaderPatch("music", "mixer", ("cc", 1, 0), 127, 99, law="x32")}
    return CueSheet("", connections, {}, parameters, {"lamp": tuple(index.values())}, {}, patch, faders, {}, {}, {}, {})


@pytest.mark.parametrize(("profile", "slots", "percent", "kelvin", "colour"), [
    ("generic/dimmer", "ff", 100, None, (255, 206, 156)),
    ("generic/dimmer", "", 0, None, (0, 0, 0)),
    ("generic/panel-cct", "b300", 70, 2700, None),
    ("generic/panel-cct", "bfff", 75, 6500, None),
    ("generic/panel-cct-16", "8000ffff", 50, 6500, None),
    ("generic/rgb", "ff0000", 100, None, (255, 0, 0)),
    ("generic/rgb", "400000", 25, None, (127, 0, 0)),
    ("generic/dimmer-rgb", "8000ff00", 50, None, (0, 180, 0)),
    ("generic/rgbw", "00000000", 0, None, (0, 0, 0)),
])
def test_a_light(profile: str, slots: str, percent: int, kelvin: int | None, colour: tuple[int, ...] | None) -> None:
    light, = seen.lights(sheet(profile), {"panels": {"0": slots}})
    assert light is not None
    assert (light.name, light.percent, light.kelvin) == ("lamp", percent, kelvin)
    if colour is not None:
        assert light.colour == colour


def test_warm_is_redder_than_cold() -> None:
    warm, = seen.lights(sheet("generic/panel-cct"), {"panels": {"0": "ff00"}})
    cold, = seen.lights(sheet("generic/panel-cct"), {"panels": {"0": "ffff"}})
    assert warm is not None
    assert cold is not None
    assert warm.colour[0] >= cold.colour[0]
    assert warm.colour[2] < cold.colour[2]


def test_what_was_not_received_is_not_shown_as_dark() -> None:
    assert seen.lights(sheet("generic/dimmer"), {}) == (None,)
    assert seen.lights(sheet("generic/dimmer"), {"panels": {"1": "ff"}}) == (None,)
    assert seen.faders(sheet("generic/dimmer"), {}) == (seen.Fader("music", None, None),)


@pytest.mark.parametrize(("position", "share", "millibel"), [(0, 0, None), (127, 1000, 1000)])
def test_a_fader(position: int, share: int, millibel: int | None) -> None:
    found = seen.faders(sheet("generic/dimmer"), {"mixer": {"cc 1 0": position}})
    assert found == (seen.Fader("music", share, millibel),)


def test_a_fader_half_way_reads_as_the_mixer_prints_it() -> None:
    fader, = seen.faders(sheet("generic/dimmer"), {"mixer": {"cc 1 0": 64}})
    assert fader.millibel is not None
    assert abs(fader.millibel - -984) < 20      # X32: 40f - 30 dB at f = 64/127
