"""The files of a data set, which were found and are not read yet."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files below a folder, a function that reads them, and `form`, a text for the report."""

    folder: Path
    files: tuple[Path, ...]
    read: Callable[[], RawSplits]
    form: str
