"""A script as a rehearsal file: what a sweep or walk found, for a person to read, keep and run again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from showctl.model import SECOND_NS, CueSheet
from showctl_sim import spoken
from showctl_sim.script import Act, Played, Script, Watched, perform
from showctl_sim.virtual_rig import said_by

UNITS = (("min", 60 * SECOND_NS), ("s", SECOND_NS), ("ms", 1_000_000))


def rehearsal(
    sheet: CueSheet, script: Script, name: str, sheet_file: str, command: str, *, exact: bool = False
) -> str:
    """The text of a rehearsal file. The first lines say what breaks in it, and the command that finds it again.

    Times are round where the same breaks then, or to the nanosecond with ``exact``.
    """
    played = perform(sheet, script) if exact else _round(sheet, script)
    found = played.breach
    lines = [
        f"# {found.monitor}: {found.text}, at {spoken.clock(found.at_ns)}" if found else "# nothing breaks in it",
        f"# found by: {command}",
        f"rehearsal: {_text(name)}",
        f"sheet: {_text(sheet_file)}",
        *([f"seed: {script.seed}"] if script.seed else []),
        f"given: {{{', '.join(f'{_text(trigger)}: {_plain(truth)}' for trigger, truth in script.given.items())}}}",
        "steps:",
    ]
    before_ns = played.began_ns
    for act, begin_ns, end_ns in played.done:
        lines.append(_step(sheet, act, begin_ns - before_ns))
        before_ns = end_ns
    over_ns = max(found.at_ns if found else script.until_ns, before_ns)
    rest_ns = (over_ns - before_ns) // SECOND_NS + 1
    return "\n".join([*lines, f"  - wait: {rest_ns} s"]) + "\n"


def _round(sheet: CueSheet, script: Script) -> Played:
    """The script played with round times, if the same breaks in it then; else as it is."""
    whole = perform(sheet, script)
    for grain_ns in (SECOND_NS, SECOND_NS // 10, SECOND_NS // 1000):
        watched, planned_ns = Watched(sheet, script), whole.began_ns
        for act, begin_ns, end_ns in whole.done:
            wait_ns = (max(0, begin_ns - planned_ns) + grain_ns // 2) // grain_ns * grain_ns
            watched.act(replace(act, at_ns=watched.stage.now_ns + wait_ns))
            planned_ns = end_ns
        watched.until(script.until_ns + len(whole.done) * grain_ns)
        broken = watched.played.breach
        if (broken and broken.monitor) == (whole.breach and whole.breach.monitor):
            return watched.played
    return whole


def _step(sheet: CueSheet, act: Act, wait_ns: int) -> str:
    """An act as a step; its time counts from the end of the one before."""
    verb = act.verb
    pairs = [f"{_text(name)}: {VALUES.get(verb, _plain)(value)}" for name, value in act.items]
    if verb == "press" and act.items[0][1] is None:
        pairs = [f"to: {_text(act.items[0][0])}"]      # a sensor presses by itself
    if verb == "osc":
        verb, pairs = "input", _message(sheet, act)
    elif act.by:
        pairs.append(f"by: {_text(act.by)}")
    pairs += [f"for: {length(act.for_ns)}"] if act.for_ns else []
    pairs += [f"after: {length(wait_ns)}"] if wait_ns else []
    return f"  - {verb}: {{{', '.join(pairs)}}}"


def _message(sheet: CueSheet, act: Act) -> list[str]:
    """What a station sends, as it stands on the wire."""
    (path, values), *_ = act.items
    trigger = said_by(sheet, act.by, path, values)
    return [f"source: {_text(trigger.source)}", f"address: {_text(trigger.address)}",
            f"value: {json.dumps(trigger.value)}", f"sender: {_text(trigger.sender)}"]


def _times(value: Any) -> str:
    count, over_ns = value
    return f"{count} times in {length(over_ns)}"


def _millibel(value: Any) -> str:
    return "out" if value is None else f"{Decimal(value) / 100:f} dB"


def _plain(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else _text(value)


def _text(text: str) -> str:
    """A word as it stands, anything else in quotes."""
    return text if text.replace("-", "").replace("_", "").isalnum() and not text[0].isdigit() else json.dumps(text)


def length(ns: int) -> str:
    """A time exactly, in the longest unit that writes it as a short decimal: ``90 s`` is ``1.5 min``."""
    for unit, one_ns in UNITS:
        if ns >= one_ns and ns % (one_ns // 10) == 0:
            return f"{Decimal(ns) / one_ns:f} {unit}".replace(".0 ", " ")
    return f"{Decimal(ns) / 1_000_000:f} ms"


VALUES: Mapping[str, Callable[[Any], str]] = {"flap": _times, "hand": _millibel, "fault": str}
