"""Wake-ups of the pure core: ordered by (due, sequence), cancelled by key, restored exactly."""

from __future__ import annotations

import heapq
from typing import Any

Key = tuple[str | int, ...]
"""A timer's name. The first part says whose it is: ``input``, ``cue``, ``state`` or ``station``."""

SLACK = 256     # superseded wake-ups that may wait in the heap: a chatty sensor sets one anew with each word


class Timers:
    """A heap of named wake-ups in show time (integer nanoseconds).

    Setting a key again supersedes it; a superseded wake-up never surfaces (CORE 2).
    """

    __slots__ = ("_due", "_frozen", "_heap", "_sequence")

    def __init__(self) -> None:
        self._due: dict[Key, tuple[int, int]] = {}
        self._frozen: dict[Key, int] = {}       # what a pause holds, with the time it had left
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
        if len(self._heap) > SLACK + 2 * len(self._due):
            self._heap = [(at_ns, sequence, name) for name, (at_ns, sequence) in self._due.items()]
            heapq.heapify(self._heap)

    def cancel(self, key: Key) -> None:
        """Forget ``key``; nothing happens where it is not set."""
        self._due.pop(key, None)
        self._frozen.pop(key, None)

    def freeze(self, kinds: tuple[str, ...], now_ns: int) -> None:
        """Take every wake-up of these kinds out of time; each keeps the time it had left."""
        for key in self.pending():
            if key[0] in kinds:
                self._frozen[key] = self._due.pop(key)[0] - now_ns

    def thaw(self, now_ns: int) -> None:
        """Let what is frozen run on with the time it had left."""
        frozen, self._frozen = self._frozen, {}
        for key, left_ns in frozen.items():
            self.set(key, now_ns + left_ns)

    def left_ns(self, key: Key, now_ns: int) -> int | None:
        """How long until ``key`` wakes (for a frozen one: once it is let go), or None where it is not set."""
        if key in self._frozen:
            return self._frozen[key]
        entry = self._due.get(key)
        return None if entry is None else entry[0] - now_ns

    def due_of(self, key: Key) -> int | None:
        """When ``key`` is due, or None where it is not set."""
        entry = self._due.get(key)
        return None if entry is None else entry[0]

    def pending(self) -> list[Key]:
        """The live keys in firing order."""
        return [key for _, key in sorted((entry, key) for key, entry in self._due.items())]

    def pop(self, now_ns: int) -> tuple[int, Key] | None:
        """The next wake-up due at or before ``now_ns``, taken off, or None."""
        if not self._heap or self._heap[0][0] > now_ns:
            return None
        due_ns = self.due_ns
        if due_ns is None or due_ns > now_ns:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._due[key]
        return due_ns, key

    def snapshot(self) -> list[Any]:
        """The live wake-ups in firing order (the order is the tie-break), then the frozen ones, as JSON values."""
        live = [[due_ns, list(key)] for (due_ns, _), key in sorted((entry, key) for key, entry in self._due.items())]
        return [live, [[left_ns, list(key)] for key, left_ns in self._frozen.items()]]

    def restore(self, data: list[Any]) -> None:
        """Take the wake-ups of :meth:`snapshot` in place of the present ones."""
        self._due.clear()
        self._heap.clear()
        self._sequence = 0
        for due_ns, key in data[0]:
            self.set(tuple(key), due_ns)
        self._frozen = {tuple(key): left_ns for left_ns, key in data[1]}
