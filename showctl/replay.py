"""Repeat a recorded show from its triggers alone and compare: same steps, same frames, byte for byte (CORE 1).

Only inputs, snapshots and skips are fed; what the recording says was decided is never read back into the show. The
first difference is named with its line in the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from showctl import trace
from showctl.errors import TraceError
from showctl.model import CueSheet, Digest, Skip, Step
from showctl.show import Outcome, Show
from showctl.trace import End, Header, Snapshot, Taken

Line = tuple[int, str]
"""A line of a recording with its number, as ``journal.read`` gives them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where live and replay part: a line of the recording, what it says, and what the show did this time."""

    line: int
    expected: str
    got: str

    def __str__(self) -> str:
        return f"line {self.line}: the recording says\n  {self.expected}\nbut this time it was\n  {self.got}"


@dataclass(slots=True)
class Result:
    """What a replay found. ``difference`` None: identical."""

    inputs: int = 0
    steps: int = 0
    frames: int = 0
    skips: int = 0
    difference: Difference | None = None
    notes: list[str] = field(default_factory=list)     # what to say beside it: torn, goes on in another file


def replay(lines: Iterable[Line], build: Callable[[Mapping[str, Any]], CueSheet], *, strip: bool = False) -> Result:
    """Repeat the recording in ``lines``; ``build`` makes the sheet of the header's bundle.

    With ``strip`` recorded steps and digests are left out, so that only the end's digest is compared. Raises TraceError
    where a line is no record or the recording has no header.
    """
    recording = _Recording()
    for number, line in lines:
        recording.take(number, line, strip)
    return _Replay(recording, build).run()


class _Recording:
    """A recording taken apart: what is fed, and what is compared with."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.snapshot: Snapshot | None = None
        self.inputs: list[tuple[int, Taken]] = []
        self.skips: list[Skip] = []
        self.expected: list[Line] = []           # steps and digests as text, never decoded
        self.end: tuple[int, End] | None = None
        self.last_ns = 0
        self.last_line = 0
        self.notes: list[str] = []

    def take(self, number: int, line: str, strip: bool) -> None:
        """Sort one line in."""
        self.last_line = number
        if self.header is None and not line.startswith('{"header":'):
            raise TraceError(f"line {number}: a recording begins with its header")
        if line.startswith(('{"step":', '{"digest":')):
            if not strip:
                self.expected.append((number, line))
            if not self.end:
                self.last_ns = max(self.last_ns, _at_ns(line, number))
            return
        record = trace.decode(line, number)
        match record:
            case Header() if self.header is not None:
                raise TraceError(f"line {number}: a second header in one recording")
            case Header():
                self.header = record
            case Snapshot():
                self.snapshot = record
            case Taken():
                self.inputs.append((number, record))
                self.last_ns = max(self.last_ns, record.at_ns)
            case Skip():
                self.skips.append(record)
            case End():
                self.end = number, record
                self.last_ns = record.at_ns
                if "goes on in" in record.reason:
                    self.notes.append(record.reason)
            case trace.Note() if record.topic == "torn":
                self.notes.append(record.text)
            case trace.Note():
                self.last_ns = max(self.last_ns, record.at_ns)

    def feed(self, show: Show) -> Iterator[tuple[int, Outcome]]:
        """Drive ``show`` through it all; yields each outcome with the line that caused it."""
        show.expect_skips(self.skips)
        if self.snapshot:
            _restore(show, self.snapshot)
        else:
            yield 1, show.start()
        for number, taken in self.inputs:
            try:
                yield number, show.admit(taken.at_ns, taken.trigger)
            except TraceError as error:
                raise TraceError(f"line {number}: {error}") from None
        yield self.last_line, show.run_until(self.last_ns)


class _Replay:
    """One comparison under way."""

    def __init__(self, recording: _Recording, build: Callable[[Mapping[str, Any]], CueSheet]) -> None:
        if recording.header is None:
            raise TraceError("an empty recording: not even a header")
        self.recording = recording
        self.show = Show(build(recording.header.bundle), recording.header.seed)
        self.result = Result(len(recording.inputs), skips=len(recording.skips), notes=recording.notes)

    def run(self) -> Result:
        """Feed everything, stop at the first difference."""
        expected = iter(self.recording.expected)
        compare = bool(self.recording.expected)
        for number, outcome in self.recording.feed(self.show):
            self.result.steps += sum(isinstance(record, Step) for record in outcome.records)
            for got in _decided(outcome) if compare else ():
                line, said = next(expected, (0, ""))
                if said != got and not (line == 0 and self.recording.end is None):
                    self.result.difference = Difference(line or number, said or "nothing more", got)
                    return self.result
        missing = next(expected, None)
        if missing:
            self.result.difference = Difference(missing[0], missing[1], "nothing more")
        else:
            self._check_end()
        return self.result

    def _check_end(self) -> None:
        digest = self.show.digest()
        self.result.frames = digest.frames
        if self.recording.end is None:
            self.result.notes.append("the recording has no end; compared as far as it goes")
            return
        number, end = self.recording.end
        if (end.frames, end.value) != (digest.frames, digest.value):
            self.result.difference = Difference(
                number, f"{end.frames} frames, digest {end.value}", f"{digest.frames} frames, digest {digest.value}"
            )


def _restore(show: Show, snapshot: Snapshot) -> None:
    try:
        show.restore(snapshot.values)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise TraceError(f"the snapshot at {snapshot.at_ns} ns does not fit this sheet ({error!r})") from None


def _decided(outcome: Outcome) -> Iterator[str]:
    for record in outcome.records:
        if isinstance(record, Step | Digest):
            yield trace.encode(record)


def _at_ns(line: str, number: int) -> int:
    """The time of a step or digest, read off the front of its line: ``{"step":12,"at":5`` or ``{"digest":5``."""
    head = line[:60].split(",")
    try:
        return int(head[0 if line.startswith('{"digest"') else 1].split(":")[1])
    except (IndexError, ValueError):
        raise TraceError(f"line {number}: not a record of a journal (a step or digest without its time)") from None
