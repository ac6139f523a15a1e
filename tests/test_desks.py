"""Desks that share a universe: heard, held, missed, back; what is recorded (CORE 1, SEMANTICS 8, 24, 25; law 8)."""

from __future__ import annotations

import json

import pytest

from showctl.desks import changed
from showctl.errors import SheetError
from showctl.model import SECOND_NS, Event, Slots, Trigger
from showctl.sheet import read
from showctl.show import Show
from showctl.status import Status
from showctl.supervise import inputs
from showctl.trace import Taken, decode, encode
from tests.stage import CONFIGS, ROOM, Stage

SHARED = """
triggers:
  knob: {from: panels, address: dmx/7/5, when: payload > 127}
  there: {from: panels, address: dmx/7/6, says: any, alive: dmx/7}
merge:
  desk: {from: panels, universe: 7, to: panels/0, hold: 3 s, release: 2 s}
cues:
  1: {look: {all: 50%}}
states:
  show:
    lost: {desk: say}
    back: {desk: {say: The desk is back}}
    one: {cues: 1, ready: desk, on: {go: two}}
    two: {end: true}
    safe: {fail: true, look: {all: 70%}, on: {go: back}}
"""
SENDER = "10.0.0.9:6454"


def says(stage: Stage, value: bytes | str) -> list[str]:
    return [each.event.kind for each in stage.trigger(Trigger("panels", "dmx/7", value, SENDER))]


def slots(**levels: int) -> bytes:
    universe = bytearray(512)
    for name, value in levels.items():
        universe[int(name[1:]) - 1] = value
    return bytes(universe)


def test_a_desk_is_seen_from_its_first_universe_on() -> None:
    stage = Stage(SHARED)
    assert says(stage, "online") == ["heard"]
    assert says(stage, slots(s1=200)) == ["merged"]
    assert stage.slot(1) == 200
    assert says(stage, slots(s1=200)) == ["heard"]          # nothing has changed
    stage.wait("1 s")
    assert says(stage, b"\x00\x01") == ["merged"]           # slots past the end are at nothing
    assert stage.slot(1) == 128


def test_a_change_says_only_what_has_changed_and_the_record_says_it_once() -> None:
    stage = Stage(SHARED)
    says(stage, slots(s1=1))
    step = stage.trigger(Trigger("panels", "dmx/7", slots(s1=1, s9=5, s11=6), SENDER))[-1]
    assert step.actions == (Slots("desk", 9, b"\x05\x00\x06"),)
    assert step.event == Event("merged", "desk")
    assert len(encode(step)) < 150


def test_a_record_of_a_universe_is_short_where_the_universe_is_plain() -> None:
    """CORE: DMX in must not fill the disk."""
    taken = Taken(5, Trigger("panels", "dmx/7", slots(s1=255, s2=7, s300=1), SENDER))
    line = encode(taken)
    assert '{"runs":"ff07 00*297 01 00*212"}' in line
    assert decode(line) == taken
    noisy = Taken(5, Trigger("panels", "dmx/7", bytes(range(256)) * 2))
    assert decode(encode(noisy)) == noisy
    assert len(encode(noisy)) < 1100


@pytest.mark.parametrize("wrong", ["zz", "00*99999999999", "00*x", "0"])
def test_a_forged_run_is_no_record(wrong: str) -> None:
    with pytest.raises(Exception, match="not a record"):
        decode(f'{{"input":5,"source":"a","address":"b","value":{{"runs":"{wrong}"}}}}')


def test_law_8_silent_it_is_held_then_it_fades_out_and_is_missed() -> None:
    stage = Stage(SHARED)
    says(stage, slots(s1=228))
    stage.wait("1 s")
    says(stage, "offline")
    stage.wait("2999 ms")
    assert (stage.slot(1), stage.said()) == (228, [])
    stage.wait("501 ms")
    assert stage.said() == ["desk is lost"]
    assert 170 <= stage.slot(1) <= 173      # a quarter of two seconds: three quarters of 228
    stage.wait("2 s")
    assert stage.slot(1) == 128
    says(stage, "online")
    says(stage, slots(s1=200))
    assert stage.said()[-1] == "The desk is back"
    assert stage.slot(1) == 200


def test_back_within_the_hold_it_was_never_missed() -> None:
    stage = Stage(SHARED)
    says(stage, slots(s1=228))
    says(stage, "offline")
    stage.wait("2 s")
    says(stage, "online")
    says(stage, slots(s1=228))
    stage.wait("1 min")
    assert (stage.slot(1), stage.said()) == (228, [])


def test_a_lost_connection_silences_its_desks_and_no_other() -> None:
    stage = Stage(SHARED)
    stage.shell("back", "panels")
    says(stage, slots(s1=228))
    stage.shell("lost", "mixer")
    stage.wait("10 s")
    assert stage.slot(1) == 228
    stage.shell("lost", "panels")
    stage.wait("10 s")
    assert stage.slot(1) == 128


