"""The cue list: numbers, what each cue moves and sends, groups, acts, and what follows what."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal

from showctl import units
from showctl.model import PRIORITY, Command, Cue, CueAct, Group, Message, Value, cue_text
from showctl.sheet import effects
from showctl.sheet.draft import Draft
from showctl.sheet.looks import parts
from showctl.sheet.models import CueEntry
from showctl.sheet.mutes import muted
from showctl.sheet.problems import Path, hint
from showctl.sheet.values import Sending

ACTS = ("start", "stop", "pause", "resume", "release", "load", "arm", "disarm", "go-to")
ACT = re.compile(r"(?P<verb>[a-z-]+) +(?P<cues>[\d., -]+?)(?: +(?P<word>at|in) +(?P<time>.+))?", re.ASCII)
LET_GO = re.compile(r"release +(?P<effect>[^\W\d][\w-]*)(?: +in +(?P<time>.+))?")
TIMED = {"load": "at", "release": "in"}

Ranges = Sequence[tuple[Decimal, Decimal]]


def cues(draft: Draft) -> None:
    """Fill ``draft.cues`` in numeric order; 1.10 is 1.1, and both in one sheet are an error (SEMANTICS 15)."""
    _number(draft)
    draft.numbers = sorted(draft.cue_paths)
    made: dict[Decimal, Cue] = {}
    for number in draft.numbers:
        entry = draft.entries.cues.get(str(draft.cue_paths[number][1]))
        if entry is not None:
            made[number] = _cue(draft, draft.cue_paths[number], number, entry)
    draft.cues = made
    _endless(draft)


def _number(draft: Draft) -> None:
    for text in draft.written.get("cues", ()):
        path: Path = ("cues", text)
        try:
            number = units.cue_number(text)
        except ValueError as error:
            draft.problems.key(path, str(error))
            continue
        before = draft.cue_paths.setdefault(number, path)
        if before != path:
            line = draft.problems.line(before)
            draft.problems.key(path, f"cue {cue_text(number)} stands in line {line} already, written '{before[1]}'")


def _cue(draft: Draft, path: Path, number: Decimal, entry: CueEntry) -> Cue:
    moved = parts(draft, path, entry.look, entry.mix, entry.fade)
    sent = (*muted(draft, path, entry.mute), *messages(draft, path, entry.send))
    hazards = [draft.commands[message.command].hazard for message in sent if draft.commands[message.command].hazard]
    if entry.overlay is None and not entry.effect and "release" in entry.model_fields_set:
        draft.problems.key(
            (*path, "release"), "'release' belongs to an overlay or an effect; a cue of the list stays until the next"
        )
    if entry.priority != PRIORITY:
        draft.priorities[f"cue {cue_text(number)}"] = entry.priority
        if entry.overlay is None:
            said = "'priority' belongs to an overlay; a cue of the list has its region's"
            draft.problems.key((*path, "priority"), said)
    if entry.overlay is not None and any(part.relative for part in moved):
        draft.problems.key(
            (*path, "overlay"), "an overlay lies over what is there, so it cannot step up or down; write levels"
        )
    moving = effects.of_cue(draft, path, number, entry) if entry.effect else ()
    cue = Cue(
        number,
        entry.name,
        moved,
        sent,
        _acts(draft, path, number, entry),
        entry.pre_wait,
        entry.post_wait,
        _named(draft, (*path, "auto-continue"), entry.auto_continue),
        _named(draft, (*path, "auto-follow"), entry.auto_follow),
        entry.overlay,
        entry.release,
        _group(draft, path, number, entry),
        entry.armed,
        entry.skip,
        entry.hazard or (hazards[0] if hazards else ""),
        entry.note,
        entry.say,
        moving,
    )
    return effects.laid_over(draft, path, cue) if moving else cue


# ---- cues that name cues ----


def known_cue(draft: Draft, path: Path, number: Decimal) -> bool:
    """Whether the sheet has this cue; says so where not."""
    if number in draft.cue_paths:
        return True
    near = min(draft.numbers, key=lambda each: abs(each - number), default=None)
    nearest = "" if near is None else f"; the nearest is {cue_text(near)}"
    draft.problems.at(path, f"no cue {cue_text(number)}{nearest}")
    return False


def in_ranges(draft: Draft, path: Path, ranges: Ranges) -> tuple[Decimal, ...]:
    """Every cue within the ranges, both ends included, in the order they are written."""
    found: dict[Decimal, None] = {}
    for low, high in ranges:
        inside = draft.numbers[bisect_left(draft.numbers, low) : bisect_right(draft.numbers, high)]
        if not inside and low == high:
            known_cue(draft, path, low)
        elif not inside:
            draft.problems.at(path, f"no cue from {cue_text(low)} to {cue_text(high)}")
        found.update(dict.fromkeys(inside))
    return tuple(found)


def _named(draft: Draft, path: Path, number: Decimal | None) -> Decimal | None:
    return number if number is not None and known_cue(draft, path, number) else None


def _group(draft: Draft, path: Path, number: Decimal, entry: CueEntry) -> Group | None:
    if entry.group is None and not entry.members:
        return None
    members = in_ranges(draft, (*path, "members"), entry.members)
    if entry.group is None or not members:
        if not draft.problems.touched(path):
            draft.problems.key(
                path, f"a group cue needs both 'group' (how) and 'members' (which cues); cue {cue_text(number)} has one"
            )
        return None
    return Group(entry.group, members)


def _acts(draft: Draft, path: Path, number: Decimal, entry: CueEntry) -> tuple[CueAct, ...]:
    found: list[CueAct] = []
    for index, text in enumerate(entry.acts):
        where = (*path, "acts", index)
        try:
            found.extend(_act(draft, where, text))
        except ValueError as error:
            draft.problems.at(where, str(error))
    return tuple(found)


def _act(draft: Draft, path: Path, text: str) -> Iterator[CueAct]:
    effect = LET_GO.fullmatch(text.strip())
    if effect is not None:
        yield from _let_go(draft, path, effect)
        return
    match = ACT.fullmatch(text.strip())
    if match is None or match["verb"] not in ACTS:
        verb = text.split()[0] if text.split() else ""
        near = "" if verb in ACTS else hint(verb, ACTS)
        raise ValueError(f"'{text[:60]}' is nothing a cue can do{near}; write such as 'stop 40' or 'load 60 at 10 s'")
    if match["time"] is not None and TIMED.get(match["verb"]) != match["word"]:
        raise ValueError(f"'{match['verb']}' has no time; only 'load 60 at 10 s' and 'release 40 in 3 s' have one")
    time_ns = units.duration_ns(match["time"]) if match["time"] else None if match["verb"] == "release" else 0
    for number in in_ranges(draft, path, units.cue_range(match["cues"])):
        yield CueAct(match["verb"], number, time_ns)


def _let_go(draft: Draft, path: Path, match: re.Match[str]) -> Iterator[CueAct]:
    """``release breath``: that effect, whichever cue has it at work."""
    name = match["effect"]
    time_ns = units.duration_ns(match["time"]) if match["time"] else None
    if draft.known(path, "effect", name, "effects"):
        for text, entry in draft.entries.cues.items():
            if name in entry.effect and ("cues", text) in draft.cue_paths.values():
                yield CueAct("release", units.cue_number(text), time_ns, name)


# ---- messages ----


def messages(draft: Draft, path: Path, sendings: Sequence[Sending]) -> tuple[Message, ...]:
    """What an entry's ``send`` says, each value as its wire wants it."""
    found = []
    for sending in sendings:
        where = (*path, "send", *sending.where)
        if not draft.known(where, "command", sending.command, "commands"):
            continue
        try:
            found.append(Message(sending.command, _value(draft, draft.commands[sending.command], sending)))
        except ValueError as error:
            draft.problems.at(where, str(error))
    return tuple(found)


