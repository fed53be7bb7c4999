"""Full-batch gradient descent, its loss at every step and its sharpness at some.

    w ← w − η ∇L(w),    sharpness λ(w) = the largest eigenvalue of ∇²L(w)

On a quadratic of curvature λ gradient descent diverges if λ > 2/η: that is the edge of stability.
L is cross-entropy, or the squared error (1/2N) Σ ‖f(x) − e_y‖² with e_y the unit vector of the
label. All points are one batch, so nothing but the initial network is random.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import cross_entropy, one_hot

from dltheory import MLP, Context, CorruptedLabels, Digits, drawing_from, stream

Loss = Callable[[Tensor], Tensor]


def descend(
    seed: int,
    context: Context,
    *,
    rate: float,
    steps: int,
    every: int,
    points: int,
    loss: str,
    hidden: tuple[int, ...],
    redrawn: float = 0.0,
) -> dict[str, list[float]]:
    """Losses after each step, and λ η/2 at every `every`-th.

    `redrawn` is the share of labels that are drawn anew, `loss` is "squared" or "cross-entropy".
    """
    objective, weights = problem(seed, context, points, loss, hidden, redrawn)
    direction = _random_direction(seed, len(weights))
    losses, sharpness = [], []
    for step in range(steps):
        if step % every == 0:
            value, direction = top_eigenvalue(
                objective, weights, direction, products=60 if step == 0 else 15
            )
            sharpness.append(value * rate / 2)
        value, gradient = _loss_and_gradient(objective, weights)
        losses.append(value)
        weights = weights - rate * gradient
    return {"loss": losses, "sharpness": sharpness}


def problem(
    seed: int,
    context: Context,
    points: int,
    loss: str,
    hidden: tuple[int, ...],
    redrawn: float,
) -> tuple[Loss, Tensor]:
    """The loss as a function of all weights in one vector, and the initial weights."""
    data = Digits(train=points)
    train = context.load(CorruptedLabels(data=data, fraction=redrawn) if redrawn else data).train
    with drawing_from(stream(seed, "init")):
        network = MLP(hidden=hidden, activation="tanh").build(data.shape, data.classes)
    named = dict(network.named_parameters())
    targets = one_hot(train.labels, data.classes).float()

    def objective(weights: Tensor) -> Tensor:
        parts = weights.split([p.numel() for p in named.values()])
        state = {n: w.view_as(p) for (n, p), w in zip(named.items(), parts, strict=True)}
        outputs = functional_call(network, state, (train.images,))
        if loss == "squared":
            return (outputs - targets).square().sum(dim=1).mean() / 2
        return cross_entropy(outputs, train.labels)

    return objective, torch.nn.utils.parameters_to_vector(network.parameters()).detach()


def top_eigenvalue(
    objective: Loss, weights: Tensor, direction: Tensor, *, products: int
) -> tuple[float, Tensor]:
    """The eigenvalue of ∇²L of largest modulus and its direction, by power iteration.

    λ = vᵀ∇²L v for the unit vector v that is reached after `products` products with the Hessian.
    """
    value = torch.tensor(float("nan"))
    for _ in range(products):
        product = hessian_times(objective, weights, direction)
        value = direction @ product
        direction = product / product.norm()
    return float(value), direction


def hessian_times(objective: Loss, weights: Tensor, direction: Tensor) -> Tensor:
    """∇²L(w) v, as the gradient of ∇L(w)·v."""
    weights = weights.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(objective(weights), weights, create_graph=True)
    (product,) = torch.autograd.grad(gradient @ direction, weights)
    return product


def _loss_and_gradient(objective: Loss, weights: Tensor) -> tuple[float, Tensor]:
    weights = weights.detach().requires_grad_()
    loss = objective(weights)
    (gradient,) = torch.autograd.grad(loss, weights)
    return loss.item(), gradient


def _random_direction(seed: int, size: int) -> Tensor:
    with drawing_from(stream(seed, "direction")):
        direction = torch.randn(size)
    return direction / direction.norm()
