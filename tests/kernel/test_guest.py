"""The GPIO and MIDI drivers on a real kernel: gpio-sim and the ALSA sequencer, inside ``make kernel-test``'s guest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from showctl.errors import DriverError
from showctl.model import EdgeFrame, LevelFrame, Lost, Malformed, Trigger
from showctl_drivers import gpio, midi

pytestmark = pytest.mark.kernel

SIMULATED = Path("/sys/kernel/config/gpio-sim")
S = 1_000_000_000


class Chip:
    """A chip of eight lines whose wires this test pulls."""

    def __init__(self) -> None:
        if not SIMULATED.is_dir():
            pytest.fail("no gpio-sim in this kernel; run: make kernel-test", pytrace=False)
        self._place = SIMULATED / "shop"
        self._bank = self._place / "bank0"
        self._bank.mkdir(parents=True)
        (self._bank / "num_lines").write_text("8")
        self.live = self._place / "live"
        self.live.write_text("1")
        name = (self._bank / "chip_name").read_text().strip()
        self.path = f"/dev/{name}"
        self._wires = Path(f"/sys/devices/platform/{(self._place / 'dev_name').read_text().strip()}/{name}")

    def pull(self, line: int, up: bool) -> None:
        (self._wires / f"sim_gpio{line}/pull").write_text("pull-up" if up else "pull-down")

    def remove(self) -> None:
        if self.live.read_text().strip() == "1":
            self.live.write_text("0")
        self._bank.rmdir()
        self._place.rmdir()


@pytest.fixture
def chip() -> Iterator[Chip]:
    chip = Chip()
    yield chip
    chip.remove()


async def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.002)


def config(chip: Chip, **more: object) -> gpio.Config:
    return gpio.Config({"footswitch": 3, "door": 5}, chip=chip.path, name="pins", **more)  # type: ignore[arg-type]


async def test_semantics_23_a_baseline_then_edges_with_the_kernels_time(chip: Chip) -> None:
    chip.pull(5, True)
    heard: list[Trigger] = []
    async with gpio.connect(config(chip), heard.append):  # type: ignore[arg-type]
        assert heard == [
            Trigger("pins", "footswitch", False, retained=True), Trigger("pins", "door", True, retained=True),
        ]  # fmt: skip
        before_ns = time.monotonic_ns()
        chip.pull(3, True)
        await until(lambda: len(heard) == 3)
        chip.pull(3, False)
        chip.pull(5, False)
        await until(lambda: len(heard) == 5)
        after_ns = time.monotonic_ns()
    stamps = [trigger.seen_ns or 0 for trigger in heard[2:]]
    assert [(t.address, t.value, t.retained) for t in heard[2:]] == [
        ("footswitch", True, False), ("footswitch", False, False), ("door", False, False),
    ]  # fmt: skip
    assert [before_ns, *stamps, after_ns] == sorted([before_ns, *stamps, after_ns])


async def test_how_long_from_the_wire_to_emit(chip: Chip) -> None:
    took_us: list[int] = []

    def emit(trigger: object) -> None:
        if isinstance(trigger, Trigger) and trigger.seen_ns is not None:
            took_us.append((time.monotonic_ns() - trigger.seen_ns) // 1000)

    async with gpio.connect(config(chip), emit):
        for number in range(200):
            chip.pull(3, number % 2 == 0)
            await until(lambda: len(took_us) == number + 1)  # noqa: B023
    took_us.sort()
    print(f"\nkernel stamp to emit, emulated: p50 {took_us[100]} us, p99 {took_us[197]} us")
    assert len(took_us) == 200


async def test_a_contact_to_ground_reads_as_true_with_a_pull_up(chip: Chip) -> None:
    heard: list[Trigger] = []
    async with gpio.connect(config(chip, bias="pull-up", active_low=True), heard.append):  # type: ignore[arg-type]
        assert [trigger.value for trigger in heard] == [False, False], "open: pulled up, not active"
        chip.pull(3, False)
        await until(lambda: len(heard) == 3)
    assert heard[2].address == "footswitch"
    assert heard[2].value is True


async def test_the_kernel_debounces(chip: Chip) -> None:
    heard: list[Trigger] = []
    async with gpio.connect(config(chip, debounce_us=200_000), heard.append):  # type: ignore[arg-type]
        for number in range(9):
            chip.pull(3, number % 2 == 0)
        await until(lambda: len(heard) == 3)
        await asyncio.sleep(0.5)
    assert [trigger.value for trigger in heard[2:]] == [True]


async def test_edges_faster_than_we_read_are_reported_and_the_last_level_is_right(chip: Chip) -> None:
    heard: list[object] = []
    async with gpio.connect(config(chip), heard.append):
        for number in range(201):
            chip.pull(3, number % 2 == 0)    # the loop does not turn: the kernel's buffer overflows
        await until(lambda: len(heard) > 10)
        await asyncio.sleep(0.1)
    missed = [item for item in heard if isinstance(item, Malformed)]
    assert missed
    assert "edges came faster than we read" in missed[0].reason
    assert isinstance(heard[-1], Trigger)
    assert heard[-1].value is True


async def test_a_line_in_use_is_named(chip: Chip) -> None:
    async with gpio.connect(config(chip), lambda _: None):
        with pytest.raises(DriverError, match=r"footswitch: 3, door: 5.*busy"):
            async with gpio.connect(config(chip), lambda _: None):
                pass


async def test_a_line_the_chip_has_not_is_named(chip: Chip) -> None:
    with pytest.raises(DriverError, match=r"lines \{door: 99\}"):
        async with gpio.connect(gpio.Config({"door": 99}, chip=chip.path), lambda _: None):
            pass


async def test_alsa_midi_goes_round(capsys: pytest.CaptureFixture[str]) -> None:
    """The driver to a virtual mixer on the sequencer, and the mixer's fader back."""
    import rtmidi

    if not Path("/dev/snd/seq").exists():
        pytest.fail("no ALSA sequencer in this kernel; run: make kernel-test", pytrace=False)
    received: list[list[int]] = []
    desk_in, desk_out = rtmidi.MidiIn(rtmidi.API_LINUX_ALSA, "desk"), rtmidi.MidiOut(rtmidi.API_LINUX_ALSA, "desk")
    desk_in.set_callback(lambda event, _: received.append(event[0]))
    desk_in.open_virtual_port("Atlas One")
    desk_out.open_virtual_port("Atlas One")
    heard: list[object] = []
    try:
        async with midi.connect(midi.Config("Atlas One", listen=True, api="alsa", name="mixer"), heard.append) as send:
            assert send is not None
            send(LevelFrame("mixer", ("cc", 1, 7), 100, 127))
            send(EdgeFrame("mixer", ("program", 1), 5, 0, 2 * S))
            await until(lambda: len(received) == 2)
            desk_out.send_message([0xB0, 7, 64])
            await until(lambda: heard)
    finally:
        for end in (desk_in, desk_out):
            end.close_port()
            end.delete()
    assert received[0] == [0xB0, 7, 100]
    assert received[1][0] == 0xC0
    assert heard == [Trigger("mixer", "cc 1 7", 64)]


async def test_a_chip_that_is_unbound_is_lost_or_at_least_harms_nothing(chip: Chip) -> None:
    heard: list[object] = []
    async with gpio.connect(config(chip), heard.append):
        chip.live.write_text("0")
        await asyncio.sleep(1)
    print(f"\na removed chip: {heard[2:]}")
    assert len(heard[2:]) <= 1
    assert all(isinstance(item, Lost) for item in heard[2:])
