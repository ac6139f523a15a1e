"""The room of a sheet: connections and their drivers' settings, patch, faders, venue files and single overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from showctl import sheet
from showctl.model import LEVEL_MAX
from tests.sheet_room import A_LEVEL, C_LEVEL, C_RED, ROOM, read, refused


@dataclass(frozen=True)
class Box:
    """A driver's settings, one of each type that a Config may have."""

    host: str
    port: int = 6454
    rate_hz: int = 44
    keep_alive: float = 1.0
    wait_ms: int = 0
    loud: bool = False
    columns: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    ca: str | None = None
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port is 1 to 65535, not {self.port}")


def connected(settings: str) -> sheet.Checked:
    return sheet.check(f"show: X\nconnections:\n  box: {{driver: box{settings}}}\n", "x.yaml", {"box": Box})


def test_settings_become_what_the_config_wants() -> None:
    found = connected(
        ", host: 10.0.0.20, port: 1024, rate-hz: 40 Hz, keep-alive: 500 ms, wait-ms: 2 s, loud: true, "
        "columns: [1, north], lines: {hook: 17}, ca: null"
    ).sheet
    assert found is not None
    settings = found.connections["box"].settings
    assert settings == {
        "host": "10.0.0.20", "port": 1024, "rate_hz": 40, "keep_alive": 0.5, "wait_ms": 2000, "loud": True,
        "columns": ("1", "north"), "lines": {"hook": 17}, "ca": None,
    }  # fmt: skip
    assert Box(**settings, name="box").host == "10.0.0.20"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", "3:3: 'box' needs 'host'"),
        (", host: a, hots: b", "3:31: this driver has no setting 'hots'; did you mean 'host'?"),
        (", host: a, name: b", "3:31: this driver has no setting 'name'"),
        (", host: a, port: many", "3:37: 'many' is not a number; write such as '40', '40 Hz' or '5 s'"),
        (", host: a, port: 1.5", "3:37: '1.5' has decimals; a whole number is wanted"),
        (", host: a, port: 70000", "3:37: port is 1 to 65535, not 70000"),
        (", host: a, loud: yes", "3:37: 'yes' stands here; write true or false"),
        (", host: [a]", "3:28: a list stands here; one value is wanted"),
        (", host: a, lines: 17", "3:38: '17' stands here; a map is wanted"),
        (", host: a, token: x", "3:31: 'token' is a secret and does not belong in a sheet"),
        (", host: a, api-key: x", "3:31: 'api-key' is a secret and does not belong in a sheet"),
        (", host: 'mqtt://me:mine@broker'", "3:28: a password in an address does not belong in a sheet"),
    ],
)
def test_settings_that_are_wrong(settings: str, expected: str) -> None:
    found = connected(settings).problems
    assert str(found[0]).removeprefix("x.yaml:").startswith(expected)


def test_a_driver_that_is_not_there() -> None:
    (problem,) = sheet.check("show: X\nconnections: {a: {driver: bxo}}\n", "x.yaml", {"box": Box}).problems
    assert str(problem) == "x.yaml:2:27: no driver 'bxo'; did you mean 'box'?"


def test_serial_is_serial_line() -> None:
    assert read("", ROOM.replace("serial_line", "serial")).connections["pedal"].driver == "serial_line"


# ---- fixtures ----


