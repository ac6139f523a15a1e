"""What ``docs/sweep.md`` says of monitors, files and times is so."""

from pathlib import Path

from showctl.cli_mutate import EQUIVALENT
from showctl.normalise import GRACE_NS
from showctl_sim.monitors import MONITORS, STEPS_AT_ONE_INSTANT

PAGE = (Path(__file__).parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")


def test_every_monitor_is_on_the_page() -> None:
    rows = [line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ")]
    assert rows[1:] == list(MONITORS)


def test_numbers_and_names() -> None:
    assert f"a connection after {GRACE_NS // 10**9} s" in PAGE
    assert f"more than {STEPS_AT_ONE_INSTANT} steps" in PAGE
    assert f"corner-shop{EQUIVALENT}" in PAGE
