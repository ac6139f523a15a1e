"""A run written down: what is done when, in the verbs of rehearsals; and the run itself, under monitors.

Walks and sweeps write scripts by chance; shrinking leaves acts out. The same script and seed give the same run.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from showctl.model import SECOND_NS, CueSheet, Fade, Input, Lay, Release, Step, Trigger
from showctl.trace import Taken
from showctl_sim import monitors
from showctl_sim.faults import HOUSE
from showctl_sim.performance import Performance
from showctl_sim.promises import Holds, Promise, Watch, of_sheet
from showctl_sim.rehearsal.doing import do
from showctl_sim.rehearsal.nouns import Doing, Place
from showctl_sim.rehearsal.stage import Stage

LOOK_NS = SECOND_NS
"""How often levels are looked at while something fades; a fade's end is always looked at."""

LOOKS_MAX = 60

LIED_NS = 10 * SECOND_NS
"""How long after its end a fault may still be heard: what was late arrives."""

INSISTED_NS = 60 * SECOND_NS
"""A person who presses GO again overrides what blocked it (SEMANTICS 7): the promises are theirs as long as the show
stays where they took it, and so long after."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done at ``at_ns`` of show time: a verb of rehearsals, what it is done to, and by whom."""

    at_ns: int
    verb: str
    items: tuple[tuple[str, Any], ...] = ()
    by: str = ""
    for_ns: int | None = None
    retained: bool = False
    once: bool = False

    def doing(self) -> Doing:
        """As the runner of rehearsals takes it."""
        return Doing(Place(0, 0), self.verb, self.verb, self.items, self.by, for_ns=self.for_ns, retained=self.retained,
                     once=self.once)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole run: what sensors say at the start, then acts in order of time, until ``until_ns``.

    ``promises`` tells whether the sheet's rules are watched: they bind the show, not the hand on a master.
    """

    seed: int
    given: Mapping[str, bool | None]
    acts: tuple[Act, ...]
    until_ns: int
    promises: bool = True


@dataclass(frozen=True, slots=True)
class Breach:
    """A monitor saw what must not be."""

    monitor: str
    at_ns: int
    text: str


@dataclass(slots=True)
class Played:
    """A run, what was wrong with it first, and what was done in it, each with when it began and was over."""

    performance: Performance
    breach: Breach | None = None
    began_ns: int = 0
    done: list[tuple[Act, int, int]] = field(default_factory=list)

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts that were done."""
        return tuple(act for act, _, _ in self.done)


def perform(sheet: CueSheet, script: Script) -> Played:
    """Run a script until its end, or until a monitor speaks."""
    watched = Watched(sheet, script)
    for act in script.acts:
        if not watched.act(act):
            break
    watched.until(script.until_ns)
    return watched.played


