"""Mixers in a show: where a fader is, what mutes it, scenes, fingers. SEMANTICS 29, 31, 32; CORE 13, 19."""

import json

import pytest

from showctl.model import SECOND_NS, LevelFrame, Trigger
from showctl.show import Show
from tests.sheet_room import ROOM, read, refused
from tests.stage import ROOM as STAGE_ROOM
from tests.stage import Stage

DESK = """
faders:
  music: {to: mixer, channel: 1, nrpn: 0x40/0x00, law: sq, start: -20 dB, mute: {nrpn: 0/0}}
  mic:   {to: mixer, channel: 1, nrpn7: 0x20/0x17, then: 7, law: qu, start: out, mute: {note: 32}}
  vox:   {to: mixer, parameter: "f043103e7f011c00050000 vv vv f7", steps: 1023, law: yamaha, start: out,
          mute: {parameter: "F0 43 10 3E 7F 01 1A 00 05 00 00 00 vv F7"}}
  strip: {to: mixer, channel: 3, bend: true, touch: 106, start: out, mute: {channel: 2, cc: 9, on: 0, off: 127}}
  room:  {to: tablets, address: /ch/01/mix/fader, law: x32, start: out, mute: {address: /ch/01/mix/on}}
commands:
  scene: {to: mixer, channel: 1, scene: true}
  snap:  {to: tablets, address: /-snap/load, recalls: true}
"""
ROOM_WITH_HOST = STAGE_ROOM.replace('listen: "127.0.0.1:8000"', 'listen: "127.0.0.1:8000", host: 127.0.0.1')


def stage(cues: str) -> Stage:
    """A show on the bench that has gone into its first cue: 0.5, some light."""
    first = "0.5: {look: {all: 10%}}"
    cues = cues.replace("cues: {", f"cues: {{{first}, ").replace("cues:\n", f"cues:\n  {first}\n")
    return Stage(DESK + cues, room=ROOM_WITH_HOST)


def levels(show: Stage, address: tuple[object, ...]) -> list[int]:
    return [frame.value for frame in show.frames if isinstance(frame, LevelFrame) and frame.address == address]


MUSIC, MIC, STRIP = ("nrpn", 1, 0x2000), ("nrpn7", 1, 0x1017, 7), ("bend", 3)
VOX = ("parameter", "F0 43 10 3E 7F 01 1C 00 05 00 00 vv vv F7")


def test_each_fader_goes_where_its_own_law_says() -> None:
    """0 dB is the very step that each maker prints."""
    show = stage("cues: {1: {mix: {music: 0 dB, mic: 0 dB, vox: 0 dB, strip: 0 dB, room: 0 dB}}}")
    show.go()
    assert {address: levels(show, address)[-1] for address in (MUSIC, MIC, VOX, STRIP)} == {
        MUSIC: 0x76 << 7 | 0x5C, MIC: 0x62, VOX: 823, STRIP: 12287,
    }
    assert levels(show, ("osc", "/ch/01/mix/fader"))[-1] == 12582911


def test_mutes_are_edges_in_the_words_of_each_desk() -> None:
    """SEMANTICS 29 lists mutes among the edges."""
    show = stage("""cues:
  1: {mute: {music: on, mic: on, vox: on, strip: on, room: on}}
  2: {mute: {music: off, mic: off, vox: off, strip: off, room: off}, mix: {mic: -10 dB}}
""")
    show.go()
    show.wait("1 s")
    muting = show.sent()
    show.go()
    mute = ("parameter", "F0 43 10 3E 7F 01 1A 00 05 00 00 00 vv F7")
    assert muting == [(("nrpn", 1, 0), 1), (("tap", 1, 32), 127), (mute, 0), (("cc", 2, 9), 0),
                      (("osc", "/ch/01/mix/on"), (0,))]
    assert show.sent()[5:] == [(("nrpn", 1, 0), 0), (("tap", 1, 32), 63), (mute, 1), (("cc", 2, 9), 127),
                               (("osc", "/ch/01/mix/on"), (1,))]
    assert levels(show, MIC)[-1] == 62
    assert show.frames[-1].address == MIC          # the mute was asked for first, and goes first


