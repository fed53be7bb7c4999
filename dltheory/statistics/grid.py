"""Grids, ties and rounding of numbers from independent runs.

An accuracy on 500 images is a multiple of 1/500, so runs can agree exactly. A standard deviation of
zero then means that the grid is coarse. It does not mean that the next run would agree too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-12
"""Numbers that differ by less than this share of the largest one are equal."""

_CONTINUOUS = 1e-6  # a step below this share of the range is no grid


def scale_of(*samples: Iterable[float]) -> float:
    """The largest absolute value in any of the samples."""
    return max((abs(value) for sample in samples for value in sample), default=0.0)


def tied(values: ArrayLike, scale: float | None = None) -> bool:
    """Whether all values are equal up to the rounding of numbers as large as `scale`.

    `scale` is the largest absolute value of the numbers from which the values were computed, as of
    both arms of a difference. By default it is the largest absolute value of `values`.

    >>> tied([0.1 + 0.2, 0.3])
    True
    """
    array = np.asarray(values, dtype=float)
    size = scale_of(array.ravel()) if scale is None else scale
    return bool(np.ptp(array) <= ROUNDING * size)


def step_of(values: ArrayLike, scale: float | None = None) -> float:
    """The largest step such that all differences between the values are multiples of it.

    It is 0 if the values are all equal, or if there is no step above 10⁻⁶ of their range, as for
    numbers from a continuum. The step that is found may be a multiple of the true step of the grid.
    `scale` is as for `tied`.

    >>> round(step_of([0.912, 0.918, 0.93]), 9)
    0.006
    """
    array = np.unique(np.asarray(values, dtype=float))
    width = float(array[-1] - array[0])
    size = scale_of(array) if scale is None else scale
    if width <= ROUNDING * size or width == 0.0:
        return 0.0
    shares = (array - array[0])[1:] / width  # in (0, 1], so that no scale is lost
    smallest = max(_CONTINUOUS, 4 * ROUNDING * size / width)
    step = reduce(lambda a, b: _common(a, b, smallest / 4), shares.tolist())
    return step * width if step > smallest else 0.0


def snapped(values: ArrayLike, scale: float | None = None) -> np.ndarray:
    """The values, with values that are equal up to rounding made equal. Use it before ranking."""
    array = np.asarray(values, dtype=float)
    size = scale_of(array.ravel()) if scale is None else scale
    order = np.argsort(array, axis=None)
    flat = array.ravel().copy()
    for before, here in pairwise(order):
        if flat[here] - flat[before] <= ROUNDING * size:
            flat[here] = flat[before]
    return flat.reshape(array.shape)


def spread_floor(step: float) -> float:
    """The largest standard deviation of a variable with two neighbouring grid values: step / 2.

    Tests use it as the least standard deviation of runs on a grid, because few runs can agree by
    chance.
    """
    return step / 2.0


def _common(a: float, b: float, tolerance: float) -> float:
    """The greatest common divisor of two positive numbers, by Euclid's algorithm.

    Remainders below the tolerance count as 0. The result is 0 if no divisor exceeds the tolerance.
    """
    while b > tolerance:
        remainder = math.fmod(a, b)
        if b - remainder <= tolerance:
            remainder = 0.0
        a, b = b, remainder
    return a if a > tolerance else 0.0
