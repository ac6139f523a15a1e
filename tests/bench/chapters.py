"""What one workload found: tables, figures with their targets, curves; as Markdown, and as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.figures import Line, figure, table, verdicts

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Table:
    """Heads, and rows of what has been written already."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Curves:
    """One plot: how ``y`` grows with ``x`` (both axes logarithmic), a curve for each name."""

    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[Point]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """All of one workload. ``notes`` say what is missing, and how to get it."""

    key: str
    title: str
    tables: Sequence[Table] = ()
    lines: Sequence[Line] = ()
    curves: Sequence[Curves] = ()
    notes: Sequence[str] = ()
    at: str = ""              # when it began, ISO 8601 in UTC
    took_s: int = 0
    noise: str = ""
    machine: str = ""


def markdown(chapters: Sequence[Chapter]) -> str:
    """Figures against targets first, then each workload with its tables."""
    return "\n\n".join([_promises(chapters), *map(_chapter, chapters)])


def _promises(chapters: Sequence[Chapter]) -> str:
    promised = [line for chapter in chapters for line in chapter.lines if line.target]
    reached = sum(line.verdict == "reached" for line in promised)
    return f"### Figures to reach\n\n{reached} of {len(promised)} are reached.\n\n{verdicts(promised)}"


def _chapter(chapter: Chapter) -> str:
    """Its own figures without a target follow its tables; those with one stand at the top of the report."""
    open_ended = [line for line in chapter.lines if not line.target]
    when = f"{chapter.at}, {chapter.took_s} s, {chapter.machine}; {chapter.noise}"
    parts = [f"### {chapter.key} · {chapter.title}", when]
    parts += [table(each.heads, each.rows) for each in chapter.tables]
    if open_ended:
        parts.append(verdicts(open_ended, targets=False))
    if chapter.notes:
        parts.append("\n".join(f"- {note}" for note in chapter.notes))
    return "\n\n".join(parts)


# ---- JSON ----

def as_json(chapter: Chapter) -> dict[str, Any]:
    """The chapter as JSON values."""
    lines = [
        {name: getattr(line, name) for name in ("what", "value", "unit", "samples", "at_most", "at_least")}
        | {"target": line.target, "verdict": line.verdict} for line in chapter.lines
    ]
    return asdict(chapter) | {"lines": lines}


def from_json(values: Mapping[str, Any]) -> Chapter:
    """The chapter that ``as_json`` wrote."""
    whole = dict(values)
    whole["tables"] = [Table(**each) for each in values["tables"]]
    whole["curves"] = [Curves(**each) for each in values["curves"]]
    whole["lines"] = [
        Line(**{name: value for name, value in each.items() if name not in ("target", "verdict")})
        for each in values["lines"]
    ]
    return Chapter(**whole)


# ---- words ----

def cells(*values: object) -> tuple[str, ...]:
    """Numbers as people read them, None as an empty cell, text as it is."""
    return tuple(
        "" if value is None else value if isinstance(value, str) else figure(float(value)) for value in values  # type: ignore[arg-type]
    )
