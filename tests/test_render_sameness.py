"""The renderer under random shows: the same bytes however it is called, restored or computed (CORE 1, 5, 6, 8)."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import dimming, render, sweep
from showctl.fade import FULL
from showctl.lamps import Response
from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Action,
    Cue,
    CueSheet,
    DmxFrame,
    Effect,
    Fade,
    Frame,
    Freeze,
    GiveWay,
    Grip,
    Halt,
    Hand,
    Hold,
    Lay,
    LevelFrame,
    Master,
    Recall,
    Release,
    Resend,
    Safe,
    Swing,
)
from showctl.render import Renderer
from showctl.shapes import BEAT
from showctl.targets import many
from tests.rigs import MS, bent, fader, rig

FIVE = LEVEL_MAX // 20
RIG = bent(rig(
    [("panel-cct", 0, 1), ("rgbw-16", 0, 11), ("dimmer-rgb", 1, 1), ("dimmer", 1, 20), ("rgbww", 2, 1),
     ("panel-cct-16", 1, 41), ("rgbw-16", 0, 31), ("dimmer-16", 2, 21), ("panel-cct", 2, 31), ("dimmer", 2, 41)],
    [fader("music", start=0x400000), fader("fx", ceiling=0xA00000), fader("ramp", steps=LEVEL_MAX, to="panels")],
    {0: ("key",), 2: ("key", "hair"), 4: ("hair",)}, fades=1,
), {
    5: Response(FIVE, 16 * FIVE, dimming.CURVES["gamma 2.2"]), 6: Response(curve=dimming.CURVES["s"]),
    7: Response(FIVE, curve=dimming.curve([0, FIVE, LEVEL_MAX])), 9: Response(highest=10 * FIVE),
}, mired=(5, 8))


def pattern(name: str, shape: str, rows: int, rides: bool, **more: Any) -> Effect:
    """Every second parameter of the rig from 0 on, over as many places, between levels of all sizes."""
    ends, riding = [], []
    for end in range(3 if shape == "steps" else 2):
        rode = tuple(rides and (at + end) % 3 == 0 for at in range(rows))
        levels = [LEVEL_MAX // (2 + (end + at) % 5) for at in range(rows)]
        ends.append(tuple(level // 4 * (-1) ** at if ride else level
                          for at, (level, ride) in enumerate(zip(levels, rode, strict=True))))
        riding.append(rode)
    parameters = tuple(range(0, 2 * rows, 2))
    return Effect(name, shape, parameters, tuple(range(rows)), rows, tuple(ends), tuple(riding), **more)


EFFECTS = (
    pattern("breath", "sine", 6, True, beats=3, per_ns=700 * MS, spread=BEAT, phase=BEAT // 5),
    pattern("saw", "ramp", 4, False, beats=1, per_ns=333 * MS, spread=-BEAT // 2),
    pattern("blink", "step", 5, True, per_ns=210 * MS, width=BEAT // 3, soft=FULL // 2, spread=BEAT * 2),
    pattern("walk", "chase", 6, False, beats=7, per_ns=SECOND_NS, width=2, soft=FULL // 3, bounce=True,
            length_ns=SECOND_NS),
    pattern("looks", "steps", 5, False, beats=5, per_ns=SECOND_NS, soft=FULL, spread=BEAT),
    pattern("stars", "sparkle", 6, True, per_ns=150 * MS, density=FULL // 2, life=BEAT // 2, soft=FULL // 4),
)
SHEET = replace(RIG, cues={Decimal(1): Cue(Decimal(1), effects=EFFECTS)})
PARAMETERS = range(len(SHEET.parameters))
FADERS = [each.parameter for each in SHEET.faders.values()]
SOURCES = st.sampled_from(["show", "booth", "door"])
CURVES = st.sampled_from(["linear", "ease", "ease-in", "ease-out", "snap"])
PLAYED = st.sampled_from([f"{source}/{each.name}" for source in ("show", "booth", "cue 9") for each in EFFECTS])
LEVELS = st.sampled_from([0, 1, LEVEL_MAX // 3, LEVEL_MAX // 2, LEVEL_MAX]) | st.integers(0, LEVEL_MAX)
TARGETS = st.dictionaries(st.sampled_from(PARAMETERS), LEVELS, min_size=1, max_size=6).map(lambda d: tuple(d.items()))
LENGTHS = st.sampled_from([0, 1, 20 * MS, 50 * MS, 250 * MS, SECOND_NS])
AGOS = st.sampled_from([0, 0, 0, -40 * MS, -SECOND_NS])


ACTIONS: st.SearchStrategy[Action] = st.one_of(      # times count from the event
    st.builds(Fade, SOURCES, TARGETS, AGOS, LENGTHS, CURVES, st.booleans()),
    st.builds(Lay, st.sampled_from(["late", "cue 9"]), TARGETS, st.just(0), LENGTHS, CURVES),
    st.builds(Release, st.sampled_from(["late", "cue 9"]), st.just(0), LENGTHS),
    st.builds(Swing, PLAYED, AGOS, LENGTHS, CURVES, st.integers(0, 99)),
    st.builds(Swing, PLAYED, AGOS, LENGTHS, CURVES, st.integers(0, 99)),
    st.builds(Release, PLAYED, AGOS, LENGTHS),
    st.builds(GiveWay, PLAYED.filter(lambda name: not name.startswith("cue")),
              st.lists(st.sampled_from(range(0, 12, 2)), min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(Freeze, PLAYED, st.booleans()),
    st.builds(Safe, SOURCES | st.just("late"), st.booleans()),
    st.builds(Master, st.sampled_from(["grand", "blackout", "sub/key", "sub/hair"]), LEVELS),
    st.builds(Hand, st.sampled_from(FADERS), LEVELS, st.booleans()),
    st.builds(Grip, st.sampled_from(FADERS)),
    st.builds(Recall, st.sampled_from(["panels", "mixer"])),
    st.builds(Hold, st.booleans()),
    st.builds(Halt, SOURCES | st.just("cue 9"), st.lists(st.sampled_from(PARAMETERS), max_size=2).map(tuple)),
    st.builds(Resend, st.sampled_from(["panels", "mixer"])),
)
GAPS = st.sampled_from([1, MS, 9 * MS, SECOND_NS // 44, 30 * MS, 200 * MS])
FIRST = Fade("show", tuple((at, LEVEL_MAX // 2) for at in PARAMETERS[:8]), 0, 0)
END = tuple(Release(f"{source}/{each.name}", 0, 0) for source in ("show", "booth", "cue 9") for each in EFFECTS)
Event = tuple[int, tuple[Action, ...]]


def shows() -> st.SearchStrategy[list[Event]]:
    moments = st.tuples(GAPS, st.lists(ACTIONS, max_size=3))
    return st.tuples(st.booleans(), st.lists(moments, min_size=1, max_size=12)).map(lambda drawn: timed(*drawn))


def timed(begun: bool, moments: list[tuple[int, list[Action]]]) -> list[Event]:
    events: list[Event] = [(0, (FIRST,))] if begun else []
    at_ns = 1_000
    for gap_ns, actions in moments:
        at_ns += gap_ns
        events.append((at_ns, tuple(
            replace(each, start_ns=at_ns + each.start_ns) if isinstance(each, Fade | Lay | Release | Swing) else each
            for each in actions)))
    end_ns = at_ns + 300 * MS
    return [*events, (end_ns, tuple(replace(each, start_ns=end_ns) for each in END))]


def instants(renderer: Renderer, events: list[Event]) -> list[tuple[int, list[Frame]]]:
    """Every instant at which the renderer was asked, with what it gave; until it rests."""
    record: list[tuple[int, list[Frame]]] = []
    for at_ns, actions in events:
        drain(renderer, at_ns, record)
        renderer.apply(at_ns, actions)
        record.append((at_ns, list(renderer.render(at_ns))))
    renderer.apply(events[-1][0], [])
    drain(renderer, events[-1][0] + 10 * SECOND_NS, record)
    return record


def drain(renderer: Renderer, until_ns: int, record: list[tuple[int, list[Frame]]]) -> None:
    for _ in range(10_000):
        due_ns = renderer.due_ns
        if due_ns is None or due_ns >= until_ns:
            return
        record.append((due_ns, list(renderer.render(due_ns))))
    raise AssertionError("the renderer never comes to rest")


@settings(max_examples=60, deadline=None)
@given(shows())
def test_core_1_restored_at_every_instant_it_gives_the_same_rest(events: list[Event]) -> None:
    whole = instants(Renderer(SHEET), events)
    renderer = Renderer(SHEET)
    record: list[tuple[int, list[Frame]]] = []

    def again() -> Renderer:
        fresh = Renderer(SHEET)
        fresh.restore(json.loads(json.dumps(renderer.snapshot())))
        assert fresh.snapshot() == renderer.snapshot()
        return fresh

    for at_ns, actions in events:
        for _ in range(10_000):
            due_ns = renderer.due_ns
            if due_ns is None or due_ns >= at_ns:
                break
            record.append((due_ns, list(renderer.render(due_ns))))
            renderer = again()
        renderer.apply(at_ns, actions)
        record.append((at_ns, list(renderer.render(at_ns))))
        renderer = again()
    drain(renderer, events[-1][0] + 10 * SECOND_NS, record)
    assert record == whole


@settings(max_examples=60, deadline=None)
@given(shows(), st.lists(st.integers(MS, 60 * MS), min_size=1, max_size=30))
def test_core_5_being_asked_more_often_changes_nothing(events: list[Event], steps: list[int]) -> None:
    whole = [each for _, frames in instants(Renderer(SHEET), events) for each in frames]
    renderer = Renderer(SHEET)
    frames: list[Frame] = []
    at_ns, turn = 0, 0
    pending = list(events)
    while pending or renderer.due_ns is not None:
        due_ns = renderer.due_ns
        at_ns += steps[turn % len(steps)]
        turn += 1
        if due_ns is not None and due_ns <= at_ns and (not pending or due_ns < pending[0][0]):
            at_ns = due_ns
        elif pending and pending[0][0] <= at_ns:
            at_ns, actions = pending.pop(0)
            renderer.apply(at_ns, actions)
        frames += renderer.render(at_ns)
    assert frames == whole


@settings(max_examples=100, deadline=None)
@given(shows())
def test_core_8_the_wide_path_gives_identical_bytes(events: list[Event]) -> None:
    narrow = instants(Renderer(SHEET), events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "MANY", -1)
        wide = instants(Renderer(SHEET), events)
    assert wide == narrow


ALL = 10**6


def greatly(events: list[Event]) -> list[Event]:
    """The same, each fade as one over a whole rig."""
    return [(at_ns, tuple(replace(each, targets=many(each.targets)) if isinstance(each, Fade) else each
                          for each in actions)) for at_ns, actions in events]


def crowded(seed: int) -> list[Event]:
    """Fades that take one another over, few parameters, masters and hands in between: what plans stumble over."""
    dealer = random.Random(seed)
    some = list(dict.fromkeys([*dealer.sample(PARAMETERS, 7), *FADERS[:1]]))
    at_ns, events = 1_000, [(0, (FIRST,))] if dealer.random() < 0.5 else []
    for _ in range(25):
        at_ns += dealer.choice((1, MS, 9 * MS, SECOND_NS // 44, 50 * MS, 60 * MS, 250 * MS))
        actions: list[Action] = []
        for _ in range(dealer.choice((1, 1, 2))):
            targets = tuple((each, dealer.choice((0, 1, LEVEL_MAX // 3, LEVEL_MAX, dealer.randrange(LEVEL_MAX))))
                            for each in dealer.sample(some, dealer.randint(1, 6)))
            who, lasts = dealer.choice(("show", "show", "booth")), dealer.choice((0, 50 * MS, 250 * MS, SECOND_NS))
            actions.append(dealer.choice((
                Fade(who, targets, at_ns - dealer.choice((0, 0, 40 * MS)), lasts, dealer.choice(("linear", "ease"))),
                Fade(who, targets, at_ns, lasts, "linear", dealer.random() < 0.6),
                Fade(who, targets, at_ns, lasts),
                Lay("late", targets[:2], at_ns, lasts),
                Release("late", at_ns, lasts),
                Safe(who, dealer.random() < 0.5),
                Master(dealer.choice(("grand", "sub/key", "sub/hair")), dealer.randrange(LEVEL_MAX)),
                Hand(FADERS[0], dealer.randrange(LEVEL_MAX)),
                Hold(dealer.random() < 0.3),
                Halt(who, tuple(dealer.sample(some, 2))),
                Resend(dealer.choice(("panels", "mixer"))),
                Swing(f"{who}/{dealer.choice(EFFECTS).name}", at_ns, lasts, "linear", seed),
                GiveWay(f"{who}/{dealer.choice(EFFECTS).name}", tuple(dealer.sample(range(0, 12, 2), 3))),
                Release(f"{who}/{dealer.choice(EFFECTS).name}", at_ns, lasts))))
        events.append((at_ns, tuple(actions)))
    at_ns += 100 * MS
    return [*events, (at_ns, tuple(replace(each, start_ns=at_ns) for each in END))]


@pytest.fixture(scope="module")
def one_by_one() -> list[tuple[list[Event], list[tuple[int, list[Frame]]]]]:
    return [(events := crowded(seed), instants(Renderer(SHEET), events)) for seed in range(60)]


@pytest.mark.parametrize(("great", "crowd", "few"), [
    (False, 0, -1), (False, 0, ALL), (False, 2, 2), (True, ALL, -1), (True, 0, -1), (True, 0, ALL), (True, 2, 3)])
def test_core_8_great_looks_and_glides_give_identical_bytes(
    great: bool, crowd: int, few: int, one_by_one: list[tuple[list[Event], list[tuple[int, list[Frame]]]]],
    monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fades told at once, planned, and mixed with what moves beside them, one by one or in passes."""
    monkeypatch.setattr(render, "MANY", -1)
    monkeypatch.setattr(sweep, "CROWD", crowd)
    monkeypatch.setattr(sweep, "FEW", few)
    for seed, (events, narrow) in enumerate(one_by_one):
        assert instants(Renderer(SHEET), greatly(events) if great else events) == narrow, f"seed {seed}"


