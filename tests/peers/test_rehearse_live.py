"""Two worlds, one file: a rehearsal on the wires of a real daemon, then in virtual time, then cut from that night."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template

import pytest

from tests.peers.programs import free_port, running, tcp_answers

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120)]

SHEET = """
show: Two Worlds
connections:
  panels:  {driver: artnet, host: 127.0.0.1, port: $artnet}
  mixer:   {driver: midi, port: "udp://127.0.0.1:$midi", law: x32}
  sensors: {driver: mqtt, broker: "127.0.0.1:$mqtt"}
  pedal:   {driver: serial_line, port: $pty, lines: word}
  tablets: {driver: osc, listen: "127.0.0.1:$osc"}
stations:
  foh:   {from: tablets, host: 127.0.0.11, role: operator}
  stage: {from: tablets, host: 127.0.0.12, role: operator}
  foot:  {from: pedal, says: {DOWN: go}, role: operator}
fixtures:
  key:  {profile: generic/panel-cct, to: panels, at: 0/1}
  fill: {profile: generic/panel-cct, to: panels, at: 0/11}
faders: {music: {to: mixer, channel: 1, cc: 7, start: -20 dB, ceiling: 0 dB}}
commands: {lamp: {to: sensors, topic: lamp/set}}
triggers:
  door: {from: sensors, topic: door, when: contact == false, debounce: 50 ms}
cues:
  1: {name: Preset, look: {all: 20% 3200K}, fade: 200 ms}
  2: {name: Doors, look: {key: 80%}, fade: 400 ms, mix: {music: -10 dB in 400 ms}}
  3: {name: Story, look: {fill: 60% 5000K}, fade: 300 ms, send: {lamp: on}}
states:
  show:
    start: one
    one: {cues: 1-2, on: {go: two, door: {say: Somebody comes}}}
    two: {cues: 3, after: {1 s: {say: Time}}}
    safe: {fail: true, look: {all: 70% 4000K}, fade: 100 ms, on: {go: back}}
"""

REHEARSAL = """
rehearsal: Both worlds
sheet: two-worlds.yaml
given: {door: false}
never: [music above -5 dB]
steps:
  - expect: {show: one, standby: 2, running: 1}
  - go: {by: foh, after: 600 ms}
  - expect: {running: 2, standby: two, started: {2: once}, accepted: foh}
  - go: {by: stage, after: 100 ms}
  - expect: {refused: go-gap, to: stage, show: one}
  - expect: {key: 80% 3200K, music: -10 dB, within: 1 s}
  - set: {door: true}
  - expect: {said: Somebody comes, within: 200 ms}
  - go: {by: foot, after: 600 ms}
  - expect: {show: two, sent: {lamp: on}, running: 3}
  - expect: {fill: 60% 5000K, after: 400 ms}
  - expect: {show: two, throughout: 300 ms}
  - panic: {by: stage}
  - expect: {show: safe, all: 70% 4000K, within: 300 ms}
