"""Fixtures: which attributes they have, where those sit on the wire, and how colour becomes emitters.

Colour words and kelvin are resolved to the fixture's own emitters when the sheet is read, so fades cross in
emitter space. A fixture without a dimmer of its own gets a virtual one: its intensity multiplies its emitters.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

from showctl.lamps import Attribute, Emitter, Profile
from showctl.light import GREEN_DUV, ONE, Point, apart, white, whiteness
from showctl.mixing import mixed
from showctl.model import LEVEL_MAX
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

FLAGS = {"cyan": "red", "magenta": "green", "yellow": "blue"}
"""What takes light away, and of which emitter: full cyan leaves no red."""

Emitters = dict[str, int]
Colour = tuple[int, int, int]

WHITE_REACH = ONE * 6 // 100
"""How far from what is wanted a fixture of whites may end, in (u′, v′): a warm gel still means something to it."""

SEEN = ONE * 5 // 1000
"""A difference in (u′, v′) that somebody sees."""

ASSUMED: dict[str, Emitter] = {
    "red": Emitter("red", 640_000_000, 330_000_000, 212_673),
    "green": Emitter("green", 300_000_000, 600_000_000, 715_152),
    "blue": Emitter("blue", 150_000_000, 60_000_000, 72_175),
    "white": Emitter("white", *white(COLD_MK), 957_906),
    "warm": Emitter("warm", *white(WARM_MK), 957_906),
    "cold": Emitter("cold", *white(COLD_MK), 957_906),
}
"""What the emitters of a fixture that nobody measured are taken for: sRGB's primaries (IEC 61966-2-1) and black bodies,
as bright as ``black_body`` says."""

NEUTRAL = 0x800000
"""A tint slot at no tint: its lower half is magenta, its upper half green, one gel of it at either end."""


def find(name: str) -> Profile:
    """The profile called ``name``. Raises ValueError that names the nearest, or all there are."""
    if name in PROFILES:
        return PROFILES[name]
    near = difflib.get_close_matches(name[:60], PROFILES, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(PROFILES)}"
    raise ValueError(f"no profile '{name[:60]}'; {hint}")


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour as a look says it, one of: ``rgb`` of 0..LEVEL_MAX each, ``kelvin_mk`` with a ``tint`` (Duv, in 10⁻⁹),
    or ``xy`` (CIE 1931, in 10⁻⁹). Nothing said is None."""

    rgb: Colour | None = None
    kelvin_mk: int | None = None
    tint: int = 0
    xy: Point | None = None


NO_TONE = Tone()


def resolve(
    profile: Profile,
    *,
    rgb: Colour | None = None,
    kelvin_mk: int | None = None,
    tint: int = 0,
    xy: Point | None = None,
    level: int | None = None,
) -> Emitters:
    """What a look asks of one fixture → level per attribute; only the attributes that the words touch.

    ``level`` is 0..LEVEL_MAX, the rest as in ``Tone``. Raises ValueError that says what the fixture can do.
    """
    if sum(each is not None for each in (rgb, kelvin_mk, xy)) > 1:
        raise ValueError("a colour and a colour temperature at once; write one of them")
    found = coloured(profile, Tone(rgb, kelvin_mk, tint, xy))[0]
    return found if level is None else found | {"intensity": level}


def coloured(profile: Profile, tone: Tone) -> tuple[Emitters, Point | None, Point | None]:
    """The levels of everything that makes the fixture's colour, what colour was wanted and which will be seen.

    The colours are None where they are the fixture's own business. Raises ValueError that says what it can do.
    """
    if tone == NO_TONE:
        return {}, None, None
    found, wanted, shown = _coloured(profile, [attribute.name for attribute in profile.attributes], tone)
    mixing = [each.name for each in profile.emitters] or MIXED
    if profile.colours:
        mixing = [*mixing, "cct"]
    for attribute in profile.attributes:
        if attribute.name not in found and (attribute.name == "tint" or attribute.name in mixing):
            found[attribute.name] = attribute.default if attribute.name in ("tint", "cct") else 0
    return found, wanted, shown


