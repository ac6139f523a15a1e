"""Mistakes in states and transitions: lines dropped, led elsewhere, guarded wrongly, at another time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from showctl import fsm
from showctl.model import CueSheet, Guard, Region, State, Transition, cue_text
from showctl_sim import spoken
from showctl_sim.mutants_of_cues import dropped, part_changes, times

Lines = tuple[Transition, ...]


def regions(sheet: CueSheet) -> Iterator[tuple[str, CueSheet]]:
    """Every mistake in every region."""
    for name, region in sheet.regions.items():
        for what, changed in _region(sheet, region):
            yield f"{name} {what}", replace(sheet, regions={**sheet.regions, name: changed})


def _region(sheet: CueSheet, region: Region) -> Iterator[tuple[str, Region]]:
    leaves = list(fsm.leaves(region))
    if len(leaves) > 1:
        yield "starts elsewhere", replace(region, start=_elsewhere(region, fsm.leaf(region, region.start)))
    for what, handlers in _handlers(sheet, region, region.anywhere):
        yield f"anywhere: {what}", replace(region, anywhere=handlers)
    for name, state in region.states.items():
        for what, changed in _state(sheet, region, state):
            yield f"{name}: {what}", replace(region, states={**region.states, name: changed})


def _state(sheet: CueSheet, region: Region, state: State) -> Iterator[tuple[str, State]]:
    for what, handlers in _handlers(sheet, region, state.on):
        yield f"on {what}", replace(state, on=handlers)
    for place, (trigger, lines) in enumerate(state.when):
        for what, changed in _lines(sheet, region, lines):
            entry = ((trigger, changed),) if changed else ()
            yield f"when {trigger}: {what}", replace(state, when=(*state.when[:place], *entry, *state.when[place + 1:]))
    for place, (after_ns, lines) in enumerate(state.after):
        word = f"after {spoken.duration(after_ns)}"
        for what, changed in _lines(sheet, region, lines):
            waits = (after_ns, changed)
            yield f"{word}: {what}", replace(state, after=(*state.after[:place], waits, *state.after[place + 1:]))
        for what, ns in times(after_ns):
            yield f"after {what}", replace(state, after=(*state.after[:place], (ns, lines), *state.after[place + 1:]))
    yield from _entry(sheet, region, state)


def _entry(sheet: CueSheet, region: Region, state: State) -> Iterator[tuple[str, State]]:
    """What a state does as it is entered."""
    for what, messages in dropped(state.messages):
        yield what, replace(state, messages=messages)
    if state.look is not None:
        yield "look dropped", replace(state, look=None)
        for what, look in part_changes(sheet, state.look):
            yield f"look {what}", replace(state, look=look)
    for name in state.ready:
        yield f"ready without {name}", replace(state, ready=tuple(each for each in state.ready if each != name))
    if state.say:
        yield "say dropped", replace(state, say="")
    for place in range(len(state.cues) - 1):
        first, second = state.cues[place:place + 2]
        swapped = (*state.cues[:place], second, first, *state.cues[place + 2:])
        yield f"cues {cue_text(first)} and {cue_text(second)} swapped", replace(state, cues=swapped)
    for number in state.cues:
        left = tuple(each for each in state.cues if each != number)
        yield f"cue {cue_text(number)} left out", replace(state, cues=left)
    children = [other.name for other in region.states.values() if other.parent == state.name]
    if state.start and len(children) > 1:
        other = children[(children.index(state.start) + 1) % len(children)]
        yield f"begins with {other}", replace(state, start=other)


def _handlers(
    sheet: CueSheet, region: Region, handlers: Mapping[str, Lines]
) -> Iterator[tuple[str, Mapping[str, Lines]]]:
    for name, lines in handlers.items():
        for what, changed in _lines(sheet, region, lines):
            rest = {key: value for key, value in handlers.items() if key != name}
            yield f"{name}: {what}", {**handlers, name: changed} if changed else rest


def _lines(sheet: CueSheet, region: Region, lines: Lines) -> Iterator[tuple[str, Lines]]:
    for place, line in enumerate(lines):
        word = line.target if line.kind == "state" else f"cue {line.target}" if line.kind == "cue" else line.kind
        rest = (*lines[:place], *lines[place + 1:])
        yield f"{word} dropped", rest
        for what, changed in _line(sheet, region, line):
            yield f"{word} {what}", (*lines[:place], changed, *lines[place + 1:])


def _line(sheet: CueSheet, region: Region, line: Transition) -> Iterator[tuple[str, Transition]]:
    if line.kind == "state" and len(list(fsm.leaves(region))) > 1:
        other = _elsewhere(region, fsm.leaf(region, line.target))
        yield f"→ {other}", replace(line, target=other)
    elif line.kind == "cue" and len(sheet.cues) > 1:
        numbers = [cue_text(number) for number in sheet.cues]
        other = numbers[(numbers.index(line.target) + 1) % len(numbers)]
        yield f"→ cue {other}", replace(line, kind="cue", target=other)
    elif line.kind == "back":
        yield f"→ {region.start}", replace(line, kind="state", target=region.start)
    elif line.kind == "say":
        yield "says something else", replace(line, target="changed")
    if line.otherwise:
        yield "else changed", replace(line, otherwise="changed")
    if line.guard is not None:
        yield "guard dropped", replace(line, guard=None)
        for what, guard in _guards(sheet, line.guard):
            yield f"guard {what}", replace(line, guard=guard)


def _guards(sheet: CueSheet, guard: Guard) -> Iterator[tuple[str, Guard]]:
    """Turned round, and without each of the states that it lists; with several entries, without each of them."""
    for place, (region, states) in enumerate(guard.regions):
        others = tuple(leaf for leaf in fsm.leaves(sheet.regions[region])
                       if not any(each in states for each in fsm.lineage(sheet.regions[region], leaf)))
        entries = [(region, others)]
        word = f"on {region} "
        before, after = guard.regions[:place], guard.regions[place + 1:]
        yield f"{word}turned round", replace(guard, regions=(*before, *entries, *after))
        for state in states if len(states) > 1 else ():
            left = tuple(each for each in states if each != state)
            yield f"{word}without {state}", replace(guard, regions=(*before, (region, left), *after))
        if len(guard.regions) + len(guard.triggers) > 1:
            yield f"{word}dropped", replace(guard, regions=(*before, *after))
    for place, (trigger, wanted) in enumerate(guard.triggers):
        first, rest = guard.triggers[:place], guard.triggers[place + 1:]
        yield f"on {trigger} turned round", replace(guard, triggers=(*first, (trigger, not wanted), *rest))
        if len(guard.regions) + len(guard.triggers) > 1:
            yield f"on {trigger} dropped", replace(guard, triggers=(*first, *rest))


def _elsewhere(region: Region, leaf: str) -> str:
    """The next leaf in sheet order."""
    leaves = list(fsm.leaves(region))
    return leaves[(leaves.index(leaf) + 1) % len(leaves)]
