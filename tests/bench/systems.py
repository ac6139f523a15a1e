"""The systems side by side: the bare relays and showctl, each a process of its own with a node of its own to light."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import sheets
from tests.bench.children import Failed, free_port, python, running
from tests.bench.paired import MILLISECOND
from tests.bench.paired import Path as Way
from tests.bench.probe import Eye, mqtt_hand, osc_hand, serial_hand
from tests.bench.relay import TOPIC

MASTER = (("/showctl/master", 1.0), ("/showctl/master", 0.8))
GO = (("/showctl/go", 1.0),)
KEY_LEFT = 0              # the slot (from 0) of Corner Shop's first panel

TWENTY_A_SECOND_NS = 50 * MILLISECOND
AFTER_THE_FADES_NS = 125 * MILLISECOND
STILL_NS = 500 * MILLISECOND
STILL_WITHIN_NS = 15_000 * MILLISECOND


@dataclass(frozen=True, slots=True)
class Shop:
    """A running showctl: its process, who sees its panels, how to reach it."""

    child: subprocess.Popen[bytes]
    eye: Eye
    osc_port: int
    pedal_fd: int
    started_ns: int          # CLOCK_REALTIME just before the process was made
    first_frame_ns: int      # the kernel's stamp of the first ArtDmx


@contextmanager
def relay(kind: str, inlet: str, folder: Path, delay_ms: float = 0) -> Iterator[Eye]:
    """A bare relay of ``tests.bench.relay``; yields who sees its light."""
    eye = Eye()
    log = folder / f"relay-{kind}-{eye.port}.log"
    command = python("-m", "tests.bench.relay", kind, inlet, str(eye.port), str(delay_ms))
    with running(command, log, lambda _: "ready" in log.read_text(errors="replace")):
        yield eye
    eye.close()


@contextmanager
def shop(sheet: Path, broker_port: int, folder: Path) -> Iterator[Shop]:
    """showctl with ``sheet`` on loopback; yields at its first frame. Raises Failed with the end of its log."""
    eye, mixer, (pedal, device) = Eye(), _sink(), os.openpty()
    tty.setraw(device)
    osc_port, mark = free_port(socket.SOCK_DGRAM), f"{sheet.stem}-{eye.port}"
    text = sheets.venue(eye.port, mixer.getsockname()[1], broker_port, os.ttyname(device), osc_port)
    venue = sheets.write(folder / f"{mark}.venue.yaml", text)
    command = python(
        "-m", "showctl", "run", str(sheet), "--venue", str(venue), "--journal", str(folder / f"{mark}.journal")
    )
    frames: list[tuple[int, bytes]] = []

    def lit(_: subprocess.Popen[bytes]) -> bool:
        frames.extend(eye.frames())
        return bool(frames)

    started_ns = time.time_ns()
    try:
        with running(command, folder / f"{mark}.log", lit) as child:
            yield Shop(child, eye, osc_port, pedal, started_ns, frames[0][0])
    finally:
        eye.close()
        mixer.close()
        os.close(pedal)
        os.close(device)


def _sink() -> socket.socket:
    """A mixer that listens and does nothing."""
    mixer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mixer.bind(("127.0.0.1", 0))
    return mixer


now_ns = time.time_ns      # the clock of the kernel's stamps


def wait_until_still(eye: Eye, slots: slice = slice(None)) -> None:
    """Wait until these slots have not changed for half a second. Raises Failed after 15 s."""
    begin = moved = time.time_ns()
    light = b""
    while time.time_ns() < moved + STILL_NS:
        time.sleep(0.02)
        for _, frame in eye.frames():
            if frame[slots] != light:
                light, moved = frame[slots], time.time_ns()
        if time.time_ns() > begin + STILL_WITHIN_NS:
            raise Failed("the panels do not come to rest: does a start look fade for longer than 15 s?")


# ---- ways from a trigger to the light ----

def bare_osc(name: str, eye: Eye, port: int) -> Way:
    """The same messages as showctl gets, to a relay."""
    return Way(name, osc_hand(port, *MASTER), eye, KEY_LEFT, TWENTY_A_SECOND_NS)


def master(shop: Shop, where: str = "") -> Way:
    """``/showctl/master`` alternating, at most 20 a second."""
    hand = osc_hand(shop.osc_port, *MASTER)
    return Way(f"showctl, OSC /showctl/master{where}", hand, shop.eye, KEY_LEFT, TWENTY_A_SECOND_NS)


def go(shop: Shop, where: str = "") -> Way:
    """``/showctl/go``: a transition and six fades each time. Half as many, for each has to end before the next."""
    hand = osc_hand(shop.osc_port, *GO)
    return Way(f"showctl, OSC /showctl/go{where}", hand, shop.eye, sheets.MARKER, AFTER_THE_FADES_NS, share=5)


def bare_mqtt(eye: Eye, broker_port: int) -> Way:
    """A publish through the broker to the aiomqtt relay."""
    return Way("bare relay, aiomqtt", mqtt_hand(broker_port, TOPIC), eye, 0, AFTER_THE_FADES_NS)


def mqtt(shop: Shop, broker_port: int) -> Way:
    """A publish through the broker that takes a transition and starts six fades."""
    return Way("showctl, MQTT", mqtt_hand(broker_port, sheets.TOPIC), shop.eye, sheets.MARKER, AFTER_THE_FADES_NS)


def bare_serial(eye: Eye, fd: int) -> Way:
    """A word to the relay on a pseudo terminal."""
    return Way("bare relay, serial", serial_hand(fd, b"DOWN\n"), eye, 0, AFTER_THE_FADES_NS)


def serial(shop: Shop) -> Way:
    """The footswitch's word for GO: a transition and six fades each time."""
    hand = serial_hand(shop.pedal_fd, b"DOWN\n")
    return Way("showctl, serial", hand, shop.eye, sheets.MARKER, AFTER_THE_FADES_NS)
