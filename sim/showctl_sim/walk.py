"""Random guests: the sheet's own alphabet at random against monitors, and the least of it that breaks one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from showctl.model import SECOND_NS, CueSheet
from showctl_sim import coverage
from showctl_sim.coverage import Coverage
from showctl_sim.dice import Dice
from showctl_sim.gestures import MILLISECOND_NS, by_hand, by_the_book, draw, sensors
from showctl_sim.script import Act, Breach, Script, Watched, perform
from showctl_sim.shrink import shrink

HOUR_NS = 3600 * SECOND_NS
PAUSES_MS = (40, 250, 700, 1_500, 4_000, 9_000, 20_000, 45_000)
"""How long until the next thing happens: from two fingers at once to a long story."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What came of a walk; ``least`` is a short script with the same breach."""

    seed: int
    acts: int
    steps: int
    digest: str
    coverage: Coverage
    breach: Breach | None = None
    least: Script | None = None


def script(sheet: CueSheet, seed: int, hours_ns: int) -> Script:
    """What happens in the walk with this seed: the same on every machine. One in three goes against the book."""
    dice, at_ns = Dice(seed, "walk"), SECOND_NS
    against = dice.one_in(3)
    gestures = by_hand(sheet) if against else by_the_book(sheet)
    acts: list[Act] = []
    while at_ns < hours_ns:
        acts.append(draw(gestures, dice, at_ns))
        at_ns += dice.pick(PAUSES_MS) * MILLISECOND_NS + dice.below(MILLISECOND_NS)
    given = {rule.name: dice.one_in(2) for rule in sensors(sheet)}
    return Script(seed, given, tuple(acts), hours_ns, promises=not against)


def walk(
    sheet: CueSheet, seed: int, hours_ns: int, progress: Callable[[int, int], None] | None = None
) -> Walk:
    """Walk until the end, or until a monitor speaks; then shrink. ``progress``: ns of show time, of how many."""
    whole = script(sheet, seed, hours_ns)
    watched = Watched(sheet, whole)
    for number, act in enumerate(whole.acts):
        if not watched.act(act):
            break
        if progress is not None and number % 100 == 0:
            progress(act.at_ns, hours_ns)
    watched.until(hours_ns)
    played = watched.played
    breach, steps = played.breach, played.performance.steps
    least = None if breach is None else shrunk(sheet, replace(whole, acts=played.acts), breach)
    digest = played.performance.show.digest().value
    return Walk(seed, len(played.acts), len(steps), digest, coverage.reached(sheet, steps), breach, least)


def shrunk(sheet: CueSheet, whole: Script, breach: Breach) -> Script:
    """The least of a script in which the same monitor still speaks, its pauses shortened where they may be."""
    until_ns = breach.at_ns

    def fails(acts: Sequence[Act]) -> bool:
        again = perform(sheet, replace(whole, acts=tuple(acts), until_ns=until_ns)).breach
        return again is not None and again.monitor == breach.monitor

    kept = shrink(whole.acts, fails)
    return replace(whole, acts=_closer(kept, fails), until_ns=until_ns)


def _closer(acts: Sequence[Act], fails: Callable[[Sequence[Act]], bool]) -> tuple[Act, ...]:
    """Long waits between acts cut to a second each, from the first on, where it still fails."""
    kept = list(acts)
    for place in range(len(kept)):
        before_ns = kept[place - 1].at_ns if place else 0
        spare_ns = kept[place].at_ns - before_ns - SECOND_NS
        if spare_ns > 0:
            tried = kept[:place] + [replace(act, at_ns=act.at_ns - spare_ns) for act in kept[place:]]
            if fails(tried):
                kept = tried
    return tuple(kept)
