"""Triggers of a sheet: where each is heard, conditions as text, presses, combinations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.model import SECOND_NS, Combination, Comparison, Input, TriggerRule
from showctl.sheet.triggers import comparison
from tests.sheet_room import ROOM, read, refused


def trigger(body: str) -> TriggerRule:
    return read("", ROOM.replace("  ask: {", f"  new: {{{body}}}\n  ask: {{", 1)).triggers["new"]


def wrong(body: str) -> list[str]:
    return refused("", ROOM.replace("  ask: {", f"  new: {{{body}}}\n  ask: {{", 1))


@pytest.mark.parametrize(
    ("text", "path", "op", "operand"),
    [
        ("contact == false", ("contact",), "==", False),
        ("payload > 0.60", (), ">", Decimal("0.60")),
        ("Switch1.Action == ON", ("Switch1", "Action"), "==", "ON"),
        ("params.input:0.state == true", ("params", "input:0", "state"), "==", True),
        ("at == stage", ("at",), "==", "stage"),
        ("DOWN", (), "==", "DOWN"),
        ("1", (), "==", Decimal(1)),
        ("payload != 'a b'", (), "!=", "a b"),
        ("temperature<=-2.5", ("temperature",), "<=", Decimal("-2.5")),
        ("payload >= 1", (), ">=", Decimal(1)),
        ('name == "true"', ("name",), "==", "true"),
    ],
)
def test_conditions(text: str, path: tuple[str, ...], op: str, operand: object) -> None:
    assert comparison(text) == Comparison(path, op, operand)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact = false", "is no condition"),
        ("payload > warm", "'>' compares numbers, and 'warm' is none"),
        ("payload < true", "'<' compares numbers"),
        ("a..b == 1", "is no path into a payload"),
        ("== 1", "is no condition"),
        ("payload ==", "is no condition"),
        ("", "nothing to compare with"),
    ],
)
def test_conditions_that_are_none(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        comparison(text)


@given(st.text(max_size=40))
def test_any_condition_is_read_or_refused(text: str) -> None:
    said = ""
    try:
        found = comparison(text)
    except ValueError as error:
        said = str(error)
    assert 0 < len(said) < 250 or found.op in ("==", "!=", "<", "<=", ">", ">=")


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("from: sensors, topic: a/b, when: ON", "a/b"),
        ("from: desk, address: /beam, when: 1", "/beam"),
        ("from: pins, line: hook, when: true", "hook"),
        ("from: pedal, key: seat, when: payload > 1", "seat"),
        ("from: pedal, key: foot, says: DOWN", "foot"),
        ("from: mixer, channel: 2, note: 60, says: any", "note 2 60"),
        ("from: mixer, channel: 2, cc: 64, when: payload >= 64", "cc 2 64"),
        ("button: Now", ""),
    ],
)
def test_where_it_is_heard(body: str, address: str) -> None:
    """The addresses are those of docs/architecture.md."""
    rule = trigger(body)
    assert isinstance(rule, Input)
    assert rule.address == address


def test_presses_semantics_23() -> None:
    """SEMANTICS 23: a condition has edges; a press repeats one value, or any."""
    single, word, anything, button = (
        trigger("from: sensors, topic: t, says: action == single, lockout: 1 s"),
        trigger("from: pedal, key: foot, says: DOWN"),
        trigger("from: pedal, key: foot, says: any"),
        trigger("button: Go on, confirm: true"),
    )
    assert isinstance(single, Input)
    assert (single.kind, single.says, single.says_path, single.lockout_ns) == (
        "press",
        "single",
        ("action",),
        SECOND_NS,
    )
    assert isinstance(word, Input)
    assert (word.kind, word.says, word.says_path) == ("press", "DOWN", ())
    assert isinstance(anything, Input)
    assert (anything.kind, anything.says) == ("press", None)
    assert isinstance(button, Input)
    assert (button.kind, button.label, button.confirm, button.connection) == ("button", "Go on", True, "")


def test_every_word_of_a_condition_semantics_25_26() -> None:
    """SEMANTICS 25, 26: alive, silent, grace; debounce, lockout, for."""
    rule = trigger(
        "from: sensors, topic: t, when: payload > 0.6, until: payload < 0.4, initial: false, debounce: 100 ms, "
        "for: 2 s, lockout: 5 s, rate: 2 per 10 s, alive: t/lwt, silent: 30 s, grace: 1 s"
    )
    s = SECOND_NS
    assert rule == Input(
        "new", "sensors", "t", "level", comparison("payload > 0.6"), comparison("payload < 0.4"), initial=False,
        debounce_ns=s // 10, for_ns=2 * s, lockout_ns=5 * s, rate_limit=(2, 10 * s), alive="t/lwt", silent_ns=30 * s,
        grace_ns=s,
    )  # fmt: skip
    plain = trigger("from: sensors, topic: t, when: ON")
    assert isinstance(plain, Input)
    assert (plain.silent_ns, plain.grace_ns, plain.initial) == (None, 5 * s, None)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("all: [door, seat], for: 2 s", Combination("new", "all", ("door", "seat"), for_ns=2 * SECOND_NS)),
        ("any: door", Combination("new", "any", ("door",))),
        ("none: [door, seat], lockout: 1 s", Combination("new", "none", ("door", "seat"), lockout_ns=SECOND_NS)),
        ("count: 2, of: [door, seat, hook]", Combination("new", "count", ("door", "seat", "hook"), 2)),
        (
            "sequence: [door, tap, ask], within: 5 s",
            Combination("new", "sequence", ("door", "tap", "ask"), 0, 5 * SECOND_NS),
        ),
    ],
)
def test_combinations_semantics_26(body: str, rule: Combination) -> None:
    """SEMANTICS 26: all/any/none/n of combine conditions; sequence/within combine happenings."""
    assert trigger(body) == rule


def test_members_stand_before_what_names_them() -> None:
    text = ROOM.replace("triggers:\n", "triggers:\n  outer: {any: [inner, seat]}\n  inner: {all: [door, seat]}\n")
    names = list(read("", text).triggers)
    assert names.index("door") < names.index("inner") < names.index("outer")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("from: sensors, topic: t", "'new' needs one of: when"),
        ("from: sensors, topic: t, when: ON, says: ON", "'new' needs one of: when"),
        ("from: sensors, when: ON", "heard on 'sensors' (mqtt), so it needs 'topic'"),
        ("from: sensors, address: /a, when: ON", "so it needs 'topic' and no other address"),
        ("from: mixer, note: 60, says: any", "needs 'channel' with 'cc' or 'note'"),
        ("topic: t, when: ON", "'new' needs 'from'"),
        ("from: sensor, topic: t, when: ON", "no connection 'sensor'; did you mean 'sensors'?"),
        ("from: sensors, topic: t, says: ON, until: OFF", "'until' means nothing for a press"),
        ("from: sensors, topic: t, says: ON, debounce: 1 s", "'debounce' means nothing for a press"),
        ("button: Go, for: 1 s", "'for' means nothing for a button"),
        ("button: Go, from: sensors", "'from' means nothing for a button"),
        ("from: sensors, topic: t, when: ON, confirm: true", "'confirm' means nothing for a condition"),
        ("from: sensors, topic: t, when: ON, rate: often", "is not a rate limit"),
        ("from: sensors, topic: t, says: action > 1", "a press is one value"),
        ("all: [door, ask]", "'ask' is a press and never holds"),
        ("all: [door, sead]", "no trigger 'sead'; did you mean 'seat'?"),
        ("all: [door, new]", "'new' is made of itself"),
        ("all: [door], any: [seat]", "'any' means nothing beside 'all'"),
        ("all: [door], debounce: 1 s", "'debounce' means nothing beside 'all'"),
        ("count: 3, of: [door, seat]", "'count' is 3 of 2"),
        ("sequence: [door, tap]", "needs at least two happenings and 'within'"),
        ("all: [door], within: 3 s", "'within' belongs to 'sequence'"),
    ],
)
def test_trigger_mistakes(body: str, said: str) -> None:
    found = wrong(body)
    assert any(said in problem for problem in found), found
