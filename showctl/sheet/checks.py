"""What only shows when the whole sheet is there: who writes what, traps, faders from nowhere, hazards, guards."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from showctl.model import Input, Message, Region, State, Transition, cue_text
from showctl.sheet.draft import Draft
from showctl.sheet.problems import Path


def run(draft: Draft) -> None:
    """Say every problem and warning of the whole."""
    for check in (
        _one_region_a_cue,
        _one_region_a_fixture,
        _faders_from_nowhere,
        _traps,
        _go_elsewhere,
        _hazards,
        _uncertain_go,
    ):
        check(draft)


# ---- cues and regions ----


def _one_region_a_cue(draft: Draft) -> None:
    home: dict[Decimal, tuple[str, str]] = {}
    for region, state in _states(draft):
        for number in state.cues:
            other = home.setdefault(number, (region.name, state.name))
            if other[0] != region.name:
                draft.problems.at(
                    (*draft.state_paths[region.name, state.name], "cues"),
                    f"cue {cue_text(number)} stands in '{other[0]}' ({other[1]}) already; a cue belongs to one region",
                )


def _played(draft: Draft, region: Region) -> list[Decimal]:
    """Every cue that the region can start, in numeric order."""
    pending = [number for state in region.states.values() for number in state.cues]
    pending += [Decimal(each.target) for _, each in _lines(region) if each.kind == "cue"]
    found: dict[Decimal, None] = {}
    while pending:
        number = pending.pop()
        cue = draft.cues.get(number)
        if cue is None or number in found:
            continue
        found[number] = None
        pending += [each for each in (cue.auto_continue, cue.auto_follow) if each is not None]
        pending += cue.group.members if cue.group else ()
        pending += [act.cue for act in cue.acts if act.verb in ("start", "go-to", "load")]
    return sorted(found)


def _one_region_a_fixture(draft: Draft) -> None:
    """SEMANTICS 20: the checker refuses what at run time would be a quarrel. Overlays lie over and write nothing."""
    writer: dict[str, tuple[str, Path]] = {}
    said: set[tuple[str, str]] = set()
    for region in draft.regions.values():
        for owner, path in _written(draft, region):
            first, first_path = writer.setdefault(owner, (region.name, path))
            entry = draft.entries.fixtures.get(owner)
            if first == region.name or (owner, region.name) in said or (entry is not None and entry.share):
                continue
            said.add((owner, region.name))
            remedy = "let one of them have it" + (", or write 'share: htp' at the fixture" if entry is not None else "")
            draft.problems.at(
                path,
                f"region '{region.name}' writes '{owner}', and so does region '{first}' "
                f"(line {draft.problems.line(first_path)}); {remedy}",
            )


def _written(draft: Draft, region: Region) -> Iterator[tuple[str, Path]]:
    owners = [each.owner for each in draft.parameters]
    for number in _played(draft, region):
        cue = draft.cues[number]
        if cue.overlay_ns is None:
            for owner in dict.fromkeys(owners[parameter] for part in cue.parts for parameter, _ in part.targets):
                yield owner, (*draft.cue_paths[number], "mix" if owner in draft.faders else "look")
            for owner in dict.fromkeys(owners[parameter] for each in cue.effects for parameter in each.parameters):
                yield owner, (*draft.cue_paths[number], "effect")
    for state in region.states.values():
        if state.look is not None and (region.name, state.name) in draft.state_paths:
            path = draft.state_paths[region.name, state.name]
            for owner in dict.fromkeys(owners[parameter] for parameter, _ in state.look.targets):
                yield owner, (*path, "mix" if owner in draft.faders else "look")


# ---- faders ----


def _faders_from_nowhere(draft: Draft) -> None:
    """SEMANTICS 31: nobody knows where a fader without ``start`` stands, so it cannot be faded from there.

    Nor after a scene that the list recalls. A fail state is free to: it goes there at once.
    """
    faders = {fader.parameter: fader for fader in draft.faders.values()}
    unknown = {fader.parameter: fader.name for fader in draft.faders.values() if fader.start is None}
    if not unknown and not any(command.recalls for command in draft.commands.values()):
        return
    for region in draft.regions.values():
        lost: dict[int, Decimal | None] = dict.fromkeys(unknown)
        entered = {state.cues[0]: state.messages for state in region.states.values() if state.cues}
        for number in _played(draft, region):
            for to in _recalled(draft, (*entered.get(number, ()), *draft.cues[number].messages)):
                lost |= {fader.parameter: number for fader in faders.values() if fader.to == to}
            for part in draft.cues[number].parts:
                for parameter, _ in part.targets:
                    if parameter in lost and part.fade_ns:
                        name = faders[parameter].name
                        _from_nowhere(draft, (*draft.cue_paths[number], "mix", name), name, lost[parameter])
                    lost.pop(parameter, None)
        for state in region.states.values():
            for parameter, _ in state.look.targets if state.look is not None and state.look.fade_ns else ():
                if parameter in unknown:
                    path = draft.state_paths[region.name, state.name]
                    _from_nowhere(draft, (*path, "mix", unknown[parameter]), unknown[parameter])


def _recalled(draft: Draft, messages: tuple[Message, ...]) -> Iterator[str]:
    """The connections whose mixer recalls a scene by one of these."""
    commands = (draft.commands[message.command] for message in messages)
    yield from (command.to for command in commands if command.recalls)


def _from_nowhere(draft: Draft, path: Path, name: str, scene: Decimal | None = None) -> None:
    since = "" if scene is None else f" since cue {cue_text(scene)} recalled a scene"
    remedy = "give the fader a 'start', or set it here 'in 0 s'" if scene is None else "set it 'in 0 s' first"
    draft.problems.at(path, f"nobody knows where '{name}' stands{since}, so it cannot be faded from there; {remedy}")


# ---- traps ----


def _states(draft: Draft) -> Iterator[tuple[Region, State]]:
    for region in draft.regions.values():
        for state in region.states.values():
            yield region, state


def _own_lines(state: State) -> Iterator[tuple[str, Transition]]:
    for event, transitions in (*state.on.items(), *state.when):
        for transition in transitions:
            yield event, transition
    for _, transitions in state.after:
        for transition in transitions:
            yield "after", transition


def _lines(region: Region) -> Iterator[tuple[str, Transition]]:
    """(event, line) of every state and of ``anywhere``; a timeout's event is ``after``."""
    for state in region.states.values():
        yield from _own_lines(state)
    for event, transitions in region.anywhere.items():
        for transition in transitions:
            yield event, transition


