"""The smallest and largest eigenvalue of a symmetric matrix H from matrix-vector products.

H is only known by its products H v. k steps of Lanczos' algorithm from a unit start v_1 give a
tridiagonal matrix T and an orthonormal basis V = (v_1, …, v_k); the eigenvalues of T are the *Ritz
values*. Two kinds of statements are kept apart:

* *Found.* A unit vector v with Rayleigh quotient θ = vᵀH v and residual r = ‖H v − θ v‖ proves that
  λ_min ≤ θ and that some eigenvalue lies within r of θ (Parlett 1998, §4.5). The sharper bound
  r²/gap of Kato and Temple is not used, because it requires that no second eigenvalue is near, and
  one start cannot show this.
* *Not excluded.* An eigenvector u orthogonal to the start is never found. For a start that is
  uniform on the sphere, |u·v_1| ≥ t with probability 1 − p, where P(|u·v_1| < t) = p. The Lanczos
  polynomials p_j of T satisfy u·v_{j+1} = p_j(μ) u·v_1 for an eigenvector u with eigenvalue μ.
  Because ‖Vᵀu‖ ≤ 1,

      t ≤ |u·v_1| ≤ 1/√(Σ_{j≤k} p_j(μ)²)      for each eigenvalue μ, with probability 1 − p.

  The right side falls fast outside the Ritz values. Where it is below t, there is no eigenvalue.
  van Dorsselaer, Hochstenbach and van der Vorst (2000, SIAM J. Matrix Anal. Appl. 22, 837) use only
  p_k. Unlike the bound of Kuczyński and Woźniakowski (1992), this one needs no bound on the
  spectrum, and it is valid for any stopping rule.
* *Rounding.* If products have errors F, the recurrence of u has an error of at most φ = ‖Fᵀu‖. This
  adds φ ‖(T − μ)⁻¹ e_1‖ to the right side, where e_1 is the first unit vector, and the symmetric
  part of F shifts the spectrum. Both errors are measured (see `Extremes.rounding`) and multiplied
  by ten; this is an estimate and no bound.
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

# The factor by which measured rounding errors are multiplied.
MARGIN = 10.0  # times what was measured of rounding


class End(NamedTuple):
    """One end of the spectrum: θ = vᵀH v (`value`), ‖H v − θ v‖ (`residual`) and the unit vector v.

    Both are computed from a new product. No eigenvalue lies further out than `beyond`, except with
    the probability `Extremes.failure`.
    """

    value: float
    residual: float
    beyond: float
    vector: Tensor


class Extremes(NamedTuple):
    """Both ends of the spectrum.

    `failure` is the probability, for each end, that an eigenvalue lies beyond its `beyond`.
    `rounding` is an estimated bound on the rounding errors of values and residuals. `products` is
    the number of products. λ_min lies in [smallest.beyond, smallest.value + rounding], and λ_max in
    [largest.value − rounding, largest.beyond].
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

    With θ the largest absolute Ritz value, the iteration ends when both residuals are at most
    tolerance·θ and both `beyond` are at most excluding·θ further out than the Ritz values
    (`excluding` is by default `tolerance`). It also ends after `limit` products; the returned
    residuals and `beyond` then show the accuracy that was reached. `start` must be drawn from a
    rotation-invariant distribution, or else `beyond` is not valid. `check` is the same product in
    higher precision, for the two final values and residuals; by default it is `times`. Numbers
    below 1e-150 count as 0, because their squares are 0 in float64. All results are NaN if products
    are not finite. The memory is one vector of length n per product.
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
    """The t with P(|u·v| < t) = failure for a fixed and a random unit vector u, v in n dimensions.

    (u·v)² has the distribution Beta(1/2, (n − 1)/2). For n = 1 the result is 1.
    """
    return 1.0 if n == 1 else float(betaincinv(0.5, (n - 1) / 2, failure)) ** 0.5


def visible_weight(t: Tridiagonal, pairs: Ritz, distance: float, rounding: float = 0.0) -> float:
    """An upper bound on |u·v_1| for an eigenvalue μ at this distance below the lowest Ritz value.

    It is 1/√(Σ_{j≤k} p_j(μ)²) + rounding · ‖(T − μ)⁻¹ e_1‖, with symbols as at the top of this
    file. Below the Ritz values all ratios p_j/p_{j−1} have the same sign, so their recurrence is
    stable. Logarithms avoid overflow.
    """
    below = pairs.values - pairs.values[0] + distance
    if distance <= 0 or math.isinf(distance):
        return math.inf if distance <= 0 else 0.0
    mu = pairs.values[0] - distance
    logs, ratio, before = [0.0], math.inf, 0.0
    for alpha, beta in zip(t.diagonal, t.beside, strict=True):
        # Rounding must not change the sign: by interlacing, each pivot is at least the distance.
        pivot = max(alpha - mu - before * before / ratio, distance)
        ratio, before = pivot, beta
        logs.append(logs[-1] + (math.log(pivot / beta) if beta > 0 else math.inf))
    seen = 0.0 if logs[-1] == math.inf else math.exp(-0.5 * np.logaddexp.reduce(2 * np.array(logs)))
    return seen + rounding / distance * float(np.linalg.norm(pairs.first / (below / distance)))


def reach(t: Tridiagonal, weight: float, rounding: float) -> float:
    """The largest distance below the lowest Ritz value at which an eigenvalue is not excluded.

    This is the distance at which `visible_weight` equals `weight`. `visible_weight` falls with the
    distance, so it is found by bisection of the logarithm of the distance. The range below e⁻⁸⁰ of
    the size of T is not searched.
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
    """T, and the tridiagonal matrix of −H, whose smallest eigenvalue is minus the largest of H."""
    return t, t._replace(diagonal=-t.diagonal)


def _now_and_then(enough: Callable[[Tridiagonal], bool]) -> Callable[[Tridiagonal], bool]:
    """The same test, evaluated after every step at first and then less often.

    The cost of a test grows with T. After `steps` steps the next test is steps/30 steps later.
    """
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
