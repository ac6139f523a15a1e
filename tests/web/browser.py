"""Chromium without a window, spoken to over its own pipe (the DevTools protocol): no driver, no port, no network."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

INSTALL = "chromium is missing: apt-get install -y --no-install-recommends chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--mute-audio", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)
ANSWER_WITHIN_S = 30.0


class Browser:
    """One page. ``events`` are what it reported: requests, exceptions, refusals of its policy."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._count = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + ANSWER_WITHIN_S
        while True:
            answer = self._next(end - time.monotonic())
            if answer.get("id") == self._count:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self, within_s: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, within_s))
            assert ready, f"chromium did not answer within {ANSWER_WITHIN_S:g} s"
            data = os.read(self._read, 1 << 20)
            assert data, "chromium ended"
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\0", 1)
        found: dict[str, Any] = json.loads(line)
        return found

    def size(self, width: int, height: int, *, phone: bool = False, dark: bool = False) -> None:
        """How large the page is, and what its reader prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
                  mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, path: Path) -> None:
        """Load a file; returns once it is drawn."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        end = time.monotonic() + ANSWER_WITHIN_S
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next(end - time.monotonic()))

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression. Fails where it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key on the keyboard, down and up."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 if shift else 0,
                      **({"text": key} if len(key) == 1 and kind == "keyDown" else {}))

    def trouble(self) -> list[str]:
        """Exceptions, error messages and requests to anywhere but the file itself."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif event["method"] == "Network.requestWillBeSent" and not params["request"]["url"].startswith("file:"):
                found.append(params["request"]["url"])
        return found


@contextmanager
def browser(where: Path) -> Iterator[Browser]:
    """A browser with an empty profile, ended by its process id."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(INSTALL)
    theirs_read, ours_write = os.pipe()
    ours_read, theirs_write = os.pipe()
    high = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (theirs_read, theirs_write)]

    def three_and_four() -> None:
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    with (where / "chromium.log").open("wb") as log:
        child = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={where / 'profile'}", "about:blank"], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, pass_fds=(3, 4), preexec_fn=three_and_four, start_new_session=True,
        )
    for each in (theirs_read, theirs_write, *high):
        os.close(each)
    try:
        yield (opened := Browser(ours_write, ours_read))
        with suppress(AssertionError, OSError):
            opened._session = ""
            opened.call("Browser.close")
    finally:
        os.close(ours_write)
        os.close(ours_read)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
