"""What stands on the wire, back in a lighting person's words: slots → percent, kelvin and a colour; fader → decibel.

The opposite of ``patch``, for people who look at what was received. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from showctl import dimming, laws, profiles, wheel
from showctl.lamps import Response
from showctl.model import LEVEL_MAX, CueSheet, FaderPatch, Parameter, Patched

Dmx = Mapping[str, Mapping[str, str]]
"""Connection → universe as text → slots as hexadecimal text; slots past its end are at zero."""

Positions = Mapping[str, Mapping[str, int]]
"""Connection → address as text (``cc 1 0``) → position of 0..steps."""

WHITES_MK = {"warm": profiles.WARM_MK, "cold": profiles.COLD_MK, "white": profiles.COLD_MK}
NEUTRAL_MK = 4_000_000

HALF = LEVEL_MAX // 2
TINTS = {"amber": (LEVEL_MAX, HALF, 0), "lime": (HALF, LEVEL_MAX, 0), "indigo": (HALF // 2, 0, LEVEL_MAX),
         "uv": (HALF // 2, 0, HALF)}
"""Other emitters as a screen can show them, roughly."""


@dataclass(frozen=True, slots=True)
class Light:
    """One fixture as it shines: ``percent`` 0..100, ``kelvin`` where a slot says it, ``colour`` RGB of 0..255."""

    name: str
    percent: int
    kelvin: int | None
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Fader:
    """One fader as it stands: ``share`` of the way up in thousandths, None unknown; ``millibel`` None is out."""

    name: str
    share: int | None
    millibel: int | None


def lights(sheet: CueSheet, dmx: Dmx) -> tuple[Light | None, ...]:
    """Every fixture of the sheet in its order; None where nothing was received for it."""
    wires = {_shows(patched): patched for patched in sheet.patch}
    slots = {(to, int(universe)): bytes.fromhex(text) for to, found in dmx.items() for universe, text in found.items()}
    return tuple(_light(sheet, name, wires, slots) for name in sheet.fixtures)


def faders(sheet: CueSheet, positions: Positions) -> tuple[Fader, ...]:
    """Every fader of the sheet in its order."""
    return tuple(_fader(sheet, patch, positions.get(patch.to, {})) for patch in sheet.faders.values())


Wires = Mapping[tuple[int, str], Patched]
"""The last patched slots by what they show: a parameter, or hue or saturation with the parameter of its red."""


def _shows(patched: Patched) -> tuple[int, str]:
    tells = "" if patched.wheel is None else patched.wheel.tells
    return patched.parameter, "" if tells == "strongest" else tells


def _light(sheet: CueSheet, name: str, wires: Wires, slots: Mapping[tuple[str, int], bytes]) -> Light | None:
    levels: dict[str, int] = {}
    virtual: Response | None = None        # of a dimmer that is not on the wire
    for index in sheet.fixtures[name]:
        parameter = sheet.parameters[index]
        if (index, "hue") in wires:
            hue, saturation = (_read(wires[index, tells], parameter, slots) for tells in ("hue", "saturation"))
            if hue is None or saturation is None:
                return None
            hue, saturation = (min(max(each, 0), LEVEL_MAX) for each in (hue, saturation))
            levels |= zip(profiles.RGB, wheel.colour(hue, saturation), strict=True)
        wire = wires.get((index, ""))
        if wire is None:
            continue
        level = _read(wire, parameter, slots)
        if level is None:
            return None
        if parameter.mired:
            levels[parameter.attribute] = level
            continue
        level = level if parameter.response is None else dimming.asked(parameter.response, level)
        levels[parameter.attribute] = min(max(level, parameter.minimum), parameter.maximum)
        virtual = None if wire.dimmed_by is None else sheet.parameters[wire.dimmed_by].response
    profile = sheet.profiles.get(name)
    percent, kelvin, colour = _shine(levels, profile is not None and bool(profile.colours))
    if virtual is not None:
        percent = (dimming.asked(virtual, percent * LEVEL_MAX // 100) * 100 + LEVEL_MAX // 2) // LEVEL_MAX
    return Light(name, percent, kelvin, colour)


def _read(wire: Patched, parameter: Parameter, slots: Mapping[tuple[str, int], bytes]) -> int | None:
    """The level that slots mean; None where their universe was not received."""
    heard = slots.get((wire.to, wire.universe))
    if heard is None:
        return None
    full = (1 << 8 * wire.width) - 1
    told = heard[wire.slot - 1 : wire.slot - 1 + wire.width].ljust(wire.width, b"\0")
    bottom, top = wire.whole or (parameter.minimum, parameter.maximum)
    return bottom + int.from_bytes(told, "big") * (top - bottom) // full


def _shine(levels: Mapping[str, int], filtered: bool) -> tuple[int, int | None, tuple[int, int, int]]:
    """Percent, kelvin and the colour for a screen. Without a dimmer on the wire the strongest emitter is the level.

    ``filtered``: its red, green and blue are parts of its white, not lights of their own.
    """
    colour, kelvin = _emitted(levels)
    if filtered and kelvin is not None:
        parts = [levels.get(name, LEVEL_MAX) for name in profiles.RGB]
        kelvin = kelvin if min(parts) == max(parts) else None
        colour = tuple(light * part // LEVEL_MAX for light, part in zip(colour, parts, strict=True))
    strongest = max(colour)
    level = levels.get("intensity", strongest)
    scale = level if "intensity" in levels else LEVEL_MAX
    red, green, blue = (_shown(part * scale // LEVEL_MAX) for part in colour)
    return (level * 100 + LEVEL_MAX // 2) // LEVEL_MAX, kelvin, (red, green, blue)


def _emitted(levels: Mapping[str, int]) -> tuple[tuple[int, ...], int | None]:
    """Linear red, green and blue of all emitters together, before a dimmer; kelvin where one slot says it."""
    if "cct" in levels:
        return profiles.black_body(levels["cct"]), (levels["cct"] + 500) // 1000
    emitters = [(name, level) for name, level in levels.items() if name in profiles.EMITTERS]
    if not emitters:
        return profiles.black_body(NEUTRAL_MK), None
    total = [0, 0, 0]
    for name, level in emitters:
        own = profiles.black_body(WHITES_MK[name]) if name in WHITES_MK else _primary(name)
        total = [have + level * part // LEVEL_MAX for have, part in zip(total, own, strict=True)]
    return tuple(min(part, LEVEL_MAX) for part in total), None


def _primary(name: str) -> tuple[int, ...]:
    if name in TINTS:
        return TINTS[name]
    return tuple(LEVEL_MAX if name == own else 0 for own in profiles.RGB)


def _shown(linear: int) -> int:
    """Linear light → a screen's value of 0..255; its square root is near enough to sRGB for a block of colour."""
    return isqrt(linear * 255 * 255 // LEVEL_MAX)


def _fader(sheet: CueSheet, patch: FaderPatch, positions: Mapping[str, int]) -> Fader:
    position = positions.get(" ".join(str(part) for part in patch.address))
    if position is None:
        return Fader(patch.name, None, None)
    millibel = laws.find(patch.law).millibel((2 * position * LEVEL_MAX + patch.steps) // (2 * patch.steps))
    return Fader(patch.name, position * 1000 // patch.steps, millibel)
