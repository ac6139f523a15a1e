"""The table: what was measured, against which target, and whether it was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. With neither ``at_most`` nor ``at_least`` it is reported, and nothing is promised."""

    what: str
    value: float
    unit: str            # "x" is a ratio
    samples: int
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> str:
        """The promise in words; empty where there is none."""
        if self.at_most is not None:
            return f"≤ {shown(self.at_most, self.unit)}"
        return f"≥ {shown(self.at_least, self.unit)}" if self.at_least is not None else ""

    @property
    def verdict(self) -> str:
        """``reached`` or ``NOT reached``; empty without a target."""
        if self.at_most is not None:
            return "reached" if self.value <= self.at_most else "NOT reached"
        if self.at_least is not None:
            return "reached" if self.value >= self.at_least else "NOT reached"
        return ""


def percentile(values: Sequence[int | float], part: float) -> float:
    """The value that ``part`` (0..1) of ``values`` do not exceed, by nearest rank. Raises ValueError without values."""
    if not values:
        raise ValueError("no samples: nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def median(values: Sequence[int | float]) -> float:
    """The middle one, the mean of the middle two of an even number. Raises ValueError without values."""
    if not values:
        raise ValueError("no samples: nothing was measured")
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def shown(value: float, unit: str) -> str:
    """A figure with three digits that count, and its unit."""
    return f"{figure(value)}{unit}" if unit == "x" else f"{figure(value)} {unit}".rstrip()


def figure(value: float) -> str:
    """A number with three digits that count."""
    if value < 0:
        return "-" + figure(-value)
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}".rstrip("0").rstrip(".") if value < 1 else f"{value:.2f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with its columns aligned."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [heads, *rows]
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def verdicts(lines: Sequence[Line], *, targets: bool = True) -> str:
    """The table of figures, with their targets or without."""
    rows = [
        (each.what, shown(each.value, each.unit), *((each.target, each.verdict) if targets else ()),
         f"{each.samples:,}")
        for each in lines
    ]
    return table(("what", "measured", *(("target", "verdict") if targets else ()), "n"), rows)
