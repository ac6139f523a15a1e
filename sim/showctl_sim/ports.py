"""Which loopback ports the rig may take, asked before anything starts."""

from __future__ import annotations

import socket

from showctl.errors import DriverError

LOOPBACK = "127.0.0.1"
EVERYBODY = "127.255.255.255"
TRIES = 100


class Ports:
    """Hands out ports of 127.0.0.1: the wanted one, or the next free one with a line that names both."""

    def __init__(self) -> None:
        self._given: set[tuple[int, int]] = set()
        self._addresses: set[tuple[str, int]] = set()
        self.notes: list[str] = []

    def udp(self, wanted: int, what: str) -> int:
        """A free UDP port from ``wanted`` upwards for ``what``. Raises DriverError where none of 100 is free."""
        return self._take(socket.SOCK_DGRAM, wanted, what)

    def tcp(self, wanted: int, what: str) -> int:
        """A free TCP port from ``wanted`` upwards for ``what``. Raises DriverError where none of 100 is free."""
        return self._take(socket.SOCK_STREAM, wanted, what)

    def address(self, port: int) -> str:
        """An address of loopback, from 127.0.0.2 on, whose UDP ``port`` nobody has."""
        for number in range(2, 2 + TRIES):
            address = f"127.0.0.{number}"
            if (address, port) not in self._addresses and _free(socket.SOCK_DGRAM, port, address):
                self._addresses.add((address, port))
                return address
        raise DriverError(f"UDP port {port} is taken on 127.0.0.2 to 127.0.0.{1 + TRIES}")

    def _take(self, kind: int, wanted: int, what: str) -> int:
        for port in range(wanted, min(wanted + TRIES, 65536)):
            if (kind, port) not in self._given and _free(kind, port):
                self._given.add((kind, port))
                if port != wanted:
                    self.notes.append(f"port {wanted} is taken: {what} is on {LOOPBACK}:{port}")
                return port
        raise DriverError(f"no free port for {what} from {wanted} to {wanted + TRIES - 1} on {LOOPBACK}")


def _free(kind: int, port: int, address: str = LOOPBACK) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True
