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


def _network(name: str) -> IPv4Interface | None:
    request = struct.pack("256s", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            address, mask = (fcntl.ioctl(sock, code, request)[20:24] for code in (_SIOCGIFADDR, _SIOCGIFNETMASK))
        except OSError:    # no IPv4 there
            return None
    return IPv4Interface(f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(mask)}")
