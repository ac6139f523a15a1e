"""Everything that can happen in a room, as acts of a rehearsal: the alphabet that walks and sweeps spell with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from showctl.model import Combination, CueSheet, Input, cue_text
from showctl.vocabulary import address
from showctl_sim import faults
from showctl_sim.dice import Dice
from showctl_sim.script import Act
from showctl_sim.virtual_rig import carts

MILLISECOND_NS = 1_000_000
LEVELS = (0.0, 0.25, 0.5, 1.0)
MILLIBEL = (None, -4000, -2000, -600, 0, 1000)
FAULT_MS = (300, 2_000, 4_000, 7_000, 20_000, 60_000, 180_000)
"""Shorter than the grace of a loss, longer than it, longer than most waits of a sheet."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One thing that may happen, so often beside others as its ``weight``; ``act`` makes it happen at an instant."""

    weight: int
    act: Callable[[int, Dice], Act]


def operators(sheet: CueSheet) -> tuple[str, ...]:
    """Stations that press by OSC, in sheet order; the terminal where there are none."""
    found = [name for name, station in sheet.stations.items() if station.role == "operator" and not station.says]
    return tuple(found) or ("terminal",)


def goers(sheet: CueSheet) -> tuple[str, ...]:
    """Stations that can say GO: operators, and those with a word for it."""
    pedals = [name for name, station in sheet.stations.items() if "go" in station.says.values()]
    return (*operators(sheet), *pedals)


def sensors(sheet: CueSheet) -> tuple[Input, ...]:
    """Conditions that guests and things tell, in sheet order; a cart speaks for itself."""
    driven = [cart.where for cart in carts(sheet).values()]
    inputs = (rule for rule in sheet.triggers.values() if isinstance(rule, Input) and rule.when is not None)
    return tuple(rule for rule in inputs if (rule.connection, rule.address) not in driven)


def pressing(sheet: CueSheet, name: str, at_ns: int, by: str) -> Act:
    """A button by a station; a press without a button by its sensor."""
    rule = sheet.triggers[name]
    button = isinstance(rule, Combination) or rule.kind == "button"
    return Act(at_ns, "press", ((name, by if button else None),))


def undisturbed(sheet: CueSheet) -> tuple[Gesture, ...]:
    """What a show is made for: GO, buttons, guests."""
    return (*_keys(sheet), *_buttons(sheet), *_room(sheet))


def by_the_book(sheet: CueSheet) -> tuple[Gesture, ...]:
    """As well, everything that goes wrong by itself."""
    return (*undisturbed(sheet), *_faults(sheet))


def by_hand(sheet: CueSheet) -> tuple[Gesture, ...]:
    """As well, what a person may do against the sheet: jumps, levels, switches. Its promises do not bind a person."""
    return (*by_the_book(sheet), *_jumps(sheet), *_levels(sheet))


def draw(gestures: Sequence[Gesture], dice: Dice, at_ns: int) -> Act:
    """One of them by chance."""
    place = dice.below(sum(each.weight for each in gestures))
    for gesture in gestures:
        place -= gesture.weight
        if place < 0:
            break
    return gesture.act(at_ns, dice)


Items = Callable[[Dice], tuple[tuple[str, Any], ...]]


def _nothing(dice: Dice) -> tuple[tuple[str, Any], ...]:
    return ()


def _said(weight: int, verb: str, people: Sequence[str], items: Items = _nothing) -> Gesture:
    """A station says something."""
    return Gesture(weight, lambda at_ns, dice: Act(at_ns, verb, items(dice), dice.pick(people)))


def _done(weight: int, verb: str, items: Items) -> Gesture:
    """Something happens in the room, by nobody's station."""
    return Gesture(weight, lambda at_ns, dice: Act(at_ns, verb, items(dice)))


def _keys(sheet: CueSheet) -> Iterator[Gesture]:
    """GO most of all; the other keys of a desk now and then, panic among them."""
    yield _said(60, "go", goers(sheet))
    for verb, weight in (("back", 4), ("panic", 3), ("pause", 2), ("resume", 4), ("reset", 1)):
        yield _said(weight, verb, operators(sheet))


def _buttons(sheet: CueSheet) -> Iterator[Gesture]:
    for name, rule in sheet.triggers.items():
        if isinstance(rule, Input) and rule.when is None:
            yield _pressed(sheet, name)


def _pressed(sheet: CueSheet, name: str) -> Gesture:
    people = operators(sheet)
    return Gesture(8, lambda at_ns, dice: pressing(sheet, name, at_ns, dice.pick(people)))


def _room(sheet: CueSheet) -> Iterator[Gesture]:
    """Guests come and go, and stand in a door that swings."""
    for rule in sensors(sheet):
        yield _changed(rule.name)
        yield _flapping(rule.name)


def _changed(name: str) -> Gesture:
    return _done(12, "set", lambda dice: ((name, dice.one_in(2)),))


def _flapping(name: str) -> Gesture:
    return _done(1, "flap", lambda dice: ((name, (dice.between(2, 12), dice.between(100, 2000) * MILLISECOND_NS)),))


def _faults(sheet: CueSheet) -> Iterator[Gesture]:
    """Everything that can go wrong goes wrong sometimes."""
    for kind in faults.KINDS:
        if faults.targets(sheet, kind):
            yield _fault(kind, faults.targets(sheet, kind))


def _fault(kind: str, names: Sequence[str]) -> Gesture:
    return Gesture(1, lambda at_ns, dice: Act(
        at_ns, "fault", ((dice.pick(names), kind),), for_ns=dice.pick(FAULT_MS) * MILLISECOND_NS))


def _jumps(sheet: CueSheet) -> Iterator[Gesture]:
    people = operators(sheet)
    yield _said(1, "stop", people)
    cues = [cue_text(number) for number in sheet.cues]
    states = [name for region in sheet.regions.values() for name in region.states]
    for verb, names in (("cue-go", cues), ("cue-start", cues), ("start", states)):
        yield _addressed(2, people, [address(verb, name) for name in names])
    yield _addressed(2, people, [address("standby-next"), address("standby-previous")])


def _levels(sheet: CueSheet) -> Iterator[Gesture]:
    people = operators(sheet)
    yield _addressed(2, people, [address("master")], LEVELS)
    yield _addressed(1, people, [address("blackout")], (0.0, 0.0, 1.0))
    yield _addressed(1, people, [address("sensors")], (0.0, 1.0, 1.0))
    if sheet.submasters:
        yield _addressed(2, people, [address("sub", name) for name in sheet.submasters], LEVELS)
    if sheet.faders:
        yield _addressed(2, people, [address("fader", name) for name in sheet.faders], LEVELS)
    if sheet.merges:
        yield _done(2, "dmx", lambda dice: ((dice.pick([*sheet.merges]), ((dice.pick(SLOTS), dice.pick(BYTES)),)),))
        yield _done(1, "dmx", lambda dice: ((dice.pick([*sheet.merges]), None),))
    on_desks = [name for name, fader in sheet.faders.items() if sheet.connections[fader.to].driver == "midi"]
    if on_desks:
        yield _done(2, "hand", lambda dice: ((dice.pick(on_desks), dice.pick(MILLIBEL)),))


SLOTS = (1, 2, 3, 11, 12, 21, 512)
BYTES = (0, 1, 128, 255)


def _addressed(weight: int, people: Sequence[str], paths: Sequence[str], values: Sequence[float] = (1.0,)) -> Gesture:
    return _said(weight, "osc", people, lambda dice: ((dice.pick(paths), (dice.pick(values),)),))
