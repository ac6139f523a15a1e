"""The DMX USB Pro widget (Enttec, "DMX USB Pro Widget API Specification 1.44") and its many clones.

    offset  bytes  field
         0      1  0x7e
         1      1  label: what the message is
         2      2  length of the data, 0..600, low byte first
         4    ...  data
       end      1  0xe7

Label 6 sends DMX: a start code and 24 to 512 slots; the widget then repeats them by itself. Label 3 asks for the
widget's parameters, label 10 for its serial number; clones often answer neither.
"""

from __future__ import annotations

from typing import NamedTuple

START, END = 0x7E, 0xE7
DATA_MAX = 600
PARAMETERS, SEND_DMX, SERIAL = 3, 6, 10
SLOTS_MIN, SLOTS = 24, 512

_AROUND = 5              # bytes of a message beside its data


class Message(NamedTuple):
    """One message, either way: label 0..255, data of 0..600 bytes."""

    label: int
    data: bytes


class Parameters(NamedTuple):
    """What a widget says of itself: firmware as ``1.44``, how often it repeats DMX (1..40 Hz; 0: as fast as it can)."""

    firmware: str
    rate_hz: int


def encode(label: int, data: bytes = b"") -> bytes:
    """One message. Raises ValueError for a label outside 0..255 or more than 600 bytes."""
    if label not in range(256) or len(data) > DATA_MAX:
        raise ValueError(f"label {label} with {len(data)} bytes is no widget message; 0 to 255 with at most 600")
    return bytes((START, label, len(data) & 0xFF, len(data) >> 8)) + data + bytes((END,))


def send_dmx(slots: bytes) -> bytes:
    """The message that sends ``slots`` (at most 512, filled up to 24). Raises ValueError for more."""
    if len(slots) > SLOTS:
        raise ValueError(f"{len(slots)} slots do not fit in a universe; it carries 512")
    return encode(SEND_DMX, b"\0" + slots.ljust(SLOTS_MIN, b"\0"))


ASK = encode(PARAMETERS, b"\0\0") + encode(SERIAL)
"""Who are you: the parameters without user data, and the serial number."""


def parameters(data: bytes) -> Parameters:
    """Read the answer to label 3. Raises ValueError where it is too short."""
    if len(data) < 5:
        raise ValueError(f"widget parameters of {len(data)} bytes; 5 are the least")
    return Parameters(f"{data[1]}.{data[0]}", data[4])


def serial_number(data: bytes) -> str:
    """Read the answer to label 10: eight digits, as printed on the box. Raises ValueError for anything else."""
    digits = data[::-1].hex()
    if len(data) != 4 or not digits.isdecimal():
        raise ValueError(f"widget serial number '{data[:8].hex()}' is not eight digits")
    return digits


def split(buffer: bytearray, data: bytes) -> tuple[list[Message], int]:
    """The messages that ``data`` completes, in order, and how many bytes belonged to none.

    ``buffer`` keeps an unfinished message, never more than 605 bytes and one read.
    """
    buffer += data
    found: list[Message] = []
    strange = at = 0
    while at < len(buffer):
        if buffer[at] != START:
            strange, at = strange + 1, at + 1
            continue
        left = len(buffer) - at
        if left < 4:
            break
        length = buffer[at + 2] | buffer[at + 3] << 8
        if length <= DATA_MAX and left < length + _AROUND:
            break
        if length > DATA_MAX or buffer[at + length + 4] != END:
            strange, at = strange + 1, at + 1
            continue
        found.append(Message(buffer[at + 1], bytes(buffer[at + 4 : at + 4 + length])))
        at += length + _AROUND
    del buffer[:at]
    return found, strange
