"""Fader laws: decibels to the position on a mixer's own scale and back, exact.

Fades travel positions, never decibels, for minus infinity has no line (SEMANTICS 31). A law is a table of
corners joined by straight lines; its bottom is ``out``. ``LAWS`` has the desks whose scale somebody has published
or measured; any other is written into the sheet: ``law: out 0%, -40 dB 12%, 0 dB 75%, +10 dB 100%``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from showctl import units
from showctl.model import LEVEL_MAX

CORNERS_MAX = 64           # of a law that is written into a sheet
CORNER_SEEN = 24           # characters of a corner that a message repeats


@dataclass(frozen=True, slots=True)
class Law:
    """One mixer's scale: ``corners`` are (share of the way up, millibel), rising. ``source`` says who knows it."""

    name: str
    corners: tuple[tuple[Fraction, int], ...]
    source: str = ""

    def position(self, millibel: int | None) -> int:
        """Millibel (None: out) → ``0..LEVEL_MAX``, halves up. ValueError names the range of this scale."""
        if millibel is None:
            return 0
        lowest, highest = self.corners[0][1], self.corners[-1][1]
        if not lowest <= millibel <= highest:
            raise ValueError(f"a fader with the law {self.name} goes from {self.range}; write that or 'out'")
        for (low, low_mb), (high, high_mb) in pairwise(self.corners):
            if low_mb < high_mb and millibel <= high_mb:
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

    @property
    def range(self) -> str:
        """The lowest and the highest level that have a number: ``-90 dB to +10 dB``."""
        return f"{_decibels(self.corners[0][1])} dB to {_decibels(self.corners[-1][1])} dB"


def _law(name: str, source: str, full: int, *corners: tuple[int, int]) -> Law:
    """A law from corners as makers print them: (step of 0..``full``, dB)."""
    return Law(name, tuple((Fraction(step, full), decibel * 100) for step, decibel in corners), source)


HALF_DECIBEL = 9_440_608_762_859_233_803_643_804_966_022_671_812_659     # 10^(−1/40), in units of 10⁻⁴⁰


