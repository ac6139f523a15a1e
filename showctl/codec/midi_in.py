"""Incoming MIDI messages → (address, value), the other way of ``midi``; mido is the parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from showctl.codec.midi import DATA_LSB, DATA_MSB, NRPN_LSB, NRPN_MSB, template

WANTED_MAX = 1024          # addresses that one decoder is told of
PARTS = {"cc14": 3, "nrpn7": 3, "parameter": 2}      # words of an address that has to be told, at the least

_RPN = (101, 100)
_REALTIME = 0xF8           # clock, start, active sensing ...: above this, and heard by nobody here
_QUARTER_FRAME = 0xF1
_CENTRE = 8192             # mido counts a bend from the middle


class Decoder:
    """Reads incoming messages, one at a time and whole, into (``"cc 1 7"``, value) pairs.

    An NRPN is told once, at its data LSB; one that :meth:`want` named ``nrpn7`` at its data MSB, or at the LSB that
    says which of several it is. A controller pair is told as ``cc14`` once it was named, at its LSB; otherwise each
    half is a ``cc`` of its own. SysEx is told where it is a parameter that was named. What is kept is one selector
    and 32 halves a channel, and what was named.
    """

    __slots__ = ("_coarse", "_msb", "_pairs", "_parameters", "_parse", "_selected", "_shapes")

    def __init__(self) -> None:
        from mido import Message

        self._parse: Callable[[bytes], Any] = Message.from_bytes
        self._pairs: set[tuple[int, int]] = set()
        self._coarse: dict[tuple[int, int], tuple[int | None, ...]] = {}      # (channel, number) → LSBs, None: no LSB
        self._parameters: dict[tuple[bytes, bytes], str] = {}
        self._shapes: dict[tuple[int, int, int], None] = {}    # of parameters: length, where the value begins, digits
        self._msb: dict[tuple[int, int], int] = {}
        self._selected: dict[int, list[int | None]] = {}    # channel → [number MSB, number LSB, data MSB]

    def want(self, address: str) -> None:
        """Name an address as :meth:`decode` should tell it: ``cc14 1 7``, ``nrpn7 1 4119 7``, ``parameter F0 … F7``.

        Only these need be named; of any other there is nothing to remember.
        """
        kind, _, rest = address.partition(" ")
        words = rest.split()
        if len(words) + 1 < PARTS.get(kind, 1 << 30) or self._known > WANTED_MAX:
            return
        if kind == "parameter":
            before, digits, after = template(rest)
            self._parameters[before, after] = address
            self._shapes[len(before) + digits + len(after), len(before), digits] = None
            return
        channel, number, *last = map(int, words)
        if kind == "cc14":
            self._pairs.add((channel, number))
        else:
            fines = self._coarse.get((channel, number), ())
            self._coarse[channel, number] = tuple(dict.fromkeys((*fines, last[0] if last else None)))

    @property
    def _known(self) -> int:
        return len(self._pairs) + len(self._coarse) + len(self._parameters)

    def decode(self, data: bytes) -> tuple[str, int] | None:
        """One message as (``"cc 1 7"``, value); None where there is nothing to tell (yet).

        Clock, active sensing and timecode are nothing to tell, nor is SysEx of a desk whose parameters are named.
        Raises ValueError for bytes that are no message, or a message that showctl does not read (SysEx, pressure).
        """
        if data and (data[0] >= _REALTIME or data[0] == _QUARTER_FRAME):
            return None
        if self._parameters and data.startswith(b"\xf0"):
            return self._parameter(data)
        try:
            message = self._parse(data)
        except Exception as error:  # mido checks with several exceptions
            raise ValueError(f"no MIDI message: {error}") from None
        kind = message.type
        if kind == "control_change":
            return self._control(message.channel + 1, message.control, message.value)
        if kind == "note_on":
            return f"note {message.channel + 1} {message.note}", message.velocity
        if kind == "note_off":
            return f"note {message.channel + 1} {message.note}", 0
        if kind == "program_change":
            return f"program {message.channel + 1}", message.program
        if kind == "pitchwheel":
            return f"bend {message.channel + 1}", message.pitch + _CENTRE
        raise ValueError(f"a MIDI message of kind {kind}, which showctl does not read")

    def _parameter(self, data: bytes) -> tuple[str, int] | None:
        for length, start, digits in self._shapes:
            if len(data) == length:
                address = self._parameters.get((data[:start], data[start + digits:]))
                if address is not None:
                    value = 0
                    for digit in data[start:start + digits]:
                        value = value << 7 | digit & 0x7F
                    return address, value
        return None

    def _control(self, channel: int, number: int, value: int) -> tuple[str, int] | None:
        if number in (NRPN_MSB, NRPN_LSB):
            selected = self._selected.setdefault(channel, [None, None, None])
            selected[number == NRPN_LSB] = value
            selected[2] = None
            return None
        if number in _RPN:
            self._selected.pop(channel, None)
        elif number in (DATA_MSB, DATA_LSB) and channel in self._selected:
            return self._data(channel, number, value)
        if (channel, number) in self._pairs:
            self._msb[channel, number] = value
            return None
        if (channel, number - 32) in self._pairs:
            msb = self._msb.get((channel, number - 32))
            return None if msb is None else (f"cc14 {channel} {number - 32}", msb << 7 | value)
        return f"cc {channel} {number}", value

    def _data(self, channel: int, number: int, value: int) -> tuple[str, int] | None:
        selected = self._selected[channel]
        msb, lsb, coarse = selected
        if msb is None or lsb is None or (msb, lsb) == (127, 127):
            return None
        which = msb << 7 | lsb
        fines = self._coarse.get((channel, which), ())
        if number == DATA_MSB:
            selected[2] = value
            return (f"nrpn7 {channel} {which}", value) if None in fines else None
        if coarse is None:
            return None
        if fines:
            return (f"nrpn7 {channel} {which} {value}", coarse) if value in fines else None
        return f"nrpn {channel} {which}", coarse << 7 | value
