"""ArtPoll asks who is there, ArtPollReply answers (Art-Net 4 specification, "ArtPoll" and "ArtPollReply").

    offset  bytes  field of ArtPoll
        12      1  flags: bit 5, only who has one of the Port-Addresses below is asked
        13      1  least priority of diagnostics
        14      4  top and bottom Port-Address, high byte first; missing in polls before Art-Net 4

    offset  bytes  field of ArtPollReply
        10      4  IP address of the node, as it says itself
        16      2  firmware version, high byte first
        18      2  NetSwitch, SubSwitch: the high 7 and the middle 4 bits of every Port-Address below
        20      2  OEM code, high byte first
        26     18  short name        44     64  long name        108    64  report
       172      2  number of ports, high byte first, at most 4
       174      4  per port: 0x80 it puts out DMX from Art-Net, 0x40 it takes DMX in to Art-Net
       182      4  per port: bit 3, it merges two senders
       186      4  SwIn, low 4 bits of what it takes in       190      4  SwOut, low 4 bits of what it puts out
       200      1  style       201      6  hardware address       211      1  bind index: which part of a large node

A whole one is 239 bytes; Art-Net II ended after the hardware address, and later nodes say more. What is missing at the
end reads as zero.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from showctl.codec.artnet import ID, PORT, VERSION

OP_POLL = 0x2000
OP_REPLY = 0x2100
POLL_LENGTH = 14           # the shortest that is valid; later ones say more
FLAGS = 12                 # offset of the flags in an ArtPoll
REPLY_LENGTH = 239
REPLY_LENGTH_MIN = 207     # up to the hardware address
PORTS_MAX = 4
REPLIES_MAX = 255          # bind indices
STYLE_CONTROLLER = 1

_TARGETED = 0x20
_PUTS_OUT = 0x80
_TAKES_IN = 0x40
_MERGES = 0x08
_KNOWS_15_BITS = 0x08      # of Status2: Port-Addresses beyond 255
_OEM_UNKNOWN = b"\x00\xff"
_REPLY = struct.Struct("<8sH4sH2sBB2sBB2s18s64s64s2s4s4s4s4s4sBBB3xB6s4sBB")


class Node(NamedTuple):
    """One ArtPollReply: a node, or one part of up to four ports of a large one."""

    address: str                  # as the node says: not always whom the packet came from
    name: str
    long_name: str
    report: str
    part: int                     # which part: 0 or 1 for the first
    outputs: tuple[int, ...]      # Port-Addresses whose ArtDmx it puts out
    inputs: tuple[int, ...]       # Port-Addresses that it sends
    merges: tuple[int, ...]       # those of outputs that it hears two senders on


def poll() -> bytes:
    """An ArtPoll: answer once, to whoever asked; no diagnostics."""
    return ID + OP_POLL.to_bytes(2, "little") + VERSION.to_bytes(2, "big") + bytes(2)


def check_poll(data: bytes) -> None:
    """Raise ValueError where an ArtPoll is cut short or of a protocol before Art-Net II."""
    if len(data) < POLL_LENGTH:
        raise ValueError(f"ArtPoll is cut short: {len(data)} of {POLL_LENGTH} bytes")
    if int.from_bytes(data[10:12], "big") < VERSION:
        raise ValueError("Art-Net protocol version before 14")


def is_for(data: bytes, universes: Iterable[int]) -> bool:
    """Whether who has these ``universes`` (Port-Addresses) answers a checked ArtPoll.

    Art-Net 4's targeted mode asks only for those from the bottom to the top address, both included.
    """
    if not data[FLAGS] & _TARGETED or len(data) < POLL_LENGTH + 4:
        return True
    top, bottom = int.from_bytes(data[14:16], "big"), int.from_bytes(data[16:18], "big")
    return any(bottom <= universe <= top for universe in universes)


def decode(data: bytes) -> Node:
    """Read an ArtPollReply. Raises ValueError that says what is wrong with it."""
    if len(data) < REPLY_LENGTH_MIN:
        raise ValueError(f"ArtPollReply is cut short: {len(data)} bytes, at least {REPLY_LENGTH_MIN}")
    (ident, code, address, _, _, net, subnet, _, _, _, _, name, long_name, report, ports, types, _, good, takes, puts,
     _, _, _, _, _, _, index, _) = _REPLY.unpack(data[:_REPLY.size].ljust(_REPLY.size, b"\0"))
    if ident != ID or code != OP_REPLY:
        raise ValueError("not an ArtPollReply")
    count = int.from_bytes(ports, "big")
    if net > 127 or subnet > 15 or count > PORTS_MAX:
        raise ValueError(f"ArtPollReply with net {net}, subnet {subnet} and {count} ports")
    first = net << 8 | subnet << 4
    outputs = [port for port in range(count) if types[port] & _PUTS_OUT]
    inputs = [port for port in range(count) if types[port] & _TAKES_IN]
    return Node(
        ".".join(map(str, address)), _text(name), _text(long_name), _text(report), index,
        tuple(first | puts[port] & 15 for port in outputs),
        tuple(first | takes[port] & 15 for port in inputs),
        tuple(first | puts[port] & 15 for port in outputs if good[port] & _MERGES),
    )


def replies(
    address: str, name: str, long_name: str, outputs: Sequence[int] = (), merges: Collection[int] = ()
) -> Iterator[bytes]:
    """What a controller at ``address`` (IPv4) answers: that it wants the universes ``outputs`` (Port-Addresses).

    ``merges`` are those of them that two senders are heard on (GoodOutput, bit 3).
    One packet for each four universes of one net and subnet, at least one, at most ``REPLIES_MAX``. Names are cut to
    17 and 63 bytes.
    """
    here = bytes(map(int, address.split(".")))
    parts = [*_parts(outputs)][:REPLIES_MAX] or [()]
    for number, part in enumerate(parts, 1):
        first = part[0] if part else 0
        yield _REPLY.pack(
            ID, OP_REPLY, here, PORT, bytes(2), first >> 8, first >> 4 & 15, _OEM_UNKNOWN, 0, 0, bytes(2),
            _field(name, 18), _field(long_name, 64), _field(f"#0001 [0000] {name}", 64),
            len(part).to_bytes(2, "big"), bytes([_PUTS_OUT] * len(part)).ljust(4, b"\0"), bytes(4),
            bytes(_MERGES * (universe in merges) for universe in part).ljust(4, b"\0"), bytes(4),
            bytes(universe & 15 for universe in part).ljust(4, b"\0"), 0, 0, 0, STYLE_CONTROLLER, bytes(6),
            here, number, _KNOWS_15_BITS,
        ).ljust(REPLY_LENGTH, b"\0")


def _parts(universes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    part: list[int] = []
    for universe in sorted(dict.fromkeys(universes)):
        if part and (len(part) == PORTS_MAX or universe >> 4 != part[0] >> 4):
            yield tuple(part)
            part = []
        part.append(universe)
    if part:
        yield tuple(part)


def _text(field: bytes) -> str:
    """A name as it is shown: up to its NUL, nothing unprintable."""
    text = field.partition(b"\0")[0].decode("latin-1").strip()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _field(text: str, length: int) -> bytes:
    return text.encode("ascii", "replace")[: length - 1].ljust(length, b"\0")
