"""Chance is the same everywhere: SplitMix64's published first numbers, and a range without gaps."""

from __future__ import annotations

from showctl import chance


def test_the_generator_is_splitmix64() -> None:
    """The first outputs for seed 1234567, as the Rosetta Code and Java reference implementations print them."""
    state, drawn = 1234567, []
    for _ in range(5):
        state, bits = chance.advance(state)
        drawn.append(bits)
    assert drawn == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]


def test_below_reaches_every_number_and_no_other() -> None:
    state, seen = 0, dict[int, int]()
    for _ in range(2_000):
        state, number = chance.below(state, 7)
        seen[number] = seen.get(number, 0) + 1
    assert sorted(seen) == list(range(7))
    assert min(seen.values()) > 200
