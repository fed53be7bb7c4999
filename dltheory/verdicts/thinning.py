"""Reduction of the numbers of a picture to few enough to store, as plain JSON types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dltheory.errors import SpecError
from dltheory.verdicts.numerals import finite

Numbers = NDArray[np.float64]
# The largest numbers of points of a group, of values of x of a line, and of cells per side of a
# map; the largest absolute value in a histogram; and the characters of the classes of a map.
_POINTS = 300
_PLACES = 100
_CELLS = 60
_LARGEST = 1e150
_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"


def numbers(values: ArrayLike) -> list[float | None]:
    """All values as a flat list of floats, with None for NaN and infinities."""
    return [finite(float(value)) for value in np.asarray(values, dtype=float).ravel()]


def rounded(values: ArrayLike) -> list[float | None]:
    """All values with six significant digits, which is more than a drawing shows."""
    return [None if v is None else float(f"{v:.6g}") for v in numbers(values)]


def spread(size: int, most: int) -> NDArray[np.intp]:
    """At most `most` indices below `size`, spread evenly from the first to the last."""
    return np.rint(np.linspace(0, size - 1, min(size, most))).astype(np.intp)


def line_of(name: str, x: Sequence[float], values: ArrayLike) -> dict[str, Any]:
    """The mean and range over runs at up to 100 values of x, for one line of a plot.

    Only finite values count. `missing` is the number of runs with a value that is not finite, and
    `of` the number of values of x before thinning.
    """
    places = np.asarray(x, dtype=float)
    runs = np.atleast_2d(np.asarray(values, dtype=float))
    if runs.ndim != 2 or runs.shape[1:] != places.shape:
        raise SpecError(
            f"The line {name!r} has {places.size} values of x and values of shape {runs.shape}. "
            "Give values of shape (runs, len(x)) or (len(x),)."
        )
    kept = spread(places.size, _PLACES)
    runs = runs[:, kept]
    there = np.isfinite(runs)
    count = there.sum(axis=0)
    with np.errstate(all="ignore"):
        mean = np.where(there, runs, 0.0).sum(axis=0) / count
    return {
        "name": name,
        "x": rounded(places[kept]),
        "mean": rounded(mean),
        "low": rounded(np.where(there, runs, np.inf).min(axis=0, initial=np.inf)),
        "high": rounded(np.where(there, runs, -np.inf).max(axis=0, initial=-np.inf)),
        "n": len(runs),
        "missing": int((~there.all(axis=1)).sum()),
        "of": int(places.size),
    }


def points_of(name: str, x: ArrayLike, y: ArrayLike) -> dict[str, Any]:
    """Up to 300 points of a group whose coordinates are both finite, thinned evenly.

    `of` is the number of such points before thinning, and `missing` the number of other points.
    """
    across, up = (np.asarray(values, dtype=float).ravel() for values in (x, y))
    if across.size != up.size:
        raise SpecError(
            f"The points of {name!r} have {across.size} x and {up.size} y. Give as many of both."
        )
    there = np.flatnonzero(np.isfinite(across) & np.isfinite(up))
    kept = there[spread(there.size, _POINTS)]
    return {
        "name": name,
        "x": rounded(across[kept]),
        "y": rounded(up[kept]),
        "of": int(there.size),
        "missing": int(up.size - there.size),
    }


def pairs(name: str, points: ArrayLike) -> tuple[Numbers, Numbers]:
    """The x and the y coordinates of points of shape (n, 2)."""
    given = np.asarray(points, dtype=float)
    if given.size and (given.ndim != 2 or given.shape[1] != 2):
        raise SpecError(f"The points of {name!r} have shape {given.shape}. Give shape (n, 2).")
    return given.ravel()[0::2], given.ravel()[1::2]


def within_reach(values: Numbers) -> Numbers:
    """The finite values, clipped to ±10¹⁵⁰ so that the difference of any two is finite."""
    return np.minimum(np.maximum(values[np.isfinite(values)], -_LARGEST), _LARGEST)


def edges_of(values: Numbers, bins: int) -> Numbers:
    """The bins + 1 edges of equal bins that contain all values; empty if there are no values."""
    if not values.size:
        return np.empty(0)
    low, high = float(values.min()), float(values.max())
    largest = max(abs(low), abs(high))
    if high - low <= 1e-9 * largest or largest < 1 / _LARGEST:
        room = 1e-3 * largest if largest > 1 / _LARGEST else 0.5
        low, high = low - room, high + room
    return np.linspace(low, high, bins + 1)


def densities(values: Numbers, edges: Numbers) -> Numbers:
    """The share of values in each bin divided by the bin's width; empty if there are no values."""
    if not values.size:
        return np.empty(0)
    shares = np.histogram(values, edges)[0] / values.size
    return shares / np.diff(edges)


def class_rows(classes: ArrayLike) -> list[str]:
    """One string per row of a map of classes, one character per cell, at most 60 × 60 cells."""
    grid = np.asarray(classes, dtype=float)
    if grid.ndim != 2:
        raise SpecError(f"A map of classes has shape {grid.shape}. Give shape (rows, columns).")
    rows, columns = (spread(size, _CELLS) for size in grid.shape)
    return ["".join(_sign(value) for value in row) for row in grid[rows][:, columns]]


def _sign(value: float) -> str:
    """The character of a class: 0 to 9, then a to z; a dot for NaN."""
    if not np.isfinite(value):
        return "."
    if value != int(value) or not 0 <= value < len(_SIGNS):
        raise SpecError(
            f"A map of classes holds {value:g}. Give whole numbers from 0 to {len(_SIGNS) - 1}."
        )
    return _SIGNS[int(value)]
