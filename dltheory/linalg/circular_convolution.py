"""Circular convolutions, which the Fourier transform splits into one small matrix per frequency.

A convolution with kernel K and stride s on an h×w grid of positions p is
(K ∗ x)[p] = Σ_q K[q] x[s p + q], with indices modulo the grid size. It maps in_channels·h·w numbers
to out_channels·h·w/s² numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import torch
from jaxtyping import Float, Float64, Inexact, Int64
from torch import Tensor

from dltheory.errors import SpecError

Pair = tuple[int, int]
Item = TypeVar("Item")
Result = TypeVar("Result")
# The size of the matrices of one chunk of frequencies: a core's cache, or enough to fill a GPU.
CHUNK_BYTES = {"cpu": 2**21, "cuda": 2**28}  # what stays in a core's cache; what fills a GPU


class Taps(NamedTuple):
    """A convolution with stride 1 as matrices K[q] at positions q.

    The axis `batch` has one entry per seed and group.
    """

    matrices: Float64[Tensor, "taps batch rows columns"]
    positions: Int64[Tensor, "taps two"]


class Frequencies(NamedTuple):
    """Some frequencies ω = 2π·indices/grid with equal weight.

    The matrix of a real kernel at −ω is the conjugate of that at ω and has the same singular
    values. Therefore one of the two represents both and has weight 2. A frequency with −ω = ω
    (modulo 2π) has weight 1, and its matrix is real.
    """

    indices: Int64[Tensor, "frequencies two"]
    weight: int


def as_taps(
    kernel: Float[Tensor, "*seeds out_channels in_channels height width"],
    grid: Pair,
    stride: Pair,
    groups: int,
) -> tuple[Taps, Pair]:
    """An equivalent convolution with stride 1, and its grid.

    For each of the s² remainders a, position s t + a of an input channel becomes position t of a
    new channel, and K[s t + a] becomes K_a[t]. This only renumbers the inputs, so singular values
    do not change. The matrices have out_channels/groups rows and in_channels·s² columns. SpecError
    is raised if the stride does not divide the grid, the groups do not divide the output channels,
    or the kernel is empty or not finite.
    """
    _require_grid(grid, stride)
    _require_kernel(kernel, groups)
    kernel = kernel.detach().double()
    kernel = kernel.reshape(-1, kernel.shape[-4] // groups, *kernel.shape[-3:])
    (down, across), (height, width) = stride, kernel.shape[-2:]
    kernel = torch.nn.functional.pad(kernel, (0, -width % across, 0, -height % down))
    split = kernel.unflatten(4, (-1, across)).unflatten(3, (-1, down))
    parts = split.permute(3, 5, 0, 1, 2, 4, 6).flatten(4, 6)
    positions = torch.cartesian_prod(
        *(torch.arange(n, device=kernel.device) for n in parts.shape[:2])
    )
    return Taps(parts.flatten(0, 1).contiguous(), positions), (grid[0] // down, grid[1] // across)


def as_kernel(
    matrices: Float64[Tensor, "taps batch rows columns"],
    like: Float[Tensor, "*seeds out_channels in_channels height width"],
    stride: Pair,
) -> Float[Tensor, "*seeds out_channels in_channels height width"]:
    """The kernel from the matrices of `as_taps`, in the shape and dtype of `like`."""
    height = -(-like.shape[-2] // stride[0])
    parts = matrices.unflatten(3, (-1, *stride)).unflatten(0, (height, -1))
    whole = parts.permute(2, 3, 4, 0, 5, 1, 6).flatten(5, 6).flatten(3, 4)
    return whole[..., : like.shape[-2], : like.shape[-1]].reshape(like.shape).to(like.dtype)


def gram_taps(taps: Taps) -> Taps:
    """The taps A[d] = Σ_q K[q + d] K[q]ᵀ, whose transform at ω is the Gram matrix K̂(ω) K̂(ω)*.

    K̂(ω) is the transform of the taps K, and * is the conjugate transpose.
    """
    pairs: dict[Pair, list[Pair]] = defaultdict(list)
    places = [(int(down), int(across)) for down, across in taps.positions]
    for one, p in enumerate(places):
        for other, q in enumerate(places):
            pairs[p[0] - q[0], p[1] - q[1]].append((one, other))
    sums = {}
    for lag, found in pairs.items():
        if lag >= (0, 0):  # the others are their transposes
            ones, others = zip(*found, strict=True)
            left, right = (torch.cat([*taps.matrices[list(n)]], dim=-1) for n in (ones, others))
            sums[lag] = left @ right.mT
    matrices = [sums[d] if d >= (0, 0) else sums[-d[0], -d[1]].mT for d in pairs]
    return Taps(torch.stack(matrices), taps.positions.new_tensor(list(pairs)))


def half_spectrum(grid: Pair, taps: Taps) -> list[Frequencies]:
    """One frequency of each pair ω, −ω, and the frequencies with −ω = ω, in chunks."""
    height, width = grid
    device = taps.matrices.device
    down = torch.arange(height, device=device)[:, None]
    across = torch.arange(width, device=device)
    place = (down * width + across).flatten()
    mirrored = ((-down % height) * width + -across % width).flatten()
    indices = torch.stack([place // width, place % width], dim=1)
    bytes_each = 16 * max(1, taps.matrices[0].numel())
    size = max(1, CHUNK_BYTES.get(device.type, 2**28) // bytes_each)
    kinds = ((indices[place < mirrored], 2), (indices[place == mirrored], 1))
    return [Frequencies(part, w) for kind, w in kinds for part in kind.split(size) if len(part)]


def phases(taps: Taps, grid: Pair, at: Frequencies) -> Float64[Tensor, "frequencies taps"]:
    """The angles ω·q for every frequency ω and tap position q, reduced modulo 2π exactly."""
    size = taps.positions.new_tensor(grid)
    turns = (at.indices[:, None] * taps.positions % size).double() / size
    return 2 * torch.pi * turns.sum(dim=2)


def transform(
    taps: Taps, grid: Pair, at: Frequencies
) -> Inexact[Tensor, "frequencies batch rows columns"]:
    """The discrete Fourier transform K̂(ω) = Σ_q K[q] e^{−iω·q} at these frequencies.

    With few taps, one product with a table of cosines and sines is faster than an FFT of the padded
    kernel. It also gives frequencies on the first axis, and is correct for a kernel that is larger
    than its grid.
    """
    angles, flat = phases(taps, grid, at), taps.matrices.flatten(1)
    if at.weight == 1:
        return (angles.cos() @ flat).unflatten(1, taps.matrices.shape[1:])
    real, imaginary = (torch.stack([angles.cos(), -angles.sin()]) @ flat).unbind()
    return torch.complex(real, imaginary).unflatten(1, taps.matrices.shape[1:])


def in_parallel(
    work: Callable[[Item], Result], items: Sequence[Item], device: torch.device
) -> list[Result]:
    """The results of `work` for all items; on a CPU each thread processes whole items.

    The matrices of one item are too small to be divided between threads.
    """
    threads = min(torch.get_num_threads(), len(items)) if device.type == "cpu" else 1
    if threads < 2:
        return [work(item) for item in items]
    with _single_threads(), ThreadPoolExecutor(threads, initializer=_use_one_thread) as pool:
        return list(pool.map(work, items))


@contextmanager
def _single_threads() -> Iterator[None]:
    """A context in which torch uses one thread; the number of threads is restored at the end."""
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
