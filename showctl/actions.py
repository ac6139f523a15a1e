"""What actions do to the light, as a table: action → verb. Each says what it has touched; the renderer works it out.

``at_ns`` is the instant in show time, ``now_ns`` the same in motion time, which stands still during a hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

from showctl.effect_verbs import EFFECT_VERBS
from showctl.fade import FULL
from showctl.model import (
    LEVEL_MAX,
    Action,
    Fade,
    Freeze,
    GiveWay,
    Grip,
    Halt,
    Hand,
    Hold,
    Lay,
    Master,
    Park,
    Recall,
    Release,
    Resend,
    Safe,
    Slots,
    Swing,
    Unpark,
)
from showctl.outlets import UNKNOWN
from showctl.targets import Many

if TYPE_CHECKING:
    from showctl.render import Renderer


def fade(light: Renderer, action: Fade, at_ns: int, now_ns: int, snaps: dict[int, bool]) -> None:
    """Start a fade, at once where it is instant (SEMANTICS 10); ``snaps`` says which parameters jump."""
    light.lit = True
    start_ns = now_ns - (at_ns - action.start_ns)
    if light.sweep is not None and type(action.targets) is Many:
        light.great = True
        light.sweep.fade(action, action.targets, now_ns, start_ns, light.hands)
    else:
        light.touched += light.sources.fade(action, now_ns, start_ns, snaps)
        if light.handled:
            for parameter, _ in action.targets:
                light.hands[parameter] = 0
    if light.allowance.bounds:
        light.touched += light.allowance.land([parameter for parameter, _ in action.targets], now_ns)
    if light.outlets.blend is not None:
        named = [parameter for parameter, _ in action.targets]      # from a desk too, at whatever level it stands
        light.blend.take_back(named)
        light.touched += named
    if light.levels.ranks.stated:
        light.levels.ranks.spoke(action.source, [parameter for parameter, _ in action.targets])


def lay(light: Renderer, action: Lay, at_ns: int, now_ns: int) -> None:
    """Lay an overlay (SEMANTICS 13)."""
    light.lit = True
    _touch_overlay(light, action.name)
    targets = {parameter: light.sources.clamped(parameter, level) for parameter, level in action.targets}
    light.overlays.lay(action, targets, now_ns, now_ns - (at_ns - action.start_ns))
    light.touched += targets
    if light.outlets.blend is not None:
        light.blend.take_back(targets)


def slots(light: Renderer, action: Slots, at_ns: int, now_ns: int) -> None:
    """Another desk has moved something in a universe that it shares."""
    light.beside += light.blend.told(action.name, action.first, action.values, action.baseline)


def release(light: Renderer, action: Release, at_ns: int, now_ns: int) -> None:
    """Let a desk, an effect, or an overlay go."""
    if action.name in light.blend.guests:
        light.beside += light.blend.let_go(
            action.name, now_ns, now_ns - (at_ns - action.start_ns), action.duration_ns)
        return
    if action.name in light.effects.live:
        effect(light, action, at_ns, now_ns)
        return
    if action.name in light.risen:
        light.masters.set(Master(action.name, 0))
    _touch_overlay(light, action.name)
    light.overlays.release(action, now_ns, now_ns - (at_ns - action.start_ns))
    light.effects.keep_only(light.overlays.laid)


def effect(light: Renderer, action: Swing | GiveWay | Freeze | Release, at_ns: int, now_ns: int) -> None:
    """Begin, release, freeze an effect, or let it give way."""
    light.lit = True
    start_ns = now_ns - (at_ns - action.start_ns) if isinstance(action, Swing | Release) else now_ns
    touched = EFFECT_VERBS[type(action)](light.levels, action, now_ns, start_ns)
    light.touched += touched
    if light.outlets.blend is not None and type(action) is Swing:
        light.blend.take_back(touched)


def safe(light: Renderer, action: Safe, at_ns: int, now_ns: int) -> None:
    """Let a region or overlay be a fail state's, which no master darkens, or no longer (SEMANTICS 17)."""
    if action.source in light.overlays.laid:
        light.overlays.laid[action.source].safe = action.safe
        _touch_overlay(light, action.source)
        return
    source = light.sources.named(action.source)
    source.safe = action.safe
    light.touched += compress(range(len(source.told)), source.told)


