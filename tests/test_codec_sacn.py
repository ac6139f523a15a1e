import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import sacn

CID = bytes(range(16))

ROOT = "0010 0000 41 53 43 2d 45 31 2e 31 37 00 00 00"
DATA = bytes.fromhex(
    f"{ROOT} 726e 00000004 000102030405060708090a0b0c0d0e0f"
    f"7258 00000002 {b'desk'.hex()} {'00' * 60} 78 1f1a 2a 20 1234"
    f"720b 02 a1 0000 0001 0201 00 0102ff {'00' * 509}"
)
SYNC = bytes.fromhex(f"{ROOT} 7021 00000008 000102030405060708090a0b0c0d0e0f 700b 00000001 2a 1f1a 0000")
DISCOVERY = bytes.fromhex(
    f"{ROOT} 706c 00000008 000102030405060708090a0b0c0d0e0f"
    f"7056 00000002 {b'desk'.hex()} {'00' * 60} 00000000 700c 00000001 00 00 0001 f9ff"
)


def test_the_bytes_of_a_data_packet():
    """E1.31-2018 tables 5-1, 6-1, 7-1: universe 0x1234, priority 120, synced by 0x1f1a, sequence 42, three slots."""
    packet = sacn.packet(CID, "desk", 0x1234, 120, 0x1F1A, sacn.FORCE_SYNC)
    packet[sacn.SEQUENCE] = 42
    packet[sacn.SLOTS_AT : sacn.SLOTS_AT + 3] = bytes([1, 2, 255])
    assert bytes(packet) == DATA
    assert len(packet) == 638


def test_the_bytes_of_a_synchronization_packet():
    """E1.31-2018 table 6-2."""
    packet = sacn.sync_packet(CID, 0x1F1A)
    packet[sacn.SYNC_SEQUENCE] = 42
    assert bytes(packet) == SYNC
    assert len(packet) == 49


def test_the_bytes_of_a_discovery_packet():
    """E1.31-2018 tables 6-3, 8-1; the list is sorted (§8.5)."""
    assert sacn.discovery(CID, "desk", [63999, 1]) == [DISCOVERY]


def test_discovery_has_512_universes_a_page():
    pages = [sacn.decode(packet) for packet in sacn.discovery(CID, "desk", range(1, 1026))]
    assert [(page.page, page.last, len(page.universes)) for page in pages] == [(0, 2, 512), (1, 2, 512), (2, 2, 1)]
    assert len(sacn.discovery(CID, "desk", range(1, 513))[0]) == 1144
    assert sacn.decode(*sacn.discovery(CID, "desk", [])) == sacn.Discovery(CID, "desk", 0, 0, ())


@pytest.mark.parametrize(("universe", "group"), [
    (1, "239.255.0.1"), (256, "239.255.1.0"), (63999, "239.255.249.255"),
    (sacn.DISCOVERY_UNIVERSE, "239.255.250.214"),
])
def test_each_universe_has_its_multicast_group(universe, group):
    """E1.31-2018 §9.3.1."""
    assert sacn.group(universe) == group


names = st.text(max_size=15).filter(str.isprintable)


@given(names, st.integers(1, 63999), st.integers(0, 200), st.integers(0, 255), st.binary(max_size=512))
def test_what_is_written_is_read(source, universe, priority, sequence, slots):
    packet = sacn.packet(CID, source, universe, priority, universe, sacn.PREVIEW)
    packet[sacn.SEQUENCE] = sequence
    packet[sacn.SLOTS_AT : sacn.SLOTS_AT + len(slots)] = slots
    assert sacn.decode(bytes(packet)) == sacn.Data(
        CID, source, universe, priority, universe, sequence, sacn.PREVIEW, slots.ljust(512, b"\0"))


def test_a_short_universe_is_read_as_it_is():
    """A node may send fewer slots: the count includes the start code (§7.6)."""
    short = DATA[:123] + (4).to_bytes(2, "big") + DATA[125:129]
    assert sacn.decode(short).slots == bytes([1, 2, 255])


@pytest.mark.parametrize(("settings", "words"), [
    ((CID, "x", 0), "1 to 63999"), ((CID, "x", 64000), "1 to 63999"), ((CID, "x", 1, 201), "0 to 200"),
    ((CID, "x", 1, -1), "0 to 200"), ((CID, "x", 1, 100, 64000), "1 to 63999"), ((CID, "ä" * 32, 1), "63 bytes"),
    ((CID, "a\nb", 1), "plain text"), ((b"short", "x", 1), "16 bytes"),
])
def test_what_sacn_cannot_say_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        sacn.packet(*settings)


def test_a_start_code_is_read_and_its_values_are_no_levels():
    """§7.7; 0xDD is ETC's priority of each slot."""
    read = sacn.decode(altered(DATA, 125, b"\xdd"))
    assert (read.start_code, read.slots[:3]) == (sacn.PRIORITY_OF_SLOTS, bytes([1, 2, 255]))
    assert sacn.decode(DATA).start_code == sacn.LEVELS


def altered(packet, at, data):
    return packet[:at] + data + packet[at + len(data) :]


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not an sACN"),
    (altered(DATA, 4, b"X"), "not an sACN"),
    (altered(DATA, 21, b"\5"), "vectors 5 and 2"),
    (altered(DATA, 43, b"\7"), "vectors 4 and 7"),
    (altered(DATA, 118, b"\xa2"), "laid out"),
    (altered(DATA, 122, b"\2"), "laid out"),
    (altered(DATA, 1, b"\x11"), "not an sACN"),
    (altered(DATA, 2, b"\1"), "not an sACN"),
    (altered(DATA, 113, b"\0\0"), "universe 0"),
    (altered(DATA, 108, b"\xc9"), "priority 201"),
    (altered(DATA, 123, b"\xff\xff"), "announces 65535"),
    (DATA[:-1], "announces 513 values and has 512"),
    (DATA[:100], "cut short"),
    (SYNC[:-1], "cut short"),
    (altered(SYNC, 45, b"\0\0"), "universe 0"),
    (DISCOVERY[:-1], "laid out"),
    (DISCOVERY[:118], "cut short"),
    (altered(DISCOVERY, 112, b"\x7f\xff"), "laid out"),
    (altered(DISCOVERY, 112, b"\x70\x02"), "laid out"),
])
def test_a_bad_packet_says_what_is_wrong(data, words):
    with pytest.raises(ValueError, match=words):
        sacn.decode(data)


@given(st.sampled_from([DATA, SYNC, DISCOVERY]), st.integers(0, 637), st.binary(max_size=8), st.integers(0, 638))
def test_any_bytes_are_read_or_refused(packet, at, data, length):
    try:
        read = sacn.decode(altered(packet, at, data)[:length])
    except ValueError:
        return
    assert all(name.isprintable() for name in read if isinstance(name, str))
