"""What waits for a slow device: in order, bounded, never sent late (SEMANTICS 29 and 30, CORE 13)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, TypeVar

from showctl.driver import Emit
from showctl.model import Malformed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    item: T
    what: str                # in words, for whoever reads that it was dropped
    level: Hashable          # None for an edge
    until_s: float | None    # of the loop's clock


class Outbox(Generic[T]):
    """A bounded queue of edges and levels for one connection; what it drops it reports as ``Malformed``.

    The expiry of an edge counts from when it is put, on the loop's clock: a driver knows no show time.
    """

    __slots__ = ("_emit", "_limit", "_loop", "_name", "_sent", "_turn", "_waiting", "filled")

    def __init__(self, name: str, emit: Emit, limit: int = 256) -> None:
        self._name = name
        self._emit = emit
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Waiting[T]] = deque()
        self._turn = 0
        self._sent: dict[Hashable, int] = {}      # level → the turn it had last
        self.filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put_edge(self, item: T, what: str, expires_ns: int) -> None:
        """Queue ``item``: sent once, after all that waits, or dropped and reported after ``expires_ns``."""
        self._put(_Waiting(item, what, None, self._loop.time() + expires_ns / 1e9))

    def put_level(self, item: T, what: str, level: Hashable) -> None:
        """Queue ``item``, or put it in place of the same ``level`` that waits after the last edge."""
        for index in range(len(self._waiting) - 1, -1, -1):
            waiting = self._waiting[index]
            if waiting.level is None:
                break
            if waiting.level == level:
                self._waiting[index] = _Waiting(item, what, level, None)
                return
        self._put(_Waiting(item, what, level, None))

    def take(self) -> tuple[T, str] | None:
        """The next item that is still true and its words, taken off; None where nothing waits."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if waiting.until_s is None or self._loop.time() <= waiting.until_s:
                return waiting.item, waiting.what
            self._emit(Malformed(self._name, f"{waiting.what} could not be sent in time and is dropped"))
        self.filled.clear()
        return None

    def take_in_turn(self) -> tuple[T, str] | None:
        """As :meth:`take`, but of the levels that wait before the next edge the one whose last turn is longest ago.

        So a device too slow for all of them gives each as much. What is remembered is one number a level.
        """
        if self._waiting and self._waiting[0].level is not None:
            levels = list(takewhile(lambda waiting: waiting.level is not None, self._waiting))
            chosen = min(range(len(levels)), key=lambda index: self._sent.get(levels[index].level, 0))
            del self._waiting[chosen]
            self._waiting.appendleft(levels[chosen])
            self._turn += 1
            self._sent[levels[chosen].level] = self._turn
        return self.take()

    def clear(self, why: str) -> None:
        """Throw everything away; with ``why`` the edges among it are reported, in one line."""
        edges = [waiting.what for waiting in self._waiting if waiting.level is None]
        self._waiting.clear()
        self.filled.clear()
        if edges and why:
            self._emit(Malformed(self._name, f"{why}: dropped {len(edges)} unsent, the first {edges[0]}"))

    def drop_edges(self) -> None:
        """Panic drops every edge; of each level the newest stays, for it is always sent (SEMANTICS 4, 29)."""
        newest = {waiting.level: waiting for waiting in self._waiting if waiting.level is not None}
        self._waiting = deque(newest.values())

    def refuse(self, what: str, why: object) -> None:
        """Report one taken item that was not sent, or not surely."""
        self._emit(Malformed(self._name, f"{what} {why}"))

    def _put(self, waiting: _Waiting[T]) -> None:
        if len(self._waiting) >= self._limit:
            if waiting.level is None:
                self._emit(Malformed(self._name, f"{waiting.what} is dropped: {self._limit} wait already"))
                return
            self._forget(waiting.level)
        self._waiting.append(waiting)
        self.filled.set()

    def _forget(self, level: Hashable) -> None:
        """Make room for the newest value of ``level``: at most one more a level waits than the limit says."""
        for index, waiting in enumerate(self._waiting):
            if waiting.level == level:
                del self._waiting[index]
                return
