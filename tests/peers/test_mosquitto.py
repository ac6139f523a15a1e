"""mosquitto as the house's broker: killed, frozen, restarted, closed to us; MQTT 5."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from showctl.errors import DriverError
from showctl.model import EdgeFrame, Lost, Malformed, Trigger
from showctl_drivers import mqtt
from tests.peers.programs import free_port, need, running, stop, tcp_answers

pytestmark = pytest.mark.peers

S = 1_000_000_000


@contextmanager
def mosquitto(where: Path, port: int, *lines: str) -> Iterator[subprocess.Popen[bytes]]:
    """A broker on 127.0.0.1:``port``; what it retains lives in ``where``."""
    config = where / "mosquitto.conf"
    rows = lines or ("allow_anonymous true",)
    config.write_text("\n".join((f"listener {port} 127.0.0.1", "set_tcp_nodelay true", *as_user(), *rows, "")))
    command = ("mosquitto", "-c", str(config))
    with running(command, lambda: tcp_answers(port), log=where / "mosquitto.log") as child:
        yield child


def as_user() -> tuple[str, ...]:
    """Started by root, mosquitto would become a user that cannot read our files."""
    return ("user root",) if os.getuid() == 0 else ()


def pub(port: int, topic: str, payload: str, *options: str) -> None:
    command = [need("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(port), "-t", topic, "-m", payload, *options]
    subprocess.run(command, check=True, timeout=10)


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def config(port: int, *inputs: str, **more: object) -> mqtt.Config:
    return mqtt.Config(f"127.0.0.1:{port}", name="sensors", inputs=inputs, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_semantics_23_only_what_happens_now_is_live(tmp_path: Path, version: str) -> None:
    """A retained value comes marked, each time we connect; a live one does not, retained or not at the broker."""
    port = free_port()
    with mosquitto(tmp_path, port):
        pub(port, "door", "open", "-r", "-q", "1")
        for _ in range(2):
            heard: list[object] = []
            async with mqtt.connect(config(port, "door", version=version), heard.append):
                await until(lambda: heard)  # noqa: B023
                await asyncio.to_thread(pub, port, "door", "open", "-r", "-q", "1")
                await until(lambda: len(heard) == 2)  # noqa: B023
            assert heard == [Trigger("sensors", "door", "open", retained=True), Trigger("sensors", "door", "open")]


async def test_law_9_what_was_published_while_we_were_away_never_comes(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port):
        async with mqtt.connect(config(port, "cart/go"), lambda _: None):
            pass
        pub(port, "cart/go", "stage", "-q", "1")
        heard: list[object] = []
        async with mqtt.connect(config(port, "cart/go"), heard.append):
            await asyncio.to_thread(pub, port, "cart/go", "now", "-q", "1")
            await until(lambda: heard)
    assert heard == [Trigger("sensors", "cart/go", "now")]


async def test_a_killed_broker_is_lost_at_once_and_the_next_connect_hears_again(tmp_path: Path) -> None:
    port = free_port()
    heard: list[object] = []
    with mosquitto(tmp_path, port) as broker:
        async with mqtt.connect(config(port, "door"), heard.append) as send:
            broker.send_signal(signal.SIGKILL)
            await until(lambda: heard, seconds=1)
            send(EdgeFrame("sensors", ("topic", "cart/command"), "go stage", 0, 2 * S))
            await asyncio.sleep(0.05)
        with pytest.raises(DriverError, match="refused"):
            async with mqtt.connect(config(port, "door"), heard.append):
                pass
    assert type(heard[0]) is Lost
    assert "'cart/command' was not acknowledged and is not sent again" in heard[1].reason  # type: ignore[attr-defined]
    heard.clear()
    with mosquitto(tmp_path, port):
        async with mqtt.connect(config(port, "door", "cart/command"), heard.append):
            await asyncio.to_thread(pub, port, "door", "open")
            await until(lambda: heard)
    assert heard == [Trigger("sensors", "door", "open")], "the command of before the loss is never sent"


async def test_a_frozen_broker_is_lost_within_a_few_keepalives(tmp_path: Path) -> None:
    port = free_port()
    heard: list[object] = []
    loop = asyncio.get_running_loop()
    with mosquitto(tmp_path, port) as broker:
        async with mqtt.connect(config(port, "door", keepalive=1), heard.append):
            broker.send_signal(signal.SIGSTOP)
            try:
                start_s = loop.time()
                await until(lambda: heard, seconds=8)
                took_s = loop.time() - start_s
            finally:
                broker.send_signal(signal.SIGCONT)
    assert type(heard[0]) is Lost
    assert took_s < 5


async def test_a_frozen_broker_is_lost_by_the_command_it_does_not_take(tmp_path: Path) -> None:
    port = free_port()
    heard: list[object] = []
    with mosquitto(tmp_path, port) as broker:
        async with mqtt.connect(config(port, keepalive=60), heard.append) as send:
            broker.send_signal(signal.SIGSTOP)
            try:
                send(EdgeFrame("sensors", ("topic", "cart/command"), "go stage", 0, 2 * S))
                await until(lambda: heard, seconds=6)
            finally:
                broker.send_signal(signal.SIGCONT)
    assert [type(h) for h in heard] == [Malformed, Lost]
    assert "did not take 'cart/command'" in heard[1].reason  # type: ignore[attr-defined]


async def test_the_last_will_says_offline_only_when_we_vanish_or_leave(tmp_path: Path) -> None:
    port = free_port()
    heard: list[Trigger] = []
    with mosquitto(tmp_path, port):
        async with mqtt.connect(config(port, "showctl/hall/state"), heard.append):  # type: ignore[arg-type]
            for _ in range(2):
                settings = mqtt.Config(f"127.0.0.1:{port}", name="hall", state="showctl/hall/state")
                async with mqtt.connect(settings, lambda _: None):
                    pass
            await until(lambda: len(heard) == 4)
            path = os.pathsep.join(sys.path)
            other = subprocess.Popen([sys.executable, "-c", OTHER, str(port)], env={**os.environ, "PYTHONPATH": path})
            try:
                await until(lambda: len(heard) == 5)
            finally:
                other.kill()
                other.wait()
            await until(lambda: len(heard) == 6)
    assert [trigger.value for trigger in heard] == ["online", "offline"] * 3


OTHER = """
import asyncio, sys
from showctl_drivers import mqtt
async def main():
    settings = mqtt.Config(f"127.0.0.1:{sys.argv[1]}", name="hall", state="showctl/hall/state")
    async with mqtt.connect(settings, lambda _: None):
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_closed_broker_lets_us_in_with_the_password_and_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    words, access, secrets = tmp_path / "passwords", tmp_path / "access", tmp_path / "secrets"
    subprocess.run([need("mosquitto_passwd"), "-b", "-c", str(words), "showctl", "two words"], check=True, timeout=10)
    access.write_text("user showctl\ntopic read door\ntopic showctl/#\n")
    for path in (words, access):
        path.chmod(0o600)
    monkeypatch.setenv("SHOWCTL_SECRETS", str(secrets))
    with mosquitto(tmp_path, port, "allow_anonymous false", f"password_file {words}", f"acl_file {access}"):
        for written, says in (("shop showctl wrong\n", "Not authorized"), ("shop showctl two words\n", "")):
            secrets.write_text(written)
            secrets.chmod(0o600)
            if says:
                with pytest.raises(DriverError, match=says):
                    async with mqtt.connect(config(port, "door", login="shop"), lambda _: None):
                        pass
            else:
                async with mqtt.connect(config(port, "door", login="shop"), lambda _: None):
                    pass


