"""How latency and memory grow with cues, sensors and stations: shows of every size side by side, in one deal."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from showctl.codec import osc
from tests.bench import sheets
from tests.bench.chapters import Chapter, Curves, Table
from tests.bench.children import free_port, memory_mb
from tests.bench.figures import Line
from tests.bench.latency import way
from tests.bench.paired import Path as Way
from tests.bench.paired import Result, dealt
from tests.bench.players import Live, Place, playing
from tests.bench.probe import Eye, mqtt_hand
from tests.bench.sizes import Size
from tests.bench.systems import AFTER_THE_FADES_NS, wait_until_still

MARKER, PRESSED = 1, slice(0, 2)
ROUNDS = 5
CUES_FEW, CUES_MANY, AT_MOST = 100, 100_000, 1.2


@dataclass(frozen=True, slots=True)
class Grown:
    """A show of one size."""

    count: int
    result: Result           # its ratio is against the smallest show of the same deal
    memory_mb: float
    started_s: float


def growth(place: Place, size: Size) -> Chapter:
    """A deal for each of cues, sensors and stations."""
    found = {
        "cues": shows(place, size.cues, size.grow_hands, _cues),
        "sensors": shows(place, size.sensors, size.grow_hands, _sensors),
        "stations": shows(place, size.stations, size.grow_hands, _stations),
    }
    rows = [
        (f"{grown.count:,} {what}", f"{grown.result.p50_ms:.3f}", f"{grown.result.p99_ms:.3f}",
         f"{grown.result.ratio:.2f}", str(grown.result.lost), f"{grown.result.samples:,}", f"{grown.memory_mb:.0f}",
         f"{grown.started_s:.1f}")
        for what, shows_ in found.items() for grown in shows_
    ]
    heads = ("a show with", "p50 ms", "p99 ms", "p50 / smallest", "lost", "n", "memory MB", "start s")
    notes = ["Cues, stations: a submaster and a GO in turn; sensors: the last one's reading starts a cue, by MQTT."]
    table = Table(heads, rows)
    return Chapter("growth", "What grows with the show", [table], lines(found["cues"]), _curves(found), notes)


def shows(
    place: Place, counts: Sequence[int], hands: int, start: Callable[[Place, int], object]
) -> list[Grown]:
    """Shows of all these sizes at once, triggers dealt among them."""
    with ExitStack() as stack:
        started = [stack.enter_context(start(place, count)) for count in counts]      # type: ignore[var-annotated]
        for live, _ in started:
            wait_until_still(live.eye, PRESSED)
        results = dealt([each for _, each in started], [0] * len(started), ROUNDS, max(1, hands // ROUNDS))
        return [
            Grown(count, result, memory_mb(live.pid), live.started_s)
            for count, result, (live, _) in zip(counts, results, started, strict=True)
        ]


def lines(found: Sequence[Grown]) -> list[Line]:
    """100,000 cues answer like 100 (in a quick run: the most there were, against the fewest)."""
    few = next((grown for grown in found if grown.count == CUES_FEW), found[0])
    many = found[-1]
    return [Line(
        f"{many.count:,} cues: p50 / {few.count:,} cues", many.result.ratio / few.result.ratio, "x",
        many.result.samples, AT_MOST,
    )]


def _curves(found: dict[str, list[Grown]]) -> list[Curves]:
    def series(value: Callable[[Grown], float]) -> dict[str, list[tuple[float, float]]]:
        return {what: [(each.count, value(each)) for each in grown] for what, grown in found.items()}

    return [
        Curves("Latency against the size of the show", "cues, sensors, stations", "p50 ms",
               series(lambda grown: grown.result.p50_ms)),
        Curves("Memory against the size of the show", "cues, sensors, stations", "MB",
               series(lambda grown: grown.memory_mb)),
    ]


# ---- shows that grow ----

@contextmanager
def _show(place: Place, name: str, **counts: int) -> Iterator[tuple[Live, int]]:
    """showctl on ``sheets.growing``, and its OSC port."""
    with ExitStack() as stack:
        eye, osc_port = Eye(), free_port(socket.SOCK_DGRAM)
        stack.callback(eye.close)
        text = sheets.growing(eye.port, place.broker_port, osc_port, **counts)
        yield playing(stack, place, name, text, (eye, eye), osc_port), osc_port


@contextmanager
def _cues(place: Place, count: int) -> Iterator[tuple[Live, Way]]:
    with _show(place, f"cues-{count}", cues=count) as (live, _):
        yield live, way(live)


@contextmanager
def _sensors(place: Place, count: int) -> Iterator[tuple[Live, Way]]:
    with _show(place, f"sensors-{count}", sensors=count) as (live, _):
        live.hand.close()
        hand = mqtt_hand(place.broker_port, f"bench/{count}", b"0.9", b"0.1")
        hand.press(1)                          # a first reading is no edge, it makes the next one count
        yield live, Way(f"{count} sensors", hand, live.eye, MARKER, AFTER_THE_FADES_NS)


@contextmanager
def _stations(place: Place, count: int) -> Iterator[tuple[Live, Way]]:
    """Stations that have subscribed are told of each step. Nobody reads what they are sent."""
    with _show(place, f"stations-{count}", stations=count) as (live, osc_port), ExitStack() as stack:
        for number in range(1, count + 1):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind((sheets.station_host(number), 0))
            sock.sendto(osc.encode("/showctl/subscribe", (1,)), ("127.0.0.1", osc_port))
        yield live, way(live)
