"""What measures: eyes that stamp ArtDmx by the kernel's clock, and hands that press by OSC, MQTT or a serial line.

A latency begins at CLOCK_REALTIME just before the trigger leaves and ends at the kernel's own arrival stamp of the
frame (SO_TIMESTAMPNS, the same clock), so that the time in which this program wakes up is not part of it.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from showctl.codec import osc

HEADER_LENGTH = 18
TIMESTAMP_NS = getattr(socket, "SO_TIMESTAMPNS", 35)
STAMP = struct.Struct("@qq")       # struct timespec
DATAGRAMS_AT_ONCE = 4096

class Eye:
    """A node of our own on 127.0.0.1: it keeps each ArtDmx frame with the time at which the kernel took it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMP_NS, 1)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def frames(self) -> list[tuple[int, bytes]]:
        """What has come since the last call: (CLOCK_REALTIME ns, slots)."""
        found = []
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(1024, 128)
            except BlockingIOError:
                break
            if data[8:10] == b"\x00\x50":
                found.append((_stamp(ancillary), data[HEADER_LENGTH:]))
        return found

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == TIMESTAMP_NS:
            seconds, nanoseconds = STAMP.unpack(data)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    raise OSError("the kernel does not stamp datagrams; this program needs Linux")


# ---- hands ----

@dataclass(frozen=True, slots=True)
class Hand:
    """``press(n)`` sends trigger number n; odd and even ones ask for different light."""

    press: Callable[[int], None]
    close: Callable[[], None] = lambda: None


def osc_hand(port: int, *messages: tuple[str, float | int]) -> Hand:
    """Press by sending each of these OSC messages in turn to 127.0.0.1."""
    outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outlet.bind(("127.0.0.1", 0))
    packets = [osc.encode(address, (value,)) for address, value in messages]
    target = ("127.0.0.1", port)

    def press(turn: int) -> None:
        outlet.sendto(packets[turn % len(packets)], target)

    return Hand(press, outlet.close)


def mqtt_hand(port: int, topic: str) -> Hand:
    """Press by publishing ``1`` or ``2`` at QoS 0 through the broker on 127.0.0.1 (MQTT 3.1.1, §3.1 and §3.3)."""
    outlet = socket.create_connection(("127.0.0.1", port), timeout=5)
    outlet.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    name = f"bench-{os.getpid()}-{outlet.getsockname()[1]}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name     # clean session, no keep-alive
    outlet.sendall(b"\x10" + bytes([len(body)]) + body)
    if (answer := outlet.recv(4)) != b"\x20\x02\x00\x00":
        raise OSError(f"the broker on port {port} refused the bench: {answer.hex()}")
    head = len(topic).to_bytes(2, "big") + topic.encode()
    packets = [b"\x30" + bytes([len(head) + 1]) + head + payload for payload in (b"1", b"2")]

    def press(turn: int) -> None:
        outlet.sendall(packets[turn % 2])

    return Hand(press, outlet.close)


def serial_hand(fd: int, *lines: bytes) -> Hand:
    """Press by writing each of these lines in turn to the far end of a pseudo terminal."""
    def press(turn: int) -> None:
        os.write(fd, lines[turn % len(lines)])

    return Hand(press)
