"""``python -m tests.bench``: measures showctl beside bare relays and other people's programs, and prints the tables.

Under twenty minutes whole, about three with --quick. --only W4 measures one workload. --write docs/bench.md renews that
page's tables, its JSON and its plot; with --only, the other workloads stay as they were.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import document, noise
from tests.bench.capacity import w5
from tests.bench.chapters import Chapter, markdown
from tests.bench.children import ROOT, Failed, mosquitto
from tests.bench.core import core
from tests.bench.costs import w7
from tests.bench.crowded import w2
from tests.bench.fading import w4
from tests.bench.growth import growth
from tests.bench.hostile import hostile
from tests.bench.latency import w1, w6
from tests.bench.players import Place
from tests.bench.sizes import FULL, QUICK, Size
from tests.bench.throughput import w3

WORKLOADS: dict[str, Callable[[Place, Size], Chapter]] = {
    "W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5, "W6": w6, "W7": w7, "growth": growth, "hostile": hostile,
    "core": core,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: all was measured, whatever the figures are; 1: something is missing or died; 2: usage."""
    options = _options(arguments)
    size = QUICK if options.quick else FULL
    try:
        with tempfile.TemporaryDirectory(prefix="showctl-bench-") as name, mosquitto(Path(name)) as broker_port:
            place = Place(Path(name), broker_port, options.peers.absolute())
            measured = [(key, _measured(key, place, size)) for key in options.only]
        chapters = [chapter for _, chapter in measured if chapter is not None]
        print(markdown(chapters))
        if options.json:
            options.json.write_text(document.dump(chapters), encoding="utf-8")
        if options.write:
            document.write(options.write, chapters, list(WORKLOADS))
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if len(chapters) == len(measured) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    keys = {key.lower(): key for key in WORKLOADS}
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few samples; for looking, not for the page")
    parser.add_argument("--only", nargs="+", metavar="W", default=list(WORKLOADS),
                        help=f"one or several of {' '.join(WORKLOADS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="renew the figures of this page")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", default=ROOT / ".venv" / "peers",
                        help="where pyartnet (a venv) and node-red are installed; default .venv/peers")
    options = parser.parse_args(arguments)
    strange = [each for each in options.only if each.lower() not in keys]
    if strange:
        parser.error(f"no workload '{strange[0]}'; there are {' '.join(WORKLOADS)}")
    if options.write and options.quick:
        parser.error("--write is for whole figures; leave --quick out")
    options.only = [keys[each.lower()] for each in options.only]
    return options


def _measured(key: str, place: Place, size: Size) -> Chapter | None:
    """One workload; None, with the reason on standard error, where it could not be measured.

    A defect in one costs only that one: the others took minutes.
    """
    print(f"… {key}", file=sys.stderr, flush=True)
    begin = datetime.now(UTC)
    before = noise.listen(size.sleeps)
    try:
        chapter = WORKLOADS[key](place, size)
    except Failed as error:
        print(f"{key}: {error}", file=sys.stderr, flush=True)
        return None
    except Exception:
        traceback.print_exc()
        return None
    took_s = round((datetime.now(UTC) - begin).total_seconds())
    print(f"  {key} took {took_s} s", file=sys.stderr, flush=True)
    return replace(chapter, at=begin.isoformat(timespec="seconds"), took_s=took_s, noise=str(before), machine=machine())


def machine() -> str:
    """What this ran on, without names."""
    model = next((
        line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ), platform.machine())
    system = ".".join(platform.release().split(".")[:2])
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, Linux {system}, {python}"


if __name__ == "__main__":
    sys.exit(main())
