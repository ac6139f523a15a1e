"""The one clock and its one-shot timer, on the real loop."""

import asyncio
import re

import pytest

from showctl.clock import OneShot, SystemClock
from showctl.model import SECOND_NS

MS = SECOND_NS // 1000


@pytest.fixture
async def bell():
    """A clock, a timer on it, and when it rang."""
    clock = SystemClock()
    rang = asyncio.Queue()
    timer = OneShot(clock, lambda: rang.put_nowait(clock.now_ns()))
    yield clock, timer, rang
    timer.close()


async def next_ring(rang):
    return await asyncio.wait_for(rang.get(), 2)


async def test_rings_once_never_early_at_an_absolute_time(bell):
    """CORE Speed: one one-shot absolute timer descriptor serves every wake-up."""
    clock, timer, rang = bell
    due_ns = clock.now_ns() + 20 * MS
    timer.arm(due_ns)
    at_ns = await next_ring(rang)
    assert due_ns <= at_ns < due_ns + 500 * MS
    await asyncio.sleep(0.03)
    assert rang.empty()


async def test_a_time_in_the_past_rings_at_once(bell):
    clock, timer, rang = bell
    timer.arm(-5 * SECOND_NS)
    assert await next_ring(rang) < clock.now_ns()


async def test_arming_again_supersedes(bell):
    clock, timer, rang = bell
    timer.arm(clock.now_ns() + 10 * MS)
    due_ns = clock.now_ns() + 40 * MS
    timer.arm(due_ns)
    assert await next_ring(rang) >= due_ns
    timer.arm(clock.now_ns() + 10 * MS)
    timer.arm(None)
    await asyncio.sleep(0.03)
    assert rang.empty()


async def test_the_same_time_can_be_armed_again_after_it_rang(bell):
    _, timer, rang = bell
    timer.arm(1)
    await next_ring(rang)
    timer.arm(1)
    await next_ring(rang)


def test_show_time_starts_at_nothing_and_never_goes_back():
    clock = SystemClock()
    times = [clock.now_ns() for _ in range(1000)]
    assert 0 <= times[0] < SECOND_NS
    assert times == sorted(times)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", clock.wall_text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}", clock.file_stamp)