@settings(max_examples=40, deadline=None)
@given(shows())
def test_core_1_a_great_look_is_restored_at_every_instant(events: list[Event]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "MANY", -1)
        patch.setattr(sweep, "CROWD", 0)
        whole = instants(Renderer(SHEET), events)
        renderer, record = Renderer(SHEET), []
        for at_ns, actions in greatly(events):
            while (due_ns := renderer.due_ns) is not None and due_ns < at_ns:
                record.append((due_ns, list(renderer.render(due_ns))))
                fresh = Renderer(SHEET)
                fresh.restore(json.loads(json.dumps(renderer.snapshot())))
                renderer = fresh
            renderer.apply(at_ns, actions)
            record.append((at_ns, list(renderer.render(at_ns))))
        drain(renderer, events[-1][0] + 10 * SECOND_NS, record)
    assert record == whole


@settings(max_examples=100, deadline=None)
@given(shows())
def test_core_5_never_more_than_n_and_one_frames_in_n_intervals(events: list[Event]) -> None:
    by_outlet: dict[object, list[int]] = {}
    for at_ns, frames in instants(Renderer(SHEET), events):
        for each in frames:
            by_outlet.setdefault(_outlet(each), []).append(at_ns)
    for times in by_outlet.values():
        for begin, first in enumerate(times):
            for end in range(begin, len(times)):
                intervals = (times[end] - first) * 44 // (SECOND_NS - 44) + 1
                assert end - begin + 1 <= intervals + 1


