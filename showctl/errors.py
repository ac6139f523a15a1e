"""One error root; the children say whose fault it is."""

from __future__ import annotations

from dataclasses import dataclass


class ShowctlError(Exception):
    """Anything showctl reports to a person; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a text a person wrote; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SheetError(ShowctlError):
    """The author's: a cue sheet or venue file says something it cannot mean. Holds every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TraceError(ShowctlError):
    """The recording's: a journal or trace is damaged, of another version, or does not repeat."""


class DriverError(ShowctlError):
    """The device's: a port, broker or interface is absent, refused us, or has gone."""


class UsageError(ShowctlError):
    """The caller's: a command line or setting that names something that is not there."""
