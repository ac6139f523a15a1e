"""The command line as people use it: real processes, exit codes, words on the right stream."""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from showctl import cli, journal, trace
from showctl.codec import osc
from showctl.model import Skip
from showctl.trace import End, Taken

HOUSE = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(str(HOUSE / each) for each in (".", "drivers", "sim"))}
SHEET = """
show: Trio
connections:
  panels:  {{driver: artnet, host: 127.0.0.1, port: {artnet}}}
  tablets: {{driver: osc, listen: "127.0.0.1:{osc}"}}
fixtures:
  left: {{profile: generic/panel-cct, to: panels, at: 0/1}}
cues:
  1: {{name: Preset, look: {{all: 20% 3200K}}}}
  2: {{name: Reading, look: {{left: 70%}}, fade: 4 s}}
"""


def free_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def trio(tmp_path):
    """A sheet on free ports, and its OSC port."""
    port = free_port()
    path = tmp_path / "trio.yaml"
    path.write_text(SHEET.format(artnet=free_port(), osc=port))
    return path, port


@contextmanager
def process(*arguments, **more):
    """``showctl …`` as a child; ended by us whatever happens."""
    child = subprocess.Popen(
        [sys.executable, "-m", "showctl", *map(str, arguments)], env=ENVIRONMENT, text=True,
        stdin=more.pop("stdin", subprocess.DEVNULL), stdout=more.pop("stdout", subprocess.PIPE),
        stderr=more.pop("stderr", subprocess.PIPE), **more,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()


def await_line(stream, words, within_s=20):
    """Read lines until one holds ``words``."""
    end = time.monotonic() + within_s
    lines = []
    while time.monotonic() < end:
        line = stream.readline()
        lines.append(line)
        if words in line:
            return line
        assert line, f"it ended without saying '{words}': {lines}"
    raise AssertionError(f"'{words}' did not come: {lines}")


def say(port, address, *arguments):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.sendto(osc.encode(address, arguments), ("127.0.0.1", port))


# ---- run ----

def test_a_run_without_a_terminal_logs_lines_until_sigterm_and_replays_identical(trio, tmp_path):
    """Without a terminal it logs lines and runs until SIGTERM. CORE 6: SIGSTOP for 400 ms in a fade, three times."""
    sheet, port = trio
    record = tmp_path / "run.jsonl"
    with process("run", sheet, "--journal", record) as child:
        assert await_line(child.stdout, "recorded in") == f"Trio: recorded in {record}\n"
        await_line(child.stderr, "GO ▸ 2")
        say(port, "/showctl/go")
        await_line(child.stderr, "cue 2")
        for number in range(3):
            time.sleep(0.15)
            child.send_signal(signal.SIGSTOP)
            time.sleep(0.4)
            say(port, "/showctl/master", 0.9 - number / 10)
            child.send_signal(signal.SIGCONT)
            await_line(child.stderr, "stalled for")
        child.send_signal(signal.SIGTERM)
        assert "ticks skipped" in await_line(child.stdout, "triggers answered within")
        assert child.wait(20) == 0
    records = [trace.decode(line) for _, line in journal.read(record)]
    assert isinstance(records[-1], End)
    assert sum(each.last - each.first + 1 for each in records if isinstance(each, Skip)) >= 20
    assert sum(isinstance(each, Taken) and each.trigger.address == "stalled" for each in records) == 3
    with process("replay", record) as again:
        out, _ = again.communicate(timeout=30)
        assert again.returncode == 0
        assert "identical" in out


def test_for_ends_the_run_and_the_journal_is_dated_by_default(trio, tmp_path):
    sheet, _ = trio
    with process("run", sheet, "--for", "300ms", cwd=tmp_path) as child:
        out, err = child.communicate(timeout=30)
        assert child.returncode == 0, err
    (record,) = (tmp_path / "journals").iterdir()
    assert record.name.startswith("trio-20")
    assert f"recorded in {record.relative_to(tmp_path)}" in out


def test_start_begins_at_a_cue(trio, tmp_path):
    sheet, _ = trio
    record = tmp_path / "run.jsonl"
    with process("run", sheet, "--for", "200ms", "--journal", record, "--start", "list:2") as child:
        _, err = child.communicate(timeout=30)
    assert "cue 2" in err
    with process("run", sheet, "--start", "lisst") as child:
        _, err = child.communicate(timeout=30)
    assert child.returncode == 2
    assert "no state 'lisst'; did you mean 'list'?" in err


def test_a_stuck_reader_of_the_log_does_not_hold_up_the_show(trio, tmp_path):
    """Nobody reads standard error: lines are lost, the show ends in time."""
    sheet, port = trio
    with process("run", sheet, "--for", "2s", "--journal", tmp_path / "run.jsonl") as child:
        await_line(child.stdout, "recorded in")
        await_line(child.stderr, "GO ▸ 2")
        end = time.monotonic() + 1
        while time.monotonic() < end:
            for _ in range(50):
                say(port, "/showctl/start/list")
            time.sleep(0.02)
        assert child.wait(20) == 0


def test_a_second_ctrl_c_does_not_wait(trio, tmp_path):
    sheet, _ = trio
    with process("run", sheet, "--journal", tmp_path / "run.jsonl") as child:
        await_line(child.stderr, "GO ▸ 2")
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) in (0, 1)


