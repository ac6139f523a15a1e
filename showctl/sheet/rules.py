"""Looks with a name, and the promises: what may be checked of them before the run."""

from __future__ import annotations

import re

from showctl.model import Rule
from showctl.sheet.draft import Draft, named
from showctl.sheet.looks import parts
from showctl.sheet.problems import Path, hint

COMPARED = re.compile(r"(?P<name>\S+) (?:above|below) .+")
INSIDE = re.compile(r"(?P<region>\S+) in (?P<states>[\w.-]+(?:, *[\w.-]+)*)(?: (?:within|of) .*)?")
WORDS = ("blackout", "panic")


def looks(draft: Draft) -> None:
    """Fill ``draft.looks``, each tried once on the fixtures it names."""
    for name, values in draft.entries.looks.items():
        if named(draft, ("looks", name), name):
            draft.looks[name] = values
            parts(draft, (), name, {}, None)


def rules(draft: Draft) -> None:
    """Fill ``draft.rules``; the text is kept, the names in it are checked where it says something simple."""
    for index, entry in enumerate(draft.entries.rules):
        path: Path = ("rules", index)
        if (entry.never is None) == (entry.always is None):
            if not draft.problems.touched(path):
                draft.problems.at(path, "a rule is 'never: …' or 'always: …'")
            continue
        word, text = ("never", entry.never) if entry.never is not None else ("always", entry.always or "")
        draft.rules.append(Rule(word == "always", text))
        subject, _, condition = text.partition(" while ")
        _subject(draft, (*path, word), subject.strip())
        if condition:
            _inside(draft, (*path, word), condition.strip())


def _subject(draft: Draft, path: Path, text: str) -> None:
    if _inside(draft, path, text):
        return
    match = COMPARED.fullmatch(text)
    if match is not None:
        draft.known(path, "fader, fixture or group", match["name"], "faders", "fixtures", "groups", also=("all",))
    elif " " not in text:
        also = (*WORDS, *draft.written.get("states", ()))
        draft.known(path, "trigger, connection or command", text, "triggers", "connections", "commands", also=also)


def _inside(draft: Draft, path: Path, text: str) -> bool:
    """``show in invite, duet``: a region and its states."""
    match = INSIDE.fullmatch(text)
    if match is None:
        return False
    if not draft.known(path, "region", match["region"], "regions", also=draft.written.get("states", ())):
        return True
    region = draft.regions.get(match["region"])
    for name in re.split(r", *", match["states"]) if region is not None else ():
        full = [each for each in region.states if each == name or each.endswith(f".{name}")] if region else []
        if not full:
            draft.problems.at(
                path,
                f"no state '{name[:60]}' in region '{match['region']}'{hint(name, region.states if region else ())}",
            )
    return True