def test_the_patch() -> None:
    """A fixture's own dimmer is patched; one without is dimmed through its emitters."""
    found = read("")
    slots = [(each.to, each.universe, each.slot, each.parameter, each.dimmed_by) for each in found.patch]
    assert slots[:2] == [("panels", 0, 1, A_LEVEL, None), ("panels", 0, 2, A_LEVEL + 1, None)]
    assert slots[4:] == [("panels", 1, 510 + each, C_RED + each, C_LEVEL) for each in range(3)]
    assert [found.parameters[each].intensity for each in (C_LEVEL, C_RED)] == [None, C_LEVEL]
    assert found.groups["all"] == ("a", "b", "c")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("at: 0/11", "at: 0/2"), "'b' takes slots 0/2 to 0/3, and 'a' (line 12) is there already"),
        (("at: 1/0510", "at: 1/511"), "takes 3 slots and runs over slot 512; its last possible slot is 1/510"),
        (("at: 0/11", "at: 0.11"), "'0.11' is not an address; write 'universe/slot'"),
        (("at: 0/11", "at: 0/513"), "1 to 512"),
        (("b: {profile", "ab: {profile"), "'ab' is a group too"),
        (("b: {profile", "all: {profile"), "'all' has a meaning of its own"),
        (("b: {profile", "b b: {profile"), "'b b' cannot be a name"),
        (("[a, b]", "[a, bb]"), "no fixture 'bb'"),
        (("cc: 7, ceiling", "cc: 7, cc14: 7, ceiling"), "'music' needs one of: channel with cc"),
        (("channel: 1, cc: 7", "cc: 7"), "'music' needs a MIDI 'channel' beside its 'cc'"),
        (("cc: 7", "cc: 128"), "write a whole number from 0 to 127"),
        (("channel: 1, cc14: 8", "channel: 1, cc: 7"), "'voice' and 'music' are the same fader of 'mixer'"),
        (("start: out", "start: -3 dB"), "'music' would start above its own ceiling"),
        (("ceiling: -6 dB", "ceiling: 20 dB"), "goes from -90 dB to +10 dB"),
        (("law: x32", "law: x33"), "no fader law 'x33'; did you mean 'x32'?"),
        (("law: x32", "law: 'out 0%, 0 dB 75%, -1 dB 100%'"), "'-1 dB 100%' does not lie above the corner before it"),
        (("topic: cart/command", "topic: cart/+"), "a command goes to one topic"),
        (("address: /sleeve/show", "address: sleeve/show"), "it begins with /"),
        (("sysex: F0 7E 7F 09 01 F7", "sysex: 7E 7F"), "begins with F0, ends with F7"),
        (("channel: 3, note: 60", "note: 60"), "'bell' needs one of: topic, address, channel with note"),
        (
            ("to: mixer, channel: 1, cc: 7", "to: panels, channel: 1, cc: 7"),
            "'panels' is artnet, which carries no cc; that is for midi",
        ),
        (("to: sensors, topic", "to: desk, topic"), "'desk' is osc, which carries no topic; that is for mqtt"),
        (("to: panels, at: 0/11", "to: sensors, at: 0/11"), "'sensors' is mqtt, which carries no dmx"),
        (("to: panels, at: 0/11", "to: desk, at: 0/11"), "'desk' sends no DMX; give the connection 'dmx: ola'"),
        (("host: 10.0.0.31", "host: tablet-1"), "is no IP address"),
        (("from: desk, host", "from: dsk, host"), "no connection 'dsk'; did you mean 'desk'?"),
        (("host: 10.0.0.31", "host: 10.0.0.31, says: {x: jump}"), "'jump' is nothing a station can say"),
        (("host: 10.0.0.31", "host: 10.0.0.31, role: boss"), "write operator or viewer"),
    ],
)
def test_room_mistakes(change: tuple[str, str], said: str) -> None:
    assert change[0] in ROOM
    found = refused("", ROOM.replace(*change, 1))
    assert any(said in problem for problem in found), found


def test_a_wrong_value_is_not_also_missing() -> None:
    assert refused("", ROOM.replace("at: 0/11", "at: 0.11", 1)) == [
        "-19: '0.11' is not an address; write 'universe/slot', such as '0/11'"
    ]


def test_submasters() -> None:
    found = read("submasters:\n  front: [ab]\n  one: [a]\n")
    assert found.submasters == ("front", "one")
    assert [found.parameters[each].submasters for each in (A_LEVEL, A_LEVEL + 1, A_LEVEL + 2)] == [
        ("front", "one"), (), ("front",),
    ]  # fmt: skip


# ---- venue files ----


def at(venue: str, *overrides: str) -> sheet.Checked:
    return sheet.check(
        ROOM + "cues:\n  2.5: {look: {a: 10%}, fade: 1 s}\n", "x.yaml", None, (venue, "v.yaml"), overrides
    )