def master(light: Renderer, action: Master, at_ns: int, now_ns: int) -> None:
    """Move a master, or a submaster that brings up a look."""
    light.touched += light.masters.set(action)
    look = light.risen.get(action.name)
    if look is not None:
        light.touched += look
        light.overlays.stand(action.name, look, light.masters.levels[action.name] * FULL // LEVEL_MAX)


def park(light: Renderer, action: Park, at_ns: int, now_ns: int) -> None:
    """Pin levels."""
    light.overlays.advance(now_ns)
    light.effects.advance(now_ns)
    light.touched += light.levels.park(action.targets, now_ns)


def unpark(light: Renderer, action: Unpark, at_ns: int, now_ns: int) -> None:
    """Let them go."""
    light.touched += light.levels.unpark(action.parameters)


def hand(light: Renderer, action: Hand, at_ns: int, now_ns: int) -> None:
    """A hand has moved a fader (SEMANTICS 32)."""
    light.hands[action.parameter] = 1
    light.handled = True
    light.overlays.drop(action.parameter)
    light.sources.hand(action.parameter, action.level)
    light.touched.append(action.parameter)
    if action.echo:
        light.outlets.heard(action.parameter, action.level)


def grip(light: Renderer, action: Grip, at_ns: int, now_ns: int) -> None:
    """A finger is on a motor fader: it stands where it is."""
    light.overlays.advance(now_ns)
    level = light.levels.peek(action.parameter, now_ns)
    if level != UNKNOWN:
        hand(light, Hand(action.parameter, level), at_ns, now_ns)


def recall(light: Renderer, action: Recall, at_ns: int, now_ns: int) -> None:
    """A mixer goes to another scene: nobody knows where its faders stand (SEMANTICS 31)."""
    for parameter in light.outlets.lose_sight(action.to):
        light.hands[parameter] = 0
        light.sources.unsay(parameter)
        light.touched.append(parameter)


def hold(light: Renderer, action: Hold, at_ns: int, now_ns: int) -> None:
    """Pause, or let everything run on (SEMANTICS 6)."""
    if action.frozen and light.held_ns is None:
        light.held_ns = at_ns
        for source in light.sources.order:
            light.touched += light.sources.flying(source)
        for name in light.overlays.laid:
            _touch_overlay(light, name)
        light.touched += light.effects.naming
    elif not action.frozen and light.held_ns is not None:
        light.rest_ns += at_ns - light.held_ns
        light.held_ns = None


def halt(light: Renderer, action: Halt, at_ns: int, now_ns: int) -> None:
    """Stop what moves where it stands."""
    overlay = light.overlays.laid.get(action.source)
    if overlay is not None:
        _touch_overlay(light, action.source)
        light.overlays.halt(overlay, now_ns)
    elif action.source in light.sources.by_name:
        source = light.sources.named(action.source)
        parameters = list(action.parameters) or light.sources.flying(source)
        light.sources.halt(source, parameters, now_ns)
        light.touched += parameters


def resend(light: Renderer, action: Resend, at_ns: int, now_ns: int) -> None:
    """A connection is back: it hears all levels again, but of faders that a hand has moved (SEMANTICS 30)."""
    light.beside += light.outlets.forget(action.to, light.hands)


def _touch_overlay(light: Renderer, name: str) -> None:
    overlay = light.overlays.laid.get(name)
    if overlay is not None:
        light.touched += overlay.targets


def snapping(light: Renderer, actions: Sequence[Action], now_ns: int) -> dict[int, bool]:
    """Which colours jump: those of fixtures that show nothing before this instant's actions (SEMANTICS 10)."""
    intensity_of, values, snaps = light.intensity_of, light.levels.values, {}
    still = not (light.touched or light.sources.runs or light.overlays.naming or light.effects.naming
                 or light.levels.parked)
    for action in actions:
        if type(action) is not Fade:
            continue
        if light.sweep is not None and type(action.targets) is Many:
            light.sweep.foresee(action, action.targets, now_ns)
            continue
        for parameter, _ in action.targets:
            intensity = intensity_of[parameter]
            # While all stands still, what shows light is lit; anything else is asked for.
            if intensity is not None and not (still and values[intensity] > 0):
                snaps[parameter] = not light.levels.lit(intensity, now_ns)
    return snaps


Verb = Callable[["Renderer", Any, int, int], None]
VERBS: Mapping[type, Verb] = {
    Lay: lay, Release: release, Swing: effect, GiveWay: effect, Freeze: effect, Safe: safe, Master: master, Park: park,
    Unpark: unpark, Slots: slots, Hand: hand, Grip: grip, Recall: recall, Hold: hold, Halt: halt, Resend: resend,
}
"""Those that need no more than their action; a fade needs to know what jumps."""
