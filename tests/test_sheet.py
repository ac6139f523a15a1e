"""Cue sheets → CueSheet: what each line means, and what is refused, by table."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from showctl import driver, sheet
from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS, Part, Station, Transition
from tests.sheet_room import (
    A_CCT,
    A_LEVEL,
    B_CCT,
    B_LEVEL,
    C_BLUE,
    C_GREEN,
    C_LEVEL,
    C_RED,
    MUSIC,
    ROOM,
    VOICE,
    percent,
    read,
    refused,
)

CUESHEETS = Path(__file__).parents[1] / "cuesheets"
SHIPPED = sorted(path.name for path in CUESHEETS.glob("*.yaml"))


def cue(body: str) -> tuple[Part, ...]:
    return read(f"cues:\n  1: {{{body}}}\n").cues[Decimal(1)].parts


# ---- shipped sheets ----


def configs() -> dict[str, object]:
    return {name: driver.load(name).Config for name in driver.names()}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_sheets_read_clean_at_home_and_away(name: str) -> None:
    text, venue = (CUESHEETS / name).read_text(), CUESHEETS / "venues" / name.replace(".yaml", ".venue.yaml")
    for over in (None, (venue.read_text(), venue.name)):
        found = sheet.check(text, name, configs(), over)
        assert found.problems == ()
        assert found.warnings == ()
        assert found.sheet is not None
        assert found.sheet.cues


def test_the_minimal_sheet_is_under_ten_lines() -> None:
    assert len((CUESHEETS / "minimal.yaml").read_text().splitlines()) < 10


def test_the_corner_shop() -> None:
    found = sheet.read((CUESHEETS / "corner-shop.yaml").read_text(), configs=configs())
    assert list(found.regions) == ["show", "supply"]
    assert [found.regions[name].fail for name in found.regions] == ["safe", "stopped"]
    assert list(found.stations) == ["foh", "stage", "foot", "terminal", "local"]
    assert found.groups["all"] == ("key-left", "key-right", "fill-left", "fill-right", "hair-left", "hair-right")
    assert found.regions["show"].states["talk"].cues == (3, 4, 5, 6)
    assert list(found.triggers)[-2:] == ["seated", "left"]
    assert found.cues[Decimal("40")].overlay_ns == 6 * SECOND_NS
    assert found.go_gap_ns == SECOND_NS // 2
    assert found.planned_ns == 3600 * SECOND_NS


# ---- looks ----


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        ("a: 70%", {A_LEVEL: percent(70)}),
        ("a: 70% 4000K", {A_LEVEL: percent(70), A_CCT: 4_000_000}),
        ("a: 3200K", {A_CCT: 3_200_000}),
        ("c: 50% red", {C_LEVEL: percent(50), C_RED: LEVEL_MAX, C_GREEN: 0, C_BLUE: 0}),
        ('c: "#ff8800"', {C_RED: LEVEL_MAX, C_GREEN: 0x888888, C_BLUE: 0}),
        ("all: 10%, ab: 20%, a: 30%", {A_LEVEL: percent(30), B_LEVEL: percent(20), C_LEVEL: percent(10)}),
        ("a: 30%, ab: 20% 3000K, all: 10%", {A_LEVEL: percent(30), A_CCT: 3_000_000, B_LEVEL: percent(20),
                                            B_CCT: 3_000_000, C_LEVEL: percent(10)}),
        ("ab: 20%, bc: 20%", {A_LEVEL: percent(20), B_LEVEL: percent(20), C_LEVEL: percent(20)}),
    ],
)  # fmt: skip
def test_looks_semantics_14(look: str, expected: dict[int, int]) -> None:
    """SEMANTICS 14: fixture beats group beats all, attribute by attribute, however they are ordered."""
    (part,) = cue(f"look: {{{look}}}")
    assert dict(part.targets) == expected


def test_two_groups_that_differ_semantics_14() -> None:
    differ = refused("cues:\n  1: {look: {ab: 20%, bc: 30%}}\n")
    assert differ == ["2: 'bc' and 'ab' both name 'b' and differ about its intensity; name 'b' itself to decide"]
    (decided,) = cue("look: {ab: 20%, bc: 20%, b: 25%}")
    assert dict(decided.targets)[B_LEVEL] == percent(25)


def test_parts_by_time() -> None:
    parts = cue(
        "look: {a: 70%, b: 20% in 3 s after 1 s ease, c: +10%}, "
        "mix: {music: -20 dB, voice: -5 dB in 0 s}, fade: 8 s ease-out"
    )
    timings = [(part.fade_ns, part.delay_ns, part.curve, part.relative) for part in parts]
    s = SECOND_NS
    assert timings == [
        (8 * s, 0, "ease-out", False),
        (3 * s, s, "ease", False),
        (8 * s, 0, "ease-out", True),
        (0, 0, "ease-out", False),
    ]
    assert dict(parts[2].targets) == {C_LEVEL: percent(10)}
    assert [number for part in parts for number, _ in part.targets] == [A_LEVEL, MUSIC, B_LEVEL, C_LEVEL, VOICE]


def test_a_look_by_name() -> None:
    found = read("looks:\n  dim: {all: 10%}\ncues:\n  1: {look: dim, fade: 2 s}\n").cues[Decimal(1)].parts
    assert found == (Part(((A_LEVEL, percent(10)), (B_LEVEL, percent(10)), (C_LEVEL, percent(10))), 2 * SECOND_NS),)


# ---- cue numbers ----


def test_cue_numbers_semantics_15() -> None:
    """SEMANTICS 15: exact decimals, numeric order, 1.10 is 1.1 and both are an error, ranges are inclusive."""
    found = read("cues:\n  10: {}\n  2: {}\n  2.5: {}\n  1.10: {}\n  3: {}\n" + states("cues: '2-2.5, 10'"))
    assert [str(number) for number in found.cues] == ["1.1", "2", "2.5", "3", "10"]
    assert found.regions["show"].states["one"].cues == (2, Decimal("2.5"), 10)
    assert refused("cues:\n  1.10: {}\n  1.1: {}\n") == ["3: cue 1.1 stands in line 34 already, written '1.10'"]


def states(one: str, more: str = "") -> str:
    return f"states:\n  show:\n    one: {{{one}, on: {{go: safe}}}}\n    safe: {{fail: true, on: {{go: back}}}}\n{more}"


# ---- a sheet without states ----


def test_a_sheet_without_states_semantics_4_19() -> None:
    """SEMANTICS 4 and 19: panic needs a fail state, so such a sheet gets one: half light, faders untouched."""
    region = read("cues:\n  1: {}\n  2: {}\n").regions["show"]
    assert region.start == "list"
    assert region.states["list"].cues == (1, 2)
    safe = region.states[region.fail]
    assert safe.on == {"go": (Transition("back"),)}
    assert safe.look is not None
    assert safe.look.fade_ns == 2 * SECOND_NS
    half, look = (LEVEL_MAX + 1) // 2, dict(safe.look.targets)
    assert (look[A_LEVEL], look[C_LEVEL], look[A_CCT], look[C_RED]) == (half, half, 4_000_000, LEVEL_MAX)
    assert MUSIC not in look
    own = read("looks:\n  safe: {all: 70%}\ncues:\n  1: {}\n").regions["show"].states["safe"].look
    assert own is not None
    assert dict(own.targets)[A_LEVEL] == percent(70)
    assert own.fade_ns == 2 * SECOND_NS


# ---- bundle, schema ----


def test_a_bundle_reads_the_same_core_1() -> None:
    """CORE 1: a journal embeds the resolved sheet and venue."""
    venue = ("connections: {panels: {driver: artnet, host: 10.9.9.9}}\n", "v.yaml")
    values = json.loads(json.dumps(sheet.bundle(ROOM, "x.yaml", venue, ["go-gap=1 s"])))
    again = sheet.read(**sheet.unbundle(values))
    assert again == sheet.read(ROOM, "x.yaml", None, venue, ["go-gap=1 s"])
    assert again.connections["panels"].settings == {"host": "10.9.9.9"}
    assert again.go_gap_ns == SECOND_NS


def test_stations_core_18() -> None:
    """CORE 18: loopback is the listed station ``local``, unless the sheet lists a 127.0.0.1 of its own."""
    assert read("").stations["local"] == Station("local", "desk", "127.0.0.1")
    assert read("").stations["terminal"].role == "operator"
    own = read("", ROOM.replace("  foh:", "  local:")).stations
    assert own["local"] == Station("local", "desk", "10.0.0.31")
    assert "local" not in read("", ROOM.replace("10.0.0.31", "127.0.0.1")).stations


def test_every_problem_at_once() -> None:
    with pytest.raises(SheetError) as caught:
        sheet.read("show: X\nfixtures: {a: {}}\ncues: {1: {look: {b: 1%}, fad: 1 s}}\n", "x.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        "x.yaml:2:12: 'a' needs 'at'",
        "x.yaml:2:12: 'a' needs 'profile'",
        "x.yaml:2:12: 'a' needs 'to'",
        "x.yaml:3:22: no fixture or group 'b'; there are a, all",
        "x.yaml:3:27: no key 'fad' here; did you mean 'fade'?",
    ]


@pytest.mark.parametrize(("text", "said"), [
    ("shoq: A\ncues: {1: {}}\n", "x.yaml:1:1: no key 'shoq' here; did you mean 'show'?"),
    ("show:\ncues: {1: {}}\n", "x.yaml:1:1: the show has no name; begin with 'show: Name of the show'"),
    ("cues: {1: {}}\n", "x.yaml:1:1: the show has no name; begin with 'show: Name of the show'"),
])
def test_a_show_without_its_name_is_one_mistake(text, said):
    assert [str(each) for each in sheet.check(text, "x.yaml").problems] == [said]
