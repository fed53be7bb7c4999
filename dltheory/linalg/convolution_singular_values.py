"""All singular values of a convolution as a linear map on feature maps of a given size."""

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

EPS = torch.finfo(torch.float64).eps


def convolution_singular_values(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    *,
    stride: Pair = (1, 1),
    groups: int = 1,
    accuracy: float = 1e-9,
) -> Float64[Tensor, "*seeds values"]:
    """Σ of the circular convolution x ↦ K ∗ x on maps of `grid` positions, largest first.

    A convolution commutes with shifts, so the Fourier basis splits it into one matrix a frequency,
    K̂(ω) = Σ_q K[q] e^{−2πi ω·q/n}, whose singular values together are those of the map (Sedghi,
    Gupta and Long 2019, as used in goldblum2020truth, §5 and A.7). With stride s only
    shifts by s remain: the s² frequencies ω + a·n/s, a ∈ {0, …, s−1}², fold into one of the output,
    and the blocks are (1/s)[K̂(ω + a·n/s)]_a, out_channels × in_channels·s². They are found as the
    stride 1 blocks of a kernel of in_channels·s² channels (`as_taps`), equal up to a unitary map
    of the input. The number of values is h·w/s²·min(out_channels, in_channels·s²), per group with
    channels per group; `in_channels` in the shape of the kernel counts those of one group.

    Conjugate frequencies share a block's values, so half of the spectrum is decomposed. Each is
    σ = √λ for the eigenvalues of the smaller Gram matrix K̂ K̂*, which is transformed from the few
    sums Σ_q K[q + d] K[q]ᵀ where that costs less. Squaring squares the condition number: λ is found
    to 8√rows·ε·σ₁² (measured: below 5√rows·ε), σ₁ being the largest of the map, thus σ to
    4√rows·ε·σ₁²/σ, and only values below (4√rows·ε/accuracy)·σ₁ may be off by more than
    accuracy·σ₁ (2 × 10⁻⁵·σ₁ for 512 rows). Blocks with such values are decomposed again by an SVD;
    accuracy = 0 takes the SVD for all. Computed in float64.
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
    # squares neither over- nor underflow then
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
    """Singular values at each frequency: from Gram matrices, then by SVD where those do not do."""
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
    """The σ/σ₁ from which the eigenvalues of a Gram matrix give σ up to accuracy·σ₁."""
    return 4 * rows**0.5 * EPS / accuracy
