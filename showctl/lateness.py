"""How late light leaves: bounded counts by size, of the last minute and of the whole run (health, journal, last words).

A bucket is an eighth of an octave wide, so a percentile is right to one part in eight; the worst is exact.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

SECONDS = 60
UNIT_BITS = 10                    # a unit is 1.024 µs
BUCKETS = 8 * 24                  # up to 17 s; what is later counts as that, but for the worst
MS_NS = 1_000_000


class Figures(NamedTuple):
    """How late so many were, nanoseconds; ``worst`` is exact, the others are at most an eighth too high."""

    number: int
    p50_ns: int
    p99_ns: int
    worst_ns: int

    @property
    def text(self) -> str:
        """For people: ``p50 0.1, p99 0.4, worst 2.3 ms``."""
        return f"p50 {self.p50_ns / MS_NS:.1f}, p99 {self.p99_ns / MS_NS:.1f}, worst {self.worst_ns / MS_NS:.1f} ms"


class Lateness:
    """Counts of one kind of lateness. ``turn`` once a second lets the oldest of sixty seconds go."""

    def __init__(self) -> None:
        self._second = [0] * BUCKETS
        self._minute = [0] * BUCKETS
        self._run = [0] * BUCKETS
        self._worst = 0
        self._worst_of_run = 0
        self._past: deque[tuple[list[int], int]] = deque()

    def add(self, late_ns: int) -> None:
        """One more."""
        self._second[_bucket(late_ns)] += 1
        if late_ns > self._worst:
            self._worst = late_ns

    def turn(self) -> Figures:
        """A second is over; its figures."""
        counts, worst = self._second, self._worst
        self._second, self._worst = [0] * BUCKETS, 0
        self._worst_of_run = max(self._worst_of_run, worst)
        gone = self._past.popleft()[0] if len(self._past) == SECONDS else None
        self._past.append((counts, worst))
        for index, count in enumerate(counts):
            if count:
                self._minute[index] += count
                self._run[index] += count
        for index, count in enumerate(gone or ()):
            self._minute[index] -= count
        return _figures(counts, worst)

    @property
    def minute(self) -> Figures:
        """Of the last minute, up to the last full second."""
        return _figures(self._minute, max((worst for _, worst in self._past), default=0))

    @property
    def run(self) -> Figures:
        """Of the whole run, the open second with it."""
        counts = [whole + now for whole, now in zip(self._run, self._second, strict=True)]
        return _figures(counts, max(self._worst_of_run, self._worst))

    def as_values(self) -> dict[str, Any]:
        """The last minute as JSON values."""
        return self.minute._asdict()


def _bucket(late_ns: int) -> int:
    units = late_ns >> UNIT_BITS
    if units < 8:
        return max(0, units)
    bits = units.bit_length()
    return min(8 * (bits - 3) + (units >> bits - 4 & 7), BUCKETS - 1)


def _upper_ns(bucket: int) -> int:
    """Where a bucket ends."""
    if bucket < 8:
        return bucket + 1 << UNIT_BITS
    octave, eighth = divmod(bucket, 8)
    return 9 + eighth << octave - 1 + UNIT_BITS


def _figures(counts: list[int], worst_ns: int) -> Figures:
    total = sum(counts)
    return Figures(total, _at(counts, total, 50, worst_ns), _at(counts, total, 99, worst_ns), worst_ns)


def _at(counts: list[int], total: int, percent: int, worst_ns: int) -> int:
    """The least upper edge below which so many percent lie."""
    wanted, seen = -(-total * percent // 100), 0
    for bucket, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            return min(_upper_ns(bucket), worst_ns)
    return 0
