"""From what a driver saw to what the sheet calls it: one Trigger, one or more Events (CORE 1).

A trigger goes to whoever listens at its address: level inputs, presses, ``alive`` topics, faders. Where nobody does,
it is a message of a station: its sender must be listed, its address a verb. What moves nothing is ``heard`` or
``refused``, with the reason; so the answer is never empty, and a sender can always be told why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from showctl import conditions, model, vocabulary
from showctl.conditioning import Conditioning
from showctl.desks import Desks
from showctl.hands import Fader, Hands, spelled
from showctl.model import SECOND_NS, Combination, CueSheet, Event, Input, LevelFrame, Merge, Trigger, Value
from showctl.presses import Presses
from showctl.timers import Key, Timers
from showctl.vocabulary import Command, Refusal, Route, Shape
from showctl.who import Who

GRACE_NS = 5 * SECOND_NS      # a connection back within this was never missed (SEMANTICS 25)
TRODDEN_MAX = 1024            # ways remembered at once; then the memory starts anew
SHOWN = 60                    # characters of a payload that a refusal repeats

Listener = tuple[str, Input | Fader | Merge | model.Command]
"""A role of ``_ROLES`` and what has it."""


class Normaliser:
    """The conditioning of a running show."""

    def __init__(self, sheet: CueSheet, timers: Timers) -> None:
        self.sheet = sheet
        self.timers = timers
        self.conditioning = Conditioning(sheet.triggers, timers)
        self.presses = Presses(sheet.triggers)
        self.hands = Hands(sheet.faders)
        self.desks = Desks(sheet.merges, timers)
        self.up = dict.fromkeys(sheet.connections, False)
        self.missed = dict.fromkeys(sheet.connections, False)
        self._listeners = _listeners(sheet, self.hands)
        self.who = Who(sheet)
        self._trodden: dict[tuple[str, str, str], tuple[str, Shape, Route]] = {}

    def admit(self, at_ns: int, trigger: Trigger) -> list[Event]:
        """The events of one trigger, at least one. Never raises for what a sender sent."""
        if not trigger.source:
            return self._house(at_ns, trigger)
        trodden = self._trodden.get((trigger.source, trigger.address, trigger.sender))
        if trodden is not None and type(trigger.value) is tuple:
            station, shape, route = trodden
            meaning = shape(trigger.address, route, trigger.value)
            if type(meaning) is Command:
                return [Event("command", meaning.verb, meaning.arguments, station, trigger.sender)]
        listeners = self._listeners.get((trigger.source, trigger.address))
        if listeners is None:
            return self._station(at_ns, trigger)
        return self._sensor(at_ns, trigger, listeners)

    def wake(self, at_ns: int, key: Key) -> list[Event]:
        """The events of a wake-up ``("input", name, what)``."""
        name, what = str(key[1]), str(key[2])
        if what == "connection":
            self.missed[name] = True
            return [Event("lost", name)]
        if what == "desk":
            return self.desks.wake(name)
        events = self.conditioning.wake(at_ns, name, what)
        return self._with_sequences(at_ns, events) or [Event("heard", name, f"{what} over, nothing to compare with")]

    def truth(self, name: str) -> bool | None:
        """Whether a trigger's condition holds; None is unknown, stale, or no condition at all."""
        return self.conditioning.truth(name)

    def ready(self, name: str) -> bool:
        """Whether a connection is up, a desk heard, a trigger's reading good; a press is ready with its connection."""
        if name in self.up:
            return self.up[name]
        if name in self.desks.merges:
            return self.desks.ready(name)
        rule = self.sheet.triggers.get(name)
        if isinstance(rule, Combination) and rule.mode == "sequence":
            return all(self.ready(member) for member in rule.members)
        if isinstance(rule, Input) and rule.kind != "level":
            return self.up.get(rule.connection, True)
        return self.truth(name) is not None

    def sent(self, at_ns: int, frame: LevelFrame) -> None:
        """A level was rendered: a fader that says the same soon is an echo (CORE 19)."""
        self.hands.sent(at_ns, frame)

    def let_go(self) -> None:
        """Panic: holds end without an edge, sequences and confirmations are forgotten (SEMANTICS 4)."""
        self.conditioning.panic()
        self.presses.let_go()

    def snapshot(self) -> dict[str, Any]:
        """JSON values; wake-ups are in the timers' own snapshot."""
        return {
            "conditions": self.conditioning.snapshot(),
            "presses": self.presses.snapshot(),
            "hands": self.hands.snapshot(),
            "desks": self.desks.snapshot(),
            "up": dict(self.up),
            "missed": dict(self.missed),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        self.conditioning.restore(data["conditions"])
        self.presses.restore(data["presses"])
        self.hands.restore(data["hands"])
        self.desks.restore(data["desks"])
        self.up, self.missed = dict(data["up"]), dict(data["missed"])

    # ---- showctl itself speaks ----

    def _house(self, at_ns: int, trigger: Trigger) -> list[Event]:
        what, name = trigger.address, trigger.value
        if what == "stalled":
            return [Event("stalled", "", name)]
        if what == "resumed":
            return [Event("resumed", "", name), *self._restarted(at_ns)]
        if not isinstance(name, str) or name not in self.up:
            return [Event("heard", f"/{what}", f"there is no connection {shown(name)}")]
        return self._lost(at_ns, name) if what == "lost" else self._back(at_ns, name)

    def _lost(self, at_ns: int, name: str) -> list[Event]:
        self.up[name] = False
        if not self.missed[name] and self.timers.due_of(("input", name, "connection")) is None:
            self.timers.set(("input", name, "connection"), at_ns + GRACE_NS)
        self.desks.lost(at_ns, name)
        events = self.conditioning.lost(at_ns, name)
        return events or [Event("heard", name, f"gone; missed after {GRACE_NS // SECOND_NS} s")]

    def _back(self, at_ns: int, name: str) -> list[Event]:
        missed, self.missed[name], self.up[name] = self.missed[name], False, True
        self.timers.cancel(("input", name, "connection"))
        self.conditioning.back(at_ns, name)
        return [Event("back" if missed else "returned", name)]

    def _restarted(self, at_ns: int) -> list[Event]:
        for name, up in self.up.items():
            if up:
                self.timers.set(("input", name, "connection"), at_ns + GRACE_NS)
                self.up[name] = False
        self.desks.restarted(at_ns)
        return self.conditioning.restarted(at_ns)

    # ---- sensors, pedals, faders ----

    def _sensor(self, at_ns: int, trigger: Trigger, listeners: tuple[Listener, ...]) -> list[Event]:
        events: list[Event] = []
        asides: list[Event] = []
        for role, rule in listeners:
            for event in _ROLES[role](self, at_ns, rule, trigger):
                (asides if event.kind == "heard" else events).append(event)
        if not events and self.who.spoken(trigger) is not None:
            return self._station(at_ns, trigger)
        return self._with_sequences(at_ns, events) or [_heard(trigger, "; ".join(str(each.value) for each in asides))]

    def _hand(self, at_ns: int, fader: Fader, trigger: Trigger) -> list[Event]:
        try:
            position = self.hands.moved(at_ns, fader, trigger.value)
        except ValueError as error:
            return [_refused(trigger, f"{error}, not {shown(trigger.value)}")]
        if position is None:
            return [_heard(trigger, f"{fader.patch.name}: the echo of what was sent")]
        return [Event("touched", fader.patch.name, position, "", trigger.sender)]

    def _grip(self, at_ns: int, fader: Fader, trigger: Trigger) -> list[Event]:
        if isinstance(trigger.value, int) and trigger.value > 0:
            return [Event("gripped", fader.patch.name, None, "", trigger.sender)]
        return [_heard(trigger, f"{fader.patch.name}: let go")]

    def _scene(self, at_ns: int, command: model.Command, trigger: Trigger) -> list[Event]:
        if self.hands.news(at_ns, command.to):
            return [Event("recalled", command.to, trigger.value, "", trigger.sender)]
        return [_heard(trigger, f"{command.to}: the echo of the scene it was sent")]

    def _desk(self, at_ns: int, merge: Merge, trigger: Trigger) -> list[Event]:
        try:
            return self.desks.heard(at_ns, merge, trigger.value)
        except ValueError as error:
            return [_refused(trigger, str(error))]

    def _alive(self, at_ns: int, rule: Input, trigger: Trigger) -> list[Event]:
        if isinstance(trigger.value, bytes):
            return []       # a whole universe, for who merges it
        online = conditions.alive(trigger.value)
        if online is None:
            return [_refused(trigger, f"{rule.name}: {shown(trigger.value)} says neither online nor offline")]
        word = "online" if online else "offline"
        events = self.conditioning.alive(at_ns, rule, online) if rule.kind == "level" else []     # a press has no truth
        return events or [Event("heard", rule.name, f"{rule.name} {word}")]

    def _level(self, at_ns: int, rule: Input, trigger: Trigger) -> list[Event]:
        assert rule.when is not None
        found = conditions.look(rule.when.path, trigger.value)
        if found is conditions.NOTHING:
            if rule.when.path and conditions.is_json(trigger.value):
                return [Event("heard", rule.name, f"{rule.name} is not in it")]
            return [_refused(trigger, f"{rule.name}: cannot read {shown(trigger.value)}")]
        says = conditions.compare(rule.when, found)
        if says is False and rule.until is not None:
            says = self._until(rule, trigger.value)
        if says is None:
            reason = f"{rule.name}: {shown(found)} cannot be compared, so it is unknown"
            return [*self.conditioning.unknown(at_ns, rule), _refused(trigger, reason)]
        present = isinstance(trigger.value, bool)      # only a line of a chip has one; no broker kept it
        events = self.conditioning.reading(at_ns, rule, says, retained=trigger.retained, present=present)
        return events or [Event("heard", rule.name, self._why(rule, says, trigger.retained))]

    def _until(self, rule: Input, value: Value) -> bool | None:
        """Hysteresis: what was true stays true until ``until`` is met."""
        assert rule.until is not None
        if not self.conditioning.conditions[rule.name].raw:
            return False
        ended = conditions.read(rule.until, value)
        return None if ended is None else not ended

    def _why(self, rule: Input, says: bool, retained: bool) -> str:
        word = "true" if says else "false"
        if self.conditioning.conditions[rule.name].online is False:
            return f"{rule.name} {word}, but its source is offline"
        if retained:
            return f"{rule.name} {word}, retained: a baseline"
        if self.timers.due_of(("input", rule.name, "debounce")) is not None:
            return f"{rule.name} {word}, waits to be stable"
        if self.timers.due_of(("input", rule.name, "for")) is not None:
            return f"{rule.name} {word}, has to hold"
        return f"{rule.name} {word}"

    def _press(self, at_ns: int, rule: Input, trigger: Trigger) -> list[Event]:
        """CORE 3: each live message happens; a retained or redelivered one is from the past."""
        if trigger.retained:
            reason = f"{rule.name}: retained; a press counts only live"
        elif trigger.message_id is not None:
            reason = f"{rule.name}: redelivered; a press counts once"
        elif not conditions.says(rule.says_path, rule.says, trigger.value):
            reason = f"{rule.name}: not its word"
        else:
            reason = self.presses.refusal(at_ns, rule.name)
        return [_heard(trigger, reason) if reason else Event("press", rule.name, None, "", trigger.sender)]

    def _with_sequences(self, at_ns: int, events: list[Event]) -> list[Event]:
        if not self.presses.sequences:
            return events
        every = []
        for event in events:
            every.append(event)
            if event.kind == "press" or (event.kind == "edge" and event.value):
                every += self.presses.happened(at_ns, event.name)
        return every

    # ---- stations ----

    def _station(self, at_ns: int, trigger: Trigger) -> list[Event]:
        """A message that no trigger of the sheet listens to: somebody wants something of the show."""
        if not trigger.address.startswith("/") and self.who.spoken(trigger) is None:
            return [_heard(trigger, f"no trigger, fader or station of the sheet listens to {shown(trigger.value)}")]
        station, meaning = self.who.asks(trigger)
        if isinstance(meaning, Refusal):
            return [_refused(trigger, meaning.reason, station.name)]
        if not isinstance(meaning, Command):
            return [_heard(trigger, "released", station.name)]
        if trigger.retained or trigger.message_id is not None:
            return [_heard(trigger, "retained or redelivered; a press counts only live, and once", station.name)]
        if meaning.verb == "trigger":
            return self._button(at_ns, trigger, station.name, str(meaning.arguments[0]))
        self._tread(trigger, station.name)
        return [Event("command", meaning.verb, meaning.arguments, station.name, trigger.sender)]

    def _tread(self, trigger: Trigger, station: str) -> None:
        """Remember who this sender is and how this address reads: the next press finds its way at once."""
        if type(trigger.value) is tuple and (trigger.source, trigger.address) not in self._listeners:
            if len(self._trodden) >= TRODDEN_MAX:
                self._trodden.clear()
            where = (trigger.source, trigger.address, trigger.sender)
            self._trodden[where] = station, *vocabulary.reader(trigger.address)

    def _button(self, at_ns: int, trigger: Trigger, station: str, name: str) -> list[Event]:
        """A person presses a trigger: a button, or a dead sensor's stand-in, which leaves the truth alone."""
        rule = self.sheet.triggers.get(name)
        if rule is None:
            return [_refused(trigger, f"no trigger '{name}' in this sheet", station)]
        if isinstance(rule, Input) and not self.presses.confirmed(at_ns, rule, station):
            return [Event("confirm", name, None, station, trigger.sender)]
        reason = self.presses.refusal(at_ns, name) if name in self.presses.rules else ""
        if reason:
            return [_refused(trigger, reason, station)]
        if name in self.presses.rules:
            event = Event("press", name, None, station, trigger.sender)
        else:
            event = Event("edge", name, True, station, trigger.sender)
        return self._with_sequences(at_ns, [event])


_ROLES: Mapping[str, Callable[[Normaliser, int, Any, Trigger], list[Event]]] = {
    "hand": Normaliser._hand,
    "grip": Normaliser._grip,
    "scene": Normaliser._scene,
    "desk": Normaliser._desk,
    "alive": Normaliser._alive,
    "level": Normaliser._level,
    "press": Normaliser._press,
}


def shown(value: object) -> str:
    """A payload as a refusal repeats it, cut short."""
    text = repr(value if not isinstance(value, (str, bytes)) else value[: SHOWN + 1])
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _listeners(sheet: CueSheet, hands: Hands) -> Mapping[tuple[str, str], tuple[Listener, ...]]:
    """Who listens at (connection, address): faders, desks, then ``alive`` before readings, each in sheet order."""
    table: dict[tuple[str, str], list[Listener]] = {}
    for where, fader in hands.heard.items():
        table.setdefault(where, []).append(("hand", fader))
    for fader in hands.faders.values():
        if fader.patch.touch is not None:
            table.setdefault((fader.patch.to, spelled(fader.patch.touch)), []).append(("grip", fader))
    for command in sheet.commands.values():
        if command.address[0] == "scene":
            table.setdefault((command.to, f"program {command.address[1]}"), []).append(("scene", command))
    for merge in sheet.merges.values():
        table.setdefault((merge.connection, f"dmx/{merge.heard}"), []).append(("desk", merge))
    inputs = [rule for rule in sheet.triggers.values() if isinstance(rule, Input) and rule.connection]
    for rule in inputs:
        if rule.alive:
            table.setdefault((rule.connection, rule.alive), []).append(("alive", rule))
    for rule in inputs:
        if rule.kind in ("level", "press"):
            table.setdefault((rule.connection, rule.address), []).append((rule.kind, rule))
    return {where: tuple(found) for where, found in table.items()}


def _where(trigger: Trigger) -> str:
    between = "" if trigger.address.startswith("/") else "/"
    return f"{trigger.source}{between}{trigger.address[:vocabulary.TEXT_LIMIT]}"


def _heard(trigger: Trigger, reason: str, station: str = "") -> Event:
    return Event("heard", _where(trigger), reason, station, trigger.sender)


def _refused(trigger: Trigger, reason: str, station: str = "") -> Event:
    return Event("refused", _where(trigger), reason, station, trigger.sender)
