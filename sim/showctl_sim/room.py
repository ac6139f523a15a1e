"""The room over MQTT: sensors that speak as the real ones do, and the carts.

A sensor tells its state at rest when it starts, retained, with its ``alive`` topic before it (CORE 3). One
that promises to speak often repeats what was last heard on its topic, whoever said it, so that a reading
sent by hand stays.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

import aiomqtt

from showctl_sim.cart import Cart
from showctl_sim.readings import Reading

AGAIN_S = 0.25
OUTBOX_MAX = 256
PAYLOAD_BYTES_MAX = 4096


class Room:
    """Every client of one broker; ``heard`` is the last payload of each sensor's topic."""

    def __init__(self, readings: list[Reading], movers: list[str], changed: Callable[[], None]) -> None:
        self.heard: dict[str, str] = {}
        self._changed = changed
        self._outbox: asyncio.Queue[tuple[str, str, bool]] = asyncio.Queue(OUTBOX_MAX)
        self._readings = readings
        self._carts = {topic: Cart(topic, self.publish) for topic in movers}
        self._states = {f"{cart.name}/state": cart for cart in self._carts.values()}

    def publish(self, topic: str, payload: str, retain: bool) -> None:
        """Say something; dropped where the broker has not taken the last 256 things."""
        if not self._outbox.full():
            self._outbox.put_nowait((topic, payload, retain))

    def toggle(self, trigger: str) -> None:
        """Make the condition ``trigger`` true, or let it rest where it is true; a press is pressed."""
        for reading in self._readings:
            if reading.trigger == trigger and reading.topic not in self._states:
                rests = not reading.rest or self.heard.get(reading.topic) != reading.true
                self.publish(reading.topic, reading.true if rests else reading.rest, bool(reading.rest))

    async def live(self, host: str, port: int) -> None:
        """Stay connected to the broker, trying again each quarter of a second while it is away."""
        quiet = logging.getLogger("showctl_sim.mqtt")
        quiet.disabled = True
        nodelay = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        while True:
            try:
                async with aiomqtt.Client(
                    host, port, identifier="showctl-rig", protocol=aiomqtt.ProtocolVersion.V311, timeout=5,
                    logger=quiet, socket_options=nodelay,
                ) as client:
                    await self._attend(client)
            except aiomqtt.MqttError:
                await _pause(AGAIN_S)

    async def _attend(self, client: aiomqtt.Client) -> None:
        topics = dict.fromkeys([*self._carts, *(reading.topic for reading in self._readings)])
        for topic in topics:
            await client.subscribe(topic)
        self._introduce()
        repeats = {reading.topic: reading.repeat_ms / 1000 for reading in self._readings if reading.repeat_ms}
        tasks = [asyncio.create_task(self._talk(client))]
        tasks += [asyncio.create_task(self._repeat(topic, seconds)) for topic, seconds in repeats.items()]
        try:
            async for message in client.messages:
                if isinstance(message.payload, bytes) and len(message.payload) <= PAYLOAD_BYTES_MAX:
                    payload = message.payload.decode(errors="replace")
                    self._hear(str(message.topic), payload, bool(message.retain))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, client: aiomqtt.Client) -> None:
        while True:
            topic, payload, retain = await self._outbox.get()
            await client.publish(topic, payload.encode(), qos=0, retain=retain)

    async def _repeat(self, topic: str, seconds: float) -> None:
        while True:
            await _pause(seconds)
            cart = self._states.get(topic)
            payload = cart.state if cart else self.heard.get(topic)
            if payload is not None:
                self.publish(topic, payload, False)

    def _introduce(self) -> None:
        for alive in dict.fromkeys(reading.alive for reading in self._readings if reading.alive):
            self.publish(alive, "online", True)
        at_rest = {reading.topic: reading.rest for reading in self._readings if reading.rest}
        for topic, rest in at_rest.items():
            if topic not in self._states:
                self.publish(topic, self.heard.get(topic, rest), True)
        for cart in self._carts.values():
            cart.speak()

    def _hear(self, topic: str, payload: str, retained: bool) -> None:
        if topic in self._carts:
            if not retained:
                self._carts[topic].obey(payload)
        elif self.heard.get(topic) != payload:
            self.heard[topic] = payload
            self._changed()


async def _pause(seconds: float) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, done.set)
    await done.wait()
