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


def mapped(targets: Targets) -> Targets | dict[int, int]:
    """The same for ``dict.update``, as what is quickest."""
    return targets.look if isinstance(targets, Many) else targets


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
