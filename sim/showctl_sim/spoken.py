"""Levels, times and truths as people say them, in whole numbers: ``key-left 21.9 %``, ``music -12.1 dB``."""

from __future__ import annotations

from showctl import laws
from showctl.light import kelvin_mk
from showctl.model import LEVEL_MAX, SECOND_NS, CueSheet, Parameter
from showctl_sim.performance import UNKNOWN


def level(sheet: CueSheet, parameter: int, value: int) -> str:
    """One parameter's level with its owner's name."""
    about = sheet.parameters[parameter]
    if about.attribute == "fader":
        return f"{about.owner} {fader(sheet.faders[about.owner].law, value)}"
    if about.attribute == "cct":
        return f"{about.owner} {kelvin(about, value)}K"
    word = "" if about.attribute == "intensity" else f"{about.attribute} "
    return f"{about.owner} {word}{percent(value)}"


def kelvin(about: Parameter, value: int) -> int:
    """A level of a ``cct`` in whole kelvin."""
    return ((kelvin_mk(value) if about.mired else value) + 500) // 1000


def percent(value: int) -> str:
    """A level to a tenth of a percent: ``21.9%``, ``70%``."""
    tenths = (value * 2000 + LEVEL_MAX) // (2 * LEVEL_MAX)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def fader(law: str, position: int) -> str:
    """A fader's position to a hundredth of a decibel, ``out``, or ``unknown``."""
    if position == UNKNOWN:
        return "unknown"
    millibel = laws.find(law).millibel(position)
    if millibel is None:
        return "out"
    whole, rest = divmod(abs(millibel), 100)
    sign, decimals = "-" if millibel < 0 else "", f".{rest:02}".rstrip("0") if rest else ""
    return f"{sign}{whole}{decimals} dB"


def clock(ns: int) -> str:
    """Show time as ``5:02.250``, with hours where there are any; milliseconds where there are any."""
    milliseconds = ns * 1000 // SECOND_NS
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    whole = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{whole}.{rest:03}" if rest else whole


def duration(ns: int) -> str:
    """A length of time in the unit that people would use: ``250 ms``, ``1.5 s``, ``5 min``."""
    for unit, length in (("h", 3600 * SECOND_NS), ("min", 60 * SECOND_NS), ("s", SECOND_NS)):
        if ns >= length:
            tenths = ns * 10 // length
            return f"{tenths // 10}.{tenths % 10} {unit}" if tenths % 10 else f"{tenths // 10} {unit}"
    return f"{ns * 1000 // SECOND_NS} ms"


def truth(value: bool | None) -> str:
    """``true``, ``false`` or ``unknown``."""
    return "unknown" if value is None else "true" if value else "false"
