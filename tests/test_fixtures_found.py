"""Fixture files on disk: which file a name means, and what is there to be named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from showctl.fixtures import FILE_BYTES_MAX, found
from showctl.fixtures.found import VARIABLE, Folders


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{folder.name}/{name}")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    put(tmp_path / "show", "lamp.qxf", "fixtures/maker/one.json", "fixtures/own.json", "fixtures/own.qxf")
    put(tmp_path / "library", "maker/one.json", "maker/two.json", "manufacturers.json", "deep/x/y/z/no.qxf")
    put(tmp_path / "more", "maker/three.json")
    put(tmp_path / "qlcplus", "Maker/Maker-Lamp.qxf", "FixturesMap.xml")
    named = os.pathsep.join([str(tmp_path / "library"), str(tmp_path / "gone"), "", str(tmp_path / "more")])
    monkeypatch.setattr(found, "INSTALLED", tmp_path / "qlcplus")
    return Folders(tmp_path / "show", {VARIABLE: named})


@pytest.mark.parametrize(("name", "file"), [
    ("lamp.qxf", "show/lamp.qxf"),
    ("fixtures/own.qxf", "show/fixtures/own.qxf"),
    ("own.qxf", "show/fixtures/own.qxf"),
    ("ofl:maker/one", "show/fixtures/maker/one.json"),
    ("ofl:maker/two", "library/maker/two.json"),
    ("ofl:maker/three", "more/maker/three.json"),
    ("Maker/Maker-Lamp.qxf", "qlcplus/Maker/Maker-Lamp.qxf"),
    ("ofl:maker/four", None),
    ("ofl:../show/fixtures/own", None),
    ("ofl:maker", None),
    ("fixtures", None),
    ("x" * 5_000 + ".qxf", None),
    ("a\0b.qxf", None),
])
def test_a_name_is_a_file(folders: Folders, name: str, file: str | None) -> None:
    data = folders(name)
    if file is None:
        assert data is None
    else:
        assert data is not None
        folder, _, inner = file.partition("/")
        assert data.decode() in (file, f"{folder}/{inner}", f"show/{inner}")


def test_everything_is_listed_in_order(folders: Folders) -> None:
    assert list(folders.names()) == [
        "ofl:maker/one", "own.json", "own.qxf", "ofl:maker/one", "ofl:maker/two", "ofl:maker/three",
        "Maker/Maker-Lamp.qxf"]


def test_each_listed_name_is_found(folders: Folders) -> None:
    assert all(folders(name) for name in folders.names())


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "huge.qxf").open("wb") as file:
        file.truncate(1 << 40)
    data = Folders(tmp_path, {})("huge.qxf")
    assert data is not None
    assert len(data) == FILE_BYTES_MAX + 1


def test_a_pipe_is_no_fixture(tmp_path: Path) -> None:
    """Opening it would wait for whoever writes into it."""
    os.mkfifo(tmp_path / "pipe.qxf")
    assert Folders(tmp_path, {})("pipe.qxf") is None
