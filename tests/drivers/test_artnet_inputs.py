"""DMX in: changes only, one source a universe, nothing out of order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import sheet, supervise
from showctl.codec.artnet import Dmx
from showctl.model import Malformed, Trigger
from showctl.normalise import Normaliser
from showctl.timers import Timers
from showctl_drivers import artnet
from showctl_drivers._artnet_inputs import Inputs, wanted
from showctl_drivers._dmx_inputs import Wish
from tests.clocks import Clock

DESK, OTHER = "10.0.0.9", "10.0.0.66"


@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inputs(told, clock):
    return Inputs("desk", wanted(["dmx/1/1", "dmx/1/512", "dmx/1", "node/x"]), told.append, clock)


@pytest.fixture
def merged(told, clock):
    """The sheet merges universe 1."""
    return Inputs("desk", wanted(["dmx/1/*"]), told.append, clock)


def dmx(first, last, sequence=0, universe=1):
    return Dmx(universe, sequence, bytes([first]) + bytes(510) + bytes([last]))


def values(told):
    return [(note.address, note.value, note.retained) for note in told if isinstance(note, Trigger)]


def test_the_first_packet_is_a_baseline_and_then_only_changes_are_told(inputs, told):
    """CORE, how it fails quietly: DMX in at 44 Hz, record changes only. SEMANTICS 23: a first value is no edge."""
    inputs.heard(dmx(5, 0), DESK)
    for _ in range(3):
        inputs.heard(dmx(5, 9), DESK)
    assert values(told) == [("dmx/1", "online", False), ("dmx/1/1", 5, True), ("dmx/1/512", 0, True),
                            ("dmx/1/512", 9, False)]
    assert {note.sender for note in told} == {DESK}


def test_other_slots_and_other_universes_are_nothing(inputs, told):
    inputs.heard(dmx(1, 1, universe=2), DESK)
    assert told == []
    inputs.heard(Dmx(1, 0, bytes(512)), DESK)
    inputs.heard(Dmx(1, 0, b"\0" + b"\xff" * 510 + b"\0"), DESK)
    assert len(told) == 3


def test_a_short_packet_says_nothing_of_the_slots_it_lacks(inputs, told):
    inputs.heard(dmx(1, 7), DESK)
    inputs.heard(Dmx(1, 0, b"\2\0"), DESK)
    inputs.heard(dmx(2, 7), DESK)
    assert values(told)[3:] == [("dmx/1/1", 2, False)]
    inputs.heard(dmx(2, 8), DESK)
    assert values(told)[4:] == [("dmx/1/512", 8, False)]


def test_a_second_source_is_named_and_not_mixed_in(inputs, told):
    inputs.heard(dmx(1, 1), DESK)
    before = len(told)
    inputs.heard(dmx(200, 1), OTHER)
    assert told[before:] == [
        Malformed("desk", f"another program sends universe 1 to us too; {DESK} is heard", OTHER)]


def test_the_second_source_takes_over_when_the_first_is_silent(inputs, told, clock):
    """Law 8: an input says when it falls silent."""
    inputs.heard(dmx(1, 1), DESK)
    clock.until(5)
    inputs.silent()
    assert len(told) == 3
    clock.until(5.5)
    inputs.silent()
    inputs.heard(dmx(2, 1), OTHER)
    assert values(told)[3:] == [("dmx/1", "offline", False), ("dmx/1", "online", False), ("dmx/1/1", 2, True),
                                ("dmx/1/512", 1, True)]


def test_a_source_at_rest_is_never_silent(inputs, told, clock):
    """Art-Net 4, "ArtDmx": what stands still is sent again after approximately 4 s, so also a little later."""
    for packet in range(5):
        clock.until(4.2 * packet)
        inputs.silent()
        inputs.heard(dmx(1, 1), DESK)
    assert len(told) == 3


@pytest.mark.parametrize(("before", "now", "taken"), [
    (1, 2, True), (255, 1, True), (10, 10, True), (10, 9, False), (1, 255, False), (30, 11, False), (30, 10, True),
    (200, 1, True), (10, 0, True), (0, 250, True), (10, 200, True),
])
def test_a_packet_that_came_late_is_dropped_and_a_source_that_begins_anew_is_not(inputs, told, before, now, taken):
    inputs.heard(dmx(1, 1, before), DESK)
    inputs.heard(dmx(2, 1, now), DESK)
    assert (values(told)[-1] == ("dmx/1/1", 2, False)) is taken
    assert [type(note) for note in told[3:]] == [Trigger if taken else Malformed]


# ---- merging, as Art-Net 4 says it ----

def levels(*slots, universe=1):
    return Dmx(universe, 0, bytes(slots))


def test_two_sources_of_a_merged_universe_are_mixed_by_the_highest(merged, told, clock):
    """Art-Net 4, "Data Merging": two, told apart by their addresses; a third is ignored."""
    for at, (sender, slots) in enumerate([(DESK, (10, 200)), (OTHER, (100, 20)), ("10.0.0.67", (255, 255))]):
        clock.until(at)
        merged.heard(levels(*slots), sender)
    assert [note.value for note in told[:3]] == ["online", bytes([10, 200]), bytes([100, 200])]
    assert merged.merged == [1]
    assert told[3] == Malformed(
        "desk", f"another program sends universe 1 to us too; {DESK} and {OTHER} is heard", "10.0.0.67")


def test_one_of_two_that_fails_is_held_for_10_s_and_both_for_5(merged, told, clock):
    """Art-Net 4, "Data Merging"; what becomes of the last levels is the sheet's affair."""
    merged.heard(levels(10, 200), DESK)
    for second in range(1, 14):
        clock.until(second)
        merged.heard(levels(100, 20), OTHER)
        merged.silent()
        assert told[-1].value == (bytes([100, 200]) if second <= 10 else bytes([100, 20]))
    clock.until(18.5)
    merged.silent()
    assert told[-1] == Trigger("desk", "dmx/1", "offline", OTHER)


