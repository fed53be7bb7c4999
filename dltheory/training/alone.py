"""A single network that trains as an ordinary module instead of in a stack of seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dltheory.training.seed_axis import Recorded, Stack


@dataclass(kw_only=True)
class Alone(Stack):
    """One network with the interface of a stack; its module is called unchanged.

    It is for networks that cannot be stacked: networks that draw random numbers when called
    (dropout), whose Python code depends on their data, or whose layers torch cannot vectorise
    (recurrent layers). `parameters` and `buffers` are views of the module's own tensors.
    """

    @classmethod
    def of(cls, networks: Sequence[nn.Module], *, lone: bool = True) -> Alone:
        """The only network in `networks`; it is not copied, so training changes it."""
        (network,) = networks
        alone = cls(skeleton=network, parameters={}, buffers={}, lone=lone)
        alone._look()
        return alone

    def to(self, device: torch.device) -> Alone:
        """Move the network to a device and return this object."""
        self.skeleton.to(device)
        self.parameters = {}  # they may lie elsewhere now
        self._look()
        return self

    def keep(self, rows: Sequence[int]) -> None:
        """Keep the network if `rows` has its index 0; with no rows keep nothing."""
        if not rows:
            super().keep(rows)

    def put(self, parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> None:
        """Copy these values into the module; tensors with 0 seeds remove the network."""
        given = {**parameters, **buffers}
        if not len(next(iter(parameters.values()))):
            super().put(parameters, buffers)
            return
        with torch.no_grad():
            for name, tensor in (*self.skeleton.named_parameters(), *self.skeleton.named_buffers()):
                tensor.copy_(given[name][0])
        self._look()

    def __call__(self, images: Float[Tensor, "seeds batch *shape"]) -> Tensor:
        """The logits of the network on its images, shape (1, batch, classes)."""
        logits = cast(Tensor, self.skeleton(images[0])).unsqueeze(0)
        self._look()  # a module may have put another tensor in the place of a buffer
        return logits

    def recorded(self, images: Float[Tensor, "seeds batch *shape"]) -> Recorded:
        """The logits, and a function from the gradient by them to gradients by the parameters."""
        logits = self(images)
        trained = [p for p in self.skeleton.parameters() if p.requires_grad]

        def back(by_logits: Tensor) -> list[Tensor]:
            found = torch.autograd.grad(logits, trained, by_logits)
            return [gradient.unsqueeze(0) for gradient in found]

        return Recorded(logits.detach(), back)

    def state_of(self, index: int) -> dict[str, Tensor]:
        """A copy of the module's state; `index` must be 0."""
        assert index == 0
        return {
            name: tensor.detach().clone() for name, tensor in self.skeleton.state_dict().items()
        }

    def _look(self) -> None:
        """Set `parameters` and `buffers` to views of the module's tensors with a seed axis."""
        named = dict(self.skeleton.named_parameters())
        trained = {name: p for name, p in named.items() if p.requires_grad}
        others = {name: p for name, p in named.items() if not p.requires_grad}
        others |= dict(self.skeleton.named_buffers())
        if self.parameters.keys() != trained.keys():
            self.parameters = {name: p.data.unsqueeze(0) for name, p in trained.items()}
        self.buffers = {name: tensor.data.unsqueeze(0) for name, tensor in others.items()}
