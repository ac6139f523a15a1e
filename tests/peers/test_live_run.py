"""A real evening in half a minute: mosquitto, JACK, a pty, OSC, Art-Net, stalls, collisions; then its replay.

The chief test of the product (DESIGN §3, CORE 2, 5, 6, 7): what a live run decided and sent, its triggers repeat.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import tty
from bisect import bisect
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pythonosc.osc_message_builder import OscMessageBuilder

from tests.peers.jack import jack_server
from tests.peers.programs import free_port, running, tcp_answers

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]

MILLISECOND = 1_000_000

SHEET = """
show: One Real Evening
go-gap: 1 ms
connections:
  panels:  {driver: artnet, host: 127.0.0.1, port: $artnet}
  mixer:   {driver: midi, port: Atlas One, api: jack, law: x32, listen: true}
  sensors: {driver: mqtt, broker: "127.0.0.1:$mqtt"}
  pedal:   {driver: serial_line, port: $pty, lines: word}
  tablets: {driver: osc, listen: "127.0.0.1:$osc"}
  probe:   {driver: osc, host: 127.0.0.1, port: $probe}
stations:
  foot: {from: pedal, says: {DOWN: go}, role: operator}
fixtures:
  key:  {profile: generic/panel-cct, to: panels, at: 0/1}
  fill: {profile: generic/panel-cct, to: panels, at: 0/11}
  hair: {profile: generic/panel-cct, to: panels, at: 1/1}
faders:
  music: {to: mixer, channel: 1, cc: 7, start: -20 dB}
commands:
  beat: {to: probe, address: /beat}
triggers:
  door: {from: sensors, topic: door, when: contact == false, debounce: 20 ms}
  seat: {from: sensors, topic: seat, when: payload > 0.6, until: payload < 0.4, for: 40 ms}
cues:
  1: {look: {all: 20% 3200K}, fade: 1 s}
  2: {look: {key: 80%}, fade: 700 ms ease, auto-follow: 3}
  3: {pre-wait: 30 ms, look: {fill: 60% 5000K}, mix: {music: -10 dB in 800 ms}, fade: 400 ms}
  4: {look: {all: 10%}, mix: {music: -40 dB in 600 ms}, fade: 900 ms}
  40: {overlay: 300 ms, look: {hair: 90%}, fade: 50 ms, release: 100 ms}
states:
  show:
    start: one
    one: {cues: 1-4, on: {go: one, door: cue 40, seat: {say: Seated}}}
    safe: {fail: true, look: {all: 70%}, fade: 500 ms, on: {go: back}}
  clock:
    start: first
    first: {send: {beat: begun}, after: {2 ms: tick}}
    tick: {after: {2 ms: tock}}
    tock: {after: {2 ms: tick}}
    stopped: {fail: true, send: {beat: stopped}, on: {go: tick, door: tick, seat: tick}}
"""


@dataclass
class Evening:
    """The daemon's process and everything around it."""

    child: subprocess.Popen[bytes]
    journal: Path
    ports: dict[str, int]
    pedal: int
    sensors: Client
    probe: socket.socket
    midi: list[bytes]
    frames: list[bytes] = field(default_factory=list)


def osc(address: str, *values: float) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return bytes(builder.build().dgram)


@contextmanager
def evening(where: Path) -> Iterator[Evening]:
    """Everything started, on loopback; ended by process id."""
    import rtmidi

    with ExitStack() as stack:
        ports = {name: free_port(socket.SOCK_DGRAM) for name in ("osc",)} | {"mqtt": free_port()}
        nodes = {name: stack.enter_context(_bound()) for name in ("artnet", "probe")}
        ports |= {name: node.getsockname()[1] for name, node in nodes.items()}
        master, slave = os.openpty()
        tty.setraw(slave)
        stack.callback(os.close, master)
        stack.enter_context(jack_server(where / "jackd.log"))
        heard: list[bytes] = []
        desk = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="Atlas One")
        desk.set_callback(lambda event, _: heard.append(bytes(event[0])))
        desk.open_virtual_port("in")
        fingers = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="Atlas One")
        fingers.open_virtual_port("out")
        for end in (desk, fingers):
            stack.callback(end.delete)
        stack.enter_context(_mosquitto(where, ports["mqtt"]))
        sensors = stack.enter_context(_sensors(ports["mqtt"]))
        sheet = where / "evening.yaml"
        sheet.write_text(Template(SHEET).substitute(ports, pty=os.ttyname(slave)))
        journal = where / "evening.jsonl"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-m", "showctl", "run", str(sheet), "--journal", str(journal)]
        with running(command, lambda: _beats(nodes["probe"]), log=where / "showctl.log",
                     seconds=20, environment=environment) as child:
            yield Evening(child, journal, ports, master, sensors, nodes["probe"], heard)


