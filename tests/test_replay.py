"""A recording repeats from its triggers and skips alone; each way in which that could fail quietly is seen (CORE)."""

from dataclasses import replace as changed

import pytest

from showctl import sheet as sheet_reader
from showctl import trace
from showctl.errors import TraceError
from showctl.model import Skip, Step
from showctl.replay import replay
from showctl.show import Show
from showctl.trace import End, Header, Note, Snapshot, Taken
from tests import live
from tests.stage import CONFIGS

BUNDLE = sheet_reader.bundle(live.SHEET, "live.yaml")
HEADER = Header("Bench", 5, BUNDLE, {"showctl": "0.1.0"}, "2026-01-02T03:04:05Z")


class Recorded(Show):
    """A show that keeps the records a journal would hold, in the journal's order; and snapshots now and then."""

    def __init__(self, sheet, seed):
        super().__init__(sheet, seed)
        self.records = []
        self.snapshots = {}

    def start(self):
        outcome = super().start()
        self.records += outcome.records
        return outcome

    def admit(self, at_ns, trigger, *, late=False):
        outcome = super().admit(at_ns, trigger, late=late)
        self.records += [Taken(at_ns, trigger), *outcome.records]
        if len(self.snapshots) < 3 and len(self.records) > 40 * (1 + len(self.snapshots)):
            self.snapshots[len(self.records)] = Snapshot(self.last_ns, self.snapshot())
        return outcome

    def run_until(self, ns, *, late=False):
        outcome = super().run_until(ns, late=late)
        self.records += outcome.records
        return outcome


@pytest.fixture(scope="module")
def sheet():
    return sheet_reader.read(live.SHEET, "live.yaml", CONFIGS)


@pytest.fixture(scope="module")
def recorded(sheet):
    return record(sheet)


def record(sheet):
    """One busy run with stalls: its records with header and end, and snapshots by place."""
    show = Recorded(sheet, 5)
    kept = live.run(lambda: show, 4, inputs=80)
    digest = show.digest()
    end = End(kept.end_ns, digest.frames, digest.value, "stopped")
    assert sum(isinstance(record, Skip) for record in show.records) > 3
    return [HEADER, *show.records, end], show.snapshots


def build(bundle):
    return sheet_reader.read(**sheet_reader.unbundle(bundle), configs=CONFIGS)


def lines(records):
    return [(number, trace.encode(record)) for number, record in enumerate(records, start=1)]


def first(records, kind, start=0):
    return next(index for index, record in enumerate(records) if index >= start and isinstance(record, kind))


def test_a_run_with_stalls_is_identical(recorded):
    """CORE 1, 6: same steps, same digests, same frames."""
    result = replay(lines(recorded[0]), build)
    assert result.difference is None
    assert result.steps > 60
    assert result.frames == recorded[0][-1].frames
    assert not result.notes


def test_it_is_fed_by_triggers_and_skips_alone(recorded):
    """CORE: strip steps and digests, and the same frames come out; a replay that read back its output could not."""
    bare = [record for record in recorded[0] if isinstance(record, Header | Taken | Skip | End)]
    assert replay(lines(bare), build, strip=True).difference is None
    assert replay(lines(recorded[0]), build, strip=True).difference is None
    wrong = [*bare[:-1], changed(bare[-1], value="0" * 32)]
    assert replay(lines(wrong), build, strip=True).difference.line == len(wrong)


def expect_at(records, place, build=build):
    """The first difference is at the record that follows the harm (no later than the first step or digest after it)."""
    result = replay(lines(records), build)
    assert result.difference is not None
    following = place
    while not isinstance(records[following], Step | End):
        following += 1
    assert result.difference.line <= following + 1
    return result.difference


def commands(records):
    """Places of inputs that a station sent and that moved something."""
    return [index for index, record in enumerate(records) if isinstance(record, Taken)
            and record.trigger.address == "/showctl/master" and record.trigger.sender == "10.0.0.31:9000"]


def test_one_stamp_altered_by_a_millisecond_is_seen(recorded):
    """CORE: alter one stamp by 1 ms."""
    records = list(recorded[0])
    place = commands(records)[2]
    records[place] = changed(records[place], at_ns=records[place].at_ns + 1_000_000)
    difference = expect_at(records, place)
    assert '"step":' in difference.expected
    assert str(records[place].at_ns) in difference.got


def test_one_payload_altered_is_seen(recorded):
    """CORE: alter one payload."""
    records = list(recorded[0])
    place = commands(records)[2]
    records[place] = changed(records[place], trigger=changed(records[place].trigger, value=(0.123,)))
    expect_at(records, place)


def test_every_trigger_that_is_dropped_is_seen(recorded):
    """CORE: drop one trigger, each in turn."""
    places = [index for index, record in enumerate(recorded[0]) if isinstance(record, Taken)]
    for place in places[::6]:
        records = list(recorded[0])
        del records[place]
        expect_at(records, place)


def test_every_skip_that_is_dropped_is_seen(recorded):
    """CORE 6: drop one skip: the next digest differs."""
    for place in [index for index, record in enumerate(recorded[0]) if isinstance(record, Skip)]:
        records = list(recorded[0])
        del records[place]
        difference = replay(lines(records), build).difference
        assert difference is not None
        assert '"digest"' in difference.expected or "digest" in difference.expected


def test_a_step_that_the_recording_lacks_or_has_too_many_is_seen(recorded):
    records = list(recorded[0])
    place = first(records, Step, 30)
    assert replay(lines(records[:place] + records[place + 1:]), build).difference is not None
    extra = [*records[:-1], changed(records[place], number=999_999), records[-1]]
    difference = replay(lines(extra), build).difference
    assert difference.line == len(extra) - 1
    assert difference.got == "nothing more"


def test_a_later_part_starts_from_its_snapshot(recorded):
    """CORE 1: a cut trace starts with a snapshot; the rest is the same rest."""
    records, snapshots = recorded
    assert snapshots
    for place, snapshot in snapshots.items():
        rest = [HEADER, snapshot, *records[1 + place:]]
        result = replay(lines(rest), build)
        assert result.difference is None, place
        assert result.frames == records[-1].frames


def test_a_recording_cut_by_a_crash_is_compared_as_far_as_it_goes(recorded):
    records = recorded[0]
    for cut in range(3, len(records), 17):
        result = replay(lines(records[:cut]), build)
        assert result.difference is None, cut
        assert "no end" in result.notes[-1]


def test_notes_are_ignored(recorded):
    """CORE 9: replay ignores notes."""
    records = list(recorded[0])
    records.insert(20, Note(records[first(records, Taken, 15)].at_ns, "alive", counts={"late_ns": 3}))
    assert replay(lines(records), build).difference is None


@pytest.mark.parametrize(("harm", "words"), [
    (lambda records: records[1:], "line 1: a recording begins with its header"),
    (lambda records: [], "not even a header"),
    (lambda records: [*records[:2], records[0]], "line 3: a second header"),
    (lambda records: [records[0], *[Taken(5, records[first(records, Taken)].trigger)] * 2],
     "line 3: an input at 5 ns does not come after"),
    (lambda records: [records[0], Snapshot(3, {"timers": []})], "snapshot at 3 ns does not fit"),
])
def test_what_is_no_recording_is_one_clear_error(recorded, harm, words):
    with pytest.raises(TraceError, match=words):
        replay(lines(harm(recorded[0])), build)
