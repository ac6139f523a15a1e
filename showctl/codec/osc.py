"""OSC messages: bytes ↔ (address, arguments) (Open Sound Control 1.0 specification; CORE 11).

python-osc writes every message and reads the first one of each *header* (address and type tags). Later ones with
the same header are unpacked with a ``struct`` made then. Nothing here waits for a timetag: a bundle is due now.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from showctl.model import Value

DATAGRAM_LIMIT = 4096       # bytes
HEADERS_LIMIT = 1024        # headers remembered, the oldest is forgotten
HEADER_LENGTH_LIMIT = 256   # bytes of a header worth remembering
BUNDLE_DEPTH_LIMIT = 4
BUNDLE_MESSAGES_LIMIT = 64
ARRAY_DEPTH_LIMIT = 4

FLOAT = struct.Struct(">f")

_BUNDLE = b"#bundle\0"
_BUNDLE_HEAD = 16           # "#bundle\0" and a timetag of 8 bytes
_SIZE = struct.Struct(">i")
_FIXED = {"i": "i", "f": "f", "h": "q", "d": "d"}
_CONSTANT: dict[str, Value] = {"T": True, "F": False, "N": None}
_KNOWN = frozenset("ifsbhdTFN[]")


Message = tuple[str, tuple[Value, ...]]
"""One OSC message: its address, its arguments."""


class _Header(NamedTuple):
    address: str
    tags: str
    layout: struct.Struct
    constants: bool


class _Finger:
    """A header with one number behind it, and what it said last: a button says the same each time."""

    __slots__ = ("address", "last", "layout", "messages")

    def __init__(self, address: str, layout: struct.Struct) -> None:
        self.address = address
        self.layout = layout
        self.last = b""
        self.messages: Sequence[Message] = ()


def encode(address: str, arguments: Sequence[Value] = ()) -> bytes:
    """One message as python-osc writes it: int ``i`` or ``h``, float ``f``, text ``s``, bytes ``b``, tuple ``[]``.

    Raises ValueError for what OSC cannot carry (an address without "/", a float not finite, an empty blob).
    """
    from pythonosc.osc_message_builder import OscMessageBuilder

    if not address.startswith("/") or "\0" in address:
        raise ValueError(f"'{address}' is no OSC address; it starts with /")
    try:
        builder = OscMessageBuilder(address)
        for argument in arguments:
            builder.add_arg(_outgoing(argument))
        data: bytes = builder.build().dgram
    except Exception as error:  # python-osc lets struct's, codecs' and its own errors through
        raise ValueError(f"{address} cannot carry {arguments!r}: {error}") from None
    return data


def float_prefix(address: str) -> bytes:
    """What stands before a single float: ``float_prefix(a) + FLOAT.pack(x) == encode(a, (x,))``."""
    return encode(address, (0.0,))[:-4]


def blob_prefix(address: str, length: int) -> bytes:
    """What stands before a blob of ``length`` bytes, a multiple of 4: ``blob_prefix(a, len(b)) + b``."""
    if length % 4:
        raise ValueError(f"a blob of {length} bytes would need padding; write a multiple of 4")
    return encode(address, (bytes(length),))[: -length or None]


class Decoder:
    """Reads datagrams, and remembers at most ``HEADERS_LIMIT`` headers."""

    __slots__ = ("_fingers", "_headers")

    def __init__(self) -> None:
        self._headers: dict[bytes, _Header] = {}
        self._fingers: dict[bytes, _Finger] = {}      # those of one number in 4 bytes

    def decode(self, data: bytes) -> Sequence[Message]:
        """The messages of one datagram in order; those of a bundle all or none.

        Raises ValueError that says what is wrong, and nothing else whatever the bytes are.
        """
        # A finger's message has been heard before: all but its one number is a header we know.
        known = self._fingers.get(data[:-4])
        if known is not None:
            if data == known.last:
                return known.messages
            numbers = known.layout.unpack_from(data, len(data) - 4)
            if numbers[0] - numbers[0] == 0.0:      # an infinity less itself is no zero
                known.last, known.messages = data, [(known.address, numbers)]
                return known.messages
        if len(data) > DATAGRAM_LIMIT:
            raise ValueError(f"a datagram over {DATAGRAM_LIMIT} bytes")
        if data[:8] != _BUNDLE:
            return [self._message(data)]
        return [self._message(part) for part in _unwrap(data)]

    def _message(self, data: bytes) -> Message:
        end = _header_end(data)
        header = self._headers.get(data[:end])
        if header is not None:
            try:
                return header.address, _unpack(header, data, end)
            except struct.error:
                pass  # cut short: python-osc says how
        message, tags = _parse(data)
        if end <= HEADER_LENGTH_LIMIT:
            self._remember(data[:end], message[0], tags)
        return message

    def _remember(self, key: bytes, address: str, tags: str) -> None:
        if not all(tag in _FIXED or tag in _CONSTANT for tag in tags):
            return
        if len(self._headers) >= HEADERS_LIMIT:
            oldest = next(iter(self._headers))
            del self._headers[oldest]
            self._fingers.pop(oldest, None)
        layout = struct.Struct(">" + "".join(_FIXED.get(tag, "") for tag in tags))
        self._headers[key] = _Header(address, tags, layout, any(tag in _CONSTANT for tag in tags))
        if tags in ("f", "i"):
            self._fingers[key] = _Finger(address, layout)


def _header_end(data: bytes) -> int:
    """Where the arguments begin. Raises ValueError where there is no address or its tags do not end."""
    if data[:1] != b"/":
        raise ValueError("not OSC: no address that starts with /")
    try:
        end = (data.index(0) | 3) + 1
        if data[end : end + 1] != b",":
            return end
        return (data.index(0, end) | 3) + 1
    except ValueError:
        raise ValueError("OSC that breaks off in its address or type tags") from None


def _unpack(header: _Header, data: bytes, end: int) -> tuple[Value, ...]:
    numbers = header.layout.unpack_from(data, end)
    for number in numbers:
        if not math.isfinite(number):
            raise ValueError(f"{header.address} with a number that is not finite")
    if not header.constants:
        return numbers
    rest = iter(numbers)
    return tuple(_CONSTANT[tag] if tag in _CONSTANT else next(rest) for tag in header.tags)


def _parse(data: bytes) -> tuple[Message, str]:
    """python-osc's reading of one message, and its type tags without the comma."""
    from pythonosc.osc_message import OscMessage

    tags = _tags(data)
    try:
        parsed = OscMessage(data)
        address, parameters = parsed.address, parsed.params
    except Exception as error:  # UnicodeDecodeError, struct.error and others besides its own ParseError
        raise ValueError(f"OSC that cannot be read: {error.__class__.__name__}") from None
    if not address.isprintable():
        raise ValueError("an OSC address with control characters")
    return (address, tuple(_incoming(address, parameter) for parameter in parameters)), tags


