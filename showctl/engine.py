"""What a show does: one event at one instant becomes one Step. Pure; it owns every decision and no level.

Order inside a step (CORE 10): regions act in sheet order, guards see the configuration before the event. The verbs a
person may say are in ``verbs``; this file holds what they share: refusing, GO, the answers of states, panic, pause.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from showctl import fsm, hazards
from showctl.cues import CueBook
from showctl.draft import Draft
from showctl.fsm import Way
from showctl.model import (
    CONFIRM_NS,
    SECOND_NS,
    CueSheet,
    Event,
    Grip,
    Hand,
    Hold,
    Recall,
    Release,
    Resend,
    Slots,
    Step,
    cue_text,
)
from showctl.regions import Playback, Regions
from showctl.runs import Runs
from showctl.timers import Key, Timers
from showctl.verbs import PANIC_AGAIN_NS, VERBS
from showctl.vocabulary import FOR_EVERYONE

LOCKED = 1 << 62                    # hazards locked until a person acts


class Facts(Protocol):
    """What the engine may ask of the room."""

    def truth(self, name: str) -> bool | None:
        """Whether a trigger's condition holds; None is unknown or stale."""

    def ready(self, name: str) -> bool:
        """Whether a connection is up, or a trigger's reading is good."""


class Engine:
    """States, cues, playheads and waits of a running show."""

    def __init__(self, sheet: CueSheet, timers: Timers, facts: Facts, seed: int = 0) -> None:
        self.sheet = sheet
        self.timers = timers
        self.facts = facts
        self.book = CueBook(sheet)
        self.runs = Runs(sheet, self.book, timers, seed)
        self.regions = Regions(dict(sheet.regions), self.book, self.runs, timers, self.truth)
        self.main = next(iter(self.regions.all.values()))
        self.number = 0
        self.latched = False                                  # panic: until a person acts
        self.panic_ns = -PANIC_AGAIN_NS - 1
        self.paused_ns: int | None = None
        self.automation = True
        self.disarmed: dict[str, bool] = {}                   # triggers that move nothing
        self.go_ns = -sheet.go_gap_ns - 1
        self.go_by = ""
        self.moved_ns = -sheet.go_gap_ns - 1                  # when standby last moved by itself, by what
        self.moved_by = ""
        self.asked: tuple[str, str, int] = ("", "", -1)       # refused, but may be insisted on: what, who, until
        self.playhead_touched = False
        self._shown: dict[str, str] = {}

    # ---- entry points ----

    def start(self, at_ns: int) -> Draft:
        """Enter every region's start state."""
        draft = Draft(at_ns, Event("started", self.sheet.name))
        for playback in self.regions.all.values():
            self.regions.begin(draft, playback)
        return draft

    def step(self, at_ns: int, event: Event) -> Draft:
        """Decide about one event."""
        draft = Draft(at_ns, event)
        _KINDS[event.kind](self, draft, event)
        return draft

    def wake(self, at_ns: int, key: Key) -> Draft:
        """Decide about one wake-up, ``("cue", run, what)`` or ``("state", region, state, line)``."""
        if key[0] == "cue":
            draft = Draft(at_ns, Event("timer", self._cue_wait(key)))
            self.runs.wake(draft, key)
        else:
            region, state, line = str(key[1]), str(key[2]), int(key[3])
            draft = Draft(at_ns, Event("timer", fsm.after_event(f"{region}.{state}", line)))
            if not self.latched:
                self._state_wait(draft, region, state, line)
        return draft

    def truth(self, name: str) -> bool | None:
        """A trigger as states see it: unknown while panic holds the show, while disarmed, while sensors are off."""
        if self.latched or not self.automation or name in self.disarmed:
            return None
        return self.facts.truth(name)

    # ---- events ----

    def _edge(self, draft: Draft, event: Event) -> None:
        self._room(draft, event, event.name if event.value else f"not {event.name}")

    def _press(self, draft: Draft, event: Event) -> None:
        if not event.station:
            self._room(draft, event, event.name)
            return
        locked = self._unlock(event)
        if not self.answer(draft, event.name, person=True) and locked:
            self.runs.hazard_locked_until_ns = LOCKED

    def _room(self, draft: Draft, event: Event, name: str) -> None:
        """A sensor speaks: it may be switched off, and nothing but a person moves a show after panic."""
        if self.latched and not event.station:
            draft.refuse("panic: until an operator acts, nothing moves by itself")
        elif not self.automation and not event.station:
            draft.refuse("sensors are off")
        elif event.name in self.disarmed:
            draft.refuse(f"{event.name} is disarmed")
        else:
            self.answer(draft, name, person=bool(event.station))

    def _merged(self, draft: Draft, event: Event) -> None:
        """A desk moved something: a hand, so nothing stops it. What it says stands in the record once."""
        assert isinstance(event.value, tuple)
        first, values, begins = event.value
        assert isinstance(first, int)
        assert isinstance(values, bytes)
        draft.actions.append(Slots(event.name, first, values, bool(begins)))
        draft.event = Event(event.kind, event.name)

    def _lost(self, draft: Draft, event: Event) -> None:
        desk = self.sheet.merges.get(event.name)
        if desk is not None:
            draft.actions.append(Release(desk.name, draft.at_ns, desk.release_ns))
        if not self.latched:
            self.answer(draft, f"lost:{event.name}", person=False)

    def _back(self, draft: Draft, event: Event) -> None:
        if event.name in self.sheet.connections:
            draft.actions.append(Resend(event.name))
        if not self.latched:
            self.answer(draft, f"back:{event.name}", person=False)

    def _touched(self, draft: Draft, event: Event) -> None:
        fader = self.sheet.faders[event.name]
        level = event.value
        assert isinstance(level, int)
        echo = level <= fader.ceiling      # a hand above the ceiling is pulled down again (SEMANTICS 32)
        draft.actions.append(Hand(fader.parameter, min(level, fader.ceiling), echo))

    def _gripped(self, draft: Draft, event: Event) -> None:
        draft.actions.append(Grip(self.sheet.faders[event.name].parameter))

    def _recalled(self, draft: Draft, event: Event) -> None:
        """Somebody recalled a scene at the mixer itself (SEMANTICS 31)."""
        draft.actions.append(Recall(event.name))
        draft.notes.append(f"{event.name} went to another scene: nobody knows where its faders stand")

    def _stalled(self, draft: Draft, event: Event) -> None:
        """Wake-ups from before this instant are being caught up: nothing hazardous leaves meanwhile (CORE 7)."""
        assert isinstance(event.value, int)
        until_ns = draft.at_ns + event.value
        self.runs.hazard_locked_until_ns = max(self.runs.hazard_locked_until_ns, until_ns)
        draft.notes.append(f"{event.value // 1_000_000} ms late: what was due is done now, hazards are not")

    def _resumed(self, draft: Draft, event: Event) -> None:
        self.runs.hazard_locked_until_ns = LOCKED
        draft.notes.append("resumed: hazards are locked until an operator acts")

    def _refused(self, draft: Draft, event: Event) -> None:
        draft.refuse(str(event.value))

    def _confirm(self, draft: Draft, event: Event) -> None:
        draft.refuse(f"{event.name}: press again within {CONFIRM_NS // SECOND_NS} s to confirm")

    def _returned(self, draft: Draft, event: Event) -> None:
        """A connection is up for the first time, or before anybody missed it: it is told the present levels."""
        draft.actions.append(Resend(event.name))

    def _heard(self, draft: Draft, event: Event) -> None:
        """A reading that moved nothing: the record is the whole of it."""

    def _command(self, draft: Draft, event: Event) -> None:
        locked = self.runs.hazard_locked_until_ns == LOCKED and event.name not in FOR_EVERYONE and self._unlock(event)
        VERBS[event.name](self, draft, event)
        if event.station and not draft.refused:
            draft.accepted = True
        elif locked:
            self.runs.hazard_locked_until_ns = LOCKED

    def _unlock(self, event: Event) -> bool:
        """A person acts: what they ask for is not from the past (law 9). Whether it was locked until now."""
        locked = bool(event.station) and self.runs.hazard_locked_until_ns == LOCKED
        if locked:
            self.runs.hazard_locked_until_ns = -1
        return locked

    # ---- the answers of states ----

    def answer(self, draft: Draft, name: str, *, person: bool) -> bool:
        """Let every region answer ``name``; True if any did. A person who gets no answer is told why."""
        configuration = self.regions.configuration()
        answered, reasons = False, []
        for playback in self.regions.all.values():
            ways = playback.table.get((playback.state, name), ())
            if not ways:
                continue
            way = fsm.first(ways, lambda guard: self.regions.holds(guard, configuration))
            if way is None:
                reasons.append(fsm.otherwise(ways))
            elif self.paused_ns is not None and not self._fails(playback, way):
                reasons.append("paused: resume first")
            elif self.paused_ns is not None and not person:
                self._fail_on_hold(draft, playback, way)
                answered = True
            elif person and (reason := self._forbidden(draft, playback, way)):
                reasons.append(reason)
            else:
                self.resume(draft)                        # only a person who fails a region comes here while paused
                answered = self.do(draft, playback, way, name) or answered
        if answered and person:
            self.latched = False
            draft.accepted = True
        elif not answered and reasons:
            draft.refuse(reasons[0])
        elif not answered and person:
            draft.refuse(f"nothing answers {name} in {self._where()}")
        return answered

    def do(self, draft: Draft, playback: Playback, way: Way, name: str) -> bool:
        """Carry out one way; False where it could not be."""
        kind, target = way.transition.kind, way.transition.target
        if kind == "state":
            self.regions.move(draft, playback, way.target, way.left, way.entered)
        elif kind == "cue":
            self.runs.start(draft, playback.name, way.owner, Decimal(target))
        elif kind == "back":
            if not self.regions.back(draft, playback):
                draft.refuse("nowhere to go back to")
                return False
        else:
            draft.said.append(target or name.replace("lost:", "lost: ").replace("back:", "back: "))
        return True

    def _forbidden(self, draft: Draft, playback: Playback, way: Way) -> str:
        return hazards.forbidden(self, draft.event.station, hazards.dangers(self, playback, way))

    def _fail_on_hold(self, draft: Draft, playback: Playback, way: Way) -> None:
        """The room fails a region while all stands still: its safe look at once, since no fade would get anywhere."""
        self.regions.move(draft, playback, way.target, way.left, way.entered, fade_ns=0)
        self.timers.freeze(("cue", "state"), draft.at_ns)

    def _fails(self, playback: Playback, way: Way) -> bool:
        return bool(way.target) and playback.region.states[way.target].fail

    def _where(self) -> str:
        return ", ".join(playback.state for playback in self.regions.all.values())

    def _state_wait(self, draft: Draft, region: str, state: str, line: int) -> None:
        playback = self.regions.all[region]
        ways = tuple(
            way for way in playback.table.get((playback.state, fsm.after_event(state, line)), ()) if way.owner == state
        )
        configuration = self.regions.configuration()
        way = fsm.first(ways, lambda guard: self.regions.holds(guard, configuration))
        if way is None:
            draft.refuse(fsm.otherwise(ways))
        else:
            self.do(draft, playback, way, f"{state} has lasted its time")

    def _cue_wait(self, key: Key) -> str:
        for run in self.runs.running():
            if run.id == key[1]:
                return f"cue {cue_text(run.cue)} {key[2]}"
        return f"run {key[1]} {key[2]}"

    # ---- asking twice ----

    def insisted(self, draft: Draft, what: str, within_ns: int, *, who: str = "") -> bool:
        """Whether ``what`` was refused a moment ago and is asked for again; else remember that it was asked now."""
        asked, by, until_ns = self.asked
        if asked == what and by == who and draft.at_ns <= until_ns:
            self.asked = ("", "", -1)
            return True
        self.asked = (what, who, draft.at_ns + within_ns)
        return False

    # ---- pausing ----

    def pause(self, draft: Draft) -> None:
        """Freeze cue clocks and state timers; conditioning runs on (SEMANTICS 6)."""
        self.paused_ns = draft.at_ns
        self.timers.freeze(("cue", "state"), draft.at_ns)
        draft.actions.append(Hold(True))

    def resume(self, draft: Draft) -> None:
        """Let every clock run on with the time it had left; after panic or reset there is none left to run."""
        if self.paused_ns is None:
            return
        for run in self.runs.running():
            run.act_ns += draft.at_ns - self.paused_ns
        self.paused_ns = None
        self.timers.thaw(draft.at_ns)
        draft.actions.append(Hold(False))

    # ---- the record ----

    def record(self, draft: Draft) -> Step:
        """The record of what was decided. Once for each, before anything else is decided; its light need not wait."""
        for region, number in self.runs.go_to:
            playback = self.regions.all[region]
            if number in self.book.home and self.book.home[number][1] in playback.active():
                playback.standby = number
        standby: tuple[tuple[str, str], ...] = ()
        if draft.moves or draft.started or self.runs.go_to or self.playhead_touched or self._alternatives():
            standby = self._changed_standby(draft)
        self.runs.go_to.clear()
        self.playhead_touched = False
        self.number += 1
        return Step(
            self.number, draft.at_ns, draft.event, tuple(draft.moves), tuple(draft.started), tuple(draft.ended),
            tuple(draft.actions), standby, tuple(draft.said), draft.refused, draft.accepted, tuple(draft.notes),
        )

    def _alternatives(self) -> bool:
        """Whether a reading may change where GO leads."""
        playback = self.main
        return playback.standby is None and len(playback.table.get((playback.state, "go"), ())) > 1

    def _changed_standby(self, draft: Draft) -> tuple[tuple[str, str], ...]:
        changed = []
        for name, playback in self.regions.all.items():
            text = self.regions.standby_text(playback)
            if self._shown.get(name) != text:
                self._shown[name] = text
                changed.append((name, text))
                if playback is self.main and not draft.event.station and draft.event.kind != "started":
                    self.moved_ns, self.moved_by = draft.at_ns, draft.event.name
        return tuple(changed)

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """Everything but the timers, as JSON values."""
        return {
            "runs": self.runs.snapshot(),
            "regions": self.regions.snapshot(),
            "number": self.number,
            "latched": self.latched,
            "panic_ns": self.panic_ns,
            "paused_ns": self.paused_ns,
            "automation": self.automation,
            "disarmed": list(self.disarmed),
            "go": [self.go_ns, self.go_by],
            "moved": [self.moved_ns, self.moved_by],
            "asked": list(self.asked),
            "shown": dict(self._shown),
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take the state of :meth:`snapshot`."""
        self.runs.restore(data["runs"])
        self.regions.restore(data["regions"])
        self.number, self.latched, self.panic_ns = data["number"], data["latched"], data["panic_ns"]
        self.paused_ns, self.automation = data["paused_ns"], data["automation"]
        self.disarmed = dict.fromkeys(data["disarmed"], True)
        self.go_ns, self.go_by = data["go"]
        self.moved_ns, self.moved_by = data["moved"]
        self.asked = (data["asked"][0], data["asked"][1], data["asked"][2])
        self._shown = dict(data["shown"])


_KINDS: dict[str, Callable[[Engine, Draft, Event], None]] = {
    "command": Engine._command,
    "edge": Engine._edge,
    "press": Engine._press,
    "merged": Engine._merged,
    "lost": Engine._lost,
    "back": Engine._back,
    "touched": Engine._touched,
    "gripped": Engine._gripped,
    "recalled": Engine._recalled,
    "stalled": Engine._stalled,
    "resumed": Engine._resumed,
    "refused": Engine._refused,
    "confirm": Engine._confirm,
    "returned": Engine._returned,
    "heard": Engine._heard,
}
