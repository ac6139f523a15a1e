"""Effects as the engine knows them: which run, for which cue, and what ends them.

An effect that says both of its ends has its lamps to itself, and a later look of its region takes them (SEMANTICS 8);
what rides on the level beneath stays until it is stopped. Leaving the state that started it releases either
(SEMANTICS 12).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from showctl import chance
from showctl.cues import Laid
from showctl.draft import Draft
from showctl.model import Cue, Effect, Freeze, GiveWay, Release, Swing, cue_text


@dataclass(slots=True)
class Swinging:
    """One effect at work for a cue; ``run`` is 0 where a jump laid it, ``own`` is what a later look may take of it."""

    effect: Effect
    run: int
    cue: Decimal
    region: str
    state: str
    own: dict[int, None]
    frozen: bool = False


class Swings:
    """All effects at work, by ``source/effect``; writes what happens to them into a Draft."""

    def __init__(self, cues: Mapping[Decimal, Cue], seed: int) -> None:
        self._cues = cues
        self._seed = seed
        self.live: dict[str, Swinging] = {}

    # ---- starting ----

    def start(self, draft: Draft, run: int, cue: Cue, region: str, state: str, start_ns: int) -> list[int]:
        """Lay what a cue has; which runs have lost an effect to this one."""
        lost = []
        source = region if cue.overlay_ns is None else f"cue {cue_text(cue.number)}"
        for effect in cue.effects:
            name = f"{source}/{effect.name}"
            before = self.live.pop(name, None)
            if before is not None and before.run != run:
                lost.append(before.run)
            swinging = Swinging(effect, run, cue.number, region, state, dict.fromkeys(effect.own))
            self._lay(draft, name, swinging, start_ns)
        return lost

    def lay_again(
        self, draft: Draft, region: str, wanted: Iterable[Laid], fade_ns: int, *, starting: Decimal | None = None
    ) -> list[int]:
        """Assert what a list has laid: what else runs in the region lets go, what is missing begins (SEMANTICS 9).

        ``starting`` is the cue that is about to start its own. Returns which runs have lost an effect.
        """
        lost = []
        names = {f"{region}/{name}": (name, cue, state) for name, cue, state in wanted}
        for name, swinging in list(self.live.items()):
            if swinging.region == region and name.startswith(f"{region}/") and name not in names:
                lost.append(swinging.run)
                self.end(draft, name, draft.at_ns, fade_ns)
        for key, (name, cue, state) in names.items():
            effect = next((each for each in self._cues[cue].effects if each.name == name), None)
            if key not in self.live and effect is not None and cue != starting:
                swinging = Swinging(effect, 0, cue, region, state, dict.fromkeys(effect.own))
                self._lay(draft, key, swinging, draft.at_ns, fade_ns)
        return lost

    def _lay(
        self, draft: Draft, name: str, swinging: Swinging, start_ns: int, fade_ns: int | None = None
    ) -> None:
        effect = swinging.effect
        # Let go and taken up in one step, it has never been let go: a state that enters itself must not flicker.
        draft.actions[:] = [each for each in draft.actions if not (type(each) is Release and each.name == name)]
        seed = chance.advance(self._seed ^ zlib.crc32(name.encode()))[1] >> 32 if effect.shape == "sparkle" else 0
        duration_ns = effect.fade_ns if fade_ns is None else fade_ns
        draft.actions.append(Swing(name, start_ns, duration_ns, effect.curve, seed))
        self.live[name] = swinging

    # ---- ending ----

    def end(self, draft: Draft, name: str, at_ns: int, release_ns: int | None = None) -> int:
        """Let one go, in its own time or in this; which run had it, 0 for none."""
        swinging = self.live.pop(name, None)
        if swinging is None:
            return 0
        ends_ns = swinging.effect.release_ns if release_ns is None else release_ns
        if name.startswith(f"{swinging.region}/"):      # an overlay takes its effects along
            draft.actions.append(Release(name, at_ns, ends_ns))
        return swinging.run

    def named(self, *, run: int = -1, cue: Decimal | None = None, effect: str = "") -> list[str]:
        """The names of those of a run, or of a cue; where ``effect`` is said, of that one only."""
        return [name for name, each in self.live.items()
                if (each.run == run or each.cue == cue) and (not effect or each.effect.name == effect)]

    def of_states(self, region: str, states: tuple[str, ...]) -> list[str]:
        """The names of those that these states of a region have started."""
        return [name for name, each in self.live.items() if each.region == region and each.state in states]

    def held_by(self, run: int) -> bool:
        """Whether a run has any."""
        return any(each.run == run for each in self.live.values())

    def frozen(self, run: int) -> bool:
        """Whether a run has any that stand still."""
        return any(each.run == run and each.frozen for each in self.live.values())

    def give_way(self, draft: Draft, region: str, targets: Iterable[tuple[int, int]], but_run: int = -1) -> list[int]:
        """A look of the region takes what it names, but not from its own cue; which runs have lost all of an effect."""
        lost: list[int] = []
        taken = dict(targets)
        for name, swinging in list(self.live.items()):
            if swinging.region != region or not name.startswith(f"{region}/") or swinging.run == but_run:
                continue
            gone = tuple(parameter for parameter in swinging.own if parameter in taken)
            if not gone:
                continue
            draft.actions.append(GiveWay(name, gone))
            for parameter in gone:
                del swinging.own[parameter]
            if not swinging.own:
                self.end(draft, name, draft.at_ns, 0)
                lost.append(swinging.run)
        return lost

    def freeze(self, draft: Draft, run: int, frozen: bool) -> None:
        """Let the effects of one run stand still, or go on."""
        for name in self.named(run=run):
            self.live[name].frozen = frozen
            draft.actions.append(Freeze(name, frozen))

    # ---- keeping ----

    def of_region(self, region: str) -> tuple[Laid, ...]:
        """What ``lay_again`` needs to bring back what has no end."""
        return tuple((each.effect.name, each.cue, each.state) for name, each in self.live.items()
                     if each.region == region and name.startswith(f"{region}/") and each.effect.length_ns is None)

    def snapshot(self) -> list[Any]:
        """JSON values, in the order they began."""
        return [[name, each.run, cue_text(each.cue), each.region, each.state, list(each.own), each.frozen]
                for name, each in self.live.items()]

    def restore(self, data: list[Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        self.live = {}
        for name, run, cue, region, state, own, frozen in data:
            number, wanted = Decimal(cue), name.partition("/")[2]
            effect = next(each for each in self._cues[number].effects if each.name == wanted)
            self.live[name] = Swinging(effect, run, number, region, state, dict.fromkeys(own), frozen)
