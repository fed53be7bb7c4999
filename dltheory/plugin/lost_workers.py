"""A worker of xdist that dies takes its claim with it; what it would have been judged is kept.

The process that writes the report has read no claim file. So a worker writes down, before it
judges anything, the record that each of its claims has if it is never heard of again.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from dltheory.errors import SpecError, StoreError
from dltheory.experiments.sealed import write_atomically
from dltheory.plugin.source import read_lines
from dltheory.plugin.suite import CASE, Suite
from dltheory.verdicts.record import line

LOST = (
    "The process that was to judge this claim was lost: it was killed, or ran out of memory. Start "
    "again; finished runs are kept."
)


def keep(suite: Suite, items: Iterable[pytest.Item]) -> None:
    """Write down the claims of these items; all workers of a session write the same."""
    records = []
    for item in items:
        if CASE.of(item) is not None:
            with suppress(SpecError):  # said when the claim's turn comes
                records.append(suite.trial(item).failure(LOST))
    with suppress(StoreError):  # said when the first run is to be made
        write_atomically(_path(suite), "".join(f"{line(r)}\n" for r in records).encode())


def record_of(suite: Suite, nodeid: str) -> dict[str, Any] | None:
    """What was kept of the claim that this test judges, if it judges one."""
    path = _path(suite)
    records = read_lines(path) if path.exists() else []
    return next((r for r in records if r["test"] == nodeid), None)


def forget(suite: Suite) -> None:
    """Remove what was kept: the session is over."""
    _path(suite).unlink(missing_ok=True)


def _path(suite: Suite) -> Path:
    """In the store, or, where measurements are only judged again, outside of it."""
    judges_alone = suite.settings.measurements is not None
    folder = Path(gettempdir()) if judges_alone else suite.settings.store / "progress"
    return folder / f"claims-{suite.provenance['provenance']}.jsonl"
