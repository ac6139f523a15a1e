"""Everything that can play, up and running with the same handles: showctl, the bare relay that fades, and the peers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.bench import sheets
from tests.bench.children import Failed, free_port, python, running
from tests.bench.peers import nodered, olad, qlcplus
from tests.bench.probe import Eye, Hand, osc_hand

Found = TypeVar("Found")

ASK_EVERY_S = 0.02
TRIES = 3
READY_WITHIN_S = 120.0          # 1,024 universes are half a million slots to read, 100,000 cues are a long list
PEER_READY_WITHIN_S = 40.0
LEVELS_AND_GOES = (("/showctl/sub/key", 0.8), ("/showctl/go", 1.0), ("/showctl/sub/key", 1.0), ("/showctl/go", 1.0))
MASTERS = (("/showctl/master", 0.8), ("/showctl/master", 1.0))
FADE_16 = slice(2, 4)
FADE_8 = slice(qlcplus.FADED, qlcplus.FADED + 1)
PERIOD_44_NS = 1_000_000_000 // 44
PERIOD_50_NS = 20_000_000       # QLC+'s own
QLC_PANELS, QLC_CROWD, OLA_NODE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
ARTNET_PORT = 6454


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: its folder, its broker, and the folder in which peers without a package are installed."""

    folder: Path
    broker_port: int
    peers: Path


@dataclass(frozen=True, slots=True)
class Fade:
    """How to start a fade of 5 s from 0 to full, what to press before it, and which slots (from 0) show it."""

    up: Callable[[], None]
    down: Callable[[], None]
    slots: slice
    period_ns: int


@dataclass(frozen=True, slots=True)
class Live:
    """A system that is up. ``hand`` alternates ``watch`` (slots from 0); ``crowd`` sees the universes that fade."""

    name: str
    pid: int
    eye: Eye
    hand: Hand
    watch: int | slice
    crowd: Eye
    fade: Fade | None
    started_s: float                # from before the process was made to its first answer on the wire
    journal: Path | None = None     # showctl's
    masters: Hand | None = None     # presses the grand master, which moves every universe there is


@dataclass(frozen=True, slots=True)
class Player:
    """A system that can be started: ``start(place, universes)`` with so many universes that fade all the while."""

    name: str
    start: Callable[[Place, int], object]       # a context manager that yields Live
    missing: Callable[[Place], str]             # the line that installs it; "" where it is there
    fades: bool = True
    most: int = 1024                            # universes it can be made to fade, 20 times a second at least


# ---- showctl and the floor ----

@contextmanager
def showctl(place: Place, universes: int = 0) -> Iterator[Live]:
    """showctl on ``sheets.wide``; a press is a submaster or, each second time, a GO."""
    with ExitStack() as stack:
        eyes = _eyes(stack)
        osc_port = free_port(socket.SOCK_DGRAM)
        panels, crowd = (f"host: 127.0.0.1, port: {eye.port}" for eye in eyes)
        text = sheets.wide(universes, panels, crowd, osc_port)
        yield playing(stack, place, f"wide-{universes}", text, eyes, osc_port)


def playing(
    stack: ExitStack, place: Place, name: str, text: str, eyes: tuple[Eye, Eye], osc_port: int
) -> Live:
    """showctl on a sheet of ours, once its first frame is there: slot 0 follows the submaster ``key``, slot 1 GO."""
    eye, crowd = eyes
    mark = f"{name}-{eye.port}-{osc_port}"
    sheet = sheets.write(place.folder / f"{mark}.yaml", text)
    journal = place.folder / f"{mark}.jsonl"
    hand = _closed_by(stack, osc_hand(osc_port, *LEVELS_AND_GOES))
    masters = _closed_by(stack, osc_hand(osc_port, *MASTERS))
    up, down = (_presser(stack, osc_port, f"/showctl/trigger/{each}") for each in ("up", "down"))
    command = python("-m", "showctl", "run", str(sheet), "--journal", str(journal))
    begin = time.monotonic()
    child = stack.enter_context(running(
        command, place.folder / f"{mark}.log", lambda _: bool(eye.frames()), READY_WITHIN_S))
    fade = Fade(up, down, FADE_16, PERIOD_44_NS)
    started_s = time.monotonic() - begin
    return Live("showctl", child.pid, eye, hand, slice(0, 2), crowd, fade, started_s, journal, masters)


