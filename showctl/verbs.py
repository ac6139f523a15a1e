"""What a person may say to a show, as a table: verb → what the engine does. Addresses are in ``vocabulary``.

A verb that cannot be done is refused with the reason; nothing is queued for later (SEMANTICS 3).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from showctl import fsm, hazards
from showctl.draft import Draft
from showctl.fsm import Way
from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Event,
    Fade,
    Halt,
    Hand,
    Master,
    Release,
    Safe,
    Value,
    cue_text,
)
from showctl.parking import park, unpark
from showctl.regions import Playback
from showctl.targets import gathered

if TYPE_CHECKING:
    from showctl.engine import Engine

BACK_FADE_NS = 2 * SECOND_NS        # Back has no time of its own; Eos calls this the Back time
OVERRIDE_NS = 3 * SECOND_NS         # GO again within this overrides a refusal (SEMANTICS 7)
PANIC_AGAIN_NS = 3 * SECOND_NS      # a second panic within this drops the fade times (SEMANTICS 4)


# ---- GO ----

def go(engine: Engine, draft: Draft, event: Event) -> None:
    """Do the one thing standby shows (SEMANTICS 2): the main region's next cue, else its state's ``go``."""
    if not _may_go(engine, draft):
        return
    playback = engine.main
    number = playback.standby if not engine.latched else None
    if number is None:
        _go_on(engine, draft, event, playback)
    elif hazards.cue_confirmed(engine, draft, event, number):
        if number in engine.runs.loaded:
            engine.regions.assert_look(draft, playback, number)
        engine.regions.play(draft, playback, number)
    _went(engine, draft, event)


def _may_go(engine: Engine, draft: Draft) -> bool:
    """The minimum time between GOs (SEMANTICS 3), and pause."""
    gap_ns = engine.sheet.go_gap_ns
    if engine.paused_ns is not None:
        draft.refuse("paused: resume first")
    elif draft.at_ns < engine.go_ns + gap_ns:
        draft.refuse(f"go-gap: {engine.go_by} pressed GO {(draft.at_ns - engine.go_ns) // 1_000_000} ms before")
    elif draft.at_ns < engine.moved_ns + gap_ns:
        passed_ms = (draft.at_ns - engine.moved_ns) // 1_000_000
        draft.refuse(f"go-gap: {engine.moved_by} moved standby {passed_ms} ms before")
    return not draft.refused


def _went(engine: Engine, draft: Draft, event: Event) -> None:
    if not draft.refused:
        engine.go_ns, engine.go_by = draft.at_ns, event.station
        engine.latched = False
        engine.playhead_touched = True         # also where the cue waits before it acts, and so has not started yet


def _go_on(engine: Engine, draft: Draft, event: Event, playback: Playback) -> None:
    """Take the state's ``go`` transition; what blocks it may be overridden by GO again, but for a hazard."""
    ways = playback.table.get((playback.state, "go"), ())
    if not ways:
        draft.refuse(f"nothing is in standby in {playback.state}")
        return
    latched, engine.latched = engine.latched, False       # guards may be read again: a person acts
    way = engine.regions.choose(ways)
    reason = _blocked(engine, playback, ways, way)
    if reason:
        chosen = way or ways[0]
        if not engine.insisted(draft, f"go {playback.state}", OVERRIDE_NS) or hazards.dangers(engine, playback, chosen):
            engine.latched = latched
            draft.refuse(reason)
            return
        draft.notes.append(f"overridden: {reason}")
        way = chosen
    elif way is not None and not hazards.way_confirmed(engine, draft, event, playback, way):
        engine.latched = latched
        return
    if way is not None and not engine.do(draft, playback, way, "go"):
        engine.latched = latched


def _blocked(engine: Engine, playback: Playback, ways: tuple[Way, ...], way: Way | None) -> str:
    """Why GO may not move on: no guard holds, or something the state waits for is not ready. "" if it may."""
    if way is None:
        return fsm.otherwise(ways)
    wanted = playback.ready[playback.state]
    missing = [name for name in wanted if not engine.facts.ready(name)] if wanted and way.target else []
    return f"not ready: {', '.join(missing)}" if missing else ""


# ---- the list ----

def back(engine: Engine, draft: Draft, event: Event) -> None:
    """Fade to the previous tracked look, never out of the state (SEMANTICS 5)."""
    playback = engine.main
    state = engine.book.list_state[playback.name, playback.state]
    current = playback.current
    before = engine.book.preceding(playback.region, state, current, engine.runs.skipped) if state and current else None
    if _paused(engine, draft):
        return
    if before is None:
        draft.refuse(f"there is nothing before this in {playback.state}")
        return
    engine.runs.pass_by(playback.name)
    look = engine.book.tracked(playback.name, before, playback.state)
    look.update(engine.book.at_rest(engine.runs.tracked[playback.name], look))
    engine.runs.tracked[playback.name] = look
    draft.actions.append(Fade(playback.name, gathered(look.items()), draft.at_ns, BACK_FADE_NS))
    if engine.book.swinging_regions[playback.name]:
        engine.regions.assert_effects(draft, playback, before, BACK_FADE_NS)
    playback.current, playback.standby = before, current
    engine.playhead_touched = True


