"""Where the pixels of a data set come from: found, but not read yet."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files below a folder, how to read them, and their form in words for the report."""

    folder: Path
    files: tuple[Path, ...]
    read: Callable[[], RawSplits]
    form: str
