"""Desks at the other end of a cable: the sacn library and olad send us universes, by multicast and by unicast."""

import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from showctl.codec import sacn as wire
from tests.peers import cable, programs, sacn_in_room, test_olad
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    """(what was told and found, the file of packets)."""
    folder = tmp_path_factory.mktemp("desks")
    return cable.played("sacn_in_room.py", str(folder)), folder / "cable.pcap"


def test_the_strongest_desk_has_the_universe_and_lets_go_when_it_ends(desks):
    """E1.31 §6.2.3, §6.2.6: two desks on one machine, told apart by their CIDs."""
    told, _ = desks
    rest = "00" * 510
    first, *ramp, strong, weak, _, again, last = told["dmx/1"][1:]
    assert told["dmx/1"][0] == "online"
    assert (first, strong, weak, again, last) == (f"0102{rest}", f"0505{rest}", f"c702{rest}", weak, "offline")
    assert ramp == sorted(ramp)
    assert ramp[-1] == weak
    assert told["senders"] == [cable.THERE]
    assert told["malformed"] == []


def test_a_desk_may_have_a_priority_for_each_slot(desks):
    """Start code 0xDD, as the library sends it: slot 2 is the guest's, all else the house's."""
    told, _ = desks
    assert told["dmx/1"][-3] == f"c709{'00' * 510}"


def test_a_desk_is_heard_by_unicast(desks):
    told, _ = desks
    assert told["dmx/2/1"] == [7]


def test_a_machine_that_stops_without_a_word_is_missed_after_2_5_s(desks):
    """§6.7.1; its last packet may have come a second before."""
    told, _ = desks
    assert 1.4 < told["silent"] < 3.2


def test_a_desk_on_our_universe_is_named_once_with_what_nodes_make_of_it(desks):
    """SEMANTICS, last list; again when that changes."""
    told, _ = desks
    assert [re.sub(r"CID [0-9a-f-]{36}", "CID", each) for each in told["rivals"]] == [
        f"{cable.THERE}: another source sends universe 1 too: '{name}' (CID), priority {priority}; ours has 110, "
        f"so nodes follow {whom}"
        for name, priority, whom in (("house", 100, "us"), ("guest", 120, "it"), ("guest", 50, "us"))]


def test_devices_lists_the_desks_and_ourselves(desks):
    """`showctl devices`. The library tells its list by broadcast, not to the group of §9.3; what it sends is heard."""
    told, _ = desks
    found = {name: notes for name, *notes in told["found"]}
    assert {"house", "guest", "showctl panels"} <= found.keys()
    assert found["house"][:3] == [
        f"at {cable.THERE}", "sends universe 1 (tells no list; 1 to 64 were listened to)", "priority 100"]
    assert found["showctl panels"][:3] == [f"at {cable.HERE}", "sends universe 1", "priority 110"]


def test_another_interface_hears_nothing_of_it(desks):
    """Law 11: the same groups, joined on loopback only, by another connection."""
    told, _ = desks
    assert told["elsewhere"] == 0


def test_we_join_only_what_is_wanted_and_send_nothing_but_our_universe(desks):
    """Law 11, as tshark reads it: membership reports, our universe and the list of universes."""
    _, file = desks
    ours = {socket.inet_ntoa(socket.inet_aton(cable.HERE))}
    rows = dissected(file, ["ip.dst", "igmp.maddr", "udp.dstport"], "-Y", f"ip.src == {ours.pop()}")
    sent = {dst for malformed, dst, _, port in rows if port}
    joined = {group for _, _, groups, port in rows if not port for group in groups.split(",") if group}
    assert {malformed for malformed, *_ in rows} == {""}
    assert sent == {wire.group(1), wire.group(wire.DISCOVERY_UNIVERSE)}
    listened = {wire.group(universe) for universe in (*range(1, 65), wire.DISCOVERY_UNIVERSE)}    # by devices
    assert {wire.group(1), wire.group(2)} <= joined <= listened


def test_an_interface_that_was_pulled_out_is_heard_again():
    """By its name, with another address; what is missing is said once."""
    told = cable.played("sacn_unplugged_room.py")
    assert told["values"] == [1, 2, 3, 4]
    assert told["troubles"] == [
        "sACN is not heard on stage0: no interface with this name; check the cable and 'interface'"]


@pytest.fixture(scope="module")
def olad():
    with tempfile.TemporaryDirectory(prefix="showctl-olad-") as name:
        folder = Path(name)
        test_olad.configure(folder, sacn_in_room.OSC_PORT, 9)
        (folder / "ola-e131.conf").write_text(
            f"enabled = true\nip = {cable.THERE}\ninput_ports = 0\noutput_ports = 1\nprepend_hostname = false\n")
        (folder / "ola-artnet.conf").write_text("enabled = false\n")
        (folder / "ola-port.conf").write_text("14-1-I-0 = 3\n11-1-O-0 = 3\n11-1-O-0_priority_mode = 0\n")
        root = os.geteuid() == 0
        if root:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "olad")
            somebody = [programs.need("setpriv"), "--reuid=olad", "--regid=nogroup", "--clear-groups"]
        else:
            somebody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        command = [*somebody, programs.need("olad"), "--no-http", "--no-register-with-dns-sd", "-l", "3", "-r", "9010",
                   "-c", name]
        return cable.played("sacn_in_room.py", name, *command)


def test_olad_is_heard_to_the_last_level(olad):
    """Its stream: 512 slots, priority 100, no list of universes."""
    levels = olad["dmx/3"]
    assert (levels[0], levels[-1]) == ("online", "4d" * 512)
    assert all(level == level[:2] * 512 for level in levels[1:])
    assert olad["dmx/3/512"][-1] == 77
    assert olad["malformed"] == []
