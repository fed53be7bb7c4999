"""What of the claims that a report knows was looked at in a session, and is not there any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dltheory.presence import is_there

NARROWING = ("lf", "ignore", "ignore_glob")
"""Options of pytest that leave out tests without naming them to anybody."""


@dataclass(kw_only=True)
class Selection:
    """Which files were read whole, and of which reports some claims were left out."""

    root: Path
    folders: set[str] = field(default_factory=set)
    """Folders of which every test was to be read."""
    read: set[str] = field(default_factory=set)
    """Files that were read without an error, relative to the root."""
    narrowed: set[str] = field(default_factory=set)
    """Reports of which some claims were left out: "fast", "full"."""

    def add(self, told: Mapping[str, Iterable[str]]) -> None:
        """Take over what a worker of xdist told."""
        self.folders.update(told["folders"])
        self.read.update(told["read"])
        self.narrowed.update(told["narrowed"])

    def told(self) -> dict[str, list[str]]:
        """The same as plain JSON types, for the process that owns the terminal."""
        return {
            "folders": sorted(self.folders),
            "read": sorted(self.read),
            "narrowed": sorted(self.narrowed),
        }

    def is_gone(self, record: Mapping[str, Any], report: str) -> bool:
        """Whether a claim that was not selected is no claim any more.

        Its file was read whole and does not have it, or was to be read and is not there. Where any
        claim of its report was left out, nothing is gone.
        """
        file = str(record.get("test", "")).split("::")[0]
        if not file or report in self.narrowed:
            return False
        path = self.root / file
        if not any(path.is_relative_to(folder) for folder in self.folders):
            return False
        return file in self.read or _is_absent(path)


def _is_absent(path: Path) -> bool:
    """Whether a file is not there; one that the system cannot look at now is."""
    try:
        return not is_there(path)
    except OSError:
        return False


def walked(config: pytest.Config) -> set[str]:
    """The folders of which pytest reads every test in this session."""
    if any(getattr(config.option, name, None) for name in NARROWING):
        return set()
    places = [config.invocation_params.dir / arg for arg in config.args if "::" not in arg]
    return {str(place.resolve()) for place in places if place.is_dir()}
