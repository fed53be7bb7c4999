"""The algebra behind the paper (eq. 1, 7 and appendix A), in float64, on worlds chosen to be bad.

Each function takes a seed and a context and returns named numbers; claim files name them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.probes._homogeneous import normalised_by_layer
from dltheory.randomness import stream

Result = dict[str, float]
EPSILON = torch.finfo(torch.float64).eps

# ── F = ρ F̃ ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Shape:
    """A ReLU net with a bias in its first layer alone, the norm of its layers, and points."""

    widths: tuple[int, ...]  # inputs, hidden units, classes
    log_scale: int
    p: float
    unit: float
    points: int
    draw: int


SHAPES = st.builds(
    Shape,
    widths=st.lists(st.integers(2, 20), min_size=2, max_size=6).map(tuple),
    log_scale=st.integers(-3, 3),
    p=st.sampled_from([1.0, 2.0, 3.0, math.inf]),
    unit=st.sampled_from([1.0, 100.0]),
    points=st.integers(1, 30),
    draw=st.integers(0, 2**20),
)


def homogeneity(seed: int, context: Context, *, examples: int = 30) -> Result:
    """How far ρ F̃ is from F, and by how much F̃ can prefer another class than F, at worst."""
    del context

    def gap(shape: Shape) -> float:
        model, x = _net(shape), _points(shape)
        outputs, same = _both(model, shape, x)
        return float(((outputs - same).abs() / _rounding(model, x)).max())

    def preference(shape: Shape) -> float:
        model, x = _net(shape), _points(shape)
        outputs, same = _both(model, shape, x)
        chosen = outputs.argmax(dim=1, keepdim=True)
        ahead = same.amax(dim=1, keepdim=True) - same.gather(1, chosen)
        return float((ahead / _rounding(model, x).amax(dim=1, keepdim=True)).max())

    largest, _ = worst(gap, SHAPES, seed_value=seed, examples=examples)
    changed, _ = worst(preference, SHAPES, seed_value=seed, examples=examples)
    biased, reclassified = _with_hidden_biases(seed)
    return {
        "gap in rounding bounds": largest,
        "preference for another class in rounding bounds": changed,
        "relative gap with hidden biases": biased,
        "share classified otherwise with hidden biases": reclassified,
    }


def _net(shape: Shape, *, hidden_biases: bool = False) -> nn.Sequential:
    generator = stream(shape.draw, "init")
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(pairwise(shape.widths)):
        layer = nn.Linear(inputs, outputs, bias=place == 0 or hidden_biases, dtype=torch.float64)
        with torch.no_grad():
            for parameter in layer.parameters():
                draw = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.copy_(10.0**shape.log_scale * draw)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _points(shape: Shape) -> Tensor:
    generator = stream(shape.draw, "data")
    return torch.randn(shape.points, shape.widths[0], generator=generator, dtype=torch.float64)


@torch.no_grad()
def _both(model: nn.Sequential, shape: Shape, x: Tensor) -> tuple[Tensor, Tensor]:
    """F(x) and ρ F̃(x)."""
    normalised = normalised_by_layer(model, p=shape.p, unit=shape.unit)
    return model(x), normalised.norms.prod() * normalised.network(x)


@torch.no_grad()
def _rounding(model: nn.Sequential, x: Tensor) -> Tensor:
    """What rounding can move an output by: (Σ_l (n_l + 4)) ε Π_l |W_l| (|x|, 1), twice.

    A sum over n_l inputs and a bias is known to (n_l + 1) ε times the sum of sizes; dividing the
    layer, and multiplying by its norm again, add three more roundings. Once for F, once for ρ F̃.
    """
    sizes, terms = x.abs(), 0
    for layer in model:
        if isinstance(layer, nn.Linear):
            bias = 0.0 if layer.bias is None else layer.bias.abs()
            sizes = sizes @ layer.weight.abs().T + bias
            terms += layer.in_features + 4
    return 2 * terms * EPSILON * sizes


@torch.no_grad()
def _with_hidden_biases(seed: int) -> tuple[float, float]:
    """The same division where hidden layers have biases: the gap, and how many change class."""
    shape = Shape((10, 30, 30, 10), 0, 2.0, 1.0, 500, seed)
    model, x = _net(shape, hidden_biases=True), _points(shape)
    outputs, product = model(x), 1.0
    for layer in model:
        if isinstance(layer, nn.Linear):
            norm = float(torch.cat([p.flatten() for p in layer.parameters()]).norm())
            product *= norm
            for parameter in layer.parameters():
                parameter /= norm
    same = product * model(x)
    gap = float((outputs - same).norm() / outputs.norm())
    return gap, float((outputs.argmax(dim=1) != same.argmax(dim=1)).double().mean())


# ── softmax and scale ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outputs:
    """Random outputs: of how many points and classes, and how large."""

    points: int
    classes: int
    log_scale: int
    draw: int


OUTPUTS = st.builds(
    Outputs,
    points=st.integers(1, 40),
    classes=st.integers(2, 12),
    log_scale=st.integers(-6, 1),
    draw=st.integers(0, 2**20),
)
FACTOR = 1.1  # from one ρ to the next
REACH = 30.0  # largest lead after the last factor: e^−30 is far above rounding of a loss near 0


def softmax(seed: int, context: Context, *, examples: int = 30) -> Result:
    """Two-class cross-entropy against ln(1 + e^−yf), and the fall of the loss along ρ, at worst."""
    del context

    def gap(world: Outputs) -> float:
        return _gap(world, halves=0.5)

    def rise(world: Outputs) -> float:
        return -_smallest_fall(*_separated(world))

    largest, _ = worst(gap, OUTPUTS, seed_value=seed, examples=examples)
    highest, _ = worst(rise, OUTPUTS, seed_value=seed, examples=examples)
    leads, labels = _separated(Outputs(10, 5, 0, seed))
    labels[0] = leads[0].argmin()
    return {
        "gap in rounding units": largest,
        "smallest relative fall": -highest,
        "smallest relative fall where one point is wrong": _smallest_fall(leads, labels),
        "gap with outputs −f and f": _gap(Outputs(20, 2, 0, seed), halves=1.0),
    }


def _gap(world: Outputs, *, halves: float) -> float:
    """Cross-entropy of the two outputs ∓f · halves against the logistic loss of f."""
    generator = stream(world.draw, "data")
    f = 10.0**world.log_scale * torch.randn(world.points, generator=generator).double()
    y = torch.randint(2, (world.points,), generator=generator)
    outputs = torch.stack([-halves * f, halves * f], dim=1)
    both = functional.cross_entropy(outputs, y, reduction="none")
    logistic = torch.log1p(torch.exp(-(2 * y - 1) * f))
    return float(((both - logistic).abs() / (8 * EPSILON * (1 + f.abs() + logistic))).max())


def _separated(world: Outputs) -> tuple[Tensor, Tensor]:
    """Outputs whose labels are their largest, by a tenth of the scale at least."""
    generator = stream(world.draw, "data")
    outputs = torch.randn(world.points, world.classes, generator=generator, dtype=torch.float64)
    labels = outputs.argmax(dim=1)
    outputs[torch.arange(world.points), labels] += 0.1
    return 10.0**world.log_scale * outputs, labels


def _smallest_fall(outputs: Tensor, labels: Tensor) -> float:
    """The least (L(ρ) − L(ρ′))/L(ρ) from one ρ to the next, ρ′ = 1.1 ρ, until e^−30."""
    spread = float((outputs.amax(dim=1) - outputs.amin(dim=1)).max())
    steps = max(1, math.floor(math.log(max(REACH / spread, FACTOR)) / math.log(FACTOR)))
    losses = [
        float(functional.cross_entropy(FACTOR**k * outputs, labels)) for k in range(steps + 1)
    ]
    return min((a - b) / a for a, b in pairwise(losses))
