"""Virtual panels: a node that keeps what ArtDmx told it, as any node would."""

from __future__ import annotations

from showctl.codec import artnet


class Panels:
    """Slots per Port-Address. What is no ArtDmx is ignored: a node answers nobody it does not understand."""

    def __init__(self) -> None:
        self.universes: dict[int, bytes] = {}

    def hear(self, packet: bytes) -> bool:
        """Take one datagram; True where the light changed."""
        try:
            dmx = artnet.decode(packet)
        except ValueError:
            return False
        changed = self.universes.get(dmx.universe) != dmx.slots
        self.universes[dmx.universe] = dmx.slots
        return changed

    def as_values(self) -> dict[str, str]:
        """Universe (text) → slots as hexadecimal text, empty tail left out."""
        universes = sorted(self.universes.items())
        return {str(universe): slots.rstrip(b"\0").hex() for universe, slots in universes}
