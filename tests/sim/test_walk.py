"""Random guests: the same walk each time, shipped sheets hold, and a breach is found, shrunk and written down."""

from dataclasses import replace
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from showctl import trace
from showctl.model import SECOND_NS, CueSheet, Rule
from showctl_sim import monitors, rehearsal, walk, written
from showctl_sim.gestures import by_hand, by_the_book, draw
from showctl_sim.script import Act, Script, perform
from tests.stage import CONFIGS

SHEETS = Path(__file__).parents[2] / "cuesheets"
QUARTER_NS = 900 * SECOND_NS


def shipped(name: str) -> CueSheet:
    return sheet_reader.read((SHEETS / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml", CONFIGS)


@pytest.fixture(scope="module")
def shop() -> CueSheet:
    return shipped("corner-shop")


@pytest.mark.parametrize("name", ["corner-shop", "listening-room", "minimal"])
def test_shipped_sheets_hold(name: str) -> None:
    sheet = shipped(name)
    assert [(seed, found) for seed in range(4) if (found := walk.walk(sheet, seed, QUARTER_NS).breach)] == []


def test_the_same_seed_is_the_same_walk(shop: CueSheet) -> None:
    first, again, other = (walk.walk(shop, seed, QUARTER_NS) for seed in (5, 5, 6))
    assert (first.digest, first.steps, first.acts) == (again.digest, again.steps, again.acts)
    assert other.digest != first.digest
    assert first.acts > 20
    assert first.coverage.counts("states")[0] > 3


def test_a_walk_spells_with_the_whole_alphabet(shop: CueSheet) -> None:
    """Every verb that a person, a guest or bad luck has; faults of every kind."""
    from showctl_sim.dice import Dice
    from showctl_sim.faults import KINDS

    dice, gestures = Dice(1), by_hand(shop)
    acts = [draw(gestures, dice, 0) for _ in range(5000)]
    assert {act.verb for act in acts} == {
        "go", "back", "panic", "pause", "resume", "reset", "stop", "press", "set", "flap", "fault", "osc", "hand"}
    assert {kind for act in acts if act.verb == "fault" for _, kind in act.items} == set(KINDS)
    book = [draw(by_the_book(shop), dice, 0) for _ in range(3000)]
    assert {act.verb for act in book} & {"osc", "hand", "stop"} == set()


# ---- breaches ----

def test_a_broken_promise_is_found_shrunk_and_written(shop: CueSheet) -> None:
    """The sheet says that nobody may ever be invited; a walk gets there, and tells how."""
    sheet = replace(shop, rules=(Rule(False, "show in invite"),))
    found = next(each for each in (walk.walk(sheet, seed, QUARTER_NS) for seed in range(9)) if each.breach)
    assert found.breach is not None
    assert found.least is not None
    assert found.breach.monitor == "never: show in invite"
    assert len(found.least.acts) <= 12 < found.acts
    for left_out in range(len(found.least.acts)):
        fewer = (*found.least.acts[:left_out], *found.least.acts[left_out + 1:])
        assert perform(sheet, replace(found.least, acts=fewer)).breach is None
    text = written.rehearsal(sheet, found.least, "a walk", "corner-shop.yaml", "showctl walk")
    read = rehearsal.read(text, "found.yaml", sheet)
    result = rehearsal.run(read, sheet)
    assert [failure.expected for failure in result.failures] == ["never: show in invite"]
    assert rehearsal.run(read, shop).passed


def test_a_monitor_that_speaks_ends_the_walk(shop: CueSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    class Talks(monitors.DeadState):
        def step(self, step, trigger):  # type: ignore[no-untyped-def]
            return "enough" if step.at_ns > 60 * SECOND_NS else ""

    monkeypatch.setattr(monitors, "MONITORS", {"talks": Talks})
    found = walk.walk(shop, 0, QUARTER_NS)
    assert found.breach is not None
    assert (found.breach.monitor, found.breach.text) == ("talks", "enough")
    assert found.breach.at_ns < 240 * SECOND_NS
    assert found.least is not None
    assert found.least.acts == ()      # time alone is enough


def test_a_person_who_insists_takes_the_promise_along(shop: CueSheet) -> None:
    """SEMANTICS 7: GO again overrides a guard; a rule that the guard kept is not the sheet's fault then."""
    acts = (*(Act(SECOND_NS * (2 + 2 * turn), "go", by="foh") for turn in range(5)),
            Act(14 * SECOND_NS, "press", (("water", "foh"),)))
    refused = (*acts, Act(16 * SECOND_NS, "go", by="foh"))
    insisted = (*refused, Act(17 * SECOND_NS, "go", by="foh"))
    states = []
    for done in (refused, insisted):
        played = perform(shop, Script(0, {}, done, 18 * SECOND_NS))
        assert played.breach is None
        states.append(played.performance.states["show"])
        assert played.performance.truth("cart-moves") is True
    assert states == ["talk", "invite"]


@pytest.mark.parametrize("name", ["corner-shop", "listening-room"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_is_what_happened(name: str, seed: int) -> None:
    """A whole walk as a rehearsal file, read and run: the same steps, byte for byte."""
    sheet = shipped(name)
    script = walk.script(sheet, seed, QUARTER_NS)
    played = perform(sheet, script)
    text = written.rehearsal(sheet, script, "all of it", f"{name}.yaml", "showctl walk", exact=True)
    result = rehearsal.run(rehearsal.read(text, "all.yaml", sheet), sheet)
    steps = [[trace.encode(step) for step in each.steps] for each in (played.performance, result.performance)]
    count = min(map(len, steps))
    assert count > 50
    assert steps[0][:count] == steps[1][:count]


@pytest.mark.parametrize(("target", "kind", "breaks"), [
    ("cart-moves", "flapping", False), ("cart-there", "flapping", False), ("seat-1", "flapping", True),
    ("sensors", "late", False), ("mixer", "late", True),
])
def test_no_sheet_keeps_a_promise_about_a_liar(shop: CueSheet, target: str, kind: str, breaks: bool) -> None:
    """A promise hangs on the sensor it names, on others of the same device and on their connection."""
    acts = (Act(2 * SECOND_NS, "fault", ((target, kind),), for_ns=60 * SECOND_NS),
            Act(12 * SECOND_NS, "set", (("cart-moves", True),)))
    sheet = replace(shop, rules=(Rule(False, "cart-moves"),))
    assert bool(perform(sheet, Script(0, {}, acts, 20 * SECOND_NS)).breach) is breaks
