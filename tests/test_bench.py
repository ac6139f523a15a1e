"""The benchmark works, and what is slow, silent or false shows as that. No time is asserted."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from tests.bench import __main__ as program
from tests.bench import alone, engine, noise, sheets, systems, virtual
from tests.bench.children import Failed, free_port, mosquitto, python, running
from tests.bench.figures import Line, median, percentile, shown, verdicts
from tests.bench.paired import Path as Way
from tests.bench.paired import measure, result
from tests.bench.probe import Eye, Hand
from tests.stage import CONFIGS, Stage

TINY = program.Size(1, 1, 1, 200, 1, 100, 1, 1, 0.1, 5)


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
        program._dealt([way], [0], 1, 1)
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


def test_each_go_of_the_round_takes_a_transition_and_starts_six_fades() -> None:
    """What the figure of GO says it measures; and the marker snaps, so that the first frame shows it."""
    stage = Stage("", room=sheets.going_round(sheets.CORNER_SHOP.read_text(encoding="utf-8")))
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


# ---- the whole program ----

@pytest.mark.peers
def test_the_whole_program_prints_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tiny run through real mosquitto, relays and daemons."""
    monkeypatch.setattr(program, "QUICK", TINY)
    assert program.main(["--quick", "--json", str(tmp_path / "bench.json")]) == 0
    printed = capsys.readouterr().out
    found = json.loads((tmp_path / "bench.json").read_text())
    assert len(found["ways"]) == 8
    assert all(way["samples"] + way["lost"] in (5, 10) for way in found["ways"])
    for line in found["lines"]:
        assert f"| {line['what']} " in printed
    promised = {line["what"] for line in found["lines"] if line["target"]}
    assert {"engine alone: steps a second", "check of 100 cues", "check of 100 cues: peak memory",
            "showctl, OSC /showctl/master: p50 / bare relay, tuned",
            "showctl, OSC /showctl/go: p50 / bare relay, tuned"} <= promised
    assert str(Path.home()) not in printed
    assert socket.gethostname() not in printed.split()


def test_a_missing_broker_is_one_line_that_installs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "QUICK", TINY)
    monkeypatch.setattr("tests.bench.children.shutil.which", lambda *_, **__: None)
    assert program.main(["--quick"]) == 1
    assert capsys.readouterr().err.strip() == "mosquitto is missing: apt-get install -y mosquitto"


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
