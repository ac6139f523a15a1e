"""``showctl rehearse`` as people use it, the coverage it prints, JSON, JUnit, and plain pytest."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from showctl import sheet as sheet_reader
from showctl.cli import main
from showctl_sim import coverage, rehearsal
from showctl_sim.rehearsal import telling
from tests.sim.test_rehearsal import BENCH, ROOM, TO_TWO, play

HOUSE = Path(__file__).parents[2]
CUESHEETS = HOUSE / "cuesheets"
SHEETS = [sheet.stem for sheet in sorted(CUESHEETS.glob("*.yaml"))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A show's repository: a sheet, one rehearsal that holds and one that does not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bench.yaml").write_text(ROOM + "rules:\n  - never: music above -15 dB\n")
    beside = tmp_path / "bench.rehearsals"
    beside.mkdir()
    (beside / "fine.yaml").write_text("rehearsal: All is well\nsteps: [wait: 1 s, expect: {show: one}]\n")
    (beside / "wrong.yaml").write_text(
        "rehearsal: <Nothing> is & well\nsteps:\n  - go: {after: 2 s}\n"
        "  - expect: {show: three, key: 80%, within: 3 s}\n  - expect: {panic: true}\n")
    return tmp_path


# ---- the command ----

def test_what_it_prints(folder, capsys, golden) -> None:
    assert main(["rehearse", "bench.yaml"]) == 1
    golden("rehearse.txt", capsys.readouterr().out)


def test_it_is_fine_where_all_holds(folder, capsys) -> None:
    assert main(["rehearse", "bench.yaml", "bench.rehearsals/fine.yaml"]) == 0
    assert capsys.readouterr().out.startswith("passed  bench.rehearsals/fine.yaml: All is well (2 steps, 0:01)\n")


def test_json_and_junit(folder, capsys) -> None:
    assert main(["rehearse", "bench.yaml", "--json", "--junit", "out.xml"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["passed"] for each in told["rehearsals"]] == [True, False]
    assert told["rehearsals"][1]["failures"][0]["line"] == 4
    assert told["coverage"]["fail states"] == {"reached": 0, "of": 2, "missed": ["show/safe", "side/halt"]}
    suite = ElementTree.parse(folder / "out.xml").getroot()
    assert suite.attrib == {"name": "Bench", "tests": "2", "failures": "1"}
    assert [case.attrib["name"] for case in suite] == ["All is well", "<Nothing> is & well"]
    assert "expected show: three within 3 s, got two" in suite[1][0].attrib["message"]


def test_mistakes_of_every_rehearsal_are_told_at_once(folder, capsys) -> None:
    for name in ("fine", "wrong"):
        (folder / "bench.rehearsals" / f"{name}.yaml").write_text("rehearsal: x\nsteps: [{goo: foh}]\n")
    assert main(["rehearse", "bench.yaml"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"bench.rehearsals/{name}.yaml:2:10: no verb 'goo'; did you mean 'go'?" for name in ("fine", "wrong")]


@pytest.mark.parametrize("arguments", [["nothing.yaml"], ["bench.yaml", "nowhere.yaml"], ["alone.yaml"],
                                       ["bench.yaml", "empty"], ["bench.yaml", "--junit", "no/such/out.xml"]])
def test_what_is_not_there_is_usage(folder, capsys, arguments) -> None:
    (folder / "alone.yaml").write_text(ROOM)
    (folder / "empty").mkdir()
    assert main(["rehearse", *arguments]) == 2
    assert capsys.readouterr().err.startswith("showctl: ")


def test_a_rehearsal_may_name_its_venue(folder, capsys) -> None:
    (folder / "hall.yaml").write_text("stations: {foh: {from: tablets, host: 10.0.0.99}}\n")
    (folder / "bench.rehearsals" / "wrong.yaml").write_text(
        "rehearsal: In the hall\nvenue: ../hall.yaml\nsteps: [{go: 10.0.0.99}, expect: {show: two}]\n")
    assert main(["rehearse", "bench.yaml"]) == 0
    assert main(["rehearse", "bench.yaml", "--set", "cues.1.fade=1 s"]) == 0


# ---- shipped ----

@pytest.mark.parametrize("name", SHEETS)
def test_shipped_rehearsals_hold_and_reach_everything(name) -> None:
    """At least four for each sheet; every state, transition, cue, trigger and fail state."""
    sheet = sheet_reader.read((CUESHEETS / f"{name}.yaml").read_text(), name)
    files = sorted((CUESHEETS / f"{name}.rehearsals").glob("*.yaml"))
    results = [rehearsal.run(rehearsal.read(file.read_text(), file.name, sheet), sheet) for file in files]
    assert [line for result in results if not result.passed for line in telling.lines(result)] == []
    assert len(results) >= 4
    reached = sum((result.coverage for result in results), coverage.nothing(sheet))
    assert {kind: reached.missed(kind) for kind in coverage.KINDS} == dict.fromkeys(coverage.KINDS, ())


SAME = """
import sys
from pathlib import Path
from showctl import sheet, trace
from showctl_sim import rehearsal
from showctl_sim.rehearsal import telling
sheet = sheet.read(Path(sys.argv[1]).read_text(), "sheet.yaml")
for file in sorted(Path(sys.argv[1]).with_suffix(".rehearsals").glob("*.yaml")):
    result = rehearsal.run(rehearsal.read(file.read_text(), file.name, sheet), sheet, seed=7)
    print(*telling.lines(result), result.moments, result.performance.show.digest())
    print(hash(tuple(len(trace.encode(record)) for record in result.performance.records)))
