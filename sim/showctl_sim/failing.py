"""How things go wrong: what each fault says of itself and does to messages on their way.

The names that rehearsals write, and what may go wrong which way, are a table in ``faults``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from showctl import vocabulary
from showctl.model import SECOND_NS, Input, Trigger
from showctl_sim import spoken
from showctl_sim.dice import Dice
from showctl_sim.virtual_rig import ALIVE, DEAD, PORT, Timed, VirtualRig

MILLISECOND_NS = 1_000_000
STRANGER = f"203.0.113.66:{PORT}"      # of the block that documents use: nobody's address (RFC 5737)
FLAPS_MAX = 500
GARBAGE = ("", "{", "nan", "unavailable", "\0", "[" * 40, "9" * 50)
LEVELS = ("/showctl/master", "/showctl/sub/", "/showctl/fader/", "/showctl/blackout", "/showctl/sensors")
TRIGGER, CONNECTION, STATION, TABLET, SHOW = "trigger", "connection", "station", "tablet", "show"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; ``target`` is a trigger, a connection, a station or ``HOUSE``."""

    kind: str
    target: str
    for_ns: int
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.target} {self.kind} for {spoken.duration(self.for_ns)}"


@dataclass(slots=True)
class Active:
    """A fault at work, with its chance and its memory."""

    fault: Fault
    kind: Kind
    dice: Dice
    since_ns: int
    over: bool = False
    held: dict[str, Trigger] = field(default_factory=dict)     # address → what a stuck sensor keeps saying
    truths: dict[str, bool] = field(default_factory=dict)      # what a flapping sensor's device said before
    last_ns: int = 0                                           # when the latest of the late messages arrives


Hook = Callable[[VirtualRig, Active], None]
Through = Callable[[VirtualRig, Active, int, Trigger], list[Timed]]


def nothing(rig: VirtualRig, active: Active) -> None:
    """Most faults say nothing of themselves."""


