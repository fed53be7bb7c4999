"""Projections of a convolution kernel to low rank, or to bounded singular values.

These are the protocols RankMin and RankMax of goldblum2020truth (§5, A.7), after Sedghi, Gupta and
Long (2019): change the singular values of the convolution on a grid of positions, transform back,
and crop the result to the size of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.linalg.circular_convolution import (
    Frequencies,
    Pair,
    Taps,
    as_kernel,
    as_taps,
    half_spectrum,
    in_parallel,
    phases,
    transform,
)
from dltheory.linalg.convolution_singular_values import convolution_singular_values, trusted_from
from dltheory.linalg.effective_rank import effective_rank

Share = Callable[[Tensor], Tensor]


class Projection(NamedTuple):
    """The cropped kernel, and how much of the projection cropping kept; numbers are per network.

    K is the given kernel, P its projection on the whole grid, and C the cropped P (`kernel`).
    `kept` is ‖C − K‖²/‖P − K‖²: 0 if cropping undid the whole projection, and 1 if cropping changed
    nothing, or if P = K. The last axis of the other fields is (K, P, C). They are the effective
    rank, the largest singular value, and the number of singular values outside the requested range:
    below the threshold but not 0 for `rank_min`, above the bound for `rank_max`. The values of P
    are computed from the singular values of K.
    """

    kernel: Float[Tensor, "*seeds out_channels in_channels height width"]
    kept: Float64[Tensor, "*seeds"]
    effective_ranks: Float64[Tensor, "*seeds 3"]
    largest: Float64[Tensor, "*seeds 3"]
    outside: Float64[Tensor, "*seeds 3"]


def rank_min(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    *,
    threshold: float = 0.5,
    stride: Pair = (1, 1),
    groups: int = 1,
) -> Projection:
    """Set singular values below the threshold to 0, then crop to the size of the kernel.

    On the whole grid this gives the nearest map of its rank in the Frobenius norm. The default 0.5
    for every layer is that of the authors' script, which uses grids of 56, 28, 14 and 7 positions
    per side and no strides.
    """
    _require_positive("A threshold", threshold)
    return _projection(
        kernel,
        grid,
        (stride, groups),
        share=lambda values: (values >= threshold).double(),
        outside=lambda values: (values > _rounding(values)) & (values < threshold * (1 - 1e-9)),
        level=threshold,
    )


def rank_max(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    *,
    largest: float = 1.5,
    stride: Pair = (1, 1),
    groups: int = 1,
) -> Projection:
    """Clip singular values to at most `largest`, then crop to the size of the kernel.

    On the whole grid this gives the nearest map (in the Frobenius norm) with spectral norm at most
    `largest`. The default 1.5 for every layer is that of the authors' script, with the grids given
    in `rank_min`.
    """
    _require_positive("The largest singular value", largest)
    return _projection(
        kernel,
        grid,
        (stride, groups),
        share=lambda values: (largest / values).clamp(max=1),
        outside=lambda values: values > largest * (1 + 1e-9),
        level=largest,
    )


def _projection(
    kernel: Tensor,
    grid: Pair,
    form: tuple[Pair, int],
    *,
    share: Share,
    outside: Share,
    level: float,
) -> Projection:
    """The projection that multiplies each singular value σ by share(σ).

    At each frequency K̂ = U Σ V* becomes U (share(Σ) Σ) V* = U share(Σ) U* K̂.
    """
    stride, groups = form
    taps, closed = as_taps(kernel, grid, stride, groups)
    _require_room(kernel, grid)
    tall = taps.matrices.shape[2] > taps.matrices.shape[3]
    taps = Taps(taps.matrices.mT.contiguous(), taps.positions) if tall else taps

    def change(at: Frequencies) -> tuple[Tensor, Tensor]:
        blocks = transform(taps, closed, at)
        left, values = _left_vectors(blocks, level)
        removed = (left * (share(values) - 1)[..., None, :]) @ (left.mH @ blocks)
        squares = removed.abs().square().sum(dim=(0, 2, 3))
        step = _at_taps(removed, phases(taps, closed, at))
        return step * at.weight, squares * at.weight

    parts = in_parallel(change, half_spectrum(closed, taps), taps.matrices.device)
    positions = closed[0] * closed[1]
    step = torch.stack([moved for moved, _ in parts]).sum(dim=0) / positions
    squares = torch.stack([square for _, square in parts]).sum(dim=0) / positions
    step = step.mT if tall else step
    moved = as_kernel(step, kernel.detach().double(), stride)
    return _report(kernel, moved, squares, share=share, outside=outside, at=(grid, stride, groups))


def _report(
    kernel: Tensor,
    moved: Tensor,
    squares: Tensor,
    *,
    share: Share,
    outside: Share,
    at: tuple[Pair, Pair, int],
) -> Projection:
    grid, stride, groups = at
    cropped = (kernel.detach().double() + moved).to(kernel.dtype)
    before, after = (
        convolution_singular_values(k, grid, stride=stride, groups=groups)
        for k in (kernel, cropped)
    )
    projected = torch.where(before > 0, before * share(before), 0)
    total = squares.reshape(*kernel.shape[:-4], groups).sum(dim=-1)
    ratio = moved.square().sum(dim=(-4, -3, -2, -1)) / total
    three = (before, projected, after)
    return Projection(
        kernel=cropped,
        kept=torch.where(total > 0, ratio.clamp(max=1), 1),
        effective_ranks=torch.stack([effective_rank(values) for values in three], dim=-1),
        largest=torch.stack([values.amax(dim=-1) for values in three], dim=-1),
        outside=torch.stack([outside(v).double().sum(dim=-1) for v in three], dim=-1),
    )


def _left_vectors(blocks: Tensor, level: float) -> tuple[Tensor, Tensor]:
    """Left singular vectors U and singular values of matrices with no more rows than columns.

    They are computed from Gram matrices, or by SVD if these are too inaccurate at the level.
    """
    squares, left = torch.linalg.eigh(blocks @ blocks.mH)
    values = squares.clamp_min(0).sqrt()
    if level < trusted_from(blocks.shape[-2], 1e-9) * float(values.max()):
        left, values, _ = torch.linalg.svd(blocks, full_matrices=False)
    return left, values


def _at_taps(blocks: Tensor, angles: Tensor) -> Float64[Tensor, "taps batch rows columns"]:
    """Σ_ω Re(e^{iω·q} K̂(ω)): the inverse transform, only at the positions q of the taps."""
    flat = blocks.flatten(1)
    found = angles.cos().mT @ flat.real
    if flat.is_complex():
        found = found - angles.sin().mT @ flat.imag
    return found.unflatten(1, blocks.shape[1:])


def _rounding(values: Tensor) -> Tensor:
    return 1e-9 * values.amax(dim=-1, keepdim=True)


def _require_positive(what: str, number: float) -> None:
    if not 0 < number < float("inf"):
        raise SpecError(f"{what} must be positive and finite; got {number:g}. Take 0.5 or 1.5.")


def _require_room(kernel: Tensor, grid: Pair) -> None:
    if kernel.shape[-2] > grid[0] or kernel.shape[-1] > grid[1]:
        raise SpecError(
            "A projection is cropped to a kernel that fits into its grid; got a kernel of "
            f"{tuple(kernel.shape[-2:])} positions on a grid of {grid}. Leave that layer alone."
        )
