"""The word that two bounds say."""

from __future__ import annotations

from dltheory.statistics.drawn_experiments import Drawn
from dltheory.statistics.standard_error import Bools
from dltheory.verdicts.claim import Criterion, Verdict


def word_of(lower: float, upper: float, criterion: Criterion) -> Verdict:
    """The word of one pair of bounds."""
    above, below = lower > criterion.null, upper < criterion.refutation_line
    if above:
        return "SMALLER" if below else "CONFIRMED"
    return "REFUTED" if below else "INCONCLUSIVE"


def words_of(drawn: Drawn, criterion: Criterion, alpha: float) -> tuple[Bools, Bools]:
    """Whether the bounds of each experiment lie above θ₀, and whether below the line θ₀ + δ."""
    return drawn.above(criterion.null, alpha), drawn.below(criterion.refutation_line, alpha)
