"""DMX in by sACN: the sources of each universe that the sheet wants, by E1.31-2018's rules.

A source is its CID, whatever its address or name (§5.6). The highest priority wins (§6.2.3), equal ones are merged, the
highest level of each slot (§6.2.3.1). ETC's start code 0xDD, a priority for each slot, replaces that of the universe.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass

from showctl.codec import sacn
from showctl.driver import Emit
from showctl.model import Malformed
from showctl_drivers._dmx_inputs import Clock, Teller, Timer, Wish, is_old
from showctl_drivers._dmx_inputs import wanted as all_wanted
from showctl_drivers._dmx_mix import Stream

SILENT_S = 2.5         # E131_NETWORK_DATA_LOSS_TIMEOUT, of a source (§6.7.1) and of its sync packets (§11.1.2)
SOURCES_MAX = 8        # of one universe
SYNCS_MAX = 16         # universes that sync packets are heard on
SWEEP_S = 0.1          # between two looks at who has fallen silent, at least


@dataclass
class _Sync:
    """One universe of sync packets."""

    heard_s: float
    cid: bytes
    sequence: int


class Inputs:
    """What is heard of the universes that the sheet wants, and who says it."""

    def __init__(self, name: str, wanted: Mapping[int, Wish], emit: Emit, clock: Clock) -> None:
        """``wanted``: universe → what the sheet wants of it, as :func:`wanted` reads it."""
        self._name, self._wanted, self._emit, self._clock = name, wanted, emit, clock
        self._teller = Teller(name, wanted, emit, clock)
        self._streams: dict[int, dict[object, Stream]] = {universe: {} for universe in wanted}
        self._syncs: dict[int, _Sync] = {}
        self._sweep: Timer | None = None

    @property
    def universes(self) -> KeysView[int]:
        """Those that are wanted."""
        return self._wanted.keys()

    @property
    def syncs(self) -> list[int]:
        """The universes whose sync packets the sources of ours wait for, at most ``SYNCS_MAX``."""
        named = (stream.sync for streams in self._streams.values() for stream in streams.values() if stream.sync)
        return [*dict.fromkeys(named)][:SYNCS_MAX]

    # ---- levels ----

    def heard(self, data: sacn.Data, sender: str) -> None:
        """Take one data packet."""
        streams = self._streams.get(data.universe)
        if streams is None or data.options & sacn.PREVIEW:      # not meant for live output (§6.2.6)
            return
        stream = streams.get(data.cid)
        if stream is None:
            stream = self._new(data, sender, streams)
            if stream is None:
                return
        elif is_old(data.sequence, stream.sequence):
            if data.sequence != stream.sequence:                # not just the same packet by another way
                self._refuse(data, sender, f"packet {data.sequence} after {stream.sequence} is dropped")
            return
        stream.sender, stream.heard_s, stream.sequence = sender, self._clock.time(), data.sequence
        if data.options & sacn.TERMINATED:                      # its values mean nothing (§6.2.6)
            self._leave(data.universe, data.cid)
        elif data.start_code == sacn.LEVELS:
            self._levels(data, stream)
        elif data.start_code == sacn.PRIORITY_OF_SLOTS:
            changed, stream.priorities = stream.priorities != data.slots, data.slots
            stream.priorities_s = stream.heard_s
            if changed:
                self._teller.now(data.universe, streams, sender)

    def _new(self, data: sacn.Data, sender: str, streams: dict[object, Stream]) -> Stream | None:
        """Room for one more source that sends levels: where there is none, the weakest makes it for a stronger one."""
        if data.options & sacn.TERMINATED or data.start_code != sacn.LEVELS:
            return None
        if len(streams) >= SOURCES_MAX:
            weakest = min(streams, key=lambda cid: streams[cid].priority)
            if streams[weakest].priority >= data.priority:
                self._refuse(data, sender, f"there are {SOURCES_MAX} sources already; this one is not heard")
                return None
            del streams[weakest]
        stream = streams[data.cid] = Stream(sender, self._clock.time(), data.sequence, data.priority)
        self._look_again()
        return stream

    def _levels(self, data: sacn.Data, stream: Stream) -> None:
        changed, stream.priority, stream.sync = stream.priority != data.priority, data.priority, data.sync
        fresh = not stream.slots
        if not fresh and self._waits(data):
            stream.held = data.slots
        else:
            stream.held = None
            changed, stream.slots = changed or fresh or stream.slots != data.slots, data.slots
        if changed:
            self._teller.now(data.universe, self._streams[data.universe], stream.sender)

    # ---- in step (§11) ----

    def _waits(self, data: sacn.Data) -> bool:
        """Whether these levels act with the next sync packet: from the first one on that was heard (§11.1.1).

        Without sync packets for 2.5 s they wait on, or act as they come where Force_Synchronization is set (§6.2.6).
        """
        sync = self._syncs.get(data.sync)
        if sync is None:
            return False
        return not data.options & sacn.FORCE_SYNC or self._clock.time() - sync.heard_s <= SILENT_S

    def sync(self, packet: sacn.Sync) -> None:
        """Take one sync packet: what waits for it acts now, all universes at the same time."""
        waiting = [
            (universe, streams, stream) for universe, streams in self._streams.items()
            for stream in streams.values() if stream.sync == packet.sync
        ]
        if not waiting or packet.sync not in self.syncs:
            return
        before = self._syncs.get(packet.sync)
        if before is not None and before.cid == packet.cid and is_old(packet.sequence, before.sequence):
            return
        self._syncs[packet.sync] = _Sync(self._clock.time(), packet.cid, packet.sequence)
        for _, _, stream in waiting:
            if stream.held is not None:
                stream.slots = stream.held
        for universe, streams, stream in waiting:
            if stream.held is not None:
                stream.held = None
                self._teller.now(universe, streams, stream.sender)

    # ---- the end of a source (§6.7.1) ----

    def _look_again(self) -> None:
        """Look for silent sources when the first of them may be."""
        if self._sweep is None:
            oldest = min(stream.heard_s for streams in self._streams.values() for stream in streams.values())
            soonest = self._clock.time() + SWEEP_S
            self._sweep = self._clock.call_at(max(soonest, oldest + SILENT_S), self._silent, 0)

    def _silent(self, _: int) -> None:
        self._sweep = None
        now_s = self._clock.time()
        for universe, streams in self._streams.items():
            for cid, stream in [*streams.items()]:
                if now_s - stream.heard_s >= SILENT_S:
                    self._leave(universe, cid)
                elif stream.priorities and now_s - stream.priorities_s >= SILENT_S:
                    stream.priorities = b""
                    self._teller.now(universe, streams, stream.sender)
        named = self.syncs
        self._syncs = {universe: sync for universe, sync in self._syncs.items() if universe in named}
        if any(self._streams.values()):
            self._look_again()

    def _leave(self, universe: int, cid: object) -> None:
        streams = self._streams[universe]
        if len(streams) == 1:
            self._teller.gone(universe)
        del streams[cid]
        if streams:
            self._teller.now(universe, streams, next(iter(streams.values())).sender)

    def close(self) -> None:
        """Tell nothing more."""
        self._teller.close()
        if self._sweep is not None:
            self._sweep.cancel()

    def _refuse(self, data: sacn.Data, sender: str, reason: str) -> None:
        self._emit(Malformed(self._name, f"universe {data.universe} of {source(data)}: {reason}", sender))


def wanted(addresses: Iterable[str]) -> dict[int, Wish]:
    """What the sheet wants to hear. Raises ValueError for an address that sACN does not speak."""
    return all_wanted(addresses, sacn.UNIVERSES, "sACN", "such as dmx/1/11, universes 1 to 63999")


def source(packet: sacn.Data | sacn.Discovery) -> str:
    """A source as it names itself, and as it is told from all others."""
    return f"'{packet.source}' (CID {uuid.UUID(bytes=packet.cid)})"
