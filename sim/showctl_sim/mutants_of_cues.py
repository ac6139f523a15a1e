"""Mistakes in cues: other times, levels, followers; lines left out. Each is a name and the thing with the mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from showctl.model import Cue, CueSheet, Effect, Message, Part, cue_text
from showctl_sim import spoken

T = TypeVar("T")
Changes = Iterator[tuple[str, CueSheet]]
OTHER_CURVE = {"linear": "ease"}


def cues(sheet: CueSheet) -> Changes:
    """Every mistake in every cue."""
    for number, cue in sheet.cues.items():
        for what, changed in _cue(sheet, cue):
            yield f"cue {cue_text(number)}: {what}", replace(sheet, cues={**sheet.cues, number: changed})


def _cue(sheet: CueSheet, cue: Cue) -> Iterator[tuple[str, Cue]]:
    """Times, followers, messages, flags; then its parts."""
    for field, word in (("pre_wait_ns", "pre-wait"), ("post_wait_ns", "post-wait"), ("overlay_ns", "overlay"),
                        ("release_ns", "release")):
        for what, value in times(getattr(cue, field)):
            yield f"{word} {what}", put(cue, field, value)
    for field, word in (("auto_follow", "auto-follow"), ("auto_continue", "auto-continue")):
        if getattr(cue, field) is not None:
            yield f"{word} dropped", put(cue, field, None)
            yield f"{word} to another cue", put(cue, field, _another(sheet, getattr(cue, field)))
    if cue.overlay_ns is not None:
        yield "no overlay", replace(cue, overlay_ns=None)
    if cue.group is not None and len(cue.group.members) > 1:
        yield "group turned round", replace(cue, group=replace(cue.group, members=cue.group.members[::-1]))
        yield "group loses its last", replace(cue, group=replace(cue.group, members=cue.group.members[:-1]))
    for field in ("armed", "skip"):
        if getattr(cue, field) is not (field == "armed"):
            yield f"{field} turned", put(cue, field, not getattr(cue, field))
    for word in ("hazard", "say"):
        if getattr(cue, word):
            yield f"{word} dropped", put(cue, word, "")
    for what, messages in dropped(cue.messages):
        yield what, replace(cue, messages=messages)
    for what, effects in _effects(cue.effects):
        yield what, replace(cue, effects=effects)
    for what, parts in _parts(sheet, cue.parts):
        yield what, replace(cue, parts=parts)


def _effects(effects: tuple[Effect, ...]) -> Iterator[tuple[str, tuple[Effect, ...]]]:
    """Each left out, twice as slow, half a round out of step, all fixtures together, or the other way round."""
    for place, effect in enumerate(effects):
        before, after = effects[:place], effects[place + 1:]
        yield f"effect {effect.name} dropped", (*before, *after)
        changes = {"twice as slow": replace(effect, per_ns=2 * effect.per_ns),
                   "half a round on": replace(effect, phase=effect.phase + (1 << 31))}
        if effect.spread:
            changes["spread dropped"] = replace(effect, spread=0)
        if effect.shape == "chase" and effect.of > 1:
            places = tuple(effect.of - 1 - each for each in effect.places)
            changes["turned round"] = replace(effect, places=places)
        if effect.length_ns is not None:
            changes["without an end"] = replace(effect, length_ns=None)
        for what, changed in changes.items():
            yield f"effect {effect.name} {what}", (*before, changed, *after)


def _another(sheet: CueSheet, number: Decimal) -> Decimal:
    every = list(sheet.cues)
    return every[(every.index(number) + 1) % len(every)]


def _parts(sheet: CueSheet, parts: tuple[Part, ...]) -> Iterator[tuple[str, tuple[Part, ...]]]:
    for place, part in enumerate(parts):
        for what, changed in part_changes(sheet, part):
            yield what, (*parts[:place], changed, *parts[place + 1:])


def part_changes(sheet: CueSheet, part: Part) -> Iterator[tuple[str, Part]]:
    """Times and curve; and each level that was written: dropped, or another one."""
    for field, word in (("fade_ns", "fade"), ("delay_ns", "delay")):
        for what, value in times(getattr(part, field)):
            yield f"{word} {what}", put(part, field, value)
    if part.fade_ns:
        yield f"curve {part.curve} changed", replace(part, curve=OTHER_CURVE.get(part.curve, "linear"))
    for (kind, level), names in _written(sheet, part).items():
        word = f"{', '.join(names)} {_level(sheet, names[0], kind, level)}"
        own = [index for index, value in part.targets if _is(sheet, index, kind, names) and value == level]
        yield f"{word} dropped", replace(part, targets=tuple(each for each in part.targets if each[0] not in own))
        other = _other_level(sheet, own[0], level)
        yield f"{word} → {_level(sheet, names[0], kind, other)}", replace(
            part, targets=tuple((index, other if index in own else value) for index, value in part.targets))


def _written(sheet: CueSheet, part: Part) -> dict[tuple[str, int], list[str]]:
    """(attribute, level) → the owners that have it here: as good as what the author wrote once."""
    found: dict[tuple[str, int], list[str]] = {}
    for index, level in part.targets:
        about = sheet.parameters[index]
        key = f"fader {about.owner}" if about.attribute == "fader" else about.attribute
        found.setdefault((key, level), []).append(about.owner)
    return found


def _is(sheet: CueSheet, index: int, kind: str, names: list[str]) -> bool:
    about = sheet.parameters[index]
    return about.owner in names and about.attribute == kind.split(" ")[0]


def _level(sheet: CueSheet, owner: str, kind: str, level: int) -> str:
    if kind.startswith("fader "):
        return spoken.fader(sheet.faders[owner].law, level)
    if kind != "cct":
        return f"{kind} {spoken.percent(level)}"
    about = next(sheet.parameters[each] for each in sheet.fixtures[owner] if sheet.parameters[each].attribute == kind)
    return f"{spoken.kelvin(about, level)}K"


def _other_level(sheet: CueSheet, index: int, level: int) -> int:
    """A fifth of the range away, up where there is room."""
    about = sheet.parameters[index]
    fifth = (about.maximum - about.minimum) // 5
    return level + fifth if level + fifth <= about.maximum else level - fifth


def times(ns: int | None) -> Iterator[tuple[str, int]]:
    """A time twice as long, and half as long."""
    if ns:
        for changed_ns in (2 * ns, ns // 2):
            yield f"{spoken.duration(ns)} → {spoken.duration(changed_ns)}", changed_ns


def dropped(messages: tuple[Message, ...]) -> Iterator[tuple[str, tuple[Message, ...]]]:
    """Each message left out, or saying something else."""
    for place, message in enumerate(messages):
        rest = (*messages[:place], *messages[place + 1:])
        word = f"send {message.command} {message.value!r}"
        yield f"{word} dropped", rest
        yield f"{word} changed", (*messages[:place], replace(message, value="changed"), *messages[place + 1:])


def put(thing: T, field: str, value: Any) -> T:
    """A frozen thing with one field changed."""
    changed: Any = replace(thing, **{field: value})      # type: ignore[type-var]
    return changed    # type: ignore[no-any-return]
