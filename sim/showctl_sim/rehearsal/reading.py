"""Text → Rehearsal: every problem at once, with file, line and column, as a cue sheet's are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from showctl.errors import SheetError
from showctl.model import CueSheet
from showctl.sheet.problems import Path, Problems, hint
from showctl.sheet.text import Tree, parse
from showctl.sheet.values import plain, shown
from showctl_sim import promises
from showctl_sim.promises import Promise
from showctl_sim.rehearsal import acts, wanted
from showctl_sim.rehearsal.doing import PRESSES
from showctl_sim.rehearsal.doing import VERBS as DOABLE
from showctl_sim.rehearsal.nouns import Doing, Expecting, Line, Rehearsal
from showctl_sim.rehearsal.reader import Reader, flag, sensors

KEYS = ("rehearsal", "sheet", "venue", "seed", "trace", "given", "never", "always", "steps")
VERBS = (*(verb for verb in DOABLE if verb not in ("returned", "osc")), "wait", "expect")
MODIFIERS = ("by", "after", "times", "every", "for", "once", "retained")
WHEN = ("after", "within", "throughout", "budget")
SILENT = "all"
"""``given: {all: unknown}``: who is not named says nothing."""

STEPS_MAX = 10_000
TIMES_MAX = 10_000


def read(text: str, file: str, sheet: CueSheet) -> Rehearsal:
    """The rehearsal in ``text``, its names resolved against ``sheet``. Raises SheetError with every problem at once."""
    tree, found = parse(text, file)
    problems = Problems(tree.place if tree is not None else 0, (file,))
    problems.add(found)
    rehearsal = _rehearsal(Reader(sheet, problems), tree, file) if tree is not None else None
    if rehearsal is None or problems.found:
        raise SheetError(problems.found)
    return rehearsal


def sheet_of(text: str, file: str) -> tuple[str, str]:
    """The sheet and the venue that a rehearsal names, "" where it names none; both are relative to its file."""
    tree, _ = parse(text, file)
    data = tree.data if tree is not None and isinstance(tree.data, dict) else {}
    named = (data.get("sheet"), data.get("venue"))
    return str(named[0] or ""), str(named[1] or "")


def _rehearsal(reader: Reader, tree: Tree, file: str) -> Rehearsal | None:
    data = tree.data
    if not isinstance(data, dict):
        reader.problems.at((), "a rehearsal is a map; begin with 'rehearsal: what it is about'")
        return None
    for key in data:
        reader.known((key,), "key", key, KEYS)
    for key in ("rehearsal", "steps"):
        if data.get(key) is None:
            reader.problems.at((), f"a rehearsal needs '{key}'")
    name = reader.parsed(("rehearsal",), plain, data.get("rehearsal") or "", "")
    given, messages, missing, silent = _given(reader, data.get("given"))
    return Rehearsal(
        name, file, tuple(_steps(reader, data.get("steps"))), given, messages, missing, silent,
        (*_promises(reader, "never", data.get("never")), *_promises(reader, "always", data.get("always"))),
        reader.parsed(("seed",), _seed, data.get("seed", "0"), 0), _trace(reader, data),
    )


def _trace(reader: Reader, data: Mapping[str, Any]) -> str:
    """The name of a recording; it says what the room says, so nothing can be given beside it."""
    if data.get("trace") is None:
        return ""
    if data.get("given") is not None:
        reader.problems.key(("given",), "the trace has what the room says; leave out 'given', or 'trace'")
    return reader.parsed(("trace",), plain, data["trace"], "")


def _seed(value: Any) -> int:
    text = plain(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"{shown(value)} is no seed; write a whole number")
    return int(text)


# ---- what holds from the start ----

def _given(
    reader: Reader, data: Any
) -> tuple[dict[str, bool | None], tuple[tuple[str, str, Any], ...], tuple[str, ...], bool]:
    truths: dict[str, bool | None] = {}
    messages: list[tuple[str, str, Any]] = []
    missing: list[str] = []
    silent = False
    for key, value in _map(reader, ("given",), data).items():
        path = ("given", key)
        if key == SILENT:
            silent = value == "unknown"
            if not silent:
                reader.problems.at(path, "write 'all: unknown', or name each sensor")
        elif key in reader.sheet.triggers:
            if reader.known(path, "sensor", key, sensors(reader.sheet)):
                truths[key] = reader.parsed(path, _truth, value, None)
        elif key in reader.sheet.connections and value == "lost":
            missing.append(key)
        else:
            where = reader.parsed(path, lambda each: acts.where(reader.sheet, each), key, "\0")
            connection, _, address = where.partition("\0")
            messages.append((connection, address, value))
    return truths, tuple(messages), tuple(missing), silent


def _truth(value: Any) -> bool | None:
    return None if value == "unknown" else flag(value)


def _promises(reader: Reader, word: str, data: Any) -> Iterator[Promise]:
    listed = data if isinstance(data, list) else [] if data is None else [data]
    for index, each in enumerate(listed):
        path: Path = (word, index) if isinstance(data, list) else (word,)
        place = reader.place(path)
        try:
            yield promises.promise(reader.sheet, word == "always", plain(each), place.line, place.column)
        except ValueError as error:
            reader.problems.at(path, str(error))


# ---- steps ----

def _steps(reader: Reader, data: Any) -> Iterator[Line]:
    if not isinstance(data, list):
        if data is not None:
            reader.problems.at(("steps",), f"{shown(data)} stands here; write a list, one '- verb: …' a line")
        return
    if len(data) > STEPS_MAX:
        reader.problems.at(("steps",), f"more than {STEPS_MAX:,} steps; split the rehearsal")
    for index, entry in enumerate(data[:STEPS_MAX]):
        path: Path = ("steps", index)
        entry = {entry: None} if isinstance(entry, str) else entry
        if not isinstance(entry, dict) or len(entry) != 1:
            reader.problems.at(path, "a step is one verb, such as '- go: foh' or '- expect: {show: talk}'")
            continue
        ((verb, value),) = entry.items()
        if reader.known((*path, verb), "verb", verb, VERBS):
            step = _expecting(reader, (*path, verb), value) if verb == "expect" else _doing(
                reader, (*path, verb), verb, value)
            if step is not None:
                yield step


def _doing(reader: Reader, path: Path, verb: str, value: Any) -> Doing | None:
    known = reader.problems.found
    place, text = reader.place(path), f"{verb}: {written(value)}" if value is not None else verb
    given = dict(value) if isinstance(value, Mapping) else {}
    modifiers = {key: given.pop(key) for key in MODIFIERS if key in given}
    bare = given.pop("to", None) if isinstance(value, Mapping) else value
    if verb == "wait":
        return Doing(place, text, verb, after_ns=reader.duration(path, bare))
    if verb in PRESSES and not (verb == "back" and bare in reader.sheet.connections):
        if bare is not None:
            modifiers["by"] = bare
        for key in given:
            reader.problems.key((*path, key), f"'{verb}' takes no '{key[:60]}'{hint(key, MODIFIERS)}")
        items: tuple[acts.Item, ...] = ()
    else:
        verb, items = _items(reader, path, verb, bare, given)
    if reader.problems.found != known:
        return None
    return _modified(reader, path, Doing(place, text, verb, items), modifiers)


def _items(
    reader: Reader, path: Path, verb: str, bare: Any, given: Mapping[str, Any]
) -> tuple[str, tuple[acts.Item, ...]]:
    """The verb as it is done, and what it is done to."""
    verb = "returned" if verb == "back" else verb
    if bare is not None and not given and verb in acts.SINGLE:
        return verb, reader.parsed(path, lambda each: acts.single(reader, verb, each), bare, ())
    if bare is not None or (verb in acts.SINGLE and verb not in acts.NAMED):
        reader.problems.at(path, f"'{verb}' cannot mean this; {acts.EXAMPLES.get(verb, 'see docs/rehearsal.md')}")
        return verb, ()
    if verb == "send" and given and all(_asks(reader.sheet, key) for key in given):
        verb = "osc"
    return verb, acts.items(reader, path, verb, given)


def _asks(sheet: CueSheet, key: str) -> bool:
    """Whether an address is what a station says, not what a trigger of the sheet listens to."""
    return key.startswith("/") and not any(getattr(rule, "address", "") == key for rule in sheet.triggers.values())


def _modified(reader: Reader, path: Path, doing: Doing, given: Mapping[str, Any]) -> Doing:
    def duration(key: str) -> int:
        return reader.duration((*path, key), given[key]) if key in given else 0

    times = reader.parsed((*path, "times"), _count, given.get("times", "1"), 1)
    if "every" in given and "times" not in given:
        reader.problems.key((*path, "every"), "'every' goes with 'times'")
    for key, verbs in (("for", ("fault",)), ("once", ("press", "reset")), ("retained", ("send",))):
        if key in given and doing.verb not in verbs:
            means = f"'{key}' means nothing for '{doing.verb}'; it is for {' and '.join(verbs)}"
            reader.problems.key((*path, key), means)
    return Doing(
        doing.place, doing.text, doing.verb, doing.items,
        reader.station((*path, "by"), given.get("by")), duration("after"), times, duration("every"),
        duration("for") if "for" in given else None,
        reader.flag((*path, "once"), given.get("once", False)),
        reader.flag((*path, "retained"), given.get("retained", False)),
    )


def _count(value: Any) -> int:
    text = plain(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= TIMES_MAX and len(text) < 9):
        raise ValueError(f"{shown(value)} stands here; write how many times, 1 to {TIMES_MAX:,}")
    return int(text)


def _expecting(reader: Reader, path: Path, value: Any) -> Expecting | None:
    if not isinstance(value, Mapping):
        reader.problems.at(path, f"{shown(value)} stands here; write 'expect: {{show: talk}}'")
        return None
    given = dict(value)
    when = {key: reader.duration((*path, key), given.pop(key)) for key in WHEN if key in given}
    to = reader.station((*path, "to"), given.pop("to")) if "to" in given else ""
    if to and "refused" not in given:
        reader.problems.key((*path, "to"), "'to' goes with 'refused'")
    if "within" in when and "throughout" in when:
        reader.problems.key((*path, "throughout"), "'within' and 'throughout' at once; write two expectations")
    checks = tuple(check for key, each in given.items() for check in wanted.checks(reader, path, key, each, to))
    if not given:
        reader.problems.key(path, "nothing is expected here")
    return Expecting(
        reader.place(path), f"expect: {written(value)}", checks, when.get("after", 0), when.get("within", 0),
        when.get("throughout", 0), when.get("budget"),
    )


# ---- shapes ----

def _map(reader: Reader, path: Path, data: Any) -> Mapping[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        reader.problems.at(path, f"{shown(data)} stands here; write a map")
        return {}
    return data


def written(value: Any) -> str:
    """A value as it stands in a rehearsal, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return {None: "", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