def _outlet(frame: Frame) -> object:
    return frame.universe if isinstance(frame, DmxFrame) else getattr(frame, "address", None)


@settings(max_examples=60, deadline=None)
@given(shows())
def test_no_frame_repeats_unasked_and_the_last_says_how_it_stands(events: list[Event]) -> None:
    """SEMANTICS 29: coalesced, the last always sent: a renderer asked for everything again has nothing new."""
    renderer = Renderer(SHEET)
    events = [(at_ns, tuple(replace(each, echo=False) if isinstance(each, Hand) else each for each in actions))
              for at_ns, actions in events]            # what a hand did to a motor fader, no frame has said
    record = instants(renderer, events)
    last: dict[object, Frame] = {}
    for _, frames in record:
        for each in frames:
            last[_outlet(each)] = each
    end_ns = events[-1][0] + 20 * SECOND_NS
    renderer.apply(end_ns, [Resend("panels"), Resend("mixer")])
    for each in renderer.render(end_ns):
        before = last[_outlet(each)]
        assert _said(each) == _said(before)


def _said(frame: Frame) -> object:
    if isinstance(frame, DmxFrame):
        return frame.slots
    return frame.value if isinstance(frame, LevelFrame) else None


@settings(max_examples=60, deadline=None)
@given(shows())
def test_no_fader_ever_leaves_above_its_ceiling(events: list[Event]) -> None:
    """SEMANTICS 32."""
    for _, frames in instants(Renderer(SHEET), events):
        for each in frames:
            if isinstance(each, LevelFrame) and each.address == SHEET.faders["fx"].address:
                assert each.value * LEVEL_MAX <= 0xA00000 * each.steps


