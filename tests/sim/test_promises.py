"""Promises over a whole run: each kind is kept by a good sheet and broken by a bad one, at the moment it breaks."""

import pytest

from showctl import sheet as sheet_reader
from showctl_sim import promises, spoken
from tests.sim.test_rehearsal import BENCH, ROOM, TO_TWO, play, sheet_of

KEPT = {
    # promise: (steps, broken by this sabotage of the sheet)
    "never: [music above -12 dB]": ([*TO_TWO, "wait: 9 s"], "music: -12 dB => music: -11 dB"),
    "never: [key below 20%]": ([*TO_TWO, "wait: 9 s"], "key: 80% 4000K => key: 19% 4000K"),
    "never: [panels-both below 19% while show in two]": ([*TO_TWO, "wait: 9 s"], "fill: 60% => fill: 10%"),
    "always: [panels-both above 19%]": ([*TO_TWO, "wait: 9 s"], "fill: 60% => fill: 10%"),
    "never: [show in three]": ([*TO_TWO, "wait: 1 min"], "cues: 2-4, => cues: 2-4, after: {30 s: three},"),
    "always: [side in rest]": (["wait: 5 s"], "side:\n    rest: {on => side:\n    rest: {after: {1 s: work}, on"),
    "never: [cart while show in one]": (["go: {after: 1 s}", "press: {water: foh}"], "on: {go: two} => on: {go: one}"),
    "never: [bell]": (["send: {bell: ring, retained: true}"], ""),
    "never: [door while show in one]": ([*TO_TWO, "set: {door: true}", "wait: 1 s"], "on: {go: two} => on: {go: one}"),
    "never: [blackout]": (["panic: foh"], ""),
    "never: [mixer]": (["lost: mixer", "wait: 4 s", "back: mixer", "wait: 4 s"], ""),
    "always: [show in safe within 10 ms of panic]": (["panic: foh", "wait: 1 s"], ""),
    "always: [key above 60% within 2 s of panic]": (["panic: foh", "wait: 3 s"], "fade: 2 s, on => fade: 4 s, on"),
    "always: [show in three within 1 s of bell]": (
        [*TO_TWO, "press: bell", "wait: 2 s"], "bell: three => bell: cue 40"),
    "always: [side in work within 1 s of water]": (["press: {water: foh}", "wait: 2 s"], "water: work => water: rest"),
}
BROKEN = [name for name, (_, change) in KEPT.items() if change]


def broken(more: str, steps: list[str], room: str = ROOM) -> list[str]:
    result = play(steps, sheet_of(room), more)
    return [f"{spoken.clock(each.at_ns)} {each.got}" for each in result.failures if each.step == -1]


@pytest.mark.parametrize("more", KEPT)
def test_it_is_kept(more: str) -> None:
    assert broken(more, KEPT[more][0]) == []


@pytest.mark.parametrize("more", BROKEN)
def test_it_is_broken_by_sabotage(more: str) -> None:
    steps, change = KEPT[more]
    old, _, new = change.partition(" => ")
    assert old in ROOM
    assert len(broken(more, steps, ROOM.replace(old, new))) == 1


def test_it_is_told_where_it_stands_when_and_what_was_there() -> None:
    result = play([*TO_TWO, "wait: 10 s"], more="never: [music above -15 dB]")
    failure, = result.failures
    assert (failure.line, failure.column, failure.expected) == (2, 9, "never: music above -15 dB")
    assert 10 * 10**9 < failure.at_ns < 14 * 10**9
    assert failure.got.startswith("music -14.")
    assert broken("never: [fill above 61%]", [*TO_TWO, "set: {door: true, after: 9 s}", "wait: 2 s"]) != []
    assert broken("never: [blackout]", ["blackout: {to: true, after: 3 s}"]) == [
        "0:03 so, with show in one, side in rest"]
    assert broken("never: [bell]", ["press: bell"]) == ["0:00 so, with show in one, side in rest"]
    assert broken("never: [mixer]", ["lost: mixer", "wait: 6 s"]) == ["0:05 so, with show in one, side in rest"]
    assert broken("always: [show in two within 1 s of panic]", ["panic: {after: 1 s}", "wait: 5 s"]) == [
        "0:02 not so, with show in safe, side in halt"]


def test_what_should_come_soon_and_never_does_is_broken_at_the_end() -> None:
    """Nothing happens after the moment has passed, and it is seen all the same."""
    assert broken("always: [show in two within 1 s of panic]", ["panic: {after: 1 s}", "wait: 1 min"]) != []
    assert broken("always: [show in two within 1 min of panic]", ["panic: {after: 1 s}", "wait: 1 s"]) == []


def test_the_rules_of_a_sheet_are_watched() -> None:
    room = ROOM + "rules:\n  - never: music above -15 dB\n  - never: lamp\n"
    found = play([*TO_TWO, "wait: 9 s"], sheet_of(room)).failures
    assert [(each.step, each.line, each.expected) for each in found] == [(-1, 0, "never: music above -15 dB")]


def test_a_rule_nobody_can_watch_is_named() -> None:
    sheet = sheet_reader.read(ROOM + "rules:\n  - never: mixer while music above -99 dB\n", "x.yaml")
    kept, notes = promises.of_sheet(sheet)
    assert kept == ()
    assert notes == ("not watched: never: mixer while music above -99 dB (a fader with the law x32 goes from "
                     "-90 dB to +10 dB; write that or 'out')",)


WRONG = {
    "musik above 5 dB": "no fader, group or fixture 'musik'",
    "show in tow": "no state 'tow' in region 'show'; did you mean 'two'?",
    "shw in two": "no region 'shw'; did you mean 'show'?",
    "door while panic": "'panic' only happens and never holds",
    "show in two within 1 s of panic": "'within … of …' is for 'always'",
    "dor": "'dor' is nothing that holds or happens; did you mean 'door'?",
    "music above 5%": "'5%' is not a fader level",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_promise_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared
        promises.promise(BENCH, False, text)
    assert str(caught.value).startswith(WRONG[text])


def test_always_needs_something_that_lasts() -> None:
    with pytest.raises(ValueError, match="only happens and never holds"):
        promises.promise(BENCH, True, "bell")
