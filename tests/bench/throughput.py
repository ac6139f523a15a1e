"""W3: triggers a second. Relays and peers have to show every value; showctl has to record each and show the last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from showctl.codec import osc
from tests.bench.chapters import Chapter, Table
from tests.bench.children import memory_mb
from tests.bench.figures import Line, figure
from tests.bench.latency import present
from tests.bench.players import PEERS, RELAY, SHOWCTL, Live, Place, Player, tried
from tests.bench.probe import watch
from tests.bench.sizes import Size

TICK_MS = 1000 / 44
AT_ONCE = 64
PAUSE_S = 0.001
STAYS_S = 1.0            # after the last trigger
VALUES = 250             # so many different levels in turn
LEVELS = 255


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of one burst: triggers sent, values seen one after the other, and when the last one was there."""

    offered: float                # a second, as it was reached
    sent: int
    shown: int
    last_ms: float | None         # from the last trigger to the frame that stays; None: another value stayed
    dropped: int                  # by the probe


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the journal has of a flood."""

    inputs: int
    steps: int
    refused: int


def w3(place: Place, size: Size) -> Chapter:
    """The flood for showctl, bursts of growing rate for the others."""
    there, missing = present([RELAY, *PEERS], place)
    rows = [row for player in there if (row := tried(player, partial(_row, player, place, size)))]
    flooded, kept, memory = flood(place, size)
    heads = ("system", "most a second without loss", "at the highest rate: shown / sent", "last value right")
    tables = [Table(heads, rows), _showctl_table(flooded, kept, memory)]
    return Chapter("W3", "Triggers a second", tables, lines(flooded, kept, size), notes=missing)


# ---- showctl ----

def flood(place: Place, size: Size) -> tuple[Burst, Recorded, tuple[float, float]]:
    """``/showctl/master`` at the full rate; what was seen, what was recorded, and memory before and after."""
    with SHOWCTL.start(place, 0) as live:
        before = memory_mb(live.pid)
        found = burst(live, "/showctl/master", size.flood_rate, size.flood_s, lambda level: level / LEVELS)
        memory = before, memory_mb(live.pid)
    assert live.journal is not None
    return found, recorded(live.journal), memory


def recorded(journal: Path) -> Recorded:
    """Count the masters in all parts of a journal."""
    inputs = steps = refused = 0
    for part in sorted(journal.parent.glob(f"{journal.stem}*{journal.suffix}")):
        with part.open("rb") as lines_:
            for line in lines_:
                if line.startswith(b'{"input":'):
                    inputs += b'"address":"/showctl/master"' in line
                elif line.startswith(b'{"step":'):
                    steps += b'"name":"master"' in line
                    refused += b'"refused":' in line
    return Recorded(inputs, steps, refused)


def lines(found: Burst, kept: Recorded, size: Size) -> list[Line]:
    """Ten thousand a second, all recorded, the last one seen."""
    late_ms = found.last_ms if found.last_ms is not None else STAYS_S * 1000
    what = f"{size.flood_rate:,} triggers a second for {size.flood_s:g} s"
    return [
        Line(f"{what}: offered", found.offered, "/s", found.sent, at_least=0.99 * size.flood_rate),
        Line(f"{what}: not recorded as input", found.sent - kept.inputs, "", found.sent, 0),
        Line(f"{what}: inputs without a step", kept.inputs - kept.steps, "", kept.inputs, 0),
        Line(f"{what}: refused", kept.refused, "", kept.steps, 0),
        Line(f"{what}: the last value on the wire after", late_ms, "ms", 1, 2 * TICK_MS),
    ]


def _showctl_table(found: Burst, kept: Recorded, memory: tuple[float, float]) -> Table:
    heads = ("showctl", "offered a second", "sent", "recorded", "steps", "frames", "memory before, MB", "after")
    return Table(heads, [(
        "/showctl/master", f"{found.offered:,.0f}", f"{found.sent:,}", f"{kept.inputs:,}", f"{kept.steps:,}",
        f"{found.shown:,}", *map(figure, memory),
    )])


# ---- the others ----

def _bursts(live: Live, size: Size) -> Iterator[Burst]:
    """Growing rates, until values are lost and the last is wrong too."""
    address = "/dmx/universe/1/1" if live.name == "OLA" else "/level"
    for rate in size.burst_rates:
        found = burst(live, address, rate, size.burst_s, lambda level: level)
        yield found
        if found.shown < found.sent * 0.8 and found.last_ms is None:
            return


def _row(player: Player, place: Place, size: Size) -> tuple[str, ...]:
    with player.start(place, 0) as live:
        bursts = list(_bursts(live, size))
    whole = 0.0
    for each in bursts:
        if each.shown < each.sent or each.last_ms is None:
            break
        whole = each.offered
    last = bursts[-1]
    most = f"{whole:,.0f}" if whole else f"merges from {bursts[0].offered:,.0f} on"
    shown = f"{last.shown:,} / {last.sent:,} at {last.offered:,.0f}"
    if last.dropped:
        shown += f" (the probe missed {last.dropped:,})"
    return player.name, most, shown, "yes" if last.last_ms is not None else "no"


# ---- sending ----

def burst(live: Live, address: str, rate: int, seconds: float, value: object) -> Burst:
    """So many triggers a second for so long, each with another level than the one before.

    ``value(level)`` is the OSC argument for a level of 1 to 250 of 255.
    """
    packets = [osc.encode(address, (value(level),)) for level in range(1, VALUES + 1)]  # type: ignore[operator]
    press, dropped = live.hand.send, live.eye.dropped()
    live.eye.frames()
    total, sent = int(rate * seconds), 0
    seen: list[tuple[int, int]] = []
    begin = time.monotonic()
    while sent < total:
        due = min(total, int((time.monotonic() - begin) * rate) + 1)
        for _ in range(min(due - sent, AT_ONCE)):
            press(packets[sent % VALUES])
            sent += 1
        seen += [(at_ns, slots[0]) for at_ns, slots in live.eye.frames()]
        if sent >= due:
            time.sleep(PAUSE_S)
    last_ns, took_s = time.time_ns(), time.monotonic() - begin
    seen += [(at_ns, slots[0]) for at_ns, slots in watch(live.eye, STAYS_S)]
    shown = 1 + sum(before != after for (_, before), (_, after) in pairwise(seen)) if seen else 0
    return Burst(sent / took_s, sent, shown, _settled_ms(seen, last_ns, (sent - 1) % VALUES + 1),
                 live.eye.dropped() - dropped)


def _settled_ms(seen: Sequence[tuple[int, int]], last_ns: int, level: int) -> float | None:
    """When the frames came to the last level (give or take the rounding of a master); None where they did not."""
    if not seen or abs(seen[-1][1] - level) > 1:
        return None
    at_ns = last_ns
    for stamp_ns, shown in reversed(seen):
        if shown != seen[-1][1]:
            break
        at_ns = stamp_ns
    return max(0, at_ns - last_ns) / 1e6
