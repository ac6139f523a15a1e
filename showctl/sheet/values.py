"""The kinds of value a sheet has: text to exact values, and the words that the schema and the reference say of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic_core import CoreSchema, core_schema

from showctl import units
from showctl.sheet import calibration
from showctl.sheet.calibration import Reading
from showctl.sheet.wishes import Span, Wish, mixed, span, wish

Schema = Mapping[str, Any]
ANY_TEXT: Schema = {"type": ["string", "number"]}
A_NUMBER: Schema = {"type": ["integer", "string"]}
ONE_OR_MANY: Schema = {"anyOf": [ANY_TEXT, {"type": "array", "items": ANY_TEXT}]}


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of value: how it is read, what its JSON Schema is, how a person writes it, its range.

    ``read`` takes what YAML gave (text, True, False, None, list or map) and raises ValueError that says what to write.
    """

    read: Callable[[Any], Any]
    schema: Schema
    written: str
    range: str = ""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return dict(self.schema)


def shown(value: object) -> str:
    """A value of YAML for a message."""
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f"'{value[:40]}'"
    return {True: "true", False: "false"}.get(bool(value), "") if isinstance(value, bool) else "nothing"


def plain(value: object) -> str:
    """The value as text, or a ValueError that says what stands there instead."""
    if isinstance(value, str):
        return value
    if value is None:
        raise ValueError("nothing stands here; write a value (a text with # in it needs quotes)")
    if value is True or value is False:
        raise ValueError(f"{shown(value)} is a word of YAML; if you mean the text, put it in quotes")
    raise ValueError(f"{shown(value)} stands here; one value is wanted")


def _text(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: parse(value if isinstance(value, str) else plain(value))


def _flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError(f"{shown(value)} stands here; write true or false")
    return value


def _integer(low: int, high: int) -> Kind:
    wanted = f"a whole number from {low} to {high}" if low < high else str(low)

    def parse(text: str) -> int:
        if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) is None or not low <= int(text) <= high:
            raise ValueError(f"'{text[:40]}' will not do; write {wanted}")
        return int(text)

    return Kind(_text(parse), A_NUMBER, "a whole number", f"{low} to {high}" if low < high else str(low))


def _one_of(*words: str) -> Kind:
    listed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"'{text[:40]}' is not known here; write {listed}")
        return text

    return Kind(_text(parse), {"enum": list(words)}, " or ".join(f"`{word}`" for word in words))


