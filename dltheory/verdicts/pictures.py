"""Pictures and tables of a report card as plain data; the report draws them.

In all plots, `title` is the heading, `axis` labels the axis of the values, and `x_axis` labels the
horizontal axis. `log` makes the axis of the values logarithmic, and `x_log` the horizontal axis.
"""

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
    """One strip of dots per arm, with lines between the dots of a seed if `paired`.

    `arms` maps names to one value per seed. `diverged` maps names of arms to the positions of runs
    that were lost. A value in `printed` is drawn as a hollow mark on the strip of the arm of that
    name.
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
    """One dot per case, and a line at `threshold`."""
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
    """One line per name: the mean over runs, with their range; printed points are hollow marks.

    Each item of `lines` is x and values of shape (runs, len(x)) or (len(x),); each item of
    `printed` is x and y. A printed series is drawn in the colour of the line that has the same
    name.
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
    """Points (x, y) of each group, and straight lines y = slope · x + intercept.

    Each item of `lines` is (slope, intercept).
    """
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
    """The outline of a histogram of each group, over common bins, each with area 1.

    Values that are not finite are counted as `missing`.
    """
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
    """A map of classes over a rectangle of the plane, with groups of points drawn over it.

    `x` and `y` are the ranges of the rectangle. `classes` has shape (rows, columns), with row 0 at
    the bottom; its values are whole numbers from 0 to 35, or NaN for no class. It is stored as one
    string per row, with a dot for no class. `points` maps names to arrays of shape (n, 2).
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
    """A table as plain data; strings (as printed numbers) stay strings."""
    return {
        "caption": caption,
        "columns": list(columns),
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }


def _cell(cell: Any) -> str | int | float | None:
    if isinstance(cell, (str, int)):
        return cell
    return finite(float(cell))
