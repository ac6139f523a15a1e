"""What showctl says on every MQTT connection, retained: ``showctl/<show>/state``, ``/standby`` and ``/health``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from showctl.lateness import MS_NS
from showctl.model import SECOND_NS, CueSheet, EdgeFrame
from showctl.status import Status

LATE_STEPS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Topics:
    """The topics of one show; a text is said again only when it is another."""

    def __init__(self, sheet: CueSheet) -> None:
        self._to = [name for name, connection in sheet.connections.items() if connection.driver == "mqtt"]
        self._root = f"showctl/{topic_word(sheet.name)}"
        self._said: dict[str, str] = {}

    def of_step(self, status: Status) -> Iterator[EdgeFrame]:
        """What a step that moved something changed: each region's state, and what GO does next."""
        if self._to:
            yield from self._say("state", status.states)
            yield from self._say("standby", status.standby)

    def of_health(self, health: Mapping[str, Any]) -> Iterator[EdgeFrame]:
        """Which connections are up, whether the run is recorded, whether light is on time (``late_ms``).

        Counters are left out, and lateness comes in steps: what changes each second tells nobody anything.
        """
        if self._to:
            up = {name: link["up"] is True for name, link in health["connections"].items()}
            yield from self._say("health", {
                "connections": up, "journal": health["journal"]["trouble"] or "ok",
                "late_ms": _step_ms(health["ticks_late"]["p99_ns"]), "skipped": health["skipped"]})

    def again(self, connection: str) -> Iterator[EdgeFrame]:
        """Everything said so far, for a broker that has come back."""
        if connection in self._to:
            for topic, text in self._said.items():
                yield EdgeFrame(connection, ("state", topic), text, 0, SECOND_NS)

    def _say(self, what: str, values: Mapping[str, Any]) -> Iterator[EdgeFrame]:
        topic, text = f"{self._root}/{what}", json.dumps(dict(values), separators=(",", ":"))
        if self._said.get(topic) != text:
            self._said[topic] = text
            for name in self._to:
                yield EdgeFrame(name, ("state", topic), text, 0, SECOND_NS)


def _step_ms(late_ns: int) -> int:
    """The next of 1, 2, 5, 10 … 1,000 ms: of a hundred frames of the last minute, 99 were no later."""
    return next((step for step in LATE_STEPS_MS if late_ns <= step * MS_NS), LATE_STEPS_MS[-1])


def topic_word(name: str) -> str:
    """A show's name as one level of a topic: ``Corner Shop Session`` → ``corner-shop-session``."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split()) or "show"
