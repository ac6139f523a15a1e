"""The shapes of effects: where between its ends an effect stands at a moment, as a table of pure functions.

Time comes in as *turns*, 2³² to a beat, counted from the first beat: exact for as long as a show may run (CORE 8).
What goes out is a :data:`Reading`. Every wave begins at its first end. ``wide_shapes`` has the same for many places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from showctl import chance
from showctl.fade import CURVES, FULL
from showctl.model import Effect

BEAT_BITS = 32
BEAT = 1 << BEAT_BITS
_PHASE = BEAT - 1
_TO_SHARE = BEAT_BITS - 30       # turns of a beat → a share of 2³⁰

PLACE_SALT = 0xD1B5_4A32_D192_ED03      # odd, so that neighbours never fall together
CYCLE_SALT = 0x8CB9_2BA7_2F3D_8DD7

Reading = tuple[int, int, int]
"""From which end, to which end, and the share (0..2³⁰) of the way."""


def turns_at(effect: Effect, elapsed_ns: int) -> int:
    """Turns since the first beat, rounded down; never summed up, so a tick left out leaves no trace."""
    return (elapsed_ns * effect.beats << BEAT_BITS) // effect.per_ns + effect.phase * beats_in_round(effect)


def lag_of(effect: Effect, place: int) -> int:
    """The turns by which a place is behind the first one."""
    return effect.spread * beats_in_round(effect) * place // effect.of


def beats_in_round(effect: Effect) -> int:
    """After how many beats it begins anew: one for a wave, one for each place or look of a walk."""
    if effect.shape == "chase":
        return walk_length(effect.of, effect.bounce)
    return walk_length(len(effect.ends), effect.bounce) if effect.shape == "steps" else 1


def walk_length(count: int, bounce: bool) -> int:
    """Beats of one walk over so many; one that bounces does not stand twice at its ends."""
    return 2 * (count - 1) if bounce and count > 1 else count


def reading(effect: Effect, turns: int, place: int, seed: int) -> Reading:
    """Where the effect stands at one place."""
    return SHAPES[effect.shape](effect, turns - lag_of(effect, place), place, seed)


# ---- waves ----

def _triangle(phase: int) -> int:
    """Up and down again: 0 to 2³⁰ and back."""
    return phase >> 1 if phase < BEAT >> 1 else FULL - (phase - (BEAT >> 1) >> 1)


def _wave(_effect: Effect, turns: int, _place: int, _seed: int) -> Reading:
    return 0, 1, _triangle(turns & _PHASE)


def _sine(_effect: Effect, turns: int, _place: int, _seed: int) -> Reading:
    """(1 − cos) / 2, from the committed quarter of a sine."""
    return 0, 1, CURVES["ease"](_triangle(turns & _PHASE))


def _ramp(_effect: Effect, turns: int, _place: int, _seed: int) -> Reading:
    """Up over the whole beat, then back at once."""
    return 0, 1, (turns & _PHASE) >> _TO_SHARE


def _step(effect: Effect, turns: int, _place: int, _seed: int) -> Reading:
    """At the first end, then for ``width`` of the beat at the second."""
    phase, first = turns & _PHASE, BEAT - effect.width
    if phase < first:
        return 1, 0, crossed(phase, first, effect.soft)
    return 0, 1, crossed(phase - first, effect.width, effect.soft)


def crossed(passed: int, length: int, soft: int) -> int:
    """How far a step has crossed over: it takes the first ``soft`` share of its ``length``."""
    crossing = length * soft >> 30
    return FULL if passed >= crossing else (passed << 30) // crossing


# ---- walks ----

def _steps(effect: Effect, turns: int, _place: int, _seed: int) -> Reading:
    """One look after the other; each beat crosses over from the look before."""
    count, beat = len(effect.ends), turns >> BEAT_BITS
    before, now = walked(beat - 1, count, effect.bounce), walked(beat, count, effect.bounce)
    return before, now, crossed(turns & _PHASE, BEAT, effect.soft)


def _chase(effect: Effect, turns: int, place: int, _seed: int) -> Reading:
    """One place after the other goes to the second end; ``width`` of them are there at once."""
    beat = turns >> BEAT_BITS
    lit = _is_lit(effect, beat, place)
    if lit == _is_lit(effect, beat - 1, place):
        return (0, 1, FULL) if lit else (0, 1, 0)
    share = crossed(turns & _PHASE, BEAT, effect.soft)
    return (0, 1, share) if lit else (1, 0, share)


def _is_lit(effect: Effect, beat: int, place: int) -> bool:
    return any(walked(beat - behind, effect.of, effect.bounce) == place for behind in range(effect.width))


def walked(beat: int, count: int, bounce: bool) -> int:
    """Where a walk over ``count`` is in a beat."""
    at = beat % walk_length(count, bounce)
    return at if at < count else 2 * (count - 1) - at


# ---- chance ----

def _sparkle(effect: Effect, turns: int, place: int, seed: int) -> Reading:
    """Each place has its own beat; in some of them it lights up somewhere, at once, and dies away."""
    turns -= drawn(seed, place, -1) & _PHASE
    bits = drawn(seed, place, turns >> BEAT_BITS)
    begins = (bits & _PHASE) * (BEAT - effect.life) >> BEAT_BITS
    passed = (turns & _PHASE) - begins
    if bits >> 34 >= effect.density or not 0 <= passed < effect.life:
        return 0, 1, 0
    rise = effect.life * effect.soft >> 30
    if passed < rise:
        return 0, 1, (passed << 30) // rise
    return 0, 1, (effect.life - passed << 30) // (effect.life - rise)


def drawn(seed: int, place: int, cycle: int) -> int:
    """64 bits that are always the same for the same seed, place and cycle."""
    return chance.advance(seed + place * PLACE_SALT + cycle * CYCLE_SALT)[1]


SHAPES: Mapping[str, Callable[[Effect, int, int, int], Reading]] = {
    "sine": _sine, "triangle": _wave, "ramp": _ramp, "step": _step,
    "chase": _chase, "steps": _steps, "sparkle": _sparkle,
}
"""Name → (effect, the place's own turns, place, seed) → where it stands."""
