"""The house: its walls hold, and each is seen to catch a breach; sizes, names, pages and words are as agreed."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
PACKAGES = ("showctl", "drivers/showctl_drivers", "sim/showctl_sim")
SOURCES = sorted(file for package in PACKAGES for file in (HOUSE / package).rglob("*.py"))

FUNCTION_LINES_MAX = 45
FILE_LINES_MAX = 400
LONGER = {
    "showctl/model.py": 920,     # every noun in one place
    "showctl/verbs.py": 500,     # every verb in one place
    "showctl/sheet/models.py": 440,    # every section of a sheet in one place
    "showctl/runs.py": 500,      # every way a cue runs
}
CORE_FROM = "show"       # this floor and all below it

DRIVERS_MAY_KNOW = {"model", "errors", "codec", "driver", "units", "chance"}
FLAT_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc|base|manager)(?:_|$)")
FLAT_CLASSES = re.compile(r"(?:Manager|Helper|Utils?|Base|Abstract\w*|Impl)$")
REGISTRY = re.compile(r"https?://[^\s\"')]*(?:pypi|pythonhosted|artifactory|nexus|devpi|simple/)", re.IGNORECASE)
ORPHAN = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\([\w-]+\))")


@lru_cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def name(file: Path) -> str:
    return str(file.relative_to(HOUSE))


# ---- walls ----

def contracts() -> list[dict[str, object]]:
    tools = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]
    found: list[dict[str, object]] = tools["importlinter"]["contracts"]
    return found


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(house / part) for part in ("", "drivers", "sim"))
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=house, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=60, check=False)


BREACHES = {
    "showctl/fade.py": "import time",
    "showctl/show.py": "import showctl.sheet",
    "showctl/model.py": "import showctl.engine",
    "showctl/render.py": "import showctl.normalise",
    "showctl/clock.py": "import showctl_drivers.artnet",
    "showctl/replay.py": "import showctl_sim.rig",
    "drivers/showctl_drivers/artnet.py": "import showctl_drivers.midi",
    "drivers/showctl_drivers/osc.py": "import showctl_sim.rig",
    "sim/showctl_sim/panels.py": "import showctl.journal",
    "showctl/newroom.py": "",
}
CAUGHT = (
    "showctl.fade -> time", "showctl.show -> showctl.sheet", "showctl.model -> showctl.engine",
    "showctl.render -> showctl.normalise", "showctl.clock -> showctl_drivers.artnet",
    "showctl.replay -> showctl_sim.rig", "showctl_drivers.artnet -> showctl_drivers.midi",
    "showctl_drivers.osc -> showctl_sim.rig", "showctl_sim.panels -> showctl.journal",
)


def test_the_walls_hold() -> None:
    """CORE, Walls that hold."""
    result = lint(HOUSE)
    assert result.returncode == 0, result.stdout


def test_planted_breaches_are_caught(tmp_path: Path) -> None:
    """Each import that points the wrong way is named, and a new file without a floor is."""
    for package in PACKAGES:
        shutil.copytree(HOUSE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    (tmp_path / "showctl/newroom.py").write_text("")
    homeless = lint(tmp_path)
    assert homeless.returncode == 1
    assert "- showctl.newroom" in homeless.stdout
    (tmp_path / "showctl/newroom.py").unlink()
    for file, line in BREACHES.items():
        if line:
            with (tmp_path / file).open("a") as source:
                source.write(f"\n{line}\n")
    found = lint(tmp_path)
    assert found.returncode == 1
    assert [each for each in CAUGHT if each not in found.stdout] == []


def test_the_core_is_the_core() -> None:
    """No room at or below ``show`` is missing in the contract that keeps clocks out."""
    house, core = contracts()[:2]
    layers = house["layers"]
    assert isinstance(layers, list)
    below = layers[layers.index(CORE_FROM):]
    rooms = {f"showctl.{room.strip(' ()')}" for layer in below for room in layer.split("|")}
    assert rooms - set(core["source_modules"]) == set()    # type: ignore[call-overload]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "showctl":
            yield from (f"showctl.{each.name}" for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", [file for file in SOURCES if "showctl_drivers" in name(file)], ids=name)
def test_a_driver_knows_nouns_bytes_and_units(file: Path) -> None:
    rooms = {module.split(".")[1] for module in imported(file) if module.startswith("showctl.")}
    assert rooms - DRIVERS_MAY_KNOW == set()


# ---- the core's arithmetic ----

def divisions(file: Path) -> list[int]:
    operations = [node for node in ast.walk(tree(file)) if isinstance(node, ast.BinOp)]
    return [operation.lineno for operation in operations if isinstance(operation.op, ast.Div)]


def test_the_core_divides_whole_numbers() -> None:
    """CORE 8: a true division makes a float; only ``laws`` divides, and there Fractions."""
    rooms = [str(room).split(".")[1] for room in contracts()[1]["source_modules"]]     # type: ignore[attr-defined]
    files = [file for file in SOURCES if file.stem in rooms and file.parent.name == "showctl" and file.stem != "laws"]
    assert {name(file): lines for file in files if (lines := divisions(file))} == {}


def sets_walked(file: Path) -> list[int]:
    walks = [node.iter for node in ast.walk(tree(file)) if isinstance(node, (ast.For, ast.comprehension))]
    sets = ("set", "frozenset")
    return [walk.lineno for walk in walks if isinstance(walk, (ast.Set, ast.SetComp)) or called(walk) in sets]


def called(node: ast.expr) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def test_nobody_walks_a_set() -> None:
    """CORE 20: its order is another in each process."""
    assert {name(file): lines for file in SOURCES if (lines := sets_walked(file))} == {}


# ---- sizes and names ----

@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_a_file_is_read_in_one_sitting(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGER.get(name(file), FILE_LINES_MAX)


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_a_function_fits_on_a_screen(file: Path) -> None:
    functions = [node for node in ast.walk(tree(file)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lines = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {function: count for function, count in lines.items() if count > FUNCTION_LINES_MAX} == {}


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_names_say_what_a_thing_is(file: Path) -> None:
    assert not FLAT_NAMES.search(file.stem)
    classes = [node.name for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)]
    assert [each for each in classes if FLAT_CLASSES.search(each)] == []


# ---- words ----

def texts() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True, check=True)
    files = [HOUSE / line for line in listed.stdout.split("\0") if line]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:4096]]


def test_no_promise_without_an_owner() -> None:
    me = Path(__file__).resolve()
    found = {name(file) for file in texts() if file != me and ORPHAN.search(file.read_text(encoding="utf-8"))}
    assert found == set()


def test_nothing_names_a_machine_or_a_registry() -> None:
    me = Path(__file__).resolve()
    found = {name(file) for file in texts() if file != me
             and (REGISTRY.search(text := file.read_text(encoding="utf-8")) or re.search(r"/(?:root|home/\w+)/", text))}
    assert found == set()


def test_every_decision_is_on_the_list() -> None:
    pages = HOUSE / "docs" / "decisions"
    linked = re.findall(r"\]\(([\w-]+\.md)\)", (pages / "README.md").read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(page.name for page in pages.glob("*.md") if page.name != "README.md")


TOP = {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", "requirements.lock", ".gitignore"}


def test_a_new_file_at_the_top_needs_a_page() -> None:
    assert {name(file) for file in texts() if file.parent == HOUSE} - TOP == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [each for extra in project["optional-dependencies"].values() for each in extra]
    names = [re.split(r"[<>=!~;\s\[]", each)[0] for each in wanted]
    page = (HOUSE / "docs/decisions/dependencies.md").read_text(encoding="utf-8")
    lock = (HOUSE / "requirements.lock").read_text()
    assert [each for each in names if f"| {each.lower()}" not in page.lower()] == []
    assert [each for each in names if f"{each.lower()}==" not in lock] == []
