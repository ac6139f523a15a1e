"""``showctl trace``: a stretch of a journal as a trace, on standard output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from showctl.cli_sheet import FINE, Configs

MAX_GAP = "10 s"


def add(commands: Any) -> None:
    """Offer the command."""
    trace = commands.add_parser(
        "trace", help="cut a stretch out of a journal, for replay and rehearsals",
        description="Writes a trace to standard output: the stretch between two moments as a recording of its own. "
                    "19:58 is the clock on the wall, 0:05:00 or '5 min' is time since the start of the run.",
    )
    trace.add_argument("journals", nargs="+", metavar="JOURNAL", type=Path, help="the journal; all its parts, in order")
    trace.add_argument("--from", dest="from_", metavar="MOMENT", default="0", help="default: the start of the run")
    trace.add_argument("--to", metavar="MOMENT", help="default: the end of the recording")
    trace.add_argument("--max-gap", metavar="TIME", default=MAX_GAP,
                       help=f"how long the journal's heartbeat may pause within the cut; default {MAX_GAP}")
    trace.set_defaults(command=_trace)


def _trace(options: argparse.Namespace) -> int:
    from showctl import cut, journal, sheet
    from showctl.errors import UsageError
    from showctl.moments import clock_text, moment_ns
    from showctl.units import duration_ns

    parts = [cut.part(path.name, list(journal.read(path))) for path in options.journals]
    wall = parts[0].recording.header.wall
    from_ns = moment_ns(options.from_, wall)
    to_ns = moment_ns(options.to, wall) if options.to else parts[-1].recording.last_ns
    if to_ns <= from_ns:
        raise UsageError(f"--to {clock_text(to_ns)} does not come after --from {clock_text(from_ns)}")
    try:
        max_gap_ns = duration_ns(options.max_gap)
    except ValueError as error:
        raise UsageError(f"--max-gap: {error}") from None
    for each in parts:
        for note in each.recording.notes:
            print(f"{each.name}: {note}", file=sys.stderr)

    def build(bundle: Any) -> Any:
        return sheet.read(**sheet.unbundle(bundle), configs=Configs())

    for line in list(cut.cut(parts, build, from_ns, to_ns, max_gap_ns)):    # all of it or nothing
        print(line)
    return FINE
