"""The embedded broker: a real child process, real MQTT 3.1.1 (CORE 17)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from showctl.errors import DriverError
from showctl.model import EdgeFrame, Lost, Trigger
from showctl_drivers import _broker, mqtt

S = 1_000_000_000


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


async def until(true: Callable[[], object], seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def listeners(port: int) -> list[str]:
    """The addresses something listens on at ``port``, as the kernel lists them."""
    rows = [*Path("/proc/net/tcp").read_text().splitlines(), *Path("/proc/net/tcp6").read_text().splitlines()]
    fields = [row.split() for row in rows]
    return [row[1].split(":")[0] for row in fields if row[1].endswith(f":{port:04X}") and row[3] == "0A"]


async def test_a_client_is_told_nothing_it_did_not_ask_for() -> None:
    """CORE 3: each press counts. A client that leaves what it was sent unread loses what it said."""
    port = free_port()
    heard: list[object] = []
    connect, connected = bytes.fromhex("100c00044d5154540402000a0000"), bytes.fromhex("20020000")
    async with mqtt.connect(mqtt.Config(f"embedded:{port}", name="shop", inputs=("bell", "door")), heard.append) as say:
        say(EdgeFrame("shop", ("state", "door"), "closed", 0, S))
        await until(lambda: len(heard) == 1)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(connect)
            client.settimeout(0.3)
            assert client.recv(4) == connected
            with pytest.raises(TimeoutError):
                await asyncio.to_thread(client.recv, 1)
        for number in range(30):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(connect)
                assert await asyncio.to_thread(client.recv, 4) == connected
                client.sendall(b"\x30\x08\x00\x04bell" + f"{number:02}".encode() + b"\xe0\x00")
        await until(lambda: len(heard) == 31)
    rung = [each.value for each in heard if isinstance(each, Trigger) and each.address == "bell"]
    assert rung == [f"{number:02}" for number in range(30)]


async def test_core_17_two_drivers_meet_at_a_broker_of_our_own() -> None:
    """On loopback alone; retained messages come marked; nothing of the broker's libraries is in this process."""
    port = free_port()
    panel: list[object] = []
    shop: list[object] = []
    first = mqtt.Config(f"embedded:{port}", name="shop", inputs=("cart/state",))
    async with mqtt.connect(first, shop.append) as say:
        assert listeners(port) == ["0100007F"]
        say(EdgeFrame("shop", ("state", "showctl/shop/standby"), "2.5 Settle", 0, S))
        say(EdgeFrame("shop", ("topic", "cart/state"), "parked", 0, S))
        await until(lambda: shop)
        second = mqtt.Config(
            f"127.0.0.1:{port}", version="3.1.1", name="panel",
            inputs=("showctl/shop/standby", "showctl/shop/state", "cart/state"),
        )  # fmt: skip
        async with mqtt.connect(second, panel.append):
            await until(lambda: len(panel) == 2)    # amqtt may send the retained ones after a live one
            say(EdgeFrame("shop", ("topic", "cart/state"), "going", 0, S))
            await until(lambda: len(panel) == 3)
    assert shop[:1] == [Trigger("shop", "cart/state", "parked")]
    assert sorted(panel[:2], key=repr) == [
        Trigger("panel", "showctl/shop/standby", "2.5 Settle", retained=True),
        Trigger("panel", "showctl/shop/state", "online", retained=True),
    ]
    assert panel[2] == Trigger("panel", "cart/state", "going")
    assert not {"amqtt", "websockets"} & set(sys.modules)
    assert listeners(port) == []


async def test_a_taken_port_is_named_and_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DriverError, match=rf"127\.0\.0\.1:{port} is taken.*broker: embedded:(\d+)") as caught:
            async with mqtt.connect(mqtt.Config(f"embedded:{port}"), lambda _: None):
                pass
    named = int(str(caught.value).split("embedded:")[1].split(",")[0])
    assert named > port
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", named))


async def test_without_the_extra_there_is_one_error_with_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "amqtt.py").write_text("raise ImportError('hidden by the test')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DriverError, match=r"pip install 'showctl\[broker\]'"):
        async with _broker.running(free_port()):
            pass


async def test_a_broker_that_dies_is_lost_and_a_new_one_takes_its_place() -> None:
    port = free_port()
    settings = mqtt.Config(f"embedded:{port}", name="shop", inputs=("t",))
    for _ in range(2):
        heard: list[object] = []
        async with mqtt.connect(settings, heard.append):
            os.kill(child_of(os.getpid(), port), signal.SIGKILL)
            await until(lambda: heard)  # noqa: B023
        assert [type(h) for h in heard] == [Lost]


def test_the_broker_ends_with_its_parent_however_that_ends() -> None:
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(port)], stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == b"up\n"
        assert listeners(port) == ["0100007F"]
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    asyncio.run(until(lambda: not listeners(port)))


PARENT = """
import asyncio, sys
from showctl_drivers import _broker
async def main():
    async with _broker.running(int(sys.argv[1])):
        print("up", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def child_of(parent: int, port: int) -> int:
    """The broker's process id: our own child whose last argument is ``port``."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[1]) == parent and str(port).encode() in command:
                return int(entry.name)
    raise AssertionError("no broker among our children")
