"""``showctl trace`` as people use it, on a journal as it lies on the disk."""

import pytest

from showctl import cli, journal, sheet, trace
from showctl.model import SECOND_NS
from showctl.trace import Header
from tests import live
from tests.test_replay import BUNDLE, build, record

SHEET = sheet.bundle(live.SHEET, "live.yaml")


@pytest.fixture(scope="module")
def records():
    """A busy run that began at 03:04:05 UTC."""
    assert SHEET == BUNDLE
    return record(build(BUNDLE))[0]


@pytest.fixture
def night(records, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    path = tmp_path / "night.jsonl"
    seal, data = 0, b""
    for each in records:
        line, seal = journal.sealed(trace.encode(each), seal)
        data += line
    path.write_bytes(data)
    return path


def test_a_cut_is_replayed(night, records, tmp_path, capsys):
    assert isinstance(records[0], Header)
    half_s = records[-1].at_ns // SECOND_NS // 2
    assert cli.main(["trace", str(night), "--from", f"0:00:{half_s:02}"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith(f'{{"snapshot":{half_s}000000000,')
    assert '"crc"' not in out
    (tmp_path / "door.jsonl").write_text(out)
    assert cli.main(["replay", str(tmp_path / "door.jsonl")]) == 0
    assert "identical" in capsys.readouterr().out


def test_the_clock_on_the_wall_is_the_headers(night, capsys):
    """The run began at 03:04:05 and was over before 03:06."""
    assert cli.main(["trace", str(night), "--from", "2026-01-02T03:04:10Z"]) == 0
    assert '{"snapshot":5000000000,' in capsys.readouterr().out
    assert cli.main(["trace", str(night), "--from", "03:06"]) == 2
    assert "does not come after --from 0:01:55" in capsys.readouterr().err


def test_a_torn_last_line_is_left_out_and_said(night, capsys):
    data = night.read_bytes()
    night.write_bytes(data[:-20])
    assert cli.main(["trace", str(night)]) == 0
    found = capsys.readouterr()
    assert "was cut off as it was written; it is left out" in found.err
    assert '"reason":"cut"' in found.out.splitlines()[-1]


def test_an_altered_line_is_named_and_nothing_is_written(night, capsys):
    night.write_bytes(night.read_bytes().replace(b'"/showctl/master","value":[0.', b'"/showctl/master","value":[1.', 1))
    assert cli.main(["trace", str(night)]) == 1
    found = capsys.readouterr()
    assert "this line was altered, or a line before it is missing" in found.err
    assert found.out == ""


@pytest.mark.parametrize(("options", "words"), [
    (["--from", "noon"], "no moment 'noon'"),
    (["--from", "2 s", "--to", "1 s"], "--to 0:00:01 does not come after --from 0:00:02"),
    (["--max-gap", "soon"], "--max-gap: 'soon' is not a time"),
])
def test_a_wrong_command_line_exits_2(night, capsys, options, words):
    assert cli.main(["trace", str(night), *options]) == 2
    found = capsys.readouterr()
    assert words in found.err
    assert found.out == ""


def test_a_trace_by_itself_is_rehearsed_under_the_sheets_rules(night, tmp_path, capsys):
    assert cli.main(["trace", str(night), "--from", "3 s"]) == 0
    (tmp_path / "door.jsonl").write_text(capsys.readouterr().out)
    (tmp_path / "live.yaml").write_text(live.SHEET)
    (tmp_path / "rules.yaml").write_text(live.SHEET + "rules: [{never: show in two}]\n")
    assert cli.main(["rehearse", str(tmp_path / "live.yaml"), str(tmp_path / "door.jsonl")]) == 0
    assert "door.jsonl: door (0 steps" in capsys.readouterr().out
    assert cli.main(["rehearse", str(tmp_path / "rules.yaml"), str(tmp_path / "door.jsonl")]) == 1
    assert "never: show in two" in capsys.readouterr().out


def test_beyond_the_end_is_said(night, capsys):
    assert cli.main(["trace", str(night), "--to", "1 h"]) == 1
    assert "night.jsonl: ends at 0:00:" in capsys.readouterr().err
