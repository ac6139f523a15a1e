"""sACN heard on one interface: a socket for each universe that is listened to, one for what is sent to us alone.

A socket bound to a group hears that group and nothing else, on the named interface only: closed by default (law 11).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from array import array
from collections.abc import Collection, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from showctl.codec import endpoint, sacn
from showctl.driver import Emit
from showctl.errors import DriverError
from showctl.model import Malformed
from showctl_drivers import _interfaces, _ourselves
from showctl_drivers._rivals import Rivals
from showctl_drivers._sacn_inputs import Inputs, source

if TYPE_CHECKING:
    from showctl_drivers.sacn import Config

FIRST_TURN_S = 0.1         # by then the first tick has left
TURN_S = 3.0               # longer than any source is silent (§6.6.2)
WATCHED_AT_ONCE = 8        # of our own universes, listened to for others in turns
WANTED_MAX = 512           # universes in, a socket each
DATAGRAMS_A_TURN = 8       # of one socket; then the loop looks at everything else first
DATAGRAM_MAX = 2048        # bytes; the longest sACN packet has 1144
RECEIVE_BUFFER = 1 << 18   # bytes asked of the kernel for one universe
SO_ATTACH_FILTER = 26      # of Linux
IP_MULTICAST_ALL = 49


class Ear:
    """What is heard on one interface. ``close`` ends it."""

    def __init__(self, config: Config, emit: Emit, cid: bytes, inputs: Inputs, universes: Collection[int]) -> None:
        """``cid``: ours; ``universes``: what we send."""
        self._config, self._emit, self._cid, self._inputs, self._universes = config, emit, cid, inputs, universes
        self._loop = asyncio.get_running_loop()
        self._rivals = Rivals(config.name, emit)
        self._wanted = [*islice(inputs.universes, WANTED_MAX)]
        self._groups: dict[int, socket.socket] = {}
        self._alone: socket.socket | None = None
        self._watched = 0                     # the last universe of the window
        self._told = ""
        if len(inputs.universes) > WANTED_MAX:
            emit(Malformed(config.name, f"more than {WANTED_MAX} universes in; only the first {WANTED_MAX} are heard"))
        self._here = _interfaces.identity(config.interface)
        self._listen(self._wanted)
        self._timer: asyncio.Handle = self._loop.call_later(FIRST_TURN_S, self._turn)

    # ---- every 3 s ----

    def _turn(self) -> None:
        self._timer = self._loop.call_later(TURN_S, self._turn)
        before, self._here = self._here, _interfaces.identity(self._config.interface)
        if self._here != before:      # plugged in again, or another address: the old sockets would stay deaf
            self._leave_all()
        self._listen(dict.fromkeys([*self._wanted, *self._inputs.syncs, *self._window()]))

    def _window(self) -> Iterator[int]:
        """The next of our own universes: what others send there is a warning (SEMANTICS, last list)."""
        ours = sorted(self._universes)
        start = next((place for place, universe in enumerate(ours) if universe > self._watched), 0)
        found = (ours[start:] + ours[:start])[:WATCHED_AT_ONCE]
        self._watched = found[-1] if len(ours) > WATCHED_AT_ONCE else 0
        return iter(found)

    # ---- what is open ----

    def _listen(self, universes: Collection[int]) -> None:
        """Hear these universes and no other. What cannot be heard is said once, and tried again next time."""
        trouble = ""
        for universe in [*self._groups.keys() - {*universes}]:
            self._leave(self._groups.pop(universe))
        for universe in universes:
            if universe not in self._groups:
                try:
                    self._groups[universe] = self._open(join(self._config.interface, universe, self._cid))
                except DriverError as error:
                    trouble = str(error)
        if self._wanted and self._alone is None:
            try:
                self._alone = self._open(alone(self._config.interface))
            except DriverError as error:
                trouble = trouble or str(error)
        if trouble and trouble != self._told:
            self._emit(Malformed(self._config.name, trouble))
        self._told = trouble

    def _open(self, sock: socket.socket) -> socket.socket:
        self._loop.add_reader(sock.fileno(), self._drain, sock)
        return sock

    def _leave(self, sock: socket.socket) -> None:
        self._loop.remove_reader(sock.fileno())
        sock.close()

    def _leave_all(self) -> None:
        for sock in filter(None, (*self._groups.values(), self._alone)):
            self._leave(sock)
        self._groups, self._alone = {}, None

    # ---- in ----

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, peer = sock.recvfrom(DATAGRAM_MAX)
            except OSError:    # nothing more
                return
            try:
                self._take(sacn.decode(data), peer[0])
            except ValueError as error:
                self._emit(Malformed(self._config.name, str(error), endpoint.text(*peer)))

    def _take(self, packet: sacn.Data | sacn.Sync | sacn.Discovery, sender: str) -> None:
        if _ourselves.is_ours(packet.cid):
            return
        if isinstance(packet, sacn.Sync):
            self._inputs.sync(packet)
        elif isinstance(packet, sacn.Data):
            if packet.universe in self._universes and not packet.options & (sacn.PREVIEW | sacn.TERMINATED):
                self._rival(packet, sender)
            self._inputs.heard(packet, sender)
            if packet.sync and packet.sync not in self._groups and packet.sync in self._inputs.syncs:
                self._listen([*self._groups, packet.sync])

    def _rival(self, data: sacn.Data, sender: str) -> None:
        ours = self._config.priority
        follow = "mix both" if data.priority == ours else "follow it" if data.priority > ours else "follow us"
        self._rivals.heard(
            data.universe, data.cid.hex(),
            f"another source sends universe {data.universe} too: {source(data)}, priority {data.priority}; "
            f"ours has {ours}, so nodes {follow}", sender, self._loop.time(),
        )

    def close(self) -> None:
        """Hear nothing more."""
        self._timer.cancel()
        self._inputs.close()
        self._leave_all()


def join(interface: str, universe: int, cid: bytes = b"") -> socket.socket:
    """A socket that hears the group of ``universe`` on ``interface`` (name or IPv4 address), but not source ``cid``.

    Any number of programs may hear the same. Raises DriverError where the interface is not there.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)      # only what this socket joined, where it joined
        if cid:
            _deaf_to(sock, cid)
        group = sacn.group(universe)
        sock.bind((group, sacn.PORT))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _interfaces.member(interface, group))
    except OSError as error:
        sock.close()
        raise DriverError(
            f"sACN is not heard on {interface}: {error.strerror or error}; check the cable and 'interface'"
        ) from None
    return sock


