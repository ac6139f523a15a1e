"""Effects of the sheet → :class:`showctl.model.Effect`: which fixtures in which order, between what, how fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from showctl.model import LEVEL_MAX, Cue, Effect, Part, cue_text
from showctl.shapes import BEAT, SHAPES, beats_in_round
from showctl.sheet import flashes
from showctl.sheet.draft import Draft, named
from showctl.sheet.looks import FIXTURE, by_rank, compromised, resolved
from showctl.sheet.models import CueEntry
from showctl.sheet.patterns import EffectEntry
from showctl.sheet.problems import Path
from showctl.sheet.wishes import NO_SPAN, Wish, wish
from showctl.units import level

WAVES = ("sine", "triangle", "ramp", "step")
BELONGS: Mapping[str, tuple[str, ...]] = {
    "from": (*WAVES, "chase", "sparkle"), "to": (*WAVES, "chase", "sparkle"), "spread": (*WAVES, "steps"),
    "soft": ("step", "chase", "steps", "sparkle"), "width": ("step", "chase"), "density": ("sparkle",),
    "life": ("sparkle",),
}
"""Keys that only some shapes know."""

DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    "bounce": ("chase", "steps"), "out": (*WAVES, "chase"), "in": (*WAVES, "chase"), "back": (*WAVES, "chase", "steps"),
}
DENSITY = LEVEL_MAX * 3 // 10
FULLY = wish("100%")
DARK = wish("0%")

End = dict[tuple[str, int], tuple[int, bool]]
"""(fixture, number of its parameter) → level, and whether that rides on the level beneath."""


def effects(draft: Draft) -> None:
    """Fill ``draft.effects``, each tried once on the fixtures it names."""
    for name, entry in draft.entries.effects.items():
        if named(draft, ("effects", name), name):
            made = _effect(draft, ("effects", name), name, entry)
            if made is not None:
                draft.effects[name] = made
                flashes.warn(draft, ("effects", name), made)


def of_cue(draft: Draft, path: Path, number: Decimal, entry: CueEntry) -> tuple[Effect, ...]:
    """The effects of one cue, each with the cue's own times."""
    found: list[Effect] = []
    for index, value in enumerate(entry.effect):
        made = _of_value(draft, (*path, "effect", index), number, index, value)
        if made is not None and made.name in [each.name for each in found]:
            draft.problems.at((*path, "effect"), f"'{made.name}' stands twice in this cue")
        elif made is not None:
            found.append(made)
    fade_ns, _, curve = _arrival(entry)
    release_ns = entry.release if "release" in entry.model_fields_set else fade_ns
    if entry.overlay is not None:
        fade_ns, curve, release_ns = 0, "linear", 0       # it comes and goes with the overlay
    return tuple(replace(each, fade_ns=fade_ns, curve=curve, release_ns=release_ns) for each in found)


def _of_value(
    draft: Draft, path: Path, number: Decimal, index: int, value: str | EffectEntry
) -> Effect | None:
    if isinstance(value, str):
        return draft.effects.get(value) if draft.known(path, "effect", value, "effects") else None
    made = _effect(draft, path, f"cue {cue_text(number)}" + (f" #{index + 1}" if index else ""), value)
    if made is not None:
        flashes.warn(draft, path, made)
    return made


def laid_over(draft: Draft, path: Path, cue: Cue) -> Cue:
    """An overlay's own effects need levels of the overlay beneath them: its look's, else their own first end."""
    if cue.overlay_ns is None or not cue.effects:
        return cue
    looked = {parameter for part in cue.parts for parameter, _ in part.targets}
    for effect in cue.effects:
        lacking = [at for at, parameter in enumerate(effect.parameters) if parameter not in looked]
        if lacking and not effect.own:
            draft.problems.key((*path, "effect"), "an overlay's effect has nothing beneath it to ride on; write both "
                               "'from' and 'to', or name the same fixtures in the overlay's look")
        if effect.length_ns is not None:
            draft.problems.key((*path, "effect"), "an overlay ends its effects; write no 'times' or 'for' here")
        looked.update(effect.parameters)
        part = cue.parts[0] if cue.parts else Part((), *_arrival(draft.entries.cues[str(path[-1])]))
        more = tuple((effect.parameters[at], effect.ends[0][at]) for at in lacking)
        cue = replace(cue, parts=(replace(part, targets=(*part.targets, *more)), *cue.parts[1:]))
    return cue


