"""Stand-in drivers for tests of the shell: no device, only what was handed over and a way to speak, fail and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from showctl import journal, sheet
from showctl.daemon import Daemon
from showctl.driver import load, names
from showctl.errors import DriverError

CONFIGS = {name: load(name).Config for name in names()}


class Box:
    """One stand-in driver: a module as far as the shell can tell."""

    def __init__(self, name: str = "", log: list[str] | None = None) -> None:
        self.name = name
        self.log = log if log is not None else []
        self.sent: list[Any] = []
        self.config: Any = None
        self.emit: Callable[[Any], None] = lambda item: None
        self.connects = 0
        self.refuse: Exception | None = None               # connect raises this
        self.on_send: Callable[[Any], None] = lambda frame: None

    @staticmethod
    def Config(**settings: Any) -> SimpleNamespace:
        """Whatever the sheet says."""
        return SimpleNamespace(**settings)

    @asynccontextmanager
    async def connect(self, config: Any, emit: Callable[[Any], None]) -> AsyncIterator[Callable[[Any], None]]:
        """Be connected until told otherwise."""
        self.connects += 1
        self.config, self.emit = config, emit
        if self.refuse is not None:
            raise self.refuse
        try:
            yield self._send
        finally:
            self.log.append(f"{self.name} closed")

    def _send(self, frame: Any) -> None:
        self.sent.append(frame)
        self.log.append(f"{self.name} sent {type(frame).__name__} {getattr(frame, 'address', ('',))[0]}".strip())
        self.on_send(frame)


def absent(words: str) -> DriverError:
    """What a driver says where there is no device."""
    return DriverError(words)


def daemon(text: str, folder: Path, drivers: Any, seed: int = 0) -> Daemon:
    """A daemon for a sheet's text, recording in ``folder``/run.jsonl."""
    read = sheet.read(text, "test.yaml", CONFIGS)
    return Daemon(read, sheet.bundle(text, "test.yaml"), drivers, journal.Journal(folder / "run.jsonl"), seed)


@asynccontextmanager
async def running(show: Daemon) -> AsyncIterator[asyncio.Task[None]]:
    """The daemon runs for as long as the context lasts, and ends in order."""
    task = asyncio.create_task(show.run())
    await until(lambda: show.merge.now_ns() > 0 or task.done())
    try:
        yield task
    finally:
        show.stop()
        await asyncio.wait_for(task, 20)


async def until(true: Callable[[], Any], within_s: float = 10.0) -> None:
    """Let the loop turn until something holds; fails after a bounded time."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.002)
