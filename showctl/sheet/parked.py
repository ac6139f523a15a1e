"""What is parked from the start: fixture or group → where it stands, whatever cues and masters say."""

from __future__ import annotations

from showctl.sheet.draft import Draft
from showctl.sheet.looks import by_rank, compromised, resolved
from showctl.sheet.problems import Path
from showctl.sheet.wishes import NO_SPAN


def parked(draft: Draft) -> None:
    """Fill ``draft.parked``; a fixture's own line counts more than its group's."""
    for _, name, wish in by_rank(draft, draft.entries.park):
        path: Path = ("park", name)
        if not draft.known(path, "fixture or group", name, "fixtures", "groups", also=("all",)):
            continue
        if wish.relative or wish.span != NO_SPAN:
            draft.problems.at(path, "what is parked does not move; write where it stands, such as '30%' or '30% 3200K'")
            continue
        for fixture in draft.groups.get(name, (name,)):
            if fixture not in draft.profiles:
                continue
            try:
                found = resolved(draft.profiles[fixture], wish)
            except ValueError as error:
                draft.problems.at(path, f"'{fixture}' cannot: {error}")
                continue
            compromised(draft, path, fixture, wish)
            first = draft.fixtures[fixture][0]
            draft.parked.update((first + offset, level) for offset, level in found)
