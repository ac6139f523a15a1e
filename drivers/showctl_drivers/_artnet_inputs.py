"""DMX in: the slots that the sheet's triggers want, whenever one changes."""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass

from showctl import units
from showctl.codec import artnet
from showctl.codec.artnet import PORT_ADDRESSES
from showctl.driver import Emit
from showctl.model import Malformed, Trigger

SILENT_S = 4.0         # a source repeats what stands still at least so often (Art-Net 4, "ArtDmx")
LATE_PACKETS = 20      # so far back it came late; further back the source has begun anew


@dataclass
class Stream:
    """One universe as it was last heard."""

    sender: str
    sequence: int
    slots: bytes
    heard_s: float


class Inputs:
    """Triggers ``dmx/<universe>/<slot>`` (0..255, on a change) and ``dmx/<universe>`` (online, offline)."""

    def __init__(self, name: str, wanted: Mapping[int, tuple[int, ...]], emit: Emit) -> None:
        """``wanted``: Port-Address → its slots (1..512), as :func:`wanted` reads them."""
        self._name, self._wanted, self._emit = name, wanted, emit
        self._streams: dict[int, Stream] = {}

    @property
    def universes(self) -> KeysView[int]:
        """Those that are wanted."""
        return self._wanted.keys()

    def heard(self, dmx: artnet.Dmx, sender: str, now_s: float) -> None:
        """Take one ArtDmx. The first packet of a stream is a baseline: its values are marked as retained."""
        slots = self._wanted.get(dmx.universe)
        if slots is None:
            return
        stream = self._streams.get(dmx.universe)
        if stream is None:
            self._streams[dmx.universe] = Stream(sender, dmx.sequence, dmx.slots, now_s)
            self._emit(Trigger(self._name, f"dmx/{dmx.universe}", "online", sender))
            self._tell(dmx, sender, b"", slots)
        elif stream.sender != sender:
            self._refuse(sender, f"another program sends universe {dmx.universe} to us too; {stream.sender} is heard")
        elif dmx.sequence and stream.sequence and -LATE_PACKETS < _after(dmx.sequence, stream.sequence) < 0:
            self._refuse(sender, f"universe {dmx.universe}: packet {dmx.sequence} after {stream.sequence} is dropped")
        else:
            before, stream.slots = stream.slots, dmx.slots
            stream.sequence, stream.heard_s = dmx.sequence, now_s
            if before != dmx.slots:
                self._tell(dmx, sender, before, slots)

    def _tell(self, dmx: artnet.Dmx, sender: str, before: bytes, slots: tuple[int, ...]) -> None:
        for slot in slots:
            now = dmx.slots[slot - 1 : slot]
            if now and now != before[slot - 1 : slot]:
                address = f"dmx/{dmx.universe}/{slot}"
                self._emit(Trigger(self._name, address, now[0], sender, retained=not before))

    def silent(self, now_s: float) -> None:
        """Forget the streams that have ended, and say so; the next sender is as good as the last."""
        for universe, stream in [*self._streams.items()]:
            if now_s - stream.heard_s > SILENT_S:
                del self._streams[universe]
                self._emit(Trigger(self._name, f"dmx/{universe}", "offline", stream.sender))

    def _refuse(self, sender: str, reason: str) -> None:
        self._emit(Malformed(self._name, reason, sender))


def wanted(addresses: Iterable[str]) -> dict[int, tuple[int, ...]]:
    """``dmx/1/5`` → {1: (5,)}; ``dmx/1`` wants the universe alone; ``node/…`` is nothing of DMX.

    Raises ValueError for an address that Art-Net does not speak.
    """
    found: dict[int, tuple[int, ...]] = {}
    for address in addresses:
        kind, _, rest = address.partition("/")
        if kind == "node" and rest:
            continue
        slotted = "/" in rest
        universe, slot = units.slot(rest if slotted else f"{rest}/1") if kind == "dmx" else (-1, 0)
        written = f"dmx/{universe}/{slot}" if slotted else f"dmx/{universe}"
        if address != written or universe not in PORT_ADDRESSES:
            raise ValueError(f"Art-Net tells nothing at '{address[:60]}'; write such as dmx/0/11 or node/10.0.0.20")
        found[universe] = found.get(universe, ()) + ((slot,) if slotted else ())
    return found


def _after(sequence: int, before: int) -> int:
    """How far a sequence number is after another, -128..127."""
    return (sequence - before + 128) % 256 - 128
