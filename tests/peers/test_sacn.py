"""The sacn library and tshark judge our sACN; multicast goes round the loopback of a network namespace of its own."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from sacn.messages.data_packet import DataPacket
from sacn.messages.sync_packet import SyncPacket
from sacn.messages.universe_discovery import UniverseDiscoveryPacket

from showctl.codec import sacn as wire
from tests.peers import capture, programs
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

HOUSE = Path(__file__).parents[2]
CID = bytes(range(16))
FIELDS = ["acn.cid", "acn.dmx.source_name", "acn.dmx.priority", "acn.dmx.seq_number", "acn.dmx.option_p",
          "acn.dmx.option_s", "acn.dmx.universe", "acn.dmx.count"]
AS_ACN = ("--enable-heuristic", "acn", "-o", "acn.dmx_enable:TRUE")
GROUPS_OF_OURS = {"239.255.0.1": 1, "239.255.1.44": 300, "239.255.0.7": 7, "239.255.250.214": 64214}


@pytest.mark.parametrize(("universe", "priority", "sync", "sequence", "options"), [
    (1, 0, 0, 0, 0), (63999, 200, 63999, 255, wire.PREVIEW), (300, 100, 7, 128, wire.FORCE_SYNC),
    (2, 100, 0, 1, wire.TERMINATED), (7, 99, 1, 2, wire.TERMINATED | wire.PREVIEW | wire.FORCE_SYNC),
])
def test_our_data_packet_is_the_librarys(universe, priority, sync, sequence, options):
    slots = os.urandom(512)
    packet = wire.packet(CID, "Bühne", universe, priority, sync, options)
    packet[wire.SEQUENCE] = sequence
    packet[wire.SLOTS_AT :] = slots
    theirs = DataPacket(
        tuple(CID), "Bühne", universe, tuple(slots), priority, sequence, bool(options & wire.TERMINATED),
        bool(options & wire.PREVIEW), bool(options & wire.FORCE_SYNC), sync)
    assert bytes(theirs.getBytes()) == bytes(packet)
    assert wire.decode(bytes(theirs.getBytes())).slots == slots


def test_our_sync_and_discovery_packets_are_the_librarys():
    packet = wire.sync_packet(CID, 7962)
    packet[wire.SYNC_SEQUENCE] = 9
    assert bytes(SyncPacket(tuple(CID), 7962, 9).getBytes()) == bytes(packet)
    universes = list(range(1, 601))
    pages = [UniverseDiscoveryPacket(tuple(CID), "desk", tuple(listed), page, 1)
             for page, listed in enumerate([universes[:512], universes[512:]])]
    assert [bytes(page.getBytes()) for page in pages] == wire.discovery(CID, "desk", universes)


@pytest.fixture(scope="module")
def played():
    """sacn_room.py, run once in a namespace that ends with it."""
    room = Path(__file__).with_name("sacn_room.py")
    script = 'ip link set lo up && ip route add 224.0.0.0/4 dev lo && exec "$@"'
    root = [] if os.geteuid() == 0 else ["-r"]
    command = [programs.need("unshare"), *root, "-n", "sh", "-ec", script, "sh", sys.executable, str(room)]
    programs.need("ip")
    paths = os.pathsep.join(str(HOUSE / part) for part in ("", "drivers"))
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_library_hears_every_level_by_multicast(played):
    for universe in ("1", "300"):
        levels = played["levels"][universe]
        assert [level for level, _, _ in levels[:140]] == list(range(140))
        assert {(priority, source) for _, priority, source in levels} == {(150, "showctl panels")}


def test_a_restart_is_heard_at_once_though_the_cid_stays(played):
    """Law 3, E1.31 §6.7.2: the first run ends at sequence 11, where numbers from 0 on would be dropped."""
    packets = [wire.decode(bytes.fromhex(data)) for _, data in played["packets"]]
    numbers = [packet.sequence for packet in packets if isinstance(packet, wire.Data) and packet.universe == 1]
    restart = len(numbers) - 1 - numbers[::-1].index(128)
    assert numbers[restart - 2 : restart] == [11, 0]
    assert {packet.cid for packet in packets} == {packets[0].cid}
    assert played["levels"]["1"][140][0] == 200


def test_a_terminated_stream_is_gone_at_once(played):
    assert [each for each in played["availability"] if each[1] == "available"] == [[1, "available"], [300, "available"]]
    assert {universe for universe, change in played["availability"] if change == "timeout"} == {1, 300}


def test_the_sync_packet_follows_the_last_universe_of_each_tick_on_the_wire(played):
    """CORE 14."""
    packets = [wire.decode(bytes.fromhex(data)) for _, data in played["packets"]]
    kinds = ["sync" if isinstance(each, wire.Sync) else each.universe for each in packets
             if not isinstance(each, wire.Discovery)]
    assert kinds[:6] == [1, 1, 300, 300, "sync", "sync"]
    assert kinds[6 : 6 + 3 * 139] == [1, 300, "sync"] * 139


def test_everything_goes_to_its_own_group_and_the_list_of_universes_is_told(played):
    """E1.31 §9.3.1, §12."""
    for group, data in played["packets"]:
        packet = wire.decode(bytes.fromhex(data))
        if isinstance(packet, wire.Discovery):
            assert (group, packet.universes) == ("239.255.250.214", (1, 7, 300))
        else:
            assert GROUPS_OF_OURS[group] == (packet.sync if isinstance(packet, wire.Sync) else packet.universe)
    assert {group for group, _ in played["packets"]} == set(GROUPS_OF_OURS)


def test_we_read_what_the_library_sends(played):
    assert played["desk"] == ["their desk", 4, 120, 512, [9, 8, 7]]


def test_every_packet_is_whole(played, tmp_path):
    """tshark dissects every universe; Debian's 4.0 knows no other sACN packet, so of those the library is the judge."""
    packets = [(group, bytes.fromhex(data)) for group, data in played["packets"]]
    packets = [(group, data) for group, data in packets if isinstance(wire.decode(data), wire.Data)]
    capture.write(tmp_path / "sacn.pcap", [
        capture.Datagram(("127.0.0.1", 40000), (group, wire.PORT), data) for group, data in packets])
    rows = dissected(tmp_path / "sacn.pcap", FIELDS, *AS_ACN)
    assert len(rows) == len(packets) > 280
    for row, (_, data) in zip(rows, packets, strict=True):
        packet = wire.decode(data)
        ended = str(int(bool(packet.options & wire.TERMINATED)))
        assert row == ["", str(uuid.UUID(bytes=packet.cid)), packet.source, str(packet.priority), str(packet.sequence),
                       "0", ended, str(packet.universe), "513"]


def test_the_judge_sees_a_broken_packet(tmp_path):
    """The control."""
    cut = bytes(wire.packet(CID, "desk", 1))[:-5]
    capture.write(tmp_path / "bad.pcap", [capture.Datagram(("127.0.0.1", 40000), ("239.255.0.1", wire.PORT), cut)])
    ((malformed, *_),) = dissected(tmp_path / "bad.pcap", FIELDS, *AS_ACN)
    assert "Malformed" in malformed
