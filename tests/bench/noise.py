"""How quiet the machine is: how late a short sleep ends, and how much CPU others take."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import percentile

SLEEP_S = 0.002
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Noise:
    """Lateness of a sleep of 2 ms in milliseconds, and the CPU of all other processes, % of one core."""

    late_p50_ms: float
    late_p99_ms: float
    late_worst_ms: float
    busy_percent: float

    def __str__(self) -> str:
        return (
            f"a sleep of 2 ms is late by p50 {self.late_p50_ms:.3f}, p99 {self.late_p99_ms:.3f}, "
            f"worst {self.late_worst_ms:.3f} ms; others use {self.busy_percent:.0f} % of a core"
        )


def listen(sleeps: int) -> Noise:
    """Sleep ``sleeps`` times and see when that ends."""
    late_ms = []
    begin, busy, ours = time.monotonic(), _busy_s(), time.process_time()
    for _ in range(sleeps):
        due = time.monotonic() + SLEEP_S
        time.sleep(SLEEP_S)
        late_ms.append((time.monotonic() - due) * 1000)
    others = (_busy_s() - busy) - (time.process_time() - ours)
    share = max(0.0, others / (time.monotonic() - begin) * 100)
    return Noise(percentile(late_ms, 0.5), percentile(late_ms, 0.99), max(late_ms), share)


def _busy_s() -> float:
    """CPU time that all processors have spent on anything, from /proc/stat."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_A_SECOND      # without idle and iowait
