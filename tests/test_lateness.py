"""How late light leaves, counted: percentiles within an eighth, the worst exact, a minute and no more."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.lateness import SECONDS, Figures, Lateness

MS = 1_000_000


def counted(values):
    late = Lateness()
    for each in values:
        late.add(each)
    return late


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=60))
def test_a_percentile_is_at_most_an_eighth_too_high_and_the_worst_is_exact(values):
    figures = counted(values).turn()
    ordered = sorted(values)
    assert figures.number == len(values)
    assert figures.worst_ns == ordered[-1]
    for percent, got in ((50, figures.p50_ns), (99, figures.p99_ns)):
        true = ordered[-(-len(values) * percent // 100) - 1]
        assert true <= got <= true + max(true // 8, 1024) + 1


def test_nothing_late_is_nothing():
    assert Lateness().turn() == Figures(0, 0, 0, 0)
    assert counted([0, -5]).turn().number == 2


def test_only_the_last_minute_counts_and_the_run_keeps_all():
    late = counted([50 * MS])
    late.turn()
    for _ in range(SECONDS - 1):
        late.add(MS)
        late.turn()
    assert late.minute.worst_ns == 50 * MS
    late.add(MS)
    late.turn()
    assert late.minute.worst_ns == MS
    assert late.minute.number == SECONDS
    assert late.run.worst_ns == 50 * MS
    assert late.run.number == SECONDS + 1


def test_a_week_of_it_takes_no_more_room():
    late, dealer = Lateness(), random.Random(1)
    for _ in range(300):
        for _ in range(10):
            late.add(dealer.randrange(30 * MS))
        late.turn()
    assert late.minute.number == 10 * SECONDS
    assert late.run.number == 3_000


@pytest.mark.parametrize(("late_ns", "words"), [(123_456, "0.1"), (2_340_000, "2.3")])
def test_the_words_are_milliseconds(late_ns, words):
    assert f"worst {words} ms" in counted([late_ns]).turn().text
