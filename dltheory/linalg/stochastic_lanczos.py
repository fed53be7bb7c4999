"""Trace and spectral density of a symmetric matrix, from products with random vectors."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.linalg.lanczos import Product, eigenpairs, tridiagonalise

TraceMethod = Literal["hutch++", "hutchinson"]


class Trace(NamedTuple):
    """An unbiased estimate of tr H, its standard error, and the number of products with H.

    The standard error is over the random vectors.
    """

    trace: float
    standard_error: float
    products: int


def stochastic_trace(
    times: Product,
    n: int,
    *,
    generator: torch.Generator,
    products: int = 30,
    method: TraceMethod = "hutch++",
    like: Tensor | None = None,
) -> Trace:
    """An estimate of tr H of a symmetric n × n matrix H from `products` products `times(v)` = H v.

    The vectors g have random signs ±1 as entries, so E[gᵀH g] = tr H. "hutchinson" (Hutchinson
    1990) is the mean of gᵀH g over all vectors; its variance is at most 2 ‖H‖_F² over their number.
    "hutch++" (Meyer, Musco, Musco and Woodruff 2021, algorithm 1) is better if few eigenvalues are
    large. It uses a third of the products for an orthonormal basis Q of the columns of H S, with S
    random, and a third to compute tr(QᵀH Q) exactly. The last third gives the mean of gᵀP H P g,
    where P = I − Q Qᵀ. The standard error is that of this mean; it is 0 if Q spans the whole space.
    The results are NaN if products are not finite. `like` is a tensor with the precision and device
    of the vectors (default: float64 on the CPU).
    """
    _require(products, method)
    model = torch.empty(0, dtype=torch.float64) if like is None else like
    exact, Q = 0.0, model.new_empty(0, n)
    count = products
    if method == "hutch++":
        third = products // 3
        images = torch.stack([times(_signs(n, generator, model)).double() for _ in range(third)])
        if not bool(images.isfinite().all()):
            return Trace(math.nan, math.nan, third)
        Q = _rows(images).to(model)
        exact = sum(float(q.double() @ times(q).double()) for q in Q)
        count = products - third - len(Q)
    if len(Q) >= n:
        return Trace(exact, 0.0, products - count)
    rest = []
    for _ in range(count):
        g = _signs(n, generator, model)
        g = g - (Q @ g) @ Q
        rest.append(float(g.double() @ times(g).double()))
    error = float(np.std(rest, ddof=1)) / math.sqrt(count)
    return Trace(exact + float(np.mean(rest)), error, products)


def spectral_density(
    times: Product,
    n: int,
    *,
    generator: torch.Generator,
    steps: int = 30,
    runs: int = 1,
    like: Tensor | None = None,
) -> Float64[Tensor, "runs 2 steps"]:
    """Nodes θ and weights w ≥ 0 with Σ w = 1 of each run, so that Σ w f(θ) estimates tr f(H) / n.

    This is stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017). Each run has its own random
    start v of unit length. The nodes are the Ritz values after `steps` steps, and the weights are
    the squared first entries of their eigenvectors. For a polynomial f of degree below 2·steps,
    Σ w f(θ) equals vᵀf(H)v. If a run ends early in an invariant space, nodes of weight 0 are added.
    A run whose products are not finite is NaN. On axis 1 of the result, nodes are at 0 and weights
    at 1.
    """
    if steps < 1 or runs < 1:
        raise SpecError(
            f"A spectral density needs at least one step and one run; got {steps} steps and "
            f"{runs} runs. Take 30 steps and a few runs."
        )
    model = torch.empty(0, dtype=torch.float64) if like is None else like
    density = torch.zeros(runs, 2, steps, dtype=torch.float64)
    for run in range(runs):
        start = torch.randn(n, generator=generator, dtype=torch.float64).to(model)
        t, _ = tridiagonalise(times, start, limit=steps)
        if not (np.isfinite(t.diagonal).all() and np.isfinite(t.beside).all()):
            density[run] = math.nan
            continue
        values, vectors = eigenpairs(t)
        density[run, 0] = float(values[-1])
        density[run, 0, : len(values)] = torch.from_numpy(values.copy())
        density[run, 1, : len(values)] = torch.from_numpy(vectors[0] ** 2)
    return density


def smoothed(
    density: Float64[Tensor, "runs 2 steps"], at: Float64[Tensor, " points"], width: float
) -> Float64[Tensor, " points"]:
    """The spectral density at the points `at`, as a mean over runs.

    Each node becomes a Gaussian density with standard deviation `width`, times its weight.
    """
    nodes, weights = density[:, 0, :, None], density[:, 1, :, None]
    bells = torch.exp(-0.5 * ((at - nodes) / width).square()) / (width * math.sqrt(2 * math.pi))
    return (weights * bells).sum(dim=1).mean(dim=0)


def _signs(n: int, generator: torch.Generator, like: Tensor) -> Tensor:
    return (2.0 * torch.randint(2, (n,), generator=generator) - 1).to(like)


def _rows(images: Float[Tensor, "k n"]) -> Float[Tensor, "r n"]:
    """Orthonormal rows with the same span, without directions that are only rounding errors."""
    _, S, Vh = torch.linalg.svd(images, full_matrices=False)
    keep = S[0] * max(images.shape) * torch.finfo(images.dtype).eps < S if len(S) else S > 0
    return Vh[keep]


def _require(products: int, method: TraceMethod) -> None:
    least = {"hutch++": 6, "hutchinson": 2}
    if method not in least or products < least[method]:
        raise SpecError(
            "A trace needs a method, 'hutch++' with at least 6 products or 'hutchinson' with at "
            f"least 2; got {method!r} with {products}. Raise the number of products."
        )