def _hexadecimal(text: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is not a message; write bytes as 'F0 00 20 32 F7'") from None
    if len(data) < 3 or data[0] != 0xF0 or data[-1] != 0xF7 or any(byte > 0x7F for byte in data[1:-1]):
        raise ValueError("a SysEx message begins with F0, ends with F7 and has bytes up to 7F between")
    return data


def _nrpn(text: str) -> int:
    """``4119``, or its halves of seven bits as makers print them: ``32/23``, ``0x20/0x17``."""
    match = re.fullmatch(r"(0x[0-9a-f]{1,4}|\d{1,5})(?:/(0x[0-9a-f]{1,2}|\d{1,3}))?", text.strip().lower(), re.ASCII)
    parts = [int(part, 16 if part.startswith("0x") else 10) for part in match.groups() if part] if match else []
    if len(parts) == 2 and max(parts) > 127:
        raise ValueError(f"'{text[:40]}' will not do; both halves of a number are 0 to 127 (0x7F)")
    number = parts[0] if len(parts) == 1 else parts[0] << 7 | parts[1] if parts else 1 << 14
    if number > 16383:
        raise ValueError(f"'{text[:40]}' will not do; write a number from 0 to 16383, or its halves: '0x20/0x17'")
    return number


def _on_off(value: object) -> bool:
    if value in ("on", "off"):
        return value == "on"
    raise ValueError(f"{shown(value)} stands here; write on or off")


def _words(value: object) -> tuple[str, ...]:
    return tuple(plain(each) for each in (value if isinstance(value, list) else [value]))


def _ranges(value: object) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple(pair for text in _words(value) for pair in units.cue_range(text))


def _wanted(value: object) -> bool | tuple[str, ...]:
    """What a guard wants: a trigger's truth, or one or more states of a region."""
    return value if isinstance(value, bool) else _words(value)


def _condition(value: object) -> str:
    """``when: true`` is how a pin that is active is written."""
    return f"payload == {shown(value)}" if isinstance(value, bool) else plain(value)


def _output(text: str) -> tuple[str, int]:
    connection, _, number = text.rpartition("/")
    if not connection or re.fullmatch(r"\d{1,5}", number, re.ASCII) is None or int(number) > 63999:
        raise ValueError(f"'{text[:40]}' is no universe of a connection; write such as 'panels/0'")
    return connection, int(number)


@dataclass(frozen=True, slots=True)
class Sending:
    """One thing to send as the sheet says it: the command, what to say, and where in the value it stands."""

    command: str
    value: str | bool | tuple[str | bool, ...] | None
    where: tuple[str | int, ...]


def _sendings(value: object) -> tuple[Sending, ...]:
    """``scene``, ``{cart: go stage}`` or a list of those."""
    if isinstance(value, list):
        listed = [(index, each) for index, each in enumerate(value)]
        return tuple(
            Sending(one.command, one.value, (index, *one.where)) for index, each in listed for one in _sendings(each)
        )
    if isinstance(value, Mapping):
        return tuple(Sending(name, _message(each), (name,)) for name, each in value.items())
    return (Sending(plain(value), None, ()),)


def _message(value: object) -> str | bool | tuple[str | bool, ...] | None:
    if isinstance(value, list):
        return tuple(each if isinstance(each, bool) else plain(each) for each in value)
    return value if value is None or isinstance(value, bool) else plain(value)


# ---- the kinds, by the name the models call them ----

A_TIME = "a time: `500 ms`, `8 s`, `20 min`, `1 h`"
SENT: Schema = {"anyOf": [ANY_TEXT, {"type": "object"}, {"type": "array", "items": {"type": ["string", "object"]}}]}
WANTED: Schema = {"anyOf": [{"type": "boolean"}, *ONE_OR_MANY["anyOf"]]}
CONDITION: Schema = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, Kind(_text(str), ANY_TEXT, "text")]
Flag = Annotated[bool, Kind(_flag, {"type": "boolean"}, "`true` or `false`")]
Words = Annotated[tuple[str, ...], Kind(_words, ONE_OR_MANY, "a name, or a list of names")]
Acts = Annotated[tuple[str, ...], Kind(_words, ONE_OR_MANY, "`stop 40`, or a list of such")]
Duration = Annotated[int, Kind(_text(units.duration_ns), ANY_TEXT, A_TIME, "0 to 48 h")]
Rate = Annotated[tuple[int, int], Kind(_text(units.count_per), ANY_TEXT, "a number in a time: `2 per 10 s`")]
Pace = Annotated[
    tuple[int, int], Kind(_text(units.pace), ANY_TEXT, "`30 bpm`, `0.5 Hz` or a time: `2 s`", "20 Hz to once in 48 h")
]
Angle = Annotated[int, Kind(_text(units.angle), ANY_TEXT, "`90°` or `90 deg`; `even` is 360°", "-3600° to 3600°")]
Percent = Annotated[int, Kind(_text(units.level), ANY_TEXT, "a percentage: `30%`", "0% to 100%")]
CueNumber = Annotated[Decimal, Kind(_text(units.cue_number), ANY_TEXT, "a cue number", "0.001 to 99999.999")]
CueRanges = Annotated[
    tuple[tuple[Decimal, Decimal], ...],
    Kind(_ranges, ONE_OR_MANY, "cue numbers: `4`, `2-2.5, 7` or a list; both ends count"),
]
SlotAddress = Annotated[
    tuple[int, int], Kind(_text(units.slot), {"type": "string"}, "universe/slot: `0/11`", "slots 1 to 512")
]
Decibel = Annotated[
    int | None, Kind(_text(units.decibel), {"type": "string"}, "a fader level: `-6 dB` or `out`", "as the law has it")
]
TimedSpan = Annotated[
    Span, Kind(_text(span), ANY_TEXT, "a time and, if wanted, a curve: `3 s`, `8 s ease`", "0 to 48 h")
]
LookValue = Annotated[
    Wish,
    Kind(
        _text(wish),
        {"type": "string"},
        "`70%`, `70% 4000K`, `50% red`, `4000K +0.01 tint`, `L201`, `+10%`; also `… in 3 s after 1 s ease`",
    ),
]
Measured = Annotated[
    Reading,
    Kind(_text(calibration.measured), {"type": "string"}, "`xy 0.69 0.31 412 lx`, `2850K +0.002 tint 900 lx`"),
]
Trim = Annotated[int, Kind(_text(calibration.trim), ANY_TEXT, "a share: `92%`", "1% to 100%")]
LevelRange = Annotated[
    tuple[int, int], Kind(_text(calibration.level_range), ANY_TEXT, "a range: `5%..80%`, `..80%`", "0% to 100%")
]
KelvinRange = Annotated[
    tuple[int, int], Kind(_text(calibration.kelvin_range), ANY_TEXT, "a range: `2800K..6000K`, `3000K..`")
]
DimmerCurve = Annotated[
    tuple[int, ...], Kind(calibration.dimmer_curve, ONE_OR_MANY, "a curve's name, or `[0%, 2%, 15%, 100%]`")
]
MixValue = Annotated[
    Wish, Kind(_text(mixed), {"type": "string"}, "`-20 dB`, `out`, `-12 dB in 6 s`, `… after 1 s ease`")
]
Sendings = Annotated[tuple[Sending, ...], Kind(_sendings, SENT, "`{cart: go stage}`, `scene`, or a list of those")]
Wanted = Annotated[bool | tuple[str, ...], Kind(_wanted, WANTED, "`true`, `false`, a state or a list of states")]
Condition = Annotated[
    str, Kind(_condition, CONDITION, "`contact == false`, `payload > 0.6`, `Switch1.Action == ON`, `DOWN`")
]
Bytes = Annotated[bytes, Kind(_text(_hexadecimal), {"type": "string"}, "bytes in hexadecimal: `F0 00 20 32 F7`")]
Output = Annotated[
    tuple[str, int], Kind(_text(_output), {"type": "string"}, "connection/universe: `panels/0`", "universes 0 to 63999")
]
Level = Annotated[int, Kind(_text(units.level), ANY_TEXT, "a level: `60%`", "0% to 100%")]
Universe = Annotated[int, _integer(0, 63999)]
Priority = Annotated[int, _integer(0, 200)]
How = Annotated[str, _one_of("htp", "ltp")]
Language = Annotated[int, _integer(1, 1)]
Direction = Annotated[str, _one_of("forward", "back", "bounce", "out", "in")]
Count = Annotated[int, _integer(1, 1000)]
Channel = Annotated[int, _integer(1, 16)]
Seven = Annotated[int, _integer(0, 127)]
Coarse = Annotated[int, _integer(0, 31)]
Fourteen = Annotated[int, _integer(0, 16383)]
Nrpn = Annotated[int, Kind(_text(_nrpn), A_NUMBER, "a number, or its halves: `4119`, `0x20/0x17`", "0 to 16383")]
Steps = Annotated[int, _integer(1, 268_435_455)]
OnOff = Annotated[bool, Kind(_on_off, {"enum": ["on", "off"]}, "`on` or `off`")]
Role = Annotated[str, _one_of("operator", "viewer")]
Hazard = Annotated[str, _one_of("moves", "burns", "emits")]
Crossfade = Annotated[str, _one_of("emitters", "mired")]
Share = Annotated[str, _one_of("htp")]
GroupMode = Annotated[str, _one_of("parallel", "sequence", "first", "random")]
