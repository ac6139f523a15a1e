"""``showctl sweep`` and ``showctl walk``: faults crossed with phases, and random guests, in virtual time."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from showctl.cli_sheet import FINE, WRONG, sheet_of, sheet_options, told
from showctl.errors import UsageError
from showctl.model import SECOND_NS

if TYPE_CHECKING:
    from showctl.model import CueSheet
    from showctl_sim.script import Breach, Script
    from showctl_sim.sweep import Outcome, Share
    from showctl_sim.walk import Walk

HOUR_NS = 3600 * SECOND_NS
SHOWN = 3      # breaches that are shrunk and written out; the others are lines


def add(commands: Any) -> None:
    """Offer both commands."""
    sweep = commands.add_parser(
        "sweep", help="cross faults with every phase of a show",
        description="Each seed is one run in virtual time: it goes to a state, lets one thing go wrong there and plays "
                    "on. The sheet's answers to losses must come in time, its rules and the house's monitors hold.",
    )
    sheet_options(sweep)
    sweep.add_argument("sheet", metavar="SHEET")
    sweep.add_argument("--faults", default="all", metavar="NAMES", help="all, or names such as gone,flapping")
    sweep.add_argument("--seeds", type=_count, default=100, metavar="N", help="runs; default 100")
    sweep.add_argument("--seed", type=int, metavar="N", help="this run alone")
    _shared(sweep, "1")
    sweep.add_argument("--dask", metavar="ADDRESS", help="share the runs among the workers of a Dask scheduler")
    sweep.set_defaults(command=_sweep)
    walk = commands.add_parser("walk", help="let random guests and fingers loose on a sheet")
    sheet_options(walk)
    walk.add_argument("sheet", metavar="SHEET")
    walk.add_argument("--seed", type=int, default=0, metavar="N", help="default 0")
    walk.add_argument("--walks", type=_count, default=1, metavar="N", help="so many, with the seeds that follow")
    _shared(walk, "2")
    walk.set_defaults(command=_walk)


def _shared(parser: argparse.ArgumentParser, hours: str) -> None:
    parser.add_argument("--hours", type=_hours, default=hours, metavar="H",
                        help=f"how long each lasts; default {hours}")
    parser.add_argument("--jobs", type=_count, default=os.cpu_count() or 1, metavar="N",
                        help="processes; default: one for each core")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER",
                        help="where rehearsals of what was found are written; default: here")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 10_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to 10000000")
    return int(text)


def _hours(text: str) -> int:
    from decimal import Decimal, InvalidOperation

    try:
        hours = Decimal(text)
        if not 0 < hours <= 48:
            raise InvalidOperation
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of hours; write 1, 0.5, at most 48") from None
    return max(1, int(hours * HOUR_NS))


# ---- sweep ----

def _sweep(options: argparse.Namespace) -> int:
    from showctl_sim import faults, sweep

    sheet = sheet_of(options)
    kinds = tuple(faults.KINDS) if options.faults == "all" else tuple(options.faults.replace(" ", "").split(","))
    first, count = (0, options.seeds) if options.seed is None else (options.seed, 1)
    try:
        tasks, missing, cells = sweep.tasks(sheet, kinds, count, first)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not tasks:
        raise UsageError(f"nothing in {options.sheet} can be {', '.join(kinds)}")
    outcomes: list[Outcome] = []
    for outcome in told(sweep.sweep(sheet, tasks, options.hours, _share(options)), len(tasks), "run"):
        outcomes.append(outcome)
        if outcome.breach and not options.json:
            found = f"{outcome.breach.monitor}: {outcome.breach.text}"
            print(f"seed {outcome.task.seed}: {outcome.task}: {found}", flush=True)
    broken = [outcome for outcome in outcomes if outcome.breach]
    files = [_keep(options, sheet, outcome.breach, sweep.least(sheet, outcome, options.hours), str(outcome.task),
                   f"sweep --seed {outcome.task.seed}") for outcome in _first(broken)]
    if options.json:
        print(json.dumps(sweep_values(outcomes, missing, cells, files), indent=1))
    else:
        _print_sweep(sheet, outcomes, missing, cells)
    return WRONG if broken else FINE


def _share(options: argparse.Namespace) -> Share:
    from showctl_sim import dask_pool, pool

    return dask_pool.dask(options.dask) if options.dask else pool.processes(options.jobs)


def _first(broken: list[Outcome]) -> list[Outcome]:
    """The first outcome of each kind of breach, a few at most."""
    found: dict[str, Outcome] = {}
    for outcome in broken:
        if outcome.breach:
            found.setdefault(outcome.breach.monitor, outcome)
    return list(found.values())[:SHOWN]


def sweep_values(outcomes: list[Outcome], missing: tuple[str, ...], cells: int, files: list[str]) -> dict[str, Any]:
    """The result as JSON values: every run in order, the same however the runs were shared out."""
    return {
        "runs": [{
            "seed": each.task.seed, "fault": each.task.kind, "of": each.task.target, "region": each.task.route.region,
            "state": each.task.route.state, "steps": each.steps, "digest": each.digest, "answer": each.answer,
            "breach": _breach_values(each.breach),
        } for each in outcomes],
        "cells": cells, "no route to": list(missing), "files": files,
    }


def _print_sweep(sheet: CueSheet, outcomes: list[Outcome], missing: tuple[str, ...], cells: int) -> None:
    """A line for each fault, then what the sheet leaves unsaid."""
    from showctl_sim import sweep

    kinds = dict.fromkeys(outcome.task.kind for outcome in outcomes)
    for kind in kinds:
        own = [outcome for outcome in outcomes if outcome.task.kind == kind]
        bad = sum(outcome.breach is not None for outcome in own)
        answers = sum(bool(outcome.answer) for outcome in own)
        word = "fine" if not bad else f"{bad} BROKEN"
        print(f"{kind:14} {len(own):5} runs  {word}" + (f", {answers} losses answered in time" if answers else ""))
    for name in sweep.undeclared(sheet, outcomes):
        print(f"note: the sheet declares no answer to the loss of {name}")
    for name in missing:
        print(f"note: no route was found to {name}, so nothing went wrong there")
    reached = len({(each.task.kind, each.task.target, each.task.route): True for each in outcomes})
    bad = sum(outcome.breach is not None for outcome in outcomes)
    print(f"{len(outcomes)} runs over {reached} of {cells} faults in phases: {f'{bad} BROKEN' if bad else 'all fine'}")


# ---- walk ----

def _walk(options: argparse.Namespace) -> int:
    from functools import partial

    from showctl_sim import coverage, pool, walk

    sheet = sheet_of(options)
    seeds = range(options.seed, options.seed + options.walks)
    job = partial(walk.walk, sheet, hours_ns=options.hours)
    walks = []
    reached = coverage.nothing(sheet)
    for each in told(pool.processes(options.jobs, 1)(job, seeds), len(seeds), "walk"):
        walks.append(each)
        reached += each.coverage
        word = f"{each.breach.monitor}: {each.breach.text}" if each.breach else "fine"
        if not options.json:
            print(f"seed {each.seed}: {each.acts} things happened, {each.steps} steps: {word}", flush=True)
    files = [_keep(options, sheet, each.breach, each.least, f"walk {each.seed}", f"walk --seed {each.seed}")
             for each in [each for each in walks if each.breach and each.least][:SHOWN]]
    if options.json:
        counts = {kind: reached.counts(kind) for kind in coverage.KINDS}
        values = [_walk_values(each) for each in walks]
        print(json.dumps({"walks": values, "reached": counts, "files": files}, indent=1))
    else:
        print("reached: " + ", ".join("{} of {} {}".format(*reached.counts(kind), kind) for kind in coverage.KINDS))
    return WRONG if any(each.breach for each in walks) else FINE


def _walk_values(each: Walk) -> dict[str, Any]:
    return {"seed": each.seed, "acts": each.acts, "steps": each.steps, "digest": each.digest,
            "breach": _breach_values(each.breach)}


# ---- both ----

def _breach_values(breach: Breach | None) -> dict[str, Any] | None:
    return None if breach is None else {"monitor": breach.monitor, "at": breach.at_ns, "text": breach.text}


def _keep(
    options: argparse.Namespace, sheet: CueSheet, breach: Breach | None, least: Script | None, name: str, again: str
) -> str:
    """Write the short rehearsal of a breach, and say how to see it again."""
    from showctl_sim import written

    assert breach is not None
    assert least is not None
    command = f"showctl {again} {options.sheet} --hours {options.hours / HOUR_NS:g}"
    command += f" --venue {options.venue}" if options.venue else ""
    command += f" --faults {options.faults}" if getattr(options, "faults", "all") != "all" else ""
    file = options.out / f"{Path(options.sheet).stem}.{again.split()[0]}-{again.split()[-1]}.yaml"
    beside = os.path.relpath(options.sheet, options.out)
    text = written.rehearsal(sheet, least, f"{name}: {breach.monitor}", beside, command)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    if not options.json:
        print(f"{file}: {len(least.acts)} steps are enough; the whole run again: {command}")
    return str(file)