def compromise(profile: Profile, wanted: Point, shown: Point) -> str:
    """What to say of a colour that the fixture cannot make; nothing where nobody would see the difference."""
    away = apart(wanted, shown)
    if away <= SEEN:
        return ""
    kelvin_mk, duv = whiteness(shown)
    near = f", much like {(kelvin_mk + 50_000) // 100_000 * 100}K" if abs(duv) < SEEN else ""
    told = "cct" in [each.name for each in profile.attributes] and not profile.colours
    guess = "" if profile.emitters or told else \
        " (as far as anybody knows: its 'emitters' were not measured)"
    return (f"cannot make that colour: it shows xy {_thousandths(shown[0])} {_thousandths(shown[1])}{near}, "
            f"{_thousandths(away)} away in u'v'{guess}")


def _thousandths(value: int) -> str:
    return f"0.{(value + 500_000) // 1_000_000:03}"


def _coloured(profile: Profile, names: list[str], tone: Tone) -> tuple[Emitters, Point | None, Point | None]:
    emitters = profile.emitters
    if not emitters:
        if tone.rgb is not None:
            return _from_colour(profile.name, names, tone.rgb), None, None
        if tone.kelvin_mk is not None and not tone.tint:
            return _from_kelvin(profile, names, tone.kelvin_mk), None, None
        if "cct" in names and (not _has(names, *RGB) or (tone.kelvin_mk is not None and "tint" in names)):
            return _from_white(profile, names, tone)
        assumed = _parts() if profile.colours else ASSUMED
        emitters = tuple(assumed[name] for name in names if name in assumed)
    if len(emitters) < 2:
        raise ValueError(f"{profile.name} mixes no colours; write a level, such as '70%'")
    if tone.rgb is not None and not any(tone.rgb):
        return {}, None, None
    wanted = _aim(tone)
    mix = mixed(emitters, wanted)
    if not _has([each.name for each in emitters], *RGB) and apart(wanted, mix.shown) > WHITE_REACH:
        raise ValueError(f"{profile.name} makes white only; write kelvin, such as '70% 3200K'")
    return dict(mix.levels), wanted, mix.shown


def sayable(profile: Profile) -> tuple[str, ...]:
    """What a look can say of a fixture, for people: levels, colours, whites, and what it names one by one."""
    names = [attribute.name for attribute in profile.attributes]
    colours = _has(names, *RGB)
    found = ["70%"] if any(name == "intensity" or name in EMITTERS for _, name, _ in profile.slots) else []
    found += ["colours, gels and xy"] if colours else []
    whites = _whites(profile, names)
    if whites is not None:
        tint = " with tint" if colours or "tint" in names else ""
        found.append(f"{whites[0] // 1000}K to {whites[1] // 1000}K{tint}{'' if colours else ', gels that are white'}")
    own = [name for name in own_names(profile) if name != "cct"]
    return (*found, f"{own[-1]}=40%{', and so ' + ', '.join(own[:-1]) if own[1:] else ''}") if own else tuple(found)


def own_names(profile: Profile) -> list[str]:
    """What a look may name one by one: the attributes but for the level, flags by their own names."""
    left = {emitter: flag for flag, emitter in FLAGS.items()} if profile.colours == "flags" else {}
    return [left.get(attribute.name, attribute.name) for attribute in profile.attributes[1:]]


def own_level(profile: Profile, name: str, level: int) -> tuple[str, int]:
    """(attribute, its level) of what a look names by itself: ``cyan=40%`` leaves 60% of red."""
    if profile.colours == "flags" and name in FLAGS:
        return FLAGS[name], LEVEL_MAX - level
    return name, level


def _whites(profile: Profile, names: list[str]) -> tuple[int, int] | None:
    """The range of kelvin that a look can say."""
    if "cct" in names:
        cct = profile.attributes[names.index("cct")]
        return cct.minimum, cct.maximum
    if _has(names, "warm", "cold"):
        return WARM_MK, COLD_MK
    return RGB_KELVIN_MK if _has(names, *RGB) else None


# ---- measured colour to emitters ----

