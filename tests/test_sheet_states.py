"""States of a sheet: targets, guards, fail states, and the checks that need the whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from showctl.model import SECOND_NS, Guard, Message, Part, Transition
from tests.sheet_room import MUSIC, ROOM, read, refused, warned

REGIONS = """\
cues:
  1: {look: {a: 50%}}
  2: {}
  40: {overlay: 3 s, look: {a: 80%}}
states:
  show:
    start: outer
    anywhere: {ask: safe}
    lost: {sensors: say, door: {say: Look at the door}}
    outer:
      on: {door: cue 40, not door: back}
      states:
        first: {cues: 1, on: {go: [{to: second, if: {side: on-it, door: true}, else: Not yet}, {to: safe}]}}
        second: {cues: 2, when: {seat: first}, after: {1 min: outer.first}, on: {go: outer}}
    safe: {fail: true, mix: {music: out}, fade: 1 s, send: {cart: stop}, on: {go: back}}
  side:
    off: {on: {ask: on-it}, ready: [mixer, seat]}
    on-it: {on: {ask: off}, say: On it}
    broken: {fail: true, on: {ask: off}}
"""


def test_states() -> None:
    found = read(REGIONS)
    show = found.regions["show"]
    assert list(show.states) == ["outer", "outer.first", "outer.second", "safe"]
    assert (show.start, show.states["outer"].start, show.fail) == ("outer", "outer.first", "safe")
    assert show.states["outer.first"].on["go"] == (
        Transition("state", "outer.second", Guard((("side", ("on-it",)),), (("door", True),)), "Not yet"),
        Transition("state", "safe"),
    )
    second = show.states["outer.second"]
    assert second.when == (("seat", (Transition("state", "outer.first"),)),)
    assert second.after == ((60 * SECOND_NS, (Transition("state", "outer.first"),)),)
    assert show.states["outer"].on == {"door": (Transition("cue", "40"),), "not door": (Transition("back"),)}
    assert show.anywhere == {
        "ask": (Transition("state", "safe"),),
        "lost:sensors": (Transition("say", "sensors is lost"),),
        "lost:door": (Transition("say", "Look at the door"),),
    }
    assert show.states["safe"].look == Part(((MUSIC, 0),), SECOND_NS)
    assert show.states["safe"].messages == (Message("cart", "stop"),)
    assert found.regions["side"].states["off"].ready == ("mixer", "seat")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("fail: true, mix", "mix"), "no fail state, so panic has nowhere to go"),
        (("on-it: {", "on-it: {fail: true, "), "'on-it' is the fail state of 'side' already"),
        (("start: outer", "start: outr"), "no state 'outr' here; did you mean 'outer'?"),
        (("to: second", "to: secnod"), "no state 'secnod' in region 'show'"),
        (("side: on-it", "side: onn-it"), "no state 'onn-it' in region 'side'; did you mean 'on-it'?"),
        (("side: on-it", "sied: on-it"), "no region or trigger 'sied'"),
        (("door: true", "ask: true"), "'ask' is a press and never holds"),
        (("door: true", "door: [open]"), "'door' is a trigger; write true or false"),
        (("when: {seat", "when: {tap"), "'tap' is a press: 'when' tests a condition"),
        (("not door: back", "not ask: back"), "'ask' is a press: it never becomes false"),
        (("door: cue 40", "door: cue 41"), "no cue 41; the nearest is 40"),
        (("1 min: outer.first", "1 minute: outer.first"), "'1 minute' is not a time"),
        (("1 min: outer.first", "0: outer.first"), "'after' needs a time"),
        (("{to: safe}]", "{to: safe}, {to: second}]"), "this is never reached"),
        (("ready: [mixer", "ready: [mixr"), "no connection, trigger or desk 'mixr'; did you mean 'mixer'?"),
        (("lost: {sensors", "lost: {sensor"), "no connection, trigger or desk 'sensor'; did you mean 'sensors'?"),
        (("on-it: {on: {ask: off}, say: On it}", "on-it: {say: On it}"), "nothing leads out of 'on-it'"),
        (("send: {cart: stop}", "send: {card: stop}"), "no command 'card'; did you mean 'cart'?"),
        (("off: {on", "back: {on"), "no connection, trigger or desk 'on'"),
        (("off: {on: {ask: on-it}", "off: {go: on-it"), "no key 'go' here; write 'on: {go: …}'"),
        (("off: {on", "say: {on"), "'say' has a meaning of its own here"),
        (("mix: {music: out}", "mix: {music: out in 3 s}"), "a state takes whole levels in its own 'fade'"),
        (("cues: 2,", "cues: 2-1,"), "runs backwards"),
        (("cues: 2,", "cues: '5-9',"), "no cue from 5 to 9"),
        (("off: {on", "off: {look: {a: 1%}, on"), "region 'side' writes 'a', and so does region 'show' (line 34)"),
    ],
)
def test_state_mistakes(change: tuple[str, str], said: str) -> None:
    assert change[0] in REGIONS
    found = refused(REGIONS.replace(*change, 1))
    assert any(said in problem for problem in found), found


def test_one_cue_in_two_regions() -> None:
    found = refused(REGIONS.replace("off: {on", "off: {cues: 1, on"))
    assert "17: cue 1 stands in 'show' (outer.first) already; a cue belongs to one region" in found


def test_shared_fixtures_semantics_20() -> None:
    """SEMANTICS 20: one region writes a fixture, unless it says that it is shared."""
    more = REGIONS.replace("off: {on", "off: {look: {a: 1%}, on")
    assert refused(more)
    read(more, ROOM.replace("at: 0/1}", "at: 0/1, share: htp}"))


def test_overlays_write_nothing_semantics_13() -> None:
    """SEMANTICS 13: an overlay lies over the list, so another region may lay it over this one's fixtures."""
    assert read(REGIONS.replace("off: {on: {ask: on-it}", "off: {on: {ask: on-it, tap: cue 40}"))


