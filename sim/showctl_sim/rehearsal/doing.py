"""What a step does, as a table: verb → what happens in the room. Names were checked when it was read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from showctl.model import LEVEL_MAX, SECOND_NS, Input, Trigger
from showctl.vocabulary import address
from showctl_sim import faults
from showctl_sim.failing import Fault
from showctl_sim.rehearsal.nouns import Doing
from showctl_sim.rehearsal.stage import Stage
from showctl_sim.virtual_rig import argument, pressed

CONFIRM_NS = SECOND_NS // 2      # a person asked "again?" presses again this much later
FOREVER_NS = 48 * 3600 * SECOND_NS

PRESSES = ("go", "back", "stop", "pause", "resume", "panic", "reset")
"""Verbs of a station that need nothing but a finger; ``reset`` is asked twice."""


def do(stage: Stage, doing: Doing) -> None:
    """Do one step, at its time and as often as it says. ``wait`` alone does nothing."""
    stage.rig.until(stage.now_ns + doing.after_ns)
    if doing.verb == "wait":
        return
    stage.act()
    for turn in range(doing.times):
        if turn:
            stage.rig.until(stage.now_ns + doing.every_ns)
        VERBS[doing.verb](stage, doing)


def _say(stage: Stage, doing: Doing, path: str, *arguments: Any) -> None:
    stage.rig.press(doing.by, path, arguments or (1.0,))


def _finger(stage: Stage, doing: Doing) -> None:
    _say(stage, doing, address(doing.verb))
    if doing.verb == "reset" and not doing.once:
        stage.rig.until(stage.now_ns + CONFIRM_NS)
        _say(stage, doing, address(doing.verb))


def _press(stage: Stage, doing: Doing) -> None:
    """A button by a station, confirmed where it asks to be; without a station the sensor itself is pressed."""
    for name, station in doing.items:
        rule = stage.rig.sheet.triggers[name]
        if station is None:
            assert isinstance(rule, Input)
            stage.rig.send(rule.connection, rule.address, pressed(rule))
            continue
        stage.rig.press(station, address("trigger", name))
        if isinstance(rule, Input) and rule.confirm and not doing.once:
            stage.rig.until(stage.now_ns + CONFIRM_NS)
            stage.rig.press(station, address("trigger", name))


def _set(stage: Stage, doing: Doing) -> None:
    for name, truth in doing.items:
        stage.rig.set(name, truth)


def _flap(stage: Stage, doing: Doing) -> None:
    """So many changes, evenly over the time; after an even number it says what it said before."""
    for name, (count, over_ns) in doing.items:
        truth = stage.rig.truths.get(name, False)
        for _ in range(count):
            truth = not truth
            stage.rig.set(name, truth)
            stage.rig.until(stage.now_ns + over_ns // count)


def _send(stage: Stage, doing: Doing) -> None:
    for where, value in doing.items:
        connection, _, path = where.partition("\0")
        stage.rig.send(connection, path, payload(stage, connection, value), retained=doing.retained)


def payload(stage: Stage, connection: str, value: Any) -> Any:
    """What was written, as the connection's driver would hand it over."""
    driver = stage.performance.sheet.connections[connection].driver
    if isinstance(value, Mapping):
        return json.dumps({key: _number(each) for key, each in value.items()})
    if driver == "osc":
        return tuple(map(_number, value if isinstance(value, tuple) else () if value is None else (value,)))
    if driver in ("gpio", "midi"):
        return _number(value)
    return json.dumps(value) if isinstance(value, bool) else value


def _number(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _number(each) for key, each in value.items()}
    return argument(value) if isinstance(value, str) else value


def _osc(stage: Stage, doing: Doing) -> None:
    for path, value in doing.items:
        _say(stage, doing, path, *map(_number, value if isinstance(value, tuple) else (value,)))


def _dmx(stage: Stage, doing: Doing) -> None:
    for name, slots in doing.items:
        stage.rig.desk(name, slots)


def _input(stage: Stage, doing: Doing) -> None:
    """A trigger as a recording holds it."""
    stage.rig.emit(Trigger(**dict(doing.items)))


def _fault(stage: Stage, doing: Doing) -> None:
    for target, kind in doing.items:
        lasts_ns = FOREVER_NS if doing.for_ns is None else doing.for_ns
        faults.begin(stage.rig, Fault(kind, target, lasts_ns, stage.seed))


def _lost(stage: Stage, doing: Doing) -> None:
    for name, _ in doing.items:
        stage.rig.lose(name)


def _returned(stage: Stage, doing: Doing) -> None:
    for name, _ in doing.items:
        stage.rig.bring_back(name)


def _hand(stage: Stage, doing: Doing) -> None:
    for name, millibel in doing.items:
        stage.rig.hand(name, millibel)


def _levels(stage: Stage, doing: Doing) -> None:
    """A fader, a submaster or the grand master by a station: 0 to 1 on its wire."""
    for name, level in doing.items:
        path = address(doing.verb, name) if name else address(doing.verb)
        _say(stage, doing, path, level / LEVEL_MAX)


def _switch(stage: Stage, doing: Doing) -> None:
    for _, on in doing.items:
        _say(stage, doing, address(doing.verb), int(on))


def _path(stage: Stage, doing: Doing) -> None:
    for path, value in doing.items:
        _say(stage, doing, path, value)


VERBS: Mapping[str, Callable[[Stage, Doing], None]] = {
    **dict.fromkeys(PRESSES, _finger),
    "press": _press,
    "set": _set,
    "flap": _flap,
    "send": _send,
    "says": _send,
    "osc": _osc,
    "dmx": _dmx,
    "input": _input,
    "fault": _fault,
    "lost": _lost,
    "returned": _returned,
    "hand": _hand,
    "fader": _levels,
    "sub": _levels,
    "park": _levels,
    "unpark": _path,
    "master": _levels,
    "blackout": _switch,
    "sensors": _switch,
    "standby": _path,
    "cue": _path,
    "jump": _path,
    "arm": _path,
    "disarm": _path,
}
