"""Level inputs and their combinations: from readings to a truth with edges (CORE 3, SEMANTICS 18, 23 to 26).

A reading walks down four steps: ``debounce`` (stable this long) → ``for`` (true this long) → the condition changes →
``lockout`` and ``rate`` (does the change count). Combinations are conditions over conditions and take the last three.

Each condition has a *value*, what the next change is measured against, and is *good* or not. A first, retained or
returning value sets the value and fires nothing; an edge needs a known value before it. A retained value is good only
while its source says that it is alive: a broker remembers sensors that died long ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from showctl.model import Combination, Event, Input, TriggerRule
from showctl.timers import Timers


@dataclass(slots=True)
class Condition:
    """What is known of one level input or combination."""

    raw: bool | None = None          # the last reading, for hysteresis
    settled: bool | None = None      # after debounce; for a combination: what its members make
    settled_good: bool = False
    value: bool | None = None        # after ``for``: what an edge is measured against
    good: bool = False
    quiet: bool = False              # the ``for`` that runs began with a baseline: no edge at its end
    heard: bool = False              # it spoke at least once: live, or retained and alive
    remembered: bool = False         # the value is a broker's memory, not yet vouched for by ``alive``
    online: bool | None = None       # what its ``alive`` topic says
    missed: bool = False             # ``lost`` was told
    fired: list[int] = field(default_factory=list)       # when edges counted last, for ``rate``
    locked: list[int] = field(default_factory=lambda: [-1, -1])   # lockout ends, for False and True


class Conditioning:
    """Every condition of a sheet. Methods return the events that came of it, in order."""

    def __init__(self, triggers: Mapping[str, TriggerRule], timers: Timers) -> None:
        self.timers = timers
        self.rules = {name: rule for name, rule in triggers.items() if _is_condition(rule)}
        self.conditions = {name: Condition() for name in self.rules}
        self.above = {name: self._above(name) for name in triggers}
        self._declare(0)
        for combination in self._combinations():
            self._combine(0, combination, quiet=True)

    def truth(self, name: str) -> bool | None:
        """Whether the condition holds; None while it is unknown or stale, and for what is no condition."""
        condition = self.conditions.get(name)
        return condition.value if condition is not None and condition.good else None

    def quality(self, name: str) -> str:
        """``good``, ``stale`` (was heard, is silent or offline) or ``unknown``."""
        condition = self.conditions[name]
        if condition.good and condition.value is not None:
            return "good"
        return "stale" if condition.heard and condition.settled is None else "unknown"

    # ---- what a source says ----

    def reading(self, at_ns: int, rule: Input, says: bool, *, retained: bool, present: bool = False) -> list[Event]:
        """A reading that could be compared. ``present``: a baseline that was read just now, so it is good at once."""
        condition = self.conditions[rule.name]
        if condition.online is False:
            return []
        good = not retained or present or condition.online is True
        condition.raw, condition.remembered = says, not good
        events = self._heard(at_ns, rule, condition) if good else []
        waiting = ("input", rule.name, "debounce")
        if retained or condition.settled is None:
            self.timers.cancel(waiting)
            events += self._set(at_ns, rule.name, says, good, quiet=True)
        elif says == condition.settled or not rule.debounce_ns:
            self.timers.cancel(waiting)
            events += self._set(at_ns, rule.name, says, True, quiet=False)
        elif self.timers.due_of(waiting) is None:
            self.timers.set(waiting, at_ns + rule.debounce_ns)
        return events

    def unknown(self, at_ns: int, rule: Input) -> list[Event]:
        """A reading that nobody can compare (``nan``): the next good one is a baseline."""
        return self._forget(at_ns, rule.name)

    def alive(self, at_ns: int, rule: Input, online: bool) -> list[Event]:
        """The source's ``alive`` topic spoke. After an absence the next value is a baseline (SEMANTICS 24)."""
        condition = self.conditions[rule.name]
        was, condition.online = condition.online, online
        if not online:
            return self._absent(at_ns, rule) if was is not False else []
        if condition.remembered:
            condition.remembered = False
            events = self._heard(at_ns, rule, condition)
            return events + self._set(at_ns, rule.name, condition.settled, True, quiet=True)
        if was is not True and condition.heard:
            return self._heard(at_ns, rule, condition)
        return []

    def lost(self, at_ns: int, connection: str) -> list[Event]:
        """A connection is gone: nobody knows what its sensors say, nor whether they live."""
        events = []
        for rule in self._inputs():
            if rule.connection == connection:
                self.conditions[rule.name].online = None
                self.timers.cancel(("input", rule.name, "silent"))
                self.timers.cancel(("input", rule.name, "grace"))
                events += self._forget(at_ns, rule.name)
        return events

    def back(self, at_ns: int, connection: str) -> None:
        """A connection is up: a source that was heard and never speaks again shall be missed."""
        for rule in self._inputs():
            condition = self.conditions[rule.name]
            if rule.connection == connection and rule.silent_ns is not None and condition.heard:
                self.timers.set(("input", rule.name, "silent"), at_ns + rule.silent_ns)

    def restarted(self, at_ns: int) -> list[Event]:
        """No process lived for a while: what is known is from before; ``initial`` holds again (SEMANTICS 23)."""
        events = []
        for rule in self._inputs():
            events += self.lost(at_ns, rule.connection)
        self._declare(at_ns)
        return events

    def panic(self) -> None:
        """Panic cancels held conditions: a ``for`` that still runs ends without an edge (SEMANTICS 4)."""
        for condition in self.conditions.values():
            condition.quiet = True

    def wake(self, at_ns: int, name: str, what: str) -> list[Event]:
        """A wake-up ``("input", name, what)`` is due."""
        condition = self.conditions[name]
        if what == "debounce":
            return self._set(at_ns, name, not condition.settled, True, quiet=False)
        if what == "for":
            quiet = condition.quiet
            events = self._change(at_ns, name, condition.settled, condition.settled_good, quiet=quiet)
            return events + self._ripple(at_ns, name, quiet=quiet)
        rule = self.rules[name]
        assert isinstance(rule, Input)
        if what == "silent":
            return self._absent(at_ns, rule)
        condition.missed = True
        return [Event("lost", name)]

    # ---- there and away ----

    def _absent(self, at_ns: int, rule: Input) -> list[Event]:
        condition = self.conditions[rule.name]
        self.timers.cancel(("input", rule.name, "silent"))
        grace = ("input", rule.name, "grace")
        if condition.heard and not condition.missed and self.timers.due_of(grace) is None:
            self.timers.set(grace, at_ns + rule.grace_ns)
        return self._forget(at_ns, rule.name)

    def _heard(self, at_ns: int, rule: Input, condition: Condition) -> list[Event]:
        """A sign of life: the clock of ``silent`` starts anew, and who was missed is back."""
        condition.heard = True
        self.timers.cancel(("input", rule.name, "grace"))
        if rule.silent_ns is not None:
            self.timers.set(("input", rule.name, "silent"), at_ns + rule.silent_ns)
        if not condition.missed:
            return []
        condition.missed = False
        return [Event("back", rule.name)]

    def _forget(self, at_ns: int, name: str) -> list[Event]:
        self.timers.cancel(("input", name, "debounce"))
        condition = self.conditions[name]
        condition.raw, condition.remembered = None, False
        return self._set(at_ns, name, None, False, quiet=True)

    def _declare(self, at_ns: int) -> None:
        """``initial`` is a value to measure against, not a reading: it is not good, so no guard reads it."""
        for rule in self._inputs():
            if rule.initial is not None:
                condition = self.conditions[rule.name]
                condition.raw = condition.settled = condition.value = rule.initial
                self._ripple(at_ns, rule.name, quiet=True)

    def _inputs(self) -> list[Input]:
        return [rule for rule in self.rules.values() if isinstance(rule, Input)]

    def _combinations(self) -> list[Combination]:
        return [rule for rule in self.rules.values() if isinstance(rule, Combination)]

    def _above(self, name: str) -> tuple[Combination, ...]:
        """Every combination that hangs on ``name``, members before what names them."""
        hanging = {name: True}
        for combination in self._combinations():
            if any(member in hanging for member in combination.members):
                hanging[combination.name] = True
        return tuple(rule for rule in self._combinations() if rule.name in hanging and rule.name != name)

    # ---- settled → for → changed → counted ----

    def _set(self, at_ns: int, name: str, says: bool | None, good: bool, *, quiet: bool) -> list[Event]:
        events = self._settle(at_ns, name, says, good, quiet=quiet)
        return events + self._ripple(at_ns, name, quiet=quiet) if self.above[name] else events

    def _ripple(self, at_ns: int, name: str, *, quiet: bool) -> list[Event]:
        events = []
        for combination in self.above[name]:
            events += self._combine(at_ns, combination, quiet=quiet)
        return events

    def _settle(self, at_ns: int, name: str, says: bool | None, good: bool, *, quiet: bool) -> list[Event]:
        condition, rule = self.conditions[name], self.rules[name]
        condition.settled, condition.settled_good = says, good
        holding = ("input", name, "for")
        if says and rule.for_ns and condition.value is not True:
            if self.timers.due_of(holding) is None:
                condition.quiet = quiet
                self.timers.set(holding, at_ns + rule.for_ns)
            return []
        self.timers.cancel(holding)
        return self._change(at_ns, name, says, good, quiet=quiet)

    def _change(self, at_ns: int, name: str, value: bool | None, good: bool, *, quiet: bool) -> list[Event]:
        condition = self.conditions[name]
        before, condition.value, condition.good = condition.value, value, good
        if not good or quiet or before is None or value is None or before == value:
            return []
        return [self._count(at_ns, name, value)]

    def _count(self, at_ns: int, name: str, value: bool) -> Event:
        """Lockout and rate: each way on its own, so a flapping door opens once and closes once in a lockout."""
        condition, rule = self.conditions[name], self.rules[name]
        if at_ns < condition.locked[value]:
            return Event("heard", name, f"{_word(value)}, inside its lockout")
        if isinstance(rule, Input) and rule.rate_limit is not None:
            most, within_ns = rule.rate_limit
            if len(condition.fired) >= most and at_ns - condition.fired[-most] < within_ns:
                return Event("heard", name, f"{_word(value)}, above its rate")
            condition.fired = [*condition.fired[1 - most:], at_ns] if most > 1 else [at_ns]
        condition.locked[value] = at_ns + rule.lockout_ns if rule.lockout_ns else -1
        return Event("edge", name, value)

    def _combine(self, at_ns: int, rule: Combination, *, quiet: bool) -> list[Event]:
        members = [self.conditions.get(member) for member in rule.members]
        value = combined(rule, [member.value if member else None for member in members])
        good = combined(rule, [member.value if member and member.good else None for member in members])
        condition = self.conditions[rule.name]
        if condition.settled is value and condition.settled_good == (good is not None):
            return []
        condition.heard = condition.heard or good is not None
        return self._settle(at_ns, rule.name, value, good is not None, quiet=quiet)

    # ---- snapshot ----

    def snapshot(self) -> dict[str, Any]:
        """JSON values; the wake-ups are in the timers' own snapshot."""
        return {name: list(astuple(condition)) for name, condition in self.conditions.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        for name, values in data.items():
            copied: list[Any] = [list(value) if isinstance(value, list) else value for value in values]
            self.conditions[name] = Condition(*copied)


def combined(rule: Combination, values: list[bool | None]) -> bool | None:
    """What a combination makes of its members, None being unknown: it is known only where no unknown matters."""
    true, unknown = values.count(True), values.count(None)
    if rule.mode == "none":
        return False if true else None if unknown else True
    needed = {"all": len(values), "any": 1}.get(rule.mode, rule.count)
    if true >= needed:
        return True
    return None if true + unknown >= needed else False


def _is_condition(rule: TriggerRule) -> bool:
    return rule.kind == "level" if isinstance(rule, Input) else rule.mode != "sequence"


def _word(value: bool) -> str:
    return "true" if value else "false"
