"""Other desks in our universes: whole values, masters, priorities, latest, going (SEMANTICS 8, 17, 35; CORE 1, 8)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import render
from showctl.dimming import CURVES, answered
from showctl.lamps import Response
from showctl.light import kelvin_mk, reciprocal
from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Action,
    Connection,
    CueSheet,
    DmxFrame,
    Fade,
    Held,
    Hold,
    Lay,
    Master,
    Merge,
    Park,
    Release,
    Resend,
    Safe,
    Slots,
)
from showctl.render import Renderer
from tests.rigs import MS, Stage, bent, rig
from tests.test_render_sameness import drain, instants

F = LEVEL_MAX
HALF = 0x800000


def shared(fixtures: list[tuple[str, int, int]], *merges: Merge, subs: dict[int, tuple[str, ...]] | None = None,
           held: tuple[Held, ...] = ()) -> CueSheet:
    desks = merges or (Merge("desk", "house", 7, "panels", 0),)
    return replace(rig(fixtures, submasters=subs), merges={each.name: each for each in desks}, held=held)


def told(*levels: tuple[int, int], name: str = "desk", begins: bool = False) -> Slots:
    """A desk says slots (1..512) → values; everything else is at nothing."""
    slots = bytearray(512)
    for slot, value in levels:
        slots[slot - 1] = value
    return Slots(name, 1, bytes(slots), begins)


def fade(*targets: tuple[int, int], at: int = 0, over: int = 0) -> Fade:
    return Fade("show", targets, at, over)


def test_the_highest_light_is_seen_and_free_slots_pass() -> None:
    stage = Stage(shared([("dimmer", 0, 1), ("dimmer", 0, 2)]))
    stage.at(0, fade((0, HALF), (1, HALF)))
    assert stage.at(SECOND_NS, told((1, 200), (2, 20), (400, 33)))[0].slots[:2] == bytes([200, 128])
    assert stage.slots()[399] == 33
    stage.at(2 * SECOND_NS, told((2, 20)))
    assert (stage.slots()[:2], stage.slots()[399]) == (bytes([128, 128]), 0)


@pytest.mark.parametrize(("ours", "theirs", "seen"), [
    (0x0CB9, 0x0D16, 0x0D16), (0x0D16, 0x0CB9, 0x0D16), (0x00FF, 0x0100, 0x0100), (0xFFFF, 0x0001, 0xFFFF)])
def test_semantics_8_sixteen_bits_are_compared_as_one_value(ours: int, theirs: int, seen: int) -> None:
    """Slot by slot the first would be 0x0DB9 (qlcplus#1484)."""
    sheet = shared([("dimmer-16", 0, 1)])
    stage = Stage(sheet)
    stage.at(0, fade((0, ours << 8)))
    stage.at(SECOND_NS, told((1, theirs >> 8), (2, theirs & 255)))
    assert int.from_bytes(stage.slots()[:2], "big") == seen


def test_twenty_four_bits_too() -> None:
    sheet = rig([("dimmer", 0, 1)])
    sheet = replace(sheet, patch=(replace(sheet.patch[0], width=3),),
                    merges={"desk": Merge("desk", "house", 7, "panels", 0)})
    stage = Stage(sheet)
    stage.at(0, fade((0, 0x01FFFE)))
    assert stage.slots()[:3] == b"\x01\xff\xfe"
    stage.at(SECOND_NS, told((1, 1), (2, 255), (3, 255)))
    assert stage.slots()[:3] == b"\x01\xff\xff"
    stage.at(2 * SECOND_NS, told((1, 0), (2, 255), (3, 255)))
    assert stage.slots()[:3] == b"\x01\xff\xfe"


def test_emitters_without_a_dimmer_merge_as_the_light_they_are() -> None:
    stage = Stage(shared([("rgb", 0, 1)]))
    stage.at(0, fade((0, HALF), (1, F), (2, 0), (3, 0)))
    stage.at(SECOND_NS, told((1, 10), (3, 50)))
    assert stage.slots()[:3] == bytes([128, 0, 50])


def test_colour_is_whose_who_moved_it_last_and_a_beginning_moves_nothing() -> None:
    stage = Stage(shared([("dimmer-rgb", 0, 1)]))
    stage.at(0, fade((0, F), (1, F), (2, 0), (3, 0)))
    assert stage.at(SECOND_NS, told((1, 0), (4, 255), begins=True)) == []
    stage.at(2 * SECOND_NS, told((4, 200)))
    assert stage.slots()[:4] == bytes([255, 255, 0, 200])
    stage.at(3 * SECOND_NS, told((3, 9), (4, 200)))
    assert stage.slots()[:4] == bytes([255, 255, 9, 200])
    stage.at(4 * SECOND_NS, fade((3, 0), at=4 * SECOND_NS))     # the same level, and yet a look names it
    assert stage.slots()[:4] == bytes([255, 255, 9, 0])
    stage.at(5 * SECOND_NS, Lay("bell", ((2, HALF),), 5 * SECOND_NS, 0))
    assert stage.slots()[2] == 128


def test_ltp_gives_the_light_too_to_who_moved_last() -> None:
    stage = Stage(shared([("dimmer", 0, 1)], Merge("desk", "house", 7, "panels", 0, "ltp")))
    stage.at(0, fade((0, F)), told((1, 5), begins=True))
    assert stage.slots()[0] == 255
    stage.at(SECOND_NS, told((1, 60)))
    assert stage.slots()[0] == 60
    stage.at(2 * SECOND_NS, fade((0, HALF), at=2 * SECOND_NS))
    assert stage.slots()[0] == 128


def test_masters_dim_the_desk_as_they_dim_us() -> None:
    stage = Stage(shared([("dimmer", 0, 1), ("rgb", 0, 2)], subs={0: ("front",)}))
    stage.at(0, fade((0, 0)), told((1, 200), (2, 100), (9, 77)))
    stage.at(SECOND_NS, Master("sub/front", HALF))
    assert stage.slots()[0] == 100
    stage.at(2 * SECOND_NS, Master("blackout", F))
    assert (stage.slots()[0], stage.slots()[1], stage.slots()[8]) == (0, 0, 77)
    stage.at(3 * SECOND_NS, Master("sub/front", 0), Master("blackout", 0))
    assert stage.slots()[:2] == bytes([0, 100])


def test_semantics_17_a_desk_only_brightens_a_fail_state() -> None:
    sheet = shared([("dimmer-rgb", 0, 1)], Merge("desk", "house", 7, "panels", 0, "ltp", 150))
    stage = Stage(sheet)
    stage.at(0, fade((0, HALF), (1, F), (2, F), (3, F)), told((1, 10), (2, 7)))
    assert stage.slots()[:4] == bytes([10, 7, 0, 0])
    stage.at(SECOND_NS, Safe("show", True))
    assert stage.slots()[:4] == bytes([128, 255, 255, 255])
    stage.at(2 * SECOND_NS, told((1, 240), (2, 7)))
    assert stage.slots()[:4] == bytes([240, 255, 255, 255])


@pytest.mark.parametrize(("priority", "seen"), [(101, (10, 7, 3)), (100, (128, 255, 3)), (99, (128, 255, 3))])
def test_a_higher_priority_has_the_universe_to_itself(priority: int, seen: tuple[int, int, int]) -> None:
    stage = Stage(shared([("dimmer-rgb", 0, 1), ("dimmer", 0, 9)], Merge("desk", "h", 7, "panels", 0, "htp", priority)))
    stage.at(0, fade((0, HALF), (1, F)), told((1, 10), (2, 7), (9, 3), begins=True))
    assert (stage.slots()[0], stage.slots()[1], stage.slots()[8]) == seen      # nobody of ours wants the last


def test_two_desks_on_one_universe() -> None:
    low, high = Merge("low", "h", 7, "panels", 0, priority=100), Merge("high", "h", 8, "panels", 0, priority=120)
    stage = Stage(shared([("dimmer", 0, 1), ("dimmer", 0, 2)], high, low))
    stage.at(0, fade((0, HALF)), told((1, 200), (2, 30), name="low"))
    assert stage.slots()[:2] == bytes([200, 30])
    stage.at(SECOND_NS, told((1, 7), name="high"))
    assert stage.slots()[:2] == bytes([7, 0])
    stage.at(2 * SECOND_NS, Release("high", 2 * SECOND_NS, 0))
    assert stage.slots()[:2] == bytes([200, 30])


def test_what_is_parked_is_nobodys() -> None:
    stage = Stage(shared([("dimmer", 0, 1), ("rgb", 0, 2)]))
    stage.at(0, fade((0, 0), (1, F), (2, F), (3, 0)), Park(((0, 0), (1, HALF))), told((1, 200), (2, 200), (3, 200)))
    assert stage.slots()[:3] == bytes([0, 128, 0])


def test_a_slot_that_is_held_is_ours_until_a_desk_moves_it() -> None:
    stage = Stage(shared([("dimmer", 0, 1)], held=(Held("panels", 0, 5, 255),)))
    stage.at(0, fade((0, 0)), told((5, 0), begins=True))
    assert stage.slots()[4] == 255
    stage.at(SECOND_NS, told((5, 9)))
    assert stage.slots()[4] == 9
    stage.at(2 * SECOND_NS, Release("desk", 2 * SECOND_NS, 0))
    assert stage.slots()[4] == 255


def test_let_go_it_fades_out_in_its_time_and_one_that_speaks_again_is_there_at_once() -> None:
    stage = Stage(shared([("dimmer", 0, 1), ("dimmer", 0, 2)]))
    stage.at(0, fade((0, 0), (1, HALF)), told((1, 200), (2, 200)))
    stage.until(SECOND_NS)
    stage.at(SECOND_NS, Release("desk", SECOND_NS, 2 * SECOND_NS))
    stage.until(2 * SECOND_NS + 1)
    assert stage.slots()[:2] == bytes([100, 128])
    stage.at(2 * SECOND_NS + 2, told((1, 200), (2, 200), begins=True))
    stage.until(3 * SECOND_NS)
    assert stage.slots()[:2] == bytes([200, 200])
    stage.at(3 * SECOND_NS, Release("desk", 3 * SECOND_NS, 2 * SECOND_NS))
    stage.until(6 * SECOND_NS)
    assert stage.slots()[:2] == bytes([0, 128])
    assert stage.renderer.due_ns is None


def test_a_hold_holds_the_going_too() -> None:
    stage = Stage(shared([("dimmer", 0, 1)]))
    stage.at(0, fade((0, 0)), told((1, 200)))
    stage.until(SECOND_NS)
    stage.at(SECOND_NS, Release("desk", SECOND_NS, 2 * SECOND_NS))
    stage.at(2 * SECOND_NS, Hold(True))
    assert stage.slots()[0] == 100
    stage.until(9 * SECOND_NS)
    stage.at(9 * SECOND_NS, Hold(False))
    stage.until(10 * SECOND_NS - MS)
    assert 0 < stage.slots()[0] < 5
    stage.until(11 * SECOND_NS)
    assert stage.slots()[0] == 0


def test_semantics_16_no_desk_is_seen_before_the_first_look() -> None:
    stage = Stage(shared([("dimmer", 0, 1)]))
    assert stage.at(0, told((1, 200))) == []
    stage.at(SECOND_NS, fade((0, 0), at=SECOND_NS))
    assert stage.slots()[0] == 200


def test_a_universe_of_the_desks_alone_and_the_copies_of_it() -> None:
    sheet = shared([("dimmer", 0, 1)], Merge("desk", "h", 7, "panels", 5))
    sheet = replace(sheet, connections=dict(sheet.connections) | {"backup": Connection("backup", "sacn", {}, "panels")})
    stage = Stage(sheet)
    stage.at(0, fade((0, F)))
    frames = stage.at(SECOND_NS, told((3, 9)))
    assert [(each.to, each.universe, each.slots[2]) for each in frames if isinstance(each, DmxFrame)] == [
        ("panels", 5, 9), ("backup", 5, 9)]


def test_semantics_35_peek_says_what_leaves_with_the_desk_in_it() -> None:
    stage = Stage(shared([("dimmer", 0, 1), ("rgb", 0, 2), ("panel-cct", 0, 11)]))
    stage.at(0, fade((0, HALF), (1, HALF), (2, F), (3, 0), (4, 0), (5, HALF), (6, 3_200_000)))
    before = stage.renderer.peek(0, range(7))
    stage.at(SECOND_NS, told((1, 200), (2, 255), (3, 51), (11, 10), (12, 1)))
    stage.at(2 * SECOND_NS, told((1, 200), (2, 255), (3, 51), (11, 10), (12, 0)))
    after = stage.renderer.peek(2 * SECOND_NS, range(7))
    assert after[0] == 200 * F // 255
    assert (after[1], after[2], after[3]) == (F, F, F // 5)
    assert after[4:6] == before[4:6]
    assert after[6] == stage.renderer.levels.sources._lowest[6]


# ---- the same bytes however it is called ----

SHEET = shared([("panel-cct", 0, 1), ("rgbw-16", 0, 11), ("dimmer-rgb", 1, 1), ("dimmer", 1, 20)],
               Merge("desk", "h", 7, "panels", 0), Merge("booth", "h", 8, "panels", 0, "ltp", 90),
               Merge("guest", "h", 9, "panels", 1, "htp", 120), subs={0: ("key",), 2: ("key",)})
NAMES = st.sampled_from(["desk", "booth", "guest"])
LEVELS = st.sampled_from([0, 1, HALF, F]) | st.integers(0, F)
TARGETS = st.dictionaries(st.integers(0, len(SHEET.parameters) - 1), LEVELS, min_size=1, max_size=5).map(
    lambda found: tuple(found.items()))
LENGTHS = st.sampled_from([0, 20 * MS, 250 * MS, SECOND_NS])
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Slots, NAMES, st.sampled_from([1, 1, 2, 11, 14]), st.binary(min_size=1, max_size=16), st.booleans()),
    st.builds(Release, NAMES | st.just("bell"), st.just(0), LENGTHS),
    st.builds(Fade, st.sampled_from(["show", "booth"]), TARGETS, st.just(0), LENGTHS),
    st.builds(Lay, st.just("bell"), TARGETS, st.just(0), LENGTHS),
    st.builds(Master, st.sampled_from(["grand", "sub/key"]), LEVELS),
    st.builds(Park, TARGETS), st.builds(Hold, st.booleans()), st.builds(Safe, st.just("show"), st.booleans()),
    st.builds(Resend, st.just("panels")))
