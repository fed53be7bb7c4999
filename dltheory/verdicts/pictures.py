"""What a card shows, as plain data; drawing is the report's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dltheory.errors import SpecError
from dltheory.verdicts.numerals import finite
from dltheory.verdicts.thinning import (
    class_rows,
    densities,
    edges_of,
    line_of,
    numbers,
    pairs,
    points_of,
    rounded,
    within_reach,
)


def arms_plot(
    title: str,
    axis: str,
    arms: Mapping[str, ArrayLike],
    *,
    seeds: Sequence[int],
    paired: bool = True,
    log: bool = False,
    diverged: Mapping[str, Sequence[int]] | None = None,
    printed: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Any]:
    """One strip of dots per arm, joined by seed where the analysis is paired.

    A value in `printed` is drawn as a hollow mark on the strip of the arm of that name.
    """
    lost = diverged or {}
    if strangers := set(printed) - set(arms):
        raise SpecError(
            f"printed names {sorted(strangers)}, which are no arms of {title!r}. "
            f"Give printed values under the arms' names: {list(arms)}."
        )
    return {
        "kind": "arms",
        "title": title,
        "axis": axis,
        "log": log,
        "paired": paired,
        "seeds": [int(seed) for seed in seeds],
        "arms": [
            {
                "name": name,
                "values": numbers(values),
                "diverged": [int(i) for i in lost.get(name, ())],
                "printed": finite(printed.get(name)),
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
        "seeds": [int(seed) for seed in seeds],
        "values": [numbers(row) for row in np.asarray(values, dtype=float)],
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
        "values": numbers(values),
        "threshold": float(threshold),
        "threshold_name": threshold_name,
    }


def lines_plot(
    title: str,
    axis: str,
    x_axis: str,
    lines: Mapping[str, tuple[Sequence[float], ArrayLike]],
    *,
    printed: Mapping[str, tuple[Sequence[float], Sequence[float]]] = MappingProxyType({}),
    x_log: bool = False,
    log: bool = False,
) -> dict[str, Any]:
    """A line per name: the mean over runs, with their range; printed points as hollow marks.

    `lines` holds x and values of shape (runs, len(x)) or (len(x),); `printed` holds x and y. A
    printed series of the same name as a line is drawn in that line's colour.
    """
    return {
        "kind": "lines",
        "title": title,
        "axis": axis,
        "x_axis": x_axis,
        "x_log": x_log,
        "log": log,
        "lines": [line_of(name, x, values) for name, (x, values) in lines.items()],
        "printed": [points_of(name, x, y) for name, (x, y) in printed.items()],
    }


def scatter_plot(
    title: str,
    axis: str,
    x_axis: str,
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    lines: Mapping[str, tuple[float, float]] = MappingProxyType({}),
    x_log: bool = False,
    log: bool = False,
) -> dict[str, Any]:
    """A cloud of points (x, y) per group; lines y = slope · x + intercept drawn across."""
    return {
        "kind": "scatter",
        "title": title,
        "axis": axis,
        "x_axis": x_axis,
        "x_log": x_log,
        "log": log,
        "groups": [points_of(name, x, y) for name, (x, y) in groups.items()],
        "guides": [
            {"name": name, "slope": finite(slope), "intercept": finite(intercept)}
            for name, (slope, intercept) in lines.items()
        ],
    }


def density_plot(
    title: str, axis: str, groups: Mapping[str, ArrayLike], *, bins: int = 40
) -> dict[str, Any]:
    """The outline of a histogram per group, over common bins, each of area one."""
    given = {name: np.asarray(values, dtype=float).ravel() for name, values in groups.items()}
    kept = {name: within_reach(values) for name, values in given.items()}
    edges = edges_of(np.concatenate([np.empty(0), *kept.values()]), bins)
    return {
        "kind": "density",
        "title": title,
        "axis": axis,
        "edges": numbers(edges),
        "densities": [
            {
                "name": name,
                "densities": rounded(densities(kept[name], edges)),
                "n": int(kept[name].size),
                "missing": int(values.size - kept[name].size),
            }
            for name, values in given.items()
        ],
    }


def regions_plot(
    title: str,
    classes: ArrayLike,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    points: Mapping[str, ArrayLike] = MappingProxyType({}),
) -> dict[str, Any]:
    """A map of classes over a rectangle of the plane, with points of shape (n, 2) upon it.

    `classes` has shape (rows, columns), row 0 lowest: whole numbers from 0 to 35, or NaN where
    there is no class. It is kept as a string per row, with a dot for no class.
    """
    return {
        "kind": "regions",
        "title": title,
        "rows": class_rows(classes),
        "x_range": numbers(x),
        "y_range": numbers(y),
        "groups": [points_of(name, *pairs(name, given)) for name, given in points.items()],
    }


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """A table; numbers as numbers, printed ones as the strings they were."""
    return {
        "caption": caption,
        "columns": list(columns),
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }


def _cell(cell: Any) -> str | int | float | None:
    if isinstance(cell, (str, int)):
        return cell
    return finite(float(cell))
