"""A rehearsal that begins with a recording: last night's inputs come at their times, expectations stand in between.

The room says nothing of its own then, for the recording has every word that it said. A trace that was cut in the
middle of a run goes on from its snapshot, so the sheet may have changed in times and levels only, not in what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

from showctl import recording as recordings
from showctl import sheet as sheets
from showctl.errors import TraceError
from showctl.model import CueSheet
from showctl.recording import Recording
from showctl.status import Status
from showctl_sim.rehearsal.nouns import Rehearsal
from showctl_sim.rehearsal.stage import Stage


def read(text: str, file: str, sheet: CueSheet, configs: Mapping[str, Any] | None) -> Recording:
    """The trace in ``text``, to be played on ``sheet``.

    Raises TraceError, with the file and the line, for what is no whole trace, and where it cannot go on with ``sheet``.
    """
    try:
        recording = recordings.read((number, line) for number, line in enumerate(text.splitlines(), 1) if line)
        recordings.check(recording, sheet.connections)
        if recording.snapshot is not None:
            recorded = sheets.read(**sheets.unbundle(recording.header.bundle), configs=configs)
            _fits(recorded, sheet)
    except TraceError as error:
        raise TraceError(f"{file}: {error}") from None
    return recording


def joined(
    rehearsal: Rehearsal, sheet: CueSheet, text: Callable[[str], str], configs: Mapping[str, Any] | None
) -> Rehearsal:
    """``rehearsal`` with the recording that it names, if it names one.

    ``text`` gives the text of a file, which stands beside the rehearsal. Raises TraceError as :func:`read`.
    """
    if not rehearsal.trace:
        return rehearsal
    file = str(PurePath(rehearsal.file).parent / rehearsal.trace)
    recording = read(text(file), file, sheet, configs)
    return replace(rehearsal, recording=recording, seed=rehearsal.seed or recording.header.seed)


def begin(stage: Stage, recording: Recording) -> None:
    """Go on from where the recording begins; its inputs come as time passes."""
    performance, snapshot = stage.performance, recording.snapshot
    if snapshot is None:
        performance.begin()
    else:
        try:
            seen = Status.of_snapshot(performance.sheet, snapshot.values)
            performance.restore({"now_ns": snapshot.at_ns, "show": snapshot.values, "seen": seen})
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise TraceError(f"line 2: the snapshot does not fit this sheet ({error!r})") from None
    stage.rig.hush()
    for _, taken in recording.inputs:
        stage.rig.at(taken.at_ns, partial(stage.rig.emit, taken.trigger))


def _fits(recorded: CueSheet, sheet: CueSheet) -> None:
    """Raises TraceError where a snapshot of one sheet means nothing to the other, with the first thing that differs."""
    for what, before, now in zip(SHAPES, _shape(recorded), _shape(sheet), strict=True):
        if before != now:
            changed = [each for each in (*before, *now) if (each in before) != (each in now)] or ["their order"]
            raise TraceError(
                f"its snapshot is of a sheet with other {what} ({', '.join(changed[:3])}); a trace from the start of "
                "the run (without --from) can be played on any sheet"
            )


SHAPES = ("fixtures and faders", "states", "cues", "triggers", "connections")


def _shape(sheet: CueSheet) -> tuple[list[str], ...]:
    """What a snapshot names or counts."""
    return (
        [f"{each.owner} {each.attribute}" for each in sheet.parameters],
        [f"{region.name} {state}" for region in sheet.regions.values() for state in region.states],
        [str(number) for number in sheet.cues],
        list(sheet.triggers),
        list(sheet.connections),
    )
