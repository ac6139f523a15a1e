"""mido is the judge of what we write, and the parser of what we read."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import midi, midi_in

CHANNELS = st.integers(1, 16)


@pytest.mark.parametrize(("address", "value", "golden"), [
    (("cc", 1, 7), 100, ["b0 07 64"]),
    (("cc", 16, 127), 0, ["bf 7f 00"]),
    (("cc14", 2, 7), 8193, ["b1 07 40", "b1 27 01"]),
    (("nrpn", 1, 16383), 300, ["b0 63 7f", "b0 62 7f", "b0 06 02", "b0 26 2c"]),
    (("nrpn7", 1, 0x20 << 7 | 0x17), 0x6B, ["b0 63 20", "b0 62 17", "b0 06 6b"]),                    # A&H GLD, dLive
    (("nrpn7", 1, 0x20 << 7 | 0x17, 7), 0x62, ["b0 63 20", "b0 62 17", "b0 06 62", "b0 26 07"]),    # A&H Qu
    (("nrpn", 1, 0x40 << 7), 0x76 << 7 | 0x5C, ["b0 63 40", "b0 62 00", "b0 06 76", "b0 26 5c"]),   # A&H SQ: 0 dB
    (("bend", 9), 12864, ["e8 40 64"]),
    (("parameter", "F0 43 10 3E 7F 01 1C 00 05 00 00 vv vv F7"), 823,
     ["f0 43 10 3e 7f 01 1c 00 05 00 00 06 37 f7"]),                                                # Yamaha: 0 dB
    (("parameter", "F0 7D vv F7"), 127, ["f0 7d 7f f7"]),
    (("tap", 1, 32), 63, ["90 20 3f", "90 20 00"]),
    (("scene", 1), 1, ["b0 00 00", "b0 20 00", "c0 00"]),
    (("scene", 2), 300, ["b1 00 02", "b1 20 00", "c1 2b"]),
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
    (("nrpn7", 1, 16384), 0, "nrpn7 numbers are 0 to 16383"),
    (("nrpn7", 1, 5, 128), 0, "takes 0 to 127, not 128"),
    (("nrpn7", 1, 5, 1, 1), 0, "then one number"),
    (("bend", 1, 2), 0, "then nothing"),
    (("bend", 1), 16384, "takes 0 to 16383"),
    (("scene", 1), 0, "takes 1 to 16384"),
    (("parameter",), 0, "wants vv"),
    (("parameter", "F0 43 F7"), 0, "wants vv"),
    (("parameter", "F0 vv 00 vv F7"), 0, "hexadecimal"),
    (("parameter", "F0 vv vv vv vv vv F7"), 0, "1 to 4 of them"),
    (("parameter", "43 vv F7"), 0, "begins with F0"),
    (("parameter", "F0 vv F7"), 128, "takes 0 to 127"),
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
    st.tuples(st.just("nrpn7"), CHANNELS, st.integers(0, 16382)),
    st.tuples(st.just("nrpn7"), CHANNELS, st.integers(0, 16382), st.integers(0, 127)),
    st.tuples(st.just("bend"), CHANNELS),
    st.tuples(st.just("parameter"), st.integers(1, 4).map(lambda digits: f"F0 43 10 3E {'vv ' * digits}F7")),
    st.tuples(st.just("note"), CHANNELS, st.integers(0, 127)),
    st.tuples(st.just("program"), CHANNELS),
)


@given(st.data(), PLACES)
def test_every_message_is_whole_and_valid_to_mido(data, address):
    """No running status: each message parses on its own."""
    value = data.draw(st.integers(0, midi.FULL.get(address[0], 127)))
    for message in midi.encode(address, value):
        assert mido.Message.from_bytes(message).bytes() == list(message)


PLAIN = PLACES.filter(lambda p: p[0] != "cc" or p[2] not in (6, 38, 98, 99, 100, 101)).filter(
    lambda p: p[0] != "cc14" or p[2] != 6
).filter(lambda p: p[0] != "nrpn" or p[2] != 16383)


@given(st.data(), PLAIN)
def test_what_is_written_is_heard(data, address):
    """CORE 19 hangs on it: an echo comes back at the address that was sent to."""
    value = data.draw(st.integers(0, midi.FULL.get(address[0], 127)))
    decoder = midi_in.Decoder()
    decoder.want(" ".join(map(str, address)))
    heard = [decoder.decode(message) for message in midi.encode(address, value)]
    assert heard[-1] == (" ".join(map(str, address)), value)
    assert heard[:-1] == [None] * (len(heard) - 1)


def heard(decoder, *messages):
    return [decoder.decode(bytes.fromhex(message)) for message in messages]


def test_an_unpaired_controller_is_told_by_halves():
    assert heard(midi_in.Decoder(), "b0 07 40", "b0 27 01") == [("cc 1 7", 64), ("cc 1 39", 1)]


def test_half_a_pair_tells_nothing():
    decoder = midi_in.Decoder()
    decoder.want("cc14 1 7")
    assert heard(decoder, "b0 27 01", "b0 07 40", "b0 27 01") == [None, None, ("cc14 1 7", 8193)]


def test_data_entry_without_a_selector_is_a_plain_controller():
    assert heard(midi_in.Decoder(), "b0 06 40") == [("cc 1 6", 64)]


def test_an_nrpn_stays_selected_until_another_or_an_rpn():
    decoder = midi_in.Decoder()
    first = heard(decoder, "b0 63 00", "b0 62 05", "b0 06 01", "b0 26 00", "b0 06 02", "b0 26 03")
    assert [found for found in first if found] == [("nrpn 1 5", 128), ("nrpn 1 5", 259)]
    assert heard(decoder, "b0 65 00", "b0 06 40") == [("cc 1 101", 0), ("cc 1 6", 64)]


def test_one_number_of_seven_bits_for_several_faders():
    """A&H Qu: the data LSB says which mix the level is for, so a fader and a send are told apart."""
    decoder = midi_in.Decoder()
    for wanted in ("nrpn7 1 4119 7", "nrpn7 1 4119 0"):
        decoder.want(wanted)
    number = heard(decoder, "b0 63 20", "b0 62 17")
    first = [*number, *heard(decoder, "b0 06 62", "b0 26 07", "b0 06 10", "b0 26 00", "b0 06 20", "b0 26 01")]
    assert [found for found in first if found] == [("nrpn7 1 4119 7", 98), ("nrpn7 1 4119 0", 16)]


def test_a_number_of_seven_bits_is_told_at_once():
    """A&H GLD and dLive send no data LSB."""
    decoder = midi_in.Decoder()
    decoder.want("nrpn7 1 4119")
    assert heard(decoder, "b0 63 20", "b0 62 17", "b0 06 6b")[-1] == ("nrpn7 1 4119", 107)
    assert heard(decoder, "b0 06 6a")[-1] == ("nrpn7 1 4119", 106)


def test_a_parameter_is_read_out_of_its_message():
    """Yamaha 01V96: Parameter change, element 1C, channel 6, 823 is 0 dB; what nobody named is nothing to tell."""
    decoder = midi_in.Decoder()
    decoder.want("parameter F0 43 10 3E 7F 01 1C 00 05 00 00 vv vv F7")
    decoder.want("parameter F0 43 10 3E 7F 01 1C 00 06 00 00 vv vv F7")
    found = heard(decoder, "f0 43 10 3e 7f 01 1c 00 05 00 00 06 37 f7", "f0 43 10 3e 7f 01 1c 00 07 00 00 06 37 f7",
                  "f0 43 10 3e 7f 01 1a 00 05 00 00 00 01 f7", "f0 f7")
    assert found == [("parameter F0 43 10 3E 7F 01 1C 00 05 00 00 vv vv F7", 823), None, None, None]


def test_a_parameter_has_one_spelling():
    assert midi.spelled("f04310  vv vv 00 f7") == midi.spelled("F0 43 10 vvvv 00F7".replace("vvvv", "vv vv"))
    assert midi.spelled("F0 43 vv F7") == "F0 43 vv F7"


def test_what_a_decoder_is_told_of_is_bounded():
    decoder = midi_in.Decoder()
    for number in range(3000):
        decoder.want(f"nrpn7 1 {number}")
    assert decoder._known <= midi_in.WANTED_MAX + 1


def test_channels_do_not_mix():
    decoder = midi_in.Decoder()
    heard(decoder, "b0 63 00", "b0 62 05")
    assert heard(decoder, "b1 06 40") == [("cc 2 6", 64)]


@pytest.mark.parametrize("message", ["f8", "fe", "fa", "f1 10"])
def test_clock_and_sensing_are_nothing_to_tell(message):
    assert heard(midi_in.Decoder(), message) == [None]


@pytest.mark.parametrize(("message", "words"), [
    ("", "no MIDI message"), ("40", "no MIDI message"), ("b0 07", "no MIDI message"), ("b0 07 80", "no MIDI message"),
    ("b0 07 40 40", "no MIDI message"), ("f4", "no MIDI message"), ("d0 40", "aftertouch"), ("f0 01 f7", "sysex"),
])
def test_other_bytes_are_refused_in_words(message, words):
    with pytest.raises(ValueError, match=words):
        midi_in.Decoder().decode(bytes.fromhex(message))


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_any_bytes_are_heard_or_refused(messages):
    decoder = midi_in.Decoder()
    for message in messages:
        try:
            decoder.decode(message)
        except ValueError:
            pass
    assert len(decoder._selected) <= 16
