"""The room: stations, fixtures and their patch, groups, submasters."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from showctl import profiles, vocabulary
from showctl.lamps import Profile
from showctl.model import Held, Patched, Station, Wheel
from showctl.sheet import lamps
from showctl.sheet.draft import UNIVERSES, Draft, carries, named, without
from showctl.sheet.models import FixtureEntry, StationEntry
from showctl.sheet.problems import Path

SLOTS = 512
LOOPBACK = "127.0.0.1"
SHINES = ("intensity", *profiles.EMITTERS)
TURNED = {"hue": "hue", "saturation": "saturation", "intensity": "strongest"}
"""What the slots of a lamp of hue and saturation tell of its red, green and blue."""

TERMINAL = Station("terminal", "terminal")
"""Who sits at the daemon's own screen and keys is always an operator."""


# ---- stations ----


def stations(draft: Draft) -> None:
    """Fill ``draft.stations``: the sheet's, the terminal, and ``local`` where loopback is not listed (CORE 18)."""
    for name, entry in draft.entries.stations.items():
        path: Path = ("stations", name)
        if not named(draft, path, name, reserved=("terminal",)):
            continue
        if not draft.known((*path, "from"), "connection", entry.from_, "connections"):
            continue
        if not _heard(draft, path, entry):
            continue
        for word, verb in entry.says.items():
            meaning = vocabulary.spoken(verb)
            if isinstance(meaning, vocabulary.Refusal):
                draft.problems.at(
                    (*path, "says", word),
                    f"'{verb[:60]}' is nothing a station can say; "
                    "write such as 'go', 'panic', 'cue/2.5/go' or 'trigger/water'",
                )
        draft.stations[name] = Station(name, entry.from_, entry.host, dict(entry.says), entry.role)
    draft.stations["terminal"] = TERMINAL
    if "local" not in draft.stations and not any(each.host == LOOPBACK for each in draft.stations.values()):
        osc = [name for name, connection in draft.connections.items() if connection.driver == "osc"]
        draft.stations["local"] = Station("local", osc[0] if len(osc) == 1 else "", LOOPBACK)


def _heard(draft: Draft, path: Path, entry: StationEntry) -> bool:
    """A station is known by the address it sends from, or by the words of its line."""
    driver = draft.connections[entry.from_].driver
    if driver == "osc" and not entry.says:
        try:
            ip_address(entry.host)
        except ValueError:
            where, said = ((*path, "host"), f"'{entry.host[:60]}' is no IP address; ") if entry.host else (path, "")
            draft.problems.key(where, f"{said}'{path[-1]}' needs 'host', the address it sends from, such as 10.0.0.31")
            return False
    elif not entry.says and not entry.host:
        draft.problems.key(path, f"'{path[-1]}' needs 'says', the words of its line and what they do: '{{DOWN: go}}'")
        return False
    return True


# ---- fixtures ----


def fixtures(draft: Draft) -> None:
    """Fill ``fixtures``, ``parameters`` and ``patch``; two fixtures on one slot are an error."""
    taken: dict[tuple[str, int, int], str] = {}
    told: set[tuple[str, int]] = set()
    for name, entry in draft.entries.fixtures.items():
        path: Path = ("fixtures", name)
        if not named(draft, path, name, reserved=("all",)):
            continue
        if name in draft.written.get("groups", ()):
            draft.problems.key(path, f"'{name}' is a group too; a look could not tell them apart")
        if draft.known((*path, "to"), "connection", entry.to, "connections"):
            carries(draft, (*path, "to"), entry.to, "dmx")
            _original(draft, (*path, "to"), entry.to)
            _carried(draft, (*path, "at"), entry, told)
        try:
            profile = draft.shelf.profile(entry.profile)
        except ValueError as error:
            draft.problems.at((*path, "profile"), str(error))
            continue
        _fits(draft, path, name, entry, profile, taken)
        lamp = lamps.fitted(draft, path, entry, profile)
        draft.profiles[name] = lamp.profile
        if not any(attribute in SHINES for _, attribute, _ in profile.slots):
            draft.problems.warn((*path, "profile"), f"nothing in {profile.name} can be dimmed; no look lights it")
        if profile.colours == "flags" and profile.virtual_dimmer:
            draft.problems.warn((*path, "profile"), (
                f"{profile.name} has no dimmer: a level, and a blackout, bring its cyan, magenta and yellow in "
                "together, which is as dark as they are"))
        _patch(draft, name, entry, lamp)


