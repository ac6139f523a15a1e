"""W2: the same triggers while 16 or 256 universes fade: what a large tick keeps a finger waiting."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from tests.bench.chapters import Chapter, Curves, Point, Table
from tests.bench.figures import Line
from tests.bench.latency import present, way
from tests.bench.paired import Path as Way
from tests.bench.paired import latencies, measure, result
from tests.bench.players import PEERS, RELAY, SHOWCTL, Place, Player, tried
from tests.bench.sizes import Size

P99_MS = 0.5
GRAND_MASTER = "showctl, grand master"


def w2(place: Place, size: Size) -> Chapter:
    """showctl together with the relay, both with a crowd of their own; then each peer alone; and all that again."""
    there, missing = present(PEERS, place)
    tables, lines = [], []
    series: dict[str, list[Point]] = {}
    for universes in size.crowds:
        peers = [peer for peer in there if peer.fades and peer.most >= universes]
        found = among(place, universes, peers, size)
        tables.append(_table(universes, found))
        lines += [line for each in found[1:3] for line in _lines(universes, each)]
        for each in found:
            if any(each.latencies_ns):
                series.setdefault(each.name, []).append((universes, result(each, each).p99_ms))
    curves = [Curves("Trigger to light while universes fade", "universes", "p99 ms", series)]
    notes = [*missing, "OLA has no fades: it relays what it is sent."]
    return Chapter("W2", "OSC to ArtDmx while other universes fade", tables, lines, curves, notes)


def among(place: Place, universes: int, peers: Sequence[Player], size: Size) -> list[Way]:
    """The ways of the relay, showctl and each peer, with the latencies of all turns."""
    heats: list[list[Player]] = [[RELAY, SHOWCTL], *([peer] for peer in peers)]
    found: dict[str, Way] = {}
    for _ in range(size.crowd_turns):
        for heat in heats:
            for each in tried(heat[-1], partial(_heat, heat, place, universes, size)) or []:
                before = found.setdefault(each.name, each)
                if before is not each:
                    before.latencies_ns += each.latencies_ns
                    before.lost += each.lost
    return list(found.values())


def _heat(heat: Sequence[Player], place: Place, universes: int, size: Size) -> list[Way]:
    """All of them in one deal; then showctl's grand master, for which every universe has to be worked out anew."""
    with ExitStack() as stack:
        live = [stack.enter_context(each.start(place, universes)) for each in heat]
        ways = list(map(way, live))
        measure(ways, 1, size.crowd_hands)
        masters = [replace(way(each), name=GRAND_MASTER, hand=each.masters) for each in live if each.masters]
        measure(masters, 1, size.crowd_hands)
    return [*ways, *masters]


def _table(universes: int, found: Sequence[Way]) -> Table:
    table = latencies([result(each, each) for each in found if any(each.latencies_ns)], against="")
    return Table((f"{universes} universes fade, ms", *table.heads[1:]), table.rows)


def _lines(universes: int, showctl: Way) -> list[Line]:
    figures = result(showctl, showctl)
    what = f"{showctl.name} while {universes} universes fade"
    return [
        Line(f"{what}: p50", figures.p50_ms, "ms", figures.samples),
        Line(f"{what}: p99", figures.p99_ms, "ms", figures.samples, P99_MS),
        Line(f"{what}: triggers without an answer", figures.lost, "", figures.samples + figures.lost, 0),
    ]
