"""What the same experiment with fresh seeds would say: the chance of each word."""

from __future__ import annotations

from dltheory.statistics import Evidence
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts.error_rates import Chances, Procedure, chances_again
from dltheory.verdicts.word import word_of


def repetition(procedure: Procedure, evidence: Evidence) -> Chances | None:
    """The chances of each word on fresh seeds, given what these seeds showed.

    Exact evidence repeats itself. None for runs that tell nothing of their spread.
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
