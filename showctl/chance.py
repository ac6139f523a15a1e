"""Chance as the core may use it: seeded, integer, its whole state one number in the snapshot (CORE 20)."""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF


def advance(state: int) -> tuple[int, int]:
    """Return (next state, a number of 64 random bits): SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    state = (state + 0x9E37_79B9_7F4A_7C15) & _MASK
    mixed = ((state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return state, mixed ^ (mixed >> 31)


def below(state: int, limit: int) -> tuple[int, int]:
    """Return (next state, an integer in 0..limit-1). ``limit`` is 1 or more; the bias is under 2⁻³² below 2³²."""
    state, bits = advance(state)
    return state, (bits * limit) >> 64
