"""W5: how many universes at 44 Hz with all slots moving, and what each one costs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.bench.chapters import Chapter, Curves, Point, Table, cells
from tests.bench.children import Failed, cpu_ns, memory_mb
from tests.bench.figures import Line, percentile
from tests.bench.latency import present
from tests.bench.players import NODE_RED, PYARTNET, QLC, RELAY, SHOWCTL, Live, Place, Player, tried
from tests.bench.sizes import Size

SETTLES_S = 1.0
ENOUGH_HZ = 43.9            # 44 Hz as a count over some seconds can show it
TOO_SLOW_HZ = 20
PLAYERS = (RELAY, SHOWCTL, NODE_RED, PYARTNET, QLC)
CPU_AT, CPU_MOST, LONG = 256, 15, 1024


@dataclass(frozen=True, slots=True)
class Load:
    """One system with so many universes: ``fps`` of the slowest one; ``skipped`` ticks are showctl's own count."""

    universes: int
    fps: float
    gap_p99_ms: float
    cpu_percent: float
    memory_mb: float
    dropped: int
    watched_s: float
    skipped: int | None = None


def w5(place: Place, size: Size) -> Chapter:
    """Growing crowds for each system, until it falls below 20 frames a second."""
    there, missing = present(PLAYERS, place)
    found = {player.name: _grown(player, place, size) for player in there}
    rows = [
        (name, *cells(str(load.universes), load.fps, load.gap_p99_ms, load.cpu_percent, load.memory_mb),
         *("" if each is None else str(each) for each in (load.skipped, load.dropped)), f"{load.watched_s:g}")
        for name, loads in found.items() for load in loads
    ]
    heads = ("system", "universes", "frames a second, slowest universe", "gap p99 ms", "CPU % of a core", "memory MB",
             "ticks skipped", "missed by the probe", "watched s")
    notes = [*missing, "OLA sends four Art-Net universes at most, and fades none.",
             "QLC+ has a timer of 50 Hz; a universe of showctl's crowd has 510 slots that move (504 at 1,024)."]
    return Chapter("W5", "Universes at 44 Hz", [Table(heads, rows)], lines(found[SHOWCTL.name], size),
                   _curves(found), notes)


def _grown(player: Player, place: Place, size: Size) -> list[Load]:
    found: list[Load] = []
    for universes in size.universes:
        if universes > player.most or (found and found[-1].fps < TOO_SLOW_HZ):
            break
        long = player is SHOWCTL and universes == max(size.universes)
        seconds = size.capacity_long_s if long else size.capacity_s
        load = tried(player, partial(carried, player, place, universes, seconds))
        found += [load] if load else []
    return found


def carried(player: Player, place: Place, universes: int, seconds: float) -> Load:
    """Start a system with so many universes and count their frames. Raises Failed where none come."""
    with player.start(place, universes) as live:
        time.sleep(SETTLES_S)
        load = _counted(live, universes, seconds)
    return load if live.journal is None else _with_skips(load, live.journal)


def _counted(live: Live, universes: int, seconds: float) -> Load:
    frames: Counter[int] = Counter()
    first: list[int] = []
    while live.crowd.arrivals():
        pass                        # what came meanwhile, and may be more than is taken at once
    dropped, cpu, begin = live.crowd.dropped(), cpu_ns(live.pid), time.monotonic()
    while (left := begin + seconds - time.monotonic()) > 0:
        live.crowd.wait(left)
        for at_ns, universe in live.crowd.arrivals():
            frames[universe] += 1
            if universe == 1:
                first.append(at_ns)
    took_s, used_ns = time.monotonic() - begin, cpu_ns(live.pid) - cpu
    if not first:
        raise Failed(f"{live.name}: no frame of its crowd of {universes} came in {seconds:g} s")
    gaps = [(after - before) / 1e6 for before, after in pairwise(first)]
    slowest = min(frames[universe] for universe in range(1, universes + 1))
    return Load(
        universes, slowest / took_s, percentile(gaps, 0.99), used_ns / took_s / 1e7, memory_mb(live.pid),
        live.crowd.dropped() - dropped, seconds,
    )


def _with_skips(load: Load, journal: Path) -> Load:
    """The same with the ticks that showctl says it left out, from its start to its end."""
    skipped = 0
    for part in journal.parent.glob(f"{journal.stem}*{journal.suffix}"):
        with part.open("rb") as records:
            for line in records:
                if line.startswith(b'{"skip":'):
                    skip = json.loads(line)
                    skipped += skip["last"] - skip["first"] + 1
    return replace(load, skipped=skipped)


def lines(loads: Sequence[Load], size: Size) -> list[Line]:
    """256 universes at a small part of a core, 1,024 without a skipped tick."""
    by_count = {load.universes: load for load in loads}
    found = []
    if load := by_count.get(CPU_AT):
        found += [
            Line("256 universes fading: frames a second", load.fps, "Hz", 1, at_least=ENOUGH_HZ),
            Line("256 universes fading: CPU", load.cpu_percent, "% of a core", 1, CPU_MOST),
        ]
    if LONG in size.universes:
        load = by_count.get(LONG)
        found += [
            Line("1,024 universes fading: frames a second", load.fps if load else 0, "Hz", 1, at_least=ENOUGH_HZ),
            Line(f"1,024 universes fading, {size.capacity_long_s:g} s: ticks skipped",
                 load.skipped or 0 if load else float("inf"), "", 1, 0),
        ]
    few, many = loads[0], loads[-1]
    if many.universes > few.universes:
        more = many.universes - few.universes
        found += [
            Line("one more universe: CPU", (many.cpu_percent - few.cpu_percent) / more, "% of a core", more),
            Line("one more universe: memory", (many.memory_mb - few.memory_mb) / more, "MB", more),
        ]
    return found


def _curves(found: dict[str, list[Load]]) -> list[Curves]:
    def series(value: str) -> dict[str, list[Point]]:
        return {name: [(load.universes, getattr(load, value)) for load in loads] for name, loads in found.items()}

    return [
        Curves("CPU against universes that fade", "universes", "% of a core", series("cpu_percent")),
        Curves("Memory against universes that fade", "universes", "MB", series("memory_mb")),
    ]
