"""Wake-ups of the pure core: ordered by (due, sequence), cancelled by key, restored exactly."""

from __future__ import annotations

import heapq
from typing import Any

Key = tuple[str | int, ...]
"""A timer's name. The first part says whose it is: ``input``, ``cue``, ``state`` or ``station``."""


class Timers:
    """A heap of named wake-ups in show time (integer nanoseconds).

    Setting a key again supersedes it; a superseded wake-up never surfaces (CORE 2).
    """

    __slots__ = ("_due", "_heap", "_sequence")

    def __init__(self) -> None:
        self._due: dict[Key, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Key]] = []
        self._sequence = 0

    @property
    def due_ns(self) -> int | None:
        """When the next live wake-up is due, or None."""
        heap, due = self._heap, self._due
        while heap:
            at_ns, sequence, key = heap[0]
            if due.get(key) == (at_ns, sequence):
                return at_ns
            heapq.heappop(heap)
        return None

    def set(self, key: Key, due_ns: int) -> None:
        """Wake ``key`` at ``due_ns``, in place of any earlier wish of the same key."""
        self._sequence += 1
        self._due[key] = (due_ns, self._sequence)
        heapq.heappush(self._heap, (due_ns, self._sequence, key))

    def cancel(self, key: Key) -> None:
        """Forget ``key``; nothing happens where it is not set."""
        self._due.pop(key, None)

    def due_of(self, key: Key) -> int | None:
        """When ``key`` is due, or None where it is not set."""
        entry = self._due.get(key)
        return None if entry is None else entry[0]

    def keys(self) -> list[Key]:
        """The live keys in firing order."""
        return [key for _, key in sorted((entry, key) for key, entry in self._due.items())]

    def pop(self, now_ns: int) -> tuple[int, Key] | None:
        """The next wake-up due at or before ``now_ns``, taken off, or None."""
        due_ns = self.due_ns
        if due_ns is None or due_ns > now_ns:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._due[key]
        return due_ns, key

    def snapshot(self) -> list[Any]:
        """The live wake-ups in firing order, as JSON values; the order is the tie-break, so it is kept."""
        return [[due_ns, list(key)] for (due_ns, _), key in sorted((entry, key) for key, entry in self._due.items())]

    def restore(self, data: list[Any]) -> None:
        """Take the wake-ups of :meth:`snapshot` in place of the present ones."""
        self._due.clear()
        self._heap.clear()
        self._sequence = 0
        for due_ns, key in data:
            self.set(tuple(key), due_ns)
