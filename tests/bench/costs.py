"""W7: what it costs to have a system there: until its first light, its memory, its CPU with nothing to do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from tests.bench import alone, sheets, systems
from tests.bench.chapters import Chapter, Table, cells
from tests.bench.children import cpu_ns, memory_mb
from tests.bench.figures import Line, median
from tests.bench.latency import present
from tests.bench.players import PEERS, RELAY, SHOWCTL, Place, Player, tried
from tests.bench.sizes import Size

SETTLES_S = 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One start and the rest after it."""

    started_s: float
    memory_mb: float
    cpu_percent: float


def w7(place: Place, size: Size) -> Chapter:
    """Corner Shop against its promises; then each system with as little as it can play."""
    there, missing = present([RELAY, SHOWCTL, *PEERS], place)
    tries = {player.name: tried(player, partial(_costs, player, place, size)) for player in there}
    found = {name: costs for name, costs in tries.items() if costs}
    rows = [
        (name, *cells(*(median([getattr(cost, what) for cost in costs])
                        for what in ("started_s", "memory_mb", "cpu_percent"))), str(len(costs)))
        for name, costs in found.items()
    ]
    heads = ("system", "start to first answer, s", "memory MB", "CPU at rest, % of a core", "n")
    return Chapter("W7", "Start and rest", [Table(heads, rows)], corner_shop_lines(place, size), notes=missing)


def _costs(player: Player, place: Place, size: Size) -> list[Cost]:
    found = []
    for _ in range(max(1, size.starts // 2)):
        with player.start(place, 0) as live:
            systems.wait_until_still(live.eye)
            time.sleep(SETTLES_S)
            begin_s, begin_ns = time.monotonic(), cpu_ns(live.pid)
            time.sleep(size.rest_s)
            used = (cpu_ns(live.pid) - begin_ns) / (time.monotonic() - begin_s) / 1e7
            found.append(Cost(live.started_s, memory_mb(live.pid), used))
    return found


def corner_shop_lines(place: Place, size: Size) -> list[Line]:
    """Corner Shop, its broker and devices being there, from before the process is made; then with nothing to do."""
    starts = list(alone.start_times_s(1 + size.starts, place.broker_port, place.folder))[1:]   # one compiles
    with systems.shop(sheets.CORNER_SHOP, place.broker_port, place.folder) as shop:
        systems.wait_until_still(shop.eye)
        rest = alone.at_rest(shop, size.rest_s)
    return [
        Line("corner-shop: start to first frame", median(starts), "s", len(starts), 1),
        Line("corner-shop at rest: CPU", rest.cpu_percent, "% of a core", 1, 1),
        Line("corner-shop at rest: memory", rest.memory_mb, "MB", 1, 90),
    ]
