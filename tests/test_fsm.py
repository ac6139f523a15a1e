"""The table is the machine: what ``transitions`` would do and what the step reads are the same (CORE 10)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import fsm
from showctl.errors import UsageError
from showctl.model import Guard, Region, State, Transition

NESTED = Region(
    "show",
    "talk",
    {
        "talk": State("talk", start="talk.calm", on={"go": (Transition("state", "end"),)}),
        "talk.calm": State("talk.calm", parent="talk", on={"noise": (Transition("state", "talk.rough"),)}),
        "talk.rough": State("talk.rough", parent="talk", start="talk.rough.loud"),
        "talk.rough.loud": State("talk.rough.loud", parent="talk.rough", on={"noise": (Transition("state", "talk"),)}),
        "end": State("end", on={"noise": (Transition("state", "end"),)}),
        "safe": State("safe", fail=True),
    },
    "safe",
    {"alarm": (Transition("state", "safe"),)},
)

PATHS = [
    # (from, event, left inner first, entered outer first)
    ("talk.calm", "noise", ("talk.calm",), ("talk.rough", "talk.rough.loud")),
    ("talk.rough.loud", "noise", ("talk.rough.loud", "talk.rough"), ("talk.calm",)),
    ("talk.rough.loud", "go", ("talk.rough.loud", "talk.rough", "talk"), ("end",)),
    ("talk.rough.loud", "alarm", ("talk.rough.loud", "talk.rough", "talk"), ("safe",)),
    ("end", "noise", ("end",), ("end",)),
    ("safe", "alarm", ("safe",), ("safe",)),
]


@pytest.mark.parametrize(("state", "event", "left", "entered"), PATHS)
def test_states_are_left_inner_first_and_entered_outer_first(
    state: str, event: str, left: tuple[str, ...], entered: tuple[str, ...]
) -> None:
    """CORE 10: and a common parent is neither left nor entered, so its `after` survives."""
    way = fsm.tables(NESTED)[state, event][0]
    assert (way.left, way.entered, way.target) == (left, entered, entered[-1])


def test_inner_handlers_come_before_their_parents_and_anywhere() -> None:
    """CORE 10."""
    region = Region(
        "r", "a",
        {
            "a": State("a", start="a.b", on={"go": (Transition("state", "c"),)}),
            "a.b": State("a.b", parent="a", on={"go": (Transition("say", "inner"),)}),
            "c": State("c"),
        },
        "c",
        {"go": (Transition("say", "anywhere"),)},
    )
    assert [way.owner for way in fsm.tables(region)["a.b", "go"]] == ["a.b", "a", ""]


def test_a_state_may_be_called_anything() -> None:
    """CORE 10: a state called `state` or `trigger` breaks an unprefixed machine."""
    names = ["state", "trigger", "initial", "is_state", "may_go", "_", "model", "to_state"]
    states = {name: State(name, on={"trigger": (Transition("state", "may_go"),)}) for name in names}
    region = Region("r", "state", states, "_")
    assert all(fsm.tables(region)[name, "trigger"][0].target == "may_go" for name in names)


def test_a_target_that_is_not_there_is_an_error_that_names_the_region() -> None:
    region = Region("supply", "a", {"a": State("a", on={"go": (Transition("state", "nowhere"),)})}, "a")
    with pytest.raises(UsageError, match=r"region 'supply' .*nowhere"):
        fsm.tables(region)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Random regions: up to three levels, guards named g0..g3, handlers at every level."""
    names: dict[str, State] = {}
    events, guards = ["go", "door", "trigger"], [f"g{n}" for n in range(4)]

    def grow(parent: str, depth: int) -> str:
        first = ""
        for index in range(draw(st.integers(1 if depth else 2, 3))):
            name = f"{parent}.{index}" if parent else f"s{index}"
            names[name] = State(name, parent)     # placed before its children, as a sheet writes it
            start = grow(name, depth + 1) if depth < 2 and draw(st.booleans()) else ""
            names[name] = State(name, parent, start)
            first = first or name
        return first

    start = grow("", 0)

    def lines(targets: list[str]) -> tuple[Transition, ...]:
        count = draw(st.integers(1, 2))
        return tuple(
            Transition(
                draw(st.sampled_from(["state", "state", "say"])),
                draw(st.sampled_from(targets)),
                draw(st.one_of(st.none(), st.sampled_from(guards).map(lambda g: Guard(triggers=((g, True),))))),
            )
            for _ in range(count)
        )

    everything = list(names)
    for name, state in list(names.items()):
        handled = draw(st.lists(st.sampled_from(events), unique=True, max_size=2))
        names[name] = State(name, state.parent, state.start, on={event: lines(everything) for event in handled})
    anywhere = {event: lines(everything) for event in draw(st.lists(st.sampled_from(events), unique=True, max_size=1))}
    leaf = next(name for name, state in names.items() if not state.start)
    return Region("r", start, names, leaf, anywhere)


@settings(max_examples=150, deadline=None)
@given(regions(), st.lists(st.tuples(st.sampled_from(["go", "door", "trigger"]), st.integers(0, 15)), max_size=12))
def test_the_table_and_the_machine_walk_the_same_way(region: Region, walk: list[tuple[str, int]]) -> None:
    """CORE 10: a property test holds the two equal, guards and all."""
    truths: dict[str, bool] = {}

    def holds(guard: Guard) -> bool:
        return all(truths[name] is wanted for name, wanted in guard.triggers)

    machine = fsm.build(region, holds)
    model = _Model()
    machine.add_model(model)
    table, state = fsm.tables(region), fsm.leaf(region, region.start)
    for event, bits in walk:
        truths.update({f"g{n}": bool(bits >> n & 1) for n in range(4)})
        way = fsm.first(table.get((state, event), ()), holds)
        taken = f"event {event}" in machine.events and _fire(machine, model, f"event {event}")
        assert taken == (way is not None)
        if way is not None and way.target:
            state = way.target
        assert model.state == f"state {state}"


class _Model:
    state: str


def _fire(machine: Any, model: _Model, event: str) -> bool:
    if model.state not in machine.events[event].transitions:
        return False
    return bool(model.trigger(event))  # type: ignore[attr-defined]
