"""The reference half of ``docs/cue-sheet.md``, written from the models and the drivers' Configs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from showctl.fade import CURVES
from showctl.laws import LAWS
from showctl.profiles import PROFILES
from showctl.sheet import models
from showctl.sheet.draft import Config
from showctl.sheet.patterns import EffectEntry, EffectValue
from showctl.sheet.settings import FILLED_BY_US
from showctl.sheet.shape import alias_of
from showctl.sheet.values import Kind
from showctl.units import COLOURS, UNIT_NS

HEADINGS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The sheet", models.SheetEntry),
    ("connections", models.ConnectionEntry),
    ("stations", models.StationEntry),
    ("fixtures", models.FixtureEntry),
    ("fixtures: limits", models.LimitsEntry),
    ("submasters", models.SubmasterEntry),
    ("merge", models.MergeEntry),
    ("faders", models.FaderEntry),
    ("faders: mute", models.MuteEntry),
    ("commands", models.CommandEntry),
    ("triggers", models.TriggerEntry),
    ("effects", EffectEntry),
    ("cues", models.CueEntry),
    ("states: a region", models.RegionEntry),
    ("states: a state", models.StateEntry),
    ("Answers", models.Answer),
    ("rules", models.RuleEntry),
)

NANOSECONDS = ("go_gap", "expires", "grace", "hold", "release")
DOCUMENTED = re.compile(r"(?P<key>\w+)  +(?P<text>.*)")
UNITS = tuple(sorted(UNIT_NS.items(), key=lambda item: -item[1]))


def reference(configs: Mapping[str, Config]) -> str:
    """Every key with its value, default and meaning, then what the drivers take; Markdown."""
    pages = [_section(heading, model) for heading, model in HEADINGS]
    return "\n".join([*pages, *(_driver(name, configs[name]) for name in sorted(configs)), _words()])


def _section(heading: str, model: type[BaseModel]) -> str:
    rows = [
        f"| `{alias_of(name)}` | {written(field)} | {_default(name, field)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join([f"### {heading}\n", f"{inspect.getdoc(model)}\n", *_head("value"), *rows, ""])


def _head(value: str) -> tuple[str, str]:
    return f"| key | {value} | default | meaning |", "|---|---|---|---|"


def written(field: FieldInfo) -> str:
    """How a person writes a value of this field, with its range."""
    if any(isinstance(each, Kind) for each in field.metadata):
        return _written(field.metadata[0])
    return _written(field.annotation)


def _written(kind: Any) -> str:
    if isinstance(kind, Kind):
        return f"{kind.written}{f' ({kind.range})' if kind.range else ''}".replace("|", "\\|")
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "a map, see below"
    inner = get_args(kind)
    if get_origin(kind) is dict:
        return f"a map: name → {_written(inner[1])}"
    if get_origin(kind) is list and inner[0] == EffectValue:
        return "a name of `effects`, a map as there, or a list of those"
    if get_origin(kind) is list:
        return "an answer, or a list of them" if inner[0] is models.Answer else f"a list, each {_written(inner[0])}"
    known = [_written(each) for each in inner if each is not type(None)]
    return "; or ".join(dict.fromkeys(each for each in known if each))


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if value is None or value == "" or value == () or value == {} or value == []:
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`1 s`"
    return f"`{_duration(value)}`" if value and name in NANOSECONDS else f"`{value}`"


def _duration(nanoseconds: int) -> str:
    unit, size = next((unit, size) for unit, size in UNITS if nanoseconds >= size)
    return f"{nanoseconds // size} {unit}"


# ---- drivers ----


def _driver(name: str, config: Config) -> str:
    summary, told = _told(inspect.getdoc(config) or "")
    rows = [
        f"| `{each.name.replace('_', '-')}` | {_setting(each.default)} | {told.get(each.name, '')} |"
        for each in fields(config)
        if each.name not in FILLED_BY_US
    ]
    return "\n".join(
        [f"### driver: {name}\n", f"{summary}\n", "| key | default | meaning |", "|---|---|---|", *rows, ""]
    )


def _setting(value: Any) -> str:
    if value is MISSING:
        return "needed"
    if value in ("", ()):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _told(document: str) -> tuple[str, dict[str, str]]:
    """(the first sentence, key → what a Config's docstring says of it)."""
    told: dict[str, str] = {}
    key = ""
    lines = document.splitlines()
    for line in lines[1:]:
        match = DOCUMENTED.fullmatch(line)
        if match is not None:
            key = match["key"]
            told[key] = match["text"]
        elif key and line.startswith(" "):
            told[key] += f" {line.strip()}"
        else:
            key = ""
    return (lines or [""])[0].replace("``", "`"), {
        key: text.replace("``", "`").replace("|", "\\|") for key, text in told.items()
    }


# ---- words ----


def _words() -> str:
    return "\n".join(_word_lines())


def _word_lines() -> Iterator[str]:
    yield "### Words\n"
    profiles = ", ".join(f"`{name}`" for name in PROFILES)
    yield (f"- **Profiles**: {profiles}. `-16` takes two slots for each value, coarse first. "
           "More come from [files](fixtures.md).")
    yield f"- **Colours**: {', '.join(COLOURS)}, or `#rrggbb` in quotes."
    yield f"- **Curves**: {', '.join(f'`{name}`' for name in CURVES)}."
    yield "- **Laws**: the table below, or corners of your own (see [mixers](mixers.md))."
    yield ""
    yield from ("| law | range | whose |", "|---|---|---|")
    for law in LAWS.values():
        yield f"| `{law.name}` | {law.range} | {law.source} |"
    yield ""