def test_warnings_semantics_21() -> None:
    """SEMANTICS 21: the checker warns where an operator's GO hangs on what may be unknown."""
    assert warned(REGIONS) == ["GO hangs on 'door' being true; while nothing is heard of it, that is false"]
    read(REGIONS)


def test_traps_law_6() -> None:
    """DESIGN law 6: every wait ends; a wait on sensors alone is warned of, a state without a way out refused."""
    alone = REGIONS.replace("on-it: {on: {ask: off}", "on-it: {on: {tap: off}")
    assert any("'on-it' waits for sensors alone (tap)" in each for each in warned(alone))
    latched = REGIONS.replace("broken: {fail: true, on: {ask: off}}", "broken: {fail: true, on: {tap: off}}")
    assert any("after a panic no press leads out of 'broken'" in each for each in warned(latched))
    unheard = REGIONS.replace("off: {on: {ask: on-it}", "off: {on: {ask: on-it, go: on-it}")
    assert any("GO plays region 'show'" in each for each in warned(unheard))


def test_hazards_semantics_33() -> None:
    """SEMANTICS 33: a button that sets something moving is confirmed; stopping it (the fail state) is not."""
    moving = REGIONS.replace("on-it: {on", "on-it: {send: {cart: go}, on")
    assert any("'ask' sends 'cart', which moves; give the button 'confirm: true'" in each for each in warned(moving))
    assert read("cues:\n  1: {send: {cart: go}}\n").cues[Decimal(1)].hazard == "moves"


@pytest.mark.parametrize("look", ["{a: -5%}", "{a: 70% in 3 s, b: 50%}", "{a: 70% after 1 s}"])
def test_a_state_takes_no_look_with_steps_or_times_by_its_name_either(look: str) -> None:
    """A step has no level to step from where panic jumps in: it would have left the safe look dark."""
    assert refused(f"""\
looks: {{calm: {look}}}
cues: {{1: {{look: {{a: 10%}}}}}}
states:
  show:
    one: {{cues: 1, end: true}}
    safe: {{fail: true, look: calm, on: {{go: back}}}}
""") == ["6: the look 'calm' has steps or times of its own; a state takes whole levels in one 'fade', "
         "so put them into a cue"]


@pytest.mark.parametrize("look", ["{a: -5%}", "{a: 70% in 3 s, b: 50%}"])
def test_the_safe_look_of_a_sheet_without_states_is_whole_levels(look: str) -> None:
    assert refused(f"looks: {{safe: {look}}}\ncues: {{1: {{look: {{a: 10%}}}}}}\n") == [
        "1: panic goes to this look: write whole levels, without steps and times of their own"]
