"""Malformed packets on every port while a fade runs: how late the ticks are, with the rain and without."""

from __future__ import annotations

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from showctl.codec import artnet, artnet_poll, osc, sacn
from tests.bench import sheets
from tests.bench.chapters import Chapter, Table
from tests.bench.children import Failed, cpu_ns, free_port
from tests.bench.figures import Line, percentile
from tests.bench.peers.olad import reply
from tests.bench.players import Live, Place, playing
from tests.bench.probe import Eye
from tests.bench.sizes import Size

UNIVERSES = 16
FADE = "90 s"                       # longer than a turn: nothing but ticks
PANELS, CROWD, LISTENS = "127.0.0.2", "127.0.0.3", "127.0.0.1"
PERIOD_NS = 1_000_000_000 / 44
EARLY_NS = PERIOD_NS / 10
DROPS_A_SECOND = 1_000              # on each port
KINDS = 500
SETTLES_S = 1.0
MORE_MS = 0.25                      # what the rain may add at p99
SOURCES = ("tablets", "panels", "house")
DESK = """\
  house:   {driver: sacn, interface: 127.0.0.1}
triggers:
  desk: {from: house, address: dmx/9/5, when: payload > 128}
"""


@dataclass
class Lateness:
    """How late ticks came, ms after the best of them, and what the process used."""

    late_ms: list[float] = field(default_factory=list)
    missing: int = 0
    cpu_percent: list[float] = field(default_factory=list)
    drops: int = 0


def hostile(place: Place, size: Size) -> Chapter:
    """Dry and wet turns in alternation on one running show."""
    dry, wet = Lateness(), Lateness()
    with ExitStack() as stack:
        eyes = _seeing(stack, PANELS), _seeing(stack, CROWD)
        osc_port = free_port(socket.SOCK_DGRAM)
        panels = f"host: {PANELS}, interface: {LISTENS}"
        text = sheets.wide(UNIVERSES, panels, f"host: {CROWD}", osc_port, FADE, sheets.SIXTEEN_BITS)
        live = playing(stack, place, "hostile", text.replace("triggers:\n", DESK, 1), eyes, osc_port)
        rain = rain_on(stack, osc_port)
        time.sleep(SETTLES_S)
        for _ in range(size.rain_turns):
            _turn(live, size.rain_s, dry, None)
            _turn(live, size.rain_s, wet, rain)
    assert live.journal is not None
    must_have_landed(live.journal, wet.drops)
    rows = [_row("dry", dry), _row(f"{DROPS_A_SECOND:,} malformed a second on OSC, on Art-Net and on sACN", wet)]
    heads = ("p50", "p90", "p99", "worst", "ticks missing", "CPU %", "n")
    table = Table((f"tick lateness, {UNIVERSES} universes fading, ms", *heads), rows)
    return Chapter("hostile", "Malformed rain while a fade runs", [table], lines(dry, wet))


def lines(dry: Lateness, wet: Lateness) -> list[Line]:
    """The tick's timing is unaffected."""
    more = percentile(wet.late_ms, 0.99) - percentile(dry.late_ms, 0.99)
    return [
        Line("malformed rain adds to tick lateness, p99", max(0.0, more), "ms", len(wet.late_ms), MORE_MS),
        Line("ticks missing in the rain, beyond those in the dry", max(0, wet.missing - dry.missing), "",
             len(wet.late_ms), 0),
    ]


def _row(name: str, found: Lateness) -> tuple[str, ...]:
    parts = [percentile(found.late_ms, part) for part in (0.5, 0.9, 0.99)]
    cpu = sum(found.cpu_percent) / len(found.cpu_percent)
    return (name, *(f"{each:.3f}" for each in (*parts, max(found.late_ms))), str(found.missing), f"{cpu:.1f}",
            f"{len(found.late_ms):,}")


def must_have_landed(journal: Path, drops: int) -> None:
    """Raises Failed where showctl did not count at least half of the drops on each port: dry rain measures nothing."""
    counted: Counter[str] = Counter()
    with journal.open("rb") as records:
        for line in records:
            if line.startswith(b'{"note":') and b'"topic":"refused"' in line:
                for sender, count in json.loads(line)["counts"].items():
                    counted[sender.partition(" ")[0]] += count
    for source in SOURCES:
        if counted[source] < drops / 2:
            raise Failed(f"of {drops} malformed packets only {counted[source]} reached '{source}'")


# ---- one turn ----

