"""A forward pass through stacked networks, and the backward pass layer by layer.

Each layer records a function that maps the gradient by its outputs to the gradients by its inputs
and parameters. PyTorch's autograd does the same for any operation. But for small networks autograd
takes as long as the operations themselves, it returns weight gradients in another memory layout
than the weights, and it may not overwrite gradients that are no longer needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dltheory.training.activations import Activations

Back = Callable[[Tensor], Tensor | None]
"""From the gradient by a layer's outputs to that by its inputs; None where the inputs are given."""

Layer = Callable[["Pass", Activations], Activations]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Stacked parameters and buffers by name, the recorded backward functions, and the gradients.

    Without `recording`, layers are ordinary operations, which autograd can differentiate.
    """

    tensors: Mapping[str, Tensor]
    recording: bool = False
    ways_back: list[Back] = field(default_factory=list)
    gradients: dict[str, Tensor] = field(default_factory=dict)

    def branch(self) -> Pass:
        """A pass of the same networks and gradients with its own list of backward functions."""
        return Pass(tensors=self.tensors, recording=self.recording, gradients=self.gradients)

    def note(self, way_back: Back) -> None:
        """Record the backward function of the operation that was just computed."""
        if self.recording:
            self.ways_back.append(way_back)

    def found(self, name: str | None, gradient: Tensor | None) -> None:
        """Add a gradient by a parameter; a parameter that is used twice gets the sum."""
        if name is None or gradient is None:
            return
        gradient = gradient.view(self.tensors[name].shape)
        before = self.gradients.get(name)
        self.gradients[name] = gradient if before is None else before + gradient

    def go_back(self, gradient: Tensor) -> Tensor | None:
        """The gradient by the first inputs, from the gradient by the last outputs.

        It can be called once, because each backward function is dropped when it has been used, with
        the memory that it holds. The result is None if the first inputs need no gradient.
        """
        by: Tensor | None = gradient
        while self.ways_back and by is not None:
            by = self.ways_back.pop()(by)
        return by


def differentiated(operation: Layer, names: Sequence[str] = ()) -> Layer:
    """A layer whose backward pass is computed by autograd; `names` are its parameters."""

    def run(networks: Pass, x: Activations) -> Activations:
        if not networks.recording:
            return operation(networks, x)
        with torch.enable_grad():
            inputs = x.numbers.detach().requires_grad_()
            own = {name: networks.tensors[name].detach().requires_grad_() for name in names}
            tensors = {**networks.tensors, **own}
            out = operation(Pass(tensors=tensors), x.but(inputs))

        def back(gradient: Tensor) -> Tensor:
            by_inputs, *by_own = torch.autograd.grad(
                out.numbers, [inputs, *own.values()], gradient, materialize_grads=True
            )
            for name, by in zip(names, by_own, strict=True):
                networks.found(name, by.contiguous())
            return by_inputs

        networks.note(back)
        return Activations(out.numbers.detach(), out.seeds, out.maps)

    return run
