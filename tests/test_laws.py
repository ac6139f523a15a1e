"""Fader laws: the published values, out, ranges, the way back, and laws written into a sheet."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import laws
from showctl.codec import midi
from showctl.model import LEVEL_MAX

NAMES = sorted(laws.LAWS)
STEPS = {"sq": 16383, "sq-audio": Fraction(16383, 64), "qu": 127, "dlive": 127, "yamaha": 1023}


def step(name: str, millibel: int) -> int:
    """The desk's own step, nearest."""
    return int((2 * laws.find(name).position(millibel) * STEPS[name] + LEVEL_MAX) // (2 * LEVEL_MAX))


@pytest.mark.parametrize(("decibels", "share"), [
    # the X32's OSC scale: dB = 40f − 30, 80f − 50, 160f − 70, 480f − 90
    (10, 1.0), (0, 0.75), (-6, 0.6), (-10, 0.5), (-20, 0.375), (-30, 0.25), (-45, 0.15625), (-60, 0.0625),
    (-75, 0.03125), (-90, 0.0),
])
def test_x32_is_the_published_law(decibels: int, share: float) -> None:
    assert laws.find("x32").position(decibels * 100) == pytest.approx(share * LEVEL_MAX, abs=0.51)


# SQ MIDI Protocol p. 20, Example Linear Taper Level Values: dB → VC VF
SQ_LINEAR = {
    -89: 0x2416, -85: 0x2771, -80: 0x2C42, -75: 0x3114, -70: 0x3565, -65: 0x3A37, -60: 0x3F09, -55: 0x435A,
    -50: 0x482C, -45: 0x4C7D, -40: 0x514F, -38: 0x533C, -36: 0x552A, -34: 0x5717, -32: 0x5905, -30: 0x5A72,
    -28: 0x5C60, -26: 0x5E4D, -24: 0x603B, -22: 0x6228, -20: 0x6416, -18: 0x6603, -16: 0x6770, -14: 0x695E,
    -12: 0x6B4B, -10: 0x6D39, -8: 0x6F26, -6: 0x7114, -5: 0x720A, -4: 0x7301, -3: 0x7378, -2: 0x746F, -1: 0x7565,
    0: 0x765C, 1: 0x7753, 2: 0x7849, 3: 0x7940, 4: 0x7A37, 5: 0x7B2E, 6: 0x7C24, 7: 0x7D1B, 8: 0x7E12, 9: 0x7F08,
    10: 0x7F7F,
}


@pytest.mark.parametrize(("decibels", "printed"), sorted(SQ_LINEAR.items()))
def test_sq_is_the_published_table(decibels: int, printed: int) -> None:
    value = (printed >> 8) << 7 | printed & 0x7F
    # 9 dB and the two below −70 are printed one step beside the line; the top is all that 14 bits have.
    assert abs(step("sq", decibels * 100) - value) <= 1


# SQ MIDI Protocol p. 20, Approximate Audio Taper Level Values: dB → VC and half steps of it
SQ_AUDIO = {
    -89: 3, -85: 4, -80: 5, -75: 7, -70: 8, -60: 12, -50: 16, -45: 24, -40: 31, -38: 37, -36: 43, -35: 46, -34: 50,
    -33: 53, -32: 56, -31: 59, -30: 62, -28: 68, -26: 74, -25: 77, -24: 81, -22: 87, -20: 93, -18: 99, -16: 105,
    -15: 108, -14: 112, -12: 118, -10: 124, -9: 131, -8: 137, -7: 144, -6: 150, -5: 157, -4: 165, -3: 173, -2: 180,
    -1: 188, 0: 196, 1: 203, 2: 210, 3: 217, 4: 224, 5: 231, 6: 235, 7: 240, 8: 245, 9: 250, 10: 255,
}


@pytest.mark.parametrize("decibels", [-60, -50, -45, -40, -35, -30, -20, -10, -8, -6, -5, -3, 0, 1, 3, 5, 8])
def test_sq_audio_puts_on_the_wire_what_is_printed(decibels: int) -> None:
    """VC and the upper bit of VF: 0 dB is 62 00, and what the desk says at 62 00 is 0 dB."""
    (_, _, coarse, fine) = midi.level(("nrpn", 1, 0), laws.find("sq-audio").position(decibels * 100), LEVEL_MAX)
    assert (coarse[2], fine[2]) == (SQ_AUDIO[decibels] >> 1, (SQ_AUDIO[decibels] & 1) << 6)
    heard = Fraction(SQ_AUDIO[decibels] * 64, 16383)
    assert laws.find("sq-audio").millibel(round(heard * LEVEL_MAX)) == decibels * 100


@pytest.mark.parametrize(("decibels", "printed"), sorted(SQ_AUDIO.items()))
def test_sq_audio_is_the_published_table(decibels: int, printed: int) -> None:
    assert abs(step("sq-audio", decibels * 100) - printed) <= 1


@pytest.mark.parametrize(("decibels", "printed"), [
    # Qu MIDI Protocol V1.9, fader levels
    (10, 0x7F), (9, 0x7C), (8, 0x7A), (7, 0x78), (6, 0x76), (5, 0x73), (4, 0x71), (3, 0x6D), (2, 0x69), (1, 0x65),
    (0, 0x62), (-1, 0x5F), (-2, 0x5B), (-3, 0x55), (-4, 0x52), (-5, 0x4F), (-6, 0x4C), (-7, 0x48), (-8, 0x44),
    (-9, 0x3F), (-10, 0x3E), (-12, 0x3A), (-15, 0x36), (-18, 0x31), (-20, 0x2F), (-25, 0x27), (-30, 0x1F),
    (-35, 0x17), (-40, 0x0F), (-45, 0x0C), (-50, 0x08), (-55, 0x07),
])
def test_qu_is_the_published_table(decibels: int, printed: int) -> None:
    # −9 dB is printed two steps under the taper that its neighbours and the other desks of the maker have
    assert abs(step("qu", decibels * 100) - printed) <= (2 if decibels == -9 else 1)


@pytest.mark.parametrize(("name", "printed"), [
    ("sq", 0x76 << 7 | 0x5C), ("sq-audio", 196), ("qu", 0x62), ("dlive", 0x6B), ("yamaha", 823),
])
def test_unity_is_the_step_that_the_maker_prints(name: str, printed: int) -> None:
    assert step(name, 0) == printed
    assert laws.find(name).millibel(printed * LEVEL_MAX // STEPS[name]) in range(-10, 11)


@pytest.mark.parametrize(("decibels", "printed"), [
    (-138, 1), (-96, 15), (-78, 33), (-40, 223), (-20, 423), (-10, 623), (-5, 723), (5, 923), (10, 1023),
])
def test_yamaha_is_the_published_table(decibels: int, printed: int) -> None:
    assert step("yamaha", decibels * 100) == printed


def test_linear_is_a_straight_line() -> None:
    linear = laws.find("linear")
    assert [linear.position(each) for each in (-6000, -2500, 1000)] == [0, 8388608, LEVEL_MAX]


@pytest.mark.parametrize(("name", "power"), [("gain", 1), ("cubic", 3)])
@pytest.mark.parametrize("millibel", [0, -100, -117, -600, -603, -1000, -2000, -4321, -8000])
def test_the_roots_follow_their_curve(name: str, power: int, millibel: int) -> None:
    """Judged in floating point, to the hundredth of a decibel that the tables promise."""
    share = 10 ** (millibel / 2000 / power)
    assert laws.find(name).position(millibel) == pytest.approx(share * LEVEL_MAX, rel=0.0013 / power, abs=1)


def test_half_a_decibel_is_the_fortieth_root_of_ten() -> None:
    one = 10**40
    assert laws.HALF_DECIBEL**40 * 10 <= one**40 < (laws.HALF_DECIBEL + 1) ** 40 * 10


@pytest.mark.parametrize("name", NAMES)
def test_every_law_rises_from_out_to_its_top(name: str) -> None:
    law = laws.find(name)
    shares = [share for share, _ in law.corners]
    marks = [mark for _, mark in law.corners]
    assert shares == sorted(set(shares))
    assert marks == sorted(set(marks))
    assert (shares[0], shares[-1]) == (0, 1)
    assert law.position(None) == 0
    assert law.millibel(0) is None
    assert law.position(marks[-1]) == LEVEL_MAX
    assert law.millibel(LEVEL_MAX) == marks[-1]
    assert law.source


@given(st.sampled_from(NAMES), st.integers(1, LEVEL_MAX))
def test_the_way_back_is_within_half_a_hundredth(name: str, position: int) -> None:
    """From a position to decibels and back: no further than the rounding to a hundredth of a decibel can be."""
    law = laws.find(name)
    millibel = law.millibel(position)
    assert millibel is not None
    slope = max((high - low) / (above - below)
                for (low, below), (high, above) in zip(law.corners, law.corners[1:], strict=False))
    assert abs(law.position(millibel) - position) <= slope * LEVEL_MAX / 2 + 1


@given(st.sampled_from(NAMES), st.integers(-14000, 999))
def test_louder_is_never_lower(name: str, millibel: int) -> None:
    law = laws.find(name)
    if law.corners[0][1] <= millibel and millibel < law.corners[-1][1]:
        assert law.position(millibel) <= law.position(millibel + 1)


@given(st.sampled_from(["x32", "linear", "sq", "log"]), st.integers(-5399, 1000))
def test_back_and_forth_is_the_same_hundredth_of_a_decibel(name: str, millibel: int) -> None:
    law = laws.find(name)
    assert law.millibel(law.position(millibel)) == millibel


def test_a_level_the_fader_has_not_is_refused_with_its_range() -> None:
    with pytest.raises(ValueError, match=r"-90 dB to \+10 dB; write that or 'out'"):
        laws.find("x32").position(1100)
    with pytest.raises(ValueError, match=r"-60 dB to \+10 dB"):
        laws.find("linear").position(-7000)
    with pytest.raises(ValueError, match=r"-110 dB to 0 dB"):
        laws.find("gain").position(1)


def test_a_law_nobody_knows_is_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no fader law 'x23'; did you mean 'x32'"):
        laws.find("x23")
    with pytest.raises(ValueError, match=r"there are x32, sq, .*or write its corners"):
        laws.find("wing?")


# ---- written into a sheet ----

def test_a_law_in_a_sheet_is_its_corners() -> None:
    law = laws.find("out 0%, -40 dB 12%, 0 dB 75.5%, +10 dB 100%")
    assert law.corners[1:] == ((Fraction(12, 100), -4000), (Fraction(151, 200), 0), (Fraction(1), 1000))
    assert law.position(-4000) == (LEVEL_MAX * 24 + 100) // 200
    assert law.position(None) == 0
    assert law.millibel(LEVEL_MAX // 20) == -4000        # under its lowest mark: at most that
    with pytest.raises(ValueError, match=r"from -40 dB to \+10 dB; write that or 'out'"):
        law.position(-4001)


def test_a_written_law_is_known_by_its_own_text() -> None:
    """Whoever has the name has the law: a patch carries no more than that."""
    law = laws.find("out 0%,-40 dB 12%,  0 dB 75.5% , +10 dB 100%")
    assert law.name == "out 0%, -40 dB 12%, 0 dB 75.5%, +10 dB 100%"
    assert laws.find(law.name) == law


@pytest.mark.parametrize(("text", "said"), [
    ("0 dB 100%", "2 to 64 corners, not 1"),
    ("-10 dB 5%, 0 dB 100%", "begins at 0% and ends at 100%"),
    ("-10 dB 0%, 0 dB 99%", "begins at 0% and ends at 100%"),
    ("-10 dB 0%, 0 dB 50%, -1 dB 100%", "'-1 dB 100%' does not lie above"),
    ("-10 dB 0%, 0 dB 50%, 1 dB 50%, 2 dB 100%", "'1 dB 50%' does not lie above"),
    ("out 0%, out 50%, 0 dB 100%", "'out' is the bottom"),
    ("out 0%, unity 75%, 10 dB 100%", "'unity' is not a fader level"),
    ("out 0%, 75%, 10 dB 100%", "'75%' is no corner of a law"),
    ("out 0%, 0 dB 75 %, 10 dB 100%", "'%' is not a level"),
    ("out 0%, 0 dB 1e2%", "is not a level"),
    ("out 0%, 0 dB 175%, 10 dB 100%", "too much"),
    ("%" * 5000, "no corner|corners"),
    (", ".join(f"{each} dB {each}%" for each in range(101)), "2 to 64 corners, not 101"),
])
def test_a_law_written_wrongly_says_which_corner(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        laws.find(text)
    assert len(str(raised.value)) < 160


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for each in (text, f"{text}%", f"out 0%, {text} 100%", f"out 0%, 0 dB {text}%"):
        try:
            laws.find(each)
        except ValueError:
            pass
