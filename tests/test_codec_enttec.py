import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import enttec


def test_the_bytes_of_a_dmx_message():
    """DMX USB Pro API 1.44, label 6: the start code and 24 slots at least."""
    assert enttec.send_dmx(b"\1\2\xff") == bytes.fromhex("7e 06 1900 00 0102ff") + bytes(21) + b"\xe7"


def test_a_full_universe_is_518_bytes():
    message = enttec.send_dmx(bytes(range(256)) * 2)
    assert message[:5] == bytes.fromhex("7e 06 0102 00")
    assert message[5:-1] == bytes(range(256)) * 2
    assert (message[-1], len(message)) == (0xE7, 518)


def test_the_questions_and_the_answers():
    """API 1.44, labels 3 and 10; the serial number is binary-coded decimal, low byte first."""
    assert bytes.fromhex("7e 03 0200 0000 e7  7e 0a 0000 e7") == enttec.ASK
    assert enttec.parameters(bytes([44, 1, 9, 1, 40])) == enttec.Parameters("1.44", 40)
    assert enttec.serial_number(bytes.fromhex("78563412")) == "12345678"


@pytest.mark.parametrize("data", [b"", b"\1\2\3", b"\xff\xff\xff\xff", bytes(5)])
def test_a_serial_number_that_is_none_is_refused(data):
    with pytest.raises(ValueError, match="eight digits"):
        enttec.serial_number(data)


def test_parameters_that_are_none_are_refused():
    with pytest.raises(ValueError, match="5 are the least"):
        enttec.parameters(b"\1\1")


@pytest.mark.parametrize(("label", "data"), [(256, b""), (-1, b""), (6, bytes(601))])
def test_what_no_message_can_hold_is_refused(label, data):
    with pytest.raises(ValueError, match="no widget message"):
        enttec.encode(label, data)


def test_a_universe_of_513_slots_is_refused():
    with pytest.raises(ValueError, match="carries 512"):
        enttec.send_dmx(bytes(513))


messages = st.lists(st.builds(enttec.Message, st.integers(0, 255), st.binary(max_size=600)), max_size=4)


@given(messages, st.integers(1, 700))
def test_messages_are_read_however_they_are_cut(sent, size):
    wire = b"".join(enttec.encode(*message) for message in sent)
    buffer, read = bytearray(), []
    for at in range(0, len(wire), size):
        found, strange = enttec.split(buffer, wire[at : at + size])
        read += found
        assert strange == 0
    assert read == sent
    assert buffer == b""


@pytest.mark.parametrize("noise", [b"hello\r\n", b"\x7e\x06\xff\xff", b"\x7e\x05\x02\x00ab!", b"\xe7"])
def test_noise_is_skipped_and_counted(noise):
    found, strange = enttec.split(bytearray(), noise + enttec.encode(10, b"\1\2\3\4"))
    assert found == [enttec.Message(10, b"\1\2\3\4")]
    assert strange == len(noise)


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_any_bytes_are_read_or_skipped_and_little_is_kept(pieces):
    buffer = bytearray()
    for piece in pieces:
        enttec.split(buffer, piece)
        assert len(buffer) < 605
