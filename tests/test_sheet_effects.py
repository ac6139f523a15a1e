"""Effects as the sheet says them: what becomes of the words, what is refused where, and the advice about flashing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from showctl import units
from showctl.fade import FULL
from showctl.model import LEVEL_MAX, SECOND_NS, Effect
from showctl.shapes import BEAT
from tests.sheet_room import A_CCT, A_LEVEL, B_CCT, B_LEVEL, C_RED, ROOM, read, refused, warned

WIDE = ROOM.replace("groups:\n", "  d: {profile: generic/dimmer, to: panels, at: 0/101}\n"
                    "  e: {profile: generic/dimmer, to: panels, at: 0/102}\n"
                    "  f: {profile: generic/dimmer, to: panels, at: 0/103}\n"
                    "groups:\n  row: [d, e, f]\n  five: [a, d, e, f, b]\n")


def effect(text: str, more: str = "", room: str = ROOM) -> Effect:
    (made,) = read(f"cues:\n  1: {{effect: {text}{more}}}\n", room).cues[Decimal(1)].effects
    return made


def test_a_sine_over_a_group_between_two_levels() -> None:
    made = effect("{sine: ab, from: 20%, to: 80%, rate: 30 bpm, spread: even, phase: 90°}", ", fade: 2 s ease")
    assert (made.name, made.shape, made.parameters) == ("cue 1", "sine", (A_LEVEL, B_LEVEL))
    assert made.ends == ((units.level("20%"),) * 2, (units.level("80%"),) * 2)
    assert (made.beats, made.per_ns, made.spread, made.phase) == (1, 2 * SECOND_NS, BEAT, BEAT // 4)
    assert (made.places, made.of, made.own) == ((0, 1), 2, (A_LEVEL, B_LEVEL))
    assert (made.fade_ns, made.curve, made.release_ns, made.length_ns) == (2 * SECOND_NS, "ease", 2 * SECOND_NS, None)


def test_an_end_left_out_is_the_level_beneath_and_steps_ride_on_it() -> None:
    made = effect("{triangle: a, to: 50% 3200K}")
    assert made.parameters == (A_LEVEL, A_CCT)
    assert (made.ends[0], made.rides[0], made.rides[1], made.own) == ((0, 0), (True, True), (False, False), ())
    riding = effect("{triangle: a, from: -10%, to: +10%}")
    assert riding.rides == ((True,), (True,))
    assert [end[0] for end in riding.ends] == [-units.level("10%"), units.level("10%")]


def test_with_neither_end_it_goes_from_nothing_to_full() -> None:
    assert effect("{chase: ab}").ends == ((0, 0), (LEVEL_MAX, LEVEL_MAX))


def test_what_is_masked_keeps_its_place() -> None:
    made = effect("{sine: row, mask: e}", room=WIDE)
    assert (made.places, made.of) == ((0, 2), 3)


@pytest.mark.parametrize(("direction", "places"), [
    ("forward", [0, 1, 2, 3, 4]), ("back", [4, 3, 2, 1, 0]), ("out", [2, 1, 0, 1, 2]), ("in", [0, 1, 2, 1, 0]),
])
def test_directions_are_the_order_of_the_walk(direction: str, places: list[int]) -> None:
    made = effect(f"{{chase: five, direction: {direction}}}", room=WIDE)
    assert list(made.places) == places
    assert made.of == max(places) + 1


def test_names_keep_the_order_they_are_written_in_each_once() -> None:
    made = effect("{chase: [f, five]}", room=WIDE)
    assert made.parameters == tuple(read("", WIDE).fixtures[name][0] for name in "fadeb")


def test_steps_are_looks_and_what_one_does_not_name_is_beneath() -> None:
    made = effect("{steps: [{ab: 20%}, warm, {a: 60%}], rate: 2 s, soft: 50%, direction: back}",
                  "}\nlooks:\n  warm: {b: 40% 3000K", room=ROOM)
    assert (made.shape, len(made.ends), made.of) == ("steps", 3, 2)
    assert made.parameters == (A_LEVEL, B_LEVEL, B_CCT)
    assert made.ends[0][:2] == (units.level("20%"),) * 2
    assert made.ends[1][0] == units.level("60%"), "backward: the last comes after the first"
    assert made.rides == ((False, False, True), (False, True, True), (True, False, False))
    assert made.soft == units.level("50%") * FULL // LEVEL_MAX


def test_a_group_beats_all_and_a_fixture_a_group_in_a_step_too() -> None:
    made = effect("{steps: [{a: 10%, ab: 20%, all: 30%}, {all: 0%}]}")
    assert made.ends[0][:3] == tuple(units.level(each) for each in ("10%", "20%", "30%"))


def test_times_count_rounds_and_for_counts_time() -> None:
    assert effect("{chase: row, rate: 500 ms, times: 4}", room=WIDE).length_ns == 6 * SECOND_NS
    assert effect("{chase: row, rate: 500 ms, times: 1, direction: bounce}", room=WIDE).length_ns == 2 * SECOND_NS
    assert effect("{sine: a, for: 10 s}").length_ns == 10 * SECOND_NS
    assert effect("{sine: a, rate: 7 bpm, times: 1}").length_ns == -(-60 * SECOND_NS // 7)


def test_sparks_live_half_a_beat_unless_said() -> None:
    made = effect("{sparkle: c, to: 100% red, rate: 2 s}")
    assert (made.life, made.density * 100 // FULL) == (BEAT // 2, 29)
    assert effect("{sparkle: a, rate: 2 s, life: 500 ms}").life == BEAT // 4
    assert effect("{sparkle: a, rate: 2 s, life: 5 s}").life == BEAT
    assert C_RED in made.parameters


def test_a_cue_may_have_several_and_a_name_is_used_by_name() -> None:
    found = read("effects:\n  breath: {sine: a}\ncues:\n"
                 "  1: {effect: [breath, {chase: ab}, {ramp: c}], fade: 1 s, release: 0}\n"
                 "  2: {acts: [release breath in 3 s, release 1, stop 1]}\n")
    made = found.cues[Decimal(1)].effects
    assert [each.name for each in made] == ["breath", "cue 1 #2", "cue 1 #3"]
    assert {(each.fade_ns, each.release_ns) for each in made} == {(SECOND_NS, 0)}
    acts = found.cues[Decimal(2)].acts
    assert [(each.verb, each.cue, each.time_ns, each.effect) for each in acts] == [
        ("release", 1, 3 * SECOND_NS, "breath"), ("release", 1, None, ""), ("stop", 1, 0, "")]


def test_an_overlays_effect_has_levels_of_the_overlay_beneath_it() -> None:
    cue = read("cues:\n  4: {overlay: 2 s, fade: 1 s, effect: {chase: ab, from: 10%, to: 90%}}\n").cues[Decimal(4)]
    assert cue.parts[0].targets == ((A_LEVEL, units.level("10%")), (B_LEVEL, units.level("10%")))
    assert cue.parts[0].fade_ns == SECOND_NS
    ridden = read("cues:\n  4: {overlay: 2 s, look: {ab: 50%}, effect: {sine: ab, to: +10%}}\n").cues[Decimal(4)]
    assert len(ridden.parts[0].targets) == 2


@pytest.mark.parametrize(("text", "said"), [
    ("{}", "an effect has one shape"),
    ("{sine: a, chase: b}", "an effect has one shape"),
    ("{sien: a}", "no key 'sien' here; did you mean 'sine'?"),
    ("{sine: aa}", "no fixture or group 'aa'"),
    ("{sine: a, to: red}", "'a' cannot: "),
    ("{sine: a, to: 70% in 3 s}", "no times of their own"),
    ("{sine: a, to: loud}", "'loud' is not a colour"),
    ("{sine: a, rate: quickly}", "'quickly' is not a rate; write '30 bpm', '0.5 Hz' or '2 s'"),
    ("{sine: a, rate: 50 Hz}", "'50 Hz' is out of range; write at most 20 Hz"),
    ("{sine: a, rate: 0 bpm}", "out of range"),
    ("{sine: a, spread: wide}", "'wide' is not an angle; write '90°' or '90 deg'"),
    ("{sine: a, spread: 4000°}", "at most 3600°"),
    ("{sine: a, direction: sideways}", "write forward, back, bounce, out or in"),
    ("{sine: a, direction: bounce}", "'sine' does not go 'bounce'; write one of: forward, out, in, back"),
    ("{chase: ab, width: 3}", "this chase lights 1 to 2 at once"),
    ("{chase: ab, width: half}", "this chase lights 1 to 2 at once"),
    ("{step: ab, width: 2}", "'2' is not a share of the beat"),
    ("{sine: ab, width: 50%}", "'width' means nothing to 'sine'; it is for step, chase"),
    ("{chase: ab, spread: even}", "'spread' means nothing to 'chase'"),
    ("{sine: ab, density: 10%}", "'density' means nothing to 'sine'; it is for sparkle"),
    ("{steps: [{a: 10%}]}", "'steps' goes through 2 to 64 looks"),
    ("{steps: [{a: 10%}, dark]}", "no look 'dark'"),
    ("{steps: [{a: 10%}, {bb: 20%}]}", "no fixture or group 'bb'"),
    ("{steps: [{a: 10%}, {a: 20%}], from: 5%}", "'from' means nothing to 'steps'"),
    ("{sine: a, mask: a}", "this effect moves nothing"),
    ("{sine: a, times: 2, for: 3 s}", "write one of them"),
    ("breth", "no effect 'breth'"),
    ("[{sine: a}, 70]", "no effect '70'"),
    ("3 s", "no effect '3 s'"),
])
def test_mistakes_are_told_where_they_are(text: str, said: str) -> None:
    found = refused(f"cues:\n  1: {{effect: {text}}}\n")
    assert any(said in problem for problem in found), found
    assert found[0].startswith("2: ")


@pytest.mark.parametrize(("cues", "said"), [
    ("4: {overlay: 2 s, effect: {sine: a, to: +10%}}", "nothing beneath it to ride on"),
    ("4: {overlay: 2 s, effect: {sine: a, times: 3}}", "an overlay ends its effects"),
    ("4: {acts: release breth}", "no effect 'breth'"),
    ("4: {acts: stop 4 in 2 s}", "'stop' has no time"),
    ("4: {acts: release 9}", "no cue 9"),
    ("4: {effect: [breath, breath]}", "'breath' stands twice in this cue"),
    ("4: {effect: {sine: a}, release: soon}", "'soon' is not a time"),
])
def test_mistakes_of_cues_with_effects(cues: str, said: str) -> None:
    found = refused(f"effects:\n  breath: {{sine: a, from: 1%}}\ncues:\n  {cues}\n")
    assert any(said in problem for problem in found), found


def test_a_wrong_effect_with_a_name_is_said_once_where_it_is_written() -> None:
    found = refused("effects:\n  breath: {sine: nobody}\ncues:\n  1: {effect: breath}\n  2: {effect: breath}\n")
    assert len(found) == 1
    assert found[0].startswith("2: no fixture or group 'nobody'")


def test_one_region_moves_a_fixture_semantics_20() -> None:
    found = refused("""cues:
  1: {look: {a: 10%}}
  2: {effect: {sine: a}}
