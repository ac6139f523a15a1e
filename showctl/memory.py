"""Where the loaded show lies in memory: out of the collector's way, and in few large pages.

Between two presses a machine forgets where things are: each 4 kB page that a press touches is then looked up anew,
in tables that have left the caches as well. In pages of 2 MB there is next to nothing to look up.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
from pathlib import Path

LARGE = 2 << 20
_COLLAPSE = 25      # MADV_COLLAPSE, Linux 6.1: now, not some day


def settle() -> None:
    """Call once all is loaded. Where the kernel has no large pages to give, everything stays as it is."""
    gc.collect()
    gc.freeze()     # a full collection over a whole sheet costs milliseconds
    try:
        advise = ctypes.CDLL(None).madvise
        maps = Path("/proc/self/maps").read_text()
    except (AttributeError, OSError):
        return
    for start, end in _heaps(maps):
        where, length = ctypes.c_void_p(start), ctypes.c_size_t(end - start)
        advise(where, length, mmap.MADV_HUGEPAGE)
        advise(where, length, _COLLAPSE)


def _heaps(maps: str) -> list[tuple[int, int]]:
    """The whole large pages of the memory that belongs to no file: (start, end) addresses."""
    found = []
    for line in maps.splitlines():
        place, rights, _, _, _, *name = line.split()
        first, last = (int(text, 16) for text in place.split("-"))
        start, end = -(-first // LARGE) * LARGE, last // LARGE * LARGE
        if rights == "rw-p" and name in ([], ["[heap]"]) and start < end:
            found.append((start, end))
    return found