def _ways_out(region: Region, state: State) -> list[str]:
    """The events that lead out of a state: its own lines, its parents' and anywhere's."""
    found: list[str] = []
    name = state.name
    while name:
        found += [event for event, line in _own_lines(region.states[name]) if line.kind in ("state", "back")]
        name = region.states[name].parent
    return found + [
        event for event, lines in region.anywhere.items() for line in lines if line.kind in ("state", "back")
    ]


def _traps(draft: Draft) -> None:
    """Every wait ends: on its event, its timeout, or an operator (DESIGN §5 law 6)."""
    for region, state in _states(draft):
        path = draft.state_paths.get((region.name, state.name))
        if path is None or state.start or state.end or draft.problems.touched(path):
            continue
        ways, press = _ways_out(region, state), _a_press(draft, region)
        by_hand = any(_by_hand(draft, region, event) for event in ways)
        if state.fail:
            if not by_hand:
                draft.problems.warn(path, f"after a panic no press leads out of '{state.name}'; add {press}")
        elif not ways and not _has_cues(region, state):
            draft.problems.key(path, f"nothing leads out of '{state.name}'; add {press} or 'after', or say 'end: true'")
        elif ways and not by_hand and "after" not in ways:
            waits = ", ".join(dict.fromkeys(ways))
            draft.problems.warn(
                path, f"'{state.name}' waits for sensors alone ({waits}), which may be dead; add {press} or 'after'"
            )


def _has_cues(region: Region, state: State) -> bool:
    name = state.name
    while name:
        if region.states[name].cues:
            return True
        name = region.states[name].parent
    return False


def _by_hand(draft: Draft, region: Region, event: str) -> bool:
    rule = draft.triggers.get(event)
    button = isinstance(rule, Input) and rule.kind == "button"
    return button or (event == "go" and _is_first(draft, region))


def _is_first(draft: Draft, region: Region) -> bool:
    """GO plays the first region; the others hear buttons."""
    return region.name == next(iter(draft.regions))


def _a_press(draft: Draft, region: Region) -> str:
    return "'on: {go: …}'" if _is_first(draft, region) else "a button under 'on'"


def _go_elsewhere(draft: Draft) -> None:
    for region, state in _states(draft):
        if "go" in state.on and not _is_first(draft, region):
            path = (*draft.state_paths[region.name, state.name], "on", "go")
            first = next(iter(draft.regions))
            draft.problems.warn(path, f"GO plays region '{first}', so this line is never heard; use a button")


# ---- hazards and guards ----


def _hazards(draft: Draft) -> None:
    """SEMANTICS 33: a button that sets something moving asks once more; stopping needs no question."""
    for region in draft.regions.values():
        for event, line in _lines(region):
            rule = draft.triggers.get(event)
            if isinstance(rule, Input) and rule.kind == "button" and not rule.confirm:
                for command in _dangers(draft, region, line):
                    draft.problems.warn(
                        ("triggers", event),
                        f"'{event}' sends '{command}', which {draft.commands[command].hazard}; "
                        "give the button 'confirm: true'",
                    )


def _dangers(draft: Draft, region: Region, line: Transition) -> Iterator[str]:
    """The hazardous commands that a line sends at once."""
    sent = []
    if line.kind == "state":
        name = line.target
        while name and not region.states[name].fail:
            sent += list(region.states[name].messages)
            name = region.states[name].start
    elif line.kind == "cue" and (cue := draft.cues.get(Decimal(line.target))) is not None:
        sent += list(cue.messages)
    yield from (each.command for each in sent if draft.commands[each.command].hazard)


def _uncertain_go(draft: Draft) -> None:
    """SEMANTICS 21: a guard that reads unknown is false, so a dead sensor would take GO from the operator."""
    for region, state in _states(draft):
        path = draft.state_paths.get((region.name, state.name))
        for index, line in enumerate(state.on.get("go", ())) if path is not None else ():
            _uncertain(draft, (*(path or ()), "on", "go", index, "if"), line)
    for region in draft.regions.values():
        for index, line in enumerate(region.anywhere.get("go", ())):
            _uncertain(draft, ("states", region.name, "anywhere", "go", index, "if"), line)


def _uncertain(draft: Draft, path: Path, line: Transition) -> None:
    for name, wanted in line.guard.triggers if line.guard is not None else ():
        rule = draft.triggers.get(name)
        if isinstance(rule, Input) and rule.initial is not None:
            continue
        draft.problems.warn(
            (*path, name),
            f"GO hangs on '{name}' being {str(wanted).lower()}; while nothing is heard of it, that is false",
        )
