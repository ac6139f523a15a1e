"""The shapes of effects for many places at once, in numpy's 64-bit integers: the same readings as ``shapes`` (CORE 8).

Turns are 2³² to a beat, so an evening of beats at ten a second stays below 2⁵¹.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from showctl.fade import FULL, FULL_BITS
from showctl.model import Effect
from showctl.shapes import BEAT, BEAT_BITS, CYCLE_SALT, PLACE_SALT, lag_of, walk_length
from showctl.tables import QUARTER_SINE

Integers = npt.NDArray[np.int64]
Readings = tuple[Integers, Integers, Integers]
"""By place: from which end, to which end, and the share of the way."""

_PHASE = BEAT - 1
_SINE = np.array(QUARTER_SINE, np.int64)
_STEP_BITS = FULL_BITS - 8


def lags(effect: Effect) -> Integers:
    """The turns by which each place is behind the first one."""
    return np.array([lag_of(effect, place) for place in range(effect.of)], np.int64)


def readings(effect: Effect, turns: int, lag: Integers, seed: int) -> Readings:
    """Where the effect stands at every place."""
    return SHAPES[effect.shape](effect, turns - lag, seed)


def _one_way(share: Integers) -> Readings:
    return np.zeros(len(share), np.int64), np.ones(len(share), np.int64), share


def _either_way(back: npt.NDArray[np.bool_], share: Integers) -> Readings:
    first = back.astype(np.int64)
    return first, 1 - first, share


# ---- waves ----

def _triangle(turns: Integers) -> Integers:
    phase = turns & _PHASE
    return np.where(phase < BEAT >> 1, phase >> 1, FULL - (phase - (BEAT >> 1) >> 1))


def _wave(_effect: Effect, turns: Integers, _seed: int) -> Readings:
    return _one_way(_triangle(turns))


def _sine(_effect: Effect, turns: Integers, _seed: int) -> Readings:
    share = _triangle(turns)
    rising = FULL - _quarter(FULL - 2 * share) >> 1
    return _one_way(np.where(2 * share < FULL, rising, FULL + _quarter(2 * share - FULL) >> 1))


def _quarter(share: Integers) -> Integers:
    """A quarter of a sine of 0..2³⁰; what lies outside is never looked at."""
    share = np.clip(share, 0, FULL)
    at = np.minimum(share >> _STEP_BITS, len(QUARTER_SINE) - 2)
    low, high = _SINE[at], _SINE[at + 1]
    between: Integers = low + ((high - low) * (share - (at << _STEP_BITS)) >> _STEP_BITS)
    return between


def _ramp(_effect: Effect, turns: Integers, _seed: int) -> Readings:
    return _one_way((turns & _PHASE) >> BEAT_BITS - FULL_BITS)


def _step(effect: Effect, turns: Integers, _seed: int) -> Readings:
    phase, first = turns & _PHASE, BEAT - effect.width
    back = phase < first
    share = np.where(
        back, _crossed(phase, first, effect.soft), _crossed(phase - first, effect.width, effect.soft))
    return _either_way(back, share)


def _crossed(passed: Integers, length: int, soft: int) -> Integers:
    crossing = length * soft >> FULL_BITS
    if crossing == 0:
        return np.full(len(passed), FULL, np.int64)
    crossed: Integers = (np.clip(passed, 0, crossing) << FULL_BITS) // crossing
    return crossed


# ---- walks ----

def _steps(effect: Effect, turns: Integers, _seed: int) -> Readings:
    count, beat = len(effect.ends), turns >> BEAT_BITS
    before, now = _walked(beat - 1, count, effect.bounce), _walked(beat, count, effect.bounce)
    return before, now, _crossed(turns & _PHASE, BEAT, effect.soft)


def _chase(effect: Effect, turns: Integers, _seed: int) -> Readings:
    beat, places = turns >> BEAT_BITS, np.arange(len(turns), dtype=np.int64)
    lit, was = _is_lit(effect, beat, places), _is_lit(effect, beat - 1, places)
    share = np.where(lit == was, np.where(lit, FULL, 0), _crossed(turns & _PHASE, BEAT, effect.soft))
    return _either_way(was & ~lit, share)


def _is_lit(effect: Effect, beat: Integers, places: Integers) -> npt.NDArray[np.bool_]:
    lit = np.zeros(len(places), np.bool_)
    for behind in range(effect.width):
        lit |= _walked(beat - behind, effect.of, effect.bounce) == places
    return lit


def _walked(beat: Integers, count: int, bounce: bool) -> Integers:
    at = beat % walk_length(count, bounce)
    return np.where(at < count, at, 2 * (count - 1) - at)


# ---- chance ----

def _sparkle(effect: Effect, turns: Integers, seed: int) -> Readings:
    places = np.arange(len(turns), dtype=np.int64)
    turns = turns - (_drawn(seed, places, np.full(len(turns), -1, np.int64)) & np.uint64(_PHASE)).astype(np.int64)
    bits = _drawn(seed, places, turns >> BEAT_BITS)
    begins = _scaled((bits & np.uint64(_PHASE)).astype(np.int64), BEAT - effect.life)
    passed = (turns & _PHASE) - begins
    dark = (bits >> np.uint64(34)).astype(np.int64) >= effect.density
    dark |= (passed < 0) | (passed >= effect.life)
    rise = effect.life * effect.soft >> FULL_BITS
    dying = (effect.life - passed << FULL_BITS) // max(1, effect.life - rise)
    share = np.where(passed < rise, (passed << FULL_BITS) // max(1, rise), dying)
    return _one_way(np.where(dark, 0, share))


def _scaled(share: Integers, whole: int) -> Integers:
    """``share · whole >> 32`` where the product of two numbers of 32 bits passes 63: in two halves, exactly."""
    high, low = share >> 16, share & 0xFFFF
    scaled: Integers = (high * whole + (low * whole >> 16)) >> 16
    return scaled


def _drawn(seed: int, places: Integers, cycles: Integers) -> npt.NDArray[np.uint64]:
    """``chance.advance`` in wrapping 64-bit arithmetic."""
    state = np.uint64(seed) + places.astype(np.uint64) * np.uint64(PLACE_SALT)
    state = state + cycles.astype(np.uint64) * np.uint64(CYCLE_SALT) + np.uint64(0x9E37_79B9_7F4A_7C15)
    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return mixed ^ (mixed >> np.uint64(31))


SHAPES: Mapping[str, Callable[[Effect, Integers, int], Readings]] = {
    "sine": _sine, "triangle": _wave, "ramp": _ramp, "step": _step,
    "chase": _chase, "steps": _steps, "sparkle": _sparkle,
}
"""The names of ``shapes.SHAPES`` → (effect, each place's own turns, seed) → where each stands."""
