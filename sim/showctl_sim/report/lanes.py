"""What happened, in lanes: states, cues, triggers, hands, losses, and a line of words for each moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from showctl.lines import asked, line
from showctl.model import LEVEL_MAX, CueSheet, Master, Release, Step, Swing, cue_text
from showctl.status import Status

MILLISECOND_NS = 1_000_000
ROWS_MAX = 6

Span = tuple[int, int, str]
"""From, to (ms) and the words."""


@dataclass(slots=True)
class Lanes:
    """Everything but the curves. Times are ms of show time; ``end`` is the end of the run."""

    end: int
    states: dict[str, list[Span]] = field(default_factory=dict)           # region → state after state
    standby: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    cues: list[list[Span]] = field(default_factory=list)                  # rows; in one row nothing overlaps
    held: dict[str, list[Span]] = field(default_factory=dict)             # trigger → while it was true
    pressed: list[tuple[int, str, bool]] = field(default_factory=list)    # when, what and who, whether refused
    lost: dict[str, list[Span]] = field(default_factory=dict)
    masters: dict[str, list[tuple[int, int]]] = field(default_factory=dict)    # name → (ms, thousandths)
    words: list[tuple[int, str]] = field(default_factory=list)


def lanes(sheet: CueSheet, steps: Iterable[Step], begin_ns: int, end_ns: int, before: Status | None = None) -> Lanes:
    """Fold the steps of a run from ``begin_ns`` to ``end_ns``; ``before`` is what held as it began, if anything."""
    folding = _Folding(sheet, begin_ns // MILLISECOND_NS, end_ns // MILLISECOND_NS)
    if before is not None:
        folding.go_on(before)
    for step in steps:
        folding.take(step)
    return folding.closed()


class _Folding:
    """Lanes while they grow: ``open`` holds what has begun and not ended."""

    def __init__(self, sheet: CueSheet, begin: int, end: int) -> None:
        self.sheet = sheet
        self.lanes = Lanes(end)
        self.begin = begin
        self.in_state: dict[str, tuple[int, str]] = {}
        self.truths: dict[str, int] = {}
        self.missing: dict[str, int] = {}
        self.running: dict[str, list[int]] = {}
        self.cues: list[Span] = []
        self.effects: dict[str, int] = {}
        self.names = {cue_text(number): cue.name for number, cue in sheet.cues.items()}

    def go_on(self, before: Status) -> None:
        """What holds as the run begins in the middle of a show."""
        at = self.begin
        self.in_state = {region: (at, state) for region, state in before.states.items() if state}
        self.lanes.standby = {region: [(at, self._cue(text))] for region, text in before.standby.items()}
        self.running = {number: [at] * count for number, count in before.running.items()}
        self.missing = dict.fromkeys(before.missing, at)
        self.effects = dict.fromkeys(before.effects, at)
        for name, level in before.masters.items():
            if level != (0 if name == "blackout" else LEVEL_MAX):
                self.lanes.masters[name] = [(at, _share(level))]

    def take(self, step: Step) -> None:
        """One step."""
        at = step.at_ns // MILLISECOND_NS
        for move in step.moves:
            self._enter(at, move.region, move.target)
        for number in step.started:
            self.running.setdefault(number, []).append(at)
        for number in step.ended:
            starts = self.running.get(number)
            self.cues.append((starts.pop(0) if starts else self.begin, at, self._cue(number)))
        for region, text in step.standby:
            self.lanes.standby.setdefault(region, []).append((at, self._cue(text)))
        for action in step.actions:
            if type(action) is Master:
                self.lanes.masters.setdefault(action.name, []).append((at, _share(action.level)))
            elif type(action) is Swing:
                self.effects.setdefault(action.name, at)
            elif type(action) is Release and action.name in self.effects:
                self.cues.append((self.effects.pop(action.name), at, f"effect {action.name}"))
        self._event(at, step)
        if step.refused and step.event.kind != "heard":
            self.lanes.words.append((at, f"{asked(step)}: refused, {step.refused}"))
        elif words := line(step):
            self.lanes.words.append((at, words.partition(" ")[2]))

    def _enter(self, at: int, region: str, state: str) -> None:
        if region in self.in_state:
            since, before = self.in_state[region]
            self.lanes.states.setdefault(region, []).append((since, at, before))
        self.in_state[region] = (at, state)

    def _cue(self, number: str) -> str:
        return f"{number} {self.names.get(number, '')}".strip()

    def _event(self, at: int, step: Step) -> None:
        event = step.event
        if event.kind == "edge" and event.value is False:
            if event.name in self.truths:
                self.lanes.held.setdefault(event.name, []).append((self.truths.pop(event.name), at, ""))
        elif event.kind == "edge":
            self.truths.setdefault(event.name, at)
        elif event.kind in ("command", "press", "confirm", "refused", "touched"):
            self.lanes.pressed.append((at, asked(step), bool(step.refused)))
        elif event.kind == "lost":
            self.missing.setdefault(event.name, at)
        elif event.kind in ("back", "returned") and event.name in self.missing:
            self.lanes.lost.setdefault(event.name, []).append((self.missing.pop(event.name), at, ""))

    def closed(self) -> Lanes:
        """What has not ended ends with the run."""
        found, end = self.lanes, self.lanes.end
        for region, (since, state) in self.in_state.items():
            found.states.setdefault(region, []).append((since, end, state))
        for number, starts in self.running.items():
            self.cues += [(start, end, self._cue(number)) for start in starts]
        self.cues += [(since, end, f"effect {name}") for name, since in self.effects.items()]
        for name, since in self.truths.items():
            found.held.setdefault(name, []).append((since, end, ""))
        for name, since in self.missing.items():
            found.lost.setdefault(name, []).append((since, end, ""))
        found.states = {name: found.states[name] for name in self.sheet.regions if name in found.states}
        found.held = {name: found.held[name] for name in self.sheet.triggers if name in found.held}
        found.cues = rows(sorted(self.cues))
        return found


def _share(level: int) -> int:
    return (2 * level * 1000 + LEVEL_MAX) // (2 * LEVEL_MAX)


def rows(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans in the first row where they overlap nothing; what finds no place in six rows lies over the last."""
    found: list[list[Span]] = []
    for span in spans:
        for row in found:
            if row[-1][1] <= span[0]:
                row.append(span)
                break
        else:
            if len(found) < ROWS_MAX:
                found.append([span])
            else:
                found[-1].append(span)
    return found
