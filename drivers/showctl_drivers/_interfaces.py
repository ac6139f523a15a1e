"""The networks of this machine: which broadcast address belongs to which of its own addresses."""

from __future__ import annotations

import fcntl
import socket
import struct
from ipaddress import IPv4Address, IPv4Interface

_SIOCGIFADDR, _SIOCGIFNETMASK = 0x8915, 0x891B    # linux/sockios.h


def check(address: str) -> None:
    """Raise ValueError where ``address`` names no single interface by its IPv4 address."""
    try:
        unspecified = IPv4Address(address).is_unspecified
    except ValueError:
        unspecified = True
    if unspecified:
        raise ValueError(f"interface '{address[:40]}' is no address of this machine; write such as 10.0.0.5")


def broadcast(address: str) -> str:
    """The broadcast address of the network that ``address`` (IPv4, of this machine) is in; "" where it has none."""
    for _, name in socket.if_nameindex():
        network = _network(name)
        if network is not None and IPv4Address(address) in network.network and network.network.prefixlen < 31:
            return str(network.network.broadcast_address)
    return ""


def address(interface: str) -> str:
    """The IPv4 address of an interface by its name, or of one that is named by its address; "" where it has none."""
    try:
        return str(IPv4Address(interface))
    except ValueError:
        network = _network(interface)
    return "" if network is None else str(network.ip)


def identity(interface: str) -> tuple[int, str]:
    """The number and address of an interface that is named either way: another one each time it is plugged in again.

    (0, "") where there is none of that name, or the address is not an interface's first.
    """
    for number, name in socket.if_nameindex():
        network = _network(name)
        here = "" if network is None else str(network.ip)
        if interface in (name, here):
            return number, here
    return 0, ""


def chosen(interface: str) -> bytes:
    """An interface, by name or IPv4 address, as Linux wants it for IP_MULTICAST_IF (``struct ip_mreqn``).

    Raises OSError where there is none of that name.
    """
    return member(interface, "0.0.0.0")


def member(interface: str, group: str) -> bytes:
    """The same for IP_ADD_MEMBERSHIP of a multicast group."""
    try:
        here, number = IPv4Address(interface).packed, 0
    except ValueError:
        here, number = bytes(4), socket.if_nametoindex(interface)
    return struct.pack("@4s4si", IPv4Address(group).packed, here, number)


def _network(name: str) -> IPv4Interface | None:
    request = struct.pack("256s", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            address, mask = (fcntl.ioctl(sock, code, request)[20:24] for code in (_SIOCGIFADDR, _SIOCGIFNETMASK))
        except OSError:    # no IPv4 there
            return None
    return IPv4Interface(f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(mask)}")
