"""What a virtual sensor says: for each topic a payload at rest, and one that makes a condition true."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from showctl.model import Comparison, CueSheet, Input

SENSORS = ("mqtt", "gpio")     # gpio: the rig makes topics of the lines


@dataclass(frozen=True, slots=True)
class Reading:
    """One trigger on its topic, and the payloads that tell it; a press has no ``rest`` (""), ``true`` presses it.

    ``repeat_ms`` is how often a source that promises not to be ``silent`` speaks; 0: on change only.
    """

    trigger: str
    topic: str
    rest: str
    true: str
    alive: str = ""
    repeat_ms: int = 0


def readings(sheet: CueSheet) -> tuple[Reading, ...]:
    """One reading for each MQTT (or pin) input; a topic has one payload at rest for all its inputs."""
    spoken = {name for name, connection in sheet.connections.items() if connection.driver in SENSORS}
    rules = sheet.triggers.values()
    inputs = [rule for rule in rules if isinstance(rule, Input) and rule.connection in spoken]
    together: dict[str, list[Comparison]] = {topic(sheet, rule): [] for rule in inputs}
    for rule in inputs:
        if rule.when is not None:
            together[topic(sheet, rule)].append(rule.when)
    return tuple(_reading(rule, topic(sheet, rule), together[topic(sheet, rule)]) for rule in inputs)


def payload(wanted: list[tuple[Comparison, bool]]) -> str:
    """A payload for which each comparison reads as wanted; the first one that names a path decides it."""
    values: dict[tuple[str, ...], bool | int | float | str] = {}
    for comparison, truth in wanted:
        values.setdefault(comparison.path, _value(comparison, truth))
    if () in values:
        return _bare(values[()])
    tree: dict[str, object] = {}
    for path, value in values.items():
        branch: dict[str, object] = tree
        for part in path[:-1]:
            inner = branch.setdefault(part, {})
            branch = inner if isinstance(inner, dict) else {}
        branch[path[-1]] = value
    return json.dumps(tree)


def topic(sheet: CueSheet, rule: Input) -> str:
    """Where an input is heard; a pin is heard on ``<connection>/<line>``."""
    pin = sheet.connections[rule.connection].driver == "gpio"
    return f"{rule.connection}/{rule.address}" if pin else rule.address


def _reading(rule: Input, where: str, together: list[Comparison]) -> Reading:
    repeat_ms = rule.silent_ns // 3_000_000 if rule.silent_ns else 0
    if rule.when is None:
        word = "ON" if rule.says is None else rule.says
        true = json.dumps(_nested(rule.says_path, word)) if rule.says_path else word
        return Reading(rule.name, where, "", true, rule.alive)
    others = [(comparison, False) for comparison in together if comparison is not rule.when]
    return Reading(
        rule.name, where, payload([(comparison, False) for comparison in together]),
        payload([(rule.when, True), *others]), rule.alive, repeat_ms,
    )


def _value(comparison: Comparison, truth: bool) -> bool | int | float | str:
    """A value that makes ``comparison`` read ``truth``."""
    operand = comparison.operand
    if isinstance(operand, bool):
        return operand == (truth == (comparison.op == "=="))
    if isinstance(operand, str):
        return operand if truth == (comparison.op == "==") else _other_word(operand)
    equal, below = comparison.op in ("==", "<=", ">="), comparison.op in ("<", "<=", "!=")
    if truth:
        return _number(operand if equal else operand + (-1 if below else 1) * _margin(operand))
    if comparison.op == "!=":
        return _number(operand)
    return _number(operand + (1 if below else -1) * _margin(operand))


def _margin(operand: Decimal) -> Decimal:
    """Half of the threshold away: past any hysteresis that is sane, and never below nothing."""
    return abs(operand) / 2 or Decimal(1)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _other_word(word: str) -> str:
    opposites = {"on": "OFF", "open": "closed", "true": "false", "home": "away"}
    return opposites.get(word.lower(), "none")


def _bare(value: bool | int | float | str) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _nested(path: tuple[str, ...], word: str) -> object:
    inner: object = word
    for part in reversed(path):
        inner = {part: inner}
    return inner
