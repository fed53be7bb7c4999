"""The inner products between the loss gradients of all pairs of minibatches."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._layer_factors import (
    Factors,
    factor_gram,
    factorable,
    layer_factors,
    layer_gradients,
)
from dltheory.probes._minibatch_gradients import PASS, gradient_blocks, shares_of

# Sizes of partial sums, and of factors that may always be held in memory.
COLUMNS = 2**10  # numbers of a gradient whose products are added in its own precision
LITTLE = 2**24  # numbers: 64 MiB in float32


def gradient_gram(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    batches: Int64[Tensor, "m batch"],
    *,
    together: int,
) -> Float[Tensor, "m m"]:
    """The Gram matrix ⟨∇L_k, ∇L_l⟩ of the m minibatches, in float64.

    L_k is the mean cross-entropy of minibatch k, and row k of `batches` are its examples. 1024
    products at a time are added in the precision of the gradients, and these sums in float64.

    For linear layers gradients need not be formed. Let a_i be the inputs of a layer and g_i the
    gradient by its outputs for example i, and s_ki = 1/batch if example i is in minibatch k and
    else 0. Then the matrix is S K Sᵀ with K_ij = Σ_layers (a_i·a_j + 1)(g_i·g_j). This is used in
    layers where it is faster, and only if all factors need no more memory than all gradients.
    Otherwise the gradients are computed, `together` minibatches at a time.
    """
    batches = batches.to(images.device)
    examples, shares = shares_of(batches, torch.float64)
    numbers = factorable(model, images, labels, batches.shape[1])
    size = sum(p.numel() for p in model.parameters())
    room = max(len(batches) * size, LITTLE)
    if numbers and len(examples) * (numbers + 2 * len(examples)) <= room:
        factors = layer_factors(model, images[examples], labels[examples], PASS)
        return _layer_by_layer(factors, torch.unique(batches, return_inverse=True)[1], shares)
    gram = shares.new_zeros(len(batches), len(batches))
    parts = gradient_blocks(model, images, labels, batches, together=together)
    for blocks in zip(*[blocks for _, blocks in parts], strict=True):
        _add_products(gram, torch.cat(blocks))
    return gram


def _layer_by_layer(factors: list[Factors], rows: Tensor, shares: Tensor) -> Tensor:
    m, n = shares.shape
    gram, of_examples = shares.new_zeros(m, m), shares.new_zeros(n, n)
    for factor in factors:
        if _pairs_are_cheaper(factor, rows):
            of_examples += factor_gram(factor)
        else:
            for block in layer_gradients(factor, rows):
                _add_products(gram, block)
    return gram + shares @ of_examples @ shares.T


def _add_products(gram: Tensor, gradients: Tensor) -> None:
    for some in gradients.split(COLUMNS, dim=1):
        gram += some @ some.T


def _pairs_are_cheaper(factors: Factors, rows: Tensor) -> bool:
    """Whether n² inner products of factors cost less than m gradients and their m² products."""
    if factors.inputs.dim() > 2:
        return False
    n, m, weights = len(factors.inputs), len(rows), factors.layer.weight.numel()
    return n**2 * sum(factors.layer.weight.shape) < (rows.numel() + 2 * m**2) * weights


def upper_triangle(square: Float[Tensor, "m m"]) -> Float[Tensor, " pairs"]:
    """The entries above the diagonal, row by row: (0, 1), (0, 2), …, (m − 2, m − 1)."""
    above = torch.triu_indices(*square.shape, offset=1, device=square.device)
    return square[above[0], above[1]]


def disjoint_minibatches(
    points: int, *, minibatches: int, batch: int, generator: torch.Generator
) -> Int64[Tensor, "m batch"]:
    """Up to `minibatches` minibatches that share no examples, from a random order of all points.

    There are fewer if the data set is too small. `batch` is reduced so that there are at least two.
    """
    if min(points, minibatches) < 2 or batch < 1:
        raise SpecError(
            "Pairs of examples need at least 2 examples, 2 minibatches and 1 example in each; got "
            f"{points} examples and {minibatches} minibatches of {batch}. Give more."
        )
    size = max(1, min(batch, points // 2))
    count = min(minibatches, points // size)
    return torch.randperm(points, generator=generator)[: count * size].view(count, size)
