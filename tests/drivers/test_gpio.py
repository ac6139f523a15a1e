"""A mock: no test machine has a GPIO chip, so a fake one stands behind ``open_lines``; see ``make kernel-test``."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator, Sequence

import pytest

from showctl.errors import DriverError
from showctl.model import Lost, Malformed, Trigger
from showctl_drivers import gpio

CONFIG = gpio.Config({"footswitch": 17, "door": 27}, name="pins")


class FakeChip:
    """Lines that read as told; an edge makes the descriptor readable, as the kernel does."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self.now = {17: False, 27: True}
        self.waiting: list[gpio.Edge] = []
        self.gone = False
        self.released = False
        self.asked = 0

    @property
    def fd(self) -> int:
        return self._read

    def values(self) -> Sequence[tuple[int, bool]]:
        return list(self.now.items())

    def edges(self) -> Sequence[gpio.Edge]:
        self.asked += 1
        if self.gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        os.read(self._read, 4096)
        edges, self.waiting = self.waiting, []
        return edges

    def release(self) -> None:
        self.released = True

    def happen(self, *edges: gpio.Edge) -> None:
        self.waiting += edges
        os.write(self._write, b"!")

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeChip]:
    chip = FakeChip()
    monkeypatch.setattr(gpio, "open_lines", lambda _config: chip)
    yield chip
    chip.close()


async def test_semantics_23_the_present_value_is_a_baseline_and_an_edge_is_live(chip: FakeChip) -> None:
    """SEMANTICS 23, CORE 3: the driver publishes each line's level at the start; it fires nothing."""
    heard: list[object] = []
    async with gpio.connect(CONFIG, heard.append) as send:
        assert send is None
        assert heard == [
            Trigger("pins", "footswitch", False, retained=True), Trigger("pins", "door", True, retained=True),
        ]  # fmt: skip
        chip.happen(gpio.Edge(17, True, 5_000, 1), gpio.Edge(17, False, 9_000, 2))
        await asyncio.sleep(0.01)
    assert heard[2:] == [
        Trigger("pins", "footswitch", True, seen_ns=5_000), Trigger("pins", "footswitch", False, seen_ns=9_000),
    ]  # fmt: skip
    assert chip.released


async def test_edges_the_kernel_had_no_room_for_are_reported(chip: FakeChip) -> None:
    heard: list[object] = []
    async with gpio.connect(CONFIG, heard.append):
        chip.happen(gpio.Edge(27, False, 1, 1), gpio.Edge(27, False, 2, 5))
        await asyncio.sleep(0.01)
    assert heard[2:] == [
        Trigger("pins", "door", False, seen_ns=1),
        Malformed("pins", "door: 3 edges came faster than we read; debounce_us helps"),
        Trigger("pins", "door", False, seen_ns=2),
    ]


async def test_a_chip_that_is_gone_is_lost_once_and_the_loop_rests(chip: FakeChip) -> None:
    heard: list[object] = []
    async with gpio.connect(CONFIG, heard.append):
        chip.gone = True
        chip.happen()
        await asyncio.sleep(0.03)
    assert heard[2:] == [Lost("pins", "/dev/gpiochip0: No such device")]
    assert chip.asked == 1
    assert chip.released


async def test_an_absent_chip_is_named_with_its_lines() -> None:
    config = gpio.Config({"door": 27}, chip="/dev/no-such-chip")
    with pytest.raises(DriverError, match=r"/dev/no-such-chip, lines \{door: 27\}: No such file.*group gpio"):
        async with gpio.connect(config, lambda _: None):
            pass


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"lines": {}}, "1 to 64 lines"), ({"lines": {"a": -1}}, "0 to 1023"), ({"lines": {"a": True}}, "0 to 1023"),
        ({"lines": {"a": 3, "b": 3}}, "two names"), ({"bias": "up"}, "pull-up"), ({"debounce_us": -1}, "0 to 1000000"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        gpio.Config(**{"lines": {"door": 27}, **values})  # type: ignore[arg-type]
