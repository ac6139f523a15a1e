"""``showctl fixtures`` as people use it, and a run whose fixture files are gone when it is replayed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from showctl import cli
from showctl.fixtures import found
from showctl.fixtures.found import VARIABLE
from tests.test_cli import free_port, process
from tests.test_fixtures import FOG, PANEL, PAR

GENERIC = {name: {"capability": {"type": "Generic", "comment": comment}, "fineChannelAliases": [f"{name} fine"]}
           for name, comment in (("Hue", "0…360°"), ("Saturation", "0…100%"), ("Cross", "CCT … Color Mix"))}
COLOURS = json.dumps({
    "availableChannels": GENERIC | {
        "Dimmer": {"capability": {"type": "Intensity"}},
        "CCT": {"capability": {"type": "ColorTemperature", "colorTemperatureStart": "2800K",
                               "colorTemperatureEnd": "10000K"}},
    } | {name: {"capability": {"type": "ColorIntensity", "color": name}}
         for name in ("Cyan", "Magenta", "Yellow", "Red")},
    "modes": [
        {"name": "HSI", "channels": ["Dimmer", "Hue", "Hue fine", "Cross", "Saturation", "CCT", "Red"]},
        {"name": "CMY", "channels": ["Cyan", "Magenta", "Yellow"]},
        {"name": "Hue", "channels": ["Dimmer", "Hue"]},
    ],
})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(found, "INSTALLED", tmp_path / "gone")
    (tmp_path / "fixtures" / "maker").mkdir(parents=True)
    (tmp_path / "fixtures" / "maker" / "panel.json").write_text(json.dumps(PANEL))
    for name, text in {"par": PAR, "fog": FOG.replace('"RGB"', '"a: [b]"'), "broken": "<a/>"}.items():
        (tmp_path / "fixtures" / f"{name}.qxf").write_text(text)
    return tmp_path


def test_a_file_shows_its_modes_and_what_looks_can_say(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "MAKER", "pan"]) == 0
    assert capsys.readouterr().out == """\
ofl:maker/panel#Small: 2 slots: intensity, cct 2700K to 6500K
    looks say: 70%; 2700K to 6500K, gels that are white
ofl:maker/panel#Large: 6 slots: intensity (16 bit), cct 2700K to 6500K
    looks say: 70%; 2700K to 6500K, gels that are white
    slot 1: 'Shutter' stays at 200 (open)
    slot 6: 'Fan' stays at 77 (maintenance)
"""


def test_hue_and_saturation_and_flags_go_by_their_own_names(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fixtures" / "maker" / "turns.json").write_text(COLOURS)
    assert cli.main(["fixtures", "turns"]) == 0
    assert capsys.readouterr().out == """\
ofl:maker/turns#HSI: 7 slots: intensity, hue (16 bit), saturation, cct 2800K to 10000K
    looks say: 70%; colours, gels and xy; 2800K to 10000K with tint; blue=40%, and so red, green
    slot 2: 'hue' is worked out of red, green and blue
    slot 4: 'saturation' is worked out of red, green and blue
    slot 5: 'Saturation' stays at 255 (full: its crossfade mixes the white in)
    slot 7: 'Red' stays at 0 (dark: its hue and saturation make the colour)
ofl:maker/turns#CMY: 3 slots: intensity through its colours, cyan, magenta, yellow
    looks say: 70%; colours, gels and xy; 1000K to 15000K with tint; yellow=40%, and so cyan, magenta
    slots 1, 2, 3: cyan, magenta and yellow are what is taken of red, green and blue
    without a dimmer a level brings all three in: as dark as they are together
ofl:maker/turns#Hue: 2 slots: intensity
    looks say: 70%
    slot 2: 'Hue' stays at 0 (0…360°)
"""
    assert cli.main(["fixtures", "turns", "--json"]) == 0
    turns, flags, plain = json.loads(capsys.readouterr().out)["profiles"]
    assert [each["colours"] for each in (turns, flags, plain)] == ["hue", "flags", "emitters"]
    assert turns["turns"] == [{"name": "hue", "offset": 1, "width": 2}, {"name": "saturation", "offset": 3, "width": 1}]


def test_a_name_is_shown_as_a_sheet_has_to_write_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "fog"]) == 0
    assert capsys.readouterr().out.startswith("'fog.qxf#a: [b]': 3 slots: intensity through its colours\n")


def test_without_a_word_it_says_what_is_built_in_and_where_more_is(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["fixtures"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "generic/panel-cct-16: 4 slots: intensity (16 bit), cct 2700K to 6500K (16 bit)" in lines
    assert "fixtures: 4 files; name a part of one to see its modes" in lines


def test_what_cannot_be_used_says_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "broken"]) == 1
    assert capsys.readouterr().out == "not usable: broken.qxf: a 'a', not a FixtureDefinition of QLC+\n"


def test_nothing_found_is_a_wrong_question(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "no", "such"]) == 2
    assert "no fixture has 'no such' in its name" in capsys.readouterr().err


def test_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "pa", ".qxf", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["unreadable"] == []
    (par,) = told["profiles"]
    assert (par["profile"], par["slots"], par["virtual_dimmer"]) == ("par.qxf#RGB", 3, True)
    assert par["attributes"][1]["at"] == [{"offset": 0, "width": 1}]


def test_a_run_is_replayed_without_the_files_it_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CORE 1: the recording embeds them."""
    sheet, record = here / "show.yaml", here / "run.jsonl"
    sheet.write_text(
        f"show: Library\nconnections: {{panels: {{driver: artnet, host: 127.0.0.1, port: {free_port()}}}}}\n"
        "fixtures:\n  a: {profile: ofl:maker/panel#Large, to: panels, at: 0/1}\n"
        "  b: {profile: fixtures/par.qxf, to: panels, at: 0/11}\ncues: {1: {look: {all: 50%}, fade: 200 ms}}\n")
    assert cli.main(["check", str(sheet)]) == 0
    with process("run", sheet, "--for", "400ms", "--journal", record) as child:
        _, said = child.communicate(timeout=30)
        assert child.returncode == 0, said
    shutil.rmtree(here / "fixtures")
    assert cli.main(["check", str(sheet)]) == 1
    assert "no fixture file 'ofl:maker/panel'" in capsys.readouterr().out
    assert cli.main(["replay", str(record)]) == 0
    assert "identical" in capsys.readouterr().out
