"""Inputs and output gradients of linear layers: what all gradients of an MLP are composed of.

One pass over n examples gives, layer by layer, the inputs a_i and the gradients g_i of each
example's own loss by the layer's outputs. The gradient of any minibatch by the layer's weight is
the mean of g_i a_iᵀ, and inner products of two examples' gradients are (a_i·a_j)(g_i·g_j).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge
from torch.func import functional_call
from torch.nn import functional

from dltheory.probes._plain_gradients import agrees_on_a_few, leaves


class Factors(NamedTuple):
    """Of one linear layer: its inputs, and each example's loss gradients by its outputs."""

    layer: nn.Linear
    inputs: Float[Tensor, "n *positions inputs"]
    gradients: Float[Tensor, "n *positions outputs"]


def layer_factors(
    model: nn.Module,
    images: Float[Tensor, " n *shape"],
    labels: Int64[Tensor, " n"],
    batch: int,
) -> list[Factors]:
    """Factors of every linear layer, in the order of `named_parameters`, `batch` images a pass."""
    passes = [
        _one_pass(model, images[start : start + batch], labels[start : start + batch])
        for start in range(0, len(images), batch)
    ]
    if len(passes) == 1:
        return passes[0]
    return [
        Factors(of_layer[0].layer, *(torch.cat([f[i] for f in of_layer]) for i in (1, 2)))
        for of_layer in zip(*passes, strict=True)
    ]


def _one_pass(model: nn.Module, images: Tensor, labels: Tensor) -> list[Factors]:
    seen: dict[nn.Linear, list[tuple[Tensor, Any]]] = {layer: [] for layer in _linears(model)}

    def note(layer: Any, args: tuple[Any, ...], named: dict[str, Any], out: Tensor) -> None:
        # The edge, not the output: a ReLU in place would turn the output into its own.
        inputs = args[0] if args else named["input"]
        seen[layer].append((inputs.detach(), get_gradient_edge(out)))

    handles = [layer.register_forward_hook(note, with_kwargs=True) for layer in seen]
    try:
        with torch.enable_grad():
            logits = functional_call(model, leaves(model), (images,))
            total = functional.cross_entropy(logits, labels, reduction="sum")
    finally:
        for handle in handles:
            handle.remove()
    calls = [(layer, *call) for layer, calls in seen.items() for call in calls]
    gradients = torch.autograd.grad(total, [edge for _, _, edge in calls], allow_unused=True)
    used = [(call, g) for call, g in zip(calls, gradients, strict=True) if g is not None]
    return [Factors(layer, inputs, g) for (layer, inputs, _), g in used]


def factorable(
    model: nn.Module, images: Float[Tensor, " n *shape"], labels: Int64[Tensor, " n"]
) -> bool:
    """Whether the factors give the model's gradients; tried on a few of the images.

    All parameters must be those of linear layers, each used once. The trial finds what types do
    not tell: weights used in two places or outside their layer, or examples that interact.
    """
    linears = _linears(model)
    own = [name for layer in linears for name, _ in layer.named_parameters(recurse=False)]
    if not own or set(own) - {"weight", "bias"} or len(own) != len(list(model.parameters())):
        return False

    def by_factors(images: Tensor, labels: Tensor, rows: Tensor) -> list[Tensor]:
        factors = layer_factors(model, images, labels, len(images))
        if [f.layer for f in factors] != linears:
            return []
        return [block for f in factors for block in layer_gradients(f, rows)]

    return agrees_on_a_few(by_factors, model, images, labels)


def _linears(model: nn.Module) -> list[nn.Linear]:
    return [module for module in model.modules() if type(module) is nn.Linear]


def layer_gradients(factors: Factors, rows: Int64[Tensor, "m batch"]) -> list[Tensor]:
    """∇ of the mean loss of m minibatches by the layer's parameters: (m, numbers) for each.

    `rows` says which of the n examples make up each minibatch. One product of matrices a
    minibatch, all in one call.
    """
    a = _chosen(factors.inputs, rows).flatten(1, -2)
    g = _chosen(factors.gradients, rows).flatten(1, -2) / rows.shape[1]
    weight = torch.bmm(g.mT, a).flatten(1)
    return [weight] if factors.layer.bias is None else [weight, g.sum(dim=1)]


def _chosen(each: Tensor, rows: Tensor) -> Tensor:
    """each[rows], without a copy where the rows are all of them in order."""
    in_order = torch.arange(len(each), device=rows.device)
    if rows.numel() == len(each) and torch.equal(rows.flatten(), in_order):
        return each.view(*rows.shape, *each.shape[1:])
    chosen = each.index_select(0, rows.flatten())  # several times as fast as each[rows]
    return chosen.view(*rows.shape, *each.shape[1:])


def factor_gram(factors: Factors) -> Float[Tensor, "n n"]:
    """⟨∇f_i, ∇f_j⟩ of single examples, over the layer's parameters: (a_i·a_j + 1)(g_i·g_j).

    The 1 is for the bias. Only for layers that are applied once to an example.
    """
    a, g = factors.inputs, factors.gradients
    of_inputs = a @ a.T
    if factors.layer.bias is not None:
        of_inputs += 1
    return of_inputs * (g @ g.T)
