"""Lamps told by hue and saturation, or by cyan, magenta and yellow: a sheet's looks and fades down to the slots."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import render, sheet, wheel
from showctl.fixtures import Embedded
from showctl.model import (
    LEVEL_MAX as F,
)
from showctl.model import (
    SECOND_NS,
    Action,
    CueSheet,
    DmxFrame,
    Fade,
    Lay,
    Master,
    Merge,
    Release,
    Slots,
    Trigger,
)
from showctl.render import Renderer
from showctl.seen import lights
from showctl.show import Show
from showctl.targets import many
from showctl_sim import rehearsal
from tests.rigs import MS, Stage
from tests.test_render_sameness import instants

DIMMER = {"capability": {"type": "Intensity"}, "fineChannelAliases": ["Dimmer fine"]}
HUE = {"capability": {"type": "Generic", "comment": "0…360°"}, "fineChannelAliases": ["Hue fine"]}
SATURATION = {"capability": {"type": "Generic", "comment": "0…100%"}, "fineChannelAliases": ["Saturation fine"]}
CROSS = {"capability": {"type": "Generic", "comment": "White … RGBW/HSI color"}}
CCT = {"capability": {"type": "ColorTemperature", "colorTemperatureStart": "2800K", "colorTemperatureEnd": "10000K"}}
LIGHTS = {name: {"capability": {"type": "ColorIntensity", "color": name}}
          for name in ("Cyan", "Magenta", "Yellow", "Red", "Green", "Blue")}
MODES = {
    "hsi": ["Dimmer", "Hue", "Saturation"],
    "hsi-16": ["Dimmer", "Dimmer fine", "Hue", "Hue fine", "Saturation", "Saturation fine"],
    "hsic": ["Dimmer", "CCT", "Hue", "Saturation"],
    "cross": ["Dimmer", "CCT", "Cross", "Hue", "Saturation"],
    "cmy": ["Dimmer", "Cyan", "Magenta", "Yellow"],
    "cmyc": ["Dimmer", "Cyan", "Magenta", "Yellow", "CCT"],
    "fader": ["Cyan", "Magenta", "Yellow"],
    "rgb": ["Dimmer", "Red", "Green", "Blue"],
}
LIBRARY = Embedded({"ofl:maker/lamp": json.dumps({
    "availableChannels": {"Dimmer": DIMMER, "Hue": HUE, "Saturation": SATURATION, "Cross": CROSS, "CCT": CCT, **LIGHTS},
    "modes": [{"name": name, "channels": channels} for name, channels in MODES.items()],
})})


def text(lamps: dict[str, str], *looks: str, fade: str = "1 s", more: str = "") -> str:
    """A sheet of lamps by name (mode, and what more is said of the lamp), all in each look, one cue after another."""
    fixtures = "".join(f"  {name}: {{profile: 'ofl:maker/lamp#{lamp.split(',')[0]}', to: p, at: 0/{1 + 10 * at}"
                       f"{''.join(f',{each}' for each in lamp.split(',')[1:])}}}\n"
                       for at, (name, lamp) in enumerate(lamps.items()))
    cues = "".join(f"  {number}: {{look: {{all: '{look}'}}, fade: {fade if number > 1 else 0}}}\n"
                   for number, look in enumerate(looks, 1))
    return f"show: X\nconnections: {{p: {{driver: artnet}}}}\nfixtures:\n{fixtures}{more}cues:\n{cues}"


def checked(lamp: str, look: str) -> sheet.Checked:
    return sheet.check(text({"a": lamp}, look), "x.yaml", library=LIBRARY)


def read(lamps: dict[str, str], *looks: str, fade: str = "1 s", more: str = "") -> CueSheet:
    found = sheet.check(text(lamps, *looks, fade=fade, more=more), "x.yaml", library=LIBRARY)
    assert found.problems == ()
    assert found.sheet is not None
    return found.sheet


def played(found: CueSheet) -> list[bytes]:
    """The universe at each frame, all cues gone through, each in 2 s."""
    show, frames = Show(found, 1), []
    outcomes = [show.start()]
    for number in range(1, len(found.cues)):
        outcomes += [show.run_until(2 * number * SECOND_NS),
                     show.admit(2 * number * SECOND_NS + 1, Trigger("terminal", "/showctl/go", ()))]
    outcomes.append(show.run_until(2 * (len(found.cues) + 1) * SECOND_NS))
    for outcome in outcomes:
        frames += [each.slots for each in outcome.frames if isinstance(each, DmxFrame)]
    return frames


def last(lamp: str, look: str) -> list[int]:
    footprint = len(MODES[lamp.split(",")[0]])
    return list(played(read({"a": lamp}, look))[-1][:footprint])


# ---- looks ----

@pytest.mark.parametrize(("lamp", "look", "slots"), [
    ("hsi", "100% red", [255, 0, 255]),
    ("hsi", "50% hue 120", [128, 85, 255]),
    ("hsi", "100% hue 240 sat 40%", [255, 170, 102]),
    ("hsi", "100% hue 350", [255, 248, 255]),
    ("hsi", "100% white", [255, 0, 0]),
    ("hsi", "100% teal", [127, 127, 255]),
    ("hsi", "100% #000000", [0, 0, 0]),
    ("hsi", "70%", [179, 0, 0]),
    ("hsi", "100% 6500K", [255, 0, 0]),
    ("hsi", "100% 3200K", [255, 18, 206]),
    ("hsi", "100% xy 0.3 0.6", [255, 85, 255]),
    ("hsi", "100% 4000K +1/2 green", [255, 28, 177]),
    ("hsi", "100% L106", [255, 0, 255]),
    ("hsi", "100% red=100%", [255, 0, 0]),
    ("hsi-16", "100% hue 120", [255, 255, 0x55, 0x55, 255, 255]),
    ("hsi-16", "100% hue 210", [255, 255, 0x95, 0x55, 255, 255]),
    ("hsic", "100% 3200K", [255, 14, 0, 0]),
    ("hsic", "100% red", [255, 131, 0, 255]),
    ("hsic", "100%", [255, 131, 0, 0]),
    ("hsic", "100% hue 240 sat 50%", [255, 131, 170, 128]),
    ("cross", "100% 10000K", [255, 255, 0, 0, 255]),
    ("cross", "100% hue 240 sat 50%", [255, 131, 128, 170, 255]),
    ("cmy", "100% red", [255, 0, 255, 255]),
    ("cmy", "50% white", [128, 0, 0, 0]),
    ("cmy", "100% #ff8000", [255, 0, 127, 255]),
    ("cmy", "100% 3200K", [255, 0, 115, 206]),
    ("cmy", "100% cyan=40%", [255, 102, 0, 0]),
    ("cmyc", "100% 2800K", [255, 0, 0, 0, 0]),
    ("cmyc", "100% cyan", [255, 255, 0, 0, 0]),
    ("fader", "100% red", [0, 255, 255]),
    ("fader", "50% white", [127, 127, 127]),
    ("fader", "0%", [255, 255, 255]),
])
def test_a_look_in_the_words_of_the_lamp(lamp: str, look: str, slots: list[int]) -> None:
    assert last(lamp, look) == slots


@pytest.mark.parametrize("lamp", ["hsi", "cmy"])
def test_a_white_is_one_white_however_it_is_said(lamp: str) -> None:
    """6500 K is no colour at all; mixing other whites, by kelvin, by tint or by their place, gives the same light."""
    assert last(lamp, "100% 6500K") == last(lamp, "100% white")
    assert last(lamp, "100% xy 0.3135 0.3237")[2:] == last(lamp, "100% white")[2:]
    for tinted in ("100% 3200K +0.00001 tint", "100% xy 0.4233 0.3990"):
        assert all(abs(one - other) <= 2 for one, other in zip(
            last(lamp, tinted), last(lamp, "100% 3200K"), strict=True))


@pytest.mark.parametrize("lamp", ["hsi", "hsic", "cross", "cmy", "cmyc"])
def test_a_look_in_black_is_black(lamp: str) -> None:
    """Whatever was before; hue and saturation have no black, flags leave the dimmer to it."""
    dark = last(lamp, "100% #000000")
    assert dark[0] == 0 or dark[1:4] == [255, 255, 255]


# ---- fades ----

def crossed(lamp: str, one: str, other: str) -> list[list[int]]:
    """The slots of one fade in a second, first frame to last."""
    frames = played(read({"a": lamp}, f"100% {one}", other))
    return [list(slots[: len(MODES[lamp])]) for slots in frames]


def test_a_fade_over_the_top_of_the_wheel_stays_in_red() -> None:
    """350° to 10°: ten degrees on either side, never by way of green and blue; a little paler halfway."""
    found = crossed("hsi", "hue 350", "hue 10")
    hues = [hue for _, hue, _ in found]
    assert (found[0], found[-1]) == ([255, 248, 255], [255, 7, 255])
    assert all(hue >= 248 or hue <= 7 for hue in hues)
    turn = hues.index(next(hue for hue in hues if hue < 128))
    assert hues[:turn] == sorted(hues[:turn])
    assert hues[turn:] == sorted(hues[turn:])
    assert 230 <= min(saturation for _, _, saturation in found) <= 236
    assert {dimmer for dimmer, _, _ in found} == {255}


def test_a_fade_to_the_other_side_goes_through_white() -> None:
    found = crossed("hsi", "red", "cyan")
    half = min(found, key=lambda slots: slots[2])
    assert half[2] < 8
    assert 127 <= half[0] <= 131
    assert {hue for _, hue, _ in found} == {0, 127}


def test_a_fade_to_white_keeps_its_hue() -> None:
    found = crossed("hsi", "blue", "white")
    assert {hue for _, hue, saturation in found if saturation} == {170}
    assert [saturation for _, _, saturation in found] == sorted((each for _, _, each in found), reverse=True)


def test_whites_fade_in_kelvin_alone() -> None:
    assert {tuple(slots[2:]) for slots in crossed("hsic", "3200K", "6500K")} == {(0, 0)}


COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda parts: "#{:02x}{:02x}{:02x}".format(*parts))


@settings(max_examples=25, deadline=None)
@given(COLOURS, COLOURS)
def test_every_kind_of_lamp_shows_the_same_light_all_the_way(one: str, other: str) -> None:
    """Beside red, green and blue: what its slots say is the same mixture at each tick, to a step of each of them."""
    lamps = {"a": "rgb", "b": "hsi-16", "c": "cmy", "d": "fader"}
    for slots in played(read(lamps, f"100% {one}", other)):
        light = [F * each // 255 for each in slots[1:4]]
        dimmer, hue, saturation = (int.from_bytes(slots[10 + at : 12 + at]) * F // 65535 for at in (0, 2, 4))
        turned = [each * dimmer // F for each in wheel.colour(hue, saturation)]
        flagged, faded = ([F - F * each // 255 for each in slots[at : at + 3]] for at in (21, 30))
        for found in (turned, flagged, faded):
            assert all(abs(one - other) <= F // 100 for one, other in zip(light, found, strict=True))


# ---- levels ----

@pytest.mark.parametrize(("lamp", "look", "slots"), [
    ("hsi, limits: {intensity: 10%..50%}", "100% red", [128, 0, 255]),
    ("hsi, limits: {intensity: 10%..50%}", "1% red", [25, 0, 255]),
    ("hsi, limits: {intensity: 10%..50%}", "100% teal", [63, 127, 255]),
    ("hsi, curve: square", "50% red", [64, 0, 255]),
    ("hsi, calibrate: {intensity: 50%}", "100% red", [128, 0, 255]),
    ("hsic, limits: {cct: ..5000K}", "100% red", [255, 78, 0, 255]),
    ("cmy, calibrate: {red: 90%}", "100% red", [255, 25, 255, 255]),
    ("fader, limits: {intensity: ..50%}", "100% red", [127, 255, 255]),
    ("fader, curve: square", "50% white", [191, 191, 191]),
    ("fader, calibrate: {intensity: 50%}", "100% red", [127, 255, 255]),
])
def test_limits_curves_and_trims(lamp: str, look: str, slots: list[int]) -> None:
    assert last(lamp, look) == slots


def test_a_measured_wheel_is_told_the_hue_that_makes_the_colour() -> None:
    """What a meter reads at hue 0, 120 and 240: the greener its red, the further round a red must be."""
    emitters = "emitters: {red: xy 0.62 0.36 30 lx, green: xy 0.2 0.7 60 lx, blue: xy 0.14 0.05 9 lx}"
    dimmer, hue, saturation = last(f"hsi, {emitters}", "100% xy 0.35 0.35")
    assert dimmer == 255
    assert (hue, saturation) != tuple(last("hsi", "100% xy 0.35 0.35")[1:])


def test_masters_and_blackout_reach_the_dimmer_only() -> None:
    found = read({"a": "hsi", "b": "fader"}, "100% red")
    stage = Stage(found)
    (look,) = (part.targets for part in next(iter(found.cues.values())).parts)
    stage.at(0, Fade("show", look, 0, 0))
    stage.at(SECOND_NS, Master("grand", F // 2))
    assert list(stage.slots()[:3]) == [127, 0, 255]
    assert list(stage.slots()[10:13]) == [128, 255, 255]
    stage.at(2 * SECOND_NS, Master("blackout", F))
    assert list(stage.slots()[:3]) == [0, 0, 255]
    assert list(stage.slots()[10:13]) == [255, 255, 255]


def test_nothing_is_open_before_the_first_look() -> None:
    """An intensity that nobody has told is dark: flags that are the dimmer are in."""
    stage = Stage(read({"a": "hsi", "b": "fader"}, "100% red"))
    stage.at(0, Fade("show", ((0, F),), 0, 0))
    assert list(stage.slots()[:3]) == [255, 0, 0]
    assert list(stage.slots()[10:13]) == [255, 255, 255]


# ---- what is wrong, and what is nearly ----

@pytest.mark.parametrize(("lamp", "look", "said"), [
    ("hsi, calibrate: {red: 90%}", "red", "is told a hue and a saturation, so nothing of it is 'red' alone"),
    ("hsi", "1% cyan=4%", "has no 'cyan' to set"),
    ("hsi, emitters: {white: 5600K 9 lx, red: xy 0.6 0.3 9 lx}", "red", "has no emitter 'white'"),
    ("cmy", "cyn=40%", "has no 'cyn' to set; did you mean 'cyan'?"),
    ("hsic", "2000K", "makes 2800K to 10000K"),
])
def test_mistakes(lamp: str, look: str, said: str) -> None:
    found = checked(lamp, look).problems
    assert any(said in each.message for each in found), [str(each) for each in found]


def test_flags_that_are_the_dimmer_are_warned_of() -> None:
    """Glass lets light through where a dimmer would not."""
    assert [each.message for each in checked("fader", "red").warnings] == [
        "ofl:maker/lamp#fader has no dimmer: a level, and a blackout, bring its cyan, magenta and yellow in together, "
        "which is as dark as they are"]
    assert checked("cmy", "red").warnings == ()


@pytest.mark.parametrize("lamp", ["hsi", "hsic", "cmy", "fader"])
def test_a_colour_out_of_reach_is_warned_of_as_a_guess(lamp: str) -> None:
    said = [each.message for each in checked(lamp, "xy 0.08 0.83").warnings]
    assert any("cannot make that colour" in each and "as far as anybody knows" in each for each in said)
    assert not any("cannot make" in each.message for each in checked(lamp, "xy 0.31 0.33").warnings)


# ---- looking, expecting ----

@pytest.mark.parametrize(("lamp", "look", "percent", "kelvin", "colour"), [
    ("hsi", "70% red", 70, None, (213, 0, 0)), ("hsi", "100% white", 100, None, (255, 255, 255)),
    ("hsi-16", "100% hue 120", 100, None, (0, 255, 0)), ("hsic", "100% blue", 100, None, (0, 0, 253)),
    ("hsic", "40% 3200K", 40, 3195, None), ("cmy", "100% red", 100, None, (255, 0, 0)),
    ("fader", "50% green", 50, None, (0, 180, 0)), ("cmyc", "100% 10000K", 100, 10000, None),
])
def test_a_lamp_is_seen_as_it_was_told(
    lamp: str, look: str, percent: int, kelvin: int | None, colour: tuple[int, ...] | None
) -> None:
    found = read({"a": lamp}, look)
    (light,) = lights(found, {"p": {"0": played(found)[-1].hex()}})
    assert light is not None
    assert (abs(light.percent - percent) <= 1, light.kelvin) == (True, kelvin)
    if colour is not None:
        assert all(abs(one - other) <= 2 for one, other in zip(light.colour, colour, strict=True))
    assert lights(found, {}) == (None,)


SCRIPT = """rehearsal: R
sheet: x.yaml
steps:
  - expect: {all: 100% hue 350, after: 2 s}
  - go: {after: 1 s}
  - expect: {all: "100% #ff1515", after: 500 ms}
  - expect: {all: 100% hue 10, after: 1 s}