def alone(interface: str) -> socket.socket:
    """A socket for what is sent to the address of ``interface`` by unicast. Raises DriverError where it is taken."""
    address = _interfaces.address(interface)
    if not address:
        raise DriverError(f"no sACN by unicast: interface {interface} has no address")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind((address, sacn.PORT))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)    # from now on the address is ours alone
    except OSError as error:
        sock.close()
        reason = f"no sACN by unicast on {address}:{sacn.PORT} ({error.strerror})"
        if error.errno == errno.EADDRINUSE:
            reason += "; another program, or another connection of this sheet, has it"
        raise DriverError(reason) from None
    return sock


def _deaf_to(sock: socket.socket, cid: bytes) -> None:
    """Let the kernel drop what source ``cid`` sends: our own universes come back to us, and would wake us each time.

    A classic packet filter (``linux/filter.h``): code, steps to skip if true, if false, operand. Offsets count from the
    UDP header; what is shorter, or differs in any of the CID's four words, is given to us whole at the last step.
    """
    load_length, load_word, at_least, equal, give = 0x80, 0x20, 0x35, 0x15, 0x06
    steps = [(load_length, 0, 0, 0), (at_least, 0, 9, 8 + sacn.CID + sacn.CID_LENGTH)]
    for number, word in enumerate(struct.unpack(">4I", cid)):
        steps += [(load_word, 0, 0, 8 + sacn.CID + 4 * number), (equal, 0, 7 - 2 * number, word)]
    steps += [(give, 0, 0, 0), (give, 0, 0, 0xFFFF_FFFF)]
    program = array("B", b"".join(struct.pack("@HBBI", *step) for step in steps))
    address, _ = program.buffer_info()
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(steps), address))
