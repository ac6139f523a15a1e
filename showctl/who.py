"""Who speaks, and what they ask for: listed senders, words of a line, pins, the terminal (DESIGN §5 law 11)."""

from __future__ import annotations

from showctl import vocabulary
from showctl.model import CueSheet, Station, Trigger
from showctl.vocabulary import Command, Meaning, Refusal, Release

TERMINAL = Station("terminal", "terminal")
"""The daemon's own terminal is an operator, listed or not."""

NOBODY = Station("", "")


class Who:
    """The stations of a sheet, found by sender or by what they say."""

    def __init__(self, sheet: CueSheet) -> None:
        stations = sheet.stations.values()
        self.terminal = sheet.stations.get("terminal", TERMINAL)
        self.hosts = {(each.connection, each.host): each for each in stations if not each.says}
        self.words = {
            (each.connection, word): (each, vocabulary.spoken(verb))
            for each in stations
            for word, verb in each.says.items()
        }

    def spoken(self, trigger: Trigger) -> tuple[Station, Meaning] | None:
        """The station that ``says`` this: a word of a serial line, or a pin by its name."""
        value = trigger.value
        if not self.words or not isinstance(value, (bool, str)):
            return None
        found = self.words.get((trigger.source, trigger.address if isinstance(value, bool) else value.strip()))
        return (found[0], Release()) if found is not None and value is False else found

    def asks(self, trigger: Trigger) -> tuple[Station, Meaning]:
        """Who asks for what, or a Refusal of them; the station is ``NOBODY`` where the sender is not listed."""
        station, meaning = self.spoken(trigger) or self._sent(trigger)
        if isinstance(meaning, Command) and station.role != "operator" and meaning.verb not in vocabulary.FOR_EVERYONE:
            return station, Refusal(f"{station.name} is a {station.role}: it may subscribe, not press")
        return station, meaning

    def _sent(self, trigger: Trigger) -> tuple[Station, Meaning]:
        if trigger.source == "terminal":
            station: Station | None = self.terminal
        else:
            host = _host(trigger.sender)
            station = self.hosts.get((trigger.source, host)) or self.hosts.get(("", host))
        if station is None:
            return NOBODY, Refusal(f"{host or 'nobody'} is not a listed station; add it under stations:")
        value = trigger.value
        arguments = value if isinstance(value, tuple) else () if value is None else (value,)
        return station, vocabulary.command(trigger.address, arguments)


def _host(sender: str) -> str:
    """The host of ``10.0.0.31:9000`` or ``[::1]:9000``: ports are not who one is."""
    return sender.rpartition(":")[0].strip("[]") if ":" in sender else sender
