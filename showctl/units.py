"""Text of the sheet to exact integers, once: times, levels, kelvin, decibels, colours, cue numbers, slots.

Every function takes the text as written and raises ``ValueError`` whose message says what to write instead.
Nothing here is a float: ``0.1 s`` is 100,000,000 ns, not nearly.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import gcd

from showctl.model import LEVEL_MAX, SECOND_NS

Colour = tuple[int, int, int]
"""Red, green, blue, each ``0..LEVEL_MAX``."""

DURATION_MAX_NS = 48 * 3600 * SECOND_NS
KELVIN_MIN, KELVIN_MAX = 1_000, 15_000
DECIBEL_MIN, DECIBEL_MAX = -144, 40
UNIVERSE_MAX = 63_999
PACE_MAX_HZ = 20              # a beat of two frames at 44 Hz
ANGLE_MAX = 3600
CUE_NUMBER_MAX = 99_999
RANGES_MAX = 1_000

UNIT_NS = {"ms": SECOND_NS // 1000, "s": SECOND_NS, "min": 60 * SECOND_NS, "h": 3600 * SECOND_NS}

COLOURS: dict[str, int] = {
    "red": 0xFF0000, "green": 0x00FF00, "blue": 0x0000FF, "white": 0xFFFFFF,
    "amber": 0xFFBF00, "orange": 0xFF7F00, "yellow": 0xFFFF00, "lime": 0xBFFF00,
    "mint": 0x00FF7F, "teal": 0x007F7F, "cyan": 0x00FFFF, "azure": 0x007FFF,
    "indigo": 0x3F00FF, "violet": 0x7F00FF, "purple": 0xBF00FF, "magenta": 0xFF00FF,
    "pink": 0xFF007F, "rose": 0xFF7FBF, "salmon": 0xFF7F5F, "gold": 0xFFD700,
}  # fmt: skip

# At most 12 digits before and 9 after the point: long enough for every unit, too short to be an attack.
_NUMBER = r"(\d{1,12}(?:\.\d{1,9})?)"
_DURATION = re.compile(rf"{_NUMBER} ?(ms|s|min|h)", re.ASCII)
_LEVEL = re.compile(rf"{_NUMBER} ?%", re.ASCII)
_KELVIN = re.compile(rf"{_NUMBER} ?[Kk]", re.ASCII)
_DECIBEL = re.compile(rf"([+-]?){_NUMBER} ?dB", re.ASCII | re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)
_CUE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_SLOT = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)
_RATE = re.compile(r"(\d{1,6}) ?Hz", re.ASCII | re.IGNORECASE)
_PACE = re.compile(rf"{_NUMBER} ?(bpm|Hz)", re.ASCII | re.IGNORECASE)
_ANGLE = re.compile(rf"(-?){_NUMBER} ?(?:°|deg)")
_COUNT = re.compile(r"(\d{1,6}) (?:per|in) (.+)", re.ASCII)


def duration_ns(text: str) -> int:
    """``8 s``, ``500 ms``, ``1.5 min``, ``1 h`` or ``0`` → nanoseconds, 0 to 48 h."""
    if text.strip() == "0":
        return 0
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not a time; write '8 s', '500 ms', '20 min' or '1 h'")
    nanoseconds = Decimal(match[1]) * UNIT_NS[match[2]]
    if nanoseconds > DURATION_MAX_NS:
        raise ValueError(f"{_quoted(text)} is too long; a time is at most 48 h")
    if nanoseconds != int(nanoseconds):
        raise ValueError(f"{_quoted(text)} is finer than a nanosecond; write fewer decimals")
    return int(nanoseconds)


def level(text: str) -> int:
    """``70%`` → ``0..LEVEL_MAX``, halves rounded up. 0 % to 100 %."""
    match = _LEVEL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not a level; write a percentage such as '70%'")
    percent = Decimal(match[1])
    if percent > 100:
        raise ValueError(f"{_quoted(text)} is too much; a level is 0% to 100%")
    return int((percent * LEVEL_MAX * 2 + 100) // 200)


def kelvin(text: str) -> int:
    """``3200K`` → millikelvin, 1000 K to 15000 K."""
    match = _KELVIN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not a colour temperature; write it in kelvin, such as '3200K'")
    degrees = Decimal(match[1])
    if not KELVIN_MIN <= degrees <= KELVIN_MAX:
        raise ValueError(f"{_quoted(text)} is no light we can make; write {KELVIN_MIN}K to {KELVIN_MAX}K")
    return int(degrees * 1000)


def decibel(text: str) -> int | None:
    """``-6 dB`` → millibel (−600), ``out`` → None. −144 dB to +40 dB in steps of a hundredth."""
    if text.strip().lower() == "out":
        return None
    match = _DECIBEL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not a fader level; write '-6 dB' or 'out'")
    millibels = Decimal(match[1] + match[2]) * 100
    if not DECIBEL_MIN * 100 <= millibels <= DECIBEL_MAX * 100:
        reach = f"{DECIBEL_MIN} dB to +{DECIBEL_MAX} dB"
        raise ValueError(f"{_quoted(text)} is on no fader; write {reach}, or 'out'")
    if millibels != int(millibels):
        raise ValueError(f"{_quoted(text)} is finer than a fader goes; write at most two decimals")
    return int(millibels)


def colour(text: str) -> Colour:
    """``#ff8800``, ``#f80`` or a name of ``COLOURS`` → red, green, blue, each ``0..LEVEL_MAX``."""
    word = text.strip().lower()
    if word in COLOURS:
        code = COLOURS[word]
    elif (match := _HEX.fullmatch(word)) is not None:
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        code = int(digits, 16)
    else:
        names = ", ".join(COLOURS)
        raise ValueError(f"{_quoted(text)} is not a colour; write '#ff8800' or one of {names}")
    red, green, blue = code >> 16, code >> 8 & 0xFF, code & 0xFF
    return red * 0x010101, green * 0x010101, blue * 0x010101


