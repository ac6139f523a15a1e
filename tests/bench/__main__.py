"""``python -m tests.bench [--quick] [--json FILE]``: measures everything and prints the table. Under four minutes."""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import alone, engine, noise, sheets, systems, virtual
from tests.bench.children import Failed, free_port, mosquitto
from tests.bench.figures import Line, as_json, median, table, verdicts
from tests.bench.paired import Path as Way
from tests.bench.paired import Result, measure, result


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: rounds of ``hands`` × 10 triggers a way, and so on."""

    rounds: int
    osc_hands: int
    other_hands: int
    triggers: int
    engine_runs: int
    cues: int
    checks: int
    starts: int
    rest_s: float
    sleeps: int


FULL = Size(10, 10, 3, 20_000, 3, 10_000, 3, 5, 10.0, 500)
QUICK = Size(5, 2, 1, 4_000, 3, 10_000, 1, 2, 2.0, 100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: measured, whatever the figures are; 1: something is missing or died; 2: usage."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the samples")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")
    options = parser.parse_args(arguments)
    try:
        found = everything(QUICK if options.quick else FULL)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, default=_plain) + "\n", encoding="utf-8")
    return 0


def everything(size: Size) -> dict[str, Any]:
    """Measure all there is. Raises Failed where a program is missing or dies."""
    begin = datetime.now(UTC)
    before = noise.listen(size.sleeps)
    with tempfile.TemporaryDirectory(prefix="showctl-bench-") as name, mosquitto(Path(name)) as broker_port:
        folder = Path(name)
        _say("OSC, paired")
        osc, rest = osc_side_by_side(size, broker_port, folder)
        _say("MQTT and serial, paired")
        others = others_side_by_side(size, broker_port, folder)
        _say("engine")
        lines = [*osc_lines(osc), *other_lines(others), *engine_lines(size)]
        _say(f"a sheet of {size.cues:,} cues, and starting")
        lines += [*long_sheet_lines(size, folder), start_line(size, broker_port, folder), *rest_lines(rest)]
        _say("virtual time")
        lines += virtual.lines(size.engine_runs, 8 * size.checks)
    after = noise.listen(size.sleeps)
    return {
        "begin": begin.isoformat(timespec="seconds"), "took_s": round((datetime.now(UTC) - begin).total_seconds()),
        "machine": machine(), "noise": [before, after], "ways": [*osc, *others], "lines": lines,
    }


# ---- side by side ----

def osc_side_by_side(size: Size, broker_port: int, folder: Path) -> tuple[list[Result], alone.AtRest]:
    """The tuned relay (the floor), the plain one, showctl's master, showctl's GO; and Corner Shop standing still."""
    ports = [free_port(socket.SOCK_DGRAM) for _ in range(2)]
    round_sheet = _round_sheet(folder)
    with ExitStack() as stack:
        tuned, plain = (
            stack.enter_context(systems.relay(kind, str(port), folder))
            for kind, port in zip(("tuned", "plain"), ports, strict=True)
        )
        shops = [
            stack.enter_context(systems.shop(sheet, broker_port, folder)) for sheet in (sheets.CORNER_SHOP, round_sheet)
        ]
        for each in shops:
            systems.wait_until_still(each.eye)
        ways = [
            systems.bare_osc("bare relay, tuned", tuned, ports[0]),
            systems.bare_osc("bare relay, plain asyncio", plain, ports[1]),
            systems.master(shops[0]), systems.go(shops[1]),
        ]
        return _dealt(ways, [0, 0, 0, 0], size.rounds, size.osc_hands), alone.at_rest(shops[0], size.rest_s)


def others_side_by_side(size: Size, broker_port: int, folder: Path) -> list[Result]:
    """MQTT and serial, each against its own bare relay. All share one broker, so only one shop hears the topic."""
    hears, deaf = _round_sheet(folder), _round_sheet(folder, "bench/elsewhere")
    far, device = os.openpty()
    with ExitStack() as stack:
        bare_mqtt = stack.enter_context(systems.relay("mqtt", str(broker_port), folder))
        bare_serial = stack.enter_context(systems.relay("serial", os.ttyname(device), folder))
        shops = [stack.enter_context(systems.shop(sheet, broker_port, folder)) for sheet in (hears, deaf)]
        for each in shops:
            systems.wait_until_still(each.eye)
        ways = [
            systems.bare_mqtt(bare_mqtt, broker_port), systems.mqtt(shops[0], broker_port),
            systems.bare_serial(bare_serial, far), systems.serial(shops[1]),
        ]
        found = _dealt(ways, [0, 0, 2, 2], size.rounds, size.other_hands)
    os.close(far)
    os.close(device)
    return found


def _dealt(ways: list[Way], floors: list[int], rounds: int, hands: int) -> list[Result]:
    try:
        measure(ways, rounds, hands)
    finally:
        for way in ways:
            way.hand.close()
    silent = [way.name for way in ways if not any(way.latencies_ns)]
    if silent:
        raise Failed(f"no light ever answered: {', '.join(silent)}")
    return [result(way, ways[floor]) for way, floor in zip(ways, floors, strict=True)]


def _round_sheet(folder: Path, topic: str = sheets.TOPIC) -> Path:
    text = sheets.going_round(sheets.CORNER_SHOP.read_text(encoding="utf-8"), topic)
    return sheets.write(folder / f"round-{topic.replace('/', '-')}.yaml", text)


# ---- lines ----

def osc_lines(found: Sequence[Result]) -> list[Line]:
    """The promises of OSC to ArtDmx."""
    tuned, plain, master, go = found
    return [
        _ratio(plain, tuned), _ratio(master, tuned, 2), _slowest(master), _ratio(go, tuned, 2.5), _slowest(go),
        Line("OSC triggers without an answer", sum(each.lost for each in found), "", _triggers(found), 0),
    ]


def other_lines(found: Sequence[Result]) -> list[Line]:
    """MQTT and serial: reported, no time is promised."""
    bare_mqtt, mqtt, bare_serial, serial = found
    return [
        _ratio(mqtt, bare_mqtt), _ratio(serial, bare_serial),
        Line("MQTT and serial triggers without an answer", sum(each.lost for each in found), "", _triggers(found), 0),
    ]


def _ratio(one: Result, floor: Result, at_most: float | None = None) -> Line:
    return Line(f"{one.name}: p50 / {floor.name}", one.ratio, "x", one.samples, at_most)


def _slowest(one: Result) -> Line:
    return Line(f"{one.name}: p99", one.p99_ms, "ms", one.samples, 2)


def _triggers(found: Sequence[Result]) -> int:
    return sum(each.samples + each.lost for each in found)


def engine_lines(size: Size) -> list[Line]:
    """Steps a second; the best of the runs, since whatever else the machine does can only slow them."""
    sheet, triggers = engine.corner_shop(), engine.evening(size.triggers)
    whole = [engine.whole_core(sheet, triggers) for _ in range(size.engine_runs)]
    alone_ = [engine.engine_alone(sheet, triggers) for _ in range(size.engine_runs)]
    alone_steps, whole_steps = (sum(each.steps for each in runs) for runs in (alone_, whole))
    return [
        Line("engine alone: steps a second", max(each.steps_a_second for each in alone_), "/s", alone_steps,
             at_least=30_000),
        Line("Show.admit, the whole core: steps a second", max(each.steps_a_second for each in whole), "/s",
             whole_steps, at_least=30_000),
        Line("a tick of the 44 Hz grid between them", min(each.tick_us for each in whole), "µs",
             sum(each.ticks for each in whole)),
    ]


def long_sheet_lines(size: Size, folder: Path) -> list[Line]:
    """A very long sheet, checked in fresh processes."""
    runs = [alone.check_long_sheet(size.cues, folder) for _ in range(size.checks)]
    what, n = f"check of {size.cues:,} cues", len(runs)
    return [
        Line(what, median([each.seconds for each in runs]), "s", n, 4),
        Line(f"{what}: of that CPU time", median([each.cpu_s for each in runs]), "s", n),
        Line(f"{what}: peak memory", max(each.peak_mb for each in runs), "MB", n, 250),
    ]


def start_line(size: Size, broker_port: int, folder: Path) -> Line:
    """Corner Shop starting, its broker and devices being there."""
    starts = list(alone.start_times_s(size.starts, broker_port, folder))
    return Line("start to first frame", median(starts), "s", len(starts))


def rest_lines(rest: alone.AtRest) -> list[Line]:
    """Corner Shop with nothing to do."""
    return [
        Line("corner-shop at rest: CPU", rest.cpu_percent, "% of a core", 1),
        Line("corner-shop at rest: memory", rest.memory_mb, "MB", 1),
    ]


# ---- words ----

def report(found: dict[str, Any]) -> str:
    """Everything as Markdown."""
    before, after = found["noise"]
    return "\n".join([
        f"{found['begin']}, {found['took_s']} s, {found['machine']}", "",
        f"- before: {before}", f"- after: {after}", "", latencies(found["ways"]), "", verdicts(found["lines"]),
    ])


def latencies(ways: Sequence[Result]) -> str:
    """The table of every way from a trigger to the light."""
    rows = [
        (way.name, *(f"{each:.3f}" for each in (way.p50_ms, way.p90_ms, way.p99_ms, way.worst_ms)),
         f"{way.ratio:.2f}", str(way.lost), f"{way.samples:,}")
        for way in ways
    ]
    return table(("trigger to ArtDmx, ms", "p50", "p90", "p99", "worst", "p50 / bare relay", "lost", "n"), rows)


def machine() -> str:
    """What this ran on, without names."""
    model = next((
        line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ), platform.machine())
    system = ".".join(platform.release().split(".")[:2])
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, Linux {system}, {python}"


def _plain(value: Any) -> Any:
    return as_json(value) if isinstance(value, Line) else asdict(value)


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
