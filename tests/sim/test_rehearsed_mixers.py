"""A rehearsal says decibels and means the fader's own law, whichever it is; hands too; and mutes by name."""

import pytest

from showctl import laws
from showctl.hands import spelled
from showctl.seen import faders
from showctl_sim.mixer import Mixer
from tests.sim.test_rehearsal import failures, play, sheet_of

ROOM = """
show: Mixers
connections:
  mixer:   {{driver: midi, port: Desk, law: "{law}", listen: true}}
  tablets: {{driver: osc, listen: "127.0.0.1:8000"}}
stations: {{foh: {{from: tablets, host: 10.0.0.31}}}}
faders:
  music: {{to: mixer, channel: 1, nrpn: 0x40/0x00, start: out, mute: {{nrpn: 0/0}}}}
  mic:   {{to: mixer, channel: 1, nrpn7: 0x20/0x17, then: 7, start: out, mute: {{note: 32}}}}
  strip: {{to: mixer, channel: 3, bend: true, start: out}}
  vox:   {{to: mixer, parameter: F0 43 10 3E 7F 01 1C 00 05 00 00 vv vv F7, steps: 1023, start: out}}
cues:
  1: {{mix: {{music: -12 dB, mic: -12 dB, strip: -12 dB, vox: -12 dB}}, mute: {{mic: on}}}}
  2: {{mix: {{music: -3 dB in 4 s, mic: -3 dB in 4 s, strip: -3 dB in 4 s, vox: -3 dB in 4 s}}, mute: {{mic: off}}}}
"""
WRITTEN = "out 0%, -40 dB 12.5%, 0 dB 75%, +10 dB 100%"
LAWS = [*sorted(laws.LAWS), WRITTEN]


@pytest.mark.parametrize("law", LAWS)
def test_decibels_of_a_rehearsal_are_the_law_s(law: str) -> None:
    sheet = sheet_of(ROOM.format(law=law))
    result = play([
        "expect: {music: -12 dB, mic: -12 dB, strip: -12 dB, vox: -12 dB, mute: {mic: on}}",
        "go",
        "expect: {music: -3 dB, mic: -3 dB, strip: -3 dB, vox: -3 dB, mute: {mic: off}, within: 4 s}",
        "hand: {vox: -20 dB}",
        "expect: {vox: -20 dB, music: -3 dB}",
        "hand: {mic: out}",
        "expect: {mic: out}",
    ], sheet)
    assert failures(result) == []


def test_a_mute_that_was_not_sent_is_seen() -> None:
    sheet = sheet_of(ROOM.format(law="x32"))
    assert len(failures(play(["expect: {mute: {mic: off}}"], sheet))) == 1
    assert len(failures(play(["expect: {mute: {music: on}}"], sheet))) == 1


@pytest.mark.parametrize(("wanted", "said"), [
    ("{mute: {mick: on}}", "no fader 'mick'"), ("{mute: {strip: on}}", "nobody knows what mutes 'strip'"),
    ("{mute: {mic: loud}}", "write on or off"),
])
def test_a_mute_that_cannot_be_is_named(wanted: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        play([f"expect: {wanted}"], sheet_of(ROOM.format(law="x32")))


@pytest.mark.parametrize("law", LAWS)
def test_the_virtual_mixer_shows_decibels_by_law(law: str) -> None:
    """What the rig's mixer has heard, back in the operator's words: within a step of its own scale."""
    from showctl.codec import midi

    sheet = sheet_of(ROOM.format(law=law))
    mixer = Mixer([spelled(patch.address) for patch in sheet.faders.values()])
    scale = laws.find(law)
    for patch in sheet.faders.values():
        step = (2 * scale.position(-1200) * patch.steps + 0xFFFFFF) // (2 * 0xFFFFFF)
        for message in midi.level(patch.address, step, patch.steps):
            mixer.hear(message)
    for shown, patch in zip(faders(sheet, {"mixer": mixer.positions}), sheet.faders.values(), strict=True):
        assert shown.millibel is not None
        a_step = 0xFFFFFF // patch.steps + 1
        assert abs(scale.position(shown.millibel) - scale.position(-1200)) <= a_step
        assert mixer.hand(spelled(patch.address), 5) == midi.encode(patch.address, 5)
