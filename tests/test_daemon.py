"""The shell on the real loop: real OSC and Art-Net drivers; where a device must fail or wait, stand-ins from boxes."""

import asyncio
import errno
import itertools
import json
import os
import signal
import socket
import time
from contextlib import closing

import pytest

from showctl import journal, sheet, trace
from showctl.codec import osc
from showctl.driver import load, names
from showctl.model import DmxFrame, EdgeFrame, Lost, Malformed, Skip, Step, Trigger
from showctl.published import Topics
from showctl.replay import replay
from showctl.trace import End, Header, Note, Taken
from tests.boxes import CONFIGS, Box, absent, daemon, running, until

DRIVERS = {name: load(name) for name in names()}
MS = 1_000_000

SHEET = """
show: Bench
connections:
  panels:  {{driver: artnet, host: 127.0.0.1, port: {artnet}}}
  tablets: {{driver: osc, listen: "127.0.0.1:{osc}"}}
  sensors: {{driver: mqtt, broker: "127.0.0.1:1"}}
fixtures:
  key:  {{profile: generic/panel-cct, to: panels, at: 0/1}}
  fill: {{profile: generic/panel-cct, to: panels, at: 0/11}}
commands:
  lamp: {{to: sensors, topic: lamp}}
  cart: {{to: sensors, topic: cart, hazard: moves}}
triggers:
  door: {{from: sensors, topic: door, when: contact == false, alive: bridge}}
  bell: {{from: sensors, topic: bell, says: ring}}
go-gap: 0 s
cues:
  1: {{look: {{all: 20% 3200K}}}}
  2: {{look: {{key: 80%}}, fade: 2 s}}
  3: {{look: {{fill: 60%}}, send: {{lamp: "on"}}}}
  4: {{send: {{cart: go}}}}
  5: {{look: {{all: 50%}}}}
states:
  show:
    start: one
    one: {{cues: 1-5, on: {{bell: two}}, lost: {{sensors: {{say: No sensors}}}}}}
    two: {{look: {{all: 90%}}, on: {{go: one}}}}
    safe: {{fail: true, look: {{all: 70%}}, fade: 500 ms, send: {{lamp: safe}}, on: {{go: back}}}}
"""


def free_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def node():
    """An Art-Net node: a socket and its port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
def hand():
    """A tablet's socket."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def packets(sock):
    got = []
    while True:
        try:
            got.append(sock.recv(2048))
        except BlockingIOError:
            return got


def records(folder, name="run.jsonl"):
    return [trace.decode(line, number) for number, line in journal.read(folder / name)]


def repeat(folder, name="run.jsonl"):
    return replay(journal.read(folder / name), lambda bundle: sheet.read(**sheet.unbundle(bundle), configs=CONFIGS))


def boxes(log=None):
    """Stand-ins for all three connections."""
    return {name: Box(name, log) for name in ("artnet", "osc", "mqtt")}


TEXT = SHEET.format(artnet=6454, osc=8000)


def press(box, address, *arguments):
    box.emit(Trigger("tablets", f"/showctl/{address}", arguments, "127.0.0.1:9000"))


# ---- the spine ----

async def test_osc_in_art_net_out_journal_and_replay(tmp_path, node, hand):
    """CORE, first day: OSC → Art-Net; the journal of the live run replays identical."""
    port = free_port()
    text = SHEET.format(artnet=node.getsockname()[1], osc=port)
    show = daemon(text, tmp_path, {**DRIVERS, "mqtt": Box()})
    async with running(show):
        hand.sendto(osc.encode("/showctl/go"), ("127.0.0.1", port))
        await until(lambda: "2" in show.status.running)
        hand.sendto(osc.encode("/showctl/master", (0.5,)), ("127.0.0.1", port))
        await until(lambda: show.status.masters["grand"] < 16_000_000)
        await asyncio.sleep(0.3)
    got = packets(node)
    assert len(got) > 8
    assert {packet[:8] for packet in got} == {b"Art-Net\0"}
    assert got[0][18] == 51
    written = records(tmp_path)
    assert isinstance(written[0], Header)
    assert isinstance(written[-1], End)
    result = repeat(tmp_path)
    assert result.difference is None
    assert result.frames >= 8


