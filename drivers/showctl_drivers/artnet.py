"""Art-Net: DMX universes to panels and nodes by ArtDmx over UDP, and what the network says of them.

The sheet's universe N is the Port-Address N (0..32767), as the node prints it: net * 256 + subnet * 16 + universe.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from showctl.codec import artnet, artnet_poll, endpoint
from showctl.driver import Emit, Send
from showctl.errors import DriverError
from showctl.model import Found, Malformed
from showctl_drivers import _interfaces, _ourselves
from showctl_drivers._artnet_ear import Ear, open_port
from showctl_drivers._artnet_inputs import Inputs, wanted
from showctl_drivers._artnet_nodes import Nodes
from showctl_drivers._artnet_sender import Sender, Way
from showctl_drivers._dmx_rates import period_s, rate_hz

EXITS = ("keep", "blackout")
HOSTS_MAX = 32
SYNC_EVERY_S = 3       # a node that hears no ArtSync for 4 s shows each universe by itself again
ASKED_TIMES, ANSWERS_WITHIN_S = 2, 1.0
FOUND_MAX = 1024


@dataclass(frozen=True)
class Config:
    """Art-Net nodes that all get the same universes: one, several, or everybody at a broadcast address.

    host        address or name of the node, or a list of them; or a broadcast address such as 2.255.255.255
    port        UDP port, 1 to 65535
    rate        at most so many frames a second for each universe, 1 Hz to 44 Hz; the last one is always sent
    keep_alive  a universe that stands still is repeated this often, 100 ms to 4 s (3 s with sync)
    sync        true: an ArtSync after the universes of a tick, so that all nodes show them at once
    exit        what the nodes are left with at the end: keep (the last levels) or blackout
    interface   this machine's address on the lighting network, such as 10.0.0.5: there showctl hears DMX
                (triggers dmx/UNIVERSE/SLOT), answers ArtPoll and watches the nodes; none: it only sends
    poll        with interface, ask each host every 2.5 s whether it is there; false for nodes that never answer
    """

    host: str | tuple[str, ...] = "127.0.0.1"
    port: int = artnet.PORT
    rate: str = "44 Hz"
    keep_alive: str = "1 s"
    sync: bool = False
    exit: str = "keep"
    interface: str = ""
    poll: bool = True
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not hosts(self) or not all(hosts(self)):
            raise ValueError("host is empty; write the node's address, for example 10.0.0.20")
        if len(hosts(self)) > HOSTS_MAX:
            raise ValueError(f"host lists {len(hosts(self))} nodes; write at most {HOSTS_MAX}, or a broadcast address")
        endpoint.check_port(self.port)
        rate_hz(self.rate)
        if period_s(self.keep_alive) > SYNC_EVERY_S and self.sync:
            raise ValueError(f"keep-alive '{self.keep_alive}' is too long for sync; write 100 ms to {SYNC_EVERY_S} s")
        if self.exit not in EXITS:
            raise ValueError(f"exit '{self.exit}' is not known; write keep or blackout")
        if self.interface:
            _interfaces.check(self.interface)


def hosts(config: Config) -> tuple[str, ...]:
    """The hosts as the sheet writes them, each once."""
    written = (config.host,) if isinstance(config.host, str) else config.host
    return tuple(dict.fromkeys(written))


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send | None]:
    """Send from a connected socket for each host; listen where an interface is named.

    Raises DriverError without a route.
    """
    found = await _resolve(config)
    with _ways(config, found) as ways:
        sender = Sender(config, emit, ways)
        outlets = [way.sock.getsockname() for way in ways]
        try:
            with _ourselves.known_by(*outlets), _listening(config, emit, found, sender):
                yield sender.send
        finally:
            sender.close()


async def _resolve(config: Config) -> dict[str, str]:
    """IPv4 address of each host → the host as the sheet writes it."""
    loop = asyncio.get_running_loop()
    found = {}
    for host in hosts(config):
        try:
            answers = await loop.getaddrinfo(host, config.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise _no_way(config, host, error) from None
        found[str(answers[0][4][0])] = host
    return found


@contextmanager
def _ways(config: Config, found: Mapping[str, str]) -> Iterator[tuple[Way, ...]]:
    """A socket connected to each address; from the named interface where there is one."""
    ways = []
    with ExitStack() as stack:
        for address, host in found.items():
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                if config.interface:
                    sock.bind((config.interface, 0))
                sock.connect((address, config.port))
            except OSError as error:
                raise _no_way(config, host, error) from None
            ways.append(Way(host, sock))
        yield tuple(ways)


def _no_way(config: Config, host: str, error: OSError) -> DriverError:
    by = f" from interface {config.interface}" if config.interface else ""
    return DriverError(
        f"no way to Art-Net node {host}:{config.port}{by} ({error.strerror}); check host and network"
    )


@contextmanager
def _listening(
    config: Config, emit: Emit, found: Mapping[str, str], sender: Sender
) -> Iterator[None]:
    """Hear what the triggers want and who is there, where an interface is named."""
    try:
        wishes = wanted(config.inputs)
    except ValueError as error:
        wishes = {}
        emit(Malformed(config.name, str(error)))
    if not config.interface:
        if config.inputs:
            emit(Malformed(config.name, "triggers are heard only with 'interface', this machine's address there"))
        yield
        return
    everybody = _interfaces.broadcast(config.interface)
    nodes = Nodes(config.name, found, emit, everybody) if config.poll else None
    inputs = Inputs(config.name, wishes, emit, asyncio.get_running_loop())
    ear = Ear(config, emit, nodes, inputs, sender.universes)
    try:
        yield
    finally:
        ear.close()


# ---- what is out there ----

async def find(interface: str) -> AsyncIterator[Found]:
    """Every node that answers an ArtPoll to everybody on the network of ``interface``, in the order of addresses.

    Takes 2 s. Raises DriverError where the port is taken, UsageError where this machine has no such interface.
    """
    socks = open_port(interface, artnet.PORT)
    try:
        everybody = _interfaces.broadcast(interface) or interface
        nodes: dict[str, list[artnet_poll.Node]] = {}
        for _ in range(ASKED_TIMES):
            try:
                socks[0].sendto(artnet_poll.poll(), (everybody, artnet.PORT))
            except OSError as error:
                raise DriverError(f"cannot ask {everybody} from {interface} ({error.strerror})") from None
            await asyncio.gather(*(_answers(sock, nodes) for sock in socks))
    finally:
        for sock in socks:
            sock.close()
    for address, parts in sorted(nodes.items(), key=lambda item: socket.inet_aton(item[0])):
        yield _found(address, parts)


async def _answers(sock: socket.socket, nodes: dict[str, list[artnet_poll.Node]]) -> None:
    """Replies of the next second into ``nodes``, by address; what claims to be somebody else is left out."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            for _ in range(FOUND_MAX):
                data, (address, _) = await loop.sock_recvfrom(sock, 2048)
                try:
                    reply = artnet_poll.decode(data)
                except ValueError:
                    continue
                parts = nodes.setdefault(address, []) if reply.address == address else [reply]
                if reply not in parts:
                    parts.append(reply)
    except TimeoutError:
        return


def _found(address: str, parts: list[artnet_poll.Node]) -> Found:
    outputs = sorted({universe for part in parts for universe in part.outputs})
    merges = sorted({universe for part in parts for universe in part.merges})
    notes = [parts[0].long_name] if parts[0].long_name != parts[0].name else []
    notes += [f"puts out universe {_numbers(outputs)}"] if outputs else ["puts out no universe"]
    notes += [f"two programs send it universe {_numbers(merges)}"] if merges else []
    return Found("artnet", (("host", address),), parts[0].name, tuple(filter(None, notes)))


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
