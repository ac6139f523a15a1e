"""A sheet broken on purpose: every small mistake that the operators can make in it, by name.

Each operator is a function from a sheet to (what was done, the sheet with it). A name says where and what, so that a
survivor can be looked up in the text: ``cue 2: fade 8 s → 16 s``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from showctl.model import LEVEL_MAX, Combination, CueSheet, FaderPatch, Input, Parameter, Station, TriggerRule
from showctl_sim import spoken
from showctl_sim.mutants_of_cues import Changes, cues, put, times
from showctl_sim.mutants_of_states import regions

OTHER_OP = {"==": "!=", "!=": "==", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: its name, and the sheet that has it."""

    name: str
    sheet: CueSheet


def mutants(sheet: CueSheet) -> tuple[Mutant, ...]:
    """Every mutant of ``sheet``, in one order on every machine; names are told apart by a number where they repeat."""
    seen: dict[str, int] = {}
    found = []
    for operator in OPERATORS:
        for name, changed in operator(sheet):
            seen[name] = seen.get(name, 0) + 1
            found.append(Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", changed))
    return tuple(found)


# ---- triggers ----

def _triggers(sheet: CueSheet) -> Changes:
    for name, rule in sheet.triggers.items():
        changes = _input(rule) if isinstance(rule, Input) else _combination(sheet, rule)
        for what, changed in changes:
            yield f"trigger {name}: {what}", replace(sheet, triggers={**sheet.triggers, name: changed})


CONDITIONING: tuple[tuple[str, str, Any], ...] = (
    ("until", "until", None), ("debounce_ns", "debounce", 0), ("for_ns", "for", 0), ("lockout_ns", "lockout", 0),
    ("rate_limit", "rate", None), ("alive", "alive", ""), ("silent_ns", "silent", None), ("confirm", "confirm", False),
    ("initial", "initial", None),
)
"""Field → its name in a sheet, and what it is without it."""


WAITS = (("for_ns", "for"), ("silent_ns", "silent"), ("debounce_ns", "debounce"), ("lockout_ns", "lockout"))


def _input(rule: Input) -> Iterator[tuple[str, TriggerRule]]:
    for field, word, without in CONDITIONING:
        if getattr(rule, field) not in (without, None):
            yield f"{word} removed", put(rule, field, without)
    for field, word in WAITS:
        for what, value in times(getattr(rule, field)):
            yield f"{word} {what}", put(rule, field, value)
    if rule.when is not None:
        yield "when turned round", replace(rule, when=replace(rule.when, op=OTHER_OP[rule.when.op]))
        operand = rule.when.operand
        if isinstance(operand, Decimal):
            yield "threshold a tenth higher", replace(rule, when=replace(rule.when, operand=operand * 11 / 10))
    if rule.says is not None:
        yield "says another word", replace(rule, says=f"{rule.says}-not")


def _combination(sheet: CueSheet, rule: Combination) -> Iterator[tuple[str, TriggerRule]]:
    for field, word in (("for_ns", "for"), ("lockout_ns", "lockout"), ("within_ns", "within")):
        if getattr(rule, field):
            if field != "within_ns":
                yield f"{word} removed", put(rule, field, 0)
            for what, value in times(getattr(rule, field)):
                yield f"{word} {what}", put(rule, field, value)
    other = {"all": "any", "any": "all", "none": "any"}.get(rule.mode)
    if other is not None:
        yield f"{rule.mode} → {other}", replace(rule, mode=other)
    if rule.mode == "count":
        yield f"{rule.count} of → {rule.count + 1} of", replace(rule, count=rule.count + 1)
        yield f"{rule.count} of → {rule.count - 1} of", replace(rule, count=rule.count - 1)
    if len(rule.members) > 1:
        for member in rule.members:
            rest = tuple(each for each in rule.members if each != member)
            yield f"without {member}", replace(rule, members=rest)
    if rule.members != rule.members[::-1] and rule.mode == "sequence":
        yield "turned round", replace(rule, members=rule.members[::-1])


# ---- the room ----

def _room(sheet: CueSheet) -> Changes:
    yield "go-gap removed", replace(sheet, go_gap_ns=0)
    yield f"go-gap {spoken.duration(sheet.go_gap_ns)} doubled", replace(sheet, go_gap_ns=2 * sheet.go_gap_ns)
    for name, fader in sheet.faders.items():
        for what, changed in _fader(fader):
            yield f"fader {name}: {what}", replace(
                sheet, faders={**sheet.faders, name: changed}, parameters=_bounded(sheet, changed))
    for name, command in sheet.commands.items():
        if command.hazard:
            yield f"command {name}: hazard dropped", replace(
                sheet, commands={**sheet.commands, name: replace(command, hazard="")})
    for name, station in sheet.stations.items():
        for what, other in _station(station):
            yield f"station {name}: {what}", replace(sheet, stations={**sheet.stations, name: other})
    for name in sheet.submasters:
        own = tuple(replace(each, submasters=tuple(one for one in each.submasters if one != name))
                    for each in sheet.parameters)
        yield f"submaster {name}: holds nothing", replace(sheet, parameters=own)


def _fader(fader: FaderPatch) -> Iterator[tuple[str, FaderPatch]]:
    if fader.ceiling < LEVEL_MAX:
        yield "no ceiling", replace(fader, ceiling=LEVEL_MAX)
    if fader.start is not None:
        yield "another start", replace(fader, start=fader.start + LEVEL_MAX // 5 if fader.start < LEVEL_MAX // 2 else 0)


def _bounded(sheet: CueSheet, fader: FaderPatch) -> tuple[Parameter, ...]:
    """The parameters, the fader's own within its ceiling."""
    return tuple(replace(each, maximum=fader.ceiling) if each.index == fader.parameter else each
                 for each in sheet.parameters)


def _station(station: Station) -> Iterator[tuple[str, Station]]:
    other = "viewer" if station.role == "operator" else "operator"
    if station.name not in ("terminal", "local"):      # the house's own, not the author's
        yield f"{station.role} → {other}", replace(station, role=other)
        for word in station.says:
            left = {each: verb for each, verb in station.says.items() if each != word}
            yield f"without '{word}'", replace(station, says=left)


OPERATORS: tuple[Callable[[CueSheet], Changes], ...] = (_room, _triggers, cues, regions)
