"""What must hold in every run of every sheet, whatever happens: monitors over steps and levels, as a table.

Each is written from the sheet's own numbers and not from the engine's code, so that one can catch the other. What a
sheet promises in its ``rules`` is watched beside these (``promises``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from showctl import fsm, vocabulary
from showctl.dimming import limited
from showctl.model import SECOND_NS, Combination, Fade, Halt, Hand, Hold, Input, Region, Step, Trigger
from showctl.status import ENDS_PANIC
from showctl_sim import spoken
from showctl_sim.performance import UNKNOWN, Performance

CONFIRM_NS = 5 * SECOND_NS
STEPS_AT_ONE_INSTANT = 200


class Monitor(Protocol):
    """Something that watches one run; both answers are "" as long as all is well."""

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """One decision, with the trigger that it answers; None where a timer decided."""

    def look(self) -> str:
        """Levels may have changed."""


class _Steps:
    """A monitor that never looks at levels."""

    def look(self) -> str:
        return ""


class Twice(_Steps):
    """No trigger counts twice inside its lockout, debounce, hold or rate; no GO inside the go-gap (SEMANTICS 3, 26)."""

    def __init__(self, performance: Performance) -> None:
        self.sheet = performance.sheet
        self.main = next(iter(self.sheet.regions))
        self.counted: dict[tuple[str, bool], list[int]] = {}
        self.asked: dict[str, tuple[str, int]] = {}
        self.go_ns = -self.sheet.go_gap_ns
        self.moved_ns = -self.sheet.go_gap_ns

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Count edges, presses and GOs."""
        event = step.event
        if event.kind == "command" and event.name in ("go", "cue-go") and not step.refused:
            return self._go(step)
        found = ""
        if event.kind == "edge" and not event.station:
            found = self._edge(event.name, event.value is True, step.at_ns)
        elif event.kind == "press":
            found = self._press(step)
        elif event.kind == "confirm":
            self.asked[event.name] = (event.station, step.at_ns)
        if not event.station and event.kind != "started" and any(region == self.main for region, _ in step.standby):
            self.moved_ns = step.at_ns
        return found

    def _go(self, step: Step) -> str:
        since_ns = step.at_ns - max(self.go_ns, self.moved_ns)
        self.go_ns = step.at_ns
        if since_ns < self.sheet.go_gap_ns:
            return f"GO was taken {spoken.duration(since_ns)} after the last move, inside the go-gap"
        return ""

    def _edge(self, name: str, truth: bool, at_ns: int) -> str:
        rule = self.sheet.triggers[name]
        since_ns = self._since(name, truth, at_ns)
        other_ns = self.counted.get((name, not truth), [-1])[-1]
        stable_ns = rule.debounce_ns if isinstance(rule, Input) else 0
        if truth:
            stable_ns = max(stable_ns, rule.for_ns)
        if since_ns is not None and since_ns < rule.lockout_ns:
            return f"{name} counted again {spoken.duration(since_ns)} after the last, inside its lockout"
        if other_ns >= 0 and at_ns - other_ns < stable_ns:
            return f"{name} changed after {spoken.duration(at_ns - other_ns)}, before it was stable"
        return self._rate(rule, at_ns)

    def _press(self, step: Step) -> str:
        name, station = step.event.name, step.event.station
        rule = self.sheet.triggers[name]
        if isinstance(rule, Input) and rule.confirm and station:
            who, asked_ns = self.asked.pop(name, ("", 0))
            if who != station or step.at_ns - asked_ns > CONFIRM_NS:
                return f"{name} was taken from {station} without a confirmation"
        since_ns = self._since(name, True, step.at_ns)
        if since_ns is not None and since_ns < rule.lockout_ns:
            return f"{name} was pressed again {spoken.duration(since_ns)} after the last, inside its lockout"
        return self._rate(rule, step.at_ns)

    def _since(self, name: str, truth: bool, at_ns: int) -> int | None:
        counted = self.counted.setdefault((name, truth), [])
        counted.append(at_ns)
        return at_ns - counted[-2] if len(counted) > 1 else None

    def _rate(self, rule: Input | Combination, at_ns: int) -> str:
        if not isinstance(rule, Input) or rule.rate_limit is None:
            return ""
        most, within_ns = rule.rate_limit
        every = [*self.counted.get((rule.name, True), ()), *self.counted.get((rule.name, False), ())]
        counted = sum(at_ns - each < within_ns for each in every)
        return f"{rule.name} counted {counted} times in {spoken.duration(within_ns)}" if counted > most else ""


