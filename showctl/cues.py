"""What the cue list says before anything runs: order, standby, self-starters, tracked looks, lengths.

Terms and timing are QLab's and Eos's as SEMANTICS 8-15 settles them: auto-continue and post-wait count from the start
of the action, auto-follow from its end; standby skips cues that start by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from showctl.fsm import lineage
from showctl.model import Cue, CueSheet, Region, cue_text
from showctl.targets import Look, Many, Targets, Tracked

MAX_NESTING = 16

NOBODY = -1
"""No level: what a look says of a parameter that it leaves open."""

Laid = tuple[str, Decimal, str]
"""An effect that a list has laid: its name, the cue that did, the state whose cue that is."""


class CueBook:
    """Questions about a sheet's cues; nothing in it ever changes, so it is not part of a snapshot."""

    def __init__(self, sheet: CueSheet) -> None:
        self.cues = sheet.cues
        self._parameters = sheet.parameters
        self._self_starting = frozenset(_self_starting(sheet.cues.values()))
        self.home: dict[Decimal, tuple[str, str]] = {
            number: (region.name, state.name)
            for region in sheet.regions.values()
            for state in region.states.values()
            for number in state.cues
        }
        self._states: dict[tuple[str, Decimal], str] = {}       # (region, cue) → whose cue it is
        self._order = {region.name: self._region_order(region) for region in sheet.regions.values()}
        self._next: dict[tuple[str, Decimal], int] = {
            (state.name, number): index + 1
            for region in sheet.regions.values()
            for state in region.states.values()
            for index, number in enumerate(state.cues)
        }
        self._great = any(isinstance(targets, Many) for targets in looks(sheet))
        self._entered = {
            (region.name, state.name): [region.states[each].look for each in reversed(lineage(region, state.name))]
            for region in sheet.regions.values() for state in region.states.values()
        }
        self._starts = {fader.parameter: fader.start for fader in sheet.faders.values()}
        # What a GO asks is worked out here, once: the press itself finds its answers in tables.
        self.text = {number: cue_text(number) for number in sheet.cues}
        self.swinging_regions = {region: any(self.cues[each].effects for each in order)
                                 for region, order in self._order.items()}
        self.hazards = _hazards(sheet)
        self.harmless = _harmless(sheet, self.hazards)
        self.action_ns = {number: self._action_ns(cue) for number, cue in sheet.cues.items()}
        self.list_state = {
            (region.name, leaf): _list_state(region, leaf)
            for region in sheet.regions.values() for leaf in region.states
        }
        self._following: dict[tuple[str, Decimal | None], Decimal | None] = {}
        for region in sheet.regions.values():
            for state in region.states.values():
                beyond: Decimal | None = None
                for number in reversed(state.cues):
                    self._following[state.name, number] = beyond
                    beyond = number if self._waits_for_go(number, {}) else beyond
                self._following[state.name, None] = beyond

    def following(
        self, region: Region, state: str, number: Decimal | None, skipped: dict[Decimal, bool]
    ) -> Decimal | None:
        """The next cue that GO would start in ``state`` after ``number`` (None: from the top), or None."""
        if not skipped:
            return self._following.get((state, number))
        cues = region.states[state].cues
        begin = 0 if number is None else self._next.get((state, number), len(cues))
        return next((cues[at] for at in range(begin, len(cues)) if self._waits_for_go(cues[at], skipped)), None)

    def preceding(
        self, region: Region, state: str, number: Decimal | None, skipped: dict[Decimal, bool]
    ) -> Decimal | None:
        """The cue before ``number`` that GO would start in ``state`` (None: from the end), or None."""
        cues = region.states[state].cues
        end = len(cues) if number is None else self._next.get((state, number), 1) - 1
        for index in range(end - 1, -1, -1):
            if self._waits_for_go(cues[index], skipped):
                return cues[index]
        return None

    def tracked(self, region: str, number: Decimal, leaf: str = "", *, before: bool = False) -> Tracked:
        """Every level the region's list has set by the end of cue ``number`` (SEMANTICS 9): parameter → level.

        What the states that ``leaf`` stands in set at entry counts from their first cue on. ``before``: without the
        cue itself.
        """
        look, state = self.fresh(), self.list_state.get((region, leaf), "")
        waiting = [part for part in self._entered.get((region, leaf), ()) if part is not None]
        for each in self._order[region]:
            if each > number:
                break
            if waiting and self._states[region, each] == state:
                for part in waiting:
                    look.update(part.targets)
                waiting.clear()
            if not before or each != number:
                self.apply(look, self.cues[each])
        return look

    def at_rest(self, told: Tracked, wanted: Tracked) -> tuple[tuple[int, int], ...]:
        """What was told and ``wanted`` leaves open, as it stood before: a lamp dark, a fader at its start.

        A fader without ``start`` stays where it is: nobody knows where it stood (SEMANTICS 31).
        """
        open_ = (parameter for parameter, _ in told.items() if wanted.get(parameter, NOBODY) == NOBODY)
        found = ((parameter, self._starts.get(parameter, self._parameters[parameter].default)) for parameter in open_)
        return tuple((parameter, level) for parameter, level in found if level is not None)

    def fresh(self, pairs: Iterable[tuple[int, int]] = ()) -> Tracked:
        """A tracked look, a dict wherever that will do."""
        return Look(pairs) if self._great else dict(pairs)

    def apply(self, look: Tracked, cue: Cue) -> None:
        """Write a cue's targets into a tracked look; relative ones add to what is there (SEMANTICS 10)."""
        if cue.overlay_ns is not None:
            return
        for part in cue.parts:
            if not part.relative:
                look.update(part.targets)
                continue
            for parameter, level in part.targets:
                about = self._parameters[parameter]
                look[parameter] = min(
                    about.maximum, max(about.minimum, look.get(parameter, about.default) + level))

    def swinging(self, region: str, number: Decimal, states: tuple[str, ...]) -> list[Laid]:
        """The effects without end that these states' cues have laid by the end of cue ``number`` (SEMANTICS 9, 12)."""
        laid: dict[str, tuple[Laid, dict[int, None]]] = {}
        for each in self._order[region] if self.swinging_regions[region] else ():
            cue = self.cues[each]
            if each > number:
                break
            if cue.overlay_ns is None:
                _give_way(laid, cue)
                if self._states[region, each] in states:
                    found = ((effect, (effect.name, each, self._states[region, each])) for effect in cue.effects)
                    laid |= {effect.name: (what, dict.fromkeys(effect.own)) for effect, what in found
                             if effect.length_ns is None}
        return [what for what, _ in laid.values()]

    def span_ns(self, number: Decimal, depth: int = 0) -> int:
        """From a cue's start to the end of its longest part as written, pre-waits and members included."""
        cue = self.cues[number]
        return cue.pre_wait_ns + self._action_ns(cue, depth)

    def _action_ns(self, cue: Cue, depth: int = 0) -> int:
        """The length of a cue's action: its own parts, or its members as its group plays them."""
        if cue.group is None or depth >= MAX_NESTING:
            return cue.span_ns
        spans = [self.span_ns(member, depth + 1) for member in cue.group.members]
        if cue.group.mode == "sequence":
            together_ns = sum(spans)
        elif cue.group.mode == "first":
            together_ns = spans[0] if spans else 0
        else:
            together_ns = max(spans, default=0)
        return max(cue.span_ns, together_ns)

    def _waits_for_go(self, number: Decimal, skipped: dict[Decimal, bool]) -> bool:
        if number in self._self_starting or number not in self.cues:
            return False
        return not skipped.get(number, self.cues[number].skip)

    def _region_order(self, region: Region) -> tuple[Decimal, ...]:
        """The region's cues in numeric order, with all that they start by themselves; notes whose state they are of."""
        pending = [(state.name, number) for state in reversed(list(region.states.values())) for number in state.cues]
        while pending:
            state, number = pending.pop()
            if (region.name, number) not in self._states and number in self.cues:
                self._states[region.name, number] = state
                pending.extend((state, each) for each in _started_by(self.cues[number]))
        return tuple(sorted(number for name, number in self._states if name == region.name))


