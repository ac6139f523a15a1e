"""Virtual panels: a node that keeps what ArtDmx or sACN told it and answers ArtPoll, as any node would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from showctl.codec import artnet, artnet_poll, sacn


class Panels:
    """Slots per universe. What it does not understand is ignored: a node answers nobody then."""

    def __init__(self, name: str = "", universes: Sequence[int] = ()) -> None:
        """``name`` and ``universes`` (Port-Addresses) are what it says of itself."""
        self.universes: dict[int, bytes] = {}
        self._name, self._puts_out = name, universes

    def hear(self, packet: bytes) -> bool:
        """Take one datagram; True where the light changed."""
        try:
            data = sacn.decode(packet) if packet[4:16] == sacn.NAME else artnet.decode(packet)
        except ValueError:
            return False
        if isinstance(data, (sacn.Sync, sacn.Discovery)) or (isinstance(data, sacn.Data) and data.start_code):
            return False
        changed = self.universes.get(data.universe) != data.slots
        self.universes[data.universe] = data.slots
        return changed

    def answer(self, packet: bytes, address: str) -> Iterator[bytes]:
        """What it says to an ArtPoll, from its own ``address``."""
        try:
            asked = artnet.operation(packet) == artnet_poll.OP_POLL
        except ValueError:
            return
        if asked:
            yield from artnet_poll.replies(address, self._name, f"virtual {self._name}", self._puts_out)

    def as_values(self) -> dict[str, str]:
        """Universe (text) → slots as hexadecimal text, empty tail left out."""
        universes = sorted(self.universes.items())
        return {str(universe): slots.rstrip(b"\0").hex() for universe, slots in universes}
