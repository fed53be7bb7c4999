"""Equivalence: evidence that a difference is small, which a large p-value is not."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from dltheory.statistics.evidence import Evidence
from dltheory.statistics.interval import Interval, require_level, require_positive
from dltheory.statistics.standard_error import Bools, Students


@dataclass(frozen=True, kw_only=True)
class EquivalenceEvidence:
    """Evidence about θ = margin − |d − centre|, d being what `inner` is about.

    θ > 0 says that d lies within the margin. Confirming takes both one-sided tests (TOST,
    Schuirmann 1987): lower = margin − max(|L|, |U|), [L, U] being the bounds of d − centre.

    Refuting must not go wrong more often than α either. At d = centre an estimate can leave on
    two sides, so both tails count: upper = margin − c, where c ≥ 0 is the least |d − centre| with

        P(estimate this far out on its own side) + P(as far out on the other) ≥ α.

    Far from the centre the second tail vanishes and c is the nearer of |L| and |U|.
    """

    inner: Evidence
    margin: float
    centre: float = 0.0

    def __post_init__(self) -> None:
        require_positive("The margin of an equivalence", self.margin)

    @property
    def n(self) -> int:
        """The number of independent units."""
        return self.inner.n

    @property
    def estimate(self) -> float:
        """margin − |estimate of d − centre|."""
        return self.margin - abs(self.inner.estimate - self.centre)

    @property
    def sd(self) -> float | None:
        """The standard deviation of one unit of d."""
        return self.inner.sd

    @property
    def method(self) -> str:
        """The test in words."""
        return (
            f"two one-sided tests within ±{self.margin:g} of {self.centre:g}: {self.inner.method}"
        )

    @property
    def values(self) -> tuple[float, ...]:
        """The number of each unit, of d itself."""
        return self.inner.values

    def interval(self, alpha: float) -> Interval:
        """θ with its two one-sided bounds."""
        inner = self.inner.interval(alpha)
        farthest = max(abs(inner.lower - self.centre), abs(inner.upper - self.centre))
        return Interval(
            estimate=self.estimate,
            lower=self.margin - farthest,
            upper=self.margin - self._nearest(alpha),
        )

    def p_above(self, null: float) -> float:
        """The larger of two one-sided p-values: against d ≤ centre − r and d ≥ centre + r.

        r = margin − null; 1 where r ≤ 0, since |d − centre| < 0 cannot be shown.
        """
        reach = self.margin - null
        if reach <= 0.0:
            return 1.0
        return max(self.inner.p_above(self.centre - reach), self.inner.p_below(self.centre + reach))

    def p_below(self, bound: float) -> float:
        """The p-value against |d − centre| ≤ margin − bound, both tails counted."""
        reach = self.margin - bound
        return self._p_outside(reach) if reach >= 0.0 else 0.0

    def _p_outside(self, reach: float) -> float:
        """The p-value against |d − centre| ≤ reach: own tail plus opposite tail."""
        near, far = self.centre + reach, self.centre - reach
        if self.inner.estimate >= self.centre:
            own, other = self.inner.p_above(near), self.inner.p_above(far)
        else:
            own, other = self.inner.p_below(far), self.inner.p_below(near)
        return min(1.0, own + other)

    def _nearest(self, alpha: float) -> float:
        """The least c ≥ 0 with p(|d − centre| ≤ c) ≥ α.

        The own tail alone reaches α at the nearer bound of level α, and α/2 at that of level α/2,
        where the other tail, never the larger, adds at most as much: c lies between the two.
        """
        low = self._gap(require_level(alpha) / 2.0)
        high = self._gap(alpha)
        if high <= low or self._p_outside(low) >= alpha:
            return low
        if self._p_outside(high) <= alpha:  # the other tail is below rounding
            return high
        root = optimize.root_scalar(
            lambda reach: self._p_outside(reach) - alpha, bracket=(low, high), method="brentq"
        )
        return float(root.root)

    def _gap(self, alpha: float) -> float:
        """The distance from the centre to the interval of d; 0 inside it."""
        inner = self.inner.interval(alpha)
        return max(0.0, inner.lower - self.centre, self.centre - inner.upper)


@dataclass(frozen=True, kw_only=True)
class Within:
    """Many experiments about margin − |d − centre|, d of each with Student's t."""

    found: Students
    margin: float
    centre: float

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each lower bound of `EquivalenceEvidence` lies above a value."""
        farthest = np.abs(self.found.estimate - self.centre) + self.found.reach(alpha)
        return self.margin - farthest > value

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each upper bound of `EquivalenceEvidence` lies below a value.

        It does where the p-value against |d − centre| ≤ margin − value is below α. The own tail
        alone decides it where that tail is not between α/2 and α, as the other is never larger.
        """
        reach = self.margin - value
        out = np.abs(self.found.estimate - self.centre)
        if reach < 0.0:
            return np.full(out.shape, fill_value=True)
        said = out - reach > self.found.reach(alpha / 2.0)
        unsure = ~said & (out - reach > self.found.reach(alpha))
        some, far = self.found.of(unsure), out[unsure]
        said[unsure] = some.upper_tail(far - reach) + some.upper_tail(far + reach) < alpha
        return said


def equivalence(inner: Evidence, *, margin: float, centre: float = 0.0) -> EquivalenceEvidence:
    """Evidence that what `inner` is about lies within ±margin of the centre.

    The margin is the largest difference that the claim still calls none.
    """
    return EquivalenceEvidence(inner=inner, margin=margin, centre=centre)
