"""What a sheet sends: mixes and messages (SEMANTICS 29, 31)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from showctl.model import LEVEL_MAX, SECOND_NS
from tests.sheet_room import MUSIC, ROOM, read, refused

# ---- faders ----


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ("music: +3 dB", "would move a fader relatively"),
        ("music: -3 dB", "this is above the ceiling of 'music', -6 dB"),
        ("musik: out", "no fader 'musik'; did you mean 'music'?"),
        ("music: loud", "'loud' is not a fader level"),
        ("music: 70%", "'70%' is not a fader level"),
        ("voice: -5 dB in 3 s", "nobody knows where 'voice' stands"),
        ("music: 20 dB", "goes from -90 dB to +10 dB"),
    ],
)
def test_mix_mistakes_semantics_31(mix: str, said: str) -> None:
    """SEMANTICS 31: a fade from unknown, and any relative one, is refused by the checker."""
    found = refused(f"cues:\n  1: {{mix: {{{mix}}}}}\n")
    assert len(found) == 1
    assert said in found[0]


def test_a_fader_that_was_set_may_be_faded_semantics_31() -> None:
    read("cues:\n  1: {mix: {voice: -20 dB}}\n  2: {mix: {voice: -5 dB in 3 s}}\n")


def test_fader_addresses() -> None:
    found = read(
        "",
        ROOM.replace(
            "voice: {to: mixer, channel: 1, cc14: 8}", "voice: {to: desk, address: /ch/01/mix/fader, law: x32}"
        ),
    )
    assert found.faders["voice"].address == ("osc", "/ch/01/mix/fader")
    assert found.faders["voice"].steps == LEVEL_MAX
    assert found.faders["voice"].start is None
    music = found.faders["music"]
    assert (music.address, music.steps, music.start) == (("cc", 1, 7), 127, 0)
    assert found.parameters[MUSIC].maximum == music.ceiling < LEVEL_MAX
    assert read("").faders["voice"].steps == 16383


# ---- what is sent ----


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        ("{cart: go stage}", [("cart", "go stage")]),
        ("{cart: 12:30}", [("cart", "12:30")]),
        ("scene", [("scene", 5)]),
        (
            "[scene, reset, {bell: 90}, bell]",
            [("scene", 5), ("reset", b"\xf0\x7e\x7f\x09\x01\xf7"), ("bell", 90), ("bell", 127)],
        ),
        ("{sleeve: [A, 1, 0.5, true]}", [("sleeve", ("A", 1, 0.5, True))]),
        ("{sleeve: 3}", [("sleeve", (3,))]),
        ("sleeve", [("sleeve", ())]),
        ("{cart: true}", [("cart", "true")]),
    ],
)
def test_messages(send: str, expected: list[tuple[str, object]]) -> None:
    found = read(f"cues:\n  1: {{send: {send}}}\n").cues[Decimal(1)].messages
    assert [(message.command, message.value) for message in found] == expected


@pytest.mark.parametrize(
    ("send", "said"),
    [
        ("cart", "'cart' wants one text"),
        ("{scene: 4}", "says always the same"),
        ("{bell: loud}", "velocity is a whole number"),
        ("{cat: go}", "no command 'cat'; did you mean 'cart'?"),
    ],
)
def test_message_mistakes(send: str, said: str) -> None:
    (found,) = refused(f"cues:\n  1: {{send: {send}}}\n")
    assert said in found


# ---- cues on cues ----


def test_groups_acts_and_chains() -> None:
    found = read(
        "cues:\n"
        "  1: {auto-continue: 2, post-wait: 1 s, pre-wait: 500 ms, armed: false, skip: true, say: Now, note: Here}\n"
        "  2: {auto-follow: 3, fade: 1 s, look: {a: 1%}}\n"
        "  3: {group: first, members: 4-5}\n  4: {}\n  5: {overlay: 2 s, release: 1 s, look: {a: 1%}}\n"
        "  6: {acts: [stop 4-5, load 3 at 10 s, go-to 2]}\n"
    ).cues
    one = found[Decimal(1)]
    assert (one.auto_continue, one.post_wait_ns, one.pre_wait_ns, one.armed, one.skip) == (
        2,
        SECOND_NS,
        SECOND_NS // 2,
        False,
        True,
    )
    assert found[Decimal(2)].auto_follow == 3
    group = found[Decimal(3)].group
    assert group is not None
    assert (group.mode, group.members) == ("first", (4, 5))
    acts = [(act.verb, act.cue, act.time_ns) for act in found[Decimal(6)].acts]
    assert acts == [("stop", 4, 0), ("stop", 5, 0), ("load", 3, 10 * SECOND_NS), ("go-to", 2, 0)]


@pytest.mark.parametrize(
    ("cues", "said"),
    [
        ("1: {auto-follow: 2}", "no cue 2"),
        ("1: {auto-follow: 2}\n  2: {auto-continue: 1}", "without end and without time"),
        ("1: {group: parallel, members: 1-2}\n  2: {}", "without end and without time"),
        ("1: {group: parallel}", "a group cue needs both"),
        ("1: {members: 1}", "a group cue needs both"),
        (
            "1: {group: perhaps, members: 2}\n  2: {}",
            "'perhaps' is not known here; write parallel, sequence, first or random",
        ),
        ("1: {acts: explode 1}", "is nothing a cue can do"),
        ("1: {acts: stop 1 at 3 s}", "'stop' has no time"),
        ("1: {release: 1 s}", "'release' belongs to an overlay"),
        ("1: {overlay: 1 s, look: {a: +10%}}", "an overlay lies over"),
        ("1: {hazard: bites}", "write moves, burns or emits"),
        ("1: {look: {}}\n  one: {}", "'one' is not a cue number"),
        ("1: {fade: 8 s eese}", "no curve 'eese'; did you mean 'ease'?"),
        ("1: {fade: 8 sec}", "is not a time"),
        ("1: {look: {a: 2000K}}", "generic/panel-cct makes 2700K to 6500K"),
        ("1: {look: {c: +10% red}}", "a step up or down goes with no colour"),
        ("1: {look: {a: }}", "nothing stands here"),
        ("1: {look: {a: true}}", "true is a word of YAML"),
        ("1: {look: [a]}", "a list stands here"),
        ("1: {look: dark}", "no look 'dark'"),
        ("1: {armed: yes}", "'yes' stands here; write true or false"),
        ("1: 70%", "'70%' stands here; a map is wanted"),
    ],
)
def test_cue_mistakes(cues: str, said: str) -> None:
    found = refused(f"cues:\n  {cues}\n")
    assert any(said in problem for problem in found), found


def test_a_ring_with_time_in_it_is_an_attraction_loop() -> None:
    read("cues:\n  1: {auto-follow: 2, look: {a: 1%}, fade: 1 s}\n  2: {auto-continue: 1, post-wait: 1 s}\n")
