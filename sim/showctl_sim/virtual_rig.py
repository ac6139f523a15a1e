"""The room around a show in virtual time: sensors that speak, a cart that drives, hands on stations and faders.

Everything reaches the show as a Trigger, by way of ``taps``: what a fault does to messages on their way.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from showctl import laws
from showctl.conditions import read
from showctl.hands import spelled
from showctl.model import LEVEL_MAX, SECOND_NS, CueSheet, EdgeFrame, FaderPatch, Input, Station, Trigger, Value
from showctl_sim.performance import Performance
from showctl_sim.readings import payload

Timed = tuple[int, Trigger]

Tap = Callable[[int, Trigger], list[Timed]]
"""Given a message on its way at an instant, the messages that arrive instead and when: none, later, twice, altered."""

Truths = Mapping[str, bool | None]
"""Trigger → what its sensor says: True, False, or None for a sensor that was never heard."""

DRIVE_NS = 8 * SECOND_NS
PORT = 9000
ALIVE, DEAD = "online", "offline"


CALM = 16
"""While only effects go round, the next look comes after this share of the time since the last step."""


class VirtualRig:
    """One room. Times are those of its performance; ``until`` lets both go on together."""

    def __init__(self, performance: Performance, room: CueSheet | None = None) -> None:
        """``room``: the sheet that its people and sensors know, where the show plays another one."""
        self.performance = performance
        self.sheet = room or performance.sheet
        self.taps: list[Tap] = []
        self.said: dict[tuple[str, str], str | bool | int] = {}     # (connection, address) → what it last said
        self.truths: dict[str, bool] = {}
        self.desks: dict[str, bytearray] = {}                       # merge → what its desk sends while it sends
        self._sources = _sources(self.sheet)
        self._every_ns = {where: every for where, rules in self._sources.items() if (every := _repeat_ns(rules))}
        self._carts = carts(self.sheet)
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._sequence = 0
        self._edges = 0
        self._look: Callable[[], None] | None = None
        self._look_ns = 0

    # ---- time ----

    @property
    def due_ns(self) -> int | None:
        """When somebody in the room does something next, or the show decides something of its own."""
        own = self._due[0][0] if self._due else None
        wake_ns = self.performance.wake_ns
        return min((ns for ns in (own, wake_ns) if ns is not None), default=None)

    def at(self, ns: int, act: Callable[[], None]) -> None:
        """Let something happen in the room at ``ns``, once."""
        self._sequence += 1
        heapq.heappush(self._due, (ns, self._sequence, act))

    def until(self, ns: int) -> None:
        """Let the show and the room go on up to and including ``ns``."""
        while (due_ns := self.due_ns) is not None and due_ns <= ns:
            self._go_on(due_ns)
            while self._due and self._due[0][0] <= due_ns:
                heapq.heappop(self._due)[2]()
        self._go_on(ns)

    def look(self, look: Callable[[], None], every_ns: int) -> None:
        """Call ``look`` every so often while something moves, and where it has come to rest.

        Where only effects go round, it is called more and more seldom: what they can do has soon been seen.
        """
        self._look, self._look_ns = look, every_ns

    def _go_on(self, ns: int) -> None:
        """To an instant before which nothing is decided; a look on the way changes nothing."""
        performance, look = self.performance, self._look
        while look is not None and performance.moving and performance.now_ns < ns:
            performance.until(min(ns, performance.now_ns + self._until_next_look()))
            look()
        performance.until(ns)
        self._hear_edges()

    def _until_next_look(self) -> int:
        performance = self.performance
        if performance.settling or not performance.steps:
            return self._look_ns
        return max(self._look_ns, (performance.now_ns - performance.steps[-1].at_ns) // CALM)

    # ---- the beginning ----

    def begin(self, truths: Truths, silent: bool = False, missing: Collection[str] = ()) -> None:
        """Start the show, connect everything but what is ``missing``; each sensor tells what it has retained.

        A sensor that ``truths`` does not name rests: it says False; with ``silent`` it says nothing at all. One without
        an ``alive`` topic says it live, for what is retained of it is not believed.
        """
        self.performance.begin()
        for connection in self.sheet.connections:
            if connection not in missing:
                self.emit(Trigger("", "back", connection))
        self.missing = dict.fromkeys(missing, True)
        for rule in self._inputs():
            if rule.alive and not silent and (rule.connection, rule.alive) not in self.said:
                self._tell(rule.connection, rule.alive, ALIVE, retained=True)
        for where, rules in self._sources.items():
            asked = [rule for rule in rules if not silent or rule.name in truths]
            heard = {rule.name: truths.get(rule.name, False) for rule in asked}
            known = {name: truth for name, truth in heard.items() if truth is not None}
            if known:
                self.truths.update(known)
                self._tell(*where, self._payload(where), retained=self.retains(where))
        for where, every_ns in self._every_ns.items():
            self._repeat(where, every_ns)

    def hush(self) -> None:
        """From now on the room says nothing of its own: a recording has its every word."""
        self._carts.clear()

    # ---- sensors ----

    def set(self, name: str, truth: bool) -> None:
        """A sensor changes what it says; a press that is set to True is pressed."""
        rule = self.sheet.triggers[name]
        if not isinstance(rule, Input):
            raise TypeError(f"{name} is made of others: set those")
        if rule.when is None:
            self._tell(rule.connection, rule.address, pressed(rule))
            return
        self.truths[name] = truth
        where = (rule.connection, rule.address)
        if truth:
            for other in self._sources[where]:
                if other is not rule and other.when is not None and rule.when is not None \
                        and other.when.path == rule.when.path:
                    self.truths[other.name] = False
        self._tell(*where, self._payload(where))

    def send(self, connection: str, address: str, value: Value, *, retained: bool = False) -> None:
        """A message as it stands on the wire."""
        if isinstance(value, str | bool | int):
            self.said[connection, address] = value
        for rule in self._sources.get((connection, address), ()):
            truth = None if rule.when is None else read(rule.when, value)
            if truth is not None:
                self.truths[rule.name] = truth
        self.emit(Trigger(connection, address, value, "", retained))

    def repeated(self, connection: str, address: str, *, retained: bool = False) -> Trigger | None:
        """What a source said last, as it comes once more; None where it never spoke."""
        said = self.said.get((connection, address))
        retained = retained and self.sheet.connections[connection].driver == "mqtt"
        return None if said is None else Trigger(connection, address, self._wire(connection, said), "", retained)

    def retains(self, where: tuple[str, str]) -> bool:
        """Whether what is said there first is retained: by a broker, of sources with an ``alive`` topic."""
        mqtt = self.sheet.connections[where[0]].driver == "mqtt"
        return mqtt and all(rule.alive for rule in self._sources.get(where, ()))

    def _tell(self, connection: str, address: str, value: str | bool | int, *, retained: bool = False) -> None:
        self.said[connection, address] = value
        retained = retained and self.sheet.connections[connection].driver == "mqtt"
        self.emit(Trigger(connection, address, self._wire(connection, value), "", retained))

    def _payload(self, where: tuple[str, str]) -> str | bool | int:
        """What a source says for the truths it has now."""
        wanted = [(rule.when, self.truths.get(rule.name, False)) for rule in self._sources[where] if rule.when]
        wanted.sort(key=lambda each: not each[1])      # what is true decides a path that several share
        text = payload(wanted)
        driver = self.sheet.connections[where[0]].driver
        if driver == "gpio":
            return text == "true"
        return int(text) if driver == "midi" else text

    def _wire(self, connection: str, value: str | bool | int) -> Value:
        """A reading as its driver hands it over: OSC brings arguments."""
        osc = self.sheet.connections[connection].driver == "osc"
        return (argument(value),) if osc and isinstance(value, str) else value

    def _repeat(self, where: tuple[str, str], every_ns: int) -> None:
        """A source that promises not to be silent says the same again and again."""
        def again() -> None:
            if where in self.said:
                self.emit(Trigger(*where, self._wire(where[0], self.said[where])))
            self._repeat(where, every_ns)

        self.at(self.performance.now_ns + every_ns, again)

    def _inputs(self) -> list[Input]:
        return [rule for rule in self.sheet.triggers.values() if isinstance(rule, Input) and rule.connection]

    # ---- people ----

    def press(self, station: str, address: str, arguments: tuple[Value, ...] = (1.0,)) -> None:
        """A station sends an OSC message; one that speaks in words says the word for it. ``station`` may be a host."""
        self.emit(said_by(self.sheet, station, address, arguments))

    def hand(self, fader: str, millibel: int | None) -> None:
        """Somebody moves a fader on the mixer itself; as far as its ceiling lets the show agree."""
        patch = self.sheet.faders[fader]
        self.emit(Trigger(patch.to, spelled(patch.address), moved(patch, millibel)))

    def desk(self, name: str, slots: Sequence[tuple[int, int]] | None) -> None:
        """Somebody moves slots (1..512) of a desk that shares a universe; None: its stream ends."""
        merge = self.sheet.merges[name]
        address = f"dmx/{merge.heard}"
        if slots is None:
            if self.desks.pop(name, None) is not None:
                self.emit(Trigger(merge.connection, address, DEAD))
            return
        if name not in self.desks:
            self.desks[name] = bytearray(512)
            self.emit(Trigger(merge.connection, address, ALIVE))
        for slot, value in slots:
            self.desks[name][slot - 1] = value
        self.emit(Trigger(merge.connection, address, bytes(self.desks[name])))

    # ---- connections ----

    def lose(self, connection: str) -> None:
        """A connection goes."""
        self.emit(Trigger("", "lost", connection))

    def bring_back(self, connection: str) -> None:
        """It is there again, and tells what its sensors have retained."""
        self.emit(Trigger("", "back", connection))
        if self.sheet.connections[connection].driver == "mqtt":
            for (source, address), value in list(self.said.items()):
                if source == connection:
                    self.emit(Trigger(source, address, value, "", True))

    # ---- on the way ----

    def emit(self, trigger: Trigger) -> None:
        """A message sets out now; it arrives as the taps let it."""
        arriving: list[Timed] = [(self.performance.now_ns, trigger)]
        for tap in self.taps:
            arriving = [after for at_ns, message in arriving for after in tap(at_ns, message)]
        for at_ns, message in arriving:
            if at_ns <= self.performance.now_ns:
                self._arrive(message)
            else:
                self.at(at_ns, partial(self._arrive, message))

    def _arrive(self, trigger: Trigger) -> None:
        self.performance.admit(trigger)
        self._hear_edges()

    def _hear_edges(self) -> None:
        edges = self.performance.edges
        while self._edges < len(edges):
            edge = edges[self._edges]
            self._edges += 1
            cart = self._carts.get((edge.to, str(edge.address[-1])))
            if cart is not None and isinstance(edge.value, str):
                cart.obey(self, edge)


class Cart:
    """A virtual cart: ``go PLACE`` drives there in eight seconds, ``stop`` stands still on the way."""

    def __init__(self, connection: str, topic: str) -> None:
        self.where = (connection, topic)
        self.place = "home"
        self.drive = 0

    def obey(self, rig: VirtualRig, edge: EdgeFrame) -> None:
        """Drive or stop; any other word is nothing to a cart."""
        verb, _, place = str(edge.value).strip().partition(" ")
        self.drive += 1
        if verb == "go" and place and place != self.place:
            drive = self.drive
            self._stand(rig, "between", moving=True)
            rig.at(rig.performance.now_ns + DRIVE_NS, lambda: self._arrive(rig, drive, place))
        elif verb in ("go", "stop"):
            self._stand(rig, self.place)

    def _arrive(self, rig: VirtualRig, drive: int, place: str) -> None:
        if drive == self.drive:
            self._stand(rig, place)

    def _stand(self, rig: VirtualRig, place: str, *, moving: bool = False) -> None:
        self.place = place
        rig.send(*self.where, json.dumps({"at": place, "moving": moving}))


# ---- what is spoken where ----

def said_by(sheet: CueSheet, station: str, address: str, arguments: tuple[Value, ...]) -> Trigger:
    """The trigger of a station's message, or of a stranger's where ``station`` is a host nobody listed."""
    about = sheet.stations.get(station)
    if about is None or not about.connection:
        listening = [each.connection for each in sheet.stations.values() if each.host and each.connection]
        host = about.host if about is not None else station
        return Trigger(next(iter(listening), "tablets"), address, arguments, f"{host}:{PORT}")
    if about.says:
        return Trigger(about.connection, "", _word(about, address))
    sender = "terminal" if about.connection == "terminal" else f"{about.host}:{PORT}"
    return Trigger(about.connection, address, arguments, sender)


def _word(station: Station, address: str) -> str:
    """The word of a station's line that means ``address``. Raises ValueError where it has none."""
    verb = address.removeprefix("/showctl/")
    for word, meaning in station.says.items():
        if meaning.strip("/").removeprefix("showctl/") == verb:
            return word
    raise ValueError(f"'{station.name}' has no word for '{verb}'; it says {', '.join(station.says)}")