def hue(degrees: Decimal, saturation: int) -> Colour:
    """An angle of 0 to 360 on the circle red (0), green (120), blue (240) → red, green, blue of 0..LEVEL_MAX.

    One of them is full; ``saturation`` of 0..LEVEL_MAX mixes white into the others.
    """
    sixth, rest = divmod(int(degrees * 1000) % 360_000, 60_000)
    up, down = rest * LEVEL_MAX // 60_000, LEVEL_MAX - rest * LEVEL_MAX // 60_000
    ring = ((LEVEL_MAX, up, 0), (down, LEVEL_MAX, 0), (0, LEVEL_MAX, up),
            (0, down, LEVEL_MAX), (up, 0, LEVEL_MAX), (LEVEL_MAX, 0, down))[sixth]
    red, green, blue = (LEVEL_MAX - (LEVEL_MAX - each) * saturation // LEVEL_MAX for each in ring)
    return red, green, blue


def cue_number(text: str) -> Decimal:
    """``1.10`` → ``Decimal('1.1')``: exact, 0.001 to 99999.999, at most three decimals (SEMANTICS 15)."""
    match = _CUE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not a cue number; write '4' or '4.5'")
    whole, decimals = int(match[1]), (match[2] or "").rstrip("0")
    if len(decimals) > 3:
        raise ValueError(f"{_quoted(text)} has too many decimals; write at most three, such as '4.125'")
    number = Decimal(f"{whole}.{decimals}" if decimals else whole)
    if number == 0 or whole > CUE_NUMBER_MAX:
        raise ValueError(f"{_quoted(text)} is out of range; write 0.001 to {CUE_NUMBER_MAX}.999")
    return number


def cue_range(text: str) -> list[tuple[Decimal, Decimal]]:
    """``2-2.5, 7`` → [(2, 2.5), (7, 7)], both ends included (SEMANTICS 15). At most 1,000 pieces."""
    pieces = text.split(",", RANGES_MAX)
    if len(pieces) > RANGES_MAX:
        raise ValueError(f"too many cue ranges; at most {RANGES_MAX} in one place")
    ranges = []
    for piece in pieces:
        first, dash, last = piece.partition("-")
        low = cue_number(first)
        high = cue_number(last) if dash else low
        if high < low:
            raise ValueError(f"{_quoted(piece)} runs backwards; write the lower cue first")
        ranges.append((low, high))
    return ranges


def slot(text: str) -> tuple[int, int]:
    """``0/11`` → (universe 0..63999, slot 1..512)."""
    match = _SLOT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_quoted(text)} is not an address; write 'universe/slot', such as '0/11'")
    universe, number = int(match[1]), int(match[2])
    if universe > UNIVERSE_MAX or not 1 <= number <= 512:
        raise ValueError(f"{_quoted(text)} is out of range; write 0 to {UNIVERSE_MAX} / 1 to 512")
    return universe, number


