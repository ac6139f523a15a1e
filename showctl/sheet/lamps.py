"""One fixture as it hangs here: its profile with what was measured, and how its levels leave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from showctl import profiles
from showctl.lamps import Attribute, Emitter, Profile, Response
from showctl.light import reciprocal, reciprocals
from showctl.model import LEVEL_MAX, Parameter
from showctl.sheet.draft import Draft
from showctl.sheet.models import FixtureEntry
from showctl.sheet.problems import Path, hint


@dataclass(frozen=True, slots=True)
class Lamp:
    """``trims`` are of 0..LEVEL_MAX by attribute, ``kelvin_mk`` the whites it may be told, ``mired`` how those fade."""

    profile: Profile
    response: Response | None = None
    kelvin_mk: tuple[int, int] | None = None
    trims: dict[str, int] = field(default_factory=dict)
    mired: bool = False


def fitted(draft: Draft, path: Path, entry: FixtureEntry, profile: Profile) -> Lamp:
    """The lamp of an entry; says what its profile has not."""
    limits = entry.limits
    mired = draft.entries.crossfade == "mired"
    if mired:
        profile = replace(profile, attributes=tuple(
            replace(each, mired=True) if each.name == "cct" else each for each in profile.attributes))
    emitters = _measured(draft, path, entry, profile)
    response = None
    if entry.curve or (limits is not None and limits.intensity is not None):
        lowest, highest = (limits and limits.intensity) or (0, LEVEL_MAX)
        response = Response(lowest, highest, entry.curve)
    kelvin_mk = limits.cct if limits is not None else None
    if kelvin_mk is not None and not _has_white_in(draft, (*path, "limits", "cct"), profile, kelvin_mk):
        kelvin_mk = None
    return Lamp(replace(profile, emitters=emitters) if emitters else profile, response, kelvin_mk,
                _trims(draft, path, entry, profile), mired)


def parameter(lamp: Lamp, attribute: Attribute, index: int, owner: str, intensity: int | None) -> Parameter:
    """One attribute of a lamp as a thing that has a level."""
    minimum, maximum, default = attribute.minimum, attribute.maximum, attribute.default
    if attribute.name == "cct" and lamp.kelvin_mk is not None:
        minimum, maximum = max(minimum, lamp.kelvin_mk[0]), min(maximum, lamp.kelvin_mk[1])
        default = min(max(default, minimum), maximum)
    if attribute.mired:
        (minimum, maximum), default = reciprocals(minimum, maximum), reciprocal(default)
        default = min(max(default, minimum), maximum)
    own = None if index == intensity else intensity
    response = lamp.response if index == intensity else None
    return Parameter(index, owner, attribute.name, minimum, maximum, default, own, (), response, attribute.mired)


def whole(lamp: Lamp, shows: str, given: tuple[int, int] | None) -> tuple[int, int] | None:
    """What the slots of an attribute mean at zero and at full; a trim stretches that, so that full is less of them."""
    attribute = next((each for each in lamp.profile.attributes if each.name == shows), None)
    if attribute is None:      # a hue or saturation
        return given
    if shows == "cct" and (lamp.kelvin_mk is not None or lamp.mired):
        return given or (attribute.minimum, attribute.maximum)
    trim = lamp.trims.get(shows, LEVEL_MAX)
    if lamp.profile.virtual_dimmer and shows in profiles.EMITTERS:
        trim = trim * lamp.trims.get("intensity", LEVEL_MAX) // LEVEL_MAX
    if trim == LEVEL_MAX:
        return given
    zero, full = given or (attribute.minimum, attribute.maximum)
    return zero * LEVEL_MAX // trim, full * LEVEL_MAX // trim


def _measured(draft: Draft, path: Path, entry: FixtureEntry, profile: Profile) -> tuple[Emitter, ...]:
    found = []
    for name, reading in entry.emitters.items():
        where = (*path, "emitters", name)
        if _shines(draft, where, name, profile):
            found.append(Emitter(name, *reading.colour, reading.output))
        if name in entry.calibrate:
            draft.problems.key((*path, "calibrate", name), f"'{name}' is measured; a trim would count it twice")
    if len(found) == 1 and not draft.problems.touched((*path, "emitters")):
        draft.problems.key((*path, "emitters"), "colours are mixed from two emitters or more; measure the others too")
    order = [attribute.name for attribute in profile.attributes]
    return tuple(sorted(found, key=lambda each: order.index(each.name)))


def _trims(draft: Draft, path: Path, entry: FixtureEntry, profile: Profile) -> dict[str, int]:
    trims = {name: share for name, share in entry.calibrate.items()
             if name == "intensity" or _shines(draft, (*path, "calibrate", name), name, profile)}
    for name in trims:
        if profile.colours == "hue" and name in profiles.RGB:
            draft.problems.key((*path, "calibrate", name), (
                f"{profile.name} is told a hue and a saturation, so nothing of it is '{name}' alone; trim its "
                "'intensity', or give 'emitters' as measured"))
    return trims


def _shines(draft: Draft, path: Path, name: str, profile: Profile) -> bool:
    own = [each.name for each in profile.attributes if each.name in profiles.EMITTERS]
    if name not in own:
        draft.problems.key(path, f"{profile.name} has no emitter '{name[:40]}'{hint(name, own)}")
    return name in own


def _has_white_in(draft: Draft, path: Path, profile: Profile, kelvin_mk: tuple[int, int]) -> bool:
    cct = next((each for each in profile.attributes if each.name == "cct"), None)
    if cct is None:
        draft.problems.key(path, f"{profile.name} is not told a kelvin, so there is none to limit")
        return False
    if kelvin_mk[0] > cct.maximum or kelvin_mk[1] < cct.minimum:
        draft.problems.at(path, f"{profile.name} makes {cct.minimum // 1000}K to {cct.maximum // 1000}K; "
                                "the limits leave nothing of that")
        return False
    return True
