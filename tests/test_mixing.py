"""Mixing: the levels make the colour, by a reckoning of our own in X, Y and Z."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from showctl.lamps import Emitter
from showctl.light import ONE, Point, apart, white
from showctl.mixing import Mix, mixed
from showctl.model import LEVEL_MAX

THOUSANDTH = ONE // 1000


def emitter(name: str, x: int, y: int, output: int) -> Emitter:
    return Emitter(name, x * THOUSANDTH, y * THOUSANDTH, output)


SEVEN = (
    emitter("red", 690, 308, 90), emitter("green", 180, 700, 210), emitter("blue", 140, 50, 40),
    emitter("white", 330, 340, 400), emitter("amber", 560, 435, 160), emitter("lime", 410, 545, 380),
    emitter("indigo", 160, 20, 12),
)
BICOLOUR = (emitter("warm", 460, 411, 900), emitter("cold", 313, 324, 1000))


def light_of(emitters: tuple[Emitter, ...], mix: Mix) -> Point:
    """The chromaticity of the levels: X, Y and Z added up."""
    levels = dict(mix.levels)
    total = [Fraction(0)] * 3
    for each in emitters:
        luminance = Fraction(each.output * levels.get(each.name, 0))
        total[0] += luminance * each.x / each.y
        total[1] += luminance
        total[2] += luminance * (ONE - each.x - each.y) / each.y
    return int(total[0] * ONE / sum(total)), int(total[1] * ONE / sum(total))


@given(st.lists(st.integers(0, 1000), min_size=7, max_size=7).filter(any))
def test_what_can_be_made_is_made(shares: list[int]) -> None:
    """Any mixture of the seven is a colour they can make, and it is made of three, one of them full."""
    wanted = light_of(SEVEN, Mix(tuple((each.name, share) for each, share in zip(SEVEN, shares, strict=True)), (0, 0)))
    mix = mixed(SEVEN, wanted)
    assert apart(light_of(SEVEN, mix), wanted) < 2_000
    assert apart(mix.shown, wanted) < 100
    assert len(mix.levels) <= 3
    assert max(level for _, level in mix.levels) == LEVEL_MAX
    assert min(level for _, level in mix.levels) >= 0


@settings(max_examples=30)
@given(st.integers(0, ONE), st.integers(ONE // 100, ONE))
def test_what_cannot_is_the_nearest(x: int, y: int) -> None:
    """No mixture of any two emitters, tried in steps, comes nearer."""
    wanted = (x, min(y, ONE - x) or 1)
    mix = mixed(SEVEN, wanted)
    best = apart(mix.shown, wanted)
    for at, one in enumerate(SEVEN):
        for other in SEVEN[at + 1:]:
            for step in range(9):
                tried = light_of((one, other), Mix(((one.name, 8 - step), (other.name, step)), (0, 0)))
                assert apart(tried, wanted) >= best - 100


@given(st.integers(-60, 60), st.integers(-60, 60))
def test_neighbours_are_made_alike(right: int, up: int) -> None:
    """Across the side of a triangle the levels run on: a colour a hair away is not made of other emitters."""
    here = (380 + right) * THOUSANDTH, (380 + up) * THOUSANDTH
    for there in ((here[0] + 1000, here[1]), (here[0], here[1] + 1000)):
        one, other = dict(mixed(SEVEN, here).levels), dict(mixed(SEVEN, there).levels)
        for each in SEVEN:
            assert abs(one.get(each.name, 0) - other.get(each.name, 0)) < LEVEL_MAX // 1000


def test_white_comes_from_the_white_emitter() -> None:
    assert mixed(SEVEN, (SEVEN[3].x, SEVEN[3].y)).levels == (("white", LEVEL_MAX),)
    assert dict(mixed(SEVEN, (330 * THOUSANDTH, 330 * THOUSANDTH)).levels)["white"] == LEVEL_MAX


def test_a_brighter_emitter_is_told_less() -> None:
    """An emitter of twice the output needs half the level for the same colour."""
    twice = (SEVEN[0], Emitter("green", SEVEN[1].x, SEVEN[1].y, SEVEN[1].output * 2), SEVEN[2])
    colour = (300 * THOUSANDTH, 250 * THOUSANDTH)
    single, double = dict(mixed(SEVEN[:3], colour).levels), dict(mixed(twice, colour).levels)
    assert abs(Fraction(single["green"], single["blue"]) - 2 * Fraction(double["green"], double["blue"])) < 1e-6


@given(st.integers(2_700_000, 6_500_000))
def test_two_whites_share_one_full(kelvin_mk: int) -> None:
    levels = dict(mixed(BICOLOUR, white(kelvin_mk)).levels)
    assert abs(sum(levels.values()) - LEVEL_MAX) <= 1


def test_emitters_on_one_spot_or_one_line_are_no_trap() -> None:
    same = (emitter("red", 640, 330, 1), emitter("warm", 640, 330, 1))
    assert mixed(same, white(4_000_000)).levels[0] == ("red", LEVEL_MAX)
    line = (emitter("red", 600, 300, 1), emitter("amber", 500, 350, 1), emitter("lime", 400, 400, 1))
    assert apart(mixed(line, (450 * THOUSANDTH, 375 * THOUSANDTH)).shown, (450 * THOUSANDTH, 375 * THOUSANDTH)) < 100
