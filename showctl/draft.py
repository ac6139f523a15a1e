"""A step while it is being decided: rooms add to it in order, then the engine makes a Step of it."""

from __future__ import annotations

from showctl.model import Action, Event, Move


class Draft:
    """Everything that happens because of one event at one instant."""

    __slots__ = ("accepted", "actions", "at_ns", "ended", "event", "moves", "notes", "refused", "said", "started")

    def __init__(self, at_ns: int, event: Event) -> None:
        self.at_ns = at_ns
        self.event = event
        self.moves: list[Move] = []
        self.started: list[str] = []
        self.ended: list[str] = []
        self.actions: list[Action] = []
        self.said: list[str] = []
        self.notes: list[str] = []
        self.refused = ""
        self.accepted = False

    def refuse(self, reason: str) -> None:
        """Say why nothing happens; the first reason stands."""
        self.refused = self.refused or reason
