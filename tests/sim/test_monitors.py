"""Each monitor speaks when its promise is broken, and is silent when it is kept: by hand-made steps, no engine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from showctl import sheet as sheet_reader
from showctl.model import SECOND_NS, CueSheet, Event, Fade, Hand, Move, State, Step, Transition, Trigger
from showctl_sim import monitors
from showctl_sim.monitors import MONITORS
from showctl_sim.performance import Performance
from tests.stage import CONFIGS

CORNER_SHOP = Path(__file__).parents[2] / "cuesheets" / "corner-shop.yaml"
MILLISECOND = 1_000_000


@pytest.fixture(scope="module")
def sheet() -> CueSheet:
    return sheet_reader.read(CORNER_SHOP.read_text(encoding="utf-8"), CORNER_SHOP.name, CONFIGS)


def step(at_ms: int, kind: str, name: str, value: Any = None, station: str = "", **more: Any) -> Step:
    return Step(1, at_ms * MILLISECOND, Event(kind, name, value, station), **more)


def said(sheet: CueSheet, name: str, *steps: Step, trigger: Trigger | None = None) -> list[str]:
    monitor = MONITORS[name](Performance(sheet))
    return [text for each in steps if (text := monitor.step(each, trigger))]


PRESET = step(0, "started", "", moves=(Move("show", "", "preset", (), ()), Move("supply", "", "parked", (), ())))
IN_SAFE = (Move("show", "preset", "safe", (), ()), Move("supply", "parked", "stopped", (), ()))


def panic(at_ms: int, moves: tuple[Move, ...] = IN_SAFE) -> Step:
    return step(at_ms, "command", "panic", (), "foh", moves=moves)


TABLE: list[tuple[str, tuple[Step, ...], str]] = [
    # SEMANTICS 26: door has debounce 100 ms, lockout 5 s; seated has for 2 s
    ("nothing counts twice", (step(0, "edge", "door", True), step(4999, "edge", "door", True)), "inside its lockout"),
    ("nothing counts twice", (step(0, "edge", "door", True), step(5000, "edge", "door", True)), ""),
    ("nothing counts twice", (step(0, "edge", "door", True), step(99, "edge", "door", False)), "before it was stable"),
    ("nothing counts twice", (step(0, "edge", "door", True), step(100, "edge", "door", False)), ""),
    ("nothing counts twice", (step(0, "edge", "seated", False), step(1999, "edge", "seated", True)),
     "before it was stable"),
    ("nothing counts twice", (step(0, "edge", "seated", False), step(2000, "edge", "seated", True)), ""),
    # SEMANTICS 3: the go-gap is 500 ms, from a GO and from standby that moved by itself
    ("nothing counts twice", (step(0, "command", "go", (), "foh"), step(499, "command", "go", (), "foot")), "go-gap"),
    ("nothing counts twice", (step(0, "command", "go", (), "foh"), step(500, "command", "go", (), "foot")), ""),
    ("nothing counts twice", (step(0, "command", "go", (), "foh"),
                              step(99, "command", "go", (), "foh", refused="go-gap")), ""),
    ("nothing counts twice", (step(9000, "edge", "seated", True, standby=(("show", "duet"),)),
                              step(9400, "command", "go", (), "foh")), "go-gap"),
    ("nothing counts twice", (step(9000, "edge", "seated", True, standby=(("supply", "x"),)),
                              step(9400, "command", "go", (), "foh")), ""),
    # SEMANTICS 33: water asks for a confirmation by the same station within 5 s
    ("nothing counts twice", (step(0, "press", "water", None, "foh"),), "without a confirmation"),
    ("nothing counts twice", (step(0, "confirm", "water", None, "foh"), step(5000, "press", "water", None, "foh")), ""),
    ("nothing counts twice", (step(0, "confirm", "water", None, "foh"), step(900, "press", "water", None, "stage")),
     "without a confirmation"),
    ("nothing counts twice", (step(0, "confirm", "water", None, "foh"), step(5001, "press", "water", None, "foh")),
     "without a confirmation"),
    # SEMANTICS 4
    ("panic lands", (PRESET, panic(1)), ""),
    ("panic lands", (PRESET, panic(1, IN_SAFE[:1])), "panic left supply in parked"),
    ("panic lands", (PRESET, panic(1), step(9, "edge", "seated", True, moves=(Move("show", "safe", "duet", (), ()),))),
     "no person did"),
    ("panic lands", (PRESET, panic(1), step(9, "timer", "cue 2.5", started=("2.5",))), "no person did"),
    ("panic lands", (PRESET, panic(1), step(9, "command", "go", (), "foh"),
                     step(10, "edge", "door", True, started=("40",))), ""),
    ("panic lands", (PRESET, panic(1), step(9, "command", "go", (), "foh", refused="go-gap"),
                     step(10, "edge", "door", True, started=("40",))), "no person did"),
    # SEMANTICS 25
    ("losses are answered", (PRESET, step(1, "lost", "sensors")),
     "lost:sensors in show preset was not answered by say"),
    ("losses are answered", (PRESET, step(1, "lost", "sensors", said=("lost",))),
     "lost:sensors in supply parked was not answered by stopped"),
    ("losses are answered", (PRESET, step(1, "lost", "sensors", said=("lost",), moves=IN_SAFE[1:])), ""),
    ("losses are answered", (PRESET, panic(1), step(2, "lost", "sensors")), ""),
    # DESIGN §5 law 7
    ("nothing is endless", tuple(step(5, "timer", "x") for _ in range(200)), ""),
    ("nothing is endless", tuple(step(5, "timer", "x") for _ in range(201)), "more than 200 steps at one instant"),
]


@pytest.mark.parametrize(("name", "steps", "words"), TABLE)
def test_steps(sheet: CueSheet, name: str, steps: tuple[Step, ...], words: str) -> None:
    found = said(sheet, name, *steps)
    assert len(found) == bool(words)
    assert all(words in text for text in found)


GO = (1.0,)
FOH, STRANGER = "10.0.0.31:9000", "10.0.0.99:9000"
MOVED = step(1, "command", "go", (), "foh", moves=(Move("show", "preset", "doors", (), ()),))
EDGE = step(1, "edge", "door", True, started=("40",))


@pytest.mark.parametrize(("trigger", "decided", "words"), [
    (Trigger("tablets", "/showctl/go", GO, FOH), MOVED, ""),
    (Trigger("tablets", "/showctl/go", GO, STRANGER), MOVED, "is not listed"),
    (Trigger("tablets", "/showctl/go", (0.0,), FOH), MOVED, "lifting the finger"),
    (Trigger("tablets", "/showctl/go", GO, STRANGER), step(1, "refused", "tablets/showctl/go", refused="why"), ""),
    (Trigger("sensors", "zigbee2mqtt/door", "{}"), EDGE, ""),
    (Trigger("sensors", "zigbee2mqtt/door", "{}", retained=True), EDGE, "from the past"),
    (Trigger("sensors", "zigbee2mqtt/door", "{}", message_id=7), EDGE, "from the past"),
    (Trigger("sensors", "zigbee2mqtt/bridge/state", "online", retained=True),
     step(1, "back", "door", moves=(Move("show", "preset", "doors", (), ()),)), ""),
])
def test_the_past_and_strangers(sheet: CueSheet, trigger: Trigger, decided: Step, words: str) -> None:
    """SEMANTICS 1 and 23, DESIGN §5 laws 2 and 11."""
    found = said(sheet, "the past and strangers move nothing", decided, trigger=trigger)
    assert len(found) == bool(words)
    assert all(words in text for text in found)


class Levels:
    """Stands in for a performance: levels as we want them, which no real one would show."""

    def __init__(self, sheet: CueSheet, level: int) -> None:
        self.sheet, self.now_ns, self.level = sheet, 0, level
        self.status = Performance(sheet).status

    def peek(self, parameters: Any) -> list[int]:
        return [self.level for _ in parameters]


@pytest.mark.parametrize(("level", "speaks"), [(0, True), (-1, True), (-2, True), (1 << 24, True), (4_000_000, False)])
def test_levels_out_of_range(sheet: CueSheet, level: int, speaks: bool) -> None:
    """SEMANTICS 32; 0 is no colour temperature, −1 no level of a lamp; 4,000,000 is within every range there is."""
    seen: Any = Levels(sheet, level)
    assert bool(monitors.InRange(seen).look()) is speaks


def test_real_levels_are_in_range(sheet: CueSheet) -> None:
    performance = Performance(sheet)
    performance.begin()
    assert monitors.InRange(performance).look() == ""


AGAIN = Fade("show", (), 500 * MILLISECOND, 2 * SECOND_NS)


@pytest.mark.parametrize(("also", "at_ms", "words"), [
    ((), 2001, "show is in safe, but"),
    ((), 2000, ""),      # its fade of two seconds is not over before then
    ((step(500, "touched", "music", 0, actions=(Hand(0, 0),)),), 2001, ""),
    ((step(500, "command", "panic", (), "foh", actions=(AGAIN,)),), 2001, ""),
    ((step(500, "command", "go", (), "foh", moves=(Move("show", "safe", "preset", (), ()),)),), 2001, ""),
])
def test_the_look_of_a_fail_state(sheet: CueSheet, also: tuple[Step, ...], at_ms: int, words: str) -> None:
    """SEMANTICS 17: at its time the look stands, unless somebody went on; dark is not what ``safe`` says."""
    seen: Any = Levels(sheet, 0)
    monitor = monitors.FailLook(seen)
    for each in (panic(1), *also):
        monitor.step(each, None)
    seen.now_ns = at_ms * MILLISECOND
    found = monitor.look()
    assert words in found
    assert bool(found) is bool(words)


def test_a_dead_state(sheet: CueSheet) -> None:
    """RELIABILITY P1; a line into the fail state alone is no way on."""
    show = sheet.regions["show"]
    assert [monitors.dead_leaves(region) for region in sheet.regions.values()] == [[], []]
    dead = replace(show, states={**show.states, "drop": replace(show.states["drop"], on={})})
    assert monitors.dead_leaves(dead) == ["drop"]
    broken = replace(sheet, regions={**sheet.regions, "show": dead})
    there = step(1, "command", "go", (), "foh", moves=(Move("show", "applause", "drop", (), ()),))
    assert said(broken, "no dead state", PRESET) == []
    assert said(broken, "no dead state", there) == ["show came to drop, and nothing leads on from there"]


def test_a_way_back_is_a_way_on(sheet: CueSheet) -> None:
    show = sheet.regions["show"]
    back = State("drop", on={"skip": (Transition("back"),)})
    assert monitors.dead_leaves(replace(show, states={**show.states, "drop": back})) == []


def test_each_has_a_test() -> None:
    """Named in the table or tested beside it."""
    beside = ("the past and strangers move nothing", "levels are in range", "the fail state's look stands",
              "no dead state")
    assert [name for name in MONITORS if name not in beside and not any(row[0] == name for row in TABLE)] == []
