"""The core without input or output, a very long sheet, and virtual time."""

from __future__ import annotations

from tests.bench import alone, engine, virtual
from tests.bench.chapters import Chapter
from tests.bench.figures import Line, median
from tests.bench.players import Place
from tests.bench.sizes import Size


def core(place: Place, size: Size) -> Chapter:
    """What showctl does when nothing but its own code is in the way."""
    return Chapter(
        "core", "The core alone, a long sheet, virtual time",
        lines=[*engine_lines(size), *long_sheet_lines(size, place), *virtual.lines(size.runs, size.sweeps)],
    )


def engine_lines(size: Size) -> list[Line]:
    """Steps a second; the best of the runs, since whatever else the machine does can only slow them."""
    sheet, triggers = engine.corner_shop(), engine.evening(size.triggers)
    whole = [engine.whole_core(sheet, triggers) for _ in range(size.runs)]
    alone_ = [engine.engine_alone(sheet, triggers) for _ in range(size.runs)]
    alone_steps, whole_steps = (sum(each.steps for each in runs) for runs in (alone_, whole))
    return [
        Line("engine alone: steps a second", max(each.steps_a_second for each in alone_), "/s", alone_steps,
             at_least=30_000),
        Line("Show.admit, the whole core: steps a second", max(each.steps_a_second for each in whole), "/s",
             whole_steps, at_least=30_000),
        Line("a tick of the 44 Hz grid between them", min(each.tick_us for each in whole), "µs",
             sum(each.ticks for each in whole)),
    ]


def long_sheet_lines(size: Size, place: Place) -> list[Line]:
    """A very long sheet, checked in fresh processes."""
    runs = [alone.check_long_sheet(size.long_sheet, place.folder) for _ in range(size.checks)]
    what, n = f"check of {size.long_sheet:,} cues", len(runs)
    return [
        Line(what, median([each.seconds for each in runs]), "s", n, 4),
        Line(f"{what}: of that CPU time", median([each.cpu_s for each in runs]), "s", n),
        Line(f"{what}: peak memory", max(each.peak_mb for each in runs), "MB", n, 250),
    ]
