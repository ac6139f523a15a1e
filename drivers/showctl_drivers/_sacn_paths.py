"""Where sACN packets go, and who they come from: multicast by one interface, nodes by address, a CID that stays."""

from __future__ import annotations

import asyncio
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path as File

from showctl.codec import sacn
from showctl.errors import DriverError
from showctl_drivers import _interfaces

MACHINE_IDS = (File("/etc/machine-id"), File("/var/lib/dbus/machine-id"))
CIDS = uuid.UUID("5f0c7c4e-2d55-5d0e-9a35-6d1ba3f1c0a7")    # the namespace of our CIDs


@dataclass(frozen=True)
class Path:
    """One way out. ``where`` names it to people; by ``multicast`` each universe has an address of its own."""

    where: str
    sock: socket.socket
    multicast: bool

    def put(self, packet: bytes | bytearray, universe: int) -> bool:
        """Send one packet; False where nobody listens, as the answer to an earlier packet says. Raises OSError."""
        if self.multicast:
            self.sock.sendto(packet, (sacn.group(universe), sacn.PORT))
            return True
        try:
            self.sock.send(packet)
        except ConnectionRefusedError:    # this one has not left yet
            self.sock.send(packet)
            return False
        return True


def cid(connection: str, source: str, machine: str | None = None) -> bytes:
    """The 16 bytes that name this source, the same after every restart: of machine, connection and source name."""
    return uuid.uuid5(CIDS, "\n".join((machine or machine_id(), connection, source))).bytes


def machine_id() -> str:
    """What the operating system calls this machine, for ever; its host name where it has no such thing."""
    for file in MACHINE_IDS:
        try:
            found = file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        if found:
            return found
    return socket.gethostname()


async def open_paths(interface: str, hosts: tuple[str, ...], port: int) -> list[Path]:
    """A socket for the multicast interface (where one is named) and one for each host.

    Raises DriverError where the interface is not there or a host is not found.
    """
    paths: list[Path] = []
    try:
        if interface:
            paths.append(Path(f"interface {interface}", _multicast(interface), multicast=True))
        for host in hosts:
            paths.append(Path(f"{host}:{port}", await _unicast(host, port), multicast=False))
    except BaseException:
        close(paths)
        raise
    return paths


def close(paths: list[Path]) -> None:
    """Close every socket."""
    for path in paths:
        path.sock.close()


def _multicast(interface: str) -> socket.socket:
    """A socket whose multicast leaves by ``interface`` (name or IPv4 address) and goes no further than its net."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _interfaces.chosen(interface))
    except OSError as error:
        sock.close()
        there = ", ".join(name for _, name in socket.if_nameindex())
        raise DriverError(
            f"no network interface {interface} for sACN multicast ({error.strerror or error}); there are {there}"
        ) from None
    return sock


async def _unicast(host: str, port: int) -> socket.socket:
    sock = None
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.connect(found[0][4])
    except OSError as error:
        if sock is not None:
            sock.close()
        raise DriverError(f"no way to sACN node {host}:{port} ({error.strerror}); check host and network") from None
    return sock
