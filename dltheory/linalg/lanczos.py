"""Lanczos' algorithm: a tridiagonal matrix T from products with a symmetric matrix H."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from torch import Tensor

from dltheory.errors import SpecError

Product = Callable[[Float[Tensor, " n"]], Float[Tensor, " n"]]

ROWS = 16  # vectors of the basis that are allocated at a time


class Tridiagonal(NamedTuple):
    """The tridiagonal matrix T after k steps, with H V = V T + β_k v_{k+1} e_kᵀ − F.

    V = (v_1, …, v_k) is the orthonormal basis, e_k the k-th unit vector, and F the rounding error.
    `diagonal` are α_1, …, α_k. `beside` are β_1, …, β_k; β_k is not part of T. `defect` is an
    estimate of ‖VᵀF‖: the spectral norm of the coefficients that reorthogonalisation removed, which
    are 0 in exact arithmetic.
    """

    diagonal: NDArray[np.float64]
    beside: NDArray[np.float64]
    defect: float


class Ritz(NamedTuple):
    """The eigenvalues of T in ascending order, and first and last entries of unit eigenvectors."""

    values: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]


class Basis:
    """A growing list of vectors of equal length (rows); adding one does not copy the others."""

    def __init__(self) -> None:
        self._blocks: list[Tensor] = []
        self.count = 0

    def append(self, v: Float[Tensor, " n"]) -> None:
        """Add a row at the end."""
        if self.count % ROWS == 0:
            self._blocks.append(v.new_empty(ROWS, len(v)))
        self._blocks[-1][self.count % ROWS] = v
        self.count += 1

    def row(self, number: int) -> Float[Tensor, " n"]:
        """The row with this index, counted from 0."""
        return self._blocks[number // ROWS][number % ROWS]

    def _filled(self, count: int) -> list[Tensor]:
        return [
            block[: count - ROWS * place]
            for place, block in enumerate(self._blocks)
            if count > ROWS * place
        ]

    def dots(self, w: Float[Tensor, " n"]) -> Float[Tensor, " k"]:
        """The inner products of w with all rows."""
        return torch.cat([block @ w for block in self._filled(self.count)])

    def combine(self, weights: Float[Tensor, " k"]) -> Float[Tensor, " n"]:
        """The sum of the rows times the weights; with fewer weights only of the first rows."""
        blocks = self._filled(len(weights))
        total = torch.zeros_like(blocks[0][0])
        for block, part in zip(blocks, weights.to(total).split(ROWS), strict=True):
            total += part @ block
        return total


def tridiagonalise(
    times: Product,
    start: Float[Tensor, " n"],
    *,
    limit: int,
    enough: Callable[[Tridiagonal], bool] | None = None,
) -> tuple[Tridiagonal, Basis]:
    """T and the basis V after at most `limit` products `times(v)` = H v.

    It ends earlier if `enough(T)` is true, or if the Krylov space is invariant or products are not
    finite. Every vector is made orthogonal to all earlier ones, and twice if the first time removed
    most of it. Therefore no eigenvalue is found several times because of rounding. The basis has
    the precision of `start`; α and β are summed in float64. The basis has one row more than T,
    v_{k+1}, unless the space is invariant. The memory is one vector more than the number of steps.
    SpecError is raised for a start that is 0 or not finite.
    """
    length = _require_start(start, limit)
    basis, diagonal, beside, removed = Basis(), [], [], []
    basis.append(start / length)
    for step in range(min(limit, len(start))):
        v = basis.row(step)
        w = times(v)
        diagonal.append(_dot(v, w))
        w = w - diagonal[-1] * v
        if step:
            w -= beside[-1] * basis.row(step - 1)
        w, coefficients = _orthogonal(w, basis)
        removed.append(coefficients.double().cpu().numpy())
        beside.append(_dot(w, w) ** 0.5)
        size = max(np.abs(diagonal).max(), max(beside))
        if not beside[-1] > np.finfo(np.float64).eps * size or not np.isfinite(size):
            break
        basis.append(w / beside[-1])
        if enough is not None and enough(_tridiagonal(diagonal, beside, removed)):
            break
    return _tridiagonal(diagonal, beside, removed), basis


def ritz(t: Tridiagonal) -> Ritz:
    """The eigenvalues of T, with the first and last entries of its eigenvectors."""
    values, vectors = eigenpairs(t)
    return Ritz(values, vectors[0], vectors[-1])


def eigenpairs(t: Tridiagonal) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All eigenvalues of T in ascending order, and its unit eigenvectors as columns."""
    values, vectors = eigh_tridiagonal(t.diagonal, t.beside[:-1])
    return np.asarray(values), np.asarray(vectors)


def _orthogonal(w: Tensor, basis: Basis) -> tuple[Tensor, Tensor]:
    """The part of w orthogonal to the basis, and the coefficients that were removed."""
    before = _dot(w, w)
    removed = basis.dots(w)
    w = w - basis.combine(removed)
    if _dot(w, w) < 0.5 * before:
        w = w - basis.combine(basis.dots(w))
    return w, removed


def _tridiagonal(
    diagonal: list[float], beside: list[float], removed: list[NDArray[np.float64]]
) -> Tridiagonal:
    coefficients = np.zeros((len(removed), len(removed)))
    for step, column in enumerate(removed):
        coefficients[: len(column), step] = column
    finite = np.isfinite(coefficients).all()
    defect = float(np.linalg.norm(coefficients, 2)) if finite else np.nan
    return Tridiagonal(np.array(diagonal), np.array(beside), defect)


def _dot(v: Tensor, w: Tensor) -> float:
    return float(v.double() @ w.double())


def _require_start(start: Tensor, limit: int) -> float:
    length = _dot(start, start) ** 0.5
    if not (0 < length < float("inf") and limit >= 1):
        raise SpecError(
            "Lanczos needs a start that is finite and not zero, and at least one step; got a start "
            f"of length {length:g} and {limit} steps. Draw the start at random and raise the limit."
        )
    return length