class Panic(_Steps):
    """Panic lands in every region at once, and nothing but a person moves the show after it (SEMANTICS 4)."""

    def __init__(self, performance: Performance) -> None:
        self.regions = performance.sheet.regions
        self.states: dict[str, str] = {}
        self.latched = False

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Follow states, and the latch."""
        event = step.event
        self.states.update((move.region, move.target) for move in step.moves)
        if event.kind == "command" and event.name == "panic" and not step.refused:
            self.latched = True
            missed = [name for name, region in self.regions.items() if self.states.get(name) != region.fail]
            return f"panic left {', '.join(f'{name} in {self.states.get(name)}' for name in missed)}" if missed else ""
        if event.station:
            person = event.kind == "command" and event.name in (*ENDS_PANIC, "cue-start") and not step.refused
            self.latched = self.latched and not (person or (event.kind != "command" and step.accepted))
        elif self.latched and (step.moves or step.started):
            return f"{event.kind} {event.name} moved the show after panic, and no person did"
        return ""


class FailLook:
    """A fail state's look stands when its fade is over: at least as bright, faders where it says (SEMANTICS 17, 19)."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        self.due: dict[str, int] = {}        # region → when its look must stand

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """A region failed, or somebody changed something since."""
        if step.started or any(isinstance(action, Hand | Halt | Hold) for action in step.actions):
            self.due.clear()
        for move in step.moves:
            region = self.performance.sheet.regions[move.region]
            look = region.states[move.target].look
            self.due.pop(move.region, None)
            if region.states[move.target].fail and look is not None and not self.performance.status.paused:
                self.due[move.region] = step.at_ns + look.delay_ns + look.fade_ns
        for action in step.actions:
            if isinstance(action, Fade) and action.source in self.due:      # asked for again: it fades once more
                self.due[action.source] = max(self.due[action.source], action.start_ns + action.duration_ns)
        return ""

    def look(self) -> str:
        """Hold what leaves against what the state says."""
        now_ns = self.performance.now_ns
        for name in [name for name, due_ns in self.due.items() if due_ns <= now_ns]:
            if self.due.pop(name) == now_ns and (found := self._differs(self.performance.sheet.regions[name])):
                return found
        return ""

    def _differs(self, region: Region) -> str:
        look = region.states[region.fail].look
        parameters = self.performance.sheet.parameters
        targets = {} if look is None else dict(look.targets)
        for (index, wanted), level in zip(targets.items(), self.performance.peek(targets), strict=True):
            kind, response = parameters[index].attribute, parameters[index].response
            wanted = wanted if response is None else limited(response, wanted)
            if (kind == "intensity" and level < wanted) or (kind == "fader" and level != wanted):
                return f"{region.name} is in {region.fail}, but {spoken.level(self.performance.sheet, index, level)}"
        return ""


class InRange:
    """Every level lies within its fixture's range, every fader at or below its ceiling (SEMANTICS 32)."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        sheet = performance.sheet
        lamps = (each for each in sheet.parameters if each.attribute != "fader")
        self.bounds = {each.index: (each.minimum, each.maximum) for each in lamps}
        self.bounds |= {fader.parameter: (UNKNOWN, fader.ceiling) for fader in sheet.faders.values()}

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Levels are looked at, not decided."""
        return ""

    def look(self) -> str:
        """Look at all of them."""
        for (index, (low, high)), level in zip(self.bounds.items(), self.performance.peek(self.bounds), strict=True):
            if not low <= level <= high:
                return f"{spoken.level(self.performance.sheet, index, level)}, out of its range"
        return ""


