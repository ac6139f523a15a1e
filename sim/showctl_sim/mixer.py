"""A virtual mixer: it knows where its faders stand because it was told, and it has hands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from showctl.codec import midi, midi_in
from showctl.model import Address

EDGES_KEPT = 8
FADERS = ("cc", "cc14", "nrpn", "nrpn7", "bend", "parameter")


class Mixer:
    """Positions by address in the sheet's words: ``cc 1 0``, ``cc14 1 7``, ``nrpn 1 130`` (channels from 1).

    ``faders`` are their addresses: of most kinds a mixer has to know what it hears.
    """

    def __init__(self, faders: Iterable[str] = ()) -> None:
        self.positions: dict[str, int] = {}
        self.edges: deque[str] = deque(maxlen=EDGES_KEPT)
        self._decoder = midi_in.Decoder()
        for address in faders:
            self._decoder.want(address)

    def hear(self, message: bytes) -> None:
        """Take one MIDI message without running status; a mixer ignores what it cannot read."""
        try:
            heard = self._decoder.decode(message)
        except ValueError:
            heard = None
        if heard is None:
            if message.startswith(b"\xf0"):
                self.edges.append(f"sysex {message.hex(' ')}")
            return
        address, value = heard
        if address.split()[0] in FADERS:
            self.positions[address] = value
        else:
            self.edges.append(f"{address} {value}")

    def hand(self, address: str, position: int) -> list[bytes]:
        """Move the fader at ``cc <channel> <n>`` or any other address: the messages that the mixer sends of it.

        Raises ValueError for what is no fader, or for a position that it has not.
        """
        kind, _, rest = address.partition(" ")
        if kind not in FADERS:
            raise ValueError(f"no hand for '{address}': there are faders of {', '.join(FADERS)} here")
        place: Address = (kind, rest) if kind == "parameter" else (kind, *map(int, rest.split()))
        messages = midi.encode(place, position)
        self.positions[address] = position
        return messages
