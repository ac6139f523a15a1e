"""One record ↔ one line of JSON: the shape of journals and traces (CORE 1, 9).

The first key names the kind of record and keys stand in a fixed order, so equal records are equal bytes. Bytes are
``{"hex": "00ff"}``, long ones ``{"runs": "ff7f 00*510"}``, tuples are lists, floats are written so that they read
back exactly; a field that has its default is left out. Nothing here opens a file: lines come in and go out as text
without the newline.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

from showctl.errors import TraceError
from showctl.model import Action, Digest, Event, Move, Skip, Step, Trigger, Value
from showctl.targets import Many, Sealed, sealed

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Header:
    """The first record: all that a replay needs, and where wall-clock time stood when show time was 0.

    ``bundle`` is the resolved sheet as ``sheet.bundle`` wrote it (texts, file names, fixture files, overrides);
    ``wall`` is ISO 8601 in UTC; ``part`` counts the files of one run from 1.
    """

    show: str
    seed: int
    bundle: Mapping[str, Any]
    versions: Mapping[str, str]
    wall: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole ``Show`` at an instant, as JSON values; a later part or a cut trace starts with one."""

    at_ns: int
    values: Any


@dataclass(frozen=True, slots=True)
class Taken:
    """The recorded input: a trigger and the stamp it was admitted under (CORE 2)."""

    at_ns: int
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line that decides nothing (a heartbeat, refusals counted, an edge dropped)."""

    at_ns: int
    topic: str
    text: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """The last record: the run, or this part of it, ended in good order, with this digest of all its frames."""

    at_ns: int
    frames: int
    value: str
    reason: str = ""


Record = Header | Snapshot | Taken | Step | Digest | Skip | Note | End


# ---- values ----

_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _plain(value: Value) -> Any:
    """``value`` as what JSON can say."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return {"hex": value.hex()} if len(value) <= SHORT else {"runs": _runs(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


SHORT = 16           # bytes; longer ones are mostly a universe, and a universe mostly says the same many times
RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)
RUN_MAX = 65_535


def _runs(value: bytes) -> str:
    """``ff7f00 00*509``: hexadecimal, what stands four times or more written once with how often."""
    pieces, begin = [], 0
    for match in RUN.finditer(value):
        pieces += [value[begin : match.start()].hex(), f"{match[1].hex()}*{match.end() - match.start()}"]
        begin = match.end()
    return " ".join(filter(None, [*pieces, value[begin:].hex()]))


def _unrun(text: str) -> bytes:
    value = b""
    for piece in text.split():
        plain, _, times = piece.partition("*")
        if len(value) > RUN_MAX or int(times or 1) > RUN_MAX:
            raise ValueError(f"more than {RUN_MAX} bytes in one value")
        value += bytes.fromhex(plain) * int(times or 1)
    return value


def _value(value: Value) -> str:
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, tuple) and len(value) == 1:
        number = value[0]
        if type(number) is int or (isinstance(number, float) and math.isfinite(number)):
            return f"[{number!r}]"     # the commonest of all: one OSC argument, and what it comes to
    return _dumps(_plain(value))


def _frozen(value: Any) -> Any:
    """What JSON said, as the nouns hold it: lists are tuples again."""
    if isinstance(value, list):
        return tuple([_frozen(item) for item in value])
    if isinstance(value, dict):
        if "hex" in value:
            return bytes.fromhex(value["hex"])
        if "runs" in value:
            return _unrun(value["runs"])
        if "many" in value:
            return sealed(value["many"], value["seal"])
        return float(value["float"])
    return value


# ---- writing ----

def encode(record: Record) -> str:
    """The line of one record, without its newline."""
    return _WRITERS[record.__class__](record)


def _write_header(record: Header) -> str:
    return _dumps({
        "header": FORMAT, "show": record.show, "seed": record.seed, "part": record.part, "wall": record.wall,
        "versions": dict(record.versions), "bundle": dict(record.bundle),
    })


def _write_snapshot(record: Snapshot) -> str:
    return _dumps({"snapshot": record.at_ns, "values": record.values})


