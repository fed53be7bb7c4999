"""What the library wants to be known of the runs that a claim rests on, in the claim's record."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any


def noted(record: dict[str, Any], said: Iterable[str], store: Path) -> dict[str, Any]:
    """The record, with what was said of its runs among its deviations.

    Places in the store are named from there: on another machine it is elsewhere.
    """
    about = [one for one in said if any(run in one for run in record["runs"])]
    for folder in (store.absolute(), store):
        about = [one.replace(f"{folder}/", "") for one in about]
    return {**record, "deviations": [*record["deviations"], *about]}
