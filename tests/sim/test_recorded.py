"""A rehearsal cut from last night: the recording goes on as it went, and what is expected of it can fail."""

from dataclasses import replace

import pytest

from showctl import cut
from showctl import sheet as sheet_reader
from showctl.errors import SheetError, TraceError
from showctl.model import SECOND_NS
from showctl_sim import rehearsal
from showctl_sim.report import page
from showctl_sim.report.rehearsed import story
from tests import live
from tests.stage import CONFIGS
from tests.test_replay import BUNDLE, build, lines, record


@pytest.fixture(scope="module")
def night():
    """The records of a busy live run, with stalls."""
    return record(build(BUNDLE))[0]


def traced(night, from_ns=0):
    parts = [cut.part("night.jsonl", lines(night))]
    return "\n".join(cut.cut(parts, build, from_ns, night[-1].at_ns, SECOND_NS))


def rehearsed(night, steps, from_ns=0, sheet=None, more=""):
    sheet = sheet or build(BUNDLE)
    text = f"rehearsal: Last night\ntrace: night.jsonl\n{more}steps:\n" + "".join(f"  - {step}\n" for step in steps)
    read = rehearsal.read(text, "folder/last-night.yaml", sheet)
    files = {"folder/night.jsonl": traced(night, from_ns)}
    return rehearsal.run(rehearsal.joined(read, sheet, files.__getitem__, CONFIGS), sheet)


def decisions(steps):
    """What was decided, but for stamps: an input may come a nanosecond beside its wake-up."""
    return [(step.event, step.moves, step.started, step.refused) for step in steps]


def live_steps(night):
    return [each for each in night if type(each).__name__ == "Step"]


@pytest.mark.parametrize("share", [0, 1, 2])
def test_the_show_goes_as_it_went(night, share):
    """Issue 3: a rehearsal cut from a live run; every decision after the cut is the one of that night."""
    from_ns = night[-1].at_ns * share // 3
    result = rehearsed(night, ["wait: 1 s"], from_ns)
    expected = [step for step in live_steps(night) if step.at_ns > from_ns or from_ns == 0]
    assert decisions(result.performance.steps) == decisions(expected)
    assert result.passed
    assert result.performance.now_ns == night[-1].at_ns


def test_expectations_stand_in_between(night):
    """They hold where that night held, and fail where it did not."""
    from_ns = night[-1].at_ns // 2
    moves = [(step.at_ns, move.target) for step in live_steps(night) for move in step.moves if move.region == "show"]
    before = [state for at_ns, state in moves if at_ns <= from_ns][-1]
    after_ns, after = next((at_ns, state) for at_ns, state in moves if at_ns > from_ns)
    in_ms = (after_ns - from_ns) // 1_000_000
    steps = [f"expect: {{show: {before}}}", f"expect: {{show: {after}, after: {in_ms + 1} ms}}"]
    assert rehearsed(night, steps, from_ns).passed
    other = next(name for name in ("one", "two", "safe") if name != after)
    failed = rehearsed(night, [steps[0], steps[1].replace(f"show: {after}", f"show: {other}")], from_ns)
    (failure,) = failed.failures
    assert (failure.line, failure.got) == (5, after)
    assert failure.at_ns == from_ns + (in_ms + 1) * 1_000_000


def test_hands_join_in(night):
    """A step of the rehearsal is one more input among the recorded ones."""
    plain = rehearsed(night, ["wait: 1 s"], night[-1].at_ns // 2)
    panicked = rehearsed(night, ["panic: foh", "expect: {show: safe, within: 1 s}"], night[-1].at_ns // 2)
    assert panicked.passed
    assert len(panicked.performance.inputs) == len(plain.performance.inputs) + 1


def test_a_report_of_a_cut_begins_at_the_cut(night):
    text = page(story(rehearsed(night, ["expect: {paused: false}"], night[-1].at_ns // 2)))
    assert f'"begin":{night[-1].at_ns // 2 // 1_000_000},' in text


def changed_sheet(old, new):
    assert old in live.SHEET
    return sheet_reader.read(live.SHEET.replace(old, new), "live.yaml", CONFIGS)


def test_a_cut_can_be_played_on_a_sheet_with_other_times(night):
    """The sheet may be mended after the night: longer fades, other levels."""
    longer = changed_sheet("look: {key: 80%}, fade: 700 ms ease", "look: {key: 70%}, fade: 900 ms")
    assert rehearsed(night, ["wait: 1 s"], night[-1].at_ns // 2, longer).performance.steps


@pytest.mark.parametrize(("old", "new", "words"), [
    ("  5: {look: {all: 50%}", "  5.5: {look: {all: 50%}", r"other cues \(5, 5.5\)"),
    ("  hair: {profile", "  hare: {profile", "other fixtures and faders"),
])
def test_a_snapshot_of_another_sheet_is_refused(night, old, new, words):
    """Only the run from its start can be played on a sheet that has other things."""
    text = live.SHEET.replace(old, new)
    if "hare" in new:
        text = text.replace("hair:", "hare:").replace("{hair", "{hare")
    else:
        text = text.replace("cues: 5-6", "cues: 5.5-6")
    other = sheet_reader.read(text, "live.yaml", CONFIGS)
    with pytest.raises(TraceError, match=rf"folder/night.jsonl: its snapshot is of a sheet with {words}"):
        rehearsed(night, ["wait: 1 s"], night[-1].at_ns // 2, other)
    assert rehearsed(night, ["wait: 1 s"], 0, other).performance.steps


def test_given_and_trace_exclude_each_other(night):
    with pytest.raises(SheetError, match=r"last-night.yaml:3:1: the trace has what the room says"):
        rehearsed(night, ["wait: 1 s"], more="given: {door: true}\n")


def test_a_damaged_trace_is_named_with_its_line(night):
    text = traced(night).splitlines()
    place = next(number for number, line in enumerate(text) if line.startswith('{"input"'))
    text[place] = text[place].replace('"source":"', '"source":"x')
    sheet = build(BUNDLE)
    with pytest.raises(TraceError, match=rf"one.jsonl: line {place + 1}: an input from 'x"):
        rehearsal.recorded.read("\n".join(text), "one.jsonl", sheet, CONFIGS)


def test_a_trace_that_nobody_read_is_no_rehearsal(night):
    sheet = build(BUNDLE)
    read = rehearsal.read("rehearsal: One\ntrace: one.jsonl\nsteps: [wait: 1 s]\n", "one.yaml", sheet)
    with pytest.raises(TraceError, match=r"one.yaml: nobody has read its trace, one.jsonl"):
        rehearsal.run(read, sheet)
    assert rehearsal.run(replace(read, trace=""), sheet).passed


def test_faults_are_shown_as_long_as_they_last():
    sheet = build(BUNDLE)
    text = ("rehearsal: Faults\nsteps:\n  - lost: {to: sensors, after: 1 s}\n  - fault: {door: silent, for: 2 s}\n"
            "  - back: {to: sensors, after: 5 s}\n  - flap: {door: 4 times in 1 s}\n  - lost: panels\n  - wait: 1 s\n")
    found = story(rehearsal.run(rehearsal.read(text, "one.yaml", sheet), sheet)).faults
    seconds = [(each.from_ns // SECOND_NS, each.to_ns // SECOND_NS, each.words) for each in found]
    assert seconds == [(1, 3, "door silent"), (1, 6, "sensors lost"), (6, 7, "door flaps"), (7, 8, "panels lost")]
