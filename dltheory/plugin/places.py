"""Folders that are to be written, tried before anything is computed for them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

ROOM = 1 << 20
"""Bytes that must fit: less leaves no room for a report either."""


def require_place(folder: Path, option: str, what: str) -> None:
    """Check that a folder is there or can be made, may be written, and has room.

    Raises pytest.UsageError, which names the option, the folder and the system's reason.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if _exists(path))
    if not there.is_dir():
        raise pytest.UsageError(
            f"{option} takes a folder for {what}; got {folder}, and {there} is a file. Name "
            "another place."
        )
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        raise pytest.UsageError(
            f"{option} takes a folder that can be written, with room for {what}; got {folder}, and "
            f"writing in {there} failed: {error.strerror or error}. Change its permissions, free "
            f"some space, or name another place with {option}=DIR."
        ) from error


def _exists(path: Path) -> bool:
    """Whether something is there; a broken link is."""
    try:
        return path.exists() or path.is_symlink()
    except OSError:  # of a parent that may not be searched: its own parent is tried
        return False
