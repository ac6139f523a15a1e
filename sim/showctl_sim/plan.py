"""What stands in for what: each connection's virtual device, and the venue file that says so."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from showctl.errors import DriverError
from showctl.hands import spelled
from showctl.model import Connection, CueSheet, Input
from showctl_sim.ports import LOOPBACK, Ports
from showctl_sim.readings import Reading, readings, topic

ARTNET_PORT = 6454
SACN_PORT = 5568
BROKER_PORT = 1883
OSC_PORT = 8000
OSC_BOX_PORT = 9000
MIDI_PORT = 5004


@dataclass(frozen=True, slots=True)
class Device:
    """One virtual device of the child.

    kind     stands for
    panels   an Art-Net or sACN node on UDP ``port``
    mixer    MIDI on UDP ``port``, one message a datagram; what its hands do goes to UDP ``answer``
    box      anything that takes OSC on UDP ``port``
    room     sensors and movers, clients of the broker on TCP ``port``
    line     a serial line: ``path`` becomes a link to a pty
    """

    kind: str
    connection: str
    port: int = 0
    answer: int = 0
    path: str = ""
    topics: tuple[str, ...] = ()      # a room: what its sensors speak on
    faders: tuple[str, ...] = ()      # a mixer: where they are, "cc14 1 7"
    universes: tuple[int, ...] = ()   # panels: what they put out


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole rig: its devices, what its sensors say, and the settings that take each connection there."""

    show: str
    folder: str                                     # for the links to ptys; goes when the rig ends
    devices: tuple[Device, ...]
    readings: tuple[Reading, ...]
    movers: tuple[str, ...]                         # command topics of what can drive: cart/command
    connections: Mapping[str, Mapping[str, object]]
    stations: Mapping[str, Mapping[str, object]]
    triggers: Mapping[str, Mapping[str, object]]
    notes: tuple[str, ...] = ()                     # for the operator: taken ports, what has no stand-in

    @property
    def sensors(self) -> tuple[str, ...]:
        """The triggers that ``Rig.tell({"toggle": trigger})`` moves: all sensors but what a cart says of itself."""
        own = tuple(name.removesuffix("command") for name in self.movers) or ("\0",)
        return tuple(reading.trigger for reading in self.readings if not reading.topic.startswith(own))

    def as_values(self) -> dict[str, Any]:
        """What the child needs, as JSON values."""
        return {
            "devices": [asdict(device) for device in self.devices],
            "readings": [asdict(reading) for reading in self.readings],
            "movers": list(self.movers),
        }


def plan(sheet: CueSheet) -> Plan:
    """The rig for ``sheet``, on ports that are free now. Raises DriverError where no port is."""
    draft = _Draft(sheet, Ports(), _folder())
    for connection in sheet.connections.values():
        STAND_INS.get(connection.driver, _none)(draft, connection)
    stations = {
        name: {"from": station.connection, "host": f"127.0.0.{number}", "role": station.role}
        for number, (name, station) in enumerate(sheet.stations.items(), start=11)
        if station.host and not station.host.startswith("127.")
    }
    topics = [str(command.address[1]) for command in sheet.commands.values() if command.address[0] == "topic"]
    return Plan(
        sheet.name, draft.folder, tuple(draft.devices), readings(sheet),
        tuple(name for name in topics if name.endswith("/command")),
        draft.entries(), stations, draft.triggers, (*draft.ports.notes, *draft.notes),
    )


def _folder() -> str:
    """A name nobody has; ``start`` makes it."""
    return str(Path(tempfile.gettempdir()) / f"showctl-rig-{os.getpid()}-{secrets.token_hex(4)}")


def venue(planned: Plan) -> tuple[str, str]:
    """The venue file of a plan, and the name to show for it."""
    lines = [f"# Where --rig takes {planned.show}: everything on loopback."]
    for section in ("connections", "stations", "triggers"):
        entries: Mapping[str, Mapping[str, object]] = getattr(planned, section)
        if entries:
            lines.append(f"{section}:")
            lines += [f"  {json.dumps(name)}: {json.dumps(settings)}" for name, settings in entries.items()]
    return "\n".join(lines) + "\n", "rig.venue.yaml"


class _Draft:
    """A plan while it is being written."""

    def __init__(self, sheet: CueSheet, ports: Ports, folder: str) -> None:
        self.sheet = sheet
        self.ports = ports
        self.folder = folder
        self.devices: list[Device] = []
        self.connections: dict[str, Mapping[str, object]] = {}
        self.triggers: dict[str, Mapping[str, object]] = {}
        self.notes: list[str] = []

    def take(self, connection: Connection, **settings: object) -> None:
        """Point ``connection`` somewhere else; what is not an address stays as the sheet says."""
        names = KEPT.get(connection.driver, ())
        kept = {name: value for name, value in connection.settings.items() if name in names}
        self.connections[connection.name] = {"driver": connection.driver, **kept, **settings}

    def entries(self) -> Mapping[str, Mapping[str, object]]:
        """The connections as they stand now; what copies another goes on copying it."""
        copies = {name: each.copies for name, each in self.sheet.connections.items() if each.copies}
        return {name: {**entry, "copies": copies[name]} if name in copies else entry
                for name, entry in self.connections.items()}


KEPT = {
    "artnet": ("rate", "exit", "keep_alive", "keep-alive"),
    "midi": ("law",),
    "sacn": ("rate", "exit", "priority", "source", "sync", "preview"),
    "serial_line": ("lines", "columns"),
    "osc": ("low", "high", "dmx", "exit"),
}
"""Settings that travel into the rig: how a device is spoken to, not where it stands."""


