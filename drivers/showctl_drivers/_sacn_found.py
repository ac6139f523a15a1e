"""Who sends sACN on a network: sources tell their universes every 10 s; for others the lowest ones are listened to."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import groupby

from showctl.codec import sacn
from showctl.errors import DriverError, UsageError
from showctl.model import Found
from showctl_drivers import _sacn_ear

LISTEN_S = 10.5            # E131_UNIVERSE_DISCOVERY_INTERVAL is 10 s (§4.3, §12)
LISTENED = range(1, 65)    # universes of sources that tell no list, as OLA does not
SOURCES_MAX = 256


@dataclass
class Source:
    """One source: where it is, its own name, the universes it sends, and the priorities that were heard."""

    address: str
    name: str
    universes: set[int] = field(default_factory=set)
    priorities: set[int] = field(default_factory=set)
    only_seen: bool = True


async def find(interface: str) -> AsyncIterator[Found]:
    """Every source that is heard on the network of ``interface`` within 10.5 s, in the order of names.

    Raises UsageError where this machine has no such interface.
    """
    sources: dict[bytes, Source] = {}
    with ExitStack() as stack:
        try:
            socks = [stack.enter_context(closing(_sacn_ear.join(interface, universe)))
                     for universe in (sacn.DISCOVERY_UNIVERSE, *LISTENED)]
        except DriverError as error:
            raise UsageError(f"{error}; 'ip address' lists this machine's interfaces") from None
        loop = asyncio.get_running_loop()
        for sock in socks:
            loop.add_reader(sock.fileno(), _drain, sock, sources)
            stack.callback(loop.remove_reader, sock.fileno())
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_S):
                await loop.create_future()
    for cid, source in sorted(sources.items(), key=lambda item: (item[1].name, item[0])):
        yield _found(interface, cid, source)


def _drain(sock: socket.socket, sources: dict[bytes, Source]) -> None:
    for _ in range(_sacn_ear.DATAGRAMS_A_TURN):
        try:
            data, (address, _) = sock.recvfrom(_sacn_ear.DATAGRAM_MAX)
        except OSError:    # nothing more
            return
        try:
            packet = sacn.decode(data)
        except ValueError:
            continue
        if not isinstance(packet, sacn.Sync) and (packet.cid in sources or len(sources) < SOURCES_MAX):
            _take(packet, sources.setdefault(packet.cid, Source(address, packet.source)))


def _take(packet: sacn.Data | sacn.Discovery, source: Source) -> None:
    if isinstance(packet, sacn.Data):
        source.universes.add(packet.universe)
        source.priorities.add(packet.priority)
    else:
        source.only_seen = False
        source.universes.update(packet.universes)


def _found(interface: str, cid: bytes, source: Source) -> Found:
    sends = f"sends universe {ranges(source.universes)}" if source.universes else "sends no universe"
    if source.only_seen:
        sends += f" (tells no list; {LISTENED[0]} to {LISTENED[-1]} were listened to)"
    priorities = f"priority {ranges(source.priorities)}" if source.priorities else ""
    notes = filter(None, (f"at {source.address}", sends, priorities, f"CID {uuid.UUID(bytes=cid)}"))
    return Found("sacn", (("interface", interface),), source.name, tuple(notes))


def ranges(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 → ``1-3, 7``."""
    runs = groupby(enumerate(sorted(numbers)), key=lambda each: each[1] - each[0])
    found = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in found)
