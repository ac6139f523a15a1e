"""olad at the other end of a cable judges our sACN, sends us its own, and is listed beside a simulated node."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from showctl.codec import sacn as wire
from tests.peers import cable, programs
from tests.peers import olad_cable_room as room
from tests.peers.test_olad import OTHER_PLUGINS
from tests.peers.test_sacn import AS_ACN
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

FIELDS = ["ip.src", "ip.dst", "acn.dmx.source_name", "acn.dmx.priority", "acn.dmx.universe", "acn.dmx.option_s"]
PATCH = {"11-1-I-0": room.OURS[0], "11-1-I-1": room.OURS[1], "11-1-O-0": room.THEIRS, "2-1-I-0": 1,
         "14-1-O-0": room.OURS[0], "14-1-O-1": room.OURS[1], "14-1-I-0": room.THEIRS}


def configure(directory):
    """olad's own configuration: sACN, Art-Net and OSC on the cable, patched."""
    target = f"{cable.HERE}:{room.BACK}/dmx/universe/%d"
    settings = {plugin: {"enabled": "false"} for plugin in OTHER_PLUGINS}
    settings["e131"] = {"ip": cable.THERE, "input_ports": 2, "output_ports": 1, "prepend_hostname": "false"}
    settings["artnet"] = {"ip": cable.THERE, "net": 0, "subnet": 0}
    settings["osc"] = {"udp_listen_port": room.LISTEN, "input_ports": 1, "output_ports": 2,
                       "port_0_address": "/dmx/universe/%d", "port_0_targets": target, "port_1_targets": target}
    settings["port"] = PATCH
    for name, pairs in settings.items():
        (directory / f"ola-{name}.conf").write_text("".join(f"{key} = {value}\n" for key, value in pairs.items()))


def somebody_else():
    """olad refuses to be root."""
    if os.geteuid() == 0:
        return [programs.need("setpriv"), "--reuid", "olad", "--regid", "nogroup", "--clear-groups"]
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(what each held, every sACN universe on the cable as tshark reads it)."""
    folder = tmp_path_factory.mktemp("olad")
    with tempfile.TemporaryDirectory(prefix="showctl-olad-") as name:
        directory = Path(name)
        configure(directory)
        if os.geteuid() == 0:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, "olad")
        olad = [programs.need("olad"), "--no-http", "--no-register-with-dns-sd", "-l", "3", "-r", "9010", "-c", name]
        said = cable.played("olad_cable_room.py", str(folder), *somebody_else(), *olad)
    return said, dissected(folder / "cable.pcap", FIELDS, "-Y", "acn.dmx.universe", *AS_ACN)


def test_olad_holds_what_our_sacn_said_and_follows_the_stronger_of_two(played):
    """That the room ends says it: 20 looks in two universes each held before the next, then priority 110 over 90.

    A stream that says its end is left at once, not after 2.5 s of silence (E1.31 §6.2.6, §6.7.1).
    """
    said, _ = played
    assert said["taken_over_s"] < 1.5


def test_what_olad_sends_becomes_our_triggers(played):
    said, _ = played
    for slot, levels in ((1, [*range(1, 65)]), (512, [255 - level for level in range(1, 65)])):
        told = [each for each in said["triggers"] if each[0] == f"dmx/{room.THEIRS}/{slot}"]
        assert [value for _, value, _, _ in told if value] == levels
        assert [retained for *_, retained in told] == [True] + [False] * (len(told) - 1)
        assert {sender for _, _, sender, _ in told} == {cable.THERE}


def test_another_program_on_a_universe_of_ours_is_named_once(played):
    """SEMANTICS, last list: a warning when another program sends to our node."""
    said, _ = played
    (words,) = said["malformed"]
    assert words.startswith(f"{cable.THERE}: another source sends universe {room.THEIRS} too: 'OLA")
    assert words.endswith("priority 100; ours has 80, so nodes follow it")


def test_devices_lists_a_simulated_node_and_a_real_olad(played):
    """Issue "Light on time", Shows."""
    said, _ = played
    nodes = {each["settings"]["host"]: (each["name"], each["notes"]) for each in said["devices"]["devices"]
             if each["driver"] == "artnet"}
    assert nodes[room.NODE] == ("panel", ["Six panels", "puts out universe 0, 1"])
    name, notes = nodes[cable.THERE]
    assert name == "OLA - ArtNet node"
    assert any("universe" in note for note in notes)
    assert [each for each in said["devices"]["troubles"] if each["driver"] in ("artnet", "sacn")] == []


def test_devices_lists_who_sends_sacn(played):
    """olad tells no list of its universes, so it is what was heard of it; ours may be heard or told (E1.31 §12)."""
    said, _ = played
    sources = {each["name"]: each["notes"] for each in said["devices"]["devices"] if each["driver"] == "sacn"}
    assert sources["OLA Server"][:3] == [
        f"at {cable.THERE}", f"sends universe {room.THEIRS} (tells no list; 1 to 64 were listened to)", "priority 100"]
    assert sources["showctl desk"][1].startswith(f"sends universe {room.THEIRS}")
    assert "priority 80" in sources["showctl desk"]


def test_every_packet_on_the_cable_is_whole_and_says_what_the_sheet_says(played):
    _, rows = played
    assert {row[0] for row in rows} == {""}
    ours = {(row[3], row[4], row[5], row[2]) for row in rows if row[1] == cable.HERE}
    assert ours == {("showctl weak", "90", str(universe), wire.group(universe)) for universe in room.OURS} | {
        ("showctl strong", "110", str(room.OURS[0]), wire.group(room.OURS[0])),
        ("showctl desk", "80", str(room.THEIRS), wire.group(room.THEIRS))}
    assert {row[5] for row in rows if row[1] == cable.THERE} == {str(room.THEIRS)}
    assert sum(row[6] == "1" for row in rows if row[3] == "showctl strong") == 3
