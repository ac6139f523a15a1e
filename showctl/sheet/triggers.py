"""Triggers: what is heard where, conditions and presses, and their combinations, members first."""

from __future__ import annotations

import re
from decimal import Decimal

from showctl.model import Combination, Comparison, Input
from showctl.sheet.draft import Draft, named
from showctl.sheet.models import TriggerEntry
from showctl.sheet.problems import Path

COMPARISON = re.compile(r"(?P<path>[^=!<>]+?) *(?P<op>==|!=|<=|>=|<|>) *(?P<operand>.+)")
NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
WORDS = {"true": True, "false": False}
PAYLOAD = "payload"

SOURCES = {"topic": "mqtt", "address": "osc", "line": "gpio", "key": "serial_line"}
"""Key of a trigger → the driver that it belongs to."""

MODES = {"all": "all", "any": "any", "none": "none", "count": "count", "sequence": "sequence"}
INPUT_ONLY = (
    "from",
    "topic",
    "address",
    "line",
    "key",
    "channel",
    "cc",
    "note",
    "when",
    "until",
    "says",
    "button",
    "confirm",
    "initial",
    "debounce",
    "rate",
    "alive",
    "silent",
    "grace",
)


def triggers(draft: Draft) -> None:
    """Fill ``draft.triggers``, members before the combinations that name them."""
    combinations: dict[str, TriggerEntry] = {}
    for name, entry in draft.entries.triggers.items():
        path: Path = ("triggers", name)
        if not named(draft, path, name, reserved=("go", "not")):
            continue
        if _mode(entry) is not None:
            combinations[name] = entry
            continue
        rule = _input(draft, path, name, entry)
        if rule is not None:
            draft.triggers[name] = rule
    _combinations(draft, combinations)


# ---- one input ----


def _input(draft: Draft, path: Path, name: str, entry: TriggerEntry) -> Input | None:
    ways = {key for key in ("when", "says", "button") if getattr(entry, key) is not None}
    if len(ways) != 1:
        if not draft.problems.touched(path):
            draft.problems.key(
                path,
                f"'{name}' needs one of: when (a condition), says or button (a press), all, any, none, count, sequence",
            )
        return None
    kind = {"when": "level", "says": "press", "button": "button"}[next(iter(ways))]
    if not _fits(draft, path, entry, kind):
        return None
    address = "" if kind == "button" else _address(draft, path, entry)
    if address is None:
        return None
    when = _comparison(draft, (*path, "when"), entry.when)
    until = _comparison(draft, (*path, "until"), entry.until)
    says, says_path = _said(draft, (*path, "says"), entry.says)
    return Input(
        name,
        entry.from_ or "",
        address,
        kind,
        when,
        until,
        says,
        says_path,
        entry.button or "",
        entry.confirm,
        entry.initial,
        entry.debounce,
        entry.for_,
        entry.lockout,
        entry.rate,
        entry.alive or "",
        entry.silent,
        entry.grace,
    )


ONLY_FOR = {
    "until": ("level",),
    "initial": ("level",),
    "debounce": ("level",),
    "for": ("level",),
    "alive": ("level", "press"),
    "silent": ("level",),
    "from": ("level", "press"),
    "confirm": ("button",),
    "within": (),
    "of": (),
}
KIND_WORDS = {"level": "a condition", "press": "a press", "button": "a button"}


def _fits(draft: Draft, path: Path, entry: TriggerEntry, kind: str) -> bool:
    stray = [key for key, kinds in ONLY_FOR.items() if kind not in kinds and key in _given(entry)]
    for key in stray:
        draft.problems.key((*path, key), f"'{key}' means nothing for {KIND_WORDS[kind]}")
    return not stray


def _address(draft: Draft, path: Path, entry: TriggerEntry) -> str | None:
    if entry.from_ is None:
        draft.problems.key(path, f"'{path[-1]}' needs 'from', the connection it is heard on")
        return None
    if not draft.known((*path, "from"), "connection", entry.from_, "connections"):
        return None
    driver = draft.connections[entry.from_].driver
    given = {key: value for key in SOURCES if (value := getattr(entry, key)) is not None}
    midi = {key: value for key in ("cc", "note") if (value := getattr(entry, key)) is not None}
    if driver == "midi" and len(midi) == 1 and entry.channel is not None and not given:
        ((word, number),) = midi.items()
        return f"{word} {entry.channel} {number}"
    if driver == "serial_line" and not given:
        return ""
    wanted = [key for key, each in SOURCES.items() if each == driver]
    if len(given) != 1 or midi or (wanted and wanted[0] not in given):
        if not draft.problems.touched(path):
            need = "'channel' with 'cc' or 'note'" if driver == "midi" else f"'{wanted[0] if wanted else 'address'}'"
            draft.problems.key(
                path, f"'{path[-1]}' is heard on '{entry.from_}' ({driver}), so it needs {need} and no other address"
            )
        return None
    return str(next(iter(given.values())))


# ---- conditions as text ----


