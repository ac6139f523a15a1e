"""A virtual mixer: it knows where its faders stand because it was told, and it has hands."""

from __future__ import annotations

from collections import deque

CONTROL, PROGRAM, NOTE_ON, NOTE_OFF = 0xB0, 0xC0, 0x90, 0x80
NRPN_MSB, NRPN_LSB, DATA_MSB, DATA_LSB = 99, 98, 6, 38
EDGES_KEPT = 8


class Mixer:
    """Positions by address in the sheet's words: ``cc 1 0``, ``cc14 1 7``, ``nrpn 1 130`` (channels from 1).

    ``fine`` holds the addresses that are fourteen bits wide: a controller of 0..31 that is one arrives
    as two messages.
    """

    def __init__(self, fine: frozenset[str] = frozenset()) -> None:
        self.positions: dict[str, int] = {}
        self.edges: deque[str] = deque(maxlen=EDGES_KEPT)
        self._fine = fine
        self._coarse: dict[str, int] = {}
        self._parameter: dict[int, tuple[int, int]] = {}

    def hear(self, message: bytes) -> None:
        """Take one MIDI message without running status. What is too short is ignored."""
        if not message:
            return
        kind, channel = message[0] & 0xF0, (message[0] & 0x0F) + 1
        if message[0] == 0xF0:
            self.edges.append(f"sysex {message.hex()}")
        elif kind == CONTROL and len(message) == 3:
            self._control(channel, message[1], message[2])
        elif kind in (NOTE_ON, NOTE_OFF) and len(message) == 3:
            velocity = message[2] if kind == NOTE_ON else 0
            self.edges.append(f"note {channel} {message[1]} {velocity}")
        elif kind == PROGRAM and len(message) == 2:
            self.edges.append(f"program {channel} {message[1]}")

    def hand(self, address: str, position: int) -> bytes:
        """Move the fader at ``cc <channel> <n>`` by hand: the message that the mixer sends of it."""
        word, channel, number = address.split()
        if word != "cc":
            raise ValueError(f"no hand for '{address}': only cc faders have one here")
        self.positions[address] = position
        return bytes((CONTROL | int(channel) - 1, int(number), position))

    def _control(self, channel: int, number: int, value: int) -> None:
        if number in (NRPN_MSB, NRPN_LSB):
            high, low = self._parameter.get(channel, (0, 0))
            self._parameter[channel] = (value, low) if number == NRPN_MSB else (high, value)
        elif number in (DATA_MSB, DATA_LSB) and channel in self._parameter:
            high, low = self._parameter[channel]
            self._wide(f"nrpn {channel} {high << 7 | low}", number == DATA_MSB, value)
        elif f"cc14 {channel} {number & 31}" in self._fine and number < 64:
            self._wide(f"cc14 {channel} {number & 31}", number < 32, value)
        else:
            self.positions[f"cc {channel} {number}"] = value

    def _wide(self, address: str, coarse: bool, value: int) -> None:
        """Coarse first, then fine: the position moves when the fine half is there."""
        if coarse:
            self._coarse[address] = value
        else:
            self.positions[address] = self._coarse.get(address, 0) << 7 | value
