"""Problems found in a sheet: each with its place and, where a name is wrong, the nearest right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from showctl.errors import Problem
from showctl.sheet.text import Mark, Place, unpack

PROBLEMS_MAX = 200
CANDIDATES_MAX = 1_000

Path = tuple[str | int, ...]
"""Keys and numbers from the top of the sheet down to a piece of it: ``("cues", "2.5", "look", "key")``."""


class TooMany(Exception):
    """Nobody reads on after so many problems, so neither do we: a hostile text is not looked at to its end."""


class Problems:
    """Collects every problem at once; a path is turned into a line and a column only here."""

    def __init__(self, place: Place | Mark, files: Sequence[str]) -> None:
        self._place = place
        self._files = files
        self._touched: dict[Path, None] = {}
        self._found: dict[Problem, None] = {}
        self._warned: dict[Problem, None] = {}

    def at(self, path: Path, message: str) -> None:
        """A problem with the value at ``path``. Raises TooMany at the last one that is told."""
        self._touch(path)
        self._keep(self._problem(path, message, of_key=False))

    def key(self, path: Path, message: str) -> None:
        """A problem with the key that ends ``path``: a wrong name, or an entry that lacks something."""
        self._touch(path)
        self._keep(self._problem(path, message, of_key=True))

    def warn(self, path: Path, message: str) -> None:
        """Something that runs, but will surprise."""
        if len(self._warned) < PROBLEMS_MAX:
            self._warned[self._problem(path, message, of_key=True)] = None

    def touched(self, path: Path) -> bool:
        """Whether a problem is known at ``path`` or under it, so that what follows from it need not be said."""
        return path in self._touched

    def add(self, problems: Iterable[Problem]) -> None:
        """Take problems that already know their place."""
        for problem in problems:
            self._keep(problem)

    @property
    def found(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the text."""
        found = sorted(self._found)
        if len(found) >= PROBLEMS_MAX:
            last = found[-1]
            found.append(Problem(last.file, last.line, last.column, "reading stopped here; there may be more problems"))
        return tuple(found)

    @property
    def warned(self) -> tuple[Problem, ...]:
        """Every warning, in the order of the text."""
        return tuple(sorted(self._warned))

    def where(self, path: Path) -> tuple[int, int]:
        """The line and column of the key that ends ``path``, from 1."""
        _, line, column = unpack(self._mark(path, of_key=True))
        return line + 1, column + 1

    def line(self, path: Path) -> int:
        """The line of the key that ends ``path``, from 1."""
        return self.where(path)[0]

    def beside(self, path: Path, other: Path) -> str:
        """Where ``path`` stands, as a message at ``other`` says it: ``line 9``, or ``hall.yaml:3`` in another file."""
        (source, line, _), (here, _, _) = (unpack(self._mark(each, of_key=True)) for each in (path, other))
        return f"line {line + 1}" if source == here else f"{self._files[source]}:{line + 1}"

    def _touch(self, path: Path) -> None:
        for length in range(len(path) + 1):
            self._touched[path[:length]] = None

    def _keep(self, problem: Problem) -> None:
        self._found[problem] = None
        if len(self._found) >= PROBLEMS_MAX:
            raise TooMany

    def _problem(self, path: Path, message: str, *, of_key: bool) -> Problem:
        source, line, column = unpack(self._mark(path, of_key=of_key))
        return Problem(self._files[source], line + 1, column + 1, message)

    def _mark(self, path: Path, *, of_key: bool) -> Mark:
        """The mark of the deepest piece of ``path`` that was written; parts that were not are passed over."""
        key_mark, place = _mark_of(self._place), self._place
        for part in path:
            if isinstance(place, Place) and part in place.pieces:
                key_mark, place = place.pieces[part]
        return key_mark if of_key else _mark_of(place)


def _mark_of(place: Place | Mark) -> Mark:
    return place.mark if isinstance(place, Place) else place


def hint(word: str, names: Iterable[str]) -> str:
    """``; did you mean 'key'?`` where a name is near, else what there is where that is short, else nothing."""
    known = [name for _, name in zip(range(CANDIDATES_MAX), names, strict=False)]
    near = difflib.get_close_matches(word[:60], known, 1, 0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    if known and len(known) <= 8:
        return f"; there is only {known[0]}" if len(known) == 1 else f"; there are {', '.join(known)}"
    return ""
