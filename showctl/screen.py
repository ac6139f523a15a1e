"""The show on a terminal, drawn: one pure function from what is known to lines of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from showctl.seen import Fader, Light

Span = tuple[str, str]
"""Text and its style: SGR parameters such as ``1;31``, or ``""``."""

Line = list[Span]

PLAIN, BOLD, DIM, GOOD, BAD, ASK = "", "1", "2", "32", "31;1", "33"
BLOCK_COLUMNS = 12
BLOCK_ROWS = 2
NAME_COLUMNS = 12
BAR_COLUMNS = 30
NEWS_LINES = 8
NEWS_KEPT = 3
UNKNOWN = "·"


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its state, and what GO does next where it listens to GO."""

    name: str
    state: str
    standby: str


@dataclass(frozen=True, slots=True)
class Device:
    """One connection: ``up`` None is not tried yet; ``words`` say why it is down or what it counted."""

    name: str
    driver: str
    up: bool | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """A line for the people: said by the sheet, or (``bad``) refused to somebody."""

    seconds: int
    bad: bool
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything a terminal shows. Texts from outside are made harmless when they are drawn."""

    show: str
    seconds: int                                 # of show time
    regions: tuple[Region, ...]
    running: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()                  # paused, panic, blackout, sensors off
    names: tuple[str, ...] = ()                  # of fixtures, in the order of lights
    lights: tuple[Light | None, ...] = ()
    faders: tuple[Fader, ...] = ()
    devices: tuple[Device, ...] = ()
    news: tuple[News, ...] = ()                  # oldest first
    buttons: tuple[tuple[str, str], ...] = ()    # key, words
    sensors: tuple[tuple[str, str, bool | None], ...] = ()    # key, trigger, truth
    notes: tuple[str, ...] = ()                  # what the operator should know of this run: taken ports
    hint: str = ""


def draw(view: View, width: int, height: int) -> list[str]:
    """``height`` lines of at most ``width`` columns, with SGR codes.

    Where they do not all fit, the connections make room first, then older news; the keys stay.
    """
    top = [*_head(view, width), [], *_panels(view, width), *_faders(view, width)]
    devices, news, keys = list(_devices(view, width)), list(_news(view)), _keys(view, width)
    spare = height - len(top) - len(devices) - len(keys)
    news = news[-max(NEWS_KEPT, spare) :]
    room = max(0, height - len(news) - len(keys))
    lines = [*top, *devices][:room]
    lines += [[]] * (room - len(lines))
    return [_text(line, width) for line in [*lines, *news, *keys]][:height]


def _head(view: View, width: int) -> Iterator[Line]:
    clock = _clock(view.seconds)
    flags = "  ".join(view.flags).upper()
    gap = max(1, width - _columns(view.show) - _columns(flags) - len(clock) - 4)
    yield [(f" {view.show}", BOLD), (" " * gap, PLAIN), (flags, BAD), (f"  {clock}", DIM)]
    for region in view.regions:
        yield [(f" {_padded(region.name, NAME_COLUMNS)}", DIM), (_padded(region.state, 16), BOLD),
               (" GO ▸ " if region.standby else "", GOOD), (region.standby, PLAIN)]
    yield [(f" {_padded('running', NAME_COLUMNS)}", DIM), (", ".join(view.running) or "nothing", PLAIN)]


def _panels(view: View, width: int) -> Iterator[Line]:
    """Rows of colour blocks, as many abreast as fit."""
    abreast = max(1, (width - 1) // (BLOCK_COLUMNS + 1))
    pairs = list(zip(view.names, view.lights, strict=True))
    for start in range(0, len(pairs), abreast):
        row = pairs[start : start + abreast]
        for _ in range(BLOCK_ROWS):
            yield [(" ", PLAIN), *_spaced(_block(light) for _, light in row)]
        yield [(" ", PLAIN), *_spaced((_padded(name, BLOCK_COLUMNS), PLAIN) for name, _ in row)]
        yield [(" ", PLAIN), *_spaced((_padded(_measure(light), BLOCK_COLUMNS), DIM) for _, light in row)]


def _block(light: Light | None) -> Span:
    if light is None:
        return UNKNOWN * BLOCK_COLUMNS, DIM
    red, green, blue = light.colour
    return " " * BLOCK_COLUMNS, f"48;2;{red};{green};{blue}"


def _measure(light: Light | None) -> str:
    if light is None:
        return "not heard"
    return f"{light.percent}%" if light.kelvin is None else f"{light.percent}% {light.kelvin}K"


def _faders(view: View, width: int) -> Iterator[Line]:
    bar_columns = max(5, min(BAR_COLUMNS, width - NAME_COLUMNS - 14))
    for fader in view.faders:
        share = fader.share or 0
        full = (share * bar_columns + 500) // 1000
        bar = "━" * full + "─" * (bar_columns - full) if fader.share is not None else UNKNOWN * bar_columns
        yield [(f" {_padded(fader.name, NAME_COLUMNS)}", PLAIN), (bar[:full], GOOD), (bar[full:], DIM),
               (f" {_decibel(fader):>10}", PLAIN)]


def _decibel(fader: Fader) -> str:
    if fader.share is None:
        return "not heard"
    return "out" if fader.millibel is None else f"{fader.millibel / 100:+.1f} dB"


def _devices(view: View, width: int) -> Iterator[Line]:
    """Each that is not up on a line of its own with the reason, then all that are up on one."""
    if view.devices or view.notes:
        yield []
    for device in sorted(view.devices, key=lambda each: each.up is None):
        if not device.up:
            mark = ("● ", BAD) if device.up is False else ("○ ", ASK)
            yield [(" ", PLAIN), mark, (f"{device.name} ", PLAIN), (f"{device.driver}  ", DIM), (device.words, BAD)]
    for note in view.notes:
        yield [(f" {note}", ASK)]
    fine = [device for device in view.devices if device.up]
    marks: list[Line] = [[("● ", GOOD), (f"{device.name} ", PLAIN), (f"{device.driver}  ", DIM),
                          (f"{device.words}  " if device.words else "", ASK)] for device in fine]
    yield from _wrapped(marks, width)


def _news(view: View) -> Iterator[Line]:
    for news in view.news[-NEWS_LINES:]:
        mark = (" ✕ ", BAD) if news.bad else (" ▸ ", ASK)
        yield [(f" {_clock(news.seconds)}", DIM), mark, (news.text, PLAIN)]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _keys(view: View, width: int) -> list[Line]:
    """The bottom: the sheet's buttons, the rig's sensors, and the keys that are always there."""
    lines: list[Line] = []
    if view.buttons:
        lines += _wrapped([[(key, BOLD), (f" {words}   ", PLAIN)] for key, words in view.buttons], width)
    if view.sensors:
        marks = {True: ("● ", GOOD), False: ("○ ", DIM), None: ("? ", ASK)}
        lines += _wrapped([[(key, BOLD), (" ", PLAIN), marks[truth], (f"{name}   ", PLAIN)]
                           for key, name, truth in view.sensors], width)
    if view.hint:
        return [*lines, [(f" {view.hint}", ASK)]]
    always = (("Space", "GO"), ("Esc", "panic, twice cut"), ("b", "back"), ("↑↓", "standby"), ("p", "pause"),
              ("Ctrl-C", "end"))
    return [*lines, *_wrapped([[(key, BOLD), (f" {words}   ", DIM)] for key, words in always], width)]


# ---- text ----

def _spaced(spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        yield span
        yield " ", PLAIN


def _wrapped(items: Sequence[Line], width: int) -> list[Line]:
    """Items in as few lines as hold them whole."""
    lines: list[Line] = []
    used = width
    for item in items:
        columns = sum(_columns(text) for text, _ in item)
        if used + columns > width:
            lines.append([(" ", PLAIN)])
            used = 1
        lines[-1] = [*lines[-1], *item]
        used += columns
    return lines


def _text(line: Line, width: int) -> str:
    """One line for the terminal, cut to its width; styles never reach past their span."""
    parts: list[str] = []
    left = width
    for text, style in line:
        cut = _cut(text, left)
        left -= _columns(cut)
        if cut:
            parts.append(f"\x1b[{style}m{cut}\x1b[0m" if style else cut)
    return "".join(parts)


def _cut(text: str, columns: int) -> str:
    """As much of the text as fits, every character that could move the cursor made a dot."""
    found: list[str] = []
    for sign in text:
        sign = sign if sign.isprintable() else UNKNOWN
        columns -= _columns(sign)
        if columns < 0:
            break
        found.append(sign)
    return "".join(found)


def _padded(text: str, columns: int) -> str:
    cut = _cut(text, columns - 1)
    return cut + " " * (columns - _columns(cut))


def _columns(text: str) -> int:
    """How many columns a terminal gives the text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
