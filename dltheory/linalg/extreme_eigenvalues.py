"""The two ends of a symmetric matrix's spectrum, from products with it alone, and how sure.

What products can certify and what they cannot are kept apart:

* *Found.* v has Rayleigh quotient θ and residual r = ‖H v − θ v‖, ‖v‖ = 1. So λ_min ≤ θ, and some
  eigenvalue lies within r of θ (Parlett 1998, §4.5). The sharper r²/gap of Kato and Temple is
  not used: it needs to know that no second eigenvalue is near, which one start cannot show.
* *Not excluded.* An eigenvector u orthogonal to the start is never seen. For a start uniform on
  the sphere, u·v_1 is larger than t, P(|u·v_1| < t) = p, and since u·v_{j+1} = p_j(μ) u·v_1 for
  the Lanczos polynomials p_j of T and ‖Vᵀu‖ ≤ 1,

      t ≤ |u·v_1| ≤ 1/√(Σ_{j≤k} p_j(μ)²)      for every eigenvalue μ, with probability 1 − p.

  The right side falls fast outside the Ritz values; where it falls below t, no eigenvalue is left.
  van Dorsselaer, Hochstenbach and van der Vorst (2000, SIAM J. Matrix Anal. Appl. 22, 837) do so
  with p_k alone; unlike Kuczyński and Woźniakowski (1992) it needs no bound on the spectrum, and
  it holds whenever one chooses to stop.
* *Rounding.* If products err by F, an eigenvector's recurrence is off by φ = ‖Fᵀu‖ at most, which
  adds φ ‖(T − μ)⁻¹ e_1‖ to the right side, and the spectrum moves by what is symmetric in F. Both
  are measured (see `Extremes.rounding`) and taken ten times as large; that is an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import betaincinv
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.linalg.lanczos import (
    Basis,
    Product,
    Ritz,
    Tridiagonal,
    eigenpairs,
    ritz,
    tridiagonalise,
)

MARGIN = 10.0  # times what was measured of rounding


class End(NamedTuple):
    """θ = vᵀH v and ‖H v − θ v‖ from a fresh product, v of length 1, and `beyond`.

    No eigenvalue lies further out than `beyond`, except with the probability of failure.
    """

    value: float
    residual: float
    beyond: float
    vector: Tensor


class Extremes(NamedTuple):
    """Both ends; `failure` is the probability at each of them that its `beyond` is exceeded.

    `rounding` bounds, by estimate, what rounding did to either value and residual.
    λ_min ∈ [smallest.beyond, smallest.value + rounding], λ_max the other way round.
    """

    smallest: End
    largest: End
    failure: float
    rounding: float
    products: int


def extreme_eigenvalues(
    times: Product,
    start: Float[Tensor, " n"],
    *,
    tolerance: float = 1e-3,
    excluding: float | None = None,
    failure: float = 1e-6,
    limit: int = 200,
    check: Product | None = None,
) -> Extremes:
    """Both ends of the spectrum of v ↦ H v, from one Krylov space with full reorthogonalisation.

    Ends when both residuals are at most `tolerance`, and both `beyond` are at most `excluding`
    (default: the same) further out, times the largest |θ|; or after `limit` products: the result
    then says how far it came. `start` must be drawn from a rotation-invariant distribution, or
    `beyond` means nothing. `check` is the same product in higher precision, for the two final
    values and residuals; `times` by default. What is smaller than 1e-150 counts as 0, since its
    square is 0 in float64. Memory: a vector of n for each product.
    """
    _require(tolerance, failure)
    further = tolerance if excluding is None else excluding
    weight = least_weight(len(start), failure)

    def enough(t: Tridiagonal) -> bool:
        pairs = ritz(t)
        scale = float(np.abs(pairs.values).max())
        residuals = t.beside[-1] * np.abs(pairs.last[[0, -1]])
        return bool(residuals.max() <= tolerance * scale) and all(
            visible_weight(end, ritz(end), further * scale) <= weight for end in _both_ends(t)
        )

    t, basis = tridiagonalise(times, start, limit=limit, enough=_now_and_then(enough))
    if not (np.isfinite(t.diagonal).all() and np.isfinite(t.beside).all()):
        lost = End(math.nan, math.nan, math.nan, torch.full_like(start, math.nan).double())
        return Extremes(lost, lost, failure, math.nan, len(t.diagonal))
    return _checked(t, basis, check or times, failure, weight)


def least_weight(n: int, failure: float) -> float:
    """The t with P(|u·v| < t) = `failure` for a unit u and a random unit v in n dimensions.

    (u·v)² has the distribution Beta(1/2, (n − 1)/2).
    """
    return 1.0 if n == 1 else float(betaincinv(0.5, (n - 1) / 2, failure)) ** 0.5


def visible_weight(t: Tridiagonal, pairs: Ritz, distance: float, rounding: float = 0.0) -> float:
    """The largest |u·v_1| of an eigenvalue this far below the lowest Ritz value.

    1/√(Σ_{j≤k} p_j²) + rounding · ‖(T − μ)⁻¹ e_1‖; the ratios p_j/p_{j−1} all have one sign below
    the Ritz values, so their recurrence is stable and logarithms keep it in range.
    """
    below = pairs.values - pairs.values[0] + distance
    if distance <= 0 or math.isinf(distance):
        return math.inf if distance <= 0 else 0.0
    mu = pairs.values[0] - distance
    logs, ratio, before = [0.0], math.inf, 0.0
    for alpha, beta in zip(t.diagonal, t.beside, strict=True):
        # Rounding must not turn the sign: −ratio · β is at least the distance (interlacing).
        pivot = max(alpha - mu - before * before / ratio, distance)
        ratio, before = pivot, beta
        logs.append(logs[-1] + (math.log(pivot / beta) if beta > 0 else math.inf))
    seen = 0.0 if logs[-1] == math.inf else math.exp(-0.5 * np.logaddexp.reduce(2 * np.array(logs)))
    return seen + rounding / distance * float(np.linalg.norm(pairs.first / (below / distance)))


def reach(t: Tridiagonal, weight: float, rounding: float) -> float:
    """How far below the lowest Ritz value an eigenvalue may lie whose |u·v_1| is `weight`.

    `visible_weight` falls with the distance, so it is found by halving intervals of its logarithm.
    """
    size = float(np.abs(t.diagonal).max() + 2 * t.beside.max())
    if size == 0 and rounding == 0:
        return 0.0
    low, high = -80.0, 1.0
    unit, pairs = max(size, rounding), ritz(t)
    while visible_weight(t, pairs, unit * math.exp(high), rounding) > weight:
        high += 5.0
    for _ in range(40):
        middle = (low + high) / 2
        if visible_weight(t, pairs, unit * math.exp(middle), rounding) > weight:
            low = middle
        else:
            high = middle
    return unit * math.exp(high)


def _checked(
    t: Tridiagonal, basis: Basis, check: Product, failure: float, weight: float
) -> Extremes:
    values, vectors = eigenpairs(t)
    ends, errors = [], [np.finfo(np.float64).eps * float(np.abs(values).max())]
    for place in (0, -1):
        s = torch.from_numpy(vectors[:, place].copy())
        v = basis.combine(s.to(basis.row(0).device)).double()
        predicted = values[place] * v
        if basis.count > len(values):
            predicted += t.beside[-1] * float(s[-1]) * basis.row(len(values)).double()
        length = float(v.norm())
        product = check(v / length).double()
        errors.append(float((product - predicted / length).norm()))
        quotient = float(v @ product) / length
        residual = float((product - quotient * v / length).norm())
        ends.append((quotient, residual, v / length))
    rounding = float(MARGIN * max(*errors, t.defect))
    noise = float(MARGIN * max(t.defect, errors[0]))
    below, above = (reach(end, weight, noise) for end in _both_ends(t))
    smallest, largest = ends
    return Extremes(
        End(smallest[0], smallest[1], float(values[0] - below) - rounding, smallest[2]),
        End(largest[0], largest[1], float(values[-1] + above) + rounding, largest[2]),
        failure,
        rounding,
        len(values) + 2,
    )


def _both_ends(t: Tridiagonal) -> tuple[Tridiagonal, Tridiagonal]:
    """T, and the T of −H, whose lowest end is the upper one of H."""
    return t, t._replace(diagonal=-t.diagonal)


def _now_and_then(enough: Callable[[Tridiagonal], bool]) -> Callable[[Tridiagonal], bool]:
    """Asked after every step at first, then less often: an answer costs more as T grows."""
    asked: list[int] = [0]

    def sometimes(t: Tridiagonal) -> bool:
        steps = len(t.diagonal)
        if steps < asked[0]:
            return False
        asked[0] = steps + max(1, steps // 30)
        return enough(t)

    return sometimes


def _require(tolerance: float, failure: float) -> None:
    if not (tolerance > 0 and 0 < failure < 1):
        raise SpecError(
            "Extreme eigenvalues need a positive tolerance and a probability of failure inside "
            f"(0, 1); got tolerance {tolerance:g} and failure {failure:g}. Take 1e-3 and 1e-6."
        )
