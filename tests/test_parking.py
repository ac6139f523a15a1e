"""Parking: pinned after everything but safety, by a station or by the sheet (SEMANTICS 17)."""

from __future__ import annotations

import json

import pytest

from showctl import render
from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS, STANDING, Fade, Lay, Master, Park, Safe, Unpark
from showctl.render import Renderer
from showctl.sheet import read
from showctl.show import Show
from showctl.status import Status
from showctl.units import level
from tests.rigs import Stage as Rig
from tests.rigs import rig
from tests.stage import CONFIGS, ROOM, Stage

F = LEVEL_MAX
HALF = 0x800000
LIST = """
groups: {front: [key, fill]}
submasters: {front: [key, fill]}
cues:
  1: {look: {all: 50% 3200K}}
  2: {look: {all: 100%}, fade: 2 s}
"""
STATES = """
park: {key: 0%}
cues:
  1: {look: {all: 50%}}
states:
  show: {one: {cues: 1, end: true}, safe: {fail: true, look: {all: 70%}, on: {go: back}}}
"""


def test_a_park_stands_through_fades_masters_and_blackout() -> None:
    stage = Stage(LIST)
    step = stage.osc("/showctl/park/key", 0.2)
    assert step.accepted
    assert (stage.percent("key"), stage.percent("fill")) == (20, 50)
    stage.wait("1 s")
    stage.go()
    stage.wait("3 s")
    assert (stage.percent("key"), stage.percent("fill")) == (20, 100)
    stage.osc("/showctl/blackout", 1)
    stage.osc("/showctl/sub/front", 0.0)
    assert (stage.percent("key"), stage.percent("fill"), stage.percent("hair")) == (20, 0, 0)
    stage.osc("/showctl/unpark/key")
    assert stage.percent("key") == 0
    stage.osc("/showctl/blackout", 0)
    stage.wait("1 s")
    assert (stage.percent("key"), stage.percent("hair")) == (0, 100)


def test_without_a_level_it_stays_as_it_stands_even_in_mid_fade() -> None:
    stage = Stage(LIST)
    stage.wait("1 s")
    stage.go()
    stage.wait("999 ms")
    stage.osc("/showctl/park/front")
    stage.wait("5 s")
    assert (stage.percent("key"), stage.percent("fill"), stage.percent("hair")) == (75, 75, 100)


def test_one_attribute_over_its_own_range_and_everything_let_go() -> None:
    stage = Stage(LIST)
    stage.osc("/showctl/park/key/cct", 1.0)
    assert (stage.slot(1), stage.slot(2)) == (128, 255)
    stage.osc("/showctl/park/front/intensity", 0)
    stage.wait("1 s")
    assert (stage.slot(1), stage.slot(11)) == (0, 0)
    stage.osc("/showctl/unpark")
    stage.wait("1 s")
    assert (stage.percent("key"), stage.percent("fill")) == (50, 50)
    assert stage.slot(2) == stage.slot(12)


@pytest.mark.parametrize(("address", "arguments", "reason"), [
    ("/showctl/park/kee", (0.5,), "no fixture or group 'kee'"),
    ("/showctl/park/key/red", (0.5,), "key has no red; it has intensity, cct"),
    ("/showctl/park/key", (1.5,), "/showctl/park/key takes one number from 0 to 1"),
    ("/showctl/park/key", ("full",), "/showctl/park/key takes one number from 0 to 1"),
    ("/showctl/unpark/nobody", (), "no fixture or group 'nobody'"),
])
def test_what_cannot_be_parked_is_refused(address: str, arguments: tuple[object, ...], reason: str) -> None:
    assert Stage(LIST).osc(address, *arguments).refused == reason


def test_a_viewer_does_not_park() -> None:
    stage = Stage(LIST)
    assert "viewer" in stage.osc("/showctl/park/key", 0.2, by="view").refused
    assert stage.percent("key") == 50


