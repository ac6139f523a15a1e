"""The sheets the bench plays: Corner Shop as it is, Corner Shop with two states to go round in, and a very long one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

DRIFT = """\
fixtures:
  drift: {profile: generic/dimmer-rgbww, to: panels, at: 0/201, share: htp}
states:
  drift:
    start: rising
    rising:  {look: {drift: "100% #ffffff"}, fade: 5 s, after: {5 s: falling}}
    falling: {look: {drift: 0% 2700K}, fade: 5 s, after: {5 s: rising}}
    dark:    {fail: true, look: {drift: 0%}, on: {lights-up: rising}}
"""
"""Laid over as well, it keeps the universe fading all the time."""


def venue(panels: int, mixer: int, broker: int, pedal: str, tablets: int) -> str:
    """A venue file that puts Corner Shop's connections on these ports and this serial device."""
    return VENUE.format(panels=panels, mixer=mixer, broker=broker, pedal=pedal, tablets=tablets)


def going_round(text: str, topic: str = TOPIC, *, drifting: bool = False) -> str:
    """Corner Shop's text with ``ROUND`` laid over it, and ``DRIFT`` if wanted; ``topic`` is where MQTT is heard."""
    whole = yaml.compose(text, Loader=yaml.SafeLoader)
    for over in (ROUND.replace(TOPIC, topic), DRIFT if drifting else "{}"):
        _lay(whole, yaml.compose(over, Loader=yaml.SafeLoader))
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


# ---- many universes ----

@dataclass(frozen=True, slots=True)
class Crowd:
    """What the crowd is made of: a profile with so many slots, and two looks between which every slot moves."""

    profile: str
    slots: int
    looks: tuple[str, str]


EIGHT_BITS = Crowd("generic/rgbww", 5, ("100% #ffff00", "100% #8080ff"))          # 102 lamps a universe, 510 slots
SIXTEEN_BITS = Crowd("generic/dimmer-rgbww-16", 12, ("100% #ffff00", "0% #8080ff"))   # 42 lamps a universe, 504 slots
EIGHT_BITS_MAX = 400        # universes: a sheet has at most 4 MB

WIDE = """\
show: Wide
go-gap: 0 ms
connections:
  panels:  {{driver: artnet, {panels}}}
  crowd:   {{driver: artnet, {crowd}}}
  tablets: {{driver: osc, listen: "127.0.0.1:{tablets}"}}
triggers:
  up:   {{button: Up}}
  down: {{button: Down}}
fixtures:
  key:    {{profile: generic/dimmer, to: panels, at: 0/1}}
  marker: {{profile: generic/dimmer, to: panels, at: 0/2}}
  lamp:   {{profile: generic/dimmer-16, to: panels, at: 0/3}}
  one:    {{profile: generic/panel-cct, to: panels, at: 0/11}}
  two:    {{profile: generic/panel-cct, to: panels, at: 0/21}}
  three:  {{profile: generic/panel-cct, to: panels, at: 0/31}}
  four:   {{profile: generic/panel-cct, to: panels, at: 0/41}}
  five:   {{profile: generic/panel-cct, to: panels, at: 0/51}}
  six:    {{profile: generic/panel-cct, to: panels, at: 0/61}}
{lamps}submasters:
  key: [key]
groups:
  six-of-them: [one, two, three, four, five, six]
{crowd_group}cues:
  1: {{look: {{six-of-them: 20% 3200K}}, fade: 5 s}}
  2: {{look: {{six-of-them: 60% 4300K}}, fade: 5 s}}
states:
  show:
    start: still
    still: {{look: {{key: 100%, marker: 100%}}, on: {{go: left}}}}
    left:  {{cues: 1, look: {{key: 100%, marker: 0%}}, on: {{go: right}}}}
    right: {{cues: 2, look: {{key: 100%, marker: 100%}}, on: {{go: left}}}}
    safe:  {{fail: true, look: {{six-of-them: 70%}}, on: {{go: back}}}}
  lamp:
    start: dark
    dark: {{fail: true, look: {{lamp: 0%}}, on: {{up: full}}}}
    full: {{look: {{lamp: 100%}}, fade: 5 s, on: {{down: dark}}}}
{crowd_states}"""

CROWD_STATES = """\
  crowd:
    start: rising
    rising:  {{look: {{others: "{up}"}}, fade: {fade}, after: {{{fade}: falling}}}}
    falling: {{look: {{others: "{down}"}}, fade: {fade}, after: {{{fade}: rising}}}}
    dark:    {{fail: true, look: {{others: 0%}}, on: {{up: rising}}}}
"""


