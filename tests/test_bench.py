"""The benchmark works, and what is slow, silent or false shows as that. No time is asserted."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from showctl.codec import artnet, artnet_poll, osc, sacn
from showctl.model import SECOND_NS, Trigger
from tests.bench import __main__ as program
from tests.bench import (
    alone,
    capacity,
    document,
    engine,
    fading,
    growth,
    hostile,
    latency,
    noise,
    players,
    sheets,
    systems,
    throughput,
    virtual,
)
from tests.bench.chapters import Chapter, Curves, Table, as_json, from_json, markdown
from tests.bench.children import Failed, free_port, mosquitto, python, running
from tests.bench.figures import Line, figure, median, percentile, shown, verdicts
from tests.bench.paired import Path as Way
from tests.bench.paired import dealt, latencies, measure, result
from tests.bench.peers import nodered, olad, qlcplus
from tests.bench.probe import Eye, Hand
from tests.bench.sizes import QUICK
from tests.stage import CONFIGS, Stage

TINY = replace(
    QUICK, sleeps=5, rounds=1, hands=1, peer_hands=1, other_hands=1, triggers=200, runs=1, long_sheet=100, checks=1,
    sweeps=4, capacity_s=0.3, capacity_long_s=0.3, universes=(1, 2))
PERIOD_NS = SECOND_NS // 44


# ---- pairing ----

def test_a_slowed_relay_shows_as_slower(tmp_path: Path) -> None:
    """CORE "Speed": side by side, the same relay with 20 ms of delay is never quicker than 20 ms."""
    ports = [free_port(socket.SOCK_DGRAM) for _ in range(2)]
    with ExitStack() as stack:
        quick, slow = (
            stack.enter_context(systems.relay("tuned", str(port), tmp_path, delay_ms))
            for port, delay_ms in zip(ports, (0, 20), strict=True)
        )
        ways = [systems.bare_osc("quick", quick, ports[0]), systems.bare_osc("slow", slow, ports[1])]
        measure(ways, rounds=2, hands=1)
        for way in ways:
            way.hand.close()
    there, here = (result(way, ways[0]) for way in ways)
    assert (there.samples, here.samples, there.lost, here.lost) == (20, 20, 0, 0)
    assert there.ratio == 1
    assert here.ratio > 1
    assert min(min(each) for each in ways[1].latencies_ns) >= 20_000_000


def test_what_never_answers_is_lost_and_not_quick() -> None:
    way = Way("nobody", Hand(lambda turn: None), Eye(), 0, 1_000_000, share=2)
    measure([way], rounds=1, hands=1)
    assert way.lost == 2
    with pytest.raises(Failed, match="no light ever answered: nobody"):
        dealt([way], [0], 1, 1)
    way.eye.close()


def test_a_frame_that_shows_nothing_new_answers_nothing() -> None:
    """A keep-alive repeats the light; only another value in the watched slot ends a latency."""
    eye, lamp = Eye(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    values = [7] * 10 + [8, 9]

    def press(turn: int) -> None:
        packet = bytearray(b"Art-Net\0\x00\x50" + bytes(8 + 512))
        packet[18] = values[turn - 1]
        lamp.sendto(packet, ("127.0.0.1", eye.port))

    way = Way("lamp", Hand(press, lamp.close), eye, 0, 1_000_000)
    way.latencies_ns.append([])
    for _ in values:
        way.go()
        way.look()      # loopback delivers inside sendto
    assert len(way.latencies_ns[0]) == 3
    assert way.lost == 9
    assert all(latency > 0 for latency in way.latencies_ns[0])
    way.hand.close()
    eye.close()


RESULT = result(Way("bare", Hand(lambda turn: None), None, 0, 1, latencies_ns=[[1_000_000, 3_000_000, 2_000_000]]),  # type: ignore[arg-type]
                Way("bare", Hand(lambda turn: None), None, 0, 1, latencies_ns=[[1_000_000]]))  # type: ignore[arg-type]


def press(address: str) -> Trigger:
    """A program on this machine presses."""
    return Trigger("tablets", address, (1.0,), "127.0.0.1:9000")


def test_ratios_are_of_rounds_and_tables_say_so() -> None:
    assert (RESULT.p50_ms, RESULT.worst_ms, RESULT.ratio) == (2, 3, 2)
    assert latencies([RESULT]).rows == [("bare", "2.000", "3.000", "3.000", "3.000", "2.00", "0", "3")]
    assert "p50 / bare relay" not in latencies([RESULT], against="").heads


def test_a_way_may_watch_several_slots() -> None:
    eye, lamp = Eye(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    levels = [(1, 0), (1, 9), (1, 9), (0, 9)]

    def show(turn: int) -> None:
        packet = artnet.packet(0)
        packet[18:20] = bytes(levels[turn - 1])
        lamp.sendto(packet, ("127.0.0.1", eye.port))

    way = Way("lamp", Hand(show, lamp.close), eye, slice(0, 2), 1_000_000, latencies_ns=[[]])
    for _ in levels:
        way.go()
        way.look()
    assert (len(way.latencies_ns[0]), way.lost) == (3, 1 - (way.pressed_ns is not None))
    way.hand.close()
    eye.close()


# ---- figures ----

@pytest.mark.parametrize(("line", "verdict", "target"), [
    (Line("p50", 1.9, "x", 9, at_most=2), "reached", "≤ 2.00x"),
    (Line("p50", 2.1, "x", 9, at_most=2), "NOT reached", "≤ 2.00x"),
    (Line("steps", 30_000, "/s", 9, at_least=30_000), "reached", "≥ 30,000 /s"),
    (Line("steps", 29_999, "/s", 9, at_least=30_000), "NOT reached", "≥ 30,000 /s"),
    (Line("memory", 45.6, "MB", 1), "", ""),
])
def test_a_verdict_follows_from_the_figure(line: Line, verdict: str, target: str) -> None:
    assert (line.verdict, line.target) == (verdict, target)
    assert line.what in verdicts([line])


@pytest.mark.parametrize(("values", "p50", "p99", "middle"), [
    ([5], 5, 5, 5), ([3, 1, 2], 2, 3, 2), (list(range(100)), 50, 99, 49.5), ([1, 1, 1, 9], 1, 9, 1),
])
def test_percentiles_by_hand(values: list[int], p50: int, p99: int, middle: float) -> None:
    assert (percentile(values, 0.5), percentile(values, 0.99), median(values)) == (p50, p99, middle)


def test_nothing_measured_is_an_error_and_not_zero() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="nothing was measured"):
        median([])


def test_figures_read_as_people_write_them() -> None:
    assert figure(-3.129) == "-3.13"
    assert [shown(value, "ms") for value in (0.0621, 1.234, 45.67, 123.4, 12345)] == [
        "0.062 ms", "1.23 ms", "45.7 ms", "123 ms", "12,345 ms"]


def test_the_noise_of_the_machine_is_at_least_none() -> None:
    heard = noise.listen(5)
    assert 0 <= heard.late_p50_ms <= heard.late_p99_ms <= heard.late_worst_ms
    assert heard.busy_percent >= 0


# ---- sheets ----

def test_the_long_sheet_reads_and_has_so_many_cues() -> None:
    sheet = sheet_reader.read(sheets.long_sheet(300), "long.yaml", CONFIGS)
    assert len(sheet.cues) == 300
    assert len(sheet.regions["show"].states) == 3 + 1


def test_a_long_sheet_that_is_wrong_is_not_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = sheets.long_sheet(100).replace("row-0:", "rwo-0:", 1)
    monkeypatch.setattr(sheets, "long_sheet", lambda cues: text)
    with pytest.raises(Failed, match="rwo-0"):
        alone.check_long_sheet(100, tmp_path)


@pytest.mark.parametrize("drifting", [False, True])
def test_each_go_of_the_round_takes_a_transition_and_starts_six_fades(drifting: bool) -> None:
    """What the figure of GO says it measures; and the marker snaps, so that the first frame shows it."""
    stage = Stage("", room=sheets.going_round(sheets.CORNER_SHOP.read_text(encoding="utf-8"), drifting=drifting))
    for turn in range(4):
        before = stage.slot(sheets.MARKER + 1)
        stage.wait("125 ms")
        frames = len(stage.frames)
        step = stage.go()
        assert [(move.source, move.target) for move in step.moves] == [
            ("bench-right", "bench-left") if turn % 2 else ("bench-left", "bench-right")]
        assert step.started == ("901" if turn % 2 else "902",)
        panels = [each for each in stage.sheet.cues[Decimal(step.started[0])].parts if each.fade_ns]
        fixtures = {stage.sheet.parameters[parameter].owner for part in panels for parameter, _ in part.targets}
        assert len(fixtures) == 6
        assert stage.frames[frames:]
        assert stage.slot(sheets.MARKER + 1) != before
        stage.wait("110 ms")
        moved = len(stage.frames)
        stage.wait("1 s")
        assert len(stage.frames) - moved == (44 if drifting else 0)     # the universe is fading, or it rests


# ---- the engine ----

def test_the_evening_moves_the_show() -> None:
    """A mix of triggers that did nothing would be a fast one: sensors, presses and refusals all make steps."""
    sheet, triggers = engine.corner_shop(), engine.evening(2000)
    whole, own = engine.whole_core(sheet, triggers), engine.engine_alone(sheet, triggers)
    assert whole.steps >= 2000
    assert own.steps >= 2000
    assert whole.ticks >= 1000
    stage = Stage("", room=sheets.CORNER_SHOP.read_text(encoding="utf-8"))
    for at_ns, trigger in triggers:
        stage.take(stage.show.admit(at_ns, trigger))
    assert {move.target for step in stage.steps for move in step.moves} >= {"doors", "talk", "invite", "duet", "going"}
    assert any(step.refused for step in stage.steps)
    assert stage.frames


def test_the_evening_is_the_same_each_time() -> None:
    assert engine.evening(50) == engine.evening(50)
    assert engine.evening(50) != engine.evening(50, seed=2)


# ---- a fade (W4) ----

def line_of(ticks: int = 220, *, offset_ns: int = 0, full: int = 65535) -> list[tuple[int, int]]:
    """Frames of a perfect fade of 5 s, pressed at 0, each ``offset_ns`` late."""
    return [(tick * SECOND_NS // 44 + offset_ns, tick * full // ticks) for tick in range(ticks + 1)]


def judged(frames: Sequence[tuple[int, int]], full: int = 65535) -> fading.Quality:
    return fading.quality(0, frames, full, PERIOD_NS, 5 * SECOND_NS)


def test_a_perfect_fade_is_on_the_line() -> None:
    found = judged(line_of())
    assert (round(found.rate_hz, 3), found.steps) == (44, 220)
    assert found.jitter_worst_ms < 0.001
    assert found.off_line < 0.002
    assert (round(found.start_ms, 1), round(found.end_error_ms, 3)) == (22.7, 0)
    assert [line.verdict for line in fading.lines([found]) if line.target] == ["reached"] * 4


@pytest.mark.parametrize(("frames", "what"), [
    ([*line_of()[:100], *line_of()[101:]], "frames a second"),                       # one is missing
    ([(at_ns + (tick % 9 == 0) * 400_000, value) for tick, (at_ns, value) in enumerate(line_of())], "jitter p99"),
    ([(at_ns, min(65535, value + 30 * (value > 0))) for at_ns, value in line_of()], "distance from the line"),
    (line_of(offset_ns=1_200_000), "end error"),
])
def test_a_fade_that_is_not_perfect_is_seen(frames: list[tuple[int, int]], what: str) -> None:
    lines = fading.lines([judged(frames)])
    assert [line.what for line in lines if line.verdict == "NOT reached" and what in line.what]


def test_a_constant_delay_is_told_from_a_crooked_line() -> None:
    late = judged(line_of(offset_ns=10_000_000))
    assert round(late.off_line, 1) == 0.2
    assert late.off_line_shifted < 0.002


@pytest.mark.parametrize("frames", [[], line_of()[:-1], [(5 * SECOND_NS, 65535)]])
def test_a_fade_that_nobody_saw_is_no_figure(frames: list[tuple[int, int]]) -> None:
    with pytest.raises(Failed, match="never seen to go from 0 to full"):
        judged(frames)


def test_what_was_on_the_wire_before_the_press_is_not_the_fade() -> None:
    before = [(-PERIOD_NS, 65535), (-1, 40_000)]
    assert judged([*before, *line_of()]) == judged(line_of())


# ---- triggers a second (W3) ----

def test_the_journal_is_counted_over_all_its_parts(tmp_path: Path) -> None:
    master = '{"input":5,"source":"tablets","address":"/showctl/master","value":[0.5]}\n'
    step = '{"step":1,"at":5,"event":{"kind":"command","name":"master","value":[0.5]}}\n'
    refused = '{"step":2,"at":6,"event":{"kind":"command","name":"master"},"refused":"too soon"}\n'
    (tmp_path / "wide.jsonl").write_text(master + step + master)
    (tmp_path / "wide-2.jsonl").write_text(refused + '{"input":7,"source":"tablets","address":"/showctl/go"}\n')
    assert throughput.recorded(tmp_path / "wide.jsonl") == throughput.Recorded(2, 2, 1)


@pytest.mark.parametrize(("found", "kept", "missed"), [
    (throughput.Burst(10_000, 100, 3, 20.0, 0), throughput.Recorded(100, 100, 0), []),
    (throughput.Burst(9_000, 100, 3, 20.0, 0), throughput.Recorded(100, 100, 0), ["offered"]),
    (throughput.Burst(10_000, 100, 3, 20.0, 0), throughput.Recorded(99, 99, 0), ["not recorded as input"]),
    (throughput.Burst(10_000, 100, 3, 20.0, 0), throughput.Recorded(100, 98, 1), ["inputs without a step", "refused"]),
    (throughput.Burst(10_000, 100, 3, None, 0), throughput.Recorded(100, 100, 0), ["the last value on the wire after"]),
])
def test_a_flood_is_judged(found: throughput.Burst, kept: throughput.Recorded, missed: list[str]) -> None:
    size = replace(TINY, flood_rate=10_000, flood_s=1)
    lines = throughput.lines(found, kept, size)
    assert [line.what.partition(": ")[2] for line in lines if line.verdict == "NOT reached"] == missed


def test_the_last_value_counts_from_when_it_stays() -> None:
    seen = [(10_000_000, 7), (20_000_000, 9), (30_000_000, 9)]
    assert throughput._settled_ms(seen, 5_000_000, 9) == 15
    assert throughput._settled_ms(seen, 25_000_000, 9) == 0      # it was there before the last trigger had returned
    assert throughput._settled_ms(seen, 5_000_000, 200) is None
    assert throughput._settled_ms([], 5_000_000, 9) is None


# ---- universes (W5) ----

@pytest.mark.peers
def test_every_frame_of_a_real_crowd_is_counted(tmp_path: Path) -> None:
    """The bare relay with 120 universes: 44 frames a second of each, none missed, some CPU used."""
    load = capacity.carried(players.RELAY, players.Place(tmp_path, 0, tmp_path), 120, 1.0)
    assert 30 <= load.fps <= 50     # and not what was waiting when the count began, more than the eye takes at once
    assert (load.universes, load.dropped, load.skipped) == (120, 0, None)
    assert load.cpu_percent > 0


def test_skipped_ticks_are_counted_by_the_journal(tmp_path: Path) -> None:
    skips = '{"skip":5,"first":3,"last":5}\n{"note":5,"topic":"alive"}\n{"skip":5,"first":9,"last":9}\n'
    (tmp_path / "wide.jsonl").write_text(skips)
    load = capacity.Load(1024, 44, 23, 50, 900, 0, 60)
    assert capacity._with_skips(load, tmp_path / "wide.jsonl").skipped == 4


def test_universes_that_could_not_be_carried_are_not_reached() -> None:
    size = replace(TINY, universes=(1, 256, 1024), capacity_long_s=60)
    few, some = capacity.Load(1, 44, 23, 1, 45, 0, 4, 0), capacity.Load(256, 44, 24, 14, 400, 0, 4, 0)
    verdict = {line.what: line.verdict for line in capacity.lines([few, some], size)}
    assert verdict["256 universes fading: CPU"] == "reached"
    assert verdict["1,024 universes fading, 60 s: ticks skipped"] == "NOT reached"


def test_all_slots_of_the_crowd_move_each_tick() -> None:
    """A frame that repeats the one before is not sent, and would be missing in the count."""
    for kind, moving in ((sheets.EIGHT_BITS, 510), (sheets.SIXTEEN_BITS, 504)):
        text = sheets.wide(1, "host: 127.0.0.1, port: 1", "host: 127.0.0.1, port: 2", 8000, kind=kind)
        stage = Stage("", room=text)
        stage.wait("5500 ms")       # some ticks into the second fade, the one that is measured
        seen: list[bytes] = []
        for _ in range(180):
            before = len(stage.frames)
            stage.take(stage.show.run_until(stage.show.due_ns or 0))
            seen += [each.slots for each in stage.frames[before:] if getattr(each, "to", "") == "crowd"]
        assert len(set(seen)) == len(seen) > 170
        assert sum(len({slots[place] for slots in seen}) > 10 for place in range(512)) == moving


# ---- growth ----

def test_a_growing_show_reads_and_plays() -> None:
    """GO walks the list and begins again; the last sensor starts a cue; the marker shows both at once."""
    stage = Stage("", room=sheets.growing(1, 2, 8000, cues=3, sensors=2, stations=251))
    assert len(stage.sheet.stations) == 251 + 2     # the terminal, and programs on this machine
    assert stage.sheet.stations["t251"].host == "127.0.2.1"
    markers = []
    for _ in range(5):
        stage.wait("125 ms")
        stage.trigger(press("/showctl/go"))
        markers.append(stage.slot(growth.MARKER + 1))
    assert markers == [255, 0, 0, 255, 0]       # cues 2, 3, then the list again: 1, 2, 3
    stage.mqtt("bench/2", "0.1")
    for reading, marker in (("0.9", 255), ("0.1", 0)):
        stage.wait("125 ms")
        stage.mqtt("bench/2", reading)
        assert stage.slot(growth.MARKER + 1) == marker


def test_growth_is_judged_from_100_to_the_most() -> None:
    def grown(count: int, ratio: float) -> growth.Grown:
        return growth.Grown(count, replace(RESULT, ratio=ratio), 50, 1)

    line, = growth.lines([grown(10, 1), grown(100, 1.1), grown(100_000, 1.21)])
    assert (round(line.value, 3), line.verdict) == (1.1, "reached")
    assert growth.lines([grown(10, 1), grown(100, 1), grown(100_000, 1.21)])[0].verdict == "NOT reached"


# ---- hostile ----

def test_lateness_is_taken_from_the_earliest_tick() -> None:
    stamps = [1_000 + tick * SECOND_NS // 44 + late for tick, late in enumerate((500_000, 0, 2_000_000, 500_000))]
    late_ms, missing = hostile.lateness(stamps)
    assert [round(each, 2) for each in late_ms] == [0.5, 0, 2, 0.5]
    assert missing == 0
    assert hostile.lateness([*stamps[:1], *stamps[2:]])[1] == 1
    very_late = [*range(1_000, SECOND_NS, PERIOD_NS)]
    very_late[10] += 15_000_000
    late_ms, missing = hostile.lateness(very_late)
    assert (round(late_ms[10]), round(max(late_ms[:10] + late_ms[11:]), 2), missing) == (15, 0, 0)
    with pytest.raises(Failed, match="2 frames only"):
        hostile.lateness(stamps[:2])


def test_rain_that_slows_the_tick_is_seen() -> None:
    dry, wet = hostile.Lateness([0.1] * 100), hostile.Lateness([0.1] * 98 + [0.5, 0.5], missing=1)
    assert [line.verdict for line in hostile.lines(dry, wet)] == ["NOT reached", "NOT reached"]
    assert [line.verdict for line in hostile.lines(wet, wet)] == ["reached", "reached"]


def test_rain_that_lands_nowhere_is_no_figure(tmp_path: Path) -> None:
    journal = tmp_path / "hostile.jsonl"
    counts = {"tablets 127.0.0.1": 60, "panels 127.0.0.1": 60, "house 127.0.0.1": 40}
    note = json.dumps({"note": 1, "topic": "refused", "counts": counts}, separators=(",", ":")) + "\n"
    journal.write_text(note)
    with pytest.raises(Failed, match="of 100 malformed packets only 40 reached 'house'"):
        hostile.must_have_landed(journal, 100)
    journal.write_text(note * 2)
    hostile.must_have_landed(journal, 100)


def test_no_drop_of_the_rain_is_well_formed() -> None:
    for drop in hostile.malformed_osc():
        with pytest.raises(ValueError, match=r"\w"):
            osc.Decoder().decode(drop)
    for drop in hostile.malformed_sacn():
        with pytest.raises(ValueError, match=r"\w"):
            sacn.decode(drop)
    assert len(set(hostile.malformed_artnet())) > hostile.KINDS * 0.9


# ---- peers ----

def test_qlcplus_numbers_a_path_by_its_checksum() -> None:
    """CRC-16/X-25: the check value of its catalogue entry."""
    assert qlcplus.channel("123456789") == 0x906E
    text = qlcplus.workspace("127.0.0.2", 2, "127.0.0.3")
    assert text.count('outputIP="127.0.0.3"') == 2
    assert f'Channel="{qlcplus.channel("/level")}"' in text


def test_the_flow_leads_from_each_wire_to_the_light() -> None:
    nodes = {node["id"]: node for node in json.loads(nodered.flow(1, 2, 3, 4, 5))}
    for begin in ("the-heard", "the-mqtt"):
        place = begin
        while nodes[place]["wires"]:
            place = nodes[place]["wires"][0][0]
        assert (place, nodes[place]["port"]) == ("the-panels", "2")
    assert nodes["the-crowd-out"]["port"] == "4"
    assert "length: 3" in nodes["the-crowd"]["initialize"]


def test_our_node_says_what_olad_needs_to_hear() -> None:
    node = artnet_poll.decode(olad.reply("127.0.0.4", 1))
    assert (node.address, node.outputs) == ("127.0.0.4", (1,))


@pytest.mark.peers
def test_olad_and_the_relay_are_dealt_triggers_side_by_side(tmp_path: Path) -> None:
    """The real olad, patched by our files, on loopback."""
    place = players.Place(tmp_path, 0, tmp_path)
    with players.RELAY.start(place, 0) as relay, players.OLA.start(place, 0) as ola:
        bare, other = dealt([latency.way(relay), latency.way(ola)], [0, 0], 1, 1)
    assert (bare.samples, bare.lost, other.samples, other.lost) == (10, 0, 10, 0)


def test_a_peer_that_dies_is_tried_again_and_then_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """QLC+ does, now and then; what is ours must not."""
    left = [Failed("it fell"), Failed("it fell again"), 7]

    def fall() -> int:
        one = left.pop(0)
        if isinstance(one, Failed):
            raise one
        return one

    assert players.tried(players.QLC, fall) == 7
    assert capsys.readouterr().err == "QLC+: it fell\nQLC+: it fell again\n"
    left[:] = [Failed("it fell")] * players.TRIES
    assert players.tried(players.QLC, fall) is None
    left[:] = [Failed("we fell")]
    with pytest.raises(Failed, match="we fell"):
        players.tried(players.SHOWCTL, fall)


def test_a_peer_that_is_not_there_is_named_with_its_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bench.players.shutil.which", lambda name: None if name == "qlcplus" else name)
    there, missing = latency.present(players.PEERS, players.Place(tmp_path, 0, tmp_path))
    assert [player.name for player in there] == ["OLA"]
    assert missing == [
        f"Node-RED is not installed: `npm install --prefix {tmp_path}/node-red node-red node-red-contrib-osc`",
        f"pyartnet is not installed: `python3 -m venv {tmp_path}/pyartnet && {tmp_path}/pyartnet/bin/pip install "
        "pyartnet python-osc`",
        "QLC+ is not installed: `apt-get install -y --no-install-recommends qlcplus`",
    ]


# ---- the page ----

CHAPTER = Chapter(
    "W4", "Fades", [Table(("system", "Hz"), [("showctl", "44.0")])],
    [Line("jitter", 0.1, "ms", 3, 0.25), Line("steps", 220, "", 3)],
    [Curves("Cost", "universes", "%", {"showctl": [(1, 2.5)]})], ["QLC+ fades 8 bits."],
    "2026-01-31", 60, "quiet", "this")


def test_a_chapter_survives_json() -> None:
    again = from_json(json.loads(json.dumps(as_json(CHAPTER))))
    assert markdown([again]) == markdown([CHAPTER])
    assert "1 of 1 are reached" in markdown([again])
    assert as_json(again) == json.loads(json.dumps(as_json(CHAPTER)))


def test_a_page_is_renewed_between_its_marks_and_keeps_what_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Sequence[Chapter]] = []
    monkeypatch.setattr("tests.bench.plot.draw", lambda chapters, path: drawn.append(chapters))
    page = tmp_path / "bench.md"
    page.write_text(f"# Ours\n{document.BEGIN}\nold\n{document.END}\nmore of ours\n")
    document.write(page, [CHAPTER, replace(CHAPTER, key="W1", title="First")], ["W1", "W4"])
    document.write(page, [replace(CHAPTER, title="Fades again")], ["W1", "W4"])
    text = page.read_text()
    assert text.startswith(f"# Ours\n{document.BEGIN}\n\n### Figures to reach")
    assert text.endswith(f"![How cost grows](bench.svg)\n\n{document.END}\nmore of ours\n")
    assert [each.title for each in document.read(tmp_path / "bench.json")] == ["First", "Fades again"]
    assert "· Fades again" in text
    assert "\nold\n" not in text
    assert len(drawn[-1]) == 2


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "bench.md"
    page.write_text("# Ours\n")
    with pytest.raises(Failed, match="has no place for figures"):
        document.write(page, [CHAPTER], ["W4"])
    assert [each.name for each in tmp_path.iterdir()] == ["bench.md"]


def test_without_matplotlib_the_line_that_installs_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = tmp_path / "bench.md"
    page.write_text(f"{document.BEGIN}\n{document.END}\n")
    with pytest.raises(Failed, match="pip install --group bench"):
        document.write(page, [CHAPTER], ["W4"])
    assert "· Fades" in page.read_text()


def test_our_own_page_is_what_its_figures_make() -> None:
    page = program.ROOT / "docs" / "bench.md"
    kept = document.read(page.with_suffix(".json"))
    assert markdown(kept) in page.read_text(encoding="utf-8")
    assert [each.key for each in kept] == list(program.WORKLOADS)


# ---- the whole program ----

@pytest.mark.peers
def test_the_whole_program_prints_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tiny run through real mosquitto, relays and daemons."""
    monkeypatch.setattr(program, "QUICK", TINY)
    monkeypatch.setattr(virtual, "lines", lambda runs, sweeps: [])      # it has a test of its own
    only, kept = ["--only", "w6", "core"], str(tmp_path / "bench.json")
    assert program.main(["--quick", *only, "--json", kept, "--peers", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    chapters = document.read(tmp_path / "bench.json")
    assert [chapter.key for chapter in chapters] == ["W6", "core"]
    assert [len(table.rows) for table in chapters[0].tables] == [4]
    for chapter in chapters:
        for line in chapter.lines:
            assert f"| {line.what} " in printed
    promised = {line.what for chapter in chapters for line in chapter.lines if line.target}
    assert {"engine alone: steps a second", "check of 100 cues", "check of 100 cues: peak memory",
            "showctl, MQTT: p50 / bare relay, aiomqtt"} <= promised
    assert "- Node-RED is not installed: `npm install" in printed
    assert str(Path.home()) not in printed
    assert socket.gethostname() not in printed.split()


@pytest.mark.peers
def test_what_cannot_be_measured_is_said_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(place: players.Place, size: object) -> Chapter:
        raise Failed("the relay died")

    monkeypatch.setattr(program, "QUICK", TINY)
    monkeypatch.setattr(program, "WORKLOADS", {"W1": dead, "W4": lambda place, size: CHAPTER})
    assert program.main(["--quick", "--only", "W1", "W4"]) == 1
    printed = capsys.readouterr()
    assert "W1: the relay died" in printed.err
    assert "· Fades" in printed.out


def test_a_missing_broker_is_one_line_that_installs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "QUICK", TINY)
    monkeypatch.setattr("tests.bench.children.shutil.which", lambda *_, **__: None)
    assert program.main(["--quick"]) == 1
    assert capsys.readouterr().err.strip() == "mosquitto is missing: apt-get install -y mosquitto"


@pytest.mark.parametrize(("arguments", "said"), [
    (["--only", "W9"], "no workload 'W9'; there are W1 W2"),
    (["--quick", "--write", "docs/bench.md"], "leave --quick out"),
])
def test_a_wrong_wish_is_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        program.main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_child_that_dies_says_its_last_words(tmp_path: Path) -> None:
    command = python("-c", "raise SystemExit('no such lamp')")
    with (
        pytest.raises(Failed, match="ended with 1:\nno such lamp"),
        running(command, tmp_path / "log", lambda _: False),
    ):
        pass


@pytest.mark.peers
def test_the_broker_is_gone_afterwards(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as port:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


# ---- virtual time ----

def test_virtual_time_is_measured_on_runs_that_pass() -> None:
    sheet = engine.corner_shop()
    evening = virtual.whole_evening(sheet)
    assert virtual.speed(sheet, evening, frames=False) > 1
    with pytest.raises(AssertionError, match="expected"):
        virtual.speed(replace(sheet, cues={number: replace(cue, parts=()) for number, cue in sheet.cues.items()}),
                      evening, frames=False)
