"""A desk in a rehearsal: it sends slots, falls silent, and is expected by what leaves (SEMANTICS 35)."""

from __future__ import annotations

import pytest

from showctl.errors import SheetError
from showctl_sim import rehearsal
from tests.sim.test_rehearsal import ROOM, failures, play, sheet_of

MERGE = "merge: {desk: {from: panels, universe: 7, to: panels/0, hold: 4 s}}\nfaders:"
SHARED = ROOM.replace("faders:", MERGE).replace("lost: {mixer: say,", "lost: {mixer: say, desk: say,")
BENCH = sheet_of(SHARED)

HOLDS = {
    "{key: 60%, fill: 20%}": ("dmx: {desk: {1: 60%}}",),
    "{key: 60% 3200K}": ("dmx: {desk: {1: 60%, 2: 9}}",),          # where a desk begins it has moved nothing
    "{strip: 20% blue}": ("dmx: {desk: {23: 51}}",),
    "{key: 20%, said: desk is lost, within: 7 s}": ("dmx: {desk: {1: 60%}}", "dmx: {desk: silent}"),
    "{key: above 59%, throughout: 3 s}": ("dmx: {desk: {1: 60%}}", "dmx: {desk: silent}"),
    "{key: 30%}": ("dmx: {desk: {1: 60%}}", "sub: {front: 50%}"),
    "{key: 40% 3200K, fill: 60%}": ("dmx: {desk: {1: 60%, 11: 60%}}", "park: {key: 40%}"),
    "{key: 60%, said: nothing, after: 1 min}": ("park: {key: 40%}", "dmx: {desk: {1: 60%}}", "unpark: all"),
}


@pytest.mark.parametrize("expected", HOLDS)
def test_it_holds_where_it_should_and_fails_without_the_desk(expected: str) -> None:
    steps = [*HOLDS[expected], "wait: 0 s" if "throughout" in expected or "within" in expected else "wait: 1 s"]
    assert failures(play([*steps, f"expect: {expected}"], BENCH)) == []
    less = [step for step in steps if not step.startswith(("dmx: {desk: {", "sub", "park"))]
    if "3200K" not in expected or "park" in steps[1]:
        assert failures(play([*less, f"expect: {expected}"], BENCH))


@pytest.mark.parametrize(("step", "said"), [
    ("dmx: {house: {1: 5}}", "no desk 'house'"), ("dmx: {desk: {513: 5}}", "'513' is no slot; write 1 to 512"),
    ("dmx: {desk: {1: 256}}", "write 0 to 255"), ("dmx: {desk: off}", "or 'silent'"),
    ("park: {kee: 5%}", "no fixture or group 'kee'; did you mean 'key'?"), ("unpark: kee", "did you mean 'key'?"),
])
def test_what_cannot_be_sent_is_said(step: str, said: str) -> None:
    with pytest.raises(SheetError) as caught:
        rehearsal.read(f"rehearsal: A test\nsteps:\n  - {step}\n", "test.yaml", BENCH)
    assert any(said in str(each) for each in caught.value.problems)
