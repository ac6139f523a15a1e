"""The floor while light moves: the tuned relay that also fades and keeps other universes moving, and nothing else.

    python -m tests.bench.relay_moving OSC_PORT TO_PORT UNIVERSES CROWD_PORT

OSC to ``/fade/up`` takes slots 3 and 4 (16 bits) from 0 to full in 5 s, ``/fade/down`` puts them to 0, anything else
sets slot 1 to its last byte. Universes 1 to UNIVERSES go to CROWD_PORT, all 512 slots another each time, 44 a second.
The tick comes from the same timer descriptor as showctl's; a fade is worked out from the clock.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import numpy

from showctl.clock import OneShot, SystemClock
from showctl.codec import artnet
from showctl.model import FRAME_RATE_HZ, SECOND_NS
from tests.bench.relay import DATAGRAMS_A_TURN, Light, inlet_on, until_closed

FADE_NS = 5 * SECOND_NS
COARSE = artnet.HEADER_LENGTH + 2
FULL = 65535


class Moving(Light):
    """Universe 0, of which slots 3 and 4 can fade, and a crowd of universes that never stands still."""

    def __init__(self, port: int, universes: int, crowd_port: int) -> None:
        super().__init__(port)
        self._clock = SystemClock()
        self._timer = OneShot(self._clock, self._tick)
        self._fade_ns: int | None = None
        self._tick_number = 0
        self._anchor_ns = 0
        self._crowd = [artnet.packet(number) for number in range(1, universes + 1)]
        self._levels = numpy.zeros((universes, 512), numpy.uint8)
        self._outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._outlet.connect(("127.0.0.1", crowd_port))
        if universes:
            self._start()

    def up(self) -> None:
        """Start the fade now; its first frame leaves at once."""
        self._fade_ns = self._clock.now_ns()
        self._start()
        self._send_fade(self._fade_ns)

    def down(self) -> None:
        """Slots 3 and 4 to zero."""
        self._packet[COARSE:COARSE + 2] = b"\0\0"
        self.show(self._packet[artnet.HEADER_LENGTH])

    def _start(self) -> None:
        self._anchor_ns, self._tick_number = self._clock.now_ns(), 0
        self._next()

    def _next(self) -> None:
        self._tick_number += 1
        due_ns = self._anchor_ns + self._tick_number * SECOND_NS // FRAME_RATE_HZ
        if self._fade_ns is not None and self._clock.now_ns() < self._fade_ns + FADE_NS < due_ns:
            due_ns = self._fade_ns + FADE_NS
        self._timer.arm(due_ns)

    def _tick(self) -> None:
        if self._fade_ns is not None:
            self._send_fade(self._clock.now_ns())
        self._levels += 1
        for packet, levels in zip(self._crowd, self._levels, strict=True):
            packet[artnet.HEADER_LENGTH:] = levels.tobytes()
            self._outlet.send(packet)
        if self._fade_ns is not None or self._crowd:
            self._next()

    def _send_fade(self, now_ns: int) -> None:
        assert self._fade_ns is not None
        share_ns = min(now_ns - self._fade_ns, FADE_NS)
        self._packet[COARSE:COARSE + 2] = (share_ns * FULL // FADE_NS).to_bytes(2, "big")
        self.show(self._packet[artnet.HEADER_LENGTH])
        if share_ns == FADE_NS:
            self._fade_ns = None


async def moving(osc_port: str, port: int, universes: int, crowd_port: int) -> None:
    """OSC through a reader of our own, as ``relay.tuned`` has it."""
    light, inlet = Moving(port, universes, crowd_port), inlet_on(osc_port)
    inlet.setblocking(False)
    receive, show = inlet.recv, light.show

    def drain() -> None:
        try:
            for _ in range(DATAGRAMS_A_TURN):
                data = receive(2048)
                if data.startswith(b"/fade/"):
                    light.up() if data.startswith(b"/fade/up") else light.down()
                else:
                    show(data[-1])
        except BlockingIOError:
            return

    asyncio.get_running_loop().add_reader(inlet.fileno(), drain)
    await until_closed()


if __name__ == "__main__":
    asyncio.run(moving(sys.argv[1], *map(int, sys.argv[2:5])))