@contextmanager
def relay(place: Place, universes: int = 0) -> Iterator[Live]:
    """The bare relay that fades."""
    with ExitStack() as stack:
        eye, crowd = _eyes(stack)
        osc_port = free_port(socket.SOCK_DGRAM)
        command = python("-m", "tests.bench.relay_moving", *map(str, (osc_port, eye.port, universes, crowd.port)))
        yield _answering(stack, "bare relay, tuned", command, place, osc_port, (eye, crowd), "/level")


# ---- peers ----

@contextmanager
def pyartnet(place: Place, universes: int = 0) -> Iterator[Live]:
    """python-osc's server in front of pyartnet, in a venv of its own."""
    with ExitStack() as stack:
        eye, crowd = _eyes(stack)
        osc_port = free_port(socket.SOCK_DGRAM)
        script = Path(__file__).parent / "peers" / "pyartnet_relay.py"
        ports = map(str, (osc_port, eye.port, universes, crowd.port))
        command = [str(_pyartnet_python(place)), str(script), *ports]
        yield _answering(stack, "pyartnet", command, place, osc_port, (eye, crowd), "/level")


@contextmanager
def node_red(place: Place, universes: int = 0) -> Iterator[Live]:
    """Node-RED without its editor."""
    with ExitStack() as stack:
        eye, crowd = _eyes(stack)
        osc_port = free_port(socket.SOCK_DGRAM)
        folder = place.folder / f"node-red-{eye.port}"
        folder.mkdir()
        files = nodered.write(
            folder, place.peers / "node-red", free_port(socket.SOCK_STREAM), osc_port=osc_port, panels=eye.port,
            universes=universes, crowd=crowd.port, broker_port=place.broker_port)
        command = ["node", str(files["program"]), "-s", str(files["settings"]), "-u", str(folder)]
        yield _answering(stack, "Node-RED", command, place, osc_port, (eye, crowd), "/level", cwd=folder)


@contextmanager
def qlc(place: Place, universes: int = 0) -> Iterator[Live]:
    """QLC+ in operate mode, drawing nowhere. Its fades have 8 bits; a press on the button stops a fade that is over."""
    with ExitStack() as stack:
        eye, crowd = (stack.enter_context(_seeing(host)) for host in (QLC_PANELS, QLC_CROWD))
        folder = place.folder / f"qlc-{time.monotonic_ns()}"
        (folder / "run").mkdir(parents=True, mode=0o700)
        file = sheets.write(folder / "bench.qxw", qlcplus.workspace(QLC_PANELS, universes, QLC_CROWD))
        surroundings = os.environ | {
            "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run"), "QT_QPA_PLATFORM": "offscreen"}
        command = ["qlcplus", "--open", str(file), "--operate", "--nowm"]
        press, let_go = (_presser(stack, qlcplus.OSC_PORT, qlcplus.FADE, value) for value in (255, 0))
        lit: list[bool] = []

        def toggle(want: bool) -> None:
            if bool(lit) != want:
                press()
                let_go()
                lit[:] = [True] if want else []

        live = _answering(stack, "QLC+", command, place, qlcplus.OSC_PORT, (eye, crowd), qlcplus.LEVEL,
                          env=surroundings)
        fade = Fade(lambda: toggle(True), lambda: toggle(False), FADE_8, PERIOD_50_NS)
        yield Live(live.name, live.pid, eye, live.hand, 0, crowd, fade, live.started_s)


@contextmanager
def ola(place: Place, universes: int = 0) -> Iterator[Live]:
    """olad from OSC to Art-Net. It refuses to be root, so root makes it user olad; it has no fades."""
    with ExitStack() as stack:
        eye = stack.enter_context(_seeing(OLA_NODE))
        # beside the others' folder, which user olad may not enter
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="showctl-bench-olad-")))
        osc_port = free_port(socket.SOCK_DGRAM)
        olad.configure(folder, osc_port)
        who: dict[str, object] = {}
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "olad")
            who = {"user": "olad", "group": "nogroup", "extra_groups": []}
        command = ["olad", "--no-http", "--no-register-with-dns-sd", "-l", "1", "-c", str(folder),
                   "-r", str(free_port(socket.SOCK_STREAM))]
        stack.enter_context(olad.node(OLA_NODE))
        live = _answering(stack, "OLA", command, place, osc_port, (eye, eye), olad.LEVEL, **who)
        yield Live(live.name, live.pid, eye, live.hand, 0, eye, None, live.started_s)


