import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import artnet

GOLDEN = bytes.fromhex("41 72 74 2d 4e 65 74 00  00 50  00 0e  2a 00  34 12  00 04  01 02 03 00")


def test_the_bytes_of_the_specification():
    """Art-Net 4, ArtDmx: Port-Address 0x1234, sequence 42, three slots made even."""
    assert artnet.encode(0x1234, 42, bytes([1, 2, 3])) == GOLDEN


def test_a_full_universe_is_530_bytes():
    assert len(artnet.packet(0)) == 530
    assert artnet.packet(0)[16:18] == b"\x02\x00"


def test_the_sequence_never_says_zero():
    """0 would switch the receiver's re-ordering off."""
    sequence, seen = 0, []
    for _ in range(256):
        sequence = artnet.next_sequence(sequence)
        seen.append(sequence)
    assert seen == [*range(1, 256), 1]


@given(st.integers(0, 32767), st.integers(0, 255), st.binary(min_size=1, max_size=512))
def test_what_is_written_is_read(universe, sequence, slots):
    read = artnet.decode(artnet.encode(universe, sequence, slots))
    assert (read.universe, read.sequence) == (universe, sequence)
    assert read.slots == slots + bytes(len(slots) % 2)


@pytest.mark.parametrize(("universe", "slots", "words"), [
    (-1, 512, "0 to 32767"), (32768, 512, "0 to 32767"), (0, 0, "1 to 512"), (0, 513, "1 to 512"),
])
def test_what_artdmx_cannot_say_is_refused(universe, slots, words):
    with pytest.raises(ValueError, match=words):
        artnet.packet(universe, slots)


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not an Art-Net"),
    (b"Art-Nxt\0" + GOLDEN[8:], "not an Art-Net"),
    (GOLDEN[:8] + b"\x00\x20" + GOLDEN[10:], "0x2000"),
    (GOLDEN[:10] + b"\x00\x0d" + GOLDEN[12:], "before 14"),
    (GOLDEN[:15] + b"\x80" + GOLDEN[16:], "net 128"),
    (GOLDEN[:16] + b"\x02\x02" + GOLDEN[18:], "length 514"),
    (GOLDEN[:-1], "3 of 4 slots"),
])
def test_a_bad_packet_says_what_is_wrong(data, words):
    with pytest.raises(ValueError, match=words):
        artnet.decode(data)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data):
    try:
        artnet.decode(data)
    except ValueError:
        pass
