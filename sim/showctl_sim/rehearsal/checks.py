"""What may be expected, as a table: kind → how it is looked at. None: it holds; else what stood there instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from showctl.model import LEVEL_MAX, Value
from showctl_sim import spoken
from showctl_sim.promises import inside
from showctl_sim.rehearsal.nouns import Check
from showctl_sim.rehearsal.stage import Stage
from showctl_sim.virtual_rig import argument

NOTHING = "nothing"


def unmet(stage: Stage, check: Check) -> str | None:
    """What stands there instead of what is expected; None where it holds."""
    return CHECKS[check.kind](stage, check)


def _state(stage: Stage, check: Check) -> str | None:
    """``value``: full names of states, any of which will do; a parent's covers its children."""
    return None if inside(stage.performance, check.name, check.value) else stage.performance.states[check.name]


def _standby(stage: Stage, check: Check) -> str | None:
    """``value``: what GO does next in the first region, "" for nothing."""
    standby = stage.performance.standby
    return None if standby == check.value else standby or NOTHING


def _running(stage: Stage, check: Check) -> str | None:
    """``value``: cues and effects that are at work, among others; () is none at all."""
    running = stage.performance.running + stage.performance.effects
    fine = all(cue in running for cue in check.value) if check.value else not running
    return None if fine else ", ".join(running) or NOTHING


def _started(stage: Stage, check: Check) -> str | None:
    """``value``: (lowest, highest or None) count of starts since the show began."""
    low, high = check.value
    count = sum(step.started.count(check.name) for step in stage.performance.steps)
    return None if low <= count and (high is None or count <= high) else _times(count)


def _refused(stage: Stage, check: Check) -> str | None:
    """``value``: (part of the reason, station or ""), since the last thing done; reason "" is no refusal at all."""
    reason, station = check.value
    found = [(step.refused, step.event.station) for step in stage.since() if step.refused]
    answered = any(reason in words and station in ("", who) for words, who in found)
    fine = answered if reason else not found
    return None if fine else _said_to(found)


def _said(stage: Stage, check: Check) -> str | None:
    """``value``: part of what the stations are told since the last thing done; "" is nothing at all."""
    return _among(check.value, [text for step in stage.since() for text in step.said])


def _noted(stage: Stage, check: Check) -> str | None:
    """``value``: part of a note of a step since the last thing done."""
    return _among(check.value, [text for step in stage.since() for text in step.notes])


def _accepted(stage: Stage, check: Check) -> str | None:
    """``value``: the station whose press did something since the last thing done."""
    stations = [step.event.station for step in stage.since() if step.accepted]
    return None if check.value in stations else ", ".join(stations) or NOTHING


def _sent(stage: Stage, check: Check) -> str | None:
    """``value``: what a command carried since the last thing done; None: anything, "": it was not sent."""
    command = stage.performance.sheet.commands[check.name]
    values = [edge.value for edge in stage.sent() if (edge.to, edge.address) == (command.to, command.address)]
    if check.value == "":
        fine = not values
    else:
        fine = bool(values) if check.value is None else any(_same(value, check.value) for value in values)
    return None if fine else ", ".join(map(_written, values)) or NOTHING


def _levels(stage: Stage, check: Check) -> str | None:
    """``value``: bounds of parameters, all of which must hold, as they leave (SEMANTICS 35)."""
    levels = stage.performance.peek(parameter for parameter, _, _ in check.value)
    wrong = [spoken.level(stage.performance.sheet, parameter, level)
             for (parameter, low, high), level in zip(check.value, levels, strict=True) if not low <= level <= high]
    return ", ".join(wrong) or None


def _truth(stage: Stage, check: Check) -> str | None:
    """``value``: what a trigger's condition should be; None is unknown."""
    truth = stage.performance.truth(check.name)
    return None if truth is check.value else spoken.truth(truth)


def _connection(stage: Stage, check: Check) -> str | None:
    """``value``: whether a connection should be lost."""
    lost = check.name in stage.performance.status.missing
    return None if lost is check.value else "lost" if lost else "up"


def _flag(stage: Stage, check: Check) -> str | None:
    """``value``: whether ``paused``, ``panic``, ``sensors`` or ``blackout`` should be on."""
    on = FLAGS[check.name](stage)
    return None if on is check.value else spoken.truth(on)


def _master(stage: Stage, check: Check) -> str | None:
    """``value``: (lowest, highest) level of the grand master or a submaster (``sub/<name>``)."""
    low, high = check.value
    level = stage.performance.status.masters[check.name]
    return None if low <= level <= high else spoken.percent(level)


FLAGS: Mapping[str, Callable[[Stage], bool]] = {
    "paused": lambda stage: stage.performance.status.paused,
    "panic": lambda stage: stage.performance.status.panic,
    "sensors": lambda stage: stage.performance.status.automation,
    "blackout": lambda stage: stage.performance.status.masters["blackout"] == LEVEL_MAX,
}

CHECKS: Mapping[str, Callable[[Stage, Check], str | None]] = {
    "state": _state, "standby": _standby, "running": _running, "started": _started, "refused": _refused,
    "said": _said, "noted": _noted, "accepted": _accepted, "sent": _sent, "levels": _levels, "truth": _truth,
    "connection": _connection, "flag": _flag, "master": _master,
}


# ---- words ----

def _among(wanted: str, found: list[str]) -> str | None:
    fine = any(wanted in text for text in found) if wanted else not found
    return None if fine else "; ".join(found) or NOTHING


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _said_to(found: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"'{words}' to {who or 'the room'}" for words, who in found) or NOTHING


def _same(value: Value, wanted: Value) -> bool:
    """Whether an edge carried what a person wrote, who does not tell 1 from 1.0 or a text from a word."""
    if isinstance(wanted, tuple):
        given = value if isinstance(value, tuple) else (value,)
        return len(given) == len(wanted) and all(_same(*pair) for pair in zip(given, wanted, strict=True))
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return value == wanted or (isinstance(wanted, str) and (str(value) == wanted or value == argument(wanted)))


def _written(value: Value) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
