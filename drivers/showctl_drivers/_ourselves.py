"""What this program itself sends, by all its connections: taken for a desk's, its levels would go round in circles."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

_MARKS: list[Hashable] = []


@contextmanager
def known_by(*marks: Hashable) -> Iterator[None]:
    """For as long as the context lasts these marks (a CID, an address and port that we send from) are ours."""
    _MARKS.extend(marks)
    try:
        yield
    finally:
        for mark in marks:
            _MARKS.remove(mark)


def is_ours(mark: Hashable) -> bool:
    """Whether one of our connections sends under this mark."""
    return mark in _MARKS
