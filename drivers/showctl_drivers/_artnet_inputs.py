"""DMX in by Art-Net: one source a universe, two where the sheet merges it, in step with ArtSync.

Art-Net 4, "Data Merging": two sources at most, told apart by their addresses, the highest level of each slot wins. One
that fails while the other goes on is held for 10 s. A node may refuse the second instead, and so do we where only
triggers listen: a button that two desks hold means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping

from showctl.codec import artnet
from showctl.codec.artnet import PORT_ADDRESSES
from showctl.driver import Emit
from showctl.model import Malformed
from showctl_drivers._dmx_inputs import Clock, Teller, Wish, is_old
from showctl_drivers._dmx_inputs import wanted as all_wanted
from showctl_drivers._dmx_mix import Stream

SILENT_S = 5.0         # a source repeats what stands still each 4 s, approximately (Art-Net 4, "ArtDmx")
HELD_S = 10.0          # one of two sources that failed is held so long (Art-Net 4, "Data Merging")
SYNCED_S = 4.0         # without an ArtSync for so long, each universe acts by itself again (Art-Net 4, "ArtSync")
MERGED_MAX = 2


class Inputs:
    """What is heard of the universes that the sheet wants, and who says it."""

    def __init__(self, name: str, wanted: Mapping[int, Wish], emit: Emit, clock: Clock) -> None:
        """``wanted``: Port-Address → what the sheet wants of it, as :func:`wanted` reads it."""
        self._name, self._wanted, self._emit, self._clock = name, wanted, emit, clock
        self._teller = Teller(name, wanted, emit, clock)
        self._streams: dict[int, dict[object, Stream]] = {universe: {} for universe in wanted}
        self._synced: dict[str, float] = {}                # sender → its last ArtSync

    @property
    def universes(self) -> KeysView[int]:
        """Those that are wanted."""
        return self._wanted.keys()

    @property
    def merged(self) -> list[int]:
        """Those that two sources are heard on."""
        return [universe for universe, streams in self._streams.items() if len(streams) > 1]

    def heard(self, dmx: artnet.Dmx, sender: str) -> None:
        """Take one ArtDmx."""
        now_s = self._clock.time()
        streams = self._streams.get(dmx.universe)
        if streams is None:
            return
        stream = streams.get(sender)
        if stream is None:
            if len(streams) >= (MERGED_MAX if self._wanted[dmx.universe].whole else 1):
                others = " and ".join(each.sender for each in streams.values())
                self._refuse(sender, f"another program sends universe {dmx.universe} to us too; {others} is heard")
                return
            stream = streams[sender] = Stream(sender, now_s, dmx.sequence)
        elif 0 not in (dmx.sequence, stream.sequence) and _is_late(dmx.sequence, stream.sequence):
            self._refuse(sender, f"universe {dmx.universe}: packet {dmx.sequence} after {stream.sequence} is dropped")
            return
        stream.sequence, stream.heard_s = dmx.sequence, now_s
        if len(streams) == 1 and stream.slots and now_s - self._synced.get(sender, float("-inf")) < SYNCED_S:
            stream.held = dmx.slots
        else:
            self._show(dmx.universe, stream, dmx.slots)

    def sync(self, sender: str) -> None:
        """Take an ArtSync: what its own sender sent acts now. While two are merged it means nothing."""
        theirs = [(universe, streams) for universe, streams in self._streams.items() if sender in streams]
        if theirs:
            self._synced[sender] = self._clock.time()
        for universe, streams in theirs:
            stream = streams[sender]
            if stream.held is not None and len(streams) == 1:
                self._show(universe, stream, stream.held)

    def _show(self, universe: int, stream: Stream, slots: bytes) -> None:
        stream.held = None
        if slots != stream.slots:
            stream.slots = slots
            self._teller.now(universe, self._streams[universe], stream.sender)

    def silent(self) -> None:
        """Forget the streams that have ended, and say so; the next sender is as good as the last."""
        now_s = self._clock.time()
        for sender, synced_s in [*self._synced.items()]:
            if now_s - synced_s >= SYNCED_S:
                del self._synced[sender]
        for universe, streams in self._streams.items():
            if streams and all(now_s - stream.heard_s > SILENT_S for stream in streams.values()):
                self._teller.gone(universe)
                streams.clear()
            for key, stream in [*streams.items()]:
                if now_s - stream.heard_s > HELD_S:
                    del streams[key]
                    self._teller.now(universe, streams, next(iter(streams.values())).sender)
                elif stream.held is not None and stream.sender not in self._synced:
                    self._show(universe, stream, stream.held)

    def close(self) -> None:
        """Tell nothing more."""
        self._teller.close()

    def _refuse(self, sender: str, reason: str) -> None:
        self._emit(Malformed(self._name, reason, sender))


def wanted(addresses: Iterable[str]) -> dict[int, Wish]:
    """What the sheet wants to hear; ``node/…`` is nothing of DMX.

    Raises ValueError for an address that Art-Net does not speak.
    """
    of_dmx = [address for address in addresses if not (address.startswith("node/") and address != "node/")]
    return all_wanted(of_dmx, PORT_ADDRESSES, "Art-Net", "such as dmx/0/11 or node/10.0.0.20")


def _is_late(sequence: int, before: int) -> bool:
    """Art-Net only says that packets out of order are to be dropped: the same number again may be a new packet."""
    return sequence != before and is_old(sequence, before)
