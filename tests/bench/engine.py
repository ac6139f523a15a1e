"""Steps a second on the Corner Shop sheet without input or output: the engine's part alone, and the whole core."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from showctl import sheet as sheet_reader
from showctl.driver import load, names
from showctl.engine import Engine
from showctl.model import CueSheet, Event, Step, Trigger
from showctl.normalise import Normaliser
from showctl.show import Show
from showctl.timers import Timers
from tests.bench import sheets

MILLISECOND = 1_000_000
BETWEEN_NS = (1 * MILLISECOND, 40 * MILLISECOND)     # some fifty triggers a second: a busy minute

FOH, STRANGER = "10.0.0.31:9000", "10.0.0.66:9000"
PRESSES = (
    "go", "go", "go", "go", "go", "go", "go", "go", "back", "standby/previous", "cue/2/go",
    "trigger/water", "trigger/skip", "trigger/home",
)


READINGS = (
    ("stat/seat-2/RESULT", '{"Switch1":{"Action":"ON"}}'),
    ("stat/seat-2/RESULT", '{"Switch1":{"Action":"OFF"}}'),
    ("zigbee2mqtt/door", '{"contact":false}'),
    ("zigbee2mqtt/door", '{"contact":true,"linkquality":87}'),
    ("cart/state", '{"at":"stage","moving":false}'),
    ("cart/state", '{"at":"home","moving":true}'),
)


def corner_shop() -> CueSheet:
    """The sheet as it is shipped."""
    configs = {name: load(name).Config for name in names()}
    return sheet_reader.read(sheets.CORNER_SHOP.read_text(encoding="utf-8"), sheets.CORNER_SHOP.name, configs)


def evening(count: int, seed: int = 1) -> list[tuple[int, Trigger]]:
    """So many triggers of a busy evening, with their times: half of them sensors that mostly move nothing."""
    dealer = random.Random(seed)
    at_ns, triggers = 0, []
    for _ in range(count):
        at_ns += dealer.randint(*BETWEEN_NS)
        triggers.append((at_ns, _trigger(dealer)))
    return triggers


def _trigger(dealer: random.Random) -> Trigger:
    kind = dealer.random()
    if kind < 0.30:
        return Trigger("sensors", "seat-1/sensor/pressure/state", f"{dealer.randrange(101) / 100:.2f}")
    if kind < 0.50:
        return Trigger("sensors", *dealer.choice(READINGS))
    if kind < 0.70:
        return Trigger("tablets", "/showctl/master", (dealer.randrange(50, 101) / 100,), FOH)
    if kind < 0.78:
        return Trigger("tablets", "/showctl/fader/music", (dealer.randrange(50) / 100,), FOH)
    if kind < 0.96:
        return Trigger("tablets", f"/showctl/{dealer.choice(PRESSES)}", (1.0,), FOH)
    if kind < 0.98:
        return Trigger("tablets", "/showctl/go", (1.0,), STRANGER)
    return Trigger("pedal", "", "DOWN")


@dataclass(frozen=True, slots=True)
class Rates:
    """What one run reached; ``tick_us`` is what a wake-up on the way costs, most of them 44 Hz ticks of a fade."""

    steps_a_second: float
    steps: int
    tick_us: float = 0
    ticks: int = 0


def whole_core(sheet: CueSheet, triggers: Sequence[tuple[int, Trigger]]) -> Rates:
    """``Show.admit`` for each: conditioning, engine, renderer and digest; what is due in between is timed apart."""
    show, clock = Show(sheet, 1), time.perf_counter_ns
    show.start()
    outcomes, admitting_ns, waking_ns, ticks = [], 0, 0, 0
    with _Quiet():
        for at_ns, trigger in triggers:
            while (due_ns := show.due_ns) is not None and due_ns < at_ns:
                begin = clock()
                show.run_until(due_ns)
                waking_ns += clock() - begin
                ticks += 1
            begin = clock()
            outcomes.append(show.admit(at_ns, trigger))
            admitting_ns += clock() - begin
    steps = sum(type(record) is Step for outcome in outcomes for record in outcome.records)
    return Rates(steps / admitting_ns * 1e9, steps, waking_ns / max(1, ticks) / 1000, ticks)


class EngineAlone:
    """The core without its renderer; only the time inside the engine counts."""

    def __init__(self, sheet: CueSheet) -> None:
        self.steps = 0
        self.took_ns = 0
        self._timers = Timers()
        self._normaliser = Normaliser(sheet, self._timers)
        self._engine = Engine(sheet, self._timers, self._normaliser, 1)
        self._engine.start(0)

    def admit(self, at_ns: int, trigger: Trigger) -> None:
        """Wake what is due, then take the trigger."""
        while (wake := self._timers.pop(at_ns)) is not None:
            due_ns, key = wake
            if key[0] == "input":
                self._step(due_ns, self._normaliser.wake(due_ns, key))
                continue
            begin = time.perf_counter_ns()
            self._engine.record(self._engine.wake(due_ns, key))
            self.took_ns += time.perf_counter_ns() - begin
            self.steps += 1
        self._step(at_ns, self._normaliser.admit(at_ns, trigger))

    def _step(self, at_ns: int, events: Sequence[Event]) -> None:
        for event in events:
            begin = time.perf_counter_ns()
            self._engine.record(self._engine.step(at_ns, event))
            self.took_ns += time.perf_counter_ns() - begin
            self.steps += 1


def engine_alone(sheet: CueSheet, triggers: Sequence[tuple[int, Trigger]]) -> Rates:
    """``Engine.step`` and ``Engine.wake`` for the events of the same triggers, and the record of each."""
    alone = EngineAlone(sheet)
    with _Quiet():
        for at_ns, trigger in triggers:
            alone.admit(at_ns, trigger)
    return Rates(alone.steps / alone.took_ns * 1e9, alone.steps)


class _Quiet:
    """What exists is left alone by the garbage collector, as in the daemon."""

    def __enter__(self) -> None:
        gc.collect()
        gc.freeze()

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