def _write_taken(record: Taken) -> str:
    trigger = record.trigger
    line = f'{{"input":{record.at_ns},"source":{_quote(trigger.source)},"address":{_quote(trigger.address)}'
    if trigger.value is not None:
        line += f',"value":{_value(trigger.value)}'
    if trigger.sender:
        line += f',"sender":{_quote(trigger.sender)}'
    if trigger.retained:
        line += ',"retained":true'
    if trigger.message_id is not None:
        line += f',"message_id":{trigger.message_id}'
    if trigger.seen_ns is not None:
        line += f',"seen_ns":{trigger.seen_ns}'
    return line + "}"


def _write_event(event: Event) -> str:
    line = f'{{"kind":{_quote(event.kind)},"name":{_quote(event.name)}'
    if event.value is not None:
        line += f',"value":{_value(event.value)}'
    if event.station:
        line += f',"station":{_quote(event.station)}'
    if event.sender:
        line += f',"sender":{_quote(event.sender)}'
    return line + "}"


def _write_step(record: Step) -> str:
    line = f'{{"step":{record.number},"at":{record.at_ns},"event":{_write_event(record.event)}'
    if record.moves:
        line += f',"moves":[{",".join([_write_move(move) for move in record.moves])}]'
    if record.started:
        line += f',"started":{_texts(record.started)}'
    if record.ended:
        line += f',"ended":{_texts(record.ended)}'
    if record.actions:
        line += f',"actions":[{",".join([_write_action(action) for action in record.actions])}]'
    if record.standby:
        line += f',"standby":[{",".join([_texts(pair) for pair in record.standby])}]'
    if record.said:
        line += f',"said":{_texts(record.said)}'
    if record.refused:
        line += f',"refused":{_quote(record.refused)}'
    if record.accepted:
        line += ',"accepted":true'
    if record.notes:
        line += f',"notes":{_texts(record.notes)}'
    return line + "}"


def _write_move(move: Move) -> str:
    return (
        f'{{"region":{_quote(move.region)},"source":{_quote(move.source)},"target":{_quote(move.target)}'
        f',"left":{_texts(move.left)},"entered":{_texts(move.entered)}}}'
    )


def _write_action(action: Action) -> str:
    """``{"do":"fade","source":"show","targets":[[0,255]],"start_ns":0,"duration_ns":0}``: the noun's own fields."""
    name, columns = _ACTION_FIELDS[action.__class__]
    line = f'{{"do":"{name}"'
    for attribute, key, default, write in columns:
        value = getattr(action, attribute)
        if value is not default and (value != default or value.__class__ is not default.__class__):
            line += key + write(value)
    return line + "}"


def _texts(values: tuple[str, ...]) -> str:
    return f"[{','.join([_quote(text) for text in values])}]"


def _pairs(values: tuple[tuple[int, int], ...]) -> str:
    if isinstance(values, Many | Sealed):
        return f'{{"many":{values.number},"seal":"{values.seal}"}}'
    return f"[{','.join([f'[{parameter},{level}]' for parameter, level in values])}]"


_BY_TYPE: dict[str, Callable[[Any], str]] = {
    "int": repr, "str": _quote, "tuple[tuple[int, int], ...]": _pairs,
}
"""The type of an action's field, as ``model`` writes it → how to write a value; any other is written as a Value."""


def _write_digest(record: Digest) -> str:
    return f'{{"digest":{record.at_ns},"frames":{record.frames},"value":{_quote(record.value)}}}'


def _write_skip(record: Skip) -> str:
    return f'{{"skip":{record.anchor_ns},"first":{record.first},"last":{record.last}}}'


def _write_note(record: Note) -> str:
    values: dict[str, Any] = {"note": record.at_ns, "topic": record.topic}
    if record.text:
        values["text"] = record.text
    if record.counts:
        values["counts"] = dict(record.counts)
    return _dumps(values)


def _write_end(record: End) -> str:
    return _dumps({"end": record.at_ns, "frames": record.frames, "value": record.value, "reason": record.reason})


_WRITERS: dict[type, Callable[[Any], str]] = {
    Taken: _write_taken, Step: _write_step, Digest: _write_digest, Skip: _write_skip, Note: _write_note,
    Header: _write_header, Snapshot: _write_snapshot, End: _write_end,
}

