"""What `find` makes of devices: no GPIO chip, USB port or MIDI cable can exist here, so the libraries are stand-ins."""

import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from showctl.errors import DriverError
from showctl.model import Found
from showctl_drivers import _midi_ports, _serial_ports, gpio, midi, serial_line


async def found(module):
    return [each async for each in module.find("127.0.0.1")]


async def test_gpio_chips_say_their_lines_and_a_forbidden_one_says_so(monkeypatch):
    import gpiod


    @contextlib.contextmanager
    def chip(path):
        if path == "/dev/gpiochip1":
            raise PermissionError(13, "Permission denied")
        yield SimpleNamespace(get_info=lambda: SimpleNamespace(label="pinctrl-bcm2711", num_lines=58))

    monkeypatch.setattr(gpiod, "Chip", chip)
    monkeypatch.setattr(Path, "glob", lambda *_: [Path("/dev/gpiochip1"), Path("/dev/gpiochip0")])
    assert await found(gpio) == [
        Found("gpio", (("chip", "/dev/gpiochip0"),), "pinctrl-bcm2711", ("lines 0 to 57",)),
        Found("gpio", (("chip", "/dev/gpiochip1"),), "", ("cannot be opened: Permission denied",)),
    ]


async def test_serial_ports_go_by_their_stable_name(monkeypatch, tmp_path):
    from serial.tools import list_ports

    port = tmp_path / "ttyACM0"
    port.touch()
    stable = tmp_path / "by-id" / "usb-Arduino_Uno-if00"
    stable.parent.mkdir()
    stable.symlink_to(port)
    monkeypatch.setattr(_serial_ports, "STABLE_NAMES", stable.parent)
    ports = [("/dev/ttyS9", None, None), (str(port), "Arduino", "Uno")]
    monkeypatch.setattr(list_ports, "comports", lambda: [
        SimpleNamespace(device=device, manufacturer=maker, product=product) for device, maker, product in ports])
    assert sorted(await found(serial_line), key=str) == sorted([
        Found("serial_line", (("port", "/dev/ttyS9"),), ""),
        Found("serial_line", (("port", str(stable)),), f"Arduino Uno {port}"),
    ], key=str)


async def test_midi_ports_lose_the_numbers_that_change(monkeypatch):
    def library(outputs, inputs):
        def end(ports):
            return lambda name: SimpleNamespace(get_ports=lambda: ports, close_port=list, delete=list)
        return lambda: SimpleNamespace(MidiOut=end(outputs), MidiIn=end(inputs))

    desk, synth = "Atlas One:Atlas One MIDI 1 24:0", "synth:in"
    monkeypatch.setattr(_midi_ports, "_library", library([desk, synth], [desk]))
    assert await found(midi) == [Found("midi", (("port", "Atlas One:Atlas One MIDI 1"),)),
                                 Found("midi", (("port", "synth:in"),), "", ("out only",))]


async def test_a_machine_without_midi_says_so(monkeypatch):
    def nothing(name):
        raise SystemError("no sequencer")

    monkeypatch.setattr(_midi_ports, "_library", lambda: SimpleNamespace(MidiOut=nothing, MidiIn=nothing))
    with pytest.raises(DriverError, match=r"no MIDI here: no sequencer"):
        await found(midi)
