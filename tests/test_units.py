"""Units: what people write, and what they read when it cannot be meant."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import units
from showctl.model import LEVEL_MAX, SECOND_NS


@pytest.mark.parametrize(("read", "text", "value"), [
    (units.duration_ns, "8 s", 8 * SECOND_NS),
    (units.duration_ns, "8s", 8 * SECOND_NS),
    (units.duration_ns, "500 ms", SECOND_NS // 2),
    (units.duration_ns, "0.1 s", 100_000_000),
    (units.duration_ns, "1.5 s", 1_500_000_000),
    (units.duration_ns, "20 min", 1200 * SECOND_NS),
    (units.duration_ns, "1 h", 3600 * SECOND_NS),
    (units.duration_ns, "48 h", units.DURATION_MAX_NS),
    (units.duration_ns, "0", 0),
    (units.level, "0%", 0),
    (units.level, "100 %", LEVEL_MAX),
    (units.level, "50%", 8388608),           # 8388607.5, halves up
    (units.level, "70%", 11744051),          # 11744050.5, halves up
    (units.level, "0.000003%", 1),           # 0.503 of a step
    (units.kelvin, "3200K", 3_200_000),
    (units.kelvin, "2700 k", 2_700_000),
    (units.decibel, "-6 dB", -600),
    (units.decibel, "+3.25dB", 325),
    (units.decibel, "0 db", 0),
    (units.decibel, "out", None),
    (units.colour, "#ff8800", (LEVEL_MAX, 0x888888, 0)),
    (units.colour, "#F80", (LEVEL_MAX, 0x888888, 0)),
    (units.colour, "Red", (LEVEL_MAX, 0, 0)),
    (units.cue_number, "1.10", Decimal("1.1")),
    (units.cue_number, "0.001", Decimal("0.001")),
    (units.cue_number, "20", Decimal("20")),
    (units.cue_range, "2-2.5, 7", [(Decimal(2), Decimal("2.5")), (Decimal(7), Decimal(7))]),
    (units.slot, "0/11", (0, 11)),
    (units.slot, "63999/512", (63999, 512)),
    (units.rate_hz, "40 Hz", 40),
    (units.count_per, "2 per 10 s", (2, 10 * SECOND_NS)),
])
def test_reads(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("read", "text", "says"), [
    (units.duration_ns, "8", "write '8 s'"),
    (units.duration_ns, "-1 s", "write '8 s'"),
    (units.duration_ns, "nan s", "write '8 s'"),
    (units.duration_ns, "inf s", "write '8 s'"),
    (units.duration_ns, "1e9 s", "write '8 s'"),
    (units.duration_ns, "12:30", "write '8 s'"),
    (units.duration_ns, "٣ s", "write '8 s'"),               # digits of another script
    (units.duration_ns, "48.1 h", "at most 48 h"),
    (units.duration_ns, "0.0000001 ms", "fewer decimals"),
    (units.duration_ns, "9" * 5000 + " s", "write '8 s'"),
    (units.level, "70", "such as '70%'"),
    (units.level, "101%", "0% to 100%"),
    (units.level, "-1%", "such as '70%'"),
    (units.kelvin, "3200", "such as '3200K'"),
    (units.kelvin, "999K", "1000K to 15000K"),
    (units.decibel, "-6", "write '-6 dB' or 'out'"),
    (units.decibel, "-inf dB", "'out'"),
    (units.decibel, "41 dB", "-144 dB to +40 dB"),
    (units.decibel, "-6.001 dB", "two decimals"),
    (units.colour, "reddish", "write '#ff8800' or one of red"),
    (units.colour, "#ff88", "write '#ff8800'"),
    (units.cue_number, "0", "0.001 to 99999.999"),
    (units.cue_number, "100000", "0.001 to 99999.999"),
    (units.cue_number, "1.2345", "at most three"),
    (units.cue_number, "1e3", "write '4' or '4.5'"),
    (units.cue_range, "5-2", "lower cue first"),
    (units.cue_range, "1," * 5000, "at most 1000"),
    (units.slot, "0.10", "'universe/slot'"),
    (units.slot, "0/513", "1 to 512"),
    (units.slot, "0/0", "1 to 512"),
    (units.rate_hz, "40", "1 Hz"),
    (units.rate_hz, "0 Hz", "1 Hz"),
    (units.count_per, "0 per 10 s", "'2 per 10 s'"),
    (units.count_per, "2 per 0 s", "'2 per 10 s'"),
])
def test_refuses_and_says_what_to_write(read: Callable[[str], Any], text: str, says: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is checked below
        read(text)
    message = str(refusal.value)
    assert says in message
    assert len(message) < 300


def test_semantics_15_numbers_are_one_number_however_written() -> None:
    assert units.cue_number("1.10") == units.cue_number("1.1")
    assert str(units.cue_number("20")) == "20"
    assert units.cue_number("9") < units.cue_number("10")


@given(st.integers(0, 172_800_000))
def test_every_millisecond_is_exact(milliseconds: int) -> None:
    assert units.duration_ns(f"{milliseconds} ms") == milliseconds * 1_000_000
    assert units.duration_ns(f"{milliseconds // 1000}.{milliseconds % 1000:03d} s") == milliseconds * 1_000_000


READERS = [units.duration_ns, units.level, units.kelvin, units.decibel, units.colour, units.cue_number,
           units.cue_range, units.slot, units.rate_hz, units.count_per]


@given(st.sampled_from(READERS), st.text(max_size=60) | st.from_regex(r"[+-]?[0-9.]{0,9} ?(s|%|K|dB|Hz|h)?"))
def test_anything_else_is_a_value_error_on_one_printable_line(read: Callable[[str], Any], text: str) -> None:
    assert said(read, text).isprintable()


def said(read: Callable[[str], Any], text: str) -> str:
    try:
        read(text)
    except ValueError as refusal:
        return str(refusal)
    return "read"
