"""One clean session with an MQTT broker, opened and closed so that nothing is left behind."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from showctl.errors import DriverError

if TYPE_CHECKING:
    import aiomqtt

PACKET_MAX = 256 * 1024        # bytes; an MQTT 5 broker keeps larger ones from us
ANSWER_WITHIN_S = 3            # connect, subscribe, publish
GOODBYE_WITHIN_S = 1.0

Receive = Callable[[Any, Any, Any], None]
"""(client, user data, message), as paho calls it."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where and as whom to connect. ``state`` is the topic of the last will; ``modern`` is MQTT 5, else 3.1.1."""

    name: str
    host: str
    port: int
    modern: bool
    keepalive_s: int
    state: str
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


@asynccontextmanager
async def session(to: Entrance, topics: tuple[str, ...], receive: Receive) -> AsyncIterator[aiomqtt.Client]:
    """Be connected, hear ``topics`` at QoS 1, and say online and offline on ``to.state``.

    ``receive`` is called with paho's message in the turn of the loop that reads it. Raises DriverError where the
    broker is absent, silent for 3 s, or refuses us.
    """
    import aiomqtt

    client = _client(to)
    # aiomqtt's own queue and iterator cost a task and three turns of the loop a message, and drop the DUP flag.
    client._client.on_message = receive
    try:
        await _enter(client)
        await client.publish(to.state, b"online", 1, retain=True)
        await _subscribe(client, topics, to.modern)
    except aiomqtt.MqttError as error:
        await _abandon(client)
        raise DriverError(f"MQTT broker {to.host}:{to.port}: {error}; does it run, and may we enter?") from None
    except BaseException:
        await _abandon(client)
        raise
    try:
        yield client
        with suppress(aiomqtt.MqttError):
            await client.publish(to.state, b"offline", 1, retain=True, timeout=GOODBYE_WITHIN_S)
    finally:
        with suppress(aiomqtt.MqttError):
            await client.__aexit__(None, None, None)
        await _abandon(client)


async def ended(client: aiomqtt.Client) -> str:
    """Wait until the connection ends; the reason. Messages go the short way, through ``receive``."""
    import aiomqtt

    try:
        async for _ in client.messages:
            pass
    except aiomqtt.MqttError as error:
        return f"the MQTT broker is gone: {error.__cause__ or error}"
    return "the MQTT broker is gone"


def expiry(seconds: int) -> Any:
    """MQTT 5's Message Expiry Interval (section 3.3.2.3.3): the broker, too, forgets what has become too old."""
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = seconds
    return properties


class _ClosingSocket(ssl.SSLSocket):
    """paho forgets the socket of a handshake that failed: one open file for each time we try."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def trust(ca: str) -> ssl.SSLContext:
    """TLS that checks the broker's certificate against the file ``ca`` (PEM), or the system's authorities if empty.

    Raises OSError where the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca or None)
    context.sslsocket_class = _ClosingSocket
    return context


def _client(to: Entrance) -> aiomqtt.Client:
    import aiomqtt
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = None
    if to.modern:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = PACKET_MAX
    client = aiomqtt.Client(
        to.host, to.port,
        identifier=f"showctl-{to.name}-{uuid.uuid4().hex[:8]}",    # two of one name throw each other out
        protocol=aiomqtt.ProtocolVersion.V5 if to.modern else aiomqtt.ProtocolVersion.V311,
        username=to.user, password=to.password, tls_context=to.tls, properties=properties,
        clean_start=True if to.modern else 3, clean_session=None if to.modern else True,
        keepalive=to.keepalive_s, timeout=ANSWER_WITHIN_S,
        will=aiomqtt.Will(to.state, b"offline", 1, retain=True),
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],    # else 40 ms for the first message
        logger=_silent(),
    )  # fmt: skip
    client._client.connect_timeout = ANSWER_WITHIN_S
    return client


async def _enter(client: aiomqtt.Client) -> None:
    """Connect. The library connects in a thread, so whoever gives up early leaves it to end by itself."""

    def hang_up(task: asyncio.Future[aiomqtt.Client]) -> None:
        if not task.cancelled():
            task.exception()
        _shut(client)

    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        entering.add_done_callback(hang_up)
        raise


async def _subscribe(client: aiomqtt.Client, topics: tuple[str, ...], modern: bool) -> None:
    from paho.mqtt.subscribeoptions import SubscribeOptions

    topics = tuple(dict.fromkeys(topics))
    if not topics:
        return
    wanted: Any = [(topic, SubscribeOptions(qos=1) if modern else 1) for topic in topics]
    answers: Any = await client.subscribe(wanted)
    for topic, answer in zip(topics, answers, strict=False):
        if getattr(answer, "value", answer) >= 0x80:
            raise DriverError(f"the MQTT broker does not let us hear '{topic}'; allow it in its access list")


def _shut(client: aiomqtt.Client) -> None:
    """Hang up without a word: the broker then sends our will, and the library closes its own end."""
    held: Any = client._client.socket()
    if held is not None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)


async def _abandon(client: aiomqtt.Client) -> None:
    """Leave nothing open behind: a socket, a reader or a future with an error nobody asked for."""
    _shut(client)
    for _ in range(8):    # turns of the loop; the library needs two to see the end of the socket
        if client._client.socket() is None:
            break
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    for future in (client._connected, client._disconnected):
        if future.done() and not future.cancelled():
            future.exception()


def _silent() -> logging.Logger:
    """The shell writes the log lines; the library's go nowhere."""
    logger = logging.getLogger("showctl.mqtt")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