states:
  one: {x: {cues: 1, end: true}, y: {fail: true, on: {ask: x}}}
  two: {x: {cues: 2, end: true}, y: {fail: true, on: {ask: x}}}
""")
    assert any("region 'two' writes 'a'" in problem for problem in found), found


# ---- flashing ----

@pytest.mark.parametrize(("text", "rate"), [
    ("{sine: a, rate: 4 Hz}", "4.0"),
    ("{step: a, rate: 200 bpm}", "3.3"),
    ("{chase: [a, b, c], to: 100%, rate: 10 Hz}", "3.3"),
    ("{sparkle: a, rate: 10 Hz, density: 50%}", "5.0"),
    ("{steps: [{a: 0%}, {a: 50%}, {a: 0%}, {a: 50%}], rate: 8 Hz}", "4.0"),
    ("{ramp: a, from: 40%, to: 50%, rate: 5 Hz}", "5.0"),
    ("{triangle: a, from: -10%, to: +10%, rate: 5 Hz}", "5.0"),
    ("{steps: [{c: red}, {c: blue}], rate: 8 Hz}", "4.0"),
])
def test_more_than_three_flashes_a_second_are_advised_against(text: str, rate: str) -> None:
    """DESIGN law 10; WCAG 2.3.1, ITU-R BT.1702."""
    (said,) = warned(f"cues:\n  1: {{effect: {text}}}\n")
    assert f"flashes {rate} times a second" in said
    assert "advice" in said
    assert "not a guard" in said


@pytest.mark.parametrize("text", [
    "{sine: a, rate: 3 Hz}",
    "{sine: a, from: 40%, to: 49%, rate: 9 Hz}",
    "{chase: [a, b, c], rate: 9 Hz}",
    "{sparkle: a, rate: 9 Hz, density: 30%}",
    "{steps: [{a: 10%}, {a: 15%}, {a: 18%}], rate: 9 Hz}",
    "{triangle: a, from: 2700K, to: 6500K, rate: 9 Hz}",
])
def test_slower_or_smaller_swings_need_no_advice(text: str) -> None:
    assert warned(f"cues:\n  1: {{effect: {text}}}\n") == []


def test_an_effect_with_a_name_is_advised_against_once() -> None:
    cues = "cues:\n  1: {effect: fast}\n  2: {effect: fast}\n"
    assert len(warned(f"effects:\n  fast: {{sine: a, rate: 5 Hz}}\n{cues}")) == 1


def test_rates_and_angles_are_exact() -> None:
    assert units.pace("7 bpm") == (7, 60 * SECOND_NS)
    assert units.pace("0.5 Hz") == (1, 2 * SECOND_NS)
    assert units.pace("33.3 bpm") == (111, 200 * SECOND_NS)
    assert (units.angle("-90 deg"), units.angle("0°"), units.angle("even")) == (-BEAT // 4, 0, BEAT)
