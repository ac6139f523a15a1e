"""Moments of a run as people write and read them: the clock on the wall, or time since the start."""

from __future__ import annotations

import datetime

from showctl.errors import UsageError
from showctl.model import SECOND_NS
from showctl.units import duration_ns

DAY_NS = 86_400 * SECOND_NS


def moment_ns(text: str, wall: str) -> int:
    """A moment of a run → ns of show time; ``wall`` is the header's anchor (ISO 8601).

    ``19:58`` is the first time after the start that the machine's local clock showed it; ``2026-01-31T19:58:30`` is
    local time too, unless it ends in ``Z`` or an offset. ``0:05:00``, ``1:02:03.250`` and ``5 min`` count from the
    start of the run. Raises UsageError that says so.
    """
    anchor = datetime.datetime.fromisoformat(wall).astimezone()
    fields = text.strip().split(":")
    try:
        if "T" in text:
            return max(0, _ns(datetime.datetime.fromisoformat(text.strip()).astimezone() - anchor))
        if len(fields) == 2:
            naive = datetime.datetime.combine(anchor.date(), datetime.time(int(fields[0]), int(fields[1])))
            since_ns = _ns(naive.astimezone() - anchor)
            return max(0, since_ns) if since_ns > -60 * SECOND_NS else since_ns + DAY_NS
        if len(fields) == 3:
            hours, minutes = int(fields[0]), int(fields[1])
            seconds = duration_ns(f"{fields[2]} s")
            if min(hours, minutes) >= 0 and minutes < 60 and seconds < 60 * SECOND_NS:
                return (hours * 3600 + minutes * 60) * SECOND_NS + seconds
            raise ValueError
        return duration_ns(text)
    except ValueError:
        raise UsageError(
            f"no moment '{text[:40]}'; write 19:58 for the clock on the wall, 0:05:00 or '5 min' since the start"
        ) from None


def clock_text(ns: int) -> str:
    """Show time as people read it: ``0:05:00``, with milliseconds where there are any."""
    seconds, rest_ns = divmod(ns, SECOND_NS)
    minutes, second = divmod(seconds, 60)
    milliseconds = rest_ns // 1_000_000
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}" + (f".{milliseconds:03}" if milliseconds else "")


def _ns(span: datetime.timedelta) -> int:
    return (span // datetime.timedelta(microseconds=1)) * 1000
