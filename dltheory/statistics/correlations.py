"""Correlation over models: bounds on Pearson's r or Spearman's ρ through Fisher's z."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.stats import rankdata

from dltheory.errors import SpecError
from dltheory.statistics.interval import Interval, require_level
from dltheory.statistics.sample import per_seed, require_same_length


@dataclass(frozen=True, kw_only=True)
class CorrelationEvidence:
    """Evidence about the correlation of x and y over independent models, not over seeds of one.

    z = artanh r is nearly normal with standard error 1/√(n − 3) (Fisher 1921), for ranks
    √((1 + ρ²/2)/(n − 3)) (Bonett and Wright 2000). Points on a line have r = ±1 and bounds that
    collapse on it. Points in perfect order prove less: their z is that of one swap of neighbours,
    ρ = ±(1 − 12/(n³ − n)).
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    ranks: bool = False

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            numbers = per_seed(name, getattr(self, name), at_least=4)
            if min(numbers) == max(numbers):
                raise SpecError(
                    f"A correlation needs {name} to vary; all {len(numbers)} values are "
                    f"{numbers[0]}. Vary it, or state the claim as an equivalence of means."
                )
            object.__setattr__(self, name, numbers)
        require_same_length(("x", "y"), self.x, self.y)

    @property
    def n(self) -> int:
        """The number of models."""
        return len(self.x)

    @property
    def estimate(self) -> float:
        """Pearson's r of the values, or of their ranks."""
        return self._r

    @cached_property
    def _r(self) -> float:
        pairs = (rankdata(self.x), rankdata(self.y)) if self.ranks else (self.x, self.y)
        x, y = (np.asarray(side) - np.mean(side) for side in pairs)
        # Scaled first, so that neither tiny nor huge numbers leave the range of a float.
        x, y = x / np.max(np.abs(x)), y / np.max(np.abs(y))
        r = float(np.dot(x, y) / math.sqrt(np.dot(x, x) * np.dot(y, y)))
        return min(1.0, max(-1.0, r))

    @property
    def sd(self) -> None:
        """None: the error is normal on the scale of z, not of r."""
        return

    @property
    def method(self) -> str:
        """The test in words."""
        return f"Fisher's z on {'Spearman' if self.ranks else 'Pearson'} correlation over models"

    @property
    def values(self) -> tuple[float, ...]:
        """Empty: a correlation belongs to all models together."""
        return ()

    def interval(self, alpha: float) -> Interval:
        """tanh(z ∓ z₁₋α · standard error)."""
        reach = -float(special.ndtri(require_level(alpha))) * self._standard_error
        return Interval(
            estimate=self.estimate,
            lower=min(self.estimate, math.tanh(self._z - reach)),
            upper=max(self.estimate, math.tanh(self._z + reach)),
        )

    def p_above(self, null: float) -> float:
        """The one-sided p-value against correlation ≤ null."""
        return self._upper_tail(self._z, _artanh(null))

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against correlation ≥ bound."""
        return self._upper_tail(-self._z, -_artanh(bound))

    def _upper_tail(self, z: float, null: float) -> float:
        """P(Z ≥ (z − null) / standard error), also where either is infinite."""
        if z == null:
            return 1.0 if math.isinf(z) else 0.5
        return float(special.ndtr((null - z) / self._standard_error))

    @property
    def _z(self) -> float:
        if not self.ranks:
            return _artanh(self.estimate)
        one_swap = 1.0 - 12.0 / (self.n**3 - self.n)
        return math.atanh(min(one_swap, max(-one_swap, self.estimate)))

    @property
    def _standard_error(self) -> float:
        inflation = 1.0 + self.estimate**2 / 2.0 if self.ranks else 1.0
        return math.sqrt(inflation / (self.n - 3))


def correlation(x: ArrayLike, y: ArrayLike) -> CorrelationEvidence:
    """Evidence about Pearson's correlation of x and y over models."""
    return CorrelationEvidence(x=_models("x", x), y=_models("y", y))


def rank_correlation(x: ArrayLike, y: ArrayLike) -> CorrelationEvidence:
    """Evidence about Spearman's rank correlation of x and y over models."""
    return CorrelationEvidence(x=_models("x", x), y=_models("y", y), ranks=True)


def _models(name: str, values: ArrayLike) -> tuple[float, ...]:
    return per_seed(name, values, at_least=4)


def _artanh(r: float) -> float:
    """artanh r, ±∞ from ±1 outwards."""
    return math.atanh(r) if abs(r) < 1.0 else math.copysign(math.inf, r)
