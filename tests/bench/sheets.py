"""The sheets the bench plays: Corner Shop as it is, Corner Shop with two states to go round in, and a very long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.bench.children import ROOT

CORNER_SHOP = ROOT / "cuesheets" / "corner-shop.yaml"

VENUE = """\
connections:
  panels:  {{driver: artnet, host: 127.0.0.1, port: {panels}}}
  mixer:   {{driver: midi, port: "udp://127.0.0.1:{mixer}", law: x32}}
  sensors: {{driver: mqtt, broker: "127.0.0.1:{broker}"}}
  pedal:   {{driver: serial_line, port: {pedal}, lines: word}}
  tablets: {{driver: osc, listen: "127.0.0.1:{tablets}"}}
"""

MARKER = 100
"""The slot (from 0) that snaps with each transition: at its first instant a fade still shows where it started."""

TOPIC = "bench/beat"

ROUND = """\
go-gap: 0 ms
fixtures:
  marker: {profile: generic/panel-cct, to: panels, at: 0/101}
triggers:
  beat: {from: sensors, topic: bench/beat, says: any}
cues:
  901: {look: {key-left: 60% 3200K, key-right: 50% 3200K, fill-left: 40% 3000K, fill-right: 30% 3000K,
               hair-left: 20% 2700K, hair-right: 10% 2700K}, fade: 50 ms}
  902: {look: {key-left: 10% 4300K, key-right: 20% 4300K, fill-left: 30% 4000K, fill-right: 40% 4000K,
               hair-left: 50% 3600K, hair-right: 60% 3600K}, fade: 50 ms}
states:
  show:
    start: bench-left
    bench-left:  {cues: 901, look: {marker: 0%}, on: {go: bench-right, beat: bench-right}}
    bench-right: {cues: 902, look: {marker: 100%}, on: {go: bench-left, beat: bench-left}}
"""
"""Laid over Corner Shop: each GO takes a transition, enters a state, starts a cue of six fades. They have ended, and
the 44 Hz grid rests, before the next one comes."""


def venue(panels: int, mixer: int, broker: int, pedal: str, tablets: int) -> str:
    """A venue file that puts Corner Shop's connections on these ports and this serial device."""
    return VENUE.format(panels=panels, mixer=mixer, broker=broker, pedal=pedal, tablets=tablets)


def going_round(text: str, topic: str = TOPIC) -> str:
    """Corner Shop's text with ``ROUND`` laid over it; ``topic`` is where its MQTT trigger is heard."""
    whole = yaml.compose(text, Loader=yaml.SafeLoader)
    _lay(whole, yaml.compose(ROUND.replace(TOPIC, topic), Loader=yaml.SafeLoader))
    written: str = yaml.serialize(whole, Dumper=yaml.SafeDumper, width=10_000)
    return written


def _lay(under: Any, over: Any) -> None:
    """Put each entry of ``over`` in the place of the same key of ``under``, map by map."""
    for key, value in over.value:
        places = [number for number, (there, _) in enumerate(under.value) if there.value == key.value]
        if not places:
            under.value.append((key, value))
        elif isinstance(value, yaml.MappingNode):
            _lay(under.value[places[0]][1], value)
        else:
            under.value[places[0]] = (key, value)


def long_sheet(cues: int) -> str:
    """A sheet of so many cues (a multiple of 100), a hundred a state, each state leading to the next by GO."""
    return "\n".join([*_room(), "cues:", *map(_cue, range(1, cues + 1)), "states:", *_states(cues), ""])


def _room() -> Iterator[str]:
    yield "show: Very Long"
    yield "connections:"
    yield "  panels: {driver: artnet, host: 127.0.0.1}"
    yield '  mixer: {driver: midi, port: "udp://127.0.0.1:5004", law: x32}'
    yield "fixtures:"
    for number in range(24):
        yield f"  panel-{number}: {{profile: generic/panel-cct, to: panels, at: {number // 12}/{number % 12 * 10 + 1}}}"
    yield "groups:"
    for number in range(6):
        yield f"  row-{number}: [{', '.join(f'panel-{number * 4 + each}' for each in range(4))}]"
    yield "faders:"
    yield "  music: {to: mixer, channel: 1, cc: 0, start: -20 dB}"


def _cue(number: int) -> str:
    follow = f", auto-follow: {number + 1}" if number % 10 == 1 else ""
    mix = f", mix: {{music: -{number % 40} dB in {number % 9 + 1} s}}" if number % 5 == 0 else ""
    return (
        f"  {number}: {{name: Scene {number}, look: {{row-{number % 6}: {number % 101}% {2700 + number % 38 * 100}K, "
        f"row-{(number + 1) % 6}: {(number * 7) % 101}%, panel-{(number + 9) % 24}: 5%}}, "
        f"fade: {number % 20 + 1} s ease{mix}{follow}, note: Wait for line {number}}}"
    )


def _states(cues: int) -> Iterator[str]:
    yield "  show:"
    yield "    start: scene-1"
    last = cues // 100
    for number in range(1, last + 1):
        leads = "end: true" if number == last else f"on: {{go: scene-{number + 1}}}"
        yield f"    scene-{number}: {{cues: {number * 100 - 99}-{number * 100}, {leads}}}"
    yield "    safe: {fail: true, look: {all: 70%}, fade: 2 s, on: {go: back}}"


def write(path: Path, text: str) -> Path:
    """Write one text; returns where."""
    path.write_text(text, encoding="utf-8")
    return path
