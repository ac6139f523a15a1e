"""The virtual rig: plan and venue as values, then the real child process on loopback (CORE 16)."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from showctl.codec import artnet_poll, sacn
from showctl.errors import DriverError
from showctl.model import Command, Comparison, Connection, CueSheet, FaderPatch, Input, Merge, Patched, Station
from showctl_sim import rig
from showctl_sim.cart import Cart
from showctl_sim.mixer import Mixer
from showctl_sim.panels import Panels
from showctl_sim.plan import Device, Plan
from showctl_sim.ports import Ports
from showctl_sim.readings import payload, readings

CONTACT = Comparison(("contact",), "==", False)
PRESSURE = Comparison((), ">", Decimal("0.60"))


def sheet(**settings: Connection) -> CueSheet:
    connections = settings or {
        "panels": Connection("panels", "artnet", {"host": "10.0.0.20", "rate": 40}),
        "mixer": Connection("mixer", "midi", {"port": "Atlas One", "law": "x32"}),
        "sensors": Connection("sensors", "mqtt", {"broker": "10.0.0.5:1883", "login": "showctl"}),
        "pedal": Connection("pedal", "serial_line", {"port": "/dev/ttyACM0", "lines": "word"}),
        "tablets": Connection("tablets", "osc", {"listen": "10.0.0.5:8000"}),
    }
    return CueSheet(
        name="One Room", connections=connections,
        stations={"foh": Station("foh", "tablets", "10.0.0.31"), "foot": Station("foot", "pedal")},
        parameters=(), fixtures={}, groups={}, patch=(),
        faders={"music": FaderPatch("music", "mixer", ("cc", 1, 0), 127, 0),
                "talk": FaderPatch("talk", "mixer", ("cc14", 1, 7), 16383, 1)},
        commands={"cart": Command("cart", "sensors", ("topic", "cart/command"))},
        triggers={
            "door": Input("door", "sensors", "z/door", when=CONTACT, alive="z/bridge"),
            "seat": Input("seat", "sensors", "seat/pressure", when=PRESSURE, silent_ns=300_000_000),
            "bell": Input("bell", "sensors", "z/bell", kind="press", says="single", says_path=("action",)),
            "pin": Input("pin", "pins", "27", when=Comparison((), "==", True)),
        } if not settings else {
            "pin": Input("pin", "pins", "27", when=Comparison((), "==", True)),
        },
        cues={}, regions={},
    )


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Plan:
    room = sheet()
    triggers = {name: rule for name, rule in room.triggers.items() if name != "pin"}
    for name in ("ARTNET_PORT", "BROKER_PORT", "OSC_PORT", "MIDI_PORT"):
        monkeypatch.setattr(f"showctl_sim.plan.{name}", free_port())
    return rig.plan(CueSheet(**{field: getattr(room, field) for field in room.__slots__} | {"triggers": triggers}))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def device(planned: Plan, kind: str) -> Device:
    return next(found for found in planned.devices if found.kind == kind)


# ---- the plan ----

def test_every_connection_goes_to_loopback_and_keeps_how_it_is_spoken_to(planned: Plan) -> None:
    """CORE 16, SEMANTICS 34."""
    panels, mixer, room = (device(planned, kind) for kind in ("panels", "mixer", "room"))
    assert planned.connections["panels"] == {
        "driver": "artnet", "rate": 40, "host": "127.0.0.1", "port": panels.port}
    assert planned.connections["mixer"]["port"] == f"udp://127.0.0.1:{mixer.port}"
    assert planned.connections["mixer"]["law"] == "x32"
    assert planned.connections["sensors"] == {"driver": "mqtt", "broker": f"embedded:{room.port}"}
    assert planned.connections["pedal"]["lines"] == "word"
    assert str(planned.connections["tablets"]["listen"]).startswith("127.0.0.1:")
    assert planned.stations == {"foh": {"from": "tablets", "host": "127.0.0.11", "role": "operator"}}
    assert planned.movers == ("cart/command",)


def test_the_venue_is_one_line_a_connection(planned: Plan) -> None:
    text, name = rig.venue(planned)
    assert name == "rig.venue.yaml"
    assert '  "panels": {"driver": "artnet", "rate": 40, "host": "127.0.0.1"' in text
    assert "10.0.0" not in text


def test_a_taken_port_is_named_and_the_next_free_one_used() -> None:
    """CORE 16."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        ports = Ports()
        given = ports.udp(taken, "'panels' (Art-Net)")
    assert given > taken
    assert ports.notes == [f"port {taken} is taken: 'panels' (Art-Net) is on 127.0.0.1:{given}"]
    assert ports.udp(given, "another") != given


