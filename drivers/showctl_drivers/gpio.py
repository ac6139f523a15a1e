"""GPIO: buttons, doors and beams on the pins of a Pi, through libgpiod and the kernel's edge events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from showctl.driver import Emit
from showctl.errors import DriverError
from showctl.model import Found, Lost, Malformed, Trigger

BIASES = ("as-is", "pull-up", "pull-down", "disabled")
EDGES_MAX = 64    # a turn of the loop; the kernel keeps 16 a line, and the newest


@dataclass(frozen=True, slots=True)
class Config:
    """Lines of one GPIO chip, all inputs.

    chip         the device, ``/dev/gpiochip0``
    lines        name → line number on the chip (0..1023), ``{footswitch: 17, door: 27}``; 1 to 64 of them
    bias         resistor inside the chip: ``as-is``, ``pull-up``, ``pull-down`` or ``disabled``
    active_low   true where a closed contact pulls the line to ground: low then reads as true
    debounce_us  microseconds a line must be stable before the kernel reports it, 0..1000000; 0: every edge
    """

    lines: Mapping[str, int]
    chip: str = "/dev/gpiochip0"
    bias: str = "as-is"
    active_low: bool = False
    debounce_us: int = 0
    name: str = ""
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= 64:
            raise ValueError("lines names 1 to 64 lines, such as {footswitch: 17}")
        for name, line in self.lines.items():
            if type(line) is not int or not 0 <= line <= 1023:
                raise ValueError(f"line {name} is a number from 0 to 1023, not {line!r}")
        if len(set(self.lines.values())) != len(self.lines):
            raise ValueError("two names for one line")
        if self.bias not in BIASES:
            raise ValueError(f"bias is one of {', '.join(BIASES)}, not {self.bias!r}")
        if type(self.debounce_us) is not int or not 0 <= self.debounce_us <= 1_000_000:
            raise ValueError(f"debounce_us is 0 to 1000000 microseconds, not {self.debounce_us!r}")


@dataclass(frozen=True, slots=True)
class Edge:
    """One change of a line. ``stamp_ns`` is the kernel's CLOCK_MONOTONIC, ``number`` counts a line's edges from 1."""

    line: int
    active: bool
    stamp_ns: int
    number: int


class Lines(Protocol):
    """Requested lines: the one seam behind which a test may put a chip that is not there."""

    @property
    def fd(self) -> int:
        """Readable while an edge waits."""

    def values(self) -> Sequence[tuple[int, bool]]:
        """(line, whether it is active now)."""

    def edges(self) -> Sequence[Edge]:
        """The edges that wait, oldest first, at most ``EDGES_MAX``. Raises OSError where the chip is gone."""

    def release(self) -> None:
        """Give the lines back."""


@asynccontextmanager
async def connect(config: Config, emit: Emit) -> AsyncIterator[None]:
    """Watch the lines. Each one's present value comes first, marked as retained: a baseline, never an edge.

    Raises DriverError where the chip is absent, a line is in use, or we may not open it. A chip that is unbound later
    is ``Lost`` where the kernel says so; 6.1 stays silent.
    """
    lines = open_lines(config)
    loop = asyncio.get_running_loop()
    try:
        names = {line: name for name, line in config.lines.items()}
        for line, active in lines.values():
            emit(Trigger(config.name, names[line], active, retained=True))
        loop.add_reader(lines.fd, _reader(config, lines, names, emit))
        yield None
    finally:
        loop.remove_reader(lines.fd)
        lines.release()


async def find(_interface: str) -> AsyncIterator[Found]:
    """Every GPIO chip of this machine; one that we may not open says so."""
    for each in _chips():
        yield each


def _chips() -> Iterator[Found]:
    import gpiod

    for path in sorted(map(str, Path("/dev").glob("gpiochip*"))):
        try:
            with gpiod.Chip(path) as chip:
                info = chip.get_info()
            yield Found("gpio", (("chip", path),), info.label, (f"lines 0 to {info.num_lines - 1}",))
        except OSError as error:
            yield Found("gpio", (("chip", path),), "", (f"cannot be opened: {error.strerror}",))


def _reader(config: Config, lines: Lines, names: Mapping[int, str], emit: Emit) -> Callable[[], None]:
    loop = asyncio.get_running_loop()
    heard: dict[int, int] = {}

    def read() -> None:
        try:
            edges = lines.edges()
        except OSError as error:
            loop.remove_reader(lines.fd)    # first: a chip that is gone is readable for ever
            emit(Lost(config.name, f"{config.chip}: {error.strerror or error}"))
            return
        for edge in edges:
            missed = edge.number - heard.get(edge.line, 0) - 1
            heard[edge.line] = edge.number
            name = names[edge.line]
            if missed > 0:
                emit(Malformed(config.name, f"{name}: {missed} edges came faster than we read; debounce_us helps"))
            emit(Trigger(config.name, name, edge.active, seen_ns=edge.stamp_ns))

    return read


# ---- the real chip ----


def open_lines(config: Config) -> Lines:
    """Request the lines of a real chip from the kernel. Raises DriverError."""
    from datetime import timedelta

    import gpiod
    from gpiod.line import Bias, Clock, Direction, Edge

    settings = gpiod.LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edge.BOTH,
        bias={"pull-up": Bias.PULL_UP, "pull-down": Bias.PULL_DOWN, "disabled": Bias.DISABLED}.get(
            config.bias, Bias.AS_IS
        ),
        active_low=config.active_low,
        debounce_period=timedelta(microseconds=config.debounce_us),
        event_clock=Clock.MONOTONIC,
    )
    numbers = tuple(config.lines.values())
    try:
        return _ChipLines(gpiod.request_lines(config.chip, consumer="showctl", config={numbers: settings}))
    except (OSError, ValueError) as error:
        wanted = ", ".join(f"{name}: {line}" for name, line in config.lines.items())
        raise DriverError(
            f"{config.chip}, lines {{{wanted}}}: {getattr(error, 'strerror', None) or error}; does the chip have these "
            "lines, does nobody else hold them (gpioinfo), and may we open it (group gpio)?"
        ) from None


class _ChipLines:
    def __init__(self, request: Any) -> None:
        self._request = request

    @property
    def fd(self) -> int:
        return int(self._request.fd)

    def values(self) -> list[tuple[int, bool]]:
        return [(line, bool(value.value)) for line, value in zip(
            self._request.offsets, self._request.get_values(self._request.offsets), strict=True
        )]  # fmt: skip

    def edges(self) -> list[Edge]:
        return [
            Edge(event.line_offset, event.event_type.value == _RISING, event.timestamp_ns, event.line_seqno)
            for event in self._request.read_edge_events(EDGES_MAX)
        ]

    def release(self) -> None:
        self._request.release()


_RISING = 1    # GPIO_V2_LINE_EVENT_RISING_EDGE of linux/gpio.h: the line became active
