"""YAML text → data with places: YAML 1.2's meaning, limits, and hostile input (CORE 12)."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl.errors import SheetError
from showctl.sheet import check, decode
from showctl.sheet.text import DEPTH_MAX, KEY_MAX, Place, parse, unpack


def data_of(text: str) -> object:
    tree, problems = parse(text, "x.yaml")
    assert not problems
    assert tree is not None
    return tree.data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", "on"), ("yes", "yes"), ("off", "off"), ("12:30", "12:30"), ("010", "010"), ("0.10", "0.10"),
        ("1e3", "1e3"), ("2024-01-01", "2024-01-01"), ("0x1f", "0x1f"), (".nan", ".nan"), ("1_000", "1_000"),
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("'true'", "true"),
        ('"null"', "null"), ("|\n  two\n  lines", "two\nlines\n"),
    ],
)  # fmt: skip
def test_yaml_1_2_meaning(written: str, meant: object) -> None:
    """``on``, ``yes`` and ``12:30`` mean what they look like; only true, false and null are words."""
    assert data_of(f"key: {written}\n") == {"key": meant}


def test_keys_are_text_always() -> None:
    assert data_of("on: 1\ntrue: 2\n1.10: 3\n1.1: 4\n") == {"on": "1", "true": "2", "1.10": "3", "1.1": "4"}


def test_places() -> None:
    tree, _ = parse("a:\n  - b: [c, d]\n  - {e: f}\n", "x.yaml", source=3)
    assert tree is not None
    assert isinstance(tree.place, Place)
    key, below = tree.place.pieces["a"]
    assert unpack(key) == (3, 0, 0)
    assert isinstance(below, Place)
    first = below.pieces[0][1]
    assert isinstance(first, Place)
    listed = first.pieces["b"][1]
    assert isinstance(listed, Place)
    assert unpack(listed.mark) == (3, 1, 7)
    assert unpack(listed.pieces[1][0]) == (3, 1, 11)


BOMB = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))

HOSTILE = {
    "100 kB of brackets": ("[" * 100_000, f"more than {DEPTH_MAX} deep"),
    "100 kB of braces": ("{a: " * 30_000, f"more than {DEPTH_MAX} deep"),
    "100 kB of dashes": ("- " * 50_000, f"more than {DEPTH_MAX} deep"),
    "deep indents": ("".join(" " * i + "a:\n" for i in range(400)), f"more than {DEPTH_MAX} deep"),
    "aliases": (BOMB, "'&a' names a part for repeating"),
    "an alias": ("a: *b\n", "'*' repeats another part"),
    "a tag": ("a: !!python/object/apply:os.system [x]\n", "tags such as"),
    "a merge key": ("<<: {a: b}\n", "merge keys"),
    "two documents": ("a: b\n---\nc: d\n", "a second document"),
    "a NUL": ("show: \x00\n", "U+0000"),
    "an escape": ("show: \x1b[2J\n", "U+001B"),
    "half a pair": ("show: \ud800\n", "U+D800"),
    "a long key": ("x" * 1000 + ": b\n", f"at most {KEY_MAX} characters"),
    "a long key in quotes": ('"' + "x" * 100_000 + '": b\n', "longer than"),
    "a long value": ("a: " + "x" * 100_000 + "\n", "longer than"),
    "a map as a name": ("? {a: b}\n: c\n", "a name has to be text"),
    "the same name twice": ("show: A\nplanned: 1 h\nshow: B\n", "stands here twice; the first is in line 1"),
    "a bracket left open": ("a: [1, 2\nb: 3\n", "this bracket is not closed where line 2 begins anew"),
    "a tab": ("a:\n\tb: c\n", "indent with spaces"),
    "5 MB": ("# " + "x" * 5_000_000, "at most 4 MB"),
    "many pieces": ("[" + "a," * 600_000 + "]", "500,000 pieces"),
    "nothing but a list": ("- a\n- b\n", "a cue sheet is a map"),
    "nothing": ("", "a cue sheet is a map"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gives_one_clear_problem(name: str) -> None:
    text, said = HOSTILE[name]
    begun = perf_counter()
    found = check(text, "x.yaml")
    assert found.sheet is None
    assert [problem for problem in found.problems if said in problem.message], found.problems
    assert len(found.problems) <= 2
    assert all(len(str(problem)) < 400 and str(problem).isprintable() for problem in found.problems)
    assert perf_counter() - begun < 8  # a bound against blow-up, not a measure


MANY = {
    "12,000 cues with a wrong key": "cues:\n" + "".join(f"  {number}: {{fda: 1 s}}\n" for number in range(1, 12_000)),
    "12,000 cues with a wrong name": "cues:\n" + "".join(f"  {n}: {{look: {{a{n}: 1%}}}}\n" for n in range(1, 12_000)),
    "12,000 triggers that say nothing": "triggers:\n" + "".join(f"  a{n}: {{lockout: 1 s}}\n" for n in range(12_000)),
    "12,000 times one look that is wrong": "looks: {x: {a: 1%}}\ncues:\n"
    + "".join(f"  {n}: {{look: x}}\n" for n in range(1, 12_000)),
}


@pytest.mark.parametrize("name", MANY)
def test_many_problems_are_bounded(name: str) -> None:
    begun = perf_counter()
    found = check("show: X\n" + MANY[name], "x.yaml")
    assert 1 <= len(found.problems) <= 201
    assert perf_counter() - begun < 20  # a bound against squares, not a measure


def test_a_colour_without_quotes_is_shown_where_it_stands() -> None:
    (problem,) = check("show: X\ncues:\n  1: {look: {all: 50% #ff8800}}\n  2: {}\n", "x.yaml").problems
    assert (problem.line, problem.column) == (3, 13)
    assert "colours such as '#ff8800' need quotes" in problem.message


def test_bytes_that_are_no_text() -> None:
    for content in ("show: é".encode("utf-16"), b"\xff\xfe\x00", b"show: caf\xe9\n"):
        with pytest.raises(SheetError, match=r"x\.yaml:1:\d+: this is not UTF-8 text"):
            decode(content, "x.yaml")
    with pytest.raises(SheetError, match="at most 4 MB"):
        decode(b" " * 4_000_001, "x.yaml")
    assert decode("\ufeffshow: é\r\n".encode(), "x.yaml") == "show: é\r\n"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-?[]{}#&*!|>'\"%@`\n\t ,0.~<"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing an author writes raises out, and every problem has a line of the text."""
    found = check(text, "x.yaml")
    assert found.problems
    assert all(1 <= problem.line <= text.count("\n") + 2 for problem in found.problems)