_ACTIONS: tuple[type[Any], ...] = Action.__args__

_Column = tuple[str, str, Any, Callable[[Any], str]]      # attribute, key as text, default, writer

_ACTION_FIELDS: dict[type, tuple[str, tuple[_Column, ...]]] = {
    kind: (kind.__name__.lower(), tuple(
        (item.name, f',"{item.name}":', item.default, _BY_TYPE.get(str(item.type), _value)) for item in fields(kind)
    ))
    for kind in _ACTIONS
}


# ---- reading ----

def decode(line: str, number: int = 0) -> Record:
    """The record of one line. Raises TraceError, naming line ``number``, where it is none."""
    try:
        data = json.loads(line)
        kind = next(iter(data))
        return _READERS[kind](data)
    except TraceError as error:
        raise TraceError(f"line {number}: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration, RecursionError) as error:
        raise TraceError(f"line {number}: not a record of a journal ({_why(error)})") from None


def _why(error: Exception) -> str:
    if isinstance(error, StopIteration):
        return "an empty object"
    if isinstance(error, KeyError):
        return f"no or unknown {error}"
    return str(error).split("\n")[0][:120]


def _read_header(data: dict[str, Any]) -> Header:
    if data["header"] != FORMAT:
        raise TraceError(f"this journal has format {data['header']}; this showctl reads {FORMAT}")
    return Header(data["show"], data["seed"], data["bundle"], data["versions"], data["wall"], data["part"])


def _read_taken(data: dict[str, Any]) -> Taken:
    at_ns, source, address, sender = data["input"], data["source"], data["address"], data.get("sender", "")
    if not (type(at_ns) is int and isinstance(source, str) and isinstance(address, str) and isinstance(sender, str)):
        raise TraceError("an input has a whole number of nanoseconds, a source and an address; its sender is text")
    return Taken(at_ns, Trigger(
        source, address, _frozen(data.get("value")), sender,
        data.get("retained", False), data.get("message_id"), data.get("seen_ns"),
    ))


def _whole(value: object) -> int:
    if type(value) is int:
        return value
    raise TraceError(f"{str(value)[:40]!r} stands where a whole number is due")


def _read_event(data: dict[str, Any]) -> Event:
    return Event(
        data["kind"], data["name"], _frozen(data.get("value")), data.get("station", ""), data.get("sender", "")
    )


def _read_step(data: dict[str, Any]) -> Step:
    return Step(
        data["step"], data["at"], _read_event(data["event"]),
        tuple([_read_move(move) for move in data.get("moves", ())]),
        tuple(data.get("started", ())), tuple(data.get("ended", ())),
        tuple([_read_action(action) for action in data.get("actions", ())]),
        _frozen(data.get("standby", [])), tuple(data.get("said", ())),
        data.get("refused", ""), data.get("accepted", False), tuple(data.get("notes", ())),
    )


def _read_move(data: dict[str, Any]) -> Move:
    return Move(data["region"], data["source"], data["target"], tuple(data["left"]), tuple(data["entered"]))


def _read_action(data: dict[str, Any]) -> Action:
    kind = _ACTION_NAMES[data.pop("do")]
    action: Action = kind(**{name: _frozen(value) for name, value in data.items()})
    return action


_ACTION_NAMES = {name: kind for kind, (name, _) in _ACTION_FIELDS.items()}

_READERS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "header": _read_header,
    "snapshot": lambda data: Snapshot(_whole(data["snapshot"]), data["values"]),
    "input": _read_taken,
    "step": _read_step,
    "digest": lambda data: Digest(_whole(data["digest"]), _whole(data["frames"]), data["value"]),
    "skip": lambda data: Skip(_whole(data["skip"]), _whole(data["first"]), _whole(data["last"])),
    "note": lambda data: Note(_whole(data["note"]), data["topic"], data.get("text", ""), data.get("counts", {})),
    "end": lambda data: End(_whole(data["end"]), _whole(data["frames"]), data["value"], str(data["reason"])),
}
