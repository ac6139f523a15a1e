"""aioartnet, another author's Art-Net: each finds the other by ArtPoll and takes the other's universe."""

import asyncio
import socket

import aioartnet
import pytest

from showctl.codec import artnet as wire
from showctl.model import DmxFrame, Malformed, Trigger
from showctl_drivers import artnet
from tests.peers import programs

pytestmark = pytest.mark.peers

HERE, THERE = "127.0.0.74", "127.0.0.1"


@pytest.fixture
async def other():
    """A client that puts universe 1 out and sends universe 2, to who wants it."""
    if programs.udp_taken(wire.PORT):
        pytest.fail("UDP port 6454 is taken: stop the other Art-Net program; aioartnet uses no other", pytrace=False)
    client = aioartnet.ArtNetClient(portName="other")
    client.unicast_ip, client.broadcast_ip = THERE, "127.255.255.255"
    transport = await client.connect()
    client.set_port_config(1, is_output=True)
    client.set_port_config(2, is_input=True)
    yield client
    client._task.cancel()
    await asyncio.gather(client._task, return_exceptions=True)
    transport.close()
    await asyncio.sleep(0)


async def until(holds):
    async with asyncio.timeout(8):
        while not holds():
            await asyncio.sleep(0.01)


async def test_each_finds_the_other_and_takes_its_universe(other):
    told = []
    inputs = ("dmx/2/1", "dmx/2/512", "dmx/256/1", f"node/{THERE}")
    settings = artnet.Config(host=THERE, interface=HERE, name="panels", inputs=inputs)
    async with artnet.connect(settings, told.append) as send:
        await until(lambda: any(node.portName == "showctl" and len(node.ports) == 2 for node in other.get_nodes()))
        (found,) = [node for node in other.get_nodes() if node.portName == "showctl"]
        assert (found.longName, found.ip, found.style) == ("showctl panels", HERE, 1)
        assert sorted((port.portaddr, port.is_input) for port in found.ports) == [(2, False), (256, False)]
        send(DmxFrame("panels", 1, bytes(range(256)) * 2))
        await until(lambda: other.universes[1].last_data == bytearray(range(256)) * 2)
        for level in (7, 8):
            other.set_dmx(2, bytes([level]) * 512)
        await until(lambda: told[-1] == Trigger("panels", "dmx/2/512", 8, THERE))
    assert Trigger("panels", f"node/{THERE}", "online") in told
    assert [note.value for note in told if isinstance(note, Trigger) and note.address == "dmx/2/1"] == [7, 8]
    assert [note for note in told if isinstance(note, Malformed)] == []


async def test_devices_lists_it(other):
    (found,) = [each async for each in artnet.find(HERE)]
    assert (found.settings, found.name) == ((("host", THERE),), "other")
    assert found.notes == ("other (aioartnet)", "puts out universe 1")


async def test_while_it_has_every_address_ours_is_ours_alone(other):
    """Two of ours on one address would each lose half of what is sent."""
    async with artnet.connect(artnet.Config(host=THERE, interface=HERE, name="panels"), print):
        await asyncio.sleep(0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
            second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                second.bind((HERE, wire.PORT))
