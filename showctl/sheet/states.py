"""States: regions flattened, targets and guards resolved, one fail state each; a sheet without any gets its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from showctl import units
from showctl.model import LEVEL_MAX, PRIORITY, SECOND_NS, Part, Region, State, Transition
from showctl.sheet.answers import Answers, Here, is_press, resolved_answers
from showctl.sheet.cues import in_ranges, messages
from showctl.sheet.draft import NESTED_MAX, Draft, named
from showctl.sheet.looks import parts
from showctl.sheet.models import Answer, RegionEntry, StateEntry
from showctl.sheet.mutes import muted
from showctl.sheet.problems import Path, hint
from showctl.sheet.wishes import Span, Wish

RESERVED = ("say", "back", "cue")
PLAIN_REGION, PLAIN_STATE, PLAIN_FAIL = "show", "list", "safe"
PLAIN_FAIL_FADE_NS = 2 * SECOND_NS
BACK = (Transition("back"),)


def regions(draft: Draft) -> None:
    """Fill ``draft.regions`` in sheet order."""
    if not draft.written.get("states"):
        if not draft.problems.touched(("states",)):
            draft.regions[PLAIN_REGION] = _plain(draft)
        return
    for name, entry in draft.entries.states.items():
        path: Path = ("states", name)
        if named(draft, path, name):
            region = _region(draft, path, name, entry)
            if region is not None:
                draft.regions[name] = region
            if entry.priority != PRIORITY:
                draft.priorities[name] = entry.priority


# ---- a sheet without states ----


def _plain(draft: Draft) -> Region:
    """One state that holds the whole list, and a safe look for panic to go to (SEMANTICS 4, 19)."""
    listed = State(PLAIN_STATE, cues=tuple(draft.numbers), end=True)
    if "safe" in draft.looks:
        if not _whole(draft, "safe"):
            draft.problems.key(
                ("looks", "safe"), "panic goes to this look: write whole levels, without steps and times of their own")
        look = parts(draft, (), "safe", {}, Span(PLAIN_FAIL_FADE_NS))[:1]
    else:
        look = (Part(_half(draft), PLAIN_FAIL_FADE_NS),)
    safe = State(PLAIN_FAIL, on={"go": BACK}, look=look[0] if look else None, fail=True)
    return Region(PLAIN_REGION, PLAIN_STATE, {PLAIN_STATE: listed, PLAIN_FAIL: safe}, PLAIN_FAIL)


def _half(draft: Draft) -> tuple[tuple[int, int], ...]:
    """Every lamp at 50 % in its default colour."""
    return tuple(
        (each.index, (LEVEL_MAX + 1) // 2 if each.attribute == "intensity" else each.default)
        for each in draft.parameters
        if each.attribute != "fader"
    )


# ---- one region ----


def _region(draft: Draft, path: Path, name: str, entry: RegionEntry) -> Region | None:
    flat = dict(_flattened(draft, path, entry.__pydantic_extra__, "", name, 0))
    if not flat:
        if not draft.problems.touched(path):
            draft.problems.key(path, f"region '{name}' has no states")
        return None
    states = {full: _state(draft, Here(name, full, flat), entry_of) for full, entry_of in flat.items()}
    start = _start(draft, (*path, "start"), entry.start, "", states, next(iter(states)))
    fails = [full for full, state in states.items() if state.fail]
    _one_fail(draft, path, name, states, fails)
    nowhere = Here(name, "", flat)
    anywhere = {
        **_handlers(draft, nowhere, (*path, "anywhere"), entry.anywhere),
        **_health(draft, nowhere, path, "lost", entry.lost),
        **_health(draft, nowhere, path, "back", entry.back),
    }
    return Region(name, start, states, fails[0] if fails else "", anywhere)


def _flattened(
    draft: Draft, path: Path, states: Mapping[str, StateEntry], prefix: str, region: str, depth: int
) -> list[tuple[str, StateEntry]]:
    """(full name, entry) of every state, parents before their children."""
    found: list[tuple[str, StateEntry]] = []
    for name, entry in states.items():
        here = (*path, name)
        if not named(draft, here, name, RESERVED):
            continue
        if depth >= NESTED_MAX:
            draft.problems.key(here, f"states are nested more than {NESTED_MAX} deep")
            continue
        full = prefix + name
        draft.state_paths[region, full] = here
        found.append((full, entry))
        found += _flattened(draft, (*here, "states"), entry.states, f"{full}.", region, depth + 1)
    return found


def _one_fail(draft: Draft, path: Path, name: str, states: Mapping[str, State], fails: list[str]) -> None:
    for full in fails:
        if states[full].start:
            draft.problems.key(
                (*draft.state_paths[name, full], "fail"), f"'{full}' has nested states, so it cannot be the fail state"
            )
    if not fails and not draft.problems.touched(path):
        draft.problems.key(
            path, f"region '{name}' has no fail state, so panic has nowhere to go; add 'safe: {{fail: true, look: …}}'"
        )
    for full in fails[1:]:
        draft.problems.key(
            (*draft.state_paths[name, full], "fail"),
            f"'{fails[0]}' is the fail state of '{name}' already; a region has one",
        )


# ---- one state ----


def _state(draft: Draft, here: Here, entry: StateEntry) -> State:
    path = draft.state_paths[here.region, here.state]
    children = [
        name for name in here.states if name.startswith(f"{here.state}.") and "." not in name[len(here.state) + 1 :]
    ]
    start = ""
    if children:
        start = _start(draft, (*path, "start"), entry.start, f"{here.state}.", here.states, children[0])
    elif entry.start is not None:
        draft.problems.key((*path, "start"), "'start' names a nested state, and there is none here")
    for index, name in enumerate(entry.ready):
        where, desks = (*path, "ready", index), draft.written.get("merge", ())
        draft.known(where, "connection, trigger or desk", name, "connections", "triggers", also=desks)
    parent = here.state.rpartition(".")[0]
    return State(
        here.state,
        parent,
        start,
        in_ranges(draft, (*path, "cues"), entry.cues),
        {
            **_handlers(draft, here, (*path, "on"), entry.on),
            **_health(draft, here, path, "lost", entry.lost),
            **_health(draft, here, path, "back", entry.back),
        },
        tuple(_handlers(draft, here, (*path, "when"), entry.when, conditions=True).items()),
        _afters(draft, here, (*path, "after"), entry.after),
        entry.ready,
        (*muted(draft, path, entry.mute), *messages(draft, path, entry.send)),
        _look(draft, path, entry),
        entry.say,
        entry.fail,
        entry.end,
    )


def _look(draft: Draft, path: Path, entry: StateEntry) -> Part | None:
    """A state moves everything in one time, so that what it looks like can be said in one word."""
    for section, wishes in (("look", entry.look), ("mix", entry.mix)):
        for name, wish in wishes.items() if isinstance(wishes, Mapping) else ():
            if isinstance(wish, Wish) and (wish.span != Span() or wish.relative):
                draft.problems.at(
                    (*path, section, name),
                    "a state takes whole levels in its own 'fade'; other times and steps belong to a cue",
                )
                return None
    if isinstance(entry.look, str) and not _whole(draft, entry.look):
        draft.problems.at(
            (*path, "look"),
            f"the look '{entry.look}' has steps or times of its own; a state takes whole levels in one 'fade', "
            "so put them into a cue",
        )
        return None
    moved = parts(draft, path, entry.look, entry.mix, entry.fade)
    return moved[0] if moved else None


def _whole(draft: Draft, look: str) -> bool:
    """Whether a look of the section ``looks`` is levels and nothing else."""
    return all(wish.span == Span() and not wish.relative for wish in draft.looks.get(look, {}).values())


def _start(draft: Draft, path: Path, name: str | None, prefix: str, states: Collection[str], first: str) -> str:
    if name is None:
        return first
    full = prefix + name
    if full not in states:
        near = [each[len(prefix) :] for each in states if each.startswith(prefix) and "." not in each[len(prefix) :]]
        draft.problems.at(path, f"no state '{name[:60]}' here{hint(name, near)}")
        return first
    return full


# ---- lines ----


def _handlers(
    draft: Draft, here: Here, path: Path, lines: Mapping[str, list[Answer]], *, conditions: bool = False
) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    for name, answers in lines.items():
        where = (*path, name)
        event = " ".join(name.split())
        heard = event.removeprefix("not ")
        if event != "go" or conditions:
            what = "condition" if conditions else "trigger"
            if heard not in draft.triggers and heard not in draft.written.get("triggers", ()):
                also = () if conditions else ("go",)
                draft.problems.key(
                    where, f"no {what} '{heard[:60]}'{hint(heard, (*draft.written.get('triggers', ()), *also))}"
                )
                continue
            if (conditions or event != heard) and is_press(draft, heard):
                said = "'when' tests a condition; put it under 'on'" if conditions else "it never becomes false"
                draft.problems.key(where, f"'{heard}' is a press: {said}")
        found[event] = resolved_answers(draft, here, where, event, answers)
    return found


HEALTHY = ("connections", "triggers", "merge")
"""Sections of what can be lost."""


def _health(draft: Draft, here: Here, path: Path, word: str, lines: Mapping[str, list[Answer]]) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    for name, answers in lines.items():
        where = (*path, word, name)
        if name not in draft.connections and name not in draft.triggers and name not in draft.merges:
            names = tuple(each for section in HEALTHY for each in draft.written.get(section, ()))
            if name not in names:
                draft.problems.key(where, f"no connection, trigger or desk '{name[:60]}'{hint(name, names)}")
            continue
        found[f"{word}:{name}"] = resolved_answers(draft, here, where, f"{name} is {word}", answers)
    return found


def _afters(draft: Draft, here: Here, path: Path, lines: Mapping[str, list[Answer]]) -> tuple[tuple[int, Answers], ...]:
    found: dict[int, Answers] = {}
    for text, answers in lines.items():
        try:
            duration_ns = units.duration_ns(text)
        except ValueError as error:
            draft.problems.key((*path, text), str(error))
            continue
        if duration_ns == 0:
            draft.problems.key((*path, text), "'after' needs a time; what happens at once belongs to the state itself")
        elif duration_ns in found:
            draft.problems.key((*path, text), f"'{text}' stands here twice, written differently")
        found[duration_ns] = resolved_answers(draft, here, (*path, text), f"{text} in {here.state}", answers)
    return tuple(sorted(found.items(), key=lambda item: item[0]))
