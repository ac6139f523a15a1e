"""Fades as pure arithmetic: how far along, and what level that is. Integers only, the same on every machine (CORE 8).

Progress is of 0..2³⁰: a level of 24 bits times a progress of 30 still fits the 64 bits of the grid's wide path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from showctl.tables import QUARTER_SINE

FULL_BITS = 30
FULL = 1 << FULL_BITS

_STEP_BITS = FULL_BITS - 8      # the table has 2⁸ steps
_STEP_MASK = (1 << _STEP_BITS) - 1


def _linear(share: int) -> int:
    return share


def _ease_out(share: int) -> int:
    """A quarter of a sine, fast first: between two entries of the table on a straight line."""
    if share >= FULL:
        return FULL
    low, high = QUARTER_SINE[share >> _STEP_BITS], QUARTER_SINE[(share >> _STEP_BITS) + 1]
    return low + ((high - low) * (share & _STEP_MASK) >> _STEP_BITS)


def _ease_in(share: int) -> int:
    """The same quarter backwards, slow first."""
    return FULL - _ease_out(FULL - share)


def _ease(share: int) -> int:
    """Half a sine: slow, fast, slow."""
    if 2 * share < FULL:
        return _ease_in(2 * share) >> 1
    return FULL + _ease_out(2 * share - FULL) >> 1


def _snap(_share: int) -> int:
    return FULL


CURVES: Mapping[str, Callable[[int], int]] = {
    "linear": _linear,
    "ease": _ease,
    "ease-in": _ease_in,
    "ease-out": _ease_out,
    "snap": _snap,
}
"""Each takes and gives 0..2³⁰, never turns back, and (but for ``snap``) keeps both ends."""


def progress(elapsed_ns: int, duration_ns: int, curve: str) -> int:
    """How far a fade has come, 0..2³⁰: 0 before it starts, 2³⁰ from its end on. KeyError for an unknown curve."""
    if elapsed_ns < 0:
        return 0
    if elapsed_ns >= duration_ns:
        return FULL
    return CURVES[curve]((elapsed_ns << FULL_BITS) // duration_ns)


def between(start: int, target: int, share: int) -> int:
    """The level ``share`` (0..2³⁰) of the way from start to target, rounded down; exact at both ends."""
    return start + ((target - start) * share >> FULL_BITS)


class Weight:
    """How much of something is seen, 0..2³⁰: on its way from ``low`` to ``high``; ``weight`` as last asked for."""

    __slots__ = ("curve", "duration_ns", "high", "low", "start_ns", "weight")

    def __init__(self) -> None:
        self.curve = "linear"
        self.low = self.high = self.weight = 0
        self.start_ns = self.duration_ns = 0

    def head_for(self, high: int, at_ns: int, start_ns: int, duration_ns: int) -> None:
        """Let it go from where it is to ``high``."""
        self.low, self.high = self.weigh(at_ns), high
        self.start_ns, self.duration_ns = start_ns, duration_ns
        self.weigh(at_ns)

    def weigh(self, at_ns: int) -> int:
        """The weight at this moment."""
        self.weight = between(self.low, self.high, progress(at_ns - self.start_ns, self.duration_ns, self.curve))
        return self.weight

    def settle(self, at_ns: int) -> None:
        """Where it has arrived, it stands."""
        if self.start_ns + self.duration_ns <= at_ns:
            self.low = self.weight = self.high

    @property
    def moving(self) -> bool:
        """Whether it has not arrived."""
        return self.low != self.high