@contextmanager
def _bound() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        node.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        node.bind(("127.0.0.1", 0))
        node.settimeout(0.5)
        yield node


@contextmanager
def _mosquitto(where: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    config = where / "mosquitto.conf"
    user = "user root\n" if os.getuid() == 0 else ""
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n{user}")
    with running(("mosquitto", "-c", str(config)), lambda: tcp_answers(port), log=where / "mosquitto.log") as child:
        yield child


@contextmanager
def _sensors(port: int) -> Iterator[Client]:
    """A room's sensors, on one connection."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _beats(probe: socket.socket) -> bool:
    try:
        probe.recv(2048)
    except TimeoutError:
        return False
    return True


def collide(night: Evening, rng: random.Random, count: int) -> None:
    """Press and publish at random; a wake-up is due every 2 ms, so each input comes within 1 ms of one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fingers:
        for _ in range(count):
            time.sleep(rng.randrange(20, 80) / 1000)
            press(night, rng, fingers)


def press(night: Evening, rng: random.Random, fingers: socket.socket) -> None:
    """One thing that a room or a finger does; three in ten come from another thread."""
    where = ("127.0.0.1", night.ports["osc"])
    kind = rng.random()
    if kind < 0.5:
        data = osc("/showctl/master", rng.randrange(50, 101) / 100)
    elif kind < 0.6:
        data = osc(rng.choice(("/showctl/go", "/showctl/back")), 1.0)
    elif kind < 0.75:
        os.write(night.pedal, b"DOWN\n")
        return
    else:
        topic, payload = rng.choice((("door", '{"contact": false}'), ("door", '{"contact": true}'), ("seat", "0.9"),
                                     ("seat", "0.1")))
        night.sensors.publish(topic, payload)
        return
    if rng.random() < 0.3:
        thread = threading.Thread(target=fingers.sendto, args=(data, where))
        thread.start()
        thread.join()
    else:
        fingers.sendto(data, where)


def stall(night: Evening, fingers: socket.socket) -> None:
    """Stop the daemon for 300 ms in the middle of a fade."""
    for address in ("/showctl/resume", "/showctl/cue/1/go", "/showctl/go"):
        fingers.sendto(osc(address, 1.0), ("127.0.0.1", night.ports["osc"]))
        time.sleep(0.1)
    night.child.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    night.child.send_signal(signal.SIGCONT)
    time.sleep(1.2)


def replay(journal: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "showctl", "replay", str(journal)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)


def kind(row: dict[str, Any]) -> str:
    """A journal line's first key names its kind."""
    return next(iter(row))


def collisions(rows: list[dict[str, Any]]) -> int:
    """Inputs that came within a millisecond of a due wake-up of the clock."""
    due = [row["at"] for row in rows if kind(row) == "step" and "after clock." in json.dumps(row)]
    came = [row["input"] for row in rows if kind(row) == "input"]
    return sum(min(abs(at - each) for each in due[bisect(due, at) - 1:][:2]) <= MILLISECOND for at in came)


def test_a_real_evening_repeats_from_its_triggers(tmp_path: Path) -> None:
    rng = random.Random(20260101)
    with evening(tmp_path) as night:
        fingers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        collide(night, rng, 130)
        for _ in range(3):
            stall(night, fingers)
        collide(night, rng, 130)
        fingers.sendto(osc("/showctl/panic", 1.0), ("127.0.0.1", night.ports["osc"]))
        time.sleep(0.7)
        fingers.close()
        night.child.send_signal(signal.SIGTERM)
        assert night.child.wait(10) == 0, (tmp_path / "showctl.log").read_text()
    assert night.midi, "the mixer heard nothing over JACK"
    rows = [json.loads(row) for row in night.journal.read_text().splitlines()]
    kinds = {kind(row) for row in rows}
    assert {"header", "input", "step", "digest", "skip", "end"} <= kinds
    sources = {row["source"] for row in rows if kind(row) == "input"}
    assert {"tablets", "sensors", "pedal"} <= sources
    assert sum(kind(row) == "skip" for row in rows) >= 3, "three stalls, yet hardly a tick was skipped"
    assert collisions(rows) >= 100
    done = replay(night.journal)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical" in done.stdout
    without_one_trigger(night.journal)
    done = replay(night.journal)
    assert done.returncode == 1, "a trigger is gone and the replay did not see it"


def without_one_trigger(journal: Path) -> None:
    """Take one press of a master out of the recording: the control."""
    lines = journal.read_text().splitlines(keepends=True)
    presses = [index for index, row in enumerate(lines) if '"/showctl/master"' in row and row.startswith('{"input"')]
    del lines[presses[len(presses) // 2]]
    journal.write_text("".join(lines))
