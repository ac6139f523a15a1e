"""Raw MIDI bytes over UDP, one message a datagram: how the virtual rig's mixer is reached (CORE 16)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from showctl.codec import endpoint, midi
from showctl.errors import DriverError

DATAGRAMS_A_TURN = 64


@asynccontextmanager
async def open_udp(
    target: str, listen: str, heard: Callable[[bytes], None]
) -> AsyncIterator[Callable[[bytes], None]]:
    """Yield what sends one message to ``target`` (host:port); ``heard`` gets each one that comes to ``listen``.

    Raises DriverError where ``listen`` cannot be bound or ``target`` is not found.
    """
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        host, port = endpoint.parse(target)
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        peer = found[0][4]
        if listen:
            sock.bind(endpoint.parse(listen))
    except OSError as error:
        sock.close()
        raise DriverError(f"no MIDI over UDP to {target} from {listen or 'here'} ({error.strerror})") from None

    def put(message: bytes) -> None:
        try:
            sock.sendto(message, peer)
        except OSError:    # a full buffer on loopback; the next level follows
            pass

    def drain() -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                heard(sock.recv(midi.SYSEX_LIMIT + 1))
            except OSError:
                return

    if listen:
        loop.add_reader(sock.fileno(), drain)
    try:
        yield put
    finally:
        if listen:
            loop.remove_reader(sock.fileno())
        sock.close()
