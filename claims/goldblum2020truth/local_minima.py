"""The calculations behind the claims on local minima (§2, A.1–A.2), in float64.

Each function takes a seed and a context and returns named numbers; claim files name them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.models.affine_mlp import affine_mlp, relative_gap, rounding_bound, rounding_errors
from dltheory.models.mlp import hidden_layers
from dltheory.randomness import stream

Affine = tuple[Tensor, Tensor]
Result = dict[str, float]


# ── Lemma 1 ───────────────────────────────────────────────────────────────────────────────────────


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
        return _gap(model, affine, points)

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
        "gap in rounding bounds": _gap(model, affine, images),
        "hidden inputs above 1, in rounding units": _open_by(model, images),
        **_controls(affine, images, classes, hidden),
    }


def _gap(model: nn.Sequential, affine: Affine, points: Tensor) -> float:
    bound = rounding_bound(model, *affine, on=points)
    return relative_gap(model, *affine, on=points) / bound


def _open_by(model: nn.Sequential, points: Tensor) -> float:
    """Smallest (hidden input − 1) / (what rounding can move that input by)."""
    with torch.no_grad():
        inputs = hidden_layers(model, points)
    errors = rounding_errors(model, points)[:-1]
    return min(float(((z - 1) / e).min()) for z, e in zip(inputs, errors, strict=True))


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
        "gap with closed ReLUs": relative_gap(closed, *affine, on=points),
        "lowest hidden input with a low offset": float(
            min(z.min() for z in hidden_layers(closed, points)).detach()
        ),
    }


def _first_map(weight: Tensor, rank: int) -> Tensor:
    _, S, Vh = torch.linalg.svd(weight, full_matrices=False)
    return S[:rank, None] * Vh[:rank]


# ── symmetry ──────────────────────────────────────────────────────────────────────────────────────


def symmetry(seed: int, context: Context, *, examples: int = 40) -> Result:
    """How far scaling, permuting and rotating hidden units moves F on the data, at worst."""
    del context

    def gap(shape: Shape) -> float:
        affine, points = world(shape)
        model = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
        transform(model, points, shape.draw)
        return _gap(model, affine, points)

    largest, shape = worst(gap, shapes(), seed_value=seed, examples=examples)
    affine, points = world(shape)
    moved = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
    distance = transform(moved, points, shape.draw)
    closing = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
    rotate(closing, points, shape.draw, keep_open=False)
    return {
        "gap in rounding bounds": largest,
        "distance moved in parameters": distance,
        "gap when a ReLU closes": relative_gap(closing, *affine, on=points),
    }


def transform(model: nn.Sequential, points: Tensor, seed: int) -> float:
    """Rotate, permute and scale the hidden units in place; the distance moved, relative to φ."""
    before = torch.cat([p.detach().flatten() for p in model.parameters()])
    rotate(model, points, seed, keep_open=True)
    generator = stream(seed, "probe/symmetry")
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, following in pairwise(linears):
            order = torch.randperm(layer.out_features, generator=generator)
            scale = torch.rand(layer.out_features, generator=generator).double() + 0.5
            layer.weight.copy_(layer.weight[order] * scale[:, None])
            layer.bias.copy_(layer.bias[order] * scale)
            following.weight.copy_(following.weight[:, order] / scale)
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    return float((after - before).norm() / before.norm())


def rotate(model: nn.Sequential, points: Tensor, seed: int, *, keep_open: bool) -> None:
    """Rotate the first hidden layer by a random orthogonal Q, in place.

    z ↦ Q z + c′ 1 with c′ large enough to keep every unit open on the points, taken back by the
    next layer. With keep_open=False c′ is too small on purpose, and some ReLUs close.
    """
    first, second = [layer for layer in model if isinstance(layer, nn.Linear)][:2]
    units = first.out_features
    gaussian = torch.randn(units, units, generator=stream(seed, "probe/rotation")).double()
    Q, _ = torch.linalg.qr(gaussian)
    with torch.no_grad():
        rotated = (points @ first.weight.T + first.bias) @ Q.T
        reach = float(rotated.abs().max())
        shift = reach + 1 if keep_open else float(-rotated.max()) - 1
        first.weight.copy_(Q @ first.weight)
        first.bias.copy_(Q @ first.bias + shift)
        back = second.weight @ Q.T
        second.bias.sub_(back.sum(dim=1) * shift)
        second.weight.copy_(back)


# ── the ceiling on cross-entropy ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Layer:
    """A random last layer: sizes, and the scales of features and weights."""

    points: int
    features: int
    classes: int
    log_features: int
    log_weights: int
    draw: int


LAYERS = st.builds(
    Layer,
    points=st.integers(1, 50),
    features=st.integers(1, 20),
    classes=st.integers(2, 12),
    log_features=st.integers(-2, 2),
    log_weights=st.integers(-10, 3),
    draw=st.integers(0, 2**20),
)


def ce_ceiling(seed: int, context: Context, *, examples: int = 60) -> Result:
    """The least room under ln C, at any last layer and at stationary ones; and without either."""
    del context

    def excess(layer: Layer) -> float:
        loss, inner, rounding = _loss_and_slope(layer, _weights(layer))
        return (loss - inner - math.log(layer.classes)) / rounding

    largest, layer = worst(excess, LAYERS, seed_value=seed, examples=examples)
    fitted, slope, _ = _loss_and_slope(layer, _minimised(layer))
    far = 10 * _weights(layer) / _weights(layer).abs().max()
    anywhere, _, _ = _loss_and_slope(layer, far)
    dead, gradient_of_first = _dead_network(layer)
    ceiling = math.log(layer.classes)
    return {
        "excess in rounding units": largest,
        "excess where the last layer is stationary": fitted - ceiling - max(slope, 0.0),
        "excess at an arbitrary last layer": anywhere - ceiling,
        "excess where only the first layer is stationary": dead - ceiling,
        "gradient of that first layer": gradient_of_first,
    }


def _features(layer: Layer) -> tuple[Tensor, Tensor]:
    generator = stream(layer.draw, "data")
    h = torch.randn(layer.points, layer.features, generator=generator, dtype=torch.float64)
    y = torch.randint(layer.classes, (layer.points,), generator=generator)
    ones = torch.ones(layer.points, 1, dtype=torch.float64)
    return torch.cat([10.0**layer.log_features * h, ones], dim=1), y


def _weights(layer: Layer) -> Tensor:
    generator = stream(layer.draw, "init")
    draw = torch.randn(layer.classes, layer.features + 1, generator=generator)
    return 10.0**layer.log_weights * draw.double()


def _loss_and_slope(layer: Layer, weight: Tensor) -> tuple[float, float, float]:
    """L(W), ⟨∇L(W), W⟩ and what rounding can make of their difference.

    The last column of W is the bias. With s_nc = |h_n|·|W_c| (inner products of absolute values),
    a logit is known to (d + 1) ε s_nc, the loss and the slope weigh logits by at most 1 and
    |p − y|, and sums over N points, d features and C classes add their own roundings:

        (N + d + C) ε (ln C + L + mean_n max_c s_nc + mean_n Σ_c |p_nc − y_nc| s_nc).
    """
    h, y = _features(layer)
    weight = weight.clone().requires_grad_()
    logits = h @ weight.T
    loss = functional.cross_entropy(logits, y)
    (gradient,) = torch.autograd.grad(loss, weight)
    with torch.no_grad():
        sizes = h.abs() @ weight.abs().T
        away = (logits.softmax(dim=1) - functional.one_hot(y, layer.classes)).abs()
        total = math.log(layer.classes) + loss + sizes.max(dim=1).values.mean()
        total = total + (away * sizes).sum(dim=1).mean()
        terms = len(h) + h.shape[1] + layer.classes
        rounding = float(terms * torch.finfo(h.dtype).eps * total)
        return float(loss), float((gradient * weight).sum()), rounding


def _minimised(layer: Layer) -> Tensor:
    h, y = _features(layer)
    weight = torch.zeros(layer.classes, layer.features + 1, dtype=torch.float64)
    return minimise(lambda w: functional.cross_entropy(h @ w.T, y), weight, steps=100)


def _dead_network(layer: Layer) -> tuple[float, float]:
    """Loss of a network whose ReLUs are all closed, and the gradient norm of its first layer."""
    h, y = _features(layer)
    first = torch.full((5, h.shape[1]), 0.0, dtype=torch.float64)
    first[:, -1] = -1.0
    first.requires_grad_()
    output = 10.0 * _weights(layer)[:, :1] / (10.0**layer.log_weights)
    logits = functional.relu(h @ first.T) @ torch.ones(5, layer.classes).double() + output.T
    loss = functional.cross_entropy(logits, (y * 0) + int(output.argmin()))
    (gradient,) = torch.autograd.grad(loss, first)
    return float(loss.detach()), float(gradient.norm())


def minimise(
    loss: Callable[[Tensor], Tensor], start: Tensor, *, steps: int, tolerance: float = 1e-12
) -> Tensor:
    """Where L-BFGS ends from this start: a stationary point of a smooth convex function."""
    x = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [x],
        max_iter=steps,
        max_eval=3 * steps,
        history_size=20,
        tolerance_grad=tolerance,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(x)
        value.backward()
        return value

    optimiser.step(closure)  # type: ignore[arg-type]
    return x.detach()
