"""Loss gradients by automatic differentiation: of one minibatch, and of each example."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional


def leaves(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter by name, detached from the model and with requires_grad set."""
    return {name: p.detach().requires_grad_() for name, p in model.named_parameters()}


def loss_gradients(
    model: nn.Module, images: Float[Tensor, " n *shape"], labels: Int64[Tensor, " n"]
) -> list[Tensor]:
    """The gradient of the mean cross-entropy by each parameter; zeros for unused parameters."""
    parameters = leaves(model)
    with torch.enable_grad():
        loss = functional.cross_entropy(functional_call(model, parameters, (images,)), labels)
    by = list(parameters.values())
    return list(torch.autograd.grad(loss, by, materialize_grads=True))


def example_gradients(
    model: nn.Module, images: Float[Tensor, " n *shape"], labels: Int64[Tensor, " n"]
) -> list[Tensor]:
    """The gradients of the cross-entropy of each example: one tensor (n, numbers) per parameter."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters: dict[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        logits = functional_call(model, parameters, (image.unsqueeze(0),))
        return functional.cross_entropy(logits, label.unsqueeze(0))

    each = vmap(grad(loss), in_dims=(None, 0, 0))(parameters, images, labels)
    return [each[name].flatten(1) for name in parameters]


def separable(
    model: nn.Module, images: Float[Tensor, " n *shape"], labels: Int64[Tensor, " n"]
) -> bool:
    """Whether the gradient of a minibatch is the mean of its examples' gradients.

    This is tested on a few images. It is false if examples interact, and for models that torch.func
    cannot map over examples.
    """

    def by_examples(images: Tensor, labels: Tensor, rows: Tensor) -> list[Tensor]:
        try:
            return [g[rows].mean(dim=1) for g in example_gradients(model, images, labels)]
        except RuntimeError:
            return []

    return agrees_on_a_few(by_examples, model, images, labels)


def agrees_on_a_few(
    way: Callable[[Tensor, Tensor, Tensor], list[Tensor]],
    model: nn.Module,
    images: Float[Tensor, " n *shape"],
    labels: Int64[Tensor, " n"],
) -> bool:
    """Whether the method `way` gives the same minibatch gradients as plain differentiation.

    It is tested on two minibatches of up to two images in one pass. The tolerance is a thousandth
    of the gradient by each parameter, plus 10⁻⁶ of the whole gradient. That is far above rounding
    errors, and far below the errors of a wrong method.
    """
    size = max(1, min(2, len(images) // 2))
    some = torch.arange(2 * size, device=images.device) % len(images)
    rows = torch.arange(2 * size, device=images.device).view(2, size)
    found = way(images[some], labels[some], rows)
    if not found:
        return False
    plain = [loss_gradients(model, images[some[r]], labels[some[r]]) for r in rows]
    expected = [torch.stack(pair).flatten(1) for pair in zip(*plain, strict=True)]
    scale = math.sqrt(sum(float(e.double().square().sum()) for e in expected))
    return all(
        float((f - e).norm()) <= 1e-3 * float(e.norm()) + 1e-6 * scale
        for f, e in zip(found, expected, strict=True)
    )
