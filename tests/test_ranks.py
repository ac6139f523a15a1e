"""Priorities of regions and overlays: the highest with a say is seen, and a fail state always (SEMANTICS 8, 17)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from showctl import render
from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS, Fade, Lay, Master, Merge, Park, Release, Safe
from showctl.render import Renderer
from showctl.sheet import read
from tests.rigs import Stage as Rig
from tests.rigs import rig
from tests.stage import CONFIGS, ROOM, Stage
from tests.test_blend import told
from tests.test_render_sameness import SHEET, Event, drain, instants, shows

F = LEVEL_MAX
HALF = 0x800000
RANKED = replace(SHEET, priorities={"booth": 120, "door": 80, "late": 150, "bell": 90})


def stage(**priorities: int) -> Rig:
    return Rig(replace(rig([("dimmer-rgb", 0, 1)], submasters={0: ("key",)}), priorities=priorities))


def fade(source: str, *targets: tuple[int, int], at: int = 0, over: int = 0) -> Fade:
    return Fade(source, targets, at, over)


def test_the_higher_priority_has_what_it_names_and_nothing_else() -> None:
    rigged = stage(booth=120)
    rigged.at(0, fade("show", (0, F), (1, F), (2, F), (3, 0)), fade("booth", (0, HALF), (1, 0)))
    assert rigged.slots()[:4] == bytes([128, 0, 255, 0])
    rigged.at(SECOND_NS, fade("show", (0, F), (1, F), (2, 0), at=SECOND_NS))       # the latest, and below
    assert rigged.slots()[:4] == bytes([128, 0, 0, 0])
    rigged.at(2 * SECOND_NS, fade("booth", (0, 0), at=2 * SECOND_NS))
    assert rigged.slots()[0] == 0


def test_a_lower_one_is_seen_where_nobody_else_has_a_say() -> None:
    rigged = stage(door=80)
    rigged.at(0, fade("door", (0, F), (1, F)), fade("show", (1, 0), (2, F), (3, F)))
    assert rigged.slots()[:4] == bytes([255, 0, 255, 255])


def test_among_equals_the_highest_light_and_the_latest_colour() -> None:
    rigged = stage(booth=120, door=120)
    rigged.at(0, fade("booth", (0, HALF), (1, F)), fade("door", (0, 10 << 16), (1, 0)), fade("show", (0, F), (1, HALF)))
    assert rigged.slots()[:2] == bytes([128, 0])
    rigged.at(SECOND_NS, fade("booth", (1, F), at=SECOND_NS))
    assert rigged.slots()[:2] == bytes([128, 255])


def test_an_overlay_above_crosses_even_downward_and_one_below_lies_under() -> None:
    rigged = stage(late=150, bell=50)
    rigged.at(0, fade("show", (0, F), (1, F), (2, 0)))
    rigged.at(SECOND_NS, Lay("late", ((0, 0), (1, 0)), SECOND_NS, 2 * SECOND_NS))
    rigged.until(2 * SECOND_NS + 1)
    assert all(each in (127, 128) for each in rigged.slots()[:2])
    rigged.until(4 * SECOND_NS)
    assert rigged.slots()[:2] == bytes([0, 0])
    rigged.at(4 * SECOND_NS, Release("late", 4 * SECOND_NS, SECOND_NS), Lay("bell", ((0, F), (2, F)), 4 * SECOND_NS, 0))
    rigged.until(6 * SECOND_NS)
    assert rigged.slots()[:3] == bytes([255, 255, 0])


def test_semantics_17_nobody_outranks_a_fail_state_and_masters_reach_everybody_else() -> None:
    rigged = stage(booth=200)
    rigged.at(0, fade("show", (0, HALF), (1, F)), fade("booth", (0, 0), (1, 0)))
    rigged.at(SECOND_NS, Safe("show", True))
    assert rigged.slots()[:2] == bytes([128, 255])
    rigged.at(2 * SECOND_NS, fade("booth", (0, F), at=2 * SECOND_NS), Master("grand", HALF))
    assert rigged.slots()[:2] == bytes([128, 255])
    rigged.at(3 * SECOND_NS, Safe("show", False))
    assert rigged.slots()[:2] == bytes([128, 0])
    rigged.at(4 * SECOND_NS, Park(((0, 5 << 16),)))
    assert rigged.slots()[0] == 5


@pytest.mark.parametrize(("desk", "seen"), [(110, 30), (120, 255), (130, 30)])
def test_a_desk_has_its_place_among_them(desk: int, seen: int) -> None:
    sheet = replace(rig([("dimmer", 0, 1)]), priorities={"booth": 120},
                    merges={"desk": Merge("desk", "h", 7, "panels", 0, "htp", desk)})
    rigged = Rig(sheet)
    rigged.at(0, fade("booth", (0, 30 << 16)), told((1, 255 if desk == 120 else 30 if desk > 120 else 99)))
    assert rigged.slots()[0] == seen


@settings(max_examples=15, deadline=None)
@given(shows())
def test_core_1_and_8_restored_or_wide_the_same_bytes(events: list[Event]) -> None:
    narrow = instants(Renderer(RANKED), events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "MANY", -1)
        assert instants(Renderer(RANKED), events) == narrow
    renderer, record = Renderer(RANKED), []
    for at_ns, actions in events:
        drain(renderer, at_ns, record)
        fresh = Renderer(RANKED)
        fresh.restore(json.loads(json.dumps(renderer.snapshot())))
        assert fresh.snapshot() == renderer.snapshot()
        renderer = fresh
        renderer.apply(at_ns, actions)
        record.append((at_ns, list(renderer.render(at_ns))))
    drain(renderer, events[-1][0] + 10 * SECOND_NS, record)
    assert record == narrow


@settings(max_examples=15, deadline=None)
@given(shows())
def test_one_priority_for_all_is_no_priority(events: list[Event]) -> None:
    """What is stated and equal gives the bytes of a sheet that states nothing."""
    equal = replace(SHEET, priorities=dict.fromkeys(("show", "booth", "door", "late", "bell", "cue 9", ""), 70))
    quiet = [(at_ns, tuple(each for each in actions if not isinstance(each, Safe))) for at_ns, actions in events]
    assert instants(Renderer(equal), quiet) == instants(Renderer(SHEET), quiet)


def test_semantics_35_peek_sees_it() -> None:
    rigged = stage(booth=120)
    rigged.at(0, fade("show", (0, F), (1, F)), fade("booth", (0, HALF), (1, 0), over=SECOND_NS))
    assert rigged.renderer.peek(SECOND_NS // 2, range(2))[0] == HALF // 2


def test_a_sheet_says_it_at_a_region_and_at_an_overlay() -> None:
    text = ROOM.replace("to: panels, at", "to: panels, share: htp, at") + """
cues:
  1: {look: {all: 80%}}
  10: {look: {key: 20%}}
  40: {overlay: 5 s, priority: 150, look: {fill: 10%}}
triggers: {bell: {button: Bell}}
states:
  show: {one: {cues: 1, on: {bell: cue 40}, end: true}, safe: {fail: true, look: {all: 70%}, on: {go: back}}}
  booth: {priority: 120, two: {cues: 10, end: true}, halt: {fail: true, on: {bell: two}}}
"""
    shown = Stage("", room=text)
    assert dict(shown.sheet.priorities) == {"booth": 120, "cue 40": 150}
    assert (shown.percent("key"), shown.percent("fill")) == (20, 80)
    shown.osc("/showctl/trigger/bell")
    assert shown.percent("fill") == 10
    shown.wait("6 s")
    assert shown.percent("fill") == 80


def test_a_cue_of_the_list_has_its_regions() -> None:
    with pytest.raises(SheetError, match="'priority' belongs to an overlay"):
        read(ROOM + "cues: {1: {priority: 120, look: {key: 5%}}}\n", "sheet.yaml", CONFIGS)
