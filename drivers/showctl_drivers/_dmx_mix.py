"""Several sources of one universe and what they come to: the highest priority wins, among equals the highest level."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

NO_SAY = -1


@dataclass
class Stream:
    """One source of one universe, as it was last heard (loop time, seconds).

    ``priority`` is 0..200. ``priorities`` holds one for each slot, 0 where the source has no say; empty: ``priority``
    holds for all. ``held`` are slots that wait for a sync packet, of universe ``sync`` where it has one.
    """

    sender: str
    heard_s: float
    sequence: int
    priority: int = 100
    slots: bytes = b""
    priorities: bytes = b""
    priorities_s: float = 0.0
    held: bytes | None = None
    sync: int = 0

    def say(self, slot: int) -> int:
        """The priority with which it speaks for ``slot`` (1..512); ``NO_SAY`` where it does not."""
        if not self.priorities:
            return self.priority
        return (self.priorities[slot - 1] or NO_SAY) if slot <= len(self.priorities) else NO_SAY


def level(streams: Collection[Stream], slot: int) -> int | None:
    """What ``slot`` (1..512) is, 0..255; None where nobody who has a say sends it."""
    highest = max((stream.say(slot) for stream in streams), default=NO_SAY)
    if highest == NO_SAY:
        return None
    levels = [stream.slots[slot - 1] for stream in streams if slot <= len(stream.slots) and stream.say(slot) == highest]
    return max(levels, default=None)


def universe(streams: Collection[Stream]) -> bytes:
    """All slots, up to the last that anybody sends; 0 where nobody has a say."""
    if any(stream.priorities for stream in streams):
        length = max(len(stream.slots) for stream in streams)
        return bytes(level(streams, slot) or 0 for slot in range(1, length + 1))
    return highest([stream.slots for stream in winners(streams)])


def winners(streams: Collection[Stream]) -> list[Stream]:
    """Those of the highest priority."""
    first = max((stream.priority for stream in streams), default=NO_SAY)
    return [stream for stream in streams if stream.priority == first]


def highest(universes: Sequence[bytes]) -> bytes:
    """The highest of each slot; as long as the longest."""
    if len(universes) < 2:
        return universes[0] if universes else b""
    return bytes(map(max, zip_longest(*universes, fillvalue=0)))
