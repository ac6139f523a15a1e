"""Log lines that never hold up the show: a thread writes them, and a reader that stands still costs lines, not time."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

LINES_MAX = 1_000
ENDED_WITHIN_S = 1.0


class _Queued(logging.Handler):
    """Formats at once, hands over, drops where the queue is full."""

    def __init__(self, lines: queue.Queue[str | None]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one line."""
        try:
            self.lines.put_nowait(self.format(record))
        except queue.Full:
            return


@contextmanager
def to(stream: IO[str], *, times: bool) -> Iterator[None]:
    """Send showctl's log lines to ``stream`` for as long as the context lasts, with the time of day where ``times``."""
    lines: queue.Queue[str | None] = queue.Queue(LINES_MAX)
    thread = threading.Thread(target=_write, args=(lines, stream), name="log", daemon=True)
    handler = _Queued(lines)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s" if times else "%(message)s", "%H:%M:%S"))
    log = logging.getLogger("showctl")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    thread.start()
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = True
        try:
            lines.put(None, timeout=ENDED_WITHIN_S)
        except queue.Full:
            return
        thread.join(ENDED_WITHIN_S)


def _write(lines: queue.Queue[str | None], stream: IO[str]) -> None:
    while (line := lines.get()) is not None:
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):    # the reader is gone
            return
