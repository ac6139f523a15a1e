"""liblo's oscsend and oscdump at the other end of our OSC driver."""

import asyncio
import socket
import subprocess

import pytest

from showctl.model import EdgeFrame, LevelFrame, Reply
from showctl_drivers import osc
from tests.peers import programs

pytestmark = pytest.mark.peers


async def oscsend(port, *words):
    command = [programs.need("oscsend"), "127.0.0.1", str(port), *words]
    done = await asyncio.to_thread(subprocess.run, command, timeout=10, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_what_oscsend_says_is_heard():
    port = programs.free_port(socket.SOCK_DGRAM)
    told = []
    async with osc.connect(osc.Config(listen=f"127.0.0.1:{port}", name="tablets"), told.append):
        await oscsend(port, "/showctl/go")
        await oscsend(port, "/showctl/master", "f", "0.25")
        await oscsend(port, "/a", "ihfdsTFN", "-7", "8589934592", "0.5", "0.125", "Tür")
        for _ in range(200):
            if len(told) >= 3:
                break
            await asyncio.sleep(0.01)
    assert [(note.address, note.value) for note in told] == [
        ("/showctl/go", ()), ("/showctl/master", (0.25,)),
        ("/a", (-7, 8589934592, 0.5, 0.125, "Tür", True, False, None)),
    ]
    assert all(note.sender.startswith("127.0.0.1:") for note in told)


async def test_what_we_say_is_read_by_oscdump(tmp_path):
    port = programs.free_port(socket.SOCK_DGRAM)
    log = tmp_path / "oscdump.log"
    command = ["oscdump", "-L", str(port)]
    with programs.running(command, lambda: programs.udp_taken(port), log=log):
        async with osc.connect(osc.Config(host="127.0.0.1", port=port, name="desk"), print) as send:
            send(LevelFrame("desk", ("osc", "/ch/01/mix/fader"), 1, 4))
            send(EdgeFrame("desk", ("osc", "/cue"), (7, 0.5, "go stage"), 0, 1))
            send(Reply("desk", f"127.0.0.1:{port}", "/showctl/state", ("doors",)))
        programs.wait_until(lambda: log.read_text().count("\n") >= 3, "oscdump")
    said = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert said == ['/ch/01/mix/fader f 0.250000', '/cue ifs 7 0.500000 "go stage"', '/showctl/state s "doors"']
