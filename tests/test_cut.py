"""A stretch of a journal as a trace: what it holds repeats, what is not whole is refused at its line."""

import json
from dataclasses import replace as changed

import pytest

from showctl import cut, trace
from showctl.errors import TraceError
from showctl.model import Skip, Step
from showctl.replay import replay
from showctl.show import tick_ns
from showctl.trace import End, Header, Note, Snapshot, Taken
from tests.test_replay import BUNDLE, build, first, lines, record

GAP_NS = 10_000_000_000


@pytest.fixture(scope="module")
def recorded():
    return record(build(BUNDLE))


def taken(records):
    return [index for index, record in enumerate(records) if isinstance(record, Taken)]


def cutting(*parts, from_ns=0, to_ns=None, max_gap_ns=GAP_NS):
    named = [cut.part(f"night-{number}.jsonl", lines(records)) for number, records in enumerate(parts, start=1)]
    to_ns = named[-1].recording.last_ns if to_ns is None else to_ns
    return list(cut.cut(named, build, from_ns, to_ns, max_gap_ns))


def numbered(texts):
    return list(enumerate(texts, start=1))


def test_the_whole_run_is_its_own_cut(recorded):
    """From 0 there is no snapshot: the trace can be played on a changed sheet too."""
    trace_ = cutting(recorded[0])
    assert trace_[:-1] == [line for _, line in lines(recorded[0])][:-1]
    assert replay(numbered(trace_), build).difference is None


