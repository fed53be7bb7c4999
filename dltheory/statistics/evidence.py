"""The interface between tests and the judge: evidence about an estimand θ.

θ is oriented so that a larger value makes the claim truer. With L = `interval(α).lower` and
U = `interval(α).upper`, the judge compares L with the null value and U with the null value plus the
smallest effect. The judge does not see networks.
"""

from dataclasses import dataclass
from typing import Protocol

from dltheory.statistics.interval import Interval


class Evidence(Protocol):
    """Evidence about θ from any test: an estimate, bounds, and p-values on either side."""

    @property
    def n(self) -> int:
        """The number of independent units: seeds, runs, models, draws."""
        ...

    @property
    def estimate(self) -> float:
        """The estimate of θ."""
        ...

    @property
    def sd(self) -> float | None:
        """The standard deviation of one unit, so that the standard error is sd/√n.

        None where there is no such number, as for rates, correlations and exact evidence.
        """
        ...

    @property
    def method(self) -> str:
        """The test in words, for the report."""
        ...

    @property
    def values(self) -> tuple[float, ...]:
        """One number for each unit, for plots; empty where units have no number of their own."""
        ...

    def interval(self, alpha: float) -> Interval:
        """The estimate with its two bounds, each one-sided with error rate α."""
        ...

    def p_above(self, null: float) -> float:
        """The one-sided p-value against θ ≤ null: small where θ is larger than null."""
        ...

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against θ ≥ bound: small where θ is smaller than bound."""
        ...


@dataclass(frozen=True, kw_only=True)
class OppositeEvidence:
    """Evidence about −θ, for a claim that θ is small or negative."""

    inner: Evidence

    @property
    def n(self) -> int:
        """The number of independent units."""
        return self.inner.n

    @property
    def estimate(self) -> float:
        """The estimate of −θ."""
        return -self.inner.estimate

    @property
    def sd(self) -> float | None:
        """The standard deviation of one unit; a sign does not change it."""
        return self.inner.sd

    @property
    def method(self) -> str:
        """The test in words."""
        return f"{self.inner.method}, sign reversed"

    @property
    def values(self) -> tuple[float, ...]:
        """Each unit's number, its sign reversed."""
        return tuple(-value for value in self.inner.values)

    def interval(self, alpha: float) -> Interval:
        """[−upper, −lower] of the evidence about θ."""
        inner = self.inner.interval(alpha)
        return Interval(estimate=-inner.estimate, lower=-inner.upper, upper=-inner.lower)

    def p_above(self, null: float) -> float:
        """The one-sided p-value against −θ ≤ null."""
        return self.inner.p_below(-null)

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against −θ ≥ bound."""
        return self.inner.p_above(-bound)


def opposite(evidence: Evidence) -> OppositeEvidence:
    """Evidence about −θ. Use it if the claim is true when θ is small."""
    return OppositeEvidence(inner=evidence)
