"""The 44 Hz grid: ticks without drift, rest after one quiet interval (CORE 5, SEMANTICS 28)."""

from showctl.grid import Grid
from showctl.model import SECOND_NS


def test_core_5_tick_k_is_due_at_anchor_and_k_times_a_second_over_44() -> None:
    grid = Grid()
    grid.start(1_000)
    dues = [grid.anchor_ns]
    for _ in range(88):
        dues.append(grid.due_ns)
        grid.turn(busy=True)
    assert dues == [1_000 + k * SECOND_NS // 44 for k in range(89)]
    assert dues[88] == 1_000 + 2 * SECOND_NS


def test_it_rests_after_one_interval_without_motion() -> None:
    grid = Grid()
    grid.start(0)
    assert grid.due_ns == SECOND_NS // 44
    grid.stirred = True                      # an event in the interval
    grid.turn(busy=False)
    assert grid.due_ns == 2 * SECOND_NS // 44
    grid.turn(busy=False)
    assert grid.due_ns is None


def test_intervals_are_counted_over_rests() -> None:
    grid = Grid()
    seen = []
    for at_ns in (0, 50, 100):
        grid.start(at_ns)
        while grid.due_ns is not None:
            seen.append(grid.interval)
            grid.turn(busy=False)
    assert seen == sorted(set(seen))


def test_snapshot_and_restore() -> None:
    grid, again = Grid(), Grid()
    grid.start(7)
    again.restore(grid.snapshot())
    assert again.snapshot() == grid.snapshot()
    assert (again.anchor_ns, again.tick, again.due_ns) == (7, 1, 7 + SECOND_NS // 44)
