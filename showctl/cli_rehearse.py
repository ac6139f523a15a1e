"""``showctl rehearse``: a sheet's rehearsals in virtual time."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from showctl import cli_mutate
from showctl.cli_sheet import FINE, WRONG, Configs, library_of, sheet_options, text_of, venue_of
from showctl.errors import Problem, SheetError, UsageError

if TYPE_CHECKING:
    from showctl.model import CueSheet
    from showctl_sim.rehearsal import Rehearsal, Result

FOLDER = ".rehearsals"
"""The rehearsals of ``corner-shop.yaml`` are the YAML files in ``corner-shop.rehearsals`` beside it."""

Rehearsed = tuple["Rehearsal", "CueSheet"]


def add(commands: Any) -> None:
    """Offer the command."""
    rehearse = commands.add_parser(
        "rehearse", help="run a sheet's rehearsals in virtual time",
        description="Runs rehearsals and prints what they reached of the sheet. Without REHEARSAL: every one in the "
                    f"folder beside the sheet that has its name and ends in {FOLDER}.",
    )
    rehearse.add_argument("sheet", metavar="SHEET")
    rehearse.add_argument("rehearsals", nargs="*", metavar="REHEARSAL", help="a rehearsal, a folder of them, a trace")
    sheet_options(rehearse)
    rehearse.add_argument("--seed", type=int, help="for chance; default: each rehearsal's own")
    rehearse.add_argument("--json", action="store_true", help="the results as JSON")
    rehearse.add_argument("--junit", type=Path, metavar="FILE", help="the results for CI, beside what is printed")
    rehearse.add_argument("--report", type=Path, metavar="FILE", help="a page to look at, of each rehearsal")
    rehearse.add_argument("--live", action="store_true",
                          help="in real time on the wires of a daemon that runs the sheet in this venue; it is reset")
    rehearse.add_argument("--line", action="append", default=[], metavar="CONNECTION=FILE",
                          help="with --live: the far end of a serial line, such as pedal=/dev/pts/4")
    cli_mutate.add(rehearse)
    rehearse.set_defaults(command=_rehearse)


def _rehearse(options: argparse.Namespace) -> int:
    from showctl_sim import coverage
    from showctl_sim.rehearsal import telling

    rehearsed = read_all(options)
    if options.live:
        return _live(options, rehearsed)
    if options.mutate:
        return cli_mutate.mutate(options, rehearsed)
    results: list[Result] = []
    reached = coverage.nothing(rehearsed[0][1])
    for result in _results(options, rehearsed):
        results.append(result)
        reached += result.coverage
        for line in telling.lines(result) if not options.json else ():
            print(line)
    if options.json:
        print(json.dumps(telling.values(results, reached), indent=1))
    else:
        print("\n".join(telling.table(reached)))
    if options.junit:
        _write(options.junit, telling.junit(rehearsed[0][1].name, results))
    if options.report:
        _report(options.report, results)
    return FINE if all(result.passed for result in results) else WRONG


def _results(options: argparse.Namespace, rehearsed: list[Rehearsed]) -> Iterator[Result]:
    from showctl_sim import rehearsal

    for number, (each, sheet) in enumerate(rehearsed, 1):
        yield rehearsal.run(each, sheet, seed=options.seed, progress=_progress(number, len(rehearsed)))


def read_all(options: argparse.Namespace) -> list[Rehearsed]:
    """Every rehearsal that is asked for, with the sheet in the venue it names. Raises SheetError with every problem."""
    from showctl_sim import rehearsal

    sheets: dict[tuple[str, str] | None, CueSheet] = {}
    rehearsed, problems = [], list[Problem]()
    for file in _files(options.sheet, options.rehearsals):
        text = _bare(file) if file.suffix == ".jsonl" else text_of(str(file))
        venue = venue_of(options) or _own_venue(file, rehearsal.sheet_of(text, str(file))[1])
        if venue not in sheets:
            sheets[venue] = _sheet(options, venue)
        try:
            read = rehearsal.read(text, str(file), sheets[venue])
            rehearsed.append((rehearsal.joined(read, sheets[venue], text_of, Configs()), sheets[venue]))
        except SheetError as error:
            problems += error.problems
    if problems:
        raise SheetError(tuple(problems))
    return rehearsed


def _bare(trace: Path) -> str:
    """A recording by itself: nothing is expected of it but the sheet's own rules."""
    return f"rehearsal: {json.dumps(trace.stem)}\ntrace: {json.dumps(trace.name)}\nsteps: []\n"


def _sheet(options: argparse.Namespace, venue: tuple[str, str] | None) -> CueSheet:
    from showctl import sheet

    library = library_of(options.sheet)
    return sheet.read(text_of(options.sheet), options.sheet, Configs(), venue, options.overrides, library)


def _own_venue(file: Path, venue: str) -> tuple[str, str] | None:
    """The venue that a rehearsal names, seen from where it stands."""
    return (text_of(str(file.parent / venue)), str(file.parent / venue)) if venue else None


def _files(sheet: str, named: list[str]) -> list[Path]:
    """The rehearsals in the folder beside the sheet, or those that were named."""
    beside = Path(sheet).with_suffix(FOLDER)
    files = [file for name in named or [str(beside)]
             for file in (sorted(Path(name).glob("*.yaml")) if Path(name).is_dir() else [Path(name)])]
    if not named and not beside.is_dir():
        raise UsageError(f"no rehearsals: there is no folder {beside}; docs/rehearsal.md shows how to write one")
    if not files:
        raise UsageError(f"no rehearsals (*.yaml) in {', '.join(named) or beside}")
    return files


def _live(options: argparse.Namespace, rehearsed: list[Rehearsed]) -> int:
    """One after the other on the wire; each expectation as it is settled."""
    from showctl_sim import live

    refused = [words for each, sheet in rehearsed for words in live.refusals(each, sheet)]
    if refused:
        raise UsageError("\n".join(["this cannot be done live", *refused]))
    lines = dict(each.partition("=")[::2] for each in options.line)
    passed = True
    for each, sheet in rehearsed:
        result = live.run(each, sheet, lines, None if options.json else lambda seen: print(f"  {seen}", flush=True))
        passed = passed and result.passed
        if options.json:
            print(json.dumps(live.values(result)))
        else:
            print("\n".join(live.telling(result)), flush=True)
    return FINE if passed else WRONG


def _report(file: Path, results: list[Result]) -> None:
    """One page, or one for each rehearsal: ``out.html`` becomes ``out.the-hook.html``."""
    from showctl_sim import report
    from showctl_sim.report.rehearsed import story

    for result in results:
        own = Path(result.rehearsal.file).stem
        path = file if len(results) == 1 else file.with_name(f"{file.stem}.{own}{file.suffix}")
        _write(path, report.page(story(result)))
        print(f"{own}: {path}", file=sys.stderr)


def _progress(number: int, of: int) -> Callable[[int, int], None] | None:
    """On a terminal, one line that is written over and over."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, steps: int) -> None:
        end = "\r" if done < steps else "\r\033[K"
        print(f"rehearsal {number} of {of}, step {done} of {steps}", end=end, file=sys.stderr, flush=True)

    return tell


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
