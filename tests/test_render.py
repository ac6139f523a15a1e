"""The renderer, sentence by sentence (SEMANTICS 8, 10, 13, 16, 17, 28-32; CORE 5, 6)."""

from __future__ import annotations

import pytest

from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Action,
    DmxFrame,
    Fade,
    Halt,
    Hand,
    Hold,
    Lay,
    LevelFrame,
    Master,
    Release,
    Resend,
    Safe,
    Send,
)
from tests.rigs import MS, Stage, fader, rig

F = LEVEL_MAX
HALF = 0x800000
TICK = [k * SECOND_NS // 44 for k in range(100)]
ONE = [("dimmer", 0, 1)]
TWO = [("dimmer", 0, 1), ("dimmer", 0, 2)]
PANEL = [("panel-cct", 0, 1)]


def fade(source: str, *targets: tuple[int, int], at: int = 0, over: int = 0, curve: str = "linear",
         relative: bool = False) -> Fade:
    return Fade(source, targets, at, over, curve, relative)


def lit(*targets: tuple[int, int], fixtures: list[tuple[str, int, int]] | None = None) -> Stage:
    """A rig at rest in its first look."""
    stage = Stage(rig(fixtures or ONE))
    stage.at(0, fade("show", *targets))
    stage.until(SECOND_NS)
    return stage


# ---- what is sent, and when ----

def test_semantics_16_nothing_before_the_initial_look() -> None:
    stage = Stage(rig(ONE, [fader("music", start=F)]))
    assert stage.at(0, Master("grand", 5), Hand(1, 7), Resend("panels"), Safe("show", True)) == []
    assert stage.renderer.due_ns is None
    assert [type(each) for each in stage.at(5, fade("show", (0, F)))] == [DmxFrame, LevelFrame]


def test_the_first_render_sends_every_universe_once() -> None:
    stage = Stage(rig([("dimmer", 3, 1), ("dimmer", 1, 1)]))
    assert [each.universe for each in stage.at(0, fade("show", (0, F)))] == [1, 3]  # type: ignore[union-attr]
    assert stage.at(1, fade("show", (0, F))) == []


def test_an_event_is_answered_at_once_and_only_by_what_it_touches() -> None:
    stage = Stage(rig([("dimmer", 0, 1), ("dimmer", 1, 1)]))
    stage.at(0, fade("show", (0, F), (1, F)))
    stage.until(SECOND_NS)
    frames = stage.at(SECOND_NS, fade("show", (1, HALF)))
    assert frames == [DmxFrame("panels", 1, b"\x80" + bytes(511), SECOND_NS)]


def test_core_5_a_fade_runs_on_the_grid_and_ends_on_time() -> None:
    stage = lit((0, 0))
    end = SECOND_NS + 50 * MS
    assert stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=50 * MS)) == []   # nothing to see yet
    frames = stage.until(2 * SECOND_NS)
    assert [each.at_ns - SECOND_NS for each in frames] == [TICK[1], TICK[2], 50 * MS]    # type: ignore[union-attr]
    assert [each.slots[0] for each in frames] == [116, 232, 255]                         # type: ignore[union-attr]
    assert frames[-1].at_ns == end                                                       # type: ignore[union-attr]


def test_the_grid_rests_one_interval_after_the_last_motion() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F)))
    assert stage.renderer.grid == (SECOND_NS, 1)
    assert stage.renderer.due_ns == SECOND_NS + TICK[1]
    stage.until(SECOND_NS + TICK[1] + 1)
    assert stage.renderer.due_ns is None
    assert stage.renderer.grid is None


def test_core_5_an_event_takes_the_place_of_the_tick_that_closes_its_interval() -> None:
    stage = lit((0, 0), (1, 0), fixtures=TWO)
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=SECOND_NS))
    stage.until(SECOND_NS + TICK[2] + 5 * MS)
    stage.frames.clear()
    assert len(stage.at(SECOND_NS + TICK[2] + 5 * MS, fade("show", (1, F)))) == 1        # at once
    assert stage.at(SECOND_NS + TICK[2] + 9 * MS, fade("show", (1, HALF))) == []         # a second one waits
    stage.until(SECOND_NS + TICK[4] + 1)
    sent = [(each.at_ns - SECOND_NS, each.slots[1]) for each in stage.frames]            # type: ignore[union-attr]
    assert sent == [(TICK[2] + 5 * MS, 255), (TICK[4], 128)]                             # tick 3 was taken


