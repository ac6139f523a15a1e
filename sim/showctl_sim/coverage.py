"""What of a sheet a run has reached: states, lines that lead somewhere, cues, triggers, fail states.

Worked out from the steps alone, so that it can be had of a recording as well. A step does not say which of two lines
with the same answer was taken; the first one whose guard on regions held is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from showctl import fsm
from showctl.fsm import Way
from showctl.model import CueSheet, Event, Move, Region, Step, Transition, cue_text

KINDS = ("states", "transitions", "cues", "triggers", "fail states")

Seen = Mapping[str, Mapping[str, int]]
"""Kind → everything of it that the sheet has, as people name it → how often it was reached."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each thing was reached; what never was has a 0."""

    seen: Seen

    def missed(self, kind: str) -> tuple[str, ...]:
        """What was never reached, in sheet order."""
        return tuple(name for name, count in self.seen[kind].items() if not count)

    def counts(self, kind: str) -> tuple[int, int]:
        """(reached, of)."""
        every = self.seen[kind]
        return len(every) - len(self.missed(kind)), len(every)

    @property
    def complete(self) -> bool:
        """Whether every state was entered and every line taken."""
        return not (self.missed("states") or self.missed("transitions"))

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage({kind: {name: count + other.seen[kind].get(name, 0) for name, count in every.items()}
                         for kind, every in self.seen.items()})


def nothing(sheet: CueSheet) -> Coverage:
    """The coverage of no run at all."""
    return Coverage({kind: dict.fromkeys(_all(sheet)[kind], 0) for kind in KINDS})


def reached(sheet: CueSheet, steps: Iterable[Step]) -> Coverage:
    """The coverage of one run, from its first step on."""
    seen = {kind: dict.fromkeys(names, 0) for kind, names in _all(sheet).items()}
    tables = {name: fsm.tables(region) for name, region in sheet.regions.items()}
    states: dict[str, str] = {}
    for step in steps:
        for kind, name in _of_step(sheet, tables, states, step):
            seen[kind][name] = seen[kind].get(name, 0) + 1
        states.update((move.region, move.target) for move in step.moves)
    return Coverage(seen)


def _of_step(
    sheet: CueSheet, tables: Mapping[str, fsm.Table], states: Mapping[str, str], step: Step
) -> Iterator[tuple[str, str]]:
    event = step.event
    if event.kind == "heard":
        return
    if event.kind in ("edge", "press"):
        yield "triggers", event.name
    for number in step.started:
        yield "cues", number
    for move in step.moves:
        for name in move.entered:
            yield "states", _state(move.region, name)
            if sheet.regions[move.region].states[name].fail:
                yield "fail states", _state(move.region, name)
    if step.refused and not step.moves and not step.started and not step.said:
        return
    for region in sheet.regions.values():
        yield from _lines(region, tables[region.name], states, step)


def _lines(
    region: Region, table: fsm.Table, states: Mapping[str, str], step: Step
) -> Iterator[tuple[str, str]]:
    """The lines of one region that this step took: its answer to the event, then what was true already at entry."""
    moves = [move for move in step.moves if move.region == region.name]
    name = _event_name(region, step.event)
    way = _taken(table.get((states.get(region.name, ""), name), ()), moves, states, step) if name else None
    if way is not None:
        yield "transitions", line(region.name, way.owner, name, way.transition)
    for before, after in pairwise(moves):
        for (leaf, trigger), ways in table.items():
            if leaf == before.target:
                for each in ways:
                    if each.target == after.target and trigger in _tested(region, each.owner):
                        yield "transitions", line(region.name, each.owner, trigger, each.transition)
                        break


def _tested(region: Region, state: str) -> tuple[str, ...]:
    return tuple(name for name, _ in region.states[state].when) if state else ()


def _taken(ways: tuple[Way, ...], moves: list[Move], states: Mapping[str, str], step: Step) -> Way | None:
    for way in ways:
        if not _guard_held(way, states):
            continue
        kind, target = way.transition.kind, way.transition.target
        if kind == "state" and moves and moves[0].target == way.target:
            return way
        if kind == "back" and moves and not step.refused:
            return way
        if kind == "cue" and target in step.started:
            return way
        if kind == "say" and (target in step.said if target else step.said):
            return way
    return None


def _guard_held(way: Way, states: Mapping[str, str]) -> bool:
    """Guards on regions, as they stood before the step; a guard on a trigger is believed."""
    guard = way.transition.guard
    return guard is None or all(
        any(states.get(region, "") == state or states.get(region, "").startswith(f"{state}.") for state in wanted)
        for region, wanted in guard.regions
    )


def _event_name(region: Region, event: Event) -> str:
    """What the sheet calls an event under ``on``, ``when`` or ``after``; "" for what no line answers."""
    if event.kind == "edge":
        return event.name if event.value else f"not {event.name}"
    if event.kind in ("lost", "back"):
        return f"{event.kind}:{event.name}"
    if event.kind == "timer" and event.name.startswith(f"after {region.name}."):
        return f"after {event.name.removeprefix(f'after {region.name}.')}"
    go = event.kind == "command" and event.name in ("go", "cue-go")
    return "go" if go else event.name if event.kind == "press" else ""


# ---- what there is ----

def line(region: str, owner: str, event: str, transition: Transition) -> str:
    """A line of a sheet as people read it: ``show/talk: door → cue 40``."""
    where = _state(region, owner) if owner else f"{region}/anywhere"
    answer = {"state": transition.target, "cue": f"cue {transition.target}", "back": "back"}.get(
        transition.kind, f"say {transition.target}".strip())
    if event.startswith("after "):
        event = f"after its time ({int(event.rpartition(' ')[2]) + 1})"
    return f"{where}: {event} → {answer}"


def _all(sheet: CueSheet) -> dict[str, list[str]]:
    regions = sheet.regions.values()
    return {
        "states": [_state(region.name, state) for region in regions for state in region.states],
        "transitions": [name for region in regions for name in _written(region)],
        "cues": [cue_text(number) for number in sheet.cues],
        "triggers": list(sheet.triggers),
        "fail states": [_state(region.name, region.fail) for region in regions],
    }


def _written(region: Region) -> Iterator[str]:
    for state in region.states.values():
        for event, lines in (*state.on.items(), *state.when):
            yield from (line(region.name, state.name, event, each) for each in lines)
        for number, (_, lines) in enumerate(state.after):
            event = fsm.after_event(state.name, number)
            yield from (line(region.name, state.name, event, each) for each in lines)
    for event, lines in region.anywhere.items():
        yield from (line(region.name, "", event, each) for each in lines)


def _state(region: str, name: str) -> str:
    return f"{region}/{name}"
