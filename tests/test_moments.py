"""Moments as people write them."""

import time

import pytest

from showctl.errors import UsageError
from showctl.model import SECOND_NS
from showctl.moments import clock_text, moment_ns

WALL = "2026-01-31T18:30:20.500000Z"


@pytest.fixture(autouse=True)
def berlin(monkeypatch):
    """An hour ahead of UTC in January."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("text", "seconds"), [
    ("19:58", 27 * 60 + 39.5),                     # the run began at 19:30:20.5 on the wall
    ("19:30", 0),                                  # within the first minute: the start
    ("19:29", 24 * 3600 - 80.5),                   # before the start: the next day
    ("0:15", 4 * 3600 + 44 * 60 + 39.5),           # past midnight
    ("2026-01-31T19:58:30", 28 * 60 + 9.5),
    ("2026-01-31T18:58:30Z", 28 * 60 + 9.5),
    ("2026-01-31T10:00:00", 0),
    ("0:05:00", 300),
    ("1:02:03.250", 3723.25),
    ("5 min", 300),
    ("0", 0),
])
def test_a_moment(text, seconds):
    assert moment_ns(text, WALL) == round(seconds * SECOND_NS)


@pytest.mark.parametrize("text", [
    "", "noon", "25:00", "19:60", "0:60:00", "0:00:60", "-1:00:00", "1:2:3:4", "19:", "2026-13-01T00:00:00", "5"])
def test_what_is_no_moment_says_how_to_write_one(text):
    with pytest.raises(UsageError, match="no moment"):
        moment_ns(text, WALL)


@pytest.mark.parametrize("text", ["0:00:00", "0:05:00", "1:02:03.250", "11:59:59.999"])
def test_show_time_reads_back(text):
    assert clock_text(moment_ns(text, WALL)) == text
