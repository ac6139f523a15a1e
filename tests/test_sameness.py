"""The chief test: a live run, repeated from its triggers alone, gives the same steps and frames (CORE 1, 2, 5, 6, 7).

Each way in which it could fail quietly is broken here on purpose, and seen.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from showctl import sheet as sheet_reader
from showctl.errors import TraceError
from showctl.model import CueSheet, Skip
from showctl.show import Outcome, Show
from tests import live
from tests.stage import CONFIGS

SEEDS = 400


@pytest.fixture(scope="module")
def the_sheet() -> CueSheet:
    return sheet_reader.read(live.SHEET, "live.yaml", CONFIGS)


@pytest.fixture(scope="module")
def make(the_sheet: CueSheet) -> Callable[[], Show]:
    return lambda: Show(the_sheet, 5)


def test_a_live_run_repeats_byte_for_byte_from_its_triggers_and_skips(make: Callable[[], Show]) -> None:
    """CORE 1, 2, 5, 6: 400 seeds, inputs within a millisecond of due wake-ups, stalls of 300 ms."""
    collisions = skipped = steps = 0
    for seed in range(SEEDS):
        kept = live.run(make, seed)
        again = live.replay(make, kept)
        assert again.records == kept.records, f"seed {seed}"
        assert again.frames == kept.frames, f"seed {seed}"
        collisions += kept.collisions
        skipped += sum(skip.last - skip.first + 1 for skip in kept.skips)
        steps += len(kept.records)
    assert collisions > 5_000, "the collisions were not there: the test tested nothing"
    assert skipped > 1_000, "no tick was skipped: a smooth run tests nothing"
    assert steps > SEEDS * 40


class WakesAtWakingTime(Show):
    """The control: wake-ups are stepped when the loop gets round to them, not when they were due."""

    def _run(self, outcome: Outcome, until_ns: int, now_ns: int, late: bool) -> None:
        while (due_ns := self.due_ns) is not None and due_ns <= until_ns:
            self.last_ns = max(self.last_ns, until_ns)
            self._wake(outcome, until_ns)
            self._render(outcome, until_ns)
            self._looked = False


def test_control_wake_ups_at_waking_time_are_seen(the_sheet: CueSheet, make: Callable[[], Show]) -> None:
    """CORE, quiet failures: order."""
    different = 0
    for seed in range(20):
        kept = live.run(lambda: WakesAtWakingTime(the_sheet, 5), seed, stalls=False)
        different += live.replay(make, kept).records != kept.records
    assert different >= 18


def test_control_inputs_stamped_without_the_clamp_are_seen(make: Callable[[], Show]) -> None:
    """CORE 2: an input that is not strictly after everything stepped is refused by the merge itself."""
    refused = 0
    for seed in range(60):
        try:
            live.run(make, seed, clamp=False)
        except TraceError:
            refused += 1
    kept = live.run(make, 1)
    show = make()
    show.start()
    show.run_until(10**9)
    with pytest.raises(TraceError, match="does not come after"):
        show.admit(show.last_ns, kept.inputs[0][1])


def test_control_a_lost_skip_a_changed_stamp_or_payload_or_a_dropped_trigger_is_seen(
    make: Callable[[], Show],
) -> None:
    """CORE, quiet failures: replay that reads back its own output would see none of these."""
    kept = next(each for seed in range(50) if len((each := live.run(make, seed)).skips) >= 3)

    def differs(inputs: list[tuple[int, live.Trigger]], skips: list[Skip]) -> bool:
        changed = live.Recording(inputs=inputs, skips=skips, end_ns=kept.end_ns)
        again = live.replay(make, changed)
        return again.records != kept.records or again.frames != kept.frames

    assert not differs(kept.inputs, kept.skips)
    assert differs(kept.inputs, kept.skips[1:])
    presses = [index for index, (_, trigger) in enumerate(kept.inputs) if trigger.address == "/showctl/master"]
    at, trigger = kept.inputs[presses[0]]
    moved, other, fewer = list(kept.inputs), list(kept.inputs), list(kept.inputs)
    moved[presses[0]] = (at + live.MILLISECOND, trigger)
    other[presses[0]] = (at, live.Trigger(trigger.source, trigger.address, (0.123,), trigger.sender))
    del fewer[presses[0]]
    assert differs(moved, kept.skips)
    assert differs(other, kept.skips)
    assert differs(fewer, kept.skips)


def test_run_until_in_one_call_equals_a_thousand_small_ones(make: Callable[[], Show]) -> None:
    """CORE, quiet failures: chunking."""
    kept = live.run(make, 3, stalls=False)
    rng = random.Random(3)
    show, again = make(), live.Recording()
    show.expect_skips(kept.skips)
    again.take(show.start())
    for at, trigger in [*kept.inputs, (kept.end_ns, None)]:
        most = max(show.last_ns, at - 1)
        for ns in sorted(rng.randint(show.last_ns, most) for _ in range(1_000 // len(kept.inputs))):
            again.take(show.run_until(ns))
        if trigger is not None:
            again.take(show.admit(at, trigger))
    again.take(show.run_until(kept.end_ns))
    again.records.append(show.digest())
    assert again.records == kept.records
    assert again.frames == kept.frames


@pytest.mark.parametrize("seed", range(6))
def test_a_snapshot_at_every_record_restores_the_same_rest(make: Callable[[], Show], seed: int) -> None:
    """CORE 1: snapshot and restore, through JSON, at every input."""
    kept = live.run(make, seed, inputs=30)
    show, again = make(), live.Recording()
    show.expect_skips(kept.skips)
    again.take(show.start())
    for at, trigger in kept.inputs:
        data = json.loads(json.dumps(show.snapshot()))
        fresh = make()
        fresh.restore(data)
        fresh.expect_skips(kept.skips)
        assert fresh.due_ns == show.due_ns
        show = fresh
        again.take(show.admit(at, trigger))
    again.take(show.run_until(kept.end_ns))
    again.records.append(show.digest())
    assert again.records == kept.records


def test_a_stale_timer_leaves_no_step(make: Callable[[], Show]) -> None:
    """CORE 2: a cancelled debounce fires nothing and records nothing."""
    show = make()
    show.start()
    show.run_until(10**9)
    for at, payload in ((0, '{"contact": true}'), (10, '{"contact": false}'), (15, '{"contact": true}')):
        show.admit(10**9 + 1 + at * live.MILLISECOND, live.Trigger("sensors", "door", payload))
    outcome = show.run_until(10**9 + 100 * live.MILLISECOND)
    assert [record for record in outcome.records if type(record).__name__ == "Step"] == []


ENVIRONMENTS = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed 4242": {"PYTHONHASHSEED": "4242"},
    "no FMA, no AVX": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable"},
    "numpy without AVX2": {"NPY_DISABLE_CPU_FEATURES": "X86_V3"},
    "another BLAS core": {"OPENBLAS_CORETYPE": "Prescott"},
}


def test_the_bytes_do_not_depend_on_hash_seed_or_cpu_features() -> None:
    """CORE, quiet failures: set and hash order; arithmetic."""
    printed = {}
    for name, extra in ENVIRONMENTS.items():
        environment = {**os.environ, **extra, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.live", "11"],
            capture_output=True, text=True, timeout=60, env=environment, check=False,
        )
        assert done.returncode == 0, done.stderr
        printed[name] = done.stdout
    assert len(set(printed.values())) == 1, printed