def comparison(text: str) -> Comparison:
    """``contact == false``, ``payload > 0.60``, ``Switch1.Action == ON`` or a bare ``DOWN``; else ValueError."""
    match = COMPARISON.fullmatch(text.strip())
    if match is None:
        if re.search(r"[=<>!]", text):
            raise ValueError(
                f"'{text[:60]}' is no condition; write 'contact == false', 'payload > 0.60' or 'at == stage'"
            )
        return Comparison((), "==", _operand(text.strip()))
    operand = _operand(match["operand"].strip())
    if match["op"] not in ("==", "!=") and not isinstance(operand, Decimal):
        raise ValueError(f"'{match['op']}' compares numbers, and '{match['operand'][:40]}' is none")
    return Comparison(_path(match["path"].strip()), match["op"], operand)


def _path(text: str) -> tuple[str, ...]:
    if text == PAYLOAD:
        return ()
    parts = tuple(text.split("."))
    if not all(parts) or len(parts) > 16:
        raise ValueError(
            f"'{text[:60]}' is no path into a payload; write names with dots between, such as Switch1.Action"
        )
    return parts


def _operand(text: str) -> bool | Decimal | str:
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text):
        return Decimal(text)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if not text:
        raise ValueError("nothing to compare with; write such as 'contact == false'")
    return text


def _comparison(draft: Draft, path: Path, text: str | None) -> Comparison | None:
    if text is None:
        return None
    try:
        return comparison(text)
    except ValueError as error:
        draft.problems.at(path, str(error))
        return None


def _said(draft: Draft, path: Path, text: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The value that is a press, None for any, and where in the payload it stands."""
    if text is None or text == "any":
        return None, ()
    match = COMPARISON.fullmatch(text.strip())
    if match is None:
        return text, ()
    if match["op"] != "==":
        draft.problems.at(path, "a press is one value; write such as 'action == single', or use 'when' for a condition")
        return None, ()
    try:
        return match["operand"].strip().strip("'\""), _path(match["path"].strip())
    except ValueError as error:
        draft.problems.at(path, str(error))
        return None, ()


# ---- combinations ----


def _mode(entry: TriggerEntry) -> str | None:
    for mode in MODES:
        if getattr(entry, {"all": "all_", "any": "any_"}.get(mode, mode)) is not None:
            return mode
    return None


def _members(entry: TriggerEntry, mode: str) -> tuple[str, tuple[str, ...]]:
    """The key that lists the members, and the members."""
    listed = {"all": entry.all_, "any": entry.any_, "none": entry.none, "count": entry.of, "sequence": entry.sequence}
    return ("of" if mode == "count" else mode), listed[mode] or ()


def _combinations(draft: Draft, waiting: dict[str, TriggerEntry]) -> None:
    for name, entry in waiting.items():
        _check_combination(draft, ("triggers", name), entry, waiting)
    while waiting:
        ready = [
            name
            for name, entry in waiting.items()
            if not any(member in waiting for member in _members(entry, _mode(entry) or "")[1])
        ]
        if not ready:
            for name in waiting:
                draft.problems.key(("triggers", name), f"'{name}' is made of itself, by way of {', '.join(waiting)}")
            return
        for name in ready:
            entry = waiting.pop(name)
            mode = _mode(entry) or ""
            members = _members(entry, mode)[1]
            draft.triggers[name] = Combination(
                name,
                mode,
                members,
                entry.count or 0,
                entry.within,
                entry.for_,
                entry.lockout,
            )


def _check_combination(draft: Draft, path: Path, entry: TriggerEntry, others: dict[str, TriggerEntry]) -> None:
    mode = _mode(entry) or ""
    key, members = _members(entry, mode)
    stray = [each for each in INPUT_ONLY if each in _given(entry)]
    stray += [each for each in MODES if each != mode and each in _given(entry)]
    for each in stray:
        draft.problems.key((*path, each), f"'{each}' means nothing beside '{mode}'")
    if mode == "count" and not 1 <= (entry.count or 0) <= len(members):
        draft.problems.key(
            (*path, "count"), f"'count' is {entry.count} of {len(members)}; list what it counts under 'of'"
        )
    if mode != "sequence" and entry.within is not None:
        draft.problems.key((*path, "within"), "'within' belongs to 'sequence'")
    if mode == "sequence" and (entry.within is None or len(members) < 2) and not draft.problems.touched(path):
        draft.problems.key(
            path, f"'{path[-1]}' needs at least two happenings and 'within', the time from the first to the last"
        )
    if mode == "sequence" and entry.for_:
        draft.problems.key((*path, "for"), "'for' is how long a condition holds; a sequence just happens")
    for index, member in enumerate(members):
        where = (*path, key, index)
        if not draft.known(where, "trigger", member, "triggers", also=others):
            continue
        rule = draft.triggers.get(member)
        happens = (isinstance(rule, Input) and rule.kind != "level") or (
            member in others and _mode(others[member]) == "sequence"
        )
        if happens and mode != "sequence":
            draft.problems.at(where, f"'{member}' is a press and never holds; '{mode}' is made of conditions")


def _given(entry: TriggerEntry) -> set[str]:
    return {name.rstrip("_") for name in entry.model_fields_set}
