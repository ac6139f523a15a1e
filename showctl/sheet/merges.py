"""Merges: desks of other people that share universes of ours."""

from __future__ import annotations

from showctl.model import Merge
from showctl.sheet.draft import SHIPPED, UNIVERSES, Draft, carries, named, without
from showctl.sheet.models import MergeEntry
from showctl.sheet.problems import Path

EARS = UNIVERSES
"""Shipped drivers that hear DMX, and the universes they know. What this program itself sends they never hear."""


def merges(draft: Draft) -> None:
    """Fill ``draft.merges``."""
    for name, entry in draft.entries.merge.items():
        path: Path = ("merge", name)
        if not named(draft, path, name):
            continue
        if name in draft.written.get("connections", ()) or name in draft.written.get("triggers", ()):
            draft.problems.key(path, f"'{name}' is a connection or a trigger too; 'lost' could not tell them apart")
            continue
        if _heard(draft, path, entry) and _shared(draft, path, entry):
            to, universe = entry.to
            draft.merges[name] = Merge(
                name, entry.from_, entry.universe, to, universe, entry.how, entry.priority, entry.hold, entry.release)


def _heard(draft: Draft, path: Path, entry: MergeEntry) -> bool:
    if not draft.known((*path, "from"), "connection", entry.from_, "connections"):
        return False
    connection = draft.connections[entry.from_]
    driver = connection.driver
    if driver in SHIPPED and driver not in EARS:
        said = f"'{entry.from_}' is {driver}, which hears no DMX; that is for {' or '.join(EARS)}"
        draft.problems.at((*path, "from"), said)
        return False
    said = without(connection, entry.universe) if driver in EARS else ""
    if said:
        draft.problems.at((*path, "universe"), said)
    return not said


def _shared(draft: Draft, path: Path, entry: MergeEntry) -> bool:
    to, universe = entry.to
    if not draft.known((*path, "to"), "connection", to, "connections") or not carries(draft, (*path, "to"), to, "dmx"):
        return False
    original = draft.connections[to].copies
    if original:
        draft.problems.at((*path, "to"), f"'{to}' copies '{original}'; write '{original}/{universe}'")
        return False
    if (entry.from_, entry.universe) == entry.to and draft.connections[to].driver not in EARS:
        draft.problems.at(
            (*path, "to"),
            f"'{entry.from_}' would hear universe {universe} as we send it, and no light would ever go down again; "
            "let the desk send another universe")
        return False
    return True