def as_it_is(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Most faults change no message."""
    return [(at_ns, trigger)]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong: ``targets`` it may have, what it says as it begins and ends, what it does to messages."""

    words: str
    targets: tuple[str, ...]
    begin: Hook = nothing
    through: Through = as_it_is
    end: Hook = nothing


# ---- sensors ----

def hold(rig: VirtualRig, active: Active) -> None:
    """Remember what the sensor says at this moment."""
    for rule in _inputs(rig, active):
        if (last := rig.repeated(rule.connection, rule.address)) is not None:
            active.held[rule.address] = last


def stuck(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Whatever it would say, it says what it said before."""
    held = active.held.get(trigger.address)
    return [(at_ns, replace(trigger, value=held.value))] if held is not None else [(at_ns, trigger)]


def flap(rig: VirtualRig, active: Active) -> None:
    """True, false, true, false: 10 to 40 ms each, as a bad contact does, for as long as it lasts or 500 times."""
    hold(rig, active)
    active.truths = {rule.name: rig.truths[rule.name] for rule in _inputs(rig, active) if rule.name in rig.truths}
    at_ns, end_ns = rig.performance.now_ns, active.since_ns + active.fault.for_ns
    for turn in range(FLAPS_MAX):
        at_ns += active.dice.between(10, 40) * MILLISECOND_NS
        if at_ns >= end_ns:
            break
        rig.at(at_ns, lambda truth=turn % 2 == 0: rig.set(active.fault.target, truth))      # type: ignore[misc]


def calm(rig: VirtualRig, active: Active) -> None:
    """The contact holds again, and says what it said before."""
    rig.truths.update(active.truths)
    for address, last in active.held.items():
        rig.send(last.source, address, last.value)


def settle(rig: VirtualRig, active: Active) -> None:
    """What the sensor truly says, live."""
    for rule in _inputs(rig, active):
        if rule.when is not None and rule.name in rig.truths:
            rig.set(rule.name, rig.truths[rule.name])


def go_offline(rig: VirtualRig, active: Active) -> None:
    """Its last will: the broker says that the source is gone."""
    for rule in _inputs(rig, active):
        if rule.alive:
            _slip(rig, active, Trigger(rule.connection, rule.alive, DEAD))


def come_online(rig: VirtualRig, active: Active) -> None:
    """Back with what it has: some sources resend it retained, some live (zigbee2mqtt#4225)."""
    live = active.dice.one_in(2)
    for rule in _inputs(rig, active):
        if rule.alive:
            rig.emit(Trigger(rule.connection, rule.alive, ALIVE))
        last = rig.repeated(rule.connection, rule.address, retained=not live)
        if last is not None and rule.when is not None:
            rig.emit(last)


def garbled(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """What nobody can read, in its place."""
    return [(at_ns, replace(trigger, value=active.dice.pick(GARBAGE)))]


# ---- messages ----

def swallowed(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Nothing arrives."""
    return []


def some_lost(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Every other one does not arrive."""
    return [] if active.dice.one_in(2) else [(at_ns, trigger)]


def late(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Up to three seconds late, in order."""
    active.last_ns = max(active.last_ns, at_ns + active.dice.between(100, 3_000) * MILLISECOND_NS)
    return [(active.last_ns, trigger)]


def doubled(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Once more within 300 ms; a broker marks the copy as a redelivery, a datagram looks like the first."""
    copy = replace(trigger, message_id=1) if _driver(rig, trigger.source) == "mqtt" else trigger
    return [(at_ns, trigger), (at_ns + active.dice.between(1, 300) * MILLISECOND_NS, copy)]


def reordered(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Each up to half a second late, whatever the others do."""
    return [(at_ns + active.dice.between(0, 500) * MILLISECOND_NS, trigger)]


def replay(rig: VirtualRig, active: Active) -> None:
    """A broker tells everything it has retained once more, as after a restart nobody noticed."""
    for source, address in list(rig.said):
        last = rig.repeated(source, address, retained=True)
        if source == active.fault.target and last is not None and last.retained:
            rig.emit(last)


# ---- connections ----

def lose(rig: VirtualRig, active: Active) -> None:
    """The shell says that the connection is gone."""
    rig.lose(active.fault.target)


def bring_back(rig: VirtualRig, active: Active) -> None:
    """It is up again; a broker tells what it retained."""
    rig.bring_back(active.fault.target)


def bounce(rig: VirtualRig, active: Active) -> None:
    """Gone and back about twice a second."""
    at_ns, end_ns, there = active.since_ns, active.since_ns + active.fault.for_ns, True
    for _ in range(FLAPS_MAX):
        rig.at(at_ns, lambda there=there: _one_bounce(rig, active, there))      # type: ignore[misc]
        at_ns, there = at_ns + active.dice.between(150, 600) * MILLISECOND_NS, not there
        if at_ns >= end_ns:
            break


def _one_bounce(rig: VirtualRig, active: Active, there: bool) -> None:
    if not active.over:
        (rig.lose if there else rig.bring_back)(active.fault.target)


def away(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """What the shell says of the connection passes; nothing else comes over it."""
    return [(at_ns, trigger)] if trigger.source == "" else []


# ---- the machine ----

def stalled(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Nothing is taken while the process stands still: it all comes at the end (CORE 7)."""
    return [(active.since_ns + active.fault.for_ns + MILLISECOND_NS, trigger)]


def say_stalled(rig: VirtualRig, active: Active) -> None:
    """The merge says how late it is, before what waited (CORE 7)."""
    rig.emit(Trigger("", "stalled", active.fault.for_ns))


def restart(rig: VirtualRig, active: Active) -> None:
    """The daemon was killed and runs again: connections come up, brokers tell what they retained."""
    rig.emit(Trigger("", "resumed", active.fault.for_ns))
    for connection in rig.sheet.connections:
        rig.bring_back(connection)


def wrong_clock(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Somebody sets the clock on the wall: stamps jump by hours, and decide nothing."""
    hours = active.dice.between(-12, 12)
    return [(at_ns, replace(trigger, seen_ns=at_ns + hours * 3_600 * SECOND_NS))]


# ---- people ----

def double_tap(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Another finger on another tablet, 0 to 300 ms later."""
    if vocabulary.address("go") != trigger.address:
        return [(at_ns, trigger)]
    others = [name for name in _tablets(rig) if name != active.fault.target] or [active.fault.target]
    host = rig.sheet.stations[active.dice.pick(others)].host
    again = replace(trigger, sender=f"{host}:{PORT}")
    return [(at_ns, trigger), (at_ns + active.dice.between(0, 300) * MILLISECOND_NS, again)]


def release(rig: VirtualRig, active: Active, at_ns: int, trigger: Trigger) -> list[Timed]:
    """Each finger is lifted again, which presses nothing (SEMANTICS 1)."""
    if trigger.value != (1.0,) or trigger.address.startswith(LEVELS):
        return [(at_ns, trigger)]
    lifted = replace(trigger, value=(0.0,))
    return [(at_ns, trigger), (at_ns + active.dice.between(30, 900) * MILLISECOND_NS, lifted)]


def strangers(rig: VirtualRig, active: Active) -> None:
    """A phone in the audience finds the port: GO, panic and every button."""
    buttons = [vocabulary.address("trigger", name) for name, rule in rig.sheet.triggers.items()
               if isinstance(rule, Input) and rule.kind == "button"]
    for address in ("/showctl/go", "/showctl/panic", "/go", *buttons):
        rig.emit(Trigger(active.fault.target, address, (1.0,), STRANGER))


def storm(rig: VirtualRig, active: Active) -> None:
    """Twenty GOs in two seconds, as from a fist or a child."""
    for turn in range(20):
        rig.at(active.since_ns + turn * 100 * MILLISECOND_NS, lambda: rig.press(active.fault.target, "/showctl/go"))


def panic_and_on(rig: VirtualRig, active: Active) -> None:
    """Panic by mistake, twice, and on with the show ten seconds later."""
    press = active.fault.target
    rig.press(press, "/showctl/panic")
    rig.at(active.since_ns + SECOND_NS, lambda: rig.press(press, "/showctl/panic"))
    rig.at(active.since_ns + 10 * SECOND_NS, lambda: rig.press(press, "/showctl/go"))


def jump_into_hazard(rig: VirtualRig, active: Active) -> None:
    """Start at every state that moves, burns or emits something on entry: refused (SEMANTICS 33)."""
    for region in rig.sheet.regions.values():
        for state in region.states.values():
            if not state.fail and any(rig.sheet.commands[each.command].hazard for each in state.messages):
                rig.press(active.fault.target, vocabulary.address("start", state.name))


# ---- what they share ----

def _slip(rig: VirtualRig, active: Active, trigger: Trigger) -> None:
    """Say something that the fault itself does not swallow."""
    active.over = True
    rig.emit(trigger)
    active.over = False


def _inputs(rig: VirtualRig, active: Active) -> list[Input]:
    """The trigger at fault, with those that share its address: they are one device."""
    own = rig.sheet.triggers[active.fault.target]
    assert isinstance(own, Input)
    return [
        rule for rule in rig.sheet.triggers.values()
        if isinstance(rule, Input) and (rule.connection, rule.address) == (own.connection, own.address)
    ]


def _driver(rig: VirtualRig, connection: str) -> str:
    about = rig.sheet.connections.get(connection)
    return about.driver if about is not None else ""


def _tablets(rig: VirtualRig) -> list[str]:
    return [name for name, station in rig.sheet.stations.items() if station.host and station.role == "operator"]


def leave(rig: VirtualRig, active: Active) -> None:
    """``gone`` begins, in the way of what goes."""
    _OF_GONE[_sort(rig, active)][0](rig, active)


def come_again(rig: VirtualRig, active: Active) -> None:
    """``gone`` ends."""
    _OF_GONE[_sort(rig, active)][1](rig, active)


def _sort(rig: VirtualRig, active: Active) -> str:
    target = active.fault.target
    return TRIGGER if target in rig.sheet.triggers else CONNECTION if target in rig.sheet.connections else STATION


_OF_GONE: Mapping[str, tuple[Hook, Hook]] = {
    TRIGGER: (go_offline, come_online),
    CONNECTION: (lose, bring_back),
    STATION: (nothing, nothing),
}
"""What ``gone`` means, by what is gone: how it begins, how it ends."""
