"""What an exception says, whatever it is made of: its message, and where it was raised."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from dltheory.errors import DLTheoryError

PLAIN = (DLTheoryError, pytest.fail.Exception)
"""What says in words what is wrong, and where it was raised is of no interest."""

LONGEST = 8_000
"""Characters of a traceback that are kept; of a longer one the end."""


def message(error: BaseException) -> str:
    """What an exception says; its type where it says nothing, or cannot be asked."""
    try:
        said = str(error).strip()
    except Exception:  # noqa: BLE001  its own __str__ may do anything
        said = ""
    if isinstance(error, PLAIN) and said:
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def told_traceback(error: BaseException, root: Path) -> str:
    """Where an exception was raised, after those that it came from; "" for one of the library's.

    The library's errors say what to do. One that was raised from another shows the other. Files
    below the root are named from there, others by their last three parts.
    """
    parts = [
        "\n".join([*_frames(one, root), message(one)])
        for one in _chain(error)
        if not isinstance(one, PLAIN)
    ]
    text = "\n\n".join(parts)
    return text if len(text) <= LONGEST else f"…\n{text[-LONGEST:]}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from, the first of them first."""
    chain, seen = [error], {id(error)}
    while True:
        last = chain[-1]
        before = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if before is None or id(before) in seen:
            return reversed(chain)
        chain.append(before)
        seen.add(id(before))


def _frames(error: BaseException, root: Path) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        named = path.relative_to(root) if path.is_relative_to(root) else Path(*path.parts[-3:])
        yield f"{named.as_posix()}:{frame.lineno} in {frame.name}: {frame.line or ''}".rstrip(": ")
