"""The durable trace: what is written comes back, what is damaged is named, what the disk refuses stops nothing."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from showctl import journal, trace
from showctl.errors import TraceError, UsageError
from showctl.journal import Journal
from showctl.model import Event, Skip, Step, Trigger
from showctl.trace import End, Header, Note, Snapshot, Taken

HEADER = Header("Trio", 1, {"sheet": "show: Trio"}, {"showctl": "0.1.0"}, "2026-01-02T03:04:05Z")
END = End(99, 3, "ab", "stopped")


def taken(number):
    return Taken(number, Trigger("tablets", "/showctl/go", (number / 3,), "127.0.0.1:9"))


def begun(path):
    """A journal with its first line."""
    book = Journal(path)
    book.append(HEADER)
    book.written()
    return book


def records(path):
    return [trace.decode(line, number) for number, line in journal.read(path)]


@pytest.fixture
def recording(tmp_path):
    """A small journal, whole."""
    path = tmp_path / "a.jsonl"
    book = begun(path)
    for number in range(1, 6):
        book.append(taken(number))
    book.append(Skip(0, 1, 2))
    book.close(END)
    return path


def test_what_is_appended_comes_back_in_order(recording):
    """CORE 9: records of every kind, one line each."""
    assert records(recording) == [HEADER, *map(taken, range(1, 6)), Skip(0, 1, 2), END]


def test_each_line_is_json_a_database_can_read(recording):
    assert [next(iter(json.loads(line))) for line in recording.read_text().splitlines()] == [
        "header", *["input"] * 5, "skip", "end",
    ]


def alter(line, old, new):
    assert old in line
    return line.replace(old, new, 1)


DAMAGE = {
    "one digit": (lambda lines: [*lines[:2], alter(lines[2], b'"input":2', b'"input":3'), *lines[3:]], 3),
    "a line gone": (lambda lines: lines[:2] + lines[3:], 3),
    "a line twice": (lambda lines: lines[:3] + lines[2:], 4),
    "two swapped": (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], 3),
    "a hole of zeros": (lambda lines: [*lines[:4], bytes(len(lines[4]) - 1) + b"\n", *lines[5:]], 5),
    "the last one altered": (lambda lines: [*lines[:-1], alter(lines[-1], b"stopped", b"stooped")], 8),
    "no seal": (lambda lines: [*lines[:3], b'{"note":1,"topic":"x"}\n', *lines[3:]], 4),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_its_line_named(recording, name):
    harm, number = DAMAGE[name]
    recording.write_bytes(b"".join(harm(recording.read_bytes().splitlines(keepends=True))))
    with pytest.raises(TraceError, match=rf"a.jsonl:{number}: this line was altered"):
        records(recording)


def test_a_torn_last_line_is_left_out_and_said_at_every_cut(recording):
    """A crash may cut the last line anywhere; everything before it stands."""
    data = recording.read_bytes()
    lines = data.splitlines(keepends=True)
    last = len(lines[-1])
    for cut in range(1, last):
        recording.write_bytes(data[:-cut])
        *rest, torn = records(recording)
        assert isinstance(torn, Note)
        assert torn.topic == "torn"
        assert f"line {len(lines)} " in torn.text
        assert len(rest) == len(lines) - 1
    recording.write_bytes(data[:-last])
    assert len(records(recording)) == len(lines) - 1


def test_a_trace_written_by_hand_needs_no_seals(tmp_path):
    path = tmp_path / "hand.jsonl"
    path.write_text(trace.encode(HEADER) + "\n\n" + trace.encode(taken(4)))
    assert records(path) == [HEADER, taken(4)]


def test_a_file_that_is_no_journal_is_one_clear_error(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(range(255, 0, -1)) * 50)
    with pytest.raises(TraceError, match="x:1: not text"):
        records(path)
    with pytest.raises(TraceError, match="No such file"):
        records(tmp_path / "absent")


def test_written_is_in_the_file_when_it_returns(tmp_path):
    """CORE 9: an edge leaves after its record is handed to the kernel."""
    book = begun(tmp_path / "a.jsonl")
    for number in range(1, 200):
        book.append(taken(number))
        assert book.written()
        assert (tmp_path / "a.jsonl").read_bytes().count(b"\n") == number + 1
    book.close(END)


def test_durable_calls_back_after_the_disk_and_shares_the_wait(tmp_path, monkeypatch):
    """CORE 9: a hazard edge waits for fdatasync; many waiters, few syncs."""
    log = []
    monkeypatch.setattr(os, "fdatasync", lambda _: (time.sleep(0.02), log.append("sync")))
    book = begun(tmp_path / "a.jsonl")
    done = threading.Event()
    for number in range(1, 21):
        book.append(taken(number))
        book.durable(lambda ok, number=number: (log.append((number, ok)), number == 20 and done.set()))
    assert done.wait(5)
    monkeypatch.undo()
    book.close(END)
    assert log[0] == "sync"
    assert [entry for entry in log if entry != "sync"] == [(number, True) for number in range(1, 21)]
    assert log.count("sync") <= 3


def test_many_appends_beside_the_thread_lose_nothing(tmp_path):
    book = begun(tmp_path / "a.jsonl")
    for number in range(1, 20_001):
        book.append(taken(number))
    book.close(END)
    assert [record.at_ns for record in records(tmp_path / "a.jsonl")[1:-1]] == list(range(1, 20_001))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_is_loud_and_a_new_part_begins_when_it_takes_again(tmp_path, monkeypatch, number):
    """RELIABILITY: disk full or EIO: the show goes on, hazards are told no, nothing raises."""
    book = begun(tmp_path / "a.jsonl")
    assert book.written()
    real = os.write

    def refuse(descriptor, data):
        if descriptor > 2 and bytes(data[:1]) == b"{":
            raise OSError(number, os.strerror(number))
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", refuse)
    book.append(taken(1))
    assert not book.written()
    assert os.strerror(number) in book.trouble
    answers = []
    answered = threading.Event()
    book.durable(lambda ok: (answers.append(ok), answered.set()))
    assert answered.wait(5)
    assert answers == [False]
    book.append(taken(2))
    assert book.lost == 2
    assert book.due
    assert not book.begin(HEADER, Snapshot(2, {}), END)
    monkeypatch.undo()
    assert book.begin(HEADER, Snapshot(3, {"x": 1}), END)
    assert not book.trouble
    assert not book.due
    book.append(taken(4))
    book.close(END)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.jsonl", "a.jsonl"]
    assert records(tmp_path / "a-2.jsonl") == [replace(HEADER, part=2), Snapshot(3, {"x": 1}), taken(4), END]


def test_a_write_cut_short_leaves_a_torn_line_only(tmp_path, monkeypatch):
    """The disk fills in the middle of a line."""
    book = begun(tmp_path / "a.jsonl")
    real, calls = os.write, []

    def half(descriptor, data):
        if bytes(data[:9]) == b'{"input":' and not calls:
            calls.append(1)
            return real(descriptor, data[:30])
        if calls == [1]:
            calls.append(2)
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", half)
    book.append(taken(1))
    assert not book.written()
    book.close(END)
    assert [type(record).__name__ for record in records(tmp_path / "a.jsonl")] == ["Header", "Note"]


def test_rotation_starts_each_part_with_header_and_snapshot(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "PART_BYTES", 5_000)
    book = begun(tmp_path / "a.jsonl")
    number = 0
    while not book.due:
        number += 1
        book.append(taken(number))
    assert book.begin(HEADER, Snapshot(number, {}), END)
    book.append(taken(number + 1))
    book.close(END)
    first, second = records(tmp_path / "a.jsonl"), records(tmp_path / "a-2.jsonl")
    assert first[-1] == End(99, 3, "ab", "goes on in a-2.jsonl")
    assert second == [replace(HEADER, part=2), Snapshot(number, {}), taken(number + 1), END]


def test_a_slow_disk_loses_lines_loudly_and_never_grows_without_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "QUEUE_LINES_MAX", 10)
    book = begun(tmp_path / "a.jsonl")
    with book._writing:
        for number in range(1, 31):
            book.append(taken(number))
        assert not book.written()
    assert book.queued <= 10
    assert book.lost == 20
    assert "too slow" in book.trouble
    book.close(END)


def test_a_journal_never_overwrites_another(recording):
    with pytest.raises(UsageError, match="is there already"):
        Journal(recording)
    with pytest.raises(UsageError, match="name another"):
        Journal(recording / "below" / "a.jsonl")


def test_a_show_that_never_began_leaves_no_file(tmp_path):
    book = Journal(tmp_path / "a.jsonl")
    book.close(None)
    book.close(END)
    assert list(tmp_path.iterdir()) == []


def test_dated_names_are_free_and_plain(tmp_path):
    first = journal.dated(tmp_path, "Corner Shop: Nº 1", "2026-01-31-193000")
    assert first.name == "corner-shop--nº-1-2026-01-31-193000.jsonl"
    first.touch()
    assert journal.dated(tmp_path, "Corner Shop: Nº 1", "2026-01-31-193000").name.endswith("-193000.2.jsonl")


KILLED = """
import sys
from pathlib import Path
from showctl.journal import Journal
from showctl.model import Trigger
from showctl.trace import Header, Taken
book = Journal(Path(sys.argv[1]))
book.append(Header("k", 0, {}, {}, ""))
number = 0
while True:
    number += 1
    book.append(Taken(number, Trigger("a", "b", number)))
    if number % 7 == 0 and book.written():
        print(number, flush=True)
"""


def test_kill_dash_9_loses_nothing_that_was_written(tmp_path):
    """What written() said is in the file after SIGKILL, and the file reads to its end."""
    path = tmp_path / "k.jsonl"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    said = [child.stdout.readline() for _ in range(300)]
    child.send_signal(signal.SIGKILL)
    last = int(([*said, *child.stdout.read().splitlines(keepends=True)])[-1])
    child.wait()
    child.stdout.close()
    kept = [record.at_ns for record in records(path) if isinstance(record, Taken)]
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) >= last


def test_a_step_goes_through_the_file_unchanged(tmp_path):
    step = Step(1, 2, Event("command", "go", ("x", 1.5, b"\x00"), "foh"), refused="nö\n\u2028")
    book = begun(tmp_path / "a.jsonl")
    book.append(step)
    book.close(END)
    assert records(tmp_path / "a.jsonl")[1] == step
