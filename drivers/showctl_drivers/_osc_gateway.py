"""DMX over OSC, in the two styles that gateways understand.

    ola   /dmx/universe/N ,b   all 512 slots, N as in OLA           (OLA's OSC plugin, README)
    qlc   /N/dmx/C        ,f   one slot as 0.0..1.0, both from 0    (QLC+'s OSC plugin, output paths)

What stands still is told again and again: else a datagram that was lost would leave the light wrong for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from showctl.codec import osc

SLOTS = 512
SLOTS_A_TURN = 64      # qlc: a first frame is 512 datagrams, more than a gateway's socket buffer takes at once
TURN_S = 0.003
AGAIN_S = 1.0          # after so long, what was told is told again; ola: all of it, each time
SLOTS_AGAIN, SOME_AGAIN_S = 32, 0.1      # qlc: from then on so many slots so often, all of them in 1.6 s

Put = Callable[[bytes], None]


class Gateway:
    """The universes of one gateway. ``style`` is a key of ``GATEWAYS``; ``put`` sends one datagram."""

    def __init__(self, style: str, put: Put) -> None:
        self._put = put
        self._make = GATEWAYS[style]
        self._universes: dict[int, Blob | Floats] = {}

    def send(self, universe: int, slots: bytes) -> None:
        """Send one universe of 512 slots; raises ValueError for a universe below zero or another length."""
        if universe < 0 or len(slots) != SLOTS:
            raise ValueError(f"universe {universe} with {len(slots)} slots; OSC gateways take 0 up and 512")
        if universe not in self._universes:
            self._universes[universe] = self._make(universe, self._put)
        self._universes[universe].send(slots)

    def close(self) -> None:
        """Send what still waits, all at once."""
        for universe in self._universes.values():
            universe.close()


class Blob:
    """OLA: the universe in one message."""

    def __init__(self, universe: int, put: Put) -> None:
        self._put = put
        self._prefix = osc.blob_prefix(f"/dmx/universe/{universe}", SLOTS)
        self._slots = b""
        self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._tell_again)

    def send(self, slots: bytes) -> None:
        """Send all of it."""
        self._slots = slots
        self._put(self._prefix + slots)

    def _tell_again(self) -> None:
        self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._tell_again)
        self._put(self._prefix + self._slots)

    def close(self) -> None:
        """Nothing waits."""
        self._again.cancel()


class Floats:
    """QLC+: one message a slot that differs from what the gateway was last told; at first, every slot."""

    def __init__(self, universe: int, put: Put) -> None:
        self._put = put
        self._prefixes = [osc.float_prefix(f"/{universe}/dmx/{slot}") for slot in range(SLOTS)]
        self._told: list[int | None] = [None] * SLOTS
        self._wanted = bytes(SLOTS)
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0         # the first slot to be told again
        self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._tell_again)

    def send(self, slots: bytes) -> None:
        """Send up to ``SLOTS_A_TURN`` changes now, the rest a little later with the values of then."""
        self._wanted = slots
        if self._timer is None:
            self._turn(SLOTS_A_TURN)

    def _turn(self, most: int) -> None:
        self._timer = None
        told, wanted = self._told, self._wanted
        changed = [slot for slot in range(SLOTS) if told[slot] != wanted[slot]]
        # What is lit comes first, so that a first frame lights the room before it darkens what is not in it.
        changed.sort(key=lambda slot: (told[slot] is None, not wanted[slot]))
        for slot in changed[:most]:
            told[slot] = wanted[slot]
            self._tell(slot)
        if len(changed) > most:
            self._timer = asyncio.get_running_loop().call_later(TURN_S, self._turn, most)

    def _tell(self, slot: int) -> None:
        self._put(self._prefixes[slot] + osc.FLOAT.pack(self._wanted[slot] / 255))

    def _tell_again(self) -> None:
        self._again = asyncio.get_running_loop().call_later(SOME_AGAIN_S, self._tell_again)
        for slot in range(self._next, self._next + SLOTS_AGAIN):
            if self._told[slot] == self._wanted[slot]:     # what differs is on its way
                self._tell(slot)
        self._next = (self._next + SLOTS_AGAIN) % SLOTS

    def close(self) -> None:
        """Send the rest."""
        self._again.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._turn(SLOTS)


GATEWAYS: dict[str, Callable[[int, Put], Blob | Floats]] = {"ola": Blob, "qlc": Floats}
"""Style → the universe that speaks it."""
