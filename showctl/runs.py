"""Cues that run: waits, parts, follows, groups, overlays. Each is a :class:`Run`; its wake-ups are named timers.

QLab's and Eos's definitions (SEMANTICS 11): pre-wait, then the action; auto-continue at action start + post-wait;
auto-follow when the longest part ends as written, even if other cues took its levels over; a stopped cue leads nothing.
A cue runs for as long as an effect of it does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from showctl import chance
from showctl.cues import CueBook, Laid
from showctl.draft import Draft
from showctl.model import Cue, CueAct, CueSheet, Fade, Halt, Lay, Message, Part, Release, Send, cue_text
from showctl.run import Run, run_of
from showctl.swings import Swings
from showctl.targets import Tracked, gathered
from showctl.timers import Key, Timers

STARTS_PER_INSTANT_MAX = 256     # a ring of cues without any wait would otherwise never let the clock move on


KEPT = ("part", "end", "release", "over")    # waits of a cue that GO went past: what it has begun comes to its end


class Runs:
    """All running cues, the tracked look of each region, what is armed; writes what happens into a Draft."""

    def __init__(self, sheet: CueSheet, book: CueBook, timers: Timers, seed: int) -> None:
        self._sheet = sheet
        self._book = book
        self._timers = timers
        self._runs: dict[int, Run] = {}
        self._last_id = 0
        self._instant = (-1, 0)
        self._now: deque[tuple[Run, str, int]] = deque()
        self._chance = seed
        self.swings = Swings(sheet.cues, seed)
        self._bags: dict[Decimal, list[Decimal]] = {}
        self.tracked: dict[str, Tracked] = {name: book.fresh() for name in sheet.regions}
        self.armed: dict[Decimal, bool] = {}
        self.skipped: dict[Decimal, bool] = {}
        self.loaded: dict[Decimal, int] = {}            # cue → how far in its next start begins, ns
        self.hazard_locked_until_ns = -1
        self.go_to: list[tuple[str, Decimal]] = []      # playhead moves that cues asked for, taken by the engine

    # ---- starting ----

    def start(self, draft: Draft, region: str, state: str, number: Decimal, offset_ns: int = 0) -> None:
        """Start a cue as if ``offset_ns`` ago (load-to-time). A disarmed cue keeps its time but does nothing."""
        self._begin(draft, region, state, number, offset_ns)
        if self._now:
            self._catch_up(draft)

    def _begin(self, draft: Draft, region: str, state: str, number: Decimal, offset_ns: int) -> None:
        at_ns, count = self._instant
        self._instant = (draft.at_ns, count + 1 if at_ns == draft.at_ns else 1)
        if count >= STARTS_PER_INSTANT_MAX and at_ns == draft.at_ns:
            draft.notes.append(f"cue {cue_text(number)} not started: {STARTS_PER_INSTANT_MAX} cues in one instant")
            return
        cue = self._book.cues[number]
        offset_ns += self.loaded.pop(number, 0)
        if cue.overlay_ns is not None:
            self._drop(draft, number)
        self._last_id += 1
        run = Run(self._last_id, number, region, state, draft.at_ns - offset_ns + cue.pre_wait_ns)
        self._runs[run.id] = run
        if run.act_ns > draft.at_ns:
            self._wait(run, "act", run.act_ns)
        else:
            self._act(draft, run)

    def _act(self, draft: Draft, run: Run) -> None:
        cue = self._book.cues[run.cue]
        run.acting = True
        draft.started.append(self._book.text[run.cue])
        end_ns = run.act_ns + self._book.action_ns[run.cue]
        if self.armed.get(run.cue, cue.armed):
            self._do(draft, run, cue)
        if cue.overlay_ns is not None:
            end_ns = run.act_ns + cue.overlay_ns + cue.release_ns
            self._wait(run, "release", run.act_ns + cue.overlay_ns)
        if cue.auto_continue is not None:
            self._lead(draft, run, "continue", run.act_ns + cue.post_wait_ns)
        if end_ns > draft.at_ns:
            self._wait(run, "end", end_ns)
        else:
            self._now.append((run, "end", end_ns))
            self._finish(run)

    def _do(self, draft: Draft, run: Run, cue: Cue) -> None:
        if cue.overlay_ns is not None:
            targets = tuple(target for part in cue.parts for target in part.targets)
            first = cue.parts[0] if cue.parts else Part(())
            draft.actions.append(Lay(run.overlay, targets, run.act_ns, first.fade_ns, first.curve))
        else:
            for index, part in enumerate(cue.parts):
                if run.act_ns + part.delay_ns > draft.at_ns:
                    self._wait(run, f"part {index}", run.act_ns + part.delay_ns)
                else:
                    self._fade(draft, run, part)
            self._book.apply(self.tracked[run.region], cue)
        if cue.effects:
            self._swing(draft, run, cue)
        if cue.messages and run.act_ns == draft.at_ns:      # an edge whose moment has passed is not sent late
            self.send(draft, cue.messages, self._book.text[run.cue])
        if cue.say:
            draft.said.append(cue.say)
        if cue.group is not None:
            self._play_group(draft, run, cue)
        for index in range(len(cue.acts)):
            self._lead(draft, run, f"on {index}", run.act_ns)

    def _swing(self, draft: Draft, run: Run, cue: Cue) -> None:
        self._without(draft, self.swings.start(draft, run.id, cue, run.region, run.state, run.act_ns))
        for index, effect in enumerate(cue.effects):
            if effect.length_ns is not None:
                self._lead(draft, run, f"over {index}", run.act_ns + effect.length_ns)

    def _play_group(self, draft: Draft, run: Run, cue: Cue) -> None:
        assert cue.group is not None
        due_ns = run.act_ns
        for index, member in enumerate(self._members(cue)):
            self._lead(draft, run, f"member {index} {cue_text(member)}", due_ns)
            if cue.group.mode == "sequence":
                due_ns += self._book.span_ns(member)

    def _members(self, cue: Cue) -> tuple[Decimal, ...]:
        """The members this playing of the group starts, in order."""
        assert cue.group is not None
        members = cue.group.members
        if cue.group.mode == "first":
            return members[:1]
        if cue.group.mode != "random" or not members:
            return members
        bag = self._bags.get(cue.number) or list(members)      # no member twice before each had its turn
        self._chance, index = chance.below(self._chance, len(bag))
        chosen = bag.pop(index)
        self._bags[cue.number] = bag
        return (chosen,)

    def send(self, draft: Draft, messages: tuple[Message, ...], cue: str, *, stopping: bool = False) -> None:
        """Send commands. A hazard is refused while wake-ups are being caught up (CORE 7).

        What a fail state sends stops things (``stopping``): it is no hazard, so no lock and no disk holds it back.
        """
        for message in messages:
            command = self._sheet.commands[message.command]
            hazard = "" if stopping else command.hazard
            if hazard and draft.at_ns <= self.hazard_locked_until_ns:
                draft.notes.append(f"{command.name} not sent: it {hazard}, and this moment is past")
                continue
            draft.actions.append(Send(command.to, command.address, message.value, command.expires_ns, hazard, cue))

    # ---- wake-ups ----

    def wake(self, draft: Draft, key: Key) -> None:
        """Fire timer ``("cue", run, what)``."""
        run = self._runs.get(int(key[1]))
        if run is None:
            return
        run.waits.remove(key)
        self._fire(draft, run, str(key[2]), draft.at_ns)
        self._finish(run)
        self._catch_up(draft)

    def _lead(self, draft: Draft, run: Run, what: str, due_ns: int) -> None:
        """Do ``what`` at ``due_ns``; at once where that is now or past (load-to-time)."""
        if due_ns > draft.at_ns:
            self._wait(run, what, due_ns)
        else:
            self._now.append((run, what, due_ns))

    def _catch_up(self, draft: Draft) -> None:
        """Do what is due at once, in order; a long chain must not be a deep one."""
        while self._now:
            run, what, due_ns = self._now.popleft()
            self._fire(draft, run, what, due_ns)

    def _fire(self, draft: Draft, run: Run, what: str, due_ns: int) -> None:
        cue = self._book.cues[run.cue]
        kind, *rest = what.split(" ")
        if kind == "act":
            self._act(draft, run)
        elif kind == "part":
            self._fade(draft, run, self._untaken(run, cue.parts[int(rest[0])]))
        elif kind == "continue":
            self._follow(draft, run, cue.auto_continue, due_ns)
        elif kind == "member":
            self._follow(draft, run, Decimal(rest[1]), due_ns)
        elif kind == "on":
            self._act_on(draft, run, cue, int(rest[0]))
        elif kind == "release":
            for name in self.swings.named(run=run.id) if self.swings.live else ():
                self.swings.end(draft, name, due_ns)
            draft.actions.append(Release(run.overlay, due_ns, cue.release_ns))
        elif kind == "over":
            for name in self.swings.named(run=run.id, effect=cue.effects[int(rest[0])].name):
                self.swings.end(draft, name, due_ns)
        elif kind == "end":
            if not self.swings.live or not self.swings.held_by(run.id):
                draft.ended.append(cue_text(run.cue))
            self._follow(draft, run, cue.auto_follow, due_ns)

    def _follow(self, draft: Draft, run: Run, number: Decimal | None, due_ns: int) -> None:
        if number is not None and run.leads:
            self._begin(draft, run.region, run.state, number, draft.at_ns - due_ns)

    def _fade(self, draft: Draft, run: Run, part: Part) -> None:
        start_ns = run.act_ns + part.delay_ns
        if self.swings.live and not part.relative:
            self.give_way(draft, run.region, part.targets, run.id)
        draft.actions.append(Fade(run.region, part.targets, start_ns, part.fade_ns, part.curve, part.relative))

    def _untaken(self, run: Run, part: Part) -> Part:
        """What is left of a delayed part: a later cue has taken what it names for itself (SEMANTICS 8, 10)."""
        tracked = self.tracked[run.region]
        left = tuple(pair for pair in part.targets if part.relative or tracked.get(pair[0], pair[1]) == pair[1])
        return part if len(left) == len(part.targets) else replace(part, targets=left)

    def _act_on(self, draft: Draft, run: Run, cue: Cue, index: int) -> None:
        act = cue.acts[index]
        if act.verb == "start":
            self._begin(draft, run.region, run.state, act.cue, 0)
        elif act.verb == "load":
            self.loaded[act.cue] = act.time_ns or 0
        elif act.verb == "release":
            self._release(draft, act)
        elif act.verb == "stop":
            self.stop(draft, act.cue)
        elif act.verb == "pause":
            self.pause(draft, act.cue)
        elif act.verb == "resume":
            self.resume(draft, act.cue)
        elif act.verb in ("arm", "disarm"):
            self.armed[act.cue] = act.verb == "arm"
        elif act.verb == "go-to":
            self.go_to.append((run.region, act.cue))

    # ---- stopping, pausing ----

    def stop(self, draft: Draft, number: Decimal | None = None) -> bool:
        """Stop a cue, or all: waits cancelled, levels halted where they stand, it leads nothing. True if any ran."""
        stopped = False
        for run in self._of(number, members=True):
            stopped = True
            self._halt(draft, run)
            self._forget(run)
            draft.ended.append(cue_text(run.cue))
        if self.swings.live:                                   # those that a jump has laid
            for name in self.swings.named(cue=number) if number is not None else list(self.swings.live):
                self.swings.end(draft, name, draft.at_ns)
                stopped = True
        return stopped

    def _release(self, draft: Draft, act: CueAct) -> None:
        """Let the effects of a cue go, or its overlay, in their own time or in the act's; all else of it goes on."""
        names = self.swings.named(cue=act.cue, effect=act.effect) if self.swings.live else []
        self._without(draft, [self.swings.end(draft, name, draft.at_ns, act.time_ns) for name in names])
        cue = self._book.cues[act.cue]
        for run in self._of(act.cue) if cue.overlay_ns is not None and not act.effect else ():
            if self._timers.left_ns(("cue", run.id, "release"), draft.at_ns) is not None:
                release_ns = cue.release_ns if act.time_ns is None else act.time_ns
                draft.actions.append(Release(run.overlay, draft.at_ns, release_ns))
                self._forget(run)
                draft.ended.append(cue_text(run.cue))

    def give_way(self, draft: Draft, region: str, targets: tuple[tuple[int, int], ...], but_run: int = -1) -> None:
        """A look of the region takes what it names from the effects there (SEMANTICS 8)."""
        self._without(draft, self.swings.give_way(draft, region, targets, but_run))

    def lay_again(
        self, draft: Draft, region: str, wanted: Iterable[Laid], fade_ns: int, *, starting: Decimal | None = None
    ) -> None:
        """Have the effects of a tracked look at work, and no others (SEMANTICS 9)."""
        self._without(draft, self.swings.lay_again(draft, region, wanted, fade_ns, starting=starting))

    def _without(self, draft: Draft, runs: Iterable[int]) -> None:
        """These runs have lost an effect: one that did nothing else is over."""
        for each in dict.fromkeys(runs):
            run = self._runs.get(each)
            if run is not None and not run.waits and not run.paused and not self.swings.held_by(each):
                self._runs.pop(each)
                draft.ended.append(cue_text(run.cue))

    def pause(self, draft: Draft, number: Decimal) -> bool:
        """Freeze one cue's waits and levels. True if it ran."""
        frozen = False
        for run in self._of(number, members=True):
            if run.paused:
                continue
            frozen = True
            run.paused = [
                (key, left_ns) for key in run.waits if (left_ns := self._timers.left_ns(key, draft.at_ns)) is not None
            ]
            for key, _ in run.paused:
                self._timers.cancel(key)
            run.waits.clear()
            self._halt(draft, run, overlay=False)
            if self.swings.live:
                self.swings.freeze(draft, run.id, True)
        return frozen

    def resume(self, draft: Draft, number: Decimal) -> bool:
        """Let a cue that was paused alone go on with the time it had left. True if one was paused."""
        resumed = False
        for run in self._of(number, members=True):
            still = bool(self.swings.live) and self.swings.frozen(run.id)
            if not run.paused and not still:
                continue
            resumed = True
            if still:
                self.swings.freeze(draft, run.id, False)
            waits, run.paused = run.paused, []
            for key, remaining_ns in waits:
                self._wait(run, str(key[2]), draft.at_ns + remaining_ns)
            left_ns = {key[2]: remaining_ns for key, remaining_ns in waits}
            if run.acting:
                run.act_ns = draft.at_ns + left_ns.get("end", 0) - self._book.action_ns[run.cue]
            else:
                run.act_ns = draft.at_ns + left_ns["act"]
            self._fade_on(draft, run)
        return resumed

    def _fade_on(self, draft: Draft, run: Run) -> None:
        """Fade what a paused cue had under way from where it stands to where it was going."""
        cue, tracked = self._book.cues[run.cue], self.tracked[run.region]
        if not run.acting or cue.overlay_ns is not None:
            return
        for part in cue.parts:
            remaining_ns = run.act_ns + part.delay_ns + part.fade_ns - draft.at_ns
            if 0 < remaining_ns <= part.fade_ns:
                targets = gathered((parameter, tracked[parameter]) for parameter, _ in part.targets)
                draft.actions.append(Fade(run.region, targets, draft.at_ns, remaining_ns, part.curve))

    def _halt(self, draft: Draft, run: Run, *, overlay: bool = True) -> None:
        cue = self._book.cues[run.cue]
        if not run.acting:
            return
        for name in self.swings.named(run=run.id) if overlay and self.swings.live else ():
            self.swings.end(draft, name, draft.at_ns)
        if cue.overlay_ns is not None:
            if overlay:
                draft.actions.append(Release(run.overlay, draft.at_ns, 0))
            return
        parameters = tuple(parameter for part in cue.parts for parameter, _ in part.targets)
        if parameters:
            draft.actions.append(Halt(run.region, parameters))

    # ---- leaving ----

    def pass_by(self, region: str) -> None:
        """GO went past: what has not started never does, what runs leads nothing (SEMANTICS 12)."""
        if not self._runs:
            return
        for run in list(self._runs.values()):
            if run.region != region or self._book.cues[run.cue].overlay_ns is not None:
                continue
            run.leads = False
            keep = [key for key in run.waits if run.acting and str(key[2]).startswith(KEPT)]
            for key in run.waits:
                if key not in keep:
                    self._timers.cancel(key)
            run.waits = keep
            run.paused = [wait for wait in run.paused if run.acting and str(wait[0][2]).startswith(KEPT)]
            self._finish(run)

    def leave(self, draft: Draft, region: str, states: tuple[str, ...]) -> None:
        """States were left: their chains end and the overlays they started release in their own time."""
        if self.swings.live:
            self._leave_swings(draft, region, states)
        if not self._runs:
            return
        self.pass_by(region)
        for run in list(self._runs.values()):
            cue = self._book.cues[run.cue]
            if run.region == region and run.state in states and cue.overlay_ns is not None:
                if run.acting and self._timers.left_ns(("cue", run.id, "release"), draft.at_ns) is not None:
                    draft.actions.append(Release(run.overlay, draft.at_ns, cue.release_ns))
                self._forget(run)
                draft.ended.append(cue_text(run.cue))

    def _leave_swings(self, draft: Draft, region: str, states: tuple[str, ...]) -> None:
        names = self.swings.of_states(region, states)
        self._without(draft, [self.swings.end(draft, name, draft.at_ns) for name in names])

    def clear(self, draft: Draft, release_ns: int) -> None:
        """Panic or reset: every cue is over, every effect and overlay goes within ``release_ns``."""
        for name in list(self.swings.live):
            self.swings.end(draft, name, draft.at_ns, release_ns)
        for run in list(self._runs.values()):
            if run.acting and self._book.cues[run.cue].overlay_ns is not None:
                draft.actions.append(Release(run.overlay, draft.at_ns, release_ns))
            self._forget(run)
            if run.acting:
                draft.ended.append(cue_text(run.cue))

    def reset(self) -> None:
        """Forget what the evening changed: arming, skipping, random bags, tracked looks."""
        self.armed.clear()
        self.skipped.clear()
        self.loaded.clear()
        self._bags.clear()
        for look in self.tracked.values():
            look.clear()

    def running(self) -> Iterator[Run]:
        """The runs, oldest first."""
        return iter(self._runs.values())

    # ---- housekeeping ----

    def _of(self, number: Decimal | None, *, members: bool = False) -> list[Run]:
        """The runs of a cue, or all; with ``members`` those of a running group as well, since it plays them as one."""
        wanted = [number]
        for each in wanted if members and number is not None else ():
            group = self._book.cues[each].group if each is not None else None
            if group is not None and any(run.cue == each for run in self._runs.values()):
                wanted += [member for member in group.members if member not in wanted]
        return [run for run in self._runs.values() if number is None or run.cue in wanted]

    def _drop(self, draft: Draft, number: Decimal) -> None:
        """An overlay laid again takes the place of the one that lies."""
        for run in self._of(number):
            self._forget(run)
            if run.acting:
                draft.ended.append(cue_text(run.cue))

    def _wait(self, run: Run, what: str, due_ns: int) -> None:
        key = ("cue", run.id, what)
        run.waits.append(key)
        self._timers.set(key, due_ns)

    def _forget(self, run: Run) -> None:
        run.leads = False
        for key in run.waits:
            self._timers.cancel(key)
        run.waits.clear()
        self._runs.pop(run.id, None)

    def _finish(self, run: Run) -> None:
        if not run.waits and not run.paused and not (self.swings.live and self.swings.held_by(run.id)):
            self._runs.pop(run.id, None)

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """Everything that restores the runs exactly, as JSON values; their timers are in ``Timers``."""
        return {
            "runs": [run.values() for run in self._runs.values()],
            "swings": self.swings.snapshot(),
            "last_id": self._last_id,
            "instant": list(self._instant),
            "chance": self._chance,
            "bags": [[cue_text(number), [cue_text(each) for each in bag]] for number, bag in self._bags.items()],
            "tracked": {region: [list(item) for item in look.items()] for region, look in self.tracked.items()},
            "armed": [[cue_text(number), value] for number, value in self.armed.items()],
            "skipped": [[cue_text(number), value] for number, value in self.skipped.items()],
            "loaded": [[cue_text(number), time_ns] for number, time_ns in self.loaded.items()],
            "hazard_locked_until_ns": self.hazard_locked_until_ns,
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take the state of :meth:`snapshot`."""
        self._runs = {run.id: run for run in map(run_of, data["runs"])}
        self.swings.restore(data["swings"])
        self._last_id = data["last_id"]
        self._instant = (data["instant"][0], data["instant"][1])
        self._chance = data["chance"]
        self._bags = {Decimal(number): [Decimal(each) for each in bag] for number, bag in data["bags"]}
        self.tracked = {
            region: self._book.fresh((int(index), level) for index, level in look)
            for region, look in data["tracked"].items()
        }
        self.armed = {Decimal(number): value for number, value in data["armed"]}
        self.skipped = {Decimal(number): value for number, value in data["skipped"]}
        self.loaded = {Decimal(number): time_ns for number, time_ns in data["loaded"]}
        self.hazard_locked_until_ns = data["hazard_locked_until_ns"]
