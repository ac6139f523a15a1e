"""DMX in by sACN, by E1.31-2018's rules: sources, priorities, order, synchronization, the end of a stream."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import sacn as wire
from showctl.model import Malformed, Trigger
from showctl_drivers._dmx_inputs import Wish
from showctl_drivers._sacn_inputs import SOURCES_MAX, Inputs, wanted
from tests.clocks import Clock

DESK, OTHER = bytes(16), bytes([1] * 16)


class Room:
    """Inputs, a clock, and sources that count their packets."""

    def __init__(self, *addresses):
        self.told, self.clock, self.sequences = [], Clock(), {}
        self.inputs = Inputs("desk", wanted(addresses or ("dmx/1/*", "dmx/1/1")), self.told.append, self.clock)

    def says(self, *slots, cid=DESK, universe=1, priority=100, sync=0, options=0, code=0, name="desk", sender="x"):
        sequence = self.sequences[cid, universe] = (self.sequences.get((cid, universe), -1) + 1) % 256
        self.inputs.heard(
            wire.Data(cid, name, universe, priority, sync, sequence, options, bytes(slots), code), sender)

    def sync(self, universe=7, sequence=0, cid=DESK):
        self.inputs.sync(wire.Sync(cid, universe, sequence))

    def until(self, seconds):
        self.clock.until(seconds)

    @property
    def wholes(self):
        return [list(note.value) for note in self.told if isinstance(getattr(note, "value", None), bytes)]

    @property
    def triggers(self):
        return [note.value for note in self.told if isinstance(note, Trigger) and note.address == "dmx/1/1"]

    @property
    def presence(self):
        return [note.value for note in self.told if isinstance(note, Trigger) and isinstance(note.value, str)]

    @property
    def refused(self):
        return [note.reason for note in self.told if isinstance(note, Malformed)]


@pytest.fixture
def room():
    return Room()


def test_a_desk_is_heard_as_triggers_and_whole(room):
    room.says(5, 6, sender="10.0.0.9")
    room.until(1)
    room.says(7, 6, sender="10.0.0.9")
    assert room.told == [
        Trigger("desk", "dmx/1", "online", "10.0.0.9"), Trigger("desk", "dmx/1/1", 5, "10.0.0.9", retained=True),
        Trigger("desk", "dmx/1", b"\5\6", "10.0.0.9"),
        Trigger("desk", "dmx/1/1", 7, "10.0.0.9"), Trigger("desk", "dmx/1", b"\7\6", "10.0.0.9"),
    ]


def test_the_highest_priority_has_the_universe_until_it_is_gone(room):
    """§6.2.3, §6.7.1."""
    room.says(200, priority=100)
    room.until(1)
    room.says(10, priority=150, cid=OTHER)
    for second in (2, 3, 4):
        room.until(second)
        room.says(200, priority=100)
    assert room.wholes == [[200], [10], [200]]
    assert room.presence == ["online"]
    assert [note.retained for note in room.told if note.address == "dmx/1/1"] == [True] * 3


def test_equals_are_merged_and_names_are_no_matter(room):
    """§6.2.3.1, §5.6: two CIDs with one name are two sources; one CID with two names or addresses is one."""
    room.says(200, 1, cid=DESK, name="desk")
    room.until(1)
    room.says(10, 100, cid=OTHER, name="desk")
    room.until(2)
    room.says(0, 1, cid=DESK, name="another", sender="y")
    assert room.wholes == [[200, 1], [200, 100], [10, 100]]


def test_a_source_may_change_its_priority(room):
    """§6.2.3: at any time."""
    room.says(10, cid=DESK)
    room.says(20, cid=OTHER, priority=90)
    room.until(1)
    room.says(10, cid=DESK, priority=80)
    assert room.wholes == [[10], [20]]


def test_a_priority_for_each_slot_replaces_that_of_the_universe(room):
    """ETC's start code 0xDD; without it for 2.5 s the universe's holds again."""
    room.says(10, 10, cid=DESK)
    room.says(20, 20, cid=OTHER, priority=50)
    room.says(0, 150, cid=OTHER, priority=50, code=wire.PRIORITY_OF_SLOTS)
    room.until(1)
    for tenth in range(11, 50):
        room.until(tenth / 10)
        room.says(10, 10, cid=DESK)
        room.says(20, 20, cid=OTHER, priority=50)
    assert room.wholes == [[10, 10], [10, 20], [10, 10]]


@pytest.mark.parametrize("code", [0x17, 0x55, 0xCC, 0xCF, 0x91])
def test_other_start_codes_are_no_levels(room, code):
    """§7.7."""
    room.says(1)
    room.says(255, code=code)
    room.until(1)
    assert room.wholes == [[1]]
    assert room.refused == []


def test_a_source_of_no_levels_is_none(room):
    room.says(200, code=wire.PRIORITY_OF_SLOTS)
    room.says(200, code=0x17)
    room.says(1, options=wire.TERMINATED)
    room.says(1, options=wire.PREVIEW)
    assert room.told == []


def test_preview_is_not_for_live_output(room):
    """§6.2.6: a source that goes over to preview is gone."""
    room.says(1)
    for second in (1, 2, 3):
        room.until(second)
        room.says(255, options=wire.PREVIEW)
    assert room.wholes == [[1]]
    assert room.presence == ["online", "offline"]


def test_a_terminated_stream_is_gone_at_once_and_its_last_values_mean_nothing(room):
    """§6.2.6, §6.7.1; the packet comes three times."""
    room.says(1)
    for _ in range(3):
        room.says(255, options=wire.TERMINATED)
    assert (room.wholes, room.presence) == ([[1]], ["online", "offline"])
    room.says(2)
    assert room.presence == ["online", "offline", "online"]


def test_silence_of_2_5_s_is_the_end(room):
    """§6.7.1, E131_NETWORK_DATA_LOSS_TIMEOUT."""
    room.says(1)
    room.until(2)
    room.says(1)
    room.until(4.49)
    assert room.presence == ["online"]
    room.until(4.51)
    assert room.presence == ["online", "offline"]


@pytest.mark.parametrize(("before", "now", "taken", "told"), [
    (10, 11, True, 0), (255, 0, True, 0), (10, 10, False, 0), (10, 9, False, 1), (10, 247, False, 1),
    (10, 246, True, 0), (10, 200, True, 0),
])
def test_packets_out_of_order(room, before, now, taken, told):
    """§6.7.2; the very same packet, by multicast and by unicast, is no mistake."""
    for sequence, level in ((before, 1), (now, 2)):
        room.inputs.heard(wire.Data(DESK, "desk", 1, 100, 0, sequence, 0, bytes([level])), "x")
    assert room.triggers == [1, 2][: 1 + taken]
    assert len(room.refused) == told


def test_each_universe_has_its_own_order():
    room = Room("dmx/1/1", "dmx/2/1")
    for sequence, universe in ((10, 1), (9, 2), (11, 1), (10, 2)):
        room.inputs.heard(wire.Data(DESK, "desk", universe, 100, 0, sequence, 0, b"\0"), "x")
    assert room.refused == []


def test_levels_wait_for_their_sync_packet():
    """§11.1.1: from the first sync packet on; all universes act at once, with the newest levels of each."""
    room = Room("dmx/1/1", "dmx/2/1")
    for universe in (1, 2):
        room.says(1, universe=universe, sync=7)
        room.says(2, universe=universe, sync=7)
    assert room.triggers == [1, 2]
    room.sync()
    del room.told[:]
    for level in (3, 4):
        for universe in (1, 2):
            room.says(level, universe=universe, sync=7)
    room.sync(8, 1)
    assert room.told == []
    room.sync(7, 1)
    assert [(note.address, note.value) for note in room.told] == [("dmx/1/1", 4), ("dmx/2/1", 4)]


@pytest.mark.parametrize(("options", "levels"), [(wire.FORCE_SYNC, [1, 3]), (0, [1])])
def test_what_becomes_of_them_without_sync_packets_is_the_sources_choice(room, options, levels):
    """§6.2.6, §11.1.2: after 2.5 s they act as they come, or wait on."""
    room.says(1, sync=7, options=options)
    room.sync()
    for second, level in ((1, 2), (2, 2), (3, 3)):
        room.until(second)
        room.says(level, sync=7, options=options)
    assert room.triggers == levels
    room.sync(7, 1)
    assert room.triggers == [1, 3]


def test_sync_packets_out_of_order_or_of_universe_0_are_nothing(room):
    """§6.3.3.1, §6.7.2."""
    room.says(1, sync=7)
    room.sync(7, 5)
    room.says(2, sync=7)
    for universe, sequence in ((7, 5), (7, 4), (0, 6)):
        room.sync(universe, sequence)
    assert room.triggers == [1]
    room.sync(7, 6)
    assert room.triggers == [1, 2]


def test_a_source_that_syncs_no_more_is_heard_at_once(room):
    room.says(1, sync=7)
    room.sync()
    room.says(2, sync=7)
    room.says(3)
    assert room.triggers == [1, 3]


def test_sources_are_bounded_and_the_next_is_refused_by_name(room):
    """Law 7; but nobody weak keeps a stronger one out."""
    for number in range(SOURCES_MAX):
        room.says(1, cid=bytes([number] * 16))
    room.says(200, cid=bytes([77] * 16), name="ninth")
    assert room.refused == [
        f"universe 1 of 'ninth' (CID {uuid.UUID(bytes=bytes([77] * 16))}): "
        "there are 8 sources already; this one is not heard"]
    room.until(1)
    room.says(200, cid=bytes([77] * 16), priority=101)
    assert room.wholes[-1] == [200]


@pytest.mark.parametrize(("addresses", "found"), [
    (["dmx/1/11", "dmx/63999/512"], {1: Wish((11,)), 63999: Wish((512,))}), (["dmx/1/*"], {1: Wish(whole=True)}),
])
def test_what_the_sheet_wants(addresses, found):
    assert wanted(addresses) == found


@pytest.mark.parametrize("address", ["dmx/0/1", "dmx/64000/1", "dmx/64214", "node/10.0.0.20", "/go"])
def test_an_address_that_sacn_does_not_speak(address):
    with pytest.raises(ValueError, match="write"):
        wanted([address])


packets = st.builds(
    wire.Data, st.sampled_from([bytes([number] * 16) for number in range(10)]), st.just("desk"), st.integers(1, 2),
    st.integers(0, 200), st.sampled_from([0, 7, 8]), st.integers(0, 255),
    st.sampled_from([0, 0, 0, wire.PREVIEW, wire.TERMINATED, wire.FORCE_SYNC]), st.binary(max_size=4),
    st.sampled_from([0, 0, 0, wire.PRIORITY_OF_SLOTS, 23]))
syncs = st.builds(wire.Sync, st.sampled_from([DESK, OTHER]), st.sampled_from([7, 8, 9]), st.integers(0, 255))


@given(st.lists(st.tuples(st.one_of(packets, packets, syncs), st.floats(0, 3)), max_size=40))
def test_whatever_is_sent_is_taken_or_told_and_ends(heard):
    """Each universe is online before it says anything, says changes only, and is offline in the end."""
    room = Room("dmx/1/*", "dmx/1/1", "dmx/2/*")
    for packet, pause in heard:
        room.until(room.clock.now_s + pause)
        (room.inputs.sync(packet) if isinstance(packet, wire.Sync) else room.inputs.heard(packet, "x"))
    room.until(room.clock.now_s + 10)
    for address in ("dmx/1", "dmx/2"):
        values = [note.value for note in room.told if isinstance(note, Trigger) and note.address == address]
        there, before = False, None
        for value in values:
            assert value != before
            assert (value == "online") is not there
            there, before = value != "offline", value
        assert not there
