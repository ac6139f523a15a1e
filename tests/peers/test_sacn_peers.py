"""npm's sacn at the other end of a cable takes our universes and lets go when told; its own become our triggers."""

import uuid
from itertools import pairwise

import pytest

from showctl.codec import sacn as wire
from tests.peers import cable
from tests.peers import sacn_peer_room as room
from tests.peers.test_sacn import AS_ACN
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

FIELDS = ["ip.src", "ip.dst", "acn.dmx.source_name", "acn.dmx.priority", "acn.dmx.seq_number", "acn.dmx.universe",
          "acn.dmx.option_s", "acn.dmx.count", "acn.cid"]
TERMINATED, FORCE_SYNC = 0x40, 0x20


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(what the peer said, every sACN universe on the cable as tshark reads it, the file of packets)."""
    folder = tmp_path_factory.mktemp("sacn")
    said = cable.played("sacn_peer_room.py", str(folder))
    return said, dissected(folder / "cable.pcap", FIELDS, "-Y", "acn.dmx.universe", *AS_ACN)


def heard(said, universe):
    return [each for each in said if each.get("universe") == universe]


def without_repeats(levels):
    """A universe that stood still a moment is repeated (§6.6.2), and a first packet comes twice."""
    return [level for level, following in pairwise([*levels, None]) if level != following]


def test_the_peer_holds_every_level_of_every_slot_in_order(played):
    """8 bit ramps in 512 slots, the first and the last universe there is, more frames than sequence numbers."""
    said, _ = played
    for universe in room.OURS:
        levels = without_repeats(each["slots"] for each in heard(said["first"], universe))
        assert levels == [room.look(universe, level).hex() for level in range(room.FRAMES)]
    levels = without_repeats(each["slots"] for each in heard(said["second"], room.ALONE))
    assert levels == [*(room.look(room.ALONE, level).hex() for level in range(room.FRAMES)), "00" * 512]


def test_priority_sync_and_source_are_the_sheets(played):
    """The peer reads names as ASCII, so of ü it has one letter of another kind."""
    said, _ = played
    ours = [each for universe in room.OURS for each in heard(said["first"], universe)]
    assert {(each["priority"], each["sync"], each["options"]) for each in ours} == {(150, 7, FORCE_SYNC)}
    assert {each["source"].partition(" ")[2] for each in ours} == {"links"}
    alone = heard(said["second"], room.ALONE)
    assert {(each["priority"], each["sync"], each["options"], each["source"]) for each in alone} == {
        (0, 0, 0, "showctl alone")}


def test_a_restart_is_heard_at_once_by_a_receiver_with_a_window_of_its_own(played):
    """Law 3: this peer drops one packet that is more than 20 from the last, either way; the second one passes."""
    said, _ = played
    assert [each for each in said["first"] if "trouble" in each] == []
    troubles = [each for each in said["second"] if "trouble" in each]
    assert {each["trouble"] for each in troubles} <= {"PacketOutOfOrder"}
    assert len(troubles) <= len(room.OURS)
    assert {each["cid"] for each in heard(said["first"], 1)} == {each["cid"] for each in heard(said["second"], 1)}
    for universe in room.OURS:
        assert heard(said["second"], universe)[0]["slots"] == room.look(universe, 0).hex()


def test_only_a_stream_that_is_ended_on_purpose_says_so(played):
    """E1.31 §6.2.6: three packets with the bit, at the very end."""
    said, _ = played
    for universe in room.OURS:
        assert not any(each["options"] & TERMINATED for each in heard(said["first"], universe))
        ends = [each["options"] & TERMINATED for each in heard(said["second"], universe)]
        assert ends[-3:] == [TERMINATED] * 3
        assert not any(ends[:-3])


@pytest.mark.parametrize("universe", room.THEIRS)
def test_the_peers_levels_become_triggers_in_order(played, universe):
    """By multicast and by unicast. What is first heard is a baseline (SEMANTICS 23); none is left out, none twice."""
    said, _ = played
    assert said["malformed"] == []
    for slot in (1, 512):
        told = [each for each in said["triggers"] if each[0] == f"dmx/{universe}/{slot}"]
        assert [value for _, value, _, _ in told] == [room.look(universe, level)[slot - 1] for level in range(256)]
        assert [retained for *_, retained in told] == [True] + [False] * 255
        assert {sender for _, _, sender, _ in told} == {cable.THERE}


def test_the_source_of_the_higher_priority_is_followed(played):
    """E1.31 §6.2.3: at 30 the weaker one speaks and is not heard; then the stronger one is, though it is lower."""
    said, _ = played
    told = [value for address, value, *_ in said["triggers"] if address == f"dmx/{room.BOTH}"]
    assert told == ["online", *(bytes([level] * 512).hex() for level in (10, 20, 5))]


def test_every_packet_on_the_cable_is_whole_and_says_what_the_sheet_says(played):
    said, rows = played
    assert {row[0] for row in rows} == {""}
    assert {row[8] for row in rows} == {"513"}
    rows = [row for row in rows if row[1] == cable.HERE]
    assert {(row[3], row[4]) for row in rows} == {("Bühne links", "150"), ("showctl alone", "0")}
    for universe in room.OURS:
        of = [row for row in rows if row[6] == str(universe)]
        assert {(row[1], row[2]) for row in of} == {(cable.HERE, wire.group(universe))}
        assert {row[9] for row in of} == {str(uuid.UUID(hex=heard(said["first"], universe)[0]["cid"]))}
        assert sum(row[7] == "1" for row in of) == 3
    alone = [row for row in rows if row[6] == str(room.ALONE)]
    assert {(row[1], row[2]) for row in alone} == {(cable.HERE, cable.THERE)}
    numbers = [int(row[5]) for row in alone]
    assert numbers[:2] == [0, 128]
    assert numbers[1:] == [(128 + number) % 256 for number in range(len(numbers) - 1)]
