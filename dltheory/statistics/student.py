"""Student's t: an estimate, its standard error and degrees of freedom."""

import math
from dataclasses import dataclass

from scipy import special

from dltheory.statistics.interval import Interval, require_level


@dataclass(frozen=True, kw_only=True)
class Student:
    """An estimate whose error, divided by its standard error, has Student's t distribution.

    An infinite standard error means that the runs say nothing about their spread, as when all of
    them agree. The bounds are then infinite, and every p-value is 1.
    """

    estimate: float
    standard_error: float
    df: float

    def interval(self, alpha: float) -> Interval:
        """The estimate with the bounds estimate ∓ t₁₋α(df) · standard error."""
        reach = t_quantile(1.0 - require_level(alpha), self.df) * self.standard_error
        return Interval(
            estimate=self.estimate, lower=self.estimate - reach, upper=self.estimate + reach
        )

    def p_above(self, null: float) -> float:
        """P(T ≥ (estimate − null) / standard error)."""
        return self._upper_tail(self.estimate - null)

    def p_below(self, bound: float) -> float:
        """P(T ≥ (bound − estimate) / standard error)."""
        return self._upper_tail(bound - self.estimate)

    def _upper_tail(self, distance: float) -> float:
        """P(T ≥ distance / standard error); 1 where the standard error is infinite."""
        if math.isinf(self.standard_error):
            return 1.0
        return float(special.stdtr(self.df, -distance / self.standard_error))


def t_quantile(level: float, df: float) -> float:
    """The `level`-quantile of Student's t distribution with df degrees of freedom."""
    return float(special.stdtrit(df, level))
