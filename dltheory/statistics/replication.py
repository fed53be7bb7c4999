"""Stability: would the same plan, on fresh seeds, return the same verdict?"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.power import require_probability, smallest_n
from dltheory.statistics.student import t_quantile

VerdictWord = Literal["confirmed", "refuted", "inconclusive"]

_NODES = 128  # Gauss–Legendre nodes over the quantiles of the sample deviation


@dataclass(frozen=True, kw_only=True)
class VerdictChances:
    """The probability of each verdict of an experiment that has yet to be run; they sum to 1."""

    confirmed: float
    refuted: float
    inconclusive: float


def verdict_chances(
    estimate: float,
    sd: float,
    n: int,
    null: float,
    smallest_effect: float,
    alpha: float,
    *,
    margin: float | None = None,
) -> VerdictChances:
    """The chance of each verdict on n fresh seeds, were the estimate and its sd the truth.

    The mean is N(estimate, sd²/n) and independently the sample deviation s = sd·√(χ²(n−1)/(n−1));
    given s, with r = t₁₋α(n−1)·s/√n, the rule

        confirmed  mean − r > null;    refuted  otherwise, and mean + r < null + smallest_effect

    cuts the line at two points, and s is integrated out. With `margin` the evidence is an
    equivalence: estimate = margin − |d|, and the rule cuts the line of d on both sides of 0.
    """
    _require_n(n)
    one = np.ones(1)
    rule = (n, null, smallest_effect, alpha)
    return _chances_about(estimate, sd * one, one, sd / math.sqrt(n), *rule, margin=margin)


def predicted_chances(
    estimate: float,
    sd: float,
    n: int,
    null: float,
    smallest_effect: float,
    alpha: float,
    *,
    margin: float | None = None,
) -> VerdictChances:
    """The chance of each verdict on n fresh seeds, after n seeds gave this estimate and sd.

    Neither is taken for the truth: with Jeffreys' prior 1/σ, σ = sd·√((n−1)/χ²(n−1)), and given σ
    the fresh mean is N(estimate, 2σ²/n), once for the first seeds and once for the fresh ones. Then
    as in `verdict_chances`.
    """
    _require_n(n)
    deviations, weights = _sample_deviations(n)
    sigmas = sd / deviations
    rule = (n, null, smallest_effect, alpha)
    return _chances_about(
        estimate, sigmas, weights, sigmas[:, None] * math.sqrt(2 / n), *rule, margin=margin
    )


def _chances_about(
    estimate: float,
    sigmas: NDArray[np.float64],
    shares: NDArray[np.float64],
    error: NDArray[np.float64] | float,
    n: int,
    null: float,
    smallest_effect: float,
    alpha: float,
    *,
    margin: float | None,
) -> VerdictChances:
    """The chances where seeds vary by one of the sigmas, and their mean about the estimate."""
    reach = t_quantile(1.0 - require_level(alpha), n - 1) / math.sqrt(n)
    limit = null + smallest_effect
    if sigmas[0] == 0.0:
        above = estimate > null
        return _chances(float(above), float(not above and estimate < limit))
    deviations, weights = _sample_deviations(n)
    r = reach * sigmas[:, None] * deviations
    if margin is None:
        confirmed = 1.0 - _below(null + r, estimate, error)
        refuted = _below(np.minimum(null + r, limit - r), estimate, error)
    else:
        inside = np.maximum(margin - null - r, 0.0)
        outside = np.maximum(margin - limit, 0.0) + r
        confirmed = _within(inside, margin - estimate, error)
        refuted = 1.0 - _within(np.maximum(inside, outside), margin - estimate, error)
    return _chances(float(shares @ confirmed @ weights), float(shares @ refuted @ weights))


def stability(
    estimate: float,
    sd: float,
    n: int,
    null: float,
    smallest_effect: float,
    alpha: float,
    verdict: VerdictWord,
    *,
    margin: float | None = None,
) -> float:
    """The probability that an identical run with fresh seeds returns the same verdict.

    An observed p of exactly α repeats half the time:

    >>> round(stability(0.8922, 1.0, 10, 0.0, 0.5, 0.01, "confirmed"), 2)
    0.53
    """
    chances = verdict_chances(estimate, sd, n, null, smallest_effect, alpha, margin=margin)
    if verdict not in ("confirmed", "refuted", "inconclusive"):
        raise SpecError(
            "A verdict is 'confirmed', 'refuted' or 'inconclusive'; got "
            f"{verdict!r}. Ask only for the stability of a verdict that was reached."
        )
    return float(getattr(chances, verdict))


def seeds_needed(
    estimate: float,
    sd: float,
    null: float,
    smallest_effect: float,
    alpha: float,
    power: float = 0.8,
    largest: int = 10_000,
    *,
    margin: float | None = None,
) -> int | None:
    """The smallest n at which P(confirmed or refuted) ≥ power, or None where `largest` is too few.

    The estimate and its sd are taken as the truth, so this is a plan and not a promise.
    """
    require_probability("power", power)

    def enough(n: int) -> bool:
        chances = verdict_chances(estimate, sd, n, null, smallest_effect, alpha, margin=margin)
        return chances.confirmed + chances.refuted >= power

    return smallest_n(enough, largest)


@lru_cache(maxsize=4096)
def _sample_deviations(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of s/sd = √(χ²(n−1)/(n−1)), with the weights that integrate over them."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    chi_squared = special.chdtri(n - 1, 1.0 - (nodes + 1.0) / 2.0)
    return np.sqrt(chi_squared / (n - 1)), weights / 2.0


def _below(
    cut: NDArray[np.float64], centre: float, error: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """P(X < cut) for X normal about the centre."""
    return special.ndtr((cut - centre) / error)


def _within(
    reach: NDArray[np.float64], centre: float, error: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """P(|X| < reach) for X normal about the centre."""
    return _below(reach, centre, error) - _below(-reach, centre, error)


def _chances(confirmed: float, refuted: float) -> VerdictChances:
    """The chances of all three verdicts from those of two."""
    return VerdictChances(
        confirmed=confirmed, refuted=refuted, inconclusive=max(0.0, 1.0 - confirmed - refuted)
    )


def _require_n(n: int) -> None:
    if n < 2:
        raise SpecError(f"A verdict from a t test needs at least 2 seeds; got {n}. Add seeds.")
