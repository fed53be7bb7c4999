"""Student's t: an estimate, its standard error and degrees of freedom."""

import math
from dataclasses import dataclass

from scipy import special

from dltheory.statistics.interval import Interval, require_level


@dataclass(frozen=True, kw_only=True)
class Student:
    """An estimate whose error, divided by its standard error, has Student's t distribution.

    An infinite standard error means that the runs tell nothing of their spread, as when all of them
    agree: the bounds are infinite, and every p-value is 1.
    """

    estimate: float
    standard_error: float
    df: float

    def interval(self, alpha: float) -> Interval:
        """estimate ∓ t₁₋α(df) · standard error."""
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
    """The point below which Student's t with df degrees of freedom falls with probability level."""
    return float(special.stdtrit(df, level))
