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

DESK, OTHER = "10.0.0.9", "10.0.0.66"


@pytest.fixture
def told():
    return []


@pytest.fixture
def inputs(told):
    return Inputs("desk", wanted(["dmx/1/1", "dmx/1/512", "dmx/1", "node/x"]), told.append)


def dmx(first, last, sequence=0, universe=1):
    return Dmx(universe, sequence, bytes([first]) + bytes(510) + bytes([last]))


def values(told):
    return [(note.address, note.value, note.retained) for note in told if isinstance(note, Trigger)]


def test_the_first_packet_is_a_baseline_and_then_only_changes_are_told(inputs, told):
    """CORE, how it fails quietly: DMX in at 44 Hz, record changes only. SEMANTICS 23: a first value is no edge."""
    inputs.heard(dmx(5, 0), DESK, 0)
    for now in range(3):
        inputs.heard(dmx(5, 9), DESK, now)
    assert values(told) == [("dmx/1", "online", False), ("dmx/1/1", 5, True), ("dmx/1/512", 0, True),
                            ("dmx/1/512", 9, False)]
    assert {note.sender for note in told} == {DESK}


def test_other_slots_and_other_universes_are_nothing(inputs, told):
    inputs.heard(dmx(1, 1, universe=2), DESK, 0)
    assert told == []
    inputs.heard(Dmx(1, 0, bytes(512)), DESK, 0)
    inputs.heard(Dmx(1, 0, b"\0" + b"\xff" * 510 + b"\0"), DESK, 0)
    assert len(told) == 3


def test_a_short_packet_says_nothing_of_the_slots_it_lacks(inputs, told):
    inputs.heard(dmx(1, 7), DESK, 0)
    inputs.heard(Dmx(1, 0, b"\2\0"), DESK, 0)
    inputs.heard(dmx(2, 7), DESK, 0)
    assert values(told)[3:] == [("dmx/1/1", 2, False), ("dmx/1/512", 7, False)]


def test_a_second_source_is_named_and_not_mixed_in(inputs, told):
    inputs.heard(dmx(1, 1), DESK, 0)
    before = len(told)
    inputs.heard(dmx(200, 1), OTHER, 1)
    assert told[before:] == [
        Malformed("desk", f"another program sends universe 1 to us too; {DESK} is heard", OTHER)]


def test_the_second_source_takes_over_when_the_first_is_silent(inputs, told):
    """Law 8: an input says when it falls silent."""
    inputs.heard(dmx(1, 1), DESK, 0)
    inputs.silent(4)
    assert len(told) == 3
    inputs.silent(4.5)
    inputs.heard(dmx(2, 1), OTHER, 5)
    assert values(told)[3:] == [("dmx/1", "offline", False), ("dmx/1", "online", False), ("dmx/1/1", 2, True),
                                ("dmx/1/512", 1, True)]


@pytest.mark.parametrize(("before", "now", "taken"), [
    (1, 2, True), (255, 1, True), (10, 10, True), (10, 9, False), (1, 255, False), (30, 11, False), (30, 10, True),
    (200, 1, True), (10, 0, True), (0, 250, True), (10, 200, True),
])
def test_a_packet_that_came_late_is_dropped_and_a_source_that_begins_anew_is_not(inputs, told, before, now, taken):
    inputs.heard(dmx(1, 1, before), DESK, 0)
    inputs.heard(dmx(2, 1, now), DESK, 1)
    assert (values(told)[-1] == ("dmx/1/1", 2, False)) is taken
    assert [type(note) for note in told[3:]] == [Trigger if taken else Malformed]


@pytest.mark.parametrize(("addresses", "found"), [
    ([], {}), (["node/10.0.0.20"], {}), (["dmx/0/11", "dmx/0/1", "dmx/32767/512"], {0: (11, 1), 32767: (512,)}),
    (["dmx/3"], {3: ()}),
])
def test_what_the_sheet_wants(addresses, found):
    assert wanted(addresses) == found


@pytest.mark.parametrize("address", [
    "dmx/0/0", "dmx/0/513", "dmx/32768/1", "dmx/00/1", "dmx/0/01", "dmx/", "dmx", "node/", "node", "/go", "dmx/1/2/3",
    "dmx/-1/2", "dmx/99999",
])
def test_an_address_that_art_net_does_not_speak(address):
    with pytest.raises(ValueError, match="write"):
        wanted([address])


@given(st.lists(st.tuples(st.sampled_from([DESK, OTHER]), st.integers(0, 255), st.binary(min_size=1, max_size=600))))
def test_whatever_is_sent_is_taken_or_told(packets):
    told = []
    inputs = Inputs("desk", wanted(["dmx/1/1", "dmx/1/2"]), told.append)
    for now, (sender, sequence, slots) in enumerate(packets):
        inputs.heard(Dmx(1, sequence, slots), sender, now)
        inputs.silent(now)
    assert len(told) <= 4 * len(packets)


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

    inputs = Inputs("panels", wanted(addresses), emit)
    for now, (fader, button) in enumerate([(200, 255), (100, 255), (100, 0), (200, 255), (200, 255)]):
        inputs.heard(Dmx(1, 0, bytes([0, 0, 0, 0, fader, button])), DESK, now)
    assert events == [("edge", "up", False), ("edge", "up", True), ("press", "flash", None)]
    assert normaliser.truth("node") is None
    emit(Trigger("panels", "node/10.0.0.20", "online"))
    assert normaliser.truth("node") is True
