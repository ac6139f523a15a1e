"""DMX in, whatever carries it: the slots and universes that the sheet wants, whenever one changes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, KeysView, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from showctl import units
from showctl.driver import Emit
from showctl.model import FRAME_RATE_HZ, Trigger
from showctl_drivers import _dmx_mix as mix
from showctl_drivers._dmx_mix import Stream

PERIOD_S = 1 / FRAME_RATE_HZ      # a whole universe is told no more often; the newest wins
LATE_PACKETS = 20                 # so far back it came late; further back the source has begun anew (E1.31 §6.7.2)
WHOLE = "*"


class Wish(NamedTuple):
    """What the sheet wants of one universe: some slots (1..512), and whether it merges the whole of it."""

    slots: tuple[int, ...] = ()
    whole: bool = False


class Timer(Protocol):
    """Something that was to happen later."""

    def cancel(self) -> None:
        """Not any more."""


class Clock(Protocol):
    """What of an event loop is needed: its time in seconds, and a call at a later one."""

    def time(self) -> float:
        """Now."""

    def call_at(self, when: float, callback: Callable[[int], None], universe: int, /) -> Timer:
        """Call back for a universe then."""


@dataclass
class _Told:
    """What the show knows of one universe."""

    sender: str
    streams: Mapping[object, Stream]
    sources: object = None                                  # who made it
    levels: dict[int, int] = field(default_factory=dict)
    whole: bytes | None = None
    whole_at: float = float("-inf")
    timer: Timer | None = None


class Teller:
    """Triggers ``dmx/<universe>/<slot>`` (0..255), ``dmx/<universe>`` (bytes, for who merges it; online, offline)."""

    def __init__(self, name: str, wanted: Mapping[int, Wish], emit: Emit, clock: Clock) -> None:
        """``wanted``: as :func:`wanted` reads it."""
        self._name, self._wanted, self._emit, self._clock = name, wanted, emit, clock
        self._told: dict[int, _Told] = {}

    @property
    def universes(self) -> KeysView[int]:
        """Those that are wanted."""
        return self._wanted.keys()

    def now(self, universe: int, streams: Mapping[object, Stream], sender: str) -> None:
        """Tell what has changed, now that the universe's streams are these; ``sender`` made the change.

        What a new source, or a source's new priority, brings with it is a baseline: its values are marked as retained.
        """
        wish, told = self._wanted[universe], self._told.get(universe)
        if told is None:
            told = self._told[universe] = _Told(sender, streams)
            self._emit(Trigger(self._name, f"dmx/{universe}", "online", sender))
        told.sender, told.streams = sender, streams
        sources = tuple((key, stream.priority, stream.priorities) for key, stream in streams.items())
        taken_over, told.sources = sources != told.sources, sources
        for slot in wish.slots:
            level, before = mix.level(streams.values(), slot), told.levels.get(slot)
            if level is not None and level != before:
                told.levels[slot] = level
                retained = taken_over or before is None
                self._emit(Trigger(self._name, f"dmx/{universe}/{slot}", level, sender, retained=retained))
        if wish.whole and told.timer is None:
            if self._clock.time() >= told.whole_at + PERIOD_S:
                self._tell_whole(universe)
            else:
                told.timer = self._clock.call_at(told.whole_at + PERIOD_S, self._tell_whole, universe)

    def gone(self, universe: int) -> None:
        """The last stream is about to end: what waits is told, then that it is over."""
        told = self._told.get(universe)
        if told is None:
            return
        if told.timer is not None:
            told.timer.cancel()
            self._tell_whole(universe)
        del self._told[universe]
        self._emit(Trigger(self._name, f"dmx/{universe}", "offline", told.sender))

    def close(self) -> None:
        """Tell nothing more."""
        for told in self._told.values():
            if told.timer is not None:
                told.timer.cancel()
        self._told.clear()

    def _tell_whole(self, universe: int) -> None:
        told = self._told[universe]
        told.timer = None
        whole = mix.universe(told.streams.values())
        if whole and whole != told.whole:
            told.whole, told.whole_at = whole, self._clock.time()
            self._emit(Trigger(self._name, f"dmx/{universe}", whole, told.sender))


def wanted(addresses: Iterable[str], universes: Container[int], protocol: str, example: str) -> dict[int, Wish]:
    """``dmx/1/5`` → slot 5 of universe 1; ``dmx/1/*`` → all of it; ``dmx/1`` wants the universe's presence alone.

    Raises ValueError, with ``example`` as what to write, for an address that ``protocol`` does not speak.
    """
    found: dict[int, Wish] = {}
    for address in addresses:
        kind, _, rest = address.partition("/")
        number, slotted, last = rest.partition("/")
        whole = last == WHOLE
        universe, slot = units.slot(f"{number}/1" if whole or not slotted else rest) if kind == "dmx" else (-1, 0)
        written = f"dmx/{universe}/{WHOLE if whole else slot}" if slotted else f"dmx/{universe}"
        if address != written or universe not in universes:
            raise ValueError(f"{protocol} tells nothing at '{address[:60]}'; write {example}")
        wish = found.get(universe, Wish())
        slots = (*wish.slots, slot) if slotted and not whole else wish.slots
        found[universe] = Wish(slots, wish.whole or whole)
    return found


def is_old(sequence: int, before: int) -> bool:
    """Whether a packet is one that came before, or came late (E1.31 §6.7.2)."""
    return -LATE_PACKETS < (sequence - before + 128) % 256 - 128 <= 0