def test_pins_become_topics() -> None:
    found = rig.plan(sheet(pins=Connection("pins", "gpio", {"chip": "/dev/gpiochip0"})))
    assert found.connections["pins"]["driver"] == "mqtt"
    assert found.triggers == {"pin": {"topic": "pins/27"}}
    assert [reading.topic for reading in found.readings] == ["pins/27"]


def test_a_driver_without_a_stand_in_never_drives_the_real_device() -> None:
    with pytest.raises(DriverError, match="'lasers': --rig has no stand-in for driver 'ilda'"):
        rig.plan(sheet(lasers=Connection("lasers", "ilda", {"host": "10.0.0.9"})))


@pytest.mark.parametrize(("driver", "settings"), [
    ("artnet", {"host": "10.0.0.20", "interface": "10.0.0.5", "rate": "40 Hz"}),
    ("sacn", {"interface": "10.0.0.5", "rate": "40 Hz"}), ("dmx_usb", {"port": "/dev/ttyUSB0", "universe": 3}),
])
def test_whatever_carries_dmx_goes_to_panels(driver: str, settings: dict[str, object]) -> None:
    """A sheet that hears no DMX opens no port but theirs (law 11)."""
    planned = rig.plan(sheet(panels=Connection("panels", driver, settings)))
    there = planned.connections["panels"]
    assert there["driver"] == ("artnet" if driver == "dmx_usb" else driver)
    assert there["host"] in ("127.0.0.1", ["127.0.0.1"])
    assert "interface" not in there
    assert [device.kind for device in planned.devices] == ["panels"]


def desks() -> CueSheet:
    """Desks that press, one that shares, and a node that is watched."""
    room = sheet(
        house=Connection("house", "sacn", {"interface": "10.0.0.5", "priority": 120}),
        rigged=Connection("rigged", "artnet", {"host": "10.0.0.20", "interface": "10.0.0.5"}),
        second=Connection("second", "sacn", {"interface": "10.0.0.5"}),
        third=Connection("third", "sacn", {"interface": "10.0.0.5"}))
    triggers = {
        "fader": Input("fader", "house", "dmx/1/5", when=Comparison((), ">", Decimal(9))),
        "flash": Input("flash", "rigged", "dmx/2/1", when=Comparison((), ">", Decimal(9))),
        "node": Input("node", "rigged", "node/10.0.0.20", when=Comparison((), "==", "online")),
        "other": Input("other", "second", "dmx/1/5", when=Comparison((), ">", Decimal(9))),
    }
    patch = (Patched("rigged", 4, 1, 1, 0), Patched("rigged", 3, 1, 1, 0), Patched("house", 1, 1, 1, 0))
    return CueSheet(**{field: getattr(room, field) for field in room.__slots__}
                    | {"triggers": triggers, "patch": patch, "merges": {"desk": Merge("desk", "third", 7, "house", 1)}})


