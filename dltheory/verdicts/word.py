"""The word that two bounds say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dltheory.verdicts.claim import Criterion, Verdict


def words_of(
    lower: NDArray[np.float64], upper: NDArray[np.float64], criterion: Criterion
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each pair of bounds lies above θ₀, and whether it lies below the line θ₀ + δ."""
    return lower > criterion.null, upper < criterion.refutation_line


def word_of(lower: float, upper: float, criterion: Criterion) -> Verdict:
    """The word of one pair of bounds."""
    above, below = words_of(np.asarray(lower), np.asarray(upper), criterion)
    if above:
        return "SMALLER" if below else "CONFIRMED"
    return "REFUTED" if below else "INCONCLUSIVE"