def test_a_frame_holds_every_level_of_its_instant() -> None:
    """CORE 6: values are of the due time, also for what an event did not name."""
    stage = lit((0, 0), (1, 0), fixtures=TWO)
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=100 * MS))
    (frame,) = stage.at(SECOND_NS + 10 * MS, fade("show", (1, F)))
    assert frame.slots[:2] == bytes([25, 255])                                           # type: ignore[union-attr]


def test_unchanged_slots_are_not_sent() -> None:
    stage = lit((0, HALF))
    stage.at(SECOND_NS, fade("show", (0, HALF + 5), at=SECOND_NS, over=SECOND_NS))
    assert stage.until(3 * SECOND_NS) == []


def test_core_6_a_passed_tick_is_left_out_and_nothing_else_changes() -> None:
    whole, cut = lit((0, 0)), lit((0, 0))
    for stage in (whole, cut):
        stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=SECOND_NS))
    cut.until(SECOND_NS + TICK[3])
    assert cut.renderer.grid == (SECOND_NS, 3)
    cut.renderer.pass_tick()
    assert cut.renderer.grid == (SECOND_NS, 4)
    for stage in (whole, cut):
        stage.until(3 * SECOND_NS)
    missing = [each for each in whole.frames if each not in cut.frames]
    assert [each.at_ns for each in missing] == [SECOND_NS + TICK[3]]                     # type: ignore[union-attr]


def test_what_waits_outlives_a_passed_tick_and_a_snapshot() -> None:
    """SEMANTICS 29: the last is always sent."""
    stage = lit((0, 0))
    for millisecond, level in ((0, F), (1, HALF), (2, F // 4)):
        stage.at(SECOND_NS + millisecond * MS, fade("show", (0, level)))
    stage.until(SECOND_NS + TICK[1] + 1)
    again = Stage(rig(ONE))
    again.renderer.restore(stage.renderer.snapshot())
    again.renderer.pass_tick()
    (frame,) = again.until(2 * SECOND_NS)
    assert (frame.at_ns, frame.slots[0]) == (SECOND_NS + TICK[3], 63)                     # type: ignore[union-attr]


def test_passing_ticks_comes_to_rest() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F)))
    stage.renderer.pass_tick()
    assert stage.renderer.grid is None
    stage.renderer.pass_tick()
    assert stage.renderer.due_ns is None


# ---- fades ----

def test_semantics_10_an_interrupted_fade_goes_on_from_its_present_value() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=SECOND_NS))
    half = SECOND_NS + SECOND_NS // 2
    stage.at(half, fade("show", (0, 0), at=half, over=SECOND_NS))
    assert stage.slots()[0] == 127
    stage.until(half + SECOND_NS // 2 + 1)
    assert stage.slots()[0] == 63
    stage.until(3 * SECOND_NS)
    assert stage.slots()[0] == 0


def test_semantics_10_other_attributes_finish_in_their_own_time() -> None:
    stage = lit((0, 0), (1, 0), fixtures=TWO)
    stage.at(SECOND_NS, fade("show", (0, F), (1, F), at=SECOND_NS, over=SECOND_NS))
    stage.at(SECOND_NS + 500 * MS, fade("show", (1, 0), at=SECOND_NS + 500 * MS))
    stage.until(2 * SECOND_NS + 1)
    assert stage.slots()[:2] == b"\xff\x00"


def test_semantics_10_relative_adds_to_the_target_being_faded_to() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, HALF), at=SECOND_NS, over=SECOND_NS))
    stage.at(SECOND_NS + 500 * MS, fade("show", (0, HALF // 2), at=SECOND_NS + 500 * MS, relative=True))
    assert stage.slots()[0] == 192
    stage.at(3 * SECOND_NS, fade("show", (0, F), at=3 * SECOND_NS, relative=True))       # never past full
    assert stage.slots()[0] == 255


def test_semantics_10_colour_at_zero_snaps_and_lit_colour_fades() -> None:
    stage = lit((0, 0), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, fade("show", (0, F), (1, 6_500_000), at=SECOND_NS, over=SECOND_NS))
    assert stage.slots()[:2] == b"\x00\xff"
    stage.at(3 * SECOND_NS, fade("show", (1, 2_700_000), at=3 * SECOND_NS, over=SECOND_NS))
    stage.until(3 * SECOND_NS + 500 * MS + 1)
    assert 120 <= stage.slots()[1] <= 132


def test_semantics_10_zero_is_what_shows_before_this_instant() -> None:
    """A snap to light and a slow colour in one cue: the colour is there with the light. A blackout is not zero."""
    stage = lit((0, 0), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS),
             fade("show", (1, 6_500_000), at=SECOND_NS, over=SECOND_NS))
    assert stage.slots()[:2] == b"\xff\xff"
    stage.at(2 * SECOND_NS, Master("blackout", F))
    stage.at(3 * SECOND_NS, fade("show", (1, 2_700_000), at=3 * SECOND_NS, over=SECOND_NS))
    assert stage.slots()[:2] == b"\x00\xff"


def test_a_fade_from_the_past_jumps_in() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F), at=0, over=2 * SECOND_NS))
    assert stage.slots()[0] == 127
    stage.at(SECOND_NS + 1, fade("show", (0, 0), at=0, over=SECOND_NS))
    stage.until(2 * SECOND_NS)
    assert stage.slots()[0] == 0


