"""What actions do to effects: each verb returns the parameters that it touches. Times are motion time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from showctl.effects import of_overlay
from showctl.levels import Levels
from showctl.model import Freeze, GiveWay, Release, Swing


def swing(levels: Levels, action: Swing, now_ns: int, start_ns: int) -> list[int]:
    """Begin, over what the source wants; a region that has wanted nothing yet begins from what is seen."""
    name = action.name.partition("/")[0]
    overlay = of_overlay(name)
    if overlay and name not in levels.overlays.laid:
        return []
    effect = levels.effects.swing(action, now_ns, start_ns)
    if not overlay:
        source = levels.sources.named(name)
        for parameter in effect.parameters:
            levels.sources.hold(source, parameter, now_ns)
    return list(effect.parameters)


def release(levels: Levels, action: Release, now_ns: int, start_ns: int) -> list[int]:
    """Let go."""
    touched = levels.effects.named_by(action.name)
    levels.effects.release(action, now_ns, start_ns)
    return touched


def give_way(levels: Levels, action: GiveWay, now_ns: int, _start_ns: int) -> list[int]:
    """Leave parameters to a later look, which takes them from where they are seen (SEMANTICS 10)."""
    source = levels.sources.named(action.name.partition("/")[0])
    levels.effects.advance(now_ns)
    stands = [(parameter, levels.wanted(source, parameter, now_ns)) for parameter in action.parameters]
    levels.effects.give_way(action)
    levels.sources.stand(source, stands)
    return list(action.parameters)


def freeze(levels: Levels, action: Freeze, now_ns: int, _start_ns: int) -> list[int]:
    """Stand still, or go on."""
    levels.effects.freeze(action, now_ns)
    return levels.effects.named_by(action.name)


EFFECT_VERBS: Mapping[type, Callable[[Levels, Any, int, int], list[int]]] = {
    Swing: swing, Release: release, GiveWay: give_way, Freeze: freeze,
}
"""Action → (levels, the action, now, where it began) → what it touches."""
