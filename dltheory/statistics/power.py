"""Power of the one-sided t test on per-seed numbers, from the noncentral t distribution."""

import math
from collections.abc import Callable

from scipy import special

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.student import t_quantile


def power_of_mean(effect_sd: float, n: int, alpha: float) -> float:
    """P(the lower bound exceeds the null) where the mean lies effect_sd deviations above it.

    P(T' > t₁₋α(n−1)), T' noncentral t on n − 1 degrees of freedom about effect_sd · √n.

    >>> round(power_of_mean(1.0, 13, 0.01), 2)
    0.81
    """
    if n < 2:
        raise SpecError(f"A t test needs at least 2 seeds; got {n}. Plan more seeds.")
    critical = t_quantile(1.0 - require_level(alpha), n - 1)
    return 1.0 - float(special.nctdtr(n - 1, effect_sd * math.sqrt(n), critical))


def seeds_for_power(
    effect_sd: float, alpha: float, power: float = 0.8, largest: int = 10_000
) -> int | None:
    """The smallest n with power_of_mean ≥ power, or None where `largest` seeds are too few."""
    require_probability("power", power)
    return smallest_n(lambda n: power_of_mean(effect_sd, n, alpha) >= power, largest)


def smallest_n(enough: Callable[[int], bool], largest: int) -> int | None:
    """The smallest n from 2 to largest that is enough, where more never makes it too few."""
    low, high = 1, 2  # 1 is never enough
    while high < largest and not enough(high):
        low, high = high, 2 * high
    high = min(high, largest)
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def require_probability(name: str, value: float) -> float:
    """The value, once it is known to lie strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise SpecError(
            f"{name} is a probability strictly between 0 and 1; got {value}. "
            "Give a fraction, not percent."
        )
    return value