MOMENTS = st.lists(st.tuples(st.sampled_from([1, 9 * MS, 30 * MS, 200 * MS]), st.lists(ACTIONS, max_size=3)),
                   min_size=1, max_size=10)


def timed(moments: list[tuple[int, list[Action]]]) -> list[tuple[int, tuple[Action, ...]]]:
    events: list[tuple[int, tuple[Action, ...]]] = [(0, (fade((0, HALF), (3, HALF)),))]
    for gap_ns, actions in moments:
        at_ns = events[-1][0] + gap_ns
        events.append((at_ns, tuple(
            replace(each, start_ns=at_ns) if isinstance(each, Fade | Lay | Release) else each for each in actions)))
    return events


@settings(max_examples=25, deadline=None)
@given(MOMENTS.map(timed))
def test_core_1_and_8_restored_or_wide_the_same_bytes(events: list[tuple[int, tuple[Action, ...]]]) -> None:
    narrow = instants(Renderer(SHEET), events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "MANY", -1)
        assert instants(Renderer(SHEET), events) == narrow
    renderer = Renderer(SHEET)
    record: list[tuple[int, list[object]]] = []
    for at_ns, actions in events:
        drain(renderer, at_ns, record)  # type: ignore[arg-type]
        fresh = Renderer(SHEET)
        fresh.restore(json.loads(json.dumps(renderer.snapshot())))
        assert fresh.snapshot() == renderer.snapshot()
        renderer = fresh
        renderer.apply(at_ns, actions)
        record.append((at_ns, list(renderer.render(at_ns))))
    drain(renderer, events[-1][0] + 10 * SECOND_NS, record)  # type: ignore[arg-type]
    assert record == narrow


