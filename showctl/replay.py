"""Repeat a recorded show from its triggers alone and compare: same steps, same frames, byte for byte (CORE 1).

Only inputs, snapshots and skips are fed; what the recording says was decided is never read back into the show. The
first difference is named with its line in the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from showctl import recording as recordings
from showctl.model import CueSheet, Step
from showctl.recording import Line, Recording, decided
from showctl.show import Show


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
    return _Replay(recordings.read(lines, strip=strip), build).run()


class _Replay:
    """One comparison under way."""

    def __init__(self, recording: Recording, build: Callable[[Mapping[str, Any]], CueSheet]) -> None:
        self.recording = recording
        self.show = Show(build(recording.header.bundle), recording.header.seed)
        self.result = Result(len(recording.inputs), skips=len(recording.skips), notes=recording.notes)

    def run(self) -> Result:
        """Feed everything, stop at the first difference."""
        expected = iter(self.recording.expected)
        compare = bool(self.recording.expected)
        for number, outcome in self.recording.feed(self.show):
            self.result.steps += sum(isinstance(record, Step) for record in outcome.records)
            for got in decided(outcome) if compare else ():
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