def _tags(data: bytes) -> str:
    """The type tags, checked before python-osc sees them: it logs unknown ones and nests without a bound."""
    start = (data.index(0) | 3) + 1
    if data[start : start + 1] != b",":
        return ""
    tags = data[start + 1 : data.index(0, start)].decode("latin-1")
    depth = 0
    for tag in tags:
        if tag not in _KNOWN:
            raise ValueError(f"OSC argument of type {tag!r}; send i f s b h d T F N or arrays of them")
        depth += (tag == "[") - (tag == "]")
        if depth > ARRAY_DEPTH_LIMIT:
            raise ValueError(f"OSC arrays nested over {ARRAY_DEPTH_LIMIT} deep")
    return tags


def _incoming(address: str, value: object) -> Value:
    if isinstance(value, list):
        return tuple(_incoming(address, part) for part in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{address} with a number that is not finite")
    assert value is None or isinstance(value, bool | int | float | str | bytes)
    return value


def _outgoing(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_outgoing(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("text with a zero byte")
    return value


def _unwrap(data: bytes) -> list[bytes]:
    """The messages inside a bundle in order, timetags ignored."""
    found: list[bytes] = []
    waiting = [(data, 1)]
    while waiting:
        part, depth = waiting.pop()
        if part[:8] != _BUNDLE:
            found.append(part)
            if len(found) > BUNDLE_MESSAGES_LIMIT:
                raise ValueError(f"an OSC bundle of over {BUNDLE_MESSAGES_LIMIT} messages")
            continue
        if depth > BUNDLE_DEPTH_LIMIT:
            raise ValueError(f"OSC bundles nested over {BUNDLE_DEPTH_LIMIT} deep")
        waiting.extend((element, depth + 1) for element in reversed(_elements(part)))
    return found


def _elements(bundle: bytes) -> list[bytes]:
    if len(bundle) < _BUNDLE_HEAD:
        raise ValueError("an OSC bundle that breaks off")
    elements = []
    position = _BUNDLE_HEAD
    while position < len(bundle):
        if position + 4 > len(bundle):
            raise ValueError("an OSC bundle that breaks off")
        (size,) = _SIZE.unpack_from(bundle, position)
        position += 4
        if size < 0 or size % 4 or position + size > len(bundle):
            raise ValueError(f"an OSC bundle with an element of {size} bytes")
        elements.append(bundle[position : position + size])
        position += size
    return elements
