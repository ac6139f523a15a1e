"""The report's data: curves that follow what leaves, lanes that hold what happened, the same bytes every time."""

import json
import os
import re
import subprocess
import sys
from bisect import bisect_right

import pytest

from showctl import sheet as sheet_reader
from showctl.model import LEVEL_MAX, SECOND_NS, Trigger
from showctl_sim.performance import Performance
from showctl_sim.report import Mark, Story, _decibel, page
from showctl_sim.report.curves import Curve, curves
from showctl_sim.report.lanes import lanes, rows
from tests import live
from tests.stage import CONFIGS, ROOM

MILLISECOND = 1_000_000


def played(seed=4, inputs=60):
    """A busy run of the sheet of ``tests.live`` in virtual time."""
    kept = live.run(live.make_show, seed, inputs=inputs, stalls=False)
    run = Performance(sheet_reader.read(live.SHEET, "live.yaml", CONFIGS), 5)
    run.begin()
    for at_ns, trigger in kept.inputs:
        run.admit(trigger, at_ns)
    run.until(run.now_ns + 3 * SECOND_NS)
    return run


@pytest.fixture(scope="module")
def run():
    return played()


def story(run, **more):
    return Story("A night", "live.yaml · seed 5", run.sheet, 5, run.inputs, run.steps, run.now_ns, **more)


def drawn(curve, ms):
    """What the page shows of a curve at a moment: straight lines between its points."""
    index = bisect_right([point[0] for point in curve.points], ms) - 1
    one = curve.points[max(index, 0)]
    if index + 1 >= len(curve.points) or one[1] < 0:
        return one[1:]
    two = curve.points[index + 1]
    if two[0] == one[0]:
        return one[1:]
    return tuple(a + (b - a) * (ms - one[0]) / (two[0] - one[0]) for a, b in zip(one[1:], two[1:], strict=True))