async def test_three_stalls_in_a_fade_replay_identical(tmp_path, node, hand):
    """CORE 6, quiet failures: the loop stands still for 300 ms three times in a fade; the skips are the facts."""
    port = free_port()
    show = daemon(SHEET.format(artnet=node.getsockname()[1], osc=port), tmp_path, {**DRIVERS, "mqtt": Box()})
    async with running(show):
        hand.sendto(osc.encode("/showctl/go"), ("127.0.0.1", port))
        await until(lambda: "2" in show.status.running)
        for _ in range(3):
            await asyncio.sleep(0.1)
            time.sleep(0.3)
            hand.sendto(osc.encode("/showctl/master", (0.5,)), ("127.0.0.1", port))
        await asyncio.sleep(0.1)
    written = records(tmp_path)
    skipped = sum(record.last - record.first + 1 for record in written if isinstance(record, Skip))
    assert skipped >= 20
    assert show.health()["skipped"] == skipped
    assert show.punctuality.endswith(f"; {skipped} ticks skipped")
    stalls = [record for record in written if isinstance(record, Taken) and record.trigger.address == "stalled"]
    assert len(stalls) >= 3
    assert show.health()["late_worst_ns"] > 250 * MS
    assert repeat(tmp_path).difference is None


async def test_a_stall_is_admitted_just_before_what_it_delayed(tmp_path):
    """CORE 7: over 250 ms late: stalled(late_ns) stamped just before the oldest wake-up, then that."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "go")
        due_ns = show.merge.show.due_ns
        time.sleep(0.4)
        press(box["osc"], "master", 0.5)
    written = [record for record in records(tmp_path) if isinstance(record, Taken | Step)]
    place = next(index for index, record in enumerate(written)
                 if isinstance(record, Taken) and record.trigger.address == "stalled")
    assert written[place].at_ns == due_ns - 1
    assert 350 * MS < written[place].trigger.value < 2_000 * MS      # slept 400, due within one tick
    assert written[place + 2].trigger.address == "/showctl/master"
    assert repeat(tmp_path).difference is None


async def test_every_input_comes_strictly_after_everything_stepped(tmp_path):
    """CORE 2: at_ns = max(now, last + 1); here on a clock that stands still for 10 ms at a time."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        real = show.merge.now_ns
        show.merge.now_ns = lambda: real() // (10 * MS) * (10 * MS)
        for number in range(200):
            press(box["osc"], "master", number / 200)
    stamps = [record.at_ns for record in records(tmp_path) if isinstance(record, Taken)]
    assert len(stamps) >= 200
    assert all(before < after for before, after in itertools.pairwise(stamps))
    assert repeat(tmp_path).difference is None


