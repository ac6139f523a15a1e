"""mido is the judge of what we write, and the parser of what we read."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import midi

CHANNELS = st.integers(1, 16)


@pytest.mark.parametrize(("address", "value", "golden"), [
    (("cc", 1, 7), 100, ["b0 07 64"]),
    (("cc", 16, 127), 0, ["bf 7f 00"]),
    (("cc14", 2, 7), 8193, ["b1 07 40", "b1 27 01"]),
    (("nrpn", 1, 16383), 300, ["b0 63 7f", "b0 62 7f", "b0 06 02", "b0 26 2c"]),
    (("note", 3, 60), 127, ["92 3c 7f"]),
    (("note", 3, 60), 0, ["82 3c 40"]),
    (("note", 3, 60), None, ["92 3c 7f"]),
    (("note", 3, 60), "64", ["92 3c 40"]),
    (("note", 3, 60), False, ["82 3c 40"]),
    (("program", 10), 5, ["c9 05"]),
    (("sysex",), "F0 7F 7F 06 01 F7", ["f0 7f 7f 06 01 f7"]),
    (("sysex",), b"\xf0\x00\xf7", ["f0 00 f7"]),
])
def test_the_bytes_of_the_specification(address, value, golden):
    assert [message.hex(" ") for message in midi.encode(address, value)] == golden


@pytest.mark.parametrize(("address", "value", "words"), [
    ((), 0, "no MIDI address"),
    (("osc", "/x"), 0, "there are cc cc14"),
    (("cc", 0, 7), 0, "channels are 1 to 16"),
    (("cc", 17, 7), 0, "channels are 1 to 16"),
    (("cc", 1), 0, "then one number"),
    (("cc", 1, "7"), 0, "then one number"),
    (("program", 1, 2), 0, "then nothing"),
    (("cc", 1, 128), 0, "cc numbers are 0 to 127"),
    (("cc14", 1, 32), 0, "cc14 numbers are 0 to 31"),
    (("nrpn", 1, 16384), 0, "nrpn numbers are 0 to 16383"),
    (("cc", 1, 7), 128, "takes 0 to 127, not 128"),
    (("cc", 1, 7), -1, "takes 0 to 127"),
    (("cc", 1, 7), "loud", "not 'loud'"),
    (("cc", 1, 7), 0.5, "not 0.5"),
    (("sysex",), "F0 80 F7", "only 00 to 7F"),
    (("sysex",), "F0 01", "3 to 1024"),
    (("sysex",), "F0 01 02", "ends with F7"),
    (("sysex",), "hello", "hexadecimal"),
    (("sysex",), 5, "hexadecimal"),
    (("sysex",), b"\xf0" + bytes(1023) + b"\xf7", "3 to 1024"),
])
def test_what_midi_cannot_say_is_refused_in_words(address, value, words):
    with pytest.raises(ValueError, match=words):
        midi.encode(address, value)


@pytest.mark.parametrize(("value", "steps", "byte"), [
    (0, 127, 0), (127, 127, 127), (0, 0xFFFFFF, 0), (0xFFFFFF, 0xFFFFFF, 127), (0x7FFFFF, 0xFFFFFF, 63),
    (0x810204, 0xFFFFFF, 64), (1, 2, 64),
])
def test_a_level_of_other_steps_is_rounded_to_the_nearest(value, steps, byte):
    (message,) = midi.level(("cc", 1, 0), value, steps)
    assert message[2] == byte


@pytest.mark.parametrize(("value", "steps"), [(128, 127), (-1, 127), (0, 0)])
def test_a_level_outside_its_steps_is_refused(value, steps):
    with pytest.raises(ValueError, match="no MIDI level"):
        midi.level(("cc", 1, 0), value, steps)


PLACES = st.one_of(
    st.tuples(st.just("cc"), CHANNELS, st.integers(0, 127)),
    st.tuples(st.just("cc14"), CHANNELS, st.integers(0, 31)),
    st.tuples(st.just("nrpn"), CHANNELS, st.integers(0, 16383)),
    st.tuples(st.just("note"), CHANNELS, st.integers(0, 127)),
    st.tuples(st.just("program"), CHANNELS),
)


@given(st.data(), PLACES)
def test_every_message_is_whole_and_valid_to_mido(data, address):
    """No running status: each message parses on its own."""
    value = data.draw(st.integers(0, midi.FULL[address[0]]))
    for message in midi.encode(address, value):
        assert mido.Message.from_bytes(message).bytes() == list(message)


PLAIN = PLACES.filter(lambda p: p[0] != "cc" or p[2] not in (6, 38, 98, 99, 100, 101)).filter(
    lambda p: p[0] != "cc14" or p[2] != 6
).filter(lambda p: p[0] != "nrpn" or p[2] != 16383)


@given(st.data(), PLAIN)
def test_what_is_written_is_heard(data, address):
    """CORE 19 hangs on it: an echo comes back at the address that was sent to."""
    value = data.draw(st.integers(0, midi.FULL[address[0]]))
    decoder = midi.Decoder()
    if address[0] == "cc14":
        decoder.pair(*address[1:])
    heard = [decoder.decode(message) for message in midi.encode(address, value)]
    assert heard[-1] == (" ".join(map(str, address)), value)
    assert heard[:-1] == [None] * (len(heard) - 1)


def heard(decoder, *messages):
    return [decoder.decode(bytes.fromhex(message)) for message in messages]


def test_an_unpaired_controller_is_told_by_halves():
    assert heard(midi.Decoder(), "b0 07 40", "b0 27 01") == [("cc 1 7", 64), ("cc 1 39", 1)]


def test_half_a_pair_tells_nothing():
    decoder = midi.Decoder()
    decoder.pair(1, 7)
    assert heard(decoder, "b0 27 01", "b0 07 40", "b0 27 01") == [None, None, ("cc14 1 7", 8193)]


def test_data_entry_without_a_selector_is_a_plain_controller():
    assert heard(midi.Decoder(), "b0 06 40") == [("cc 1 6", 64)]


def test_an_nrpn_stays_selected_until_another_or_an_rpn():
    decoder = midi.Decoder()
    first = heard(decoder, "b0 63 00", "b0 62 05", "b0 06 01", "b0 26 00", "b0 06 02", "b0 26 03")
    assert [found for found in first if found] == [("nrpn 1 5", 128), ("nrpn 1 5", 259)]
    assert heard(decoder, "b0 65 00", "b0 06 40") == [("cc 1 101", 0), ("cc 1 6", 64)]


def test_channels_do_not_mix():
    decoder = midi.Decoder()
    heard(decoder, "b0 63 00", "b0 62 05")
    assert heard(decoder, "b1 06 40") == [("cc 2 6", 64)]


@pytest.mark.parametrize("message", ["f8", "fe", "fa", "f1 10"])
def test_clock_and_sensing_are_nothing_to_tell(message):
    assert heard(midi.Decoder(), message) == [None]


@pytest.mark.parametrize(("message", "words"), [
    ("", "no MIDI message"), ("40", "no MIDI message"), ("b0 07", "no MIDI message"), ("b0 07 80", "no MIDI message"),
    ("b0 07 40 40", "no MIDI message"), ("f4", "no MIDI message"), ("e0 00 40", "pitchwheel"), ("f0 01 f7", "sysex"),
])
def test_other_bytes_are_refused_in_words(message, words):
    with pytest.raises(ValueError, match=words):
        midi.Decoder().decode(bytes.fromhex(message))


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_any_bytes_are_heard_or_refused(messages):
    decoder = midi.Decoder()
    for message in messages:
        try:
            decoder.decode(message)
        except ValueError:
            pass
    assert len(decoder._selected) <= 16
