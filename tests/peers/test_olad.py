"""The Open Lighting daemon takes our Art-Net and our OSC, and says over its OSC output which universe it holds."""

import asyncio
import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from showctl.codec import artnet as artnet_codec
from showctl.codec import osc as codec
from showctl.model import DmxFrame
from showctl_drivers import artnet, osc
from tests.peers import programs

pytestmark = pytest.mark.peers

OTHER_PLUGINS = [
    "dummy", "e131", "espnet", "ftdidmx", "gpio", "karate", "kinet", "milinst", "opendmx", "openpixelcontrol",
    "pathport", "renard", "sandnet", "shownet", "spi", "stageprofi", "uartdmx", "usbdmx", "usbserial",
]

PATCH = {"2-1-I-0": 1, "14-1-I-0": 2, "14-1-O-0": 1, "14-1-O-1": 2}
"""Art-Net in is universe 1 (Port-Address 1), OSC in is universe 2, and both go out by OSC."""


def configure(directory, listen, back):
    """olad's own configuration: loopback, Art-Net and OSC only, patched."""
    target = f"127.0.0.1:{back}/dmx/universe/%d"
    settings = {plugin: {"enabled": "false"} for plugin in OTHER_PLUGINS}
    settings["artnet"] = {"enabled": "true", "ip": "127.0.0.1", "use_loopback": "true", "net": 0, "subnet": 0,
                          "always_broadcast": "false", "use_limited_broadcast": "false"}
    settings["osc"] = {"enabled": "true", "udp_listen_port": listen, "input_ports": 1, "output_ports": 2,
                       "port_0_address": "/dmx/universe/%d", "port_0_targets": target, "port_1_targets": target}
    settings["port"] = PATCH
    for name, pairs in settings.items():
        text = "".join(f"{key} = {value}\n" for key, value in pairs.items())
        (directory / f"ola-{name}.conf").write_text(text)


@pytest.fixture
def back():
    """The socket that olad tells its universes to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
def olad(back):
    """A running olad; yields the port of its OSC input. It refuses to be root, so root makes it user olad."""
    if programs.udp_taken(artnet_codec.PORT):
        pytest.fail("UDP port 6454 is taken: stop the other Art-Net program, olad cannot use another", pytrace=False)
    listen = programs.free_port(socket.SOCK_DGRAM)
    command = ["olad", "--no-http", "--no-register-with-dns-sd", "-l", "3",
               "-r", str(programs.free_port())]
    with tempfile.TemporaryDirectory(prefix="showctl-olad-") as name:
        directory, log = Path(name), Path(name) / "olad.log"
        configure(directory, listen, back.getsockname()[1])
        who = {}
        if os.geteuid() == 0:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, "olad")
            who = {"user": "olad", "group": "nogroup", "extra_groups": []}

        def patched():
            return all(f"Patched {port} to" in log.read_text(errors="replace") for port in PATCH)

        with programs.running([*command, "-c", name], patched, log=log, **who):
            yield listen


async def holds(sock, universe, slots):
    """Wait until olad says that ``universe`` is exactly ``slots``."""
    loop = asyncio.get_running_loop()
    decoder, last = codec.Decoder(), None
    try:
        async with asyncio.timeout(5):
            while last != slots:
                for address, (blob,) in decoder.decode(await loop.sock_recv(sock, 5000)):
                    if address == f"/dmx/universe/{universe}":
                        last = blob
    except TimeoutError:
        pytest.fail(f"olad never held the universe; the last it told: {last!r}", pytrace=False)


async def test_olad_holds_what_our_art_net_said(olad, back):
    settings = artnet.Config(host="127.0.0.1", keep_alive="100 ms", name="panels", exit="blackout")
    async with artnet.connect(settings, print) as send:
        for level in range(256):
            send(DmxFrame("panels", 1, bytes([level]) * 512))
        slots = os.urandom(512)
        send(DmxFrame("panels", 1, slots))
        await holds(back, 1, slots)
    await holds(back, 1, bytes(512))


async def test_olad_holds_what_our_osc_said(olad, back):
    settings = osc.Config(host="127.0.0.1", port=olad, dmx="ola", name="gateway")
    async with osc.connect(settings, print) as send:
        for slots in (os.urandom(512), bytes(512), os.urandom(512)):
            send(DmxFrame("gateway", 2, slots))
            await holds(back, 2, slots)
