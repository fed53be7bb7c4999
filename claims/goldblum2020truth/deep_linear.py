"""The loss that deep linear and ReLU networks reach, beside that of the best linear classifier."""

from __future__ import annotations

from typing import Literal

from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.linalg.softmax_regression import certified_minimum, linear_minimiser
from dltheory.models import MLP
from dltheory.randomness import drawing_from, stream

from .quasi_newton import minimise
from .theorem_1 import Point, Result, pooled_images


def reached(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    pool: int,
    hidden: tuple[int, ...],
    activation: Literal["relu", "identity"],
    steps: int,
) -> Result:
    """L-BFGS over all parameters of an MLP, from PyTorch's initialisation, in float64.

    Beside it stand the loss of the linear minimum that Lemma 1 embeds, and a number that no linear
    classifier lies below (Fenchel duality), hence no deep linear network either.
    """
    x, y = pooled_images(seed, context, data=data, points=points, pool=pool)
    affine = linear_minimiser(x, y, data.classes)
    linear = certified_minimum(x, y, *affine)
    with drawing_from(stream(seed, "init")):
        spec = MLP(hidden=hidden, activation=activation)
        network = spec.build((x.shape[1],), data.classes).double()
    start = Point(network, x, y)
    end = start.loss(minimise(start.loss, start.phi, steps=steps))
    one_class = functional.one_hot(y, data.classes).double().mean(dim=0)
    return {
        "loss": float(end),
        "linear minimum": linear.upper,
        "below every linear classifier": linear.lower,
        "best constant": float(-(one_class.clamp_min(1e-300).log() * one_class).sum()),
    }
