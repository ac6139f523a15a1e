"""The drawing: golden text, widths, and texts from outside."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.screen import Device, News, Region, View, draw
from showctl.seen import Fader, Light

STYLE = re.compile(r"\x1b\[[0-9;]*m")

EVENING = View(
    show="Corner Shop Session", seconds=754,
    regions=(Region("show", "talk", "4 First story"), Region("supply", "parked", "")),
    running=("3 Host walks on",), flags=("paused",),
    names=("key-left", "key-right", "fill-left", "fill-right", "hair-left", "hair-right"),
    lights=(Light("key-left", 75, 4300, (220, 190, 160)), Light("key-right", 75, 4300, (220, 190, 160)),
            Light("fill-left", 20, 3000, (90, 60, 30)), Light("fill-right", 20, None, (90, 60, 30)),
            Light("hair-left", 0, 2700, (0, 0, 0)), None),
    faders=(Fader("music", 210, -3200), Fader("host-mic", 0, None), Fader("fx", None, None)),
    devices=(Device("panels", "artnet", True), Device("mixer", "midi", True, "2 losses"),
             Device("sensors", "mqtt", None, "trying"),
             Device("pedal", "serial_line", False, "no port /dev/ttyACM0; plug it in")),
    news=(News(700, False, "The house is late"), News(712, True, "go: 10.0.0.9 is not a listed station")),
    notes=("port 8000 is taken: 'tablets' (OSC) is on 127.0.0.1:8001",),
    buttons=(("1", "Water to the stage"), ("2", "Cart home")),
    sensors=(("a", "door", False), ("s", "seat-1", True), ("d", "seat-2", None)),
)


def plain(lines: list[str]) -> str:
    return "".join(f"{STYLE.sub('', line).rstrip()}\n" for line in lines)


@pytest.mark.parametrize(("width", "height"), [(100, 30), (60, 24)])
def test_the_picture(golden: Callable[[str, str], None], width: int, height: int) -> None:
    golden(f"screen-{width}x{height}.txt", plain(draw(EVENING, width, height)))


def test_a_panel_is_a_block_of_its_colour() -> None:
    assert "\x1b[48;2;220;190;160m            \x1b[0m" in "".join(draw(EVENING, 100, 30))


def test_an_empty_show_is_drawn() -> None:
    assert plain(draw(View("", 0, ()), 100, 6)).splitlines()[-1].startswith(" Space GO")


def test_a_hint_takes_the_place_of_the_keys() -> None:
    lines = draw(replace(EVENING, hint="q again ends the show"), 100, 30)
    assert "q again ends the show" in lines[-1]
    assert "Space" not in "".join(lines)


def test_a_sender_cannot_move_the_cursor() -> None:
    evil = "\x1b[2J\x1b]0;owned\x07\r\n\x9b31m\u202e"
    text = "".join(draw(replace(EVENING, news=(News(0, True, evil),), show=evil), 80, 30))
    assert "\x1b[2J" not in text
    assert not set("\x07\r\n\x9b\u202e") & set(text)


@given(st.integers(1, 200), st.integers(1, 60), st.text(max_size=300))
def test_every_line_fits(width: int, height: int, words: str) -> None:
    view = replace(EVENING, show=words, news=(News(9, False, words),), running=(words,))
    lines = draw(view, width, height)
    assert len(lines) == height
    for line in lines:
        text = STYLE.sub("", line)
        assert "\x1b" not in text
        assert len([sign for sign in text if sign.isprintable()]) <= width or any(ord(sign) > 0x2FF for sign in text)
