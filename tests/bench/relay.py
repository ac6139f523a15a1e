"""The floor: the barest Python relays from a trigger to one ArtDmx. They decide nothing, record nothing, check nothing.

    python -m tests.bench.relay KIND FROM TO_PORT [DELAY_MS]

    tuned   OSC port FROM; asyncio add_reader, a bounded drain, a connected socket: how showctl's own driver reads
    plain   OSC port FROM; asyncio's own datagram endpoint, as a tutorial has it
    mqtt    broker port FROM, topic bench/bare; aiomqtt
    serial  device FROM, lines ending in a newline; add_reader

The value of slot 1 follows the trigger. DELAY_MS makes it late on purpose: the control that shows whether the
measurement sees a slow system. Says ``ready`` once it listens; ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import tty
from typing import Any

from showctl.codec import artnet

DATAGRAMS_A_TURN = 64
RECEIVE_BUFFER = 1 << 20     # as showctl's own driver asks for
TOPIC = "bench/bare"


class Light:
    """One universe at a node on 127.0.0.1."""

    def __init__(self, port: int, delay_ms: float = 0) -> None:
        self._packet = artnet.packet(0)
        self._sequence = 0
        self._delay_s = delay_ms / 1000
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", port))

    def show(self, value: int) -> None:
        """Set slot 1 (0..255) and send."""
        if self._delay_s:
            time.sleep(self._delay_s)
        self._sequence = self._packet[artnet.SEQUENCE] = self._sequence % 255 + 1
        self._packet[artnet.HEADER_LENGTH] = value
        self._socket.send(self._packet)


async def tuned(light: Light, port: str) -> None:
    """OSC through a reader of our own: everything that has come, then back to the loop."""
    inlet = inlet_on(port)
    inlet.setblocking(False)
    receive, show = inlet.recv, light.show

    def drain() -> None:
        try:
            for _ in range(DATAGRAMS_A_TURN):
                show(receive(2048)[-1])
        except BlockingIOError:
            return

    asyncio.get_running_loop().add_reader(inlet.fileno(), drain)
    await until_closed()


async def plain(light: Light, port: str) -> None:
    """OSC through asyncio's datagram transport."""
    class Protocol(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            light.show(data[-1])

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Protocol, sock=inlet_on(port))
    await until_closed()
    transport.close()


async def mqtt(light: Light, port: str) -> None:
    """MQTT through aiomqtt."""
    import aiomqtt

    async def relay() -> None:
        async for message in client.messages:
            light.show(message.payload[-1] if isinstance(message.payload, bytes) else 0)

    async with aiomqtt.Client("127.0.0.1", int(port)) as client:
        await client.subscribe(TOPIC)
        task = asyncio.create_task(relay())
        await until_closed()
        task.cancel()
        await asyncio.wait([task])


async def serial(light: Light, device: str) -> None:
    """Lines of a terminal device; each one alternates the light."""
    line = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(line)
    value = 0

    def read() -> None:
        nonlocal value
        if b"\n" in os.read(line, 4096):
            value = 3 - value if value else 1
            light.show(value)

    asyncio.get_running_loop().add_reader(line, read)
    await until_closed()
    os.close(line)


def inlet_on(port: str) -> socket.socket:
    """A socket bound to this port of 127.0.0.1, with room for a burst."""
    inlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    inlet.bind(("127.0.0.1", int(port)))
    return inlet


async def until_closed() -> None:
    """Say that all is set, and stay until whoever started us lets go of our standard input."""
    print("ready", flush=True)
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, closed.set)
    await closed.wait()
    asyncio.get_running_loop().remove_reader(0)


KINDS = {"tuned": tuned, "plain": plain, "mqtt": mqtt, "serial": serial}

if __name__ == "__main__":
    kind, inlet_name, outlet_port, *delay = sys.argv[1:]
    asyncio.run(KINDS[kind](Light(int(outlet_port), float(delay[0]) if delay else 0), inlet_name))
