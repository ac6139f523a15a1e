"""Journal → trace: a stretch of a recorded run as a recording of its own (CORE 1).

The run is repeated up to the cut, so that the trace can begin with a snapshot of the show at that instant; what is
repeated is held against the recording, for a cut of what does not repeat would prove nothing. Lines are the
journal's own. Heartbeats are left out; show times stay as they were, and so does the header's wall-clock anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from showctl import recording as recordings
from showctl import trace
from showctl.errors import TraceError
from showctl.model import CueSheet, Skip
from showctl.moments import clock_text
from showctl.recording import Line, Recording
from showctl.show import Show, tick_ns
from showctl.trace import End, Note, Snapshot, Taken

Build = Callable[[Mapping[str, Any]], CueSheet]
"""The sheet of a header's bundle."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a run: its name for messages, its lines, and those lines taken apart."""

    name: str
    lines: Sequence[Line]
    recording: Recording


def part(name: str, lines: Sequence[Line]) -> Part:
    """A file's lines taken apart. Raises TraceError that names the file and the line."""
    return Part(name, lines, _named(name, lambda: recordings.read(lines)))


def cut(parts: Sequence[Part], build: Build, from_ns: int, to_ns: int, max_gap_ns: int) -> Iterator[str]:
    """The lines of the trace that holds everything after ``from_ns`` and up to ``to_ns``.

    ``parts`` are files of one run, in order. From 0 the trace begins with the start of the show, without a snapshot.
    Raises TraceError for a recording that is not whole or does not repeat, where ``parts`` overlap or leave a hole.
    """
    used = _between(parts, from_ns, to_ns)
    header = used[0].recording.header
    sheet = build(header.bundle)
    for each in used:
        _named(each.name, lambda each=each: _sound(each.recording, sheet, from_ns, to_ns, max_gap_ns))  # type: ignore[misc]
    show = Show(sheet, header.seed)
    yield trace.encode(replace(header, part=1))
    if from_ns > 0:
        _repeat(show, used, from_ns)
        yield trace.encode(Snapshot(from_ns, show.snapshot()))
        show = Show(sheet, header.seed)
    for each in used:
        yield from (line for _, line in each.lines if _inside(line, from_ns, to_ns))
    _repeat(show, used, to_ns)
    digest = show.digest()
    yield trace.encode(End(to_ns, digest.frames, digest.value, "cut"))


def _sound(recording: Recording, sheet: CueSheet, from_ns: int, to_ns: int, max_gap_ns: int) -> None:
    recordings.check(recording, sheet.connections)
    recordings.check_gaps(recording, from_ns, to_ns, max_gap_ns)


def _between(parts: Sequence[Part], from_ns: int, to_ns: int) -> Sequence[Part]:
    """The parts that the cut needs, which follow each other without overlap or hole."""
    first = max((index for index, each in enumerate(parts) if each.recording.first_ns <= from_ns), default=-1)
    if first < 0:
        begins = clock_text(parts[0].recording.first_ns)
        raise TraceError(f"{parts[0].name}: begins at {begins}; name the part before it too")
    used = [parts[first]]
    for each in parts[first + 1:]:
        before = used[-1]
        if before.recording.last_ns >= to_ns:
            break
        _follows(before, each)
        used.append(each)
    last_ns = used[-1].recording.last_ns
    if last_ns < to_ns:
        raise TraceError(f"{used[-1].name}: ends at {clock_text(last_ns)}, before {clock_text(to_ns)}")
    return used


def _follows(before: Part, after: Part) -> None:
    """``after`` goes on where ``before`` ended, in the same run."""
    one, two = before.recording, after.recording
    if (one.header.wall, one.header.seed, one.header.bundle) != (two.header.wall, two.header.seed, two.header.bundle):
        raise TraceError(f"{after.name}: is of another run than {before.name}")
    ends, begins = clock_text(one.last_ns), clock_text(two.first_ns)
    if two.first_ns < one.last_ns or two.header.part <= one.header.part:
        raise TraceError(f"{after.name}: overlaps {before.name}, which ends at {ends}")
    if two.header.part != one.header.part + 1 or two.first_ns > one.last_ns:
        raise TraceError(
            f"{after.name}: a hole between {ends} and {begins}, after {before.name}; no trace can go across it, "
            "cut before or after it"
        )


def _repeat(show: Show, parts: Sequence[Part], to_ns: int) -> None:
    """Drive a new ``show`` up to ``to_ns``, holding what it decides against the recording."""
    expected: list[tuple[str, Line]] = []
    inputs: list[tuple[str, int, Taken]] = []
    for each in parts:
        expected += [(each.name, line) for line in each.recording.expected]
        inputs += [(each.name, number, taken) for number, taken in each.recording.inputs if taken.at_ns <= to_ns]
    said = iter(expected)
    outcome = recordings.begin(show, parts[0].recording)
    for each in parts[1:]:
        show.expect_skips(each.recording.skips)
    for line in recordings.decided(outcome) if outcome else ():
        _same(line, said)
    for name, number, taken in inputs:
        outcome = _named(name, lambda number=number, taken=taken: _admit(show, number, taken))  # type: ignore[misc]
        for line in recordings.decided(outcome):
            _same(line, said)
    for line in recordings.decided(show.run_until(to_ns)):
        _same(line, said)


def _admit(show: Show, number: int, taken: Taken) -> Any:
    try:
        return show.admit(taken.at_ns, taken.trigger)
    except TraceError as error:
        raise TraceError(f"line {number}: {error}") from None


def _same(got: str, said: Iterator[tuple[str, Line]]) -> None:
    name, (number, line) = next(said, ("", (0, got)))
    if line != got:
        raise TraceError(f"{name}: line {number} does not repeat, nor would a cut of it; see 'showctl replay'")


def _inside(line: str, from_ns: int, to_ns: int) -> bool:
    """Whether a line of the journal belongs to the trace."""
    if line.startswith(('{"header":', '{"snapshot":', '{"end":')):
        return False
    if line.startswith(('{"step":', '{"digest":')):
        return _after(from_ns, recordings.at_ns(line, 0), to_ns)
    match trace.decode(line):
        case Taken(at_ns, _):
            return _after(from_ns, at_ns, to_ns)
        case Skip(anchor_ns, first, last):
            return tick_ns(anchor_ns, last) > from_ns and tick_ns(anchor_ns, first) <= to_ns
        case Note(at_ns, topic, _, _):
            return topic != "alive" and _after(from_ns, at_ns, to_ns)
    return False


def _after(from_ns: int, at_ns: int, to_ns: int) -> bool:
    """Within the cut; one from 0 has the start itself in it."""
    return (from_ns < at_ns or from_ns == at_ns == 0) and at_ns <= to_ns


def _named(name: str, what: Callable[[], Any]) -> Any:
    try:
        return what()
    except TraceError as error:
        raise TraceError(f"{name}: {error}") from None
