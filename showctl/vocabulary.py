"""Addresses and arguments ↔ command verbs: showctl's own and QLab's, one table.

A button with no argument or a non-zero one is a press; zero is its release and does nothing. A number never
names a cue: the address does, or a string (SEMANTICS 1). QLab's addresses are those of its OSC dictionary
(version 5), spelled with QLab's capitals, with or without ``/workspace/<id>`` in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from showctl.model import LEVEL_MAX, SECOND_NS, Value, cue_text, noun

# ---- the table: address, verb, what its argument is ----

ADDRESSES: tuple[tuple[str, str, str], ...] = (
    ("/showctl/go", "go", "go"),
    ("/showctl/back", "back", "press"),
    ("/showctl/stop", "stop", "press"),
    ("/showctl/pause", "pause", "press"),
    ("/showctl/resume", "resume", "press"),
    ("/showctl/panic", "panic", "press"),
    ("/showctl/reset", "reset", "press"),
    ("/showctl/standby", "standby", "cue"),
    ("/showctl/standby/next", "standby-next", "press"),
    ("/showctl/standby/previous", "standby-previous", "press"),
    ("/showctl/standby/{cue}", "standby", "press"),
    ("/showctl/cue/{cue}/go", "cue-go", "press"),
    ("/showctl/cue/{cue}/start", "cue-start", "press"),
    ("/showctl/cue/{cue}/stop", "cue-stop", "press"),
    ("/showctl/cue/{cue}/load", "cue-load", "seconds"),
    ("/showctl/cue/{cue}/arm", "cue-arm", "press"),
    ("/showctl/cue/{cue}/disarm", "cue-disarm", "press"),
    ("/showctl/start/{name}", "start", "press"),
    ("/showctl/start/{name}/{cue}", "start", "press"),
    ("/showctl/master", "master", "level"),
    ("/showctl/sub/{name}", "sub", "level"),
    ("/showctl/fader/{name}", "fader", "level"),
    ("/showctl/park/{name}", "park", "standing"),
    ("/showctl/park/{name}/{name}", "park", "standing"),
    ("/showctl/unpark", "unpark", "press"),
    ("/showctl/unpark/{name}", "unpark", "press"),
    ("/showctl/unpark/{name}/{name}", "unpark", "press"),
    ("/showctl/blackout", "blackout", "switch"),
    ("/showctl/sensors", "sensors", "switch"),
    ("/showctl/trigger/{name}", "trigger", "press"),
    ("/showctl/trigger/{name}/arm", "trigger-arm", "press"),
    ("/showctl/trigger/{name}/disarm", "trigger-disarm", "press"),
    ("/showctl/subscribe", "subscribe", "port"),
    ("/showctl/unsubscribe", "unsubscribe", "press"),
    ("/go", "go", "go"),
    ("/go/{cue}", "cue-go", "press"),
    ("/stop", "stop", "press"),
    ("/hardStop", "stop", "press"),
    ("/pause", "pause", "press"),
    ("/resume", "resume", "press"),
    ("/panic", "panic", "press"),
    ("/panicInTime", "panic", "any"),
    ("/reset", "reset", "press"),
    ("/playhead", "standby", "cue"),
    ("/playhead/next", "standby-next", "press"),
    ("/playhead/previous", "standby-previous", "press"),
    ("/playhead/{cue}", "standby", "press"),
    ("/cue/{cue}/go", "cue-go", "press"),
    ("/cue/{cue}/start", "cue-start", "press"),
    ("/cue/{cue}/stop", "cue-stop", "press"),
    ("/cue/{cue}/hardStop", "cue-stop", "press"),
    ("/cue/{cue}/load", "cue-load", "load"),
    ("/cue/{cue}/loadAt", "cue-load", "seconds"),
)
"""A verb's first line is how showctl itself writes it. ``{cue}`` is a cue number, ``{name}`` any name."""