def _artnet(draft: _Draft, connection: Connection) -> None:
    port = _panels(draft, connection, ARTNET_PORT, "Art-Net")
    draft.take(connection, host=LOOPBACK, port=port, **_desk(draft, connection, port, "Art-Net"))
    for rule in _heard(draft, connection):
        if rule.address.startswith("node/"):
            draft.triggers[rule.name] = {"address": f"node/{LOOPBACK}"}


def _sacn(draft: _Draft, connection: Connection) -> None:
    port = _panels(draft, connection, SACN_PORT, "sACN")
    draft.take(connection, host=[LOOPBACK], port=port, **_desk(draft, connection, SACN_PORT, "sACN"))


def _panels(draft: _Draft, connection: Connection, wanted: int, protocol: str) -> int:
    """Panels for a connection; their port."""
    port = draft.ports.udp(wanted, f"'{connection.name}' ({protocol})")
    universes = sorted({part.universe for part in draft.sheet.patch if part.to == connection.name})
    draft.devices.append(Device("panels", connection.name, port, universes=tuple(universes)))
    return port


def _desk(draft: _Draft, connection: Connection, port: int, protocol: str) -> dict[str, object]:
    """Where a desk's DMX is heard, if the sheet hears any: an address of loopback that any program can send to."""
    shared = any(merge.connection == connection.name for merge in draft.sheet.merges.values())
    if not (shared or _heard(draft, connection)):
        return {}
    address = draft.ports.address(port)
    draft.notes.append(f"'{connection.name}' hears {protocol} that is sent to {address}, port {port}")
    return {"interface": address}


def _heard(draft: _Draft, connection: Connection) -> list[Input]:
    inputs = [rule for rule in draft.sheet.triggers.values() if isinstance(rule, Input)]
    return [rule for rule in inputs if rule.connection == connection.name]


def _midi(draft: _Draft, connection: Connection) -> None:
    port = draft.ports.udp(MIDI_PORT, f"'{connection.name}' (MIDI)")
    answer = draft.ports.udp(port + 1, f"the hands of '{connection.name}' (MIDI)")
    faders = tuple(spelled(patch.address) for patch in draft.sheet.faders.values() if patch.to == connection.name)
    draft.devices.append(Device("mixer", connection.name, port, answer, faders=faders))
    hands = {"listen": True, "udp-listen": f"{LOOPBACK}:{answer}"}
    draft.take(connection, port=f"udp://{LOOPBACK}:{port}", **hands)


def _mqtt(draft: _Draft, connection: Connection) -> None:
    port = draft.ports.tcp(BROKER_PORT, f"the broker of '{connection.name}' (MQTT)")
    draft.devices.append(Device("room", connection.name, port, topics=_topics(draft, connection)))
    draft.take(connection, broker=f"embedded:{port}")


def _topics(draft: _Draft, connection: Connection) -> tuple[str, ...]:
    """What this connection's inputs hear, and the command topics of its movers."""
    heard = [topic(draft.sheet, rule) for rule in _heard(draft, connection)]
    commands = [command for command in draft.sheet.commands.values() if command.to == connection.name]
    return (*heard, *(str(command.address[1]) for command in commands if command.address[0] == "topic"))


def _osc(draft: _Draft, connection: Connection) -> None:
    settings: dict[str, object] = {}
    if "listen" in connection.settings:
        port = draft.ports.udp(OSC_PORT, f"'{connection.name}' (OSC)")
        settings["listen"] = f"{LOOPBACK}:{port}"
    if "host" in connection.settings:
        port = draft.ports.udp(OSC_BOX_PORT, f"the box behind '{connection.name}' (OSC)")
        draft.devices.append(Device("box", connection.name, port))
        settings |= {"host": LOOPBACK, "port": port}
    draft.take(connection, **settings)


def _serial(draft: _Draft, connection: Connection) -> None:
    path = str(Path(draft.folder) / connection.name)
    draft.devices.append(Device("line", connection.name, path=path))
    draft.take(connection, port=path)


def _gpio(draft: _Draft, connection: Connection) -> None:
    """Pins cannot be made without a kernel driver, so each line becomes a topic ``<connection>/<line>``."""
    port = draft.ports.tcp(BROKER_PORT, f"the broker of '{connection.name}' (pins as MQTT topics)")
    draft.devices.append(Device("room", connection.name, port, topics=_topics(draft, connection)))
    draft.connections[connection.name] = {"driver": "mqtt", "broker": f"embedded:{port}"}
    for rule in _heard(draft, connection):
        draft.triggers[rule.name] = {"topic": f"{connection.name}/{rule.address}"}


def _dmx(draft: _Draft, connection: Connection) -> None:
    """No USB box can be made: its universe goes to panels by Art-Net, and what a fixture is told is the same."""
    port = _panels(draft, connection, ARTNET_PORT, "DMX, as Art-Net")
    draft.connections[connection.name] = {"driver": "artnet", "host": LOOPBACK, "port": port}


def _none(draft: _Draft, connection: Connection) -> None:
    raise DriverError(
        f"'{connection.name}': --rig has no stand-in for driver '{connection.driver}', and would drive the real one; "
        "lay a venue file over the sheet that leaves it out"
    )


STAND_INS: Mapping[str, Callable[[_Draft, Connection], None]] = {
    "artnet": _artnet, "dmx_usb": _dmx, "gpio": _gpio, "midi": _midi, "mqtt": _mqtt, "osc": _osc, "sacn": _sacn,
    "serial_line": _serial,
}
