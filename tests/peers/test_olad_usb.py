"""The Open Lighting daemon drives a DMX USB Pro over a pty, and so do we: both say the same bytes to the same box.

No USB hardware here: the far end of each pty answers as Enttec's "DMX USB Pro Widget API" says a box does.
"""

import asyncio
import os
import random
import shutil
import socket
import tempfile
import tty
from pathlib import Path

import pytest

from showctl.codec import enttec
from showctl.codec import osc as osc_codec
from showctl.model import DmxFrame
from showctl_drivers import dmx_usb
from tests.peers import programs
from tests.peers.test_olad import OTHER_PLUGINS

pytestmark = pytest.mark.peers

NUMBER = 12345678
ANSWERS = {
    3: bytes([44, 1, 9, 1, 40]),                                     # firmware 1.44, break, mark after break, rate
    10: bytes.fromhex("78563412"),                                   # the serial number, low byte first
    77: (0x454E).to_bytes(2, "little") + b"ENTTEC",                  # Open Lighting's extension: who made it
    78: (1).to_bytes(2, "little") + b"DMX USB PRO",                  # and what it is
}
LOOKS = [bytes(512), bytes(range(256)) * 2, bytes([255]) * 512,
         *(random.Random(each).randbytes(512) for each in range(5))]


class Box:
    """A DMX USB Pro at the far end of a pty: it answers, and keeps every byte it was sent."""

    def __init__(self):
        self.fd, self.near = os.openpty()
        tty.setraw(self.near)
        self.port = os.ttyname(self.near)
        os.chmod(self.port, 0o666)       # olad is somebody else
        os.set_blocking(self.fd, False)
        self.sent, self.strange = [], 0
        self._buffer = bytearray()

    def read(self):
        try:
            data = os.read(self.fd, 4096)
        except BlockingIOError:
            return
        messages, strange = enttec.split(self._buffer, data)
        self.strange += strange
        for message in messages:
            self.sent.append(enttec.encode(*message))
            if message.label in ANSWERS:
                os.write(self.fd, enttec.encode(message.label, ANSWERS[message.label]))

    @property
    def universes(self):
        return [each for each in self.sent if each[1] == enttec.SEND_DMX]


@pytest.fixture
def boxes():
    """One for olad, one for us."""
    made = [Box(), Box()]
    yield made
    for box in made:
        os.close(box.fd)
        os.close(box.near)


@pytest.fixture
def olad(boxes):
    """A running olad that has found its box; yields the port of its OSC input, which is the box's universe."""
    listen = programs.free_port(socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory(prefix="showctl-olad-") as name:
        directory, log = Path(name), Path(name) / "olad.log"
        (directory / "dev").mkdir()
        (directory / "dev" / "ttyShowctl0").symlink_to(boxes[0].port)
        settings = {plugin: {"enabled": "false"} for plugin in (*OTHER_PLUGINS, "artnet")}
        del settings["usbserial"]
        settings["usbserial"] = {"device_dir": directory / "dev", "device_prefix": "ttyShowctl"}
        settings["osc"] = {"udp_listen_port": listen, "input_ports": 1, "port_0_address": "/dmx/universe/%d"}
        settings["port"] = {"14-1-I-0": 1, f"5-{NUMBER}-O-0": 1}
        for plugin, pairs in settings.items():
            (directory / f"ola-{plugin}.conf").write_text("".join(f"{key} = {value}\n" for key, value in pairs.items()))
        who = {}
        if os.geteuid() == 0:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, "olad")
            who = {"user": "olad", "group": "nogroup", "extra_groups": []}
        command = ["olad", "--no-http", "--no-register-with-dns-sd", "-l", "3", "-r", str(programs.free_port()),
                   "-c", name]

        def patched():
            boxes[0].read()
            return f"Patched 5-{NUMBER}-O-0 to" in log.read_text(errors="replace")

        with programs.running(command, patched, log=log, **who):
            yield listen


async def shows(box, look):
    wanted = enttec.send_dmx(look)
    async with asyncio.timeout(5):
        while wanted not in box.universes:
            await asyncio.sleep(0.005)


async def test_both_say_the_same_to_the_same_box(olad, boxes):
    theirs, ours = boxes
    loop = asyncio.get_running_loop()
    for box in boxes:
        loop.add_reader(box.fd, box.read)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for look in LOOKS:
            sock.sendto(osc_codec.encode("/dmx/universe/1", (look,)), ("127.0.0.1", olad))
            await shows(theirs, look)
    async with dmx_usb.connect(dmx_usb.Config(ours.port, universe=1, serial=str(NUMBER), name="box"), print) as send:
        for look in LOOKS:
            send(DmxFrame("box", 1, look))
            await shows(ours, look)
    for box in boxes:
        loop.remove_reader(box.fd)
    assert theirs.strange == ours.strange == 0
    assert [*dict.fromkeys(theirs.universes)] == [*dict.fromkeys(ours.universes)] == [
        enttec.send_dmx(look) for look in LOOKS]
    questions = {each for each in ours.sent if each[1] != enttec.SEND_DMX}
    assert questions
    assert questions <= {*theirs.sent}       # what we ask a box, olad asks it too, in the same bytes
