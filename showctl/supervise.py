"""One task a driver: connect, hold, tell the show when a device goes or comes, try again with back-off.

A driver that fails, hangs or crashes in a loop is reported and retried; it never touches the rest of the show.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack

from showctl.clock import pause
from showctl.driver import Driver, Send
from showctl.errors import DriverError
from showctl.hands import spelled
from showctl.model import (
    SECOND_NS,
    Address,
    Combination,
    Connection,
    CueSheet,
    DmxFrame,
    Flush,
    Frame,
    LevelFrame,
    Lost,
    Malformed,
    Presence,
    Reply,
    Trigger,
)

log = logging.getLogger("showctl")

RETRY_FIRST_S = 0.25
RETRY_MAX_S = 5.0
CONNECT_WITHIN_S = 15.0
CLOSE_WITHIN_S = 3.0
STEADY_NS = 5 * SECOND_NS        # up for so long, and the next failure counts as the first


class Link:
    """One connection and its driver. ``send`` may be called at any time; while the device is away it drops."""

    def __init__(
        self,
        connection: Connection,
        driver: Driver,
        inputs: tuple[str, ...],
        emit: Callable[[Trigger | Malformed | Lost], None],
        now_ns: Callable[[], int],
    ) -> None:
        """Raises ValueError where the settings are out of the driver's range."""
        self.name = connection.name
        self.driver = connection.driver
        self.up: bool | None = None       # None: not tried yet
        self.since_ns = 0
        self.reason = ""                  # why it is down
        self.losses = 0
        self.sent = 0
        self.dropped = 0                  # frames that came while it was down
        self.slots: dict[int, bytes] = {}               # the last levels handed over, for people to look at
        self.positions: dict[Address, int] = {}
        self.tried = asyncio.Event()      # the first attempt is over, well or not
        self._module = driver
        self._config = driver.Config(**connection.settings, name=connection.name, inputs=inputs)
        self.syncs = bool(getattr(self._config, "sync", False))     # it shows the universes of a tick at once
        self._emit = emit
        self._now_ns = now_ns
        self._send: Send | None = None
        self._gone = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    # ---- out ----

    def send(self, frame: Frame | Reply | Flush) -> bool:
        """Hand a frame to the driver; False where nobody takes it. Never raises."""
        taken = False
        if self._send is not None:
            try:
                self._send(frame)
                taken = True
                self.sent += 1
            except Exception:
                log.exception("%s: driver '%s' failed in send; it is started again", self.name, self.driver)
                self._lose(f"driver '{self.driver}' failed in send")
        elif type(frame) is not Flush:
            self.dropped += 1
        if type(frame) is DmxFrame:
            self.slots[frame.universe] = frame.slots
        elif type(frame) is LevelFrame:
            self.positions[frame.address] = frame.value
        return taken

    # ---- in ----

    def _heard(self, item: Trigger | Malformed | Lost | Presence) -> None:
        if type(item) is Trigger:
            self._emit(item)
        elif isinstance(item, Lost):
            self._lose(item.reason)
        elif not isinstance(item, Presence):
            self._emit(item)
        elif item.there is not self.up and not self._gone.is_set():
            if item.there:
                self._there()
            else:
                self._missed(item.reason)

    def _lose(self, reason: str) -> None:
        if not self._gone.is_set():
            self.reason = reason
            self._gone.set()

    # ---- the task ----

    def start(self) -> None:
        """Begin to connect, on the running loop."""
        self._task = asyncio.create_task(self._keep(), name=f"driver {self.name}")

    async def stop(self) -> None:
        """Let the driver leave its device as its ``exit`` says; give up after a bounded time."""
        self._stopping = True
        self._lose("stopped")
        if self._task is None:
            return
        if self._send is None and self.up is not True:
            self._task.cancel()
        _, late = await asyncio.wait([self._task], timeout=CLOSE_WITHIN_S)
        if late:
            log.warning("%s: driver '%s' did not end within %g s", self.name, self.driver, CLOSE_WITHIN_S)
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSE_WITHIN_S)

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping:
            self._gone.clear()
            came_ns = self._now_ns()
            reason = await self._hold()
            self._went(reason)
            failures = 0 if self._now_ns() - came_ns > STEADY_NS else failures + 1
            self.tried.set()
            if not self._stopping:
                await pause(retry_s(failures, int.from_bytes(os.urandom(2)) / 0xFFFF))

    async def _hold(self) -> str:
        """Connect and stay until the device goes; why it did."""
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    send = await stack.enter_async_context(self._module.connect(self._config, self._heard))
                self._came(send)
                await self._gone.wait()
                self._send = None
            return self.reason
        except DriverError as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {CONNECT_WITHIN_S:g} s"
        except Exception as error:
            if not self.reason.startswith("driver "):
                log.exception("%s: driver '%s' failed; it is tried again", self.name, self.driver)
            return f"driver '{self.driver}' failed: {error!r}"
        finally:
            self._send = None

    def _came(self, send: Send | None) -> None:
        self._send = send
        self.tried.set()
        self._there()

    def _there(self) -> None:
        if self.up is False:
            log.info("%s is back", self.name)
        self.up, self.since_ns, self.reason = True, self._now_ns(), ""
        self._emit(Trigger("", "back", self.name))

    def _went(self, reason: str) -> None:
        if self._stopping:
            self.up, self.reason = False, "stopped"
            return
        self._missed(reason)

    def _missed(self, reason: str) -> None:
        """Tell people and the show, once, that the device is away; whether frames still go out is the driver's."""
        if reason != self.reason or self.up is not False:
            log.warning("%s", reason if reason.startswith(self.name) else f"{self.name}: {reason}")
        self.reason = reason
        if self.up is not False:
            self.up, self.since_ns = False, self._now_ns()
            self.losses += 1
            self._emit(Trigger("", "lost", self.name))


def retry_s(failures: int, jitter: float) -> float:
    """How long to wait after so many failures in a row: doubling, 0.25 s to 5 s, half of it by ``jitter`` of 0..1."""
    longest = min(RETRY_MAX_S, RETRY_FIRST_S * float(1 << min(max(0, failures - 1), 10)))
    return max(RETRY_FIRST_S, longest * (0.5 + 0.5 * jitter))


def inputs(sheet: CueSheet, connection: str) -> tuple[str, ...]:
    """The addresses the sheet wants to hear of a connection: desks, faders, triggers, ``alive`` topics; each once.

    A universe that a desk shares is wanted as ``dmx/<universe>/*``.
    """
    faders = [fader.address for fader in sheet.faders.values() if fader.to == connection]
    wanted = {f"dmx/{merge.heard}/*": None for merge in sheet.merges.values() if merge.connection == connection}
    wanted |= dict.fromkeys(map(spelled, faders))
    for rule in sheet.triggers.values():
        if isinstance(rule, Combination) or rule.connection != connection:
            continue
        for address in (rule.address, rule.alive):
            if address:
                wanted[address] = None
    return tuple(wanted)