"""


@pytest.mark.parametrize(("expected", "found"), [
    ("", ""), ("hue 350", "hue 340"), ("#ff1515", "hue 180"), ("hue 10", "hue 350"),
])
def test_semantics_35_a_rehearsal_expects_colours_of_every_lamp(expected: str, found: str) -> None:
    shown = read({"a": "hsi", "b": "cmy", "c": "fader", "d": "rgb"}, "100% hue 350", "hue 10")
    script = SCRIPT.replace(expected, found) if expected else SCRIPT
    result = rehearsal.run(rehearsal.read(script, "r.yaml", shown), shown)
    assert result.passed is not bool(expected), [str(each) for each in result.failures]


# ---- the same bytes ----

RIG = read({f"{lamp}{at}": lamp for at in range(2) for lamp in MODES}, "100% red")


def events(seed: int) -> list[tuple[int, tuple[Action, ...]]]:
    """Fades that take one another over, overlays, masters; over some or all of the rig."""
    dealer, count = random.Random(seed), len(RIG.parameters)
    at_ns, found = 0, []
    for _ in range(12):
        at_ns += dealer.choice((1, 9 * MS, 60 * MS, SECOND_NS))
        some = dealer.sample(range(count), dealer.choice((1, 5, count)))
        targets = tuple((each, _level(dealer, each)) for each in some)
        lasts = dealer.choice((0, 47 * MS, 990 * MS))
        found.append((at_ns, (dealer.choice((
            Fade("show", targets, at_ns, lasts), Fade("show", many(targets), at_ns, lasts),
            Fade("show", many(targets), at_ns, lasts), Lay("late", targets[:7], at_ns, lasts),
            Release("late", at_ns, lasts), Master("grand", dealer.randrange(F)))),)))
    return found


def _level(dealer: random.Random, parameter: int) -> int:
    about = RIG.parameters[parameter]
    return dealer.choice((about.minimum, about.maximum, dealer.randint(about.minimum, about.maximum)))


@pytest.mark.parametrize("seed", range(40))
def test_core_8_many_lamps_at_once_have_the_same_bytes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, with numpy, and as glides (a fade of so many that it is planned)."""
    one_by_one = [(at_ns, tuple(replace(each, targets=tuple(each.targets)) if isinstance(each, Fade) else each
                                for each in actions)) for at_ns, actions in events(seed)]
    monkeypatch.setattr(render, "MANY", 10**6)
    narrow = instants(Renderer(RIG), one_by_one)
    monkeypatch.setattr(render, "MANY", -1)
    assert instants(Renderer(RIG), one_by_one) == narrow
    monkeypatch.setattr("showctl.sweep.CROWD", 4)
    monkeypatch.setattr("showctl.sweep.FEW", 4)
    assert instants(Renderer(RIG), events(seed)) == narrow


