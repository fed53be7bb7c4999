"""Locks on files, so that one process at a time does work that several processes need once."""

import logging
import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dltheory.errors import StoreError
from dltheory.file_lock import Held
from dltheory.file_lock import locked as locked_file

logger = logging.getLogger("dltheory.data")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A context that holds the lock at this path.

    If another process holds it for more than a second, a message is logged while waiting.
    """
    with ExitStack() as held:
        try:
            try:
                held.enter_context(locked_file(path, seconds=1))
            except Held:
                logger.info("Waiting for the process that holds %s", path)
                held.enter_context(locked_file(path, seconds=math.inf))
        except OSError as error:
            raise unwritable(path, error) from error
        yield


def unwritable(path: Path, error: OSError) -> StoreError:
    """A StoreError that says which file of the cache cannot be used, and why."""
    return StoreError(
        f"The cache folder must be writable and have room for decoded images; got {error} "
        f"at {path}. Free some space there, or give another cache folder."
    )
