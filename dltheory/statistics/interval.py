"""An estimate with a lower and an upper bound, each one-sided at a stated error rate α."""

import math
from dataclasses import dataclass

from dltheory.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate of θ between two one-sided bounds.

    Each bound is on the wrong side of θ with probability at most α: P(lower > θ) ≤ α and
    P(upper < θ) ≤ α. Together they are a two-sided interval of level 1 − 2α.

    >>> Interval(estimate=1.0, lower=0.5, upper=1.5).contains(0.0)
    False
    """

    estimate: float
    lower: float
    upper: float

    def __post_init__(self) -> None:
        # A comparison with NaN is false, so this also refuses NaN.
        if not self.lower <= self.estimate <= self.upper:
            raise SpecError(
                "An interval needs lower ≤ estimate ≤ upper; got "
                f"lower={self.lower}, estimate={self.estimate}, upper={self.upper}. "
                "Check the order of the bounds, and that no number is NaN."
            )

    def contains(self, value: float) -> bool:
        """Whether lower ≤ value ≤ upper."""
        return self.lower <= value <= self.upper


def require_level(alpha: float) -> float:
    """Return the error rate α of a one-sided bound. Raise SpecError unless 0 < α < ½."""
    if not 0.0 < alpha < 0.5:
        raise SpecError(
            f"A one-sided error rate α lies strictly between 0 and 0.5; got {alpha}. "
            "Give α for one side: 0.01 for a claim, 0.025 for each side of a 95 % interval."
        )
    return alpha


def require_positive(name: str, value: float) -> float:
    """Return the value. Raise SpecError unless it is finite and above 0."""
    if not (math.isfinite(value) and value > 0.0):
        raise SpecError(
            f"{name} must be finite and above 0; got {value}. "
            "Give the size, without a sign, in the units of the estimate."
        )
    return value
