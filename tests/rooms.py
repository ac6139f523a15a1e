"""A small room for the tests of conditioning: one sheet of sensors, stations and faders, and a bench to drive it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from showctl.model import (
    LEVEL_MAX,
    Combination,
    Comparison,
    Connection,
    CueSheet,
    Event,
    FaderPatch,
    Input,
    LevelFrame,
    Parameter,
    Station,
    Trigger,
    TriggerRule,
    Value,
)
from showctl.normalise import Normaliser
from showctl.timers import Timers

MS = 1_000_000
CONTACT = Comparison(("contact",), "==", False)
SWITCH = Comparison((), "==", True)
SEAT = Comparison((), ">", Decimal("0.60"))
SEAT_FREE = Comparison((), "<", Decimal("0.45"))


def level(name: str, topic: str = "", **more: Any) -> Input:
    """A level input on the broker, true at ``ON``."""
    return Input(name, "sensors", topic or name, when=more.pop("when", SWITCH), **more)


def sheet(*rules: TriggerRule, **more: Any) -> CueSheet:
    """A sheet with these triggers, a mixer with two faders and the stations of a shop."""
    connections = {
        name: Connection(name, driver, {})
        for name, driver in [("panels", "artnet"), ("mixer", "midi"), ("desk", "osc"), ("sensors", "mqtt"),
                             ("pedal", "serial_line"), ("pins", "gpio"), ("tablets", "osc")]
    }
    stations = [
        Station("foh", "tablets", "10.0.0.31"), Station("stage", "tablets", "10.0.0.32"),
        Station("lobby", "tablets", "10.0.0.33", role="viewer"),
        Station("foot", "pedal", says={"DOWN": "go", "HALT": "panic"}),
        Station("post", "pins", says={"go-button": "go"}),
        Station("terminal", "terminal"), Station("local", "tablets", "127.0.0.1"),
    ]
    faders = [
        FaderPatch("music", "mixer", ("cc", 1, 0), 127, 0), FaderPatch("host-mic", "mixer", ("cc14", 1, 1), 16383, 1),
        FaderPatch("room", "desk", ("osc", "/ch/01/mix/fader"), LEVEL_MAX, 2),
    ]
    return CueSheet(
        "Room", connections, {each.name: each for each in stations},
        tuple(Parameter(index, name, "fader") for index, name in enumerate(["music", "host-mic", "room"])),
        {}, {}, (), {each.name: each for each in faders}, {}, {rule.name: rule for rule in rules}, {}, {},
        **more,
    )


class Bench:
    """A Normaliser and its timers, run as the merge runs them: wake-ups first, then the input."""

    def __init__(self, *rules: TriggerRule) -> None:
        self.timers = Timers()
        self.room = Normaliser(sheet(*rules), self.timers)
        self.now_ns = 0

    def run(self, until_ns: int) -> list[tuple[int, Event]]:
        """Every event of the wake-ups due up to ``until_ns``, with its time."""
        events = []
        while (wake := self.timers.pop(until_ns)) is not None:
            at_ns, key = wake
            assert at_ns >= self.now_ns
            self.now_ns = at_ns
            came = self.room.wake(at_ns, key)
            assert came, f"{key} woke for nothing"
            events += [(at_ns, event) for event in came]
        self.now_ns = until_ns
        return events

    def says(self, at_ms: int, source: str, address: str, value: Value = None, **more: Any) -> list[tuple[int, Event]]:
        """One trigger at ``at_ms``, after the wake-ups due before it."""
        events = self.run(at_ms * MS)
        came = self.room.admit(at_ms * MS, Trigger(source, address, value, **more))
        assert came, "a trigger is never answered by nothing"
        return events + [(at_ms * MS, event) for event in came]

    def mqtt(self, at_ms: int, topic: str, payload: str, *, retained: bool = False) -> list[tuple[int, Event]]:
        """One message from the broker."""
        return self.says(at_ms, "sensors", topic, payload, retained=retained)

    def osc(self, at_ms: int, address: str, *arguments: Value, host: str = "10.0.0.31", port: int = 9000) -> Event:
        """One message of a tablet; its one event."""
        (_, event), = self.says(at_ms, "tablets", address, arguments, sender=f"{host}:{port}")
        return event

    def sent(self, at_ms: int, to: str, address: tuple[str | int, ...], value: int, steps: int) -> None:
        """A level was rendered."""
        self.room.sent(at_ms * MS, LevelFrame(to, address, value, steps, at_ms * MS))


def told(events: list[tuple[int, Event]]) -> list[tuple[int, str, str, Value]]:
    """What a sheet can hear of it: (ms, kind, name, value), without what moved nothing."""
    return [
        (at_ns // MS, event.kind, event.name, event.value)
        for at_ns, event in events
        if event.kind not in ("heard", "refused")
    ]


def combination(name: str, mode: str, *members: str, **more: Any) -> Combination:
    """A combination of triggers."""
    return Combination(name, mode, members, **more)
