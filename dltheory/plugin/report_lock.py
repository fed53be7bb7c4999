"""A report is read, changed and written by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dltheory.errors import StoreError
from dltheory.file_lock import POLL_SECONDS, taken

PATIENCE_SECONDS = 120.0
"""Writing a report takes seconds; whoever holds the lock for longer does not move."""

LEFT_SECONDS = 3600.0
"""A temporary file of this age belongs to a session that was killed."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other sessions from changing the report in a folder; makes the folder.

    Temporary files that killed sessions left in it are removed.

    Raises StoreError if another process has held it for two minutes. Where the file system has no
    locks, the report is written without one.
    """
    path = folder / ".lock"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (file := _taken(path)) is None:
        if time.monotonic() >= deadline:
            raise StoreError(
                f"The report must be free to be written; another process has held {path} for "
                f"{PATIENCE_SECONDS:.0f} s. End it, or write elsewhere with --out=DIR."
            )
        time.sleep(POLL_SECONDS)
    with file:
        _sweep(folder)
        try:
            yield
        finally:
            with suppress(OSError):  # while it is held: who waits looks whether it is still there
                path.unlink()


def _taken(path: Path) -> IO[bytes] | None:
    try:
        return taken(path)
    except StoreError:  # no locks here
        return path.open("ab")


def _sweep(folder: Path) -> None:
    for path in folder.glob(".*.tmp"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()
