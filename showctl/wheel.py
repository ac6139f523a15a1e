"""Red, green and blue as hue and saturation, for lamps that are told those: exact integers (CORE 8).

The hexagon of HSV: the strongest of the three is the value, the share of it that is not white is the saturation, the
hue is where the colour lies on the way round red, yellow, green, cyan, blue, magenta and red again. All are of
0..LEVEL_MAX; a hue of 0 and of LEVEL_MAX are both red.
"""

from __future__ import annotations

from showctl.model import LEVEL_MAX


def hue(red: int, green: int, blue: int) -> int:
    """The way round, 0..LEVEL_MAX for 0 to 360 degrees; 0 where there is no colour to speak of."""
    strongest = max(red, green, blue)
    chroma = strongest - min(red, green, blue)
    if not chroma:
        return 0
    if strongest == red:
        way = green - blue if green >= blue else 6 * chroma + green - blue
    elif strongest == green:
        way = 2 * chroma + blue - red
    else:
        way = 4 * chroma + red - green
    return way * LEVEL_MAX // (6 * chroma)


def saturation(red: int, green: int, blue: int) -> int:
    """How much of the strongest is colour: 0 is white, and dark; LEVEL_MAX has no white in it."""
    strongest = max(red, green, blue)
    return (strongest - min(red, green, blue)) * LEVEL_MAX // strongest if strongest else 0


def colour(hue: int, saturation: int) -> tuple[int, int, int]:
    """The way back: red, green and blue of 0..LEVEL_MAX, the strongest full."""
    sector, way = divmod(6 * hue, LEVEL_MAX)
    ring = ((LEVEL_MAX, way, 0), (LEVEL_MAX - way, LEVEL_MAX, 0), (0, LEVEL_MAX, way),
            (0, LEVEL_MAX - way, LEVEL_MAX), (way, 0, LEVEL_MAX), (LEVEL_MAX, 0, LEVEL_MAX - way))[sector % 6]
    red, green, blue = (LEVEL_MAX - (LEVEL_MAX - each) * saturation // LEVEL_MAX for each in ring)
    return red, green, blue
