"""A lock on some seeds of a recipe, for engines that deal its seeds to several processes.

    <store>/locks/<recipe>.lock    shared by all who hold seeds; who holds the recipe has it alone
    <store>/locks/<recipe>.seeds   one byte a seed

Both are locks of the system, which frees them when their holder dies.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import Timeout

from dltheory.experiments.plan import Group
from dltheory.experiments.sealed import writing
from dltheory.experiments.store import Store


@contextmanager
def holding_seeds(store: Store, group: Group, seconds: float) -> Iterator[None]:
    """Hold the seeds of a group, all of them or none; Timeout if another does for so long.

    A process holds seeds of a recipe only once at a time: the system counts locks by process.
    """
    path = store.folder / "locks" / f"{group.recipe_name}.lock"
    deadline = time.monotonic() + seconds
    with _opened(path) as recipe, _opened(path.with_suffix(".seeds")) as seeds:
        while not _taken(recipe, seeds, group):
            if time.monotonic() >= deadline:
                raise Timeout(str(path))
            time.sleep(0.05)
        yield


def _opened(path: Path) -> IO[bytes]:
    with writing(path):
        return path.open("a+b")


def _taken(recipe: IO[bytes], seeds: IO[bytes], group: Group) -> bool:
    try:
        fcntl.flock(recipe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        for seed in group.seeds:
            fcntl.lockf(seeds, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seed)
    except (BlockingIOError, PermissionError):  # EACCES is the other word for "taken"
        fcntl.lockf(seeds, fcntl.LOCK_UN)
        fcntl.flock(recipe, fcntl.LOCK_UN)
        return False
    return True
