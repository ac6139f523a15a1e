"""Others' Art-Net at the other end of a cable: dmxnet (npm) and stupidArtnet (PyPI) take ours, and we take theirs."""

from itertools import groupby

import pytest

from tests.peers import artnet_peer_room as room
from tests.peers import cable
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

DMX, SYNC, POLL, REPLY = "0x5000", "0x5200", "0x2000", "0x2100"
FIELDS = ["ip.src", "ip.dst", "artnet.header.opcode", "artnet.output.universe", "artnet.output.sequence",
          "artnet.output.length", "artnet.poll_reply.short_name", "artnet.poll_reply.ip_address",
          "_ws.expert.message"]


@pytest.fixture(scope="module", params=["dmxnet", "stupidArtnet"])
def played(request, tmp_path_factory):
    """(the peer, what each heard, every Art-Net packet on the cable as tshark reads it)."""
    folder = tmp_path_factory.mktemp(request.param)
    said = cable.played("artnet_peer_room.py", str(folder), request.param)
    rows = dissected(folder / "cable.pcap", FIELDS, "-Y", "udp")
    return request.param, said, rows


def changes(levels):
    return [level for level, _ in groupby(levels)]


def test_the_peer_holds_every_level_of_every_slot_in_order(played):
    """8 bit ramps in 512 slots, four Port-Addresses, more frames than there are sequence numbers; then the exit."""
    _, said, _ = played
    for universe in room.OURS:
        wanted = [room.look(universe, level).hex() for level in range(room.FRAMES)]
        assert changes(said["heard"][str(universe)]) == [*wanted, "00" * 512]


def test_the_peers_levels_become_triggers_in_order(played):
    """What is first heard is a baseline (SEMANTICS 23); after it no level is left out, none comes twice."""
    _, said, _ = played
    for universe in room.THEIRS:
        for slot in (1, 512):
            told = [each for each in said["triggers"] if each[0] == f"dmx/{universe}/{slot}"]
            values, retained = [value for _, value, _, _ in told], [each[3] for each in told]
            wanted = [room.look(universe, level)[slot - 1] for level in range(256)]
            assert values[-256:] == wanted
            assert set(values[:-256]) <= {0}       # dmxnet begins a universe with zeros
            assert retained == [True] + [False] * (len(told) - 1)
            assert {sender for _, _, sender, _ in told} == {cable.THERE}


def test_nothing_that_the_peer_sent_is_malformed_to_us(played):
    _, said, _ = played
    assert said["malformed"] == []


def test_every_packet_on_the_cable_is_whole_and_says_what_the_sheet_says(played):
    name, _, rows = played
    assert [row for row in rows if row[0] or row[-1]] == []
    assert {row[3] for row in rows} == {DMX, SYNC} | ({POLL, REPLY} if name == "dmxnet" else {POLL})
    ours = [row for row in rows if row[1] == cable.HERE and row[3] == DMX]
    assert {row[6] for row in ours} == {"512"}
    for universe in room.OURS:
        numbers = [int(row[5]) for row in ours if row[4] == str(universe)]
        assert len(numbers) > room.FRAMES
        assert numbers == [number % 255 + 1 for number in range(len(numbers))]
    assert {row[4] for row in ours} == {*map(str, room.OURS)}


def test_a_sync_follows_the_universes_of_each_tick(played):
    """CORE 14. Neither peer honours ArtSync, and neither is disturbed by it."""
    _, _, rows = played
    kinds = ["sync" if row[3] == SYNC else row[4] for row in rows if row[1] == cable.HERE and row[3] in (DMX, SYNC)]
    assert kinds[: 5 * room.FRAMES] == [*map(str, room.OURS), "sync"] * room.FRAMES


@pytest.mark.parametrize("played", ["dmxnet"], indirect=True)
def test_each_finds_the_other_by_art_poll(played):
    """Nodes of dmxnet say a port a packet, four of them here."""
    _, said, rows = played
    assert said["found"] == [[{"host": cable.THERE}, "dmxnet", "their node", "puts out universe 0, 1, 291, 32767"]]
    assert said["controllers"] == [cable.HERE]
    replies = {(row[1], row[7], row[8]) for row in rows if row[3] == REPLY}
    assert replies == {(cable.THERE, "dmxnet", cable.THERE)}


@pytest.mark.parametrize("played", ["dmxnet"], indirect=True)
def test_a_node_that_stands_still_is_missed_and_is_back(played):
    """SEMANTICS 25; light goes there all the same."""
    _, said, _ = played
    assert said["presence"] == [False, True]
    assert [value for address, value, *_ in said["triggers"] if address.startswith("node/")] == [
        "online", "offline", "online"]
