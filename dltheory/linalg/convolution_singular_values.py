"""The singular values of a convolution as a linear map on feature maps of a given size."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.linalg.circular_convolution import (
    Frequencies,
    Pair,
    Taps,
    as_taps,
    gram_taps,
    half_spectrum,
    in_parallel,
    transform,
)

# The machine epsilon ε of float64.
EPS = torch.finfo(torch.float64).eps


def convolution_singular_values(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    *,
    stride: Pair = (1, 1),
    groups: int = 1,
    accuracy: float = 1e-9,
) -> Float64[Tensor, "*seeds values"]:
    """The singular values of the circular convolution x ↦ K ∗ x on maps of `grid` positions.

    They are in descending order and in float64. `grid` is the height and width n of the input maps.
    A convolution commutes with shifts, so the Fourier basis splits it into one matrix per
    frequency, K̂(ω) = Σ_q K[q] e^{−2πi ω·q/n}. The singular values of these matrices together are
    those of the map (Sedghi, Gupta and Long 2019, as used in goldblum2020truth, §5 and A.7). With
    stride s it commutes only with shifts by s. Then the s² frequencies ω + a·n/s, a ∈ {0, …, s−1}²,
    belong to one frequency of the output, and the matrices are (1/s)[K̂(ω + a·n/s)]_a of
    out_channels × in_channels·s². Up to a unitary map of the input they equal those of the kernel
    with stride 1 and in_channels·s² channels that `as_taps` returns. The number of values is
    h·w/s²·min(out_channels, in_channels·s²). With groups this is the number per group, with the
    channels of one group; in the shape of the kernel `in_channels` is that of one group.

    Matrices at ω and −ω have the same singular values, so only half of the frequencies are
    decomposed. Singular values are σ = √λ for the eigenvalues λ of the smaller Gram matrix K̂ K̂*.
    If it is faster, this is transformed from the sums Σ_q K[q + d] K[q]ᵀ. Squaring squares the
    condition number. With ε the machine epsilon and σ₁ the largest singular value of the map, the
    error of λ is at most 8√rows·ε·σ₁² (measured: below 5√rows·ε·σ₁²), and that of σ at most
    4√rows·ε·σ₁²/σ. Therefore only values below (4√rows·ε/accuracy)·σ₁ may have an error above
    accuracy·σ₁ (2 × 10⁻⁵·σ₁ for 512 rows). Matrices with such values are decomposed again by an
    SVD. With accuracy 0 the SVD is used for all.
    """
    if not 0 <= accuracy < 1:
        raise SpecError(
            f"The accuracy is a share of the largest singular value; got {accuracy:g}. Give a "
            "number from 0 (always an SVD) to below 1."
        )
    taps, closed = as_taps(kernel, grid, stride, groups)
    matrices = taps.matrices
    if matrices.shape[2] > matrices.shape[3]:
        matrices = matrices.mT.contiguous()
    scale = matrices.abs().amax(dim=(0, 2, 3))
    scale = torch.where(scale > 0, scale, 1)
    # With this scale squares do not overflow or underflow.
    taps = Taps(matrices / scale[:, None, None], taps.positions)
    copies = 1
    if len(taps.positions) == 1:  # the same matrix at every frequency
        closed, copies = (1, 1), closed[0] * closed[1]
    parts = half_spectrum(closed, taps)
    found = _decompose(taps, closed, parts, accuracy)
    weighted = [v.repeat_interleave(at.weight, 0) for v, at in zip(found, parts, strict=True)]
    by_network = (torch.cat(weighted) * scale[:, None]).repeat(copies, 1, 1).transpose(0, 1)
    return by_network.reshape(*kernel.shape[:-4], -1).sort(dim=-1, descending=True).values


def _decompose(
    taps: Taps, grid: Pair, parts: list[Frequencies], accuracy: float
) -> list[Float64[Tensor, "frequencies batch rows"]]:
    """Singular values at each frequency: from Gram matrices, or by SVD if these are inaccurate."""
    device = taps.matrices.device

    def exact(at: Frequencies) -> Tensor:
        return torch.linalg.svdvals(transform(taps, grid, at)).flip(-1)

    if accuracy == 0:
        return in_parallel(exact, parts, device)
    few = len(taps.positions) ** 2 < 4 * grid[0] * grid[1]  # products of taps, or of blocks
    sums = gram_taps(taps) if few else None

    def squared(at: Frequencies) -> Tensor:
        blocks = transform(sums or taps, grid, at)
        gram = blocks if sums else blocks @ blocks.mH
        return torch.linalg.eigvalsh(gram).clamp_min(0).sqrt()

    found = in_parallel(squared, parts, device)
    limit = torch.stack([values.amax(dim=(0, 2)) for values in found]).amax(dim=0)
    limit = limit * trusted_from(taps.matrices.shape[2], accuracy)

    def again(place: int) -> None:
        unsure = (found[place][..., 0] <= limit).any(dim=1)
        if unsure.any():
            at = parts[place]
            found[place][unsure] = exact(Frequencies(at.indices[unsure], at.weight))

    in_parallel(again, range(len(parts)), device)
    return found


def trusted_from(rows: int, accuracy: float) -> float:
    """The smallest σ/σ₁ for which eigenvalues of a Gram matrix give σ with error ≤ accuracy·σ₁.

    `rows` is the size of the Gram matrix.
    """
    return 4 * rows**0.5 * EPS / accuracy
