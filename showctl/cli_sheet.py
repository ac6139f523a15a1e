"""What every command that reads a cue sheet shares: its options, the drivers' Configs, exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from showctl.errors import UsageError

if TYPE_CHECKING:
    from showctl.fixtures import Library
    from showctl.model import CueSheet

T = TypeVar("T")

FINE, WRONG, USAGE = 0, 1, 2
"""Exit status: 0 fine, 1 the show (or a recording, or a device) is wrong, 2 the command line is."""


def sheet_options(parser: argparse.ArgumentParser) -> None:
    """What says which sheet, in which venue."""
    parser.add_argument("--venue", metavar="FILE", help="a venue file: connections and patch of another room")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE",
                        help="override one value, such as connections.panels.host=10.0.0.20")


class Configs(Mapping[str, Any]):
    """Each driver's Config by the driver's name, loaded when a sheet asks for it."""

    def __getitem__(self, name: str) -> Any:
        from showctl import driver

        try:
            return driver.load(name).Config
        except UsageError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        from showctl import driver

        return driver.names()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def text_of(file: str) -> str:
    """The text of a file. Raises UsageError where it cannot be opened, SheetError where it is no text."""
    from showctl import sheet

    try:
        return sheet.decode(Path(file).read_bytes(), file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def library_of(file: str) -> Library:
    """The fixture files that the sheet in ``file`` can use."""
    from showctl.fixtures.found import Folders

    return Folders(Path(file).parent)


def venue_of(options: argparse.Namespace) -> tuple[str, str] | None:
    """The venue file of ``--venue``: its text and its name."""
    return (text_of(options.venue), options.venue) if options.venue else None


def sheet_of(options: argparse.Namespace) -> CueSheet:
    """The sheet that ``options`` name. Raises SheetError with every problem at once."""
    from showctl import sheet

    text, venue, library = text_of(options.sheet), venue_of(options), library_of(options.sheet)
    return sheet.read(text, options.sheet, Configs(), venue, options.overrides, library)


def told(found: Iterable[T], count: int, word: str) -> Iterator[T]:
    """Pass results on; on a terminal, one line tells how far it is."""
    for number, each in enumerate(found, 1):
        if sys.stderr.isatty():
            end = "\r" if number < count else "\r\033[K"
            print(f"{word} {number} of {count}", end=end, file=sys.stderr, flush=True)
        yield each
