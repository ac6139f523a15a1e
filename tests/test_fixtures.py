"""A sheet with fixtures from files: its problems in place, its first frame, its recording."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from showctl import profiles, render, seen, sheet, trace
from showctl.fixtures import ALL_BYTES_MAX, Embedded, Shelf
from showctl.model import LEVEL_MAX, DmxFrame, Fade
from showctl.render import Renderer
from showctl.replay import replay
from showctl.show import Show
from showctl.trace import End, Header

OPEN, STROBE = ({"type": "ShutterStrobe", "shutterEffect": each} for each in ("Open", "Strobe"))
PANEL = {
    "availableChannels": {
        "Dimmer": {"capability": {"type": "Intensity"}, "fineChannelAliases": ["Dimmer fine"]},
        "CCT": {"capability": {"type": "ColorTemperature", "colorTemperatureStart": "6500K",
                               "colorTemperatureEnd": "2700K"}},
        "Shutter": {"capabilities": [{"dmxRange": [0, 199], **STROBE}, {"dmxRange": [200, 255], **OPEN}]},
        "Fan": {"capability": {"type": "Maintenance"}, "defaultValue": 77},
    },
    "modes": [
        {"name": "Small", "shortName": "2ch", "channels": ["Dimmer", "CCT"]},
        {"name": "Large", "shortName": "6ch", "channels": ["Shutter", "Dimmer", "Dimmer fine", "CCT", None, "Fan"]},
    ],
}
PAR = """<FixtureDefinition>
<Channel Name="R" Preset="IntensityRed"/><Channel Name="G" Preset="IntensityGreen"/>
<Channel Name="B" Preset="IntensityBlue"/><Channel Name="Fog"/>
<Mode Name="RGB"><Channel Number="0">R</Channel><Channel Number="1">G</Channel><Channel Number="2">B</Channel></Mode>
</FixtureDefinition>"""
FOG = PAR.replace('Number="0">R', 'Number="0">Fog').replace('Number="1">G', 'Number="1">Fog').replace(
    'Number="2">B', 'Number="2">Fog')
LIBRARY = Embedded({"ofl:maker/panel": json.dumps(PANEL), "fixtures/par.qxf": PAR, "fog.qxf": FOG, "bad.qxf": "<a/>"})

SHOW = """show: Library
connections: {panels: {driver: artnet, host: 127.0.0.1}}
fixtures:
  a: {profile: ofl:maker/panel#large, to: panels, at: 0/1}
  b: {profile: fixtures/par.qxf, to: panels, at: 0/101}
cues:
  1: {look: {a: 100% 2700K, b: red}}
  2: {look: {a: 0%, b: 50%}, fade: 1 s}
"""


def check(profile: str) -> sheet.Checked:
    lamp = f"  a: {{profile: '{profile}', to: p, at: 0/1}}\n"
    return sheet.check(f"show: X\nconnections: {{p: {{driver: artnet}}}}\nfixtures:\n{lamp}", "x.yaml",
                       library=LIBRARY)


@pytest.mark.parametrize(("profile", "said"), [
    ("ofl:maker/panle#6ch", "no fixture file 'ofl:maker/panle'; did you mean 'ofl:maker/panel'?"),
    ("ofl:maker/panel#Lrge", "ofl:maker/panel has no mode 'Lrge'; did you mean 'Large'?"),
    ("ofl:maker/panel#", "has no mode ''; there are Small (2 slots), Large (6 slots)"),
    ("ofl:maker/panel", "has 2 modes; write 'ofl:maker/panel#' and one of: Small (2 slots), Large (6 slots)"),
    ("fixture/par.qxf", "no fixture file 'fixture/par.qxf'; did you mean 'fixtures/par.qxf'?"),
    ("zzz.json", "no fixture file 'zzz.json'; 'showctl fixtures' lists what is found, and where"),
    ("bad.qxf#x", "bad.qxf: a 'a', not a FixtureDefinition of QLC+"),
    ("generic/rgbv", "no profile 'generic/rgbv'; did you mean 'generic/rgb'?"),
    ("generic/rgb#4ch", "no profile 'generic/rgb#4ch'; did you mean 'generic/rgb'?"),
])
def test_a_wrong_profile_is_said_in_its_place(profile: str, said: str) -> None:
    (problem,) = check(profile).problems
    assert (problem.line, problem.column) == (4, 16)
    assert said in problem.message


@pytest.mark.parametrize("mode", ["Large", "large", "6ch", "6CH"])
def test_a_mode_goes_by_either_name(mode: str) -> None:
    found = check(f"ofl:maker/panel#{mode}").sheet
    assert found is not None
    assert found.profiles["a"].footprint == 6


def test_a_lamp_that_no_look_lights_is_warned_of() -> None:
    (warning,) = check("fog.qxf").warnings
    assert str(warning) == "x.yaml:4:7: nothing in fog.qxf can be dimmed; no look lights it"


def test_a_look_asks_no_more_than_the_lamp_can() -> None:
    found = sheet.check(SHOW.replace("2700K", "2000K"), "x.yaml", None, None, (), LIBRARY)
    assert [each.message for each in found.problems] == [
        "'a' cannot: ofl:maker/panel#large makes 2700K to 6500K"]


def test_too_many_files_are_refused_before_they_are_kept() -> None:
    class Endless:
        def __call__(self, name: str) -> bytes:
            return PAR.encode() + b" " * (1 << 20 >> 1)

        def names(self) -> Iterable[str]:
            return ()

    shelf = Shelf(Endless())
    for number in range(15):
        shelf.profile(f"{number}.qxf")
    with pytest.raises(ValueError, match="more than 8 MB together"):
        shelf.profile("one-more.qxf")
    assert sum(map(len, shelf.used.values())) <= ALL_BYTES_MAX


def test_the_page_reads() -> None:
    page = (Path(__file__).parents[1] / "docs" / "fixtures.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    par, panel = PAR.replace('"RGB"', '"4 Channel"'), json.dumps(PANEL).replace("2ch", "CCT 8bit")
    library = Embedded({"ofl:lupo/superpanel-dual-color-60": panel, "fixtures/our-par.qxf": par})
    found = sheet.check(f"show: X\nconnections: {{panels: {{driver: artnet}}}}\n{example}", library=library)
    assert found.problems == ()
    assert len(found.fixtures) == 2


# ---- what leaves ----

def library_sheet() -> sheet.CueSheet:
    return sheet.read(SHOW, "x.yaml", None, None, (), LIBRARY)


def test_held_slots_stand_from_the_first_frame() -> None:
    """SEMANTICS 16: nothing before the first look; then everything, also what no look moves."""
    show = Show(library_sheet(), 0)
    (first,) = [each for each in show.start().frames if isinstance(each, DmxFrame)]
    assert first.slots[:6].hex() == "c8 ffff ff 00 4d".replace(" ", "")
    assert first.slots[100:103] == bytes(3)          # the colour is there, its level is not
    assert not any(first.slots[6:100] + first.slots[103:])


def test_a_virtual_dimmer_dims_what_shines() -> None:
    """A level of 0 must not swing the lamp to its end stop."""
    pan = PAR.replace('"Fog"', '"Fog" Preset="PositionPan"').replace('"2">B', '"2">Fog')
    found = sheet.check(SHOW.replace("red", "50%"), "x.yaml", library=Embedded({
        "ofl:maker/panel": json.dumps(PANEL), "fixtures/par.qxf": pan})).sheet
    assert found is not None
    dims = {found.parameters[each.parameter].attribute: each.dimmed_by for each in found.patch if each.slot > 100}
    assert dims == {"red": dims["green"], "green": dims["green"], "pan": None}
    assert dims["green"] is not None


def test_the_same_mistake_is_looked_at_once() -> None:
    class Counted(Embedded):
        asked = 0

        def names(self) -> Iterable[str]:
            self.asked += 1
            return ()

    library = Counted({})
    shelf = Shelf(library)
    for name in [f"{number % 50}.qxf" for number in range(200)]:
        with pytest.raises(ValueError, match="no fixture file"):
            shelf.profile(name)
    assert library.asked == 20


def test_a_lamp_is_seen_as_it_was_told() -> None:
    read = library_sheet()
    lamp, par = seen.lights(read, {"panels": {"0": (b"\xc8\x80\x00\xff\0\x4d" + bytes(94) + b"\xff\0\0").hex()}})
    assert lamp is not None
    assert (lamp.percent, lamp.kelvin) == (50, 2700)
    assert par is not None
    assert par.colour == (255, 0, 0)


@pytest.mark.parametrize("many", [1, 10_000])
def test_slots_that_run_downward_are_the_same_both_ways(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """CORE 8: the wide path of numpy and the integers one by one give the same bytes."""
    monkeypatch.setattr(render, "MANY", many)
    renderer = Renderer(library_sheet())
    cct = 1
    renderer.apply(0, [Fade("show", ((0, LEVEL_MAX), (cct, 6_500_000)), 0, 0)])
    renderer.render(0)
    renderer.apply(1, [Fade("show", ((cct, 2_700_000),), 1, 1_000_000_000)])
    slots = []
    while renderer.due_ns is not None:
        slots += [each.slots[3] for each in renderer.render(renderer.due_ns) if isinstance(each, DmxFrame)]
    assert slots == sorted(slots)
    assert slots[0] <= 6
    assert slots[-1] == 255
    assert len(slots) > 40


# ---- the recording ----

def test_a_recording_brings_its_fixture_files_along() -> None:
    """CORE 1: a journal embeds the profiles; without them it cannot be repeated."""
    found = sheet.check(SHOW, "x.yaml", None, None, (), LIBRARY)
    assert sorted(found.fixtures) == ["fixtures/par.qxf", "ofl:maker/panel"]
    bundle = json.loads(json.dumps(sheet.bundle(SHOW, "x.yaml", None, (), found.fixtures)))
    assert sheet.read(**sheet.unbundle(bundle)) == found.sheet

    assert found.sheet is not None
    show = Show(found.sheet, 0)
    outcomes = [show.start(), show.run_until(1_000_000_000)]
    digest = show.digest()
    records: list[Any] = [Header("Library", 0, bundle, {}, ""), *(each for one in outcomes for each in one.records)]
    records.append(End(1_000_000_000, digest.frames, digest.value, ""))
    lines = [(number, trace.encode(record)) for number, record in enumerate(records, 1)]
    assert replay(lines, lambda kept: sheet.read(**sheet.unbundle(kept))).difference is None

    with pytest.raises(sheet.SheetError, match="no fixture file 'ofl:maker/panel'"):
        sheet.read(**sheet.unbundle({**bundle, "fixtures": {}}))


def test_a_sheet_without_files_is_recorded_as_ever() -> None:
    assert "fixtures" not in sheet.bundle("show: X\n", "x.yaml")


def test_built_in_profiles_need_no_library() -> None:
    assert Shelf().profile("generic/rgb") is profiles.find("generic/rgb")
