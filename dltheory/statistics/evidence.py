"""What a judge may know about a claim: an estimand θ, oriented so that larger is truer.

A judge confirms where `interval(α).lower > null` and refutes where
`interval(α).upper < null + smallest_effect`. It needs nothing else, and sees no network.
"""

from dataclasses import dataclass
from typing import Protocol

from dltheory.statistics.interval import Interval


class Evidence(Protocol):
    """What was seen about θ, whatever the test: bounds, and p-values on either side."""

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
        """The standard deviation of one unit, so that the standard error is sd/√n, or None."""
        ...

    @property
    def method(self) -> str:
        """The test in words, for the report."""
        ...

    @property
    def values(self) -> tuple[float, ...]:
        """The number of each unit, to be drawn; empty where there is none."""
        ...

    def interval(self, alpha: float) -> Interval:
        """The estimate with its two bounds, each one-sided at level 1 − α."""
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
    """Evidence about −θ: what must be small for the claim to be true becomes what must be large."""
    return OppositeEvidence(inner=evidence)
