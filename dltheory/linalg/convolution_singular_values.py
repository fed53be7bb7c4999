"""All singular values of a convolution as a linear map on feature maps of a given size."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Inexact
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.linalg.circular_convolution import Chunk, Pair, as_matrices, over_frequencies

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
    Gupta and Long 2019, Theorem 6; used in goldblum2020truth, §5 and A.7). With stride s only
    shifts by s remain: the s² frequencies ω + a·n/s, a ∈ {0, …, s−1}², fold into one of the output,
    and the blocks are (1/s)[K̂(ω + a·n/s)]_a, out_channels × in_channels·s². They are found as the
    stride 1 blocks of a kernel of in_channels·s² channels (`as_matrices`), equal up to a unitary
    map of the input. The number of values is h·w/s²·min(out_channels, in_channels·s²), per group
    with channels per group; `in_channels` in the shape of the kernel counts those of one group.

    Conjugate frequencies share a block's values, so half of the spectrum is decomposed. Each is
    σ = √λ for the eigenvalues of the smaller Gram matrix K̂ K̂*. That squares the condition number:
    λ is found to about 8√rows·ε·σ₁² (measured: below 5√rows·ε), thus σ to 4√rows·ε·σ₁²/σ, and only
    values below (4√rows·ε/accuracy)·σ₁ may be off by more than accuracy·σ₁, σ₁ being the largest of
    their block (2 × 10⁻⁵·σ₁ for 512 rows). Blocks with such values are decomposed again by an SVD;
    accuracy = 0 takes the SVD for all. Computed in float64.
    """
    if not 0 <= accuracy < 1:
        raise SpecError(
            f"The accuracy is a share of the largest singular value; got {accuracy:g}. Give a "
            "number from 0 (always an SVD) to below 1."
        )
    matrices, closed = as_matrices(kernel, grid, stride, groups)
    if matrices.shape[1] > matrices.shape[2]:
        matrices = matrices.transpose(1, 2)
    scale = matrices.abs().amax(dim=(1, 2, 3, 4))
    scale = torch.where(scale > 0, scale, 1)
    matrices = matrices / scale[:, None, None, None, None]  # squares neither over- nor underflow

    def values(chunk: Chunk) -> Float64[Tensor, "frequencies batch rows"]:
        return block_values(chunk.blocks, accuracy).repeat_interleave(chunk.weight, dim=0)

    found = torch.cat(over_frequencies(matrices, closed, values)) * scale[:, None]
    by_network = found.transpose(0, 1).reshape(*kernel.shape[:-4], -1)
    return by_network.sort(dim=-1, descending=True).values


def block_values(
    blocks: Inexact[Tensor, "*batch rows columns"], accuracy: float
) -> Float64[Tensor, "*batch rows"]:
    """Singular values of wide matrices from their Gram matrices where those are accurate enough."""
    if accuracy == 0:
        return torch.linalg.svdvals(blocks)
    found = torch.linalg.eigvalsh(blocks @ blocks.mH).clamp_min(0).sqrt()
    unsure = found[..., 0] <= trusted_from(blocks.shape[-2], accuracy) * found[..., -1]
    if unsure.any():
        found[unsure] = torch.linalg.svdvals(blocks[unsure]).flip(-1)
    return found


def trusted_from(rows: int, accuracy: float) -> float:
    """The σ/σ₁ from which the eigenvalues of a Gram matrix give σ up to accuracy·σ₁."""
    return 4 * rows**0.5 * EPS / accuracy
