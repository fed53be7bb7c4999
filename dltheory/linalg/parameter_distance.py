"""Distances between the parameters of two networks with the same architecture.

With `seed_axes=1` the first axis of each tensor is the seed; parameters are then compared seed by
seed, and each result has this axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.errors import SpecError

Tensors = Mapping[str, Tensor] | Sequence[Tensor]


class Distances(NamedTuple):
    """Distances between parameters W_1 and W_2, with Frobenius norms, in float64.

    `absolute` is ‖W_2 − W_1‖, `over_first` is ‖W_2 − W_1‖/‖W_1‖, `over_second` is ‖W_2 −
    W_1‖/‖W_2‖, and `cosine` is the cosine of the angle between W_1 and W_2. `over_second` is d(W_1,
    W_2) of liu2020bad, §3.3 and Table 1, where W_2 are the parameters at the *end* of training. It
    lies between |r − 1| and r + 1 for r = ‖W_1‖/‖W_2‖, so a decrease of the norm alone makes it
    large. Both ratios and the cosine do not change if both networks are scaled by the same positive
    number; the cosine does not change either if the factors differ. If a norm is 0, results are ∞
    or NaN by IEEE arithmetic.
    """

    absolute: Tensor
    over_first: Tensor
    over_second: Tensor
    cosine: Tensor


def parameter_distances(first: Tensors, second: Tensors, *, seed_axes: int = 0) -> Distances:
    """Distances between all parameters as one vector; each result has shape (*seeds)."""
    return _distances(*(part.sum(dim=-1) for part in _squares(first, second, seed_axes)))


def layer_distances(first: Tensors, second: Tensors, *, seed_axes: int = 0) -> Distances:
    """Distances tensor by tensor, in the order of `first`; results have shape (*seeds, tensors)."""
    return _distances(*_squares(first, second, seed_axes))


def unit_filter_distance(
    first: Tensors, second: Tensors, *, seed_axes: int = 0
) -> Float[Tensor, "*seeds"]:
    """The distance √((1/F) Σ_f ‖u_f − v_f‖²) between filters of unit length.

    u_f and v_f are the F filters (rows of weights) of both networks, each divided by its length; a
    filter of length 0 stays 0. The distance is between 0 and 2, and √2 if all pairs are orthogonal.
    The length of a filter does not matter if batch normalisation follows. Therefore give only the
    weights of such layers, as from `weights_before_batch_norm`. Then weight decay, which scales
    filters, does not influence the distance. SpecError is raised for tensors without filters.
    """
    total, filters = torch.zeros(()), 0
    for one, other in _pairs(first, second, seed_axes):
        if one.dim() < seed_axes + 2:
            raise SpecError(
                f"Filters need weights with at least 2 axes besides {seed_axes} of seeds; got "
                f"shape {tuple(one.shape)}. Leave out biases and scales."
            )
        difference = _unit_filters(one, seed_axes) - _unit_filters(other, seed_axes)
        total = total.to(one.device) + difference.square().sum(dim=(-2, -1))
        filters += one.shape[seed_axes]
    return (total / filters).sqrt()


def _unit_filters(weight: Tensor, seed_axes: int) -> Tensor:
    rows = weight.flatten(seed_axes + 1)
    lengths = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
    return rows / torch.where(lengths > 0, lengths, 1)


def _squares(first: Tensors, second: Tensors, seed_axes: int) -> list[Tensor]:
    """‖W_1‖², ‖W_2‖², ‖W_2 − W_1‖² and ⟨W_1, W_2⟩ of each tensor; shapes (*seeds, tensors)."""
    flat = [
        [part.flatten(seed_axes) if part.dim() > seed_axes else part[..., None] for part in pair]
        for pair in _pairs(first, second, seed_axes)
    ]
    columns = [
        (a.square().sum(-1), b.square().sum(-1), (b - a).square().sum(-1), (a * b).sum(-1))
        for a, b in flat
    ]
    return [torch.stack(parts, dim=-1) for parts in zip(*columns, strict=True)]


def _distances(first: Tensor, second: Tensor, difference: Tensor, product: Tensor) -> Distances:
    absolute = difference.sqrt()
    cosine = (product / (first.sqrt() * second.sqrt())).clamp(-1, 1)
    return Distances(absolute, absolute / first.sqrt(), absolute / second.sqrt(), cosine)


def _pairs(first: Tensors, second: Tensors, seed_axes: int) -> list[tuple[Tensor, Tensor]]:
    """Pairs of corresponding tensors, by name or by position, in float64.

    SpecError is raised if names, shapes or the number of tensors differ.
    """
    ones, others = _named(first), _named(second)
    shapes = {name: tuple(tensor.shape) for name, tensor in ones.items()}
    found = {name: tuple(tensor.shape) for name, tensor in others.items()}
    if shapes != found or not shapes:
        names = [name for name in {**shapes, **found} if shapes.get(name) != found.get(name)]
        raise SpecError(
            "Distances need two networks of one architecture, tensor for tensor; got "
            f"{len(shapes)} and {len(found)} tensors"
            + "".join(f", {n}: {shapes.get(n)} and {found.get(n)}" for n in names[:3])
            + ". Give the same parameters of both."
        )
    shallow = [shape for shape in shapes.values() if len(shape) < seed_axes]
    if shallow:
        raise SpecError(
            f"Tensors over {seed_axes} axes of seeds need at least that many axes; got shape "
            f"{shallow[0]}. Lower seed_axes, or stack the networks."
        )
    return [(ones[n].detach().double(), others[n].detach().double()) for n in ones]


def _named(tensors: Tensors) -> dict[str, Tensor]:
    if isinstance(tensors, Mapping):
        return dict(tensors)
    return {f"tensor {place}": tensor for place, tensor in enumerate(tensors)}
