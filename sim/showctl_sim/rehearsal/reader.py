"""What every part of reading a rehearsal shares: the sheet, the problems found, and the commonest values."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from showctl import units
from showctl.model import CueSheet, Input
from showctl.sheet.problems import Path, Problems, hint
from showctl.sheet.values import plain, shown
from showctl_sim.rehearsal.nouns import Place

T = TypeVar("T")

SEVERAL = re.compile(r"[\d.]+ ?(?:ms|s|min|h)\b", re.ASCII)


class Reader:
    """One rehearsal while it is read. Every problem is kept, none is raised."""

    def __init__(self, sheet: CueSheet, problems: Problems) -> None:
        self.sheet = sheet
        self.problems = problems
        self.stations = [name for name, each in sheet.stations.items() if each.role == "operator"]

    def place(self, path: Path) -> Place:
        """Where the key that ends ``path`` stands."""
        return Place(*self.problems.where(path))

    def parsed(self, path: Path, parse: Callable[[Any], T], value: Any, otherwise: T) -> T:
        """``parse(value)``; what it cannot mean is a problem at ``path``."""
        try:
            return parse(value)
        except ValueError as error:
            self.problems.at(path, str(error))
            return otherwise

    def duration(self, path: Path, value: Any) -> int:
        """A time in ns."""
        return self.parsed(path, lambda each: time_ns(plain(each)), value, 0)

    def flag(self, path: Path, value: Any) -> bool:
        """``true`` or ``false``."""
        return self.parsed(path, flag, value, False)

    def station(self, path: Path, value: Any) -> str:
        """A listed station; None is the first operator. An address such as 10.0.0.66 is a stranger."""
        if value is None:
            return next((name for name in self.stations if name not in ("terminal", "local")), "terminal")
        return self.parsed(path, lambda each: self._station(plain(each)), value, "")

    def _station(self, name: str) -> str:
        if name in self.sheet.stations or name.count(".") == 3:
            return name
        raise ValueError(f"no station '{name[:60]}'{hint(name, self.sheet.stations)}")

    def known(self, path: Path, what: str, name: str, names: Collection[str]) -> bool:
        """Whether ``name`` is one of ``names``; says so where it is not."""
        if name in names:
            return True
        self.problems.key(path, f"no {what} '{name[:60]}'{hint(name, names)}")
        return False


def time_ns(text: str) -> int:
    """A time as in a sheet, or several of them together: ``19 min 59 s``."""
    pieces = SEVERAL.findall(text) if SEVERAL.sub("", text).strip() == "" else [text]
    total_ns = sum(map(units.duration_ns, pieces or [text]))
    if total_ns > units.DURATION_MAX_NS:
        raise ValueError(f"'{text[:40]}' is too long; a time is at most 48 h")
    return total_ns


def flag(value: object) -> bool:
    """``true`` or ``false``; anything else raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} stands here; write true or false")  # noqa: TRY004 - a mistake in a text
    return value


def sensors(sheet: CueSheet) -> list[str]:
    """Triggers that a device says of itself."""
    return [rule.name for rule in sheet.triggers.values() if isinstance(rule, Input) and rule.connection]
