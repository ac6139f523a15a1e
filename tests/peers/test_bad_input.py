"""A show goes on among bad neighbours: rubbish by Art-Net, sACN and USB is dropped, counted and named."""

import json
import os
import subprocess
import sys

import pytest

from tests.peers import cable
from tests.peers.test_sacn import AS_ACN
from tests.peers.test_tshark import dissected

pytestmark = pytest.mark.peers

FIELDS = ["artnet.header.opcode", "artnet.output.universe", "acn.dmx.source_name", "acn.dmx.universe"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(what happened, the folder)."""
    folder = tmp_path_factory.mktemp("neighbours")
    return cable.played("bad_input_room.py", str(folder), seconds=90), folder


def test_nothing_fires_but_what_a_real_desk_sends(played):
    """Every packet of the attack that was not whole, old, weak, a stranger's or a preview had its slot at full."""
    said, _ = played
    assert said["fired"] == 0
    assert [b"desk" in bytes.fromhex(each) for each in said["hits"]] == [True, False]
    assert b"house" in bytes.fromhex(said["hits"][1])


def test_the_light_goes_on_meanwhile(played):
    """Each tick of the fade came, none of them late by more than a few; the box and the wall got theirs too."""
    said, _ = played
    assert said["frames"] > 0.9 * 44 * said["seconds"]
    assert said["longest_gap_s"] < 0.2
    assert said["walls"] > 100
    assert said["box"] > 50_000


def test_all_that_is_broken_is_counted_at_whom_it_came_from(played):
    """Art-Net and sACN cut at every length, old packets, impostors, a second source; a USB box once.

    Replies of 207 to 421 bytes are whole as the field knows them, and a weaker source or a preview is no mistake.
    """
    said, _ = played
    assert said["refused"] == said["sent"]
    assert said["refused_at_the_end"][f"panels {cable.HERE}"] > said["sent"][f"panels {cable.HERE}"]


def test_the_log_names_them_in_a_line_a_second(played):
    """Law 4."""
    _, folder = played
    lines = (folder / "showctl.log").read_text().splitlines()
    told = [line for line in lines if line.startswith(("panels from", "wall from", "box:"))]
    assert {line.partition(":")[0].split(":")[0] for line in told} == {
        f"panels from {cable.HERE}", f"wall from {cable.HERE}", "box"}
    assert len(told) < 12
    assert [line for line in lines if "Traceback" in line or "failed" in line or "Error" in line] == []


def test_a_node_that_vanishes_is_lost_and_lit_all_the_same(played):
    """SEMANTICS 25: three polls without an answer."""
    said, folder = played
    inputs = [row for row in map(json.loads, (folder / "night.jsonl").read_text().splitlines()) if "input" in row]
    assert [each["address"] for each in inputs if (each["source"], each["value"]) == ("", "panels")][:2] == [
        "back", "lost"]      # up at the start, then missed
    assert said["lit_after"] > 44 * 5


def test_the_night_repeats_from_its_triggers(played):
    """CORE 1: what was refused is no input."""
    said, folder = played
    assert said["status"] == 0
    paths = os.pathsep.join(str(cable.HOUSE / part) for part in ("", "drivers", "sim"))
    command = [sys.executable, "-m", "showctl", "replay", str(folder / "night.jsonl")]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical" in done.stdout


def test_all_that_we_sent_is_whole(played):
    _, folder = played
    rows = dissected(folder / "cable.pcap", FIELDS, "-Y", f"ip.src == {cable.THERE} and (udp.port == 6454 or acn.cid)",
                     *AS_ACN)
    assert len(rows) > 500
    assert {row[0] for row in rows} == {""}
    assert {row[2] for row in rows if row[2]} == {"1"}
    assert {(row[3], row[4]) for row in rows if row[4]} == {("the wall", "2")}
