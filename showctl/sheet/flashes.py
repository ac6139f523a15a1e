"""Advice about flashing: effects that may harm people with photosensitive epilepsy. It is advice, and says so.

WCAG 2.3.1 (three flashes or below threshold) and ITU-R BT.1702: more than three flashes in a second, each a pair of
opposing changes of a tenth or more of full light, or of a saturated red. The room, the distance and what several
effects do together are not known here; so nothing is ever held back, neither here nor while the show runs (law 10).
"""

from __future__ import annotations

from collections.abc import Sequence

from showctl.fade import FULL
from showctl.model import LEVEL_MAX, SECOND_NS, Effect
from showctl.shapes import beats_in_round
from showctl.sheet.draft import Draft
from showctl.sheet.problems import Path

FLASHES_MAX = 3                 # in one second
SWING = LEVEL_MAX // 10
RED_SHARE = 8                   # tenths of red, green and blue together that are saturated red
LUMINANCE = {"red": 2126, "green": 7152, "blue": 722}      # IEC 61966-2-1, ten-thousandths


def warn(draft: Draft, path: Path, effect: Effect) -> None:
    """Say which fixture flashes more than three times a second, over which swing."""
    for place in dict.fromkeys(effect.places):
        rows = [row for row, each in enumerate(effect.places) if each == place]
        names = [draft.parameters[effect.parameters[row]].attribute for row in rows]
        looks = [{name: _reach(end[row], rides[row]) for name, row in zip(names, rows, strict=True)}
                 for end, rides in zip(effect.ends, effect.rides, strict=True)]
        flashes = _flashes(effect, looks) * effect.beats * SECOND_NS // (beats_in_round(effect) * effect.per_ns)
        if flashes > 1000 * FLASHES_MAX:
            owner = draft.parameters[effect.parameters[rows[0]]].owner
            draft.problems.warn(path, (
                f"'{owner}' flashes {flashes // 1000}.{flashes // 100 % 10} times a second; more than {FLASHES_MAX} "
                "may harm people with photosensitive epilepsy (WCAG 2.3.1, ITU-R BT.1702). This is advice about one "
                "effect alone, not a guard"))
            return


def _reach(level: int, rides: bool) -> int:
    """A level as far as it may reach; what rides is taken to swing over a lamp at half."""
    return max(0, min(LEVEL_MAX, LEVEL_MAX // 2 + level)) if rides else level


def _flashes(effect: Effect, looks: Sequence[dict[str, int]]) -> int:
    """Thousandths of pairs of opposing changes in one round at one place; a sparkle's as often as it is likely."""
    walk = list(looks)
    if effect.shape == "steps" and effect.bounce:
        walk += walk[-2:0:-1]
    seen = 1000 * max(_pairs([_light(look) for look in walk]), _reds(walk))
    return seen * effect.density // FULL if effect.shape == "sparkle" else seen


def _light(look: dict[str, int]) -> int:
    """Relative luminance of 0..LEVEL_MAX, as far as the effect says it: intensity times the colour it names."""
    colour = sum(look[name] * share for name, share in LUMINANCE.items() if name in look)
    lit = colour // 10_000 if any(name in look for name in LUMINANCE) else LEVEL_MAX
    return look.get("intensity", LEVEL_MAX) * max(lit, look.get("white", 0), look.get("warm", 0)) // LEVEL_MAX


def _pairs(levels: Sequence[int]) -> int:
    """How often a round of levels turns by a tenth and back again, its end leading to its beginning."""
    turns, stood, rising = 0, levels[0], None
    for lap in range(2):
        for level in levels:
            if abs(level - stood) >= SWING:
                turns += lap and rising is not (level > stood)
                rising, stood = level > stood, level
    return (turns + 1) // 2


def _reds(looks: Sequence[dict[str, int]]) -> int:
    """Changes to and from a saturated red."""
    red = [_is_red(look) for look in looks]
    return sum(now and not before for before, now in zip([red[-1], *red], red, strict=False))


def _is_red(look: dict[str, int]) -> bool:
    parts = [look.get(name, 0) for name in LUMINANCE]
    return "red" in look and parts[0] * 10 >= RED_SHARE * max(1, sum(parts)) and look.get("intensity", 1) > 0
