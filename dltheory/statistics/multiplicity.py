"""Many p-values at once: Holm for one paper, Benjamini–Hochberg for a column of a report."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dltheory.errors import SpecError


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values: rejecting those ≤ α keeps P(any false rejection) ≤ α.

    This holds for any dependence between the tests. For m p-values in ascending order, p̃₍ᵢ₎ = max
    over j ≤ i of (m − j + 1) p₍ⱼ₎, at most 1 (Holm 1979). The result has the given order.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    array, order = _sorted(p)
    factors = np.arange(len(array), 0, -1)
    return _restored(np.maximum.accumulate(factors * array[order]), order)


def benjamini_hochberg(p: Sequence[float]) -> tuple[float, ...]:
    """q-values: rejecting those ≤ q keeps the expected share of false rejections ≤ q.

    This holds for independent or positively dependent tests. For m p-values in ascending order,
    q₍ᵢ₎ = min over j ≥ i of m p₍ⱼ₎ / j (Benjamini and Hochberg 1995). The result has the given
    order.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    (0.03, 0.04, 0.04)
    """
    array, order = _sorted(p)
    factors = len(array) / np.arange(1, len(array) + 1)
    running = np.minimum.accumulate((factors * array[order])[::-1])[::-1]
    return _restored(running, order)


def _sorted(p: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The p-values, checked to lie in [0, 1], and the indices that sort them."""
    array = np.array([float(value) for value in p], dtype=np.float64)
    outside = array[~((array >= 0.0) & (array <= 1.0))]
    if len(outside):
        raise SpecError(
            f"A p-value lies between 0 and 1; got {outside.tolist()} among {len(array)}. "
            "Leave out what has no p-value; do not fill it in."
        )
    return array, np.argsort(array, kind="stable")


def _restored(values: NDArray[np.float64], order: NDArray[np.intp]) -> tuple[float, ...]:
    """The sorted values, cut off at 1, in the order in which the p-values were given."""
    restored = np.empty_like(values)
    restored[order] = np.minimum(values, 1.0)
    return tuple(float(value) for value in restored)