def wide(
    universes: int, panels: str, crowd: str, tablets: int, fade: str = "5 s", kind: Crowd | None = None
) -> str:
    """Universe 0 with what is pressed, and ``universes`` more that fade up and down for ever, all slots.

    ``panels`` and ``crowd`` are settings of an Art-Net connection, such as ``host: 127.0.0.1, port: 6454``. Slots
    (from 0) of universe 0: 0 follows the submaster ``key`` and the master, 1 snaps with each GO, 2 and 3 (16 bits) fade
    to full in 5 s at ``/showctl/trigger/up`` and are dark at ``/showctl/trigger/down``.
    """
    kind = kind or (EIGHT_BITS if universes <= EIGHT_BITS_MAX else SIXTEEN_BITS)
    numbers = [(universe, lamp) for universe in range(1, universes + 1) for lamp in range(512 // kind.slots)]
    lamps = "".join(
        f"  c{universe}-{lamp}: {{profile: {kind.profile}, to: crowd, at: {universe}/{lamp * kind.slots + 1}}}\n"
        for universe, lamp in numbers
    )
    up, down = kind.looks
    names = ", ".join(f"c{universe}-{lamp}" for universe, lamp in numbers)
    return WIDE.format(
        panels=panels, crowd=crowd, tablets=tablets, lamps=lamps,
        crowd_group=f"  others: [{names}]\n" if universes else "",
        crowd_states=CROWD_STATES.format(up=up, down=down, fade=fade) if universes else "",
    )


# ---- growth ----

LOOKS_MAX = 80_000      # cues that do something; those after it are there and empty: a sheet has at most 500,000 pieces

GROWING = """\
show: Growing
go-gap: 0 ms
connections:
  panels:  {{driver: artnet, host: 127.0.0.1, port: {panels}}}
  sensors: {{driver: mqtt, broker: "127.0.0.1:{broker}"}}
  tablets: {{driver: osc, listen: "127.0.0.1:{tablets}"}}
{stations}fixtures:
  key:    {{profile: generic/dimmer, to: panels, at: 0/1}}
  marker: {{profile: generic/dimmer, to: panels, at: 0/2}}
  side:   {{profile: generic/panel-cct, to: panels, at: 0/11}}
{triggers}submasters:
  key: [key]
looks:
  odd:  {{key: 100%, marker: 0%, side: 20% 3200K in 5 s}}
  even: {{key: 100%, marker: 100%, side: 60% 4300K in 5 s}}
cues:
{cues}states:
  show:
    start: list
    list: {{cues: 1-{last}, on: {{go: list{sensed}}}}}
    safe: {{fail: true, look: {{side: 70%}}, on: {{go: back}}}}
"""


def growing(panels: int, broker: int, tablets: int, cues: int = 2, sensors: int = 0, stations: int = 0) -> str:
    """A list of so many cues that GO walks round and round, with sensors and stations beside it.

    Slot 0 of universe 0 follows the submaster ``key``, slot 1 snaps with each cue. Sensor ``n`` (from 1) is the topic
    ``bench/n``; the last one starts a cue of its own. Station ``n`` speaks from 127.0.1.n (from 127.0.2.1 after 250).
    """
    said = "".join(f"  {_number(number)}: {_look(number)}\n" for number in range(1, cues + 1))
    triggers = "".join(
        f"  s{number}: {{from: sensors, topic: bench/{number}, when: payload > 0.5}}\n"
        for number in range(1, sensors + 1)
    )
    hosts = "".join(
        f"  t{number}: {{from: tablets, host: {station_host(number)}, role: viewer}}\n"
        for number in range(1, stations + 1)
    )
    return GROWING.format(
        panels=panels, broker=broker, tablets=tablets, cues=said, last=_number(cues),
        triggers=f"triggers:\n{triggers}" if triggers else "", stations=f"stations:\n{hosts}" if hosts else "",
        sensed=f", s{sensors}: cue 2, not s{sensors}: cue 1" if sensors else "",
    )


def _number(number: int) -> str:
    """Cue numbers end at 99999.999: the hundred-thousandth is 99999.5."""
    return str(number) if number < 100_000 else "99999.5"


def _look(number: int) -> str:
    if number > LOOKS_MAX:
        return "{}"
    return "{look: even}" if number % 2 == 0 else "{look: odd}"


def station_host(number: int) -> str:
    """The loopback address of station ``number`` (from 1)."""
    block, last = divmod(number - 1, 250)
    return f"127.0.{block + 1}.{last + 1}"


def write(path: Path, text: str) -> Path:
    """Write one text; returns where."""
    path.write_text(text, encoding="utf-8")
    return path
