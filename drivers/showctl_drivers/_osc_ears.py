"""An ear of its own for each station that speaks often: a socket that hears that sender and nobody else.

Python writes the sender out anew with each datagram of an open socket, which on a cold processor takes longer than the
receiving. The kernel can sort instead: of two sockets at one port, a datagram goes to the one connected to its sender.
"""

from __future__ import annotations

import socket

RECEIVE_BUFFER = 1 << 22   # bytes asked of the kernel: half a second at ten thousand messages a second
EARS_MAX = 16              # further stations are heard at the door, a hundredth of a millisecond later
OFTEN = 8                  # so many messages, and a sender is no passer-by
SENDERS_MAX = 1024         # counted at once; then the count starts anew
_BEYOND_THE_LIMIT = 33     # SO_RCVBUFFORCE (Linux): what net.core.rmem_max does not bind, for whoever may

Peer = tuple[str, int]


class Ears:
    """The ears at one open socket, the ``door``."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._said: dict[Peer, int] = {}
        self.open: list[socket.socket] = []
        self.new: list[tuple[socket.socket, str]] = []

    def heard(self, peer: Peer, sender: str) -> None:
        """Count what was said at the door; who speaks often gets an ear, if there are not enough of them.

        Nobody may listen there before :meth:`ready`: what this sender said before still waits at the door.
        """
        if len(self._said) >= SENDERS_MAX:
            self._said.clear()
        count = self._said[peer] = self._said.get(peer, 0) + 1
        if count == OFTEN and len(self.open) < EARS_MAX:
            self._give(peer, sender)

    def _give(self, peer: Peer, sender: str) -> None:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            ear.setblocking(False)
            make_room(ear)
            self._bind(ear)
            ear.connect(peer)
        except OSError:      # then the door goes on hearing this sender
            ear.close()
            return
        self.open.append(ear)
        self.new.append((ear, sender))

    def _bind(self, ear: socket.socket) -> None:
        """Share the port for just this moment: before and after it, no other program may have it."""
        together = (self._door, *self.open, ear)
        try:
            for each in together:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.bind(self._door.getsockname())
        finally:
            for each in together:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)

    def ready(self) -> list[tuple[socket.socket, str]]:
        """The door was found empty: the ears that from now on hold all that their senders say, in order.

        Before it was connected, an ear may have caught a word of somebody else: its first words are to be asked whose
        they are.
        """
        ready, self.new = self.new, []
        return ready

    def close(self) -> None:
        """Close them all; nobody listens there any more."""
        for ear in self.open:
            ear.close()
        self.open.clear()
        self.new.clear()


def make_room(sock: socket.socket) -> None:
    """As much room for what waits as this user may have; the kernel cuts a common user's wish to its limit."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _BEYOND_THE_LIMIT, RECEIVE_BUFFER)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def is_empty(sock: socket.socket) -> bool:
    """Whether nothing waits at a socket."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
