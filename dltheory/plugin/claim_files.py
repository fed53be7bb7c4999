"""Which files hold claims, told without importing them, or anything else that is large."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def holds_claims(path: Path) -> bool:
    """Whether a file speaks of this library and of claims; one that cannot be read does not."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return b"dltheory" in text and b"claim(" in text


def kept_claims(workerinput: Mapping[str, Any]) -> Path:
    """Where the workers of an xdist session write down which claims they found.

    All of them are on one machine.
    """
    return Path(tempfile.gettempdir()) / f"dltheory-claims-{workerinput['testrunuid']}.jsonl"
