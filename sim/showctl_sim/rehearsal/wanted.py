"""Reading what is expected: each key of ``expect`` to a Check. How each is looked at is in ``checks``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from showctl import laws, units
from showctl.dimming import answered, asked
from showctl.lamps import Response
from showctl.light import kelvin_mk, reciprocal
from showctl.model import LEVEL_MAX, CueSheet, cue_text
from showctl.sheet.looks import resolved
from showctl.sheet.problems import Path, hint
from showctl.sheet.values import plain, shown
from showctl.sheet.wishes import NO_SPAN, wish
from showctl_sim.performance import UNKNOWN
from showctl_sim.promises import state_named
from showctl_sim.rehearsal.checks import FLAGS, NOTHING
from showctl_sim.rehearsal.nouns import Bounds, Check
from showctl_sim.rehearsal.reader import Reader, flag

COUNTS = {"never": (0, 0), "once": (1, 1), "twice": (2, 2), "at most once": (0, 1), "at least once": (1, None)}
COUNT = re.compile(r"(at most |at least |)(\d{1,6}) times", re.ASCII)
SIDE = re.compile(r"(above|below) (.+)")
ANYTHING = "anything"

Found = tuple[str, str, str, Any]
"""Kind, name, text and value of a check."""


def checks(reader: Reader, path: Path, key: str, value: Any, to: str) -> Iterator[Check]:
    """The checks of one key; ``to`` is the station that a refusal was for. What is wrong is said."""
    sheet, here = reader.sheet, (*path, key)
    try:
        if key == "refused":
            found: list[Found] = [("refused", "", plain(value), (_words(value), to))]
        elif key in EACH:
            found = _each(reader, here, key, value)
        elif key in WORDS:
            found = [WORDS[key](sheet, value)]
        else:
            found = [_named(sheet, key, value)]
    except ValueError as error:
        reader.problems.at(here, str(error))
        return
    except LookupError as error:
        reader.problems.key(here, str(error.args[0]))
        return
    place = reader.place(here)
    for kind, name, text, wanted in found:
        yield Check(place, kind, name, text, wanted)


def _each(reader: Reader, path: Path, key: str, value: Any) -> list[Found]:
    """``started: {40: never}``, ``sent: {cart: stop}``, ``sub: {key: 50%}``: one check a name."""
    if isinstance(value, str | list):
        value = dict.fromkeys(value if isinstance(value, list) else [value])
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} stands here; write a map of names")  # noqa: TRY004
    found = []
    for name, wanted in value.items():
        try:
            found.append(EACH[key](reader.sheet, name, wanted))
        except ValueError as error:
            reader.problems.at((*path, name), str(error))
    return found


# ---- names of the sheet ----

def _named(sheet: CueSheet, key: str, value: Any) -> Found:
    if key in sheet.regions:
        names = [plain(each) for each in (value if isinstance(value, list) else [value])]
        return "state", key, ", ".join(names), tuple(state_named(sheet, key, name) for name in names)
    if key in sheet.faders:
        return "levels", key, plain(value), _fader(sheet, key, plain(value))
    if key in sheet.groups or key in sheet.fixtures:
        return "levels", key, plain(value), tuple(_lamps(sheet, key, plain(value)))
    if key in sheet.triggers:
        return _truth(sheet, key, value)
    if key in sheet.connections:
        if value not in ("up", "lost"):
            raise ValueError(f"{shown(value)} stands here; a connection is up or lost")
        return "connection", key, plain(value), value == "lost"
    known = (*sheet.regions, *sheet.groups, *sheet.fixtures, *sheet.faders, *sheet.triggers, *sheet.connections,
             *WORDS, *EACH, "refused", "after", "within", "throughout", "budget")
    raise LookupError(f"nothing to expect of '{key[:60]}'{hint(key, known)}")


def _truth(sheet: CueSheet, key: str, value: Any) -> Found:
    if value == "unknown":
        return "truth", key, "unknown", None
    return "truth", key, "true" if flag(value) else "false", value


def _fader(sheet: CueSheet, name: str, text: str) -> tuple[Bounds, ...]:
    """To one step of the mixer's own (SEMANTICS 35)."""
    fader = sheet.faders[name]
    step = LEVEL_MAX // fader.steps + 1
    side = SIDE.fullmatch(text)
    if text == "unknown":
        return ((fader.parameter, UNKNOWN, UNKNOWN),)
    level = laws.find(fader.law).position(units.decibel(side[2] if side else text))
    return (_bounds(fader.parameter, level, step, side),)


def _lamps(sheet: CueSheet, name: str, text: str) -> Iterator[Bounds]:
    """Every fixture of the name, to one step of each of its slots (SEMANTICS 35)."""
    side = SIDE.fullmatch(text)
    wished = wish(side[2] if side else text)
    if wished.relative or wished.span != NO_SPAN:
        raise ValueError(f"'{text[:40]}' is a way to go; write what is to be seen, such as '70% 4000K'")
    for fixture in sheet.groups.get(name, (name,)):
        first = sheet.fixtures[fixture][0]
        for offset, level in resolved(sheet.profiles[fixture], wished):
            yield _lamp(sheet, first + offset, level, side)


def _bounds(parameter: int, level: int, step: int, side: re.Match[str] | None) -> Bounds:
    if side is None:
        return parameter, max(0, level - step), level + step
    return (parameter, level + 1, 1 << 62) if side[1] == "above" else (parameter, UNKNOWN + 1, level - 1)