def test_a_venue_replaces_the_room() -> None:
    found = at(
        "connections:\n  panels: {driver: artnet, host: 10.9.9.9, port: 7000}\n  extra: {driver: artnet}\n"
        "stations:\n  foh: none\n  bar: {from: desk, host: 10.0.0.40}\n"
        "fixtures:\n  b: {at: 5/1}\n"
        "groups:\n  ab: a\n"
        "faders:\n  music: {cc14: 9}\n  voice: {to: desk, address: /ch/1}\n"
        "commands:\n  cart: {topic: hall/cart}\n"
        "triggers:\n  door: {topic: hall/door, when: state == true}\n  hook: {from: sensors, topic: hook}\n"
    ).sheet
    assert found is not None
    assert found.connections["panels"].settings == {"host": "10.9.9.9", "port": "7000"}
    assert list(found.stations) == ["bar", "terminal", "local"]
    assert [each.universe for each in found.patch] == [0, 0, 5, 5, 1, 1, 1]
    assert found.groups["ab"] == ("a",)
    assert found.faders["music"].address == ("cc14", 1, 9)
    assert found.faders["music"].ceiling < LEVEL_MAX
    assert found.faders["voice"].address == ("osc", "/ch/1")
    assert found.commands["cart"].address == ("topic", "hall/cart")
    assert found.commands["cart"].hazard == "moves"
    assert [getattr(found.triggers[name], "address", "") for name in ("door", "hook")] == ["hall/door", "hook"]


@pytest.mark.parametrize(
    ("venue", "expected"),
    [
        ("cues:\n  1: {}\n", "v.yaml:1:1: a venue file leaves 'cues' to the cue sheet"),
        ("looks: {}\n", "v.yaml:1:1: a venue file leaves 'looks' to the cue sheet"),
        (
            "conections: {}\n",
            "v.yaml:1:1: a venue file leaves 'conections' to the cue sheet; did you mean 'connections'?",
        ),
        ("fixtures:\n  b: {att: 5/1}\n", "v.yaml:2:7: no key 'att' here; did you mean 'at'?"),
        (
            "fixtures:\n  b: {at: 0/1}\n",
            "v.yaml:2:11: 'b' takes slots 0/1 to 0/2, and 'a' (x.yaml:12) is there already",
        ),
        ("fixtures: [b]\n", "v.yaml:1:1: 'fixtures' is a map of names"),
        ("- a\n", "v.yaml:1:1: a venue file is a map; begin with 'connections:'"),
        ("a: [\n", "v.yaml:2:1: this is not YAML"),
        ("connections:\n  panels: none\n", "x.yaml:12:39: no connection 'panels'; did you mean 'pins'?"),
    ],
)
def test_venue_mistakes(venue: str, expected: str) -> None:
    found = at(venue).problems
    assert str(found[0]).startswith(expected), found


def test_an_empty_venue_changes_nothing() -> None:
    assert at("# nothing yet\n").sheet == at("connections:\n").sheet


@pytest.mark.parametrize(
    ("override", "look_at"),
    [
        (
            "connections.panels.host=10.0.0.99",
            lambda found: found.connections["panels"].settings["host"] == "10.0.0.99",
        ),
        ("connections.panels.port=7000", lambda found: found.connections["panels"].settings["port"] == "7000"),
        ("cues.2.5.fade=3 s", lambda found: next(iter(found.cues.values())).parts[0].fade_ns == 3 * 10**9),
        ("faders.music.start=-20 dB", lambda found: found.faders["music"].start > 0),
        ("go-gap=0", lambda found: found.go_gap_ns == 0),
    ],
)
def test_one_value_from_the_command_line(override: str, look_at: object) -> None:
    found = at("", override)
    assert found.problems == ()
    assert callable(look_at)
    assert look_at(found.sheet)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("connections.panel.host=a", "there is no 'panel'; did you mean 'panels'?"),
        ("connections.panels", "write a path, = and a value"),
        ("connections.panels=a", "'panels' is more than one value; name one in it"),
        ("fixtures.b.at=0/1", "'b' takes slots 0/1"),
        ("fixtures.a.att=0/11", "no key 'att' here; did you mean 'at'?"),
        ("go-gap=soon", "'soon' is not a time"),
    ],
)
def test_override_mistakes(override: str, said: str) -> None:
    found = at("", override).problems
    assert any(said in each.message for each in found), found
    assert any(f"--set {override}" == each.file for each in found)
