"""The present read off a snapshot is the present that was folded from steps."""

import json

import pytest

from showctl.model import Step
from showctl.status import Status
from tests import live

SEEN = ("states", "standby", "running", "masters", "paused", "panic", "automation", "disarmed", "number")


@pytest.mark.parametrize("seed", [1, 4, 9])
def test_a_snapshot_tells_the_present(seed):
    """After each of 120 inputs of a busy run; through JSON, as a trace keeps it."""
    kept = live.run(live.make_show, seed, inputs=120)
    show = live.make_show()
    show.expect_skips(kept.skips)
    status = Status(show.sheet)
    outcome = show.start()
    for at_ns, trigger in [*kept.inputs, (0, None)]:
        for record in outcome.records:
            if isinstance(record, Step):
                status.fold(record)
        again = Status.of_snapshot(show.sheet, json.loads(json.dumps(show.snapshot())))
        assert {name: getattr(again, name) for name in SEEN} == {name: getattr(status, name) for name in SEEN}
        assert sorted(again.missing) == sorted(status.missing)
        if trigger is not None:
            outcome = show.admit(at_ns, trigger)
    assert status.number > 100
