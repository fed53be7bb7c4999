"""The verdict that follows from a lower and an upper bound; a *word* is one of the verdicts."""

from __future__ import annotations

from dltheory.statistics.drawn_experiments import Drawn
from dltheory.statistics.standard_error import Bools
from dltheory.verdicts.claim import Criterion, Verdict


def word_of(lower: float, upper: float, criterion: Criterion) -> Verdict:
    """The verdict that follows from one pair of bounds."""
    above, below = lower > criterion.null, upper < criterion.refutation_line
    if above:
        return "SMALLER" if below else "CONFIRMED"
    return "REFUTED" if below else "INCONCLUSIVE"


def words_of(drawn: Drawn, criterion: Criterion, alpha: float) -> tuple[Bools, Bools]:
    """For each experiment, whether L exceeds the null value and whether U is below the line.

    L and U are its lower and upper bounds at level alpha. The line is `criterion.refutation_line`.
    """
    return drawn.above(criterion.null, alpha), drawn.below(criterion.refutation_line, alpha)