@settings(max_examples=25, deadline=None)
@given(MOMENTS.map(timed))
def test_no_universe_sends_what_it_sent_before_and_the_last_is_true(
    events: list[tuple[int, tuple[Action, ...]]]
) -> None:
    renderer = Renderer(SHEET)
    last: dict[int, bytes] = {}
    for _, frames in instants(renderer, events):
        for each in frames:
            assert isinstance(each, DmxFrame)
            last[each.universe] = each.slots
    end_ns = events[-1][0] + 20 * SECOND_NS
    renderer.apply(end_ns, [Hold(False), Resend("panels")])
    for each in renderer.render(end_ns):
        assert isinstance(each, DmxFrame)
        if renderer.due_ns is None:
            assert last[each.universe] == each.slots


# ---- lamps that are not plain ----

def test_limits_bind_a_desk_as_they_bind_a_hand() -> None:
    """SEMANTICS 32, 35: no more than the limit leaves, and looking says so."""
    stage = Stage(bent(shared([("dimmer", 0, 1), ("rgb", 0, 11)]),
                       {0: Response(highest=F // 2), 1: Response(highest=F // 4, curve=CURVES["square"])}))
    stage.at(0, fade((0, F // 4), (1, 0), (2, F)))
    stage.at(SECOND_NS, told((1, 255), (11, 255), (12, 10)))
    assert stage.slots()[0] == 127
    assert stage.slots()[10] == 15                # a quarter, squared
    assert stage.slots()[11] == 10
    peeked = stage.renderer.peek(SECOND_NS, [0, 1, 2])
    assert [round(level * 100 / F) for level in peeked] == [50, 24, 100]      # 15 of 255, back through the square


@given(st.sampled_from(["square", "s", "gamma 2.2"]), st.integers(0, 255), st.integers(0, F))
@settings(max_examples=30, deadline=None)
def test_semantics_35_a_desk_is_read_back_through_the_curve(name: str, value: int, level: int) -> None:
    """The level that would have told the slot what it shows, whoever told it."""
    stage = Stage(bent(shared([("dimmer", 0, 1)]), {0: Response(curve=CURVES[name])}))
    stage.at(0, fade((0, level)))
    stage.at(SECOND_NS, told((1, value)))
    (peeked,) = stage.renderer.peek(SECOND_NS, [0])
    assert abs((answered(Response(curve=CURVES[name]), peeked) >> 16) - stage.slots()[0]) <= 1
    assert stage.slots()[0] == max(value, answered(Response(curve=CURVES[name]), level) >> 16)
    assert peeked >= level or value < stage.slots()[0] or stage.slots()[0] == 255


def test_a_desk_on_kelvin_that_fades_in_mired() -> None:
    desk = Merge("desk", "house", 7, "panels", 0, how="ltp")
    stage = Stage(bent(shared([("panel-cct", 0, 1)], desk), {}, mired=(0,)))
    stage.at(0, fade((0, F), (1, reciprocal(3_000_000))))
    stage.at(SECOND_NS, told((1, 255), (2, 255)))
    assert stage.slots()[1] == 255
    assert abs(kelvin_mk(stage.renderer.peek(SECOND_NS, [1])[0]) - 6_500_000) < 20_000