def _arrival(entry: CueEntry) -> tuple[int, int, str]:
    """Fade, delay and curve of the whole cue."""
    fade = entry.fade or NO_SPAN
    return fade.fade_ns or 0, 0, fade.curve or "linear"


# ---- one effect ----

def _effect(draft: Draft, path: Path, name: str, entry: EffectEntry) -> Effect | None:
    """What the entry at ``path`` says, without a cue's times; None where something is wrong with it."""
    shapes = [shape for shape in SHAPES if getattr(entry, shape) is not None]
    if len(shapes) != 1:
        known = ", ".join(f"'{shape}'" for shape in SHAPES)
        draft.problems.at(path, f"an effect has one shape, with whom it moves; write one of {known}")
        return None
    shape = shapes[0]
    _only_what_belongs(draft, path, shape, entry)
    ends = _steps(draft, path, entry) if shape == "steps" else _between(draft, path, shape, entry)
    masked = dict.fromkeys(_fixtures(draft, (*path, "mask"), entry.mask))
    order = list(dict.fromkeys(fixture for end in ends for fixture, _ in end))
    ranks = {fixture: at for at, fixture in enumerate(order)}
    rows = [row for row in dict.fromkeys(row for end in ends for row in end) if row[0] not in masked]
    rows.sort(key=lambda row: (ranks[row[0]], row[1]))
    if not rows and not draft.problems.touched(path):
        draft.problems.at(path, "this effect moves nothing")
    if draft.problems.touched(path):
        return None
    places = _places(order, entry.direction if shape != "steps" else "forward")
    made = Effect(
        name, shape, tuple(draft.fixtures[fixture][0] + offset for fixture, offset in rows),
        tuple(places[fixture] for fixture, _ in rows), max(places.values()) + 1,
        tuple(tuple(end.get(row, (0, True))[0] for row in rows) for end in ends),
        tuple(tuple(end.get(row, (0, True))[1] for row in rows) for end in ends),
        *entry.rate, entry.spread, entry.phase, entry.direction == "bounce", _share(entry.soft),
    )
    made = _timed(draft, path, entry, _shaped(draft, path, entry, made))
    return None if draft.problems.touched(path) else made


def _only_what_belongs(draft: Draft, path: Path, shape: str, entry: EffectEntry) -> None:
    for field in entry.model_fields_set:
        key = field.rstrip("_")
        if shape not in BELONGS.get(key, (shape,)):
            draft.problems.key((*path, key), f"'{key}' means nothing to '{shape}'; it is for {', '.join(BELONGS[key])}")
    if shape not in DIRECTIONS.get(entry.direction, (shape,)):
        allowed = [each for each, shapes in DIRECTIONS.items() if shape in shapes]
        draft.problems.at((*path, "direction"), f"'{shape}' does not go '{entry.direction}'; write one of: "
                          f"{', '.join(['forward', *allowed])}")