async def test_what_a_driver_says_while_it_is_sent_to_waits_for_the_turn_to_end(tmp_path):
    """CORE 4: emit inside send: queued, bounded, in order; the light of the first goes out whole."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        said = []

        def echo(frame):
            if len(said) < 300:
                said.append(1)
                press(box["osc"], "master", 0.2 if len(said) % 2 else 0.9)

        box["artnet"].on_send = echo
        press(box["osc"], "master", 0.4)
        await until(lambda: len(said) >= 5)
    assert repeat(tmp_path).difference is None


async def test_a_flood_inside_one_turn_is_bounded(tmp_path, caplog):
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        def flood(_):
            box["artnet"].on_send = lambda frame: None
            for _ in range(5_000):
                press(box["osc"], "sensors", 1)

        box["artnet"].on_send = flood
        press(box["osc"], "master", 0.2)
        await until(lambda: "tablets" in show.tally.total)
        assert show.health()["queued"] <= 1024
        await until(lambda: show.health()["queued"] == 0)
        assert show.tally.total["tablets"] == 5_000 - 1024
    assert repeat(tmp_path).difference is None


# ---- what may leave when ----

async def test_light_first_then_the_record_then_the_edge(tmp_path, monkeypatch):
    """CORE 9: light waits for nothing; an edge leaves after its record is handed to the kernel."""
    log = []
    box = boxes(log)
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "cue/2/go")
        press(box["osc"], "panic")            # ends at rest: nothing is fading when the count begins
        await asyncio.sleep(0.7)
        real = show.journal.written
        monkeypatch.setattr(show.journal, "written", lambda: (log.append("written"), real())[1])
        del log[:]
        press(box["osc"], "cue/3/go")
        await until(lambda: "mqtt sent EdgeFrame topic" in log)
        content = (tmp_path / "run.jsonl").read_text()
    assert log.index("artnet sent DmxFrame") < log.index("written") < log.index("mqtt sent EdgeFrame topic")
    assert '"value":"on"' in content


async def test_a_hazard_leaves_after_the_disk_has_it(tmp_path, monkeypatch):
    """CORE 9: a hazard edge waits for fdatasync."""
    log = []
    box = boxes(log)
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (time.sleep(0.03), real(file), log.append("on disk"))[0])
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        await to_the_cart(show, box)
        assert "mqtt sent EdgeFrame topic" not in log
        assert show.merge.edges.held
        await until(lambda: "mqtt sent EdgeFrame topic" in log)
    assert log.index("on disk") < log.index("mqtt sent EdgeFrame topic")
    edge = next(frame for frame in box["mqtt"].sent if isinstance(frame, EdgeFrame) and frame.hazard)
    assert edge.value == "go"


async def to_the_cart(show, box):
    """Send the cart, confirmed as a hazard must be (SEMANTICS 33)."""
    press(box["osc"], "cue/4/start")
    if "4" not in show.status.running and not any(isinstance(f, EdgeFrame) and f.hazard for f in box["mqtt"].sent):
        press(box["osc"], "cue/4/start")


async def test_panic_takes_back_a_hazard_that_waits_for_the_disk(tmp_path, monkeypatch):
    """SEMANTICS 4: panic cancels queued edges."""
    box = boxes()
    monkeypatch.setattr(os, "fdatasync", lambda file: time.sleep(0.05))
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        await to_the_cart(show, box)
        assert show.merge.edges.held
        press(box["osc"], "panic")
        await asyncio.sleep(0.4)
        edges = [frame for frame in box["mqtt"].sent if isinstance(frame, EdgeFrame) and frame.address[0] == "topic"]
    assert [frame.value for frame in edges] == ["safe"]


async def test_a_disk_that_stands_still_drops_the_hazard_and_keeps_the_light(tmp_path, monkeypatch, caplog):
    """Journal degraded: the show goes on, hazards are dropped and shown."""
    box = boxes()
    monkeypatch.setattr(os, "fdatasync", lambda file: time.sleep(1))
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        await to_the_cart(show, box)
        press(box["osc"], "master", 0.5)
        await until(lambda: "could not record it" in caplog.text)
        assert show.merge.edges.held == 0
    assert not any(isinstance(frame, EdgeFrame) and frame.hazard for frame in box["mqtt"].sent)
    assert any(isinstance(record, Note) and record.topic == "not sent" for record in records(tmp_path))


async def test_a_full_disk_is_loud_and_a_new_part_begins(tmp_path, monkeypatch, caplog):
    """Disk full for a second: nothing raises, health says so, then header and snapshot in a new part; both replay."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "go")
        show.journal.written()
        real = os.write

        def full(file, data):
            if file > 2 and bytes(data[:1]) == b"{":
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(file, data)

        monkeypatch.setattr(os, "write", full)
        press(box["osc"], "master", 0.5)
        await until(lambda: show.health()["journal"]["trouble"])
        sent = len(box["artnet"].sent)
        press(box["osc"], "master", 0.6)
        await until(lambda: len(box["artnet"].sent) > sent)
        await until(lambda: "nothing is recorded" in caplog.text)
        monkeypatch.setattr(os, "write", real)
        await until(lambda: not show.health()["journal"]["trouble"])
        press(box["osc"], "master", 0.7)
    assert show.journal.path.name == "run-2.jsonl"
    assert repeat(tmp_path, "run-2.jsonl").difference is None
    assert repeat(tmp_path).difference is None


