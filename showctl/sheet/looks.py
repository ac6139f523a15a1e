"""Looks and mixes → parts of a cue: who is named how, in which time, on which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from showctl import laws, profiles
from showctl.lamps import Profile
from showctl.light import reciprocal
from showctl.model import Part
from showctl.sheet.draft import Draft
from showctl.sheet.problems import Path, hint
from showctl.sheet.sending import fader_law
from showctl.sheet.wishes import NO_SPAN, Span, Wish

Timing = tuple[int, int, str, bool]
"""Fade ns, delay ns, curve, whether the levels are differences."""

Levels = tuple[tuple[int, int], ...]
"""(number of the attribute in the profile, level)."""

ALL, GROUP, FIXTURE = 0, 1, 2


class Asked(NamedTuple):
    """What one name of a look asks of one parameter."""

    rank: int
    name: str
    level: int
    timing: Timing


def parts(
    draft: Draft, path: Path, look: str | Mapping[str, Wish] | None, mix: Mapping[str, Wish], fade: Span | None
) -> tuple[Part, ...]:
    """What the entry at ``path`` moves, together what moves together (SEMANTICS 14)."""
    general = fade or NO_SPAN
    moved: dict[Timing, list[tuple[int, int]]] = {}
    for parameter, level, timing in _looked(draft, path, look, general):
        moved.setdefault(timing, []).append((parameter, level))
    for name, wish in mix.items():
        target = _faded(draft, (*path, "mix", name), name, wish)
        if target is not None:
            moved.setdefault(_timing(wish, general), []).append(target)
    return tuple(
        Part(tuple(sorted(targets)), fade_ns, delay_ns, curve, relative)
        for (fade_ns, delay_ns, curve, relative), targets in moved.items()
    )


def _timing(wish: Wish, general: Span) -> Timing:
    own = wish.span
    fade_ns = own.fade_ns if own.fade_ns is not None else general.fade_ns
    delay_ns = own.delay_ns if own.delay_ns is not None else general.delay_ns
    return fade_ns or 0, delay_ns or 0, own.curve or general.curve or "linear", wish.relative


# ---- light ----


def _looked(
    draft: Draft, path: Path, look: str | Mapping[str, Wish] | None, general: Span
) -> list[tuple[int, int, Timing]]:
    if look is None:
        return []
    where: Path = (*path, "look")
    if isinstance(look, str):
        if not draft.known(where, "look", look, "looks"):
            return []
        where = ("looks", look)
        if path and draft.problems.touched(where):
            return []  # said once, where it is written
        look = draft.looks[look]
    asked: dict[int, Asked] = {}
    for rank, name, wish in by_rank(draft, look):
        if rank == FIXTURE and name not in draft.fixtures:
            draft.known((*where, name), "fixture or group", name, "fixtures", "groups", also=("all",))
            continue
        found, worked = Asked(rank, name, 0, _timing(wish, general)), dict[int, Levels]()
        for fixture in draft.groups.get(name, (name,)):
            _ask(draft, (*where, name), fixture, wish, found, asked, worked)
    return [(parameter, each.level, each.timing) for parameter, each in asked.items()]


def by_rank(draft: Draft, look: Mapping[str, Wish]) -> list[tuple[int, str, Wish]]:
    """``all`` first, then groups, then fixtures, each as written: what comes later decides."""
    return sorted(((_rank(draft, name), name, wish) for name, wish in look.items()), key=lambda each: each[0])


def _rank(draft: Draft, name: str) -> int:
    if name == "all":
        return ALL
    return GROUP if name in draft.written.get("groups", ()) else FIXTURE


def _ask(
    draft: Draft, where: Path, fixture: str, wish: Wish, asks: Asked, asked: dict[int, Asked], worked: dict[int, Levels]
) -> None:
    """Fixture beats group beats ``all``; two groups that differ about one attribute are an error.

    ``worked`` keeps the levels by the profile's id, for most of the fixtures share one.
    """
    profile = draft.profiles.get(fixture)
    if profile is None:
        return
    levels = worked.get(id(profile))
    if levels is None:
        try:
            levels = resolved(profile, wish)
        except ValueError as error:
            draft.problems.at(where, f"'{fixture}' cannot: {error}")
            return
        worked[id(profile)] = levels
        compromised(draft, where, fixture, wish)
    first = draft.fixtures[fixture][0]
    for offset, level in levels:
        now, before = Asked(asks.rank, asks.name, level, asks.timing), asked.get(first + offset)
        if before is not None and before.rank == now.rank == GROUP and before[2:] != now[2:]:
            draft.problems.at(
                where,
                f"'{now.name}' and '{before.name}' both name '{fixture}' and differ about its "
                f"{draft.parameters[first + offset].attribute}; name '{fixture}' itself to decide",
            )
        asked[first + offset] = now


def compromised(draft: Draft, where: Path, fixture: str, wish: Wish) -> None:
    """Warn of a colour that the fixture makes only nearly, where it is first written for one of its kind."""
    profile = draft.profiles[fixture]
    said = _worked_out(profile, wish.tone, wish.own, wish.level, wish.relative)[1]
    if said and (profile, wish.tone) not in draft.compromises:
        draft.compromises[profile, wish.tone] = None
        draft.problems.warn(where, f"'{fixture}' {said}")


def resolved(profile: Profile, wish: Wish) -> Levels:
    """(number of the attribute in the profile, level) of everything the wish touches. Raises ValueError."""
    return _worked_out(profile, wish.tone, wish.own, wish.level, wish.relative)[0]


@lru_cache(maxsize=8192)
def _worked_out(
    profile: Profile, tone: profiles.Tone, own: tuple[tuple[str, int], ...], level: int | None, relative: bool
) -> tuple[Levels, str]:
    """What :func:`resolved` gives, and a word about a colour that the fixture cannot make."""
    if relative and (own or tone != profiles.NO_TONE):
        raise ValueError("a step up or down goes with no colour; write them in two cues")
    found, wanted, shown = profiles.coloured(profile, tone)
    names = [attribute.name for attribute in profile.attributes]
    for name, wished in own:
        own_name, wished = profiles.own_level(profile, name, wished)
        if own_name not in names[1:] or name == "cct":
            others = [each for each in profiles.own_names(profile) if each != "cct"]
            raise ValueError(f"{profile.name} has no '{name}' to set{hint(name, others) or '; it has only a level'}")
        found[own_name] = wished
    if level is not None:
        found["intensity"] = level
    for attribute in profile.attributes:
        if attribute.mired and attribute.name in found:
            found[attribute.name] = reciprocal(found[attribute.name])
    compromise = "" if wanted is None or shown is None else profiles.compromise(profile, wanted, shown)
    return tuple((names.index(attribute), each) for attribute, each in found.items()), compromise


# ---- sound ----


def _faded(draft: Draft, where: Path, name: str, wish: Wish) -> tuple[int, int] | None:
    if not draft.known(where, "fader", name, "faders"):
        return None
    entry, fader = draft.entries.faders[name], draft.faders[name]
    law = fader_law(draft, ("faders", name), entry)
    if law is None:
        return None
    try:
        position = _position(law.name, None if wish.out else wish.millibel)
    except ValueError as error:
        draft.problems.at(where, str(error))
        return None
    if position > fader.ceiling:
        draft.problems.at(where, f"this is above the ceiling of '{name}'{_decibels(law.millibel(fader.ceiling))}")
        return None
    return fader.parameter, position


@lru_cache(maxsize=4096)
def _position(law: str, millibel: int | None) -> int:
    return laws.find(law).position(millibel)


def _decibels(millibel: int | None) -> str:
    return "" if millibel is None else f", {millibel / 100:g} dB"
