"""The two ends of a symmetric matrix's spectrum, from products with it alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor


class Extremes(NamedTuple):
    """Smallest eigenvalue, residual ‖H v − λ v‖ of its unit vector, and largest eigenvalue."""

    smallest: float
    residual: float
    largest: float


def extreme_eigenvalues(
    times: Callable[[Float[Tensor, " n"]], Float[Tensor, " n"]],
    start: Float[Tensor, " n"],
    *,
    tolerance: float = 1e-10,
) -> Extremes:
    """Both ends of the spectrum of v ↦ H v, in float64, by Lanczos with implicit restarts (ARPACK).

    Lanczos finds what is large. The smallest eigenvalue of a Hessian is often 0 many times over,
    so the spectrum is turned round and its end found as the largest eigenvalue of λ_max I − H;
    `tolerance` is relative to λ_max. An eigenvalue lies within the residual of the one returned;
    that none lies lower is likely from a random start and is not certified.
    """

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return times(torch.from_numpy(np.ascontiguousarray(v).ravel())).numpy()

    v0 = start.double().numpy()
    largest, _ = _top(product, v0, tolerance)
    turned, v = _top(lambda u: largest * np.ravel(u) - product(u), v0, tolerance)
    smallest = largest - turned
    return Extremes(smallest, float(np.linalg.norm(product(v) - smallest * v)), largest)


def _top(
    product: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    v0: NDArray[np.float64],
    tolerance: float,
) -> tuple[float, NDArray[np.float64]]:
    # scipy ships no types, and what is inferred from its sources is too narrow.
    operator: Any = LinearOperator((len(v0), len(v0)), product, dtype=np.float64)  # pyright: ignore
    solver: Any = eigsh
    values, vectors = solver(operator, k=1, which="LA", v0=v0, ncv=40, tol=tolerance)
    return float(values[0]), vectors[:, 0]