def test_after_a_restart_it_has_to_speak_again() -> None:
    stage = Stage(SHARED)
    says(stage, slots(s1=228))
    again = Stage(SHARED)
    again.show.restore(json.loads(json.dumps(stage.show.snapshot())))
    again.now_ns, again.universes = stage.now_ns, dict(stage.universes)
    again.trigger(Trigger("", "resumed", 2 * SECOND_NS))
    again.wait("2 s")
    assert again.slot(1) == 228
    again.wait("10 s")
    assert again.slot(1) == 128


def test_panic_and_the_sensor_switch_leave_a_desk_its_hands() -> None:
    stage = Stage(SHARED)
    stage.osc("/showctl/sensors", 0)
    stage.osc("/showctl/panic")
    stage.wait("1 s")
    says(stage, slots(s1=255))
    assert stage.slot(1) == 255
    stage.wait("1 s")
    says(stage, slots(s1=0))
    assert stage.percent("key") == 70


def test_go_waits_for_a_desk_that_must_be_there() -> None:
    stage = Stage(SHARED)
    stage.wait("1 s")
    assert stage.go().refused == "not ready: desk"
    says(stage, slots(s1=1))
    stage.wait("5 s")
    assert not stage.go().refused


def test_who_is_missed_is_shown() -> None:
    stage = Stage(SHARED)
    says(stage, slots(s1=1))
    says(stage, "offline")
    stage.wait("10 s")
    status = Status(stage.sheet)
    for step in stage.steps:
        status.fold(step)
    assert list(status.missing) == ["desk"]
    assert list(Status.of_snapshot(stage.sheet, stage.show.snapshot()).missing) == ["desk"]


def test_slots_and_alive_at_the_same_address_go_their_own_ways() -> None:
    stage = Stage(SHARED)
    assert stage.sheet.merges["desk"].heard == 7
    assert inputs(stage.sheet, "panels") == ("dmx/7/*", "dmx/7/5", "dmx/7/6", "dmx/7")
    stage.trigger(Trigger("panels", "dmx/7/5", 3, SENDER))
    assert [each.event.kind for each in stage.trigger(Trigger("panels", "dmx/7/5", 200, SENDER))] == ["edge"]
    assert says(stage, slots(s1=9)) == ["merged"]
    assert [each.event.kind for each in stage.trigger(Trigger("panels", "dmx/8", slots(s1=9), SENDER))] == ["heard"]


@pytest.mark.parametrize(("value", "reason"), [
    (b"", "desk: 0 slots are no universe"), (bytes(513), "desk: 513 slots are no universe"),
    (5, "desk: neither the slots of a universe nor online or offline"),
    ("perhaps", "desk: neither the slots of a universe nor online or offline")])
def test_what_is_no_universe_is_refused(value: bytes | int | str, reason: str) -> None:
    stage = Stage(SHARED.replace("  there: {from: panels, address: dmx/7/6, says: any, alive: dmx/7}\n", ""))
    assert stage.trigger(Trigger("panels", "dmx/7", value, SENDER))[-1].refused == reason


def test_core_1_restored_between_any_two_words_it_goes_on_the_same() -> None:
    words: list[bytes | str] = ["online", slots(s1=9, s2=8), slots(s1=250), "offline", "online", slots(s2=77)]
    stage, other = Stage(SHARED), Stage(SHARED)
    for word in [*words, "offline"]:
        fresh = Show(other.sheet)
        fresh.restore(json.loads(json.dumps(other.show.snapshot())))
        other.show = fresh
        for each in (stage, other):
            says(each, word)
            each.wait("1700 ms")
        assert other.show.snapshot() == stage.show.snapshot()
        assert other.universes == stage.universes


@pytest.mark.parametrize(("wrong", "said"), [
    ("{from: nobody, universe: 1, to: panels/0}", "no connection 'nobody'"),
    ("{from: mixer, universe: 1, to: panels/0}", "'mixer' is midi, which hears no DMX; that is for artnet or sacn"),
    ("{from: panels, universe: 40000, to: panels/0}", "artnet has no universe 40000; write 0 to 32767"),
    ("{from: panels, universe: 1, to: mixer/0}", "carries no dmx"),
    ("{from: panels, universe: 1, to: panels}", "'panels' is no universe of a connection; write such as 'panels/0'"),
    ("{from: panels, universe: 1, to: panels/0, how: best}", "write htp or ltp"),
    ("{from: panels, universe: 1, to: panels/0, priority: 201}", "a whole number from 0 to 200"),
])
def test_what_cannot_be_merged_is_said(wrong: str, said: str) -> None:
    with pytest.raises(SheetError) as caught:
        read(ROOM + f"merge: {{desk: {wrong}}}\n", "sheet.yaml", CONFIGS)
    assert any(said in str(each) for each in caught.value.problems)


def test_a_desk_has_a_name_of_its_own() -> None:
    with pytest.raises(SheetError, match="is a connection or a trigger too"):
        read(ROOM + "merge: {mixer: {from: panels, universe: 1, to: panels/0}}\n", "sheet.yaml", CONFIGS)


def test_from_the_first_place_that_differs_to_after_the_last() -> None:
    assert changed(b"abcdef", b"abXdeY") == (2, 6)
    assert changed(b"abc", b"abc") == (0, 0)
