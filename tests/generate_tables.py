"""The exact arithmetic behind ``showctl/tables.py`` (CORE 8): integers and fractions, the same everywhere.

``python tests/generate_tables.py > showctl/tables.py`` writes it again; ``test_tables.py`` compares them.
"""

from fractions import Fraction

ONE = 1 << 30
FINE = 1 << 128  # guard digits: 98 binary places below the table's last
SINE_STEPS = 256
LEVEL_MAX = 0xFF_FFFF
BLACKBODY_KELVIN = range(1_000, 15_001, 100)

HEADER = '''"""Committed integer tables, made by ``tests/generate_tables.py`` in exact arithmetic (CORE 8). Do not edit.

``QUARTER_SINE[i]`` is sin(90° · i / 256) of 0..2³⁰. ``BLACKBODY[i]`` is the light of a black body at
1000 K + i · 100 K as linear red, green and blue, the strongest at ``0xFFFFFF``: M. Krystek's rational fit of the
Planckian locus (Color Research and Application 10, 1985), then the inverse sRGB matrix (IEC 61966-2-1), negatives
cut to zero.

``DIMMERS[name][i]`` is what a dimmer of that curve gives at i / 256 of its way, of 0..``0xFFFFFF``; the last value
stands twice. ``s`` is 3 x² − 2 x³, ``square`` x², ``gamma 2.2`` x to that power.
"""

from __future__ import annotations
'''


def pi_fine() -> int:
    """π in units of 1/FINE: Machin, 16 atan(1/5) − 4 atan(1/239)."""
    return 16 * _arc_tangent(5) - 4 * _arc_tangent(239)


def quarter_sine() -> list[int]:
    pi = pi_fine()
    return [_rounded(_sine(pi * step // (2 * SINE_STEPS)) * ONE, FINE) for step in range(SINE_STEPS + 1)]


def blackbody() -> list[tuple[int, int, int]]:
    return [_rgb(kelvin) for kelvin in BLACKBODY_KELVIN]


DIMMER_STEPS = 256
GAMMAS = ("1.8", "2.2", "2.5", "2.8")


def dimmers() -> dict[str, list[int]]:
    """The dimmer curves, each with its last value once more: the place beyond full that an interpolation looks at."""
    curves = {"square": _powers(Fraction(2)), "s": _s_curve()}
    curves |= {f"gamma {gamma}": _powers(Fraction(gamma)) for gamma in GAMMAS}
    return {name: [*curve, curve[-1]] for name, curve in curves.items()}


def _powers(gamma: Fraction) -> list[int]:
    """LEVEL_MAX · (i / 256)^(p / q), rounded: a whole q-th root of whole numbers, doubled for the rounding."""
    p, q = gamma.numerator, gamma.denominator
    return [(_root((2 * LEVEL_MAX) ** q * step**p // DIMMER_STEPS**p, q) + 1) // 2 for step in range(DIMMER_STEPS + 1)]


def _s_curve() -> list[int]:
    return [_rounded(LEVEL_MAX * (3 * step**2 * DIMMER_STEPS - 2 * step**3), DIMMER_STEPS**3)
            for step in range(DIMMER_STEPS + 1)]


def _root(number: int, order: int) -> int:
    """The largest whole number whose power is not above ``number``."""
    low, high = 0, 1 << number.bit_length() // order + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**order <= number else (low, middle)
    return low


def _arc_tangent(inverse: int) -> int:
    total, power, order = 0, FINE // inverse, 1
    while power:
        total += power // order if order % 4 == 1 else -(power // order)
        power //= inverse * inverse
        order += 2
    return total


def _sine(angle: int) -> int:
    """Taylor's series; after 40 terms nothing is left of 1/FINE for any angle up to 90 degrees."""
    total, term = 0, angle
    for order in range(1, 80, 2):
        total += term
        term = -(term * angle // FINE * angle // FINE) // ((order + 1) * (order + 2))
    return total


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _rgb(kelvin: int) -> tuple[int, int, int]:
    t = Fraction(kelvin)
    number = Fraction
    u = (number("0.860117757") + number("1.54118254e-4") * t + number("1.28641212e-7") * t * t) / (
        1 + number("8.42420235e-4") * t + number("7.08145163e-7") * t * t
    )
    v = (number("0.317398726") + number("4.22806245e-5") * t + number("4.20481691e-8") * t * t) / (
        1 - number("2.89741816e-5") * t + number("1.61456053e-7") * t * t
    )
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    big_x, big_y, big_z = x / y, Fraction(1), (1 - x - y) / y
    light = (
        number("3.2406") * big_x - number("1.5372") * big_y - number("0.4986") * big_z,
        number("-0.9689") * big_x + number("1.8758") * big_y + number("0.0415") * big_z,
        number("0.0557") * big_x - number("0.2040") * big_y + number("1.0570") * big_z,
    )
    seen = [max(Fraction(0), each) for each in light]
    red, green, blue = (_rounded((each * LEVEL_MAX).numerator, (each * LEVEL_MAX).denominator)
                        for each in (each / max(seen) for each in seen))
    return red, green, blue


def text() -> str:
    lines = [HEADER, "# fmt: off", "QUARTER_SINE: tuple[int, ...] = ("]
    sines = quarter_sine()
    lines += ["    " + " ".join(f"{each}," for each in sines[at:at + 8]) for at in range(0, len(sines), 8)]
    lines += [")", "", "BLACKBODY: tuple[tuple[int, int, int], ...] = ("]
    bodies = [f"({red}, {green}, {blue})," for red, green, blue in blackbody()]
    lines += ["    " + " ".join(bodies[at:at + 3]) for at in range(0, len(bodies), 3)]
    lines += [")", "", "DIMMERS: dict[str, tuple[int, ...]] = {"]
    for name, curve in dimmers().items():
        lines += [f'    "{name}": (']
        lines += ["        " + " ".join(f"{each}," for each in curve[at:at + 10]) for at in range(0, len(curve), 10)]
        lines += ["    ),"]
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    print(text(), end="")
