"""One reading, one answer: does a payload meet a comparison? True, False, or None where nobody can know.

Payloads are read as they come: JSON text, a number, a word for on or off, OSC arguments, a pin's bool. Numbers are
exact decimals. Unknown is never true (ossia/score#990), and nothing here raises, whatever was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any, Final

from showctl.model import Comparison, Value

TEXT_LIMIT: Final = 16_384       # characters of JSON that are read; longer text says nothing
DEPTH_LIMIT: Final = 64

WORDS: Final[Mapping[str, bool]] = {
    "on": True, "true": True, "1": True, "open": True,
    "off": False, "false": False, "0": False, "closed": False,
}
"""What an on/off comparison understands, in any case: Tasmota and ESPHome say ON, Shelly true, a reed board open."""

ALIVE: Final[Mapping[str, bool]] = {**WORDS, "online": True, "offline": False}
"""What an ``alive`` topic says: Zigbee2MQTT and ESPHome online, Tasmota Online, Shelly true."""


class Nothing:
    """What ``look`` finds where a message does not speak of the reading at all."""


NOTHING: Final = Nothing()


def read(comparison: Comparison, value: Value) -> bool | None:
    """Whether ``value`` meets the comparison; None where it cannot be compared, or does not hold the reading."""
    return compare(comparison, look(comparison.path, value))


def look(path: tuple[str, ...], value: Value) -> object:
    """The reading at ``path`` (list places count from 0), or ``NOTHING``. Path () is the whole payload."""
    found: Any = value
    if isinstance(found, tuple) and len(found) == 1 and (not path or path[0] != "0"):
        found = found[0]
    if not path:
        return NOTHING if found is None or found == "" or isinstance(found, tuple) else found
    if isinstance(found, str):
        found = _json(found)
    for part in path:
        found = _inside(found, part)
    return found


def compare(comparison: Comparison, found: object) -> bool | None:
    """Whether a reading that ``look`` found meets the comparison; None is unknown."""
    operand = comparison.operand
    if isinstance(operand, bool):
        given = _switch(found)
        return None if given is None or comparison.op not in _EQUALITY else _OPERATORS[comparison.op](given, operand)
    if isinstance(operand, Decimal):
        number = _number(found)
        return None if number is None else _OPERATORS[comparison.op](number, operand)
    if not isinstance(found, str) or not found.strip() or comparison.op not in _EQUALITY:
        return None
    return _OPERATORS[comparison.op](found.strip(), operand)


def says(path: tuple[str, ...], word: str | None, value: Value) -> bool | None:
    """Whether a message is the press it should be: it says ``word``, or anything but zero where there is none.

    None where the message does not speak of it at all. A zero, False, or released pin is a release (SEMANTICS 1).
    """
    found = look(path, value)
    if found is NOTHING:
        return None if path or value not in ((), None) else word is None
    if word is None:
        return bool(found)
    if isinstance(found, str):
        return found.strip() == word
    if isinstance(found, bool):
        return WORDS.get(word.lower()) is found
    number = _number(found)
    return number is not None and number == _number(word)


def alive(value: Value) -> bool | None:
    """Whether a source says that it is there: ``online``, ``{"state": "offline"}``, a pin. None: neither."""
    found = look(("state",), value) if isinstance(value, str) and value.lstrip().startswith("{") else look((), value)
    if isinstance(found, str):
        return ALIVE.get(found.strip().lower())
    return _switch(found)


def is_json(value: Value) -> bool:
    """Whether text is JSON that ``look`` reads; what is no text is its own reading."""
    return not isinstance(value, str) or _json(value) is not NOTHING


# ---- readings ----

_EQUALITY = ("==", "!=")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_NUMBER = re.compile(r"[+-]?([0-9]{1,64}(\.[0-9]{0,64})?|\.[0-9]{1,64})([eE][+-]?[0-9]{1,3})?")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def _inside(found: Any, part: str) -> Any:
    if isinstance(found, dict):
        return found.get(part, NOTHING)
    if isinstance(found, (list, tuple)) and part.isascii() and part.isdigit() and len(part) < 5:
        return found[int(part)] if int(part) < len(found) else NOTHING
    return NOTHING


def _switch(found: object) -> bool | None:
    if isinstance(found, bool):
        return found
    if isinstance(found, str):
        return WORDS.get(found.strip().lower())
    number = _number(found)
    return bool(number) if number is not None and number in (0, 1) else None


def _number(found: object) -> Decimal | None:
    if isinstance(found, Decimal):
        return found
    if isinstance(found, int):
        return Decimal(found)
    if isinstance(found, float):
        return Decimal(found) if found - found == 0 else None     # neither NaN nor infinite
    if isinstance(found, str) and len(found) <= 200 and _NUMBER.fullmatch(found.strip()):
        return Decimal(found.strip())
    return None


# ---- JSON, bounded ----

@lru_cache(maxsize=16)
def _json(text: str) -> Any:
    """JSON with exact decimals, or ``NOTHING``: too long, too deep, NaN, a key twice, or no JSON at all."""
    if len(text) > TEXT_LIMIT or _depth(text) > DEPTH_LIMIT:
        return NOTHING
    try:
        return _DECODER.decode(text)
    except (ValueError, DecimalException):
        return NOTHING


def _depth(text: str) -> int:
    """How deep brackets nest: the decoder recurses, and how far it gets must not hang on who calls."""
    if text.count("[") + text.count("{") <= DEPTH_LIMIT:
        return 0
    deepest = depth = 0
    for match in _BRACKETS.finditer(text):
        mark = match.group()
        depth += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError("a key stands twice")
    return keys


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse
)
