"""Fixtures: which attributes they have, where those sit on the wire, and how colour becomes emitters.

Colour words and kelvin are resolved to the fixture's own emitters when the sheet is read, so fades cross in
emitter space. A fixture without a dimmer of its own gets a virtual one: its intensity multiplies its emitters.
"""

from __future__ import annotations

import difflib

from showctl.model import LEVEL_MAX, Attribute, Profile
from showctl.tables import BLACKBODY

WARM_MK, COLD_MK = 2_700_000, 6_500_000
"""The two whites of a generic panel, millikelvin."""

RGB_KELVIN_MK = (1_000_000, 15_000_000)
"""What red, green and blue can imitate: the reach of the black-body table."""

RGB = ("red", "green", "blue")
MIXED = (*RGB, "white", "warm", "cold")
"""Emitters that colour words and kelvin are mixed from."""

EMITTERS = (*MIXED, "amber", "uv", "lime", "indigo")
"""Everything that shines, and so is dimmed by a virtual dimmer."""

Emitters = dict[str, int]
Colour = tuple[int, int, int]


def find(name: str) -> Profile:
    """The profile called ``name``. Raises ValueError that names the nearest, or all there are."""
    if name in PROFILES:
        return PROFILES[name]
    near = difflib.get_close_matches(name[:60], PROFILES, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(PROFILES)}"
    raise ValueError(f"no profile '{name[:60]}'; {hint}")


def resolve(
    profile: Profile, *, rgb: Colour | None = None, kelvin_mk: int | None = None, level: int | None = None
) -> Emitters:
    """What a look asks of one fixture → level per attribute; only the attributes that the words touch.

    ``rgb`` is red, green, blue of 0..LEVEL_MAX, ``kelvin_mk`` millikelvin, ``level`` 0..LEVEL_MAX. Raises
    ValueError that says what the fixture can do.
    """
    names = [attribute.name for attribute in profile.attributes]
    found: Emitters = {}
    if rgb is not None and kelvin_mk is not None:
        raise ValueError("a colour and a colour temperature at once; write one of them")
    if rgb is not None:
        found |= _from_colour(profile.name, names, rgb)
    if kelvin_mk is not None:
        found |= _from_kelvin(profile, names, kelvin_mk)
    if found:
        found |= {name: 0 for name in MIXED if name in names and name not in found}
    if level is not None:
        found["intensity"] = level
    return found


# ---- colour to emitters ----

