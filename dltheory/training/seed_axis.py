"""Stacked seeds: networks that differ only by seed, combined so that they train together."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from dltheory.errors import SpecError
from dltheory.training.stacked_networks import outputs, recorded, with_seed_axis
from dltheory.training.stacked_pass import Layer


class Recorded(NamedTuple):
    """Logits, and a function from the gradient by the logits to those by the parameters.

    The gradients are in the order of the stack's parameters.
    """

    logits: Tensor
    gradients: Callable[[Tensor], list[Tensor]]


@dataclass(kw_only=True)
class Stack:
    """Networks of equal shapes, stacked: the first axis of every parameter and buffer is the seed.

    `skeleton` is a copy of one network without values. `parameters` are the tensors that a step
    changes. A parameter that requires no gradient is kept in `buffers`. A parameter with several
    names in the network (tied weights) is stored under the first, and `aliases` maps the other
    names to it.

    On a CPU, if `with_seed_axis` knows all layers of the network, outputs are computed layer by
    layer for all seeds. Otherwise `torch.vmap` is used, which is slower. The results are equal
    except for rounding.

    With `lone`, a stack of a single network calls the network directly, on images in the memory
    format "channels last". This is faster if one network keeps the device busy. The results are
    equal except for rounding.
    """

    skeleton: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    lone: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    passing: frozenset[str] = frozenset()
    """The buffers that are no part of a network's state, and not loaded with it."""
    layer: Layer | None = None
    """The whole network as a layer with a seed axis, where all its layers are known."""

    @classmethod
    def of(cls, networks: Sequence[nn.Module], *, lone: bool = False) -> Stack:
        """Stack copies of networks that have the same structure and shapes."""
        first = networks[0]
        trained = {name for name, p in first.named_parameters() if p.requires_grad}
        stacked = _stacked([_tensors(network) for network in networks])
        skeleton = _without_numbers(first)
        return cls(
            skeleton=skeleton,
            parameters={k: v for k, v in stacked.items() if k in trained},
            buffers={k: v for k, v in stacked.items() if k not in trained},
            lone=lone,
            aliases=_aliases(first),
            passing=frozenset(stacked.keys() - first.state_dict().keys()),
            layer=with_seed_axis(skeleton),
        )

    @property
    def seeds(self) -> int:
        """The number of networks in the stack."""
        return len(next(iter(self.parameters.values())))

    def to(self, device: torch.device) -> Stack:
        """Move the stack to a device and return it."""
        self.parameters = {k: v.to(device) for k, v in self.parameters.items()}
        self.buffers = {k: v.to(device) for k, v in self.buffers.items()}
        return self

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only the networks with these indices, in this order."""
        self.parameters = {k: v.detach()[list(rows)] for k, v in self.parameters.items()}
        self.buffers = {k: v[list(rows)] for k, v in self.buffers.items()}

    def put(self, parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> None:
        """Replace all parameters and buffers; the number of networks may change."""
        self.parameters, self.buffers = parameters, buffers

    def __call__(self, images: Float[Tensor, "seeds batch *shape"]) -> Tensor:
        """The logits of every network on its own images, shape (seeds, batch, classes).

        In training mode the running statistics of batch normalisation are updated in place.
        """

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
            return functional_call(self.skeleton, (parameters, buffers), (x,))

        if self.lone and self.seeds == 1:
            parameters = {name: p[0] for name, p in self.parameters.items()}
            buffers = {name: b[0] for name, b in self.buffers.items()}
            return one(parameters, buffers, _channels_last(images[0])).unsqueeze(0)
        if self.layer is not None and images.device.type == "cpu":
            return outputs(self.layer, {**self.parameters, **self.buffers}, images)
        return torch.vmap(one)(self.parameters, self.buffers, images)

    def recorded(self, images: Float[Tensor, "seeds batch *shape"]) -> Recorded:
        """The logits, and a function from the gradient by them to gradients by the parameters."""
        one_by_one = self.lone and self.seeds == 1
        plain = images.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
        if self.layer is not None and plain and not one_by_one:
            tensors = {**self.parameters, **self.buffers}
            logits, gradients = recorded(self.layer, tensors, images)
            return Recorded(logits, lambda by: self._in_order(gradients(by)))
        by_torch = [p.requires_grad_() for p in self.parameters.values()]
        logits = self(images)

        def back(by_logits: Tensor) -> list[Tensor]:
            found = torch.autograd.grad(logits, by_torch, by_logits)
            return [gradient.contiguous() for gradient in found]

        return Recorded(logits.detach(), back)

    def _in_order(self, gradients: Mapping[str, Tensor]) -> list[Tensor]:
        return [gradients[name] for name in self.parameters]

    def state_of(self, index: int) -> dict[str, Tensor]:
        """A copy of the parameters and buffers of one network, for `load_state_dict`."""
        state = {
            k: v[index].detach().clone()
            for k, v in {**self.parameters, **self.buffers}.items()
            if k not in self.passing
        }
        return state | {name: state[other].clone() for name, other in self.aliases.items()}


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: tensor.detach()
        for name, tensor in (*network.named_parameters(), *network.named_buffers())
    }


def _stacked(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    shapes = [{name: tuple(tensor.shape) for name, tensor in state.items()} for state in states]
    unlike = next((other for other in shapes if other != shapes[0]), None)
    if unlike is not None:
        raise SpecError(
            "Networks that train together need the same parameters and buffers; got two seeds "
            f"with {shapes[0]} and {unlike}. Build the same shapes for every seed."
        )
    return {name: torch.stack([state[name] for state in states]) for name in states[0]}


def _without_numbers(network: nn.Module) -> nn.Module:
    """A copy with parameters and buffers on the "meta" device; tied parameters stay tied."""
    memo: dict[int, object] = {}
    for parameter in network.parameters():
        empty = torch.empty_like(parameter, device="meta")
        memo[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.requires_grad)
    memo.update(
        (id(buffer), torch.empty_like(buffer, device="meta")) for buffer in network.buffers()
    )
    return copy.deepcopy(network, memo)


def _aliases(network: nn.Module) -> dict[str, str]:
    """A map from the further names of tied tensors in the network's state to their first names."""
    first: dict[int, str] = {}
    aliases = {}
    state = network.state_dict(keep_vars=True)
    for name, tensor in state.items():
        if not isinstance(tensor, Tensor):
            continue  # extra state, which is nobody's alias
        known = first.setdefault(id(tensor), name)
        if known != name:
            aliases[name] = known
    return aliases


def _channels_last(images: Tensor) -> Tensor:
    """The images in the memory format "channels last"; unchanged without several channels."""
    if images.ndim != 4 or images.shape[1] == 1:
        return images
    return images.contiguous(memory_format=torch.channels_last)
