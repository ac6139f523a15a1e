"""A station that speaks often has a socket of its own: nothing is lost, reordered, or taken for another's."""

import asyncio
import socket

import pytest

from showctl.codec import osc as codec
from showctl.model import Malformed, Trigger
from showctl_drivers import _osc_ears, osc
from showctl_drivers._osc_ears import EARS_MAX, OFTEN, Ears
from tests.drivers.test_osc import listening, name, until


@pytest.fixture
def other():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


@pytest.fixture
def given(monkeypatch):
    """The senders that got an ear."""
    senders, give = [], Ears._give

    def noted(self, peer, sender):
        senders.append(sender)
        give(self, peer, sender)

    monkeypatch.setattr(Ears, "_give", noted)
    return senders


def speak(sock, to, first, last):
    for number in range(first, last):
        sock.sendto(codec.encode("/f", (number,)), to)


def numbers(told, sender):
    return [note.value[0] for note in told if note.sender == sender]


async def test_all_is_heard_in_order_at_the_door_and_at_the_ear(peer, other, free, given):
    told = []
    async with osc.connect(listening(free), told.append):
        speak(peer, free, 0, 200)                  # most of it waits at the door when the ear is made
        while not given:
            await asyncio.sleep(0)
        speak(peer, free, 200, 400)                # this waits at the ear, which must not be heard yet
        speak(other, free, 0, OFTEN - 1)
        await until(told, 400 + OFTEN - 1)
        speak(peer, free, 400, 410)
        await until(told, 410 + OFTEN - 1)
    assert given == [name(peer)], "who says little stays at the door"
    assert numbers(told, name(peer)) == list(range(410))
    assert numbers(told, name(other)) == list(range(OFTEN - 1))
    assert {type(note) for note in told} == {Trigger}


async def test_a_word_caught_before_the_ear_was_connected_is_whose_it_is(peer, other, free, monkeypatch):
    """Between bind and connect the kernel gives the new socket what anybody sends."""
    bind = Ears._bind

    def slowly(self, ear):
        bind(self, ear)
        other.sendto(codec.encode("/stray"), free)

    monkeypatch.setattr(Ears, "_bind", slowly)
    told = []
    async with osc.connect(listening(free), told.append):
        speak(peer, free, 0, OFTEN)
        await until(told, OFTEN + 1)
        speak(peer, free, OFTEN, OFTEN + 5)
        await until(told, OFTEN + 6)
    assert [note.sender for note in told if note.address == "/stray"] == [name(other)]
    assert numbers([note for note in told if note.address == "/f"], name(peer)) == list(range(OFTEN + 5))


async def test_the_port_stays_ours(peer, free):
    """Law 11: whoever asks to share the port must not get it, before an ear is made or after."""
    told = []

    def take_it():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                thief.bind(free)

    async with osc.connect(listening(free), told.append):
        take_it()
        speak(peer, free, 0, 2 * OFTEN)
        await until(told, 2 * OFTEN)
        take_it()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as later:
        later.bind(free)                           # all of it was given back


async def test_of_too_many_stations_the_others_are_heard_at_the_door(free, given):
    told = []
    stations = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(EARS_MAX + 4)]
    try:
        async with osc.connect(listening(free), told.append):
            for start in range(0, 3 * OFTEN, 4):
                for each in stations:
                    each.bind(("127.0.0.1", 0)) if not start else None
                    speak(each, free, start, start + 4)
                await until(told, len(stations) * (start + 4))
        assert len(given) == EARS_MAX
        for each in stations:
            assert numbers(told, name(each)) == list(range(3 * OFTEN))
    finally:
        for each in stations:
            each.close()


async def test_where_the_system_has_no_more_sockets_the_door_goes_on_hearing(peer, free, monkeypatch):
    def refused(sock):
        raise OSError("no buffer space")

    told = []
    async with osc.connect(listening(free), told.append):
        monkeypatch.setattr(_osc_ears, "make_room", refused)
        speak(peer, free, 0, 5 * OFTEN)
        await until(told, 5 * OFTEN)
    assert numbers(told, name(peer)) == list(range(5 * OFTEN))


async def test_bad_bytes_at_an_ear_are_told_with_their_sender(peer, free):
    told = []
    async with osc.connect(listening(free), told.append):
        speak(peer, free, 0, 2 * OFTEN)
        await until(told, 2 * OFTEN)
        peer.sendto(b"junk", free)
        await until(told, 2 * OFTEN + 1)
    assert isinstance(told[-1], Malformed)
    assert told[-1].sender == name(peer)
