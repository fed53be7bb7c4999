"""Power of the one-sided t test on per-seed numbers, from the noncentral t distribution."""

import math

from scipy import special

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.student import t_quantile


def power_of_mean(effect_sd: float, n: int, alpha: float) -> float:
    """The probability that the lower bound of a mean of n seeds exceeds the null value.

    The true mean lies `effect_sd` standard deviations above the null value. The result is
    P(T > t₁₋α(n−1)), where T has the noncentral t distribution with n − 1 degrees of freedom and
    noncentrality effect_sd · √n.

    >>> round(power_of_mean(1.0, 13, 0.01), 2)
    0.81
    """
    if n < 2:
        raise SpecError(f"A t test needs at least 2 seeds; got {n}. Plan more seeds.")
    critical = t_quantile(1.0 - require_level(alpha), n - 1)
    return 1.0 - float(special.nctdtr(n - 1, effect_sd * math.sqrt(n), critical))
