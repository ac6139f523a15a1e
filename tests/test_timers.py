"""Wake-ups: order, superseding, freezing, keeping."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from showctl.timers import Key, Timers

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 5), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("pop"), st.just(0), st.integers(0, 20)),
    ),
    max_size=40,
)


@given(OPERATIONS)
def test_timers_do_what_a_sorted_list_does(operations: list[tuple[str, int, int]]) -> None:
    """Ties are broken by the order in which they were set (CORE 2); a superseded wake-up never surfaces."""
    timers, plain, sequence = Timers(), dict[Key, tuple[int, int]](), 0
    for verb, name, number in operations:
        key = ("input", name)
        if verb == "set":
            sequence += 1
            timers.set(key, number)
            plain[key] = (number, sequence)
        elif verb == "cancel":
            timers.cancel(key)
            plain.pop(key, None)
        else:
            first = min(plain, key=plain.__getitem__, default=None)
            expected = None
            if first is not None and plain[first][0] <= number:
                expected = (plain.pop(first)[0], first)
            assert timers.pop(number) == expected
        assert timers.due_ns == min((due for due, _ in plain.values()), default=None)
        assert timers.pending() == sorted(plain, key=plain.__getitem__)


@given(OPERATIONS)
def test_a_snapshot_restores_the_same_firing_order(operations: list[tuple[str, int, int]]) -> None:
    timers = Timers()
    for verb, name, number in operations:
        if verb == "set":
            timers.set(("cue" if name % 2 else "input", name), number)
    timers.freeze(("cue",), 3)
    again = Timers()
    again.restore(json.loads(json.dumps(timers.snapshot())))
    for each in (timers, again):
        each.thaw(50)
    assert [timers.pop(100) for _ in range(8)] == [again.pop(100) for _ in range(8)]


def test_frozen_wake_ups_keep_the_time_they_had_left() -> None:
    timers = Timers()
    timers.set(("cue", 1, "end"), 100)
    timers.set(("input", "door"), 90)
    timers.freeze(("cue",), 40)
    assert timers.pop(1_000) == (90, ("input", "door"))
    assert timers.due_ns is None
    assert timers.left_ns(("cue", 1, "end"), 999) == 60
    timers.thaw(1_000)
    assert timers.due_ns == 1_060


def test_a_frozen_wake_up_that_is_cancelled_stays_away() -> None:
    timers = Timers()
    timers.set(("cue", 1, "end"), 100)
    timers.freeze(("cue",), 40)
    timers.cancel(("cue", 1, "end"))
    timers.thaw(1_000)
    assert timers.due_ns is None
