"""Fades told once the light has left show the same bytes at the same instants as those told at once (CORE 1, 5, 9)."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from showctl.model import (
    LEVEL_MAX,
    Action,
    Cue,
    Fade,
    Frame,
    Halt,
    Hand,
    Hold,
    Lay,
    Master,
    Part,
    Recall,
    Release,
    Safe,
)
from showctl.render import Renderer
from showctl.unseen import Unseen
from tests.rigs import MS, fader, rig
from tests.test_render_sameness import Event, instants

RIG = rig(
    [("panel-cct", 0, 1), ("rgbw-16", 0, 11), ("dimmer-rgb", 1, 1), ("dimmer", 1, 20), ("panel-cct-16", 1, 41),
     ("dimmer", 2, 1)],
    [fader("music", start=0x400000)],
)
FADER = RIG.faders["music"].parameter


def looks() -> list[tuple[tuple[int, int], ...]]:
    dealer = random.Random(7)
    found = []
    for number in range(12):
        some = sorted(dealer.sample(range(len(RIG.parameters)), dealer.randint(5, 9)))
        dark = number % 4 == 0
        found.append(tuple((each, 0 if dark else dealer.choice((1, LEVEL_MAX // 3, LEVEL_MAX))) for each in some))
    return found


LOOKS = looks()
LEFT, RIGHT = (tuple((each, LEVEL_MAX // part) for each in range(low, low + 7)) for part, low in ((2, 0), (5, 7)))
LOOKS += [LEFT, RIGHT]
SHEET = replace(RIG, cues={Decimal(at): Cue(Decimal(at), parts=(Part(look),)) for at, look in enumerate(LOOKS, 1)})
FIRST = Fade("show", tuple((at, LEVEL_MAX // 2) for at in range(len(RIG.parameters))), 0, 0)


def evening(seed: int) -> list[Event]:
    """Cues of two regions as GOs give them, with whatever else may happen at the same instant or between."""
    dealer = random.Random(seed)
    at_ns, events = 0, [(0, (FIRST,))]
    for _ in range(25):
        at_ns += dealer.choice((1, MS, 9 * MS, 1_000 * MS // 44, 60 * MS, 400 * MS, 400 * MS, 700 * MS))
        who = "show" if dealer.random() < 0.85 else "booth"
        lasts = dealer.choice((0, 50 * MS, 50 * MS, 250 * MS))
        actions: list[Action] = [
            Fade(who, dealer.choice(LOOKS), at_ns - dealer.choice((0, 0, 0, 40 * MS)), lasts,
                 dealer.choice(("linear", "linear", "ease", "snap")), dealer.random() < 0.1)
            for _ in range(dealer.choice((1, 1, 2)))]
        if dealer.random() < 0.4:      # a cue of two parts
            actions = [Fade(who, look, at_ns, 250 * MS) for look in (LEFT, RIGHT)]
        others: list[Action] = [
            Master("grand", dealer.randrange(LEVEL_MAX)), Safe(who, dealer.random() < 0.5), Hand(FADER, LEVEL_MAX // 5),
            Hold(dealer.random() < 0.3), Halt(who), Recall("mixer"), Lay("late", LOOKS[1][:3], at_ns, lasts),
            Release("late", at_ns, lasts), Fade(who, ((FADER, 0x10000), (0, LEVEL_MAX)), at_ns, 0),
        ]
        if dealer.random() < 0.4:
            actions.insert(dealer.randint(0, len(actions)), dealer.choice(others))
        events.append((at_ns, tuple(actions)))
    return events


def shown(seed: int) -> list[tuple[int, list[Frame]]]:
    return instants(Renderer(SHEET), evening(seed))


@pytest.mark.parametrize("block", range(10))
def test_core_1_told_later_it_shows_what_it_would_have_at_once(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = range(40 * block, 40 * (block + 1))
    later = [shown(seed) for seed in seeds]
    monkeypatch.setattr(Unseen, "last_of", lambda *_: 0)
    for seed, record in zip(seeds, later, strict=True):
        assert record == shown(seed), f"seed {seed}"


def test_some_do_wait_and_most_sorts_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above would prove nothing if none ever waited."""
    counts = {0: 0, 1: 0, 2: 0}
    ask = Unseen.last_of

    def counted(self: Unseen, actions: tuple[Action, ...], at_ns: int) -> int:
        found = ask(self, actions, at_ns)
        counts[found] += 1
        return found

    monkeypatch.setattr(Unseen, "last_of", counted)
    for seed in range(100):
        shown(seed)
    assert all(count > 20 for count in counts.values()), counts


def test_a_go_at_rest_leaves_its_fades_for_later() -> None:
    renderer = Renderer(SHEET)
    renderer.apply(0, [FIRST])
    renderer.render(0)
    told: list[int] = []
    sources = renderer.sources
    fade = sources.fade
    sources.fade = lambda action, at_ns, *rest: told.append(at_ns) or fade(action, at_ns, *rest)  # type: ignore[method-assign]
    renderer.apply(MS, [Fade("show", LOOKS[1], MS, 50 * MS)])
    assert renderer.render(MS) == []
    assert not told, "told before its light could leave"
    renderer.settle()
    assert told == [MS], "told later, as at its own instant"
    assert renderer.due_ns == 1_000 * MS // 44
