"""A cue sheet while it is being read: the entries, the names people wrote, and what has been made of them so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from showctl.fixtures import Shelf
from showctl.lamps import Profile
from showctl.model import (
    Command,
    Connection,
    Cue,
    Effect,
    FaderPatch,
    Held,
    Merge,
    Parameter,
    Patched,
    Region,
    Rule,
    Station,
    Submaster,
    TriggerRule,
)
from showctl.profiles import Tone
from showctl.sheet.models import SheetEntry
from showctl.sheet.problems import Path, Problems, hint
from showctl.sheet.wishes import Wish

Config = Any
"""A driver's frozen dataclass: what the sheet may say under a connection."""

NAME = re.compile(r"[^\W_][\w-]{0,59}")
NESTED_MAX = 8
REGION_KEYS = ("start", "priority", "anywhere", "lost", "back")


@dataclass
class Draft:
    """Filled from top to bottom by the rooms of this package; only a draft without problems becomes a CueSheet."""

    entries: SheetEntry
    problems: Problems
    written: Mapping[str, tuple[str, ...]]  # section → every name in it, also of entries that could not be read
    configs: Mapping[str, Config] | None = None  # driver → its Config; None: settings are taken as they are
    shelf: Shelf = field(default_factory=Shelf)  # where profiles come from

    connections: dict[str, Connection] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    fixtures: dict[str, tuple[int, ...]] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patch: list[Patched] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    subs: dict[str, Submaster] = field(default_factory=dict)
    priorities: dict[str, int] = field(default_factory=dict)
    merges: dict[str, Merge] = field(default_factory=dict)
    parked: dict[int, int] = field(default_factory=dict)  # parameter → level
    faders: dict[str, FaderPatch] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    fixed: dict[str, int | bytes] = field(default_factory=dict)  # commands that say always the same
    triggers: dict[str, TriggerRule] = field(default_factory=dict)
    looks: dict[str, Mapping[str, Wish]] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    cues: dict[Decimal, Cue] = field(default_factory=dict)
    numbers: list[Decimal] = field(default_factory=list)
    cue_paths: dict[Decimal, Path] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    compromises: dict[tuple[Profile, Tone], None] = field(default_factory=dict)  # (profile, colour) that was warned of
    state_paths: dict[tuple[str, str], Path] = field(default_factory=dict)

    def known(self, path: Path, what: str, name: str, *sections: str, also: Iterable[str] = ()) -> bool:
        """Whether ``name`` stands in one of ``sections``; says so where it does not.

        A name whose own entry is wrong is not known either, but that has been said already.
        """
        if any(name in getattr(self, section) for section in sections) or name in also:
            return True
        if not any(name in self.written.get(section, ()) for section in sections):
            names = [each for section in sections for each in self.written.get(section, ())] + list(also)
            none = "" if names else f"; this sheet has no {' and no '.join(sections)}"
            self.problems.at(path, f"no {what} '{name[:60]}'{hint(name, names) or none}")
        return False


WIRES: Mapping[str, tuple[str, ...]] = {
    "dmx": ("artnet", "sacn", "dmx_usb", "osc"), "topic": ("mqtt",), "osc": ("osc",),
    **dict.fromkeys(("cc", "cc14", "nrpn", "nrpn7", "bend", "parameter"), ("midi",)),
    **dict.fromkeys(("note", "tap", "program", "scene", "sysex"), ("midi",)),
}  # fmt: skip
"""What an address wants → the shipped drivers that carry it. Nobody else's driver is judged."""

UNIVERSES: Mapping[str, range] = {"artnet": range(32_768), "sacn": range(1, 64_000)}
"""Shipped drivers whose standard numbers the universes, and the numbers there are."""

SHIPPED = ("artnet", "sacn", "dmx_usb", "osc", "midi", "mqtt", "serial_line", "gpio")


def carries(draft: Draft, path: Path, name: str, kind: str) -> bool:
    """Whether the connection can carry this kind of address; says so where it cannot."""
    connection = draft.connections[name]
    if connection.driver not in SHIPPED:
        return True
    if connection.driver not in WIRES[kind]:
        draft.problems.at(
            path, f"'{name}' is {connection.driver}, which carries no {kind}; that is for {' or '.join(WIRES[kind])}"
        )
        return False
    if kind == "dmx" and connection.driver == "osc" and connection.settings.get("dmx", "off") == "off":
        draft.problems.at(path, f"'{name}' sends no DMX; give the connection 'dmx: ola' or 'dmx: qlc'")
        return False
    return True


def without(connection: Connection, universe: int) -> str:
    """Why a connection cannot carry a universe; nothing where it can, or nobody knows."""
    known = UNIVERSES.get(connection.driver)
    if known is not None and universe not in known:
        return f"{connection.driver} has no universe {universe}; write {known[0]} to {known[-1]}"
    own = str(connection.settings.get("universe", 0))
    if connection.driver == "dmx_usb" and own != str(universe):
        return f"the box carries universe {own}, not {universe}; give the connection 'universe: {universe}'"
    return ""


def named(draft: Draft, path: Path, name: str, reserved: Iterable[str] = ()) -> bool:
    """Whether ``name`` can be a name: it travels in addresses and guards, so letters, digits, ``-`` and ``_``."""
    if NAME.fullmatch(name) is None:
        draft.problems.key(
            path, f"'{name[:60]}' cannot be a name; use letters, digits, - and _ (at most 60, no spaces)"
        )
        return False
    if name in reserved:
        draft.problems.key(path, f"'{name}' has a meaning of its own here; choose another name")
        return False
    return True


def written_names(data: Any) -> dict[str, tuple[str, ...]]:
    """Section → the names written in it; states as ``<region>/<full name>``."""
    sections = (
        {section: tuple(entries) for section, entries in data.items() if isinstance(entries, dict)}
        if isinstance(data, dict)
        else {}
    )
    sections["regions"] = sections.get("states", ())
    regions = data.get("states") if isinstance(data, dict) else None
    found: list[str] = []
    for region, states in regions.items() if isinstance(regions, dict) else ():
        found.extend(f"{region}/{name}" for name in _state_names(states, "", 0) if name not in REGION_KEYS)
    sections["all states"] = tuple(found)
    return sections


def _state_names(states: Any, prefix: str, depth: int) -> list[str]:
    if not isinstance(states, dict) or depth > NESTED_MAX:
        return []
    found = []
    for name, state in states.items():
        found.append(prefix + name)
        if isinstance(state, dict):
            found.extend(_state_names(state.get("states"), f"{prefix}{name}.", depth + 1))
    return found