def test_a_state_mutes_at_entry() -> None:
    show = stage("""states:
  show:
    a: {mute: {mic: on}, on: {go: safe}}
    safe: {fail: true, look: {all: 50%}, mute: {mic: off}, on: {go: back}}
""")
    assert show.sent() == [(("tap", 1, 32), 127)]
    show.go()
    assert show.sent()[1:] == [(("tap", 1, 32), 63)]


# ---- scenes ----

def test_semantics_31_after_a_scene_nobody_knows_where_the_faders_stand() -> None:
    """A jump is sent although the fader was sent there before; another connection's faders are where they were."""
    show = stage("""cues:
  1: {mix: {music: -10 dB, room: -10 dB}}
  2: {send: {scene: 130}}
  3: {mix: {music: -10 dB, room: -10 dB}}
""")
    show.go()
    show.wait("1 s")
    show.go()
    assert show.sent() == [(("scene", 1), 130)]
    assert show.show.peek(show.now_ns, [show.sheet.faders["music"].parameter]) == [-1]
    show.wait("1 s")
    before = len(show.frames)
    show.go()
    assert [frame.address for frame in show.frames[before:]] == [MUSIC]


def test_a_scene_ends_the_fades_of_its_mixer_and_counts_before_what_its_own_cue_moves() -> None:
    show = stage("""cues:
  1: {mix: {music: 0 dB in 20 s, mic: 0 dB in 20 s}}
  2: {send: {scene: 1}, mix: {music: -30 dB}}
""")
    show.go()
    show.wait("5 s")
    show.go()
    assert [frame.address for frame in show.frames[-2:]] == [("scene", 1), MUSIC]
    after = len(show.frames)
    show.wait("1 s")
    assert not show.show.moving
    show.wait("30 s")
    assert len(show.frames) == after


def test_a_scene_recalled_at_the_mixer_itself_is_heard() -> None:
    show = stage("cues: {1: {mix: {music: 0 dB in 20 s}}, 2: {mix: {music: -10 dB}}}")
    show.go()
    show.wait("5 s")
    step = show.trigger(Trigger("mixer", "program 1", 11))[-1]
    assert step.notes == ("mixer went to another scene: nobody knows where its faders stand",)
    after = len(show.frames)
    show.wait("30 s")
    assert len(show.frames) == after
    assert show.trigger(Trigger("mixer", "program 2", 11))[-1].event.kind == "heard"     # another channel's


def test_the_echo_of_our_own_scene_is_no_news() -> None:
    """The mixer says where it went; what the show has set since then is known."""
    show = stage("cues: {1: {send: {scene: 12}}, 2: {mix: {music: -10 dB}}, 3: {mix: {music: 0 dB in 4 s}}}")
    show.go()
    show.wait("600 ms")
    show.go()
    assert show.trigger(Trigger("mixer", "program 1", 11))[-1].event.kind == "heard"
    restored = Show(show.sheet)
    restored.restore(json.loads(json.dumps(show.show.snapshot())))
    for each in (show.show, restored):
        outcome = each.admit(show.now_ns + SECOND_NS, Trigger("mixer", "program 1", 11))
        assert not outcome.frames
        assert each.peek(show.now_ns + SECOND_NS, [show.sheet.faders["music"].parameter]) != [-1]
        outcome = each.admit(show.now_ns + 3 * SECOND_NS, Trigger("mixer", "program 1", 11))
        assert each.peek(show.now_ns + 3 * SECOND_NS, [show.sheet.faders["music"].parameter]) == [-1]


