"""Delta debugging (Zeller, Hildebrandt, TSE 2002): the least of a list that still fails, found by leaving parts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

TRIES_MAX = 400


def shrink(items: Sequence[T], fails: Callable[[Sequence[T]], bool], tries: int = TRIES_MAX) -> list[T]:
    """A part of ``items``, in their order, for which ``fails`` still holds; with enough ``tries`` no item can go.

    ``fails`` holds for ``items`` as a whole. The same list and the same answers give the same part.
    """
    kept, parts = list(items), 2
    while kept and tries > 0:
        size = -(-len(kept) // parts)
        for start in range(0, len(kept), size):
            tries -= 1
            rest = kept[:start] + kept[start + size:]
            if fails(rest):
                kept, parts = rest, max(parts - 1, 2)
                break
            if tries <= 0:
                break
        else:
            if size == 1:
                break
            parts = min(parts * 2, len(kept))
    return kept
