"""The construction of Lemma 1 against rounding (§2, A.1), in float64.

`lemma_1` and `lemma_1_on` take a seed and a context and return named numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from dltheory.data import DataSpec
from dltheory.errors import SpecError
from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.models.affine_mlp import affine_mlp, relative_gap, rounding_bound, rounding_errors
from dltheory.models.mlp import hidden_layers
from dltheory.randomness import stream

Affine = tuple[Tensor, Tensor]
Result = dict[str, float]


@dataclass(frozen=True)
class Shape:
    """A world for Lemma 1: sizes, and the scale of the data and of the map."""

    inputs: int
    outputs: int
    rank: int
    hidden: tuple[int, ...]
    points: int
    log_scale: int
    draw: int


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Any rank, depth, widths, number of points and scale; every layer has room for the rank."""
    inputs, outputs = draw(st.integers(1, 40)), draw(st.integers(1, 12))
    rank = draw(st.integers(1, min(inputs, outputs)))
    hidden = draw(st.lists(st.integers(rank, rank + 30), min_size=1, max_size=6))
    return Shape(
        inputs=inputs,
        outputs=outputs,
        rank=rank,
        hidden=tuple(hidden),
        points=draw(st.integers(1, 60)),
        log_scale=draw(st.integers(-3, 3)),
        draw=draw(st.integers(0, 2**20)),
    )


def world(shape: Shape) -> tuple[Affine, Tensor]:
    """A random affine map of the shape's rank, and points to hold it against."""
    generator = stream(shape.draw, "data")

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    weight = normal(shape.outputs, shape.rank) @ normal(shape.rank, shape.inputs)
    points = 10.0**shape.log_scale * normal(shape.points, shape.inputs)
    return (weight, normal(shape.outputs)), points


def lemma_1(seed: int, context: Context, *, examples: int = 40) -> Result:
    """The worst of many random worlds, looked for by Hypothesis, and what the controls see."""
    del context

    def gap_in_rounding_bounds(shape: Shape) -> float:
        affine, points = world(shape)
        model = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
        return gap_in_bounds(model, affine, points)

    def lowest_hidden_input(shape: Shape) -> float:
        affine, points = world(shape)
        model = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
        return -_open_by(model, points)

    gap, shape = worst(gap_in_rounding_bounds, shapes(), seed_value=seed, examples=examples)
    lowest, _ = worst(lowest_hidden_input, shapes(), seed_value=seed, examples=examples)
    affine, points = world(shape)
    return {
        "gap in rounding bounds": gap,
        "hidden inputs above 1, in rounding units": -lowest,
        **_controls(affine, points, shape.rank, shape.hidden),
    }


def lemma_1_on(
    seed: int, context: Context, *, data: DataSpec, hidden: tuple[int, ...], points: int
) -> Result:
    """Lemma 1 on images of a real data set, with a random map of full rank."""
    train = context.load(data).train
    chosen = torch.randperm(len(train), generator=stream(seed, "data"))[:points]
    images = train.images[chosen].flatten(1).double()
    generator = stream(seed, "init")
    classes, inputs = data.classes, images.shape[1]
    weight = torch.randn(classes, inputs, generator=generator, dtype=torch.float64)
    affine = (weight / math.sqrt(inputs), torch.randn(classes, generator=generator).double())
    model = affine_mlp(*affine, on=images, hidden=hidden, rank=classes)
    return {
        "gap in rounding bounds": gap_in_bounds(model, affine, images),
        "hidden inputs above 1, in rounding units": _open_by(model, images),
        **_controls(affine, images, classes, hidden),
    }


def gap_in_bounds(model: nn.Sequential, affine: Affine, points: Tensor) -> float:
    """max |F − G| / max |G| over the points, in units of what rounding can make of it."""
    bound = rounding_bound(model, *affine, on=points)
    return relative_gap(model, *affine, on=points) / bound


def _open_by(model: nn.Sequential, points: Tensor) -> float:
    """Smallest (hidden input − 1) / (what rounding can move that input by)."""
    with torch.no_grad():
        inputs = hidden_layers(model, points)
    errors = rounding_errors(model, points)[:-1]
    return min(float(((z - 1) / e).min()) for z, e in zip(inputs, errors, strict=True))


def _narrow_is_refused(affine: Affine, points: Tensor, rank: int) -> bool:
    try:
        affine_mlp(*affine, on=points, hidden=(rank, rank - 1, rank), rank=rank)
    except SpecError:
        return True
    return False


def _controls(affine: Affine, points: Tensor, rank: int, hidden: tuple[int, ...]) -> Result:
    """Far from the points F is not affine; a lower rank cannot fit; a low offset closes ReLUs."""
    weight, _ = affine
    model = affine_mlp(*affine, on=points, hidden=hidden, rank=rank)
    spread = float((points @ _first_map(weight, rank).T).abs().max())
    closed = affine_mlp(*affine, on=points, hidden=hidden, rank=rank, offset=-0.9 * spread)
    singular = torch.linalg.svdvals(weight)
    return {
        "gap far from the data": relative_gap(model, *affine, on=-1e6 * points),
        "best fit of one rank less": float(singular[rank - 1] / singular[0]),
        "narrower layer refused": float(_narrow_is_refused(affine, points, rank)),
        "gap with closed ReLUs": relative_gap(closed, *affine, on=points),
        "lowest hidden input over c": _lowest_over_c(model, points),
        "lowest hidden input with a low offset": float(
            min(z.min() for z in hidden_layers(closed, points)).detach()
        ),
    }


def _lowest_over_c(model: nn.Sequential, points: Tensor) -> float:
    """The lowest hidden input over c, the constant in the biases of the first layer."""
    first = next(layer for layer in model if isinstance(layer, nn.Linear))
    with torch.no_grad():
        lowest = min(float(z.min()) for z in hidden_layers(model, points))
    return lowest / float(first.bias.detach().max())


def _first_map(weight: Tensor, rank: int) -> Tensor:
    _, S, Vh = torch.linalg.svd(weight, full_matrices=False)
    return S[:rank, None] * Vh[:rank]
