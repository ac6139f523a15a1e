"""The paired method: all systems up at once, triggers dealt among them in random order (CORE "Speed").

Measured one after another, identical code differs by a factor of two, because the machine changes meanwhile. So each
round deals its triggers like cards, and the ratio that counts is the median over the rounds of (p50 here / p50 of the
floor).
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.chapters import Table
from tests.bench.children import Failed
from tests.bench.figures import median, percentile
from tests.bench.probe import Eye, Hand

MILLISECOND = 1_000_000
SLOT_NS = (9 * MILLISECOND, 15 * MILLISECOND)    # from one trigger to the next, whichever system gets it
LOST_NS = 250 * MILLISECOND                      # what has not answered by then will not


@dataclass
class Path:
    """One way from a trigger to the light: who presses, whose frames are looked at, and where.

    ``watch`` is the slot (from 0; or a slice of them) that every trigger changes at once; ``gap_ns`` the least time
    between two triggers; ``share`` how many of ten triggers of a round it gets, counted against the others.
    """

    name: str
    hand: Hand
    eye: Eye
    watch: int | slice
    gap_ns: int
    share: int = 10
    latencies_ns: list[list[int]] = field(default_factory=list)    # one list a round
    lost: int = 0
    turn: int = 0
    seen: int | bytes | None = None
    pressed_ns: int | None = None                                  # waiting for its light
    free_ns: int = 0

    def look(self) -> None:
        """Take the frames that have come; the first one with another light answers the trigger that waits."""
        for stamp_ns, slots in self.eye.frames():
            value = slots[self.watch]
            if value == self.seen:
                continue
            self.seen = value
            if self.pressed_ns is not None and stamp_ns > self.pressed_ns:
                self.latencies_ns[-1].append(stamp_ns - self.pressed_ns)
                self.pressed_ns = None

    def ready(self, now_ns: int) -> bool:
        """Whether it may be pressed: the gap has passed, and the last trigger was answered or is lost."""
        return now_ns >= (self.free_ns if self.pressed_ns is None else self.pressed_ns + LOST_NS)

    def go(self) -> None:
        """Press now. A trigger that still waits is lost."""
        self.lost += self.pressed_ns is not None
        self.turn += 1
        now_ns = self.pressed_ns = time.time_ns()
        self.hand.press(self.turn)
        self.free_ns = now_ns + self.gap_ns


def measure(paths: Sequence[Path], rounds: int, hands: int, seed: int = 1) -> None:
    """Deal ``rounds`` rounds of ``hands`` × ``share`` triggers; the latencies stay with each path.

    One round before those warms every path up and is thrown away.
    """
    dealer = random.Random(seed)
    for number in range(-1, rounds):
        for path in paths:
            path.latencies_ns.append([])
        _round(paths, 1 if number < 0 else hands, dealer)
        if number < 0:
            for path in paths:
                path.latencies_ns.clear()
                path.lost = 0


def dealt(ways: Sequence[Path], floors: Sequence[int], rounds: int, hands: int) -> list[Result]:
    """Measure, let go of the hands, and count each way against ``ways[floor]``. Raises Failed for one that is dark."""
    try:
        measure(ways, rounds, hands)
    finally:
        for way in ways:
            way.hand.close()
    silent = [way.name for way in ways if not any(way.latencies_ns)]
    if silent:
        raise Failed(f"no light ever answered: {', '.join(silent)}")
    return [result(way, ways[floor]) for way, floor in zip(ways, floors, strict=True)]


def _round(paths: Sequence[Path], hands: int, dealer: random.Random) -> None:
    left = [path for path in paths for _ in range(path.share * hands)]
    dealer.shuffle(left)
    while left:
        now_ns = time.time_ns()
        card = next((place for place, path in enumerate(left) if path.ready(now_ns)), None)
        if card is not None:
            left.pop(card).go()
        time.sleep(dealer.randint(*SLOT_NS) / 1e9)
        for path in paths:
            path.look()
    time.sleep(LOST_NS / 1e9)
    for path in paths:
        path.look()
        path.lost += path.pressed_ns is not None
        path.pressed_ns = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one path took, milliseconds; ``ratio`` is against the floor, 1 for the floor itself."""

    name: str
    samples: int
    lost: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    worst_ms: float
    ratio: float


def result(path: Path, floor: Path) -> Result:
    """The figures of one path. Raises ValueError where nothing was answered."""
    every = [each / 1e6 for each_round in path.latencies_ns for each in each_round]
    ratios = [
        median(here) / median(there)
        for here, there in zip(path.latencies_ns, floor.latencies_ns, strict=True) if here and there
    ]
    p50, p90, p99 = (percentile(every, part) for part in (0.5, 0.9, 0.99))
    return Result(path.name, len(every), path.lost, p50, p90, p99, max(every), median(ratios))


def latencies(found: Sequence[Result], against: str = "bare relay") -> Table:
    """The table of every way from a trigger to the light; no ratio where ``against`` is empty."""
    rows = [
        (each.name, *(f"{value:.3f}" for value in (each.p50_ms, each.p90_ms, each.p99_ms, each.worst_ms)),
         *((f"{each.ratio:.2f}",) if against else ()), str(each.lost), f"{each.samples:,}")
        for each in found
    ]
    heads = ("trigger to ArtDmx, ms", "p50", "p90", "p99", "worst", *((f"p50 / {against}",) if against else ()))
    return Table((*heads, "lost", "n"), rows)
