"""Presses: what happens each time it is said. Lockout, rate, confirmation, and happenings in order (CORE 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from showctl.model import CONFIRM_NS, Combination, Event, Input, TriggerRule


class Presses:
    """Every press of a sheet, and its sequences."""

    def __init__(self, triggers: Mapping[str, TriggerRule]) -> None:
        self.rules = {name: rule for name, rule in triggers.items() if _is_press(rule)}
        self.sequences = [rule for rule in self.rules.values() if isinstance(rule, Combination)]
        self.fired: dict[str, list[int]] = {name: [] for name in self.rules}
        self.asked: dict[str, tuple[str, int]] = {}                 # button → who asked, when
        self.reached: dict[str, list[int | None]] = {}              # sequence → when each of its prefixes began
        self.let_go()

    def refusal(self, at_ns: int, name: str) -> str:
        """Take one live press: "" where it counts, else why not (inside its lockout, above its rate)."""
        rule, fired = self.rules[name], self.fired[name]
        most, within_ns = (rule.rate_limit if isinstance(rule, Input) else None) or (1, 0)
        if fired and at_ns - fired[-1] < rule.lockout_ns:
            return f"{name}: inside its lockout, {(at_ns - fired[-1]) // 1_000_000} ms after the last"
        if len(fired) >= most and at_ns - fired[-most] < within_ns:
            return f"{name}: more than {most} in {within_ns // 1_000_000} ms"
        self.fired[name] = [*fired, at_ns][-most:]
        return ""

    def confirmed(self, at_ns: int, rule: Input, station: str) -> bool:
        """Whether this press is the second one by the same station within 5 s; a first press asks (SEMANTICS 33)."""
        who, when_ns = self.asked.pop(rule.name, ("", 0))
        if not rule.confirm or (who == station and at_ns - when_ns <= CONFIRM_NS):
            return True
        self.asked[rule.name] = (station, at_ns)
        return False

    def happened(self, at_ns: int, name: str) -> list[Event]:
        """Something happened: the sequences that it completes."""
        events = []
        names = [name]
        for rule in self.sequences:
            completed = [each for each in names if each in rule.members and self._advance(at_ns, rule, each)]
            if completed:
                reason = self.refusal(at_ns, rule.name)
                events.append(Event("heard", rule.name, reason) if reason else Event("press", rule.name))
                if not reason:
                    names.append(rule.name)
        return events

    def _advance(self, at_ns: int, rule: Combination, name: str) -> bool:
        """Keep the latest beginning of every prefix; True when the whole sequence lies within its time."""
        began = self.reached[rule.name]
        for place in reversed(range(len(rule.members))):
            since_ns = at_ns if place == 0 else began[place - 1]
            if rule.members[place] == name and since_ns is not None:
                began[place] = since_ns
        last_ns = began[-1]
        if last_ns is None:
            return False
        within = rule.within_ns is None or at_ns - last_ns <= rule.within_ns
        began[:] = [None] * len(began) if within else [*began[:-1], None]
        return within

    def let_go(self) -> None:
        """Forget what is half done: sequences begun, confirmations asked for (SEMANTICS 4)."""
        self.asked.clear()
        self.reached = {rule.name: [None] * len(rule.members) for rule in self.sequences}

    def snapshot(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "fired": {name: list(times) for name, times in self.fired.items() if times},
            "asked": {name: list(asked) for name, asked in self.asked.items()},
            "reached": {name: list(began) for name, began in self.reached.items()},
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        self.fired = {name: list(data["fired"].get(name, ())) for name in self.rules}
        self.asked = {name: (who, when_ns) for name, (who, when_ns) in data["asked"].items()}
        self.reached = {name: list(began) for name, began in data["reached"].items()}


def _is_press(rule: TriggerRule) -> bool:
    return rule.kind != "level" if isinstance(rule, Input) else rule.mode == "sequence"
