"""Equivalence: evidence that a difference is small. A large p-value is no such evidence."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from dltheory.statistics.evidence import Evidence
from dltheory.statistics.interval import Interval, require_level, require_positive
from dltheory.statistics.standard_error import Bools, Students


@dataclass(frozen=True, kw_only=True)
class EquivalenceEvidence:
    """Evidence about θ = margin − |d − centre|, where d is the estimand of `inner`.

    θ > 0 means that d lies within the margin. A confirmation needs both one-sided tests (TOST,
    Schuirmann 1987): lower = margin − max(|L|, |U|), where L and U are the bounds of d − centre.

    A refutation must also err with probability at most α. An estimate can be far from the centre on
    either side, so both tails count: upper = margin − c, where c ≥ 0 is the least |d − centre| with

        P(an estimate this far out on the side that was seen) + P(as far out on the other) ≥ α.

    Far from the centre the second probability vanishes, and c is the smaller of |L| and |U|.
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
        """The number of each unit, as `inner` has it: about d and not about θ."""
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
        """The p-value against θ ≤ null, the larger of two one-sided p-values.

        They are against d ≤ centre − r and against d ≥ centre + r, with r = margin − null. The
        result is 1 if r ≤ 0, because |d − centre| is never below 0.
        """
        reach = self.margin - null
        if reach <= 0.0:
            return 1.0
        return max(self.inner.p_above(self.centre - reach), self.inner.p_below(self.centre + reach))

    def p_below(self, bound: float) -> float:
        """The p-value against θ ≥ bound, that is |d − centre| ≤ margin − bound, from both tails."""
        reach = self.margin - bound
        return self._p_outside(reach) if reach >= 0.0 else 0.0

    def _p_outside(self, reach: float) -> float:
        """The p-value against |d − centre| ≤ reach.

        It is the tail on the side of the estimate plus the tail on the other side, at most 1.
        """
        near, far = self.centre + reach, self.centre - reach
        if self.inner.estimate >= self.centre:
            own, other = self.inner.p_above(near), self.inner.p_above(far)
        else:
            own, other = self.inner.p_below(far), self.inner.p_below(near)
        return min(1.0, own + other)

    def _nearest(self, alpha: float) -> float:
        """The least c ≥ 0 with `_p_outside(c)` ≥ α, found as a root between two values.

        The tail on the side of the estimate is α at the nearer bound of level α, and α/2 at the
        nearer bound of level α/2. The other tail is never larger, so c lies between the two bounds.
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
    """Many experiments about margin − |d − centre|, where each d has Student's t distribution."""

    found: Students
    margin: float
    centre: float

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each lower bound of `EquivalenceEvidence` lies above a value."""
        farthest = np.abs(self.found.estimate - self.centre) + self.found.reach(alpha)
        return self.margin - farthest > value

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each upper bound of `EquivalenceEvidence` lies below a value.

        This is so if the p-value against |d − centre| ≤ margin − value is below α. The tail on the
        side of the estimate decides alone if it is below α/2 or above α, because the other tail is
        never larger. Otherwise both are computed.
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
    """Evidence that the estimand of `inner` lies within ±margin of the centre.

    The margin is the largest difference that still counts as equivalence. It has the unit of the
    estimand of `inner`.
    """
    return EquivalenceEvidence(inner=inner, margin=margin, centre=centre)