def standby_next(engine: Engine, draft: Draft, event: Event) -> None:
    """Move the playhead one on, without playing anything."""
    playback = engine.main
    state = engine.book.list_state[playback.name, playback.state]
    if playback.standby is None:
        beyond = engine.regions.standby_text(playback) or "nothing"
        draft.refuse(f"no cue left in {playback.state}: GO goes on to {beyond}")
        return
    playback.standby = engine.book.following(playback.region, state, playback.standby, engine.runs.skipped)
    engine.playhead_touched = True


def standby_previous(engine: Engine, draft: Draft, event: Event) -> None:
    """Move the playhead one back, without playing anything (SEMANTICS 5)."""
    playback = engine.main
    state = engine.book.list_state[playback.name, playback.state]
    before = engine.book.preceding(playback.region, state, playback.standby, engine.runs.skipped) if state else None
    if before is None:
        draft.refuse(f"no cue before this in {playback.state}")
        return
    playback.standby = before
    engine.playhead_touched = True


def standby_at(engine: Engine, draft: Draft, event: Event) -> None:
    """Put a cue of the present state in standby."""
    found = _listed(engine, draft, event)
    if found is None:
        return
    playback, number = found
    playback.standby = number
    engine.playhead_touched = True


def cue_go(engine: Engine, draft: Draft, event: Event) -> None:
    """Go to a cue: its whole tracked look, in its state (SEMANTICS 9). An overlay is simply laid."""
    number = _cue(engine, draft, event)
    if number is None or not _may_go(engine, draft) or not hazards.cue_confirmed(engine, draft, event, number):
        return
    home = engine.book.home.get(number)
    if home is None:
        engine.runs.start(draft, engine.main.name, "", number)
    else:
        playback = engine.regions.all[home[0]]
        if home[1] not in playback.active() and _moves_something(engine, draft, playback, home[1]):
            return
        engine.latched = False
        engine.regions.arrive(draft, playback, home[1], number)
    _went(engine, draft, event)


def cue_start(engine: Engine, draft: Draft, event: Event) -> None:
    """Start a cue where the show stands; standby does not move (QLab's /cue/{number}/start)."""
    number = _cue(engine, draft, event)
    if number is None or _paused(engine, draft) or not hazards.cue_confirmed(engine, draft, event, number):
        return
    region, state = engine.book.home.get(number, (engine.main.name, ""))
    engine.runs.start(draft, region, state, number)


def cue_stop(engine: Engine, draft: Draft, event: Event) -> None:
    """Stop a cue: its waits end, its levels stand where they are."""
    number = _cue(engine, draft, event)
    if number is not None and not engine.runs.stop(draft, number):
        draft.refuse(f"cue {cue_text(number)} is not running")


def cue_load(engine: Engine, draft: Draft, event: Event) -> None:
    """Load a cue to a time: it is put in standby, and its next start begins that far in, tracked look and all."""
    found = _listed(engine, draft, event)
    if found is None:
        return
    playback, number = found
    time_ns = event.value[1] if isinstance(event.value, tuple) and len(event.value) > 1 else 0
    assert isinstance(time_ns, int)
    engine.runs.loaded[number] = time_ns
    playback.standby = number
    engine.playhead_touched = True


def cue_arm(engine: Engine, draft: Draft, event: Event) -> None:
    """Arm a cue."""
    number = _cue(engine, draft, event)
    if number is not None:
        engine.runs.armed[number] = True


def cue_disarm(engine: Engine, draft: Draft, event: Event) -> None:
    """Disarm a cue: it keeps its place and time and does nothing."""
    number = _cue(engine, draft, event)
    if number is not None:
        engine.runs.armed[number] = False


def start_at(engine: Engine, draft: Draft, event: Event) -> None:
    """Start at a state, or at a cue in it with its tracked look."""
    assert isinstance(event.value, tuple)
    state, *rest = event.value
    assert isinstance(state, str)
    playback = next((each for each in engine.regions.all.values() if state in each.region.states), None)
    number = _known(engine, draft, rest[0]) if rest else None
    if playback is None:
        draft.refuse(f"no state '{state}'")
    elif number is not None and number not in playback.region.states[state].cues:
        draft.refuse(f"cue {cue_text(number)} is not in {state}")
    elif not draft.refused and not _paused(engine, draft):
        if _moves_something(engine, draft, playback, state, first_cue=number is None):
            return
        if number is None:
            engine.latched = False
            engine.regions.jump(draft, playback, state)
        elif hazards.cue_confirmed(engine, draft, event, number):
            engine.latched = False
            engine.regions.arrive(draft, playback, state, number)
            engine.playhead_touched = True


