"""What came of rehearsals, for people, for programs (JSON) and for CI (JUnit). The same results are the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from showctl_sim import spoken
from showctl_sim.coverage import KINDS, Coverage
from showctl_sim.rehearsal.nouns import Failure, Result

SHEET_RULE = "the sheet's own rule"
MISSED_MAX = 40


def lines(result: Result) -> Iterator[str]:
    """One line where all went well; else one more for each failure."""
    rehearsal = result.rehearsal
    word = "passed" if result.passed else "FAILED"
    took = spoken.clock(result.performance.now_ns)
    yield f"{word}  {rehearsal.file}: {rehearsal.name} ({len(rehearsal.steps)} steps, {took})"
    for failure in result.failures:
        yield f"  {where(result, failure)}: at {spoken.clock(failure.at_ns)} {words(failure)}"
    for note in result.notes:
        yield f"  note: {note}"


def where(result: Result, failure: Failure) -> str:
    """``door.yaml:12:5``, or words for a promise that stands in the sheet."""
    file = result.rehearsal.file
    return f"{file}:{failure.line}:{failure.column}" if failure.line else f"{file}: {SHEET_RULE}"


def words(failure: Failure) -> str:
    """What was expected, and what stood there."""
    return f"expected {failure.expected}, got {failure.got}"


def table(coverage: Coverage) -> Iterator[str]:
    """The coverage of some rehearsals together: a line a kind, then a line for each thing never reached."""
    yield f"{'coverage':14}{'reached':>8}{'of':>6}"
    for kind in KINDS:
        reached, of = coverage.counts(kind)
        missed = coverage.missed(kind)
        yield f"{kind:14}{reached:8}{of:6}"
        yield from (f"    never: {name}" for name in missed[:MISSED_MAX])
        if len(missed) > MISSED_MAX:
            yield f"    never: {len(missed) - MISSED_MAX} more"


def values(results: Sequence[Result], coverage: Coverage) -> dict[str, Any]:
    """JSON values; times in ns of show time, ``step`` −1 is a promise over the whole run."""
    return {
        "passed": all(result.passed for result in results),
        "rehearsals": [_values(result) for result in results],
        "coverage": {
            kind: {"reached": coverage.counts(kind)[0], "of": coverage.counts(kind)[1],
                   "missed": list(coverage.missed(kind))} for kind in KINDS
        },
    }


def _values(result: Result) -> dict[str, Any]:
    return {
        "file": result.rehearsal.file, "name": result.rehearsal.name, "passed": result.passed,
        "steps": len(result.rehearsal.steps), "length": result.performance.now_ns, "seed": result.performance.seed,
        "failures": [
            {"step": each.step, "line": each.line, "column": each.column, "at": each.at_ns,
             "expected": each.expected, "got": each.got} for each in result.failures
        ],
        "notes": list(result.notes),
    }


def junit(show: str, results: Sequence[Result]) -> str:
    """JUnit XML: a test case for each rehearsal, its time the show's own."""
    failed = sum(not result.passed for result in results)
    cases = "".join(map(_case, results))
    head = f"<testsuite name={quoteattr(show)} tests=\"{len(results)}\" failures=\"{failed}\">"
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}\n{cases}</testsuite>\n'


def _case(result: Result) -> str:
    milliseconds = result.performance.now_ns // 1_000_000
    about = (f"<testcase classname={quoteattr(result.rehearsal.file)} name={quoteattr(_plain(result.rehearsal.name))} "
             f"time=\"{milliseconds // 1000}.{milliseconds % 1000:03}\"")
    if result.passed:
        return f"  {about}/>\n"
    told = [f"{where(result, each)}: at {spoken.clock(each.at_ns)} {words(each)}" for each in result.failures]
    inside = "".join(f"    <failure message={quoteattr(_plain(each))}/>\n" for each in told)
    return f"  {about}>\n{inside}  </testcase>\n"


def _plain(text: str) -> str:
    """Without what no XML may hold."""
    return "".join(each if each.isprintable() else "?" for each in text)
