"""The durable trace: lines of ``trace``, each sealed, written as the show runs and read back with damage located.

Every line ends in ``"crc":"1a2b3c4d"``, chained from line to line, so that an altered, missing or torn line is found
and named. A thread writes what ``append`` queued. ``written`` hands it to the kernel now (an edge may leave);
``durable`` calls back once it is on the disk (a hazard, an "accepted") (CORE 9). When the disk is full or broken the
show goes on: ``trouble`` says so, what is lost is counted, and a new part begins as soon as the disk takes one again.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from showctl import trace
from showctl.errors import TraceError, UsageError
from showctl.trace import End, Header, Note, Record, Snapshot

PART_BYTES = 64 * 1024 * 1024
QUEUE_LINES_MAX = 100_000         # half a minute of the busiest show; beyond it lines are lost and counted
BATCH_WAIT_S = 0.005              # how long the thread lets lines gather
LOOP_WAIT_S = 0.02                # how long the loop waits for a disk that stands still
CLOSED_WITHIN_S = 10.0
LINE_BYTES_MAX = 32 * 1024 * 1024
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC

Done = Callable[[bool], None]
"""Called once, on the journal's thread: whether everything appended before it is on the disk."""


class Journal:
    """One run's recording, for the one thread that owns the show. Once open, nothing raises for the disk's sake."""

    def __init__(self, path: Path) -> None:
        """Create ``path``; the first record to append is the header. Raises UsageError where that cannot be."""
        self.path = path
        self.trouble = ""                 # why nothing is recorded just now, for people
        self.lost = 0                     # lines that never reached the file
        self.due = False                  # a new part is wanted: call begin()
        self._first = path
        self._part = 1
        self._seal = 0
        self._bytes = 0
        self._pending: deque[bytes] = deque()
        self._waiting: deque[Done] = deque()
        self._retired: deque[int] = deque()
        self._writing = threading.Lock()  # held while bytes go to the file, never while the disk is waited for
        self._wanted = threading.Event()
        self._closing = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, NEW_FILE, 0o640)
        except FileExistsError:
            raise UsageError(f"journal {path} is there already; name another with --journal") from None
        except OSError as error:
            raise UsageError(f"journal {path}: {error.strerror}; name another with --journal") from None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def queued(self) -> int:
        """Lines that wait for the file."""
        return len(self._pending)

    # ---- writing ----

    def append(self, record: Record) -> None:
        """Queue one record; it reaches the file within milliseconds."""
        if self.trouble or len(self._pending) >= QUEUE_LINES_MAX:
            self.lost += 1
            self.trouble = self.trouble or f"{self.path}: the disk is too slow"
            self.due = True
            return
        line, self._seal = sealed(trace.encode(record), self._seal)
        self._pending.append(line)
        self._bytes += len(line)
        if self._bytes > PART_BYTES:
            self.due = True
        if not self._wanted.is_set():
            self._wanted.set()

    def written(self) -> bool:
        """Hand everything queued to the kernel now. False where the disk does not take it."""
        if not self._writing.acquire(timeout=LOOP_WAIT_S):
            return False
        try:
            self._write()
        finally:
            self._writing.release()
        return not self.trouble

    def durable(self, done: Done) -> None:
        """Call ``done`` once everything appended so far is on the disk; callers of one moment share the wait."""
        self._waiting.append(done)
        self._wanted.set()

    def begin(self, header: Header, snapshot: Snapshot, end: End) -> bool:
        """Go on in a new part: ``header`` and ``snapshot`` first in it, ``end`` last in the old one.

        False, with the old one kept, where the disk does not take a new part.
        """
        part = self._part + 1
        path = self._first.with_name(f"{self._first.stem}-{part}{self._first.suffix}")
        head, seal = sealed(trace.encode(replace(header, part=part)), 0)
        body, seal = sealed(trace.encode(snapshot), seal)
        new = -1
        try:
            new = os.open(path, NEW_FILE, 0o640)
            _write_all(new, head + body)
        except OSError as error:
            if new >= 0:
                os.close(new)
                path.unlink(missing_ok=True)
            self.trouble = f"{path}: {error.strerror}"
            return False
        self.append(End(end.at_ns, end.frames, end.value, f"goes on in {path.name}"))
        self.written()
        if not self._writing.acquire(timeout=LOOP_WAIT_S):
            return False
        self._retired.append(self._file)      # the thread may be waiting for the disk on it, so the thread closes it
        self._file, self.path, self._part, self._seal = new, path, part, seal
        self._pending.clear()
        self._writing.release()
        self.trouble, self.due, self._bytes = "", False, len(head) + len(body)
        return True

    def close(self, end: End | None) -> None:
        """Write the last record, wait for the disk, stop the thread. Without ``end`` nothing began: no file is left."""
        if self._closing:
            return
        if end is not None:
            self.append(end)
        else:
            self.path.unlink(missing_ok=True)
        self._closing = True
        self._wanted.set()
        self._thread.join(CLOSED_WITHIN_S)

    # ---- the thread ----

    def _run(self) -> None:
        closing = False
        while not closing:
            self._wanted.wait()
            if not (self._closing or self._waiting):
                threading.Event().wait(BATCH_WAIT_S)
            self._wanted.clear()
            closing = self._closing
            with self._writing:
                waiting = _taken(self._waiting)
                retired = _taken(self._retired)
                self._write()
                file = self._file
            if waiting or closing:
                self._sync([*retired, file])
            for old in retired:
                os.close(old)
            for done in waiting:
                done(not self.trouble)
        os.close(self._file)

    def _sync(self, files: list[int]) -> None:
        try:
            for file in files:
                os.fdatasync(file)
        except OSError as error:
            self._fail(error)

    def _write(self) -> None:
        """Everything queued goes to the file. Call it with ``_writing`` held."""
        lines = _taken(self._pending)
        try:
            _write_all(self._file, b"".join(lines))
        except OSError as error:
            self.lost += len(lines)
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.trouble = f"{self.path}: {error.strerror}"
        self.due = True