"""


@contextmanager
def show(where: Path) -> Iterator[tuple[Path, str, str]]:
    """A daemon on loopback with a real broker and a pty: its sheet, the far end of its serial line, the journal."""
    with ExitStack() as stack:
        ports = {name: free_port(socket.SOCK_DGRAM) for name in ("artnet", "midi", "osc")} | {"mqtt": free_port()}
        near, far = where / "near", where / "far"
        line = ("socat", f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}")
        stack.enter_context(running(line, lambda: near.exists() and far.exists(), log=where / "socat.log"))
        config = where / "mosquitto.conf"
        user = "user root\n" if os.getuid() == 0 else ""
        config.write_text(f"listener {ports['mqtt']} 127.0.0.1\nallow_anonymous true\n{user}")
        broker = ("mosquitto", "-c", str(config))
        stack.enter_context(running(broker, lambda: tcp_answers(ports["mqtt"]), log=where / "mosquitto.log"))
        sheet = where / "two-worlds.yaml"
        sheet.write_text(Template(SHEET).substitute(ports, pty=near))
        (where / "both.yaml").write_text(REHEARSAL)
        journal = where / "night.jsonl"
        log = where / "showctl.log"
        command = (sys.executable, "-m", "showctl", "run", str(sheet), "--journal", str(journal))
        stack.enter_context(running(
            command, lambda: "started Two Worlds" in log.read_text(), log=log, seconds=20, environment=environment()))
        yield sheet, str(far), str(journal)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def showctl(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "showctl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=False)


def test_one_file_in_both_worlds(tmp_path: Path) -> None:
    with show(tmp_path) as (sheet, pedal, journal):
        both = tmp_path / "both.yaml"
        done = showctl("rehearse", "--live", "--json", sheet, both, "--line", f"pedal={pedal}")
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads(done.stdout)
        log = (tmp_path / "showctl.log").read_text()
    assert result["passed"]
    late_ms = [each["late"] / 1e6 for each in result["expectations"]]
    assert len(late_ms) == 9
    assert max(late_ms) < 1250, late_ms
    assert "two" in log
    virtual = showctl("rehearse", sheet, both)
    assert virtual.returncode == 0, virtual.stdout + virtual.stderr
    a_rehearsal_cut_from_that_night(tmp_path, sheet, journal)


def a_rehearsal_cut_from_that_night(where: Path, sheet: Path, journal: str) -> None:
    """Issue 3: cut last night, add expectations, run it; one that is false fails."""
    rows = [json.loads(line) for line in Path(journal).read_text().splitlines()]
    panic_ns = next(row["at"] for row in rows if row.get("event", {}).get("name") == "panic")
    cut = showctl("trace", journal, "--from", f"{(panic_ns - 2_000_000_000) // 1_000_000} ms")
    assert cut.returncode == 0, cut.stderr
    assert cut.stdout.splitlines()[1].startswith('{"snapshot":')
    (where / "door.jsonl").write_text(cut.stdout)
    replayed = showctl("replay", where / "door.jsonl")
    assert "identical" in replayed.stdout, replayed.stdout + replayed.stderr
    steps = "steps:\n  - expect: {show: safe, all: 70% 4000K, after: 2500 ms}\n"
    night = where / "last-night.yaml"
    night.write_text(f"rehearsal: Last night\ntrace: door.jsonl\n{steps}")
    done = showctl("rehearse", sheet, night, "--report", where / "out.html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Last night" in (where / "out.html").read_text()
    night.write_text(f"rehearsal: Last night\ntrace: door.jsonl\n{steps.replace('show: safe', 'show: two')}")
    done = showctl("rehearse", sheet, night)
    assert done.returncode == 1
    assert "last-night.yaml:4:14: at" in done.stdout
    assert "got safe" in done.stdout


def test_what_fails_on_the_wire_is_told(tmp_path: Path) -> None:
    """The control: a wrong level, a wrong state, a message that never came."""
    with show(tmp_path) as (sheet, _, _):
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text(
            "rehearsal: Wrong\nnever: [music above -30 dB]\nsteps:\n  - go: {by: foh, after: 600 ms}\n"
            "  - expect: {key: 90% 3200K, within: 600 ms}\n  - expect: {show: two}\n  - expect: {sent: {lamp: on}}\n"
            "  - expect: {door: true}\n")
        done = showctl("rehearse", "--live", sheet, wrong)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "wrong.yaml:5:14: " in done.stdout
    assert "expected key: 90% 3200K within 600 ms, got key 80" in done.stdout
    assert "wrong.yaml:6:14: " in done.stdout
    assert "wrong.yaml:7:14: " in done.stdout
    assert "expected never: music above -30 dB" in done.stdout
    assert "note: line 8: no wire shows what a sensor's condition reads" in done.stdout


def test_the_corner_shop_on_loopback(tmp_path: Path) -> None:
    """The shipped sheet in its loopback venue, with the broker of its own; ports are moved out of others' way."""
    ports = {"panels.port": free_port(socket.SOCK_DGRAM), "mixer.port": f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
             "sensors.broker": f"embedded:{free_port()}", "tablets.listen": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"}
    venue = ["--venue", "cuesheets/venues/corner-shop.loopback.yaml"]
    venue += [word for name, value in ports.items() for word in ("--set", f"connections.{name}={value}")]
    (tmp_path / "doors.yaml").write_text(
        "rehearsal: Doors\ngiven: {door: false, cart-home: true}\nnever: [blackout]\nsteps:\n"
        "  - expect: {show: preset, standby: doors}\n  - go: {by: foh, after: 3 s}\n"
        "  - expect: {show: doors, running: 2}\n"
        "  - press: {water: stage}\n  - expect: {supply: going, sent: {cart: go stage}}\n  - panic: foh\n"
        "  - expect: {show: safe, supply: stopped, all: 70% 4000K, music: out, within: 3 s}\n")
    log = tmp_path / "showctl.log"
    sheet = "cuesheets/corner-shop.yaml"
    command = (sys.executable, "-m", "showctl", "run", sheet, *venue, "--journal", str(tmp_path / "night.jsonl"))
    with running(command, lambda: "started Corner" in log.read_text(), log=log, seconds=20, environment=environment()):
        done = showctl("rehearse", "--live", sheet, tmp_path / "doors.yaml", *venue)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("held after") == 4
    assert showctl("rehearse", sheet, tmp_path / "doors.yaml", *venue).returncode == 0


def test_what_no_wire_can_do_is_refused_before_it_begins(tmp_path: Path) -> None:
    ports = {"artnet": 6454, "midi": 5004, "mqtt": 1883, "osc": 8000}
    sheet = tmp_path / "two-worlds.yaml"
    sheet.write_text(Template(SHEET).substitute(ports, pty="/dev/null"))
    file = tmp_path / "plug.yaml"
    file.write_text("rehearsal: Plug\nsteps:\n  - lost: sensors\n  - wait: 1 s\n")
    done = showctl("rehearse", "--live", sheet, file)
    assert done.returncode == 2
    assert "plug.yaml:3:5: 'lost: sensors' is unplugging" in done.stderr


def test_nobody_answers(tmp_path: Path) -> None:
    ports = {name: free_port(socket.SOCK_DGRAM) for name in ("artnet", "midi", "osc")} | {"mqtt": free_port()}
    sheet = tmp_path / "two-worlds.yaml"
    sheet.write_text(Template(SHEET).substitute(ports, pty="/dev/null"))
    (tmp_path / "both.yaml").write_text(REHEARSAL)
    done = showctl("rehearse", "--live", sheet, tmp_path / "both.yaml")
    assert done.returncode == 1
    assert f"no broker at 127.0.0.1:{ports['mqtt']}" in done.stderr
    assert "Traceback" not in done.stderr
