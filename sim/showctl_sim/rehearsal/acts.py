"""Reading what is done: the items of each verb, as a table. What each does is in ``doing``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from showctl import units
from showctl.model import CueSheet, Input, cue_text
from showctl.sheet.problems import Path, hint
from showctl.sheet.values import plain, shown
from showctl.vocabulary import address
from showctl_sim import faults
from showctl_sim.promises import state_named
from showctl_sim.rehearsal.reader import Reader, flag, sensors

Item = tuple[str, Any]

FLAP = re.compile(r"(\d{1,4}) times in (.+)", re.ASCII)
CUE_VERBS = ("go", "start", "stop", "load", "arm", "disarm")


@dataclass(frozen=True, slots=True)
class Named:
    """A verb whose items are names of the sheet, each with a value."""

    what: str
    names: Callable[[CueSheet], Collection[str]]
    value: Callable[[Reader, str, Any], Any]


def _station(reader: Reader, name: str, value: Any) -> str:
    return reader._station(plain(value))


def _truth(reader: Reader, name: str, value: Any) -> bool:
    return flag(value)


def _times(reader: Reader, name: str, value: Any) -> tuple[int, int]:
    match = FLAP.fullmatch(plain(value))
    if match is None or not int(match[1]):
        raise ValueError(f"{shown(value)} stands here; write '20 times in 2 s'")
    return int(match[1]), units.duration_ns(match[2])


def _decibel(reader: Reader, name: str, value: Any) -> int | None:
    fader = reader.sheet.faders[name]
    connection = reader.sheet.connections[fader.to]
    if connection.driver == "midi" and not connection.settings.get("listen"):
        raise ValueError(f"'{fader.to}' does not listen, so no hand on '{name}' is heard; write 'fader' for a station")
    return position_of(reader.sheet, name, value)[1]


def _fader_level(reader: Reader, name: str, value: Any) -> int:
    return position_of(reader.sheet, name, value)[0]


def _level(reader: Reader, name: str, value: Any) -> int:
    return units.level(plain(value))


def _text(reader: Reader, name: str, value: Any) -> str:
    return plain(value)


def _desk(reader: Reader, name: str, value: Any) -> tuple[tuple[int, int], ...] | None:
    """Slots (1..512) and what the desk sends there, 0..255; None: its stream ends."""
    if value == "silent":
        return None
    if isinstance(value, Mapping):
        return tuple((_slot(key), _sent(plain(level))) for key, level in value.items())
    raise ValueError(f"{shown(value)} stands here; write slots and levels such as '{{5: 50%}}', or 'silent'")


def _slot(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= 512:
        raise ValueError(f"'{text[:40]}' is no slot; write 1 to 512")
    return int(text)


def _sent(text: str) -> int:
    if text.endswith("%"):
        return units.level(text) >> 16
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 255:
        raise ValueError(f"'{text[:40]}' is nothing a slot can say; write 0 to 255, or such as 50%")
    return int(text)


def position_of(sheet: CueSheet, name: str, value: Any) -> tuple[int, int | None]:
    """A fader level as (position, millibel or None for out). Raises ValueError for what is not on its scale."""
    from showctl import laws

    millibel = units.decibel(plain(value))
    return laws.find(sheet.faders[name].law).position(millibel), millibel


def _conditions(sheet: CueSheet) -> list[str]:
    return [name for name in sensors(sheet) if getattr(sheet.triggers[name], "when", None) is not None]


NAMED: Mapping[str, Named] = {
    "press": Named("trigger", lambda sheet: sheet.triggers, _station),
    "set": Named("sensor", sensors, _truth),
    "flap": Named("sensor with a condition", _conditions, _times),
    "hand": Named("fader", lambda sheet: sheet.faders, _decibel),
    "fader": Named("fader", lambda sheet: sheet.faders, _fader_level),
    "sub": Named("submaster", lambda sheet: sheet.submasters, _level),
    "park": Named("fixture or group", lambda sheet: (*sheet.fixtures, *sheet.groups), _level),
    "dmx": Named("desk", lambda sheet: sheet.merges, _desk),
    "says": Named("connection", lambda sheet: sheet.connections, _text),
}


def items(reader: Reader, path: Path, verb: str, data: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items of a verb written as a map; what is wrong with them is said."""
    found: list[Item] = []
    for key, value in data.items():
        where = (*path, key)
        if verb in NAMED:
            row = NAMED[verb]
            if not reader.known(where, row.what, key, row.names(reader.sheet)):
                continue
        try:
            found.append(_item(reader, verb, key, value))
        except ValueError as error:
            reader.problems.at(where, str(error))
    if not data:
        reader.problems.key(path, f"'{verb}' what? {EXAMPLES.get(verb, '')}".rstrip())
    return tuple(found)


