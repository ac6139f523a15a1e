"""Whether the nodes are there, and what they want to say about it."""

import pytest

from showctl.codec import artnet_poll
from showctl.model import Malformed, Presence, Trigger
from showctl_drivers._artnet_nodes import NODES_MAX, Nodes

A, B = "10.0.0.20", "10.0.0.21"


def reply(address, merges=(), part=1):
    return artnet_poll.Node(address, "panel", "", "", part, (0, 1), (), merges)


@pytest.fixture
def told():
    return []


@pytest.fixture
def nodes(told):
    return Nodes("panels", {A: A, B: "panel.local"}, told.append)


def state(host, word):
    return Trigger("panels", f"node/{host}", word)


def test_a_node_is_online_once_and_offline_after_three_polls_without_a_reply(nodes, told):
    """SEMANTICS 25: lost and back; the name is the sheet's."""
    for _ in range(5):
        assert nodes.poll() == (A, B)
        for address in (A, B):
            nodes.heard(reply(address), address, True, ())
    assert told == [state(A, "online"), state("panel.local", "online")]
    for _ in range(3):
        nodes.poll()
        nodes.heard(reply(A), A, True, ())
    assert len(told) == 2
    nodes.poll()
    assert told[2:] == [state("panel.local", "offline")]


def test_the_last_node_to_go_is_a_loss_and_the_first_to_return_is_back(nodes, told):
    for address in (A, B):
        nodes.heard(reply(address), address, True, ())
    for _ in range(6):
        nodes.poll()
    assert told[2:4] == [state(A, "offline"), state("panel.local", "offline")]
    (away,) = told[4:]
    assert (away.source, away.there) == ("panels", False)
    assert f"no answer from Art-Net node {A}, panel.local to 3 polls" in away.reason
    nodes.heard(reply(B), B, True, ())
    assert told[5:] == [state("panel.local", "online"), Presence("panels", True)]


def test_nodes_that_never_answer_are_a_loss_too(nodes, told):
    for _ in range(3):
        nodes.poll()
    assert told == []
    nodes.poll()
    assert [type(note) for note in told] == [Trigger, Trigger, Presence]


@pytest.mark.parametrize(("claimed", "sender", "words"), [
    (B, A, f"claims to be {B}"), ("0.0.0.0", A, "claims to be 0.0.0.0"),
    ("10.0.0.66", "10.0.0.66", "not asked"), (A, "10.0.0.66", "not asked"),
])
def test_an_impostor_is_told_and_believed_nothing(nodes, told, claimed, sender, words):
    nodes.heard(reply(claimed), sender, True, ())
    (note,) = told
    assert isinstance(note, Malformed)
    assert (note.source, note.sender) == ("panels", sender)
    assert words in note.reason
    for _ in range(4):
        nodes.poll()
    assert told[-1].there is False


def test_what_a_stranger_tells_everybody_is_not_for_us(nodes, told):
    """Nodes before Art-Net 4 answer everybody: another program may have asked; our own node still counts."""
    nodes.heard(reply("10.0.0.66"), "10.0.0.66", False, ())
    assert told == []
    nodes.heard(reply(A), A, False, ())
    assert told == [state(A, "online")]


def test_a_node_that_merges_what_we_send_names_the_other_program(nodes, told):
    """A warning when another program sends to our node; once, until it ends and begins again."""
    for merges in [(5,), (1, 5), (1, 5), (), (1,)]:
        nodes.heard(reply(A, merges), A, True, {0: None, 1: None}.keys())
    assert [note.reason for note in told if isinstance(note, Malformed)] == [
        f"another program sends to node {A} too: it merges universe 1"] * 2


def test_each_part_of_a_large_node_speaks_for_its_own_universes(nodes, told):
    """Art-Net 4, "BindIndex": what one part merges is not taken back by another that merges nothing."""
    for part, merges in [(1, (1,)), (2, ())] * 3:
        nodes.heard(reply(A, merges, part), A, True, {0: None, 1: None}.keys())
    assert [note.reason for note in told if isinstance(note, Malformed)] == [
        f"another program sends to node {A} too: it merges universe 1"]


def test_a_broadcast_address_watches_whoever_answers_up_to_a_bound(told):
    nodes = Nodes("panels", {"10.0.0.255": "10.0.0.255"}, told.append)
    for number in range(NODES_MAX + 1):
        nodes.heard(reply(f"10.0.1.{number}"), f"10.0.1.{number}", True, ())
    assert [type(note) for note in told] == [Trigger] * NODES_MAX + [Malformed]
    assert told[0] == state("10.0.1.0", "online")
    assert f"more than {NODES_MAX}" in told[-1].reason


def test_a_small_network_has_a_broadcast_address_of_its_own(told):
    """10.0.0.127 is everybody in 10.0.0.64/26, and one node anywhere else."""
    for everybody, kinds in (("10.0.0.127", [Trigger]), ("10.0.0.255", [Malformed])):
        del told[:]
        Nodes("panels", {"10.0.0.127": "10.0.0.127"}, told.append, everybody).heard(reply(A), A, True, ())
        assert [type(note) for note in told] == kinds


def test_nobody_behind_a_broadcast_address_is_a_loss(told):
    nodes = Nodes("panels", {"10.0.0.255": "10.0.0.255"}, told.append)
    for _ in range(4):
        assert nodes.poll() == ("10.0.0.255",)
    assert [type(note) for note in told] == [Presence]