# ---- what they share ----

def tried(player: Player, measure: Callable[[], Found]) -> Found | None:
    """What ``measure()`` finds. A peer that dies gets another try, then is said on standard error, and is None.

    QLC+ 4.12 ends now and then as it opens a workspace of 256 universes. Raises Failed for what is ours.
    """
    if player not in PEERS:
        return measure()
    for _ in range(TRIES):
        try:
            return measure()
        except (Failed, OSError) as error:
            print(f"{player.name}: {error}", file=sys.stderr, flush=True)
    return None



def _eyes(stack: ExitStack) -> tuple[Eye, Eye]:
    first, second = stack.enter_context(_seeing()), stack.enter_context(_seeing())
    return first, second


@contextmanager
def _seeing(host: str = "") -> Iterator[Eye]:
    """An eye at a free port, or at Art-Net's own port of ``host``."""
    try:
        eye = Eye(host, ARTNET_PORT) if host else Eye()
    except OSError as error:
        raise Failed(f"{host}:{ARTNET_PORT} cannot be had ({error.strerror}); stop the other Art-Net program") from None
    try:
        yield eye
    finally:
        eye.close()


def _closed_by(stack: ExitStack, hand: Hand) -> Hand:
    stack.callback(hand.close)
    return hand


def _presser(stack: ExitStack, port: int, address: str, value: float = 1.0) -> Callable[[], None]:
    hand = _closed_by(stack, osc_hand(port, (address, value)))
    return lambda: hand.press(0)


def _answering(
    stack: ExitStack, name: str, command: list[str], place: Place, osc_port: int, eyes: tuple[Eye, Eye], level: str,
    **options: object,
) -> Live:
    """Start ``command`` and press ``level`` until the light follows."""
    eye, crowd = eyes
    hand = _closed_by(stack, osc_hand(osc_port, (level, 40), (level, 201)))
    up, down = (_presser(stack, osc_port, f"/fade/{each}") for each in ("up", "down"))
    log, values, turns = place.folder / f"{name.replace(' ', '-')}-{eye.port}.log", set(), iter(range(10**9))

    def follows(_: subprocess.Popen[bytes]) -> bool:
        values.update(slots[0] for _, slots in eye.frames())
        if values >= {40, 201}:
            return True
        hand.press(next(turns) // 4)
        time.sleep(ASK_EVERY_S)
        return False

    begin = time.monotonic()
    child = stack.enter_context(running(command, log, follows, PEER_READY_WITHIN_S, **options))
    return Live(name, child.pid, eye, hand, 0, crowd, Fade(up, down, FADE_16, PERIOD_44_NS), time.monotonic() - begin)


def _pyartnet_python(place: Place) -> Path:
    return place.peers / "pyartnet" / "bin" / "python"


# ---- the table ----

def _apt(program: str, package: str) -> Callable[[Place], str]:
    line = f"apt-get install -y --no-install-recommends {package}"
    return lambda _: "" if shutil.which(program) else line


def _pip(place: Place) -> str:
    there = any((place.peers / "pyartnet").glob("lib/python*/site-packages/pyartnet"))
    venv = place.peers / "pyartnet"
    return "" if there else f"python3 -m venv {venv} && {venv}/bin/pip install pyartnet python-osc"


def _npm(place: Place) -> str:
    if not shutil.which("node"):
        return "apt-get install -y nodejs npm"
    folder = place.peers / "node-red"
    there = all((folder / "node_modules" / each).is_dir() for each in ("node-red", "node-red-contrib-osc"))
    return "" if there else f"npm install --prefix {folder} node-red node-red-contrib-osc"


SHOWCTL = Player("showctl", showctl, lambda _: "")
RELAY = Player("bare relay, tuned", relay, lambda _: "")
OLA = Player("OLA", ola, _apt("olad", "ola"), fades=False, most=0)
QLC = Player("QLC+", qlc, _apt("qlcplus", "qlcplus"), most=256)
NODE_RED = Player("Node-RED", node_red, _npm, most=256)
PYARTNET = Player("pyartnet", pyartnet, _pip, most=64)
PEERS = (OLA, NODE_RED, PYARTNET, QLC)
