"""Whether a path is there. What the system cannot tell now is an error, not an absence."""

from __future__ import annotations

from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether a file or folder of this name exists; a broken link does not.

    `Path.exists` takes some errors of the system for an absence, in Python 3.14 all of them, and a
    caller that takes a file for absent may replace it. Raises OSError where the system cannot tell:
    ESTALE of a network file system, EIO, EACCES of a folder that may not be searched.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