def test_triggers_beside_a_merge_hear_what_is_merged(told, clock):
    inputs = Inputs("desk", wanted(["dmx/1/*", "dmx/1/2"]), told.append, clock)
    inputs.heard(levels(1, 1), DESK)
    clock.until(1)
    inputs.heard(levels(0, 9), OTHER)
    clock.until(2)
    inputs.heard(levels(0, 10), OTHER)
    assert [(note.value, note.retained) for note in told if note.address == "dmx/1/2"] == [
        (1, True), (9, True), (10, False)]


def test_levels_wait_for_the_art_sync_of_their_sender(told, clock):
    """Art-Net 4, "ArtSync": from the first one on, until none came for 4 s; nobody else's."""
    inputs = Inputs("desk", wanted(["dmx/1/1", "dmx/2/1"]), told.append, clock)
    for universe in (1, 2):
        inputs.heard(levels(1, universe=universe), DESK)
    inputs.sync(DESK)
    del told[:]
    for universe in (1, 2):
        inputs.heard(levels(7, universe=universe), DESK)
    inputs.sync(OTHER)
    assert told == []
    inputs.sync(DESK)
    assert [(note.address, note.value) for note in told] == [("dmx/1/1", 7), ("dmx/2/1", 7)]
    inputs.heard(levels(8), DESK)
    clock.until(4)
    inputs.silent()
    assert told[-1].value == 8
    inputs.heard(levels(9), DESK)
    assert told[-1].value == 9


def test_two_synced_desks_on_two_universes_do_not_undo_each_other(told, clock):
    inputs = Inputs("desk", wanted(["dmx/1/1", "dmx/2/1"]), told.append, clock)
    desks = ((DESK, 1), (OTHER, 2))
    for level in (1, 7):
        for sender, universe in desks:
            inputs.heard(levels(level, universe=universe), sender)
        for sender, _ in desks:
            inputs.sync(sender)
    assert [(note.address, note.value, note.sender) for note in told[4:]] == [
        ("dmx/1/1", 7, DESK), ("dmx/2/1", 7, OTHER)]


