"""Connections: the driver's own settings, converted by the field types of its Config and checked by it."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

from showctl.model import SECOND_NS, Connection
from showctl.sheet.draft import Config, Draft, carries, named
from showctl.sheet.problems import Path, hint
from showctl.sheet.values import plain, shown
from showctl.units import duration_ns

FILLED_BY_US = ("name", "inputs")
DRIVER_NAMES = {"serial": "serial_line"}
SECRET = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|api[-_]?key|private[-_]?key", re.IGNORECASE)
LOGIN_IN_ADDRESS = re.compile(r"//[^/@:]+:[^/@]+@")
NUMBER = re.compile(r"([+-]?\d{1,12}(?:\.\d{1,9})?) ?(Hz|ms|s|min|h)?", re.ASCII)


def connections(draft: Draft) -> None:
    """Fill ``draft.connections``."""
    for name, entry in draft.entries.connections.items():
        path: Path = ("connections", name)
        if not named(draft, path, name, reserved=("terminal",)):
            continue
        driver = DRIVER_NAMES.get(entry.driver, entry.driver)
        settings = dict(entry.__pydantic_extra__)
        if not _secrets(draft, path, settings):
            continue
        if draft.configs is not None:
            if driver not in draft.configs:
                draft.problems.at((*path, "driver"), f"no driver '{driver[:60]}'{hint(driver, draft.configs)}")
                continue
            checked = _checked(draft, path, settings, draft.configs[driver])
            if checked is None:
                continue
            settings = checked
        draft.connections[name] = Connection(name, driver, settings, entry.copies or "")
    for name in tuple(draft.connections):
        _copies(draft, ("connections", name, "copies"), draft.connections[name])


def _copies(draft: Draft, path: Path, connection: Connection) -> None:
    """What is copied are universes, of a connection that has some of its own."""
    original = connection.copies
    if not original or not draft.known(path, "connection", original, "connections"):
        return
    if original == connection.name or draft.connections[original].copies:
        draft.problems.at(path, f"'{original}' has no universes of its own; name the connection that fixtures go to")
    elif carries(draft, path, original, "dmx"):
        carries(draft, path, connection.name, "dmx")


def _secrets(draft: Draft, path: Path, settings: Mapping[str, Any]) -> bool:
    fine = True
    for key, value in settings.items():
        if SECRET.fullmatch(key):
            fine = False
            draft.problems.key(
                (*path, key),
                f"'{key}' is a secret and does not belong in a sheet; put it in the secrets file "
                "(mode 0600) and name its entry here: 'login: name'",
            )
        elif isinstance(value, str) and LOGIN_IN_ADDRESS.search(value):
            fine = False
            draft.problems.at(
                (*path, key),
                "a password in an address does not belong in a sheet; put it in the secrets file "
                "(mode 0600) and name its entry here: 'login: name'",
            )
    return fine


def _checked(draft: Draft, path: Path, settings: Mapping[str, Any], config: Config) -> dict[str, Any] | None:
    """The settings as values of the Config's fields, or None where something is wrong with them."""
    types = typing.get_type_hints(config)
    wanted: dict[str, Field[Any]] = {each.name: each for each in fields(config) if each.name not in FILLED_BY_US}
    values: dict[str, Any] = {}
    fine = True
    for key, raw in settings.items():
        name = key.replace("-", "_")
        if name not in wanted:
            fine = False
            spelled = [each.replace("_", "-") for each in wanted]
            draft.problems.key((*path, key), f"this driver has no setting '{key[:60]}'{hint(key, spelled)}")
            continue
        try:
            values[name] = _converted(raw, types[name], name)
        except ValueError as error:
            fine = False
            draft.problems.at((*path, key), str(error))
    for name, each in wanted.items():
        if (
            each.default is MISSING
            and each.default_factory is MISSING
            and name not in values
            and name.replace("_", "-") not in settings
        ):
            fine = False
            draft.problems.key(path, f"'{path[-1]}' needs '{name.replace('_', '-')}'")
    return values if fine and _accepted(draft, path, values, config) else None


def _accepted(draft: Draft, path: Path, values: Mapping[str, Any], config: Config) -> bool:
    try:
        config(**values)
    except (ValueError, TypeError) as error:
        said = str(error)
        guilty = [key for key in values if re.search(rf"\b{key.replace('_', '[-_]')}\b", said)]
        where = _spelled(draft, path, guilty[0]) if guilty else path
        draft.problems.key(where, f"{path[-1]}: {said}") if not guilty else draft.problems.at(where, said)
        return False
    return True


def _spelled(draft: Draft, path: Path, name: str) -> Path:
    written = draft.entries.connections[str(path[-1])].__pydantic_extra__
    return (*path, name if name in written else name.replace("_", "-"))


def _converted(raw: Any, kind: Any, name: str) -> Any:
    """One setting as its field's type. Times become seconds, or what the field's name ends in (``_ns``, ``_ms``)."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if raw is None and type(None) in get_args(kind):
            return None
        return _first_that_fits(raw, [each for each in get_args(kind) if each is not type(None)], name)
    if kind is bool:
        if not isinstance(raw, bool):
            raise ValueError(f"{shown(raw)} stands here; write true or false")
        return raw
    if kind in (int, float):
        return kind(_number(plain(raw), name, whole=kind is int))
    if origin is tuple:
        return tuple(_converted(each, get_args(kind)[0], name) for each in (raw if isinstance(raw, list) else [raw]))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(raw, Mapping):
            raise ValueError(f"{shown(raw)} stands here; a map is wanted")
        return {key: _converted(each, get_args(kind)[1], name) for key, each in raw.items()}
    return plain(raw) if kind is str or origin is typing.Literal else raw


def _first_that_fits(raw: Any, kinds: list[Any], name: str) -> Any:
    problem = ValueError("nothing fits here")
    for kind in sorted(kinds, key=lambda each: each is str):
        try:
            return _converted(raw, kind, name)
        except ValueError as error:
            problem = error
    raise problem


def _number(text: str, name: str, *, whole: bool) -> Decimal:
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text[:40]}' is not a number; write such as '40', '40 Hz' or '5 s'")
    number = Decimal(match[1])
    if match[2] not in (None, "Hz"):
        unit_ns = {"ns": 1, "us": 1_000, "ms": SECOND_NS // 1000}.get(name.rpartition("_")[2], SECOND_NS)
        number = Decimal(duration_ns(text)) / unit_ns
    if whole and number != int(number):
        raise ValueError(f"'{text[:40]}' has decimals; a whole number is wanted")
    return number
