"""One pass through stacked networks, and the way back: gradients layer by layer.

Layers write down how a gradient by their outputs becomes one by their inputs and their parameters.
PyTorch's own recording does the same for any operation. For small networks it costs as much as the
operations, it returns weight gradients in another order in memory than the weights', and it may not
write into a gradient that nobody needs any more.
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
    """Stacked parameters and buffers by name, the ways back so far, and the gradients found.

    Without `recording`, layers are ordinary operations, which PyTorch may differentiate.
    """

    tensors: Mapping[str, Tensor]
    recording: bool = False
    ways_back: list[Back] = field(default_factory=list)
    gradients: dict[str, Tensor] = field(default_factory=dict)

    def branch(self) -> Pass:
        """A pass of the same networks whose way back is its own."""
        return Pass(tensors=self.tensors, recording=self.recording, gradients=self.gradients)

    def note(self, way_back: Back) -> None:
        """The way back through the operation that was just done."""
        if self.recording:
            self.ways_back.append(way_back)

    def found(self, name: str | None, gradient: Tensor | None) -> None:
        """The gradient by a parameter, or a part of it where the parameter is used twice."""
        if name is None or gradient is None:
            return
        gradient = gradient.view(self.tensors[name].shape)
        before = self.gradients.get(name)
        self.gradients[name] = gradient if before is None else before + gradient

    def go_back(self, gradient: Tensor) -> Tensor | None:
        """From the gradient by the last outputs to that by the first inputs.

        It can be gone once: what a layer kept for it is let go as soon as it is used.
        """
        by: Tensor | None = gradient
        while self.ways_back and by is not None:
            by = self.ways_back.pop()(by)
        return by


def differentiated(operation: Layer, names: Sequence[str] = ()) -> Layer:
    """A layer whose way back PyTorch records; `names` are its parameters."""

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