def rate_hz(text: str) -> int:
    """``40 Hz`` → 40, whole, 1 to 1000."""
    match = _RATE.fullmatch(text.strip())
    if match is None or not 1 <= int(match[1]) <= 1000:
        raise ValueError(f"{_quoted(text)} is not a rate; write whole hertz from '1 Hz' to '1000 Hz'")
    return int(match[1])


def pace(text: str) -> tuple[int, int]:
    """``30 bpm``, ``0.5 Hz`` or ``2 s`` → (beats, in so many nanoseconds), exact; at most 20 beats a second."""
    match = _PACE.fullmatch(text.strip())
    if match is None:
        try:
            beats, per_ns = 1, duration_ns(text)
        except ValueError:
            raise ValueError(f"{_quoted(text)} is not a rate; write '30 bpm', '0.5 Hz' or '2 s'") from None
    else:
        count = Decimal(match[1]).as_integer_ratio()
        beats, per_ns = count[0], count[1] * (60 if match[2].lower() == "bpm" else 1) * 1_000_000_000
    if not 0 < beats * 1_000_000_000 <= per_ns * PACE_MAX_HZ or per_ns > beats * DURATION_MAX_NS:
        raise ValueError(f"{_quoted(text)} is out of range; write at most {PACE_MAX_HZ} Hz, at least once in 48 h")
    shared = gcd(beats, per_ns)
    return beats // shared, per_ns // shared


def angle(text: str) -> int:
    """``90°`` or ``90 deg`` → turns of 2³², ``even`` → one whole; −3600° to 3600°."""
    if text.strip() == "even":
        return 1 << 32
    match = _ANGLE.fullmatch(text.strip())
    if match is None or Decimal(match[2]) > ANGLE_MAX:
        raise ValueError(f"{_quoted(text)} is not an angle; write '90°' or '90 deg', at most {ANGLE_MAX}°")
    return int(Decimal(match[1] + match[2]) * (1 << 32) // 360)


def count_per(text: str) -> tuple[int, int]:
    """``2 per 10 s`` → (2, 10 s in nanoseconds); at least 1 in more than no time."""
    match = _COUNT.fullmatch(text.strip())
    if match is None or int(match[1]) < 1:
        raise ValueError(f"{_quoted(text)} is not a rate limit; write '2 per 10 s'")
    span_ns = duration_ns(match[2])
    if span_ns == 0:
        raise ValueError(f"{_quoted(text)} has no time in it; write '2 per 10 s'")
    return int(match[1]), span_ns


def _quoted(text: str) -> str:
    """The text as it stood, shortened and with nothing unprintable, for a message on one line."""
    shown = text.strip() if len(text) <= 40 else text.strip()[:40] + "…"
    return "'" + "".join(each if each.isprintable() else "?" for each in shown) + "'"
