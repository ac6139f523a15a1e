"""Walks and sweeps see a broken engine: each sentence broken on purpose, and the monitor that must speak."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from showctl import engine, regions, verbs
from showctl import sheet as sheet_reader
from showctl.conditioning import Conditioning
from showctl.model import SECOND_NS, CueSheet, Safe
from showctl.regions import Regions
from showctl.runs import Runs
from showctl.timers import Timers
from showctl.who import Who
from showctl_sim import sweep, walk
from showctl_sim.script import Breach, perform
from tests.stage import CONFIGS

CORNER_SHOP = Path(__file__).parents[2] / "cuesheets" / "corner-shop.yaml"
QUARTER_NS = 900 * SECOND_NS
SEEDS = range(16)


@pytest.fixture(scope="module")
def shop() -> CueSheet:
    return sheet_reader.read(CORNER_SHOP.read_text(encoding="utf-8"), CORNER_SHOP.name, CONFIGS)


def walked(sheet: CueSheet) -> Breach | None:
    """The first breach of a few walks."""
    played = (perform(sheet, walk.script(sheet, seed, QUARTER_NS)).breach for seed in SEEDS)
    return next((breach for breach in played if breach is not None), None)


def swept(sheet: CueSheet, kind: str) -> Breach | None:
    """The first breach of a few runs of one fault."""
    tasks, _, _ = sweep.tasks(sheet, (kind,), 40)
    return next((outcome.breach for outcome in sweep.sweep(sheet, tasks, QUARTER_NS) if outcome.breach), None)


Patch = Callable[[pytest.MonkeyPatch], None]


def no_gap(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 3."""
    patch.setattr(verbs, "_may_go", lambda engine, draft: True)


def no_lockout(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 26."""
    count = Conditioning._count

    def forgetful(self: Conditioning, at_ns: int, name: str, value: bool) -> Any:
        self.conditions[name].locked = [-1, -1]
        return count(self, at_ns, name, value)

    patch.setattr(Conditioning, "_count", forgetful)


def waits_go_on(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 4: a follower of before comes after panic."""
    patch.setattr(Runs, "clear", lambda self, draft, fade_ns: None)
    patch.setattr(Timers, "cancel", lambda self, key: None if key[0] == "cue" else CANCEL(self, key))
    patch.setattr(Runs, "leave", lambda self, draft, region, states: None)


CANCEL = Timers.cancel


def one_region_fails(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 4: panic takes every region."""
    fail = Regions.fail

    def lazy(self: Regions, draft: Any, playback: Any, *rest: Any) -> None:
        if playback.name == "show":
            fail(self, draft, playback, *rest)

    patch.setattr(Regions, "fail", lazy)


def dark_safety(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 17: masters darken the fail state."""
    patch.setattr(regions, "Safe", lambda source, safe: Safe(source, False))


def anybody(patch: pytest.MonkeyPatch) -> None:
    """DESIGN §5 law 11."""
    sent = Who._sent

    def trusting(self: Who, trigger: Any) -> Any:
        self.hosts.setdefault((trigger.source, "203.0.113.66"), next(iter(self.hosts.values())))
        return sent(self, trigger)

    patch.setattr(Who, "_sent", trusting)


def deaf_to_losses(patch: pytest.MonkeyPatch) -> None:
    """SEMANTICS 25."""
    patch.setitem(engine._KINDS, "lost", lambda self, draft, event: None)


@pytest.mark.parametrize(("broken", "monitor"), [
    (no_gap, "nothing counts twice"),
    (no_lockout, "nothing counts twice"),
    (waits_go_on, "panic lands"),
    (one_region_fails, "panic lands"),
    (dark_safety, "the fail state's look stands"),
    (anybody, "the past and strangers move nothing"),
    (deaf_to_losses, "losses are answered"),
])
def test_a_walk_sees_it(shop: CueSheet, broken: Patch, monitor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    breach = walked(shop)
    assert breach is not None
    assert breach.monitor == monitor


@pytest.mark.parametrize(("broken", "kind", "monitor"), [
    (no_gap, "storming", "nothing counts twice"),
    (no_gap, "double-tapped", "nothing counts twice"),
    (one_region_fails, "panicking", "panic lands"),
    (anybody, "strangers", "the past and strangers move nothing"),
    (deaf_to_losses, "gone", "losses are answered"),
])
def test_a_sweep_sees_it(
    shop: CueSheet, broken: Patch, kind: str, monitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    breach = swept(shop, kind)
    assert breach is not None
    assert breach.monitor == monitor
