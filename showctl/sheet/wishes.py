"""What a look or a mix asks for, before it is known of whom: ``70% 3200K in 6 s ease`` → :class:`Wish`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from showctl import units
from showctl.fade import CURVES
from showctl.profiles import NO_TONE, Tone
from showctl.sheet import tones
from showctl.sheet.problems import hint

_TIME = r"\d[\d.]* ?(?:ms|s|min|h)|0"
_TIMED = re.compile(
    rf"(?P<what>.*?)(?: in (?P<fade>{_TIME}))?(?: after (?P<delay>{_TIME}))?(?: (?P<curve>[a-z-]+))?", re.ASCII
)
_SPAN = re.compile(rf"(?P<fade>{_TIME})(?: after (?P<delay>{_TIME}))?(?: (?P<curve>\S+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """How long a change takes, how long it waits first, and its curve. None: as the cue says."""

    fade_ns: int | None = None
    delay_ns: int | None = None
    curve: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A level with, or instead of, a colour; ``millibel`` for a fader. Nothing said is None.

    ``level`` is 0..LEVEL_MAX, or a signed difference where ``relative``; ``own`` are attributes that are named, with
    their levels; ``out`` is a fader at its bottom.
    """

    level: int | None = None
    relative: bool = False
    tone: Tone = NO_TONE
    own: tuple[tuple[str, int], ...] = ()
    millibel: int | None = None
    out: bool = False
    span: Span = Span()


NO_SPAN = Span()


def span(text: str) -> Span:
    """``8 s``, ``8 s ease``, ``8 s after 2 s ease``."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        units.duration_ns(text)  # says what a time looks like
        raise ValueError(f"'{text[:40]}' is not a time; write '8 s' or '8 s ease'")
    return _span(match)


@lru_cache(maxsize=4096)
def wish(text: str) -> Wish:
    """A value of a look, as ``tones`` reads it, with a time if wanted: ``70% 4000K in 3 s after 1 s ease``."""
    match = _TIMED.fullmatch(" ".join(text.split()))
    assert match is not None  # every part of the pattern may be empty
    words, curved = _words(match["what"], match["curve"], match["fade"] or match["delay"])
    timed = _span(match) if match["fade"] or match["delay"] or curved else NO_SPAN
    said = tones.read(words, text)
    return Wish(level=said.level, relative=said.relative, tone=said.tone, own=said.own, span=timed)


@lru_cache(maxsize=4096)
def mixed(text: str) -> Wish:
    """A value of a mix: ``-20 dB``, ``out``, ``-12 dB in 6 s ease``. A relative one is refused (SEMANTICS 31)."""
    match = _TIMED.fullmatch(" ".join(text.split()))
    assert match is not None
    words, curved = _words(match["what"], match["curve"], match["fade"] or match["delay"])
    what = " ".join(words)
    if what.startswith("+"):
        raise ValueError(
            f"'{text[:40]}' would move a fader relatively, and nobody knows where it stands; "
            f"write the level it goes to, such as '{what.lstrip('+')}' for above unity"
        )
    timed = _span(match) if match["fade"] or match["delay"] or curved else NO_SPAN
    millibel = units.decibel(what)
    return Wish(millibel=millibel, out=millibel is None, span=timed)


def _words(what: str, last: str | None, timed: str | None) -> tuple[list[str], bool]:
    """The words of the value, and whether the last word of the line is a curve (else it is a colour)."""
    if last is None:
        return what.split(), False
    if timed or last in CURVES:
        return what.split(), True
    return [*what.split(), last], False


def _span(match: re.Match[str]) -> Span:
    curve = match["curve"]
    if curve is not None and curve not in CURVES:
        raise ValueError(f"no curve '{curve[:40]}'{hint(curve, CURVES)}")
    fade, delay = match["fade"], match["delay"]
    return Span(
        units.duration_ns(fade) if fade else None,
        units.duration_ns(delay) if delay else None,
        curve,
    )