def _give_way(laid: dict[str, tuple[Laid, dict[int, None]]], cue: Cue) -> None:
    """Take off what a cue ends: what it stops or releases, and effects whose every parameter its look has taken."""
    for act in cue.acts:
        if act.verb in ("stop", "release"):
            for name in [name for name, (what, _) in laid.items() if what[1] == act.cue and act.effect in ("", name)]:
                del laid[name]
    named = dict.fromkeys(parameter for part in cue.parts if not part.relative for parameter, _ in part.targets)
    for name, (_, own) in list(laid.items()) if named else ():
        for parameter in [parameter for parameter in own if parameter in named]:
            del own[parameter]
            if not own:
                del laid[name]


def _list_state(region: Region, leaf: str) -> str:
    """The state whose list GO plays while the machine is in ``leaf``: the innermost one that has cues, or ""."""
    return next((name for name in lineage(region, leaf) if region.states[name].cues), "")


def _started_by(cue: Cue) -> list[Decimal]:
    started = [number for number in (cue.auto_follow, cue.auto_continue) if number is not None]
    return started + list(cue.group.members if cue.group else ())


def looks(sheet: CueSheet) -> Iterator[Targets]:
    """What the parts of every cue and the looks of every state name."""
    for cue in sheet.cues.values():
        yield from (part.targets for part in cue.parts)
    for region in sheet.regions.values():
        yield from (state.look.targets for state in region.states.values() if state.look is not None)


def _harmless(sheet: CueSheet, hazards: Mapping[Decimal, dict[str, Decimal]]) -> frozenset[str]:
    """The states whose entry can hurt nobody, whatever cue of theirs comes first."""
    return frozenset(
        state.name for region in sheet.regions.values() for state in region.states.values()
        if not any(number in hazards for number in state.cues)
        and not any(sheet.commands[message.command].hazard for message in state.messages))


def _hazards(sheet: CueSheet) -> dict[Decimal, dict[str, Decimal]]:
    """Cue → what can hurt somebody once it is started, and the cue that does it: itself, or one that it sets off."""
    set_off_by: dict[Decimal, list[Decimal]] = {}
    for cue in sheet.cues.values():
        for number in (*_started_by(cue), *(act.cue for act in cue.acts if act.verb == "start")):
            set_off_by.setdefault(number, []).append(cue.number)
    found: dict[Decimal, dict[str, Decimal]] = {}
    for cue in sheet.cues.values():
        sent = [sheet.commands[message.command].hazard for message in cue.messages]
        for hazard in dict.fromkeys(each for each in (cue.hazard, *sent) if each):
            pending = [cue.number]
            while pending:
                number = pending.pop()
                known = found.setdefault(number, {})
                if hazard not in known:
                    known[hazard] = cue.number
                    pending += set_off_by.get(number, ())
    return found


def _self_starting(cues: Iterable[Cue]) -> Iterable[Decimal]:
    for cue in cues:
        if cue.auto_follow is not None:
            yield cue.auto_follow
        if cue.auto_continue is not None:
            yield cue.auto_continue
        if cue.group is not None:
            # "start first and enter the group" leaves the rest of its members to GO
            yield from cue.group.members[:1] if cue.group.mode == "first" else cue.group.members
