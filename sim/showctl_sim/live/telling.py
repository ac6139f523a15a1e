"""What came of a rehearsal on the wire, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from showctl_sim import spoken
from showctl_sim.live.running import LiveResult


def telling(result: LiveResult) -> Iterator[str]:
    """A line for the whole, one for each failure, one for each part that no wire shows."""
    rehearsal, late = result.rehearsal, [seen.late_ns for seen in result.seen if seen.late_ns is not None]
    word = "passed" if result.passed else "FAILED"
    worst = f", slowest {max(late) // 1_000_000} ms" if late else ""
    yield f"{word}  {rehearsal.file}: {rehearsal.name} (live, {spoken.clock(result.took_ns)}{worst})"
    for failure in result.failures:
        where = f"{rehearsal.file}:{failure.line}:{failure.column}" if failure.line else f"{rehearsal.file}: a rule"
        yield f"  {where}: at {spoken.clock(failure.at_ns)} expected {failure.expected}, got {failure.got}"
    for note in result.notes:
        yield f"  note: {note}"


def values(result: LiveResult) -> dict[str, Any]:
    """JSON values; times in ns since the rehearsal began, ``late`` null where the expectation did not hold."""
    return {
        "rehearsal": result.rehearsal.file, "passed": result.passed, "took": result.took_ns,
        "expectations": [
            {"line": each.line, "expected": each.words, "due": each.due_ns, "late": each.late_ns}
            for each in result.seen
        ],
        "failures": [
            {"step": each.step, "line": each.line, "column": each.column, "at": each.at_ns,
             "expected": each.expected, "got": each.got} for each in result.failures
        ],
        "notes": list(result.notes),
    }
