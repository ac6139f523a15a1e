"""Hazards: what a press sets off that can hurt somebody is asked for twice (SEMANTICS 33).

A press comes to it by a cue that sends it, by one that sets such a cue off, or by a state that sends it at entry.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from showctl.draft import Draft
from showctl.fsm import Way
from showctl.model import CONFIRM_NS, SECOND_NS, Event, cue_text
from showctl.regions import Playback

if TYPE_CHECKING:
    from showctl.engine import Engine


def cue_confirmed(engine: Engine, draft: Draft, event: Event, number: Decimal) -> bool:
    """Whether a cue may start, with all that it sets off."""
    found = engine.book.hazards.get(number)
    if not found:
        return True
    by_cue = {hazard: f"cue {cue_text(by)}" for hazard, by in found.items()}
    return _confirmed(engine, draft, event, by_cue, f"cue {cue_text(number)}")


def way_confirmed(engine: Engine, draft: Draft, event: Event, playback: Playback, way: Way) -> bool:
    """Whether GO may take a way, with all that it sets off."""
    if engine.book.harmless.issuperset(way.entered) and way.transition.kind != "cue":
        return True
    found = dangers(engine, playback, way)
    return not found or _confirmed(engine, draft, event, found, f"go to {way.target or way.transition.target}")


def _confirmed(engine: Engine, draft: Draft, event: Event, found: dict[str, str], what: str) -> bool:
    """A hazard is asked for twice by one station, and what burns or emits never comes over plain OSC (SEMANTICS 33)."""
    if reason := forbidden(engine, event.station, found):
        draft.refuse(reason)
        return False
    if not engine.insisted(draft, what, CONFIRM_NS, who=event.station):
        hazard, by = next(iter(found.items()))
        draft.refuse(f"{by} {hazard}: press again within {CONFIRM_NS // SECOND_NS} s to confirm")
        return False
    return True


def forbidden(engine: Engine, by: str, found: dict[str, str]) -> str:
    """Why a station may not set this off, however often it asks, or ""."""
    station = engine.sheet.stations.get(by)
    connection = engine.sheet.connections.get(station.connection) if station else None
    for hazard in ("burns", "emits") if connection is not None and connection.driver == "osc" else ():
        if hazard in found:
            return f"{found[hazard]} {hazard}: not over plain OSC"
    return ""


def dangers(engine: Engine, playback: Playback, way: Way) -> dict[str, str]:
    """What a way sets off that can hurt somebody: hazard → who does it. Stopping never does (SEMANTICS 33)."""
    if way.transition.kind == "cue":
        number = Decimal(way.transition.target)
        return {hazard: f"cue {cue_text(by)}" for hazard, by in engine.book.hazards.get(number, {}).items()}
    return entry_dangers(engine, playback, way.entered)


def entry_dangers(
    engine: Engine, playback: Playback, entered: tuple[str, ...], *, first_cue: bool = True
) -> dict[str, str]:
    """The same of states that are entered: what they send, and their first cues."""
    found: dict[str, str] = {}
    for name in entered:
        state = playback.region.states[name]
        for message in () if state.fail else state.messages:
            found.setdefault(engine.sheet.commands[message.command].hazard, name)
        starts = first_cue and state.cues
        first = engine.book.following(playback.region, name, None, engine.runs.skipped) if starts else None
        for hazard, by in engine.book.hazards.get(first, {}).items() if first is not None else ():
            found.setdefault(hazard, f"cue {cue_text(by)}")
    found.pop("", None)
    return found
