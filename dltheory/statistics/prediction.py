"""Comparison of our number with a printed one, by the prediction interval of the printed one."""

import math
from dataclasses import dataclass
from typing import Literal

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.means import welch
from dltheory.statistics.student import t_quantile


@dataclass(frozen=True, kw_only=True)
class Magnitude:
    """Whether our mean lies inside, below or above the prediction interval [low, high].

    "larger" does not count against the paper. Use this only for experiments at the scale of the
    printed one.
    """

    verdict: Literal["consistent", "smaller", "larger"]
    low: float
    high: float


def magnitude(
    printed_mean: float,
    printed_se: float,
    printed_n: int,
    printed_decimals: int,
    mean: float,
    se: float,
    n: int,
    *,
    alpha: float = 0.025,
) -> Magnitude:
    """Whether a mean lies in the prediction interval of the printed mean, below it or above it.

    The interval is (Patil, Peng and Leek 2016)

        printed ± ( t₁₋α(ν) · √(se_printed² + se²) + ½ · 10^(−decimals) ),

    where se and n are standard errors and numbers of runs, and ν is Welch's degrees of freedom,
    (se_printed² + se²)² / (se_printed⁴/(n_printed − 1) + se⁴/(n − 1)). The two experiments may have
    different variances. The last term is the rounding error of the printed mean. `alpha` is for one
    side: 0.025 gives a 95 % interval. SpecError is raised for means that are not finite, negative
    standard errors, fewer than 2 runs and negative decimals.
    """
    _require_printed(printed_se, printed_n, printed_decimals, se, n)
    _require_means(printed_mean, mean)
    found = welch(difference=0.0, standard_errors=(printed_se, se), sizes=(printed_n, n))
    t = t_quantile(1.0 - require_level(alpha), found.df)
    reach = t * found.standard_error + 0.5 * 10.0**-printed_decimals
    low, high = printed_mean - reach, printed_mean + reach
    verdict = "smaller" if mean < low else "larger" if mean > high else "consistent"
    return Magnitude(verdict=verdict, low=low, high=high)


def _require_means(printed_mean: float, mean: float) -> None:
    if not (math.isfinite(printed_mean) and math.isfinite(mean)):
        raise SpecError(
            f"A prediction compares two finite numbers; got {printed_mean} and {mean}. Leave out "
            "what is not printed, and runs that were lost."
        )


def _require_printed(
    printed_se: float, printed_n: int, printed_decimals: int, se: float, n: int
) -> None:
    if not (printed_se >= 0.0 and se >= 0.0 and min(printed_n, n) >= 2 and printed_decimals >= 0):
        raise SpecError(
            "A prediction needs standard errors ≥ 0, at least 2 runs on either side and decimals "
            f"≥ 0; got standard errors {printed_se} and {se}, runs {printed_n} and {n}, decimals "
            f"{printed_decimals}. Call a number printed without spread not comparable."
        )
