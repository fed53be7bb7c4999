"""Singular values of convolutions: conjugate symmetry and Gram matrices against the NumPy method.

The peer is the method of Sedghi, Gupta and Long 2019 (The singular values of convolutional
layers), written from its formula: `svd(fft2(kernel, shape, axes=[0, 1]), compute_uv=False)`. With
strides the same with folded frequencies. The shapes are those of the ResNet-18 of
goldblum2020truth on 32×32 images; a kernel of half rank is the worst case, since every frequency
is decomposed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.harness import Row, compare, options, relative_error, write
from dltheory.linalg.convolution_singular_values import convolution_singular_values
from dltheory.linalg.rank_projection import rank_max
from dltheory.randomness import stream

NAME = "convolution_singular_values"
PEER = "NumPy, Sedghi, Gupta and Long 2019"
SHAPES = ((64, 64, 32, 1), (128, 128, 16, 1), (256, 256, 8, 1), (512, 512, 4, 1), (128, 64, 32, 2))
ALLOWED = 1e-9  # the accuracy that the function promises


def kernel(outputs: int, inputs: int, *, rank: int | None = None) -> Tensor:
    """A 3×3 kernel as initialised (He), or one whose outputs depend on `rank` combinations."""
    generator = stream(0, f"probe/{NAME}")
    shape = (rank or outputs, inputs, 3, 3)
    drawn = torch.randn(shape, generator=generator, dtype=torch.float64) * (2 / (9 * inputs)) ** 0.5
    if rank is None:
        return drawn
    mixing = torch.randn(outputs, rank, generator=generator, dtype=torch.float64) / rank**0.5
    return torch.einsum("or,rikl->oikl", mixing, drawn)


def published(weight: NDArray[np.float64], n: int, stride: int) -> NDArray[np.float64]:
    """All singular values; the kernel's axes are (height, width, outputs, inputs)."""
    transforms = np.fft.fft2(weight, (n, n), axes=[0, 1])
    if stride > 1:
        coarse = n // stride
        parts = transforms.reshape(stride, coarse, stride, coarse, *weight.shape[2:])
        parts = parts.transpose(1, 3, 4, 0, 2, 5) / stride
        transforms = parts.reshape(coarse, coarse, weight.shape[2], -1)
    return np.linalg.svd(transforms, compute_uv=False)


def published_clip(weight: NDArray[np.float64], n: int, largest: float) -> NDArray[np.float64]:
    """The kernel with clipped singular values, cropped."""
    transforms = np.fft.fft2(weight, (n, n), axes=[0, 1])
    u, values, vh = np.linalg.svd(transforms, full_matrices=False)
    clipped = np.matmul(u, np.minimum(values, largest)[..., None] * vh)
    return np.fft.ifft2(clipped, axes=[0, 1]).real[: weight.shape[0], : weight.shape[1]]


def spatial_first(weight: Tensor) -> NDArray[np.float64]:
    """The layout of the published method."""
    return np.ascontiguousarray(weight.permute(2, 3, 0, 1).numpy())


def checked(found: Tensor, reference: NDArray[np.float64]) -> float:
    """Our error; stops where it is more than the function promises."""
    error = relative_error(found, torch.from_numpy(np.ascontiguousarray(reference)))
    if not error <= ALLOWED:
        raise SystemExit(f"{NAME}: error {error:.1e} is above {ALLOWED:.0e}; nothing was timed.")
    return error


def singular_values(
    case: str, weight: Tensor, n: int, stride: int, *, rounds: int, device: str
) -> list[Row]:
    """One comparison of all singular values."""
    there, grid, strides = weight.to(device), (n, n), (stride, stride)
    ours = partial(convolution_singular_values, there, grid, stride=strides)
    peer = partial(published, spatial_first(weight), n, stride)
    error = checked(ours(), np.sort(peer().ravel())[::-1])
    return compare(NAME, case, ours, {PEER: peer}, error=error, rounds=rounds, device=device)


def clipping(weight: Tensor, n: int, *, rounds: int, device: str) -> list[Row]:
    """Clipped singular values with cropping; ours also reports what cropping undid."""
    there = weight.to(device)
    ours = partial(rank_max, there, (n, n), largest=1.0)
    peer: Callable[[], NDArray[np.float64]] = partial(published_clip, spatial_first(weight), n, 1.0)
    error = checked(ours().kernel, peer().transpose(2, 3, 0, 1))
    return compare(
        NAME,
        f"clip {weight.shape[0]} channels, {n}×{n}",
        ours,
        {PEER: peer},
        error=error,
        rounds=rounds,
        device=device,
    )


def main() -> None:
    """Compare, print the table and write it."""
    chosen = options(__doc__.split("\n")[0])
    run = {"rounds": chosen.rounds, "device": chosen.device}
    rows = []
    for outputs, inputs, n, stride in SHAPES:
        channels = f"{outputs} channels" if outputs == inputs else f"{inputs} → {outputs} channels"
        case = f"{channels}, {n}×{n}" + (f", stride {stride}" if stride > 1 else "")
        rows += singular_values(case, kernel(outputs, inputs), n, stride, **run)
    rows += singular_values("64 channels, 32×32, rank 32", kernel(64, 64, rank=32), 32, 1, **run)
    rows += clipping(kernel(64, 64), 32, rounds=min(3, chosen.rounds), device=chosen.device)
    print(write(NAME, rows, chosen.out))


if __name__ == "__main__":
    main()
