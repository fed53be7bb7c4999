"""The part of one layer in the tangent kernel, from its inputs and the gradients by its outputs.

A layer applies one matrix W at each of its positions p: y_np = W a_np + b for image n. The
gradients of logit c are ∂f_nc/∂W = Σ_p g_ncp a_npᵀ and ∂f_nc/∂b = Σ_p g_ncp, with g_ncp =
∂f_nc/∂y_np. Their inner products are computed either from these gradients or as Σ_pq
(a_np·a_mq)(g_ncp·g_mdq), whichever is cheaper.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

ENTRIES = 2**25  # of per-sample gradients held at once: 128 MiB in float32
SMALL = 2**22  # multiplications below which a symmetric product is not worth splitting


def has_rule(module: nn.Module) -> bool:
    """Whether the module's `forward` is that of a linear layer, convolution or normalisation."""
    forward = getattr(module.forward, "__func__", None)
    return forward in (nn.Linear.forward, nn.Conv2d.forward, _BatchNorm.forward)


def accepts(module: nn.Module, x: Tensor) -> bool:
    """Whether this input of the module has enough axes for axis 0 to be the images."""
    return x.dim() == 4 if isinstance(module, nn.Conv2d) else x.dim() >= 2


def patches(module: nn.Module, x: Tensor) -> Float[Tensor, "points groups inputs positions"]:
    """The inputs to which the layer's matrix is applied at each position."""
    if isinstance(module, nn.Linear):
        return x.reshape(len(x), 1, -1, x.shape[-1]).transpose(2, 3)
    assert isinstance(module, nn.Conv2d)
    padding = module._reversed_padding_repeated_twice
    kind = "constant" if module.padding_mode == "zeros" else module.padding_mode
    x = functional.pad(x, padding, mode=kind) if any(padding) else x
    columns = functional.unfold(
        x, module.kernel_size, dilation=module.dilation, stride=module.stride
    )
    return columns.unflatten(1, (module.groups, -1))


def by_position(
    module: nn.Module, gradient: Float[Tensor, "points classes *output"]
) -> Float[Tensor, "points classes groups outputs positions"]:
    """Gradients by the layer's output, with the axes that `weight_kernel` requires."""
    if isinstance(module, nn.Linear):
        points, classes = gradient.shape[:2]
        rows = gradient.reshape(points, classes, 1, -1, gradient.shape[-1])
        return rows.transpose(3, 4)
    assert isinstance(module, nn.Conv2d)
    return gradient.flatten(3).unflatten(2, (module.groups, -1))


def weight_kernel(
    module: nn.Module,
    x: Float[Tensor, " points *input"],
    gradient: Float[Tensor, "points classes groups outputs positions"],
    *,
    bias: bool,
) -> Float[Tensor, "points classes points classes"]:
    """The inner products ⟨∂f_nc/∂W, ∂f_md/∂W⟩ for the layer's weight W and inputs x.

    With `bias` those of the gradients by its bias are added.
    """
    _, _, groups, _, positions = gradient.shape
    if positions == groups == 1:
        # A bias is the weight of an input that is always 1.
        return (
            products(gradient.flatten(2))
            * (gram(patches(module, x).flatten(1)) + bias)[:, None, :, None]
        )
    size = patches(module, x[:1]).shape[2]
    through_gradients, through_positions = costs(gradient.shape, size)
    if groups > 1 or through_gradients <= through_positions:
        kernel = _through_gradients(module, x, gradient, size)
    else:
        kernel = _through_positions(patches(module, x)[:, 0], gradient[:, :, 0])
    return kernel + products(gradient.sum(dim=-1).flatten(2)) if bias else kernel


def costs(shape: torch.Size | tuple[int, ...], inputs: int) -> tuple[float, float]:
    """The number of multiplications through gradients and through positions, for one group."""
    points, classes, _, outputs, positions = shape
    rows, pairs = points * classes, points * (points + 1) / 2
    weights = outputs * inputs
    return (
        rows * weights * positions + 0.625 * rows**2 * weights,
        pairs * positions * (positions * (inputs + classes * outputs) + classes**2 * outputs),
    )


