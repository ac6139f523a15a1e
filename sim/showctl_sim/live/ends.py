"""Our ends of the wires: stations and sensors that send, a node, a mixer and boxes that listen.

Everything is on one asyncio loop that runs only while the rehearsal lets time pass. What arrives is handed to a
``Hearing``; nothing here knows what it means for the show.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from showctl.codec import artnet, endpoint, midi_in, osc, sacn
from showctl.errors import DriverError
from showctl.hands import spelled
from showctl.model import CueSheet, Trigger, Value
from showctl_sim.live.broker import Broker

DATAGRAM_BYTES_MAX = 65536
DRAIN_MAX = 256
EDGES = ("note", "program")


@dataclass(slots=True)
class Hearing:
    """What has arrived and nobody has looked at yet; levels are only ever the newest."""

    said: list[tuple[str, str, tuple[Value, ...]]] = field(default_factory=list)    # station, path, arguments
    edges: list[tuple[str, tuple[str | int, ...], Value]] = field(default_factory=list)
    slots: dict[tuple[str, int], bytes] = field(default_factory=dict)               # (connection, universe)
    positions: dict[tuple[str, str], int | float] = field(default_factory=dict)     # (connection, address)


class Ends:
    """All ends for one sheet; ``lines`` are connections whose far end of a serial line is the file named."""

    def __init__(self, sheet: CueSheet, lines: Mapping[str, str]) -> None:
        self.heard = Hearing()
        self._sheet = sheet
        self._lines = lines
        self._files: dict[str, int] = {}
        self._brokers: dict[str, Broker] = {}
        self._targets: dict[str, tuple[str, int]] = {}
        self._stations: dict[str, socket.socket] = {}            # by the host they speak from
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Take every port and meet every broker. Raises DriverError that names the one that cannot be had."""
        for name, connection in self._sheet.connections.items():
            opening = OPENINGS.get(connection.driver)
            if opening is not None:
                await opening(self, name, connection.settings)

    async def close(self) -> None:
        """Give everything back."""
        await self._stack.aclose()

    # ---- sending ----

    async def send(self, trigger: Trigger) -> None:
        """Say what a trigger says, on its wire. Raises DriverError where there is no way."""
        source = trigger.source
        if source in self._brokers:
            await self._brokers[source].publish(trigger.address, _words(trigger.value), trigger.retained)
        elif source in self._targets:
            host = trigger.sender.rpartition(":")[0] or "127.0.0.1"
            arguments = trigger.value if isinstance(trigger.value, tuple) else (trigger.value,)
            self.station(host).sendto(osc.encode(trigger.address, arguments), self._targets[source])
        elif source in self._files:
            value = _words(trigger.value)
            words = f"{trigger.address}={value}" if trigger.address else value
            os.write(self._files[source], f"{words}\n".encode())
        else:
            raise DriverError(f"'{source}' cannot be spoken to from here")

    def station(self, host: str) -> socket.socket:
        """The socket that speaks from ``host``; what is answered to it is heard."""
        if host not in self._stations:
            sock = self._bound((host, 0), f"a station at {host}; rehearse live in a venue whose stations are on 127.x")
            decoder = osc.Decoder()

            def heard(data: bytes) -> None:
                self.heard.said += [(host, *message) for message in decoder.decode(data)]

            self._listen(sock, heard)
            self._stations[host] = sock
        return self._stations[host]

    # ---- opening ----

    async def _panels(self, name: str, settings: Mapping[str, Any]) -> None:
        """One node; where there are several, all get the same, and we are the first."""
        place = (first_host(settings, "127.0.0.1"), int(settings.get("port", artnet.PORT)))

        def heard(data: bytes) -> None:
            dmx = artnet.decode(data)
            self.heard.slots[name, dmx.universe] = dmx.slots

        self._listen(self._bound(place, f"the node of '{name}' (Art-Net)"), heard)

    async def _streams(self, name: str, settings: Mapping[str, Any]) -> None:
        """The first node that sACN is sent to by unicast; multicast needs a network and is not watched."""
        host = first_host(settings)
        if not host:
            return

        def heard(data: bytes) -> None:
            packet = sacn.decode(data)
            if isinstance(packet, sacn.Data) and packet.start_code == sacn.LEVELS:
                self.heard.slots[name, packet.universe] = packet.slots

        place = (host, int(settings.get("port", sacn.PORT)))
        self._listen(self._bound(place, f"the node of '{name}' (sACN)"), heard)

    async def _mixer(self, name: str, settings: Mapping[str, Any]) -> None:
        """Only MIDI by UDP can be watched: a real port has room for one listener, and that is the mixer."""
        port = str(settings.get("port", ""))
        if not port.startswith("udp://"):
            return
        sock = self._bound(endpoint.parse(port.removeprefix("udp://")), f"the mixer of '{name}' (MIDI)")
        decoder = midi_in.Decoder()
        for patch in self._sheet.faders.values():
            if patch.to == name:
                decoder.want(spelled(patch.address))

        def heard(data: bytes) -> None:
            told = decoder.decode(data)
            if told is not None and told[0].startswith(EDGES):
                kind, *places = told[0].split()
                self.heard.edges.append((name, (kind, *map(int, places)), told[1]))
            elif told is not None:
                self.heard.positions[name, told[0]] = told[1]

        self._listen(sock, heard)

    async def _osc(self, name: str, settings: Mapping[str, Any]) -> None:
        if "listen" in settings:
            host, port = endpoint.parse(str(settings["listen"]))
            self._targets[name] = ("127.0.0.1" if host == "0.0.0.0" else host, port)
        if "host" in settings:
            sock = self._bound((settings["host"], int(settings.get("port", 8000))), f"the box of '{name}' (OSC)")
            decoder = osc.Decoder()
            faders = [spelled(patch.address) for patch in self._sheet.faders.values() if patch.to == name]

            def heard(data: bytes) -> None:
                for path, arguments in decoder.decode(data):
                    if path in faders and arguments and isinstance(arguments[0], int | float):
                        self.heard.positions[name, path] = arguments[0]
                    else:
                        self.heard.edges.append((name, ("osc", path), arguments))

            self._listen(sock, heard)

    async def _broker(self, name: str, settings: Mapping[str, Any]) -> None:
        topics = [str(each.address[1]) for each in self._sheet.commands.values()
                  if each.to == name and each.address[0] == "topic"]

        def heard(topic: str, payload: str) -> None:
            self.heard.edges.append((name, ("topic", topic), payload))

        broker = Broker(str(settings.get("broker", "embedded")), topics, heard)
        await self._stack.enter_async_context(broker)
        self._brokers[name] = broker

    async def _serial(self, name: str, settings: Mapping[str, Any]) -> None:
        if name not in self._lines:
            return
        try:
            self._files[name] = file = os.open(self._lines[name], os.O_WRONLY | os.O_NOCTTY)
        except OSError as error:
            raise DriverError(f"the far end of '{name}', {self._lines[name]}: {error.strerror}") from None
        self._stack.callback(os.close, file)

    def _bound(self, place: tuple[str, int], what: str) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._stack.callback(sock.close)
        sock.setblocking(False)
        try:
            sock.bind(place)
        except OSError as error:
            raise DriverError(f"{place[0]}:{place[1]} cannot be had ({error.strerror}): it is for {what}") from None
        return sock

    def _listen(self, sock: socket.socket, heard: Callable[[bytes], None]) -> None:
        """Hand datagrams on; what cannot be read is nothing to a device."""
        loop = asyncio.get_event_loop()

        def drain() -> None:
            for _ in range(DRAIN_MAX):
                try:
                    heard(sock.recv(DATAGRAM_BYTES_MAX))
                except BlockingIOError:
                    return
                except ValueError:
                    continue

        loop.add_reader(sock.fileno(), drain)
        self._stack.callback(loop.remove_reader, sock.fileno())


def first_host(settings: Mapping[str, Any], otherwise: str = "") -> str:
    """The first of the nodes that get the same universes; ``otherwise`` where none is named."""
    host = settings.get("host") or otherwise
    return host if isinstance(host, str) else str(next(iter(host)))


def _words(value: Value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


OPENINGS: Mapping[str, Callable[[Ends, str, Mapping[str, Any]], Any]] = {
    "artnet": Ends._panels, "sacn": Ends._streams, "midi": Ends._mixer,
    "osc": Ends._osc, "mqtt": Ends._broker, "serial_line": Ends._serial,
}