def _original(draft: Draft, path: Path, name: str) -> None:
    """A copy has no universes of its own: what it sends is what the other sends."""
    original = draft.connections[name].copies
    if original:
        draft.problems.at(path, f"'{name}' copies '{original}'; write 'to: {original}', and both will carry it")


def _carried(draft: Draft, path: Path, entry: FixtureEntry, told: set[tuple[str, int]]) -> None:
    """The universe is one that the connection can send, and who copies it; of a copy it is said once."""
    universe, _ = entry.at
    said = without(draft.connections[entry.to], universe)
    if said:
        draft.problems.at(path, f"'{entry.to}': {said}")
    for name, connection in draft.connections.items():
        if connection.copies == entry.to and (name, universe) not in told and connection.driver in UNIVERSES:
            told.add((name, universe))
            if said := without(connection, universe):
                draft.problems.warn(path, f"'{name}' copies '{entry.to}', but {said}; no copy of it is sent")


def _fits(
    draft: Draft,
    path: Path,
    name: str,
    entry: FixtureEntry,
    profile: Profile,
    taken: dict[tuple[str, int, int], str],
) -> None:
    universe, slot = entry.at
    last = slot + profile.footprint - 1
    if last > SLOTS:
        draft.problems.at(
            (*path, "at"),
            f"{profile.name} takes {profile.footprint} slots and runs over slot 512; "
            f"its last possible slot is {universe}/{SLOTS - profile.footprint + 1}",
        )
        return
    others = dict.fromkeys(
        taken[key] for number in range(slot, last + 1) if (key := (entry.to, universe, number)) in taken
    )
    for other in others:
        there = draft.problems.beside(("fixtures", other, "at"), (*path, "at"))
        draft.problems.at(
            (*path, "at"),
            f"'{name}' takes slots {universe}/{slot} to {universe}/{last}, and '{other}' ({there}) is there already",
        )
    for number in range(slot, last + 1):
        taken.setdefault((entry.to, universe, number), name)


def _patch(draft: Draft, name: str, entry: FixtureEntry, lamp: lamps.Lamp) -> None:
    profile = lamp.profile
    first = len(draft.parameters)
    index = {attribute.name: first + offset for offset, attribute in enumerate(profile.attributes)}
    intensity = index.get("intensity")
    for attribute in profile.attributes:
        draft.parameters.append(lamps.parameter(lamp, attribute, index[attribute.name], name, intensity))
    draft.fixtures[name] = tuple(index.values())
    universe, slot = entry.at
    wholes = {offset: (zero, full) for offset, zero, full in profile.wholes}
    for offset, shows, width in profile.slots:
        dimmed_by = intensity if profile.virtual_dimmer and shows in profiles.EMITTERS else None
        whole = lamps.whole(lamp, shows, wholes.get(offset))
        wheel, number = None, index.get(shows, index.get("red", first))
        if profile.colours == "hue" and shows in TURNED:
            wheel = Wheel(TURNED[shows], *(index[name] for name in profiles.RGB))
        draft.patch.append(Patched(entry.to, universe, slot + offset, width, number, dimmed_by, whole, wheel))
    draft.held += [Held(entry.to, universe, slot + offset, value) for offset, value in profile.held]


# ---- groups and submasters ----


def groups(draft: Draft) -> None:
    """Fill ``draft.groups``; ``all`` is every fixture."""
    draft.groups["all"] = tuple(draft.fixtures)
    for name, members in draft.entries.groups.items():
        path: Path = ("groups", name)
        if not named(draft, path, name, reserved=("all",)):
            continue
        found = tuple(
            member for index, member in enumerate(members) if draft.known((*path, index), "fixture", member, "fixtures")
        )
        draft.groups[name] = tuple(dict.fromkeys(found))


def submasters(draft: Draft) -> None:
    """Write the names of the submasters onto the intensities they master."""
    for name, entry in draft.entries.submasters.items():
        path: Path = ("submasters", name)
        if not named(draft, path, name):
            continue
        if bool(entry.over) == (entry.look is not None):
            said = f"'{name}' is over some fixtures, or it brings up a look; write one of 'over' and 'look'"
            draft.problems.key(path, said)
            continue
        mastered = dict.fromkeys(
            fixture
            for index, member in enumerate(entry.over)
            if draft.known((*path, "over", index), "fixture or group", member, "fixtures", "groups")
            for fixture in draft.groups.get(member, (member,))
        )
        for fixture in mastered:
            for number in draft.fixtures.get(fixture, ()):
                about = draft.parameters[number]
                if about.attribute == "intensity":
                    draft.parameters[number] = replace(about, submasters=(*about.submasters, name))