def _lamp(sheet: CueSheet, parameter: int, level: int, side: re.Match[str] | None) -> Bounds:
    """The bounds of one level, to a step of its slots as a curve bends them; mired run the other way than kelvin."""
    about, step = sheet.parameters[parameter], _step(sheet, parameter)
    if about.mired:
        _, low, high = _bounds(parameter, kelvin_mk(level), step, side)
        return parameter, 0 if high >= 1 << 62 else reciprocal(high), reciprocal(max(low, 1))
    if about.response is None or side is not None:
        return _bounds(parameter, level, step, side)
    told = answered(Response(curve=about.response.curve), level)
    bent_low, bent_high = (asked(about.response, min(max(told + off, 0), LEVEL_MAX)) for off in (-step, step))
    return parameter, min(bent_low, max(0, level - step)), max(bent_high, level + step)


def _step(sheet: CueSheet, parameter: int) -> int:
    """What one step of the narrowest slots means, in levels or millikelvin."""
    about = sheet.parameters[parameter]
    minimum, maximum = about.minimum, about.maximum
    if about.mired:
        minimum, maximum = kelvin_mk(maximum), kelvin_mk(minimum)
    width = next((each.width for each in sheet.patch if each.parameter == parameter), 1)
    steps: int = 256**width - 1
    return (maximum - minimum) // steps + 1


# ---- words of our own ----

def _words(value: Any) -> str:
    text = plain(value)
    return "" if text == NOTHING else text


def _standby(sheet: CueSheet, value: Any) -> Found:
    """A cue, a state, ``back``, or nothing."""
    text = _words(value)
    main = next(iter(sheet.regions.values()))
    if re.match(r"\d", text):
        text = _cue(sheet, text)
    elif text and text not in ("back", "say"):
        text = state_named(sheet, main.name, text)
    return "standby", "", plain(value), text


def _running(sheet: CueSheet, value: Any) -> Found:
    names = [plain(each) for each in (value if isinstance(value, list) else [value])]
    effects = {effect.name: True for cue in sheet.cues.values() for effect in cue.effects}
    cues = () if names == [NOTHING] else tuple(name if name in effects else _cue(sheet, name) for name in names)
    return "running", "", ", ".join(names), cues


def _text(kind: str) -> Callable[[CueSheet, Any], Found]:
    return lambda sheet, value: (kind, "", plain(value), _words(value))


def _accepted(sheet: CueSheet, value: Any) -> Found:
    if plain(value) not in sheet.stations:
        raise ValueError(f"no station '{value[:60]}'{hint(value, sheet.stations)}")
    return "accepted", "", value, value


def _switch(name: str) -> Callable[[CueSheet, Any], Found]:
    return lambda sheet, value: ("flag", name, "true" if flag(value) else "false", value)


def _master(name: str, text: str) -> Found:
    level = units.level(text)
    return "master", name, text, (level - LEVEL_MAX // 200, level + LEVEL_MAX // 200)


WORDS: Mapping[str, Callable[[CueSheet, Any], Found]] = {
    "standby": _standby, "running": _running, "said": _text("said"), "noted": _text("noted"), "accepted": _accepted,
    "master": lambda sheet, value: _master("grand", plain(value)), **{name: _switch(name) for name in FLAGS},
}


def _started(sheet: CueSheet, name: str, value: Any) -> Found:
    text = "at least once" if value is None else plain(value)
    match = COUNT.fullmatch(text)
    if match is not None:
        count = int(match[2])
        counts: tuple[int, int | None] = (0 if match[1] == "at most " else count,
                                          None if match[1] == "at least " else count)
    elif text in COUNTS:
        counts = COUNTS[text]
    else:
        raise ValueError(f"'{text[:40]}' is no count; write never, once, at most once or 3 times")
    return "started", _cue(sheet, name), text, counts


def _sent(sheet: CueSheet, name: str, value: Any) -> Found:
    if name not in sheet.commands:
        raise ValueError(f"no command '{name[:60]}'{hint(name, sheet.commands)}")
    if isinstance(value, list):
        return "sent", name, " ".join(map(str, value)), tuple(value)
    text = ANYTHING if value is None else value if isinstance(value, str) else str(value).lower()
    return "sent", name, text, {ANYTHING: None, NOTHING: ""}.get(text, value)


def _muted(sheet: CueSheet, name: str, value: Any) -> Found:
    fader = sheet.faders.get(name)
    if fader is None:
        raise ValueError(f"no fader '{name[:60]}'{hint(name, sheet.faders)}")
    if fader.mute is None:
        raise ValueError(f"nobody knows what mutes '{name}'; give the fader a 'mute' in the sheet")
    if value not in ("on", "off"):
        raise ValueError(f"'{str(value)[:40]}' will not do; write on or off")
    return "sent", f"mute/{name}", str(value), fader.mute[0 if value == "on" else 1]


def _submaster(sheet: CueSheet, name: str, value: Any) -> Found:
    if name not in sheet.submasters:
        raise ValueError(f"no submaster '{name[:60]}'{hint(name, sheet.submasters)}")
    return _master(f"sub/{name}", plain(value))


EACH: Mapping[str, Callable[[CueSheet, str, Any], Found]] = {
    "started": _started, "sent": _sent, "mute": _muted, "sub": _submaster,
}


def _cue(sheet: CueSheet, text: str) -> str:
    number = units.cue_number(text)
    if number not in sheet.cues:
        raise ValueError(f"no cue {text[:40]}{hint(text, map(cue_text, sheet.cues))}")
    return cue_text(number)