def _item(reader: Reader, verb: str, key: str, value: Any) -> Item:
    if verb in NAMED:
        name = f"{key}\0" if verb == "says" else key
        return name, NAMED[verb].value(reader, key, value)
    return OTHERS[verb](reader, key, value)


# ---- verbs that take one thing, with or without 'to' ----

def single(reader: Reader, verb: str, value: Any) -> tuple[Item, ...]:
    """The item of a verb that takes one thing. Raises ValueError where it cannot be meant."""
    return (SINGLE[verb](reader, value),)


def _master(reader: Reader, value: Any) -> Item:
    return "", units.level(plain(value))


def _switch(reader: Reader, value: Any) -> Item:
    return "", flag(value)


def _standby(reader: Reader, value: Any) -> Item:
    word = plain(value)
    if word in ("next", "previous"):
        return address(f"standby-{word}"), 1.0
    return address("standby", _cue(reader, word)), 1.0


def _jump(reader: Reader, value: Any) -> Item:
    """``talk``, or ``talk:4``."""
    state, _, cue = plain(value).partition(":")
    for region in reader.sheet.regions:
        try:
            full = state_named(reader.sheet, region, state)
        except ValueError:
            continue
        return (address("start", full, _cue(reader, cue)) if cue else address("start", full)), 1.0
    every = [name for region in reader.sheet.regions.values() for name in region.states]
    raise ValueError(f"no state '{state[:60]}'{hint(state, every)}")


def _connection(reader: Reader, value: Any) -> Item:
    name = plain(value)
    if name not in reader.sheet.connections:
        raise ValueError(f"no connection '{name[:60]}'{hint(name, reader.sheet.connections)}")
    return name, None


def _unpark(reader: Reader, value: Any) -> Item:
    """A fixture or a group; ``all`` is everything."""
    name = plain(value)
    if name not in (names := (*reader.sheet.fixtures, *reader.sheet.groups)):
        raise ValueError(f"no fixture or group '{name[:60]}'{hint(name, names)}")
    return address("unpark", name), 1.0


def _sensor_press(reader: Reader, value: Any) -> Item:
    """A sensor that presses by itself; a button is pressed by the first station."""
    name = plain(value)
    rule = reader.sheet.triggers.get(name)
    if rule is None:
        raise ValueError(f"no trigger '{name[:60]}'{hint(name, reader.sheet.triggers)}")
    if isinstance(rule, Input) and rule.kind == "press":
        return name, None
    return name, reader.station((), None)


def _arm(verb: str) -> Callable[[Reader, Any], Item]:
    def read(reader: Reader, value: Any) -> Item:
        name = plain(value)
        if name in reader.sheet.triggers:
            return address(f"trigger-{verb}", name), 1.0
        return address(f"cue-{verb}", _cue(reader, name)), 1.0

    return read


def _cue(reader: Reader, text: str) -> str:
    number = units.cue_number(text)
    if number not in reader.sheet.cues:
        raise ValueError(f"no cue {text[:40]}{hint(text, map(cue_text, reader.sheet.cues))}")
    return cue_text(number)


SINGLE: Mapping[str, Callable[[Reader, Any], Item]] = {
    "master": _master, "blackout": _switch, "sensors": _switch, "standby": _standby, "jump": _jump,
    "lost": _connection, "returned": _connection, "press": _sensor_press, "arm": _arm("arm"),
    "disarm": _arm("disarm"), "unpark": _unpark,
}


# ---- verbs of their own ----

