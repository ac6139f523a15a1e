"""A virtual cart: what obeys the command topic ``<name>/command`` and tells ``<name>/state``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

DRIVE_S = 8.0

Publish = Callable[[str, str, bool], None]
"""Topic, payload, retained."""


class Cart:
    """``go PLACE`` drives there in eight seconds, ``stop`` stands still on the way.

    Its state is ``{"at": PLACE, "moving": false}``; on the way ``at`` is ``between``.
    """

    def __init__(self, topic: str, publish: Publish) -> None:
        self.name = topic.removesuffix("/command")
        self.at = "home"
        self.moving = False
        self._publish = publish
        self._arrival: asyncio.TimerHandle | None = None

    @property
    def state(self) -> str:
        """What it says of itself."""
        return json.dumps({"at": self.at, "moving": self.moving})

    def obey(self, command: str) -> None:
        """Drive or stop; any other word is nothing to a cart."""
        verb, _, place = command.strip().partition(" ")
        if verb == "go" and place == self.at:
            self._stand(place)
        elif verb == "go" and place:
            self._stand("between", moving=True)
            self._arrival = asyncio.get_running_loop().call_later(DRIVE_S, self._stand, place)
        elif verb == "stop":
            self._stand(self.at)

    def speak(self) -> None:
        """Tell where it stands."""
        self._publish(f"{self.name}/state", self.state, True)

    def _stand(self, at: str, moving: bool = False) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None
        self.at, self.moving = at, moving
        self.speak()
