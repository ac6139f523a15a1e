"""Fades that show nothing yet: those that begin where their lamps stand are told once the light has left.

A GO starts a dozen of them and shows none: what it does show need not wait for them. Whether one may wait is asked of
all its lamps in a few calls; where any answer is no, it is told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from showctl.cues import looks
from showctl.model import Action, CueSheet, Fade, Safe, Send
from showctl.sources import Sources
from showctl.targets import Many, Targets

FEW = 4      # so many targets are told as quickly as they are asked about
NONE: frozenset[int] = frozenset()


class Lamps(NamedTuple):
    """A look's parameters and then the intensities that make its colours visible, asked for together."""

    targets: Targets                                        # keeps its identity taken
    own: frozenset[int]
    levels: tuple[int, ...]
    all: Callable[[Sequence[int]], tuple[int, ...]]
    lit: Callable[[Sequence[int]], tuple[int, ...]] | None     # of what ``all`` gives, those intensities
    resting: tuple[int, ...]


class Unseen:
    """Which fades of a sheet's looks may wait. Overlays, effects, priorities and desks are for whoever asks."""

    def __init__(self, sheet: CueSheet, sources: Sources) -> None:
        self._sources = sources
        self._intensity_of = [each.intensity for each in sheet.parameters]
        self._looks = {id(targets): self._lamps(targets) for targets in looks(sheet)
                       if len(targets) > FEW and not isinstance(targets, Many)}

    def last_of(self, actions: Sequence[Action], at_ns: int) -> int:
        """How many of an instant's last actions may wait; asked before any of them is told.

        No two of them name the same lamp, and of what comes before them nothing sets one in motion or takes it away.
        """
        count, named = 0, NONE
        for action in reversed(actions):
            if type(action) is not Fade or not self._shows_nothing(action, at_ns):
                break
            own = self._looks[id(action.targets)].own
            if named and not own.isdisjoint(named):
                break
            count, named = count + 1, own | named if named else own
        if 0 < count < len(actions):
            last = actions[-1]
            assert isinstance(last, Fade)
            for action in actions[:-count]:
                if not (type(action) is Send or type(action) is Safe or (
                        type(action) is Fade and action.source == last.source and not action.duration_ns)):
                    return 0
        return count

    def _shows_nothing(self, action: Fade, at_ns: int) -> bool:
        """Whether a fade begins where its lamps stand: none dark, so that no colour jumps; none held by another."""
        lamps = self._looks.get(id(action.targets))
        source = self._sources.by_name.get(action.source)
        if lamps is None or source is None or action.start_ns != at_ns or action.relative or (
                action.duration_ns <= 0 or action.curve == "snap"):
            return False
        if lamps.all(source.run) != lamps.resting or (
                lamps.all(self._sources.owner) != (source.index,) * len(lamps.resting)):
            return False
        levels = lamps.all(source.present)
        moves = levels[:len(lamps.levels)] != lamps.levels
        return moves and (lamps.lit is None or 0 not in lamps.lit(levels))

    def _lamps(self, targets: Targets) -> Lamps:
        own = [parameter for parameter, _ in targets]
        levels = tuple(self._sources.clamped(*target) for target in targets)
        intensities = {self._intensity_of[parameter]: None for parameter in own}
        intensities.pop(None, None)
        every = [*dict.fromkeys((*own, *intensities))]
        lit = [*map(every.index, intensities)]
        return Lamps(
            targets, frozenset(own), levels, itemgetter(*every),
            itemgetter(*lit, lit[0]) if lit else None,      # of a single place it would give no tuple
            (-1,) * len(every))