async def test_an_edge_too_old_at_hand_over_is_dropped_and_shown(tmp_path, caplog):
    """SEMANTICS 30: an edge not sent within its expires is dropped and shown, never sent late."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        old = show.merge.now_ns() - 3_000 * MS
        show.merge.edges.send([EdgeFrame("sensors", ("topic", "lamp"), "old", old, 2_000 * MS)])
        show.merge.edges.send([EdgeFrame("sensors", ("topic", "lamp"), "new", show.merge.now_ns(), 2_000 * MS)])
    sent = [frame.value for frame in box["mqtt"].sent if isinstance(frame, EdgeFrame) and frame.address[0] == "topic"]
    assert sent == ["new"]
    assert "ms old" in caplog.text


async def test_accepted_is_said_after_the_disk_has_it(tmp_path, monkeypatch):
    """DESIGN law 3, CORE 9: a GO is acknowledged after it is durable."""
    log = []
    box = boxes(log)
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (time.sleep(0.03), real(file), log.append("on disk"))[0])
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "go")
        accepted = lambda: [reply for reply in box["osc"].sent if getattr(reply, "path", "") == "/showctl/accepted"]  # noqa: E731
        assert not accepted()
        await until(accepted)
        assert "on disk" in log
        assert accepted()[0].peer == "127.0.0.1:9000"


# ---- devices come and go ----

async def test_lost_and_back_reach_the_show_and_levels_are_sent_again(tmp_path):
    """CORE 4, SEMANTICS 30: a driver's Lost closes it, tells the show, tries again; the present levels follow."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        box["artnet"].emit(Lost("panels", "cable out"))
        await until(lambda: show.links["panels"].up is False)
        assert show.health()["connections"]["panels"]["reason"] == "cable out"
        del box["artnet"].sent[:]
        await until(lambda: show.links["panels"].up)
        await until(lambda: any(isinstance(frame, DmxFrame) for frame in box["artnet"].sent))
        assert box["artnet"].connects == 2
    said = [record.trigger.address for record in records(tmp_path)
            if isinstance(record, Taken) and record.trigger.value == "panels"]
    assert said == ["back", "lost", "back"]
    assert repeat(tmp_path).difference is None


async def test_an_absent_device_is_reported_once_and_tried_again_with_back_off(tmp_path, caplog):
    """A DriverError at the start: one line, the show goes on, the device may come later."""
    box = boxes()
    box["mqtt"].refuse = absent("sensors: no broker at 127.0.0.1:1")
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "go")
        await until(lambda: "2" in show.status.running)
        await until(lambda: box["mqtt"].connects >= 3)
        assert caplog.text.count("no broker at") == 1
        box["mqtt"].refuse = None
        await until(lambda: show.links["sensors"].up)
    assert show.links["sensors"].losses == 1


async def test_a_driver_that_crashes_in_a_loop_touches_nothing_else(tmp_path, caplog):
    """Supervision: whatever a driver raises, in connect or in send, the rest runs on."""
    box = boxes()
    box["mqtt"].refuse = ZeroDivisionError("a bug in a driver")
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        def boom(_):
            raise KeyError("another")

        box["artnet"].on_send = boom
        press(box["osc"], "master", 0.5)
        await until(lambda: box["artnet"].connects >= 2)
        box["artnet"].on_send = lambda frame: None
        await until(lambda: show.links["panels"].up)
        press(box["osc"], "master", 0.6)
        await until(lambda: box["mqtt"].connects >= 2)
        assert show.merge.failures == 0
    assert "failed in send" in caplog.text
    assert repeat(tmp_path).difference is None