def _root(name: str, source: str, power: int, corners: int) -> Law:
    """The position to the ``power`` is the gain, 0 dB at the top; a corner each ``power`` half decibels.

    Between two of them the straight line is at most 0.011 dB beside the curve.
    """
    one = share = 10**40
    curve = []
    for half in range(corners):
        curve.append((Fraction((share * LEVEL_MAX * 2 // one + 1) // 2, LEVEL_MAX), -50 * half * power))
        share = share * HALF_DECIBEL // one
    return Law(name, ((Fraction(0), curve[-1][1] - 2000), *reversed(curve)), source)


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        # A fader f of 0..1 over OSC. f ≥ 1/2: 40f − 30 dB; f ≥ 1/4: 80f − 50; f ≥ 1/16: 160f − 70; below: 480f − 90.
        _law("x32", "Behringer X32 and X Air, Midas M32; the makers' OSC protocol", 16,
             (0, -90), (1, -60), (4, -30), (8, -10), (16, 10)),
        # 59 levels as 14 bits VC/VF; all lie within a step of this line. 118.7 steps a decibel; 0 dB is 76 5C.
        _law("sq", "Allen & Heath SQ, Qu-5/6/7 with Linear Taper; SQ MIDI Protocol p. 20, Qu-5/6/7 p. 21", 1,
             (0, -128), (1, 10)),
        # 255 values, half steps of VC, in 14 bits. 0 dB is 62 00; +10 dB is printed 7F 40, the top of them.
        _law("sq-audio", "Allen & Heath SQ, Qu-5/6/7 with Audio Taper, CQ; SQ MIDI Protocol p. 20, CQ p. 15", 16383,
             *((half * 64, decibel) for half, decibel in (
                 (0, -91), (3, -89), (4, -85), (5, -80), (7, -75), (8, -70), (10, -65), (12, -60), (14, -55),
                 (16, -50), (24, -45), (31, -40), (46, -35), (62, -30), (77, -25), (93, -20), (108, -15), (124, -10),
                 (137, -8), (150, -6), (157, -5), (173, -3), (196, 0), (203, 1), (217, 3), (231, 5), (245, 8))),
             (16383, 10)),
        # The same taper in 127 steps. 0 dB is 62.
        _law("qu", "Allen & Heath Qu-16, Qu-24, Qu-32, Qu-Pac, Qu-SB; Qu MIDI Protocol V1.9, fader levels", 127,
             (0, -90), (2, -85), (4, -70), (5, -65), (6, -60), (7, -55), (8, -50), (12, -45), (15, -40), (23, -35),
             (31, -30), (39, -25), (47, -20), (54, -15), (62, -10), (68, -8), (76, -6), (79, -5), (85, -3), (91, -2),
             (98, 0), (101, 1), (109, 3), (115, 5), (122, 8), (127, 10)),
        # LV = (dB + 54) / 64 · 7F. 0 dB is 6B.
        _law("dlive", "Allen & Heath GLD and dLive; GLD MIDI Protocol V1.4, fader level", 1, (0, -54), (1, 10)),
        # Ten bits: steps of 3, 1, 0.2, 0.1 and 0.05 dB. 0 dB is 823.
        _law("yamaha", "Yamaha LS9 and others with faders of 10 bits; parameter change, fader table", 1023,
             (0, -141), (15, -96), (33, -78), (223, -40), (423, -20), (1023, 10)),
        # A position of 0..1, as the mixer's own page works it out.
        _law("ui", "Soundcraft Ui12, Ui16, Ui24R; measured, not published", 100_000,
             (0, -97), (379, -90), (1039, -80), (2516, -70), (5882, -60), (8722, -55), (11765, -50), (15049, -45),
             (18623, -40), (22554, -35), (26936, -30), (31900, -25), (37651, -20), (44500, -15), (52941, -10),
             (63607, -5), (76471, 0), (89321, 5), (100_000, 10)),
        _law("studiolive", "PreSonus StudioLive III; measured in Universal Control, not published", 65535,
             (0, -84), (70, -78), (2942, -51), (6085, -40), (14198, -30), (21752, -20), (30634, -10), (48190, 0),
             (65535, 10)),
        # In hundredths: the deflection of a meter, which many programs draw their faders by.
        _law("iec", "IEC 60268-18", 1000,
             (0, -70), (25, -60), (75, -50), (150, -40), (300, -30), (500, -20), (750, -9), (1000, 0)),
        # In millimetres of a fader of 100 mm: 5 dB each 12 mm down to 52, 10 dB down to 16, 20 dB down to 4.
        _law("log", "the taper of a large analogue desk; J. McCartney, musicdsp.org, Fader taper", 100,
             (0, -80), (4, -60), (16, -40), (52, -10), (100, 10)),
        _root("gain", "the position is the gain: players and programs without a taper", 1, 181),
        _root("cubic", "the cube of the position is the gain: PulseAudio, OBS Studio, VLC", 3, 81),
        # The same decibels for each millimetre, −60 to +10 dB: for a mixer whose law nobody has published.
        _law("linear", "the same decibels for each millimetre", 1, (0, -60), (1, 10)),
    )
}  # fmt: skip


@lru_cache(maxsize=256)
def find(text: str) -> Law:
    """The law of that name, or the one written out. Raises ValueError that says what there is or what to write."""
    if text in LAWS:
        return LAWS[text]
    if "%" in text:
        return _written(text)
    near = difflib.get_close_matches(text[:40], LAWS, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(LAWS)}"
    raise ValueError(f"no fader law '{text[:40]}'; {hint}, or write its corners: 'out 0%, 0 dB 75%, +10 dB 100%'")


def _written(text: str) -> Law:
    """``out 0%, -40 dB 12%, 0 dB 75%, +10 dB 100%``: a law in a sheet, from its bottom to its top."""
    words = text.split(",")
    if not 2 <= len(words) <= CORNERS_MAX:
        raise ValueError(f"a law has 2 to {CORNERS_MAX} corners, not {len(words)}; write its marks from bottom to top")
    corners = [_corner(word) for word in words]
    if corners[0][0] != 0 or corners[-1][0] != 1:
        raise ValueError("a law begins at 0% and ends at 100%; write its lowest mark, or 'out 0%', first")
    bottom = corners[0][1] if corners[0][1] is not None else corners[1][1]
    marks = [(share, bottom if mark is None and not share else mark) for share, mark in corners]
    rising: list[tuple[Fraction, int]] = []
    for word, (share, mark) in zip(words, marks, strict=True):
        if mark is None:
            raise ValueError("'out' is the bottom of a law; it stands at 0% only")
        flat = len(rising) == 1 and corners[0][1] is None and mark == rising[0][1]
        if rising and (share <= rising[-1][0] or (mark <= rising[-1][1] and not flat)):
            raise ValueError(f"'{_seen(word)}' does not lie above the corner before it, in decibels and in percent")
        rising.append((share, mark))
    name = ", ".join(f"{_mark(mark)} {_percent(share)}%" for share, mark in corners)
    return Law(name, tuple(rising), "written in the sheet")


def _corner(text: str) -> tuple[Fraction, int | None]:
    """One mark of a scale: ``0 dB 75%`` → (3/4, 0); ``out 0%`` → (0, None)."""
    mark, _, percent = text.strip().rpartition(" ")
    number, sign, rest = percent.partition("%")
    if not mark or not sign or rest or not number.replace(".", "", 1).isascii() or len(number) > 12:
        raise ValueError(f"'{_seen(text)}' is no corner of a law; write '0 dB 75%' or 'out 0%'")
    units.level(percent)       # says what a percentage looks like, and that it is at most 100
    return Fraction(number) / 100, units.decibel(mark)


def _seen(text: str) -> str:
    return text.strip()[:CORNER_SEEN]


def _mark(millibel: int | None) -> str:
    return "out" if millibel is None else f"{_decibels(millibel)} dB"


def _percent(share: Fraction) -> str:
    whole, rest = divmod(share * 10**11, 10**9)
    return f"{whole}" + (f".{int(rest):09}".rstrip("0") if rest else "")


def _decibels(millibel: int) -> str:
    """``-90``, ``0``, ``+10``, ``-15.1``: as a scale is printed."""
    whole, rest = divmod(abs(millibel), 100)
    sign = "-" if millibel < 0 else "+" if millibel > 0 else ""
    return f"{sign}{whole}" + (f".{rest:02}".rstrip("0") if rest else "")

