"""Delta debugging finds what is needed, and no more."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from showctl_sim.shrink import shrink


@given(st.lists(st.integers(0, 50), unique=True, min_size=1, max_size=40), st.data())
def test_what_is_left_is_just_what_it_takes(items: list[int], data: st.DataObject) -> None:
    """Where a failure needs some items together, those are left, in their order."""
    needed = data.draw(st.sets(st.sampled_from(items), max_size=4))

    def fails(part: Sequence[int]) -> bool:
        return needed <= set(part)

    assert shrink(items, fails, 10_000) == [item for item in items if item in needed]


@given(st.lists(st.integers(), min_size=1, max_size=30), st.integers(0, 30))
def test_it_stops_after_so_many_tries_with_something_that_fails(items: list[int], tries: int) -> None:
    asked = 0

    def fails(part: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        return sum(part) == sum(items)

    kept = shrink(items, fails, tries)
    assert asked <= tries
    assert sum(kept) == sum(items)


def test_one_of_many_is_found_in_few_tries() -> None:
    """A walk of 10,000 acts with one culprit: halves, not one by one."""
    tries = 0

    def fails(part: Sequence[int]) -> bool:
        nonlocal tries
        tries += 1
        return 7_654 in part

    assert shrink(range(10_000), fails) == [7_654]
    assert tries < 60
