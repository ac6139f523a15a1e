"""Targets of a look over a whole rig: the same pairs as everywhere, and beside them what the wide path reads.

A look of a hundred thousand levels is made once, when the sheet is read; a GO then neither copies nor writes it out.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable

MANY = 1024
"""From more pairs than this on a journal names a look by its seal: the sheet it comes from is in its header."""

Targets = tuple[tuple[int, int], ...]


class Many(tuple[tuple[int, int], ...]):
    """More than ``MANY`` pairs (parameter, level), no parameter twice.

    ``parameters`` and ``levels`` are the two columns, 64 bit; ``look`` maps one to the other; ``seal`` is a hash of
    both, 32 hexadecimal digits.
    """

    parameters: array[int]
    levels: array[int]
    look: dict[int, int]
    number: int
    seal: str


class Sealed(tuple[tuple[int, int], ...]):
    """What a recording says of ``Many``: how many they were and their seal. As pairs it is empty."""

    number: int
    seal: str


def gathered(pairs: Iterable[tuple[int, int]]) -> Targets:
    """The pairs as a tuple, as ``Many`` where they are many."""
    found = pairs if isinstance(pairs, tuple) else tuple(pairs)
    if len(found) <= MANY or isinstance(found, Many):
        return found
    columns = dict(found)
    return found if len(columns) < len(found) else many(found)


def many(pairs: Targets) -> Many:
    """Any number of pairs with their columns and seal; each parameter once."""
    whole = Many(pairs)
    columns = whole.look = dict(pairs)
    whole.parameters = array("q", columns)
    whole.levels = array("q", columns.values())
    hashed = hashlib.blake2b(_bytes(whole.parameters), digest_size=16)
    hashed.update(_bytes(whole.levels))
    whole.number, whole.seal = len(whole), hashed.hexdigest()
    return whole


class Look:
    """A tracked look of a sheet that has great ones: the last of those as it was told, and over it the rest.

    It reads as a dict does, keys in the order of a restored one; telling a great look again copies nothing.
    """

    __slots__ = ("_great", "_own")

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._great: Many | None = None
        self._own = dict(pairs)

    def update(self, targets: Targets) -> None:
        """Tell these."""
        if not isinstance(targets, Many):
            self._own.update(targets)
            return
        great, told = self._great, targets.look
        if great is not None and great is not targets and great.parameters != targets.parameters:
            self._own = {**great.look, **self._own}
        self._own = {parameter: level for parameter, level in self._own.items() if parameter not in told}
        self._great = targets

    def __setitem__(self, parameter: int, level: int) -> None:
        self._own[parameter] = level

    def __getitem__(self, parameter: int) -> int:
        if self._great is None or parameter in self._own:
            return self._own[parameter]
        return self._great.look[parameter]

    def __bool__(self) -> bool:
        return self._great is not None or bool(self._own)

    def get(self, parameter: int, default: int) -> int:
        """Its level, or ``default`` where nobody has told it."""
        return self._own.get(parameter, default if self._great is None else self._great.look.get(parameter, default))

    def items(self) -> Iterable[tuple[int, int]]:
        """All pairs."""
        return (self._own if self._great is None else {**self._great.look, **self._own}).items()

    def copy(self) -> Look:
        """The same look, which goes its own way from here."""
        other = Look(self._own.items())
        other._great = self._great
        return other

    def clear(self) -> None:
        """Nothing told."""
        self._great, self._own = None, {}


Tracked = dict[int, int] | Look


def sealed(number: int, seal: str) -> Sealed:
    """So many targets with this seal, as read from a recording."""
    words = Sealed()
    words.number, words.seal = number, seal
    return words


def _bytes(column: array[int]) -> bytes:
    """Low byte first on every machine."""
    if sys.byteorder == "little":
        return column.tobytes()
    swapped = array("q", column)
    swapped.byteswap()
    return swapped.tobytes()
