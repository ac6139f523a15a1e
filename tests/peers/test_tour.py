"""README's second stop: a running show pressed from another shell, with the programs that README names."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from showctl import cli
from tests.peers.programs import need, running, wait_until

pytestmark = pytest.mark.peers

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8").splitlines()
TOUR = [line for line in README if line.startswith(("oscsend ", "mosquitto_pub "))]
TAKEN = re.compile(r"port (\d+) is taken: .* is on 127\.0\.0\.1:(\d+)")


def spoken(line: str, ports: dict[str, str]) -> list[str]:
    """A line of README; a port that somebody else holds is the one that the rig named instead."""
    program, *words = shlex.split(line)
    port = ["-p", ports.get("1883", "1883")] if program == "mosquitto_pub" else []
    return [need(program), *(ports.get(word, word) for word in words), *port]


def test_oscsend_and_mosquitto_pub_move_the_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CORE 16: the journal holds the GO and both ways of the door, and repeats."""
    go, opens, closes = TOUR
    journal, log = tmp_path / "run.jsonl", tmp_path / "run.log"
    command = [sys.executable, "-m", "showctl", "run", str(HOUSE / "cuesheets/corner-shop.yaml"), "--rig",
               "--for", "60s", "--journal", str(journal)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def recorded(words: str, times: int = 1) -> bool:
        return journal.exists() and journal.read_text().count(words) >= times

    closed = '{\\"contact\\": true}'

    with running(command, lambda: recorded(closed), log=log, environment=environment, seconds=20):
        ports = dict(TAKEN.findall(log.read_text()))
        subprocess.run(spoken(go, ports), check=True, timeout=10)
        wait_until(lambda: recorded('"target":"doors"'), go)
        subprocess.run(spoken(opens, ports), check=True, timeout=10)
        wait_until(lambda: recorded('"name":"door","value":true'), opens)
        subprocess.run(spoken(closes, ports), check=True, timeout=10)
        wait_until(lambda: recorded(closed, times=2), closes)
    assert cli.main(["replay", str(journal)]) == 0
    assert "identical" in capsys.readouterr().out
