"""One self-contained page of a run: lanes over time, the moment under a needle, what was expected and what came.

No network, no floats, no date: the same run gives the same bytes. The page allows itself its own script and style by
their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from showctl import laws
from showctl.laws import Law
from showctl.lines import clock
from showctl.model import LEVEL_MAX, CueSheet, Step, Trigger
from showctl.profiles import COLD_MK, WARM_MK, black_body
from showctl.status import Status
from showctl_sim.report.curves import FULL, Curve, curves, seen_as
from showctl_sim.report.lanes import Span, lanes, rows

MILLISECOND_NS = 1_000_000
WHITE_STEP_MK = 100_000
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Mark:
    """One expectation: when it was settled, what was expected, whether it held, what came instead."""

    at_ns: int
    expected: str
    passed: bool
    got: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was made to go wrong."""

    from_ns: int
    to_ns: int
    words: str


@dataclass(frozen=True, slots=True)
class Story:
    """A run to be told. ``begin`` is the Performance's snapshot it went on from, where it did not start at 0."""

    title: str
    about: str
    sheet: CueSheet
    seed: int
    inputs: Sequence[tuple[int, Trigger]]
    steps: Sequence[Step]
    end_ns: int
    marks: Sequence[Mark] = ()
    faults: Sequence[Fault] = ()
    begin: Any = None


def page(story: Story) -> str:
    """The whole HTML document."""
    style, script = (_text(name) for name in ("page.css", "page.js"))
    own = f"style-src {_hash(style)}; script-src {_hash(script)}"
    failed = [mark for mark in story.marks if not mark.passed]
    slots = {
        "policy": f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'",
        "style": style, "script": script, "title": html.escape(story.title),
        "about": html.escape(f"{story.about} · {clock(story.end_ns - _begin_ns(story)).partition('.')[0]} long"),
        "outcome": "failed" if failed else "passed" if story.marks else "",
        "verdict": html.escape(_verdict(len(story.marks), len(failed))),
        "failures": _failures(failed),
        "data": _json(_run(story)),
    }
    first, *rest = _text("page.html").split("{{")
    return first + "".join(slots[name] + after for name, after in (each.split("}}", 1) for each in rest))


def _verdict(count: int, failed: int) -> str:
    if not count:
        return "Nothing was expected of this run."
    expectations = "expectation" if count == 1 else "expectations"
    if failed:
        return f"{failed} of {count} {expectations} failed"
    return f"{'The' if count == 1 else 'All'} {'' if count == 1 else f'{count} '}{expectations} held"


def _failures(failed: Sequence[Mark]) -> str:
    if not failed:
        return ""
    items = "".join(
        f'<li><button type="button" data-at="{mark.at_ns // MILLISECOND_NS}"><time>{clock(mark.at_ns)}</time>'
        f"{f'line {mark.line}' if mark.line else ''}<span>expected {html.escape(mark.expected)}</span>"
        f"<span>got {html.escape(mark.got)}</span></button></li>"
        for mark in failed
    )
    return f'<ol class="failures" aria-label="What failed">{items}</ol>'


# ---- the data ----

def _run(story: Story) -> dict[str, Any]:
    sheet, begin_ns = story.sheet, _begin_ns(story)
    before: Status | None = story.begin["seen"] if story.begin else None
    found = lanes(sheet, story.steps, begin_ns, story.end_ns, before)
    lines = curves(sheet, story.seed, story.inputs, story.end_ns, story.begin)
    scales = {name: laws.find(fader.law) for name, fader in sheet.faders.items()}
    return {
        "begin": begin_ns // MILLISECOND_NS, "end": found.end,
        "marks": [[mark.at_ns // MILLISECOND_NS, mark.expected, mark.passed] for mark in story.marks],
        "faults": rows(sorted(_span(fault) for fault in story.faults)),
        "regions": {name: {"states": list(each.states), "fail": each.fail} for name, each in sheet.regions.items()},
        "states": found.states, "standby": found.standby, "cues": found.cues, "pressed": found.pressed,
        "held": found.held, "lost": found.lost, "masters": found.masters, "words": found.words,
        "curves": [_curve(curve, scales) for curve in lines],
        "scales": {law.name: _scale(law) for law in scales.values()},
        "whites": {
            "from": WARM_MK // 1000, "step": WHITE_STEP_MK // 1000,
            "colours": [[*map(seen_as, black_body(mk))] for mk in range(WARM_MK, COLD_MK + 1, WHITE_STEP_MK)],
        },
    }


def _span(fault: Fault) -> Span:
    return fault.from_ns // MILLISECOND_NS, fault.to_ns // MILLISECOND_NS, fault.words


def _begin_ns(story: Story) -> int:
    return int(story.begin["now_ns"]) if story.begin else 0


def _curve(curve: Curve, scales: dict[str, Law]) -> dict[str, Any]:
    """Points flat, times by difference: short to write."""
    flat: list[int] = []
    before = 0
    for at, *values in curve.points:
        flat += [at - before, *values]
        before = at
    scale = {"scale": scales[curve.name].name} if curve.kind == "fader" else {}
    return {"name": curve.name, "kind": curve.kind, **scale, "points": flat}


def _scale(law: Law) -> list[str]:
    """The decibels of each thousandth of the way."""
    return [_decibel(law.millibel(LEVEL_MAX * step // FULL)) for step in range(FULL + 1)]


def _decibel(millibel: int | None) -> str:
    if millibel is None:
        return "out"
    tenths = (abs(millibel) + 5) // 10
    sign = "−" if millibel < 0 and tenths else "+" if tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10} dB"


# ---- the document ----

def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(values: Any) -> str:
    """JSON that no HTML parser mistakes for markup."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
