"""`showctl devices`: each driver that can look is asked, and none of them can spoil the list."""

import asyncio
import json

import pytest
import yaml

from showctl import cli, cli_devices
from showctl.errors import DriverError, UsageError
from showctl.model import Found

PANEL = Found("artnet", (("host", "10.0.0.20"),), "panel", ("Six panels", "puts out universe 0, 1"))
DESK = Found("midi", (("port", 'Atlas "One": MIDI\x1b[2J'),))


class Looks:
    """A driver that finds these, then does this."""

    def __init__(self, *found, then=None):
        self.found, self.then = found, then

    async def find(self, interface):
        self.interface = interface
        for each in self.found:
            yield each
        if isinstance(self.then, Exception):
            raise self.then
        if self.then is not None:
            await self.then()


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*arguments, **finders):
        monkeypatch.setattr(cli_devices, "finders", lambda: finders)
        status = cli.main(["devices", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_every_line_can_be_written_into_a_sheet(run):
    status, out, _ = run(artnet=Looks(PANEL), midi=Looks(DESK), gpio=Looks())
    assert status == 0
    first, second, third = sorted(out.splitlines(), key=lambda line: ("gpio" in line, "midi" in line))
    assert first.endswith("  # panel; Six panels; puts out universe 0, 1")
    assert third == "# gpio: none"
    assert yaml.safe_load(first) == {"driver": "artnet", "host": "10.0.0.20"}
    assert yaml.safe_load(second) == {"driver": "midi", "port": 'Atlas "One": MIDI\x1b[2J'}
    assert out.replace("\n", "").isprintable()


def test_as_json(run):
    status, out, _ = run("--json", artnet=Looks(PANEL), midi=Looks(then=DriverError("no MIDI here")))
    assert status == 0
    assert json.loads(out) == {
        "devices": [{"driver": "artnet", "settings": {"host": "10.0.0.20"}, "name": "panel",
                     "notes": ["Six panels", "puts out universe 0, 1"]}],
        "troubles": [{"driver": "midi", "reason": "no MIDI here"}],
    }


@pytest.mark.parametrize(("then", "words"), [
    (DriverError("the port is taken"), "# x: cannot look: the port is taken"),
    (ZeroDivisionError("oh"), "# x: cannot look: the driver failed: ZeroDivisionError('oh')"),
    (asyncio.Event().wait, "# x: cannot look: did not end within 0.05 s"),
])
def test_a_driver_that_cannot_look_says_why_and_the_others_go_on(run, monkeypatch, then, words):
    """What it found before counts; every wait ends."""
    monkeypatch.setattr(cli_devices, "LOOK_WITHIN_S", 0.05)
    status, out, _ = run(x=Looks(DESK, then=then), artnet=Looks(PANEL))
    assert status == 0
    assert len(out.splitlines()) == 3
    assert words in out.splitlines()


def test_each_driver_is_told_as_soon_as_it_has_looked(run):
    """Nobody waits 10 s for sACN sources to see the name of a MIDI port."""
    async def later():
        await asyncio.sleep(0.05)

    _, out, _ = run(artnet=Looks(PANEL, then=later), midi=Looks(DESK))
    assert [line.partition(",")[0] for line in out.splitlines()] == ["{driver: midi", "{driver: artnet"]


def test_a_driver_that_finds_without_end_is_cut(run, monkeypatch):
    monkeypatch.setattr(cli_devices, "DEVICES_MAX", 3)
    _, out, _ = run(x=Looks(*[PANEL] * 9))
    assert len(out.splitlines()) == 4
    assert "more than 3 devices" in out


def test_networks_are_asked_on_loopback_unless_an_interface_is_named(run):
    """Law 11."""
    looks = Looks()
    run(x=looks)
    assert looks.interface == "127.0.0.1"
    run("--interface", "10.0.0.5", x=looks)
    assert looks.interface == "10.0.0.5"


def test_an_interface_that_is_not_there_is_a_mistake_of_the_caller(run):
    status, out, err = run("--interface", "198.51.100.1", x=Looks(then=UsageError("this machine has no interface")))
    assert (status, out, err) == (2, "", "showctl: this machine has no interface\n")


def test_the_drivers_that_can_look():
    assert {"artnet", "gpio", "midi", "sacn", "serial_line"} <= set(cli_devices.finders())
    assert "mqtt" not in cli_devices.finders()
