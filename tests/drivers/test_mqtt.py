"""The MQTT driver against a peer that says exactly the bytes we want to hear (mosquitto itself: tests/peers)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Lost, Malformed, Reply, Trigger
from showctl_drivers import _mqtt_session, mqtt
from showctl_drivers._secrets import credentials

CONNACK = b"\x20\x02\x00\x00"
S = 1_000_000_000


def publish(
    topic: bytes, payload: bytes, *, qos: int = 0, retain: bool = False, dup: bool = False, mid: int = 7
) -> bytes:
    """An MQTT 3.1.1 PUBLISH packet (section 3.3)."""
    body = len(topic).to_bytes(2, "big") + topic + (mid.to_bytes(2, "big") if qos else b"") + payload
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (128 if size else 0)])
        if not size:
            return bytes([0x30 | dup << 3 | qos << 1 | retain]) + length + body


class Peer:
    """A broker that accepts everybody, acknowledges, and otherwise says only what the test says."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self.writer: asyncio.StreamWriter | None = None
        self.connections = 0
        self.acknowledge = True
        self.connack = CONNACK
        self.suback = 1
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.connections += 1
        try:
            while True:
                kind = (await reader.readexactly(1))[0]
                size = shift = 0
                while True:
                    digit = (await reader.readexactly(1))[0]
                    size |= (digit & 127) << shift
                    shift += 7
                    if digit < 128:
                        break
                body = await reader.readexactly(size)
                self.heard.append((kind, body))
                writer.write(self.answer(kind, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, kind: int, body: bytes) -> bytes:
        match kind >> 4:
            case 1:
                return self.connack
            case 8:
                topics, index = 0, 2
                while index < len(body):
                    index += 3 + int.from_bytes(body[index : index + 2], "big")
                    topics += 1
                return bytes([0x90, 2 + topics]) + body[:2] + bytes([self.suback]) * topics
            case 3 if kind & 6 and self.acknowledge:
                size = int.from_bytes(body[:2], "big")
                return b"\x40\x02" + body[2 + size : 4 + size]
            case 12:
                return b"\xd0\x00"
        return b""

    def say(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def published(self) -> list[tuple[int, str, bytes]]:
        """(QoS and retain bits, topic, payload) of what came in, without the driver's own online and offline."""
        found = []
        for kind, body in self.heard:
            if kind >> 4 == 3:
                size = int.from_bytes(body[:2], "big")
                topic = body[2 : 2 + size].decode()
                payload = body[2 + size + (2 if kind & 6 else 0) :]
                if payload not in (b"online", b"offline"):
                    found.append((kind & 7, topic, payload))
        return found


@asynccontextmanager
async def serving(handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)  # type: ignore[arg-type]
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    async with serving(peer.serve) as port:
        peer.port = port
        yield peer


def config(port: int, *inputs: str, **more: object) -> mqtt.Config:
    return mqtt.Config(f"127.0.0.1:{port}", version="3.1.1", name="sensors", inputs=inputs, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.002)


async def test_payloads_become_triggers_in_order_and_in_the_turn_that_reads_them(peer: Peer) -> None:
    heard: list[object] = []
    async with mqtt.connect(config(peer.port, "door", "seat"), heard.append):
        peer.say(publish(b"door", b'{"contact": false}') + publish(b"seat", b"0.61", qos=1) + publish(b"door", b""))
        await until(lambda: len(heard) == 3)
    assert heard == [
        Trigger("sensors", "door", '{"contact": false}'),
        Trigger("sensors", "seat", "0.61"),
        Trigger("sensors", "door", ""),
    ]  # fmt: skip


async def test_semantics_23_retained_and_redelivered_messages_are_marked(peer: Peer) -> None:
    """SEMANTICS 23, CORE 3: conditioning can only tell the past from the present if the driver says which is which."""
    heard: list[Trigger] = []
    async with mqtt.connect(config(peer.port, "door"), heard.append):  # type: ignore[arg-type]
        peer.say(publish(b"door", b"1", qos=1, retain=True))
        peer.say(publish(b"door", b"2", qos=1, mid=9) + publish(b"door", b"2", qos=1, dup=True, mid=9))
        await until(lambda: len(heard) == 3)
    assert [(t.retained, t.message_id) for t in heard] == [(True, None), (False, None), (False, 9)]


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (publish(b"door", b"x" * (mqtt.PAYLOAD_MAX + 1)), "door: a payload of 65537 bytes; at most 65536"),
        (publish(b"door", b"\xff\xfe"), "door: a payload that is not UTF-8 text"),
        (publish(b"do\xffr", b"1"), "a topic that is not UTF-8 text"),
    ],
)
async def test_what_cannot_be_read_is_reported_and_the_show_goes_on(peer: Peer, packet: bytes, reason: str) -> None:
    heard: list[object] = []
    async with mqtt.connect(config(peer.port, "door"), heard.append):
        peer.say(packet + publish(b"door", b"x" * mqtt.PAYLOAD_MAX))
        await until(lambda: len(heard) == 2)
    assert heard == [Malformed("sensors", reason), Trigger("sensors", "door", "x" * mqtt.PAYLOAD_MAX)]


