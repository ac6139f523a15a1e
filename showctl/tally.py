"""Counting what cannot be taken: per connection and sender, one log line a second, one note a second, bounded."""

from __future__ import annotations

import logging

from showctl.model import SECOND_NS

log = logging.getLogger("showctl")

SENDERS_MAX = 256        # then everybody else is one
WORDS_MAX = 200


class Tally:
    """What was refused, malformed or dropped."""

    def __init__(self) -> None:
        self.total: dict[str, int] = {}                     # connection → since the start
        self._second: dict[tuple[str, str], int] = {}       # (connection, sender) → since the last note
        self._quiet_until_ns: dict[str, int] = {}           # connection → next log line
        self._unsaid: dict[str, int] = {}

    def count(self, now_ns: int, connection: str, sender: str, reason: str) -> None:
        """One more; the reason is logged unless this connection had a line within the last second."""
        self.total[connection] = self.total.get(connection, 0) + 1
        key = (connection, sender.rpartition(":")[0] or sender)
        if key not in self._second and len(self._second) >= SENDERS_MAX:
            key = (connection, "others")
        self._second[key] = self._second.get(key, 0) + 1
        if now_ns < self._quiet_until_ns.get(connection, 0):
            self._unsaid[connection] = self._unsaid.get(connection, 0) + 1
            return
        self._quiet_until_ns[connection] = now_ns + SECOND_NS
        unsaid = self._unsaid.pop(connection, 0)
        more = f" (and {unsaid} more since the last line)" if unsaid else ""
        log.warning("%s%s: %s%s", connection or "showctl", f" from {sender}" if sender else "", plain(reason), more)

    def take(self) -> dict[str, int]:
        """The counts since the last call, ``connection sender`` → how many."""
        counts = {f"{connection} {sender}".strip(): count for (connection, sender), count in self._second.items()}
        self._second.clear()
        return counts


def plain(words: str) -> str:
    """Words from outside, fit for a line of a log: no control characters, not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in words[:WORDS_MAX])