def _from_colour(profile: str, names: list[str], rgb: Colour) -> Emitters:
    """What red, green and blue have in common is light of the white emitters, where there are any."""
    if not _has(names, *RGB):
        kelvin = "cct" in names or _has(names, "warm", "cold")
        able = "a level and kelvin, such as '70% 3200K'" if kelvin else "a level, such as '70%'"
        raise ValueError(f"{profile} has no red, green and blue; write {able}")
    red, green, blue = rgb
    shared = min(rgb)
    rest = {"red": red - shared, "green": green - shared, "blue": blue - shared}
    if "white" in names:
        return rest | {"white": shared}
    if _has(names, "warm", "cold"):
        return rest | {"warm": shared // 2, "cold": shared - shared // 2}
    return {"red": red, "green": green, "blue": blue}


def _from_kelvin(profile: Profile, names: list[str], kelvin_mk: int) -> Emitters:
    if "cct" in names:
        cct = profile.attributes[names.index("cct")]
        _within(profile.name, kelvin_mk, cct.minimum, cct.maximum)
        return {"cct": kelvin_mk}
    if _has(names, "warm", "cold"):
        _within(profile.name, kelvin_mk, WARM_MK, COLD_MK)
        return _two_whites(kelvin_mk)
    if _has(names, *RGB):
        _within(profile.name, kelvin_mk, *RGB_KELVIN_MK)
        if "white" in names:
            return _white_and_rgb(kelvin_mk)
        return dict(zip(RGB, black_body(kelvin_mk), strict=True))
    raise ValueError(f"{profile.name} has no colour temperature; write a level, such as '70%'")


def _has(names: list[str], *wanted: str) -> bool:
    return all(name in names for name in wanted)


def _within(profile: str, kelvin_mk: int, low_mk: int, high_mk: int) -> None:
    if not low_mk <= kelvin_mk <= high_mk:
        raise ValueError(f"{profile} makes {low_mk // 1000}K to {high_mk // 1000}K")


def _two_whites(kelvin_mk: int) -> Emitters:
    """Warm and cold share one full; the mix is even in reciprocal kelvin (mired), as the eye has it."""
    cold = _rounded(LEVEL_MAX * COLD_MK * (kelvin_mk - WARM_MK), kelvin_mk * (COLD_MK - WARM_MK))
    return {"warm": LEVEL_MAX - cold, "cold": cold}


def _white_and_rgb(kelvin_mk: int) -> Emitters:
    """As much of the white emitter (6500 K) as fits into the light wanted, the rest from the colours."""
    wanted, white = black_body(kelvin_mk), black_body(COLD_MK)
    share = min(want * LEVEL_MAX // have for want, have in zip(wanted, white, strict=True))
    rest = [max(0, want - have * share // LEVEL_MAX) for want, have in zip(wanted, white, strict=True)]
    strongest = max(*rest, share)
    rest = [_rounded(each * LEVEL_MAX, strongest) for each in rest]
    return dict(zip(RGB, rest, strict=True)) | {"white": _rounded(share * LEVEL_MAX, strongest)}


def black_body(kelvin_mk: int) -> Colour:
    """The light of a black body at 1000 K to 15000 K, as linear red, green, blue; the strongest is full.

    Beyond the table's ends it is that of the nearer end.
    """
    low_mk, high_mk = RGB_KELVIN_MK
    index, beyond = divmod(min(max(kelvin_mk, low_mk), high_mk) - low_mk, 100_000)
    low, high = BLACKBODY[index], BLACKBODY[min(index + 1, len(BLACKBODY) - 1)]
    red, green, blue = (a + _rounded((b - a) * beyond, 100_000) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


# ---- the table ----

HALF = LEVEL_MAX // 2

INTENSITY = Attribute("intensity")
CCT = Attribute("cct", WARM_MK, COLD_MK, 4_000_000)
FULL_RGB = tuple(Attribute(name, default=LEVEL_MAX) for name in RGB)
DARK_RGB = tuple(Attribute(name) for name in RGB)
WHITE = Attribute("white", default=LEVEL_MAX)
WARM_COLD = (Attribute("warm", default=HALF), Attribute("cold", default=LEVEL_MAX - HALF))

# Name, emitters in wire order, whether a dimmer slot leads. Defaults are white, so a level alone is seen.
KINDS: tuple[tuple[str, tuple[Attribute, ...], bool], ...] = (
    ("dimmer", (), True),
    ("panel-cct", (CCT,), True),
    ("panel-warm-cold", WARM_COLD, False),
    ("dimmer-warm-cold", WARM_COLD, True),
    ("rgb", FULL_RGB, False),
    ("dimmer-rgb", FULL_RGB, True),
    ("rgbw", (*DARK_RGB, WHITE), False),
    ("dimmer-rgbw", (*DARK_RGB, WHITE), True),
    ("rgbww", (*DARK_RGB, *WARM_COLD), False),
    ("dimmer-rgbww", (*DARK_RGB, *WARM_COLD), True),
)


def _profile(kind: str, emitters: tuple[Attribute, ...], own_dimmer: bool, width: int) -> Profile:
    wired = (INTENSITY, *emitters) if own_dimmer else emitters
    slots = tuple((index * width, attribute.name, width) for index, attribute in enumerate(wired))
    name = f"generic/{kind}-16" if width == 2 else f"generic/{kind}"
    return Profile(name, (INTENSITY, *emitters), slots, not own_dimmer)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for width in (1, 2)
    for profile in (_profile(kind, emitters, own_dimmer, width) for kind, emitters, own_dimmer in KINDS)
}
