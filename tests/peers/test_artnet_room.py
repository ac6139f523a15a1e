"""A real olad judges our ArtPoll, ArtPollReply and DMX in, by broadcast in a network namespace of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.peers import programs, test_olad

pytestmark = pytest.mark.peers

HOUSE = Path(__file__).parents[2]
ROOM = Path(__file__).with_name("artnet_room.py")
OSC_PORT = 7770
NETWORK = " && ".join([
    "ip link set lo up", "ip link add panels type veth peer name wall", "ip link set panels up", "ip link set wall up",
    *(f"ip address add 10.77.0.{number}/24 brd + dev panels" for number in (1, 2)), 'exec "$@"',
])
"""A cable whose other end nobody holds: what is sent to everybody on it comes back to both addresses."""


@pytest.fixture(scope="module")
def played():
    """artnet_room.py, run once; what it prints."""
    root = os.geteuid() == 0
    olad = [programs.need("olad"), "--no-http", "--no-register-with-dns-sd", "-l", "3", "-r", "9010"]
    with tempfile.TemporaryDirectory(prefix="showctl-olad-") as name:
        directory = Path(name)
        test_olad.configure(directory, OSC_PORT, 9)
        text = (directory / "ola-artnet.conf").read_text().replace("127.0.0.1", "10.77.0.1")
        (directory / "ola-artnet.conf").write_text(text)
        (directory / "ola-port.conf").write_text("2-1-I-0 = 1\n14-1-I-0 = 2\n")
        if root:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, "olad")
        command = [programs.need("unshare"), "-n", *([] if root else ["-r"]), "sh", "-c", NETWORK, "sh",
                   sys.executable, str(ROOM), name, str(OSC_PORT),
                   *([] if root else ["unshare", "--user", "--map-user=1000", "--map-group=1000"]),    # not root to it
                   *olad, "-c", name]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [HOUSE, HOUSE / "drivers"]))}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        log = directory / "olad.log"
        assert done.returncode == 0, done.stderr + (log.read_text(errors="replace")[-2000:] if log.exists() else "")
    return json.loads(done.stdout)


def test_devices_lists_olad_by_what_it_says_of_itself(played):
    (olad,) = played["found"]
    assert olad[0] == {"host": "10.77.0.1"}
    assert olad[1] == "OLA - ArtNet node"
    assert any("universe" in note for note in olad)


def test_olad_is_there_until_it_stands_still_and_again_when_it_goes_on(played):
    """SEMANTICS 25: lost and back of a node that vanishes without an error."""
    assert played["presence"] == ["online", "offline", "False", "online", "True"]


def test_nothing_that_olad_says_is_malformed(played):
    assert played["malformed"] == []


def test_olad_asks_us_and_sends_what_our_triggers_want(played):
    """DMX in, from a sender that sends a universe only to who answered its ArtPoll with it."""
    first, *_, last = played["dmx"]
    assert first == ["dmx/2", "online", "10.77.0.1"]
    assert last == ["dmx/2/1", 255, "10.77.0.1"]