@pytest.mark.parametrize(("more", "said"), [
    ("cues: {1: {send: {scene: 3}}, 2: {mix: {music: -10 dB in 4 s}}}",
     "nobody knows where 'music' stands since cue 1 recalled a scene, so it cannot be faded from there; "
     "set it 'in 0 s' first"),
    ("cues: {1: {send: {scene: 3}, mix: {music: -10 dB in 4 s}}}", "since cue 1 recalled a scene"),
    ("cues: {1: {send: {snap: 3}}, 2: {mix: {room: -10 dB in 4 s}}}", "nobody knows where 'room' stands since cue 1"),
    ("cues: {1: {send: {scene: 0}}}", "a scene is a whole number from 1"),
    ("cues: {1: {send: scene}}", "a scene is a whole number from 1"),
])
def test_semantics_31_a_fade_after_a_scene_is_refused(more: str, said: str) -> None:
    assert any(said in each for each in refused(more, room=SHORT))


def test_what_is_set_after_a_scene_may_be_faded_again() -> None:
    from showctl import sheet

    more = "cues: {1: {send: {scene: 3}}, 2: {mix: {music: -30 dB}}, 3: {mix: {music: -10 dB in 4 s}}}"
    assert sheet.check(SHORT + more, "x.yaml").problems == ()


SHORT = ROOM.split("fixtures:")[0] + DESK.replace("tablets", "desk").replace("strip:", "stripe:")


# ---- fingers ----

def test_a_finger_on_a_fader_ends_its_fade_where_it_stands() -> None:
    """SEMANTICS 32: at the moment it lands, before the fader has moved at all."""
    show = stage("cues: {1: {mix: {strip: 10 dB in 10 s}}, 2: {mix: {strip: 10 dB in 10 s}}}")
    show.go()
    show.wait("5 s")
    half = levels(show, STRIP)[-1]
    assert show.trigger(Trigger("mixer", "note 1 106", 127))[-1].event.kind == "gripped"
    show.wait("20 s")
    assert levels(show, STRIP)[-1] - half in range(6)        # where it stood at that instant, a tick or less further
    assert show.trigger(Trigger("mixer", "note 1 106", 0))[-1].event.kind == "heard"
    show.go()
    show.wait("1 s")
    assert half < levels(show, STRIP)[-1] < 9500             # the next cue takes it back, from there
    show.wait("20 s")
    assert levels(show, STRIP)[-1] == 16383


def test_a_finger_on_a_fader_that_nobody_knows_moves_nothing() -> None:
    show = stage("cues: {1: {send: {scene: 1}}}")
    show.go()
    after = len(show.frames)
    show.trigger(Trigger("mixer", "note 1 106", 127))
    assert len(show.frames) == after


@pytest.mark.parametrize(("address", "word", "steps"), [
    (MUSIC, "nrpn 1 8192", 16383), (MIC, "nrpn7 1 4119 7", 127), (STRIP, "bend 3", 16383),
    (VOX, f"parameter {VOX[1]}", 1023),
])
def test_core_19_hands_and_echoes_at_every_kind_of_address(address: tuple[object, ...], word: str, steps: int) -> None:
    """±1 step of what was rendered in the last 250 ms is the motor's echo; anything else is a hand."""
    show = stage("cues: {1: {mix: {music: 0 dB in 9 s, mic: 0 dB in 9 s, strip: 0 dB in 9 s, vox: 0 dB in 9 s}}}")
    show.go()
    show.wait("4 s")
    last = levels(show, address)[-1]
    for value, kind in [(last + 1, "heard"), (last - 1, "heard"), (last, "heard"), (steps, "touched")]:
        assert show.trigger(Trigger("mixer", word, value))[-1].event.kind == kind
    after = len(levels(show, address))
    show.wait("9 s")
    assert len(levels(show, address)) == after


