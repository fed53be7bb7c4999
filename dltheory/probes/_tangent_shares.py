"""The shares of layers in the tangent kernel: passes over the images, then one layer at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dltheory.probes._tangent_layers import (
    by_position,
    channel_gradients,
    gram,
    weight_kernel,
)
from dltheory.probes._tangent_network import Network
from dltheory.probes._tangent_recording import Call, Recording, record

Part = tuple[Call, list[Tensor]]  # a call, and for each class the gradient of its output


def shares(
    network: Network, images: Tensor, layers: list[nn.Module], batch: int
) -> Iterator[tuple[list[str], Tensor]]:
    """The parameters and the share of each layer that its inputs and output gradients give.

    Axes (points, classes, points, classes). A layer that turns out to be used otherwise is left
    out. What was recorded of a layer is dropped with its share.
    """
    recorded = _recorded(network, images, layers, batch)
    while recorded:
        parts = recorded.pop()
        names = list(parts[0][0].names.values())
        yield names, _share(parts)


def _recorded(
    network: Network, images: Tensor, layers: list[nn.Module], batch: int
) -> list[list[Part]]:
    """For each layer, its part in every pass."""
    if not layers:
        return []
    passes = [_pass(record(network, part), layers) for part in images.split(batch)]
    always = [layer for layer in layers if all(layer in seen for seen in passes)]
    return [[seen.pop(layer) for seen in passes] for layer in always]


def _pass(recording: Recording, layers: list[nn.Module]) -> dict[nn.Module, Part]:
    calls = [recording.calls[layer] for layer in layers if layer in recording.calls]
    parts: dict[nn.Module, Part] = {call.module: (call, []) for call in calls}
    outputs = recording.outputs
    classes = outputs.shape[1]
    for c in range(classes if calls else 0):
        # Images do not see each other, so the gradient of their sum gives each its own.
        gradients = torch.autograd.grad(
            outputs,
            [call.edge for call in calls],
            torch.eye(classes).to(outputs)[c].expand_as(outputs),
            retain_graph=c + 1 < classes,
            allow_unused=True,
        )
        for call, gradient in zip(calls, gradients, strict=True):
            parts[call.module][1].append(_needed(call, gradient))
    return parts


def _needed(call: Call, gradient: Tensor | None) -> Tensor:
    """The gradient of a layer's output, or of its parameters where these are few."""
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
        return _products(gradient)
    gradient = by_position(call.module, gradient)
    share = gradient.new_zeros(())
    if "weight" in call.names:
        share = weight_kernel(call.module, torch.cat([call.input for call, _ in parts]), gradient)
    if "bias" in call.names:
        share = share + _products(gradient.sum(dim=-1).flatten(2))
    return share


def _products(rows: Tensor) -> Tensor:
    """Inner products of rows (points, classes, size)."""
    shape = rows.shape[:2]
    return gram(rows.flatten(0, 1)).unflatten(0, shape).unflatten(2, shape)
