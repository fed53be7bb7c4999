"""Folding of batch normalisation in evaluation mode, an affine map, into the layer before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from dltheory.errors import SpecError
from dltheory.probes._plain_weights import plain, plain_copy

BATCH_NORM = (nn.BatchNorm1d, nn.BatchNorm2d)


def without_batch_norm(model: nn.Module, *, dtype: torch.dtype | None = None) -> nn.Module:
    """A copy of the model in evaluation mode with the same function and no batch normalisation.

    A batch normalisation has running mean m, running variance v, scale γ, shift β and constant ε,
    and maps y to γ (y − m)/√(v + ε) + β. Directly after a convolution or linear layer W x + b it is
    folded into it: W' = γ W/√(v + ε) and b' = γ (b − m)/√(v + ε) + β, where a row or filter of W
    belongs to one channel. An Identity takes its place, so that other modules keep their names. The
    model itself is not changed. SpecError is raised if a normalisation cannot be folded exactly:
    after a nonlinearity, at the beginning of a block, or without running statistics.
    """
    network = plain_copy(model).to(dtype=dtype)
    _require_foldable(network)
    for before, norm in _normalisations(network):
        if before is not None and isinstance(norm.module, BATCH_NORM):
            setattr(before.parent, before.name, _fused(before.module, norm.module))
            setattr(norm.parent, norm.name, nn.Identity())
    return network


def weights_before_batch_norm(model: nn.Module) -> dict[str, Tensor]:
    """The weights of layers that batch normalisation directly follows, by name.

    If a filter (row) of such a weight is scaled and the running statistics accordingly, the
    function of the network does not change, up to ε.
    """
    network = plain(model)
    names = {module: name for name, module in network.named_modules()}
    return {
        f"{names[before.module]}.weight": before.module.weight.detach()
        for before, _ in _normalisations(network)
        if before is not None and isinstance(before.module, nn.Linear | nn.Conv2d)
    }


class _Place(NamedTuple):
    parent: nn.Module
    name: str
    module: nn.Module


def _normalisations(model: nn.Module) -> list[tuple[_Place | None, _Place]]:
    """Every batch normalisation with the module directly before it, or None if that is unknown."""
    return [
        (before, place)
        for chain in _chains(nn.Sequential(model))
        for before, place in zip([None, *chain], chain, strict=False)
        if isinstance(place.module, BATCH_NORM)
    ]


def _chains(container: nn.Module) -> Iterator[list[_Place]]:
    """Yield lists of modules that are applied in sequence; nested Sequentials are joined."""
    if _is_sequence(container):
        chains = [list(_unrolled(container))]
    else:
        children = [_Place(container, *child) for child in container.named_children()]
        chains = [list(_unrolled(p.module)) if _is_sequence(p.module) else [p] for p in children]
    for chain in chains:
        yield chain
        for place in chain:
            yield from _chains(place.module)


def _unrolled(sequence: nn.Module) -> Iterator[_Place]:
    for name, child in sequence._modules.items():  # one that occurs twice is listed twice
        if child is not None and _is_sequence(child):
            yield from _unrolled(child)
        elif child is not None:
            yield _Place(sequence, name, child)


def _is_sequence(module: nn.Module) -> bool:
    """Whether the module's `forward` is that of nn.Sequential, which a subclass may replace."""
    return type(module).forward is nn.Sequential.forward


def _fused(layer: nn.Module, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.Module:
    if norm.weight is None and norm.running_var is not None:  # one of the two below needs both
        norm.weight = nn.Parameter(torch.ones_like(norm.running_var))
        norm.bias = nn.Parameter(torch.zeros_like(norm.running_var))
    if isinstance(layer, nn.Linear):
        return fuse_linear_bn_eval(layer, norm)
    return fuse_conv_bn_eval(cast("nn.Conv2d", layer), norm)


def _require_foldable(model: nn.Module) -> None:
    names = {module: name or "it" for name, module in model.named_modules()}
    uses = Counter(module for _, module in model.named_modules(remove_duplicate=False))
    found = _normalisations(model)
    reasons = {names[norm.module]: _obstacle(before, norm, uses) for before, norm in found}
    refused = [f"{name} {reason}" for name, reason in reasons.items() if reason]
    if refused:
        raise SpecError(
            "Batch normalisation can be folded where it has running statistics and directly "
            f"follows a Linear or Conv2d in a Sequential; got {len(refused)} of {len(reasons)} "
            f"that cannot: {', '.join(refused)}. Use a quantity that needs no folding."
        )


def _obstacle(before: _Place | None, norm: _Place, uses: Counter[nn.Module]) -> str:
    if before is None:
        return "follows nothing in its Sequential"
    if not isinstance(before.module, nn.Linear | nn.Conv2d):
        return f"follows a {type(before.module).__name__}"
    if norm.module.running_var is None:
        return "has no running statistics"
    if before.module.weight.shape[0] != norm.module.num_features:
        return f"normalises {norm.module.num_features} of {before.module.weight.shape[0]} channels"
    if max(uses[before.module], uses[norm.module]) > 1:
        return f"is used {uses[norm.module]} times and its layer {uses[before.module]} times"
    return ""
