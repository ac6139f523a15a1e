"""Running a rehearsal in real time: the same steps, and how late each expectation held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from showctl.model import SECOND_NS, CueSheet
from showctl.show import Show
from showctl_sim import promises, spoken
from showctl_sim.live.ends import Ends
from showctl_sim.live.show import LiveShow
from showctl_sim.performance import Performance
from showctl_sim.promises import Watch
from showctl_sim.rehearsal.checks import unmet
from showctl_sim.rehearsal.doing import do, payload
from showctl_sim.rehearsal.nouns import Check, Doing, Expecting, Failure, Rehearsal
from showctl_sim.rehearsal.running import PROMISE, said
from showctl_sim.rehearsal.stage import LOOK_NS, Stage

GRACE_NS = SECOND_NS // 4
"""How much later than in virtual time something may be seen: wires and machines take their time."""

UNPLUGGING = ("lost", "returned", "input", "dmx")
UNSEEN = {"truth": "what a sensor's condition reads", "noted": "notes in the journal"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One expectation: when it was due, and how much later it was seen to hold (None: it was not)."""

    line: int
    words: str
    due_ns: int
    late_ns: int | None

    def __str__(self) -> str:
        held = "FAILED" if self.late_ns is None else f"held after {self.late_ns // 1_000_000} ms"
        return f"line {self.line}: {held}: {self.words.removeprefix('expect: ')}"


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What came of a rehearsal on the wire."""

    rehearsal: Rehearsal
    passed: bool
    failures: tuple[Failure, ...]
    seen: tuple[Seen, ...]
    took_ns: int
    notes: tuple[str, ...] = ()


def refusals(rehearsal: Rehearsal, sheet: CueSheet) -> Iterator[str]:
    """What stands in the file and nobody can do to a running daemon by its wires, each with its place."""
    if rehearsal.trace:
        yield f"{rehearsal.file}: a trace has stamps of its own; only virtual time can repeat it"
    for line in rehearsal.steps:
        place = f"{rehearsal.file}:{line.place.line}:{line.place.column}"
        if isinstance(line, Doing) and line.verb in UNPLUGGING:
            yield f"{place}: '{line.text}' is unplugging, or words of a machine; do it in virtual time"
        elif isinstance(line, Doing) and line.verb == "fault":
            names = [name for name, _ in line.items if name not in sheet.triggers and name not in sheet.stations]
            if names:
                yield f"{place}: '{line.text}' pulls a plug ({', '.join(names)}); only what sensors say can fail live"


def run(
    rehearsal: Rehearsal, sheet: CueSheet, lines: Mapping[str, str], tell: Callable[[Seen], None] | None = None
) -> LiveResult:
    """Play ``rehearsal`` against the daemon that runs ``sheet``; ``lines``: connection → far end of its serial line.

    ``tell`` hears of each expectation as it is settled. Raises DriverError where a wire cannot be had.
    """
    with asyncio.Runner() as runner:
        ends = Ends(sheet, lines)
        try:
            runner.run(ends.open())
            return _play(rehearsal, sheet, LiveShow(sheet, ends, runner), tell or (lambda seen: None))
        finally:
            runner.run(ends.close())


def _play(rehearsal: Rehearsal, sheet: CueSheet, show: LiveShow, tell: Callable[[Seen], None]) -> LiveResult:
    performance = Performance(sheet, rehearsal.seed)
    performance.show = cast(Show, show)
    stage = Stage(performance, rehearsal.seed)
    stage.rig.hush()          # the cart that drives is on the wire
    own, notes = promises.of_sheet(sheet)
    watch = Watch(performance, (*rehearsal.promises, *own))
    performance.watchers.append(watch.step)
    stage.rig.look(watch.look, LOOK_NS)
    stage.rig.begin(rehearsal.given, rehearsal.silent, rehearsal.missing)
    for connection, address, value in rehearsal.messages:
        stage.rig.send(connection, address, payload(stage, connection, value))
    failures: list[Failure] = []
    seen: list[Seen] = []
    told = [*notes]
    for index, line in enumerate(rehearsal.steps):
        if isinstance(line, Doing):
            do(stage, line)
            continue
        line, unseen = _visible(line, show)
        told += unseen
        looked = _expect(stage, index, line)
        failures += looked.failures
        seen.append(Seen(line.place.line, line.text, looked.due_ns, looked.late_ns))
        tell(seen[-1])
    watch.end()
    failures += [
        Failure(PROMISE, each.promise.line, each.promise.column, each.at_ns, str(each.promise), each.got)
        for each in watch.broken.values()
    ]
    return LiveResult(rehearsal, not failures, tuple(failures), tuple(seen), performance.now_ns, tuple(told))


def _visible(line: Expecting, show: LiveShow) -> tuple[Expecting, list[str]]:
    """What of an expectation a wire can show, and a note for each part that none can."""
    kept: list[Check] = []
    notes: list[str] = []
    for check in line.checks:
        why = UNSEEN.get(check.kind)
        if check.kind == "levels" and not all(show.sees(parameter) for parameter, _, _ in check.value):
            why = f"the level of {check.name}"
        if why is None:
            kept.append(check)
        else:
            notes.append(f"line {check.place.line}: no wire shows {why}; looked at in virtual time only")
    return replace(line, checks=tuple(kept)), notes


@dataclass(slots=True)
class _Looked:
    due_ns: int
    late_ns: int | None
    failures: list[Failure]


def _expect(stage: Stage, index: int, line: Expecting) -> _Looked:
    """At its time, or within the grace after it; ``throughout`` counts from when it was first seen."""
    stage.rig.until(stage.now_ns + line.after_ns)
    due_ns = stage.now_ns
    wrong = _settle(stage, line, due_ns + line.within_ns + GRACE_NS)
    late_ns = None if wrong else stage.now_ns - due_ns
    if not wrong and line.throughout_ns:
        end_ns = stage.now_ns + line.throughout_ns
        while not (wrong := _wrong(stage, line)) and stage.now_ns < end_ns:
            stage.hop(end_ns)
    places = [(check.place, said(line, check), got) for check, got in wrong]
    taken_ns = stage.now_ns - stage.acted_ns
    if line.budget_ns is not None and taken_ns > line.budget_ns + GRACE_NS:
        budget = f"no more than {spoken.duration(line.budget_ns)} since the last thing done"
        places.append((line.place, budget, f"{taken_ns // 1_000_000} ms"))
    return _Looked(due_ns, None if wrong else late_ns, [
        Failure(index, place.line, place.column, stage.now_ns, words, got) for place, words, got in places
    ])


def _settle(stage: Stage, line: Expecting, end_ns: int) -> list[tuple[Check, str]]:
    while (wrong := _wrong(stage, line)) and stage.now_ns < end_ns:
        stage.hop(end_ns)
    return wrong


def _wrong(stage: Stage, line: Expecting) -> list[tuple[Check, str]]:
    found = ((check, unmet(stage, check)) for check in line.checks)
    return [(check, got) for check, got in found if got is not None]

