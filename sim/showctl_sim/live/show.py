"""A show that runs elsewhere, with the face of a :class:`showctl.show.Show`: time is real, and steps are what is seen.

A Performance over it folds, records and checks as it does in virtual time. A daemon tells a subscribed station of
states, standby, running cues, words and refusals; light and faders are read off the frames themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from showctl.clock import SystemClock, pause
from showctl.dimming import asked
from showctl.errors import DriverError
from showctl.hands import spelled
from showctl.light import reciprocal
from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Action,
    CueSheet,
    EdgeFrame,
    Event,
    Hold,
    Master,
    Move,
    Patched,
    Step,
    Trigger,
    Value,
)
from showctl.show import Outcome
from showctl_sim.live.ends import Ends, first_host

ANSWER_WITHIN_NS = 3 * SECOND_NS
CONFIRM_NS = SECOND_NS // 2      # showctl asks once more before it resets
SUBSCRIBE_EVERY_NS = 20 * SECOND_NS
LOOK_EVERY_NS = SECOND_NS // 200
UNKNOWN = -1


class LiveShow:
    """The daemon as seen from outside. ``run_until`` waits; nothing is ever decided here."""

    moving = settling = True    # nobody can tell, so promises about levels are always looked at
    wake_ns: int | None = None

    def __init__(self, sheet: CueSheet, ends: Ends, runner: asyncio.Runner) -> None:
        self.sheet = sheet
        self._ends, self._runner = ends, runner
        self._clock = SystemClock()
        self._number = 0
        self._states: dict[str, str] = {}
        self._running: tuple[str, ...] = ()
        self._flags: dict[str, Value] = {}
        self._missing: tuple[str, ...] = ()
        self._subscribed_ns = -SUBSCRIBE_EVERY_NS
        self._patched = {each.parameter: each for each in sheet.patch if each.dimmed_by is None and each.wheel is None}
        self._faders = {fader.parameter: fader for fader in sheet.faders.values()}
        self._hosts = {station.host: name for name, station in sheet.stations.items() if station.host}

    # ---- the face of a Show ----

    @property
    def last_ns(self) -> int:
        """Now."""
        return self._clock.now_ns()

    @property
    def due_ns(self) -> int:
        """When to look again."""
        return self._clock.now_ns() + LOOK_EVERY_NS

    def start(self) -> Outcome:
        """Subscribe as a station, and reset the show: both worlds begin at its top. What came before is forgotten.

        Raises DriverError where nobody answers, or another show does.
        """
        while not self._states:
            self._wait(10 * LOOK_EVERY_NS)
            if self._clock.now_ns() > ANSWER_WITHIN_NS:
                raise DriverError(f"no show answers by OSC at {self._wire()[1]}; run it first, in this venue")
        self._say("/showctl/reset")
        self._wait(CONFIRM_NS)
        self._states, self._running = {}, ()
        self._say("/showctl/reset")
        self._say("/showctl/subscribe")
        return self._wait(4 * LOOK_EVERY_NS)

    def admit(self, at_ns: int, trigger: Trigger, *, late: bool = False) -> Outcome:
        """Send what ``trigger`` says; what comes of it is seen later."""
        if trigger.source:
            self._runner.run(self._ends.send(trigger))
        return self.run_until(at_ns)

    def run_until(self, ns: int, *, late: bool = False) -> Outcome:
        """Let real time pass up to ``ns``; what was seen meanwhile."""
        now_ns = self._clock.now_ns()
        if now_ns > self._subscribed_ns + SUBSCRIBE_EVERY_NS:
            self._subscribed_ns = now_ns
            self._say("/showctl/subscribe")
        self._runner.run(pause(max(0, ns - self._clock.now_ns()) / SECOND_NS))
        return self._seen(self._clock.now_ns())

    def peek(self, at_ns: int, parameters: Iterable[int]) -> list[int]:
        """The newest levels on the wires; −1 where none was seen."""
        return [self._level(parameter) for parameter in parameters]

    def truth(self, name: str) -> bool | None:
        """No wire tells it."""
        return None

    def sees(self, parameter: int) -> bool:
        """Whether a parameter's level can be read off a wire at all."""
        if parameter in self._patched:
            node = self.sheet.connections[self._patched[parameter].to]
            return node.driver == "artnet" or (node.driver == "sacn" and bool(first_host(node.settings)))
        fader = self._faders.get(parameter)
        if fader is None:
            return False
        connection = self.sheet.connections[fader.to]
        return connection.driver == "osc" or str(connection.settings.get("port", "")).startswith("udp://")

    # ---- levels ----

    def _level(self, parameter: int) -> int:
        if parameter in self._patched:
            return self._lamp(self._patched[parameter])
        fader = self._faders.get(parameter)
        position = None if fader is None else self._ends.heard.positions.get((fader.to, spelled(fader.address)))
        if fader is None or position is None:
            return UNKNOWN
        if isinstance(position, float):
            settings = self.sheet.connections[fader.to].settings
            low, high = (float(str(settings.get(key, default))) for key, default in (("low", 0), ("high", 1)))
            return round((position - low) / (high - low) * LEVEL_MAX)
        return position * LEVEL_MAX // fader.steps

    def _lamp(self, patched: Patched) -> int:
        slots = self._ends.heard.slots.get((patched.to, patched.universe))
        if slots is None:
            return UNKNOWN
        first = patched.slot - 1
        share = int.from_bytes(slots[first : first + patched.width].ljust(patched.width, b"\0"))
        about = self.sheet.parameters[patched.parameter]
        zero, full = patched.whole or (about.minimum, about.maximum)
        level = zero + share * (full - zero) // ((1 << 8 * patched.width) - 1)
        if about.mired:
            return reciprocal(level)
        return level if about.response is None else asked(about.response, level)

    # ---- what is told ----

    def _wire(self) -> tuple[str, str, str]:
        """By which connection we listen: its name, where it is, and the host of the station that we are."""
        for station in self.sheet.stations.values():
            connection = self.sheet.connections.get(station.connection)
            if connection is not None and connection.driver == "osc" and station.host:
                return connection.name, str(connection.settings.get("listen", "")), station.host
        for connection in self.sheet.connections.values():
            if connection.driver == "osc" and "listen" in connection.settings:
                return connection.name, str(connection.settings["listen"]), "127.0.0.1"
        raise DriverError("a live rehearsal watches by OSC, and this sheet listens to none")

    def _say(self, path: str) -> None:
        name, _, host = self._wire()
        self._runner.run(self._ends.send(Trigger(name, path, (), f"{host}:0")))

    def _wait(self, length_ns: int) -> Outcome:
        return self.run_until(self._clock.now_ns() + length_ns)

    def _seen(self, at_ns: int) -> Outcome:
        """Everything that has arrived, as steps and edges."""
        heard, outcome = self._ends.heard, Outcome()
        for host, path, arguments in heard.said:
            for step in self._told(at_ns, self._hosts.get(host, host), path, arguments):
                outcome.records.append(step)
        outcome.frames += [EdgeFrame(to, address, value, at_ns, 0) for to, address, value in heard.edges]
        heard.said.clear()
        heard.edges.clear()
        return outcome

    def _told(self, at_ns: int, station: str, path: str, arguments: tuple[Value, ...]) -> Iterator[Step]:
        word, _, name = path.removeprefix("/showctl/").partition("/")
        first = arguments[0] if arguments else None
        nobody = Event("told", word)
        if word == "show" and first != self.sheet.name:
            raise DriverError(f"the show that answers is '{first!s}', not '{self.sheet.name}'")
        if word == "accepted":
            yield self._step(at_ns, Event("command", str(first), (), station), accepted=True)
        elif word == "refused":
            yield self._step(at_ns, Event("refused", str(first), None, station), refused=str(arguments[-1]))
        elif word == "said":
            yield self._step(at_ns, nobody, said=(str(first),))
        elif word == "state" and self._states.get(name) != first:
            before, self._states[name] = self._states.get(name, ""), str(first)
            yield self._step(at_ns, nobody, moves=(Move(name, before, str(first), (before,), (str(first),)),))
        elif word == "standby":
            yield self._step(at_ns, nobody, standby=((name, str(first)),))
        elif word == "running":
            now, before_ = tuple(map(str, arguments)), self._running
            self._running = now
            yield self._step(at_ns, nobody, started=tuple(each for each in now if each not in before_),
                             ended=tuple(each for each in before_ if each not in now))
        elif word in ("master", "sub", "blackout") and isinstance(first, int | float):
            master = "grand" if word == "master" else f"sub/{name}" if word == "sub" else word
            yield self._step(at_ns, nobody, actions=(Master(master, round(first * LEVEL_MAX)),))
        elif word == "missing":
            yield from self._lost(at_ns, tuple(map(str, arguments)))
        elif word in FLAGS and self._flags.get(word) != first:
            self._flags[word] = first
            event, action = FLAGS[word](bool(first))
            yield self._step(at_ns, event or nobody, actions=action, accepted=event is None and word == "panicked")

    def _lost(self, at_ns: int, missing: tuple[str, ...]) -> Iterator[Step]:
        before, self._missing = self._missing, missing
        for name in missing:
            if name not in before:
                yield self._step(at_ns, Event("lost", name))
        for name in before:
            if name not in missing:
                yield self._step(at_ns, Event("back", name))

    def _step(self, at_ns: int, event: Event, **what: object) -> Step:
        self._number += 1
        return Step(self._number, at_ns, event, **what)  # type: ignore[arg-type]


Flag = tuple[Event | None, tuple[Action, ...]]

FLAGS: dict[str, Callable[[bool], Flag]] = {
    "paused": lambda on: (None, (Hold(on),)),
    "panicked": lambda on: (Event("command", "panic") if on else None, ()),
    "sensors": lambda on: (Event("command", "sensors", (on,)), ()),
}
"""A switch that everybody is told of → the step that says so."""

