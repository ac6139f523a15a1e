"""Limits, dimmer curves and mired: what leaves a lamp that is not plain, on 8, 16 and 24 bits, narrow and wide."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import dimming
from showctl.dimming import CURVES, HUE, SATURATION, STRONGEST, TAKEN, Bend, answered, asked, curve, limited
from showctl.lamps import Response
from showctl.light import kelvin_mk, reciprocal, reciprocals
from showctl.model import LEVEL_MAX, SECOND_NS, Fade, Hand, Master, Safe
from showctl.patch import compile_patch
from showctl.wide_dimming import WideBends
from tests.rigs import MS, Stage, bent, rig

LEVELS = st.sampled_from([0, 1, 2, LEVEL_MAX - 1, LEVEL_MAX]) | st.integers(0, LEVEL_MAX)
NAMES = st.sampled_from(sorted(CURVES))
PERCENT = Fraction(LEVEL_MAX, 100)
EXPONENTS = {"square": Fraction(2), "gamma 1.8": Fraction(18, 10), "gamma 2.2": Fraction(22, 10),
             "gamma 2.5": Fraction(5, 2), "gamma 2.8": Fraction(28, 10)}


@given(NAMES, LEVELS, LEVELS)
def test_a_curve_never_falls_and_keeps_its_ends(name: str, one: int, other: int) -> None:
    response = Response(curve=CURVES[name])
    low, high = sorted((one, other))
    assert 0 <= answered(response, low) <= answered(response, high) <= LEVEL_MAX
    assert answered(response, 0) == 0
    assert answered(response, LEVEL_MAX) == LEVEL_MAX


@pytest.mark.parametrize("name", EXPONENTS)
@given(LEVELS)
def test_a_gamma_is_the_law_to_a_step_of_16_bits(name: str, level: int) -> None:
    """CORE 8: held against the power in exact integers, at one step of 16 bits above and below."""
    found = answered(Response(curve=CURVES[name]), level)
    p, q = EXPONENTS[name].numerator, EXPONENTS[name].denominator
    exact = LEVEL_MAX ** (q - p) * level**p if q >= p else Fraction(level**p, LEVEL_MAX ** (p - q))
    assert max(0, found - 257) ** q <= exact <= (found + 257) ** q


@given(LEVELS)
def test_the_s_curve_is_three_x_squared_less_two_x_cubed(level: int) -> None:
    exact = Fraction(3 * level**2 * LEVEL_MAX - 2 * level**3, LEVEL_MAX**2)
    assert abs(answered(Response(curve=CURVES["s"]), level) - exact) <= 257


@given(st.lists(LEVELS, min_size=1, max_size=256).map(lambda points: [0, *sorted(points)]))
def test_a_drawn_curve_goes_through_its_levels(points: list[int]) -> None:
    drawn = Response(curve=curve(points))
    last = len(points) - 1
    if 256 % last == 0:
        assert [drawn.curve[at * 256 // last] for at in range(last + 1)] == points
    assert (answered(drawn, 0), answered(drawn, LEVEL_MAX)) == (0, points[-1])
    assert all(low <= high for low, high in pairwise(drawn.curve))


@given(LEVELS, LEVELS, LEVELS)
def test_limits_hold_whatever_is_asked_and_dark_stays_dark(one: int, other: int, level: int) -> None:
    lowest, highest = sorted((one, other))
    found = limited(Response(lowest, highest), level)
    assert found == 0 if level == 0 else lowest <= found <= highest
    assert found == answered(Response(lowest, highest), level)
    assert limited(Response(lowest, highest), -1) == -1


@given(NAMES, LEVELS)
def test_the_way_back_leads_to_what_the_dimmer_was_told(name: str, level: int) -> None:
    response = Response(curve=CURVES[name])
    told = answered(response, level)
    back = asked(response, told)
    assert back <= level
    assert answered(response, back) == told


@given(st.integers(1_000_000, 15_000_000))
def test_kelvin_comes_back_from_mired(kelvin: int) -> None:
    assert 0 <= kelvin_mk(reciprocal(kelvin)) - kelvin <= 23


PLAIN, LIT, WHITE, COLOUR = (0, 1), (2, 3), (4, 5), (0, 6, 7)
"""Parameters that are levels, the intensities that dim them, kelvin in mired, and red, green and blue."""

ENDS = st.tuples(LEVELS, LEVELS).map(sorted)
DIMMED = st.builds(
    lambda width, parameter, dimmer, span, ends, name: (width, parameter, dimmer, 0, span, 0, *ends, CURVES[name], ()),
    st.integers(1, 3), st.sampled_from(PLAIN), st.sampled_from(LIT), st.sampled_from([0, 2 * LEVEL_MAX]), ENDS, NAMES)
DIMMERS = st.builds(lambda width, parameter, ends, name: (width, parameter, -1, 0, 0, 0, *ends, CURVES[name], ()),
                    st.integers(1, 3), st.sampled_from(LIT), ENDS, NAMES)
WHITES = st.builds(lambda width, parameter: (width, parameter, -1, 2_700_000, 3_800_000, 1, 0, LEVEL_MAX, (), ()),
                   st.integers(1, 3), st.sampled_from(WHITE))
SPANS = st.sampled_from([(0, 0), (LEVEL_MAX, -LEVEL_MAX), (-LEVEL_MAX // 4, 2 * LEVEL_MAX)])
TAKES = st.builds(
    lambda width, parameter, dimmer, ends, name: (
        width, parameter, dimmer, LEVEL_MAX, -LEVEL_MAX, TAKEN, *ends, CURVES[name], ()),
    st.integers(1, 3), st.sampled_from(PLAIN), st.sampled_from(LIT), ENDS, NAMES)
TURNS = st.builds(lambda width, how, span: (width, COLOUR[0], -1, *span, how, 0, LEVEL_MAX, (), COLOUR),
                  st.integers(1, 3), st.sampled_from([HUE, SATURATION]), SPANS)
STRONG = st.builds(
    lambda width, parameter, span, ends, name: (
        width, parameter, -1, *span, STRONGEST, *ends, CURVES[name], COLOUR),
    st.integers(1, 3), st.sampled_from(LIT), SPANS, ENDS, NAMES)
BENDS = st.lists(DIMMED | DIMMERS | WHITES | TAKES | TURNS | STRONG, min_size=1, max_size=12).map(
    lambda found: [(3 * at, *each) for at, each in enumerate(found)])
VALUES = st.tuples(LEVELS, LEVELS, LEVELS, LEVELS, *[st.integers(*reciprocals(2_700_000, 6_500_000))] * 2,
                   LEVELS, LEVELS)


@settings(max_examples=60, deadline=None)
@given(BENDS, VALUES, st.lists(st.booleans(), min_size=8, max_size=8))
def test_core_8_the_wide_path_writes_the_same_bytes(
    bends: list[Bend], levels: tuple[int, ...], changed: list[bool]
) -> None:
    narrow, wide = bytearray(40), np.zeros(40, np.uint8)
    dimming.put([bend for bend in bends if changed[bend[2]] or (bend[3] >= 0 and changed[bend[3]])
                 or any(changed[each] for each in bend[10])], levels, narrow)
    strand = WideBends(bends).of(np.array(changed))
    if strand is not None:
        strand.put(np.array(levels, np.int64), wide)
    assert bytes(narrow) == wide.tobytes()


@pytest.mark.parametrize("level", [0, 1, LEVEL_MAX // 20, LEVEL_MAX // 10, LEVEL_MAX // 2, LEVEL_MAX])
def test_core_8_dark_and_limited_are_the_same_bytes_too(level: int) -> None:
    limits = (LEVEL_MAX // 10, LEVEL_MAX * 9 // 10)
    bends: list[Bend] = [(3 * at, 3, 0, -1, 0, 0, 0, *limits, each, ()) for at, each in enumerate(CURVES.values())]
    bends.append((3 * len(bends), 3, 1, 0, 0, 0, 0, *limits, (), ()))
    narrow, wide = bytearray(3 * len(bends)), np.zeros(3 * len(bends), np.uint8)
    dimming.put(bends, (level, LEVEL_MAX), narrow)
    strand = WideBends(bends).of(np.array([True, False]))
    assert strand is not None
    strand.put(np.array([level, LEVEL_MAX], np.int64), wide)
    assert bytes(narrow) == wide.tobytes()
    assert any(narrow) is (level > 0)


@given(st.sampled_from([0, 1, 2]), LEVELS, LEVELS, NAMES)
def test_what_a_desk_tells_a_wire_comes_back_as_the_level_that_tells_it(
    kind: int, level: int, dimmer: int, name: str
) -> None:
    """As bright on the wire again, as far as the dimmer lets it."""
    wire: Bend = (
        (0, 3, 0, 2, LEVEL_MAX, -LEVEL_MAX, TAKEN, 0, LEVEL_MAX, CURVES[name], ()),
        (0, 3, 2, -1, 0, 0, STRONGEST, 0, LEVEL_MAX, CURVES[name], COLOUR),
        (0, 3, 0, 2, 0, 0, 0, 0, LEVEL_MAX, CURVES[name], ()))[kind]
    told = dimming.told(wire, level, dimmer)
    assert abs(dimming.told(wire, dimming.meant(wire, told, dimmer), dimmer) - told) <= 2


# ---- on a rig ----

def lamp(name: str, response: Response, mired: bool = False) -> Stage:
    return Stage(bent(rig([(name, 0, 1)]), {0: response}, mired=(0,) if mired else ()))


@pytest.mark.parametrize(("name", "slots"), [("dimmer", "37"), ("dimmer-16", "37b7")])
def test_half_of_gamma_2_2_on_8_and_16_bits(name: str, slots: str) -> None:
    """0.5 ^ 2.2 is 0.21764: 55.7 of 256, 14263 (37b7) of 65536."""
    stage = lamp(name, Response(curve=CURVES["gamma 2.2"]))
    stage.at(0, Fade("show", ((0, LEVEL_MAX // 2 + 1),), 0, 0))
    found = stage.slots()[: len(slots) // 2]
    assert abs(int.from_bytes(found) - int(slots, 16)) <= 1


def test_a_virtual_dimmer_follows_the_curve_and_the_colour_does_not() -> None:
    stage = lamp("rgb-16", Response(curve=CURVES["square"]))
    stage.at(0, Fade("show", ((0, LEVEL_MAX // 2), (1, LEVEL_MAX), (2, LEVEL_MAX // 2), (3, 0)), 0, 0))
    red, green, blue = (int.from_bytes(stage.slots()[at : at + 2]) for at in (0, 2, 4))
    assert abs(red - 0x4000) <= 2
    assert abs(green - red // 2) <= 2
    assert blue == 0


def test_limits_bind_masters_hands_and_the_fail_state() -> None:
    """SEMANTICS 17, 32, 35: what leaves is inside the limits, dark is dark, and looking says the same."""
    stage = lamp("dimmer-16", Response(LEVEL_MAX // 10, LEVEL_MAX // 2))
    wanted = {LEVEL_MAX: LEVEL_MAX // 2, LEVEL_MAX // 100: LEVEL_MAX // 10, LEVEL_MAX // 4: LEVEL_MAX // 4, 0: 0}
    at_ns = 0
    for level, leaves in wanted.items():
        at_ns += SECOND_NS
        stage.at(at_ns, Safe("show", True), Fade("show", ((0, level),), at_ns, 0))
        assert stage.renderer.peek(at_ns, [0]) == [leaves]
        assert int.from_bytes(stage.slots()[:2]) == leaves >> 8
    stage.at(at_ns + SECOND_NS, Hand(0, LEVEL_MAX))
    assert stage.renderer.peek(at_ns + SECOND_NS, [0]) == [LEVEL_MAX // 2]
    stage.at(at_ns + 2 * SECOND_NS, Safe("show", False), Master("grand", LEVEL_MAX // 4))
    assert stage.renderer.peek(at_ns + 2 * SECOND_NS, [0]) == [LEVEL_MAX // 4]
    stage.at(at_ns + 3 * SECOND_NS, Master("blackout", LEVEL_MAX))
    assert stage.renderer.peek(at_ns + 3 * SECOND_NS, [0]) == [0]
    assert stage.slots()[:2] == b"\x00\x00"


def test_semantics_35_a_curve_is_the_wires_business() -> None:
    stage = lamp("dimmer", Response(curve=CURVES["gamma 2.8"]))
    stage.at(0, Fade("show", ((0, LEVEL_MAX // 2),), 0, 0))
    assert stage.renderer.peek(0, [0]) == [LEVEL_MAX // 2]


def test_whites_fade_through_mired() -> None:
    """Halfway from 2700 K to 6500 K lie 3815 K (262 mired); on straight kelvin it would be 4600 K."""
    found = {}
    for mired in (True, False):
        stage = lamp("panel-cct-16", Response(), mired)
        ends = [reciprocal(each) if mired else each for each in (2_700_000, 6_500_000)]
        stage.at(0, Fade("show", ((0, LEVEL_MAX), (1, ends[0])), 0, 0))
        stage.at(SECOND_NS, Fade("show", ((1, ends[1]),), SECOND_NS, 2 * SECOND_NS))
        stage.until(2 * SECOND_NS + 5 * MS)
        found[mired] = 2700 + int.from_bytes(stage.slots()[2:4]) * 3800 // 65535
        stage.until(4 * SECOND_NS)
        assert stage.slots()[2:4] == b"\xff\xff"
    assert abs(found[True] - 3815) < 20
    assert abs(found[False] - 4600) < 50


@pytest.mark.parametrize("wire", [0, 4, 5, 6])
def test_a_slot_that_a_desk_puts_below_any_kelvin_still_says_something(wire: int) -> None:
    """A part of a slot of kelvin goes on below itself on paper, and may meet nothing there."""
    bend = (0, 3, 0, -1, -5, LEVEL_MAX, dimming.MIRED, 0, LEVEL_MAX, (), ())
    assert dimming.meant(bend, wire, LEVEL_MAX) > 0


def test_plain_fixtures_know_nothing_of_it() -> None:
    sheet = rig([("panel-cct", 0, 1), ("rgbw-16", 0, 11)])
    plain, other = compile_patch(sheet), compile_patch(bent(sheet, {1: Response(curve=CURVES["s"])}))
    assert plain.bends == ()
    assert plain.bends_of == {}
    assert other.wires == plain.wires[:2]
    assert [bend[:6] for bend in other.bends] == list(plain.wires[2:])
    assert (other.outlets_of, other.parameters_of) == (plain.outlets_of, plain.parameters_of)
