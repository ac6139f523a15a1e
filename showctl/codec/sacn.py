"""Streaming ACN, ANSI E1.31-2018: one DMX universe a packet, the packet that makes several act at once, and the list
of a source's universes. All numbers high byte first.

    offset  bytes  root layer (table 5-1), common to all three
         0     16  0x0010 0x0000 "ASC-E1.17\\0\\0\\0"
        16      2  0x7000 + length from here to the end (likewise at 38, 115 and 112)
        18      4  vector: 4 data, 8 synchronization and discovery
        22     16  CID: the source, a UUID

    data (tables 6-1, 7-1)                 synchronization (6-2)     discovery (6-3, 8-1)
    40      4  vector 2                    40  4  vector 1            40    4  vector 2
    44     64  source name, UTF-8, ends    44  1  sequence            44   64  source name
               with a zero                 45  2  sync universe      108    4  0
    108     1  priority 0..200             47  2  0                  114    4  vector 1
    109     2  sync universe, 0: none                                118    1  page, from 0
    111     1  sequence                                              119    1  last page
    112     1  options                                               120  ...  universes, sorted, 2 bytes each
    113     2  universe
    117     8  2, 0xa1, first address 0, step 1, number of values
    125   ...  start code 0 and up to 512 slots
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

PORT = 5568
UNIVERSES = range(1, 64_000)
DISCOVERY_UNIVERSE = 64_214
PRIORITIES = range(201)
SOURCE_BYTES_MAX = 63
SLOTS = 512
CID_LENGTH = 16

SEQUENCE = 111           # offsets in a data packet
OPTIONS = 112
SLOTS_AT = 126
SYNC_SEQUENCE = 44       # offset in a synchronization packet
NAME = b"ASC-E1.17\0\0\0"
"""What every packet has from its fifth byte on."""
CID = 22                 # offset of the CID in every packet

LEVELS = 0               # start codes (§7.7): levels, and ETC's priority of each slot (0: this source has no say there)
PRIORITY_OF_SLOTS = 0xDD

PREVIEW = 0x80           # option bits, §6.2.6
TERMINATED = 0x40
FORCE_SYNC = 0x20

_ROOT = struct.Struct(">HH12sHI16s")
_DATA = struct.Struct(">HI64sBHBBH")
_VALUES = struct.Struct(">HBBHHHB")
_SYNC = struct.Struct(">HIBHH")
_LIST = struct.Struct(">HI64sI")
_PAGE = struct.Struct(">HIBB")
_PREAMBLE = b"\0\x10\0\0"
_ROOT_DATA, _ROOT_EXTENDED = 4, 8
_A_PAGE = 512            # universes


class Data(NamedTuple):
    """One universe: number 1..63999, priority 0..200, sequence 0..255, 0..512 slots.

    With a ``start_code`` (0..255) other than ``LEVELS`` the slots are no levels.
    """

    cid: bytes
    source: str
    universe: int
    priority: int
    sync: int
    sequence: int
    options: int
    slots: bytes
    start_code: int = LEVELS


class Sync(NamedTuple):
    """What waits for universe ``sync`` acts now."""

    cid: bytes
    sync: int
    sequence: int


class Discovery(NamedTuple):
    """One page of the universes that a source sends."""

    cid: bytes
    source: str
    page: int
    last: int
    universes: tuple[int, ...]


def group(universe: int) -> str:
    """The multicast address of a universe: ``239.255.hi.lo`` (§9.3.1)."""
    return f"239.255.{universe >> 8}.{universe & 0xFF}"


def check_source(name: str) -> None:
    """Raise ValueError for a source name of more than 63 bytes of UTF-8, or one with control characters."""
    if len(name.encode("utf-8", "replace")) > SOURCE_BYTES_MAX or not name.isprintable():
        raise ValueError(f"source '{name[:20]}' is no sACN source name; write at most 63 bytes of plain text")


def check_universe(universe: int) -> None:
    """Raise ValueError for a universe outside 1..63999."""
    if universe not in UNIVERSES:
        raise ValueError(f"universe {universe} is no sACN universe; write 1 to 63999")


def packet(cid: bytes, source: str, universe: int, priority: int = 100, sync: int = 0, options: int = 0) -> bytearray:
    """A data packet with sequence 0 and 512 slots at zero.

    Build it once, then write the sequence at ``SEQUENCE`` and the levels from ``SLOTS_AT`` on. Raises ValueError for
    a universe, sync universe, priority or source name that E1.31 cannot say.
    """
    check_universe(universe)
    check_source(source)
    if sync:
        check_universe(sync)
    if priority not in PRIORITIES:
        raise ValueError(f"priority {priority} is out of range; write 0 to 200, 100 is usual")
    values = _VALUES.pack(0x7000 + _VALUES.size + SLOTS, 2, 0xA1, 0, 1, SLOTS + 1, 0) + bytes(SLOTS)
    length = _DATA.size + len(values)
    framing = _DATA.pack(0x7000 + length, 2, source.encode(), priority, sync, 0, options, universe)
    return bytearray(_root(cid, _ROOT_DATA, length) + framing + values)


def sync_packet(cid: bytes, sync: int) -> bytearray:
    """A synchronization packet with sequence 0; write the sequence at ``SYNC_SEQUENCE``."""
    check_universe(sync)
    return bytearray(_root(cid, _ROOT_EXTENDED, _SYNC.size) + _SYNC.pack(0x7000 + _SYNC.size, 1, 0, sync, 0))


def discovery(cid: bytes, source: str, universes: Sequence[int]) -> list[bytes]:
    """The packets that tell which universes a source sends, 512 a page (§8)."""
    check_source(source)
    numbers = sorted(universes)
    pages = [numbers[start : start + _A_PAGE] for start in range(0, len(numbers), _A_PAGE)] or [[]]
    found = []
    for page, listed in enumerate(pages):
        length = _PAGE.size + 2 * len(listed)
        body = _PAGE.pack(0x7000 + length, 1, page, len(pages) - 1) + struct.pack(f">{len(listed)}H", *listed)
        whole = _LIST.size + length
        found.append(_root(cid, _ROOT_EXTENDED, whole) + _LIST.pack(0x7000 + whole, 2, source.encode(), 0) + body)
    return found


def decode(data: bytes) -> Data | Sync | Discovery:
    """Read a packet as a receiver does (§5, §6.5, §7). Raises ValueError that says what is wrong with it."""
    if len(data) < _ROOT.size + 6 or data[:16] != _PREAMBLE + NAME:
        raise ValueError("not an sACN packet")
    _, _, _, _, root, cid = _ROOT.unpack_from(data)
    vector = int.from_bytes(data[40:44], "big")
    if root == _ROOT_DATA and vector == 2:
        return _data(cid, data)
    if root == _ROOT_EXTENDED and vector == 1:
        return _sync(cid, data)
    if root == _ROOT_EXTENDED and vector == 2:
        return _discovery(cid, data)
    raise ValueError(f"sACN vectors {root} and {vector} are none of E1.31's")


def _root(cid: bytes, vector: int, rest: int) -> bytes:
    if len(cid) != CID_LENGTH:
        raise ValueError(f"a CID is 16 bytes, not {len(cid)}")
    return _ROOT.pack(0x10, 0, NAME, 0x7000 + _ROOT.size - 16 + rest, vector, cid)


def _data(cid: bytes, data: bytes) -> Data:
    if len(data) < SLOTS_AT:
        raise ValueError("sACN data packet is cut short")
    _, _, source, priority, sync, sequence, options, universe = _DATA.unpack_from(data, 38)
    _, vector, kind, first, step, count, start_code = _VALUES.unpack_from(data, 115)
    if (vector, kind, first, step) != (2, 0xA1, 0, 1):
        raise ValueError("sACN data packet whose values are not laid out as E1.31 says")
    if universe not in UNIVERSES or priority not in PRIORITIES:
        raise ValueError(f"sACN universe {universe} with priority {priority}")
    if not 1 <= count <= SLOTS + 1 or len(data) < SLOTS_AT + count - 1:
        raise ValueError(f"sACN data packet announces {count} values and has {len(data) - SLOTS_AT + 1}")
    slots = bytes(data[SLOTS_AT : SLOTS_AT + count - 1])
    return Data(cid, _text(source), universe, priority, sync, sequence, options, slots, start_code)


def _sync(cid: bytes, data: bytes) -> Sync:
    if len(data) < 38 + _SYNC.size:
        raise ValueError("sACN synchronization packet is cut short")
    _, _, sequence, sync, _ = _SYNC.unpack_from(data, 38)
    if sync not in UNIVERSES:
        raise ValueError(f"sACN synchronization of universe {sync}")
    return Sync(cid, sync, sequence)


def _discovery(cid: bytes, data: bytes) -> Discovery:
    if len(data) < 120:
        raise ValueError("sACN discovery packet is cut short")
    _, _, source, _ = _LIST.unpack_from(data, 38)
    length, vector, page, last = _PAGE.unpack_from(data, 112)
    count = ((length & 0xFFF) - _PAGE.size) // 2
    if vector != 1 or not 0 <= count <= _A_PAGE or len(data) < 120 + 2 * count:
        raise ValueError("sACN discovery packet whose list is not laid out as E1.31 says")
    return Discovery(cid, _text(source), page, last, struct.unpack_from(f">{count}H", data, 120))


def _text(field: bytes) -> str:
    text = field.partition(b"\0")[0].decode("utf-8", "replace")
    return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)
