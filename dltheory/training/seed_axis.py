"""Networks that differ by seed alone, stacked so that they train together."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state


@dataclass(kw_only=True)
class Stack:
    """Networks of one shape as one: the first axis of every parameter and buffer is the seed.

    With `lone`, a stack of a single network calls it as it is, its images with their channels last,
    which is faster where one network keeps the device busy. The numbers are the same but for
    rounding.
    """

    skeleton: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    lone: bool = False

    @classmethod
    def of(cls, networks: Sequence[nn.Module], *, lone: bool = False) -> Stack:
        """Stack networks that were built alike; they are copied, not changed."""
        parameters, buffers = stack_module_state(list(networks))  # type: ignore[arg-type]
        return cls(
            skeleton=copy.deepcopy(networks[0]).to("meta"),
            parameters={k: v.detach().clone() for k, v in parameters.items()},
            buffers={k: v.detach().clone() for k, v in buffers.items()},
            lone=lone,
        )

    @property
    def seeds(self) -> int:
        """How many networks there are."""
        return len(next(iter(self.parameters.values())))

    def to(self, device: torch.device) -> Stack:
        """The same stack on a device."""
        self.parameters = {k: v.to(device) for k, v in self.parameters.items()}
        self.buffers = {k: v.to(device) for k, v in self.buffers.items()}
        return self

    def keep(self, rows: Sequence[int]) -> None:
        """Keep these networks alone."""
        self.parameters = {k: v.detach()[list(rows)] for k, v in self.parameters.items()}
        self.buffers = {k: v[list(rows)] for k, v in self.buffers.items()}

    def __call__(self, images: Float[Tensor, "seeds batch *shape"]) -> Tensor:
        """Logits of every network on its own images: (seeds, batch, classes).

        In training mode the running statistics of batch normalisation are updated in place.
        """

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
            return functional_call(self.skeleton, (parameters, buffers), (x,))

        if self.lone and self.seeds == 1:
            parameters = {name: p[0] for name, p in self.parameters.items()}
            buffers = {name: b[0] for name, b in self.buffers.items()}
            return one(parameters, buffers, _channels_last(images[0])).unsqueeze(0)
        return torch.vmap(one)(self.parameters, self.buffers, images)

    def state_of(self, index: int) -> dict[str, Tensor]:
        """Parameters and buffers of one network, ready for `load_state_dict`."""
        return {
            k: v[index].detach().clone() for k, v in {**self.parameters, **self.buffers}.items()
        }


def _channels_last(images: Tensor) -> Tensor:
    """The images with the channels of a pixel side by side in memory, where they have channels."""
    if images.ndim != 4 or images.shape[1] == 1:
        return images
    return images.contiguous(memory_format=torch.channels_last)
