"""How often a DMX output sends, as the sheet says it."""

from __future__ import annotations

from showctl import units
from showctl.model import FRAME_RATE_HZ, SECOND_NS


def rate_hz(rate: str) -> int:
    """``40 Hz`` or ``40`` → frames a second, 1..44. Raises ValueError with what to write instead."""
    text = str(rate).strip()
    number = units.rate_hz(f"{text} Hz" if text.isdigit() else text)
    if number > FRAME_RATE_HZ:
        raise ValueError(f"rate '{text}' is more than DMX can do; write 1 Hz to {FRAME_RATE_HZ} Hz")
    return number


def gap_s(rate: str) -> float:
    """The least time between two frames, seconds; 0 at 44 Hz, which the renderer itself keeps (CORE 5)."""
    number = rate_hz(rate)
    return 0.0 if number == FRAME_RATE_HZ else 1 / number


def period_s(keep_alive: str) -> float:
    """How often a still universe is sent again, 0.1..4 s. Raises ValueError with what to write instead."""
    try:
        period = units.duration_ns(keep_alive)
    except ValueError as error:
        raise ValueError(f"keep-alive: {error}") from None
    if not SECOND_NS // 10 <= period <= 4 * SECOND_NS:
        raise ValueError(f"keep-alive '{keep_alive}' is out of range; write 100 ms to 4 s")
    return period / SECOND_NS