def _turn(live: Live, seconds: float, into: Lateness, rain: Callable[[], None] | None) -> None:
    stamps: list[int] = []
    live.crowd.arrivals()
    begin, cpu, drops = time.monotonic(), cpu_ns(live.pid), 0
    while (passed := time.monotonic() - begin) < seconds:
        if rain is not None:
            while drops < passed * DROPS_A_SECOND:
                rain()
                drops += 1
        stamps += [at_ns for at_ns, universe in live.crowd.arrivals() if universe == 1]
        time.sleep(0.001)
    into.cpu_percent.append((cpu_ns(live.pid) - cpu) / (time.monotonic() - begin) / 1e7)
    into.drops += drops
    late_ms, missing = lateness(stamps)
    into.late_ms += late_ms
    into.missing += missing


def lateness(stamps: Sequence[int]) -> tuple[list[float], int]:
    """Arrivals of one universe → how late each is after a 44 Hz grid through the earliest; and how many are missing.

    Early is what comes less than a tenth of a period before the time at which most of them come: so a tick that is late
    by more than half a period is not taken for the next one, far too early. Raises Failed where fewer than three came.
    """
    if len(stamps) < 3:
        raise Failed(f"a fade sent {len(stamps)} frames only: there is no lateness to measure")
    phases = [(at_ns - stamps[0]) % PERIOD_NS for at_ns in stamps]
    usual = max(phases, key=lambda begin: sum((phase - begin) % PERIOD_NS < EARLY_NS for phase in phases))
    off = [(phase - usual + EARLY_NS) % PERIOD_NS for phase in phases]
    late = [each - min(off) for each in off]
    ticks = [round((at_ns - each - stamps[0]) / PERIOD_NS) for at_ns, each in zip(stamps, late, strict=True)]
    return [each / 1e6 for each in late], ticks[-1] - ticks[0] + 1 - len(set(ticks))


# ---- rain ----

def rain_on(stack: ExitStack, osc_port: int) -> Callable[[], None]:
    """Each call sends one malformed packet to each of the ports of OSC, Art-Net and sACN."""
    outlet = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    outlet.bind(("127.0.0.1", 0))
    clouds = (malformed_osc(), osc_port), (malformed_artnet(), artnet.PORT), (malformed_sacn(), sacn.PORT)
    turns = iter(range(10**9))

    def fall() -> None:
        turn = next(turns) % KINDS
        for drops, port in clouds:
            outlet.sendto(drops[turn], (LISTENS, port))

    return fall


def malformed_osc(seed: int = 1) -> list[bytes]:
    """Messages cut short, bent or made up, all of which OSC 1.0 has no reading for."""
    messages = (("/showctl/master", (0.5,)), ("/showctl/go", ()), ("/x", ("text", b"1234", 1)))
    whole = [osc.encode(address, arguments) for address, arguments in messages]
    return _bent(whole, osc.Decoder().decode, seed)


def malformed_artnet(seed: int = 2) -> list[bytes]:
    """ArtDmx, ArtPoll and ArtPollReply cut short, bent or made up."""
    whole = [bytes(artnet.packet(1)), artnet_poll.poll(), reply("127.0.0.9", 3)]

    def read(data: bytes) -> None:
        artnet.decode(data)
        artnet_poll.decode(data)

    return _bent(whole, read, seed)


def malformed_sacn(seed: int = 3) -> list[bytes]:
    """Data and synchronization packets cut short, bent or made up."""
    cid = bytes(range(16))
    return _bent([bytes(sacn.packet(cid, "desk", 9)), bytes(sacn.sync_packet(cid, 9))], sacn.decode, seed)


def _bent(whole: Sequence[bytes], read: Callable[[bytes], object], seed: int) -> list[bytes]:
    """``KINDS`` packets that ``read`` refuses."""
    dealer, found = random.Random(seed), []
    while len(found) < KINDS:
        data = bytearray(dealer.choice(whole))
        for _ in range(dealer.randint(1, 4)):
            data[dealer.randrange(len(data))] = dealer.randrange(256)
        packet = bytes(data[:dealer.randint(1, len(data))]) if dealer.random() < 0.7 else dealer.randbytes(40)
        try:
            read(packet)
        except ValueError:
            found.append(packet)
    return found


def _seeing(stack: ExitStack, host: str) -> Eye:
    try:
        eye = Eye(host, artnet.PORT)
    except OSError as error:
        raise Failed(f"{host}:{artnet.PORT} cannot be had ({error.strerror}); stop the other Art-Net program") from None
    stack.callback(eye.close)
    return eye
