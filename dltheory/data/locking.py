"""One process at a time does what several processes need done once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dltheory.errors import StoreError

logger = logging.getLogger("dltheory.data")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at this path; wait, and say so, while another process holds it."""
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=1)
        except Timeout:
            logger.info("Waiting for the process that holds %s", path)
            lock.acquire()
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error that says which file of the cache cannot be used, and why."""
    return StoreError(
        f"The cache folder must be writable and have room for decoded images; got {error} "
        f"at {path}. Free some space there, or give another cache folder."
    )
