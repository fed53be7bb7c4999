"""The probability of each verdict if the same experiment is repeated with fresh seeds."""

from __future__ import annotations

from dltheory.statistics import Evidence
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts.error_rates import Chances, Procedure, chances_again
from dltheory.verdicts.word import word_of


def repetition(procedure: Procedure, evidence: Evidence) -> Chances | None:
    """The probability of each verdict on fresh seeds, given the evidence.

    Exact evidence returns its own verdict with probability 1. The result is None if both bounds are
    infinite, because the spread of the runs is then unknown.
    """
    spread = spread_of(evidence)
    interval = evidence.interval(procedure.looks.alpha)
    if spread is None:
        word = word_of(interval.lower, interval.upper, procedure.criterion)
        return Chances(
            confirmed=float(word == "CONFIRMED"),
            smaller=float(word == "SMALLER"),
            refuted=float(word == "REFUTED"),
        )
    if interval.lower == -float("inf") and interval.upper == float("inf"):
        return None
    return chances_again(procedure, spread)
