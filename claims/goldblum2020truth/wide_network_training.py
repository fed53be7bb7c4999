"""Networks in NTK parametrisation under gradient descent, beside their linearisation (§4)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.linalg.infinite_width_kernel import infinite_width_kernel
from dltheory.linalg.kernel_change import relative_change
from dltheory.models import NTKMLP
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream


class Trained(NamedTuple):
    """What training did to one network: its kernel, its linearisation, and the loss left."""

    change: float
    apart: float
    left: float


def trained_networks(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    hidden_layers: int,
    widths: tuple[int, ...],
    steps: int,
) -> dict[str, list[float]]:
    """At each width the numbers of a network after gradient descent on `points` images.

    The loss is Σ ‖f(x_i) − y_i‖² / (2 points) with one-hot y. With Θ the analytic kernel of
    infinite width, the rate is points/(4 λ_max(Θ)) at all widths: kernels of narrow networks have
    larger eigenvalues. With Φ0 the kernel at the start, the linearised network has after T steps of
    the rate η the outputs

        f_lin = y + (1 − η Φ0 / points)^T (f_0 − y).

    "change" is ‖Φ_T − Φ0‖ / ‖Φ0‖, "apart" ‖f_T − f_lin‖ / ‖f_T − f_0‖ and "left" the loss over that
    at the start. "change, divided outputs" and "apart, divided outputs" are those of f/√width with
    the rate times the width: functions move as fast then, and kernels move at every width.
    """
    train = context.load(data).train
    x = train.images[:points].flatten(1)
    y = nn.functional.one_hot(train.labels[:points], data.classes).to(x.dtype)
    limit = infinite_width_kernel(x, hidden_layers=hidden_layers)
    rate = points / (4 * float(torch.linalg.eigvalsh(limit)[-1]))
    with drawing_from(stream(seed, "init")):
        networks = [
            NTKMLP(hidden=(w,) * hidden_layers).build(data.shape, data.classes) for w in widths
        ]
    plain = [_trained(network, x, y, rate, steps, 1.0) for network in networks]
    divided = [
        _trained(network, x, y, rate, steps, width**-0.5)
        for network, width in zip(networks, widths, strict=True)
    ]
    return {
        "change": _each(plain, "change"),
        "apart": _each(plain, "apart"),
        "left": _each(plain, "left"),
        "change, divided outputs": _each(divided, "change"),
        "apart, divided outputs": _each(divided, "apart"),
    }


def _each(networks: Sequence[Trained], name: str) -> list[float]:
    return [getattr(network, name) for network in networks]


def _trained(
    network: nn.Module, x: Tensor, y: Tensor, rate: float, steps: int, scale: float
) -> Trained:
    """Gradient descent on a copy of the network, whose outputs are multiplied by `scale`."""
    moving = copy.deepcopy(network)
    labels = y.argmax(dim=1)
    before = tangent_kernel(network, x, labels).double()
    with torch.no_grad():
        first = scale * network(x)
    step = rate / scale**2
    for _ in range(steps):
        moving.zero_grad()
        outputs = scale * moving(x)
        (outputs - y).square().sum().div(2 * len(x)).backward()
        with torch.no_grad():
            for parameter in moving.parameters():
                assert parameter.grad is not None
                parameter -= step * parameter.grad
    with torch.no_grad():
        last = scale * moving(x)
    after = tangent_kernel(moving, x, labels).double()
    linear = _linearised(before, first, y, rate, steps)
    return Trained(
        change=float(relative_change(before, after)),
        apart=float((last - linear).norm() / (last - first).norm()),
        left=float((last - y).square().sum() / (first - y).square().sum()),
    )


def _linearised(kernel: Tensor, first: Tensor, y: Tensor, rate: float, steps: int) -> Tensor:
    """The outputs of the linearised network; kernel and rate are those of undivided outputs."""
    rows = y.numel()
    matrix = kernel.permute(0, 2, 1, 3).reshape(rows, rows)
    values, vectors = torch.linalg.eigh(matrix)
    kept = (1 - rate / len(y) * values) ** steps
    residual = vectors @ (kept * (vectors.T @ (first - y).double().reshape(rows)))
    return (y.double().reshape(rows) + residual).reshape(y.shape).to(y.dtype)
