"""Networks whose weights are computed from other parameters, as by spectral or weight norm."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm


def plain(model: nn.Module) -> nn.Module:
    """The model itself if all its weights are parameters, and otherwise a `plain_copy`.

    Reading a computed weight in training mode may change it, as with spectral norm.
    """
    return plain_copy(model) if any(map(is_computed, model.modules())) else model


def plain_copy(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode in which all computed weights are parameters with their values."""
    # Hooks store weights in modules that are part of a graph, and such tensors cannot be copied.
    computed = [t for m in model.modules() for t in vars(m).values() if isinstance(t, Tensor)]
    network = copy.deepcopy(model, {id(t): t.detach().clone() for t in computed}).eval()
    for module in network.modules():
        if parametrize.is_parametrized(module):
            _without_parametrizations(module)
        for place, hook in list(module._forward_pre_hooks.items()):
            if isinstance(hook, SpectralNorm | WeightNorm):
                with torch.no_grad():
                    hook.remove(module)
                del module._forward_pre_hooks[place]
    return network


def _without_parametrizations(module: nn.Module) -> None:
    """Replace parametrizations of this module by parameters, in place.

    `remove_parametrizations` cannot be used, because a copy shares the class that computes the
    weight with the original module, which would lose its weight too.
    """
    values = {name: getattr(module, name).detach().clone() for name in _parametrized(module)}
    module.__class__ = type(module).__bases__[0]
    del module.parametrizations
    for name, value in values.items():
        module.register_parameter(name, nn.Parameter(value))


def _parametrized(module: nn.Module) -> list[str]:
    lists = module.parametrizations
    assert isinstance(lists, nn.ModuleDict)
    return list(lists)


def is_computed(module: nn.Module) -> bool:
    """Whether a weight of this module is computed from parameters of another name."""
    return parametrize.is_parametrized(module) or any(
        isinstance(hook, SpectralNorm | WeightNorm) for hook in module._forward_pre_hooks.values()
    )
