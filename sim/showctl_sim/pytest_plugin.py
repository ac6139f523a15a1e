"""Rehearsals as pytest items: in a show's own repository, plain ``pytest`` rehearses.

Every YAML file in a folder ``<sheet>.rehearsals`` is one test. The sheet is the one that the rehearsal names, else the
one beside the folder. At the end the coverage of each sheet is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from showctl_sim.coverage import Coverage
    from showctl_sim.rehearsal import Result

FOLDER = ".rehearsals"
REACHED = pytest.StashKey[dict[str, "Coverage"]]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A YAML file in a folder of rehearsals."""
    if file_path.suffix == ".yaml" and file_path.parent.suffix == FOLDER:
        return RehearsalFile.from_parent(parent, path=file_path)
    return None


class RehearsalFile(pytest.File):
    """One rehearsal's file."""

    def collect(self) -> Iterator[pytest.Item]:
        """The one test in it."""
        yield RehearsalItem.from_parent(self, name=self.path.stem)


class RehearsalItem(pytest.Item):
    """One rehearsal, run in virtual time."""

    def runtest(self) -> None:
        """Read sheet and rehearsal, play it. Raises SheetError for what cannot be read, NotHeld for what fails."""
        from showctl_sim import rehearsal

        sheet_path = sheet_beside(self.path)
        result = rehearsal.run(*read(self.path, sheet_path))
        seen = self.config.stash.setdefault(REACHED, {})
        name = sheet_path.name
        seen[name] = seen[name] + result.coverage if name in seen else result.coverage
        if not result.passed:
            raise NotHeld(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and what stood there; no traceback for a mistake in a text."""
        from showctl.errors import ShowctlError

        if isinstance(excinfo.value, NotHeld | ShowctlError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file, and what a failure is headed with."""
        return self.path, 0, f"rehearsal: {self.name}"


class NotHeld(Exception):
    """A rehearsal whose expectations did not all hold; the message tells each."""

    def __init__(self, result: Result) -> None:
        from showctl_sim.rehearsal import telling

        super().__init__("\n".join(telling.lines(result)))


def read(file: Path, sheet_path: Path) -> tuple[Any, Any]:
    """A rehearsal and its sheet. Raises SheetError with every problem."""
    from showctl import sheet as sheets
    from showctl.fixtures.found import Folders
    from showctl_sim import rehearsal

    text = text_of(str(file))
    venue = rehearsal.sheet_of(text, str(file))[1]
    over = (text_of(str(file.parent / venue)), venue) if venue else None
    sheet = sheets.read(text_of(str(sheet_path)), str(sheet_path), None, over, library=Folders(sheet_path.parent))
    return rehearsal.joined(rehearsal.read(text, str(file), sheet), sheet, text_of, None), sheet


def sheet_beside(file: Path) -> Path:
    """The sheet that a rehearsal names, else the one that its folder is called after."""
    from showctl_sim import rehearsal

    named, _ = rehearsal.sheet_of(text_of(str(file)), str(file))
    return file.parent / named if named else file.parent.with_suffix(".yaml")


def text_of(file: str) -> str:
    """The text of a file. Raises UsageError where it cannot be opened, SheetError where it is no text."""
    from showctl import sheet as sheets
    from showctl.errors import UsageError

    try:
        return sheets.decode(Path(file).read_bytes(), file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What the rehearsals together reached of each sheet."""
    from showctl_sim.rehearsal import telling

    for name, reached in config.stash.get(REACHED, {}).items():
        terminalreporter.section(f"rehearsed: {name}")
        for line in telling.table(reached):
            terminalreporter.write_line(line)