@pytest.mark.parametrize(("curve", "values"), [
    ("linear", (63, 127, 191)), ("ease", (37, 127, 218)), ("ease-in", (19, 74, 158)), ("ease-out", (97, 181, 236)),
])
def test_curves(curve: str, values: tuple[int, ...]) -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=4 * SECOND_NS, curve=curve))
    seen = []
    for quarter in (2, 3, 4):
        stage.until(quarter * SECOND_NS + 1)
        seen.append(stage.slots()[0])
    assert tuple(seen) == values


def test_snap_is_there_at_once() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=4 * SECOND_NS, curve="snap"))
    assert stage.slots()[0] == 255


def test_hold_freezes_and_the_rest_runs_afterwards() -> None:
    """SEMANTICS 6: what stands on hold is what stood at that instant; the remaining time runs later."""
    stage = lit((0, 0))
    stage.at(SECOND_NS, fade("show", (0, F), at=SECOND_NS, over=SECOND_NS), )
    stage.at(SECOND_NS + 500 * MS, Hold(True))
    assert stage.slots()[0] == 127
    stage.until(10 * SECOND_NS)
    assert stage.slots()[0] == 127
    assert stage.renderer.due_ns is None
    stage.at(10 * SECOND_NS, Hold(False))
    stage.until(10 * SECOND_NS + 500 * MS)
    assert 240 <= stage.slots()[0] < 255
    stage.until(11 * SECOND_NS)
    assert stage.slots()[0] == 255
    assert stage.frames[-1].at_ns == 10 * SECOND_NS + 500 * MS                           # type: ignore[union-attr]


def test_a_fade_begun_on_hold_runs_whole_afterwards() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, Hold(True))
    stage.at(2 * SECOND_NS, fade("show", (0, F), at=2 * SECOND_NS, over=SECOND_NS))
    stage.at(5 * SECOND_NS, Hold(False))
    stage.until(5 * SECOND_NS + 500 * MS + 1)
    assert stage.slots()[0] == 127


def test_halt_stops_fades_where_they_stand() -> None:
    stage = lit((0, 0), (1, 0), fixtures=TWO)
    stage.at(SECOND_NS, fade("show", (0, F), (1, F), at=SECOND_NS, over=SECOND_NS))
    stage.at(SECOND_NS + 250 * MS, Halt("show", (0,)))
    stage.at(SECOND_NS + 500 * MS, Halt("show"))
    stage.until(5 * SECOND_NS)
    assert stage.slots()[:2] == bytes([63, 127])


# ---- sources, masters, overlays ----

def test_semantics_8_the_last_cue_wins_inside_a_region_and_the_highest_between_them() -> None:
    stage = lit((0, 0xC00000))
    stage.at(SECOND_NS, fade("show", (0, 0x400000)))
    assert stage.slots()[0] == 0x40
    stage.at(2 * SECOND_NS, fade("booth", (0, 0x800000)))
    assert stage.slots()[0] == 0x80
    stage.at(3 * SECOND_NS, fade("booth", (0, 0)))
    assert stage.slots()[0] == 0x40


def test_semantics_8_htp_compares_whole_values_not_bytes() -> None:
    stage = lit((0, 0x0CB900), fixtures=[("dimmer-rgb-16", 0, 1)])
    stage.at(SECOND_NS, fade("booth", (0, 0x0D1600)))
    assert stage.slots()[:2] == b"\x0d\x16"