def _cue_act(reader: Reader, key: str, value: Any) -> Item:
    """``2.5: go``, ``60: load 10 s``."""
    cue, (verb, _, rest) = _cue(reader, key), plain(value).partition(" ")
    if verb not in CUE_VERBS or (rest and verb != "load"):
        raise ValueError(f"{shown(value)} stands here; write {', '.join(CUE_VERBS[:3])}, load 10 s, arm or disarm")
    if verb == "load":
        return address("cue-load", cue), units.duration_ns(rest or "0") / 1_000_000_000
    return address(f"cue-{verb}", cue), 1.0


def _fault(reader: Reader, key: str, value: Any) -> Item:
    kind = plain(value)
    faults.check(reader.sheet, kind, key)
    return key, kind


def _message(reader: Reader, key: str, value: Any) -> Item:
    """An address that somebody listens to, or ``connection/address``."""
    return where(reader.sheet, key), tuple(value) if isinstance(value, list) else value


def _osc(reader: Reader, key: str, value: Any) -> Item:
    return key, tuple(value) if isinstance(value, list) else () if value is None else (value,)


TRIGGER_FIELDS = ("source", "address", "value", "sender", "retained", "message_id")


def _field(reader: Reader, key: str, value: Any) -> Item:
    """One field of a trigger as a recording has it."""
    from showctl_sim.virtual_rig import argument

    if key not in TRIGGER_FIELDS:
        raise ValueError(f"a trigger has no '{key[:60]}'{hint(key, TRIGGER_FIELDS)}")
    if key == "message_id":
        return key, int(plain(value))
    if key == "value" and isinstance(value, list):
        return key, tuple(argument(each) if isinstance(each, str) else each for each in value)
    return key, value if isinstance(value, str | bool | None) else plain(value)


OTHERS: Mapping[str, Callable[[Reader, str, Any], Item]] = {
    "cue": _cue_act, "fault": _fault, "send": _message, "osc": _osc, "input": _field,
}


def where(sheet: CueSheet, key: str) -> str:
    """Connection and address of a message, with a NUL between. Raises ValueError where nobody listens there."""
    listened: dict[str, list[str]] = {}
    for rule in sheet.triggers.values():
        if isinstance(rule, Input) and rule.connection:
            for each in filter(None, (rule.address, rule.alive)):
                if rule.connection not in listened.setdefault(each, []):
                    listened[each].append(rule.connection)
    if len(listened.get(key, ())) == 1:
        return f"{listened[key][0]}\0{key}"
    connection, _, path = key.partition("/")
    if key in sheet.connections or connection in sheet.connections:
        return f"{connection}\0{path}"
    if key in listened:
        some = listened[key]
        raise ValueError(f"'{key[:60]}' is heard on {' and '.join(some)}; write '{some[0]}/{key[:60]}'")
    raise ValueError(f"nothing of this sheet listens to '{key[:60]}'{hint(key, (*listened, *sheet.connections))}")


EXAMPLES: Mapping[str, str] = {
    "master": "write 'master: 50%'", "blackout": "write 'blackout: true'", "sensors": "write 'sensors: false'",
    "standby": "write 'standby: next' or 'standby: 4'", "jump": "write 'jump: talk' or 'jump: talk:4'",
    "lost": "write 'lost: mixer'", "returned": "write 'back: foh' or 'back: mixer'",
    "arm": "write 'arm: door' or 'arm: 4'", "disarm": "write 'disarm: door' or 'disarm: 4'",
    "press": "write 'press: {water: foh}'", "set": "write 'set: {door: true}'",
    "flap": "write 'flap: {door: 20 times in 2 s}'", "hand": "write 'hand: {music: -12 dB}'",
    "fader": "write 'fader: {music: -12 dB}'", "sub": "write 'sub: {key: 50%}'",
    "dmx": "write 'dmx: {desk: {5: 50%}}'",
    "park": "write 'park: {key: 30%}'", "unpark": "write 'unpark: key' or 'unpark: all'",
    "says": "write 'says: {pedal: DOWN}'", "cue": "write 'cue: {4: go}'",
    "fault": "write 'fault: {seat-2: gone, for: 5 min}'", "send": "write 'send: {door/state: open}'",
    "input": "write 'input: {source: sensors, address: door, value: open}'",
}
