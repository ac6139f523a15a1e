"""Rehearsals: a cue sheet's test suite in virtual time. The language is on one page in ``docs/rehearsal.md``.

``read`` makes a Rehearsal of a text, ``run`` plays it, ``telling`` says what came of it.
"""

from __future__ import annotations

from showctl_sim.rehearsal.nouns import Check, Doing, Expecting, Failure, Place, Rehearsal, Result
from showctl_sim.rehearsal.reading import read, sheet_of
from showctl_sim.rehearsal.recorded import joined
from showctl_sim.rehearsal.running import run

__all__ = [
    "Check", "Doing", "Expecting", "Failure", "Place", "Rehearsal", "Result", "joined", "read", "run", "sheet_of",
]
