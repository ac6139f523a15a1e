"""The Art-Net port of one interface: polls answered and sent, replies and DMX taken, a bounded number a turn."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Collection
from typing import TYPE_CHECKING

from showctl.codec import artnet, artnet_poll, endpoint
from showctl.driver import Emit
from showctl.errors import DriverError, UsageError
from showctl.model import Malformed
from showctl_drivers import _interfaces, _ourselves
from showctl_drivers._artnet_inputs import Inputs
from showctl_drivers._artnet_nodes import Nodes
from showctl_drivers._rivals import Rivals

if TYPE_CHECKING:
    from showctl_drivers.artnet import Config

POLL_EVERY_S = 2.5         # Art-Net 4, "ArtPoll": every 2.5 s to 3 s
DATAGRAMS_A_TURN = 8       # then the loop looks at everything else first
ANSWERS_A_POLL = 256       # packets between two of our own polls: nobody makes us flood the network
DATAGRAM_MAX = 2048        # bytes; the longest Art-Net packet is shorter
RECEIVE_BUFFER = 1 << 20   # bytes asked of the kernel


class Ear:
    """What is heard on one interface. ``close`` ends it."""

    def __init__(
        self, config: Config, emit: Emit, nodes: Nodes | None, inputs: Inputs, universes: Collection[int]
    ) -> None:
        """``universes``: what we send."""
        self._config, self._emit, self._nodes, self._inputs = config, emit, nodes, inputs
        self._universes = universes
        self._loop = asyncio.get_running_loop()
        self._rivals = Rivals(config.name, emit)
        self._socks: tuple[socket.socket, ...] = ()
        self._answers = 0
        self._told = ""
        self._timer: asyncio.Handle = self._loop.call_soon(self._turn)
        self._wants = tuple(inputs.universes)

    # ---- every 2.5 s ----

    def _turn(self) -> None:
        self._timer = self._loop.call_later(POLL_EVERY_S, self._turn)
        self._answers = ANSWERS_A_POLL
        self._inputs.silent()
        if self._nodes is not None and (self._socks or self._listen()):
            for host in self._nodes.poll():
                self._put(artnet_poll.poll(), host)
        elif not self._socks:
            self._listen()

    def _listen(self) -> bool:
        """Open the port; or say once that another program has it, and try again next time: light waits for nothing."""
        try:
            self._socks = open_port(self._config.interface, self._config.port)
        except (DriverError, UsageError) as error:
            if str(error) != self._told:
                self._told = str(error)
                self._emit(Malformed(self._config.name, f"nothing is heard: {error}"))
            return False
        self._told = ""
        for sock in self._socks:
            self._loop.add_reader(sock.fileno(), self._drain, sock)
        return True

    # ---- in ----

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, peer = sock.recvfrom(DATAGRAM_MAX)
            except OSError:    # nothing more; or the answer to something sent earlier
                return
            if peer == (self._config.interface, self._config.port) or _ourselves.is_ours(peer):
                continue       # ourselves, by a broadcast address
            try:
                self._take(data, peer[0], alone=sock is self._socks[0])
            except ValueError as error:
                self._emit(Malformed(self._config.name, str(error), endpoint.text(*peer)))

    def _take(self, data: bytes, sender: str, alone: bool) -> None:
        """One packet; ``alone`` where it was sent to us and nobody else. Raises ValueError where it is malformed."""
        operation = artnet.operation(data)
        if operation == artnet.OP_DMX:
            self._dmx(artnet.decode(data), sender, alone)
        elif operation == artnet.OP_SYNC:
            artnet.check_sync(data)
            self._inputs.sync(sender)
        elif operation == artnet_poll.OP_POLL:
            artnet_poll.check_poll(data)
            if artnet_poll.is_for(data, self._wants):
                self._answer(sender)
        elif operation == artnet_poll.OP_REPLY:
            reply = artnet_poll.decode(data)
            if self._nodes is not None:
                self._nodes.heard(reply, sender, alone, self._universes)

    def _dmx(self, dmx: artnet.Dmx, sender: str, alone: bool) -> None:
        if dmx.universe in self._universes and not alone:
            words = f"another program sends universe {dmx.universe} too, to everybody"
            self._rivals.heard(dmx.universe, sender, words, sender, self._loop.time())
        self._inputs.heard(dmx, sender)

    # ---- out ----

    def _answer(self, sender: str) -> None:
        """Say who we are and which universes we want, to the poller's own Art-Net port."""
        name, here, merged = self._config.name, self._config.interface, self._inputs.merged
        for packet in artnet_poll.replies(here, "showctl", f"showctl {name}", self._wants, merged):
            if self._answers <= 0:
                self._emit(Malformed(name, "too many ArtPolls; not all are answered", sender))
                return
            self._answers -= 1
            self._put(packet, sender)

    def _put(self, packet: bytes, host: str) -> None:
        try:
            self._socks[0].sendto(packet, (host, self._config.port))
        except OSError:    # no way there now: whoever does not answer is away soon enough
            return

    def close(self) -> None:
        """Hear nothing more."""
        self._timer.cancel()
        self._inputs.close()
        for sock in self._socks:
            self._loop.remove_reader(sock.fileno())
            sock.close()
        self._socks = ()


def open_port(interface: str, port: int) -> tuple[socket.socket, ...]:
    """Sockets bound to ``interface`` and, where its network has one, to its broadcast address; nothing else is heard.

    A program that shares the port on every address is no hindrance; one on this very address is. Raises DriverError
    where the port is taken, UsageError where this machine has no such address.
    """
    socks: list[socket.socket] = []
    try:
        for address in filter(None, (interface, _interfaces.broadcast(interface))):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            socks.append(sock)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            sock.bind((address, port))
        socks[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)    # from now on the address is ours alone
    except OSError as error:
        for sock in socks:
            sock.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"this machine has no interface {interface}; 'ip address' lists them") from None
        raise DriverError(
            f"cannot listen for Art-Net on {interface}:{port} ({error.strerror}); another program, or another "
            "connection of this sheet, has it"
        ) from None
    return tuple(socks)