"""


def test_the_same_bytes_in_every_process() -> None:
    """CORE 20: whatever the hash seed."""
    told = [run(["-c", SAME, str(CUESHEETS / "corner-shop.yaml")], PYTHONHASHSEED=seed).stdout for seed in ("0", "77")]
    assert told[0].count("Digest") >= 4
    assert told[0] == told[1]


def run(arguments, **environment):
    paths = os.pathsep.join(str(HOUSE / part) for part in ("", "drivers", "sim"))
    return subprocess.run([sys.executable, *arguments], env=os.environ | {"PYTHONPATH": paths} | environment,
                          capture_output=True, text=True, timeout=60, check=False)


# ---- coverage ----

def test_coverage_counts_lines_by_what_came_of_them() -> None:
    result = play([*TO_TWO, "set: {door: true}", "wait: 1 s", "press: bell", "lost: mixer", "wait: 31 s",
                   "press: {skip: foh}"])
    reached = {name for name, count in result.coverage.seen["transitions"].items() if count}
    assert reached == {
        "show/one: go → two", "show/two: door → cue 40", "show/two: bell → three",
        "show/anywhere: lost:mixer → say mixer is lost", "show/three: after its time (1) → say Time flies",
        "show/three: skip → one",
    }
    assert result.coverage.counts("states") == (4, 7)
    assert result.coverage.counts("fail states") == (0, 2)


def test_coverage_sees_what_was_true_already_at_entry() -> None:
    """SEMANTICS 18: ``when`` is tested at entry, and the step names only what came before it."""
    result = play(["set: {door: true}", "set: {seat: true}", "wait: 5 s", "go", "press: bell"])
    assert result.coverage.seen["transitions"]["show/three: both → one"] == 1
    assert not result.coverage.complete


def test_a_refused_line_is_not_reached() -> None:
    result = play([*TO_TWO, "press: {water: foh, after: 7 s}", "go", "go: {after: 1 s}"])
    assert result.coverage.seen["transitions"]["show/two: go → three"] == 0
    assert coverage.nothing(BENCH).counts("transitions")[0] == 0


# ---- pytest ----

def test_plain_pytest_rehearses(folder) -> None:
    told = run(["-m", "pytest", "-p", "showctl_sim.pytest_plugin", "-p", "no:cacheprovider", "-c", os.devnull,
                "--rootdir", str(folder), str(folder)], PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert told.returncode == 1
    assert "1 failed, 1 passed" in told.stdout
    assert "wrong.yaml:4:14: at 0:05 expected show: three within 3 s, got two" in told.stdout
    assert "Traceback" not in told.stdout
    assert "rehearsed: bench.yaml" in told.stdout


def test_pytest_finds_the_plugin() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"showctl": "showctl_sim.pytest_plugin"}
