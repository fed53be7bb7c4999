"""Factors of gradients: the inputs of layers and the gradients by their outputs.

One pass over n examples gives for each layer the inputs a_i and the gradients g_i of the loss of
example i by the layer's outputs. The gradient of a minibatch by the weight of a linear layer is the
mean of g_i a_iᵀ, and the inner product of the gradients of two examples is (a_i·a_j)(g_i·g_j). The
gradient by the kernel of a convolution is the mean of the correlations of g_i with a_i. The
gradient by the scale of a batch normalisation with running mean μ and standard deviation σ is the
mean of Σ_positions g_i (a_i − μ)/σ.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge
from torch.func import functional_call
from torch.nn import functional
from torch.nn.grad import conv2d_weight

from dltheory.probes._plain_gradients import agrees_on_a_few, leaves

Layer = nn.Linear | nn.Conv2d | nn.BatchNorm2d

# Up to this size of factors per layer and minibatch, one grouped call is faster than many calls.
SMALL = 2**16  # numbers of a minibatch's factors, in the mean over layers


class Factors(NamedTuple):
    """The factors of one layer: its inputs, and the gradient of each example's loss by its outputs.

    The last axis is that of the features for a linear layer. For other layers axis 1 is that of the
    channels.
    """

    layer: Layer
    inputs: Float[Tensor, " n *inputs"]
    gradients: Float[Tensor, " n *outputs"]

    @property
    def numbers(self) -> int:
        """The number of numbers in the factors of one example."""
        return self.inputs[0].numel() + self.gradients[0].numel()


def layer_factors(
    model: nn.Module,
    images: Float[Tensor, " n *shape"],
    labels: Int64[Tensor, " n"],
    batch: int,
) -> list[Factors]:
    """The factors of every layer in the order of `named_parameters`, `batch` images per pass."""
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
    seen: dict[Layer, list[tuple[Tensor, Any]]] = {layer: [] for layer in _layers(model)}

    def note(layer: Any, args: tuple[Any, ...], named: dict[str, Any], out: Tensor) -> None:
        # The edge is kept and not the output, because an in-place ReLU would overwrite the output.
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
    model: nn.Module,
    images: Float[Tensor, " n *shape"],
    labels: Int64[Tensor, " n"],
    batch: int,
) -> int:
    """The number of numbers in the factors of one example; 0 if factors should not be used.

    Factors can be used if all parameters belong to linear layers, convolutions and batch
    normalisations that are each used once. A trial on a few images checks the gradients. It finds
    weights that are used twice or outside their layer, and examples that interact. Factors are not
    used either if they are slow. `batch` is the size of the minibatches.
    """
    layers, numbers = _layers(model), 0
    own = [name for layer in layers for name, _ in layer.named_parameters(recurse=False)]
    if not own or set(own) - {"weight", "bias"} or len(own) != len(list(model.parameters())):
        return 0

    def by_factors(images: Tensor, labels: Tensor, rows: Tensor) -> list[Tensor]:
        nonlocal numbers
        factors = layer_factors(model, images, labels, len(images))
        if [f.layer for f in factors] != layers or not _save_time(factors, batch):
            return []
        numbers = sum(f.numbers for f in factors)
        return [block for f in factors for block in layer_gradients(f, rows)]

    return numbers if agrees_on_a_few(by_factors, model, images, labels) else 0


def _save_time(factors: list[Factors], batch: int) -> bool:
    """Whether factors save time: if all layers are linear, or if minibatches are small.

    For small minibatches the number of calls determines the time. For large ones a convolution in
    many groups is slower than one convolution after the other.
    """
    if all(type(f.layer) is nn.Linear for f in factors):
        return True
    return batch * sum(f.numbers for f in factors) <= SMALL * len(factors)


def _layers(model: nn.Module) -> list[Layer]:
    return [module for module in model.modules() if _has_factors(module)]


def _has_factors(module: nn.Module) -> TypeGuard[Layer]:
    if type(module) is nn.Conv2d:
        return module.padding_mode == "zeros" and not isinstance(module.padding, str)
    if type(module) is nn.BatchNorm2d:
        return module.affine and module.track_running_stats and not module.training
    return type(module) is nn.Linear


def layer_gradients(factors: Factors, rows: Int64[Tensor, "m batch"]) -> list[Tensor]:
    """The gradients of the mean losses of m minibatches by each parameter of the layer.

    Each has shape (m, numbers of the parameter). Row k of `rows` has the indices of the examples of
    minibatch k in the factors.
    """
    a, g = _chosen(factors.inputs, rows), _chosen(factors.gradients, rows) / rows.shape[1]
    match factors.layer:
        case nn.Linear() as layer:
            blocks = _by_affine_map(a, g)
        case nn.Conv2d() as layer:
            blocks = _by_convolution(layer, a, g)
        case nn.BatchNorm2d() as layer:
            blocks = _by_normalisation(layer, a, g)
    return blocks if layer.bias is not None else blocks[:1]


def _by_affine_map(a: Tensor, g: Tensor) -> list[Tensor]:
    """The gradients by weight and bias, with one matrix product per minibatch in one call."""
    a, g = a.flatten(1, -2), g.flatten(1, -2)
    return [torch.bmm(g.mT, a).flatten(1), g.sum(dim=1)]


def _by_convolution(layer: nn.Conv2d, a: Tensor, g: Tensor) -> list[Tensor]:
    """The gradients by kernel and bias, by one convolution with one group per minibatch."""
    m, batch = a.shape[:2]
    kernels = (m * layer.out_channels, *layer.weight.shape[1:])
    a_side, g_side = (x.transpose(0, 1).reshape(batch, -1, *x.shape[3:]) for x in (a, g))
    moves: Any = layer.stride, layer.padding, layer.dilation  # tuples, though typed as numbers
    weight = conv2d_weight(a_side, kernels, g_side, *moves, groups=m * layer.groups)
    return [weight.view(m, -1), g.sum(dim=(1, 3, 4))]


def _by_normalisation(layer: nn.BatchNorm2d, a: Tensor, g: Tensor) -> list[Tensor]:
    """The gradients by scale and shift of a normalisation with running statistics."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    centred = a - layer.running_mean[:, None, None]
    scale = (layer.running_var + layer.eps).rsqrt()
    return [(g * centred).sum(dim=(1, 3, 4)) * scale, g.sum(dim=(1, 3, 4))]


def _chosen(each: Tensor, rows: Tensor) -> Tensor:
    """The same as each[rows], without a copy if `rows` are all rows in order."""
    in_order = torch.arange(len(each), device=rows.device)
    if rows.numel() == len(each) and torch.equal(rows.flatten(), in_order):
        return each.view(*rows.shape, *each.shape[1:])
    chosen = each.index_select(0, rows.flatten())  # several times as fast as each[rows]
    return chosen.view(*rows.shape, *each.shape[1:])


def factor_gram(factors: Factors) -> Float[Tensor, "n n"]:
    """The inner products ⟨∇f_i, ∇f_j⟩ = (a_i·a_j + 1)(g_i·g_j) over the layer's parameters.

    f_i is the loss of example i. The 1 is for the bias, and absent without one. The formula is for
    linear layers that are applied at one position per example.
    """
    a, g = factors.inputs, factors.gradients
    of_inputs = a @ a.T
    if factors.layer.bias is not None:
        of_inputs += 1
    return of_inputs * (g @ g.T)