def _shaped(draft: Draft, path: Path, entry: EffectEntry, made: Effect) -> Effect:
    """The keys that only one shape has."""
    if made.shape == "step":
        try:
            share = _share(level(entry.width or "50%"))
        except ValueError:
            draft.problems.at((*path, "width"), f"'{entry.width}' is not a share of the beat; write such as '50%'")
            return made
        return replace(made, width=share * BEAT >> 30)
    if made.shape == "chase":
        text = entry.width or "1"
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= made.of:
            draft.problems.at((*path, "width"), f"this chase lights 1 to {made.of} at once; write such as '2'")
            return made
        return replace(made, width=int(text))
    if made.shape == "sparkle":
        life_ns = made.per_ns // (2 * made.beats) if entry.life is None else entry.life
        life = max(1, min(BEAT, life_ns * made.beats * BEAT // made.per_ns))
        return replace(made, density=_share(DENSITY if entry.density is None else entry.density), life=life)
    return made


def _timed(draft: Draft, path: Path, entry: EffectEntry, made: Effect) -> Effect:
    if entry.times is not None and entry.for_ is not None:
        draft.problems.key((*path, "for"), "'times' and 'for' both say when it ends; write one of them")
    if entry.times is not None:
        return replace(made, length_ns=-(-entry.times * beats_in_round(made) * made.per_ns // made.beats))
    return made if entry.for_ is None else replace(made, length_ns=entry.for_)


def _share(percentage: int) -> int:
    """0..LEVEL_MAX → 0..2³⁰."""
    return (percentage << 30) // LEVEL_MAX


# ---- who, and between what ----

def _fixtures(draft: Draft, path: Path, names: Iterable[str]) -> Iterator[str]:
    """The fixtures of some names, in the order written, each once."""
    found: dict[str, None] = {}
    for name in names:
        if name in draft.groups or draft.known(path, "fixture or group", name, "fixtures", "groups", also=("all",)):
            found.update(dict.fromkeys(draft.groups.get(name, (name,))))
    yield from found


def _between(draft: Draft, path: Path, shape: str, entry: EffectEntry) -> list[End]:
    """The two ends of everything but steps."""
    wishes: list[Wish | None] = [entry.from_, entry.to]
    if wishes == [None, None]:
        wishes = [DARK, FULLY]
    ends: list[End] = [{}, {}]
    fixtures = list(_fixtures(draft, (*path, shape), getattr(entry, shape)))
    for end, key, each in zip(ends, ("from", "to"), wishes, strict=True):
        for fixture in fixtures if each is not None else ():
            _ask(draft, (*path, key), fixture, each or DARK, end)
    return ends


def _steps(draft: Draft, path: Path, entry: EffectEntry) -> list[End]:
    """One end for each look."""
    ends: list[End] = []
    for index, said in enumerate(entry.steps or ()):
        where: Path = (*path, "steps", index)
        if isinstance(said, str) and not draft.known(where, "look", said, "looks"):
            continue
        look = draft.looks[said] if isinstance(said, str) else said
        for name in look:
            if name not in draft.groups:
                draft.known((*where, name), "fixture or group", name, "fixtures", "groups", also=("all",))
        asked: End = {}
        for rank, name, each in by_rank(draft, look):
            for fixture in draft.groups.get(name, () if rank != FIXTURE else (name,)):
                _ask(draft, (*where, name), fixture, each, asked)
        order = {fixture: at for at, fixture in enumerate(_fixtures(draft, where, look))}
        ends.append(dict(sorted(asked.items(), key=lambda row: order[row[0][0]])))
    if not 2 <= len(ends) <= STEPS_MAX and not draft.problems.touched((*path, "steps")):
        draft.problems.at((*path, "steps"), f"'steps' goes through 2 to {STEPS_MAX} looks")
    if entry.direction == "back":
        ends = [*ends[:1], *ends[:0:-1]]
    return ends


STEPS_MAX = 64


def _ask(draft: Draft, path: Path, fixture: str, asked: Wish, end: End) -> None:
    profile = draft.profiles.get(fixture)
    if profile is None:
        return
    if asked.span != NO_SPAN:
        draft.problems.at(path, "an effect has a rate, and its ends no times of their own; write only the level")
        return
    try:
        for offset, amount in resolved(profile, asked):
            end[fixture, offset] = (amount, asked.relative)
        compromised(draft, path, fixture, asked)
    except ValueError as error:
        draft.problems.at(path, f"'{fixture}' cannot: {error}")


def _places(order: list[str], direction: str) -> dict[str, int]:
    """Fixture → its place in the walk; several have the same where it goes out from the middle, or in."""
    count = len(order)
    ranks = {fixture: abs(2 * at - (count - 1)) // 2 for at, fixture in enumerate(order)}
    last = max(ranks.values(), default=0)
    if direction in ("out", "in"):
        return {fixture: rank if direction == "out" else last - rank for fixture, rank in ranks.items()}
    return {fixture: count - 1 - at if direction == "back" else at for at, fixture in enumerate(order)}