def test_core_19_a_fader_by_osc_has_the_steps_of_its_desk() -> None:
    """An X32 tells 1,024 positions apart: what it says again is one of them, not the very float it was sent."""
    show = stage("cues: {1: {mix: {x32: 0 dB in 9 s}}}".replace("x32", "room"))
    room = show.sheet.faders["room"]
    show = Stage(DESK.replace("address: /ch/01/mix/fader,", "address: /ch/01/mix/fader, steps: 1023,")
                 + "cues: {1: {look: {all: 1%}}, 2: {mix: {room: 0 dB in 9 s}}}", room=ROOM_WITH_HOST)
    assert (room.steps, show.sheet.faders["room"].steps) == (0xFFFFFF, 1023)
    show.go()
    show.wait("4 s")
    last = levels(show, ("osc", "/ch/01/mix/fader"))[-1]
    for position, kind in [(last / 1023, "heard"), ((last + 1) / 1023, "heard"), (0.9, "touched")]:
        step = show.trigger(Trigger("tablets", "/ch/01/mix/fader", (position,), "127.0.0.1:10023"))[-1]
        assert step.event.kind == kind


# ---- what a sheet may not say ----

@pytest.mark.parametrize(("old", "new", "said"), [
    ("then: 7,", "", ""),
    ("nrpn: 0x40/0x00", "nrpn: 0x80/0", "both halves of a number are 0 to 127"),
    ("nrpn: 0x40/0x00", "nrpn: 16384", "0 to 16383, or its halves"),
    ("nrpn: 0x40/0x00", "nrpn: 0x40/0x00, then: 7", "'then' goes with nrpn7"),
    ("nrpn: 0x40/0x00", "nrpn: 0x40/0x00, steps: 7", "'steps' goes with parameter or address"),
    ("channel: 3, bend: true", "bend: true", "'strip' needs a MIDI 'channel' beside its 'bend'"),
    ("channel: 3, bend: true", "channel: 3, bend: false", "needs one of: channel with cc, cc14, nrpn, nrpn7 or bend"),
    ("steps: 1023", "steps: 16384", "2 vv carry 0 to 16383"),
    ("vv vv f7", "f7", "wants vv where the value stands"),
    ("{note: 32}", "{note: 32, cc: 1}", "a mute needs one of: note, cc, nrpn, parameter or address"),
    ("{note: 32}", "{}", "a mute needs one of"),
    ("{note: 32}", "{note: 32, on: 128}", "a note carries 0 to 127"),
    ("{note: 32}", "{note: 32, on: 63}", "63 would mute and open"),
    ("{note: 32}", "{topic: x}", "no key 'topic' here"),
    (", mute: {note: 32}", "", "nobody knows what mutes 'mic'; give the fader a 'mute'"),
    ("{address: /ch/01/mix/on}", "{cc: 1}", "needs a MIDI 'channel'"),
    ("{address: /ch/01/mix/on}", "{channel: 1, cc: 1}", "'desk' is osc, which carries no cc"),
    ("mic: on", "mic: maybe", "write on or off"),
    ("mic: on", "mick: on", "no fader 'mick'"),
    ("scene: true", "scene: true, program: 1", "needs one of: topic, address, channel with note, program or scene"),
])
def test_mistakes_are_named_where_they_stand(old: str, new: str, said: str) -> None:
    text = (ROOM.split("fixtures:")[0] + DESK.replace("tablets", "desk")
            + "cues: {1: {mute: {mic: on}}}\n")
    assert old in text
    changed = text.replace(old, new, 1)
    if not said:
        assert read("", room=changed)
        return
    assert any(said in each for each in refused("", room=changed)), refused("", room=changed)


def test_a_venue_puts_another_kind_of_address_in_the_place_of_the_old() -> None:
    from showctl import sheet

    venue = "faders: {music: {to: mixer, channel: 2, bend: true}, vox: {to: mixer, channel: 1, cc: 3}}\n"
    found = sheet.read(SHORT + "cues: {1: {}}", "x.yaml", venue=(venue, "venue.yaml"))
    assert found.faders["music"].address == ("bend", 2)
    assert found.faders["vox"].address == ("cc", 1, 3)
