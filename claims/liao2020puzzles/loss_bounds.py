"""What §1, eq. 4 and eq. 9 say of losses and classes of nets, computed on worlds chosen to be bad.

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
MARGINS = st.floats(-40.0, 40.0)

# ── the logistic loss and the classification error ────────────────────────────────────────────────


def logistic_and_error(seed: int, context: Context, *, examples: int = 60) -> Result:
    """The least loss − error at one margin y f, with ln and with log₂: negative is no upper bound.

    The loss is ln(1 + e^(−y f)), the error H(−y f), 1 where −y f > 0.
    """
    del context

    def short(margin: float) -> float:
        return float(margin < 0) - _logistic(margin)

    def short_in_bits(margin: float) -> float:
        return float(margin < 0) - _logistic(margin) / math.log(2)

    natural, at = worst(short, MARGINS, seed_value=seed, examples=examples)
    bits, _ = worst(short_in_bits, MARGINS, seed_value=seed, examples=examples)
    return {
        "least loss − error": -natural,
        "at the margin": at,
        "least loss − error in bits": -bits,
    }


def _logistic(margin: float) -> float:
    """ln(1 + e^(−margin)), without overflow."""
    return max(0.0, -margin) + math.log1p(math.exp(-abs(margin)))


# ── the softmax as printed ────────────────────────────────────────────────────────────────────────


def printed_softmax(seed: int, context: Context) -> Result:
    """How the loss changes as every margin doubles, by eq. 9 as printed and with the other sign.

    Margins f_y − max f_j are positive at all points. Numbers are the relative fall of the loss.
    """
    del context
    generator = stream(seed, "data")
    outputs = torch.randn(40, 5, generator=generator, dtype=torch.float64)
    labels = outputs.argmax(dim=1)

    def fall(sign: float) -> float:
        before, after = (
            float(functional.cross_entropy(sign * scale * outputs, labels)) for scale in (1.0, 2.0)
        )
        return (before - after) / before

    return {"fall as printed": fall(-1.0), "fall with the sign of eq. 11": fall(1.0)}


# ── the Rademacher complexity of scaled nets ──────────────────────────────────────────────────────

NETS, SIGNS = 10, 20


@dataclass(frozen=True)
class Scaled:
    """Classes of nets of one shape, and by what their layers are scaled."""

    widths: tuple[int, ...]
    log_factors: tuple[float, ...]
    points: int
    draw: int


SCALED = st.integers(2, 4).flatmap(
    lambda depth: st.builds(
        Scaled,
        widths=st.lists(st.integers(2, 12), min_size=depth, max_size=depth).map(tuple),
        log_factors=st.lists(st.floats(-2, 2), min_size=depth, max_size=depth).map(tuple),
        points=st.integers(1, 30),
        draw=st.integers(0, 2**20),
    )
)


def rademacher(seed: int, context: Context, *, examples: int = 8) -> Result:
    """How far the complexity of scaled nets is from ρ times that of the unit nets, at worst.

    R = mean over sign vectors σ of max_k (1/N) Σ_n σ_n f_k(x_n), over a class of ten nets whose
    layers have norm 1, or norms ρ_l of product ρ; the same signs for both. In parts of ρ times the
    largest output.
    """
    del context

    def gap(world: Scaled) -> float:
        return _gap(world, biases=False)

    largest, _ = worst(gap, SCALED, seed_value=seed, examples=examples)
    biased = _gap(Scaled((6, 8, 8), (1.0, 1.0, 1.0), 20, seed), biases=True)
    return {"relative gap": largest, "relative gap with hidden biases": biased}


@torch.no_grad()
def _gap(world: Scaled, *, biases: bool) -> float:
    generator = stream(world.draw, "data")
    points = torch.randn(world.points, world.widths[0], generator=generator, dtype=torch.float64)
    signs = torch.randint(2, (SIGNS, world.points), generator=generator).double() * 2 - 1
    nets = [_unit_net(world, k, biases=biases) for k in range(NETS)]
    unit = torch.stack([net(points)[:, 0] for net in nets])
    factors = [10.0**log for log in world.log_factors]
    for net in nets:
        layers = [layer for layer in net if isinstance(layer, nn.Linear)]
        for layer, factor in zip(layers, factors, strict=True):
            for parameter in layer.parameters():
                parameter *= factor
    scaled = torch.stack([net(points)[:, 0] for net in nets])
    rho = math.prod(factors)
    largest = max(float(unit.abs().max()), EPSILON)
    return abs(_complexity(scaled, signs) / rho - _complexity(unit, signs)) / largest


def _complexity(outputs: Tensor, signs: Tensor) -> float:
    """The empirical Rademacher average of the nets whose outputs are the rows."""
    return float((signs @ outputs.T / outputs.shape[1]).amax(dim=1).mean())


def _unit_net(world: Scaled, k: int, *, biases: bool) -> nn.Sequential:
    """A net of one output whose layers have norm 1; a bias in its first layer, or in all."""
    generator = stream(world.draw + k, "init")
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(pairwise((*world.widths, 1))):
        layer = nn.Linear(inputs, outputs, bias=place == 0 or biases, dtype=torch.float64)
        for parameter in layer.parameters():
            draw = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.copy_(draw)
        layers += [layer, nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    if biases:
        return net
    unit = normalised_by_layer(net, p=2.0, unit=1.0).network
    assert isinstance(unit, nn.Sequential)
    return unit