def test_semantics_20_colour_is_the_later_steps() -> None:
    stage = lit((0, F), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, fade("booth", (1, 6_500_000)))
    assert stage.slots()[1] == 255
    stage.at(2 * SECOND_NS, fade("show", (1, 2_700_000)))
    assert stage.slots()[1] == 0


def test_a_region_that_never_named_a_colour_fades_it_from_what_shows() -> None:
    stage = lit((0, F), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, fade("booth", (1, 6_500_000), at=SECOND_NS, over=SECOND_NS))
    assert stage.slots()[1] == 0


def test_semantics_17_masters_never_darken_safety() -> None:
    stage = lit((0, F), (1, F), fixtures=TWO)
    stage.at(SECOND_NS, Safe("show", True), Master("grand", 0), Master("blackout", F))
    assert stage.slots()[:2] == b"\xff\xff"
    stage.at(2 * SECOND_NS, Safe("show", False))
    assert stage.slots()[:2] == b"\x00\x00"


def test_masters_multiply_intensity_alone() -> None:
    stage = Stage(rig(PANEL, submasters={0: ("key",)}))
    stage.at(0, fade("show", (0, F), (1, 6_500_000)))
    stage.at(SECOND_NS, Master("grand", HALF), Master("sub/key", HALF))
    assert stage.slots()[:2] == bytes([0x40, 255])
    stage.at(2 * SECOND_NS, Master("blackout", F))
    assert stage.slots()[:2] == bytes([0, 255])
    stage.at(3 * SECOND_NS, Master("blackout", 0), Master("sub/nobody", 0), Master("", 0))
    assert stage.slots()[:2] == bytes([0x40, 255])


def test_a_submaster_at_zero_is_dark_in_any_crossfade() -> None:
    stage = Stage(rig(TWO, submasters={0: ("key",)}))
    stage.at(0, fade("show", (0, F), (1, F)), Master("sub/key", 0))
    stage.at(SECOND_NS, fade("show", (0, HALF), (1, HALF), at=SECOND_NS, over=SECOND_NS))
    stage.until(3 * SECOND_NS)
    assert {each.slots[0] for each in stage.frames if isinstance(each, DmxFrame)} == {0}
    assert stage.slots()[1] == 0x80


def test_semantics_13_an_overlay_lies_over_and_releases() -> None:
    stage = lit((0, 0x400000), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, Lay("late", ((0, F), (1, 6_500_000)), SECOND_NS, SECOND_NS))
    stage.until(SECOND_NS + 500 * MS + 1)
    assert stage.slots()[:2] == bytes([127, 127])
    stage.until(3 * SECOND_NS)
    assert stage.slots()[:2] == b"\xff\xff"
    stage.at(3 * SECOND_NS, Release("late", 3 * SECOND_NS, SECOND_NS))
    stage.until(3 * SECOND_NS + 900 * MS + 1)
    assert stage.slots()[0] == 0x40                                                      # the higher one
    stage.until(5 * SECOND_NS)
    assert stage.slots()[:2] == bytes([0x40, 0])
    assert stage.renderer.due_ns is None


def test_an_overlay_released_halfway_goes_back_from_there() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, Lay("late", ((0, F),), SECOND_NS, SECOND_NS))
    stage.at(SECOND_NS + 500 * MS, Release("late", SECOND_NS + 500 * MS, SECOND_NS))
    stage.until(2 * SECOND_NS + 1)
    assert stage.slots()[0] == 63
    stage.at(2 * SECOND_NS + 2, Release("nobody", 0, 0), Release("late", 0, 0))
    stage.until(3 * SECOND_NS)
    assert stage.slots()[0] == 0


def test_two_overlays_ending_and_beginning_at_one_instant_both_show() -> None:
    stage = lit((0, 0), (1, 0), fixtures=[("dimmer", 0, 1), ("dimmer", 1, 1)])
    stage.at(SECOND_NS, Lay("one", ((0, F),), SECOND_NS, SECOND_NS))
    stage.at(2 * SECOND_NS, Lay("two", ((1, F),), 2 * SECOND_NS, 0))
    stage.until(4 * SECOND_NS)
    assert (stage.slots(0)[0], stage.slots(1)[0]) == (255, 255)