def test_the_past_is_never_asked_for() -> None:
    """DESIGN law 9: the session is clean in both versions, whatever the broker kept."""
    async def run(version: str) -> bytes:
        peer = Peer()
        async with serving(peer.serve) as port:
            settings = mqtt.Config(f"127.0.0.1:{port}", version=version, name="sensors")
            peer.connack = CONNACK if version == "3.1.1" else b"\x20\x03\x00\x00\x00"
            async with mqtt.connect(settings, lambda _: None):
                return peer.heard[0][1]

    for version, level in (("3.1.1", 4), ("5", 5)):
        body = asyncio.run(run(version))
        assert body[:6] == b"\x00\x04MQTT"
        assert body[6] == level
        assert body[7] & 0b10, "Clean Session / Clean Start"
        assert body[7] & 0b100, "a last will"
        assert b"showctl/sensors/state" in body
        assert b"offline" in body


async def test_edges_go_once_in_order_and_states_are_retained_newest_wins(peer: Peer) -> None:
    """SEMANTICS 29, CORE 13."""
    heard: list[object] = []
    async with mqtt.connect(config(peer.port), heard.append) as send:
        send(LevelFrame("sensors", ("topic", "dim"), 1, 255))
        send(LevelFrame("sensors", ("topic", "dim"), 2, 255))
        send(EdgeFrame("sensors", ("topic", "cart/command"), "go stage", 0, 2 * S))
        send(LevelFrame("sensors", ("topic", "dim"), 3, 255))
        send(EdgeFrame("sensors", ("state", "showctl/shop/state"), "old", 0, 2 * S))
        send(EdgeFrame("sensors", ("state", "showctl/shop/state"), "new", 0, 2 * S))
        send(EdgeFrame("sensors", ("topic", "cart/command"), "go stage", 0, 2 * S))
    assert peer.published() == [
        (0, "dim", b"2"), (2, "cart/command", b"go stage"), (0, "dim", b"3"),
        (3, "showctl/shop/state", b"new"), (2, "cart/command", b"go stage"),
    ]  # fmt: skip
    assert heard == []


