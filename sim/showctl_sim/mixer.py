"""A virtual mixer: it knows where its faders stand because it was told, and it has hands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from showctl.codec import midi

EDGES_KEPT = 8
FADERS = ("cc", "cc14", "nrpn")


class Mixer:
    """Positions by address in the sheet's words: ``cc 1 0``, ``cc14 1 7``, ``nrpn 1 130`` (channels from 1).

    ``fine`` are the controllers of fourteen bits, as addresses: their halves arrive as two messages.
    """

    def __init__(self, fine: Iterable[str] = ()) -> None:
        self.positions: dict[str, int] = {}
        self.edges: deque[str] = deque(maxlen=EDGES_KEPT)
        self._decoder = midi.Decoder()
        for address in fine:
            _, channel, number = address.split()
            self._decoder.pair(int(channel), int(number))

    def hear(self, message: bytes) -> None:
        """Take one MIDI message without running status; a mixer ignores what it cannot read."""
        if message.startswith(b"\xf0"):
            self.edges.append(f"sysex {message.hex(' ')}")
            return
        try:
            heard = self._decoder.decode(message)
        except ValueError:
            return
        if heard is None:
            return
        address, value = heard
        if address.split()[0] in FADERS:
            self.positions[address] = value
        else:
            self.edges.append(f"{address} {value}")

    def hand(self, address: str, position: int) -> bytes:
        """Move the fader at ``cc <channel> <n>`` to 0..127: the message that the mixer sends of it."""
        word, channel, number = address.split()
        if word != "cc" or not 0 <= position <= 127:
            raise ValueError(f"no hand for '{address}' at {position}: only cc faders, 0 to 127, have one here")
        self.positions[address] = position
        return b"".join(midi.level(("cc", int(channel), int(number)), position, 127))
