"""A client of the daemon's broker: says what sensors say, hears what the show commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import aiomqtt

from showctl.codec import endpoint
from showctl.errors import DriverError

EMBEDDED_PORT = 1883


class Broker:
    """One connection for as long as the context lasts; what it left retained is taken back at its end."""

    def __init__(self, where: str, topics: Iterable[str], heard: Callable[[str, str], None]) -> None:
        """``where`` as the sheet says it: ``embedded``, ``embedded:PORT`` or ``host:port``."""
        kind, _, port = where.partition(":")
        if kind == "embedded":
            self._place = ("127.0.0.1", int(port or EMBEDDED_PORT))
        else:
            self._place = endpoint.parse(where if ":" in where else f"{where}:{EMBEDDED_PORT}")
        self._topics = tuple(topics)
        self._heard = heard
        self._left: dict[str, None] = {}
        self._client: aiomqtt.Client | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def publish(self, topic: str, payload: str, retained: bool) -> None:
        """Say it now."""
        assert self._client is not None
        if retained:
            self._left[topic] = None
        try:
            await self._client.publish(topic, payload.encode(), qos=0, retain=retained)
        except aiomqtt.MqttError as error:
            raise DriverError(f"the broker at {endpoint.text(*self._place)} is gone ({error})") from None

    async def __aenter__(self) -> Broker:
        quiet = logging.getLogger("showctl_sim.mqtt")
        quiet.disabled = True
        host, port = self._place
        client = aiomqtt.Client(host, port, protocol=aiomqtt.ProtocolVersion.V311, timeout=5, logger=quiet)
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise DriverError(f"no broker at {endpoint.text(host, port)} ({error}); is showctl running?") from None
        self._client = client
        for topic in self._topics:
            await client.subscribe(topic)
        self._hearing = asyncio.create_task(self._hear(client))
        return self

    async def __aexit__(self, *_: Any) -> None:
        assert self._client is not None
        assert self._hearing is not None
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        with suppress(aiomqtt.MqttError, DriverError):
            for topic in self._left:
                await self._client.publish(topic, b"", qos=0, retain=True)
            await self._client.__aexit__(None, None, None)

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if isinstance(message.payload, bytes) and not message.retain:
                self._heard(str(message.topic), message.payload.decode(errors="replace"))