async def test_tls_checks_the_certificate(tmp_path: Path) -> None:
    port = free_port()
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [need("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, timeout=20, capture_output=True,
    )  # fmt: skip
    heard: list[object] = []
    with mosquitto(tmp_path, port, "allow_anonymous true", f"certfile {certificate}", f"keyfile {key}"):
        async with mqtt.connect(config(port, "showctl/x/state", tls=True, ca=str(certificate)), heard.append):
            settings = config(port, tls=True, ca=str(certificate), state="showctl/x/state")
            async with mqtt.connect(settings, lambda _: None):
                await until(lambda: heard)
        open_before = len(os.listdir("/proc/self/fd"))
        refused = []
        for _ in range(3):
            with pytest.raises(DriverError, match=r"(?i)certificate") as caught:
                async with mqtt.connect(config(port, tls=True), lambda _: None):
                    pass
            refused.append(caught)
        assert len(os.listdir("/proc/self/fd")) == open_before
    assert heard[0] == Trigger("sensors", "showctl/x/state", "online")


async def test_a_flapping_broker_leaves_nothing_behind(tmp_path: Path) -> None:
    """Down and up eight times: the same number of open files, and no task more, than after the first."""
    port = free_port()
    counts: list[tuple[int, int]] = []
    for _ in range(8):
        heard: list[object] = []
        with mosquitto(tmp_path, port) as broker:
            async with mqtt.connect(config(port, "door"), heard.append):
                await asyncio.to_thread(stop, broker)
                await until(lambda: heard)  # noqa: B023
        assert [type(h) for h in heard] == [Lost]
        counts.append((len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())))
    assert set(counts[1:]) == {counts[1]}
