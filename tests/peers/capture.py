"""A pcap file of datagrams that a test received, for tshark to judge."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

LINKTYPE_IPV4 = 228    # the packet begins with its IP header


class Datagram(NamedTuple):
    """One UDP datagram between two (host, port) of IPv4."""

    source: tuple[str, int]
    target: tuple[str, int]
    data: bytes


def write(file: Path, datagrams: Iterable[Datagram]) -> None:
    """Write the datagrams, a millisecond apart, behind IP and UDP headers of their own."""
    write_packets(file, map(_packet, datagrams))


def write_packets(file: Path, packets: Iterable[bytes]) -> None:
    """Write whole IPv4 packets, a millisecond apart."""
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_IPV4))
        for number, packet in enumerate(packets):
            out.write(struct.pack("<IIII", number // 1000, number % 1000 * 1000, len(packet), len(packet)))
            out.write(packet)


def _packet(datagram: Datagram) -> bytes:
    length = 8 + len(datagram.data)
    udp = struct.pack(">HHHH", datagram.source[1], datagram.target[1], length, 0)    # 0: no checksum
    addresses = socket.inet_aton(datagram.source[0]) + socket.inet_aton(datagram.target[0])
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0) + addresses
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + udp + datagram.data
