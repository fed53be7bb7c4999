"""The sign-flip test of a mean, which assumes symmetric errors instead of normal ones."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dltheory.statistics.sample import per_seed

# Up to LARGEST_EXACT values all choices of signs are used; above, DRAWS choices are drawn.
LARGEST_EXACT = 20  # 2²⁰ sums are 8 MB
DRAWS = 2**17
_ROUNDING = 1e-12  # sums that differ by less, relative to Σ|d|, are ties


def sign_flip(values: ArrayLike, null: float = 0.0) -> float:
    """The one-sided p-value against mean ≤ null, for errors that are symmetric about the mean.

    It is the share of all 2ⁿ choices of signs with Σ ±(xᵢ − null) ≥ Σ (xᵢ − null) (Fisher 1935).
    For more than 20 values, m = 2¹⁷ choices are drawn from a fixed generator; if b of them satisfy
    the inequality, the p-value is (b + 1)/(m + 1).

    >>> sign_flip([1.0, 2.0, 3.0])
    0.125
    """
    deviations = np.asarray(per_seed("values", values, at_least=1)) - null
    observed = float(np.sum(deviations))
    threshold = observed - _ROUNDING * float(np.sum(np.abs(deviations)))
    if len(deviations) <= LARGEST_EXACT:
        return float(np.mean(_all_signed_sums(deviations) >= threshold))
    exceeding = int(np.count_nonzero(_drawn_signed_sums(deviations) >= threshold))
    return (exceeding + 1) / (DRAWS + 1)


def smallest_p(n: int) -> float:
    """The smallest p-value that `sign_flip` can return for n values.

    It is 2⁻ⁿ for at most 20 values, and 1/(2¹⁷ + 1) above. With smallest_p(n) > α the test can
    never reject: α = 0.01 needs 7 seeds.
    """
    return 2.0**-n if n <= LARGEST_EXACT else 1 / (DRAWS + 1)


def _all_signed_sums(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ ±dᵢ for every choice of signs, by doubling."""
    sums = np.zeros(1)
    for deviation in deviations:
        sums = np.concatenate([sums + deviation, sums - deviation])
    return sums


def _drawn_signed_sums(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ ±dᵢ for `DRAWS` choices of signs; values are added one by one to save memory."""
    generator = np.random.default_rng(0)
    sums = np.zeros(DRAWS)
    for deviation in deviations:
        sums += (
            np.where(generator.integers(0, 2, size=DRAWS, dtype=np.int8) == 1, 1, -1) * deviation
        )
    return sums