def test_semantics_10_an_overlays_colour_is_there_at_once_over_the_dark() -> None:
    stage = lit((0, 0), (1, 2_700_000), fixtures=PANEL)
    stage.at(SECOND_NS, Lay("late", ((0, F), (1, 6_500_000)), SECOND_NS, SECOND_NS))
    stage.until(SECOND_NS + 100 * MS)
    assert stage.slots()[1] == 255
    stage.at(3 * SECOND_NS, Release("late", 3 * SECOND_NS, 100 * MS))
    stage.until(4 * SECOND_NS)
    assert stage.slots()[:2] == b"\x00\x00"


def test_an_overlay_halts_where_it_is_and_masters_reach_it_unless_safe() -> None:
    stage = lit((0, 0))
    stage.at(SECOND_NS, Lay("late", ((0, F),), SECOND_NS, SECOND_NS))
    stage.at(SECOND_NS + 500 * MS, Halt("late"))
    stage.until(4 * SECOND_NS)
    assert stage.slots()[0] == 127
    stage.at(4 * SECOND_NS, Master("blackout", F))
    assert stage.slots()[0] == 0
    stage.at(5 * SECOND_NS, Safe("late", True))
    assert stage.slots()[0] == 127


# ---- faders ----

def mixer(stage: Stage) -> list[tuple[int, int]]:
    return [(each.at_ns, each.value) for each in stage.frames if isinstance(each, LevelFrame)]


def test_semantics_31_start_is_sent_once_and_the_unknown_is_silent_until_told() -> None:
    stage = Stage(rig(ONE, [fader("music", start=F), fader("fx")]))
    frames = stage.at(0, fade("show", (0, F)))
    assert frames[1:] == [LevelFrame("mixer", ("cc", 1, 5), 127, 127, 0)]
    stage.at(SECOND_NS, Resend("mixer"))
    stage.until(2 * SECOND_NS)
    assert len(mixer(stage)) == 2                                                        # fx has no level to resend
    stage.at(3 * SECOND_NS, fade("show", (2, HALF), at=3 * SECOND_NS, over=SECOND_NS))   # from unknown: it snaps
    assert mixer(stage)[-1] == (3 * SECOND_NS, 64)


def test_semantics_29_a_fader_fade_changes_value_by_value_and_ends_exactly() -> None:
    stage = Stage(rig([], [fader("music", start=0)]))
    stage.at(0, fade("show", (0, F), at=0, over=SECOND_NS))
    stage.until(3 * SECOND_NS)
    values = [value for _, value in mixer(stage)]
    assert values == sorted(set(values))
    assert (values[0], values[-1]) == (0, 127)
    assert len(values) == 45
    assert mixer(stage)[-1][0] == SECOND_NS


def test_semantics_32_a_hand_ends_the_fade_and_the_next_cue_takes_it_back() -> None:
    stage = Stage(rig([], [fader("music", start=0)]))
    stage.at(0, fade("show", (0, F), at=0, over=10 * SECOND_NS))
    stage.at(SECOND_NS, Hand(0, HALF, echo=True))
    stage.until(20 * SECOND_NS)
    assert all(at_ns < SECOND_NS for at_ns, _ in mixer(stage))                           # it stands where the hand is
    stage.at(20 * SECOND_NS, fade("show", (0, 0), at=20 * SECOND_NS, over=SECOND_NS))
    stage.until(20 * SECOND_NS + 500 * MS + 1)
    assert mixer(stage)[-1][1] == 32                                                     # from the hand's place


def test_semantics_32_a_hand_without_a_motor_is_sent() -> None:
    stage = Stage(rig([], [fader("music", start=0)]))
    stage.at(0, fade("show"))
    stage.at(SECOND_NS, Hand(0, HALF))
    assert mixer(stage)[-1] == (SECOND_NS, 64)


def test_semantics_32_ceilings_bind_cues_overlays_and_hands() -> None:
    stage = Stage(rig([], [fader("music", start=0, ceiling=HALF)]))
    stage.at(0, fade("show", (0, F)))
    assert mixer(stage)[-1][1] == 63
    stage.at(SECOND_NS, Hand(0, F, echo=True))
    assert mixer(stage)[-1] == (SECOND_NS, 63)                                           # the fader is brought back
    stage.at(2 * SECOND_NS, Lay("late", ((0, F),), 2 * SECOND_NS, 0))
    stage.until(3 * SECOND_NS)
    assert {value for _, value in mixer(stage)} == {63}


