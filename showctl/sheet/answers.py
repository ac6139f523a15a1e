"""Answers: where a line leads or what it says, and the guard that must hold (SEMANTICS 21, 22)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from showctl import units
from showctl.model import Guard, Transition, cue_text
from showctl.sheet.cues import known_cue
from showctl.sheet.draft import Draft
from showctl.sheet.models import Answer
from showctl.sheet.problems import Path, hint

Answers = tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class Here:
    """Where a line stands: its region, its state's full name ("" for the region's own lines), and all states."""

    region: str
    state: str
    states: Collection[str]


def resolved_answers(draft: Draft, here: Here, path: Path, event: str, answers: list[Answer]) -> Answers:
    """The lines of one event, tried in order; a line after one without a guard is never reached."""
    found = []
    for index, answer in enumerate(answers):
        transition = _answer(draft, here, (*path, index), event, answer)
        if transition is not None:
            found.append(transition)
            if transition.guard is None and index < len(answers) - 1:
                draft.problems.at((*path, index + 1), "this is never reached: the line before has no 'if'")
    return tuple(found)


def _answer(draft: Draft, here: Here, path: Path, event: str, answer: Answer) -> Transition | None:
    guard = _guard(draft, (*path, "if"), answer)
    if answer.say is not None:
        if answer.to is not None:
            draft.problems.at(path, "'to' and 'say' at once; a line has one answer")
        return Transition("say", answer.say or event, guard, answer.else_)
    if answer.to is None:
        if not draft.problems.touched(path):
            draft.problems.at(path, "this line leads nowhere; add 'to' or 'say'")
        return None
    where = (*path, "to")
    if answer.to == "back":
        return Transition("back", "", guard, answer.else_)
    if answer.to == "say":
        return Transition("say", event, guard, answer.else_)
    if answer.to.startswith("cue "):
        return _cue_target(draft, where, answer, guard)
    target = find_state(here, answer.to)
    if target is None:
        _no_state(draft, where, here, answer.to)
        return None
    return Transition("state", target, guard, answer.else_)


def _cue_target(draft: Draft, path: Path, answer: Answer, guard: Guard | None) -> Transition | None:
    try:
        number = units.cue_number((answer.to or "").removeprefix("cue "))
    except ValueError as error:
        draft.problems.at(path, str(error))
        return None
    return Transition("cue", cue_text(number), guard, answer.else_) if known_cue(draft, path, number) else None


def find_state(here: Here, name: str) -> str | None:
    """The full name of ``name`` seen from here: a sibling, an outer sibling, a full name, or the only one so called."""
    around = here.state
    while around:
        around = around.rpartition(".")[0]
        full = f"{around}.{name}" if around else name
        if full in here.states:
            return full
    if name in here.states:
        return name
    called = [full for full in here.states if full.endswith(f".{name}")]
    return called[0] if len(called) == 1 else None


def _no_state(draft: Draft, path: Path, here: Here, name: str) -> None:
    written = [
        each.partition("/")[2] for each in draft.written.get("all states", ()) if each.startswith(f"{here.region}/")
    ]
    if name in written:
        return  # its own entry is wrong, and that has been said
    several = [full for full in here.states if full.endswith(f".{name}")]
    if len(several) > 1:
        draft.problems.at(path, f"'{name}' is the name of several states; write {' or '.join(several)}")
        return
    draft.problems.at(path, f"no state '{name[:60]}' in region '{here.region}'{hint(name, written)}")


def _guard(draft: Draft, path: Path, answer: Answer) -> Guard | None:
    if not answer.if_:
        return None
    asked: list[tuple[str, tuple[str, ...]]] = []
    triggers: list[tuple[str, bool]] = []
    for name, wanted in answer.if_.items():
        where = (*path, name)
        if name in draft.entries.states and not isinstance(wanted, bool):
            asked.append((name, _guarded_states(draft, where, name, wanted)))
        elif not draft.known(where, "region or trigger", name, "triggers", also=draft.written.get("states", ())):
            continue
        elif name in draft.entries.states:
            draft.problems.at(where, f"'{name}' is a region; write the state it should be in")
        elif isinstance(wanted, bool):
            if is_press(draft, name):
                draft.problems.at(where, f"'{name}' is a press and never holds; a guard asks for a condition")
            triggers.append((name, wanted))
        else:
            draft.problems.at(where, f"'{name}' is a trigger; write true or false")
    return Guard(tuple(asked), tuple(triggers))


def _guarded_states(draft: Draft, path: Path, region: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    written = [each.partition("/")[2] for each in draft.written.get("all states", ()) if each.startswith(f"{region}/")]
    there = Here(region, "", written)
    found = []
    for index, name in enumerate(wanted):
        full = find_state(there, name)
        if full is None:
            draft.problems.at((*path, index), f"no state '{name[:60]}' in region '{region}'{hint(name, written)}")
        else:
            found.append(full)
    return tuple(found)


def is_press(draft: Draft, name: str) -> bool:
    """Whether a trigger only happens and never holds."""
    rule = draft.triggers.get(name)
    return rule is not None and (getattr(rule, "kind", "level") != "level" or getattr(rule, "mode", "") == "sequence")
