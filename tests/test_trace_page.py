"""docs/trace.md says what is written: kinds, order of keys, one of each that reads back to the same bytes."""

import json
import re
from dataclasses import fields
from pathlib import Path

from showctl import trace
from showctl.cli_trace import MAX_GAP
from showctl.model import Digest, Event, Move, Skip, Step, Trigger
from showctl.trace import End, Header, Note, Record, Snapshot, Taken

PAGE = (Path(__file__).parents[1] / "docs" / "trace.md").read_text(encoding="utf-8")

FULL: tuple[Record, ...] = (
    Header("One", 1, {"sheet": 1}, {"showctl": "1"}, "2026-01-31T18:30:20Z", 2),
    Snapshot(1, {"a": 1}),
    Taken(1, Trigger("tablets", "/go", (1.0, b"\x00"), "10.0.0.1:9", True, 7, 5)),
    Step(1, 2, Event("edge", "door", True), (Move("show", "a", "b", ("a",), ("b",)),), ("1",), ("2",),
         (trace.Action.__args__[0]("show", ((0, 1),), 0, 1),), (("show", "3"),), ("words",), "no", True, ("note",)),
    Digest(1, 2, "ff"),
    Skip(1, 2, 3),
    Note(1, "alive", "words", {"a": 1}),
    End(1, 2, "ff", "cut"),
)
"""Each kind with everything in it."""


def table() -> dict[str, list[str]]:
    rows = re.search(r"\| first key \|.*?\n\n", PAGE, re.DOTALL)[0].splitlines()[2:]
    cells = [[re.findall(r"`(\w+)`", cell) for cell in row.split("|")[1:-1]] for row in rows if row]
    return {kind[0]: keys for kind, _, keys in cells}


def test_every_kind_and_key_is_on_the_page_in_its_order():
    written = {}
    for record in FULL:
        kind, *keys = json.loads(trace.encode(record))
        written[kind] = keys
    assert table() == written
    assert len(FULL) == len(Record.__args__)
    assert [field.name for field in fields(Trigger)] == written["input"]


def test_the_examples_read_back_to_the_same_bytes():
    lines = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
    assert [next(iter(json.loads(line))) for line in lines] == list(table())
    for line in lines:
        again = trace.encode(trace.decode(line))
        assert again.replace("\\u2026", "…") == line


def test_the_format_and_the_default_gap_are_named():
    assert f"format {trace.FORMAT}" in PAGE.splitlines()[0]
    assert f"`--max-gap` ({MAX_GAP})" in PAGE


def test_every_topic_of_a_note_is_named():
    sources = Path(trace.__file__).parent.glob("*.py")
    calls = re.compile(r"(?:_note|\bnote|Note)\((?:\d, )?\"([\w ]+)\"")
    found = {topic for file in sources for topic in calls.findall(file.read_text())}
    assert found == set(re.findall(r"`([\w ]+)`", re.search(r"Topics: .*", PAGE)[0]))