def test_core_1_a_fade_restored_halfway_ends_the_same() -> None:
    found = read({"a": "hsi", "b": "fader"}, "100% hue 350", "hue 10")
    whole, begun = Show(found, 1), Show(found, 1)
    for show in (whole, begun):
        show.start()
        show.admit(2 * SECOND_NS, Trigger("terminal", "/showctl/go", ()))
        show.run_until(2 * SECOND_NS + 500 * MS)
    again = Show(found, 1)
    again.restore(json.loads(json.dumps(begun.snapshot())))
    assert again.run_until(4 * SECOND_NS).frames == whole.run_until(4 * SECOND_NS).frames


# ---- another desk ----

def desk(how: str = "htp") -> Stage:
    """Our red, at half, in a universe that a desk shares."""
    found = read({"a": "hsi", "b": "fader"}, "50% red")
    stage = Stage(replace(found, merges={"desk": Merge("desk", "house", 7, "p", 0, how)}))
    (look,) = (part.targets for part in next(iter(found.cues.values())).parts)
    stage.at(0, Fade("show", look, 0, 0))
    return stage


def told(*slots: int) -> Slots:
    return Slots("desk", 1, bytes(slots).ljust(512, b"\0"), False)


def test_semantics_8_a_desk_brightens_the_dimmer_and_moves_the_hue() -> None:
    """Light by highest; a hue, a saturation and a flag are whose who moved them last."""
    stage = desk()
    stage.at(SECOND_NS, told(200))
    assert list(stage.slots()[:3]) == [200, 0, 255]
    assert abs(stage.renderer.peek(SECOND_NS, [0])[0] - F * 200 // 255) < F // 200
    stage.at(2 * SECOND_NS, told(200, 90))
    assert list(stage.slots()[:3]) == [200, 90, 255]
    green, blue = 2, 3
    for number, parameter in enumerate((green, blue), 3):
        stage.at(number * SECOND_NS, Fade("show", ((parameter, 0),), number * SECOND_NS, 0))
        assert list(stage.slots()[:3]) == [200, 0, 255]      # a look that names any of the three takes it back
        stage.at(number * SECOND_NS + 500 * MS, told(200, 80 + number))
        assert stage.slots()[1] == 80 + number
    assert stage.renderer.peek(5 * SECOND_NS, [1, green, blue]) == [F, 0, 0]


def test_what_a_desk_lights_is_told_apart_from_a_colour_that_is_not_full() -> None:
    stage = desk()
    stage.at(SECOND_NS, Fade("show", ((1, F // 2),), SECOND_NS, 0))      # half a red: a quarter of the dimmer
    assert stage.slots()[0] == 63
    stage.at(2 * SECOND_NS, told(50))
    assert stage.renderer.peek(2 * SECOND_NS, [0]) == [F // 2 + 1]
    stage.at(3 * SECOND_NS, told(128))
    assert abs(stage.renderer.peek(3 * SECOND_NS, [0])[0] - F) < F // 100


