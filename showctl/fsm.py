"""The state machine of one region, as a table.

Rules (CORE 10, SEMANTICS 2, 18, 21):

1. Nested states are flattened: the machine is always in one leaf; its ancestors are active with it.
2. A handler of an inner state comes before its parent's, the parent's before ``anywhere``. A false guard falls outward.
3. A transition leaves states inner first up to the common ancestor, and enters outer first down to the target's
   first leaf. A common ancestor is neither left nor entered, so its timers run on. A state that is its own target is
   left and entered again.
4. ``cue``, ``say`` and ``back`` answers stay in the state, as far as the table is concerned.

``transitions`` builds and validates the machine (names it does not know raise); :func:`tables` reads the flat table off
it, and a property test holds the two equal. State names are prefixed for it: a state called ``trigger`` breaks a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transitions import Machine, MachineError

from showctl.errors import UsageError
from showctl.model import Guard, Region, State, Transition

MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Way:
    """One alternative of one (leaf, event): the sheet's transition with its move worked out.

    ``target`` is the leaf entered, "" where the answer stays in the state. ``owner`` is the state (or ``""`` for
    ``anywhere``) that wrote the line.
    """

    transition: Transition
    owner: str
    target: str = ""
    left: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()


Table = Mapping[tuple[str, str], tuple[Way, ...]]
"""(leaf, event name) → ways in the order they are tried. ``when:`` lines stand under their trigger's name."""


def lineage(region: Region, name: str) -> tuple[str, ...]:
    """``name`` and its ancestors, inner first."""
    chain: list[str] = []
    while name and len(chain) < MAX_DEPTH:
        chain.append(name)
        name = region.states[name].parent
    return tuple(chain)


def leaf(region: Region, name: str) -> str:
    """The leaf that entering ``name`` ends in."""
    for _ in range(MAX_DEPTH):
        start = region.states[name].start
        if not start:
            return name
        name = start
    raise UsageError(f"state '{name}' in region '{region.name}' is nested deeper than {MAX_DEPTH}")


def leaves(region: Region) -> Iterator[str]:
    """Every leaf in sheet order."""
    return (state.name for state in region.states.values() if not state.start)


def path(region: Region, source: str, target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(states left inner first, states entered outer first) on the way between two leaves (rule 3)."""
    if source == target:
        return (source,), (target,)
    inside, outside = lineage(region, source), lineage(region, target)
    left = tuple(name for name in inside if name not in outside)
    entered = tuple(name for name in reversed(outside) if name not in inside)
    return left, entered


def build(region: Region, holds: Callable[[Guard], bool]) -> Any:
    """A plain ``transitions.Machine`` for the region, in its start leaf; guards ask ``holds``.

    Raises UsageError where the region names a state it does not have.
    """
    machine = Machine(
        model=None,
        states=[_state_name(name) for name in leaves(region)],
        initial=_state_name(leaf(region, region.start)),
        auto_transitions=False,
        send_event=True,
    )
    for state_name in leaves(region):
        for event, way in _ways(region, state_name):
            guard = way.transition.guard
            machine.add_transition(
                trigger=_event_name(event),
                source=_state_name(state_name),
                dest=_state_name(way.target) if way.target else None,
                conditions=None if guard is None else _condition(guard, holds),
            )
            added: Any = machine.events[_event_name(event)].transitions[_state_name(state_name)][-1]
            added.way = way
    return machine


def tables(region: Region) -> Table:
    """The region's flat table, read off the machine that ``transitions`` built and validated."""
    try:
        machine = build(region, lambda guard: True)
    except (MachineError, ValueError, KeyError) as error:
        raise UsageError(f"region '{region.name}' is not a machine: {error}") from error
    table: dict[tuple[str, str], tuple[Way, ...]] = {}
    for event_name, event in machine.events.items():
        for state_name, ways in event.transitions.items():
            key = (state_name.removeprefix(_STATE), event_name.removeprefix(_EVENT))
            table[key] = tuple(_way(transition) for transition in ways)
    return table


def first(ways: tuple[Way, ...], holds: Callable[[Guard], bool]) -> Way | None:
    """The first way whose guard holds."""
    for way in ways:
        if way.transition.guard is None or holds(way.transition.guard):
            return way
    return None


def otherwise(ways: tuple[Way, ...]) -> str:
    """What a refused station reads: the first `else` line."""
    return next((way.transition.otherwise for way in ways if way.transition.otherwise), "its guard does not hold")


_STATE, _EVENT = "state ", "event "


def _state_name(name: str) -> str:
    return _STATE + name


def _event_name(name: str) -> str:
    return _EVENT + name


def _condition(guard: Guard, holds: Callable[[Guard], bool]) -> Callable[[Any], bool]:
    return lambda event: holds(guard)


def _way(transition: Any) -> Way:
    way = transition.way
    assert isinstance(way, Way)
    return way


def _ways(region: Region, state_name: str) -> Iterator[tuple[str, Way]]:
    """Every (event, way) that a leaf answers to, in the order tried (rule 2)."""
    for owner in lineage(region, state_name):
        for event, lines in _lines(region.states[owner]):
            for line in lines:
                yield event, _resolve(region, state_name, owner, line)
    for event, lines in region.anywhere.items():
        for line in lines:
            yield event, _resolve(region, state_name, "", line)


def _lines(state: State) -> Iterator[tuple[str, tuple[Transition, ...]]]:
    yield from state.on.items()
    yield from state.when
    for number, (_, lines) in enumerate(state.after):
        yield after_event(state.name, number), lines


def after_event(state: str, number: int) -> str:
    """The event name of a state's ``after`` line."""
    return f"after {state} {number}"


def _resolve(region: Region, source: str, owner: str, line: Transition) -> Way:
    if line.kind != "state":
        return Way(line, owner)
    if line.target not in region.states:
        raise KeyError(f"no state '{line.target}'")
    target = leaf(region, line.target)
    left, entered = path(region, source, target)
    return Way(line, owner, target, left, entered)
