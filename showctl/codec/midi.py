"""MIDI messages: bytes ↔ addresses and values (MIDI 1.0 Detailed Specification; numbers below are its tables).

    address                 value       on the wire                                     kind
    ("cc", ch, n)           0..127      Bn n v                            table III     level
    ("cc14", ch, n) n<32    0..16383    Bn n msb, Bn n+32 lsb             table III     level
    ("nrpn", ch, n)         0..16383    Bn 63h/62h number, 06h/26h value  table IIIa    level
    ("note", ch, n)         0..127      9n n velocity; 0 is 8n n 40h      table II      edge
    ("program", ch)         0..127      Cn v, counted from 0 as on the wire             edge
    ("sysex",)              bytes       F0 ... F7                         table VII     edge

Channels count from 1 to 16. Every message is written with its status byte (no running status).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from showctl.model import Address, Value

FULL = {"cc": 127, "cc14": 16383, "nrpn": 16383, "note": 127, "program": 127}
"""Kind → its greatest value."""

NUMBERS = {"cc": 127, "cc14": 31, "nrpn": 16383, "note": 127}
"""Kind → the greatest number in its address."""

SYSEX_LIMIT = 1024         # bytes; a third of a second on a MIDI cable

_NRPN_MSB, _NRPN_LSB, _DATA_MSB, _DATA_LSB = 99, 98, 6, 38
_RPN = (101, 100)
_REALTIME = 0xF8           # clock, start, active sensing ...: above this, and heard by nobody here
_QUARTER_FRAME = 0xF1


def level(address: Address, value: int, steps: int) -> list[bytes]:
    """A level of 0..``steps`` at ``address``, as the messages of its kind, scaled and rounded to what it carries.

    Raises ValueError for an address or level that MIDI cannot say.
    """
    full = FULL.get(str(address[0])) if address else None
    if full is None or not 0 <= value <= steps or steps < 1:
        raise ValueError(f"level {value} of {steps} at {_text(address)} is no MIDI level")
    return encode(address, value if steps == full else (2 * value * full + steps) // (2 * steps))


def encode(address: Address, value: Value) -> list[bytes]:
    """The messages that say ``value`` at ``address``, in order; a number may be text, True is all, None a press.

    SysEx is bytes, or hexadecimal text such as ``"F0 7F 7F 06 01 F7"``. Raises ValueError with what is wrong.
    """
    kind = address[0] if address else ""
    if kind == "sysex":
        return [_sysex(value)]
    if kind not in FULL:
        raise ValueError(f"{_text(address)} is no MIDI address; there are cc cc14 nrpn note program sysex")
    channel, number = _place(str(kind), address)
    return _WRITE[str(kind)](channel, number, _number(address, value, FULL[str(kind)]))


def _place(kind: str, address: Address) -> tuple[int, int]:
    """Channel 0..15 and number of a checked address."""
    wanted = 3 if kind in NUMBERS else 2
    parts = [part for part in address[1:] if isinstance(part, int)]
    if len(address) != wanted or len(parts) != wanted - 1 or not 1 <= parts[0] <= 16:
        raise ValueError(f"{_text(address)}: channels are 1 to 16, then {'one number' if wanted == 3 else 'nothing'}")
    number = parts[1] if wanted == 3 else 0
    if not 0 <= number <= NUMBERS.get(kind, 0):
        raise ValueError(f"{_text(address)}: {kind} numbers are 0 to {NUMBERS[kind]}")
    return parts[0] - 1, number


def _number(address: Address, value: Value, full: int) -> int:
    if value is None or value is True:
        return full
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    if not isinstance(value, int) or not 0 <= value <= full:
        raise ValueError(f"{_text(address)} takes 0 to {full}, not {value!r}")
    return int(value)


def _sysex(value: Value) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else value
    except ValueError:
        data = None
    if not isinstance(data, bytes) or len(data) > SYSEX_LIMIT or len(data) < 3:
        raise ValueError(f"sysex takes F0 ... F7 as hexadecimal, 3 to {SYSEX_LIMIT} bytes")
    if data[0] != 0xF0 or data[-1] != 0xF7 or max(data[1:-1]) > 0x7F:
        raise ValueError("sysex begins with F0, ends with F7 and has only 00 to 7F between")
    return data


def _control(channel: int, number: int, value: int) -> bytes:
    return bytes((0xB0 | channel, number, value))


def _write_cc14(channel: int, number: int, value: int) -> list[bytes]:
    return [_control(channel, number, value >> 7), _control(channel, number + 32, value & 0x7F)]


def _write_nrpn(channel: int, number: int, value: int) -> list[bytes]:
    return [
        _control(channel, _NRPN_MSB, number >> 7),
        _control(channel, _NRPN_LSB, number & 0x7F),
        _control(channel, _DATA_MSB, value >> 7),
        _control(channel, _DATA_LSB, value & 0x7F),
    ]


def _write_note(channel: int, number: int, value: int) -> list[bytes]:
    return [bytes((0x90 | channel, number, value)) if value else bytes((0x80 | channel, number, 0x40))]


_WRITE: Mapping[str, Callable[[int, int, int], list[bytes]]] = {
    "cc": lambda channel, number, value: [_control(channel, number, value)],
    "cc14": _write_cc14,
    "nrpn": _write_nrpn,
    "note": _write_note,
    "program": lambda channel, _number, value: [bytes((0xC0 | channel, value))],
}


class Decoder:
    """Reads incoming messages, one at a time and whole, into (address, value) pairs; mido is the parser.

    An NRPN is told once, at its data LSB. A controller pair is told as ``cc14`` once :meth:`pair` named it, at its
    LSB; otherwise each half is a ``cc`` of its own. What is kept is one selector and 32 halves a channel.
    """

    __slots__ = ("_msb", "_pairs", "_parse", "_selected")

    def __init__(self) -> None:
        from mido import Message

        self._parse: Callable[[bytes], Any] = Message.from_bytes
        self._pairs: set[tuple[int, int]] = set()
        self._msb: dict[tuple[int, int], int] = {}
        self._selected: dict[int, list[int | None]] = {}    # channel → [number MSB, number LSB, data MSB]

    def pair(self, channel: int, number: int) -> None:
        """From now on controllers ``number`` (0..31) and ``number`` + 32 of ``channel`` (1..16) are one of 14 bits."""
        self._pairs.add((channel, number))

    def decode(self, data: bytes) -> tuple[str, int] | None:
        """One message as (``"cc 1 7"``, value); None where there is nothing to tell (yet).

        Clock, active sensing and timecode are nothing to tell. Raises ValueError for bytes that are no message, or
        a message that showctl does not read (SysEx, pitch bend, pressure).
        """
        if data and (data[0] >= _REALTIME or data[0] == _QUARTER_FRAME):
            return None
        try:
            message = self._parse(data)
        except Exception as error:  # mido checks with several exceptions
            raise ValueError(f"no MIDI message: {error}") from None
        kind = message.type
        if kind == "control_change":
            return self._control(message.channel + 1, message.control, message.value)
        if kind == "note_on":
            return f"note {message.channel + 1} {message.note}", message.velocity
        if kind == "note_off":
            return f"note {message.channel + 1} {message.note}", 0
        if kind == "program_change":
            return f"program {message.channel + 1}", message.program
        raise ValueError(f"a MIDI message of kind {kind}, which showctl does not read")

    def _control(self, channel: int, number: int, value: int) -> tuple[str, int] | None:
        if number in (_NRPN_MSB, _NRPN_LSB):
            selected = self._selected.setdefault(channel, [None, None, None])
            selected[number == _NRPN_LSB] = value
            selected[2] = None
            return None
        if number in _RPN:
            self._selected.pop(channel, None)
        elif number in (_DATA_MSB, _DATA_LSB) and channel in self._selected:
            return self._data(channel, number, value)
        if (channel, number) in self._pairs:
            self._msb[channel, number] = value
            return None
        if (channel, number - 32) in self._pairs:
            msb = self._msb.get((channel, number - 32))
            return None if msb is None else (f"cc14 {channel} {number - 32}", msb << 7 | value)
        return f"cc {channel} {number}", value

    def _data(self, channel: int, number: int, value: int) -> tuple[str, int] | None:
        selected = self._selected[channel]
        if number == _DATA_MSB:
            selected[2] = value
            return None
        msb, lsb, data_msb = selected
        if msb is None or lsb is None or data_msb is None or (msb, lsb) == (127, 127):
            return None
        return f"nrpn {channel} {msb << 7 | lsb}", data_msb << 7 | value


def _text(address: Address) -> str:
    return " ".join(str(part) for part in address)
