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

from dltheory.experiments.plan import Group
from dltheory.experiments.store import Store
from dltheory.experiments.system_errors import writing
from dltheory.file_lock import POLL_SECONDS, Held, locking, taken


@contextmanager
def holding_seeds(store: Store, group: Group, seconds: float) -> Iterator[None]:
    """Hold the seeds of a group, all of them or none; Held if another does for so long.

    A process holds seeds of a recipe only once at a time: the system counts locks by process.
    """
    path = store.lock_path(group.recipe_name)
    deadline = time.monotonic() + seconds
    while (files := _taken(path, group)) is None:
        if time.monotonic() >= deadline:
            raise Held(str(path))
        time.sleep(POLL_SECONDS)
    recipe, seeds = files
    with recipe, seeds:
        yield


def _taken(path: Path, group: Group) -> tuple[IO[bytes], IO[bytes]] | None:
    """The open files whose closing frees the locks, or None if another process holds some."""
    with writing(path):
        recipe = taken(path, shared=True)
    if recipe is None:
        return None
    bytes_path = path.with_suffix(".seeds")
    try:
        with writing(bytes_path):
            seeds = bytes_path.open("a+b")
    except BaseException:
        recipe.close()
        raise
    try:
        with locking(bytes_path):
            for seed in group.seeds:
                fcntl.lockf(seeds, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seed)
    except BaseException as error:
        seeds.close()
        recipe.close()
        if isinstance(error, Held):
            return None
        raise
    return recipe, seeds
