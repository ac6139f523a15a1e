"""The cue sheet: text → CueSheet, every problem at once with file, line and column.

``read`` is the whole of it; ``check`` also hands out the warnings; ``bundle`` keeps the texts for a journal's header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from showctl.errors import Problem, SheetError, TraceError
from showctl.fixtures import Embedded, Library, Shelf
from showctl.model import CueSheet
from showctl.sheet import (
    allowance,
    checks,
    cues,
    effects,
    heard,
    merges,
    mutes,
    parked,
    room,
    rules,
    sending,
    settings,
    states,
    subs,
    triggers,
)
from showctl.sheet.draft import Config, Draft, written_names
from showctl.sheet.models import SheetEntry
from showctl.sheet.problems import Problems, TooMany
from showctl.sheet.shape import shaped
from showctl.sheet.text import decode
from showctl.sheet.venue import Whole, compose

__all__ = ["Checked", "bundle", "check", "decode", "read", "schema", "unbundle"]

Venue = tuple[str, str]
"""The text of a venue file, and its name for messages."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. ``sheet`` is None where there are problems; warnings run, but will surprise.

    ``fixtures`` are the fixture files that the sheet uses: name → text.
    """

    sheet: CueSheet | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    fixtures: Mapping[str, str] = field(default_factory=dict)


def read(
    text: str,
    file: str = "sheet.yaml",
    configs: Mapping[str, Config] | None = None,
    venue: Venue | None = None,
    overrides: Sequence[str] = (),
    library: Library | None = None,
) -> CueSheet:
    """The cue sheet in ``text``, a venue file laid over it, and ``overrides`` (``connections.panels.host=10.0.0.20``).

    ``configs`` is each driver's Config by the driver's name; None takes connection settings as they are. ``library``
    hands out fixture files; None has only the built-in profiles. Raises SheetError with every problem at once.
    """
    checked = check(text, file, configs, venue, overrides, library)
    if checked.sheet is None:
        raise SheetError(checked.problems)
    return checked.sheet


def check(
    text: str,
    file: str = "sheet.yaml",
    configs: Mapping[str, Config] | None = None,
    venue: Venue | None = None,
    overrides: Sequence[str] = (),
    library: Library | None = None,
) -> Checked:
    """As :func:`read`, but problems are returned, and warnings with them. Never raises for what a text says."""
    whole = compose(text, file, venue, overrides)
    problems = Problems(whole.place, whole.files)
    shelf = Shelf(library)
    try:
        draft = _draft(whole, problems, configs, shelf)
    except TooMany:
        draft = None
    sheet = None if draft is None or problems.found else _sheet(draft)
    return Checked(sheet, problems.found, problems.warned, shelf.used)


def _draft(whole: Whole, problems: Problems, configs: Mapping[str, Config] | None, shelf: Shelf) -> Draft | None:
    problems.add(whole.problems)
    written = written_names(whole.data)
    entries = shaped(whole.data, problems) if whole.readable else None
    if entries is None:
        return None
    draft = Draft(entries, problems, written, configs, shelf)
    for fill in ROOMS:
        fill(draft)
    return draft


ROOMS = (
    settings.connections,
    room.stations,
    room.fixtures,
    room.groups,
    room.submasters,
    merges.merges,
    sending.faders,
    sending.commands,
    mutes.mutes,
    triggers.triggers,
    heard.inputs,
    rules.looks,
    effects.effects,
    subs.subs,
    parked.parked,
    cues.cues,
    states.regions,
    rules.rules,
    allowance.allowances,
    checks.run,
)
"""The draft is filled in this order: what is named stands before what names it."""


def schema() -> dict[str, Any]:
    """The JSON Schema of a cue sheet, for editors. Numbers are accepted where text is: ``0.10`` looks like one."""
    found = SheetEntry.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": "showctl cue sheet"}


def bundle(
    text: str,
    file: str,
    venue: Venue | None = None,
    overrides: Sequence[str] = (),
    fixtures: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that :func:`read` needs to read the same sheet again, as JSON values (CORE 1).

    ``fixtures`` are the fixture files it uses, as ``Checked`` has them.
    """
    return {
        "sheet": {"file": file, "text": text},
        "venue": None if venue is None else {"file": venue[1], "text": venue[0]},
        "overrides": list(overrides),
        **({"fixtures": dict(fixtures)} if fixtures else {}),
    }


def unbundle(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments for :func:`read` out of a :func:`bundle`: ``read(**unbundle(values), configs=…)``.

    Raises TraceError where it is none.
    """
    try:
        over = values["venue"]
        texts = [values["sheet"]["text"], values["sheet"]["file"], *values["overrides"]]
        venue = None if over is None else (over["text"], over["file"])
        fixtures = values.get("fixtures", {})
        if not all(isinstance(each, str) for each in (*texts, *(venue or ()), *fixtures.values())):
            raise TypeError("text is due in all of it")
    except (KeyError, TypeError, AttributeError) as error:
        raise TraceError(f"line 1: the recording's header holds no cue sheet ({error!r})") from None
    return {
        "text": texts[0], "file": texts[1], "venue": venue, "overrides": tuple(texts[2:]),
        "library": Embedded(fixtures),
    }


def _sheet(draft: Draft) -> CueSheet:
    entries = draft.entries
    return CueSheet(
        entries.show,
        draft.connections,
        draft.stations,
        tuple(draft.parameters),
        draft.fixtures,
        draft.groups,
        tuple(draft.patch),
        draft.faders,
        draft.commands,
        draft.triggers,
        draft.cues,
        draft.regions,
        tuple(entries.submasters),
        tuple(draft.rules),
        entries.go_gap,
        entries.planned,
        entries.language,
        draft.profiles,
        tuple(draft.held),
        draft.subs,
        draft.priorities,
        draft.merges,
        tuple(draft.parked.items()),
    )
