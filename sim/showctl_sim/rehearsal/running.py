"""Running a rehearsal in virtual time: steps in order, expectations where they stand, promises all the way."""

from __future__ import annotations

from collections.abc import Callable

from showctl.errors import TraceError
from showctl.model import CueSheet
from showctl_sim import coverage, promises, spoken
from showctl_sim.performance import Performance
from showctl_sim.promises import Watch
from showctl_sim.rehearsal import recorded
from showctl_sim.rehearsal.checks import unmet
from showctl_sim.rehearsal.doing import do, payload
from showctl_sim.rehearsal.nouns import Check, Expecting, Failure, Line, Place, Rehearsal, Result
from showctl_sim.rehearsal.stage import LOOK_NS, Stage

PROMISE = -1


def run(
    rehearsal: Rehearsal, sheet: CueSheet, *, seed: int | None = None, frames: bool = False, first: bool = False,
    progress: Callable[[int, int], None] | None = None, room: CueSheet | None = None,
) -> Result:
    """Play ``rehearsal`` on ``sheet``. ``seed`` in place of its own; ``first``: stop at the first failure.

    ``progress`` is told (steps done, of how many). ``room`` is what people and sensors know, where ``sheet`` is a
    mutant of it. The same sheet, rehearsal and seed give the same Result, byte for
    byte, wherever it runs.
    """
    chosen = rehearsal.seed if seed is None else seed
    stage = Stage(Performance(sheet, chosen, frames), chosen, room)
    own, notes = promises.of_sheet(sheet)
    watch = Watch(stage.performance, (*rehearsal.promises, *own))
    stage.performance.watchers.append(watch.step)
    if watch.levels:
        stage.rig.look(watch.look, LOOK_NS)
    _begin(stage, rehearsal)
    failures: list[Failure] = []
    moments = []
    for index, line in enumerate(rehearsal.steps):
        failures += _step(stage, index, line)
        moments.append(stage.now_ns)
        if first and (failures or watch.broken):
            break
        if progress is not None:
            progress(index + 1, len(rehearsal.steps))
    if rehearsal.recording is not None and not (first and failures):
        stage.rig.until(rehearsal.recording.last_ns)
    watch.end()
    failures += _broken(watch)
    reached = coverage.reached(sheet, stage.performance.steps)
    return Result(rehearsal, not failures, tuple(failures), stage.performance, reached, tuple(moments), notes)


def _begin(stage: Stage, rehearsal: Rehearsal) -> None:
    """Connect the room, then what was given as it stands on the wire; or go on where a recording begins."""
    if rehearsal.recording is not None:
        recorded.begin(stage, rehearsal.recording)
        return
    if rehearsal.trace:
        raise TraceError(f"{rehearsal.file}: nobody has read its trace, {rehearsal.trace}")
    stage.rig.begin(rehearsal.given, rehearsal.silent, rehearsal.missing)
    for connection, address, value in rehearsal.messages:
        retained = stage.rig.retains((connection, address))
        stage.rig.send(connection, address, payload(stage, connection, value), retained=retained)


def _step(stage: Stage, index: int, line: Line) -> list[Failure]:
    if not isinstance(line, Expecting):
        do(stage, line)
        return []
    stage.rig.until(stage.now_ns + line.after_ns)
    if line.throughout_ns:
        wrong = _throughout(stage, line)
    elif line.within_ns:
        wrong = _within(stage, line)
    else:
        wrong = _wrong(stage, line)
    failures = [_failure(index, check.place, at_ns, said(line, check), got) for check, got, at_ns in wrong]
    taken_ns = stage.now_ns - stage.acted_ns
    if line.budget_ns is not None and taken_ns > line.budget_ns:
        budget = f"no more than {spoken.duration(line.budget_ns)} since the last thing done"
        failures.append(_failure(index, line.place, stage.now_ns, budget, spoken.duration(taken_ns)))
    return failures


def _failure(index: int, place: Place, at_ns: int, expected: str, got: str) -> Failure:
    return Failure(index, place.line, place.column, at_ns, expected, got)


Wrong = list[tuple[Check, str, int]]


def _wrong(stage: Stage, line: Expecting) -> Wrong:
    found = ((check, unmet(stage, check)) for check in line.checks)
    return [(check, got, stage.now_ns) for check, got in found if got is not None]


def _within(stage: Stage, line: Expecting) -> Wrong:
    """All at one moment, at the latest at the end of the time; the next step counts from that moment."""
    end_ns = stage.now_ns + line.within_ns
    while (wrong := _wrong(stage, line)) and stage.now_ns < end_ns:
        stage.hop(end_ns, _about_levels(line))
    return wrong


def _throughout(stage: Stage, line: Expecting) -> Wrong:
    """At every moment of the time; the first breach of each is told, and the time is waited for in any case."""
    end_ns = stage.now_ns + line.throughout_ns
    wrong = _wrong(stage, line)
    while stage.now_ns < end_ns:
        stage.hop(end_ns, _about_levels(line))
        known = [check for check, _, _ in wrong]
        wrong += [each for each in _wrong(stage, line) if each[0] not in known]
    return wrong


def _about_levels(line: Expecting) -> bool:
    return any(check.kind == "levels" for check in line.checks)


def _broken(watch: Watch) -> list[Failure]:
    return [
        Failure(PROMISE, each.promise.line, each.promise.column, each.at_ns, str(each.promise), each.got)
        for each in watch.broken.values()
    ]


def said(line: Expecting, check: Check) -> str:
    """A check as people write it, with its time: ``show: safe within 2 s``."""
    name = {"levels": check.name, "state": check.name, "truth": check.name, "connection": check.name,
            "flag": check.name, "master": check.name.replace("grand", "master")}.get(check.kind, check.kind)
    if check.kind in ("started", "sent"):
        name = f"{check.kind} {check.name}"
    for word, ns in (("within", line.within_ns), ("throughout", line.throughout_ns)):
        if ns:
            return f"{name}: {check.text} {word} {spoken.duration(ns)}"
    return f"{name}: {check.text}"