def argument(text: str) -> Value:
    """An OSC argument as a person writes it: a whole number, a decimal, true or false, else text."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        return int(text)
    return float(text) if re.fullmatch(r"[+-]?\d{1,12}\.\d{1,12}", text, re.ASCII) else text


def moved(patch: FaderPatch, millibel: int | None) -> Value:
    """What a mixer says of a fader that a hand has put there."""
    step = (laws.find(patch.law).position(millibel) * patch.steps * 2 + LEVEL_MAX) // (2 * LEVEL_MAX)
    return (step / patch.steps,) if patch.address[0] == "osc" else step


def pressed(rule: Input) -> str | bool | int:
    """What a press says."""
    word = "ON" if rule.says is None else rule.says
    if not rule.says_path:
        return word
    inner: object = word
    for part in reversed(rule.says_path):
        inner = {part: inner}
    return json.dumps(inner)


def _sources(sheet: CueSheet) -> dict[tuple[str, str], list[Input]]:
    """Everything that says conditions: (connection, address) → the inputs that hear it."""
    found: dict[tuple[str, str], list[Input]] = {}
    for rule in sheet.triggers.values():
        if isinstance(rule, Input) and rule.when is not None:
            found.setdefault((rule.connection, rule.address), []).append(rule)
    return found


def _repeat_ns(rules: list[Input]) -> int:
    """A third of the shortest silence that any of them bears; 0: none is promised."""
    return min((rule.silent_ns // 3 for rule in rules if rule.silent_ns), default=0)


def carts(sheet: CueSheet) -> dict[tuple[str, str], Cart]:
    """What can drive: command topics ``<name>/command`` whose ``<name>/state`` the sheet hears."""
    heard = _sources(sheet)
    found = {}
    for command in sheet.commands.values():
        topic = str(command.address[-1])
        state = (command.to, f"{topic.removesuffix('/command')}/state")
        if command.address[0] == "topic" and topic.endswith("/command") and state in heard:
            found[command.to, topic] = Cart(*state)
    return found
