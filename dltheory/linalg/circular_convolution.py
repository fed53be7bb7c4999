"""A convolution on a grid that closes on itself, one small matrix for each frequency.

(K ∗ x)[p] = Σ_q K[q] x[s p + q], indices taken modulo the grid: with stride s on an h×w grid of
positions it maps in_channels·h·w numbers to out_channels·h·w/s².
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import torch
from jaxtyping import Float, Float64, Inexact, Int64
from torch import Tensor

from dltheory.errors import SpecError

Pair = tuple[int, int]
Result = TypeVar("Result")
CHUNK_BYTES = {"cpu": 2**21, "cuda": 2**28}  # what stays in a core's cache; what fills a GPU


class Chunk(NamedTuple):
    """Some frequencies of a real kernel, and its matrices there.

    `phases[f, q]` is the angle 2π ω·q of frequency f at position q of the kernel. A frequency that
    is its own conjugate has weight 1 and a real matrix; any other stands for two, its weight is 2.
    """

    blocks: Inexact[Tensor, "frequencies batch rows columns"]
    phases: Float64[Tensor, "frequencies positions"]
    weight: int


def as_matrices(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    stride: Pair,
    groups: int,
) -> tuple[Float64[Tensor, "batch rows columns kernel_height kernel_width"], Pair]:
    """The same convolution with stride 1, and its grid; batch counts seeds and groups.

    Position s t + a of the input becomes position t of a channel of its own, for each of the s²
    remainders a. That only renames inputs, so singular values stay, and K[s t + a] becomes K_a[t]:
    rows are out_channels/groups, columns in_channels·s².
    """
    _require_grid(grid, stride)
    _require_kernel(kernel, groups)
    kernel = kernel.detach().double()
    kernel = kernel.reshape(-1, kernel.shape[-4] // groups, *kernel.shape[-3:])
    (down, across), (height, width) = stride, kernel.shape[-2:]
    kernel = torch.nn.functional.pad(kernel, (0, -width % across, 0, -height % down))
    split = kernel.unflatten(4, (-1, across)).unflatten(3, (-1, down))
    parts = split.permute(0, 1, 2, 4, 6, 3, 5).flatten(2, 4)
    return parts, (grid[0] // down, grid[1] // across)


def as_kernel(
    matrices: Float64[Tensor, "batch rows columns kernel_height kernel_width"],
    like: Float[Tensor, "*seeds out_channels in_channels height width"],
    stride: Pair,
) -> Float[Tensor, "*seeds out_channels in_channels height width"]:
    """Back from `as_matrices`, to the shape and dtype of a kernel."""
    parts = matrices.unflatten(2, (-1, *stride)).permute(0, 1, 2, 5, 3, 6, 4)
    whole = parts.flatten(5, 6).flatten(3, 4)[..., : like.shape[-2], : like.shape[-1]]
    return whole.reshape(like.shape).to(like.dtype)


def half_spectrum(grid: Pair) -> tuple[Int64[Tensor, "own two"], Int64[Tensor, "pairs two"]]:
    """Indices of the frequencies that are their own conjugates, and one of each pair ω, −ω.

    The matrix of a real kernel at −ω is the conjugate of that at ω, with the same singular values.
    """
    height, width = grid
    down, across = torch.arange(height)[:, None], torch.arange(width)
    place = (down * width + across).flatten()
    mirrored = ((-down % height) * width + -across % width).flatten()
    indices = torch.stack([place // width, place % width], dim=1)
    return indices[place == mirrored], indices[place < mirrored]


def over_frequencies(
    matrices: Float64[Tensor, "batch rows columns kernel_height kernel_width"],
    grid: Pair,
    work: Callable[[Chunk], Result],
) -> list[Result]:
    """What `work` makes of the kernel's matrices K̂(ω) = Σ_q K[q] e^{−2πi ω·q/grid}, in chunks.

    Only half of the spectrum is visited, `Chunk.weight` says so. A kernel has few positions q, so
    one product with the table of cos and sin costs less than the FFT of a padded kernel, gives the
    frequencies first, as is needed, and wraps a kernel larger than the grid. On the CPU, threads
    take chunks, since single blocks are too small to be shared.
    """
    positions = _positions(matrices).to(matrices.device)
    taps = matrices.permute(3, 4, 0, 1, 2).flatten(0, 1).contiguous()
    per_frequency = 16 * max(1, taps[0].numel())
    size = max(1, CHUNK_BYTES.get(matrices.device.type, 2**28) // per_frequency)

    def done(part: tuple[Tensor, int]) -> Result:
        indices, count = part
        scaled = torch.tensor(grid, device=indices.device)
        turns = (indices[:, None] * positions % scaled).double() / scaled
        phases = 2 * torch.pi * turns.sum(dim=2)
        return work(Chunk(_blocks(taps, phases, count), phases, count))

    own, pairs = (part.to(matrices.device) for part in half_spectrum(grid))
    parts = [(p, 2) for p in pairs.split(size) if len(p)] + [(p, 1) for p in own.split(size)]
    threads = min(torch.get_num_threads(), len(parts)) if matrices.device.type == "cpu" else 1
    if threads < 2:
        return [done(part) for part in parts]
    with _single_threads(), ThreadPoolExecutor(threads, initializer=_use_one_thread) as pool:
        return list(pool.map(done, parts))


def _blocks(taps: Tensor, phases: Tensor, count: int) -> Tensor:
    flat = taps.flatten(1)
    if count == 1:
        return (phases.cos() @ flat).unflatten(1, taps.shape[1:])
    real, imaginary = (torch.stack([phases.cos(), -phases.sin()]) @ flat).unbind()
    return torch.complex(real, imaginary).unflatten(1, taps.shape[1:])


def _positions(matrices: Tensor) -> Int64[Tensor, "positions two"]:
    height, width = matrices.shape[-2:]
    return torch.cartesian_prod(torch.arange(height), torch.arange(width))


@contextmanager
def _single_threads() -> Iterator[None]:
    """Numerical libraries with one thread inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    try:
        _use_one_thread()
        yield
    finally:
        torch.set_num_threads(before)


def _use_one_thread() -> None:
    torch.set_num_threads(1)


def _require_grid(grid: Pair, stride: Pair) -> None:
    if min(*grid, *stride) < 1 or grid[0] % stride[0] or grid[1] % stride[1]:
        raise SpecError(
            "A convolution on a closed grid needs a positive grid that its stride divides; got "
            f"grid {grid} and stride {stride}. Round the grid up to multiples of the stride."
        )


def _require_kernel(kernel: Tensor, groups: int) -> None:
    if groups < 1 or kernel.shape[-4] % groups or not kernel.numel():
        raise SpecError(
            "A kernel needs entries, and a number of output channels that its groups divide; got "
            f"shape {tuple(kernel.shape)} and {groups} groups. Give the layer's own groups."
        )
    broken = int((~kernel.isfinite()).sum())
    if broken:
        raise SpecError(
            f"Singular values need a finite kernel; got {broken} of {kernel.numel()} entries that "
            "are not. Measure networks that have not diverged."
        )
