"""What README says is so: its links, its sheet, its commands, and what it promises of `make`."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from showctl import cli

HOUSE = Path(__file__).parents[1]
README = (HOUSE / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
SHOWCTL = [command for command in COMMANDS if command.startswith(".venv/bin/showctl")]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the reader has it: the sheets, and the sheet of README saved as reading.yaml."""
    (tmp_path / "cuesheets").symlink_to(HOUSE / "cuesheets")
    sheet, = (block for kind, block in BLOCKS if kind == "yaml")
    (tmp_path / "reading.yaml").write_text(sheet)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def showctl(command: str) -> int:
    words = shlex.split(command.split(">")[0])[1:]
    return cli.main(words)


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [each for each in targets if not (HOUSE / each).exists()] == []


def test_make_knows_what_readme_names() -> None:
    targets = re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE)
    named = [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert named == ["show", "test"]
    assert set(named) <= set(targets)


@pytest.mark.parametrize("command", [each for each in SHOWCTL if " run " not in each and " replay " not in each])
def test_the_commands_that_look(room: Path, command: str) -> None:
    assert showctl(command) == 0


def test_a_misspelling_is_told_with_its_place(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = room / "reading.yaml"
    sheet.write_text(sheet.read_text().replace("{left: 70%", "{lefft: 70%"))
    assert showctl(".venv/bin/showctl check reading.yaml") == 1
    assert re.search(r"reading\.yaml:6:\d+: .*did you mean 'left'\?", capsys.readouterr().out)


def test_the_run_is_repeated(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sheet runs on its rig for a moment, and its recording repeats."""
    run, replay = (each for each in SHOWCTL if "evening.jsonl" in each)
    assert showctl(re.sub(r"--for \S+", "--for 500ms", run)) == 0
    assert showctl(replay) == 0
    assert "identical" in capsys.readouterr().out


def test_the_sheet_of_readme_runs_on_a_rig(room: Path) -> None:
    run = next(each for each in SHOWCTL if "run reading.yaml" in each)
    assert showctl(f"{run} --for 300ms --journal reading.jsonl") == 0


def test_the_promises_about_packages() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    assert any(each.startswith("aiomqtt") for each in project["dependencies"])
    assert not any("asyncio-mqtt" in each for each in project["dependencies"])
    assert set(project["optional-dependencies"]) == {"broker", "dask", "midi"}
    assert project["requires-python"] == ">=3.11"
