"""One region at work: the state it is in, its playhead, its timers, and the way back to where it was.

A region is one machine and one playback (SEMANTICS 8). Moving between states happens only here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from showctl import fsm
from showctl.cues import CueBook, Laid
from showctl.draft import Draft
from showctl.fsm import Table, Way
from showctl.model import SECOND_NS, Fade, Guard, Move, Region, Safe, State, cue_text, noun
from showctl.runs import Runs
from showctl.targets import Tracked, gathered
from showctl.timers import Key, Timers

RETURN_FADE_NS = 2 * SECOND_NS      # back to a look nobody gave a time for
ENTRY_CHAIN_MAX = 8                 # `when:` lines that are already true may carry on into the next state


@noun
class Left:
    """What ``back`` returns to (SEMANTICS 19): a state with its standby, look and remaining timers."""

    state: str
    standby: Decimal | None
    current: Decimal | None
    look: Tracked
    timers: tuple[tuple[Key, int], ...]
    effects: tuple[Laid, ...] = ()


@dataclass(slots=True)
class Playback:
    """The changing half of a region."""

    name: str
    region: Region
    table: Table
    lineages: Mapping[str, tuple[str, ...]]
    clocks: Mapping[str, tuple[Key, ...]]           # state → its `after` timers
    line_clocks: Mapping[str, tuple[Key, ...]]      # leaf → those of its whole line
    ready: Mapping[str, tuple[str, ...]]            # leaf → what GO waits for there
    watching: Mapping[str, bool]                    # leaf → whether some `when` is tested at entry
    state: str = ""
    standby: Decimal | None = None
    current: Decimal | None = None
    came_from: Left | None = None

    def active(self) -> tuple[str, ...]:
        """The leaf and its ancestors, inner first."""
        return self.lineages[self.state]


class Regions:
    """All regions of a sheet: entering, leaving, coming back, failing."""

    def __init__(
        self, regions: dict[str, Region], book: CueBook, runs: Runs, timers: Timers, truth: Callable[[str], bool | None]
    ) -> None:
        self._book = book
        self._runs = runs
        self._timers = timers
        self._truth = truth
        self.all: dict[str, Playback] = {
            name: _playback(region) for name, region in regions.items()
        }

    def configuration(self) -> dict[str, tuple[str, ...]]:
        """Each region's active states: what guards see."""
        return {name: playback.active() for name, playback in self.all.items()}

    def holds(self, guard: Guard, configuration: dict[str, tuple[str, ...]]) -> bool:
        """Whether a guard holds; whatever reads unknown is false, whichever way it is written (SEMANTICS 21)."""
        for region, states in guard.regions:
            if not any(state in configuration[region] for state in states):
                return False
        return all(self._truth(name) is wanted for name, wanted in guard.triggers)

    def choose(self, ways: tuple[Way, ...]) -> Way | None:
        """The first way whose guard holds now; most have none, and then nothing need be looked at."""
        if ways[0].transition.guard is None:
            return ways[0]
        configuration = self.configuration()
        return fsm.first(ways, lambda guard: self.holds(guard, configuration))

    # ---- moving ----

    def begin(self, draft: Draft, playback: Playback) -> None:
        """Enter the start state from nowhere (the start of a run, or a reset)."""
        target = fsm.leaf(playback.region, playback.region.start)
        self._enter(draft, playback, "", target, (), tuple(reversed(fsm.lineage(playback.region, target))))

    def move(
        self, draft: Draft, playback: Playback, target: str, left: tuple[str, ...], entered: tuple[str, ...], *,
        first_cue: bool = True, fade_ns: int | None = None,
    ) -> None:
        """Leave states inner first, enter others outer first; ``fade_ns`` in place of a look's own fade."""
        source = playback.state
        remembered = self._remember(draft, playback)
        self._leave(draft, playback, left)
        if not playback.region.states[source].fail:      # back from a fail state skips over fail states between
            playback.came_from = remembered
        self._enter(draft, playback, source, target, left, entered, first_cue=first_cue, fade_ns=fade_ns)

    def jump(self, draft: Draft, playback: Playback, state: str) -> None:
        """Go to a state because a person said so, whatever the table says."""
        target = fsm.leaf(playback.region, state)
        left, entered = fsm.path(playback.region, playback.state, target)
        self.move(draft, playback, target, left, entered)

    def arrive(self, draft: Draft, playback: Playback, state: str, number: Decimal) -> None:
        """Be in ``state`` at cue ``number`` with its tracked look, without playing what comes before it."""
        target = playback.state if state in playback.active() else fsm.leaf(playback.region, state)
        if target != playback.state:
            left, entered = fsm.path(playback.region, playback.state, target)
            self.move(draft, playback, target, left, entered, first_cue=False)
        self.assert_look(draft, playback, number)
        self.play(draft, playback, number)

    def fail(
        self, draft: Draft, playback: Playback, fade_ns: int | None = None, effects: tuple[Laid, ...] = ()
    ) -> None:
        """Go to the fail state, or assert it again; ``fade_ns`` in place of its own fade.

        ``effects`` are those that ran until a moment ago: ``back`` brings them back.
        """
        region = playback.region
        target = region.fail
        if playback.state == target:
            self._cancel_after(playback, (target,))
            self._enter_state(draft, playback, region.states[target], fade_ns)
            return
        left, entered = fsm.path(region, playback.state, target)
        self.move(draft, playback, target, left, entered, fade_ns=fade_ns)
        if effects and playback.came_from is not None:
            playback.came_from = replace(playback.came_from, effects=effects)

    def back(self, draft: Draft, playback: Playback) -> bool:
        """Return to the state that was left: its standby, look and remaining timers. False: nowhere to return to."""
        before = playback.came_from
        if before is None:
            return False
        fade_ns = RETURN_FADE_NS
        for name in playback.active():
            look = playback.region.states[name].look
            if look is not None:
                fade_ns = look.fade_ns
                break
        left, entered = fsm.path(playback.region, playback.state, before.state)
        self._leave(draft, playback, left)
        draft.moves.append(Move(playback.name, playback.state, before.state, left, entered))
        playback.state, playback.standby, playback.current = before.state, before.standby, before.current
        playback.came_from = None
        whole = self._book.fresh(before.look.items())
        whole.update(self._book.at_rest(self._runs.tracked[playback.name], whole))
        self._runs.tracked[playback.name] = whole
        draft.actions.append(Safe(playback.name, playback.region.states[before.state].fail))
        if whole:
            draft.actions.append(Fade(playback.name, gathered(whole.items()), draft.at_ns, fade_ns))
        if before.effects or self._runs.swings.live:
            self._runs.lay_again(draft, playback.name, before.effects, fade_ns)
        for key, remaining_ns in before.timers:
            if key[2] in entered:                          # what was never left runs on as it does
                self._timers.set(key, draft.at_ns + remaining_ns)
        return True

    def _remember(self, draft: Draft, playback: Playback) -> Left:
        timers = []
        for key in playback.line_clocks[playback.state]:
            left_ns = self._timers.left_ns(key, draft.at_ns)
            if left_ns is not None:
                timers.append((key, left_ns))
        look = self._runs.tracked[playback.name].copy()
        effects = self._runs.swings.of_region(playback.name) if self._runs.swings.live else ()
        return Left(playback.state, playback.standby, playback.current, look, tuple(timers), effects)

    def _leave(self, draft: Draft, playback: Playback, left: tuple[str, ...]) -> None:
        self._cancel_after(playback, left)
        self._runs.leave(draft, playback.name, left)

    def _cancel_after(self, playback: Playback, states: tuple[str, ...]) -> None:
        for name in states:
            for key in playback.clocks[name]:
                self._timers.cancel(key)

    def _enter(
        self, draft: Draft, playback: Playback, source: str, target: str, left: tuple[str, ...],
        entered: tuple[str, ...], *, first_cue: bool = True, fade_ns: int | None = None,
    ) -> None:
        region = playback.region
        playback.state = target
        draft.moves.append(Move(playback.name, source, target, left, entered))
        was_safe = bool(source) and region.states[source].fail
        if region.states[target].fail != was_safe:
            draft.actions.append(Safe(playback.name, region.states[target].fail))
        for name in entered:
            self._enter_state(draft, playback, region.states[name], fade_ns, first_cue=first_cue)
        if not self._book.list_state[playback.name, target]:
            playback.standby = None
        if playback.watching[playback.state]:
            self._already_true(draft, playback)

    def _enter_state(
        self, draft: Draft, playback: Playback, state: State, fade_ns: int | None, *, first_cue: bool = True
    ) -> None:
        if state.after:
            for key, (after_ns, _) in zip(playback.clocks[state.name], state.after, strict=True):
                self._timers.set(key, draft.at_ns + after_ns)
        if state.say:
            draft.said.append(state.say)
        if state.messages:
            self._runs.send(draft, state.messages, "", stopping=state.fail)
        if state.look is not None:
            duration_ns = state.look.fade_ns if fade_ns is None else fade_ns
            if self._runs.swings.live:
                self._runs.give_way(draft, playback.name, state.look.targets)
            draft.actions.append(Fade(playback.name, state.look.targets, draft.at_ns, duration_ns, state.look.curve))
            self._runs.tracked[playback.name].update(state.look.targets)
        if state.cues:
            first = self._book.following(playback.region, state.name, None, self._runs.skipped)
            playback.current, playback.standby = None, first
            if first_cue and first is not None:
                self.play(draft, playback, first, state.name)

    def _already_true(self, draft: Draft, playback: Playback) -> None:
        """``when:`` is also tested at entry, on good values only (SEMANTICS 18)."""
        if sum(move.region == playback.name for move in draft.moves) > ENTRY_CHAIN_MAX:
            draft.notes.append(f"{playback.name} stays in {playback.state}: {ENTRY_CHAIN_MAX} moves in one step")
            return
        configuration, told = self.configuration(), dict[str, bool]()
        for name in playback.active():
            for trigger, _ in playback.region.states[name].when:
                if trigger in told or self._truth(trigger) is not True:
                    continue
                ways = tuple(way for way in playback.table.get((playback.state, trigger), ()) if way.owner == name)
                way = fsm.first(ways, lambda guard: self.holds(guard, configuration))
                if way is not None and way.target:
                    self.move(draft, playback, way.target, way.left, way.entered)
                    return
                if way is not None:
                    told[trigger] = True
                    self._told_at_entry(draft, playback, way, trigger)

    def _told_at_entry(self, draft: Draft, playback: Playback, way: Way, trigger: str) -> None:
        """An answer that stays in the state. ``back`` waits for an edge: who has just come would be gone again."""
        if way.transition.kind == "cue":
            self._runs.start(draft, playback.name, way.owner, Decimal(way.transition.target))
        elif way.transition.kind == "say":
            draft.said.append(way.transition.target or trigger)

    # ---- the playhead ----

    def play(self, draft: Draft, playback: Playback, number: Decimal, state: str = "") -> None:
        """Start a cue of the list as GO does: the chain before it is passed by, standby moves on."""
        state = state or self._book.list_state[playback.name, playback.state]
        self._runs.pass_by(playback.name)
        playback.current = number
        playback.standby = self._book.following(playback.region, state, number, self._runs.skipped)
        self._runs.start(draft, playback.name, state, number)

    def assert_look(self, draft: Draft, playback: Playback, number: Decimal) -> None:
        """Fade to everything the list tracks up to ``number`` in that cue's own longest time (SEMANTICS 9).

        What the cue does at once is left to it; what nobody up to there has told goes to rest. A step of its own adds
        to what was there before it.
        """
        cue, told = self._book.cues[number], self._runs.tracked[playback.name]
        look = self._book.tracked(playback.name, number, playback.state, before=True)
        look.update(self._book.at_rest(told, look))
        self._runs.tracked[playback.name] = look.copy()
        at_once = not cue.pre_wait_ns and self._runs.armed.get(number, cue.armed)
        parts = [part for part in cue.parts if at_once and not part.relative and not part.delay_ns]
        own = {parameter for part in parts for parameter, _ in part.targets}
        rest = [pair for pair in look.items() if pair[0] not in own]
        if rest:
            draft.actions.append(Fade(playback.name, gathered(rest), draft.at_ns, cue.length_ns))
        if self._book.swinging_regions[playback.name]:
            self.assert_effects(draft, playback, number, cue.length_ns, starting=number)

    def assert_effects(
        self, draft: Draft, playback: Playback, number: Decimal, fade_ns: int, *, starting: Decimal | None = None
    ) -> None:
        """Have the effects at work that the list has laid by ``number``, and no others (SEMANTICS 9, 12)."""
        wanted = self._book.swinging(playback.name, number, playback.active())
        self._runs.lay_again(draft, playback.name, wanted, fade_ns, starting=starting)

    def standby_text(self, playback: Playback) -> str:
        """What GO does next, as stations read it: a cue number, a state, or nothing."""
        if playback.standby is not None:
            return self._book.text[playback.standby]
        ways = playback.table.get((playback.state, "go"), ())
        if not ways:
            return ""
        way = ways[0] if len(ways) == 1 else self.choose(ways) or ways[0]
        return way.transition.target or way.transition.kind

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """Each region's place, as JSON values; its timers are in ``Timers``."""
        return {
            name: [playback.state, _text(playback.standby), _text(playback.current), _left_values(playback.came_from)]
            for name, playback in self.all.items()
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take the state of :meth:`snapshot`."""
        for name, (state, standby, current, came_from) in data.items():
            playback = self.all[name]
            playback.state = state
            playback.standby, playback.current = _number(standby), _number(current)
            playback.came_from = _left(came_from)


def _playback(region: Region) -> Playback:
    """A region not yet in any state, with everything that only its sheet decides worked out."""
    states = region.states
    lineages = {"": ()} | {name: fsm.lineage(region, name) for name in states}
    clocks: dict[str, tuple[Key, ...]] = {
        name: tuple(("state", region.name, name, at) for at in range(len(each.after))) for name, each in states.items()}
    return Playback(
        region.name, region, fsm.tables(region), lineages, clocks,
        {leaf: tuple(key for name in line for key in clocks[name]) for leaf, line in lineages.items()},
        {leaf: tuple(want for name in line for want in states[name].ready) for leaf, line in lineages.items()},
        {leaf: any(states[name].when for name in line) for leaf, line in lineages.items()},
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else cue_text(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _left_values(left: Left | None) -> list[Any] | None:
    if left is None:
        return None
    timers = [[list(key), remaining_ns] for key, remaining_ns in left.timers]
    look = [list(pair) for pair in left.look.items()]
    effects = [[name, cue_text(cue), state] for name, cue, state in left.effects]
    return [left.state, _text(left.standby), _text(left.current), look, timers, effects]


def _left(data: list[Any] | None) -> Left | None:
    if data is None:
        return None
    state, standby, current, look, timers, effects = data
    return Left(
        state, _number(standby), _number(current), dict(look),
        tuple((tuple(key), remaining_ns) for key, remaining_ns in timers),
        tuple((name, Decimal(cue), state) for name, cue, state in effects),
    )
