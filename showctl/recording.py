"""A journal or trace taken apart: what is fed to a show again, and what is compared with.

Nothing is passed over in silence: a record out of order, a source that the sheet does not have, a missing step or a
line that is no record is a TraceError that names its line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from showctl import trace
from showctl.errors import TraceError
from showctl.model import Digest, Skip, Step
from showctl.show import Outcome, Show
from showctl.trace import End, Header, Note, Snapshot, Taken

Line = tuple[int, str]
"""A line of a recording with its number, as ``journal.read`` gives them."""

OWN_SOURCES = ("", "terminal")
"""Sources of inputs that are no connection: the shell, and the keys of the terminal."""


@dataclass(slots=True)
class Recording:
    """One recording. ``expected`` are steps and digests as text; times are ns of show time."""

    header: Header
    snapshot: Snapshot | None = None
    inputs: list[tuple[int, Taken]] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    expected: list[Line] = field(default_factory=list)
    end: tuple[int, End] | None = None
    last_ns: int = 0
    last_line: int = 1
    notes: list[str] = field(default_factory=list)               # what to say of it: torn, goes on in another file
    beats: list[tuple[int, int]] = field(default_factory=list)   # line and time of each heartbeat

    @property
    def first_ns(self) -> int:
        """Where it begins: 0, or its snapshot's instant."""
        return self.snapshot.at_ns if self.snapshot else 0

    def feed(self, show: Show) -> Iterator[tuple[int, Outcome]]:
        """Drive ``show`` through it all; yields each outcome with the line that caused it."""
        if (outcome := begin(show, self)) is not None:
            yield 1, outcome
        for number, taken in self.inputs:
            try:
                yield number, show.admit(taken.at_ns, taken.trigger)
            except TraceError as error:
                raise TraceError(f"line {number}: {error}") from None
        yield self.last_line, show.run_until(self.last_ns)


def begin(show: Show, recording: Recording) -> Outcome | None:
    """Bring a new ``show`` to where the recording begins; the outcome of the start, or None from a snapshot."""
    show.expect_skips(recording.skips)
    if recording.snapshot is None:
        return show.start()
    try:
        show.restore(recording.snapshot.values)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        at_ns = recording.snapshot.at_ns
        raise TraceError(f"the snapshot at {at_ns} ns does not fit this sheet ({error!r})") from None
    return None


def read(lines: Iterable[Line], *, strip: bool = False) -> Recording:
    """Take a recording apart; with ``strip`` recorded steps and digests are left out.

    Raises TraceError where a line is no record, a second header comes or none does.
    """
    recording: Recording | None = None
    for number, line in lines:
        if recording is None:
            recording = Recording(_header(number, line))
        else:
            _take(recording, number, line, strip)
    if recording is None:
        raise TraceError("an empty recording: not even a header")
    return recording


def _header(number: int, line: str) -> Header:
    if line.startswith('{"header":'):
        record = trace.decode(line, number)
        assert isinstance(record, Header)
        return record
    raise TraceError(f"line {number}: a recording begins with its header")


def _take(recording: Recording, number: int, line: str, strip: bool) -> None:
    """Sort one line in."""
    recording.last_line = number
    if line.startswith(('{"step":', '{"digest":')):
        if not strip:
            recording.expected.append((number, line))
        if not recording.end:
            recording.last_ns = max(recording.last_ns, at_ns(line, number))
        return
    record = trace.decode(line, number)
    match record:
        case Header():
            raise TraceError(f"line {number}: a second header in one recording")
        case Snapshot():
            recording.snapshot = record
            recording.last_ns = max(recording.last_ns, record.at_ns)
        case Taken():
            recording.inputs.append((number, record))
            recording.last_ns = max(recording.last_ns, record.at_ns)
        case Skip():
            recording.skips.append(record)
        case End():
            recording.end = number, record
            recording.last_ns = record.at_ns
            if "goes on in" in record.reason:
                recording.notes.append(record.reason)
        case Note() if record.topic == "torn":
            recording.notes.append(record.text)
        case Note():
            recording.last_ns = max(recording.last_ns, record.at_ns)
            if record.topic == "alive":
                recording.beats.append((number, record.at_ns))


def decided(outcome: Outcome) -> Iterator[str]:
    """The lines of what one call decided: its steps and digests."""
    for record in outcome.records:
        if isinstance(record, Step | Digest):
            yield trace.encode(record)


def at_ns(line: str, number: int) -> int:
    """The time of a step or digest, read off the front of its line: ``{"step":12,"at":5`` or ``{"digest":5``."""
    head = line[:60].split(",")
    try:
        return int(head[0 if line.startswith('{"digest"') else 1].split(":")[1])
    except (IndexError, ValueError):
        raise TraceError(f"line {number}: not a record of a journal (a step or digest without its time)") from None


# ---- is it whole? ----

def check(recording: Recording, connections: Collection[str]) -> None:
    """Raises TraceError at the first line that jumps back in time, names an unknown source or misses a step.

    ``connections`` are the names in the sheet that the inputs are for.
    """
    last_ns = recording.first_ns if recording.snapshot else -1
    for number, taken in recording.inputs:
        if taken.at_ns <= last_ns:
            raise TraceError(f"line {number}: jumps back in time: an input at {taken.at_ns} ns after {last_ns} ns")
        last_ns = taken.at_ns
        source = taken.trigger.source
        if source not in connections and source not in OWN_SOURCES:
            there = ", ".join(connections) or "none"
            raise TraceError(f"line {number}: an input from '{source}', which is no connection of the sheet ({there})")
    _check_steps(recording)


def _check_steps(recording: Recording) -> None:
    """Steps count one by one, and their times never fall."""
    before, last_ns = -1, 0
    for number, line in recording.expected:
        moment_ns = at_ns(line, number)
        if moment_ns < last_ns:
            raise TraceError(f"line {number}: jumps back in time: {moment_ns} ns after {last_ns} ns")
        last_ns = moment_ns
        if line.startswith('{"step":'):
            count = int(line[8 : line.index(",")])
            if before >= 0 and count != before + 1:
                raise TraceError(f"line {number}: a hole: step {count} follows step {before}; records are missing")
            before = count


def check_gaps(recording: Recording, from_ns: int, to_ns: int, max_gap_ns: int) -> None:
    """Raises TraceError where a journal's heartbeat (one a second) pauses longer than ``max_gap_ns`` in between."""
    for (_, last_ns), (number, beat_ns) in zip(recording.beats, recording.beats[1:], strict=False):
        if beat_ns - last_ns > max_gap_ns and beat_ns > from_ns and last_ns < to_ns:
            raise TraceError(
                f"line {number}: a gap of {(beat_ns - last_ns) // 1_000_000} ms without a heartbeat, more than the "
                f"{max_gap_ns // 1_000_000} ms allowed; cut beside it, or allow it with --max-gap"
            )