def _through_gradients(module: nn.Module, x: Tensor, gradient: Tensor, size: int) -> Tensor:
    """The kernel as a Gram matrix of per-image gradients, computed for some outputs at a time."""
    points, classes, groups, outputs, _ = gradient.shape
    kernel = gradient.new_zeros(points * classes, points * classes)
    step = min(outputs, max(1, ENTRIES // (points * classes * groups * size)))
    for part in gradient.split(step, dim=3):
        rows = gradient.new_empty(points, groups, classes * part.shape[3], size)
        for n in range(points):
            left = part[n].transpose(0, 1).flatten(1, 2)
            columns = patches(module, x[n : n + 1])[0].transpose(1, 2)
            for group in range(groups):
                torch.mm(left[group], columns[group], out=rows[n, group])
        per_class = rows.unflatten(2, (classes, -1)).transpose(1, 2)
        kernel += gram(per_class.reshape(points * classes, -1))
    return kernel.unflatten(0, (points, classes)).unflatten(2, (points, classes))


def _through_positions(inputs: Tensor, gradient: Tensor) -> Tensor:
    """The kernel as Σ_oq (Σ_p g_ncop a_np·a_mq) g_mdoq over outputs o, computed for n ≤ m."""
    points, classes, outputs, positions = gradient.shape
    rows = inputs.transpose(1, 2).reshape(points * positions, -1)
    flat = gradient.reshape(points, classes, -1)
    kernel = gradient.new_empty(points, classes, points, classes)
    for n in range(points):
        products = rows[n * positions : (n + 1) * positions] @ rows[n * positions :].T
        carried = gradient[n].reshape(-1, positions) @ products
        carried = carried.reshape(classes, outputs, points - n, positions)
        carried = carried.permute(2, 0, 1, 3).reshape(points - n, classes, -1)
        block = carried @ flat[n:].transpose(1, 2)
        kernel[n, :, n:] = block.transpose(0, 1)
        kernel[n:, :, n] = block.transpose(1, 2)
    return kernel


def products(
    rows: Float[Tensor, "points classes size"],
) -> Float[Tensor, "points classes points classes"]:
    """The inner products of all pairs of rows."""
    shape = rows.shape[:2]
    return gram(rows.flatten(0, 1)).unflatten(0, shape).unflatten(2, shape)


def gram(rows: Float[Tensor, "n size"]) -> Float[Tensor, "n n"]:
    """The Gram matrix R Rᵀ; if it is large, only its upper half is computed, in four blocks."""
    n, size = rows.shape
    if n * n * size < SMALL:
        return rows @ rows.T
    product = rows.new_empty(n, n)
    step = -(-n // 4)
    for start in range(0, n, step):
        end = start + step
        product[start:end, start:] = rows[start:end] @ rows[start:].T
        product[end:, start:end] = product[start:end, end:].T
    return product


def channel_gradients(
    module: _BatchNorm, x: Tensor, statistics: tuple[Tensor, Tensor], gradient: Tensor
) -> dict[str, Float[Tensor, "points channels"]]:
    """The gradients by scale γ and shift β of a normalisation with fixed statistics.

    They are ∂f_n/∂γ = Σ_p g_np x̂_np and ∂f_n/∂β = Σ_p g_np for normalised inputs x̂ and output
    gradients g at positions p.
    """
    mean, variance = statistics
    g = gradient.reshape(*gradient.shape[:2], -1)
    summed = g.sum(dim=-1)
    weighted = (g * x.reshape(g.shape)).sum(dim=-1)
    normalised = (weighted - mean * summed) * (variance + module.eps).rsqrt()
    return {"weight": normalised, "bias": summed}
