"""Submasters that say more than what they hold back: a look that they bring up, a place to start."""

from __future__ import annotations

from showctl.model import Submaster
from showctl.sheet.draft import Draft
from showctl.sheet.looks import parts
from showctl.sheet.problems import Path


def subs(draft: Draft) -> None:
    """Fill ``draft.subs``."""
    for name, entry in draft.entries.submasters.items():
        path: Path = ("submasters", name)
        if entry.look is None:
            if entry.start is not None:
                draft.subs[name] = Submaster(name, entry.start)
            continue
        moved = parts(draft, path, entry.look, {}, None)
        if any(part.fade_ns or part.delay_ns or part.relative for part in moved):
            said = "a hand brings this look up, so it has no times and no steps; write levels"
            draft.problems.at((*path, "look"), said)
        look = tuple(target for part in moved for target in part.targets)
        draft.subs[name] = Submaster(name, entry.start or 0, look)
