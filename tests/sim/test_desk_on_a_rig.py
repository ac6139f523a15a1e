"""A house desk and a rig: the whole program on loopback hears sACN and Art-Net that anybody sends there (CORE 16)."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from showctl import cli
from showctl.codec import artnet as art
from showctl.codec import sacn as acn
from showctl.model import Connection, Found
from showctl_drivers import artnet
from showctl_sim import rig
from tests.sim.test_rig import free_port, sheet

SHEET = """
show: Shared
connections:
  house: {driver: sacn, interface: eth0}
  panels: {driver: artnet, host: 10.0.0.20, interface: 10.0.0.5}
fixtures: {left: {profile: generic/dimmer, to: house, at: 1/1}, right: {profile: generic/dimmer, to: panels, at: 0/1}}
triggers:
  fader: {from: house, address: dmx/1/5, when: payload >= 128, alive: dmx/1}
  flash: {from: panels, address: dmx/3/1, says: "255"}
  node: {from: panels, address: node/10.0.0.20, when: payload == online}
cues: {1: {look: {all: 20%}}}
states:
  show:
    start: dark
    dark: {cues: 1, on: {fader: {say: the desk says so}, flash: {say: a flash}, node: {say: there}}}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
"""


class OnRig:
    """showctl without a terminal; ``said`` is its standard error so far."""

    def __init__(self, folder: Path) -> None:
        (folder / "shared.yaml").write_text(SHEET)
        self.journal = folder / "run.jsonl"
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "showctl", "run", "shared.yaml", "--rig", "--for", "60s",
             "--journal", str(self.journal)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0, cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})

    def place(self, name: str) -> tuple[str, int]:
        """Where a connection hears, as the operator is told it."""
        end = time.monotonic() + 20
        told = re.compile(rf"'{name}' hears \S+ that is sent to (\S+), port (\d+)")
        assert self.process.stderr is not None
        while not (found := told.search(self.said)):
            assert time.monotonic() < end, self.said
            if select.select([self.process.stderr], [], [], 0.1)[0]:
                self.said += os.read(self.process.stderr.fileno(), 65536).decode()
        return found[1], int(found[2])

    def until(self, words: str, send: object = lambda: None) -> None:
        """Send until the journal has ``words``."""
        end = time.monotonic() + 20
        while not self.journal.exists() or words not in self.journal.read_text():
            assert time.monotonic() < end, words
            assert callable(send)
            send()
            time.sleep(0.05)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[OnRig]:
    found = OnRig(tmp_path)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()
            found.process.wait()
        assert found.process.stderr is not None
        found.process.stderr.close()


def test_a_desk_by_any_program_plays_a_show_on_the_rig(show: OnRig, capsys: pytest.CaptureFixture[str]) -> None:
    """Both protocols, the watched node, and a replay that is the same."""
    packet, sequence = acn.packet(bytes(16), "desk", 1), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        def stream(level: int) -> None:
            nonlocal sequence
            sequence = (sequence + 1) % 256
            packet[acn.SEQUENCE], packet[acn.SLOTS_AT + 4] = sequence, level
            desk.sendto(packet, show.place("house"))

        def flash(level: int) -> None:
            desk.sendto(art.encode(3, 0, bytes([level, 0])), show.place("panels"))

        show.until('"dmx/1/5","value":0', lambda: stream(0))
        show.until("the desk says so", lambda: stream(200))
        show.until('"dmx/3/1","value":0', lambda: flash(0))
        show.until("a flash", lambda: flash(255))
        show.until('"node/127.0.0.1","value":"online"')
    show.process.send_signal(signal.SIGINT)
    assert show.process.wait(10) == 0
    assert cli.main(["replay", str(show.journal)]) == 0
    assert "identical" in capsys.readouterr().out


DESK = "127.0.0.83"
SHARING = """
show: Sharing
connections:
  house: {{driver: sacn, interface: {here}, host: 127.0.0.1, port: {port}, priority: 110}}
  panels: {{driver: artnet, host: 127.0.0.1, port: {port}}}
fixtures:
  left: {{profile: generic/dimmer, to: {to}, at: {universe}/1}}
  right: {{profile: generic/dimmer, to: {to}, at: {universe}/2}}
merge: {{desk: {{from: house, universe: 4711, to: {to}/{universe}, hold: 0 s, release: 200 ms}}}}
cues: {{1: {{look: {{left: 20%, right: 60%}}}}}}
"""


@pytest.mark.parametrize(("to", "universe"), [("panels", 0), ("house", 4711)])
def test_a_desk_shares_our_rig_until_it_ends(
    to: str, universe: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From sACN on the wire to ArtDmx, or to the same universe, which by our priority is ours to nodes.

    The highest of both, then ours alone; what we send never comes back to us; and a replay that is the same.
    """
    packet, sequence = acn.packet(bytes(16), "desk", 4711), 0
    journal, sheet_file = tmp_path / "run.jsonl", tmp_path / "sharing.yaml"
    with (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as panels,
          socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk):
        panels.bind(("127.0.0.1", 0))
        panels.settimeout(0.05)
        sheet_file.write_text(SHARING.format(here=DESK, port=panels.getsockname()[1], to=to, universe=universe))
        decode = art.decode if to == "panels" else acn.decode

        def until(slots: bytes, levels: bytes, options: int = 0) -> None:
            nonlocal sequence
            end = time.monotonic() + 20
            shown = b""
            while shown != slots:
                assert time.monotonic() < end, (shown, slots)
                sequence = (sequence + 1) % 256
                packet[acn.SEQUENCE], packet[acn.OPTIONS] = sequence, options
                packet[acn.SLOTS_AT : acn.SLOTS_AT + len(levels)] = levels
                desk.sendto(packet, (DESK, acn.PORT))
                try:
                    packet_out = decode(panels.recv(1000))
                except TimeoutError:
                    continue
                assert isinstance(packet_out, (art.Dmx, acn.Data))
                shown = packet_out.slots[:2]

        process = subprocess.Popen(
            [sys.executable, "-m", "showctl", "run", str(sheet_file), "--for", "60s", "--journal", str(journal)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        try:
            until(bytes([51, 153]), b"")
            until(bytes([200, 153]), bytes([200, 100]))
            until(bytes([51, 255]), bytes([0, 255]))
            until(bytes([51, 153]), b"", acn.TERMINATED)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    assert cli.main(["replay", str(journal)]) == 0
    assert "identical" in capsys.readouterr().out


async def test_devices_lists_the_virtual_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """`showctl devices --interface 127.0.0.99`, while a rig is up."""
    port = free_port()
    monkeypatch.setattr("showctl_sim.plan.ARTNET_PORT", port)
    monkeypatch.setattr(art, "PORT", port)
    monkeypatch.setattr(artnet, "ANSWERS_WITHIN_S", 0.2)
    planned = rig.plan(sheet(panels=Connection("panels", "artnet", {"host": "10.0.0.20"})))
    async with rig.start(planned):
        found = [each async for each in artnet.find("127.0.0.99")]
    assert found == [
        Found("artnet", (("host", "127.0.0.1"),), "panels", ("virtual panels", "puts out no universe"))]
