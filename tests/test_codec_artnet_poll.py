import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import artnet, artnet_poll

POLL = bytes.fromhex("41 72 74 2d 4e 65 74 00  00 20  00 0e  00 00")
SYNC = bytes.fromhex("41 72 74 2d 4e 65 74 00  00 52  00 0e  00 00")


def field(data, offset, new):
    return data[:offset] + new + data[offset + len(new):]


def reply(**fields):
    """A node at 10.0.0.20 with outputs 1/2/3 and 1/2/4, the second of which merges, and inputs 1/2/9 and 1/2/5."""
    data = artnet.ID + b"\x00\x21" + bytes([10, 0, 0, 20]) + b"\x36\x19" + bytes(223)
    for offset, new in {18: b"\x01\x02", 26: b"Panel\0rest", 44: b"Six panels", 108: b"#0001 [0007] fine",
                        172: b"\x00\x03", 174: b"\x80\xc0\x40", 182: b"\x80\x88\x00",
                        186: b"\x0f\x09\x05", 190: b"\x03\x04\x0f", 211: b"\x02"}.items():
        data = field(data, offset, new)
    for offset, new in fields.items():
        data = field(data, int(offset.removeprefix("at_")), new)
    return data


NODE = artnet_poll.Node(
    "10.0.0.20", "Panel", "Six panels", "#0001 [0007] fine", 2, (0x123, 0x124), (0x129, 0x125), (0x124,)
)


def test_the_bytes_of_the_specification():
    assert artnet_poll.poll() == POLL
    assert artnet.SYNC == SYNC


def test_a_reply_is_read():
    assert len(reply()) == artnet_poll.REPLY_LENGTH
    assert artnet_poll.decode(reply()) == NODE


@pytest.mark.parametrize("length", [212, 214, 237, 239, 240, 300, 421])
def test_lengths_of_the_field_are_read(length):
    assert artnet_poll.decode((reply() + bytes(300))[:length]) == NODE


@pytest.mark.parametrize("length", [207, 211])
def test_a_reply_of_art_net_2_has_no_bind_index(length):
    assert artnet_poll.decode(reply()[:length]) == NODE._replace(part=0)


@pytest.mark.parametrize(("data", "words"), [
    (b"", "cut short"), (reply()[:206], "206 bytes"), (b"Art-Nxt" + reply()[7:], "not an ArtPollReply"),
    (field(reply(), 8, b"\x00\x20"), "not an ArtPollReply"), (reply(at_18=b"\x80"), "net 128"),
    (reply(at_19=b"\x10"), "subnet 16"), (reply(at_172=b"\x00\x05"), "5 ports"),
    (reply(at_172=b"\x01\x00"), "256 ports"),
])
def test_a_lying_reply_says_what_is_wrong(data, words):
    with pytest.raises(ValueError, match=words):
        artnet_poll.decode(data)


def test_a_name_is_fit_to_be_shown():
    assert artnet_poll.decode(reply(at_26=b"\x1b[2J\x07ey\xe9 \0")).name == "?[2J?eyé"


@given(st.binary(max_size=450))
def test_any_bytes_are_read_or_refused(data):
    for bytes_ in (data, reply()[:10] + data):
        try:
            node = artnet_poll.decode(bytes_)
        except ValueError:
            continue
        assert node.name.isprintable()
        assert {*node.outputs, *node.inputs} <= {*artnet.PORT_ADDRESSES}


@given(st.lists(st.integers(0, 32767), max_size=40))
def test_what_we_want_is_announced_in_parts_of_four(universes):
    """Ports of one packet share net and subnet; each universe is announced once."""
    packets = [*artnet_poll.replies("10.0.0.5", "showctl", "showctl desk", universes)]
    nodes = [artnet_poll.decode(packet) for packet in packets]
    assert {len(packet) for packet in packets} == {239}
    assert [node.part for node in nodes] == [*range(1, len(nodes) + 1)]
    assert {(node.address, node.name, node.long_name) for node in nodes} == {("10.0.0.5", "showctl", "showctl desk")}
    assert [universe for node in nodes for universe in node.outputs] == sorted({*universes})


def test_names_are_cut_to_their_fields_and_parts_to_their_numbers():
    packets = [*artnet_poll.replies("10.0.0.5", "x" * 30, "é" * 80, [16 * number for number in range(300)])]
    assert len(packets) == 255
    node = artnet_poll.decode(packets[0])
    assert (node.name, node.long_name) == ("x" * 17, "?" * 63)


@pytest.mark.parametrize(("data", "words"), [
    (POLL[:13], "13 of 14"), (POLL[:11] + b"\x0d" + POLL[12:], "before 14"),
])
def test_a_bad_poll_says_what_is_wrong(data, words):
    with pytest.raises(ValueError, match=words):
        artnet_poll.check_poll(data)
    artnet_poll.check_poll(POLL + bytes(8))


@pytest.mark.parametrize(("tail", "meant"), [
    (b"\x00\x00", True), (b"\x20\x00", True),             # too short to say which: everybody
    (b"\x20\x00\x01\x24\x01\x23", True), (b"\x20\x00\x01\x22\x01\x00", False),
    (b"\x20\x00\x7f\xff\x01\x24", False), (b"\x0e\x00\x00\x02\x00\x01", True),
    (b"\x20\x00\x01\x23\x01\x23\x00\x00", True),
])
def test_a_targeted_poll_is_for_some_universes_only(tail, meant):
    """Art-Net 4, "ArtPoll": with bit 5 of Flags, who has nothing from the bottom to the top address says nothing."""
    assert artnet_poll.is_for(POLL[:12] + tail, [0x123]) is meant


def test_a_targeted_poll_is_not_for_who_wants_nothing():
    assert not artnet_poll.is_for(POLL[:12] + b"\x20\x00\x7f\xff\x00\x00", [])
    assert artnet_poll.is_for(POLL, [])


@pytest.mark.parametrize(("data", "code"), [(POLL, 0x2000), (SYNC, 0x5200), (reply(), 0x2100), (POLL[:10], 0x2000)])
def test_the_operation_of_a_packet(data, code):
    assert artnet.operation(data) == code


@pytest.mark.parametrize("data", [b"", POLL[:9], b"x" + POLL[1:]])
def test_what_is_no_art_net_has_no_operation(data):
    with pytest.raises(ValueError, match="not an Art-Net"):
        artnet.operation(data)