class Harmless(_Steps):
    """Nothing moves for what is of the past, of a stranger, or a finger lifted (SEMANTICS 1, 23; DESIGN §5 law 11)."""

    def __init__(self, performance: Performance) -> None:
        sheet = performance.sheet
        self.hosts = {(each.connection, each.host): True for each in sheet.stations.values()}
        inputs = (each for each in sheet.triggers.values() if isinstance(each, Input))
        self.inputs = {(each.connection, each.address): True for each in inputs}

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Hold what came of a trigger against what it was."""
        if trigger is None or not (step.moves or step.started):
            return ""
        decided = step.event.kind in ("edge", "press", "command")
        if decided and (trigger.retained or trigger.message_id is not None):
            return f"{step.event.name} moved the show for a message from the past"
        if not trigger.address.startswith("/") or (trigger.source, trigger.address) in self.inputs:
            return ""
        host = trigger.sender.rpartition(":")[0].strip("[]")
        if trigger.source != "terminal" and not ((trigger.source, host) in self.hosts or ("", host) in self.hosts):
            return f"{trigger.sender} is not listed, and its {trigger.address} moved the show"
        values = trigger.value if isinstance(trigger.value, tuple) else ()
        if isinstance(vocabulary.command(trigger.address, values), vocabulary.Release):
            return f"lifting the finger off {trigger.address} moved the show"
        return ""


class Answers(_Steps):
    """What is lost or back is answered as the sheet declares, in the state that it finds (SEMANTICS 25)."""

    def __init__(self, performance: Performance) -> None:
        self.status = performance.status
        self.regions = performance.sheet.regions
        self.tables = {name: fsm.tables(region) for name, region in self.regions.items()}
        self.states: dict[str, str] = {}
        self.latched = False
        self.paused = False

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Hold the step against the line that answers it, where that line hangs on nothing else."""
        before = dict(self.states)
        self.states.update((move.region, move.target) for move in step.moves)
        if step.event.kind == "command" and not step.refused:
            self.latched = step.event.name == "panic" or (self.latched and step.event.name not in ENDS_PANIC)
        elif step.event.station and step.accepted:
            self.latched = False
        for action in step.actions:
            self.paused = action.frozen if isinstance(action, Hold) else self.paused
        if step.event.kind not in ("lost", "back") or self.latched or self.paused:
            return ""
        name = f"{step.event.kind}:{step.event.name}"
        for region, state in before.items():
            ways = self.tables[region].get((state, name), ())
            if not ways or ways[0].transition.guard is not None:
                continue
            moved = any((move.region, move.target) == (region, ways[0].target) for move in step.moves)
            did = {"state": moved, "say": bool(step.said), "cue": bool(step.started)}
            if not did.get(ways[0].transition.kind, True):
                return f"{name} in {region} {state} was not answered by {ways[0].target or ways[0].transition.kind}"
        return ""


class Endless(_Steps):
    """No chain of steps without a wait (RELIABILITY: P8), and no run that only grows (DESIGN §5 law 7)."""

    def __init__(self, performance: Performance) -> None:
        self.status = performance.status
        self.most = 4 * len(performance.sheet.cues) + 16
        self.at_ns = -1
        self.count = 0

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Count."""
        self.count = self.count + 1 if step.at_ns == self.at_ns else 1
        self.at_ns = step.at_ns
        if self.count > STEPS_AT_ONE_INSTANT:
            return f"more than {STEPS_AT_ONE_INSTANT} steps at one instant, by {step.event.kind} {step.event.name}"
        running = sum(self.status.running.values())
        return f"{running} cues run at once" if running > self.most else ""


class DeadState(_Steps):
    """No state but a declared end that nothing leads on from, for neither person, room nor time (RELIABILITY: P1)."""

    def __init__(self, performance: Performance) -> None:
        self.dead = {
            (region.name, leaf): True for region in performance.sheet.regions.values() for leaf in dead_leaves(region)
        }

    def step(self, step: Step, trigger: Trigger | None) -> str:
        """Look where the show has come to."""
        for move in step.moves:
            if (move.region, move.target) in self.dead:
                return f"{move.region} came to {move.target}, and nothing leads on from there"
        return ""


def dead_leaves(region: Region) -> list[str]:
    """Leaves that no line leads on from but into the fail state; declared ends, and a region of one state, are fine."""
    table = fsm.tables(region)
    leaves = [leaf for leaf in fsm.leaves(region) if not region.states[leaf].fail]
    alive = {
        state: True for (state, _), ways in table.items() for way in ways
        if way.transition.kind == "back" or (way.target and way.target != region.fail and way.target != state)
    }
    ends = {leaf: True for leaf in leaves if any(region.states[each].end for each in fsm.lineage(region, leaf))}
    return [leaf for leaf in leaves if leaf not in alive and leaf not in ends] if len(leaves) > 1 else []


MONITORS: Mapping[str, Callable[[Performance], Monitor]] = {
    "nothing counts twice": Twice,
    "panic lands": Panic,
    "the fail state's look stands": FailLook,
    "levels are in range": InRange,
    "the past and strangers move nothing": Harmless,
    "losses are answered": Answers,
    "nothing is endless": Endless,
    "no dead state": DeadState,
}
"""Name → a monitor of one performance."""
