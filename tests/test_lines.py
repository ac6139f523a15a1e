"""A step as a line for people, and log lines that hold nobody up."""

import io
import logging
import threading

import pytest

from showctl import logs
from showctl.lines import clock, line
from showctl.model import SECOND_NS, Event, Move, Step

STEPS = [
    (Step(1, 62_345_678_901, Event("command", "go", (), "foh"), (Move("show", "doors", "talk", ("doors",), ("talk",)),),
          ("3",), standby=(("show", "4"),)),
     "0:01:02.345 go (foh): show doors ▸ talk; cue 3; show: GO ▸ 4"),
    (Step(1, 0, Event("started", "Trio"), (Move("show", "", "list", (), ("list",)),)),
     "0:00:00.000 started Trio: show list"),
    (Step(1, 0, Event("edge", "door", False), started=("40",)), "0:00:00.000 not door: cue 40"),
    (Step(1, 0, Event("lost", "mixer")), "0:00:00.000 lost mixer"),
    (Step(1, 0, Event("timer", "x"), said=("Nobody sits",)), '0:00:00.000 x: "Nobody sits"'),
    (Step(1, 0, Event("heard", "sensors/door", "closed")), ""),
    (Step(1, 0, Event("command", "master", (5,), "foh"), accepted=True), ""),
]


@pytest.mark.parametrize(("step", "words"), STEPS)
def test_what_is_worth_a_line(step, words):
    assert line(step) == words


def test_hours():
    assert clock(3_723 * SECOND_NS + 999_999_999) == "1:02:03.999"


def test_log_lines_arrive_and_the_context_ends_them():
    stream = io.StringIO()
    with logs.to(stream, times=False):
        logging.getLogger("showctl").info("one %d", 1)
    logging.getLogger("showctl").info("nobody hears this")
    assert stream.getvalue() == "one 1\n"


def test_a_reader_that_stands_still_costs_lines_not_time():
    go_on, started = threading.Event(), threading.Event()

    class Stuck(io.StringIO):
        def write(self, text):
            started.set()
            go_on.wait(20)
            return super().write(text)

    stream = Stuck()
    with logs.to(stream, times=True):
        for number in range(3 * logs.LINES_MAX):
            logging.getLogger("showctl").info("%d", number)
        assert started.wait(5)
        go_on.set()
    assert 1 <= len(stream.getvalue().splitlines()) <= logs.LINES_MAX + 2