def test_art_sync_means_nothing_while_two_are_merged(merged, told, clock):
    """Art-Net 4, "ArtSync", multiple controllers."""
    for sender in (DESK, OTHER):
        merged.heard(levels(1), sender)
        merged.sync(sender)
    clock.until(1)
    merged.heard(levels(9), OTHER)
    assert told[-1].value == bytes([9])


@pytest.mark.parametrize(("addresses", "found"), [
    ([], {}), (["node/10.0.0.20"], {}),
    (["dmx/0/11", "dmx/0/1", "dmx/32767/512"], {0: Wish((11, 1)), 32767: Wish((512,))}),
    (["dmx/3"], {3: Wish()}), (["dmx/3/*", "dmx/3/4", "dmx/3"], {3: Wish((4,), whole=True)}),
])
def test_what_the_sheet_wants(addresses, found):
    assert wanted(addresses) == found


@pytest.mark.parametrize("address", [
    "dmx/0/0", "dmx/0/513", "dmx/32768/1", "dmx/00/1", "dmx/0/01", "dmx/", "dmx", "node/", "node", "/go", "dmx/1/2/3",
    "dmx/-1/2", "dmx/99999", "dmx/1/**", "dmx/*/1", "dmx/*", "dmx/00/*",
])
def test_an_address_that_art_net_does_not_speak(address):
    with pytest.raises(ValueError, match="write"):
        wanted([address])


@given(st.sampled_from([[], ["dmx/1/*"]]), st.lists(st.tuples(
    st.sampled_from([DESK, OTHER, "10.0.0.67"]), st.integers(0, 255), st.binary(min_size=1, max_size=600))))
def test_whatever_is_sent_is_taken_or_told(whole, packets):
    told = []
    clock = Clock()
    inputs = Inputs("desk", wanted(["dmx/1/1", "dmx/1/2", *whole]), told.append, clock)
    for now, (sender, sequence, slots) in enumerate(packets):
        clock.until(now)
        if sequence == 0:
            inputs.sync(sender)
        inputs.heard(Dmx(1, sequence, slots), sender)
        inputs.silent()
    assert len(told) <= 5 * len(packets)


SHEET = """
show: A desk in the room
connections: {panels: {driver: artnet, host: 10.0.0.20, interface: 10.0.0.5}}
fixtures: {left: {profile: generic/panel-cct, to: panels, at: 0/1}}
cues: {1: {look: {all: 20%}}}
triggers:
  up: {from: panels, address: dmx/1/5, when: payload >= 128, alive: dmx/1}
  flash: {from: panels, address: dmx/1/6, says: "255"}
  node: {from: panels, address: node/10.0.0.20, when: payload == online}
"""


def test_a_sheet_hears_a_desk():
    """SEMANTICS 23: the first packet makes no edge but is a good before; a press counts only live."""
    read = sheet.read(SHEET, "desk.yaml", {"artnet": artnet.Config})
    addresses = supervise.inputs(read, "panels")
    assert addresses == ("dmx/1/5", "dmx/1", "dmx/1/6", "node/10.0.0.20")
    normaliser, events = Normaliser(read, Timers()), []

    def emit(trigger):
        found = normaliser.admit(len(events) + 1, trigger)
        events.extend((each.kind, each.name, each.value) for each in found if each.kind not in ("heard", "refused"))

    inputs = Inputs("panels", wanted(addresses), emit, Clock())
    for fader, button in [(200, 255), (100, 255), (100, 0), (200, 255), (200, 255)]:
        inputs.heard(Dmx(1, 0, bytes([0, 0, 0, 0, fader, button])), DESK)
    assert events == [("edge", "up", False), ("edge", "up", True), ("press", "flash", None)]
    assert normaliser.truth("node") is None
    emit(Trigger("panels", "node/10.0.0.20", "online"))
    assert normaliser.truth("node") is True
