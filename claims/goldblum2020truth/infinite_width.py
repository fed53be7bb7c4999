"""Sampled tangent kernels at initialisation against the analytic one of infinite width (§4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.linalg.infinite_width_kernel import infinite_width_kernel
from dltheory.models import MLP, NTKMLP
from dltheory.models.model import Model
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream


def distances(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    hidden_layers: int,
    widths: tuple[int, ...],
    networks: int,
) -> dict[str, list[float]]:
    """‖Φ − Θ‖ / ‖Θ‖ at each width, Θ the analytic kernel: root mean square over fresh networks.

    In NTK parametrisation; in the usual one, as it is and after the best rescaling of each kernel;
    and how large the kernel is there, ‖Φ‖ / ‖Θ‖.
    """
    train = context.load(data).train
    x, y = train.images[:points], train.labels[:points]
    limit = infinite_width_kernel(x.flatten(1), hidden_layers=hidden_layers)
    limit = limit[:, :, None, None] * torch.eye(data.classes, dtype=torch.float64)

    def sampled(model: Model) -> list[Tensor]:
        built = (model.build(data.shape, data.classes) for _ in range(networks))
        return [tangent_kernel(network, x, y).double() for network in built]

    with drawing_from(stream(seed, "init")):
        ntk = [sampled(NTKMLP(hidden=(w,) * hidden_layers)) for w in widths]
        usual = [sampled(MLP(hidden=(w,) * hidden_layers)) for w in widths]
    rescaled = [[_fitted(kernel, limit) for kernel in kernels] for kernels in usual]
    zero = torch.zeros_like(limit)
    return {
        "distance": [_distance(kernels, limit) for kernels in ntk],
        "usual distance": [_distance(kernels, limit) for kernels in usual],
        "usual distance, rescaled": [_distance(kernels, limit) for kernels in rescaled],
        "usual size": [_distance(kernels, zero) / float(limit.norm()) for kernels in usual],
    }


def _distance(kernels: list[Tensor], limit: Tensor) -> float:
    """Root mean square of ‖Φ − Θ‖ / ‖Θ‖; of ‖Φ‖ where Θ is 0."""
    size = float(limit.norm()) or 1.0
    squares = [float((kernel - limit).square().sum()) for kernel in kernels]
    return math.sqrt(sum(squares) / len(squares)) / size


def _fitted(kernel: Tensor, limit: Tensor) -> Tensor:
    return (kernel * limit).sum() / kernel.square().sum() * kernel
