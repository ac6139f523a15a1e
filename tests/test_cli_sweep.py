"""``showctl sweep``, ``walk`` and ``rehearse --mutate`` as people call them."""

import json
from pathlib import Path

import pytest

from showctl import cli

SHEETS = Path(__file__).parents[1] / "cuesheets"
SHOP, MINIMAL = str(SHEETS / "corner-shop.yaml"), str(SHEETS / "minimal.yaml")
PROMISES = "rules:\n  - never: left above 60%\n"


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """The smallest sheet, promising what its second cue breaks."""
    file = tmp_path / "reading.yaml"
    file.write_text(Path(MINIMAL).read_text(encoding="utf-8") + PROMISES, encoding="utf-8")
    return str(file)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_sweep_that_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run(capsys, "sweep", SHOP, "--faults", "gone,released", "--seeds", "12",
                          "--jobs", "1", "--hours", "0.1")
    assert status == 0
    lines = said.splitlines()
    assert {line.split()[0] for line in lines} - {"note:"} == {"gone", "released", "12"}
    assert lines[-1].startswith("12 runs over 12 of ")
    assert lines[-1].endswith("all fine")


def test_a_sweep_is_the_same_however_it_is_shared(capsys: pytest.CaptureFixture[str]) -> None:
    said = [run(capsys, "sweep", MINIMAL, "--seeds", "12", "--jobs", jobs, "--hours", "0.1", "--json") for jobs in "12"]
    assert said[0] == said[1]
    values = json.loads(said[0][1])
    assert [each["seed"] for each in values["runs"]] == list(range(12))
    assert set(values["runs"][0]) == {
        "seed", "fault", "of", "region", "state", "steps", "digest", "answer", "breach"}


def test_what_a_sweep_finds_is_written_and_repeated(
    capsys: pytest.CaptureFixture[str], broken: str, tmp_path: Path
) -> None:
    """The command that is printed finds it again; the file fails when rehearsed, and says where."""
    options = ("--jobs", "1", "--hours", "0.1", "--out", str(tmp_path))
    status, said, _ = run(capsys, "sweep", broken, "--faults", "late", "--seeds", "6", *options)
    assert status == 1
    assert "never: left above 60%" in said
    file, _, rest = next(line for line in said.splitlines() if "steps are enough" in line).partition(": ")
    command = rest.rpartition(": ")[2].split()
    assert command[:2] == ["showctl", "sweep"]
    again, seen, _ = run(capsys, *command[1:], "--jobs", "1", "--out", str(tmp_path))
    assert again == 1
    assert "never: left above 60%" in seen
    status, said, _ = run(capsys, "rehearse", broken, file)
    assert status == 1
    assert "FAILED" in said
    assert "never: left above 60%" in said


def test_a_walk(capsys: pytest.CaptureFixture[str], broken: str, tmp_path: Path) -> None:
    fine = run(capsys, "walk", MINIMAL, "--seed", "7", "--hours", "0.2", "--jobs", "1")
    assert fine[0] == 0
    assert fine[1].startswith("seed 7: ")
    assert "reached: 1 of 2 states" in fine[1] or "reached: 2 of 2 states" in fine[1]
    status, said, _ = run(capsys, "walk", broken, "--walks", "4", "--hours", "0.2",
                          "--jobs", "1", "--out", str(tmp_path))
    assert status == 1
    assert "never: left above 60%" in said
    assert list(tmp_path.glob("reading.walk-*.yaml"))
    values = json.loads(run(capsys, "walk", MINIMAL, "--hours", "0.1", "--jobs", "1", "--json")[1])
    assert values["walks"][0]["breach"] is None


def test_mutants(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The score, the survivors, a threshold, and an argument beside the sheet."""
    sheet = tmp_path / "reading.yaml"
    sheet.write_text(Path(MINIMAL).read_text(encoding="utf-8"), encoding="utf-8")
    test = tmp_path / "go.yaml"
    test.write_text("rehearsal: GO\nsteps:\n  - go: tablet\n  - expect: {running: 2, left: 70%, within: 8 s}\n")
    options = ("rehearse", str(sheet), str(test), "--mutate", "--jobs", "1")
    status, said, _ = run(capsys, *options)
    assert status == 0
    survivors = [line.removeprefix("survives: ") for line in said.splitlines() if line.startswith("survives: ")]
    assert "cue 3: fade 2 s → 4 s" in survivors
    assert said.splitlines()[-1].startswith("mutants: ")
    assert run(capsys, *options, "--at-least", "99")[0] == 1
    (tmp_path / "reading.equivalent.yaml").write_text(
        "".join(f"{json.dumps(name, ensure_ascii=False)}: an argument\n" for name in survivors), encoding="utf-8")
    status, said, _ = run(capsys, *options, "--at-least", "100")
    assert status == 0
    assert f"100.0 %; {len(survivors)} argued to be equivalent" in said
    values = json.loads(run(capsys, *options, "--json")[1])
    assert values["permille"] == 1000
    assert values["survivors"] == []


@pytest.mark.parametrize(("arguments", "words"), [
    (("sweep", MINIMAL, "--faults", "gon"), "no fault 'gon'"),
    (("sweep", MINIMAL, "--faults", "flapping"), "can be flapping"),
    (("walk", "nowhere.yaml"), "nowhere.yaml"),
])
def test_a_wrong_command_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    status, _, said = run(capsys, *arguments)
    assert status == 2
    assert words in said


@pytest.mark.parametrize("arguments", [
    ("sweep", MINIMAL, "--hours", "0"), ("walk", MINIMAL, "--hours", "many"), ("sweep", MINIMAL, "--seeds", "-3"),
])
def test_a_number_that_is_none(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