def test_semantics_32_a_hand_takes_a_fader_from_an_overlay() -> None:
    stage = Stage(rig([], [fader("music", start=0)]))
    stage.at(0, fade("show"), Lay("late", ((0, F),), 0, 0))
    stage.at(SECOND_NS, Hand(0, HALF))
    stage.at(2 * SECOND_NS, Release("late", 2 * SECOND_NS, 0))
    stage.until(3 * SECOND_NS)
    assert mixer(stage)[-1] == (SECOND_NS, 64)


def test_semantics_30_levels_are_resent_but_not_what_a_hand_moved() -> None:
    stage = Stage(rig(ONE, [fader("music", start=F), fader("fx", start=HALF)]))
    stage.at(0, fade("show", (0, F)))
    stage.at(SECOND_NS, Hand(1, HALF, echo=True))
    stage.at(2 * SECOND_NS, Resend("mixer"))
    assert [each.address for each in stage.frames if each.at_ns == 2 * SECOND_NS] == [("cc", 1, 2)]  # type: ignore[union-attr]
    stage.at(3 * SECOND_NS, Resend("panels"), Resend("nobody"))
    assert [type(each) for each in stage.frames if each.at_ns == 3 * SECOND_NS] == [DmxFrame]  # type: ignore[union-attr]
    stage.at(4 * SECOND_NS, fade("show", (1, F)))                                         # a cue has taken it back
    stage.at(5 * SECOND_NS, Resend("mixer"))
    assert len([each for each in stage.frames if each.at_ns == 5 * SECOND_NS]) == 2       # type: ignore[union-attr]


def test_faders_keep_to_the_interval_as_universes_do() -> None:
    stage = Stage(rig([], [fader("music", start=0)]))
    stage.at(0, fade("show"))
    for millisecond in range(1, 20):
        stage.at(millisecond * MS, Hand(0, F * millisecond // 20))
    stage.until(SECOND_NS)
    assert [at_ns for at_ns, _ in mixer(stage)] == [0, MS, TICK[2]]
    assert mixer(stage)[-1][1] == 121                                                     # the last is always sent


@pytest.mark.parametrize("action", [Send("mixer", ("note", 1, 1), 1), Resend("nobody"), Halt("nobody"), Hold(False)])
def test_what_is_not_the_renderers_changes_nothing(action: Action) -> None:
    stage = lit((0, F))
    before = stage.renderer.snapshot()
    assert stage.at(SECOND_NS, action) == []
    assert stage.renderer.snapshot() == before


# ---- what may not speak before the tick is worked out at the tick ----

def test_what_is_postponed_outlives_two_passed_ticks() -> None:
    """SEMANTICS 29: nothing moves, nothing may speak, and the grid does not rest before the last level was sent."""
    stage = lit((0, F))
    for millisecond, level in ((0, HALF), (1, F), (2, F // 4)):
        stage.at(SECOND_NS + millisecond * MS, Master("grand", level))
    stage.renderer.pass_tick()
    stage.renderer.pass_tick()
    (frame,) = stage.until(2 * SECOND_NS)
    assert (frame.at_ns, frame.slots[0]) == (SECOND_NS + TICK[3], 63)                     # type: ignore[union-attr]


def test_semantics_10_what_is_postponed_has_gone_dark_all_the_same() -> None:
    """The light goes out while its universe may not speak; the colour of a cue that comes then snaps."""
    stage = lit((0, F), (1, 3_000_000), fixtures=PANEL)
    for millisecond, level in ((0, HALF), (1, F), (2, 0)):
        stage.at(SECOND_NS + millisecond * MS, fade("show", (0, level), at=SECOND_NS + millisecond * MS))
    stage.at(SECOND_NS + 3 * MS, fade("show", (1, 6_500_000), at=SECOND_NS + 3 * MS, over=SECOND_NS))
    stage.until(SECOND_NS + TICK[2] + 1)
    assert stage.slots()[:2] == bytes([0, 255])


def test_what_is_postponed_is_in_a_snapshot() -> None:
    """CORE 1: restored while something waits to be worked out, it is worked out all the same."""
    stage = lit((0, F))
    for millisecond, level in ((0, HALF), (1, F), (2, F // 4)):
        stage.at(SECOND_NS + millisecond * MS, Master("grand", level))
    again = Stage(rig(ONE))
    again.renderer.restore(stage.renderer.snapshot())
    again.renderer.pass_tick()
    again.renderer.pass_tick()
    (frame,) = again.until(2 * SECOND_NS)
    assert (frame.at_ns, frame.slots[0]) == (SECOND_NS + TICK[3], 63)                     # type: ignore[union-attr]