async def test_semantics_30_an_edge_not_sent_in_time_is_dropped_and_shown(peer: Peer) -> None:
    heard: list[object] = []
    async with mqtt.connect(config(peer.port), heard.append) as send:
        peer.acknowledge = False
        send(EdgeFrame("sensors", ("topic", "first"), "1", 0, 2 * S))
        await until(lambda: len(peer.published()) == 1)
        send(EdgeFrame("sensors", ("topic", "late"), "2", 0, S // 100))
        send(EdgeFrame("sensors", ("topic", "in-time"), "3", 0, 60 * S))
        await asyncio.sleep(0.03)
        peer.acknowledge = True
        mid = peer.heard[-1][1][2 + len("first") : 4 + len("first")]
        peer.say(b"\x40\x02" + mid)
        await until(lambda: len(peer.published()) == 2)
    assert [topic for _, topic, _ in peer.published()] == ["first", "in-time"]
    assert heard == [Malformed("sensors", "'late' could not be sent in time and is dropped")]


async def test_law_7_the_outbox_is_bounded_and_panic_empties_it(peer: Peer) -> None:
    heard: list[Malformed] = []
    async with mqtt.connect(config(peer.port), heard.append) as send:  # type: ignore[arg-type]
        for number in range(300):
            send(EdgeFrame("sensors", ("topic", "t"), str(number), 0, 60 * S))
        assert len(heard) == 300 - 256
        assert heard[0].reason == "'t' is dropped: 256 wait already"
        send(Flush("sensors"))
    assert peer.published() == []


async def test_what_mqtt_cannot_send_is_refused_in_words(peer: Peer) -> None:
    heard: list[Malformed] = []
    async with mqtt.connect(config(peer.port), heard.append) as send:  # type: ignore[arg-type]
        send(DmxFrame("sensors", 0, bytes(512)))
        send(Reply("sensors", "10.0.0.1:9", "/x"))
        send(EdgeFrame("sensors", ("note", 1, 60), 127, 0, S))
        send(EdgeFrame("sensors", ("topic", "a/#"), "1", 0, S))
        send(EdgeFrame("sensors", ("topic", "fine"), True, 0, S))
    assert [m.reason.split(";")[0] for m in heard[:3]] == [
        "MQTT cannot send DmxFrame", "MQTT cannot send Reply", "MQTT cannot send ('note', 1, 60)",
    ]  # fmt: skip
    assert heard[3].reason.startswith("'a/#' cannot be sent")
    assert peer.published() == [(2, "fine", b"true")]


async def test_a_broker_that_goes_away_is_lost_once(peer: Peer) -> None:
    heard: list[object] = []
    async with mqtt.connect(config(peer.port), heard.append) as send:
        assert peer.writer is not None
        peer.writer.close()
        await until(lambda: bool(heard))
        send(EdgeFrame("sensors", ("topic", "t"), "1", 0, S))
        await asyncio.sleep(0.05)
    assert [type(h) for h in heard] == [Lost, Malformed], "an edge that cannot leave any more is shown"
    assert "broker is gone" in heard[0].reason  # type: ignore[attr-defined]


async def test_a_broker_that_refuses_a_topic_is_named(peer: Peer) -> None:
    peer.suback = 0x80
    with pytest.raises(DriverError, match="does not let us hear 'door'; allow it in its access list"):
        async with mqtt.connect(config(peer.port, "door"), lambda _: None):
            pass


async def close_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def talk_junk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(range(256)) * 64)
    with suppress(ConnectionError):
        await reader.read()
    writer.close()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@pytest.mark.parametrize("wrong", [close_at_once, talk_junk, stay_silent])
async def test_a_wrong_peer_is_an_error_in_time_and_leaves_nothing_open(
    wrong: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 7: each attempt ends, and however many, they leave no socket and no task behind."""
    monkeypatch.setattr(_mqtt_session, "ANSWER_WITHIN_S", 0.2)
    loop = asyncio.get_running_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with serving(wrong) as port:
        open_before: int | None = None
        for _ in range(6):
            with pytest.raises(DriverError, match=f"MQTT broker 127.0.0.1:{port}: .*does it run"):
                async with mqtt.connect(config(port, "door"), lambda _: None):
                    pass
            await asyncio.sleep(0.02)
            open_now = len(os.listdir("/proc/self/fd"))
            open_before = open_now if open_before is None else open_before
            assert open_now <= open_before
        assert not [task for task in asyncio.all_tasks() if "misc_loop" in repr(task)]
    assert complaints == []


async def test_an_absent_broker_is_named() -> None:
    with pytest.raises(DriverError, match=r"MQTT broker 127\.0\.0\.1:1: .*refused"):
        async with mqtt.connect(config(1), lambda _: None):
            pass


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"broker": "here there"}, "host:port"), ({"broker": "a:99999"}, "host:port"), ({"version": "4"}, "5 or 3.1.1"),
        ({"keepalive": 0}, "1 to 60"), ({"keepalive": "5"}, "1 to 60"), ({"ca": "x.pem"}, "ca needs tls"),
        ({"inputs": ("a/+",)}, "not one topic"), ({"state": "a#"}, "not one topic"),
        ({"broker": "embedded", "tls": True}, "neither tls nor login"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        mqtt.Config(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("broker", "tls", "endpoint"),
    [
        ("embedded", False, ("127.0.0.1", 1883, True)), ("embedded:1999", False, ("127.0.0.1", 1999, True)),
        ("10.0.0.5", False, ("10.0.0.5", 1883, False)), ("venue.local", True, ("venue.local", 8883, False)),
        ("[::1]:1884", False, ("::1", 1884, False)),
    ],
)  # fmt: skip
def test_a_broker_is_written_as_people_write_it(broker: str, tls: bool, endpoint: tuple[str, int, bool]) -> None:
    assert mqtt._endpoint(mqtt.Config(broker, tls=tls)) == endpoint


def test_a_password_comes_from_a_file_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secrets"
    monkeypatch.setenv("SHOWCTL_SECRETS", str(path))
    with pytest.raises(DriverError, match=r"cannot read .*chmod 600"):
        credentials("shop")
    path.write_text("# passwords\nhall bob pass\nshop showctl two words\n")
    path.chmod(0o640)
    with pytest.raises(DriverError, match=r"others can read .*chmod 600"):
        credentials("shop")
    path.chmod(0o600)
    assert credentials("shop") == ("showctl", "two words")
    with pytest.raises(DriverError, match="no login 'cart'"):
        credentials("cart")


async def test_the_password_is_sent_and_never_said(
    peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secrets"
    path.write_text("shop showctl hush\n")
    path.chmod(0o600)
    monkeypatch.setenv("SHOWCTL_SECRETS", str(path))
    settings = config(peer.port, login="shop")
    async with mqtt.connect(settings, lambda _: None):
        pass
    assert peer.heard[0][1].endswith(b"\x00\x07showctl\x00\x04hush")
    assert "hush" not in repr(settings)
