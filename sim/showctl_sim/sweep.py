"""Faults crossed with the phases of a show: one seeded run for each, under monitors, each loss answered in time.

A run goes by a known route to a state, lets one thing go wrong there, plays on by the book until its hour is over, and
ends in panic. Runs know nothing of each other, so they may be shared out among processes and machines; what comes of
them is the same, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import gcd

from showctl.model import SECOND_NS, CueSheet, Input, Step
from showctl.normalise import GRACE_NS
from showctl_sim import faults, spoken
from showctl_sim.dice import Dice
from showctl_sim.gestures import FAULT_MS, MILLISECOND_NS, draw, operators, sensors, undisturbed
from showctl_sim.performance import Performance
from showctl_sim.routes import Route, routes
from showctl_sim.script import Act, Breach, Script, perform
from showctl_sim.walk import shrunk

PAUSES_MS = (200, 2_000, 10_000, 30_000, 60_000, 120_000)
LAST_NS = 30 * SECOND_NS           # how long before the end somebody panics
ANSWERED = "a loss is answered in time"


@dataclass(frozen=True, slots=True)
class Task:
    """One run: which fault of what, in which state of which region."""

    seed: int
    kind: str
    target: str
    route: Route

    def __str__(self) -> str:
        return f"{self.target} {self.kind} in {self.route.region} {self.route.state}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. ``answer`` is what the sheet did about a loss, with how long it took."""

    task: Task
    digest: str
    steps: int
    answer: str = ""
    breach: Breach | None = None


Job = Callable[[Task], Outcome]
Share = Callable[[Job, Sequence[Task]], Iterable[Outcome]]
"""Does a job for every task and gives the outcomes in the order of the tasks: ``map``, a pool, many machines."""


def tasks(sheet: CueSheet, kinds: Sequence[str], seeds: int, first: int = 0) -> tuple[list[Task], tuple[str, ...], int]:
    """(tasks, states that no route was found to, cells): ``seeds`` cells of fault × target × state, spread evenly.

    The cell of a seed hangs on nothing but the sheet and the kinds; so many seeds as cells reach every cell once.
    Raises ValueError where a kind is no fault.
    """
    found, missing = routes(sheet)
    for kind in kinds:
        if kind not in faults.KINDS:
            raise ValueError(f"no fault '{kind[:60]}'; there are {', '.join(faults.KINDS)}")
    cells = [(kind, target, route) for kind in kinds for target in faults.targets(sheet, kind) for route in found]
    if not cells:
        return [], missing, 0
    golden = len(cells) * 618 // 1000 + 1
    stride = next(each for each in range(golden, golden + len(cells)) if gcd(each, len(cells)) == 1)
    every = [Task(seed, *cells[seed * stride % len(cells)]) for seed in range(first, first + seeds)]
    return every, missing, len(cells)


def sweep(sheet: CueSheet, every: Sequence[Task], until_ns: int, share: Share = map) -> Iterator[Outcome]:
    """Run every task, in order."""
    yield from share(partial(one, sheet, until_ns), every)


def one(sheet: CueSheet, until_ns: int, task: Task) -> Outcome:
    """One run of a sweep."""
    whole = script(sheet, task, until_ns)
    played = perform(sheet, whole)
    fault = next(act for act in whole.acts if act.verb == "fault" and act.items == ((task.target, task.kind),))
    answer, late = answered(sheet, task, fault, played.performance)
    breach = played.breach or (Breach(ANSWERED, fault.at_ns, late) if late else None)
    digest, steps = played.performance.show.digest().value, len(played.performance.steps)
    return Outcome(task, digest, steps, answer, breach)


def script(sheet: CueSheet, task: Task, until_ns: int) -> Script:
    """The run of a task, written down."""
    dice, route = Dice(task.seed, "sweep"), task.route
    over = [act.at_ns + (act.for_ns or 0) for act in route.acts if act.verb == "fault"]
    begin_ns = max([route.there_ns, *over]) + dice.below(20 * SECOND_NS)
    lasts_ns = dice.pick(FAULT_MS) * MILLISECOND_NS
    acts = [*route.acts, Act(begin_ns, "fault", ((task.target, task.kind),), for_ns=lasts_ns)]
    gestures, at_ns = undisturbed(sheet), begin_ns
    last_ns = max(until_ns - LAST_NS, begin_ns + lasts_ns + SECOND_NS)
    while (at_ns := at_ns + dice.pick(PAUSES_MS) * MILLISECOND_NS + dice.below(MILLISECOND_NS)) < last_ns:
        acts.append(draw(gestures, dice, at_ns))
    acts.append(Act(last_ns, "panic", by=operators(sheet)[0]))
    given: dict[str, bool | None] = {rule.name: False for rule in sensors(sheet)}
    return Script(task.seed, given, tuple(acts), max(until_ns, last_ns + LAST_NS))


def due_ns(sheet: CueSheet, kind: str, target: str) -> int | None:
    """How long after the fault begins the sheet is told of the loss at the latest; None where it is never told."""
    rule = sheet.triggers.get(target)
    if kind == "gone" and target in sheet.connections:
        return GRACE_NS
    if not isinstance(rule, Input) or rule.when is None or kind not in ("gone", "silent"):
        return None
    if kind == "gone" and rule.alive:
        return rule.grace_ns
    return None if rule.silent_ns is None else rule.silent_ns + rule.grace_ns


def answered(sheet: CueSheet, task: Task, fault: Act, performance: Performance) -> tuple[str, str]:
    """(what the sheet did about the loss, what is wrong with that): "" and "" where nothing had to be told."""
    within_ns = due_ns(sheet, task.kind, task.target)
    if within_ns is None or (fault.for_ns or 0) <= within_ns + SECOND_NS:
        return "", ""
    end_ns = fault.at_ns + within_ns + MILLISECOND_NS
    for step in performance.steps:
        if fault.at_ns <= step.at_ns <= end_ns and (step.event.kind, step.event.name) == ("lost", task.target):
            return f"{_answer(step)} after {spoken.duration(step.at_ns - fault.at_ns)}", ""
    if performance.now_ns < end_ns:
        return "", ""
    return "", f"{task.target} {task.kind} was not told as lost within {spoken.duration(within_ns)}"


def undeclared(sheet: CueSheet, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """What was lost in these runs and is answered in no state at all."""
    handlers = [each for region in sheet.regions.values() for each in (
        region.anywhere, *(state.on for state in region.states.values()))]
    lost = dict.fromkeys(outcome.task.target for outcome in outcomes if outcome.answer)
    return tuple(name for name in lost if not any(f"lost:{name}" in each for each in handlers))


def least(sheet: CueSheet, outcome: Outcome, until_ns: int) -> Script:
    """A short script that breaks the same monitor; one that is not answered keeps its route and fault alone."""
    whole = script(sheet, outcome.task, until_ns)
    assert outcome.breach is not None
    if outcome.breach.monitor == ANSWERED:
        acts = whole.acts[:len(outcome.task.route.acts) + 1]
        return replace(whole, acts=acts, until_ns=acts[-1].at_ns + (acts[-1].for_ns or 0))
    before = tuple(act for act in whole.acts if act.at_ns <= outcome.breach.at_ns)
    return shrunk(sheet, replace(whole, acts=before), outcome.breach)


def _answer(step: Step) -> str:
    did = [f"{move.region} {move.target}" for move in step.moves] + [f"cue {number}" for number in step.started]
    return ", ".join([*did, *(f"said '{text}'" for text in step.said)]) or "no answer here"
