"""A connection that copies another: rendered once, sent twice, each lost and back for itself."""

from __future__ import annotations

import json

import pytest

from showctl import render
from showctl.errors import SheetError
from showctl.model import LEVEL_MAX, SECOND_NS, Connection, CueSheet, DmxFrame, Fade, Resend
from showctl.render import Renderer
from showctl.sheet import check, read
from tests.rigs import Stage as Rig
from tests.rigs import rig
from tests.stage import CONFIGS, Stage

ROOM = """
show: Bench
connections:
  backup:  {driver: sacn, host: 128.0.0.2, copies: panels}
  panels:  {driver: artnet, host: 128.0.0.1}
  other:   {driver: artnet, host: 128.0.0.3}
fixtures:
  key:  {profile: generic/dimmer, to: panels, at: 1/1}
  fill: {profile: generic/dimmer, to: panels, at: 2/1}
  far:  {profile: generic/dimmer, to: other, at: 1/1}
"""


def sent(frames: object) -> list[tuple[str, int, int]]:
    assert isinstance(frames, list)
    return [(each.to, each.universe, each.slots[0]) for each in frames if isinstance(each, DmxFrame)]


def copied() -> CueSheet:
    sheet = rig([("dimmer", 0, 1), ("dimmer", 1, 1)])
    backup = Connection("backup", "sacn", {}, "panels")
    connections = dict(sheet.connections) | {"backup": backup}
    return CueSheet(**{name: getattr(sheet, name) for name in sheet.__slots__} | {"connections": connections})


def test_each_universe_goes_both_ways_in_one_instant_with_the_same_slots() -> None:
    stage = Stage("cues: {1: {look: {all: 50%}}}", room=ROOM)
    assert {(to, universe): slots[0] for (to, universe), slots in stage.universes.items()} == {
        ("panels", 1): 128, ("panels", 2): 128, ("backup", 1): 128, ("backup", 2): 128, ("other", 1): 128}


def test_originals_leave_first() -> None:
    stage = Rig(copied())
    assert sent(stage.at(0, Fade("show", ((0, LEVEL_MAX),), 0, 0))) == [
        ("panels", 0, 255), ("panels", 1, 0), ("backup", 0, 255), ("backup", 1, 0)]
    assert sent(stage.at(SECOND_NS, Fade("show", ((1, LEVEL_MAX),), SECOND_NS, 0))) == [
        ("panels", 1, 255), ("backup", 1, 255)]


def test_semantics_30_who_is_back_is_told_again_and_nobody_else() -> None:
    stage = Rig(copied())
    stage.at(0, Fade("show", ((0, LEVEL_MAX),), 0, 0))
    stage.until(SECOND_NS)
    assert sent(stage.at(SECOND_NS, Resend("backup"))) == [("backup", 0, 255), ("backup", 1, 0)]
    stage.until(2 * SECOND_NS)
    assert sent(stage.at(2 * SECOND_NS, Resend("panels"))) == [("panels", 0, 255), ("panels", 1, 0)]


def test_the_wide_path_and_a_restored_renderer_send_both(monkeypatch: pytest.MonkeyPatch) -> None:
    def frames() -> list[tuple[str, int, int]]:
        stage = Rig(copied())
        stage.at(0, Fade("show", ((0, LEVEL_MAX), (1, LEVEL_MAX)), 0, SECOND_NS))
        stage.until(SECOND_NS // 2)
        fresh = Renderer(copied())
        fresh.restore(json.loads(json.dumps(stage.renderer.snapshot())))
        assert fresh.snapshot() == stage.renderer.snapshot()
        stage.renderer = fresh
        stage.until(3 * SECOND_NS)
        return sent(list(stage.frames))

    narrow = frames()
    assert [each for each in narrow if each[0] == "panels"] == [
        ("panels", *rest) for to, *rest in narrow if to == "backup"]
    assert len(narrow) > 160
    monkeypatch.setattr(render, "MANY", -1)
    assert frames() == narrow


@pytest.mark.parametrize(("wrong", "said"), [
    ("connections: {a: {driver: artnet, host: h, copies: b}}", "no connection 'b'"),
    ("connections: {a: {driver: artnet, host: h, copies: a}}", "'a' has no universes of its own"),
    ("connections: {a: {driver: artnet, host: h}, b: {driver: artnet, host: h, copies: a},"
     " c: {driver: artnet, host: h, copies: b}}", "'b' has no universes of its own"),
    ("connections: {a: {driver: artnet, host: h}, m: {driver: midi, port: p, copies: a}}", "carries no dmx"),
    ("connections: {a: {driver: artnet, host: h, copies: m}, m: {driver: midi, port: p}}", "carries no dmx"),
    ("connections: {a: {driver: artnet, host: h}, b: {driver: artnet, host: h, copies: a}}\n"
     "fixtures: {x: {profile: generic/dimmer, to: b, at: 0/1}}", "'b' copies 'a'; write 'to: a'"),
])
def test_what_cannot_be_copied_is_said(wrong: str, said: str) -> None:
    with pytest.raises(SheetError) as caught:
        read(f"show: x\n{wrong}\n", "sheet.yaml", CONFIGS)
    assert any(said in str(each) for each in caught.value.problems)


def test_a_universe_that_the_copy_cannot_have_is_warned_of_once() -> None:
    """Art-Net counts from 0, sACN from 1: the copy would stay dark, and only its health would say so."""
    lamps = "".join(f"  {name}: {{profile: generic/dimmer, to: a, at: {at}}}\n"
                    for name, at in (("x", "0/1"), ("y", "0/2"), ("z", "1/1")))
    wires = "connections: {a: {driver: artnet, host: h}, b: {driver: sacn, host: h, copies: a}}"
    found = check(f"show: x\n{wires}\nfixtures:\n{lamps}", "sheet.yaml", CONFIGS)
    assert found.problems == ()
    assert [str(each) for each in found.warnings if "copies" in each.message] == [
        "sheet.yaml:4:39: 'b' copies 'a', but sacn has no universe 0; write 1 to 63999; no copy of it is sent"]
