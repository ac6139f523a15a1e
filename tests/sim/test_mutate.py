"""Sheets broken on purpose: every operator, each mutant another sheet, and a score that cannot flatter."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from showctl.errors import SheetError, ShowctlError
from showctl.model import CueSheet
from showctl_sim import mutate, rehearsal
from showctl_sim.mutants import Mutant, mutants
from showctl_sim.mutate import Score, Verdict
from showctl_sim.pool import processes
from showctl_sim.rehearsal import Rehearsal
from tests.stage import CONFIGS, ROOM

SHEETS = Path(__file__).parents[2] / "cuesheets"
TINY = """
faders:
  music: {to: mixer, channel: 1, cc: 0, start: out}
triggers:
  door: {from: sensors, topic: door, when: payload == open, debounce: 100 ms}
cues:
  1: {name: Preset, look: {key: 20% 3200K}, fade: 2 s}
  2: {name: Doors, look: {key: 40%}, mix: {music: -10 dB}, fade: 4 s}
states:
  show:
    start: wait
    wait: {cues: 1, on: {door: open, go: open}}
    open: {cues: 2, end: true}
    safe: {fail: true, look: {all: 60%}, fade: 1 s}
"""
TEST = """
rehearsal: The door opens
steps:
  - expect: {show: wait, key: 20% 3200K, after: 2 s}
  - set: {door: true}
  - expect: {show: open, key: 40%, music: -10 dB, after: 5 s}
"""


@pytest.fixture(scope="module")
def tiny() -> CueSheet:
    return sheet_reader.read(ROOM + TINY, "tiny.yaml", CONFIGS)


@pytest.fixture
def test(tiny: CueSheet) -> Rehearsal:
    return rehearsal.read(TEST, "door.yaml", tiny)


def shipped(name: str) -> CueSheet:
    return sheet_reader.read((SHEETS / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml", CONFIGS)


@pytest.mark.parametrize("name", ["corner-shop", "listening-room", "minimal"])
def test_each_mutant_is_another_sheet_with_a_name_of_its_own(name: str) -> None:
    sheet = shipped(name)
    every = mutants(sheet)
    assert len({each.name for each in every}) == len(every)
    assert [each.name for each in every if each.sheet == sheet] == []
    assert len(every) > 30


def test_the_operators_reach_every_part_of_a_sheet() -> None:
    names = [each.name for each in mutants(shipped("corner-shop"))]
    for part in (
        "trigger door: debounce removed", "trigger seat-1: until removed", "trigger door: lockout removed",
        "trigger seated: for removed", "trigger seated: all → any", "trigger water: confirm removed", "go-gap removed",
        "cue 2: fade 8 s → 16 s", "cue 2: auto-follow dropped", "cue 2.5: pre-wait 2 s → 1 s",
        "cue 40: no overlay", "cue 11: music out dropped", "show talk: on go: invite guard dropped",
        "show talk: on go: invite guard on supply turned round", "show talk: cues 3 and 4 swapped",
        "show duet: on left: applause → drop", "supply going: after 40 s → 20 s",
        "supply going: send cart 'go stage' dropped",
        "show anywhere: lost:seat-1: say dropped", "show preset: ready without door", "station foot: without 'DOWN'",
        "fader music: no ceiling", "submaster key: holds nothing", "show safe: look dropped",
    ):
        assert part in names


def test_who_survives(tiny: CueSheet, test: Rehearsal) -> None:
    """One short rehearsal sees the door and the levels, and is blind to GO, to time, and to the fail state."""
    score = Score(tuple(mutate.judge(tiny, [test])), {})
    seen = {verdict.name: verdict.killed_by for verdict in score.verdicts}
    assert seen["show wait: on door: open dropped"] == "The door opens"
    assert seen["show wait: on door: open → safe"] == "The door opens"
    assert seen["cue 2: key intensity 40% → intensity 60%"] == "The door opens"
    assert seen["cue 2: music -10 dB dropped"] == "The door opens"
    assert seen["trigger door: when turned round"]
    assert {"show wait: on go: open dropped", "cue 2: fade 4 s → 2 s", "trigger door: debounce removed",
            "show safe: look dropped", "go-gap removed"} <= set(score.survivors)
    assert score.counts == (len(seen) - len(score.survivors), len(seen))
    assert 0 < score.permille < 1000


def test_a_better_rehearsal_scores_higher(tiny: CueSheet, test: Rehearsal) -> None:
    more = rehearsal.read("""
rehearsal: Panic and GO
steps:
  - go: foh
  - expect: {show: open, key: 20%, after: 2 s}
  - panic: foh
  - expect: {show: safe, all: 60%, within: 1 s}
""", "panic.yaml", tiny)
    alone, both = (Score(tuple(mutate.judge(tiny, each)), {}) for each in ([test], [test, more]))
    assert set(both.survivors) < set(alone.survivors)
    assert "show wait: on go: open dropped" not in both.survivors
    assert both.permille > alone.permille


def test_processes_judge_the_same(tiny: CueSheet, test: Rehearsal) -> None:
    assert list(mutate.judge(tiny, [test], processes(2))) == list(mutate.judge(tiny, [test]))


def test_rehearsals_that_fail_prove_nothing(tiny: CueSheet, test: Rehearsal) -> None:
    broken = replace(tiny, cues={**tiny.cues, Decimal(2): tiny.cues[Decimal(1)]})
    with pytest.raises(ShowctlError, match="'The door opens' fails on the sheet as it is"):
        list(mutate.judge(broken, [test]))


def test_what_no_show_can_be_made_of_is_stillborn(tiny: CueSheet, test: Rehearsal) -> None:
    show = tiny.regions["show"]
    nowhere = replace(show, start="nowhere")
    verdict = mutate.one(tiny, [test], Mutant("starts nowhere", replace(tiny, regions={"show": nowhere})))
    assert verdict in (Verdict("starts nowhere", stillborn=True),)


# ---- arguments ----

VERDICTS = (Verdict("a", "r"), Verdict("b"), Verdict("c"), Verdict("d", stillborn=True))


@pytest.mark.parametrize(("argued", "survivors", "refuted", "permille"), [
    ({}, ("b", "c"), (), 333),
    ({"b": "why"}, ("c",), (), 500),
    ({"b": "why", "c": "why"}, (), (), 1000),
    ({"a": "but it is seen"}, ("b", "c"), ("a",), 333),
    ({"x": "there is none"}, ("b", "c"), ("x",), 333),
])
def test_an_argument_counts_only_for_a_survivor(
    argued: dict[str, str], survivors: tuple[str, ...], refuted: tuple[str, ...], permille: int
) -> None:
    score = Score(VERDICTS, argued)
    assert (score.survivors, score.refuted, score.permille) == (survivors, refuted, permille)


def test_a_sheet_without_mutants_is_fully_seen() -> None:
    assert Score((), {}).permille == 1000


def test_arguments_are_read() -> None:
    text = '"cue 4: say dropped": nobody listens\n'
    assert mutate.equivalents(text, "x.yaml") == {"cue 4: say dropped": "nobody listens"}


@pytest.mark.parametrize(("text", "words"), [
    ("- a\n- b\n", "x.yaml:1:1: write a map"),
    ("a: ''\n", "'a' has no argument"),
    ("a: [1]\n", "'a' has no argument"),
    ("a: b\na: c\n", "x.yaml:2:1"),
])
def test_arguments_that_are_none(text: str, words: str) -> None:
    with pytest.raises(SheetError, match=words):
        mutate.equivalents(text, "x.yaml")
