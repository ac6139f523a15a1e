"""olad's own configuration: OSC in to universe 1, out by Art-Net to a node that says it is there; all else is off."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from showctl.codec import artnet

OTHERS = (
    "dummy", "e131", "espnet", "ftdidmx", "gpio", "karate", "kinet", "milinst", "opendmx", "openpixelcontrol",
    "pathport", "renard", "sandnet", "shownet", "spi", "stageprofi", "uartdmx", "usbdmx", "usbserial",
)
LEVEL = "/dmx/universe/1/1"
PATCH = {"2-1-O-0": 1, "14-1-I-0": 1}       # device-alias-direction-port → universe
REPLY_EVERY_S = 0.5


def configure(folder: Path, osc_port: int) -> None:
    """Loopback, Art-Net and OSC only, universe 1 patched."""
    settings: dict[str, dict[str, object]] = {plugin: {"enabled": "false"} for plugin in OTHERS}
    settings["artnet"] = {
        "enabled": "true", "ip": "127.0.0.1", "use_loopback": "true", "net": 0, "subnet": 0, "output_ports": 4,
        "always_broadcast": "false", "use_limited_broadcast": "false",
    }
    settings["osc"] = {
        "enabled": "true", "udp_listen_port": osc_port, "input_ports": 1, "output_ports": 0,
        "port_0_address": "/dmx/universe/%d",
    }
    settings["port"] = dict(PATCH)
    for name, pairs in settings.items():
        text = "".join(f"{key} = {value}\n" for key, value in pairs.items())
        (folder / f"ola-{name}.conf").write_text(text)


@contextmanager
def node(host: str) -> Iterator[None]:
    """Say again and again that there is a node at ``host`` that puts out universe 1, so that olad sends it there."""
    over = threading.Event()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))

    def say() -> None:
        while not over.wait(REPLY_EVERY_S):
            sock.sendto(reply(host, 1), ("127.0.0.1", artnet.PORT))

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sock.close()


def reply(host: str, universe: int) -> bytes:
    """An ArtPollReply of a node with one output, the Port-Address ``universe`` (0..15) (Art-Net 4, ArtPollReply)."""
    address = socket.inet_aton(host)
    outputs, universes = bytes((0x80, 0, 0, 0)), bytes((universe, 0, 0, 0))
    return b"".join((
        b"Art-Net\0\x00\x21", address, struct.pack("<H", artnet.PORT), b"\0\x01", bytes(8),
        b"probe".ljust(18, b"\0"), b"probe".ljust(64, b"\0"), bytes(64), struct.pack(">H", 1),
        outputs, bytes(4), outputs, bytes(4), universes, bytes(7), bytes(6), address, b"\0\x08", bytes(26),
    ))
