"""Evidence without sampling error: identities, bounds, and examples that prove existence."""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from dltheory.errors import SpecError
from dltheory.statistics.interval import Interval, require_level
from dltheory.statistics.sample import per_seed


@dataclass(frozen=True, kw_only=True)
class ExactEvidence:
    """Evidence without sampling error: lower = estimate = upper, and p-values are 0 or 1.

    `value` is the smallest margin over `cases` cases, as a tolerance minus an error, or a bound
    minus the bounded quantity. It is positive if the claim holds in each case.
    """

    value: float
    cases: int = 1
    values: tuple[float, ...] = ()
    method: str = "exact, worst case"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.cases >= 1):
            raise SpecError(
                "An exact number must be finite and come from at least 1 case; got "
                f"{self.value} from {self.cases} cases. Check the computation that produced it."
            )

    @property
    def n(self) -> int:
        """The number of cases."""
        return self.cases

    @property
    def estimate(self) -> float:
        """The smallest margin over the cases."""
        return self.value

    @property
    def sd(self) -> None:
        """None, because there is no sampling error."""
        return

    def interval(self, alpha: float) -> Interval:
        """The value as estimate, lower bound and upper bound."""
        require_level(alpha)
        return Interval(estimate=self.value, lower=self.value, upper=self.value)

    def p_above(self, null: float) -> float:
        """0 where value > null, otherwise 1."""
        return 0.0 if self.value > null else 1.0

    def p_below(self, bound: float) -> float:
        """0 where value < bound, otherwise 1."""
        return 0.0 if self.value < bound else 1.0

    def violation_rate_bound(self, alpha: float) -> float:
        """The upper bound 1 − α^(1/n) of the rate of violations, after n cases without a violation.

        It is valid if the cases were drawn independently and none violates the claim. For a claim
        about all inputs, a sample can show no more than this. It is about 3/n at α = 0.05.

        >>> round(ExactEvidence(value=1.0, cases=59).violation_rate_bound(0.05), 3)
        0.05
        """
        return -math.expm1(math.log(require_level(alpha)) / self.cases)


def worst_case(margins: ArrayLike, *, method: str = "exact, worst case") -> ExactEvidence:
    """Evidence about the smallest of the margins, one for each case.

    >>> worst_case([0.5, -0.25, 2.0]).estimate
    -0.25
    """
    values = per_seed("margins", margins, at_least=1)
    return ExactEvidence(value=min(values), cases=len(values), values=values, method=method)