def test_semantics_17_many_effects_over_a_fail_state_only_brighten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tell = Fade("show", tuple((at, LEVEL_MAX // 3) for at in PARAMETERS[:12]), 0, 0)
    first = (tell, *(Swing(f"show/{each.name}", 0, 0, "linear", 3) for each in EFFECTS), Safe("show", True))
    events = [(0, first), (700 * MS, END)]
    narrow = instants(Renderer(SHEET), events)
    renderer = Renderer(SHEET)
    renderer.apply(0, first)
    lamps = [each.index for each in SHEET.parameters[:12] if each.attribute == "intensity"]
    for at_ns in range(0, 700 * MS, 23 * MS):
        assert min(renderer.peek(at_ns, lamps)) >= LEVEL_MAX // 3
    monkeypatch.setattr(render, "MANY", -1)
    monkeypatch.setattr(sweep, "FEW", -1)
    assert instants(Renderer(SHEET), events) == narrow


def big() -> CueSheet:
    return rig([("dimmer-rgbww-16", at // 30, 1 + at % 30 * 12) for at in range(90)])


def test_a_big_fade_takes_the_wide_path_and_ends_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = big()
    fades = [(0, (Fade("show", tuple((at, LEVEL_MAX) for at in range(len(sheet.parameters))), 0, 500 * MS, "ease"),)),
             (200 * MS, (Fade("show", tuple((at, 0) for at in range(0, 540, 2)), 200 * MS, 500 * MS),)),
             (230 * MS, (Master("grand", LEVEL_MAX // 3), Lay("late", ((0, LEVEL_MAX), (3, 77)), 230 * MS, SECOND_NS))),
             (300 * MS, (Safe("show", True),))]
    wide = instants(Renderer(sheet), fades)
    monkeypatch.setattr(render, "MANY", 1_000_000)
    narrow = instants(Renderer(sheet), fades)
    assert wide == narrow
    assert sum(len(frames) for _, frames in wide) > 100
