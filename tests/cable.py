"""A show, the MIDI driver and a cable of 31,250 baud, all in virtual time: what a mixer hears, and when.

The driver is the real one on an event loop whose clock jumps to the next timer; the cable takes one byte in 320 µs and
queues what comes faster, as an interface's buffer does, and remembers the most that ever waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from showctl.codec.midi_in import Decoder
from showctl.hands import spelled
from showctl.model import SECOND_NS, CueSheet, Flush, Frame, Trigger
from showctl.show import Show
from showctl_drivers import midi

BAUD_BYTES_S = 3125


class Jumping(asyncio.SelectorEventLoop):
    """An event loop on which nobody waits: where nothing is ready, it is the time of the next timer."""

    now_s = 0.0

    def time(self) -> float:
        return self.now_s

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:     # type: ignore[attr-defined]
            self.now_s = max(self.now_s, self._scheduled[0].when())     # type: ignore[attr-defined]
        super()._run_once()     # type: ignore[misc]


@dataclass
class Cable:
    """A wire that carries ``bytes_s``: ``heard`` is (ns at which a message is through, the message)."""

    clock: Callable[[], float]
    bytes_s: int = BAUD_BYTES_S
    heard: list[tuple[int, bytes]] = field(default_factory=list)
    most_waiting: float = 0.0     # bytes that waited for the wire, the one being sent among them
    through_s: float = 0.0

    def put(self, message: bytes) -> None:
        """Take one whole message."""
        now_s = self.clock()
        self.through_s = max(self.through_s, now_s) + len(message) / self.bytes_s
        self.most_waiting = max(self.most_waiting, (self.through_s - now_s) * self.bytes_s)
        self.heard.append((round(self.through_s * SECOND_NS), message))


@dataclass
class Night:
    """What came of it: ``rendered`` are the frames of the show, ``heard`` (ns, address, value) what the mixer read."""

    sheet: CueSheet
    rendered: list[Frame] = field(default_factory=list)
    heard: list[tuple[int, str, int]] = field(default_factory=list)
    told: list[object] = field(default_factory=list)
    most_waiting: float = 0.0
    bytes: int = 0

    def of(self, fader: str) -> list[tuple[int, int]]:
        """(ns, step) that one fader was told, as it got through."""
        address = spelled(self.sheet.faders[fader].address)
        return [(at_ns, value) for at_ns, each, value in self.heard if each == address]


def perform(sheet: CueSheet, presses: Iterable[tuple[int, Trigger]], until_ns: int, *, rate: int = BAUD_BYTES_S,
            bytes_s: int = BAUD_BYTES_S) -> Night:
    """Play a show with one MIDI connection, ``mixer``: every frame leaves at its time and goes over the cable."""
    night = Night(sheet)
    _show(night, presses, until_ns)
    loop = Jumping()
    try:
        cable = loop.run_until_complete(_carry(night, rate, bytes_s, loop))
    finally:
        loop.close()
    decoder = Decoder()
    for fader in sheet.faders.values():
        decoder.want(spelled(fader.address))
    for at_ns, message in cable.heard:
        night.bytes += len(message)
        try:
            found = decoder.decode(message)
        except ValueError:
            continue      # SysEx that is no fader's
        if found is not None:
            night.heard.append((at_ns, *found))
    night.most_waiting = cable.most_waiting
    return night


def _show(night: Night, presses: Iterable[tuple[int, Trigger]], until_ns: int) -> None:
    show = Show(night.sheet)
    outcomes = [show.start()]
    for at_ns, trigger in presses:
        outcomes.append(show.admit(at_ns, trigger))
    outcomes.append(show.run_until(until_ns))
    for outcome in outcomes:
        night.rendered += [frame for frame in outcome.frames if not isinstance(frame, Flush) and frame.to == "mixer"]


async def _carry(night: Night, rate: int, bytes_s: int, loop: Jumping) -> Cable:
    cable = Cable(loop.time, bytes_s)
    desk = midi.Desk(midi.Config(port="Desk", name="mixer", rate=rate), night.told.append)
    desk.put = cable.put

    def send(frames: list[Frame]) -> None:
        for frame in frames:
            desk.send(frame)

    for at_ns, frames in groupby(night.rendered, key=lambda frame: frame.at_ns):
        loop.call_at(at_ns / SECOND_NS, send, list(frames))
    await asyncio.sleep(night.rendered[-1].at_ns / SECOND_NS + 30)
    desk.close()
    return cable
