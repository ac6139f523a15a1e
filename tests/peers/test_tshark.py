"""tshark is the judge of our bytes: it dissects every Art-Net and OSC packet that a test socket received."""

import asyncio
import os
import socket
import subprocess

import pytest

from showctl.codec import artnet as artnet_codec
from showctl.codec import artnet_poll
from showctl.codec import osc as osc_codec
from showctl.model import DmxFrame, EdgeFrame, LevelFrame, Reply
from showctl_drivers import artnet, osc
from tests.peers import capture, programs

pytestmark = pytest.mark.peers

ARTNET = ["artnet.header.opcode", "artnet.header.protver", "artnet.output.sequence", "artnet.output.universe",
          "artnet.output.length"]
OSC = ["osc.message.header.path", "osc.message.header.format", "osc.message.int32", "osc.message.float",
       "osc.message.string", "osc.message.blob.size"]


def dissected(file, fields, *options):
    """A row of ``fields`` for each packet, after whether tshark calls it malformed."""
    columns = [part for field in ["_ws.malformed", *fields] for part in ("-e", field)]
    command = [programs.need("tshark"), "-r", str(file), *options, "-T", "fields", "-E", "separator=|", *columns]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


@pytest.fixture
def sink():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def received(sock):
    found = []
    for _ in range(2000):
        try:
            data, source = sock.recvfrom(5000)
        except BlockingIOError:
            break
        found.append(capture.Datagram(source, sock.getsockname(), data))
    return found


async def test_every_art_net_packet_is_whole(tmp_path, sink):
    port = sink.getsockname()[1]
    universes = [0, 1, 255, 256, 4660, 32767]
    async with artnet.connect(artnet.Config(port=port, exit="blackout", name="panels"), print) as send:
        for level in range(50):
            for universe in universes:
                send(DmxFrame("panels", universe, os.urandom(511) + bytes([level])))
    packets = received(sink)
    capture.write(tmp_path / "artnet.pcap", packets)
    rows = dissected(tmp_path / "artnet.pcap", ARTNET, "-d", f"udp.port=={port},artnet")
    wanted = [["", "0x5000", "14", str(number), str(universe), "512"]
              for number in range(1, 52) for universe in universes]
    assert rows == wanted


POLLS = ["artnet.header.opcode", "artnet.poll_reply.ip_address", "artnet.poll_reply.short_name",
         "artnet.poll_reply.long_name", "artnet.poll_reply.num_ports", "artnet.poll_reply.subswitch",
         "artnet.poll_reply.swout_1", "artnet.poll_reply.port_types_1", "artnet.poll_reply.bind_index"]


async def test_every_packet_that_is_not_dmx_is_whole_too(tmp_path, sink):
    """ArtPoll, ArtPollReply and ArtSync as the driver sends them to a poller and a node."""
    port = sink.getsockname()[1]
    settings = artnet.Config(port=port, sync=True, interface="127.0.0.72", inputs=("dmx/35/1",), name="panels")
    async with artnet.connect(settings, print) as send:
        await asyncio.sleep(0.05)
        sink.sendto(artnet_poll.poll(), ("127.0.0.72", port))
        send(DmxFrame("panels", 1, bytes(512)))
        await asyncio.sleep(0.05)
    capture.write(tmp_path / "polls.pcap", received(sink))
    rows = dissected(tmp_path / "polls.pcap", POLLS, "-d", f"udp.port=={port},artnet")
    assert sorted((row[0], row[1]) for row in rows) == [("", code) for code in ("0x2000", "0x2100", "0x5000", "0x5200")]
    (reply,) = [row[2:] for row in rows if row[1] == "0x2100"]
    assert reply == ["127.0.0.72", "showctl", "showctl panels", "1", "0x02", "0x03", "0x80", "0x01"]


def test_the_universe_that_two_desks_send_us_is_marked(tmp_path):
    """Art-Net 4, "Data Merging": bit 3 of GoodOutput, of the second port."""
    (reply,) = artnet_poll.replies("127.0.0.72", "showctl", "showctl panels", (0, 3), (3,))
    capture.write(tmp_path / "merged.pcap", [
        capture.Datagram(("127.0.0.72", 6454), ("127.0.0.73", 6454), reply)])
    fields = [f"artnet.poll_reply.{name}" for name in (
        "swout_1", "good_output_1", "swout_2", "good_output_2", "good_output_merge_artnet")]
    ((malformed, *ports, merging),) = dissected(tmp_path / "merged.pcap", fields, "-d", "udp.port==6454,artnet")
    assert (malformed, ports) == ("", ["0x00", "0x00", "0x03", "0x08"])
    assert [int(each, 16) for each in merging.split(",")] == [0, 1, 0, 0]


async def test_every_osc_packet_is_whole(tmp_path, sink):
    port = sink.getsockname()[1]
    settings = osc.Config(host="127.0.0.1", port=port, dmx="ola", name="desk")
    async with osc.connect(settings, print) as send:
        send(LevelFrame("desk", ("osc", "/ch/01/mix/fader"), 1, 4))
        send(EdgeFrame("desk", ("osc", "/cue"), (7, 0.5, "go stage"), 0, 1))
        send(EdgeFrame("desk", ("osc", "/go"), None, 0, 1))
        send(Reply("desk", f"127.0.0.1:{port}", "/showctl/refused", ("too early", -1)))
        send(DmxFrame("desk", 3, bytes(512)))
    packets = received(sink)
    capture.write(tmp_path / "osc.pcap", packets)
    rows = dissected(tmp_path / "osc.pcap", OSC, "--enable-heuristic", "osc_udp")
    assert rows == [
        ["", "/ch/01/mix/fader", ",f", "", "0.25", "", ""],
        ["", "/cue", ",ifs", "7", "0.5", "go stage", ""],
        ["", "/go", ",", "", "", "", ""],
        ["", "/showctl/refused", ",si", "-1", "", "too early", ""],
        ["", "/dmx/universe/3", ",b", "", "", "", "512"],
    ]


async def test_every_slot_of_a_qlc_universe_is_whole(tmp_path, sink):
    settings = osc.Config(host="127.0.0.1", port=sink.getsockname()[1], dmx="qlc", name="desk")
    async with osc.connect(settings, print) as send:
        send(DmxFrame("desk", 1, bytes(range(256)) * 2))
        await asyncio.sleep(0.05)
    capture.write(tmp_path / "qlc.pcap", received(sink))
    rows = dissected(tmp_path / "qlc.pcap", OSC[:4], "--enable-heuristic", "osc_udp")
    assert sorted(row[1] for row in rows) == sorted(f"/1/dmx/{slot}" for slot in range(512))
    assert {(row[0], row[2]) for row in rows} == {("", ",f")}
    for _, path, _, _, value in rows:
        assert float(value) == pytest.approx(int(path.rpartition("/")[2]) % 256 / 255, abs=1e-6)


def test_the_judge_sees_a_broken_packet(tmp_path):
    """The control: cut packets are malformed, or lack what was said."""
    here, there = ("127.0.0.1", 40000), ("127.0.0.1", 46454)
    art_net, message = artnet_codec.encode(0, 1, bytes(512))[:-5], osc_codec.encode("/x", (1, "a"))[:-4]
    packets = [capture.Datagram(here, there, art_net), capture.Datagram(here, here, message)]
    capture.write(tmp_path / "bad.pcap", packets)
    options = ("-d", "udp.port==46454,artnet", "--enable-heuristic", "osc_udp")
    first, second = dissected(tmp_path / "bad.pcap", ["osc.message.int32", "osc.message.string"], *options)
    assert "Malformed" in first[0]
    assert second == ["", "1", ""]
