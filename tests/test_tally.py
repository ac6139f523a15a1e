"""Counting what cannot be taken: one line a second per connection, bounded, harmless."""

import logging

import pytest

from showctl.model import SECOND_NS
from showctl.tally import SENDERS_MAX, Tally, plain


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "showctl")
    return lambda: [record.getMessage() for record in caplog.records]


def test_one_line_a_second_for_each_connection_and_the_rest_is_counted(lines):
    """Issue, Bad input: one clear, rate-limited line with sender and reason."""
    tally = Tally()
    for number in range(500):
        tally.count(number, "tablets", "10.0.0.9:4000", "not OSC")
        tally.count(number, "sensors", "", "not text")
    assert lines() == ["tablets from 10.0.0.9:4000: not OSC", "sensors: not text"]
    tally.count(SECOND_NS, "tablets", "10.0.0.9:4000", "not OSC")
    assert lines()[-1] == "tablets from 10.0.0.9:4000: not OSC (and 499 more since the last line)"
    assert tally.total == {"tablets": 501, "sensors": 500}


def test_senders_are_told_apart_by_host_and_bounded(lines):
    """DESIGN law 7: a thousand hosts fill no memory."""
    tally = Tally()
    for number in range(1_000):
        tally.count(0, "tablets", f"10.0.{number // 250}.{number % 250}:{number}", "junk")
        tally.count(0, "tablets", f"10.0.0.1:{number}", "junk")
    counts = tally.take()
    assert counts["tablets 10.0.0.1"] == 1_001
    assert len(counts) == SENDERS_MAX + 1
    assert sum(counts.values()) == 2_000
    assert tally.take() == {}


def test_words_from_outside_are_made_harmless():
    assert plain("\x1b[2Jhello\n\0" + "x" * 1_000) == "?[2Jhello??" + "x" * 189
