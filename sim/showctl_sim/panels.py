"""Virtual panels: a node that keeps what ArtDmx told it, as any node would (Art-Net 4, "ArtDmx packet")."""

from __future__ import annotations

ART_DMX = b"Art-Net\0\x00\x50"
HEADER_BYTES = 18


class Panels:
    """Slots per Port-Address. What is no ArtDmx is ignored: a node answers nobody it does not understand."""

    def __init__(self) -> None:
        self.universes: dict[int, bytes] = {}
        self.packets = 0

    def hear(self, packet: bytes) -> bool:
        """Take one datagram; True where the light changed."""
        if len(packet) <= HEADER_BYTES or not packet.startswith(ART_DMX):
            return False
        universe = packet[14] | packet[15] << 8
        length = packet[16] << 8 | packet[17]
        slots = packet[HEADER_BYTES:HEADER_BYTES + length]
        self.packets += 1
        changed = self.universes.get(universe) != slots
        self.universes[universe] = slots
        return changed

    def as_values(self) -> dict[str, str]:
        """Universe (text) → slots as hexadecimal text, empty tail left out."""
        universes = sorted(self.universes.items())
        return {str(universe): slots.rstrip(b"\0").hex() for universe, slots in universes}
