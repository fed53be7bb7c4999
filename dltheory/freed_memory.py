"""Memory that was freed stays with the process, as far as the C library can be told so."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

KEPT = 2**28
"""Bytes of freed memory at the end of the heap that are not given back."""

FROM_HEAP = 2**25
"""Bytes up to which a piece of memory comes from the heap: the most that glibc admits."""

AT_ONCE = 2**24
"""Bytes by which the heap grows at least."""

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3  # names of glibc's malloc.h


@cache
def keep_freed_memory() -> bool:
    """Tell glibc not to return freed memory to the system at once; whether it could be told so.

    A training step allocates and frees megabytes. By default glibc gives much of that back, and
    every page costs a fault when it is next written to: a third of the time of a step of 24 small
    residual networks. Afterwards a process keeps up to 256 MiB that it does not use.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        wishes = {MMAP_THRESHOLD: FROM_HEAP, TRIM_THRESHOLD: KEPT, TOP_PAD: AT_ONCE}
        taken = [mallopt(name, size) == 1 for name, size in wishes.items()]
        return all(taken)
    return False
