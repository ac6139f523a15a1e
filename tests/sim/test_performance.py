"""A show in virtual time: looking changes nothing, leaping over ticks changes no step and no level."""

import random
from collections.abc import Iterator

import pytest

from showctl import sheet as sheet_reader
from showctl import trace
from showctl.model import SECOND_NS, CueSheet, DmxFrame, LevelFrame, Skip, Step, Trigger
from showctl.patch import SLOTS, compile_patch, position, put
from showctl.show import Show
from showctl_sim.performance import UNKNOWN, Performance
from tests.live import SHEET, guest
from tests.stage import CONFIGS

MILLISECOND = 1_000_000
SEEDS = range(4)


@pytest.fixture(scope="module")
def sheet() -> CueSheet:
    return sheet_reader.read(SHEET, "live.yaml", CONFIGS)


def evening(seed: int, inputs: int = 60) -> Iterator[tuple[int, Trigger]]:
    """Guests and fingers at random; no hand on the mixer, whose echo depends on what was sent."""
    rng, at_ns = random.Random(seed), 0
    for _ in range(inputs):
        at_ns += rng.choice((1, 7 * MILLISECOND, 300 * MILLISECOND, SECOND_NS))
        yield at_ns, guest(rng)


def played(sheet: CueSheet, seed: int, *, frames: bool) -> Performance:
    performance = Performance(sheet, seed, frames)
    performance.begin()
    for at_ns, trigger in evening(seed):
        performance.admit(trigger, at_ns)
    performance.until(performance.now_ns + 20 * SECOND_NS)
    return performance


def steps(performance: Performance) -> list[str]:
    return [trace.encode(step) for step in performance.steps]


def slots(sheet: CueSheet, performance: Performance) -> dict[tuple[str, int], bytes]:
    """The universes as they would leave now."""
    patch = compile_patch(sheet)
    whole = bytearray(SLOTS * len(patch.universes))
    put(patch.wires, performance.peek(range(len(sheet.parameters))), whole)
    return {place: bytes(whole[SLOTS * at:SLOTS * (at + 1)]) for at, place in enumerate(patch.universes)}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_seen_is_what_leaves(sheet: CueSheet, seed: int) -> None:
    """SEMANTICS 35: levels looked at equal those rendered at the same instant, on ticks and on events."""
    performance, compared = Performance(sheet, seed, frames=True), 0
    performance.begin()
    by_parameter = {(fader.to, fader.address): fader for fader in sheet.faders.values()}
    for at_ns, trigger in evening(seed):
        while (due_ns := performance.due_ns) is not None and due_ns < at_ns:
            performance.until(due_ns)
            compared += compare(sheet, performance, by_parameter)
        performance.admit(trigger, at_ns)
        compared += compare(sheet, performance, by_parameter)
    assert compared > 100


def compare(sheet: CueSheet, performance: Performance, by_parameter: dict) -> int:      # type: ignore[type-arg]
    fresh = [frame for frame in performance.frames_sent[-8:] if frame.at_ns == performance.now_ns]
    seen, faders = slots(sheet, performance), performance.faders()
    for frame in fresh:
        if isinstance(frame, DmxFrame):
            assert seen[frame.to, frame.universe] == frame.slots
        elif isinstance(frame, LevelFrame):
            fader = by_parameter[frame.to, frame.address]
            assert position(fader, faders[fader.name]) == frame.value
    return len(fresh)


@pytest.mark.parametrize("seed", SEEDS)
def test_leaping_changes_no_step_and_no_level(sheet: CueSheet, seed: int) -> None:
    leaping, walking = Performance(sheet, seed), Performance(sheet, seed, frames=True)
    for performance in (leaping, walking):
        performance.begin()
    for at_ns, trigger in evening(seed):
        for performance in (leaping, walking):
            performance.admit(trigger, at_ns)
        assert leaping.levels() == walking.levels()
        assert leaping.faders() == walking.faders()
    assert steps(leaping) == steps(walking)
    assert leaping.show.digest().frames < walking.show.digest().frames


@pytest.mark.parametrize("seed", SEEDS)
def test_looking_changes_nothing(sheet: CueSheet, seed: int) -> None:
    """The same frames whether somebody looks at every millisecond or nobody ever does."""
    looked = Performance(sheet, seed, frames=True)
    looked.begin()
    for at_ns, trigger in evening(seed):
        looked.until((looked.now_ns + at_ns) // 2)
        looked.levels()
        looked.admit(trigger, at_ns)
        looked.faders()
    looked.until(looked.now_ns + 20 * SECOND_NS)
    assert looked.show.digest() == played(sheet, seed, frames=True).show.digest()


@pytest.mark.parametrize("frames", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_run_can_be_repeated_from_its_inputs(sheet: CueSheet, seed: int, frames: bool) -> None:
    """CORE 6: the skips of a leaping run are facts that a plain show reads back, to the same digest."""
    performance = played(sheet, seed, frames=frames)
    show = Show(sheet, seed)
    show.expect_skips([record for record in performance.records if isinstance(record, Skip)])
    outcomes = [show.start(), *(show.admit(at_ns, trigger) for at_ns, trigger in performance.inputs)]
    outcomes.append(show.run_until(performance.now_ns))
    again = [record for outcome in outcomes for record in outcome.records if isinstance(record, Step)]
    assert [trace.encode(step) for step in again] == steps(performance)
    assert show.digest() == performance.show.digest()


@pytest.mark.parametrize("frames", [False, True])
def test_it_goes_on_from_a_snapshot(sheet: CueSheet, frames: bool) -> None:
    inputs = list(evening(3))
    whole = played(sheet, 3, frames=frames)
    for cut in (0, 7, 31):
        first = Performance(sheet, 3, frames)
        first.begin()
        for at_ns, trigger in inputs[:cut]:
            first.admit(trigger, at_ns)
        rest = first.fork()
        for at_ns, trigger in inputs[cut:]:
            rest.admit(trigger, at_ns)
        rest.until(rest.now_ns + 20 * SECOND_NS)
        assert steps(rest) == steps(whole)
        assert rest.status.as_values() == whole.status.as_values()
        assert rest.show.digest() == whole.show.digest()
        assert len(first.inputs) == cut


def test_two_inputs_at_one_instant_come_after_each_other(sheet: CueSheet) -> None:
    """CORE 2."""
    performance = Performance(sheet)
    performance.begin()
    go = Trigger("tablets", "/showctl/go", (1.0,), "10.0.0.31:9000")
    performance.admit(go, 0)
    performance.admit(go, 0)
    assert [at_ns for at_ns, _ in performance.inputs] == [1, 2]


def test_a_fader_nobody_told_is_unknown() -> None:
    """SEMANTICS 31."""
    text = SHEET.replace("cc: 0, start: -20 dB", "cc: 0").replace(", mix: {music: -30 dB in 2 s}", "").replace(
        ", mix: {music: -10 dB in 500 ms}", "")
    performance = Performance(sheet_reader.read(text, "live.yaml", CONFIGS))
    performance.begin()
    assert performance.faders() == {"music": UNKNOWN}
