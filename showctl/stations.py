"""What the stations are told, as messages: pure, from Steps and Status to Replies (CORE 18).

A station that subscribes gets everything once, then what changes, what is said, and a heartbeat each second. A
press is answered by ``/showctl/accepted`` or ``/showctl/refused`` with the reason, subscribed or not.

=================================  ============================================================
path                               arguments
=================================  ============================================================
/showctl/show                      the show's name
/showctl/state/<region>            the state's name
/showctl/standby/<region>          what GO does next, as text
/showctl/running                   the numbers of the running cues, one text each
/showctl/master, /showctl/sub/<n>  0.0 to 1.0
/showctl/blackout, paused, …       1 or 0; also panicked, sensors
/showctl/goes                      how often GO was accepted
/showctl/parked                    fixtures that are pinned, or fixture/attribute, one text each
/showctl/missing                   names of lost connections and triggers, one text each
/showctl/said                      words for everybody
/showctl/accepted                  what was asked
/showctl/refused                   what was asked, why not
/showctl/heartbeat                 1, 2, 3 … each second
/showctl/late                      with it: how late light left in the last minute, p50, p99 and worst in
                                   milliseconds, and how many ticks were skipped since the start
=================================  ============================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from showctl.lateness import MS_NS, Figures
from showctl.model import LEVEL_MAX, SECOND_NS, Event, Reply, Step, Value
from showctl.status import Status

PEERS = 64
LEASE_NS = 60 * SECOND_NS
STRANGER_NS = SECOND_NS                           # one answer to an unlisted sender in this long, whoever it is
LEVELS = ("master", "sub", "fader")               # dragged, not pressed: no "accepted", no echo to the dragging hand

Messages = dict[str, tuple[Value, ...]]


@dataclass(slots=True)
class Peer:
    """A subscribed station: by which connection, to which address, from which it asked, until when unless it speaks."""

    connection: str
    address: str
    sender: str
    until_ns: int


class Stations:
    """Who listens, and what they have been told. Call ``Status.fold`` with a step before ``on_step``."""

    def __init__(self, status: Status) -> None:
        self.status = status
        self.peers: dict[str, Peer] = {}          # by the address they are told at
        self._told: Messages = messages(status)
        self._beats = 0
        self._stranger_ns = 0
        self._wires = [name for name, each in status.sheet.connections.items() if each.driver == "osc"]

    def on_step(self, step: Step) -> list[Reply]:
        """The messages that a step causes, in order: the answer to its sender, then the news for everybody."""
        event = step.event
        for peer in self._same(event.sender):
            peer.until_ns = step.at_ns + LEASE_NS
        if event.kind in ("heard", "merged"):
            return []
        replies = self._answer(step)
        if event.kind == "command" and event.name in ("subscribe", "unsubscribe") and not step.refused:
            replies += self._membership(step)
        if self.peers and (step.actions or step.moves or step.standby or step.said or event.kind != "refused"):
            replies += self._news(step)
        return replies

    def heartbeat(self, at_ns: int) -> list[Reply]:
        """Call each second: everybody's heartbeat; who has been silent for a minute is dropped."""
        self._beats = self._beats % 0x7FFF_FFFF + 1
        self.peers = {address: peer for address, peer in self.peers.items() if peer.until_ns > at_ns}
        return self._everybody("/showctl/heartbeat", (self._beats,))

    def late(self, figures: Figures, skipped: int) -> list[Reply]:
        """Call each second: how late frames left."""
        times = tuple(each / MS_NS for each in (figures.p50_ns, figures.p99_ns, figures.worst_ns))
        return self._everybody("/showctl/late", (*times, skipped))

    # ---- the answer ----

    def _answer(self, step: Step) -> list[Reply]:
        event = step.event
        if not step.refused and (not step.accepted or event.name in LEVELS):
            return []
        said: tuple[str, tuple[Value, ...]] = ("/showctl/accepted", (asked(event),))
        if step.refused:
            said = "/showctl/refused", (asked(event), step.refused)
        return [Reply(connection, address, *said) for connection, address in self._receivers(step)]

    def _receivers(self, step: Step) -> list[tuple[str, str]]:
        """Connection and address of who sent it, where that can be answered at all."""
        event = step.event
        same = self._same(event.sender)
        receivers = [(peer.connection, peer.address) for peer in same if event.station]
        if any(event.sender in (peer.address, peer.sender) for peer in same):
            return receivers
        connection = self._connection(event)
        if connection not in self._wires or ":" not in event.sender:
            return []
        if not event.station:
            if step.at_ns < self._stranger_ns:
                return []
            self._stranger_ns = step.at_ns + STRANGER_NS
        return [(connection, event.sender), *receivers]

    def _same(self, sender: str) -> list[Peer]:
        """Who this is among the peers: the address itself, or else all of its host that named a port to listen on.

        An app that is started anew sends from another port, and so does a command line each time.
        """
        host, colon, _ = sender.rpartition(":")
        if not self.peers or not colon:
            return []
        exact = [peer for peer in self.peers.values() if sender in (peer.address, peer.sender)]
        return exact or [peer for peer in self.peers.values()
                         if peer.address != peer.sender and peer.address.rpartition(":")[0] == host]

    def _connection(self, event: Event) -> str:
        """By which connection a station came; a stranger's is in the refusal's name."""
        if not event.station:
            return event.name.partition("/")[0] if event.kind == "refused" else ""
        station = self.status.sheet.stations.get(event.station)
        if station is None or station.connection:
            return station.connection if station is not None else ""
        return self._wires[0] if self._wires else ""

    # ---- membership ----

    def _membership(self, step: Step) -> list[Reply]:
        event = step.event
        connection = self._connection(event)
        if event.name == "unsubscribe" or connection not in self._wires or ":" not in event.sender:
            for peer in self._same(event.sender):
                del self.peers[peer.address]
            return []
        address = event.sender
        port = event.value[0] if isinstance(event.value, tuple) and event.value else None
        if isinstance(port, int):
            address = f"{event.sender.rpartition(':')[0]}:{port}"
        self.peers = {at: peer for at, peer in self.peers.items() if at != address and peer.sender != event.sender}
        if len(self.peers) >= PEERS:
            del self.peers[min(self.peers, key=lambda each: self.peers[each].until_ns)]
        self.peers[address] = Peer(connection, address, event.sender, step.at_ns + LEASE_NS)
        self._told = messages(self.status)
        return [Reply(connection, address, path, arguments) for path, arguments in self._told.items()]

    # ---- the news ----

    def _news(self, step: Step) -> list[Reply]:
        now = messages(self.status)
        changed = {path: arguments for path, arguments in now.items() if self._told.get(path) != arguments}
        self._told = now
        replies = []
        same = self._same(step.event.sender) if step.event.name in LEVELS else []
        hand = same[0].address if len(same) == 1 else ""
        for path, arguments in changed.items():
            replies += self._everybody(path, arguments, but=hand)
        for text in step.said:
            replies += self._everybody("/showctl/said", (text,))
        return replies

    def _everybody(self, path: str, arguments: tuple[Value, ...], but: str = "") -> list[Reply]:
        return [
            Reply(peer.connection, peer.address, path, arguments)
            for address, peer in self.peers.items()
            if address != but
        ]


def messages(status: Status) -> Messages:
    """Everything a station shows, by path."""
    told: Messages = {"/showctl/show": (status.sheet.name,)}
    told |= {f"/showctl/state/{region}": (state,) for region, state in status.states.items()}
    told |= {f"/showctl/standby/{region}": (text,) for region, text in status.standby.items()}
    told["/showctl/running"] = tuple(status.running)
    for name, level in status.masters.items():
        if name != "blackout":
            told["/showctl/master" if name == "grand" else f"/showctl/{name}"] = (level / LEVEL_MAX,)
    told["/showctl/blackout"] = (int(status.masters["blackout"] > 0),)
    told["/showctl/paused"] = (int(status.paused),)
    told["/showctl/panicked"] = (int(status.panic),)
    told["/showctl/sensors"] = (int(status.automation),)
    told["/showctl/goes"] = (status.goes,)
    told["/showctl/parked"] = status.parked_names
    told["/showctl/missing"] = tuple(status.missing)
    return told


def asked(event: Event) -> str:
    """What a station asked for, in its own words: a verb, ``trigger/water``, or the address it sent."""
    if event.kind == "command":
        return event.name
    if event.kind == "refused":
        return "/" + event.name.partition("/")[2]
    return f"trigger/{event.name}"
