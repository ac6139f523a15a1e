"""The schema and the written language are what the reader reads; rewritten by ``pytest --rewrite``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from showctl import driver, sheet
from showctl.sheet.reference import reference
from showctl.sheet.text import parse
from tests.sheet_room import ROOM

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cue-sheet.md"
HEADING = "## Reference\n\n"
SHEETS = sorted((ROOT / "cuesheets").glob("*.yaml"))


def test_the_reference_is_the_models(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    words, heading, written = page.partition(HEADING)
    made = reference({name: driver.load(name).Config for name in driver.names()})
    if request.config.getoption("--rewrite"):
        PAGE.write_text(words + heading + made, encoding="utf-8")
        written = made
    assert written == made


def test_every_key_is_described() -> None:
    for line in PAGE.read_text(encoding="utf-8").partition(HEADING)[2].splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert all(cells), line


def examples() -> Iterator[str]:
    yield from re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_first_example_is_a_whole_show() -> None:
    first = next(examples())
    assert first == (ROOT / "cuesheets" / "minimal.yaml").read_text()


def test_the_second_example_reads() -> None:
    _, states, *_ = examples()
    numbers = [1, 2, 3, 4, 5, 6, 10, 11, 20, 40]
    room = ROOM.replace(
        "  ask: {", "  seated: {all: [door, seat]}\n  lights-up: {button: Up}\n  skip: {button: Skip}\n  ask: {"
    )
    looks = "looks:\n  safe: {all: 70%}\ncues:\n" + "".join(f"  {number}: {{}}\n" for number in numbers)
    cart = "  cart:\n    parked: {on: {ask: stopped}}\n    stopped: {fail: true, on: {ask: parked}}\n"
    found = sheet.check(room + looks + states + cart, "page.yaml")
    assert found.problems == ()
    assert found.sheet is not None
    assert list(found.sheet.regions) == ["evening", "cart"]


def test_the_example_of_effects_reads() -> None:
    effects = next(each for each in examples() if each.startswith("effects:"))
    fixtures = "".join(f"  s{at}: {{profile: generic/rgb, to: panels, at: 2/{1 + 3 * at}}}\n" for at in range(4))
    room = ROOM.replace("groups:\n", f"{fixtures}groups:\n  strip: [s0, s1, s2, s3]\n  room: [a, b]\n")
    found = sheet.check(room + effects, "page.yaml")
    assert (found.problems, found.warnings) == ((), ())


# ---- the schema ----


def numbers_as_numbers(data: Any) -> Any:
    """What an editor's YAML parser sees: ``0.10`` is a number to it."""
    if isinstance(data, dict):
        return {key: numbers_as_numbers(value) for key, value in data.items()}
    if isinstance(data, list):
        return [numbers_as_numbers(value) for value in data]
    if isinstance(data, str) and re.fullmatch(r"\d+(\.\d+)?", data):
        return float(data) if "." in data else int(data)
    return data


@pytest.mark.parametrize("file", SHEETS, ids=lambda file: file.name)
def test_the_schema_takes_the_shipped_sheets_core_12(file: Path) -> None:
    """CORE 12: the JSON Schema accepts numbers too."""
    tree, _ = parse(file.read_text(), file.name)
    assert tree is not None
    schema = sheet.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for data in (tree.data, numbers_as_numbers(tree.data)):
        jsonschema.Draft202012Validator(schema).validate(data)


@pytest.mark.parametrize(
    "more",
    [
        "cues: {1: {fdae: 3 s}}",
        "fixtures: {x: {to: panels}}",
        "states: {show: {safe: {fial: true}}}",
        "triggers: {x: {confirm: yes}}",
        "cues: {1: {hazard: bites}}",
        "rules: [music]",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(more: str) -> None:
    tree, _ = parse(f"show: X\n{more}\n", "x.yaml")
    assert tree is not None
    assert not jsonschema.Draft202012Validator(sheet.schema()).is_valid(tree.data)
    assert sheet.check(f"show: X\n{more}\n").problems