VERBS = tuple(dict.fromkeys(verb for _, verb, _ in ADDRESSES))
FOR_EVERYONE = ("subscribe", "unsubscribe")
"""What a viewer may say as well."""

TEXT_LIMIT = 200
LOAD_LIMIT_S = 48 * 3600


@noun
class Command:
    """A verb of :data:`VERBS` and its arguments: names and cue numbers as text, then what the shape gives.

    ============  =================================================================================
    verb          arguments
    ============  =================================================================================
    standby       (cue,)
    cue-…         (cue,); ``cue-load`` (cue, time in ns)
    start         (state,) or (state, cue)
    master        (level,) of 0..LEVEL_MAX
    sub, fader    (name, level)
    park          (fixture or group,), and then the attribute, the level, both or neither
    unpark        (), (fixture or group,) or (fixture or group, attribute)
    blackout      (True,) is black, (False,) lifts it
    sensors       (False,) switches every automatic move off (SEMANTICS 27)
    trigger…      (name,)
    subscribe     () or (port,) where the station listens on another port than it sends from
    the others    ()
    ============  =================================================================================
    """

    verb: str
    arguments: tuple[Value, ...] = ()


@noun
class Release:
    """A finger let go: nothing to do."""


@noun
class Refusal:
    """What cannot be meant, with the reason and what to send instead."""

    reason: str


Meaning = Command | Release | Refusal


def command(address: str, arguments: tuple[Value, ...] = ()) -> Meaning:
    """What a message asks for. Never raises."""
    if len(address) > TEXT_LIMIT:
        return Refusal(f"the address is longer than {TEXT_LIMIT} characters")
    route = _route(address)
    if isinstance(route, Refusal):
        return route
    return _SHAPES[route.shape](address, route, arguments)


def reader(address: str) -> tuple[Shape, Route]:
    """What reads the arguments of an address that :func:`command` understood: ``shape(address, route, arguments)``."""
    route = _route(address)
    assert isinstance(route, Route)
    return _SHAPES[route.shape], route


def spoken(text: str) -> Meaning:
    """What a word of a station's ``says`` asks for: ``go``, ``cue/2.5/go``, ``trigger/water``, ``/go``."""
    return command(text if text.startswith("/") else f"/showctl/{text}")


def address(verb: str, *names: str) -> str:
    """How showctl writes a verb: ``address("cue-go", "2.5")`` is ``/showctl/cue/2.5/go``."""
    given = iter(names)
    parts = _SPELLING[verb, len(names)].split("/")
    return "/".join(next(given) if part.startswith("{") else part for part in parts)


def cue_number(text: str) -> str | None:
    """A cue number as people write it, normalised (1.10 is 1.1), or None."""
    if not _CUE.fullmatch(text):
        return None
    return cue_text(Decimal(text).normalize())


def level(value: Value) -> int | None:
    """0..1 on the wire as 0..LEVEL_MAX, rounded half up, or None where it is no number of that range."""
    if isinstance(value, float):
        if not 0.0 <= value <= 1.0:      # also false for NaN
            return None
        return int(value * (2 * LEVEL_MAX)) + 1 >> 1      # exact: 24 bits of an OSC float times 25 fit a double's 53
    if isinstance(value, int) and 0 <= value <= 1:
        return int(value) * LEVEL_MAX
    return None


# ---- address → route ----

@dataclass(frozen=True, slots=True)
class Route:
    """What an address asks for, and how its arguments are read."""

    verb: str
    names: tuple[Value, ...]
    shape: str
    command: Command = field(init=False)        # what a press of it asks for: made once

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", Command(self.verb, self.names))


_CUE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_PATTERNS = tuple((tuple(path.split("/")), verb, shape) for path, verb, shape in ADDRESSES)


def _spelling() -> Mapping[tuple[str, int], str]:
    table: dict[tuple[str, int], str] = {}
    for path, verb, _ in ADDRESSES:
        table.setdefault((verb, path.count("{")), path)
    return table


_SPELLING = _spelling()