async def test_frames_for_a_device_that_is_away_are_counted_not_kept(tmp_path, caplog):
    """SEMANTICS 30: levels are sent again when it is back; an edge is dropped and shown."""
    box = boxes()
    box["mqtt"].refuse = absent("sensors: no broker")
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "cue/3/go")
        assert "sensors is down" in caplog.text
        box["mqtt"].refuse = None
        await until(lambda: show.links["sensors"].up)
        await asyncio.sleep(0.05)
    assert not [frame for frame in box["mqtt"].sent if isinstance(frame, EdgeFrame) and frame.address[0] == "topic"]


# ---- bad input, bad luck ----

async def test_malformed_input_is_counted_and_logged_at_a_bounded_rate(tmp_path, caplog):
    """Issue, Bad input: one clear, rate-limited line with sender and reason, counted in health; nothing is admitted."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        inputs = sum(isinstance(record, Taken) for record in records_so_far(show, tmp_path))
        for number in range(3_000):
            box["osc"].emit(Malformed("tablets", "not OSC: \x1b[2Jjunk", f"10.0.0.{number % 250}:{number}"))
        await until(lambda: show.merge.now_ns() > 1_100 * MS)
        assert show.health()["connections"]["tablets"]["malformed"] == 3_000
        assert sum(isinstance(record, Taken) for record in records_so_far(show, tmp_path)) == inputs
    assert caplog.text.count("not OSC") <= 2
    assert "\x1b" not in caplog.text
    counted = [record for record in records(tmp_path) if isinstance(record, Note) and record.topic == "refused"]
    assert sum(sum(note.counts.values()) for note in counted) == 3_000
    assert len(counted[0].counts) <= 257


def records_so_far(show, folder):
    show.journal.written()
    return records(folder)


async def test_a_defect_in_a_turn_stops_neither_driver_nor_show(tmp_path, monkeypatch, caplog):
    """Nothing raises out of emit; the input is in the journal, the next one is served."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        real = show.merge.show.admit
        monkeypatch.setattr(show.merge.show, "admit", lambda *_, **__: 1 // 0)
        press(box["osc"], "master", 0.5)
        monkeypatch.setattr(show.merge.show, "admit", real)
        press(box["osc"], "master", 0.25)
        assert show.status.masters["grand"] == 4194304
        assert show.health()["failures"] == 1
    assert "defect in showctl" in caplog.text


async def test_a_wake_up_that_fails_each_time_leaves_room_for_the_rest(tmp_path, monkeypatch, caplog):
    """A defect at a due time must not turn the loop into a busy wait."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "go")
        monkeypatch.setattr(show.merge.show, "run_until", lambda *_, **__: 1 // 0)
        await asyncio.sleep(0.5)
        assert 1 <= show.merge.failures <= 8
        monkeypatch.undo()


# ---- from start to end ----

async def test_lateness_is_noted_each_second(tmp_path):
    """Issue, Time: recorded, and shown in health."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        press(box["osc"], "cue/2/go")
        await until(lambda: show.merge.now_ns() > 2_050 * MS)
        late = show.health()["ticks_late"]
        assert late["number"] > 30
        assert 0 < late["p50_ns"] <= late["p99_ns"] <= late["worst_ns"]
    noted = [each.counts for each in records(tmp_path) if isinstance(each, Note) and each.topic == "alive"]
    assert sum(counts.get("ticks", 0) for counts in noted) == late["number"]
    assert noted[0]["triggers"] == 1
    assert noted[0]["triggers_p99_ns"] <= noted[0]["triggers_worst_ns"]


async def test_each_second_has_a_heartbeat(tmp_path):
    """CORE 7: a heartbeat record each second bounds the unknown."""
    show = daemon(TEXT, tmp_path, boxes())
    async with running(show):
        await until(lambda: show.merge.now_ns() > 2_100 * MS)
    beats = [record.at_ns for record in records(tmp_path) if isinstance(record, Note) and record.topic == "alive"]
    assert [at_ns // 1_000_000_000 for at_ns in beats[:2]] == [1, 2]


async def test_the_end_is_in_order(tmp_path):
    """SEMANTICS 16: each driver leaves its device as its exit says, in the sheet's order; the journal ends whole."""
    log = []
    show = daemon(TEXT, tmp_path, boxes(log))
    async with running(show):
        pass
    assert [line for line in log if "closed" in line] == ["artnet closed", "osc closed", "mqtt closed"]
    assert isinstance(records(tmp_path)[-1], End)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_run(tmp_path, number):
    show = daemon(TEXT, tmp_path, boxes())
    async with running(show) as task:
        os.kill(os.getpid(), number)
        await asyncio.wait_for(asyncio.shield(task), 5)
    assert isinstance(records(tmp_path)[-1], End)


async def test_nothing_is_sent_before_the_first_look(tmp_path):
    """SEMANTICS 16: drivers are up first, and the first frame is the start state's look."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        pass
    first = box["artnet"].sent[0]
    assert (first.at_ns, first.slots[0], first.slots[10]) == (0, 51, 51)


async def test_first_triggers_are_admitted_before_anything_else(tmp_path):
    """Start at state X: the first recorded input."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    await show.run([Trigger("terminal", "/showctl/start/two", (), "terminal")], 0.05)
    first = next(record for record in records(tmp_path) if isinstance(record, Taken))
    assert first.trigger.address == "/showctl/start/two"
    assert show.status.states["show"] == "two"
    assert repeat(tmp_path).difference is None


async def test_state_standby_and_health_are_published_retained(tmp_path):
    """DESIGN §7: showctl/<show>/state, /standby, /health on MQTT; again for a broker that has come back."""
    box = boxes()
    show = daemon(TEXT, tmp_path, box)
    async with running(show):
        await until(lambda: show.merge.now_ns() > 1_050 * MS)
        said = {frame.address[1]: frame.value for frame in box["mqtt"].sent if frame.address[0] == "state"}
        assert said["showctl/bench/state"] == '{"show":"one"}'
        assert said["showctl/bench/standby"] == '{"show":"2"}'
        assert '"panels":true' in said["showctl/bench/health"]
        assert said["showctl/bench/health"].endswith('"late_ms":1,"skipped":0}')
        del box["mqtt"].sent[:]
        box["mqtt"].emit(Lost("sensors", "broker gone"))
        await until(lambda: any(frame.address[-1] == "showctl/bench/state" for frame in box["mqtt"].sent))


@pytest.mark.parametrize(("late_ns", "told"), [(0, 1), (MS, 1), (MS + 1, 2), (3 * MS, 5), (10**10, 1000)])
def test_lateness_is_published_in_steps(late_ns, told):
    """What changes each second tells nobody anything."""
    topics = Topics(sheet.read(TEXT, "test.yaml", CONFIGS))
    health = {"connections": {}, "journal": {"trouble": ""}, "ticks_late": {"p99_ns": late_ns}, "skipped": 0}
    frame, = topics.of_health(health)
    assert json.loads(frame.value)["late_ms"] == told
    assert list(topics.of_health(health)) == []


async def test_a_driver_is_told_what_the_sheet_listens_to(tmp_path):
    """``inputs``: addresses of triggers and alive topics, each once, in order."""
    box = boxes()
    async with running(daemon(TEXT, tmp_path, box)):
        assert box["mqtt"].config.inputs == ("door", "bridge", "bell")
        assert box["mqtt"].config.name == "sensors"
        assert box["artnet"].config.inputs == ()
