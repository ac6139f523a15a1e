"""Other programs that send what we send: each is named once, and again when it comes back or what it does changes."""

from __future__ import annotations

from showctl.driver import Emit
from showctl.model import Malformed

FORGOTTEN_S = 60.0     # silent for so long, and it is news again
RIVALS_MAX = 256       # remembered; beyond, nobody new is named


class Rivals:
    """Who has been named."""

    def __init__(self, name: str, emit: Emit) -> None:
        self._name, self._emit = name, emit
        self._named: dict[tuple[int, str], tuple[str, float]] = {}
        self._full_until_s = 0.0

    def heard(self, universe: int, who: str, words: str, sender: str, now_s: float) -> None:
        """``who`` sends a universe of ours: say so in ``words``, unless that is known."""
        before, heard_s = self._named.get((universe, who), ("", 0.0))
        if before != words or now_s - heard_s > FORGOTTEN_S:
            if not before and not self._has_room(now_s):
                return
            self._emit(Malformed(self._name, words, sender))
        self._named[universe, who] = words, now_s

    def _has_room(self, now_s: float) -> bool:
        """Whether one more can be remembered; whoever is silent is looked for once a second at most."""
        if len(self._named) >= RIVALS_MAX and now_s >= self._full_until_s:
            self._named = {key: named for key, named in self._named.items() if now_s - named[1] <= FORGOTTEN_S}
            self._full_until_s = now_s + 1
        return len(self._named) < RIVALS_MAX
