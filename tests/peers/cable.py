"""Two machines and a cable between them: network namespaces that end with what was started in them.

Nothing sent there is heard anywhere else, so broadcast and multicast are as on a real network. A test calls ``played``
with a room, a script that is run on this machine of the two and prints one JSON value. The room starts the peer on the
other machine with ``beside`` and may keep every packet on the cable with ``tapped``.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from tests.peers import capture, programs

HOUSE = Path(__file__).parents[2]
HERE, THERE, EVERYBODY = "10.77.0.2", "10.77.0.1", "10.77.0.255"
PANELS = "panels"             # our end of the cable
MULTICAST = "224.0.0.0/4"
PORTS = "{ echo 48000 54000 > /proc/sys/net/ipv4/ip_local_port_range || true; }"
"""Senders' own ports, where tshark sees no other protocol in them: from 33434 on it speaks of traceroute."""

THIS_MACHINE = f"ip link set lo up && {PORTS} && exec \"$@\""
OTHER_MACHINE = " && ".join([
    "until ip link show dev wall >/dev/null 2>&1; do sleep 0.01; done", "ip link set lo up", PORTS,
    f"ip address add {THERE}/24 brd + dev wall", "ip link set wall up", f"ip route add {MULTICAST} dev wall",
    'exec "$@"',
])
ETH_P_ALL, ETH_P_IP, SO_RCVBUFFORCE = 3, 0x0800, 33    # of Linux; Python names none. Only ALL shows what leaves


# ---- in the test ----

def played(room: str, *arguments: str, seconds: float = 60) -> Any:
    """Run ``room`` (a file beside this one) on a machine of its own; returns the JSON that it prints."""
    programs.need("ip")
    root = [] if os.geteuid() == 0 else ["-r"]
    command = [programs.need("unshare"), *root, "-n", "sh", "-ec", THIS_MACHINE, "sh", sys.executable,
               str(Path(__file__).with_name(room)), *arguments]
    paths = os.pathsep.join(str(HOUSE / part) for part in ("", "drivers", "sim"))
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True,
                          timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


# ---- in the room ----

async def until(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Look every 10 ms until ``holds()``; the room ends with what it waited for."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise SystemExit(f"never within {seconds:g} s: {what}") from None


class Peer:
    """A program on the other machine. Where it speaks JSON lines, ``told`` are those it has said, oldest first."""

    def __init__(self, child: asyncio.subprocess.Process, log: Path) -> None:
        self.child, self.log = child, log
        self.told: list[dict[str, Any]] = []

    def tell(self, **words: Any) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps(words).encode() + b"\n")

    async def listen(self) -> None:
        assert self.child.stdout is not None
        async for line in self.child.stdout:
            if line.startswith(b"{"):
                self.told.append(json.loads(line))

    async def holds(self, universe: int, slots: bytes) -> None:
        """Until these are the last that it heard of ``universe``."""
        def last() -> str:
            return next((each["slots"] for each in reversed(self.of("slots")) if each["universe"] == universe), "")

        await until(lambda: last() == slots.hex(), f"the peer holds {slots.hex()} in universe {universe}")

    def of(self, key: str) -> list[dict[str, Any]]:
        """What it said about ``key``."""
        return [each for each in self.told if key in each]


@asynccontextmanager
async def beside(command: Sequence[str], log: Path, **options: Any) -> AsyncIterator[Peer]:
    """Run ``command`` on the other machine, at ``THERE``, and lay the cable to it; our end is at ``HERE``."""
    with log.open("ab") as output:
        child = await asyncio.create_subprocess_exec(
            programs.need("unshare"), "-n", "sh", "-ec", OTHER_MACHINE, "sh", *command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, limit=1 << 20, **options)
    peer = Peer(child, log)
    ears = asyncio.create_task(peer.listen())
    try:
        ours = os.readlink("/proc/self/ns/net")
        await until(lambda: os.readlink(f"/proc/{child.pid}/ns/net") != ours, "the other machine")
        lay(child.pid)
        await until(lambda: " state UP " in _ip(f"link show dev {PANELS}"), "the cable")
        yield peer
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), 5)
            except TimeoutError:
                child.kill()
                await child.wait()
        await ears


def lay(pid: int) -> None:
    """A cable from this machine to that of process ``pid``; it goes when that machine does."""
    for line in (
        f"link add {PANELS} type veth peer name wall", f"link set wall netns {pid}",
        f"address add {HERE}/24 brd + dev {PANELS}", f"link set {PANELS} up",
        f"route add {MULTICAST} dev {PANELS}",
    ):
        _ip(line)


def _ip(line: str) -> str:
    return subprocess.run([programs.need("ip"), *line.split()], check=True, timeout=10, capture_output=True,
                          text=True).stdout


@contextmanager
def tapped(file: Path) -> Iterator[list[bytes]]:
    """Every IPv4 packet that passes our end of the cable, both ways; ``file`` is a pcap of them at the end."""
    packets: list[bytes] = []
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as tap:
        try:
            tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        except PermissionError:      # root of a user namespace only: the kernel's usual hundred packets must do
            pass
        tap.bind((PANELS, ETH_P_ALL))
        tap.setblocking(False)

        def drain() -> None:
            for _ in range(256):
                try:
                    packet, (_, protocol, *_) = tap.recvfrom(2048)
                except BlockingIOError:
                    return
                if protocol == ETH_P_IP:
                    packets.append(packet)

        loop = asyncio.get_running_loop()
        loop.add_reader(tap, drain)
        try:
            yield packets
        finally:
            loop.remove_reader(tap)
            drain()
    capture.write_packets(file, packets)
