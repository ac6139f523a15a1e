"""QLC+ at the other end of a cable holds what our Art-Net, sACN and OSC say, and moves us by the same three."""

import pytest

from tests.peers import cable, programs
from tests.peers import qlcplus_room as room
from tests.peers.test_sacn import AS_ACN
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

DMX, POLL, REPLY = "0x5000", "0x2000", "0x2100"
FIELDS = ["ip.src", "artnet.header.opcode", "artnet.output.universe", "artnet.output.sequence",
          "acn.dmx.universe", "acn.dmx.priority", "acn.dmx.seq_number", "acn.dmx.source_name",
          "osc.message.header.path", "osc.message.header.format", "artnet.poll_reply.ip_address"]
DOWN = [255 - level for level in room.SIMPLE_DESK]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(what came back, every packet of the three protocols as tshark reads it).

    That the room ends says that every look of ours came back before the next: 40 by Art-Net and sACN in all 512 slots,
    and 40 by OSC at eight sliders.
    """
    programs.need("qlcplus")
    folder = tmp_path_factory.mktemp("qlcplus")
    said = cable.played("qlcplus_room.py", str(folder))
    of_ours = f"udp.port in {{6454, {room.OSC_IN}, {room.OSC_OUT}}} or acn.dmx.universe"
    rows = dissected(folder / "cable.pcap", FIELDS, "-Y", f"({of_ours}) and not icmp", "--enable-heuristic", "osc_udp",
                     *AS_ACN)
    return said, rows


def test_qlc_plus_shows_our_osc_on_its_page(played):
    """Its simple desk has what its sliders hold, and nothing beside them."""
    said, _ = played
    moved = {slot for slot, level in enumerate(said["page"][0], 1) if level}
    assert moved <= set(room.SLIDERS.values())
    assert len(moved) > 4
    assert not any(said["page"][1])


@pytest.mark.parametrize(("connection", "universe"), [("a", room.DESK_ARTNET), ("s", room.DESK_SACN)])
def test_its_art_net_and_its_sacn_become_our_triggers(played, connection, universe):
    """The first packet is a baseline (SEMANTICS 23), then every level that its fader stood at."""
    said, _ = played
    for slot, levels in ((1, room.SIMPLE_DESK), (512, DOWN)):
        told = [(value, retained) for source, address, value, retained in said["triggers"]
                if (source, address) == (connection, f"dmx/{universe}/{slot}")]
        assert told == [(0, True), *((level, False) for level in levels)]


def test_its_osc_becomes_our_triggers(played):
    """QLC+ writes a level as a float of 0..1 under /universe/dmx/slot, both counted from 0."""
    said, _ = played
    for path, levels in (("/5/dmx/0", room.SIMPLE_DESK), ("/5/dmx/511", DOWN)):
        told = [value[0] for source, address, value, _ in said["triggers"] if (source, address) == ("in", path)]
        assert [round(value * 255) for value in told] == levels
        assert all(abs(value * 255 - round(value * 255)) < 1e-4 for value in told)


def test_its_sacn_says_who_it_is(played):
    said, _ = played
    assert {tuple(each) for each in said["sacn"]} == {(room.DESK_SACN, 120, "Q Light Controller Plus - E1.31")}


def test_nothing_that_it_sent_is_malformed_to_us(played):
    said, _ = played
    assert said["malformed"] == []


def test_each_finds_the_other_by_art_poll(played):
    said, rows = played
    assert [each[:3] for each in said["found"]] == [
        [{"host": cable.THERE}, "QLC+", "Q Light Controller Plus - ArtNet interface"]]
    assert {row[1] for row in rows if row[2] == POLL} == {cable.HERE, cable.THERE}
    replies = {(row[1], row[11]) for row in rows if row[2] == REPLY}
    assert replies == {(each, each) for each in (cable.HERE, cable.THERE)}


def test_every_packet_on_the_cable_is_whole_and_says_what_the_sheet_says(played):
    _, rows = played
    assert {row[0] for row in rows} == {""}
    ours = [row for row in rows if row[1] == cable.HERE]
    by_artnet = [(row[3], int(row[4])) for row in ours if row[2] == DMX]
    assert by_artnet == [(str(room.OURS_ARTNET), number % 255 + 1) for number in range(len(by_artnet))]
    assert {(row[5], row[6], row[8]) for row in ours if row[5]} == {(str(room.OURS_SACN), "77", "showctl s")}
    numbers = [int(row[7]) for row in ours if row[5]]
    assert numbers == [0, *((128 + number) % 256 for number in range(len(numbers) - 1))]
    by_osc = {(row[9], row[10]) for row in ours if row[9]}
    assert by_osc == {(f"/{room.OURS_OSC}/dmx/{slot}", ",f") for slot in range(512)}