def _aim(tone: Tone) -> Point:
    """The chromaticity that is wanted. A colour of red, green and blue is that of the sRGB primaries."""
    if tone.xy is not None:
        return tone.xy
    if tone.kelvin_mk is not None:
        return white(tone.kelvin_mk, tone.tint)
    lights = [(ASSUMED[name], level) for name, level in zip(RGB, tone.rgb or (), strict=True)]
    common = prod(each.y for each, _ in lights)
    # Each weighs X + Y + Z, which is Y / y.
    weights = [each.output * level * (common // each.y) for each, level in lights]
    x, y = (sum(weight * place for weight, place in zip(weights, places, strict=True)) // sum(weights)
            for places in ([each.x for each, _ in lights], [each.y for each, _ in lights]))
    return x, y


def _from_white(profile: Profile, names: list[str], tone: Tone) -> tuple[Emitters, Point, Point]:
    """A fixture that is told a white: the nearest it has, with its tint where it has that too."""
    cct = profile.attributes[names.index("cct")]
    if tone.kelvin_mk is not None:
        _within(profile.name, tone.kelvin_mk, cct.minimum, cct.maximum)
    wanted = _aim(tone)
    kelvin_mk, duv = (tone.kelvin_mk, tone.tint) if tone.kelvin_mk is not None else whiteness(wanted)
    kelvin_mk = min(max(kelvin_mk, cct.minimum), cct.maximum)
    duv = min(max(duv, -GREEN_DUV), GREEN_DUV) if "tint" in names else 0
    shown = white(kelvin_mk, duv)
    if apart(wanted, shown) > WHITE_REACH:
        raise ValueError(f"{profile.name} makes white only; write kelvin, such as '70% 3200K'")
    found = {"cct": kelvin_mk} | _colourless(profile)
    return (found | {"tint": NEUTRAL + duv * (NEUTRAL - 1) // GREEN_DUV} if "tint" in names else found), wanted, shown


def _colourless(profile: Profile) -> Emitters:
    """What goes with a kelvin where colours are parts of the white: all of it. Emitters of their own stay dark."""
    return dict.fromkeys(RGB, LEVEL_MAX) if profile.colours else {}


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
        return {"cct": kelvin_mk} | _colourless(profile)
    if _has(names, "warm", "cold"):
        _within(profile.name, kelvin_mk, WARM_MK, COLD_MK)
        return _two_whites(kelvin_mk)
    if _has(names, *RGB):
        _within(profile.name, kelvin_mk, *RGB_KELVIN_MK)
        if profile.colours:
            return _of_white(kelvin_mk)
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


def _of_white(kelvin_mk: int) -> Emitters:
    """The light wanted as parts of a white of 6500 K, which is all of each; the strongest is full."""
    parts = [want * LEVEL_MAX // have for want, have in zip(black_body(kelvin_mk), black_body(COLD_MK), strict=True)]
    return {name: _rounded(part * LEVEL_MAX, max(parts)) for name, part in zip(RGB, parts, strict=True)}


@lru_cache(maxsize=1)
def _parts() -> dict[str, Emitter]:
    """The primaries of sRGB, so bright that all at full are a white of 6500 K."""
    return {name: replace(ASSUMED[name], output=ASSUMED[name].output * part // LEVEL_MAX)
            for name, part in zip(RGB, black_body(COLD_MK), strict=True)}


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
TINT = Attribute("tint", default=NEUTRAL)
FULL_RGB = tuple(Attribute(name, default=LEVEL_MAX) for name in RGB)
DARK_RGB = tuple(Attribute(name) for name in RGB)
WHITE = Attribute("white", default=LEVEL_MAX)
WARM_COLD = (Attribute("warm", default=HALF), Attribute("cold", default=LEVEL_MAX - HALF))

# Name, emitters in wire order, whether a dimmer slot leads. Defaults are white, so a level alone is seen.
KINDS: tuple[tuple[str, tuple[Attribute, ...], bool], ...] = (
    ("dimmer", (), True),
    ("panel-cct", (CCT,), True),
    ("panel-cct-tint", (CCT, TINT), True),
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
