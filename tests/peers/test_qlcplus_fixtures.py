"""QLC+'s own fixture files, as Debian ships them: every one becomes profiles, in bounded time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from showctl.fixtures import modes, profile_of
from showctl.fixtures.found import INSTALLED, Folders
from showctl.lamps import Profile

pytestmark = pytest.mark.peers

FILES_MIN = 1_000
CPU_S_MAX = 30.0


@pytest.fixture(scope="module")
def library() -> Folders:
    assert INSTALLED.is_dir(), "apt-get install -y --no-install-recommends qlcplus-data"
    return Folders(Path("/nonexistent"), {})


def whole(profile: Profile) -> bool:
    """Every slot is moved or held, once; every default lies in its range; no slot spreads over nothing."""
    taken = [offset + byte for offset, _, width in profile.slots for byte in range(width)]
    taken += [offset for offset, _ in profile.held]
    return (
        sorted(taken) == list(range(profile.footprint))
        and all(each.minimum <= each.default <= each.maximum for each in profile.attributes)
        and all(zero != full for _, zero, full in profile.wholes)
        and all(0 <= value <= 255 for _, value in profile.held)
    )


def test_every_shipped_file_reads(library: Folders) -> None:
    started = time.process_time()
    names = list(library.names())
    profiles = [profile_of(f"{name}#{mode.name}", mode) for name in names for mode in modes(name, library(name) or b"")]
    assert len(names) > FILES_MIN
    assert len(profiles) > 2 * len(names)
    assert [each.name for each in profiles if not whole(each)] == []
    assert time.process_time() - started < CPU_S_MAX


def test_no_shipped_lamp_is_switched_off_by_what_is_held(library: Folders) -> None:
    """A slot that no look moves stands at no "lamp off" or "reset", unless that is where it stands by itself."""
    said = re.compile(r"stays at [1-9]\d* \((?:[^()]*\blamp\b[^()]*\boff\b|[^()]*\breset\b)", re.IGNORECASE)
    found = [f"{name}#{mode.name}: {line}" for name in library.names() for mode in modes(name, library(name) or b"")
             for line in profile_of("x", mode).unsaid if said.search(line)]
    assert found == []
