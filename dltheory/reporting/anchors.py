"""The addresses of claims within a page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dltheory.reporting.schema import Record


def anchor(record: Record) -> str:
    """The claim and its case as an id: letters, digits, ``.``, ``_``, ``-`` and ``/``."""
    name = f"{record.claim}/{record.case}" if record.case else record.claim
    return re.sub(r"[^A-Za-z0-9._/-]+", "-", name).strip("-/") or "claim"


def anchors(records: Iterable[Record]) -> list[str]:
    """One id per record, in order; a second record of the same name gets ``-2``."""
    ids: list[str] = []
    taken: set[str] = set()
    for record in records:
        name = free = anchor(record)
        repeat = 1
        while free in taken:
            repeat += 1
            free = f"{name}-{repeat}"
        taken.add(free)
        ids.append(free)
    return ids
