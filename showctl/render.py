"""The renderer: actions → levels → frames, on the 44 Hz grid (CORE 5, SEMANTICS 8, 10, 13, 16, 17, 28-32).

``apply`` takes the actions of an instant, ``render`` gives the frames of that instant. On an event only the outlets
it touches are worked out; on a tick all that move. Many parameters take the wide path of ``sweep``; both ways give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from showctl.allowance import Allowance
from showctl.blend import Blend
from showctl.effect_verbs import EFFECT_VERBS
from showctl.effects import Effects
from showctl.fade import FULL
from showctl.grid import Grid
from showctl.levels import Levels
from showctl.masters import Masters
from showctl.model import (
    LEVEL_MAX,
    Action,
    CueSheet,
    DmxFrame,
    Fade,
    Freeze,
    GiveWay,
    Grip,
    Halt,
    Hand,
    Hold,
    Lay,
    LevelFrame,
    Master,
    Park,
    Recall,
    Release,
    Resend,
    Safe,
    Send,
    Slots,
    Swing,
    Unpark,
)
from showctl.outlets import UNKNOWN, Outlets
from showctl.overlays import Overlays
from showctl.patch import Patch, compile_patch
from showctl.sources import Sources
from showctl.targets import Many
from showctl.unseen import Unseen

if TYPE_CHECKING:
    from showctl.sweep import Sweep

MANY = 64
"""From so many parameters at one instant on, numpy is quicker than integers one by one."""


class Renderer:
    """Levels of a whole sheet. Synchronous, clockless; every call names its instant in show time."""

    def __init__(self, sheet: CueSheet) -> None:
        self._patch = compile_patch(sheet)
        self._sources = Sources(sheet)
        self._effects = Effects(sheet)
        self._allowance = Allowance(sheet, self._sources)
        self._overlays = Overlays()
        self._masters = Masters(sheet)
        self._grid = Grid()
        self._levels = Levels(sheet, self._sources, self._effects, self._overlays, self._masters)
        self._outlets = Outlets(self._patch, self._levels.values)
        self._blend = Blend(sheet, self._patch, self._levels)
        if sheet.merges:
            self._outlets.blend = self._blend.into
        self._shared: list[int] = []          # outlets in which another desk has moved something
        self._intensity_of = [each.intensity for each in sheet.parameters]
        self._recalling = {(each.to, each.address): True for each in sheet.commands.values() if each.recalls}
        self._hands = bytearray(len(sheet.parameters))
        self._handled = False                 # some hand has moved some fader
        self._risen = {f"sub/{name}": dict(each.look) for name, each in sheet.subs.items() if each.look is not None}
        for name, look in self._risen.items():
            self._overlays.stand(name, look, self._masters.levels[name] * FULL // LEVEL_MAX)
        self._touched: list[int] = []
        self._great = False                   # a look over the whole rig was told or ended: the sweep knows which
        self._lit = False                     # a look has come: before it nothing is sent (SEMANTICS 16)
        self._whole = False                   # every outlet has been looked at once
        self._postponed = False               # what was touched waits for the tick: before it no outlet of it may speak
        self._held_ns: int | None = None      # show time at which a hold began
        self._rest_ns = 0                     # show time spent on hold so far
        self._now_ns = 0                      # motion time of the instant being rendered
        self._unseen = Unseen(sheet, self._sources)
        self._simple = not (self._allowance.bounds or sheet.merges or self._levels.ranks.stated)
        self._waiting: Sequence[Action] = ()  # fades of which the present instant shows nothing
        self._waiting_ns = 0
        self._sweep = _wide_path(sheet, self._patch, self._levels, self._outlets)

    # ---- when ----

    @property
    def due_ns(self) -> int | None:
        """The next tick or fade end, or None while everything stands still."""
        self.settle()
        if self._held_ns is not None or not self._lit:
            return self._grid.due_ns
        ends = [end + self._rest_ns for end in (self._sources.end_ns, self._overlays.end_ns, self._effects.end_ns,
                                                self._blend.end_ns)
                if end is not None]
        if self._grid.due_ns is not None:
            ends.append(self._grid.due_ns)
        return min(ends, default=None)

    @property
    def grid(self) -> tuple[int, int] | None:
        """(anchor_ns, k) of the next tick, due at ``anchor_ns + k·10⁹ // 44``; None at rest."""
        self.settle()
        return None if self._grid.due_ns is None else (self._grid.anchor_ns, self._grid.tick)

    @property
    def settling(self) -> bool:
        """Whether anything but the beats of effects moves or waits."""
        self.settle()
        ends = (self._sources.end_ns, self._overlays.end_ns, self._effects.end_ns, self._blend.end_ns)
        waiting = self._outlets.waiting or self._postponed
        return self._grid.due_ns is not None and (waiting or ends != (None, None, None, None))

    def pass_tick(self) -> None:
        """Leave the next tick out: what moves is seen a tick later, never wrongly (CORE 6)."""
        self.settle()
        if self._grid.due_ns is not None:
            self._catch_up()
            self._grid.turn(self._moving or self._outlets.waiting)

    def pass_motion(self, until_ns: int) -> tuple[int, int] | None:
        """Leave out every tick up to and including ``until_ns`` in which something only moves on; (first, last).

        What ends, waits or comes to rest is still rendered, so that the last level is always sent.
        """
        self.settle()
        ends = [end + self._rest_ns for end in (self._sources.end_ns, self._overlays.end_ns, self._effects.end_ns,
                                                self._blend.end_ns)
                if end is not None]
        if self._grid.due_ns is None or not self._moving:
            return None
        self._catch_up()
        return self._grid.leap(min([until_ns, *(end_ns - 1 for end_ns in ends)]))

    # ---- what ----

    def settle(self) -> None:
        """Tell the fades that wait. Whoever drives the show calls this once the light has left."""
        waiting, self._waiting = self._waiting, ()
        if not waiting:
            return
        self._catch_up()
        for action in waiting:
            assert isinstance(action, Fade)
            self._fade(action, self._waiting_ns, self._motion_ns(self._waiting_ns), {})

    def peek(self, at_ns: int, parameters: Sequence[int]) -> list[int]:
        """The levels of some parameters as they leave at ``at_ns``, after merge, masters and limits (SEMANTICS 35).

        ``at_ns`` lies between the last instant stepped and ``due_ns``. Looking changes nothing of the run.
        """
        self.settle()
        now_ns = self._motion_ns(at_ns)
        self._overlays.advance(now_ns)
        self._effects.advance(now_ns)
        levels = [self._levels.peek(parameter, now_ns) for parameter in parameters]
        if self._outlets.blend is None:
            return self._patch.limited(parameters, levels)
        self._blend.advance(now_ns)
        blended = [self._blend.peek(parameter, level, partial(self._levels.peek, now_ns=now_ns))
                   for parameter, level in zip(parameters, levels, strict=True)]
        return self._patch.limited(parameters, blended)

    def apply(self, at_ns: int, actions: Sequence[Action]) -> None:
        """Take the actions of one instant, in order. Of what is sent, it looks only for scenes that a mixer recalls.

        Fades of which this instant shows nothing wait until its light has left: for ``settle``, or for whatever is
        asked or told next.
        """
        if self._waiting:
            self.settle()
        now_ns = at_ns - self._rest_ns if self._held_ns is None else self._motion_ns(at_ns)
        if self._recalling:
            for action in actions:     # first of all: what else moves at this instant counts from there
                if type(action) is Send and (action.to, action.address) in self._recalling:
                    self._recall(Recall(action.to), at_ns, now_ns)
        if self._sources.end_ns is not None and self._sources.end_ns <= now_ns:
            self._finish_fades(now_ns)       # one that ends as another begins has ended
        if self._simple and self._held_ns is None and actions and type(actions[-1]) is Fade and not (
                self._overlays.naming or self._effects.naming):
            unseen = self._unseen.last_of(actions, at_ns)
            if unseen:
                self._lit = True
                self._waiting, actions = actions[-unseen:], actions[:-unseen]
                self._waiting_ns = at_ns
        if self._postponed and any(type(action) is Fade for action in actions):
            self._catch_up()
        snaps: dict[int, bool] | None = None
        for action in actions:
            if type(action) is Fade:
                if snaps is None:
                    snaps = self._snaps(actions, now_ns)
                self._fade(action, at_ns, now_ns, snaps)
            else:
                verb = _VERBS.get(type(action))
                if verb is not None:
                    verb(self, action, at_ns, now_ns)

    def render(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """The frames of this instant, universes and then faders in sheet order; most instants have few or none."""
        if self._waiting and at_ns != self._waiting_ns:
            self.settle()
        now_ns = self._now_ns = at_ns - self._rest_ns if self._held_ns is None else self._motion_ns(at_ns)
        if not self._lit:
            self._rework([])
            return []
        ended_ns, released_ns, arrived_ns = self._sources.end_ns, self._overlays.end_ns, self._effects.end_ns
        if (ended_ns is not None and ended_ns <= now_ns) or (released_ns is not None and released_ns <= now_ns) or (
                arrived_ns is not None and arrived_ns <= now_ns):
            self._finish(now_ns)
        if self._blend.end_ns is not None:
            self._blend.advance(now_ns)
            self._shared += self._blend.finish(now_ns)
        grid, moving = self._grid, self._moving
        still = grid.due_ns is None
        tick = grid.due_ns is not None and at_ns >= grid.due_ns
        frames: list[DmxFrame | LevelFrame] = []
        if tick or not self._whole:
            frames = self._everything(at_ns)
        elif self._touched or self._shared or self._great:
            frames = self._touched_only(at_ns)
        if frames:
            grid.stirred = True
        if still and (moving or frames):
            grid.start(at_ns)
        elif tick:
            grid.turn(moving or self._outlets.waiting)
        return frames

    def _everything(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """All that moves, and every outlet: a tick, or the first render of all."""
        self._whole, self._postponed = True, False
        self._outlets.waiting = False
        self._shared.clear()
        if self._sweep is not None and (
                self._great or self._sources.moving + len(self._touched) + len(self._effects.naming) > MANY):
            self._rework_widely(self._sweep)
        else:
            self._touched += self._effects.naming
            self._rework(self._sources.advance(self._now_ns))
        return self._outlets.send(at_ns, self._grid, range(self._outlets.count))

    def _touched_only(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """What an event has touched, with all that moves in the same universes."""
        if self._sweep is not None and (self._great or len(self._touched) > MANY):
            outlets = sorted({*self._sweep.reached(self._touched), *self._shared})
            if not outlets:      # great looks that begin where they stand: for the tick
                return []
            self._shared.clear()
            self._rework_widely(self._sweep)
            return self._outlets.send(at_ns, self._grid, outlets)
        outlets = self._reached()
        if self._grid.due_ns is not None and self._sweep is None and not self._shared and (
                not self._effects.naming and self._outlets.may_none_speak(outlets, self._grid)):
            self._postponed = True
            return []
        return self._work_out(at_ns, outlets)

    def _reached(self) -> list[int]:
        """The outlets of what was touched."""
        outlets_of, outlets = self._patch.outlets_of, []
        if len(self._touched) > MANY:
            self._touched = [*dict.fromkeys(self._touched)]
        for parameter in self._touched:
            for outlet in outlets_of[parameter]:
                if outlet not in outlets:
                    outlets.append(outlet)
        return outlets

    def _catch_up(self) -> None:
        """Work out what was postponed, for somebody asks who must not see that it was."""
        if self._postponed:
            self._work_out(self._now_ns, self._reached())      # none of them may speak: no frame comes of it

    def _work_out(self, at_ns: int, outlets: list[int]) -> list[DmxFrame | LevelFrame]:
        """Levels and slots of what was touched, and of all that moves in the same outlets; their frames."""
        self._postponed = False
        if self._shared:
            outlets = [*dict.fromkeys((*outlets, *self._shared))]
            self._shared.clear()
        if len(outlets) > 1:
            outlets.sort()
        if self._effects.naming:
            self._touched += [each for outlet in outlets for each in self._patch.parameters_of[outlet]
                              if each in self._effects.naming]
            if self._sweep is not None and len(self._touched) > MANY:
                self._rework_widely(self._sweep)
                return self._outlets.send(at_ns, self._grid, outlets)
        moved: list[int] = []
        if self._sources.runs:
            for outlet in outlets:
                moved += self._sources.advance_some(self._patch.parameters_of[outlet], self._now_ns)
        self._rework(moved)
        return self._outlets.send(at_ns, self._grid, outlets)

    def _rework(self, moved: list[int]) -> None:
        if self._effects.live:
            self._effects.advance(self._now_ns)
        if self._overlays.laid:
            self._overlays.advance(self._now_ns)
        if moved:
            self._refresh(moved)
        changed = self._levels.refresh(self._touched, self._now_ns)
        if changed:
            self._outlets.write(changed)
        self._touched.clear()
        if self._overlays.naming:
            self._refresh(self._overlays.naming)
        if self._levels.parked or self._levels.ranks.stated:
            self._outlets.write(self._levels.settle(self._now_ns))

    def _rework_widely(self, sweep: Sweep) -> None:
        self._overlays.advance(self._now_ns)
        self._effects.advance(self._now_ns)
        sweep.advance_and_write(self._now_ns, self._touched)
        self._touched.clear()
        self._great = False
        self._refresh(self._overlays.naming)
        self._outlets.write(self._levels.settle(self._now_ns))

    def _refresh(self, parameters: Iterable[int]) -> None:
        changed = self._levels.refresh(parameters, self._now_ns)
        if changed:
            self._outlets.write(changed)

    def _finish_fades(self, now_ns: int) -> None:
        if self._sweep is not None and self._sweep.finish(now_ns):
            self._great = True
        self._touched += self._sources.finish(now_ns)

    def _finish(self, now_ns: int) -> None:
        end_ns = self._sources.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self._finish_fades(now_ns)
        end_ns = self._overlays.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self._touched += self._overlays.finish(now_ns)
            self._effects.keep_only(self._overlays.laid)
        end_ns = self._effects.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self._touched += self._effects.finish(now_ns)

    # ---- the verbs ----

    def _fade(self, action: Fade, at_ns: int, now_ns: int, snaps: dict[int, bool]) -> None:
        self._lit = True
        start_ns = now_ns - (at_ns - action.start_ns)
        if self._sweep is not None and type(action.targets) is Many:
            self._great = True
            self._sweep.fade(action, action.targets, now_ns, start_ns, self._hands)
        else:
            self._touched += self._sources.fade(action, now_ns, start_ns, snaps)
            if self._handled:
                for parameter, _ in action.targets:
                    self._hands[parameter] = 0
        if self._allowance.bounds:
            self._touched += self._allowance.land([parameter for parameter, _ in action.targets], now_ns)
        if self._outlets.blend is not None:
            named = [parameter for parameter, _ in action.targets]      # from a desk too, at whatever level it stands
            self._blend.take_back(named)
            self._touched += named
        if self._levels.ranks.stated:
            self._levels.ranks.spoke(action.source, [parameter for parameter, _ in action.targets])

    def _lay(self, action: Lay, at_ns: int, now_ns: int) -> None:
        self._lit = True
        self._touch_overlay(action.name)
        targets = {parameter: self._sources.clamped(parameter, level) for parameter, level in action.targets}
        self._overlays.lay(action, targets, now_ns, now_ns - (at_ns - action.start_ns))
        self._touched += targets
        if self._outlets.blend is not None:
            self._blend.take_back(targets)

    def _slots(self, action: Slots, at_ns: int, now_ns: int) -> None:
        self._shared += self._blend.told(action.name, action.first, action.values, action.baseline)

    def _release(self, action: Release, at_ns: int, now_ns: int) -> None:
        if action.name in self._blend.guests:
            self._shared += self._blend.let_go(
                action.name, now_ns, now_ns - (at_ns - action.start_ns), action.duration_ns)
            return
        if action.name in self._effects.live:
            self._effect(action, at_ns, now_ns)
            return
        if action.name in self._risen:
            self._masters.set(Master(action.name, 0))
        self._touch_overlay(action.name)
        self._overlays.release(action, now_ns, now_ns - (at_ns - action.start_ns))
        self._effects.keep_only(self._overlays.laid)

    def _effect(self, action: Swing | GiveWay | Freeze | Release, at_ns: int, now_ns: int) -> None:
        self._lit = True
        start_ns = now_ns - (at_ns - action.start_ns) if isinstance(action, Swing | Release) else now_ns
        touched = EFFECT_VERBS[type(action)](self._levels, action, now_ns, start_ns)
        self._touched += touched
        if self._outlets.blend is not None and type(action) is Swing:
            self._blend.take_back(touched)

    def _safe(self, action: Safe, at_ns: int, now_ns: int) -> None:
        if action.source in self._overlays.laid:
            self._overlays.laid[action.source].safe = action.safe
            self._touch_overlay(action.source)
            return
        source = self._sources.named(action.source)
        source.safe = action.safe
        self._touched += [parameter for parameter, told in enumerate(source.told) if told]

    def _master(self, action: Master, at_ns: int, now_ns: int) -> None:
        self._touched += self._masters.set(action)
        look = self._risen.get(action.name)
        if look is not None:
            self._touched += look
            self._overlays.stand(action.name, look, self._masters.levels[action.name] * FULL // LEVEL_MAX)

    def _park(self, action: Park, at_ns: int, now_ns: int) -> None:
        self._overlays.advance(now_ns)
        self._effects.advance(now_ns)
        self._touched += self._levels.park(action.targets, now_ns)

    def _unpark(self, action: Unpark, at_ns: int, now_ns: int) -> None:
        self._touched += self._levels.unpark(action.parameters)

    def _hand(self, action: Hand, at_ns: int, now_ns: int) -> None:
        self._hands[action.parameter] = 1
        self._handled = True
        self._overlays.drop(action.parameter)
        self._sources.hand(action.parameter, action.level)
        self._touched.append(action.parameter)
        if action.echo:
            self._outlets.heard(action.parameter, action.level)

    def _grip(self, action: Grip, at_ns: int, now_ns: int) -> None:
        self._overlays.advance(now_ns)
        level = self._levels.peek(action.parameter, now_ns)
        if level != UNKNOWN:
            self._hand(Hand(action.parameter, level), at_ns, now_ns)

    def _recall(self, action: Recall, at_ns: int, now_ns: int) -> None:
        for parameter in self._outlets.lose_sight(action.to):
            self._hands[parameter] = 0
            self._sources.unsay(parameter)
            self._touched.append(parameter)

    def _hold(self, action: Hold, at_ns: int, now_ns: int) -> None:
        if action.frozen and self._held_ns is None:
            self._held_ns = at_ns
            for source in self._sources.order:
                self._touched += self._sources.flying(source)
            for name in self._overlays.laid:
                self._touch_overlay(name)
            self._touched += self._effects.naming
        elif not action.frozen and self._held_ns is not None:
            self._rest_ns += at_ns - self._held_ns
            self._held_ns = None

    def _halt(self, action: Halt, at_ns: int, now_ns: int) -> None:
        overlay = self._overlays.laid.get(action.source)
        if overlay is not None:
            self._touch_overlay(action.source)
            self._overlays.halt(overlay, now_ns)
        elif action.source in self._sources.by_name:
            source = self._sources.named(action.source)
            parameters = list(action.parameters) or self._sources.flying(source)
            self._sources.halt(source, parameters, now_ns)
            self._touched += parameters

    def _resend(self, action: Resend, at_ns: int, now_ns: int) -> None:
        for outlet in self._outlets.forget(action.to, self._hands):
            self._touched += self._patch.parameters_of[outlet]

    def _touch_overlay(self, name: str) -> None:
        overlay = self._overlays.laid.get(name)
        if overlay is not None:
            self._touched += overlay.targets

    def _snaps(self, actions: Sequence[Action], now_ns: int) -> dict[int, bool]:
        """Which colours jump: those of fixtures that show nothing before this instant's actions (SEMANTICS 10)."""
        intensity_of, values, snaps = self._intensity_of, self._levels.values, {}
        still = not (self._touched or self._sources.runs or self._overlays.naming or self._effects.naming
                     or self._levels.parked)
        for action in actions:
            if type(action) is not Fade:
                continue
            if self._sweep is not None and type(action.targets) is Many:
                self._sweep.foresee(action, action.targets, now_ns)
                continue
            for parameter, _ in action.targets:
                intensity = intensity_of[parameter]
                # While all stands still, what shows light is lit; anything else is asked for.
                if intensity is not None and not (still and values[intensity] > 0):
                    snaps[parameter] = not self._levels.lit(intensity, now_ns)
        return snaps

    # ---- keeping ----

    @property
    def _moving(self) -> bool:
        return self._held_ns is None and (
            bool(self._waiting) or self._sources.end_ns is not None or self._overlays.end_ns is not None
            or self._blend.end_ns is not None or (bool(self._effects.live) and self._effects.moving))

    def _motion_ns(self, at_ns: int) -> int:
        return (at_ns if self._held_ns is None else self._held_ns) - self._rest_ns

    def snapshot(self) -> dict[str, Any]:
        """Everything a restored renderer needs to give the same frames from here on, as JSON values.

        Taken between instants: after the ``render`` that followed an ``apply``.
        """
        self.settle()
        self._catch_up()
        return {
            "lit": self._lit, "whole": self._whole, "held_ns": self._held_ns, "rest_ns": self._rest_ns,
            "hands": [parameter for parameter, moved in enumerate(self._hands) if moved],
            "sources": self._sources.snapshot(), "effects": self._effects.snapshot(),
            "overlays": self._overlays.snapshot(), "masters": self._masters.snapshot(),
            "parked": [list(item) for item in self._levels.parked.items()],
            "ranks": self._levels.ranks.snapshot(),
            "blend": self._blend.snapshot(), "grid": self._grid.snapshot(), "outlets": self._outlets.snapshot(),
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything; the sheet must be the same."""
        self._lit, self._whole = data["lit"], data["whole"]
        self._held_ns, self._rest_ns = data["held_ns"], data["rest_ns"]
        self._hands = bytearray(len(self._hands))
        for parameter in data["hands"]:
            self._hands[parameter] = 1
            self._handled = True
        self._touched.clear()
        self._postponed, self._waiting = False, ()
        self._sources.restore(data["sources"])
        self._effects.restore(data["effects"])
        self._overlays.restore(data["overlays"])
        self._masters.restore(data["masters"])
        self._levels.parked = dict(data["parked"])
        self._levels.ranks.restore(data["ranks"])
        self._blend.restore(data["blend"])
        self._grid.restore(data["grid"])
        self._outlets.restore(data["outlets"])
        self._refresh(range(len(self._hands)))
        self._overlays.advance(self._now_ns)
        self._outlets.write(self._levels.settle(self._now_ns))


_Verb = Callable[[Renderer, Any, int, int], None]
_VERBS: dict[type, _Verb] = {
    Lay: Renderer._lay, Release: Renderer._release, Swing: Renderer._effect, GiveWay: Renderer._effect,
    Freeze: Renderer._effect, Safe: Renderer._safe, Master: Renderer._master, Park: Renderer._park,
    Unpark: Renderer._unpark, Slots: Renderer._slots, Hand: Renderer._hand, Grip: Renderer._grip,
    Recall: Renderer._recall, Hold: Renderer._hold, Halt: Renderer._halt,
    Resend: Renderer._resend,
}


def _wide_path(sheet: CueSheet, patch: Patch, levels: Levels, outlets: Outlets) -> Sweep | None:
    """numpy is loaded only for a rig that can need it: it costs a quarter of a second and 20 MB."""
    if len(patch.wires) + len(patch.bends) <= MANY:
        return None
    from showctl.sweep import Sweep

    return Sweep(sheet, patch, levels, outlets)
