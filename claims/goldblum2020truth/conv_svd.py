"""Singular values of convolutions by Fourier transform, held against explicit matrices."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from scipy import linalg
from torch import Tensor

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.linalg.convolution_singular_values import convolution_singular_values
from dltheory.randomness import stream

EPS = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Layer:
    """A convolution, by its sizes; `spread` decades lie between its largest and smallest filter."""

    outputs: int
    inputs: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    positions: tuple[int, int]  # of the output
    spread: int
    draw: int

    @property
    def grid(self) -> tuple[int, int]:
        """The size of its input."""
        return self.positions[0] * self.strides[0], self.positions[1] * self.strides[1]


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """Any channels, kernels (also larger than the map), strides and maps, square or not."""

    def pair(most: int) -> tuple[int, int]:
        return draw(st.integers(1, most)), draw(st.integers(1, most))

    return Layer(
        outputs=draw(st.integers(1, 6)),
        inputs=draw(st.integers(1, 6)),
        kernel=pair(5),
        strides=pair(3),
        positions=pair(5),
        spread=draw(st.integers(0, 8)),
        draw=draw(st.integers(0, 2**20)),
    )


def kernel_of(layer: Layer) -> Tensor:
    """Normal entries, each filter smaller than the one before."""
    size = (layer.outputs, layer.inputs, *layer.kernel)
    drawn = torch.randn(size, generator=stream(layer.draw, "data"), dtype=torch.float64)
    scales = 10.0 ** -torch.linspace(0, layer.spread, layer.outputs, dtype=torch.float64)
    return drawn * scales[:, None, None, None]


def conv_svd(seed: int, context: Context, *, examples: int = 60) -> dict[str, float]:
    """The worst disagreement that Hypothesis finds, and what the controls see on that layer.

    A gap is max |σ − σ'| in units of the rounding of two decompositions, 2·max(rows, columns)·ε·σ₁,
    with the rows and columns of the explicit matrix, and σ₁ that of the map by |K|: where a kernel
    is larger than the map its entries add up, and a sum that cancels is rounded as its terms are.
    """
    del context

    def gap(layer: Layer) -> float:
        return _gap(by_fourier(layer), dense(layer, closed=True))

    largest, layer = worst(gap, layers(), seed_value=seed, examples=examples)
    plain = Layer(4, 3, (3, 3), (1, 1), (4 + seed % 3, 5), 0, seed)
    return {
        "gap in rounding bounds": largest,
        "gap with a transform one position too short": _gap(
            by_fourier(plain, short=True), dense(plain, closed=True)
        ),
        "zero padding, relative": _relative(plain),
        "relative condition of the worst layer": _smallest(layer),
    }


def by_fourier(layer: Layer, *, short: bool = False) -> Tensor:
    """Singular values as the library finds them; on a grid that is too `short`, a fault."""
    kernel, grid = kernel_of(layer), layer.grid
    grid = (grid[0], grid[1] - 1) if short else grid
    return convolution_singular_values(kernel, grid, stride=layer.strides, accuracy=0)


def dense(layer: Layer, *, closed: bool) -> tuple[Tensor, float]:
    """Singular values of the explicit matrix, and the rounding of one decomposition of it.

    By the QR algorithm: where values coincide, as conjugate frequencies make them, divide and
    conquer may leave errors of 50·ε·σ₁, more than the bound of a small matrix.
    """
    matrix, sizes = (
        _explicit(kernel, layer, closed=closed)
        for kernel in (kernel_of(layer), kernel_of(layer).abs())
    )
    largest = float(torch.linalg.matrix_norm(sizes, 2))
    values = linalg.svd(matrix.numpy(), compute_uv=False, lapack_driver="gesvd")
    return torch.from_numpy(values), max(matrix.shape) * EPS * largest


def _explicit(kernel: Tensor, layer: Layer, *, closed: bool) -> Tensor:
    """The matrix of y[o, p] = Σ K[o, i, q] x[i, s·p + q].

    Positions outside of the map are taken from the other end if it is closed. Otherwise they are
    0, as a network pads, and the kernel is centred.
    """
    (down, across), grid = layer.strides, layer.grid
    height, width = layer.kernel
    size = (layer.outputs, *layer.positions, layer.inputs, *grid)
    matrix = torch.zeros(size, dtype=torch.float64)
    for p0 in range(layer.positions[0]):
        for p1 in range(layer.positions[1]):
            for q0 in range(height):
                for q1 in range(width):
                    x0, x1 = p0 * down + q0, p1 * across + q1
                    if closed:
                        x0, x1 = x0 % grid[0], x1 % grid[1]
                    else:
                        x0, x1 = x0 - height // 2, x1 - width // 2
                    if 0 <= x0 < grid[0] and 0 <= x1 < grid[1]:
                        matrix[:, p0, p1, :, x0, x1] += kernel[:, :, q0, q1]
    return matrix.flatten(0, 2).flatten(1)


def _gap(found: Tensor, explicit: tuple[Tensor, float]) -> float:
    expected, rounding = explicit
    count = max(len(found), len(expected))
    one, other = (torch.nn.functional.pad(v, (0, count - len(v))) for v in (found, expected))
    return float((one - other).abs().max() / (2 * rounding))


def _relative(layer: Layer) -> float:
    """Largest difference that zero padding makes to a singular value, over σ₁."""
    padded, _ = dense(layer, closed=False)
    found = by_fourier(layer)
    return float((found - padded).abs().max() / found[0])


def _smallest(layer: Layer) -> float:
    values = by_fourier(layer)
    return float(values[-1] / values[0])
