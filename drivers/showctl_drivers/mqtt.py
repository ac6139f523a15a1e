"""MQTT: topics in as triggers, messages out, one connection for both.

The session is always clean: what happened while we were away is never delivered late (DESIGN law 9). Retained
messages come marked, a redelivered one carries its packet id. Nothing is published twice.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from showctl.driver import Emit, Send
from showctl.errors import DriverError
from showctl.model import (
    SECOND_NS,
    EdgeFrame,
    Flush,
    Frame,
    LevelFrame,
    Lost,
    Malformed,
    Reply,
    Trigger,
    Value,
)
from showctl_drivers import _broker
from showctl_drivers._mqtt_session import Entrance, ended, expiry, session, trust
from showctl_drivers._outbox import Outbox
from showctl_drivers._secrets import credentials

if TYPE_CHECKING:
    import aiomqtt

PAYLOAD_MAX = 64 * 1024    # bytes; no sensor and no cue says more
DRAIN_WITHIN_S = 1.0       # what is queued when we are told to close


@dataclass(frozen=True, slots=True)
class Config:
    """One MQTT broker.

    broker     ``embedded`` (a broker of our own on 127.0.0.1:1883, or ``embedded:PORT``), or ``host:port`` of
               another; without a port 1883, with TLS 8883
    version    MQTT version, ``5`` or ``3.1.1``; the embedded broker speaks 3.1.1 whatever is written
    login      first word of a line ``<login> <user> <password>`` in the secrets file, which is ``$SHOWCTL_SECRETS``
               or ``~/.config/showctl/secrets`` and must be readable by its owner alone (chmod 600)
    tls        encrypt, and check the broker's certificate
    ca         file with the certificate authority to trust, PEM; empty: the system's
    keepalive  seconds of silence before the broker is asked whether it lives, 1..60; a frozen one is lost after
               about twice that
    state      topic that reads ``online`` while we are connected and ``offline`` after (last will), retained;
               empty: ``showctl/<connection>/state``
    """

    broker: str = "embedded"
    version: str = "5"
    login: str = ""
    tls: bool = False
    ca: str = ""
    keepalive: int = 5
    state: str = ""
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _endpoint(self)
        if str(self.version) not in ("5", "3.1.1"):
            raise ValueError(f"version is 5 or 3.1.1, not {self.version!r}")
        if type(self.keepalive) is not int or not 1 <= self.keepalive <= 60:
            raise ValueError(f"keepalive is 1 to 60 whole seconds, not {self.keepalive!r}")
        if self.ca and not self.tls:
            raise ValueError("ca needs tls: true")
        for topic in (self.state, *self.inputs):
            if any(sign in topic for sign in "+#\0") or len(topic.encode()) > 1024:
                raise ValueError(f"'{topic[:60]}' is not one topic: it holds +, # or NUL, or is over 1024 bytes")


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[Send]:
    """Connect, hear ``config.inputs`` at QoS 1, and yield ``send``.

    ``send`` takes ``EdgeFrame`` with address ``("topic", t)`` (QoS 1, not retained, once, in order) or
    ``("state", t)`` (retained, the newest takes the place of one that waits), and ``LevelFrame`` with
    ``("topic", t)`` (QoS 0, its integer as text, newest wins). Raises DriverError where the broker is absent,
    silent or refuses us.
    """
    async with AsyncExitStack() as stack:
        host, port, embedded = _endpoint(config)
        if embedded:
            await stack.enter_async_context(_broker.running(port))
        entrance = _entrance(config, host, port, embedded)
        client = await stack.enter_async_context(
            session(entrance, config.inputs, _receiver(config.name, emit))
        )
        lost = _once(lambda reason: emit(Lost(config.name, reason)))
        outbox: Outbox[Letter] = Outbox(config.name, emit)
        tasks = [
            asyncio.create_task(_watch(client, lost), name=f"{config.name}: watch"),
            asyncio.create_task(_deliver(client, outbox, entrance.modern, lost), name=f"{config.name}: deliver"),
        ]
        try:
            yield _sender(config.name, outbox, emit)
            await _drain(outbox, tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            outbox.clear("connection closed")


def _endpoint(config: Config) -> tuple[str, int, bool]:
    """(host, port, whether the broker is ours). Raises ValueError."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\[\]]+))(?::([0-9]{1,5}))?", config.broker)
    port = int(match[3]) if match and match[3] else (8883 if config.tls else 1883)
    if match is None or not 1 <= port <= 65535:
        raise ValueError(f"broker is embedded, embedded:PORT or host:port (1..65535), not {config.broker!r}")
    host = match[1] or match[2]
    if host != "embedded":
        return host, port, False
    if config.tls or config.login:
        raise ValueError("the embedded broker has neither tls nor login; it listens on loopback alone")
    return _broker.HOST, port, True


