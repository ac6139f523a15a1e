"""What goes wrong in a room, as a table: each fault by the name that a rehearsal writes.

``fault: {seat-2: silent, for: 5 min}`` begins one; :data:`KINDS` says what each does to messages on their way, and
what it says itself. A fault is a tap of a VirtualRig, so the show sees triggers and never a fault. Chance is seeded:
the same fault with the same seed is the same triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from showctl.model import CueSheet, Input, Station, Trigger
from showctl_sim import failing
from showctl_sim.dice import Dice
from showctl_sim.failing import CONNECTION, SHOW, STATION, TABLET, TRIGGER, Active, Fault, Kind
from showctl_sim.virtual_rig import Timed, VirtualRig

__all__ = ["HOUSE", "KINDS", "Active", "Fault", "Kind", "begin", "check", "end", "targets"]

HOUSE = "showctl"      # the target of what goes wrong in the machine itself


def check(sheet: CueSheet, kind: str, target: str) -> None:
    """Raises ValueError, in words for the author of a rehearsal, where there is no such fault of such a thing."""
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        instead = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
        raise ValueError(f"no fault '{kind[:60]}'; {instead}")
    if target not in targets(sheet, kind):
        raise ValueError(f"'{target[:60]}' cannot be {kind}: {KINDS[kind].words}; {_those(sheet, kind)}")


def targets(sheet: CueSheet, kind: str) -> tuple[str, ...]:
    """Everything in the sheet that can go wrong this way, in sheet order."""
    of = {
        TRIGGER: [rule.name for rule in sheet.triggers.values() if isinstance(rule, Input) and rule.connection],
        CONNECTION: [*sheet.connections],
        STATION: [name for name, station in sheet.stations.items() if station.connection],
        TABLET: [name for name, station in sheet.stations.items() if station.host and not station.says],
        SHOW: [HOUSE],
    }
    return tuple(dict.fromkeys(name for target in KINDS[kind].targets for name in of[target]))


def begin(rig: VirtualRig, fault: Fault) -> Active:
    """Let it go wrong now; it ends by itself after its time, or by :func:`end`. Raises ValueError as :func:`check`."""
    check(rig.sheet, fault.kind, fault.target)
    kind, now_ns = KINDS[fault.kind], rig.performance.now_ns
    active = Active(fault, kind, Dice(fault.seed, fault.kind, fault.target), now_ns)
    rig.taps.append(active_tap(rig, active))
    rig.at(now_ns + fault.for_ns, lambda: end(rig, active))
    kind.begin(rig, active)
    return active


def end(rig: VirtualRig, active: Active) -> None:
    """Let it be well again; nothing happens where it is already."""
    if not active.over:
        active.over = True
        active.kind.end(rig, active)


def active_tap(rig: VirtualRig, active: Active) -> Callable[[int, Trigger], list[Timed]]:
    """The fault as a tap: what concerns it goes through it while it lasts."""
    concerns = _concerns(rig.sheet, active.fault.target)

    def tap(at_ns: int, trigger: Trigger) -> list[Timed]:
        if active.over or not concerns(trigger):
            return [(at_ns, trigger)]
        return active.kind.through(rig, active, at_ns, trigger)

    return tap


def _those(sheet: CueSheet, kind: str) -> str:
    names = targets(sheet, kind)
    return f"there are {', '.join(names)}" if names else "this sheet has nothing of that kind"


def _concerns(sheet: CueSheet, target: str) -> Callable[[Trigger], bool]:
    """Whether a message is of the thing that is at fault."""
    rule = sheet.triggers.get(target)
    if isinstance(rule, Input):
        addresses = tuple(address for address in (rule.address, rule.alive) if address)
        return lambda trigger: trigger.source == rule.connection and trigger.address in addresses
    if target in sheet.connections:
        return lambda trigger: trigger.source == target
    if target in sheet.stations:
        station = sheet.stations[target]
        return lambda trigger: _speaks(station, trigger)
    return lambda trigger: True


def _speaks(station: Station, trigger: Trigger) -> bool:
    if trigger.source != station.connection:
        return False
    return trigger.value in station.says if station.says else trigger.sender.rpartition(":")[0] == station.host


KINDS: Mapping[str, Kind] = {
    "stuck": Kind("a sensor that says the same whatever happens", (TRIGGER,),
                  failing.hold, failing.stuck, failing.settle),
    "flapping": Kind("a condition that changes fifty times a second", (TRIGGER,), failing.flap, end=failing.calm),
    "silent": Kind("a sensor of which nothing is heard", (TRIGGER,), through=failing.swallowed, end=failing.settle),
    "garbled": Kind("a sensor that says what nobody can read", (TRIGGER,), through=failing.garbled, end=failing.settle),
    "gone": Kind(
        "something is away: a sensor offline, a connection lost, a tablet without Wi-Fi",
        (TRIGGER, CONNECTION, STATION),
        failing.leave, failing.away, failing.come_again,
    ),
    "bouncing": Kind("a connection that comes and goes twice a second", (CONNECTION,),
                     failing.bounce, end=failing.bring_back),
    "losing": Kind("every other message is lost", (CONNECTION, TRIGGER, STATION), through=failing.some_lost),
    "late": Kind("messages come up to 3 s late", (CONNECTION, TRIGGER, STATION), through=failing.late),
    "doubled": Kind("messages come twice", (CONNECTION, TRIGGER, STATION), through=failing.doubled),
    "reordered": Kind("messages overtake each other", (CONNECTION, TRIGGER, STATION), through=failing.reordered),
    "replayed": Kind("a broker tells all it has retained", (CONNECTION,), failing.replay),
    "stalled": Kind("the process stands still", (SHOW,), through=failing.stalled, end=failing.say_stalled),
    "restarted": Kind("the daemon was killed and runs again", (SHOW,), end=failing.restart),
    "clock-step": Kind("the clock on the wall is set", (SHOW,), through=failing.wrong_clock),
    "double-tapped": Kind("another tablet presses GO as well", (TABLET,), through=failing.double_tap),
    "released": Kind("every press is followed by its release", (TABLET,), through=failing.release),
    "strangers": Kind("somebody who is not listed presses everything", (CONNECTION,), failing.strangers),
    "storming": Kind("twenty GOs in two seconds", (TABLET,), failing.storm),
    "panicking": Kind("panic by mistake, and on with GO", (TABLET,), failing.panic_and_on),
    "jumping": Kind("a jump into every state that moves something", (TABLET,), failing.jump_into_hazard),
}
"""Name → what it is. A rehearsal writes ``fault: {<target>: <name>, for: <time>}``."""
