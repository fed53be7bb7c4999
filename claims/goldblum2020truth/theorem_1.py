"""The certificate behind Theorem 1: is this point a local minimum of the MLP's loss?

A point is given four chances to show that it is none: its gradient, the smallest eigenvalue of the
Hessian of the plain cross-entropy over all parameters of all layers (float64, no weight decay in
the operator), random steps inside a ball, and gradient descent projected back onto that ball.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.linalg.extreme_eigenvalues import extreme_eigenvalues
from dltheory.linalg.softmax_regression import linear_minimiser
from dltheory.models import MLP
from dltheory.models.affine_mlp import affine_mlp
from dltheory.models.mlp import hidden_layers
from dltheory.randomness import drawing_from, stream

Result = dict[str, float]

RADIUS = 1e-3  # of the ball, relative to the norm of the parameters
LIMIT = 600  # products with the Hessian; the residual says how far they came


def certificate(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    hidden: tuple[int, ...],
    pool: int,
    start: str,
) -> Result:
    """What was found at one starting point.

    `start` is "minimiser" (the embedded linear minimum), "elsewhere" (embedded, then moved) or
    "default" (PyTorch's own initialisation).
    """
    x, y = pooled_images(seed, context, data=data, points=points, pool=pool)
    affine = linear_minimiser(x, y, data.classes)
    linear_loss = float(functional.cross_entropy(x @ affine[0].T + affine[1], y))
    model = _network(seed, start, affine, x, hidden)
    return examined(Point(model, x, y), seed, above=linear_loss) | {
        "share of open ReLUs": share_open(model, x)
    }


def pooled_images(
    seed: int, context: Context, *, data: DataSpec, points: int, pool: int
) -> tuple[Tensor, Tensor]:
    """So many training images, averaged over `pool` × `pool` pixels and flattened, and labels.

    A pixel that hardly any image uses lets a linear classifier lower its loss for ever, and the
    minimum that the theorem takes is not there.
    """
    train = context.load(data).train
    chosen = torch.randperm(len(train), generator=stream(seed, "data"))[:points]
    pooled = functional.avg_pool2d(train.images[chosen].double(), pool)
    return pooled.flatten(1), train.labels[chosen]


def examined(point: Point, seed: int, *, above: float) -> Result:
    """All that was found at a point whose loss should be `above`."""
    towards = torch.randn(len(point.phi), generator=stream(seed, "probe/lanczos")).double()
    ends = extreme_eigenvalues(
        point.hessian_times, towards, tolerance=1e-10, excluding=math.inf, limit=LIMIT
    )
    largest = ends.largest.value
    return {
        "loss": point.value,
        "loss above the linear minimum": point.value - above,
        "gradient norm": float(point.gradient.norm()),
        "smallest eigenvalue": ends.smallest.value,
        "residual of the smallest": ends.smallest.residual,
        "largest eigenvalue": largest,
        "lowest change at random in the ball": lowest_at_random(point, seed),
        "lowest change by descent in the ball": lowest_by_descent(point, seed, largest),
    }


def _network(
    seed: int,
    start: str,
    affine: tuple[Tensor, Tensor],
    x: Tensor,
    hidden: tuple[int, ...],
) -> nn.Sequential:
    weight, bias = affine
    if start == "default":
        with drawing_from(stream(seed, "init")):
            built = MLP(hidden=hidden).build((x.shape[1],), len(bias)).double()
        assert isinstance(built, nn.Sequential)
        return built
    if start == "elsewhere":
        step = torch.randn(weight.shape, generator=stream(seed, "probe/elsewhere")).double()
        weight = weight + 0.3 * weight.norm() * step / step.norm()
    return affine_mlp(weight, bias, on=x, hidden=hidden)


class Point:
    """The loss of a network as a function of one flat vector of all parameters, at one point."""

    def __init__(self, model: nn.Module, x: Tensor, y: Tensor) -> None:
        self._names = [name for name, _ in model.named_parameters()]
        self._shapes = [p.shape for p in model.parameters()]
        self.phi = torch.cat([p.detach().flatten() for p in model.parameters()])
        self._model, self._x, self._y = model, x, y
        phi = self.phi.clone().requires_grad_()
        loss = self.loss(phi)
        (gradient,) = torch.autograd.grad(loss, phi, create_graph=True)
        self.value, self.gradient = float(loss.detach()), gradient.detach()
        self._graph = phi, gradient  # built once: it makes every product with the Hessian cheap

    def loss(self, phi: Tensor) -> Tensor:
        """Mean cross-entropy at these parameters."""
        sizes = [shape.numel() for shape in self._shapes]
        parts = phi.split(sizes)
        named = {
            name: part.view(shape)
            for name, part, shape in zip(self._names, parts, self._shapes, strict=True)
        }
        return functional.cross_entropy(functional_call(self._model, named, (self._x,)), self._y)

    def hessian_times(self, v: Tensor) -> Tensor:
        """H v, by differentiating the gradient's graph."""
        phi, gradient = self._graph
        return torch.autograd.grad(gradient, phi, v, retain_graph=True)[0]


def lowest_at_random(point: Point, seed: int, directions: int = 64) -> float:
    """The lowest loss of random points at five radii of the ball, minus the loss at its centre."""
    generator = stream(seed, "probe/directions")
    u = torch.randn(directions, len(point.phi), generator=generator).double()
    u /= u.norm(dim=1, keepdim=True)
    reach = RADIUS * point.phi.norm()
    losses: list[float] = []
    for part in (0.01, 0.1, 0.3, 0.6, 1.0):
        steps = part * reach * torch.cat([u, -u])
        losses += vmap(lambda s: point.loss(point.phi + s), chunk_size=16)(steps).tolist()
    return min(losses) - point.value


def lowest_by_descent(
    point: Point, seed: int, largest: float, starts: int = 3, steps: int = 60
) -> float:
    """The lowest loss of projected gradient descent in the ball, minus the loss at its centre.

    From the centre and from random points of the sphere, with the step 1/λ_max.
    """
    generator = stream(seed, "probe/descent")
    reach = RADIUS * point.phi.norm()
    gradient: Callable[[Tensor], Tensor] = grad(point.loss)
    lowest = 0.0
    for number in range(starts + 1):
        away = torch.randn(len(point.phi), generator=generator).double()
        offset = away / away.norm() * reach * (number > 0)
        for _ in range(steps):
            offset = offset - gradient(point.phi + offset) / max(largest, 1e-12)
            offset = offset * min(1.0, float(reach / offset.norm().clamp_min(1e-300)))
        lowest = min(lowest, float(point.loss(point.phi + offset)) - point.value)
    return lowest


def share_open(model: nn.Sequential, x: Tensor) -> float:
    """The share of (point, unit) pairs at which a ReLU's input is above 0."""
    with torch.no_grad():
        inputs = torch.cat([z.flatten() for z in hidden_layers(model, x)])
    return float((inputs > 0).double().mean())
