"""MIDI messages: bytes ↔ addresses and values (MIDI 1.0 Detailed Specification; numbers below are its tables).

    address                 value       on the wire                                     kind
    ("cc", ch, n)           0..127      Bn n v                            table III     level
    ("cc14", ch, n) n<32    0..16383    Bn n msb, Bn n+32 lsb             table III     level
    ("nrpn", ch, n)         0..16383    Bn 63h/62h number, 06h/26h value  table IIIa    level
    ("nrpn7", ch, n)        0..127      Bn 63h/62h number, 06h value      table IIIa    level
    ("nrpn7", ch, n, then)  0..127      the same, then 26h then           table IIIa    level
    ("bend", ch)            0..16383    En lsb msb                        table II      level
    ("parameter", text)     by digits   F0 ... F7 with the value inside   table VII     level
    ("note", ch, n)         0..127      9n n velocity; 0 is 8n n 40h      table II      edge
    ("tap", ch, n)          0..127      9n n velocity, 9n n 00            table II      edge
    ("program", ch)         0..127      Cn v, counted from 0 as on the wire             edge
    ("scene", ch)           1..16384    Bn 00 and 20h bank, Cn v, from 1  tables III    edge
    ("sysex",)              bytes       F0 ... F7                         table VII     edge

The text of a parameter is its message in hexadecimal with ``vv`` where the value stands, seven bits each, the
highest first: ``F0 43 10 3E 7F 01 1C 00 00 00 00 vv vv F7``. Channels count from 1 to 16. Every message is written
with its status byte (no running status): what carries it from here takes whole messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from showctl.model import Address, Value

FULL = {"cc": 127, "cc14": 16383, "nrpn": 16383, "nrpn7": 127, "bend": 16383, "note": 127, "tap": 127, "program": 127,
        "scene": 16384}
"""Kind → its greatest value; that of a parameter is in its text."""

NUMBERS = {"cc": 127, "cc14": 31, "nrpn": 16383, "nrpn7": 16383, "note": 127, "tap": 127}
"""Kind → the greatest number in its address."""

SYSEX_LIMIT = 1024         # bytes; a third of a second on a MIDI cable

DIGITS_MAX = 4             # of seven bits each, in a parameter

NRPN_MSB, NRPN_LSB, DATA_MSB, DATA_LSB = 99, 98, 6, 38
BANK_MSB, BANK_LSB = 0, 32


def level(address: Address, value: int, steps: int) -> list[bytes]:
    """A level of 0..``steps`` at ``address``, as the messages of its kind, scaled and rounded to what it carries.

    A parameter carries as many steps as it is given, where its digits can. Raises ValueError for an address or level
    that MIDI cannot say.
    """
    full = FULL.get(str(address[0])) if address else None
    if full is None and address and address[0] == "parameter":
        full = steps
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
    if kind == "parameter":
        return [_parameter(address, value)]
    if kind not in FULL:
        raise ValueError(f"{_text(address)} is no MIDI address; there are {' '.join(FULL)} parameter sysex")
    channel, number = _place(str(kind), address)
    if kind == "nrpn7" and len(address) == 4:
        return [*_write_nrpn7(channel, number, _number(address, value, 127)),
                _control(channel, DATA_LSB, _number(address, address[3], 127))]
    return _WRITE[str(kind)](channel, number, _number(address, value, FULL[str(kind)]))


def _place(kind: str, address: Address) -> tuple[int, int]:
    """Channel 0..15 and number of a checked address."""
    wanted = (3 if kind in NUMBERS else 2) + (kind == "nrpn7" and len(address) == 4)
    parts = [part for part in address[1:] if isinstance(part, int)]
    if len(address) != wanted or len(parts) != wanted - 1 or not 1 <= parts[0] <= 16:
        rest = "one number" if kind in NUMBERS else "nothing"
        raise ValueError(f"{_text(address)}: channels are 1 to 16, then {rest}")
    number = parts[1] if kind in NUMBERS else 0
    if not 0 <= number <= NUMBERS.get(kind, 0):
        raise ValueError(f"{_text(address)}: {kind} numbers are 0 to {NUMBERS[kind]}")
    return parts[0] - 1, number


def _number(address: Address, value: Value, full: int) -> int:
    if value is None or value is True:
        return full
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    low = 1 if address[0] == "scene" else 0
    if not isinstance(value, int) or not low <= value <= full:
        raise ValueError(f"{_text(address)} takes {low} to {full}, not {value!r}")
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


@lru_cache(maxsize=256)
def template(text: str) -> tuple[bytes, int, bytes]:
    """What stands before the value of a parameter, its digits of seven bits, what stands after.

    Raises ValueError with what is wrong.
    """
    head, digits, tail = text.partition("vv")
    rest = tail.split()
    more = next((index for index, word in enumerate(rest) if word != "vv"), len(rest))
    try:
        before, after = bytes.fromhex(head), bytes.fromhex("".join(rest[more:]))
    except ValueError:
        raise ValueError(f"'{text[:60]}' is no message; write bytes in hexadecimal and vv for the value's") from None
    if not digits or more + 1 > DIGITS_MAX:
        raise ValueError(f"'{text[:60]}' wants vv where the value stands, 1 to {DIGITS_MAX} of them side by side")
    _sysex(before + bytes(more + 1) + after)
    return before, more + 1, after


def spelled(text: str) -> str:
    """The text of a parameter as its address has it: ``F0 43 10 vv vv F7``. Raises ValueError as :func:`template`."""
    before, digits, after = template(text)
    return f"{before.hex(' ').upper()} {'vv ' * digits}{after.hex(' ').upper()}"


def _parameter(address: Address, value: Value) -> bytes:
    before, digits, after = template(str(address[1]) if len(address) == 2 else "")
    number = _number(("parameter",), value, (1 << 7 * digits) - 1)
    return before + bytes(number >> 7 * place & 0x7F for place in range(digits - 1, -1, -1)) + after


def _control(channel: int, number: int, value: int) -> bytes:
    return bytes((0xB0 | channel, number, value))


def _write_cc14(channel: int, number: int, value: int) -> list[bytes]:
    return [_control(channel, number, value >> 7), _control(channel, number + 32, value & 0x7F)]


def _write_nrpn(channel: int, number: int, value: int) -> list[bytes]:
    return [
        _control(channel, NRPN_MSB, number >> 7),
        _control(channel, NRPN_LSB, number & 0x7F),
        _control(channel, DATA_MSB, value >> 7),
        _control(channel, DATA_LSB, value & 0x7F),
    ]


def _write_nrpn7(channel: int, number: int, value: int) -> list[bytes]:
    return _write_nrpn(channel, number, value << 7)[:3]


def _write_scene(channel: int, _number: int, value: int) -> list[bytes]:
    """Both halves of the bank: some desks hear the coarse one alone, others wait for the fine one too."""
    bank, program = divmod(value - 1, 128)
    return [_control(channel, BANK_MSB, bank), _control(channel, BANK_LSB, 0), bytes((0xC0 | channel, program))]


def _write_note(channel: int, number: int, value: int) -> list[bytes]:
    return [bytes((0x90 | channel, number, value)) if value else bytes((0x80 | channel, number, 0x40))]


_WRITE: Mapping[str, Callable[[int, int, int], list[bytes]]] = {
    "cc": lambda channel, number, value: [_control(channel, number, value)],
    "cc14": _write_cc14,
    "nrpn": _write_nrpn,
    "nrpn7": _write_nrpn7,
    "bend": lambda channel, _number, value: [bytes((0xE0 | channel, value & 0x7F, value >> 7))],
    "note": _write_note,
    "tap": lambda channel, number, value: [bytes((0x90 | channel, number, each)) for each in (value, 0)],
    "scene": _write_scene,
    "program": lambda channel, _number, value: [bytes((0xC0 | channel, value))],
}


def _text(address: Address) -> str:
    return " ".join(str(part) for part in address)
