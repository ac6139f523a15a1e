"""One sheet out of several texts: the cue sheet, a venue file over it, and single values from the command line.

A venue file says where things are: which boxes, who may press, what lamps stand on which slots. It never touches the
artistic part (looks, cues, states, rules).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from showctl.errors import Problem
from showctl.sheet.problems import hint
from showctl.sheet.text import WORDS, Mark, Place, Tree, mark, parse, unpack

REPLACED = ("connections", "stations", "merge", "groups", "submasters", "park")
"""An entry of the venue takes the place of the sheet's whole entry of that name."""

MERGED = ("fixtures", "faders", "commands", "triggers")
"""A key of the venue's entry takes the place of that key; an address takes the place of every other address."""

OTHERS = ("show", "language")
NOT_HERE = "none"
MIDI_KEYS = ("cc", "cc14", "nrpn", "nrpn7", "bend", "note", "program", "scene")
ADDRESS_KEYS = ("topic", "address", "line", "key", "sysex", "parameter", "steps", "then", *MIDI_KEYS)
OVERRIDES_MAX = 100


@dataclass(frozen=True, slots=True)
class Whole:
    """The texts put together; ``files`` are the names that marks refer to. No data where a text cannot be read."""

    data: Any
    place: Place | Mark
    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    readable: bool = True


@dataclass(slots=True)
class _Found:
    files: list[str]
    problems: list[Problem] = field(default_factory=list)

    def at(self, packed: Mark, message: str) -> None:
        source, line, column = unpack(packed)
        self.problems.append(Problem(self.files[source], line + 1, column + 1, message))


def compose(text: str, file: str, venue: tuple[str, str] | None, overrides: Sequence[str]) -> Whole:
    """Read the texts and lay them over each other."""
    found = _Found([file, *([venue[1]] if venue else []), *(f"--set {each}" for each in overrides[:OVERRIDES_MAX])])
    tree, found.problems = parse(text, file)
    over: Tree | None = None
    if venue is not None:
        over, problems = parse(*venue, 1)
        found.problems += problems
    if tree is None or (venue is not None and over is None):
        return Whole(None, 0, tuple(found.files), tuple(found.problems), readable=False)
    if over is not None:
        _lay(tree, over, found)
    first = len(found.files) - len(overrides[:OVERRIDES_MAX])
    for source, override in enumerate(overrides[:OVERRIDES_MAX], first):
        _set(tree, override, mark(source, 0, 0), found)
    return Whole(tree.data, tree.place, tuple(found.files), tuple(found.problems))


# ---- the venue file ----


def _lay(tree: Tree, over: Tree, found: _Found) -> None:
    if over.data is None:
        return
    if not isinstance(over.data, dict) or not isinstance(over.place, Place):
        found.at(
            over.place if isinstance(over.place, Mark) else over.place.mark,
            "a venue file is a map; begin with 'connections:'",
        )
        return
    if not isinstance(tree.data, dict) or not isinstance(tree.place, Place):
        return  # said when the sheet is read
    for section, entries in over.data.items():
        key_mark, place = over.place.pieces[section]
        if section in OTHERS or entries is None:
            continue
        if section not in (*REPLACED, *MERGED):
            found.at(key_mark, f"a venue file leaves '{section}' to the cue sheet{hint(section, (*REPLACED, *MERGED))}")
        elif not isinstance(entries, dict) or not isinstance(place, Place):
            found.at(key_mark, f"'{section}' is a map of names")
        else:
            around, places = _section(tree, section, key_mark)
            for name, entry in entries.items():
                _lay_entry(around, places, name, entry, place.pieces[name], merged=section in MERGED)


def _section(tree: Tree, section: str, key_mark: Mark) -> tuple[dict[str, Any], Place]:
    """The sheet's section, made where it is missing."""
    assert isinstance(tree.place, Place)
    _, place = tree.place.pieces.get(section, (key_mark, key_mark))
    if not isinstance(tree.data.get(section), dict) or not isinstance(place, Place):
        tree.data[section], place = {}, Place(key_mark)
        tree.place.pieces[section] = (key_mark, place)
    return tree.data[section], place


def _lay_entry(
    around: dict[str, Any], places: Place, name: str, entry: Any, piece: tuple[Mark, Place | Mark], *, merged: bool
) -> None:
    if entry is None or entry == NOT_HERE:
        around.pop(name, None)
        return
    old, old_place = around.get(name), places.pieces.get(name, piece)[1]
    new_place = piece[1]
    if not merged or not isinstance(old, dict) or not isinstance(entry, dict):
        around[name], places.pieces[name] = entry, piece
        return
    assert isinstance(old_place, Place)
    assert isinstance(new_place, Place)
    for gone in _displaced(entry):
        old.pop(gone, None)
    old.update(entry)
    old_place.pieces.update(new_place.pieces)


def _displaced(entry: Mapping[str, Any]) -> list[str]:
    """The sheet's address keys that an address of the venue takes the place of."""
    if not any(key in entry for key in ADDRESS_KEYS):
        return []
    midi = any(key in entry for key in MIDI_KEYS)
    return [*ADDRESS_KEYS, *(() if midi else ("channel",))]


# ---- single values ----


def _set(tree: Tree, override: str, here: Mark, found: _Found) -> None:
    """``connections.panels.host=10.0.0.20``; of names with dots (``cues.2.5.fade=3 s``) the longest there is counts."""
    dotted, equals, value = override.partition("=")
    if not equals or not dotted.strip():
        found.at(here, "write a path, = and a value, such as connections.panels.host=10.0.0.20")
        return
    data, place, rest = tree.data, tree.place, dotted.strip()
    while (key := _longest(data, rest)) is not None and len(key) < len(rest):
        assert isinstance(place, Place)
        data, place, rest = data[key], place.pieces[key][1], rest[len(key) + 1 :]
    if not isinstance(data, dict) or not isinstance(place, Place) or ("." in rest and key is None):
        names = data if isinstance(data, dict) else ()
        found.at(here, f"there is no '{rest.partition('.')[0]}'{hint(rest.partition('.')[0], names)}")
    elif isinstance(data.get(rest), (dict, list)):
        found.at(here, f"'{rest}' is more than one value; name one in it")
    else:
        data[rest] = WORDS.get(value.strip(), value.strip())
        place.pieces[rest] = (here, here)


def _longest(data: Any, rest: str) -> str | None:
    if not isinstance(data, dict):
        return None
    parts = rest.split(".")
    for count in range(min(len(parts), 8), 0, -1):
        if (key := ".".join(parts[:count])) in data:
            return key
    return None
