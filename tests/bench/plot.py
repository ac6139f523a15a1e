"""Draws the curves of a run into one SVG, by matplotlib (the dependency group ``bench``; nothing else needs it)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.chapters import Chapter, Curves
from tests.bench.children import Failed

COLUMNS = 2
PANEL_INCHES = (5.2, 3.4)
OWN = "showctl"
STYLE = {
    "svg.hashsalt": "showctl", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3,
}
"""A fixed salt and text as text: the same figures give the same file, and its diff can be read."""


def draw(chapters: Sequence[Chapter], path: Path) -> None:
    """All curves of all chapters, a panel each. Raises Failed where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        raise Failed("no plot, for matplotlib is missing: pip install --group bench; the figures are kept") from None
    matplotlib.use("svg")
    from matplotlib import pyplot

    curves = [each for chapter in chapters for each in chapter.curves]
    if not curves:
        return
    with matplotlib.rc_context(STYLE):
        rows = -(-len(curves) // COLUMNS)
        size = (PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * rows)
        figure, panels = pyplot.subplots(rows, COLUMNS, figsize=size, squeeze=False, layout="constrained")
        for panel, each in zip(panels.flat, curves, strict=False):
            _panel(panel, each)
        for panel in panels.flat[len(curves):]:
            panel.set_visible(False)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


def _panel(panel: Any, curves: Curves) -> None:
    for name, points in curves.series.items():
        if points:
            own = name.startswith(OWN)
            panel.plot(*zip(*points, strict=True), marker="o", markersize=3, label=name, linewidth=2.4 if own else 1.2,
                       color="black" if own else None, linestyle="-" if name == OWN or not own else ":")
    panel.set(title=curves.title, xlabel=curves.x, ylabel=curves.y, xscale="log", yscale="log")
    _roomy(panel, [value for points in curves.series.values() for _, value in points if value > 0])
    panel.legend(fontsize=8)


def _roomy(panel: Any, values: Sequence[float]) -> None:
    """Plain numbers at 1, 2 and 5; and room enough that noise does not look like growth."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if values:
        panel.set_ylim(min(values) / 3, max(values) * 3)
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_minor_formatter(NullFormatter())
