"""Desks that share our universes: what their DMX says, whether they still speak, and when they are missed.

A desk is a hand, not a sensor: neither "sensors off" nor a panic stops it. It is heard from its first universe on;
silent (its stream ended, its connection is gone, no process of ours lived) it stays as it was for ``hold`` and then
lets go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from showctl import conditions
from showctl.model import Event, Merge, Value
from showctl.timers import Timers

SLOTS = 512


class Desk:
    """What is known of one: its slots as last heard, whether it is there, whether ``lost`` was told."""

    __slots__ = ("missed", "slots", "there")

    def __init__(self) -> None:
        self.slots = bytes(SLOTS)
        self.there: bool | None = None        # None: never heard
        self.missed = False


class Desks:
    """All that the sheet merges. Methods return the events that came of it, in order."""

    def __init__(self, merges: Mapping[str, Merge], timers: Timers) -> None:
        self.merges = merges
        self.timers = timers
        self.desks = {name: Desk() for name in merges}

    def heard(self, at_ns: int, merge: Merge, value: Value) -> list[Event]:
        """A universe as it is now (bytes), or whether its stream is there (text). ValueError: it is neither."""
        if isinstance(value, bytes):
            return self._universe(merge, value)
        online = conditions.alive(value)
        if online is None:
            raise ValueError(f"{merge.name}: neither the slots of a universe nor online or offline")
        if not online:
            return self._silent(at_ns, merge)
        return [Event("heard", merge.name, f"{merge.name} online")]

    def lost(self, at_ns: int, connection: str) -> None:
        """A connection is gone, and the desks behind it with it."""
        for merge in self.merges.values():
            if merge.connection == connection:
                self._silent(at_ns, merge)

    def restarted(self, at_ns: int) -> None:
        """No process lived for a while: what desks say has to be heard anew."""
        for merge in self.merges.values():
            self._silent(at_ns, merge)

    def wake(self, name: str) -> list[Event]:
        """It has been silent for as long as the sheet holds on to it."""
        self.desks[name].missed = True
        return [Event("lost", name)]

    def ready(self, name: str) -> bool:
        """Whether it is heard."""
        return self.desks[name].there is True

    def _universe(self, merge: Merge, value: bytes) -> list[Event]:
        if not 1 <= len(value) <= SLOTS:
            raise ValueError(f"{merge.name}: {len(value)} slots are no universe")
        desk = self.desks[merge.name]
        slots = value.ljust(SLOTS, b"\0")
        first, last = changed(desk.slots, slots)
        returns, desk.there, desk.slots = desk.there is not True, True, slots
        self.timers.cancel(("input", merge.name, "desk"))
        events = []
        if desk.missed:
            desk.missed = False
            events.append(Event("back", merge.name))
        if returns:
            first, last = 0, SLOTS      # it may have been let go: everything counts again, and nothing of it is a move
        if first < last:
            events.append(Event("merged", merge.name, (first + 1, slots[first:last], returns)))
        return events or [Event("heard", merge.name, f"{merge.name}: nothing has changed")]

    def _silent(self, at_ns: int, merge: Merge) -> list[Event]:
        desk = self.desks[merge.name]
        if desk.there is not True:
            return [Event("heard", merge.name, f"{merge.name} is silent already")]
        desk.there = False
        self.timers.set(("input", merge.name, "desk"), at_ns + merge.hold_ns)
        return [Event("heard", merge.name, f"{merge.name} is silent; what it said last is held")]

    def snapshot(self) -> dict[str, Any]:
        """JSON values; the wake-ups are in the timers' own snapshot."""
        return {name: [desk.slots.rstrip(b"\0").hex(), desk.there, desk.missed] for name, desk in self.desks.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        for name, (slots, there, missed) in data.items():
            desk = self.desks[name]
            desk.slots, desk.there, desk.missed = bytes.fromhex(slots).ljust(SLOTS, b"\0"), there, missed


def changed(before: bytes, after: bytes) -> tuple[int, int]:
    """From the first place that differs to after the last; (0, 0) where none does. Both have one length."""
    if before == after:
        return 0, 0
    places = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    return places[0], places[-1] + 1