def test_semantics_17_a_park_at_nothing_does_not_darken_the_safe_look() -> None:
    stage = Stage(STATES)
    assert stage.percent("key") == 0
    stage.osc("/showctl/panic")
    stage.wait("1 s")
    assert (stage.percent("key"), stage.percent("fill")) == (70, 70)
    stage.go()
    stage.wait("1 s")
    assert (stage.percent("key"), stage.percent("fill")) == (0, 50)


def test_semantics_17_a_park_above_the_safe_look_stays() -> None:
    stage = Rig(rig([("dimmer", 0, 1)]))
    stage.at(0, Fade("show", ((0, HALF),), 0, 0), Safe("show", True), Park(((0, 0xC00000),)))
    assert stage.slots()[0] == 0xC0
    stage.at(SECOND_NS, Fade("show", ((0, F),), SECOND_NS, 0))
    assert stage.slots()[0] == 0xFF


def test_it_outlives_top_of_show_and_is_shown_everywhere() -> None:
    stage = Stage(STATES)
    status = Status(stage.sheet)
    assert status.as_values()["parked"] == ["key/intensity"]
    stage.osc("/showctl/park/hair")
    stage.osc("/showctl/reset")
    stage.osc("/showctl/reset")
    for step in stage.steps:
        status.fold(step)
    assert status.parked_names == ("key/intensity", "hair")
    assert Status.of_snapshot(stage.sheet, stage.show.snapshot()).parked_names == status.parked_names
    status.fold(stage.osc("/showctl/unpark"))
    assert status.parked_names == ()


def test_a_restored_show_is_parked_where_it_was() -> None:
    stage = Stage(STATES)
    stage.osc("/showctl/park/hair", 0.1)
    again = Show(stage.sheet)
    again.restore(json.loads(json.dumps(stage.show.snapshot())))
    assert again.peek(stage.now_ns, range(6)) == stage.show.peek(stage.now_ns, range(6))
    assert again.snapshot() == stage.show.snapshot()


def test_many_at_once_take_the_wide_path_to_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = rig([("rgbw-16", 0, 1 + 10 * at) for at in range(20)])
    every = tuple((at, F) for at in range(len(sheet.parameters)))

    def shown() -> bytes:
        stage = Rig(sheet)
        stage.at(0, Fade("show", every, 0, SECOND_NS))
        stage.at(SECOND_NS // 2, Park(((0, 0x123456), (5, STANDING), (7, 99))), Lay("bell", ((0, F), (3, 9)), 0, 0))
        stage.at(SECOND_NS, Master("grand", HALF), Unpark((7,)))
        stage.until(3 * SECOND_NS)
        return b"".join(each.slots for each in stage.frames if hasattr(each, "slots"))

    narrow = shown()
    monkeypatch.setattr(render, "MANY", -1)
    assert shown() == narrow


def test_park_in_the_sheet_takes_a_look_value_and_no_motion() -> None:
    sheet = read(ROOM + "groups: {front: [key, fill]}\npark: {front: 30% 3200K, key: 10%}\n", "sheet.yaml", CONFIGS)
    assert dict(sheet.parked) == {0: level("10%"), 1: 3_200_000, 2: level("30%"), 3: 3_200_000}
    with pytest.raises(SheetError) as caught:
        read(ROOM + "park: {kee: 30%, key: 30% in 3 s, fill: +10%}\n", "sheet.yaml", CONFIGS)
    said = [str(each) for each in caught.value.problems]
    assert "no fixture or group 'kee'; did you mean 'key'?" in said[0]
    assert all("what is parked does not move" in each for each in said[1:])
    assert len(said) == 3


def test_it_shows_nothing_before_the_first_look() -> None:
    """SEMANTICS 16."""
    stage = Rig(rig([("dimmer", 0, 1)]))
    assert stage.at(0, Park(((0, F),))) == []
    assert isinstance(stage.renderer, Renderer)
    stage.at(SECOND_NS, Fade("show", ((0, 0),), 0, 0))
    assert stage.slots()[0] == 0xFF
