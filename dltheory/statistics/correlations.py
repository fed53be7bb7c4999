"""Correlation over models: bounds on Pearson's r or Spearman's ρ through Fisher's z."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.stats import rankdata

from dltheory.errors import SpecError
from dltheory.statistics.grid import snapped, tied
from dltheory.statistics.interval import Interval, require_level
from dltheory.statistics.sample import per_seed, require_same_length
from dltheory.statistics.standard_error import Numbers


@dataclass(frozen=True, kw_only=True)
class CorrelationEvidence:
    """Evidence about the correlation of x and y over n independent models (not seeds of one model).

    The bounds use Fisher's z = artanh r, which is nearly normal. Its standard error is 1/√(n − 3)
    for normal pairs (Fisher 1921) and √((1 + ρ²/2)/(n − 3)) for Spearman's ρ (Bonett and Wright
    2000). Pairs with heavy tails vary more. For Pearson's r the variance is therefore also
    estimated as E[(xy − r(x² + y²)/2)²], with x and y standardised (Steiger and Hakstian 1982), and
    the larger standard error is used. That is still too small if both variables share a
    heavy-tailed scale. For this reason the bounds of Pearson's r also enclose the bounds of the
    ranks.

    Points on a line have r = ±1, and the z interval of r then has width 0. For ranks in perfect
    order, z is that of the order with one swap of neighbours, ρ = ±(1 − 12/(n³ − n)).
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    ranks: bool = False

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            numbers = per_seed(name, getattr(self, name), at_least=4)
            if tied(numbers):
                raise SpecError(
                    f"A correlation needs {name} to vary; all {len(numbers)} values are "
                    f"{numbers[0]}. Vary it, or state the claim as an equivalence of means."
                )
            object.__setattr__(self, name, tuple(snapped(numbers).tolist()))
        require_same_length(("x", "y"), self.x, self.y)

    @property
    def n(self) -> int:
        """The number of models."""
        return len(self.x)

    @property
    def estimate(self) -> float:
        """Pearson's r of the values, or of their ranks."""
        return float(self._fisher.estimate[0])

    @property
    def sd(self) -> None:
        """None, because the error is normal on the scale of z and not on that of r."""
        return

    @property
    def method(self) -> str:
        """The test in words."""
        return f"Fisher's z on {'Spearman' if self.ranks else 'Pearson'} correlation over models"

    @property
    def values(self) -> tuple[float, ...]:
        """Empty, because one model has no correlation of its own."""
        return ()

    def interval(self, alpha: float) -> Interval:
        """The estimate with its two one-sided bounds tanh(z ∓ z₁₋α · standard error).

        z₁₋α is the normal quantile. For Pearson's r the wider of its own bounds and those of the
        ranks is taken on each side.
        """
        x, y = np.asarray([self.x]), np.asarray([self.y])
        lower, upper = bounds_of_correlations(x, y, require_level(alpha), ranks=self.ranks)
        return Interval(estimate=self.estimate, lower=float(lower[0]), upper=float(upper[0]))

    def p_above(self, null: float) -> float:
        """The one-sided p-value against correlation ≤ null (the largest over the tests)."""
        return max(found.p_above(null) for found in self._tests)

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against correlation ≥ bound (the largest over the tests)."""
        return max(found.p_below(bound) for found in self._tests)

    @cached_property
    def _fisher(self) -> _Fisher:
        return _fisher(np.asarray([self.x]), np.asarray([self.y]), ranks=self.ranks)

    @cached_property
    def _tests(self) -> tuple[_Fisher, ...]:
        x, y = np.asarray([self.x]), np.asarray([self.y])
        return _tests(x, y, ranks=self.ranks)


@dataclass(frozen=True, kw_only=True)
class _Fisher:
    """Correlations of many experiments on the scale of z."""

    estimate: Numbers
    z: Numbers
    standard_error: Numbers

    def bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        reach = -float(special.ndtri(alpha)) * self.standard_error
        return (
            np.minimum(self.estimate, np.tanh(self.z - reach)),
            np.maximum(self.estimate, np.tanh(self.z + reach)),
        )

    def p_above(self, null: float) -> float:
        """P(Z ≥ (z − artanh null) / standard error) of the first experiment."""
        return _upper_tail(float(self.z[0]), _artanh(null), float(self.standard_error[0]))

    def p_below(self, bound: float) -> float:
        """P(Z ≥ (artanh bound − z) / standard error) of the first experiment."""
        return _upper_tail(-float(self.z[0]), -_artanh(bound), float(self.standard_error[0]))


def bounds_of_correlations(
    x: Numbers, y: Numbers, alpha: float, *, ranks: bool
) -> tuple[Numbers, Numbers]:
    """Lower and upper bounds as in `CorrelationEvidence`; each row of x and y is one experiment."""
    bounds = [test.bounds(alpha) for test in _tests(x, y, ranks=ranks)]
    return (
        np.min([lower for lower, _ in bounds], axis=0),
        np.max([upper for _, upper in bounds], axis=0),
    )


def _tests(x: Numbers, y: Numbers, *, ranks: bool) -> tuple[_Fisher, ...]:
    """The tests that must agree: ranks alone, or both the values and their ranks."""
    kinds = (True,) if ranks else (False, True)
    return tuple(_fisher(x, y, ranks=kind) for kind in kinds)


def _fisher(x: Numbers, y: Numbers, *, ranks: bool) -> _Fisher:
    n = x.shape[-1]
    if ranks:
        x, y = rankdata(x, axis=-1), rankdata(y, axis=-1)
    x, y = (_standardised(side) for side in (x, y))
    r = np.clip((x * y).mean(axis=-1), -1.0, 1.0)
    if ranks:
        largest = 1.0 - 12.0 / (n**3 - n)
        z = np.arctanh(np.clip(r, -largest, largest))
        return _Fisher(estimate=r, z=z, standard_error=np.sqrt((1.0 + r**2 / 2.0) / (n - 3)))
    # The variance of r from the fourth moments, for residuals of any distribution.
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    influence = x * y - r[..., None] * (x**2 + y**2) / 2.0
    heavy = (influence**2).mean(axis=-1) / np.maximum((1.0 - r**2) ** 2, np.finfo(float).tiny)
    return _Fisher(estimate=r, z=z, standard_error=np.sqrt(np.maximum(heavy, 1.0) / (n - 3)))


def _standardised(side: Numbers) -> Numbers:
    """The numbers with mean 0 and mean square 1 along the last axis."""
    centred = side - side.mean(axis=-1, keepdims=True)
    centred = centred / np.abs(centred).max(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True))


def correlation(x: ArrayLike, y: ArrayLike) -> CorrelationEvidence:
    """Evidence about Pearson's correlation of x and y over models."""
    return CorrelationEvidence(x=_models("x", x), y=_models("y", y))


def rank_correlation(x: ArrayLike, y: ArrayLike) -> CorrelationEvidence:
    """Evidence about Spearman's rank correlation of x and y over models."""
    return CorrelationEvidence(x=_models("x", x), y=_models("y", y), ranks=True)


def _models(name: str, values: ArrayLike) -> tuple[float, ...]:
    return per_seed(name, values, at_least=4)


def _upper_tail(z: float, null: float, standard_error: float) -> float:
    """P(Z ≥ (z − null) / standard error), also where either is infinite."""
    if z == null:
        return 1.0 if math.isinf(z) else 0.5
    return float(special.ndtr((null - z) / standard_error))


def _artanh(r: float) -> float:
    """artanh r; +∞ for r ≥ 1 and −∞ for r ≤ −1."""
    return math.atanh(r) if abs(r) < 1.0 else math.copysign(math.inf, r)
