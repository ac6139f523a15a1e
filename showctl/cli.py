"""The command line: the only place that wires rooms together, prints, and decides exit codes.

Exit status: 0 fine, 1 the show (or a recording, or a device) is wrong, 2 the command line is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import showctl
from showctl import cli_devices, cli_fixtures, cli_rehearse, cli_sweep, cli_trace
from showctl.cli_sheet import FINE, USAGE, WRONG, Configs, library_of, sheet_options, text_of, venue_of
from showctl.errors import Problem, SheetError, ShowctlError, TraceError, UsageError

if TYPE_CHECKING:
    from showctl.daemon import Daemon
    from showctl.model import CueSheet, Trigger
    from showctl.screen import View
    from showctl_sim.rig import Plan, Rig


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status. Every ShowctlError becomes words on standard error."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except UsageError as error:
        print(f"showctl: {error}", file=sys.stderr)
        return USAGE
    except ShowctlError as error:
        print(error, file=sys.stderr)
        return WRONG
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("showctl: ended without waiting for the drivers", file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())    # or the interpreter complains at exit
        return WRONG
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="showctl", description="Runs the cues of a small live show.")
    parser.add_argument("--version", action="version", version=f"showctl {showctl.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _run_options(commands.add_parser("run", help="run a show"))
    check = commands.add_parser("check", help="find every mistake in cue sheets")
    check.add_argument("sheets", nargs="+", metavar="SHEET")
    sheet_options(check)
    check.add_argument("--json", action="store_true", help="problems and warnings as JSON, for editors")
    check.set_defaults(command=_check)
    replay = commands.add_parser("replay", help="repeat a recorded run and compare steps and frames")
    replay.add_argument("file", metavar="FILE")
    replay.add_argument("--json", action="store_true", help="the result as JSON")
    replay.set_defaults(command=_replay)
    cli_devices.add(commands)
    cli_fixtures.add(commands)
    cli_rehearse.add(commands)
    cli_sweep.add(commands)
    cli_trace.add(commands)
    schema = commands.add_parser("schema", help="print the JSON Schema of a cue sheet")
    schema.set_defaults(command=_schema)
    return parser


def _run_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("sheet", metavar="SHEET")
    sheet_options(run)
    run.add_argument("--rig", action="store_true", help="every connection on loopback or a virtual device")
    run.add_argument("--journal", type=Path, metavar="FILE", help="record here; default: a dated file in journals/")
    run.add_argument("--start", metavar="STATE[:CUE]", help="begin at a state, or at a cue in it")
    run.add_argument("--seed", type=int, default=0, help="for the show's chance; default 0")
    run.add_argument("--for", dest="for_s", type=_seconds, metavar="TIME", help="end after a time such as 10s or 2 min")
    run.set_defaults(command=_run)


def _seconds(text: str) -> float:
    from showctl.model import SECOND_NS
    from showctl.units import duration_ns

    try:
        return duration_ns(re.sub(r"(?<=[\d.])(?=[a-z])", " ", text.strip())) / SECOND_NS
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# ---- check ----

def _check(options: argparse.Namespace) -> int:
    from showctl import sheet

    found: list[Problem] = []
    warned: list[Problem] = []
    venue = venue_of(options)
    for file in options.sheets:
        try:
            checked = sheet.check(text_of(file), file, Configs(), venue, options.overrides, library_of(file))
        except SheetError as error:
            found += error.problems
            continue
        found += checked.problems
        warned += checked.warnings
        if not (options.json or checked.problems):
            print(f"{file}: fine")
    if options.json:
        print(json.dumps({"problems": [*map(_as_values, found)], "warnings": [*map(_as_values, warned)]}, indent=1))
    else:
        for problem in warned:
            print(f"{problem} (warning)")
        for problem in found:
            print(problem)
    return WRONG if found else FINE


def _as_values(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message}


def _schema(_: argparse.Namespace) -> int:
    from showctl import sheet

    print(json.dumps(sheet.schema(), indent=1))
    return FINE


# ---- replay ----

def _replay(options: argparse.Namespace) -> int:
    from showctl import journal, replay, sheet

    try:
        result = replay.replay(
            journal.read(Path(options.file)), lambda bundle: sheet.read(**sheet.unbundle(bundle), configs=Configs())
        )
    except TraceError as error:
        named = str(error).startswith(options.file)
        raise TraceError(str(error) if named else f"{options.file}: {error}") from None
    difference = result.difference
    if options.json:
        print(json.dumps({
            "identical": difference is None, "inputs": result.inputs, "steps": result.steps,
            "frames": result.frames, "skips": result.skips, "notes": result.notes,
            "difference": difference and {
                "line": difference.line, "expected": difference.expected, "got": difference.got,
            },
        }))
    elif difference:
        print(f"{options.file}: differs at {difference}")
    else:
        print(f"{options.file}: identical: {result.steps} steps and {result.frames} frames from {result.inputs} inputs")
    for note in result.notes if not options.json else ():
        print(f"note: {note}")
    return WRONG if difference else FINE


# ---- run ----

def _run(options: argparse.Namespace) -> int:
    from showctl import driver, journal, sheet
    from showctl.clock import SystemClock
    from showctl.daemon import Daemon

    text, venue, plan = text_of(options.sheet), venue_of(options), None
    if options.rig:
        text, venue, plan = _rig(options, text)
    given = (text, options.sheet, venue, tuple(options.overrides))
    checked = sheet.check(text, options.sheet, Configs(), venue, options.overrides, library_of(options.sheet))
    if checked.sheet is None:
        raise SheetError(checked.problems)
    for problem in checked.warnings:
        print(f"{problem} (warning)", file=sys.stderr)
    first = _first(checked.sheet, options.start)
    drivers = {each.driver: driver.load(each.driver) for each in checked.sheet.connections.values()}
    file = options.journal or journal.dated(Path("journals"), checked.sheet.name, SystemClock().file_stamp)
    book = journal.Journal(file)
    print(f"{checked.sheet.name}: recorded in {file}", flush=True)
    daemon = Daemon(checked.sheet, sheet.bundle(*given, checked.fixtures), drivers, book, options.seed)
    try:
        asyncio.run(_play(daemon, first, options.for_s, plan))
        print(daemon.punctuality)
    finally:
        book.close(None)     # where the show never began; else it is closed already
    return FINE


def _rig(options: argparse.Namespace, text: str) -> tuple[str, tuple[str, str], Plan]:
    """The sheet with every connection in a virtual room; taken ports are named."""
    from showctl import sheet
    from showctl_sim import rig

    if options.venue:
        raise UsageError("--rig is a room of its own: leave out --venue")
    library = library_of(options.sheet)
    plan = rig.plan(sheet.read(text, options.sheet, Configs(), None, options.overrides, library))
    for note in plan.notes:
        print(f"rig: {note}", file=sys.stderr)
    return text, rig.venue(plan), plan


def _first(sheet: CueSheet, start: str | None) -> list[Trigger]:
    """What ``--start`` says to the show, in OSC's words."""
    from difflib import get_close_matches

    from showctl import units
    from showctl.model import Trigger, cue_text

    if start is None:
        return []
    state, _, cue = start.partition(":")
    states = [name for region in sheet.regions.values() for name in region.states]
    if state not in states:
        near = get_close_matches(state, states, 1)
        raise UsageError(f"--start: no state '{state}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    if not cue:
        return [Trigger("terminal", f"/showctl/start/{state}", (), "terminal")]
    try:
        number = units.cue_number(cue)
    except ValueError as error:
        raise UsageError(f"--start: {error}") from None
    if number not in sheet.cues:
        raise UsageError(f"--start: no cue {cue}")
    return [Trigger("terminal", f"/showctl/start/{state}/{cue_text(number)}", (), "terminal")]


async def _play(daemon: Daemon, first: Sequence[Trigger], for_s: float | None, plan: Plan | None) -> None:
    """Run to the end, in the rig where there is one, on a terminal where there is one."""
    from showctl import logs

    async with AsyncExitStack() as stack:
        rig: Rig | None = None
        if plan is not None:
            from showctl_sim import rig as rigs

            rig = await stack.enter_async_context(rigs.start(plan))
        if sys.stdin.isatty() and sys.stdout.isatty():
            log = stack.enter_context(daemon.journal.path.with_suffix(".log").open("a"))
            stack.enter_context(logs.to(log, times=True))
            _face(stack, daemon, rig, plan)
        else:
            stack.enter_context(logs.to(sys.stderr, times=False))
        await daemon.run(first, for_s)


def _face(stack: AsyncExitStack, daemon: Daemon, rig: Rig | None, plan: Plan | None) -> None:
    """The terminal: drawn from what the rig received, or from what was sent where there is none."""
    from showctl import face
    from showctl.terminal import open_terminal

    sensors = face.sensor_keys(plan.sensors) if plan else {}
    notes = plan.notes if plan else ()

    def look(hint: str) -> View:
        received = rig.reports if rig else daemon.sent()
        return face.look(daemon.status, daemon.health(), received, daemon.merge.now_ns(), sensors, hint, notes)

    def toggle(trigger: str) -> Callable[[], None]:
        return lambda: rig.tell({"toggle": trigger}) if rig else None

    keys = {key: address for key, address, _ in face.buttons(daemon.sheet)}
    toggles = {key: toggle(trigger) for key, trigger in sensors.items()}
    stack.enter_context(open_terminal(look, daemon.emit, daemon.stop, keys, toggles))
