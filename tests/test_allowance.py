"""``fades: N``: at most so many faders of one mixer fade at once, and what becomes of the one too many."""

import pytest

from showctl import sheet as sheet_reader
from showctl.model import LEVEL_MAX, SECOND_NS, Fade, Hand, LevelFrame
from tests.rigs import MS, Stage, fader, rig
from tests.sheet_room import ROOM

F = LEVEL_MAX
HALF = F // 2


def stage(fades: int, count: int = 4) -> Stage:
    """Faders of one mixer, all at the bottom; parameter 0 is the first. Their controllers are 1, 2, 3 …"""
    return Stage(rig([], [fader("x" * (n + 1), start=0) for n in range(count)], fades=fades))


def fade(targets: dict[int, int], at_ns: int, over_ns: int, source: str = "show") -> Fade:
    return Fade(source, tuple(targets.items()), at_ns, over_ns)


def told(stage: Stage, number: int) -> list[tuple[int, int]]:
    return [(frame.at_ns, frame.value) for frame in stage.frames
            if isinstance(frame, LevelFrame) and frame.address == ("cc", 1, number + 1)]


def moving(stage: Stage, number: int, after_ns: int) -> bool:
    return any(at_ns > after_ns for at_ns, _ in told(stage, number))


def test_of_one_too_many_the_one_with_the_least_way_left_is_there_at_once() -> None:
    show = stage(2)
    show.at(0, fade({0: F}, 0, 10 * SECOND_NS))
    show.at(MS, fade({1: F}, MS, 20 * SECOND_NS))
    show.at(8 * SECOND_NS, fade({2: F}, 8 * SECOND_NS, 20 * SECOND_NS))
    assert told(show, 0)[-1] == (8 * SECOND_NS, 127)            # a fifth of its way was left
    show.until(40 * SECOND_NS)
    assert not moving(show, 0, 8 * SECOND_NS)
    assert [told(show, number)[-1][1] for number in (1, 2)] == [127, 127]
    assert moving(show, 1, 15 * SECOND_NS)
    assert moving(show, 2, 15 * SECOND_NS)


def test_a_newcomer_with_little_to_do_is_the_one_that_lands() -> None:
    show = stage(1)
    show.at(0, fade({0: F}, 0, 10 * SECOND_NS))
    show.at(SECOND_NS, fade({1: F // 10}, SECOND_NS, 10 * SECOND_NS))
    assert told(show, 1)[-1] == (SECOND_NS, 13)
    show.until(20 * SECOND_NS)
    assert told(show, 0)[-1][1] == 127
    assert told(show, 0)[-1][0] > 9 * SECOND_NS


def test_never_more_than_so_many_move_and_every_one_arrives() -> None:
    show = stage(3, 8)
    for number in range(8):
        at_ns = number * 300 * MS
        show.at(at_ns, fade({number: F - number * 1000}, at_ns, 5 * SECOND_NS))
    at_ns = 2 * SECOND_NS + 200 * MS
    show.until(at_ns)
    mark = len(show.frames)
    show.until(at_ns + 400 * MS)
    assert len({frame.address for frame in show.frames[mark:]}) == 3       # type: ignore[union-attr]
    show.until(30 * SECOND_NS)
    assert [told(show, number)[-1][1] for number in range(8)] == [127] * 8


def test_equals_land_in_the_order_of_the_sheet() -> None:
    show = stage(2)
    show.at(0, fade({0: F, 1: F, 2: F, 3: F}, 0, 5 * SECOND_NS))
    show.until(SECOND_NS)
    assert [told(show, number)[-1][1] == 127 for number in range(4)] == [True, True, False, False]


def test_a_hand_makes_room() -> None:
    show = stage(2)
    show.at(0, fade({0: F, 1: F}, 0, 10 * SECOND_NS))
    show.at(SECOND_NS, Hand(0, HALF, echo=True))
    show.at(2 * SECOND_NS, fade({2: F}, 2 * SECOND_NS, 10 * SECOND_NS))
    show.until(3 * SECOND_NS)
    assert moving(show, 1, 2 * SECOND_NS + 200 * MS)
    assert moving(show, 2, 2 * SECOND_NS + 200 * MS)


def test_taking_a_fade_over_is_no_other_fade() -> None:
    show = stage(2)
    show.at(0, fade({0: F, 1: F}, 0, 10 * SECOND_NS))
    show.at(SECOND_NS, fade({0: HALF}, SECOND_NS, 10 * SECOND_NS, "booth"))
    show.until(2 * SECOND_NS)
    assert 0 < told(show, 0)[-1][1] < 127 > told(show, 1)[-1][1]


def test_without_a_bound_all_of_them_fade() -> None:
    show = stage(0)
    show.at(0, fade({0: F, 1: F, 2: F, 3: F}, 0, 5 * SECOND_NS))
    show.until(SECOND_NS)
    assert all(told(show, number)[-1][1] < 127 for number in range(4))


# ---- in a sheet ----

SHORT = ROOM.replace("mixer: {driver: midi, law: x32}", "mixer: {driver: midi, port: X, law: x32, fades: 1}")


@pytest.mark.parametrize(("cues", "where"), [
    ("cues: {1: {mix: {music: -20 dB in 2 s, voice: -10 dB}}, 2: {mix: {music: -10 dB, voice: 0 dB}, fade: 3 s}}", "2"),
    ("cues: {1: {mix: {voice: 0 dB}}, 2: {mix: {music: -10 dB in 2 s after 1 s, voice: -3 dB in 2 s}}}", "2"),
    ("cues: {1: {mix: {voice: 0 dB}}, 2: {mix: {music: -10 dB in 2 s after 3 s, voice: -3 dB in 3 s}}}", ""),
    ("cues: {1: {mix: {voice: 0 dB}}, 2: {mix: {music: -10 dB in 2 s, voice: -3 dB}}}", ""),
])
def test_a_cue_that_fades_too_many_is_refused_where_it_stands(cues: str, where: str) -> None:
    found = sheet_reader.check(SHORT + cues, "x.yaml").problems
    said = [problem.message for problem in found]
    wanted = ["this fades 2 faders of 'mixer' at once, and its 'fades' is 1; let some of them go in 0 s, "
              "or after the others"] if where else []
    assert said == wanted
