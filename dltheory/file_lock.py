"""Locks on files, which the system frees when their holder dies.

A lock is `flock` on a file that nobody removes while it is held. Where somebody removes it all the
same, the lock on the removed file counts for nothing, and the one at the path is taken instead: so
all who ask for one path agree on who holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dltheory.errors import StoreError

POLL_SECONDS = 0.05


class Held(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock at this path alone; Held if others have it for so many seconds.

    Makes the file and its folder. Raises StoreError where the file system has no locks, and
    OSError where the file cannot be opened.
    """
    deadline = time.monotonic() + seconds
    while (file := taken(path)) is None:
        if time.monotonic() >= deadline:
            raise Held(str(path))
        time.sleep(POLL_SECONDS)
    with file:  # closing it frees the lock
        yield


def taken(path: Path, *, shared: bool = False) -> IO[bytes] | None:
    """The open file whose closing frees the lock, or None if another process holds it."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        try:
            with locking(path):
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            if _is_at(path, file):
                return file
        except Held:
            file.close()
            return None
        except BaseException:
            file.close()
            raise
        file.close()


@contextmanager
def locking(path: Path) -> Iterator[None]:
    """Turn what the system says of a lock into Held, or a StoreError where it has no locks."""
    try:
        yield
    except (BlockingIOError, PermissionError) as error:  # EACCES is the other word for "taken"
        raise Held(str(path)) from error
    except OSError as error:
        raise StoreError(
            "The store must be on a file system with locks, flock and fcntl; locking "
            f"{path} failed: {error.strerror or error}. Choose a place that has them with "
            "--store=DIR: a local disk has, of network file systems see docs/running.md. Nothing "
            "was changed."
        ) from error


def _is_at(path: Path, file: IO[bytes]) -> bool:
    """Whether the open file is still the one that others find at this path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
