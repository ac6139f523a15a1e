"""ArtDmx, the packet that carries one DMX universe, and ArtSync, which shows what came before it at once.

Art-Net 4 specification, "ArtDmx packet definition":

    offset  bytes  field
         0      8  "Art-Net\\0"
         8      2  OpCode 0x5000, low byte first
        10      2  protocol version 14, high byte first
        12      1  sequence: 1..255, then 1 again; 0 switches the receiver's re-ordering off
        13      1  physical input port, for information only
        14      1  SubUni: low byte of the 15 bit Port-Address
        15      1  Net: high 7 bits of the Port-Address
        16      2  length of the data, even, 2..512, high byte first
        18    ...  slots
"""

from __future__ import annotations

import struct
from typing import NamedTuple

PORT = 6454
PORT_ADDRESSES = range(32768)
SEQUENCE = 12          # offset of the sequence byte
HEADER_LENGTH = 18
SLOTS = 512

ID = b"Art-Net\0"
OP_DMX = 0x5000
OP_SYNC = 0x5200
VERSION = 14
SYNC = ID + OP_SYNC.to_bytes(2, "little") + VERSION.to_bytes(2, "big") + bytes(2)
"""One whole ArtSync: nodes show the ArtDmx they have heard from this sender, all at the same time."""

_HEADER = struct.Struct("<8sH2sBBBB2s")


class Dmx(NamedTuple):
    """One ArtDmx: Port-Address 0..32767, sequence 0..255, 2..512 slots."""

    universe: int
    sequence: int
    slots: bytes


def packet(universe: int, slots: int = SLOTS) -> bytearray:
    """An ArtDmx for Port-Address ``universe`` (0..32767): sequence 0, ``slots`` (1..512, made even) at zero.

    Build it once, then write the sequence at ``SEQUENCE`` and the levels from ``HEADER_LENGTH`` on.
    Raises ValueError for a universe or length that ArtDmx cannot say.
    """
    if universe not in PORT_ADDRESSES:
        raise ValueError(f"universe {universe} is no Art-Net Port-Address; write 0 to 32767")
    if not 1 <= slots <= SLOTS:
        raise ValueError(f"{slots} slots do not fit in ArtDmx; it carries 1 to 512")
    length = slots + slots % 2
    version, announced = VERSION.to_bytes(2, "big"), length.to_bytes(2, "big")
    header = _HEADER.pack(ID, OP_DMX, version, 0, 0, universe & 0xFF, universe >> 8, announced)
    return bytearray(header + bytes(length))


def next_sequence(sequence: int) -> int:
    """The sequence number after ``sequence``: 1..255, never 0."""
    return sequence % 255 + 1


def encode(universe: int, sequence: int, slots: bytes) -> bytes:
    """One whole ArtDmx. Raises ValueError as :func:`packet` does."""
    data = packet(universe, len(slots))
    data[SEQUENCE] = sequence
    data[HEADER_LENGTH : HEADER_LENGTH + len(slots)] = slots
    return bytes(data)


def operation(data: bytes) -> int:
    """The OpCode of any Art-Net packet, 0..65535. Raises ValueError where it is none."""
    if len(data) < 10 or data[:8] != ID:
        raise ValueError("not an Art-Net packet")
    return int.from_bytes(data[8:10], "little")


def check_sync(data: bytes) -> None:
    """Raise ValueError where an ArtSync is cut short."""
    if len(data) < len(SYNC):
        raise ValueError(f"ArtSync is cut short: {len(data)} of {len(SYNC)} bytes")


def decode(data: bytes) -> Dmx:
    """Read an ArtDmx as a receiver does: what follows the announced length is ignored.

    Raises ValueError that says what is wrong with it.
    """
    if len(data) < HEADER_LENGTH or data[:8] != ID:
        raise ValueError("not an Art-Net packet")
    _, operation, version, sequence, _, low, net, length_bytes = _HEADER.unpack_from(data)
    if operation != OP_DMX:
        raise ValueError(f"Art-Net operation 0x{operation:04x}, not ArtDmx")
    if int.from_bytes(version, "big") < VERSION:
        raise ValueError("Art-Net protocol version before 14")
    length = int.from_bytes(length_bytes, "big")
    if not 1 <= length <= SLOTS or net > 127:
        raise ValueError(f"ArtDmx with length {length} and net {net}")
    if len(data) < HEADER_LENGTH + length:
        raise ValueError(f"ArtDmx is cut short: {len(data) - HEADER_LENGTH} of {length} slots")
    return Dmx(net << 8 | low, sequence, data[HEADER_LENGTH : HEADER_LENGTH + length])
