"""The seal of a measurement: a checksum that tells whether its line is as it was written.

A seal tells of an accident or of an edit, not who made it: whoever edits a line can write its seal
too. A verdict that rests on lines which do not match their seals says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

SEAL = "seal"
EDITED = "edited measurements"
UNSEALED = "unsealed measurements"


def sealed(line: Mapping[str, Any]) -> dict[str, Any]:
    """The line with its seal: twelve digits of the SHA-256 of its other fields."""
    return {**line, SEAL: _seal_of(line)}


def is_edited(line: Mapping[str, Any]) -> bool:
    """Whether a line carries a seal that does not match it."""
    return SEAL in line and line[SEAL] != _seal_of(line)


def marked(
    record: Mapping[str, Any],
    lines: Iterable[Mapping[str, Any]],
    provenances: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The record, which says so if it rests on lines that were edited, or that carry no seal."""
    rests_on = [*lines, *provenances]
    edited = sum(map(is_edited, rests_on))
    unsealed = sum(SEAL not in line for line in rests_on)
    if not edited and not unsealed:
        return dict(record)
    number, word, why = (
        (edited, EDITED, "do not match their seals: they were changed after they were measured")
        if edited
        else (unsealed, UNSEALED, "carry no seal, so it is not known whether they were changed")
    )
    reason = f"Judged on {word}: {number} of {len(rests_on)} lines {why}."
    return {
        **record,
        "qualifiers": [*record["qualifiers"], word],
        "reason": f"{reason} {record['reason']}".strip(),
    }


def _seal_of(line: Mapping[str, Any]) -> str:
    body = {name: value for name, value in line.items() if name != SEAL}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