def _moves_something(engine: Engine, draft: Draft, playback: Playback, state: str, *, first_cue: bool = False) -> bool:
    """A jump never sends what is hazardous: refuse it, with the way that does."""
    _, entered = fsm.path(playback.region, playback.state, fsm.leaf(playback.region, state))
    for hazard, by in hazards.entry_dangers(engine, playback, entered, first_cue=first_cue).items():
        draft.refuse(f"no jump into {by}: it {hazard}; use its own button" if by in entered else
                     f"no jump into {state}: {by} {hazard}; use its own button")
    return bool(draft.refused)


# ---- all at once ----

def stop(engine: Engine, draft: Draft, event: Event) -> None:
    """Stop every cue where it stands; states and their timers stay."""
    engine.runs.stop(draft)
    draft.actions.extend(Halt(name) for name in engine.regions.all)


def pause(engine: Engine, draft: Draft, event: Event) -> None:
    """Freeze cue clocks and state timers (SEMANTICS 6)."""
    if engine.paused_ns is not None:
        draft.refuse("paused already")
    else:
        engine.pause(draft)


def resume(engine: Engine, draft: Draft, event: Event) -> None:
    """Let them run on."""
    if engine.paused_ns is None:
        draft.refuse("not paused")
    else:
        engine.resume(draft)


def panic(engine: Engine, draft: Draft, event: Event) -> None:
    """Every region to its fail state, every wait cancelled, latched; again within 3 s drops the fades (SEMANTICS 4)."""
    again = engine.latched and draft.at_ns <= engine.panic_ns + PANIC_AGAIN_NS
    fade_ns = 0 if again else None
    engine.latched, engine.panic_ns = True, draft.at_ns
    engine.asked = ("", "", -1)
    engine.resume(draft)
    main = engine.main.region
    look = main.states[main.fail].look
    effects = {name: engine.runs.swings.of_region(name) for name in engine.regions.all}
    release_ns = 0 if again or look is None else look.fade_ns
    engine.runs.clear(draft, release_ns)
    risen = (name for name, each in engine.sheet.subs.items() if each.look is not None)
    draft.actions.extend(Release(f"sub/{name}", draft.at_ns, release_ns) for name in risen)
    engine.runs.loaded.clear()
    for playback in engine.regions.all.values():
        engine.regions.fail(draft, playback, fade_ns, effects[playback.name])
    for key in engine.timers.pending():
        if key[0] not in ("input", "cue"):
            engine.timers.cancel(key)
    for run in engine.runs.running():      # a fail state's own cue comes to its look, and leads nothing
        if run.state == engine.regions.all[run.region].region.fail:
            run.leads = False
    engine.playhead_touched = True


def reset(engine: Engine, draft: Draft, event: Event) -> None:
    """Top of show for the next house: states, masters and faders as at the start. Asked for twice."""
    if not engine.insisted(draft, "reset", OVERRIDE_NS, who=event.station):
        draft.refuse("reset goes to the top of the show: again within 3 s to do it")
        return
    engine.resume(draft)
    engine.latched = False
    engine.runs.clear(draft, 0)
    told = {name: look.copy() for name, look in engine.runs.tracked.items()}
    engine.runs.reset()
    engine.automation = True
    engine.disarmed.clear()
    for key in engine.timers.pending():
        if key[0] != "input":
            engine.timers.cancel(key)
    draft.actions.append(Master("grand", LEVEL_MAX))
    starts = {name: each.start for name, each in engine.sheet.subs.items()}
    draft.actions.extend(Master(f"sub/{name}", starts.get(name, LEVEL_MAX)) for name in engine.sheet.submasters)
    draft.actions.append(Master("blackout", 0))
    faders = ((fader.parameter, fader.start) for fader in engine.sheet.faders.values())
    draft.actions.extend(Hand(parameter, start) for parameter, start in faders if start is not None)
    for playback in engine.regions.all.values():
        playback.came_from = None
        if playback.region.states[playback.state].fail:
            draft.actions.append(Safe(playback.name, False))
        engine.regions.begin(draft, playback)
        rest = engine.book.at_rest(told[playback.name], engine.runs.tracked[playback.name])
        if rest:
            engine.runs.tracked[playback.name].update(rest)
            draft.actions.append(Fade(playback.name, gathered(rest), draft.at_ns, 0))
    draft.notes.append("chapter: top of show")


# ---- levels ----

