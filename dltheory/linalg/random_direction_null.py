"""The null distribution of cosines between random directions, and of the smallest of many.

For two independent uniform directions in d dimensions, (1 + cos)/2 has the distribution
Beta((d − 1)/2, (d − 1)/2), and cos² has Beta(1/2, (d − 1)/2). The smallest of m cosines is roughly
−√(2 ln m / d), so it depends on m and d. Therefore minima of networks of different sizes cannot be
compared directly. The formulas are also valid for a real d > 1, such as an effective dimension.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, special, stats
from torch import Tensor

from dltheory.errors import SpecError


def cosine_density(cosine: ArrayLike, dimension: float) -> NDArray[np.float64]:
    """The density (1 − t²)^((d−3)/2) / B(1/2, (d−1)/2) of a cosine t in d dimensions.

    B is the beta function. The density is 0 outside (−1, 1). It is the arcsine law for d = 2, and
    uniform for d = 3.
    """
    _require(dimension)
    t = np.asarray(cosine, dtype=np.float64)
    inside = np.abs(t) < 1
    power = special.xlog1py((dimension - 3) / 2, -np.square(np.where(inside, t, 0)))
    density = np.exp(power - special.betaln(0.5, (dimension - 1) / 2))
    return np.where(inside, density, 0.0)


def cosine_distribution(cosine: ArrayLike, dimension: float) -> NDArray[np.float64]:
    """The probability P(cos ≤ t), with full relative precision in the lower tail.

    For t ≤ 0 it is ½ P(cos² ≥ t²).
    """
    _require(dimension)
    t = np.clip(np.asarray(cosine, dtype=np.float64), -1, 1)
    squared: Any = stats.beta(0.5, (dimension - 1) / 2)
    tail = squared.sf(np.square(t)) / 2
    return np.where(t <= 0, tail, 1 - tail)


def cosine_quantile(probability: ArrayLike, dimension: float) -> NDArray[np.float64]:
    """The quantile t with P(cos ≤ t) = p for p = `probability`."""
    _require(dimension)
    p = np.asarray(probability, dtype=np.float64)
    squared: Any = stats.beta(0.5, (dimension - 1) / 2)
    size = np.sqrt(squared.isf(2 * np.minimum(p, 1 - p)))
    return np.where(p <= 0.5, -size, size)


def minimum_distribution(cosine: ArrayLike, dimension: float, pairs: int) -> NDArray[np.float64]:
    """P(min ≤ t) = 1 − (1 − F(t))^m for the smallest cosine of m = `pairs` independent pairs.

    F is the distribution function of one cosine.
    """
    _require(dimension, pairs)
    with np.errstate(divide="ignore"):  # log 0 where F is 1
        return np.asarray(-np.expm1(pairs * np.log1p(-cosine_distribution(cosine, dimension))))


def minimum_quantile(probability: ArrayLike, dimension: float, pairs: int) -> NDArray[np.float64]:
    """The quantile t with P(min ≤ t) = p for the smallest cosine of m independent pairs."""
    _require(dimension, pairs)
    with np.errstate(divide="ignore"):  # p = 1
        one = -np.expm1(np.log1p(-np.asarray(probability, dtype=np.float64)) / pairs)
    return cosine_quantile(one, dimension)


def minimum_mean(dimension: float, pairs: int) -> float:
    """The mean of the smallest cosine of m independent pairs, by quadrature of its quantiles."""
    _require(dimension, pairs)
    value, _ = integrate.quad(
        lambda p: float(minimum_quantile(p, dimension, pairs)), 0, 1, epsabs=1e-10, limit=200
    )
    return float(value)


def simulated_minima(
    spectrum: Float[Tensor, " d"],
    *,
    vectors: int,
    repeats: int,
    generator: torch.Generator,
) -> Float[Tensor, " repeats"]:
    """Simulated smallest cosines over all pairs of m = `vectors` Gaussian vectors.

    `spectrum` are the d eigenvalues of their covariance. Cosines of pairs that share a vector are
    dependent, so there is no simple formula. Equal eigenvalues (`torch.ones(d)`) give uniform
    directions. The Gram matrix of m gradients has at most m eigenvalues of their second moment. If
    the true spectrum is longer, minima simulated from it are too low. The cost is
    repeats × m × d draws.
    """
    if vectors < 2 or bool((spectrum < 0).any()) or not bool((spectrum > 0).any()):
        raise SpecError(
            "Pairs of random directions need at least 2 vectors and a spectrum without negative "
            f"eigenvalues that is not 0; got {vectors} vectors and eigenvalues from "
            f"{float(spectrum.min()):.3g} to {float(spectrum.max()):.3g}. Give more vectors, or "
            "clip eigenvalues that are negative by rounding."
        )
    size = spectrum.double().cpu().sqrt()
    above = torch.triu_indices(vectors, vectors, offset=1)
    minima = torch.empty(repeats, dtype=torch.float64)
    for repeat in range(repeats):
        drawn = size * torch.randn(vectors, len(size), generator=generator, dtype=torch.float64)
        unit = torch.nn.functional.normalize(drawn, dim=1)
        minima[repeat] = (unit @ unit.T)[above[0], above[1]].min()
    return minima


def effective_dimension(gram: Float[Tensor, "m m"]) -> float:
    """An estimate of the effective dimension (tr Σ)²/tr(Σ²) from the Gram matrix of m vectors.

    Σ is the covariance of the vectors. Let S be their sample covariance, whose traces follow from
    the centred Gram matrix, and n = m − 1. tr(Σ²) is estimated by
    n²/((n + 2)(n − 1)) (tr(S²) − (tr S)²/n), and (tr Σ)² by (tr S)² − 2 tr(Σ²)/n. Both are unbiased
    for Gaussian vectors (Bai and Saranadasa 1996); the ratio of S itself would be at most n for any
    Σ. Isotropic vectors in d dimensions give about d. The result is infinite if the estimate of
    tr(Σ²) is not positive.
    """
    m = len(gram)
    if m < 3:
        raise SpecError(
            f"An effective dimension needs the inner products of at least 3 vectors; got {m}. "
            "Draw more minibatches."
        )
    n, g = m - 1, gram.double()
    centred = g - g.mean(dim=0) - g.mean(dim=1, keepdim=True) + g.mean()
    trace = float(centred.trace()) / n
    squares = float(centred.square().sum()) / n**2
    of_squares = n**2 / ((n + 2) * (n - 1)) * (squares - trace**2 / n)
    return (trace**2 - 2 * of_squares / n) / of_squares if of_squares > 0 else math.inf


def _require(dimension: float, pairs: int = 1) -> None:
    if not dimension > 1 or pairs < 1:
        raise SpecError(
            "Cosines of random directions need more than 1 dimension and at least 1 pair; got "
            f"{dimension} dimensions and {pairs} pairs. Count the parameters and the pairs."
        )
