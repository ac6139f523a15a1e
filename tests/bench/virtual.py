"""Virtual time: how much faster than the clock rehearsals run, and how long a thousand sweeps take on all cores."""

from __future__ import annotations

import os
import time
from pathlib import Path

from showctl.model import SECOND_NS, CueSheet
from showctl_sim import rehearsal, sweep
from showctl_sim.faults import KINDS
from showctl_sim.pool import processes
from showctl_sim.rehearsal import Rehearsal
from tests.bench import engine, sheets
from tests.bench.figures import Line

EVENING = "the-whole-evening.yaml"
SWEEPS = 1000
ALONE = 8      # runs that the CPU time of one is taken from
HOUR_NS = 3600 * SECOND_NS


def lines(runs: int, sweeps: int) -> list[Line]:
    """Speeds in times real time, the best of ``runs``; and 1,000 one-hour sweeps, scaled up from ``sweeps`` of them."""
    sheet = engine.corner_shop()
    evening = whole_evening(sheet)
    event_only = max(speed(sheet, evening, frames=False) for _ in range(runs))
    framed = speed(sheet, evening, frames=True)
    took_s, cpu_s = swept_s(sheet, sweeps), one_sweep_s(sheet)
    return [
        Line("a whole evening rehearsed, event-only: times real time", event_only, "x", runs, at_least=10_000),
        Line("a whole evening rehearsed, every 44 Hz frame: times real time", framed, "x", 1, at_least=1_000),
        Line(f"{SWEEPS:,} sweeps of an hour, from {sweeps} on {os.cpu_count()} cores", took_s * SWEEPS / sweeps, "s",
             sweeps, at_most=300),
        Line("CPU time of one of them", cpu_s, "s", ALONE),
    ]


def whole_evening(sheet: CueSheet) -> Rehearsal:
    """The longest rehearsal of Corner Shop that is shipped."""
    file: Path = sheets.CORNER_SHOP.with_suffix(".rehearsals") / EVENING
    return rehearsal.read(file.read_text(encoding="utf-8"), file.name, sheet)


def speed(sheet: CueSheet, evening: Rehearsal, *, frames: bool) -> float:
    """Show time over CPU time. Raises AssertionError where the rehearsal fails: a broken run is no figure."""
    begin_ns = time.process_time_ns()
    result = rehearsal.run(evening, sheet, frames=frames)
    took_ns = time.process_time_ns() - begin_ns
    assert result.passed, result.failures
    return result.performance.now_ns / took_ns


def one_sweep_s(sheet: CueSheet) -> float:
    """The CPU time of one run, in this process: what is left of the figure on a machine that others share."""
    tasks, _, _ = sweep.tasks(sheet, tuple(KINDS), ALONE)
    begin_ns = time.process_time_ns()
    for task in tasks:
        sweep.one(sheet, HOUR_NS, task)
    return (time.process_time_ns() - begin_ns) / ALONE / SECOND_NS


def swept_s(sheet: CueSheet, sweeps: int) -> float:
    """How long so many one-hour runs take, each with another fault in another state, processes started and all."""
    tasks, _, _ = sweep.tasks(sheet, tuple(KINDS), sweeps)
    begin_ns = time.perf_counter_ns()
    outcomes = list(sweep.sweep(sheet, tasks, HOUR_NS, processes(os.cpu_count() or 1)))
    assert len(outcomes) == sweeps
    return (time.perf_counter_ns() - begin_ns) / SECOND_NS
