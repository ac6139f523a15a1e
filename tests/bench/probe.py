"""What measures: eyes that stamp ArtDmx by the kernel's clock, and hands that press by OSC, MQTT or a serial line.

A latency begins at CLOCK_REALTIME just before the trigger leaves and ends at the kernel's own arrival stamp of the
frame (SO_TIMESTAMPNS, the same clock), so that the time in which this program wakes up is not part of it.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from showctl.codec import osc

HEADER_LENGTH = 18
UNIVERSE = slice(14, 16)           # SubUni and Net: the Port-Address, low byte first
TIMESTAMP_NS = getattr(socket, "SO_TIMESTAMPNS", 35)
STAMP = struct.Struct("@qq")       # struct timespec
DATAGRAMS_AT_ONCE = 4096
RECEIVE_BUFFER, RECEIVE_BUFFER_FORCE = 16 << 20, 33      # SO_RCVBUFFORCE


class Eye:
    """A node of our own on loopback: it keeps each ArtDmx frame with the time at which the kernel took it."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """``port`` 0 is any free one; peers that know only 6454 get an address of their own. Raises OSError."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        _widen(self._socket)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMP_NS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)      # beside a peer's 0.0.0.0:6454
        self._socket.bind((host, port))
        self._socket.setblocking(False)
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def frames(self) -> list[tuple[int, bytes]]:
        """What has come since the last call: (CLOCK_REALTIME ns, slots)."""
        return [(stamp_ns, data[HEADER_LENGTH:]) for stamp_ns, data in self._arrived()]

    def arrivals(self) -> list[tuple[int, int]]:
        """What has come since the last call: (CLOCK_REALTIME ns, universe)."""
        return [(stamp_ns, int.from_bytes(data[UNIVERSE], "little")) for stamp_ns, data in self._arrived()]

    def _arrived(self) -> Iterator[tuple[int, bytes]]:
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(1024, 128)
            except BlockingIOError:
                return
            if data[8:10] == b"\x00\x50":
                yield _stamp(ancillary), data

    def wait(self, seconds: float) -> None:
        """Until something has come, at most so long."""
        select.select([self._socket], [], [], max(0, seconds))

    def dropped(self) -> int:
        """Datagrams the kernel had no room for: then what is missing is the probe's fault, not the system's."""
        inode = str(os.fstat(self._socket.fileno()).st_ino)
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] == inode:
                return int(fields[12])
        raise OSError("the kernel does not list the probe's own socket")

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


def _widen(sock: socket.socket) -> None:
    """Room for some ticks of a thousand universes; beyond the system's limit where we may (CAP_NET_ADMIN)."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def watch(eye: Eye, seconds: float) -> list[tuple[int, bytes]]:
    """Every frame of the next ``seconds``."""
    found, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        eye.wait(left)
        found += eye.frames()
    return found


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == TIMESTAMP_NS:
            seconds, nanoseconds = STAMP.unpack(data)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    raise OSError("the kernel does not stamp datagrams; this program needs Linux")


# ---- hands ----

@dataclass(frozen=True, slots=True)
class Hand:
    """``press(n)`` sends trigger number n; odd and even ones ask for different light. ``send`` takes any packet."""

    press: Callable[[int], None]
    close: Callable[[], None] = lambda: None
    send: Callable[[bytes], object] = lambda packet: None


def osc_hand(port: int, *messages: tuple[str, float | int]) -> Hand:
    """Press by sending each of these OSC messages in turn to 127.0.0.1."""
    outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outlet.bind(("127.0.0.1", 0))
    packets = [osc.encode(address, (value,)) for address, value in messages]
    target = ("127.0.0.1", port)

    def press(turn: int) -> None:
        outlet.sendto(packets[turn % len(packets)], target)

    return Hand(press, outlet.close, lambda packet: outlet.sendto(packet, target))


def mqtt_hand(port: int, topic: str, *payloads: bytes) -> Hand:
    """Press by publishing each payload in turn at QoS 0 through the broker on 127.0.0.1 (MQTT 3.1.1, §3.1 and §3.3).

    Without ``payloads`` they are ``1`` and ``2``.
    """
    outlet = socket.create_connection(("127.0.0.1", port), timeout=5)
    outlet.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    name = f"bench-{os.getpid()}-{outlet.getsockname()[1]}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name     # clean session, no keep-alive
    outlet.sendall(b"\x10" + bytes([len(body)]) + body)
    if (answer := outlet.recv(4)) != b"\x20\x02\x00\x00":
        raise OSError(f"the broker on port {port} refused the bench: {answer.hex()}")
    head = len(topic).to_bytes(2, "big") + topic.encode()
    packets = [b"\x30" + bytes([len(head) + len(payload)]) + head + payload for payload in payloads or (b"1", b"2")]

    def press(turn: int) -> None:
        outlet.sendall(packets[turn % len(packets)])

    return Hand(press, outlet.close)


def serial_hand(fd: int, *lines: bytes) -> Hand:
    """Press by writing each of these lines in turn to the far end of a pseudo terminal."""
    def press(turn: int) -> None:
        os.write(fd, lines[turn % len(lines)])

    return Hand(press)
