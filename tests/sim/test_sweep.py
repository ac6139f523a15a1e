"""Faults crossed with phases: every state reached, losses answered in time, the same in any order and process."""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from showctl import normalise
from showctl import sheet as sheet_reader
from showctl.errors import ShowctlError
from showctl.fsm import leaves
from showctl.model import SECOND_NS, CueSheet, Input
from showctl_sim import sweep
from showctl_sim.faults import KINDS
from showctl_sim.pool import batches, processes
from showctl_sim.routes import routes
from showctl_sim.script import perform
from tests.stage import CONFIGS

SHEETS = Path(__file__).parents[2] / "cuesheets"
MINUTES_NS = 10 * 60 * SECOND_NS


def shipped(name: str) -> CueSheet:
    return sheet_reader.read((SHEETS / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml", CONFIGS)


@pytest.fixture(scope="module")
def shop() -> CueSheet:
    return shipped("corner-shop")


# ---- phases ----

@pytest.mark.parametrize("name", ["corner-shop", "listening-room", "minimal"])
def test_a_route_leads_to_every_state(name: str) -> None:
    sheet = shipped(name)
    found, missing = routes(sheet)
    assert missing == ()
    assert [(route.region, route.state) for route in found] == [
        (region.name, leaf) for region in sheet.regions.values() for leaf in leaves(region)]


def test_a_state_that_no_way_leads_to_is_named(shop: CueSheet) -> None:
    """A sweep says what it could not reach, and does not pass over it."""
    show = shop.regions["show"]
    closed = replace(show, states={**show.states, "applause": replace(show.states["applause"], on={})})
    _, missing = routes(replace(shop, regions={**shop.regions, "show": closed}))
    assert missing == ()      # skip leads to the merch drop, and on from there
    skipless = replace(closed, states={**closed.states, "invite": replace(
        closed.states["invite"], on={"go": closed.states["invite"].on["go"]})})
    _, missing = routes(replace(shop, regions={**shop.regions, "show": skipless}))
    assert missing == ("show drop", "show farewell")


# ---- cells ----

def test_so_many_seeds_as_cells_reach_every_cell_once(shop: CueSheet) -> None:
    _, _, cells = sweep.tasks(shop, ("gone", "flapping"), 1)
    tasks, _, _ = sweep.tasks(shop, ("gone", "flapping"), cells)
    assert len({str(task) for task in tasks}) == cells == len(tasks)


def test_a_few_seeds_are_spread_over_kinds_and_states(shop: CueSheet) -> None:
    tasks, _, _ = sweep.tasks(shop, tuple(KINDS), 100)
    assert len(Counter(task.kind for task in tasks)) >= 10
    assert len(Counter((task.route.region, task.route.state) for task in tasks)) == 14


def test_one_seed_alone_is_the_one_of_many(shop: CueSheet) -> None:
    """What the command that is printed repeats."""
    many, _, _ = sweep.tasks(shop, ("gone",), 20)
    alone, _, _ = sweep.tasks(shop, ("gone",), 1, 13)
    assert alone == [many[13]]
    assert sweep.one(shop, MINUTES_NS, alone[0]) == sweep.one(shop, MINUTES_NS, many[13])


def test_an_unknown_fault_is_told(shop: CueSheet) -> None:
    with pytest.raises(ValueError, match="no fault 'vanished'; there are stuck, flapping"):
        sweep.tasks(shop, ("vanished",), 1)


# ---- runs ----

@pytest.mark.parametrize("name", ["corner-shop", "listening-room", "minimal"])
def test_shipped_sheets_hold(name: str) -> None:
    """A few of what the command does by the thousand; each ends in panic, and panic lands."""
    sheet = shipped(name)
    tasks, _, _ = sweep.tasks(sheet, tuple(KINDS), 24)
    outcomes = list(sweep.sweep(sheet, tasks, MINUTES_NS))
    assert [(str(each.task), each.breach) for each in outcomes if each.breach] == []


def gone(sheet: CueSheet, target: str, state: str, kind: str = "gone") -> sweep.Outcome:
    """The first run in which it is gone for long enough to be missed."""
    tasks, _, cells = sweep.tasks(sheet, (kind,), 2000)
    for task in [each for each in tasks if (each.target, each.route.state) == (target, state)]:
        outcome = sweep.one(sheet, MINUTES_NS, task)
        if outcome.answer or outcome.breach:
            return outcome
    raise AssertionError(f"{target} is never gone for long in {state}, of {cells} cells")


@pytest.mark.parametrize(("target", "state", "kind", "answer"), [
    ("sensors", "going", "gone", "supply stopped"),
    ("sensors", "talk", "gone", "supply stopped, said"),
    ("door", "preset", "gone", "said 'door is lost' after 5 s"),
    ("seat-1", "duet", "silent", "said 'seat-1 is lost' after "),
    ("tablets", "doors", "gone", "no answer here after 5 s"),
])
def test_a_loss_is_answered_as_declared(shop: CueSheet, target: str, state: str, kind: str, answer: str) -> None:
    """SEMANTICS 25: after a grace of 5 s, or the silence it promised not to keep and the grace."""
    outcome = gone(shop, target, state, kind)
    assert outcome.breach is None
    assert outcome.answer.startswith(answer)


def test_what_no_line_answers_is_noted(shop: CueSheet) -> None:
    """P6 of RELIABILITY: a note, since a sheet may leave a tablet's absence to people."""
    outcomes = [gone(shop, "tablets", "doors"), gone(shop, "door", "preset")]
    assert sweep.undeclared(shop, outcomes) == ("tablets",)


def test_how_long_a_loss_may_take(shop: CueSheet) -> None:
    assert sweep.due_ns(shop, "gone", "sensors") == 5 * SECOND_NS
    assert sweep.due_ns(shop, "gone", "door") == 5 * SECOND_NS
    assert sweep.due_ns(shop, "silent", "seat-1") == 35 * SECOND_NS
    assert sweep.due_ns(shop, "silent", "door") is None      # a contact speaks on change only
    assert sweep.due_ns(shop, "gone", "foh") is None


def test_an_answer_that_comes_too_late_is_a_breach(shop: CueSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a conditioning that waits longer than the sentence says."""
    monkeypatch.setattr(normalise, "GRACE_NS", 8 * SECOND_NS)
    outcome = gone(shop, "panels", "doors")
    assert outcome.breach is not None
    assert outcome.breach.monitor == sweep.ANSWERED
    assert outcome.breach.text == "panels gone was not told as lost within 5 s"
    least = sweep.least(shop, outcome, MINUTES_NS)
    assert [act.verb for act in least.acts] == ["go", "fault"]


def test_a_breach_of_a_run_is_shrunk(shop: CueSheet) -> None:
    """A sheet whose seat says the opposite: what is left still breaks the same monitor."""
    rule = shop.triggers["door"]
    assert isinstance(rule, Input)
    sheet = replace(shop, rules=(replace(shop.rules[0], text="door while show in talk"),))
    tasks, _, _ = sweep.tasks(sheet, ("doubled",), 400)
    task = next(each for each in tasks if each.route.state == "talk")
    outcome = next(each for each in (sweep.one(sheet, MINUTES_NS, replace(task, seed=seed)) for seed in range(20))
                   if each.breach and each.breach.monitor.startswith("never"))
    least = sweep.least(sheet, outcome, MINUTES_NS)
    assert len(least.acts) < 8
    broken = perform(sheet, least).breach
    assert broken is not None
    assert broken.monitor == "never: door while show in talk"


# ---- sharing out ----

def test_processes_give_the_same_in_the_same_order(shop: CueSheet) -> None:
    tasks, _, _ = sweep.tasks(shop, ("gone", "late"), 10)
    alone = list(sweep.sweep(shop, tasks, MINUTES_NS))
    assert list(sweep.sweep(shop, tasks, MINUTES_NS, processes(2, 3))) == alone
    assert len({outcome.digest for outcome in alone}) == 10


def slow_first(number: int) -> int:
    import time

    time.sleep(0.3 if number == 0 else 0)
    return number * number


def test_a_slow_one_keeps_its_place() -> None:
    assert list(processes(2, 1)(slow_first, range(9))) == [number * number for number in range(9)]


def dies(number: int) -> int:
    import os

    os._exit(3)


def test_a_worker_that_dies_is_one_error_in_words() -> None:
    with pytest.raises(ShowctlError, match=r"a worker process died.*--jobs"):
        list(processes(2, 1)(dies, range(3)))


def raises(number: int) -> int:
    raise ShowctlError(f"no {number}")


def test_what_a_job_raises_arrives() -> None:
    with pytest.raises(ShowctlError, match=r"^no 0$"):
        list(processes(2, 1)(raises, range(3)))


def test_batches() -> None:
    assert [list(each) for each in batches(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert partial(batches, [])(4) == []
