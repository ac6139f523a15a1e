"""Every shipped rehearsal, run once; ``python -m tests.sim.rehearsed`` prints a hash of all it decided and sent."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from showctl import sheet, trace
from showctl_sim import rehearsal
from showctl_sim.rehearsal import telling

SHEETS = Path(__file__).parents[2] / "cuesheets"


def digest() -> str:
    """What the rehearsals told, recorded and rendered, as one hash."""
    whole, count = hashlib.sha256(), 0
    for file in sorted(SHEETS.glob("*.yaml")):
        shown = sheet.read(file.read_text(encoding="utf-8"), file.name)
        for each in sorted(file.with_suffix(".rehearsals").glob("*.yaml")):
            count += 1
            script = rehearsal.read(each.read_text(encoding="utf-8"), each.name, shown)
            result = rehearsal.run(script, shown, seed=7)
            for line in (*telling.lines(result), str(result.performance.show.digest())):
                whole.update(line.encode())
            for record in result.performance.records:
                whole.update(trace.encode(record).encode())
    return f"{count} rehearsals {whole.hexdigest()}"


if __name__ == "__main__":
    sys.stdout.write(digest() + "\n")