def test_dmx_in_is_heard_at_an_address_of_loopback_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any program can send there; and a node that is watched answers."""
    art, acn = free_port(), free_port()
    monkeypatch.setattr("showctl_sim.plan.ARTNET_PORT", art)
    monkeypatch.setattr("showctl_sim.plan.SACN_PORT", acn)
    planned = rig.plan(desks())
    ports = {each.connection: each.port for each in planned.devices}
    assert planned.connections["house"] == {
        "driver": "sacn", "priority": 120, "host": ["127.0.0.1"], "port": ports["house"], "interface": "127.0.0.2"}
    assert planned.connections["second"]["interface"] == "127.0.0.3"
    assert planned.connections["third"]["interface"] == "127.0.0.4"
    assert planned.connections["rigged"]["interface"] == "127.0.0.2"
    assert planned.triggers == {"node": {"address": "node/127.0.0.1"}}
    assert {each.connection: each.universes for each in planned.devices} == {
        "house": (1,), "rigged": (3, 4), "second": (), "third": ()}
    assert f"'house' hears sACN that is sent to 127.0.0.2, port {acn}" in planned.notes
    assert f"'rigged' hears Art-Net that is sent to 127.0.0.2, port {art}" in planned.notes


# ---- what sensors say ----

@pytest.mark.parametrize(("comparison", "true", "false"), [
    (CONTACT, '{"contact": false}', '{"contact": true}'),
    (PRESSURE, "0.9", "0.3"),
    (Comparison((), "<", Decimal(10)), "5", "15"),
    (Comparison((), ">=", Decimal(0)), "0", "-1"),
    (Comparison((), "!=", Decimal(3)), "1.5", "3"),
    (Comparison(("Switch1", "Action"), "==", "ON"), '{"Switch1": {"Action": "ON"}}', '{"Switch1": {"Action": "OFF"}}'),
    (Comparison((), "!=", "online"), "none", "online"),
    (Comparison((), "!=", True), "false", "true"),
])
def test_a_payload_for_each_truth(comparison: Comparison, true: str, false: str) -> None:
    assert payload([(comparison, True)]) == true
    assert payload([(comparison, False)]) == false


def test_inputs_of_one_topic_share_a_payload() -> None:
    moving, stage = Comparison(("moving",), "==", True), Comparison(("at",), "==", "stage")
    assert json.loads(payload([(moving, False), (stage, True)])) == {"moving": False, "at": "stage"}


def test_readings_of_a_sheet() -> None:
    found = {reading.trigger: reading for reading in readings(sheet_without_pins())}
    assert (found["door"].rest, found["door"].alive) == ('{"contact": true}', "z/bridge")
    assert found["seat"].repeat_ms == 100
    assert (found["bell"].rest, found["bell"].true) == ("", '{"action": "single"}')


def sheet_without_pins() -> CueSheet:
    room = sheet()
    triggers = {name: rule for name, rule in room.triggers.items() if name != "pin"}
    return CueSheet(**{field: getattr(room, field) for field in room.__slots__} | {"triggers": triggers})


# ---- devices ----

def test_panels_keep_what_artdmx_says() -> None:
    panels = Panels()
    packet = b"Art-Net\0\x00\x50\x00\x0e\x01\x00\x03\x00\x00\x04" + bytes((10, 20, 30, 0))
    assert panels.hear(packet)
    assert not panels.hear(packet)
    assert not panels.hear(b"Art-Net\0\x00\x20" + bytes(12))
    assert not panels.hear(b"")
    assert panels.as_values() == {"3": "0a141e"}


def test_panels_keep_what_sacn_says_and_other_start_codes_are_nothing() -> None:
    panels = Panels()
    packet = sacn.packet(bytes(16), "desk", 7)
    packet[sacn.SLOTS_AT] = 9
    assert panels.hear(bytes(packet))
    packet[sacn.SLOTS_AT - 1 : sacn.SLOTS_AT + 1] = b"\xdd\xc8"
    assert not panels.hear(bytes(packet))
    assert not panels.hear(bytes(sacn.sync_packet(bytes(16), 7)))
    assert not panels.hear(bytes(packet[:50]))
    assert panels.as_values() == {"7": "09"}


def test_panels_answer_an_art_poll_with_what_they_put_out() -> None:
    panels = Panels("panels", (0, 3))
    (reply,) = panels.answer(artnet_poll.poll(), "127.0.0.1")
    node = artnet_poll.decode(reply)
    assert (node.address, node.name, node.long_name, node.outputs) == (
        "127.0.0.1", "panels", "virtual panels", (0, 3))
    assert [*panels.answer(b"noise", "127.0.0.1")] == []
    assert [*panels.answer(artnet_poll.poll()[:9], "127.0.0.1")] == []


@pytest.mark.parametrize(("messages", "positions"), [
    ([b"\xb0\x00\x4a"], {"cc 1 0": 74}),
    ([b"\xb0\x07\x01", b"\xb0\x27\x02"], {"cc14 1 7": 130}),
    ([b"\xb2\x63\x01", b"\xb2\x62\x02", b"\xb2\x06\x7f", b"\xb2\x26\x7f"], {"nrpn 3 130": 16383}),
    ([b"", b"\xb0", b"\xb0\x07"], {}),
])
def test_the_mixer_knows_where_it_was_told_to_stand(messages: list[bytes], positions: dict[str, int]) -> None:
    mixer = Mixer(["cc14 1 7"])
    for message in messages:
        mixer.hear(message)
    assert mixer.positions == positions


def test_the_mixer_keeps_its_last_edges_and_has_hands() -> None:
    mixer = Mixer()
    for number in range(20):
        mixer.hear(bytes((0xC0, number)))
    mixer.hear(b"\x91\x3c\x40")
    mixer.hear(b"\xf0\x7d\xf7")
    assert list(mixer.edges)[-3:] == ["program 1 19", "note 2 60 64", "sysex f0 7d f7"]
    assert len(mixer.edges) == 8
    assert mixer.hand("cc 2 7", 90) == [b"\xb1\x07\x5a"]
    assert mixer.positions["cc 2 7"] == 90


async def test_the_cart_drives_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("showctl_sim.cart.DRIVE_S", 0.02)
    said: list[str] = []
    cart = Cart("cart/command", lambda topic, text, _: said.append(f"{topic} {text}"))
    cart.obey("dance")
    cart.obey("go stage")
    assert said == ['cart/state {"at": "between", "moving": true}']
    await asyncio.sleep(0.05)
    assert said[1:] == ['cart/state {"at": "stage", "moving": false}']
    cart.obey("go home")
    cart.obey("stop")
    await asyncio.sleep(0.05)
    assert said[-1] == 'cart/state {"at": "between", "moving": false}'


# ---- the child process ----

async def until(rig_: rig.Rig, wanted: str, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while wanted not in json.dumps(rig_.reports):
            await asyncio.sleep(0.02)


async def test_the_child_reports_what_it_received(planned: Plan) -> None:
    panels, mixer, pedal = (device(planned, kind) for kind in ("panels", "mixer", "line"))
    async with rig.start(planned) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"Art-Net\0\x00\x50\x00\x0e\x01\x00\x00\x00\x00\x02\xff\x07", ("127.0.0.1", panels.port))
            sender.sendto(b"\xb0\x00\x4a", ("127.0.0.1", mixer.port))
            sender.sendto(b"\xc0\x05", ("127.0.0.1", mixer.port))
            await until(running, "program 1 5")
        assert running.reports["dmx"] == {"panels": {"0": "ff07"}}
        assert running.reports["faders"] == {"mixer": {"cc 1 0": 74}}

        line = os.open(pedal.path, os.O_RDWR | os.O_NOCTTY)
        running.tell({"line": "pedal", "text": "DOWN"})
        assert await asyncio.to_thread(os.read, line, 64) == b"DOWN\n"
        os.close(line)

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hands:
            hands.bind(("127.0.0.1", mixer.answer))
            hands.settimeout(5)
            running.tell({"hand": "cc 1 0", "mixer": "mixer", "position": 90})
            assert await asyncio.to_thread(hands.recv, 64) == b"\xb0\x00\x5a"
        running.tell({"nonsense": 1})
        process = running._child
    assert process.returncode == 0
    assert not Path(planned.folder).exists()


async def test_the_child_ends_with_its_parent(planned: Plan) -> None:
    """Its standard input ends, whatever became of the parent."""
    Path(planned.folder).mkdir()
    child = subprocess.Popen(
        [sys.executable, "-m", "showctl_sim.rig_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(planned.as_values()).encode() + b"\n")
    child.stdin.flush()
    assert b'"dmx"' in await asyncio.to_thread(child.stdout.readline)
    child.stdin.close()
    assert await asyncio.to_thread(child.wait, 5) == 0
    child.stdout.close()
    shutil.rmtree(planned.folder)


async def test_a_port_taken_meanwhile_is_one_error(planned: Plan) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", device(planned, "panels").port))
        with pytest.raises(DriverError, match="ended before it was ready"):
            async with rig.start(planned):
                pass