def _entrance(config: Config, host: str, port: int, embedded: bool) -> Entrance:
    user, password = credentials(config.login) if config.login else (None, None)
    try:
        tls = trust(config.ca) if config.tls else None
    except OSError as error:
        raise DriverError(f"ca {config.ca}: {error.strerror or error}") from None
    return Entrance(
        config.name, host, port,
        modern=str(config.version) == "5" and not embedded,
        keepalive_s=config.keepalive,
        state=config.state or f"showctl/{re.sub(r'[^A-Za-z0-9_-]', '-', config.name) or 'daemon'}/state",
        user=user, password=password, tls=tls,
    )  # fmt: skip


async def _watch(client: aiomqtt.Client, lost: Callable[[str], None]) -> None:
    lost(await ended(client))


def _once(call: Callable[[str], None]) -> Callable[[str], None]:
    said: list[str] = []

    def first(reason: str) -> None:
        if not said:
            said.append(reason)
            call(reason)

    return first


# ---- in ----


def _receiver(name: str, emit: Emit) -> Callable[[Any, Any, Any], None]:
    def receive(_client: Any, _userdata: Any, message: Any) -> None:
        try:
            topic: str = message.topic
        except UnicodeDecodeError:
            emit(Malformed(name, "a topic that is not UTF-8 text"))
            return
        payload: bytes = message.payload
        if len(payload) > PAYLOAD_MAX:
            emit(Malformed(name, f"{topic}: a payload of {len(payload)} bytes; at most {PAYLOAD_MAX}"))
            return
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            emit(Malformed(name, f"{topic}: a payload that is not UTF-8 text"))
            return
        emit(Trigger(name, topic, text, "", message.retain, message.mid if message.dup else None))

    return receive


# ---- out ----


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it goes to the broker; ``expires_ns`` None for what is never too old."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    expires_ns: int | None = None


def _sender(name: str, outbox: Outbox[Letter], emit: Emit) -> Send:
    def send(frame: Frame | Reply | Flush) -> None:
        match frame:
            case EdgeFrame(address=("topic", str(topic)), value=value, expires_ns=expires_ns):
                letter = Letter(topic, _payload(value), 1, False, expires_ns)
                outbox.put_edge(letter, f"'{topic}'", expires_ns)
            case EdgeFrame(address=("state", str(topic)), value=value):
                outbox.put_level(Letter(topic, _payload(value), 1, True), f"'{topic}'", topic)
            case LevelFrame(address=("topic", str(topic)), value=value):
                outbox.put_level(Letter(topic, b"%d" % value, 0, False), f"'{topic}'", topic)
            case Flush():
                outbox.drop_edges()
            case _:
                where = getattr(frame, "address", type(frame).__name__)
                emit(Malformed(name, f"MQTT cannot send {where}; its commands name a topic"))

    return send


def _payload(value: Value) -> bytes:
    """``None`` is empty, true and false are JSON's words, numbers their text, a tuple a JSON array."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return b"" if value is None else json.dumps(value, default=str).encode()


async def _deliver(
    client: aiomqtt.Client, outbox: Outbox[Letter], modern: bool, lost: Callable[[str], None]
) -> None:
    """Publish one after the other: the broker has each before it sees the next."""
    import aiomqtt

    while True:
        await outbox.filled.wait()
        waiting = outbox.take()
        if waiting is None:
            continue
        letter, what = waiting
        too_old = expiry(-(-letter.expires_ns // SECOND_NS)) if modern and letter.expires_ns else None
        try:
            await client.publish(letter.topic, letter.payload, letter.qos, letter.retain, too_old)
        except aiomqtt.MqttError as error:
            outbox.refuse(what, f"was not acknowledged and is not sent again: {error}")
            lost(f"the MQTT broker did not take {what}: {error}")
            return
        except ValueError as error:    # a topic that cannot be published: the sheet's mistake
            outbox.refuse(what, f"cannot be sent: {error}")


async def _drain(outbox: Outbox[Letter], tasks: list[asyncio.Task[None]]) -> None:
    """Told to close: what waits may still go, for a second, while the connection lives."""
    end_s = asyncio.get_running_loop().time() + DRAIN_WITHIN_S
    while len(outbox) and not any(task.done() for task in tasks):
        left_s = end_s - asyncio.get_running_loop().time()
        if left_s <= 0:
            return
        await asyncio.wait(tasks, timeout=min(left_s, 0.01))
