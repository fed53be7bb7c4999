"""What a card shows, as plain data; drawing is the report's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dltheory.verdicts.numerals import finite


def arms_plot(
    title: str,
    axis: str,
    arms: Mapping[str, ArrayLike],
    *,
    seeds: Sequence[int],
    paired: bool = True,
    log: bool = False,
    diverged: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, Any]:
    """One strip of dots per arm, joined by seed where the analysis is paired."""
    lost = diverged or {}
    return {
        "kind": "arms",
        "title": title,
        "axis": axis,
        "log": log,
        "paired": paired,
        "seeds": list(seeds),
        "arms": [
            {
                "name": name,
                "values": _numbers(values),
                "diverged": [int(i) for i in lost.get(name, ())],
            }
            for name, values in arms.items()
        ],
    }


def levels_plot(
    title: str,
    axis: str,
    x_axis: str,
    levels: Sequence[float],
    values: ArrayLike,
    *,
    seeds: Sequence[int],
    x_log: bool = False,
    log: bool = False,
) -> dict[str, Any]:
    """One line per seed over the levels of a factor; `values` has shape (seeds, levels)."""
    return {
        "kind": "levels",
        "title": title,
        "axis": axis,
        "x_axis": x_axis,
        "x_log": x_log,
        "log": log,
        "levels": [float(level) for level in levels],
        "seeds": list(seeds),
        "values": [_numbers(row) for row in np.asarray(values, dtype=float)],
    }


def cases_plot(
    title: str,
    axis: str,
    values: ArrayLike,
    *,
    threshold: float,
    threshold_name: str,
    log: bool = False,
) -> dict[str, Any]:
    """One dot per case against the line that decides."""
    return {
        "kind": "cases",
        "title": title,
        "axis": axis,
        "log": log,
        "values": _numbers(values),
        "threshold": float(threshold),
        "threshold_name": threshold_name,
    }


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """A table; numbers as numbers, printed ones as the strings they were."""
    return {
        "caption": caption,
        "columns": list(columns),
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }


def _numbers(values: ArrayLike) -> list[float | None]:
    return [finite(float(value)) for value in np.asarray(values, dtype=float).ravel()]


def _cell(cell: Any) -> str | int | float | None:
    if isinstance(cell, (str, int)):
        return cell
    return finite(float(cell))
