"""What the show looks like from outside: steps folded into what stations, terminal and MQTT state topics show.

It reads Steps and nothing else (DESIGN §3); so what people see is what the journal says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from showctl.conditioning import Condition
from showctl.model import LEVEL_MAX, CueSheet, Hold, Master, Park, Release, Step, Swing, Unpark

KEPT = 8                                                    # refusals and texts that stay in view
ENDS_PANIC = ("go", "cue-go", "start", "reset")             # the verbs of a person that let a show go on


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as people read it: when, who asked, and why not. ``station`` "" is the room or a stranger."""

    at_ns: int
    station: str
    name: str
    reason: str


class Status:
    """The present of one show; ``fold`` takes each Step once, in order."""

    def __init__(self, sheet: CueSheet) -> None:
        self.sheet = sheet
        self.at_ns = 0
        self.number = 0
        self.states = dict.fromkeys(sheet.regions, "")
        self.standby = dict.fromkeys(sheet.regions, "")
        self.running: dict[str, int] = {}                   # cue number → how many runs of it
        self.effects: dict[str, int] = {}                   # effects at work, as region/name → since when
        self.masters = {"grand": LEVEL_MAX, "blackout": 0}
        self.masters |= {f"sub/{name}": LEVEL_MAX for name in sheet.submasters}
        self.masters |= {f"sub/{name}": each.start for name, each in sheet.subs.items()}
        self.parked = dict(sheet.parked)                    # parameter → level, or STANDING
        self.paused = False
        self.panic = False
        self.automation = True
        self.disarmed: dict[str, bool] = {}
        self.missing: dict[str, int] = {}                   # connections and triggers that are lost, since when
        self.goes = 0
        self.first_go_ns: int | None = None
        self.refusals: deque[Refused] = deque(maxlen=KEPT)
        self.said: deque[tuple[int, str]] = deque(maxlen=KEPT)

    @classmethod
    def of_snapshot(cls, sheet: CueSheet, values: Mapping[str, Any]) -> Status:
        """The present of a show as its snapshot holds it; goes, refusals and words begin anew."""
        status, engine, normaliser = cls(sheet), values["engine"], values["normaliser"]
        status.at_ns, status.number = values["last_ns"], engine["number"]
        status.states |= {region: place[0] for region, place in engine["regions"].items()}
        status.standby |= engine["shown"]
        for _, cue, _, _, _, acting, *_ in engine["runs"]["runs"]:
            if acting:
                status.running[cue] = status.running.get(cue, 0) + 1
        status.effects = dict.fromkeys((name for name, *_ in engine["runs"]["swings"]), status.at_ns)
        status.masters |= values["renderer"]["masters"]
        status.parked = dict(values["renderer"]["parked"])
        status.paused, status.panic = engine["paused_ns"] is not None, engine["latched"]
        status.automation, status.disarmed = engine["automation"], dict.fromkeys(engine["disarmed"], True)
        missed = [name for name, gone in normaliser["missed"].items() if gone]
        missed += [name for name, each in normaliser["conditions"].items() if Condition(*each).missed]
        missed += [name for name, (_, _, gone) in normaliser["desks"].items() if gone]
        status.missing = dict.fromkeys(missed, status.at_ns)
        return status

    def fold(self, step: Step) -> None:
        """Take one step."""
        self.at_ns, self.number = step.at_ns, step.number
        for move in step.moves:
            self.states[move.region] = move.target
        for number in step.started:
            self.running[number] = self.running.get(number, 0) + 1
        for number in step.ended:
            self._ended(number)
        for region, text in step.standby:
            self.standby[region] = text
        for action in step.actions:
            if type(action) is Master:
                self.masters[action.name] = action.level
            elif type(action) is Release and action.name in self.masters:
                self.masters[action.name] = 0
            elif type(action) is Hold:
                self.paused = action.frozen
            elif type(action) is Swing:
                self.effects.setdefault(action.name, step.at_ns)
            elif type(action) is Release:
                self._let_go(action.name)
            elif type(action) is Park:
                self.parked |= dict(action.targets)
            elif type(action) is Unpark:
                for parameter in action.parameters or tuple(self.parked):
                    self.parked.pop(parameter, None)
        for text in step.said:
            self.said.append((step.at_ns, text))
        self._presence(step)
        if step.refused:
            self.refusals.append(Refused(step.at_ns, step.event.station, step.event.name, step.refused))
        elif step.event.kind == "command":
            self._command(step)
        elif step.accepted:
            self.panic = False

    @property
    def parked_names(self) -> tuple[str, ...]:
        """What is pinned, fixture by fixture: ``key-left`` where all of it is, else ``key-left/intensity``."""
        names = []
        for name, owned in self.sheet.fixtures.items() if self.parked else ():
            pinned = [index for index in owned if index in self.parked]
            parts = [f"{name}/{self.sheet.parameters[index].attribute}" for index in pinned]
            names += [name] if pinned == list(owned) else parts
        return tuple(names)

    @property
    def planned_over_ns(self) -> int | None:
        """How far the show is over (or under, negative) its planned length, from the first GO; None before it."""
        if self.first_go_ns is None or self.sheet.planned_ns is None:
            return None
        return self.at_ns - self.first_go_ns - self.sheet.planned_ns

    def as_values(self) -> dict[str, Any]:
        """JSON values, keys in fixed order; times in ns, levels 0..LEVEL_MAX."""
        return {
            "show": self.sheet.name,
            "at": self.at_ns,
            "states": dict(self.states),
            "standby": dict(self.standby),
            "running": list(self.running),
            "effects": list(self.effects),
            "masters": dict(self.masters),
            "parked": list(self.parked_names),
            "paused": self.paused,
            "panic": self.panic,
            "sensors": self.automation,
            "disarmed": list(self.disarmed),
            "missing": list(self.missing),
            "goes": self.goes,
            "refused": [[each.at_ns, each.station, each.name, each.reason] for each in self.refusals],
            "said": [[at_ns, text] for at_ns, text in self.said],
        }

    def _let_go(self, name: str) -> None:
        """An effect ends, or an overlay with its effects."""
        self.effects.pop(name, None)
        for each in [each for each in self.effects if each.startswith(f"{name}/")]:
            del self.effects[each]

    def _ended(self, number: str) -> None:
        left = self.running.get(number, 0) - 1
        if left > 0:
            self.running[number] = left
        else:
            self.running.pop(number, None)

    def _presence(self, step: Step) -> None:
        """Who is missing, whatever the states make of it."""
        if step.event.kind == "lost":
            self.missing[step.event.name] = step.at_ns
        elif step.event.kind in ("back", "returned"):
            self.missing.pop(step.event.name, None)

    def _command(self, step: Step) -> None:
        verb, value = step.event.name, step.event.value
        argument = value[0] if isinstance(value, tuple) and value else None
        if verb == "panic":
            self.panic = True
        elif verb in ENDS_PANIC:
            self.panic = False
        if verb == "go":
            self.goes += 1
            self.first_go_ns = step.at_ns if self.first_go_ns is None else self.first_go_ns
        elif verb == "reset":
            self.goes, self.first_go_ns, self.automation = 0, None, True
            self.disarmed.clear()
        elif verb == "sensors":
            self.automation = bool(argument)
        elif verb == "trigger-disarm":
            self.disarmed[str(argument)] = True
        elif verb == "trigger-arm":
            self.disarmed.pop(str(argument), None)
