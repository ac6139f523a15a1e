"""Back-off, and what a link does at its edges; the rest of supervision is in test_daemon. The device is a stand-in."""

import asyncio

import pytest

from showctl import supervise
from showctl.model import Connection, DmxFrame, Flush, Lost, Presence, Trigger
from showctl.supervise import Link, retry_s
from tests.boxes import Box, until


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_back_off_doubles_from_a_quarter_of_a_second_to_five(jitter):
    """Supervision: jittered, exponential, 0.25 to 5 s, for ever."""
    waits = [retry_s(failures, jitter) for failures in range(12)] + [retry_s(10**9, jitter)]
    assert all(0.25 <= wait <= 5 for wait in waits)
    assert waits == sorted(waits)
    assert retry_s(6, 1.0) == 5
    assert retry_s(1, jitter) == 0.25


@pytest.fixture
async def link():
    """A link to a stand-in, and what it told the show."""
    box, told = Box("panels"), []
    link = Link(Connection("panels", "artnet", {"host": "x"}), box, (), told.append, lambda: 0)
    yield link, box, told
    await link.stop()


async def test_it_connects_says_back_and_hands_over(link):
    link, box, told = link
    frame = DmxFrame("panels", 3, b"\1")
    assert not link.send(frame)
    assert link.dropped == 1
    link.start()
    await until(lambda: link.up)
    assert told == [Trigger("", "back", "panels")]
    assert link.send(frame)
    assert link.send(Flush("panels"))
    assert (link.slots, link.sent, box.config.host) == ({3: b"\1"}, 2, "x")


async def test_a_device_lost_twice_at_once_is_one_loss(link):
    link, box, told = link
    link.start()
    await until(lambda: link.up)
    box.emit(Lost("panels", "first"))
    box.emit(Lost("panels", "second"))
    await until(lambda: box.connects == 2)
    assert told == [Trigger("", "back", "panels"), Trigger("", "lost", "panels"), Trigger("", "back", "panels")]
    assert link.losses == 1


async def test_a_device_that_stops_answering_is_lost_and_still_sent_to(link):
    """SEMANTICS 25: lost and back exist per connection; RELIABILITY: a node gone, keep sending."""
    link, box, told = link
    link.start()
    await until(lambda: link.up)
    for _ in range(2):
        box.emit(Presence("panels", False, "no answer"))
        assert (link.up, link.reason, link.losses) == (False, "no answer", 1)
    assert link.send(DmxFrame("panels", 3, b"\1"))
    for _ in range(2):
        box.emit(Presence("panels", True))
        assert (link.up, link.reason) == (True, "")
    assert [trigger.address for trigger in told] == ["back", "lost", "back"]
    assert (box.connects, len(box.sent), box.log) == (1, 1, ["panels sent DmxFrame"])


async def test_a_device_that_does_not_answer_at_the_end_is_closed_in_order(link):
    """SEMANTICS 16: its `exit` is sent all the same."""
    link, box, _ = link
    link.start()
    await until(lambda: link.up)
    box.emit(Presence("panels", False, "no answer"))
    cancelled = []
    link._task.add_done_callback(lambda task: cancelled.append(task.cancelled()))
    await link.stop()
    box.emit(Presence("panels", True))
    assert (box.log, link.reason, link.up, cancelled) == (["panels closed"], "stopped", False, [False])


async def test_a_driver_that_hangs_in_connect_is_given_up(link, monkeypatch):
    """Every wait ends: connect is bounded."""
    link, box, told = link
    monkeypatch.setattr(supervise, "CONNECT_WITHIN_S", 0.05)
    box.refuse = None
    real, calls = box.connect, []

    def hang(config, emit):
        calls.append(1)
        return Hanging() if len(calls) == 1 else real(config, emit)

    box.connect = hang
    link.start()
    await until(lambda: link.up)
    assert told[0] == Trigger("", "lost", "panels")


class Hanging:
    """A context that never comes up."""

    async def __aenter__(self):
        await asyncio.Event().wait()

    async def __aexit__(self, *_):
        return False


async def test_stop_ends_even_a_driver_that_does_not(link, monkeypatch, caplog):
    """Every wait ends: so is closing."""
    link, box, _ = link
    monkeypatch.setattr(supervise, "CLOSE_WITHIN_S", 0.05)

    class Stubborn:
        async def __aenter__(self):
            return lambda frame: None

        async def __aexit__(self, *_):
            await asyncio.Event().wait()

    box.connect = lambda config, emit: Stubborn()
    link.start()
    await until(lambda: link.up)
    await link.stop()
    assert "did not end" in caplog.text
    assert link.reason == "stopped"


async def test_stop_while_it_waits_to_try_again_is_at_once(link):
    link, box, _ = link
    box.refuse = ZeroDivisionError()
    link.start()
    await link.tried.wait()
    await asyncio.wait_for(link.stop(), 1)
