"""What several sources of a universe come to, and how the show is told: changes only, whole universes at 44 Hz."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.model import Trigger
from showctl_drivers import _dmx_mix as mix
from showctl_drivers._dmx_inputs import PERIOD_S, Teller, Wish, is_old
from showctl_drivers._dmx_mix import Stream
from tests.clocks import Clock


def stream(slots, priority=100, priorities=()):
    return Stream("10.0.0.9", 0, 0, priority, bytes(slots), bytes(priorities))


@pytest.mark.parametrize(("streams", "whole"), [
    ([], []),
    ([stream([1, 2])], [1, 2]),
    ([stream([1, 20]), stream([10, 2, 3])], [10, 20, 3]),                        # E1.31 §6.2.3.1: equals, the highest
    ([stream([255] * 3, 99), stream([1, 2])], [1, 2]),                           # §6.2.3: the highest priority
    ([stream([0, 0], 0)], [0, 0]),                                               # 0 is a priority like any other
    ([stream([9, 9], 50, [200, 0]), stream([1, 1], 100)], [9, 1]),               # 0xDD: a priority for each slot
    ([stream([9, 9], 200, [99, 101]), stream([1, 1], 100)], [1, 9]),             # it replaces that of the universe
    ([stream([9, 9], 200, [100, 0])], [9, 0]),                                   # a slot that nobody has a say in
    ([stream([9, 9, 9], 200, [100])], [9, 0, 0]),                                # nor in those left out
    ([stream([9], 1, [100]), stream([10], 1, [100])], [10]),
])
def test_what_sources_come_to(streams, whole):
    assert mix.universe(streams) == bytes(whole)
    assert [mix.level(streams, slot) or 0 for slot in range(1, len(whole) + 1)] == whole


def test_a_slot_that_nobody_sends_is_unknown_not_0():
    assert mix.level([stream([1, 2])], 3) is None
    assert mix.level([stream([9, 9], 200, [100, 0])], 2) is None


sources = st.builds(stream, st.binary(min_size=4, max_size=4), st.integers(0, 200),
                    st.sampled_from([(), (0, 100, 0, 200), (1, 1, 1, 1)]))


@given(st.lists(sources, min_size=1, max_size=8))
def test_a_universe_is_its_slots_and_every_level_is_somebodys(streams):
    whole = mix.universe(streams)
    for slot in range(1, 5):
        level = mix.level(streams, slot)
        assert whole[slot - 1] == (level or 0)
        assert level is None or level in [each.slots[slot - 1] for each in streams]


@pytest.mark.parametrize(("sequence", "before", "old"), [
    (1, 0, False), (0, 255, False), (5, 5, True), (4, 5, True), (250, 5, True), (242, 5, True), (241, 5, False),
    (133, 5, False),
])
def test_old_packets(sequence, before, old):
    """E1.31 §6.7.2: minus 20 itself is accepted again."""
    assert is_old(sequence, before) is old


# ---- telling ----

@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return Clock()


def values(told):
    return [note.value for note in told]


def test_a_whole_universe_is_told_at_44_hz_the_newest_wins_and_the_last_always(told, clock):
    teller, desk = Teller("desk", {1: Wish(whole=True)}, told.append, clock), stream([0])
    for level in range(100):
        clock.until(level / 1000)
        desk.slots = bytes([level])
        teller.now(1, {"a": desk}, "10.0.0.9")
    clock.until(1)
    heard = values(told)
    assert heard[:2] == ["online", bytes([0])]
    assert heard[-1] == bytes([99])
    assert len(heard) == 2 + 5
    assert {type(note) for note in told} == {Trigger}


def test_what_waits_is_told_before_the_end(told, clock):
    teller, desk = Teller("desk", {1: Wish(whole=True)}, told.append, clock), stream([0])
    teller.now(1, {"a": desk}, "x")
    desk.slots = b"\7"
    teller.now(1, {"a": desk}, "x")
    teller.gone(1)
    teller.gone(1)
    clock.until(1)
    assert values(told) == ["online", b"\0", b"\7", "offline"]


def test_nothing_is_told_that_did_not_change(told, clock):
    teller, desk = Teller("desk", {1: Wish((1, 2), whole=True)}, told.append, clock), stream([3, 4])
    for second in range(5):
        clock.until(second)
        teller.now(1, {"a": desk}, "x")
    desk.slots = b"\5\4"
    teller.now(1, {"a": desk}, "x")
    desk.slots = b"\3\4"
    teller.now(1, {"a": desk}, "x")
    clock.until(9)
    assert values(told) == ["online", 3, 4, b"\3\4", 5, b"\5\4", 3, b"\3\4"]


def test_what_comes_and_goes_within_a_period_is_nothing_to_a_merge(told, clock):
    teller, desk = Teller("desk", {1: Wish(whole=True)}, told.append, clock), stream([1])
    teller.now(1, {"a": desk}, "x")
    for level in (9, 1):
        desk.slots = bytes([level])
        teller.now(1, {"a": desk}, "x")
    clock.until(2 * PERIOD_S)
    assert values(told) == ["online", b"\1"]


def test_what_another_source_brings_is_a_baseline(told, clock):
    """SEMANTICS 23: a first value makes no edge; it is a good before."""
    teller = Teller("desk", {1: Wish((1,))}, told.append, clock)
    streams = {"a": stream([1])}
    teller.now(1, streams, "x")
    streams["b"] = stream([200], 150)
    teller.now(1, streams, "y")
    streams["b"].slots = b"\x64"
    teller.now(1, streams, "y")
    streams["b"].priority = 50
    teller.now(1, streams, "y")
    del streams["b"]
    teller.now(1, streams, "x")
    streams["a"].slots = b"\2"
    teller.now(1, streams, "x")
    assert [(note.value, note.retained, note.sender) for note in told[1:]] == [
        (1, True, "x"), (200, True, "y"), (100, False, "y"), (1, True, "y"), (2, False, "x")]


def test_after_close_nothing_is_told(told, clock):
    teller, desk = Teller("desk", {1: Wish(whole=True)}, told.append, clock), stream([0])
    for level in (0, 1):
        desk.slots = bytes([level])
        teller.now(1, {"a": desk}, "x")
    teller.close()
    clock.until(1)
    assert values(told) == ["online", b"\0"]
