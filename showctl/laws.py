"""Fader laws: decibels to the position on a mixer's own scale and back, exact.

Fades travel positions, never decibels, for minus infinity has no line (SEMANTICS 31). A law is a table of
corners joined by straight lines; the lowest corner is ``out``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from showctl.model import LEVEL_MAX


@dataclass(frozen=True, slots=True)
class Law:
    """One mixer's scale: ``corners`` are (share of the way up, millibel), rising in both."""

    name: str
    corners: tuple[tuple[Fraction, int], ...]

    def position(self, millibel: int | None) -> int:
        """Millibel (None: out) → ``0..LEVEL_MAX``, halves up. ValueError names the range of this scale."""
        if millibel is None:
            return 0
        lowest, highest = self.corners[0][1], self.corners[-1][1]
        if not lowest <= millibel <= highest:
            reach = f"{lowest // 100} dB to +{highest // 100} dB"
            raise ValueError(f"a fader with the law {self.name} goes from {reach}; write that or 'out'")
        for (low, low_mb), (high, high_mb) in pairwise(self.corners):
            if millibel <= high_mb:
                share = low + (high - low) * Fraction(millibel - low_mb, high_mb - low_mb)
                return (share * LEVEL_MAX * 2 + 1).__floor__() // 2
        raise AssertionError("the last corner is the highest")

    def millibel(self, position: int) -> int | None:
        """``0..LEVEL_MAX`` → the nearest millibel, or None for out."""
        if position <= 0:
            return None
        share = Fraction(min(position, LEVEL_MAX), LEVEL_MAX)
        for (low, low_mb), (high, high_mb) in pairwise(self.corners):
            if share <= high:
                return round(low_mb + (high_mb - low_mb) * (share - low) / (high - low))
        raise AssertionError("the last corner is the top")


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        # Behringer X32 and X Air, Midas M32, as the consoles publish it over OSC for a fader f of 0..1:
        # f ≥ 1/2: 40f − 30 dB; f ≥ 1/4: 80f − 50; f ≥ 1/16: 160f − 70; below: 480f − 90, where −90 is out.
        Law("x32", ((Fraction(0), -9000), (Fraction(1, 16), -6000), (Fraction(1, 4), -3000),
                    (Fraction(1, 2), -1000), (Fraction(1), 1000))),
        # The same decibels for each millimetre, −60 to +10 dB: for a mixer whose law nobody has published.
        Law("linear", ((Fraction(0), -6000), (Fraction(1), 1000))),
    )
}  # fmt: skip


def find(name: str) -> Law:
    """The law called ``name``. Raises ValueError that names what there is."""
    if name in LAWS:
        return LAWS[name]
    near = difflib.get_close_matches(name[:40], LAWS, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(LAWS)}"
    raise ValueError(f"no fader law '{name[:40]}'; {hint}")