def _value(draft: Draft, command: Command, sending: Sending) -> Value:
    said, kind = sending.value, command.address[0]
    if command.name in draft.fixed:
        if said is not None:
            raise ValueError(f"'{command.name}' says always the same; write only its name")
        return draft.fixed[command.name]
    if kind == "note":
        return _velocity(said)
    if kind == "scene":
        return _scene(said)
    if kind == "osc":
        arguments = said if isinstance(said, tuple) else () if said is None else (said,)
        return tuple(_argument(each) for each in arguments)
    if said is None or isinstance(said, tuple):
        raise ValueError(f"'{command.name}' wants one text to send: '{{{command.name}: go}}'")
    return said if isinstance(said, str) else str(said).lower()


def _velocity(said: object) -> int:
    if said is None:
        return 127
    if isinstance(said, str) and re.fullmatch(r"\d{1,3}", said, re.ASCII) and int(said) <= 127:
        return int(said)
    raise ValueError("a note's velocity is a whole number from 0 (off) to 127")


def _scene(said: object) -> int:
    if isinstance(said, str) and re.fullmatch(r"\d{1,5}", said, re.ASCII) and 1 <= int(said) <= 16384:
        return int(said)
    raise ValueError("a scene is a whole number from 1, as the mixer shows it: '{scene: 12}'")


def _argument(text: str | bool) -> Value:
    """An OSC argument: whole numbers are integers, numbers with a point floats, all else text."""
    if isinstance(text, bool):
        return text
    if re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"[+-]?\d{1,9}\.\d{1,9}", text, re.ASCII):
        return float(text)
    return text


# ---- no chain without an end ----


def _endless(draft: Draft) -> None:
    """A ring of cues that start each other in no time never lets the show go on; no group may hold itself."""
    settled: dict[Decimal, bool] = {}
    for first in draft.cues:
        trail: dict[Decimal, None] = {}
        stack = [(first, iter(_at_once(draft.cues[first])))]
        trail[first] = None
        while stack:
            number, following = stack[-1]
            step = next((each for each in following if each in draft.cues and each not in settled), None)
            if step is None:
                settled[number] = True
                trail.pop(number)
                stack.pop()
            elif step in trail:
                ring = [*list(trail)[list(trail).index(step) :], step]
                draft.problems.key(
                    draft.cue_paths[number],
                    f"cues {' → '.join(cue_text(each) for each in ring)} start each other "
                    "without end and without time; give one a wait or a fade",
                )
                settled[number] = True
            else:
                trail[step] = None
                stack.append((step, iter(_at_once(draft.cues[step]))))


def _at_once(cue: Cue) -> tuple[Decimal, ...]:
    """The cues that this one starts at the same instant, and the members it is made of."""
    started = list(cue.group.members) if cue.group else []
    if cue.pre_wait_ns:
        return tuple(started)
    if cue.auto_continue is not None and cue.post_wait_ns == 0:
        started.append(cue.auto_continue)
    if cue.auto_follow is not None and cue.span_ns == 0 and cue.group is None:
        started.append(cue.auto_follow)
    return (*started, *(act.cue for act in cue.acts if act.verb in ("start", "go-to")))
