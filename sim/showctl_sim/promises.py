"""Promises over a whole run: ``never: music above -6 dB``, ``always: show in safe within 100 ms of panic``.

A rehearsal writes them under ``never`` and ``always``, a cue sheet under ``rules``. Text becomes data here; ``Watch``
holds the data against a performance, step by step and ten times a second while light or sound moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from showctl import laws, units
from showctl.model import CueSheet, Send, Step
from showctl.sheet.answers import Here, find_state
from showctl.sheet.problems import hint
from showctl_sim import spoken
from showctl_sim.performance import UNKNOWN, Performance

LEVEL = re.compile(r"(?P<name>\S+) (?P<side>above|below) (?P<level>.+)")
INSIDE = re.compile(r"(?P<region>\S+) in (?P<states>[\w.-]+(?:, *[\w.-]+)*)")
SOON = re.compile(r"(?P<subject>.+) within (?P<time>.+) of (?P<event>.+)")
FLAGS = ("blackout", "paused")
PANIC = "panic"


@dataclass(frozen=True, slots=True)
class Level:
    """Some parameters above or below a level; ``UNKNOWN`` faders are neither."""

    parameters: tuple[int, ...]
    above: bool
    level: int


@dataclass(frozen=True, slots=True)
class Inside:
    """A region in one of some states; a parent's name covers its children."""

    region: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """A trigger's condition, as it is or ``not``."""

    trigger: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """``blackout``, ``paused``, or the name of a connection: it is lost."""

    name: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that has no length: ``panic``, a press, a command being sent. ``kind`` is one of those words."""

    kind: str
    name: str


Condition = Level | Inside | Holds | Flag
Subject = Condition | Happening


@dataclass(frozen=True, slots=True)
class Promise:
    """Never, or always, ``subject``; perhaps only ``during`` another condition, or soon after a happening."""

    always: bool
    text: str
    subject: Subject
    during: Condition | None = None
    within_ns: int = 0
    of: Happening | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{'always' if self.always else 'never'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept, the first time in its run."""

    promise: Promise
    at_ns: int
    got: str


# ---- text to data ----

def promise(sheet: CueSheet, always: bool, text: str, line: int = 0, column: int = 0) -> Promise:
    """The promise that ``text`` makes about ``sheet``. Raises ValueError that says what it cannot mean."""
    said, _, during = (part.strip() for part in " ".join(text.split()).partition(" while "))
    while_ = _condition(sheet, during) if during else None
    soon = SOON.fullmatch(said)
    if soon is None:
        subject = _subject(sheet, said)
        if always and isinstance(subject, Happening):
            raise ValueError(f"'{said[:60]}' only happens and never holds; write 'never', or '… within 1 s of {said}'")
        return Promise(always, text, subject, while_, line=line, column=column)
    event = _subject(sheet, soon["event"])
    if not always or not isinstance(event, Happening | Holds):
        raise ValueError("'within … of …' is for 'always', and what it counts from is a trigger, a command or panic")
    of = Happening("edge", event.trigger) if isinstance(event, Holds) else event
    return Promise(True, text, _condition(sheet, soon["subject"]), while_, units.duration_ns(soon["time"]), of,
                   line, column)


def of_sheet(sheet: CueSheet) -> tuple[tuple[Promise, ...], tuple[str, ...]]:
    """The sheet's own rules, and those that cannot be held against a run, with the reason."""
    kept, notes = [], []
    for rule in sheet.rules:
        try:
            kept.append(promise(sheet, rule.always, rule.text))
        except ValueError as error:
            notes.append(f"not watched: {'always' if rule.always else 'never'}: {rule.text} ({error})")
    return tuple(kept), tuple(notes)


def _condition(sheet: CueSheet, text: str) -> Condition:
    found = _subject(sheet, text)
    if isinstance(found, Happening):
        raise ValueError(f"'{text[:60]}' only happens and never holds; a condition is wanted here")  # noqa: TRY004
    return found


def _subject(sheet: CueSheet, text: str) -> Subject:
    if (level := LEVEL.fullmatch(text)) is not None:
        return _level(sheet, level["name"], level["side"] == "above", level["level"])
    if (inside := INSIDE.fullmatch(text)) is not None:
        return Inside(inside["region"], _states(sheet, inside["region"], re.split(", *", inside["states"])))
    name = text.removeprefix("not ")
    if text == PANIC:
        return Happening(PANIC, "")
    if text in FLAGS or text in sheet.connections:
        return Flag(text)
    if name in sheet.triggers:
        rule = sheet.triggers[name]
        press = getattr(rule, "kind", "level") != "level" or getattr(rule, "mode", "") == "sequence"
        return Happening("press", name) if press and name == text else Holds(name, name == text)
    if text in sheet.commands:
        return Happening("sent", text)
    names = (*FLAGS, PANIC, *sheet.triggers, *sheet.connections, *sheet.commands)
    raise ValueError(f"'{text[:60]}' is nothing that holds or happens{hint(text, names)}")


def _level(sheet: CueSheet, name: str, above: bool, text: str) -> Level:
    if name in sheet.faders:
        fader = sheet.faders[name]
        return Level((fader.parameter,), above, laws.find(fader.law).position(units.decibel(text)))
    fixtures = sheet.groups.get(name, (name,) if name in sheet.fixtures else ())
    if not fixtures:
        names = (*sheet.faders, *sheet.groups, *sheet.fixtures)
        raise ValueError(f"no fader, group or fixture '{name[:60]}'{hint(name, names)}")
    parameters = sheet.parameters
    lamps = (each for fixture in fixtures for each in sheet.fixtures[fixture])
    return Level(tuple(each for each in lamps if parameters[each].attribute == "intensity"), above, units.level(text))


