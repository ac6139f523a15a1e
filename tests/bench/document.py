"""The page that shows the figures: tables between two marks; beside it a JSON file with all of them, and the plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.bench import plot
from tests.bench.chapters import Chapter, as_json, from_json, markdown
from tests.bench.children import Failed

BEGIN, END = "<!-- figures: rewritten by python -m tests.bench --write -->", "<!-- end of figures -->"


def write(page: Path, chapters: Sequence[Chapter], order: Sequence[str]) -> None:
    """Put these chapters in the place of the earlier ones of the same key, and renew page, JSON and plot.

    What was not measured this time stays as it was. Raises Failed where the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = text.find(BEGIN), text.find(END)
    if not 0 <= begin < end:
        raise Failed(f"{page} has no place for figures; write these two lines where they belong:\n{BEGIN}\n{END}")
    kept = page.with_suffix(".json")
    whole = merged(read(kept), chapters, order)
    kept.write_text(dump(whole), encoding="utf-8")
    picture = page.with_suffix(".svg")
    inside = f"{BEGIN}\n\n{markdown(whole)}\n\n![How cost grows]({picture.name})\n\n"
    page.write_text(text[:begin] + inside + text[end:], encoding="utf-8")
    plot.draw(whole, picture)


def read(file: Path) -> list[Chapter]:
    """The chapters that ``dump`` wrote; none where there is no file."""
    if not file.exists():
        return []
    return [from_json(each) for each in json.loads(file.read_text(encoding="utf-8"))["chapters"]]


def dump(chapters: Sequence[Chapter]) -> str:
    """Every chapter as JSON text."""
    return json.dumps({"chapters": [as_json(each) for each in chapters]}, indent=1, ensure_ascii=False) + "\n"


def merged(before: Sequence[Chapter], now: Sequence[Chapter], order: Sequence[str]) -> list[Chapter]:
    """The newer chapter of each key, in this order of keys."""
    by_key = {chapter.key: chapter for chapter in [*before, *now]}
    return [by_key[key] for key in order if key in by_key]
