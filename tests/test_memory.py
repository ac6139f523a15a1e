"""The loaded show is out of the collector's way and in large pages, where this kernel has them."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

from showctl import memory

MAPS = """\
55d000000000-55d000400000 r-xp 00000000 08:01 10 /usr/bin/python3
55d000500000-55d000d00000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000100000 rw-p 00000000 00:00 0
7f0000200000-7f0000600000 rw-p 00000000 00:00 0
7f0000800000-7f0000e00000 rw-p 00000000 08:01 11 /usr/lib/some library.so
7f0001000000-7f0001400000 rw-s 00000000 00:01 12 /memfd:shared
7ffd00000000-7ffd00400000 rw-p 00000000 00:00 0 [stack]
"""


def test_only_whole_large_pages_of_our_own_memory_are_asked_for() -> None:
    assert memory._heaps(MAPS) == [(0x55D000600000, 0x55D000C00000), (0x7F0000200000, 0x7F0000600000)]


GROW = """
import gc, re
from showctl import memory
kept = [[number] for number in range(400_000)]
memory.settle()
kilobytes = sum(map(int, re.findall(r"AnonHugePages: +([0-9]+)", open("/proc/self/smaps").read())))
print(gc.get_freeze_count(), kilobytes)
"""


def test_the_heap_is_frozen_and_lies_in_large_pages_where_the_kernel_gives_them() -> None:
    done = subprocess.run([sys.executable, "-c", GROW], capture_output=True, text=True, check=True, timeout=60)
    frozen, kilobytes = map(int, done.stdout.split())
    assert frozen > 400_000
    modes = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    kernel = tuple(map(int, platform.release().split("-")[0].split(".")[:2]))
    gives = kernel >= (6, 1) and modes.exists() and "[never]" not in modes.read_text()
    assert not gives or kilobytes >= 2048
