"""Submasters: held back in any crossfade, or a look brought up (SEMANTICS 8, 17; CORE 1, 8)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from showctl import render
from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS, CueSheet, DmxFrame, Fade, Lay, Master, Release, Safe, Submaster
from showctl.render import Renderer
from showctl.sheet import read
from showctl.status import Status
from tests.rigs import Stage as Rig
from tests.rigs import rig
from tests.stage import CONFIGS, ROOM, Stage
from tests.test_blend import MOMENTS
from tests.test_blend import SHEET as SHARED
from tests.test_blend import timed as moments
from tests.test_render_sameness import SHEET, Event, instants, shows

F = LEVEL_MAX
HALF = 0x800000


def darkened(events: list[Event]) -> list[Event]:
    """The same show with sub/key at nothing from the first instant on, and nothing safe."""
    dark = [(at_ns, tuple(each for each in actions if not isinstance(each, Safe)
                          and not (isinstance(each, Master) and each.name == "sub/key"))) for at_ns, actions in events]
    return [(dark[0][0], (Master("sub/key", 0), *dark[0][1])), *dark[1:]]


def mastered(sheet: CueSheet) -> list[tuple[int, int, int]]:
    """(universe, slot from 0, width) of every intensity that sub/key holds back, or that such an intensity dims."""
    found = []
    for wire in sheet.patch:
        decides = sheet.parameters[wire.parameter if wire.dimmed_by is None else wire.dimmed_by]
        if decides.attribute == "intensity" and "key" in decides.submasters:
            found.append((wire.universe, wire.slot - 1, wire.width))
    return found


@pytest.mark.parametrize("many", [64, -1])
@settings(max_examples=40, deadline=None)
@given(events=shows())
def test_semantics_17_a_submaster_at_nothing_is_dark_in_any_crossfade(many: int, events: list[Event]) -> None:
    """Fades, overlays, releases, holds, halts, other masters; on both paths (qlcplus#434)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "MANY", many)
        frames = [each for _, frames in instants(Renderer(SHEET), darkened(events)) for each in frames]
    slots = mastered(SHEET)
    assert slots
    for each in frames:
        if isinstance(each, DmxFrame):
            for universe, slot, width in slots:
                assert universe != each.universe or not any(each.slots[slot : slot + width])


@settings(max_examples=30, deadline=None)
@given(events=MOMENTS.map(moments))
def test_semantics_17_not_even_a_desk_lights_what_a_submaster_holds_at_nothing(events: list[Event]) -> None:
    quiet = [(at_ns, tuple(each for each in actions if type(each).__name__ not in ("Park",)))
             for at_ns, actions in darkened(events)]
    for _, frames in instants(Renderer(SHARED), quiet):
        for each in frames:
            assert isinstance(each, DmxFrame)
            for universe, slot, width in mastered(SHARED):
                assert universe != each.universe or not any(each.slots[slot : slot + width])


def test_semantics_17_a_fail_state_passes() -> None:
    stage = Rig(rig([("dimmer", 0, 1)], submasters={0: ("key",)}))
    stage.at(0, Fade("show", ((0, F),), 0, 0), Master("sub/key", 0))
    assert stage.slots()[0] == 0
    stage.at(SECOND_NS, Safe("show", True))
    assert stage.slots()[0] == 255


# ---- a look that a hand brings up ----

def bumped(*look: tuple[int, int], start: int = 0) -> CueSheet:
    found = rig([("dimmer-rgb", 0, 1)], submasters={0: ("key",)})
    return replace(found, submasters=("key", "bump"), subs={"bump": Submaster("bump", start, look)})


def risen(*look: tuple[int, int], start: int = 0) -> Rig:
    return Rig(bumped(*look, start=start))


RISEN = bumped((0, F), (2, HALF), start=F // 3)


def test_it_shows_where_it_is_the_highest_and_colour_crosses_in() -> None:
    stage = risen((0, F), (1, F), (2, 0))
    stage.at(0, Fade("show", ((0, HALF), (1, 0), (2, F), (3, 0)), 0, 0))
    stage.at(SECOND_NS, Master("sub/bump", F // 4))
    assert stage.slots()[:3] == bytes([128, 63, 192])
    stage.at(2 * SECOND_NS, Master("sub/bump", F))
    assert stage.slots()[:3] == bytes([255, 255, 0])
    stage.at(3 * SECOND_NS, Master("sub/bump", 0))
    assert stage.slots()[:3] == bytes([128, 0, 255])


def test_other_masters_hold_it_back_and_a_fade_beneath_goes_on() -> None:
    stage = risen((0, F), start=F)
    stage.at(0, Fade("show", ((0, 0),), 0, 0))
    assert stage.slots()[0] == 255
    stage.at(SECOND_NS, Master("sub/key", HALF))
    assert stage.slots()[0] == 128
    stage.at(2 * SECOND_NS, Master("grand", HALF))
    assert stage.slots()[0] == 64
    stage.at(3 * SECOND_NS, Fade("show", ((0, F),), 3 * SECOND_NS, SECOND_NS), Master("sub/bump", 0))
    stage.until(5 * SECOND_NS)
    assert stage.slots()[0] == 64


def test_a_hand_takes_it_back_from_its_going() -> None:
    stage = risen((0, F), start=F)
    stage.at(0, Fade("show", ((0, 0),), 0, 0))
    stage.at(SECOND_NS, Release("sub/bump", SECOND_NS, 2 * SECOND_NS))
    stage.until(2 * SECOND_NS + 1)
    assert stage.slots()[0] in (127, 128)
    stage.at(2 * SECOND_NS + 2, Master("sub/bump", F))
    stage.until(9 * SECOND_NS)
    assert stage.slots()[0] == 255
    assert stage.renderer.due_ns is None


def test_core_1_and_8_it_is_restored_and_the_wide_path_has_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def frames() -> list[bytes]:
        stage = Rig(RISEN)
        stage.at(0, Fade("show", ((0, F), (1, F)), 0, SECOND_NS), Lay("bell", ((1, HALF),), 0, SECOND_NS))
        stage.at(SECOND_NS // 2, Master("sub/bump", HALF))
        fresh = Renderer(RISEN)
        fresh.restore(json.loads(json.dumps(stage.renderer.snapshot())))
        assert fresh.snapshot() == stage.renderer.snapshot()
        stage.renderer = fresh
        stage.at(SECOND_NS, Release("sub/bump", SECOND_NS, SECOND_NS))
        stage.until(9 * SECOND_NS)
        return [each.slots for each in stage.frames if isinstance(each, DmxFrame)]

    narrow = frames()
    monkeypatch.setattr(render, "MANY", -1)
    assert frames() == narrow


# ---- in a sheet ----

TEXT = """
submasters:
  front: [key, fill]
  side: {over: hair, start: 60%}
  bump: {look: {key: 100% 5600K}}
cues: {1: {look: {all: 50% 3200K}}}
states:
  show: {one: {cues: 1, end: true}, safe: {fail: true, look: {all: 70% 4000K}, fade: 2 s, on: {go: back}}}
"""


def test_a_station_brings_it_up_and_panic_fades_it_out() -> None:
    stage = Stage(TEXT)
    status = Status(stage.sheet)
    assert status.masters["sub/side"] == stage.sheet.subs["side"].start
    assert (stage.percent("hair"), stage.percent("key")) == (30, 50)
    stage.osc("/showctl/sub/bump", 1.0)
    assert stage.percent("key") == 100
    stage.osc("/showctl/panic")
    stage.wait("500 ms")
    assert stage.percent("key") == 75
    stage.wait("2 s")
    assert stage.percent("key") == 70
    for step in stage.steps:
        status.fold(step)
    assert status.masters["sub/bump"] == 0
    assert Status.of_snapshot(stage.sheet, stage.show.snapshot()).masters == status.masters


def test_reset_puts_every_submaster_where_it_starts() -> None:
    stage = Stage(TEXT)
    for name, level in (("front", 0.0), ("side", 1.0), ("bump", 1.0)):
        stage.osc(f"/showctl/sub/{name}", level)
    stage.osc("/showctl/reset")
    stage.osc("/showctl/reset")
    stage.wait("1 s")
    assert [stage.percent(name) for name in ("key", "fill", "hair")] == [50, 50, 30]


@pytest.mark.parametrize(("wrong", "said"), [
    ("{over: key, look: {key: 5%}}", "write one of 'over' and 'look'"),
    ("{start: 5%}", "write one of 'over' and 'look'"), ("[]", "write one of 'over' and 'look'"),
    ("{over: kee}", "did you mean 'key'?"),
    ("kee", "did you mean 'key'?"), ("{look: {key: 5% in 3 s}}", "a hand brings this look up"),
    ("{look: {key: +5%}}", "a hand brings this look up"), ("{look: warm}", "no look 'warm'"),
    ("{over: key, start: 120%}", "120%"),
])
def test_what_masters_nothing_is_said(wrong: str, said: str) -> None:
    with pytest.raises(SheetError) as caught:
        read(ROOM + f"submasters: {{x: {wrong}}}\n", "sheet.yaml", CONFIGS)
    assert any(said in str(each) for each in caught.value.problems)

