"""Addresses ↔ verbs; SEMANTICS 1, 27, 32."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import vocabulary
from showctl.model import LEVEL_MAX, SECOND_NS
from showctl.vocabulary import Command, Refusal, Release

MEANINGS = [
    ("/showctl/go", (), Command("go")),
    ("/showctl/go", (1,), Command("go")),
    ("/showctl/go", (1.0,), Command("go")),
    ("/showctl/go", (True,), Command("go")),
    ("/showctl/go", (None,), Command("go")),
    ("/showctl/go", (0,), Release()),
    ("/showctl/go", (0.0,), Release()),
    ("/showctl/go", (False,), Release()),
    ("/showctl/go", ("2.50",), Command("cue-go", ("2.5",))),
    ("/showctl/back", (), Command("back")),
    ("/showctl/stop", (), Command("stop")),
    ("/showctl/pause", (), Command("pause")),
    ("/showctl/resume", (), Command("resume")),
    ("/showctl/panic", (), Command("panic")),
    ("/showctl/panic", (0.0,), Release()),
    ("/showctl/reset", (), Command("reset")),
    ("/showctl/standby/next", (), Command("standby-next")),
    ("/showctl/standby/previous", (1.0,), Command("standby-previous")),
    ("/showctl/standby/2.5", (), Command("standby", ("2.5",))),
    ("/showctl/standby", ("2.5",), Command("standby", ("2.5",))),
    ("/showctl/cue/2.50/go", (), Command("cue-go", ("2.5",))),
    ("/showctl/cue/40/start", (1,), Command("cue-start", ("40",))),
    ("/showctl/cue/40/stop", (), Command("cue-stop", ("40",))),
    ("/showctl/cue/3/load", (1.5,), Command("cue-load", ("3", 1_500_000_000))),
    ("/showctl/cue/3/load", (), Command("cue-load", ("3", 0))),
    ("/showctl/cue/3/arm", (), Command("cue-arm", ("3",))),
    ("/showctl/cue/3/disarm", (), Command("cue-disarm", ("3",))),
    ("/showctl/start/talk", (), Command("start", ("talk",))),
    ("/showctl/start/talk/4", (), Command("start", ("talk", "4"))),
    ("/showctl/master", (1.0,), Command("master", (LEVEL_MAX,))),
    ("/showctl/master", (0,), Command("master", (0,))),
    ("/showctl/sub/key", (0.5,), Command("sub", ("key", 0x800000))),
    ("/showctl/fader/music", (0.0,), Command("fader", ("music", 0))),
    ("/showctl/blackout", (1,), Command("blackout", (True,))),
    ("/showctl/blackout", (0.0,), Command("blackout", (False,))),
    ("/showctl/sensors", (0,), Command("sensors", (False,))),      # SEMANTICS 27
    ("/showctl/sensors", (1.0,), Command("sensors", (True,))),
    ("/showctl/trigger/water", (), Command("trigger", ("water",))),
    ("/showctl/trigger/water", (0,), Release()),
    ("/showctl/trigger/door/arm", (), Command("trigger-arm", ("door",))),
    ("/showctl/trigger/door/disarm", (1,), Command("trigger-disarm", ("door",))),
    ("/showctl/subscribe", (), Command("subscribe")),
    ("/showctl/subscribe", (9001,), Command("subscribe", (9001,))),
    ("/showctl/subscribe", (1.0,), Command("subscribe")),
    ("/showctl/unsubscribe", (), Command("unsubscribe")),
    # QLab's own (its OSC dictionary, version 5)
    ("/go", (), Command("go")),
    ("/go", ("2.5",), Command("cue-go", ("2.5",))),
    ("/go/2.5", (), Command("cue-go", ("2.5",))),
    ("/stop", (), Command("stop")),
    ("/hardStop", (), Command("stop")),
    ("/pause", (), Command("pause")),
    ("/resume", (), Command("resume")),
    ("/panic", (), Command("panic")),
    ("/panicInTime", (0.0,), Command("panic")),
    ("/reset", (), Command("reset")),
    ("/playhead/next", (), Command("standby-next")),
    ("/playhead/previous", (), Command("standby-previous")),
    ("/playhead/12", (), Command("standby", ("12",))),
    ("/cue/2.5/start", (), Command("cue-start", ("2.5",))),
    ("/cue/2.5/stop", (), Command("cue-stop", ("2.5",))),
    ("/cue/2.5/go", (), Command("cue-go", ("2.5",))),
    ("/cue/2.5/load", (), Command("cue-load", ("2.5", 0))),
    ("/cue/2.5/loadAt", (3,), Command("cue-load", ("2.5", 3 * SECOND_NS))),
    ("/workspace/34200B51/cue/1/start", (), Command("cue-start", ("1",))),
    ("/workspace/34200B51/go", (), Command("go")),
]

REFUSED = [
    ("/showctl/master", (1.5,), "from 0 to 1"),
    ("/showctl/master", (-0.1,), "from 0 to 1"),
    ("/showctl/master", (2,), "from 0 to 1"),
    ("/showctl/master", (math.nan,), "from 0 to 1"),
    ("/showctl/master", (math.inf,), "from 0 to 1"),
    ("/showctl/master", ("0.5",), "from 0 to 1"),
    ("/showctl/master", (), "from 0 to 1"),
    ("/showctl/master", (0.5, 0.5), "from 0 to 1"),
    ("/showctl/blackout", (), "1 (on) or 0 (off)"),
    ("/showctl/blackout", (0.5,), "1 (on) or 0 (off)"),
    ("/showctl/sensors", ("off",), "1 (on) or 0 (off)"),
    ("/showctl/back", ("2",), "takes no argument"),
    ("/showctl/panic", (math.nan,), "takes no argument"),
    ("/showctl/panic", (b"\x01",), "takes no argument"),
    ("/showctl/panic", (1, 0), "takes no argument"),
    ("/showctl/go", ("two",), "names a cue by a string"),
    ("/showctl/standby", (2.1,), "a number never does"),
    ("/showctl/cue/x/go", (), "a cue number is written like 2 or 2.5"),
    ("/showctl/cue/-1/go", (), "a cue number"),
    ("/showctl/cue/1e3/go", (), "a cue number"),
    ("/showctl/cue/\N{ARABIC-INDIC DIGIT TWO}/go", (), "a cue number"),
    ("/showctl/cue/3/load", (-1,), "time in seconds"),
    ("/showctl/cue/3/load", (math.inf,), "time in seconds"),
    ("/showctl/cue/3/load", ("1",), "time in seconds"),
    ("/showctl/cue/3/load", (10**400,), "time in seconds"),
    ("/showctl/fader/", (0.5,), "is no address"),
    ("/showctl/nonsense", (), "/showctl/nonsense is no address"),
    ("/GO", (), "is no address"),
    ("", (), "is no address"),
    ("/cue/selected/start", (), "a cue number"),
    ("/workspace", (), "is no address"),
    ("/" + "x" * 300, (), "longer than 200"),
]


@pytest.mark.parametrize(("address", "arguments", "meaning"), MEANINGS)
def test_meaning(address, arguments, meaning):
    """SEMANTICS 1 and the addresses of DESIGN §7."""
    assert vocabulary.command(address, arguments) == meaning


@pytest.mark.parametrize(("address", "arguments", "why"), REFUSED)
def test_refused_with_the_reason(address, arguments, why):
    meaning = vocabulary.command(address, arguments)
    assert isinstance(meaning, Refusal)
    assert why in meaning.reason


def test_semantics_1_a_float_never_names_a_cue():
    """SEMANTICS 1: 2.1 as a float is a press of GO and nothing more."""
    single = struct.unpack(">f", struct.pack(">f", 2.1))[0]
    assert vocabulary.command("/showctl/go", (single,)) == Command("go")
    assert vocabulary.command("/go", (2.1,)) == Command("go")
    assert isinstance(vocabulary.command("/playhead", (2.1,)), Refusal)


def test_says_words():
    assert vocabulary.spoken("go") == Command("go")
    assert vocabulary.spoken("cue/2.5/go") == Command("cue-go", ("2.5",))
    assert vocabulary.spoken("trigger/water") == Command("trigger", ("water",))
    assert isinstance(vocabulary.spoken("jump"), Refusal)


@pytest.mark.parametrize(("verb", "names", "path"), [
    ("go", (), "/showctl/go"),
    ("cue-go", ("2.5",), "/showctl/cue/2.5/go"),
    ("standby", ("3",), "/showctl/standby/3"),
    ("start", ("talk", "4"), "/showctl/start/talk/4"),
    ("sub", ("key",), "/showctl/sub/key"),
    ("trigger-arm", ("door",), "/showctl/trigger/door/arm"),
])
def test_the_inverse(verb, names, path):
    assert vocabulary.address(verb, *names) == path


def test_every_verb_is_written_as_it_is_read():
    for path, verb, shape in vocabulary.ADDRESSES:
        names = ("2",) * path.count("{")
        arguments = {"level": (1.0,), "switch": (1,), "cue": ("2",)}.get(shape, ())
        own = vocabulary.command(vocabulary.address(verb, *names), arguments)
        assert isinstance(own, Command)
        assert own.verb == verb


@given(st.floats(0, 1, width=32))
def test_levels_are_exact_and_monotone(value):
    got = vocabulary.level(value)
    assert got is not None
    assert abs(got - value * LEVEL_MAX) <= 0.5
    above = vocabulary.level(min(1.0, value + 2.0**-20))
    assert above is not None
    assert above >= got


WIRE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=5),
    st.tuples(st.integers()),
)


@given(st.one_of(st.text(max_size=300), st.sampled_from([path for path, _, _ in vocabulary.ADDRESSES]),
                 st.sampled_from(["/showctl/cue/2.5/load", "/showctl/fader/x", "/workspace/a/go"])),
       st.lists(WIRE, max_size=3).map(tuple))
def test_nothing_a_sender_does_raises(address, arguments):
    meaning = vocabulary.command(address, arguments)
    assert isinstance(meaning, (Command, Release, Refusal))