def test_a_curve_is_what_leaves(run):
    """SEMANTICS 35: at 400 moments of a busy run the drawn level is the level, to a look's distance."""
    found = {curve.name: curve for curve in curves(run.sheet, 5, run.inputs, run.now_ns)}
    again = Performance(run.sheet, 5)
    again.begin()
    rest = [*run.inputs]
    missed = 0
    for number in range(1, 400):
        at_ns = run.now_ns * number // 400
        while rest and rest[0][0] <= at_ns:
            again.admit(rest[0][1], rest[0][0])
            del rest[0]
        again.until(at_ns)
        levels = again.levels()
        for name in ("key", "fill", "hair"):
            intensity = drawn(found[name], at_ns // MILLISECOND)[0]
            missed += abs(intensity - levels[name]["intensity"] * 1000 / LEVEL_MAX) > 12
        position = drawn(found["music"], at_ns // MILLISECOND)[0]
        missed += abs(position - again.faders()["music"] * 1000 / LEVEL_MAX) > 12
    assert missed <= 8      # of 1,596: a jump inside a tenth of a second of motion is drawn as a slope


def test_curves_hold_few_points(run):
    found = curves(run.sheet, 5, run.inputs, run.now_ns)
    seconds = run.now_ns / SECOND_NS
    for curve in found:
        assert len(curve.points) < 20 * seconds
        assert all(one[0] <= two[0] for one, two in zip(curve.points, curve.points[1:], strict=False))
        assert all(type(value) is int for point in curve.points for value in point)


def test_looking_changes_nothing(run):
    """A report of a run is no part of it: what it plays again ends in the same digest."""
    again = Performance(run.sheet, 5)
    again.begin()
    for at_ns, trigger in run.inputs:
        again.admit(trigger, at_ns)
        again.levels()
    again.until(run.now_ns)
    assert again.show.digest() == run.show.digest()
    assert again.steps == run.steps


def test_a_straight_line_is_two_points_and_a_jump_is_two():
    curve = Curve("key", "dimmer")
    for tenth in range(40):
        curve.add((tenth * 100, tenth * 25))
    curve.add((3900, 975))
    curve.add((3900, 100))
    curve.add((9000, 100))
    curve.close()
    assert curve.points == [(0, 0), (3900, 975), (3900, 100), (9000, 100)]


def test_a_bend_is_kept():
    curve = Curve("key", "dimmer")
    for at, value in ((0, 0), (100, 0), (200, 0), (300, 400), (400, 800), (500, 800)):
        curve.add((at, value))
    curve.close()
    assert [drawn(curve, at)[0] for at in (200, 300, 400, 500)] == [0, 400, 800, 800]


@pytest.mark.parametrize(("profile", "look", "kind", "seen"), [
    ("generic/dimmer", "50%", "dimmer", (500,)),
    ("generic/panel-cct", "50% 3200K", "cct", (500, 3200)),
    ("generic/rgb", "red 50%", "colour", (500, 255, 0, 0)),
    ("generic/dimmer-rgbw", "100%", "colour", None),
    ("generic/panel-warm-cold", "100% 2700K", "colour", None),
])
def test_each_kind_of_fixture_has_its_colour(profile, look, kind, seen):
    sheet = sheet_reader.read(
        f"show: One\nconnections: {{panels: {{driver: artnet, host: 127.0.0.1}}}}\n"
        f"fixtures: {{one: {{profile: {profile}, to: panels, at: 0/1}}}}\ncues: {{1: {{look: {{one: {look}}}}}}}\n",
        "one.yaml", CONFIGS,
    )
    (curve,) = curves(sheet, 0, [], SECOND_NS)
    assert curve.kind == kind
    if seen:
        assert curve.points[-1][1:] == seen
    else:
        assert max(curve.points[-1][2:]) >= 254


def test_lanes_hold_every_move_and_cue(run):
    found = lanes(run.sheet, run.steps, 0, run.now_ns)
    moves = [move.target for step in run.steps for move in step.moves if move.region == "show"]
    assert [state for _, _, state in found.states["show"]] == moves
    started = [cue for step in run.steps for cue in step.started]
    assert sum(map(len, found.cues)) == len(started)
    assert found.states["show"][-1][1] == found.end == run.now_ns // MILLISECOND
    for before, after in zip(found.states["show"], found.states["show"][1:], strict=False):
        assert before[1] == after[0]
    assert found.lost or found.held
    assert any(refused for _, _, refused in found.pressed)


def test_rows_do_not_overlap():
    found = rows([(0, 10, "a"), (5, 8, "b"), (8, 9, "c"), (10, 12, "d")])
    assert found == [[(0, 10, "a"), (10, 12, "d")], [(5, 8, "b"), (8, 9, "c")]]


def test_a_run_that_goes_on_from_a_snapshot(run):
    """A cut begins in the middle: what held then is shown from there."""
    half = len(run.inputs) // 3
    first = Performance(run.sheet, 5)
    first.begin()
    for at_ns, trigger in run.inputs[:half]:
        first.admit(trigger, at_ns)
    begin = first.snapshot()
    rest = Performance(run.sheet, 5)
    rest.restore(begin)
    for at_ns, trigger in run.inputs[half:]:
        rest.admit(trigger, at_ns)
    rest.until(run.now_ns)
    text = page(Story("Cut", "", run.sheet, 5, rest.inputs, rest.steps, rest.now_ns, begin=begin))
    values = data(text)
    whole = data(page(story(run)))
    assert values["begin"] == begin["now_ns"] // MILLISECOND
    assert values["states"]["show"][0][0] == values["begin"]
    assert values["states"]["show"][-2:] == whole["states"]["show"][-2:]


def data(text):
    """The run's values in a page."""
    return json.loads(re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL)[1])


def test_nobody_writes_markup_into_the_page(run):
    marks = (Mark(0, "<script>alert(1)</script>", False, "</script><img src=x onerror=alert(1)>"),)
    text = page(story(run, marks=marks))
    assert text.count("<script") == 2
    assert "<img" not in text
    assert data(text)["marks"][0][1] == "<script>alert(1)</script>"


def test_it_names_no_place_but_itself(run):
    """No network: not one address of anything."""
    assert not re.search(r"https?:|//[a-z]|url\(|@import|src=", page(story(run)).replace('"src', ""))


@pytest.mark.parametrize(("millibel", "words"), [
    (None, "out"), (-500, "−5.0 dB"), (0, "0.0 dB"), (-4, "0.0 dB"), (-5, "−0.1 dB"), (1000, "+10.0 dB")])
def test_decibels(millibel, words):
    assert _decibel(millibel) == words


def test_the_same_run_gives_the_same_bytes(run):
    """Issue 3, determinism: in this process, and in others with other hash seeds."""
    text = page(story(run))
    assert page(story(played())) == text
    code = "import hashlib; from tests.sim.test_report import *; " \
           "print(hashlib.sha256(page(story(played())).encode()).hexdigest())"
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env={
            **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert not re.search(r"\d\.\d{3,}", re.sub(r"[\d:]+\.\d{3}", "", json.dumps(data(text)["curves"])))


def test_the_room_is_the_bench():
    """A press that nobody may make is shown as refused."""
    sheet = sheet_reader.read(ROOM + "cues: {1: {look: {all: 20%}}}\n", "bench.yaml", CONFIGS)
    run = Performance(sheet)
    run.begin()
    run.admit(Trigger("tablets", "/showctl/go", (1.0,), "10.0.0.99:9000"), SECOND_NS)
    found = lanes(sheet, run.steps, 0, run.now_ns)
    assert [(at, refused) for at, _, refused in found.pressed] == [(1000, True)]
    assert "refused" in found.words[-1][1]
