"""``showctl rehearse --mutate``: which mistakes in a sheet its rehearsals would not see."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from showctl.cli_sheet import FINE, WRONG, text_of, told
from showctl.errors import UsageError

if TYPE_CHECKING:
    from showctl.model import CueSheet
    from showctl_sim.rehearsal import Rehearsal

EQUIVALENT = ".equivalent.yaml"
"""Beside ``corner-shop.yaml``, ``corner-shop.equivalent.yaml`` argues which mutants no run can tell from the sheet."""


def add(rehearse: argparse.ArgumentParser) -> None:
    """The options of ``rehearse --mutate``."""
    rehearse.add_argument("--mutate", action="store_true",
                          help="break the sheet in every small way, and list what no rehearsal sees")
    rehearse.add_argument("--at-least", type=int, default=0, metavar="PERCENT", choices=range(101),
                          help="with --mutate: fail below this score")
    rehearse.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                          help="with --mutate: processes; default: one for each core")


def mutate(options: argparse.Namespace, rehearsed: Sequence[tuple[Rehearsal, CueSheet]]) -> int:
    """Judge every mutant, list those that survive, print the score; WRONG where it is below ``--at-least``."""
    from showctl_sim import mutants, pool
    from showctl_sim import mutate as judging

    sheet = rehearsed[0][1]
    if any(other is not sheet for _, other in rehearsed):
        raise UsageError("--mutate needs rehearsals in one venue; name those of one, or give --venue")
    rehearsals = [rehearsal for rehearsal, _ in rehearsed]
    share = pool.processes(options.jobs)
    count = len(mutants.mutants(sheet))
    verdicts = tuple(told(judging.judge(sheet, rehearsals, share), count, "mutant"))
    beside = Path(options.sheet).with_suffix(EQUIVALENT)
    argued = judging.equivalents(text_of(str(beside)), str(beside)) if beside.exists() else {}
    score = judging.Score(verdicts, argued)
    seen, of = score.counts
    if options.json:
        print(json.dumps({
            "seen": seen, "of": of, "permille": score.permille, "survivors": list(score.survivors),
            "equivalent": dict(argued), "refuted": list(score.refuted),
            "stillborn": [each.name for each in verdicts if each.stillborn],
            "killed by": {each.name: each.killed_by for each in verdicts if each.killed_by},
        }, indent=1))
    else:
        for name in score.survivors:
            print(f"survives: {name}")
        for name in score.refuted:
            print(f"{beside}: '{name}' is seen, or is no mutant: leave it out")
        print(f"mutants: {seen} of {of} seen, {score.permille // 10}.{score.permille % 10} %; "
              f"{len(argued)} argued to be equivalent")
    return FINE if score.permille >= 10 * options.at_least and not score.refuted else WRONG