def test_a_terminal_shows_the_show_and_takes_keys(trio, tmp_path):
    """Issue: Space is GO; Ctrl-C ends cleanly and gives the terminal back."""
    sheet, _ = trio
    record = tmp_path / "run.jsonl"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    with process("run", sheet, "--journal", record, stdin=theirs, stdout=theirs, stderr=theirs,
                 start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) as child:
        os.close(theirs)
        read_until(ours, b"2 Reading")     # in standby
        os.write(ours, b" ")
        read_until(ours, b"2 Reading")     # running
        os.write(ours, b"\x03")
        read_until(ours, b"\x1b[?1049l")
        assert child.wait(20) == 0
    os.close(ours)
    inputs = [each for _, line in journal.read(record) if isinstance(each := trace.decode(line), Taken)]
    assert [each.trigger.address for each in inputs if each.trigger.source == "terminal"] == ["/showctl/go"]


def read_until(descriptor, words, within_s=20):
    """Read what is drawn until ``words`` are in it."""
    end, data = time.monotonic() + within_s, b""
    while words not in data:
        assert time.monotonic() < end, f"{words!r} is not on the screen: {data[-2000:]!r}"
        if select.select([descriptor], [], [], 0.2)[0]:
            data += os.read(descriptor, 65536)


# ---- check, replay, schema: in this process ----

def test_check_names_every_mistake_and_exits_1(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    text = SHEET.format(artnet=1, osc=2).replace("left: 70%", "lefft: 70%")
    path.write_text(text.replace("fade: 4 s", "fade: 4 lightyears"))
    assert cli.main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert f"{path}:" in out
    assert "did you mean 'left'?" in out
    assert cli.main(["check", "--json", str(path)]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {"file", "line", "column", "message"} == set(problems[0])
    assert len(problems) >= 2


def test_check_of_a_good_sheet_says_fine(trio, capsys):
    assert cli.main(["check", str(trio[0])]) == 0
    assert capsys.readouterr().out == f"{trio[0]}: fine\n"


def test_check_takes_overrides_and_a_venue(trio, tmp_path, capsys):
    assert cli.main(["check", str(trio[0]), "--set", "connections.panels.port=70000"]) == 1
    assert "port" in capsys.readouterr().out
    venue = tmp_path / "venue.yaml"
    venue.write_text("connections: {panels: {driver: artnet, hosst: 10.0.0.1}}\n")
    assert cli.main(["check", str(trio[0]), "--venue", str(venue)]) == 1
    assert "venue.yaml:1:" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [
    [], ["dance"], ["run"], ["check"], ["run", "x.yaml", "--for", "soon"], ["check", "/no/such/sheet.yaml"],
    ["run", "/no/such/sheet.yaml"], ["check", "--venue", "/no/such/venue.yaml", "cuesheets/minimal.yaml"],
])
def test_a_wrong_command_line_exits_2(arguments, capsys):
    try:
        status = cli.main(arguments)
    except SystemExit as exit_:
        status = exit_.code
    assert status == 2
    assert capsys.readouterr().err


def test_rig_and_venue_exclude_each_other(trio, capsys):
    assert cli.main(["run", str(trio[0]), "--rig", "--venue", str(trio[0])]) == 2
    assert "leave out --venue" in capsys.readouterr().err


def test_replay_of_damage_names_the_line_and_exits_1(trio, tmp_path, capsys):
    """CORE, quiet failures: an altered stamp in the file is named at its line."""
    record = tmp_path / "run.jsonl"
    with process("run", trio[0], "--for", "200ms", "--journal", record) as child:
        child.communicate(timeout=30)
    assert cli.main(["replay", str(record), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["identical"] is True
    lines = record.read_bytes().splitlines(keepends=True)
    number = next(index for index, line in enumerate(lines) if line.startswith(b'{"input":'))
    stamp = int(lines[number][9:].split(b",")[0])
    lines[number] = lines[number].replace(b"%d" % stamp, b"%d" % (stamp + 1_000_000), 1)
    record.write_bytes(b"".join(lines))
    assert cli.main(["replay", str(record)]) == 1
    assert f"run.jsonl:{number + 1}: this line was altered" in capsys.readouterr().err
    assert cli.main(["replay", "/no/such/journal"]) == 1


@pytest.mark.parametrize(("text", "said"), [
    ("", "an empty recording: not even a header"),
    ('{"header":1,"show":"A","seed":0,"part":1,"wall":"","versions":{},"bundle":[]}\n',
     "line 1: the recording's header holds no cue sheet"),
])
def test_replay_of_what_is_no_journal_names_the_file(text, said, tmp_path, capsys):
    record = tmp_path / "hand.jsonl"
    record.write_text(text)
    assert cli.main(["replay", str(record)]) == 1
    assert f"{record}: {said}" in capsys.readouterr().err


def test_schema_is_json(capsys):
    assert cli.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "showctl cue sheet"


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith("showctl ")


def test_check_loads_no_third_party_device_library():
    """CORE 15: check validates every Config on a machine without the drivers' libraries."""
    program = (
        "import sys; from showctl.cli import main; main(['check', *sys.argv[1:]]);"
        "print(sorted({'aiomqtt', 'mido', 'rtmidi', 'serial', 'gpiod', 'pythonosc', 'amqtt'} & set(sys.modules)))"
    )
    sheets = sorted(map(str, (HOUSE / "cuesheets").glob("*.yaml")))
    command = [sys.executable, "-c", program, *sheets]
    out = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert out.stdout.splitlines()[-1] == "[]", out.stderr