@lru_cache(maxsize=1024)
def _route(text: str) -> Route | Refusal:
    parts = text.split("/")
    if parts[1:2] == ["workspace"]:
        parts = ["", *parts[3:]]
    bad_cue = ""
    for pattern, verb, shape in _PATTERNS:
        if len(pattern) == len(parts) and _literals_agree(pattern, parts):
            names = _names(pattern, parts)
            if names is not None:
                return Route(verb, names, shape)
            bad_cue = "; a cue number is written like 2 or 2.5"
    return Refusal(f"{text} is no address of showctl or of the QLab ones it knows{bad_cue}")


def _literals_agree(pattern: tuple[str, ...], parts: list[str]) -> bool:
    return all(want == part or want.startswith("{") for want, part in zip(pattern, parts, strict=True))


def _names(pattern: tuple[str, ...], parts: list[str]) -> tuple[str, ...] | None:
    names = []
    for want, part in zip(pattern, parts, strict=True):
        if want == "{name}" and part:
            names.append(part)
        elif want == "{cue}" and (number := cue_number(part)) is not None:
            names.append(number)
        elif want.startswith("{"):
            return None
    return tuple(names)


# ---- arguments, by shape ----

Shape = Callable[[str, Route, tuple[Value, ...]], Meaning]


def _pressed(arguments: tuple[Value, ...]) -> bool | None:
    """True for a press, False for a release, None where the arguments are neither (SEMANTICS 1)."""
    if not arguments:
        return True
    value = arguments[0]
    if len(arguments) > 1 or isinstance(value, (str, bytes, tuple)) or value != value:
        return None
    return value is None or value != 0


def _press(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    pressed = _pressed(arguments)
    if pressed is None:
        return Refusal(f"{address} takes no argument, or one number: non-zero presses, zero releases")
    return route.command if pressed else Release()


def _go(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    if len(arguments) == 1 and isinstance(arguments[0], str):
        return _cue(address, Route("cue-go", (), "cue"), arguments)
    return _press(address, route, arguments)


def _cue(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    text = arguments[0] if len(arguments) == 1 else None
    number = cue_number(text) if isinstance(text, str) else None
    if number is None:
        return Refusal(f'{address} names a cue by a string like "2.5"; a number never does')
    return Command(route.verb, (number,))


def _level(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    if len(arguments) == 1:
        position = level(arguments[0])
        if position is not None:
            return Command(route.verb, (*route.names, position))
    return Refusal(f"{address} takes one number from 0 to 1")


def _standing(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    """A level, or nothing where it shall stay as it stands: a number is never a press here."""
    return _level(address, route, arguments) if arguments else route.command


def _switch(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    value = arguments[0] if len(arguments) == 1 else None
    if not isinstance(value, (bool, int, float)) or value not in (0, 1):
        return Refusal(f"{address} takes 1 (on) or 0 (off)")
    return Command(route.verb, (*route.names, value == 1))


def _seconds(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    value = arguments[0] if len(arguments) == 1 else None if arguments else 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LOAD_LIMIT_S:
        return Refusal(f"{address} takes one time in seconds, 0 to {LOAD_LIMIT_S}")
    numerator, denominator = value.as_integer_ratio()
    return Command(route.verb, (*route.names, numerator * SECOND_NS // denominator))


def _load(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    return _press(address, Route(route.verb, (*route.names, 0), route.shape), arguments)


def _port(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    value = arguments[0] if len(arguments) == 1 else None
    if isinstance(value, int) and 1024 <= value <= 65535:
        return Command(route.verb, (value,))
    return _press(address, route, arguments)


def _any(address: str, route: Route, arguments: tuple[Value, ...]) -> Meaning:
    return route.command


_SHAPES: Mapping[str, Shape] = {
    "press": _press,
    "go": _go,
    "cue": _cue,
    "level": _level,
    "standing": _standing,
    "switch": _switch,
    "seconds": _seconds,
    "load": _load,
    "port": _port,
    "any": _any,
}