Item = TypeVar("Item")


def _taken(queue: deque[Item]) -> list[Item]:
    """What stands in ``queue`` now, taken off; the other thread may append meanwhile."""
    return [queue.popleft() for _ in range(len(queue))]


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest):]


# ---- seals ----

def sealed(line: str, before: int) -> tuple[bytes, int]:
    """A line of ``trace`` as the file holds it, and its checksum for the next line; the first has 0 ``before`` it."""
    body = line[:-1].encode()
    seal = zlib.crc32(body, before)
    return b'%s,"crc":"%08x"}\n' % (body, seal), seal


SEAL_BYTES = len(',"crc":"00000000"}')


def read(path: Path) -> Iterator[tuple[int, str]]:
    """Each line of a journal with its number from 1, seal checked and taken off.

    A last line that was torn by a crash is left out; a Note of topic ``torn`` stands for it. Raises TraceError with
    the line's number for any other damage, and where the file cannot be read. A file without seals is a trace
    written by hand.
    """
    try:
        with path.open("rb") as file:
            yield from _lines(path, iter(lambda: file.readline(LINE_BYTES_MAX), b""))
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None


def _lines(path: Path, lines: Iterator[bytes]) -> Iterator[tuple[int, str]]:
    before = 0
    hand_written = False
    for number, raw in enumerate(lines, start=1):
        line = raw.removesuffix(b"\n")
        body, seal = line[:-SEAL_BYTES], line[-SEAL_BYTES:]
        if number == 1:
            hand_written = not seal.startswith(b',"crc":"')
        if len(raw) == LINE_BYTES_MAX:
            raise TraceError(f"{path}:{number}: longer than {LINE_BYTES_MAX} bytes; no journal has such a line")
        if not raw.endswith(b"\n") and not hand_written:
            yield number, trace.encode(Note(0, "torn", f"line {number} was cut off as it was written; it is left out"))
            return
        if not hand_written:
            before = zlib.crc32(body, before)
            if seal != b',"crc":"%08x"}' % before:
                raise TraceError(f"{path}:{number}: this line was altered, or a line before it is missing")
        text = raw.strip() if hand_written else body + b"}"
        if text:
            yield number, _decoded(path, number, text)


def _decoded(path: Path, number: int, text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise TraceError(f"{path}:{number}: not text") from None


def dated(folder: Path, show: str, stamp: str) -> Path:
    """Where a run is recorded unless somebody names a file: ``journals/corner-shop-2026-01-31-193000.jsonl``."""
    name = "".join(letter if letter.isalnum() else "-" for letter in show.lower()).strip("-") or "show"
    path = folder / f"{name}-{stamp}.jsonl"
    number = 2
    while path.exists():
        path = folder / f"{name}-{stamp}.{number}.jsonl"
        number += 1
    return path
