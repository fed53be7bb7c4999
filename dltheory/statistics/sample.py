"""Checks of samples in which each number comes from one independent run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dltheory.errors import SpecError


def per_seed(name: str, values: ArrayLike, *, at_least: int = 2) -> tuple[float, ...]:
    """The values as plain floats, checked to be one-dimensional, finite and at least `at_least`."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size < at_least:
        raise SpecError(
            f"{name} must hold one number for each of at least {at_least} independent runs; "
            f"got shape {array.shape}. Add seeds, or reduce each run to one number first."
        )
    _require_finite(name, array)
    return tuple(float(value) for value in array)


def per_seed_and_level(name: str, values: ArrayLike, *, levels: int) -> NDArray[np.float64]:
    """The values as an array (seeds, levels), checked to be finite, with at least `levels` columns.

    A level is one setting of a factor that is varied, as a width or a depth.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < levels:
        raise SpecError(
            f"{name} must be an array (seeds, levels) with at least 2 seeds and {levels} levels; "
            f"got shape {array.shape}. Give a row per seed and a column per level."
        )
    _require_finite(name, array)
    return array


def require_same_length(
    names: tuple[str, str], first: Sequence[float], second: Sequence[float]
) -> None:
    """Raise SpecError unless the two samples have the same length."""
    if len(first) != len(second):
        raise SpecError(
            f"{names[0]} and {names[1]} are matched one to one and need the same length; "
            f"got {len(first)} and {len(second)}. Keep common seeds, or compare unpaired."
        )


def _require_finite(name: str, array: NDArray[np.float64]) -> None:
    infinite = int(np.count_nonzero(~np.isfinite(array)))
    if infinite:
        raise SpecError(
            f"{name} must be finite; {infinite} of its {array.size} numbers are not. "
            "Replace each diverged run by the worst value of its arm before comparing."
        )