def _states(sheet: CueSheet, region: str, names: Iterable[str]) -> tuple[str, ...]:
    if region not in sheet.regions:
        raise ValueError(f"no region '{region[:60]}'{hint(region, sheet.regions)}")
    return tuple(state_named(sheet, region, name) for name in names)


def state_named(sheet: CueSheet, region: str, name: str) -> str:
    """A state's full name, as people write it. Raises ValueError that names the nearest."""
    states = sheet.regions[region].states
    full = find_state(Here(region, "", states), name)
    if full is None:
        raise ValueError(f"no state '{name[:60]}' in region '{region}'{hint(name, states)}")
    return full


# ---- data against a run ----

@dataclass(slots=True)
class Watch:
    """Some promises held against one performance; ``broken`` has the first breach of each."""

    performance: Performance
    promises: tuple[Promise, ...]
    broken: dict[int, Broken] = field(default_factory=dict)
    _waiting: dict[int, int] = field(default_factory=dict)       # promise → until when its subject must hold
    _of_levels: list[tuple[int, Promise]] = field(init=False)    # levels change between steps
    _of_truths: list[tuple[int, Promise]] = field(init=False)    # what was only heard can change no more than a truth

    def __post_init__(self) -> None:
        each = list(enumerate(self.promises))
        self._of_levels = [(index, one) for index, one in each if _concerns(one, Level)]
        self._of_truths = [(index, one) for index, one in each if _concerns(one, Holds)]

    @property
    def levels(self) -> bool:
        """Whether any promise is about levels."""
        return bool(self._of_levels)

    def step(self, step: Step) -> None:
        """Something was decided."""
        heard = step.event.kind == "heard" and not step.actions
        for index, one in self._of_truths if heard else enumerate(self.promises):
            if index not in self.broken:
                if one.of is not None and happened(one.of, step, self.performance.sheet):
                    self._waiting.setdefault(index, step.at_ns + one.within_ns)
                self._judge(index, one, step.at_ns, step)

    def look(self) -> None:
        """Something has moved on."""
        for index, one in self._of_levels:
            if index not in self.broken:
                self._judge(index, one, self.performance.now_ns, None)

    def end(self) -> None:
        """The run is over: what should have come soon and has not is broken."""
        for index, one in enumerate(self.promises):
            if index not in self.broken:
                self._judge(index, one, self.performance.now_ns, None)

    def _judge(self, index: int, one: Promise, at_ns: int, step: Step | None) -> None:
        if one.of is not None:
            self._soon(index, one, at_ns)
        elif one.during is None or holds(one.during, self.performance, at_ns):
            if isinstance(one.subject, Happening):
                true = step is not None and happened(one.subject, step, self.performance.sheet)
            else:
                true = holds(one.subject, self.performance, at_ns, one.always)
            if true is not one.always:
                self.broken[index] = Broken(one, at_ns, _shown(one, self.performance, at_ns))

    def _soon(self, index: int, one: Promise, at_ns: int) -> None:
        until_ns = self._waiting.get(index)
        if until_ns is None or isinstance(one.subject, Happening):
            return
        if at_ns <= until_ns and holds(one.subject, self.performance, at_ns, True):
            del self._waiting[index]
        elif at_ns > until_ns:
            self.broken[index] = Broken(one, until_ns, _shown(one, self.performance, at_ns))


def _concerns(one: Promise, kind: type) -> bool:
    return isinstance(one.subject, kind) or isinstance(one.during, kind)


def holds(condition: Condition, performance: Performance, at_ns: int, every: bool = False) -> bool:
    """Whether a condition holds at ``at_ns``; what is unknown does not. ``every`` lamp of a group, or any of them."""
    if isinstance(condition, Level):
        found = (each for each in performance.show.peek(at_ns, condition.parameters) if each != UNKNOWN)
        sides = (level > condition.level if condition.above else level < condition.level for level in found)
        return all(sides) if every else any(sides)
    if isinstance(condition, Inside):
        return inside(performance, condition.region, condition.states)
    if isinstance(condition, Holds):
        return performance.truth(condition.trigger) is condition.wanted
    if condition.name in performance.sheet.connections:
        return condition.name in performance.status.missing
    return performance.status.paused if condition.name == "paused" else bool(performance.status.masters["blackout"])


def inside(performance: Performance, region: str, states: Iterable[str]) -> bool:
    """Whether a region is in one of these states, or in a child of one."""
    now = performance.states[region]
    return any(now == state or now.startswith(f"{state}.") for state in states)


def happened(happening: Happening, step: Step, sheet: CueSheet) -> bool:
    """Whether a step is this happening."""
    event = step.event
    if happening.kind == PANIC:
        return event.kind == "command" and event.name == PANIC and not step.refused
    if happening.kind == "sent":
        command = sheet.commands[happening.name]
        sent = (action for action in step.actions if isinstance(action, Send))
        return any((action.to, action.address) == (command.to, command.address) for action in sent)
    return event.kind == happening.kind and event.name == happening.name and event.value is not False


def _shown(one: Promise, performance: Performance, at_ns: int) -> str:
    """What stood there instead, for people."""
    if isinstance(one.subject, Level):
        levels = performance.show.peek(at_ns, one.subject.parameters)
        return ", ".join(spoken.level(performance.sheet, number, level)
                         for number, level in zip(one.subject.parameters, levels, strict=True))
    regions = ", ".join(f"{region} in {state}" for region, state in performance.states.items())
    return f"{'not ' if one.always else ''}so, with {regions}"
