"""The renderer: actions → levels → frames, on the 44 Hz grid (CORE 5, SEMANTICS 8, 10, 13, 16, 17, 28-32).

``apply`` takes the actions of an instant, ``render`` gives the frames of that instant. On an event only the outlets
it touches are worked out; on a tick all that move. Many parameters take the wide path of ``sweep``; both ways give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from showctl.actions import VERBS, fade, recall, snapping
from showctl.allowance import Allowance
from showctl.blend import Blend
from showctl.effects import Effects
from showctl.fade import FULL
from showctl.grid import Grid
from showctl.levels import Levels
from showctl.masters import Masters
from showctl.model import LEVEL_MAX, Action, CueSheet, DmxFrame, Fade, LevelFrame, Recall, Send
from showctl.outlets import Outlets
from showctl.overlays import Overlays
from showctl.patch import Patch, compile_patch
from showctl.sources import Sources
from showctl.unseen import Unseen

if TYPE_CHECKING:
    from showctl.sweep import Sweep

MANY = 64
"""From so many parameters at one instant on, numpy is quicker than integers one by one."""


class Renderer:
    """Levels of a whole sheet. Synchronous, clockless; every call names its instant in show time."""

    def __init__(self, sheet: CueSheet) -> None:
        self.patch = compile_patch(sheet)
        self.sources = Sources(sheet)
        self.effects = Effects(sheet)
        self.allowance = Allowance(sheet, self.sources)
        self.overlays = Overlays()
        self.masters = Masters(sheet)
        self._grid = Grid()
        self.levels = Levels(sheet, self.sources, self.effects, self.overlays, self.masters)
        self.outlets = Outlets(self.patch, self.levels.values)
        self.blend = Blend(sheet, self.patch, self.levels)
        if sheet.merges:
            self.outlets.blend = self.blend.into
        self.beside: list[int] = []           # outlets to look at besides: a desk has moved there, a device is back
        self.intensity_of = [each.intensity for each in sheet.parameters]
        self._recalling = {(each.to, each.address): True for each in sheet.commands.values() if each.recalls}
        self.hands = bytearray(len(sheet.parameters))
        self.handled = False                  # some hand has moved some fader
        self.risen = {f"sub/{name}": dict(each.look) for name, each in sheet.subs.items() if each.look is not None}
        for name, look in self.risen.items():
            self.overlays.stand(name, look, self.masters.levels[name] * FULL // LEVEL_MAX)
        self.touched: list[int] = []
        self.great = False                    # a look over the whole rig was told or ended: the sweep knows which
        self.lit = False                      # a look has come: before it nothing is sent (SEMANTICS 16)
        self._whole = False                   # every outlet has been looked at once
        self._postponed = False               # what was touched waits for the tick: before it no outlet of it may speak
        self.held_ns: int | None = None       # show time at which a hold began
        self.rest_ns = 0                      # show time spent on hold so far
        self._now_ns = 0                      # motion time of the instant being rendered
        self._unseen = Unseen(sheet, self.sources)
        self._simple = not (self.allowance.bounds or sheet.merges or self.levels.ranks.stated)
        self._waiting: Sequence[Action] = ()  # fades of which the present instant shows nothing
        self._waiting_ns = 0
        self.sweep = _wide_path(sheet, self.patch, self.levels, self.outlets)

    # ---- when ----

    @property
    def due_ns(self) -> int | None:
        """The next tick or fade end, or None while everything stands still."""
        self.settle()
        if self.held_ns is not None or not self.lit:
            return self._grid.due_ns
        ends = [end + self.rest_ns for end in (self.sources.end_ns, self.overlays.end_ns, self.effects.end_ns,
                                                self.blend.end_ns)
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
        ends = (self.sources.end_ns, self.overlays.end_ns, self.effects.end_ns, self.blend.end_ns)
        waiting = self.outlets.waiting or self._postponed
        return self._grid.due_ns is not None and (waiting or ends != (None, None, None, None))

    def pass_tick(self) -> None:
        """Leave the next tick out: what moves is seen a tick later, never wrongly (CORE 6)."""
        self.settle()
        if self._grid.due_ns is not None:
            self._catch_up()
            self._grid.turn(self._moving or self.outlets.waiting)

    def pass_motion(self, until_ns: int) -> tuple[int, int] | None:
        """Leave out every tick up to and including ``until_ns`` in which something only moves on; (first, last).

        What ends, waits or comes to rest is still rendered, so that the last level is always sent.
        """
        self.settle()
        ends = [end + self.rest_ns for end in (self.sources.end_ns, self.overlays.end_ns, self.effects.end_ns,
                                                self.blend.end_ns)
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
            fade(self, action, self._waiting_ns, self._motion_ns(self._waiting_ns), {})

    def peek(self, at_ns: int, parameters: Sequence[int]) -> list[int]:
        """The levels of some parameters as they leave at ``at_ns``, after merge, masters and limits (SEMANTICS 35).

        ``at_ns`` lies between the last instant stepped and ``due_ns``. Looking changes nothing of the run.
        """
        self.settle()
        now_ns = self._motion_ns(at_ns)
        self.overlays.advance(now_ns)
        self.effects.advance(now_ns)
        levels = [self.levels.peek(parameter, now_ns) for parameter in parameters]
        if self.outlets.blend is None:
            return self.patch.limited(parameters, levels)
        self.blend.advance(now_ns)
        blended = [self.blend.peek(parameter, level, partial(self.levels.peek, now_ns=now_ns))
                   for parameter, level in zip(parameters, levels, strict=True)]
        return self.patch.limited(parameters, blended)

    def apply(self, at_ns: int, actions: Sequence[Action]) -> None:
        """Take the actions of one instant, in order. Of what is sent, it looks only for scenes that a mixer recalls.

        Fades of which this instant shows nothing wait until its light has left: for ``settle``, or for whatever is
        asked or told next.
        """
        if self._waiting:
            self.settle()
        now_ns = at_ns - self.rest_ns if self.held_ns is None else self._motion_ns(at_ns)
        if self._recalling:
            for action in actions:     # first of all: what else moves at this instant counts from there
                if type(action) is Send and (action.to, action.address) in self._recalling:
                    recall(self, Recall(action.to), at_ns, now_ns)
        if self.sources.end_ns is not None and self.sources.end_ns <= now_ns:
            self._finish_fades(now_ns)       # one that ends as another begins has ended
        if self._simple and self.held_ns is None and actions and type(actions[-1]) is Fade and not (
                self.overlays.naming or self.effects.naming):
            unseen = self._unseen.last_of(actions, at_ns)
            if unseen:
                self.lit = True
                self._waiting, actions = actions[-unseen:], actions[:-unseen]
                self._waiting_ns = at_ns
        if self._postponed and any(type(action) is Fade for action in actions):
            self._catch_up()
        snaps: dict[int, bool] | None = None
        for action in actions:
            if type(action) is Fade:
                if snaps is None:
                    snaps = snapping(self, actions, now_ns)
                fade(self, action, at_ns, now_ns, snaps)
            else:
                verb = VERBS.get(type(action))
                if verb is not None:
                    verb(self, action, at_ns, now_ns)

    def render(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """The frames of this instant, universes and then faders in sheet order; most instants have few or none."""
        if self._waiting and at_ns != self._waiting_ns:
            self.settle()
        now_ns = self._now_ns = at_ns - self.rest_ns if self.held_ns is None else self._motion_ns(at_ns)
        if not self.lit:
            self._rework([])
            return []
        ended_ns, released_ns, arrived_ns = self.sources.end_ns, self.overlays.end_ns, self.effects.end_ns
        if (ended_ns is not None and ended_ns <= now_ns) or (released_ns is not None and released_ns <= now_ns) or (
                arrived_ns is not None and arrived_ns <= now_ns):
            self._finish(now_ns)
        if self.blend.end_ns is not None:
            self.blend.advance(now_ns)
            self.beside += self.blend.finish(now_ns)
        grid, moving = self._grid, self._moving
        still = grid.due_ns is None
        tick = grid.due_ns is not None and at_ns >= grid.due_ns
        frames: list[DmxFrame | LevelFrame] = []
        if tick or not self._whole:
            frames = self._everything(at_ns)
        elif self.touched or self.beside or self.great:
            frames = self._touched_only(at_ns)
        if frames:
            grid.stirred = True
        if still and (moving or frames):
            grid.start(at_ns)
        elif tick:
            grid.turn(moving or self.outlets.waiting)
        return frames

    def _everything(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """All that moves, and every outlet: a tick, or the first render of all."""
        self._whole, self._postponed = True, False
        self.outlets.waiting = False
        self.beside.clear()
        if self.sweep is not None and (
                self.great or self.sources.moving + len(self.touched) + len(self.effects.naming) > MANY):
            self._rework_widely(self.sweep)
        else:
            self.touched += self.effects.naming
            self._rework(self.sources.advance(self._now_ns))
        return self.outlets.send(at_ns, self._grid, range(self.outlets.count))

    def _touched_only(self, at_ns: int) -> list[DmxFrame | LevelFrame]:
        """What an event has touched, with all that moves in the same universes."""
        if self.sweep is not None and (self.great or len(self.touched) > MANY or len(self.beside) > 1):
            outlets = sorted({*self.sweep.reached(self.touched), *self.beside})
            if not outlets:      # great looks that begin where they stand: for the tick
                return []
            self.beside.clear()
            self._rework_widely(self.sweep)
            return self.outlets.send(at_ns, self._grid, outlets)
        outlets = self._reached()
        if self._grid.due_ns is not None and self.sweep is None and not self.beside and (
                not self.effects.naming and self.outlets.may_none_speak(outlets, self._grid)):
            self._postponed = True
            return []
        return self._work_out(at_ns, outlets)

    def _reached(self) -> list[int]:
        """The outlets of what was touched."""
        outlets_of, outlets = self.patch.outlets_of, []
        if len(self.touched) > MANY:
            self.touched = [*dict.fromkeys(self.touched)]
        for parameter in self.touched:
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
        if self.beside:
            outlets = [*dict.fromkeys((*outlets, *self.beside))]
            self.beside.clear()
        if len(outlets) > 1:
            outlets.sort()
        if self.effects.naming:
            self.touched += [each for outlet in outlets for each in self.patch.parameters_of[outlet]
                              if each in self.effects.naming]
            if self.sweep is not None and len(self.touched) > MANY:
                self._rework_widely(self.sweep)
                return self.outlets.send(at_ns, self._grid, outlets)
        moved: list[int] = []
        if self.sources.runs:
            for outlet in outlets:
                moved += self.sources.advance_some(self.patch.parameters_of[outlet], self._now_ns)
        self._rework(moved)
        return self.outlets.send(at_ns, self._grid, outlets)

    def _rework(self, moved: list[int]) -> None:
        if self.effects.live:
            self.effects.advance(self._now_ns)
        if self.overlays.laid:
            self.overlays.advance(self._now_ns)
        if moved:
            self._refresh(moved)
        changed = self.levels.refresh(self.touched, self._now_ns)
        if changed:
            self.outlets.write(changed)
        self.touched.clear()
        if self.overlays.naming:
            self._refresh(self.overlays.naming)
        if self.levels.parked or self.levels.ranks.stated:
            self.outlets.write(self.levels.settle(self._now_ns))

    def _rework_widely(self, sweep: Sweep) -> None:
        self.overlays.advance(self._now_ns)
        self.effects.advance(self._now_ns)
        sweep.advance_and_write(self._now_ns, self.touched)
        self.touched.clear()
        self.great = False
        self._refresh(self.overlays.naming)
        self.outlets.write(self.levels.settle(self._now_ns))

    def _refresh(self, parameters: Iterable[int]) -> None:
        changed = self.levels.refresh(parameters, self._now_ns)
        if changed:
            self.outlets.write(changed)

    def _finish_fades(self, now_ns: int) -> None:
        if self.sweep is not None and self.sweep.finish(now_ns):
            self.great = True
        self.touched += self.sources.finish(now_ns)

    def _finish(self, now_ns: int) -> None:
        end_ns = self.sources.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self._finish_fades(now_ns)
        end_ns = self.overlays.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self.touched += self.overlays.finish(now_ns)
            self.effects.keep_only(self.overlays.laid)
        end_ns = self.effects.end_ns
        if end_ns is not None and end_ns <= now_ns:
            self.touched += self.effects.finish(now_ns)

    # ---- keeping ----

    @property
    def _moving(self) -> bool:
        return self.held_ns is None and (
            bool(self._waiting) or self.sources.end_ns is not None or self.overlays.end_ns is not None
            or self.blend.end_ns is not None or (bool(self.effects.live) and self.effects.moving))

    def _motion_ns(self, at_ns: int) -> int:
        return (at_ns if self.held_ns is None else self.held_ns) - self.rest_ns

    def snapshot(self) -> dict[str, Any]:
        """Everything a restored renderer needs to give the same frames from here on, as JSON values.

        Taken between instants: after the ``render`` that followed an ``apply``.
        """
        self.settle()
        self._catch_up()
        return {
            "lit": self.lit, "whole": self._whole, "held_ns": self.held_ns, "rest_ns": self.rest_ns,
            "hands": [parameter for parameter, moved in enumerate(self.hands) if moved],
            "sources": self.sources.snapshot(), "effects": self.effects.snapshot(),
            "overlays": self.overlays.snapshot(), "masters": self.masters.snapshot(),
            "parked": [list(item) for item in self.levels.parked.items()],
            "ranks": self.levels.ranks.snapshot(),
            "blend": self.blend.snapshot(), "grid": self._grid.snapshot(), "outlets": self.outlets.snapshot(),
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything; the sheet must be the same."""
        self.lit, self._whole = data["lit"], data["whole"]
        self.held_ns, self.rest_ns = data["held_ns"], data["rest_ns"]
        self.hands = bytearray(len(self.hands))
        for parameter in data["hands"]:
            self.hands[parameter] = 1
            self.handled = True
        self.touched.clear()
        self._postponed, self._waiting = False, ()
        self.sources.restore(data["sources"])
        self.effects.restore(data["effects"])
        self.overlays.restore(data["overlays"])
        self.masters.restore(data["masters"])
        self.levels.parked = dict(data["parked"])
        self.levels.ranks.restore(data["ranks"])
        self.blend.restore(data["blend"])
        self._grid.restore(data["grid"])
        self.outlets.restore(data["outlets"])
        self._refresh(range(len(self.hands)))
        self.overlays.advance(self._now_ns)
        self.outlets.write(self.levels.settle(self._now_ns))


def _wide_path(sheet: CueSheet, patch: Patch, levels: Levels, outlets: Outlets) -> Sweep | None:
    """numpy is loaded only for a rig that can need it: it costs a quarter of a second and 20 MB."""
    if len(patch.wires) + len(patch.bends) <= MANY:
        return None
    from showctl.sweep import Sweep

    return Sweep(sheet, patch, levels, outlets)
