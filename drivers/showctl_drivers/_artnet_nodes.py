"""Who answers ArtPoll: each host of a connection, and whether any of them is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from showctl.codec import artnet_poll
from showctl.driver import Emit
from showctl.model import Malformed, Presence, Trigger

SILENT_POLLS = 3       # so many without a reply, and the node is away
NODES_MAX = 64         # that a broadcast address may bring


@dataclass
class Node:
    """One node: the name the sheet has for it, polls since its last reply, and whether it is there (None: unknown).

    ``merges`` are universes of ours that it hears somebody else on too, by its parts (0..255).
    """

    host: str
    asked: int = 0
    there: bool | None = None
    merges: dict[int, tuple[int, ...]] = field(default_factory=dict)


class Nodes:
    """The nodes behind one connection. A change is a trigger ``node/<host>``; the last one to go is a loss."""

    def __init__(self, name: str, hosts: Mapping[str, str], emit: Emit, everybody: str = "") -> None:
        """``hosts``: IPv4 address → as the sheet writes it; a broadcast address stands for whoever answers.

        ``everybody`` is that of our own network, which need not end in 255.
        """
        self._name, self._emit = name, emit
        self._hosts = hosts
        alone = {address: host for address, host in hosts.items() if address != everybody and not is_broadcast(address)}
        self._open = len(alone) < len(hosts)
        self._nodes = {address: Node(host) for address, host in alone.items()}
        self._polls = 0
        self._there = True         # as the shell believes: the connection came up

    def poll(self) -> tuple[str, ...]:
        """A poll leaves now: to whom. Who has not answered the last ones is away."""
        for node in self._nodes.values():
            if node.asked >= SILENT_POLLS:
                self._now(node, False)
            node.asked += 1
        self._polls += 1
        self._tell()
        return tuple(self._hosts)

    def heard(self, reply: artnet_poll.Node, sender: str, alone: bool, sending: Collection[int]) -> None:
        """Take a reply, ``alone`` where it was sent to us and not to everybody, as nodes before Art-Net 4 do.

        ``sending``: the universes that we send, for a node that says it merges them.
        """
        node = self._nodes.get(sender)
        if node is None and not self._open:
            if alone:
                self._refuse(sender, "ArtPollReply of a node that was not asked; is it one more for 'host'?")
        elif reply.address != sender:
            self._refuse(sender, f"ArtPollReply that claims to be {reply.address}")
        elif node is not None:
            self._answered(node, sender, reply, sending)
        elif len(self._nodes) < NODES_MAX:
            node = self._nodes[sender] = Node(sender)
            self._answered(node, sender, reply, sending)
        else:
            self._refuse(sender, f"more than {NODES_MAX} nodes; only {NODES_MAX} are watched")

    def _answered(self, node: Node, sender: str, reply: artnet_poll.Node, sending: Collection[int]) -> None:
        node.asked = 0
        self._now(node, True)
        self._tell()
        merges = tuple(universe for universe in reply.merges if universe in sending)
        if merges and merges != node.merges.get(reply.part):
            numbers = ", ".join(map(str, merges))
            self._refuse(sender, f"another program sends to node {node.host} too: it merges universe {numbers}")
        node.merges[reply.part] = merges

    def _now(self, node: Node, there: bool) -> None:
        if node.there is not there:
            node.there = there
            self._emit(Trigger(self._name, f"node/{node.host}", "online" if there else "offline"))

    def _tell(self) -> None:
        away = self._polls > SILENT_POLLS and all(node.there is False for node in self._nodes.values())
        if away is self._there:
            self._there = not away
            hosts = ", ".join(self._hosts.values())
            reason = f"no answer from Art-Net node {hosts} to {SILENT_POLLS} polls; it is sent to all the same"
            self._emit(Presence(self._name, not away, reason if away else ""))

    def _refuse(self, sender: str, reason: str) -> None:
        self._emit(Malformed(self._name, reason, sender))


def is_broadcast(address: str) -> bool:
    """Whether an address means everybody: as Art-Net's networks are laid out, one that ends in 255."""
    return address.endswith(".255")
