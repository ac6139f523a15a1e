"""The only clock: nanoseconds since the run began, and one absolute one-shot timer (CORE 7, Speed).

Linux only: the timer is a timer descriptor, which wakes within tens of microseconds where asyncio's own ``call_at``
rounds up to a whole millisecond. Wall-clock time appears twice: in the journal's header and in its file name.
"""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import os
import sys
import time  # noqa: TID251 - the one place that reads a clock
from collections.abc import Callable

from showctl.errors import UsageError
from showctl.model import SECOND_NS


class SystemClock:
    """Show time: 0 when this was made, then as CLOCK_MONOTONIC counts."""

    def __init__(self) -> None:
        self.start_ns = time.monotonic_ns()
        self.wall = datetime.datetime.now(datetime.UTC)  # noqa: TID251

    def now_ns(self) -> int:
        """Nanoseconds since the run began; never goes back."""
        return time.monotonic_ns() - self.start_ns

    @property
    def wall_text(self) -> str:
        """Where wall-clock time stood at show time 0: ISO 8601, UTC."""
        return self.wall.isoformat(timespec="microseconds").replace("+00:00", "Z")

    @property
    def file_stamp(self) -> str:
        """The same in local time, for a file name: ``2026-01-31-193000``."""
        return self.wall.astimezone().strftime("%Y-%m-%d-%H%M%S")


class OneShot:
    """Calls back once at an absolute show time, on the running loop. Early never, late by what the machine needs."""

    def __init__(self, clock: SystemClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._callback = callback
        self._armed_ns: int | None = None
        self._descriptor = _create()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._rang)

    def arm(self, due_ns: int | None) -> None:
        """Ring at ``due_ns``, in place of any earlier wish; None rings never."""
        if due_ns == self._armed_ns:
            return
        self._armed_ns = due_ns
        # 0 would disarm, so what is due in the past rings at 1 ns after boot: at once
        _set(self._descriptor, 0 if due_ns is None else max(1, self._clock.start_ns + due_ns))

    def close(self) -> None:
        """Give the descriptor back."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _rang(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return    # armed anew between the ring and this turn
        self._armed_ns = None
        self._callback()


async def pause(seconds: float) -> None:
    """Wait between two tries of something outside; the show itself never waits this way."""
    await asyncio.sleep(seconds)  # noqa: TID251


# ---- timer descriptors ----

if sys.version_info >= (3, 13):
    def _create() -> int:
        return os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

    def _set(descriptor: int, at_ns: int) -> None:
        os.timerfd_settime_ns(descriptor, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)
else:
    _libc = ctypes.CDLL(None, use_errno=True)
    _ABSOLUTE = 1                                # TFD_TIMER_ABSTIME; the other two flags are those of open()
    _Setting = ctypes.c_long * 4                 # struct itimerspec: interval s, ns, value s, ns

    def _create() -> int:
        if not hasattr(_libc, "timerfd_create"):
            raise UsageError("showctl runs on Linux: it needs timer descriptors (timerfd)")
        descriptor: int = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        return _checked(descriptor)

    def _set(descriptor: int, at_ns: int) -> None:
        setting = _Setting(0, 0, at_ns // SECOND_NS, at_ns % SECOND_NS)
        _checked(_libc.timerfd_settime(descriptor, _ABSOLUTE, setting, None))

    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
