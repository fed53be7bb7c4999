"""A worker of xdist that dies takes its claims with it; what each would have been is kept.

The process that writes the report has read no claim file. So a worker writes down, before it
judges anything, the record that each of its claims has if nothing is ever heard of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dltheory.errors import DLTheoryError
from dltheory.experiments.sealed import write_atomically
from dltheory.plugin.claim_files import kept_claims
from dltheory.plugin.source import read_lines
from dltheory.plugin.suite import CASE, Suite
from dltheory.plugin.writing import as_lines


def keep(suite: Suite, items: Iterable[pytest.Item]) -> None:
    """Write down the claims of these items; all workers of a session write the same."""
    records = [suite.lost(item) for item in items if CASE.of(item) is not None]
    path = kept_claims(suite.config.workerinput)  # type: ignore[attr-defined]
    if records:
        with suppress(DLTheoryError):  # then it is known as soon as the first is judged
            write_atomically(path, as_lines(records))


def records(path: Path) -> list[dict[str, Any]]:
    """What was kept there; nothing if it cannot be read."""
    with suppress(DLTheoryError, OSError):
        return read_lines(path)
    return []
