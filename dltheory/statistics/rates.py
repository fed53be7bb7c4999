"""Rates: the probability that a run succeeds, from counts over independent runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from dltheory.errors import SpecError
from dltheory.statistics.interval import Interval, require_level


@dataclass(frozen=True, kw_only=True)
class RateEvidence:
    """Evidence about the probability of success: exact bounds of Clopper and Pearson (1934).

    With k successes in n trials, lower is the α-quantile of Beta(k, n−k+1) and upper the
    (1−α)-quantile of Beta(k+1, n−k). Ten successes in ten trials show little:

    >>> round(RateEvidence(successes=10, trials=10).interval(0.05).lower, 2)
    0.74
    """

    successes: int
    trials: int
    method: str = "exact binomial (Clopper–Pearson)"

    def __post_init__(self) -> None:
        if not (self.trials >= 1 and 0 <= self.successes <= self.trials):
            raise SpecError(
                "A rate needs at least 1 trial and between 0 and all of them successes; got "
                f"{self.successes} successes in {self.trials} trials. Count each run once."
            )

    @property
    def n(self) -> int:
        """The number of trials."""
        return self.trials

    @property
    def estimate(self) -> float:
        """Successes over trials."""
        return self.successes / self.trials

    @property
    def sd(self) -> None:
        """None, because the error of a rate does not have Student's t distribution."""
        return

    @property
    def values(self) -> tuple[float, ...]:
        """1 for each success, then 0 for each failure."""
        return (1.0,) * self.successes + (0.0,) * (self.trials - self.successes)

    def interval(self, alpha: float) -> Interval:
        """The rate with its two one-sided exact bounds."""
        lower, upper = bounds_of_counts(np.asarray([self.successes]), self.trials, alpha)
        return Interval(estimate=self.estimate, lower=float(lower[0]), upper=float(upper[0]))

    def p_above(self, null: float) -> float:
        """P(at least this many successes | rate = null); 0 for a null below 0."""
        if null < 0.0:
            return 0.0
        return _at_least(self.successes, self.trials, min(null, 1.0))

    def p_below(self, bound: float) -> float:
        """P(at most this many successes | rate = bound); 0 for a bound above 1."""
        if bound > 1.0:
            return 0.0
        return _at_least(self.trials - self.successes, self.trials, 1.0 - max(bound, 0.0))


def bounds_of_counts(
    successes: NDArray[np.int_], trials: int, alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Clopper and Pearson's lower and upper bounds of the rate, for each number of successes."""
    k = np.asarray(successes)
    require_level(alpha)
    lower = np.where(k > 0, stats.beta.ppf(alpha, np.maximum(k, 1), trials - k + 1), 0.0)
    upper = np.where(k < trials, stats.beta.isf(alpha, k + 1, np.maximum(trials - k, 1)), 1.0)
    return lower, upper


def success_rate(outcomes: Sequence[bool]) -> RateEvidence:
    """Evidence about the probability that one run succeeds, from the outcome of each.

    >>> success_rate([True, True, False, True]).estimate
    0.75
    """
    return RateEvidence(successes=sum(bool(outcome) for outcome in outcomes), trials=len(outcomes))


def _at_least(successes: int, trials: int, rate: float) -> float:
    """P(X ≥ successes) for a binomial X, by the regularised incomplete beta function."""
    if successes == 0:
        return 1.0
    return float(special.betainc(successes, trials - successes + 1, rate))
