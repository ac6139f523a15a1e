"""What showctl says on every MQTT connection, retained: ``showctl/<show>/state``, ``/standby`` and ``/health``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from showctl.model import SECOND_NS, CueSheet, EdgeFrame
from showctl.status import Status


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
        """Which connections are up, and whether the run is recorded. Counters are left out: they change each second."""
        if self._to:
            up = {name: link["up"] is True for name, link in health["connections"].items()}
            yield from self._say("health", {"connections": up, "journal": health["journal"]["trouble"] or "ok"})

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


def topic_word(name: str) -> str:
    """A show's name as one level of a topic: ``Corner Shop Session`` → ``corner-shop-session``."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split()) or "show"
