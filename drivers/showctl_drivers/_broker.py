"""The embedded MQTT broker: amqtt in a child process, so that its work never delays a cue (CORE 17).

It speaks MQTT 3.1.1, listens on 127.0.0.1 only, and ends when its parent does. For one box, rehearsal and tests;
a rig with a network of sensors wants mosquitto.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from showctl.errors import DriverError

HOST = "127.0.0.1"
START_WITHIN_S = 15.0
STOP_WITHIN_S = 2.0
CLIENTS_MAX = 64

MISSING = (
    "the embedded MQTT broker needs the extra 'broker': pip install 'showctl[broker]', "
    "or install mosquitto and write broker: \"127.0.0.1:1883\""
)


@asynccontextmanager
async def running(port: int) -> AsyncIterator[None]:
    """Run the broker on 127.0.0.1:``port`` for as long as the context lasts.

    Raises DriverError where the port is taken (naming the next free one), where amqtt is not installed (with the
    install line), or where the child does not listen within 15 s.
    """
    if not _is_free(port):
        raise DriverError(
            f"{HOST}:{port} is taken, so no embedded broker can listen there; the next free port is "
            f"{_next_free(port)}: write broker: embedded:{_next_free(port)}, or name the broker that runs: "
            f'broker: "{HOST}:{port}"'
        )
    child = await asyncio.create_subprocess_exec(
        # -P: the directory of this file holds modules named like the libraries they drive.
        sys.executable, "-P", __file__, str(port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        await _await_listening(child, port)
        yield
    finally:
        await _end(child)


async def _await_listening(child: asyncio.subprocess.Process, port: int) -> None:
    assert child.stdout is not None
    try:
        async with asyncio.timeout(START_WITHIN_S):
            said = (await child.stdout.readline()).decode(errors="replace").strip()
    except TimeoutError:
        said = f"no answer within {START_WITHIN_S:.0f} s"
    if said == "missing":
        raise DriverError(MISSING)
    if said != "listening":
        why = said or "it ended at once"
        raise DriverError(f"the embedded broker could not start on {HOST}:{port}: {why}")


async def _end(child: asyncio.subprocess.Process) -> None:
    assert child.stdin is not None
    child.stdin.close()
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def _next_free(port: int) -> int:
    for candidate in range(max(port, 1023) + 1, min(port + 101, 65536)):
        if _is_free(candidate):
            return candidate
    return 0


# ---- the child's side ----


def settings(port: int) -> dict[str, Any]:
    """What amqtt is told: left to itself it listens on every interface and asks nobody who they are."""
    anybody = {"anonymous": ["#"]}
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}", "max_connections": CLIENTS_MAX}},
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
            "amqtt.plugins.topic_checking.TopicAccessControlListPlugin": {
                "publish_acl": anybody, "acl": anybody,    # amqtt's word for who may subscribe
            },
        },
    }  # fmt: skip


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    # Our stdin is the parent's hand: when it lets go, however it ended, so do we.
    loop.add_reader(sys.stdin.fileno(), ended.set)
    broker = _broker_class()(settings(port))
    await broker.start()
    _say("listening")
    await ended.wait()
    await broker.shutdown()


def _broker_class() -> Any:
    """amqtt's Broker, but retained messages go to those alone who subscribed to them.

    amqtt 0.12.1 sends every retained message that anybody wants to every client that connects. ``mosquitto_pub`` and
    its like close without reading those, so the kernel resets the line, and up to half of what they said is lost.
    """
    from amqtt.broker import Broker

    async def publish_retained(self: Any, subscription: tuple[str, int], session: Any) -> None:
        if any(session is known for known, _ in self._subscriptions.get(subscription[0], ())):
            await Broker._publish_retained_messages_for_subscription(self, subscription, session)

    return type("Retaining", (Broker,), {"_publish_retained_messages_for_subscription": publish_retained})


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until stdin ends; say ``listening``, ``missing`` (no amqtt) or the reason on stdout."""
    import logging

    logging.disable(logging.CRITICAL)
    try:
        asyncio.run(_serve(int(sys.argv[1])))
    except ImportError:
        _say("missing")
    except KeyboardInterrupt:
        pass    # Ctrl-C reaches the whole group; the parent says goodbye
    except Exception as error:
        cause = error.__cause__ or error
        _say(f"{type(cause).__name__}: {cause}".splitlines()[0])


if __name__ == "__main__":
    main()
