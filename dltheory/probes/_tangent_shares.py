"""The parts of layers in the tangent kernel: passes over the images, then layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge
from torch.nn.modules.batchnorm import _BatchNorm

from dltheory.probes._tangent_layers import (
    by_position,
    channel_gradients,
    products,
    weight_kernel,
)
from dltheory.probes._tangent_network import Network
from dltheory.probes._tangent_recording import Call, Recording, record

Part = tuple[Call, list[Tensor]]  # a call, and for each class the gradient of its output


# Graphs of only these operations are differentiated for all classes at once, which is faster.
PLAIN = {
    *("AddmmBackward0", "MmBackward0", "TBackward0", "ViewBackward0", "AddBackward0"),
    *("MulBackward0", "ReluBackward0", "TanhBackward0"),
}


def shares(
    network: Network,
    images: Tensor,
    layers: list[nn.Module],
    first: Recording | None,
    batch: int,
) -> Iterator[tuple[list[str], Tensor]]:
    """Yield the names of the parameters of each layer, and its part of the tangent kernel.

    A part has axes (points, classes, points, classes). `first` is a recording of the first images,
    or None. A layer that is not recorded in all passes is omitted. Recordings of a layer are freed
    when its part has been returned.
    """
    recorded = _recorded(network, images, layers, first, batch) if layers else []
    while recorded:
        parts = recorded.pop()
        yield list(parts[0][0].names.values()), _share(parts)


def _recorded(
    network: Network,
    images: Tensor,
    layers: list[nn.Module],
    first: Recording | None,
    batch: int,
) -> list[list[Part]]:
    """For each layer that is recorded in all passes, its recording in each pass."""
    passes = []
    for part in images.split(batch):
        usable = first is not None and not passes and len(first.outputs) == len(part)
        passes.append(_pass(first if usable and first else record(network, part), layers))
    always = [layer for layer in layers if all(layer in seen for seen in passes)]
    return [[seen.pop(layer) for seen in passes] for layer in always]


def _pass(recording: Recording, layers: list[nn.Module]) -> dict[nn.Module, Part]:
    calls = [recording.calls[layer] for layer in layers if layer in recording.calls]
    parts: dict[nn.Module, Part] = {call.module: (call, []) for call in calls}
    if calls:
        for gradients in _gradients(recording, [call.edge for call in calls]):
            for call, gradient in zip(calls, gradients, strict=True):
                parts[call.module][1].append(_needed(call, gradient))
    return parts


def _gradients(
    recording: Recording, edges: list[GradientEdge]
) -> Iterator[tuple[Tensor | None, ...]]:
    """Yield, for each class, the gradients of its logits at these edges.

    Images do not influence each other, so the gradient of the sum over images contains that of
    each.
    """
    outputs = recording.outputs
    classes = outputs.shape[1]
    units = torch.eye(classes).to(outputs)[:, None].expand(classes, *outputs.shape)
    if recording.operations <= PLAIN:
        together = torch.autograd.grad(
            outputs, edges, units, is_grads_batched=True, allow_unused=True
        )
        yield from zip(*(repeat(None) if g is None else g for g in together), strict=False)
        return
    for place, unit in enumerate(units):
        again = place + 1 < classes
        yield torch.autograd.grad(outputs, edges, unit, retain_graph=again, allow_unused=True)


def _needed(call: Call, gradient: Tensor | None) -> Tensor:
    """The gradient by a layer's output, or by its parameters for a normalisation."""
    if gradient is None:
        gradient = call.input.new_zeros(call.output)
    if not isinstance(call.module, _BatchNorm):
        return gradient
    derivatives = channel_gradients(call.module, call.input, call.statistics, gradient)
    return torch.cat([derivatives[key] for key in call.names], dim=1)


def _share(parts: list[Part]) -> Tensor:
    call = parts[0][0]
    stacked = [torch.stack(gradients, dim=1) for _, gradients in parts]
    gradient = stacked[0] if len(stacked) == 1 else torch.cat(stacked)
    if isinstance(call.module, _BatchNorm):
        return products(gradient)
    gradient = by_position(call.module, gradient)
    if call.names.keys() == {"bias"}:
        return products(gradient.sum(dim=-1).flatten(2))
    inputs = torch.cat([call.input for call, _ in parts])
    return weight_kernel(call.module, inputs, gradient, bias="bias" in call.names)
