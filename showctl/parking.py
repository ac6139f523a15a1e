"""Parking: a person pins a fixture where it is or where they say, whatever cues and masters want (Eos: Park).

A parked level comes after everything: sources, submasters, grand master, blackout. Only a fail state brightens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from showctl.draft import Draft
from showctl.model import LEVEL_MAX, STANDING, CueSheet, Event, Parameter, Park, Unpark, Value

if TYPE_CHECKING:
    from showctl.engine import Engine


def park(engine: Engine, draft: Draft, event: Event) -> None:
    """Pin a fixture or group: one attribute or all, at a level or as it stands. A level alone is the intensity's."""
    assert isinstance(event.value, tuple)
    name, *rest = event.value
    level = next((each for each in rest if isinstance(each, int)), None)
    attribute = next((each for each in rest if isinstance(each, str)), "" if level is None else "intensity")
    found = _named(engine.sheet, draft, name, attribute)
    if found:
        draft.actions.append(Park(tuple((each.index, _within(each, level)) for each in found)))


def unpark(engine: Engine, draft: Draft, event: Event) -> None:
    """Let a fixture, a group, one attribute of them or everything go."""
    assert isinstance(event.value, tuple)
    if not event.value:
        draft.actions.append(Unpark())
        return
    name, *rest = event.value
    found = _named(engine.sheet, draft, name, rest[0] if rest else "")
    if found:
        draft.actions.append(Unpark(tuple(each.index for each in found)))


def _named(sheet: CueSheet, draft: Draft, name: Value, attribute: Value) -> list[Parameter]:
    """The parameters meant, all where ``attribute`` is empty; refuses, and finds none, where there are none."""
    assert isinstance(name, str)
    assert isinstance(attribute, str)
    fixtures = sheet.groups.get(name, (name,) if name in sheet.fixtures else ())
    owned = [sheet.parameters[index] for fixture in fixtures for index in sheet.fixtures[fixture]]
    found = [each for each in owned if attribute in ("", each.attribute)]
    if not fixtures:
        draft.refuse(f"no fixture or group '{name}'")
    elif not found:
        has = ", ".join(dict.fromkeys(each.attribute for each in owned))
        draft.refuse(f"{name} has no {attribute}; it has {has}")
    return found


def _within(parameter: Parameter, level: int | None) -> int:
    """A level of 0..LEVEL_MAX over the parameter's own range: half of a colour temperature is the middle of it."""
    if level is None:
        return STANDING
    return parameter.minimum + (parameter.maximum - parameter.minimum) * level // LEVEL_MAX