@pytest.mark.parametrize("share", [(0, 3), (1, 5), (2, 3), (3, 10), (1, 100)])
def test_a_cut_repeats(recorded, share):
    """CORE 1: a cut trace starts with a snapshot; the rest is the same rest, skips (CORE 6) and digest with it."""
    end_ns = recorded[0][-1].at_ns
    from_ns = end_ns * share[0] // share[1]
    for to_ns in (end_ns, (from_ns + end_ns) // 2):
        texts = cutting(recorded[0], from_ns=from_ns, to_ns=to_ns)
        kinds = [next(iter(json.loads(text))) for text in texts]
        assert kinds[:2] == (["header", "snapshot"] if from_ns else ["header", "step"])
        assert kinds[-1] == "end"
        result = replay(numbered(texts), build)
        assert result.difference is None
        assert result.inputs > 0
        assert not result.notes


def test_a_cut_at_every_instant_of_a_skip_repeats(recorded):
    """CORE 6: a skip that lies across the cut still holds."""
    skips = [record for record in recorded[0] if isinstance(record, Skip) and record.last - record.first > 2]
    assert skips
    for skip in skips[:2]:
        middle_ns = tick_ns(skip.anchor_ns, (skip.first + skip.last) // 2)
        for from_ns in (middle_ns - 1, middle_ns, middle_ns + 1):
            assert replay(numbered(cutting(recorded[0], from_ns=from_ns)), build).difference is None


def test_a_cut_of_a_cut_repeats(recorded):
    end_ns = recorded[0][-1].at_ns
    once = cutting(recorded[0], from_ns=end_ns // 4)
    parts = [cut.part("once.jsonl", numbered(once))]
    twice = list(cut.cut(parts, build, end_ns // 2, end_ns, GAP_NS))
    assert twice == cutting(recorded[0], from_ns=end_ns // 2)


def test_heartbeats_stay_behind_and_other_notes_come_along(recorded):
    records = [*recorded[0]]
    place = taken(records)[5]
    at_ns = records[place].at_ns
    records[place:place] = [Note(at_ns, "alive"), Note(at_ns, "refused", counts={"tablets": 2})]
    texts = "\n".join(cutting(records))
    assert '"alive"' not in texts
    assert f'{{"note":{at_ns},"topic":"refused","counts":{{"tablets":2}}}}' in texts


def parted(records, snapshots):
    """One run in two files, as the journal writes them."""
    place, snapshot = next(iter(snapshots.items()))
    one = [*records[:1 + place], End(snapshot.at_ns, 0, "", "goes on in night-2.jsonl")]
    two = [changed(records[0], part=2), snapshot, *records[1 + place:]]
    return one, two, snapshot.at_ns


def test_parts_are_joined(recorded):
    """A cut across the seam of two files is the cut of the whole."""
    one, two, seam_ns = parted(*recorded)
    assert cutting(one, two) == cutting(recorded[0])
    across = cutting(one, two, from_ns=seam_ns // 2)
    assert across == cutting(recorded[0], from_ns=seam_ns // 2)
    after = cutting(one, two, from_ns=seam_ns + 1)
    assert replay(numbered(after), build).difference is None
    assert after == cutting(two, from_ns=seam_ns + 1)


# ---- what is not whole ----

def later(record, by_ns):
    return changed(record, at_ns=record.at_ns + by_ns)


def without_a_step(records):
    place = first(records, Step, 60)
    return [*records[:place], *records[place + 1:]], f"line {place + 2}: a hole|line {place + 3}: a hole"


def jump_back(records):
    one, two = taken(records)[8:10]
    return [*records[:two], later(records[two], records[one].at_ns - records[two].at_ns - 5), *records[two + 1:]], (
        f"line {two + 1}: jumps back in time")


def unknown_source(records):
    place = taken(records)[4]
    trigger = changed(records[place].trigger, source="tabletts")
    return [*records[:place], Taken(records[place].at_ns, trigger), *records[place + 1:]], (
        rf"night-1.jsonl: line {place + 1}: an input from 'tabletts', which is no connection of the sheet \(panels")


def altered(records):
    place = next(index for index, record in enumerate(records) if isinstance(record, Taken)
                 and record.trigger.address == "/showctl/master" and record.trigger.sender == "10.0.0.31:9000")
    return [*records[:place], later(records[place], 1), *records[place + 1:]], "does not repeat"


def silence(records):
    place = taken(records)[3]
    at_ns = records[place].at_ns
    beats = [Note(at_ns, "alive"), Note(at_ns + 2 * GAP_NS, "alive")]
    return [*records[:place], *beats, *records[place:]], rf"line {place + 2}: a gap of 20000 ms .*--max-gap"


@pytest.mark.parametrize("harm", [without_a_step, jump_back, unknown_source, altered, silence])
def test_what_is_not_whole_is_refused_at_its_line(recorded, harm):
    """Issue 3, bad input: holes, jumps back in time, unknown sources; never a silent skip."""
    records, words = harm(recorded[0])
    with pytest.raises(TraceError, match=words):
        cutting(records, from_ns=records[-1].at_ns // 2)


def test_a_gap_is_allowed_on_request(recorded):
    records, _ = silence(recorded[0])
    assert cutting(records, max_gap_ns=2 * GAP_NS) == cutting(recorded[0])


def test_parts_that_do_not_follow_each_other_are_refused(recorded):
    """Issue 3, bad input: overlapping intervals, holes."""
    one, two, _ = parted(*recorded)
    with pytest.raises(TraceError, match=r"night-2.jsonl: overlaps night-1.jsonl"):
        cutting(recorded[0], two, to_ns=recorded[0][-1].at_ns + 1)
    with pytest.raises(TraceError, match=r"night-2.jsonl: overlaps night-1.jsonl"):
        cutting(one, [changed(two[0], part=1), *two[1:]])
    with pytest.raises(TraceError, match=r"night-2.jsonl: a hole between .* no trace can go across it"):
        cutting(one, [changed(two[0], part=3), *two[1:]])
    with pytest.raises(TraceError, match=r"night-2.jsonl: is of another run"):
        cutting(one, [changed(two[0], wall="2026-01-03T03:04:05Z"), *two[1:]])
    with pytest.raises(TraceError, match=r"night-1.jsonl: begins at .* name the part before it"):
        cutting(two)
    with pytest.raises(TraceError, match=r"night-1.jsonl: ends at .*, before"):
        cutting(one, to_ns=recorded[0][-1].at_ns)


def test_another_version_and_a_torn_line_are_refused(recorded):
    head, *rest = [line for _, line in lines(recorded[0])]
    with pytest.raises(TraceError, match=r"night.jsonl: line 1: this journal has format 9; this showctl reads 1"):
        cut.part("night.jsonl", numbered([head.replace('"header":1', '"header":9'), *rest]))
    with pytest.raises(TraceError, match=rf"night.jsonl: line {len(rest) + 1}: not a record"):
        cut.part("night.jsonl", numbered([head, *rest[:-1], rest[-1][:-9]]))


def test_a_recording_without_an_end_is_cut_as_far_as_it_goes(recorded):
    """A crash leaves no end; the cut has one."""
    records = recorded[0][:-1]
    texts = cutting(records)
    assert isinstance(trace.decode(texts[-1]), End)
    assert replay(numbered(texts), build).difference is None


def test_the_snapshot_carries_the_moment_of_the_cut(recorded):
    texts = cutting(recorded[0], from_ns=1_000_000_001)
    snapshot = trace.decode(texts[1])
    assert isinstance(snapshot, Snapshot)
    assert snapshot.at_ns == 1_000_000_001
    assert isinstance(header := trace.decode(texts[0]), Header)
    assert header.wall == recorded[0][0].wall