class Watched:
    """A run under way: time, acts and monitors together; ``alone`` is without the monitors."""

    def __init__(self, sheet: CueSheet, script: Script, *, alone: bool = False) -> None:
        performance = Performance(sheet, script.seed)
        self.stage = Stage(performance, script.seed)
        self.played = Played(performance)
        made = {} if alone else monitors.MONITORS
        self._monitors = {name: make(performance) for name, make in made.items()}
        self._promises = Watch(performance, of_sheet(sheet)[0] if script.promises else ())
        performance.watchers.append(self._promises.step)      # at once: two steps may share an instant
        self._insisted = ("", "", -INSISTED_NS)      # region, the state a person insisted on, when it was left
        self._lies: list[tuple[str, int]] = []       # what is at fault, until when
        self._looks: list[int] = []
        self._read = 0
        self._taken: Taken | None = None
        self.stage.rig.begin(script.given)
        self.played.began_ns = performance.now_ns
        self._look_back()

    @property
    def well(self) -> bool:
        """Whether nothing was wrong so far."""
        return self.played.breach is None

    def act(self, act: Act) -> bool:
        """Wait for its time and do it; False where something was wrong before."""
        self.until(act.at_ns)
        if self.well:
            begin_ns = self.stage.now_ns
            if act.verb == "fault":
                self._lies += [(target, begin_ns + (act.for_ns or 0) + LIED_NS) for target, _ in act.items]
            do(self.stage, act.doing())
            self.played.done.append((act, begin_ns, self.stage.now_ns))
            self._look_back()
        return self.well

    def until(self, ns: int) -> None:
        """Let time pass, and look whenever anything happens or fades."""
        rig = self.stage.rig
        while self.well:
            due_ns = min([ns, *self._looks[:1], *(() if rig.due_ns is None else (rig.due_ns,))])
            rig.until(max(due_ns, self.stage.now_ns))
            looking = bool(self._looks) and self._looks[0] <= self.stage.now_ns
            while self._looks and self._looks[0] <= self.stage.now_ns:
                heapq.heappop(self._looks)
            self._look_back(looking)
            if due_ns >= ns:
                return

    def _look_back(self, looking: bool = False) -> None:
        """Show the monitors what was taken and decided since; then let those look that want to."""
        performance = self.played.performance
        records, self._read = performance.records[self._read:], len(performance.records)
        for record in records:
            if type(record) is Taken:
                self._taken = record
            elif type(record) is Step:
                looking = bool(record.actions) or looking
                self._step(record)
        if looking:
            for name, monitor in self._monitors.items():
                self._say(name, monitor.look())
            self._promises.look()
        self._keep_promises()

    def _step(self, step: Step) -> None:
        trigger: Trigger | None = None
        if self._taken is not None and self._taken.at_ns == step.at_ns and step.event.kind != "timer":
            trigger = self._taken.trigger
        for name, monitor in self._monitors.items():
            self._say(name, monitor.step(step, trigger))
        for move in step.moves:
            if any(note.startswith("overridden") for note in step.notes):
                self._insisted = (move.region, move.target, step.at_ns)
            elif self._insisted[:2] == (move.region, move.source):
                self._insisted = (move.region, move.source, step.at_ns)
        for action in step.actions:
            if isinstance(action, Fade | Lay | Release):
                self._look_at(action.start_ns, action.start_ns + action.duration_ns)

    def _keep_promises(self) -> None:
        broken = self._promises.broken
        if not broken:
            return
        region, state, left_ns = self._insisted
        there = self.played.performance.states.get(region) == state
        insisted = there or self.stage.now_ns < left_ns + INSISTED_NS
        lying = [target for target, until_ns in self._lies if self.stage.now_ns < until_ns]
        for index, each in list(broken.items()):
            if insisted or hangs_on(self.played.performance.sheet, each.promise, lying):
                del broken[index]
            else:
                self._say(str(each.promise), each.got)

    def _look_at(self, start_ns: int, end_ns: int) -> None:
        now_ns = self.stage.now_ns
        moments = (end_ns, *range(start_ns + LOOK_NS, end_ns, LOOK_NS)[:LOOKS_MAX])
        for moment_ns in moments:
            if moment_ns > now_ns and moment_ns not in self._looks:
                heapq.heappush(self._looks, moment_ns)

    def _say(self, name: str, text: str) -> None:
        if text and self.well:
            self.played.breach = Breach(name, self.stage.now_ns, text)


def hangs_on(sheet: CueSheet, promise: Promise, lying: Sequence[str]) -> bool:
    """Whether a promise is about a sensor that may be telling lies: no sheet can keep that one."""
    told = [each.trigger for each in (promise.subject, promise.during) if isinstance(each, Holds)]
    devices = [(rule.connection, rule.address) for name in lying if isinstance(rule := sheet.triggers.get(name), Input)]
    rules = [rule for name in told if isinstance(rule := sheet.triggers[name], Input)]
    return (HOUSE in lying and bool(told)) or any(
        rule.connection in lying or (rule.connection, rule.address) in devices for rule in rules)