def master(engine: Engine, draft: Draft, event: Event) -> None:
    """Set the grand master."""
    assert isinstance(event.value, tuple)
    level = event.value[0]
    assert isinstance(level, int)
    draft.actions.append(Master("grand", level))


def blackout(engine: Engine, draft: Draft, event: Event) -> None:
    """Black (1) or not (0); a fail state stays lit (SEMANTICS 17)."""
    draft.actions.append(Master("blackout", LEVEL_MAX if _level(event.value) else 0))


def sub(engine: Engine, draft: Draft, event: Event) -> None:
    """Set a submaster."""
    name, level = _named(event.value)
    if name not in engine.sheet.submasters:
        draft.refuse(f"no submaster '{name}'")
    else:
        draft.actions.append(Master(f"sub/{name}", level))


def fader(engine: Engine, draft: Draft, event: Event) -> None:
    """Move a mixer fader by hand, up to its ceiling (SEMANTICS 32)."""
    name, level = _named(event.value)
    about = engine.sheet.faders.get(name)
    if about is None:
        draft.refuse(f"no fader '{name}'")
    else:
        draft.actions.append(Hand(about.parameter, min(level, about.ceiling)))


def sensors(engine: Engine, draft: Draft, event: Event) -> None:
    """Automation's one switch (SEMANTICS 27)."""
    engine.automation = bool(_level(event.value))


def trigger_arm(engine: Engine, draft: Draft, event: Event) -> None:
    """Let a trigger move the show again."""
    name = _trigger(engine, draft, event)
    if name:
        engine.disarmed.pop(name, None)


def trigger_disarm(engine: Engine, draft: Draft, event: Event) -> None:
    """Keep a trigger from moving the show (SEMANTICS 27)."""
    name = _trigger(engine, draft, event)
    if name:
        engine.disarmed[name] = True


def listen(engine: Engine, draft: Draft, event: Event) -> None:
    """Subscribing changes nothing in the show; ``stations`` answers it."""


# ---- arguments ----

def _paused(engine: Engine, draft: Draft) -> bool:
    if engine.paused_ns is not None:
        draft.refuse("paused: resume first")
    return engine.paused_ns is not None


def _cue(engine: Engine, draft: Draft, event: Event) -> Decimal | None:
    assert isinstance(event.value, tuple)
    return _known(engine, draft, event.value[0])


def _known(engine: Engine, draft: Draft, text: Value) -> Decimal | None:
    number = Decimal(text) if isinstance(text, str) else Decimal(-1)
    if number in engine.book.cues:
        return number
    draft.refuse(f"no cue {text!r}")
    return None


def _listed(engine: Engine, draft: Draft, event: Event) -> tuple[Playback, Decimal] | None:
    """A cue of a state that its region is in now, with that region."""
    number = _cue(engine, draft, event)
    if number is None:
        return None
    home = engine.book.home.get(number)
    if home is None:
        draft.refuse(f"cue {cue_text(number)} is in no state's list")
        return None
    playback = engine.regions.all[home[0]]
    if home[1] not in playback.active():
        draft.refuse(f"cue {cue_text(number)} is in {home[1]}, not in {playback.state}")
        return None
    return playback, number


def _trigger(engine: Engine, draft: Draft, event: Event) -> str:
    assert isinstance(event.value, tuple)
    name = event.value[0]
    assert isinstance(name, str)
    if name in engine.sheet.triggers:
        return name
    draft.refuse(f"no trigger '{name}'")
    return ""


def _level(value: Value) -> int:
    assert isinstance(value, tuple)
    assert isinstance(value[0], int)
    return value[0]


def _named(value: Value) -> tuple[str, int]:
    assert isinstance(value, tuple)
    name, level = value
    assert isinstance(name, str)
    assert isinstance(level, int)
    return name, level


VERBS: dict[str, Callable[[Engine, Draft, Event], None]] = {
    "go": go,
    "back": back,
    "stop": stop,
    "standby-next": standby_next,
    "standby-previous": standby_previous,
    "standby": standby_at,
    "cue-go": cue_go,
    "cue-start": cue_start,
    "cue-stop": cue_stop,
    "cue-load": cue_load,
    "cue-arm": cue_arm,
    "cue-disarm": cue_disarm,
    "start": start_at,
    "pause": pause,
    "resume": resume,
    "panic": panic,
    "reset": reset,
    "master": master,
    "blackout": blackout,
    "sub": sub,
    "fader": fader,
    "park": park,
    "unpark": unpark,
    "sensors": sensors,
    "trigger-arm": trigger_arm,
    "trigger-disarm": trigger_disarm,
    "subscribe": listen,
    "unsubscribe": listen,
}
"""Every verb of ``vocabulary.VERBS`` but ``trigger``, which conditioning turns into a press."""
