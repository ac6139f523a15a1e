"""What came of a rehearsal, as the story that a page tells."""

from __future__ import annotations

from collections.abc import Iterator

from showctl_sim.rehearsal.nouns import Doing, Expecting, Result
from showctl_sim.report import Fault, Mark, Story


def story(result: Result) -> Story:
    """A Result as lanes, marks and faults."""
    run, rehearsal = result.performance, result.rehearsal
    name = rehearsal.file.rsplit("/", 1)[-1]
    return Story(
        rehearsal.name, f"{run.sheet.name} · {name} · seed {run.seed}", run.sheet, run.seed,
        run.inputs, run.steps, run.now_ns, tuple(_marks(result)), tuple(_faults(result)), run.began,
    )


def _marks(result: Result) -> Iterator[Mark]:
    """One for each expectation that held, and one for each thing that did not."""
    failed = {failure.step for failure in result.failures}
    held = [
        Mark(at_ns, line.text.removeprefix("expect: "), True, line=line.place.line)
        for index, (line, at_ns) in enumerate(zip(result.rehearsal.steps, result.moments, strict=False))
        if isinstance(line, Expecting) and index not in failed
    ]
    missed = [Mark(each.at_ns, each.expected, False, each.got, each.line) for each in result.failures]
    yield from sorted(held + missed, key=lambda mark: (mark.at_ns, mark.line))


def _faults(result: Result) -> Iterator[Fault]:
    """From when each was begun until it was over, or the run was."""
    end_ns = result.performance.now_ns
    lost: dict[str, int] = {}
    for line, at_ns in zip(result.rehearsal.steps, result.moments, strict=False):
        if not isinstance(line, Doing):
            continue
        for name, value in line.items:
            if line.verb == "fault":
                yield Fault(at_ns, min(end_ns, at_ns + line.for_ns) if line.for_ns else end_ns, f"{name} {value}")
            elif line.verb == "flap":
                yield Fault(at_ns - value[1], at_ns, f"{name} flaps")
            elif line.verb == "lost":
                lost.setdefault(name, at_ns)
            elif line.verb == "returned" and name in lost:
                yield Fault(lost.pop(name), at_ns, f"{name} lost")
    for name, at_ns in lost.items():
        yield Fault(at_ns, end_ns, f"{name} lost")
