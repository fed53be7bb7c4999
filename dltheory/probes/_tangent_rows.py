"""Jacobians by one backward pass per output, which is slow and correct for all networks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.probes._tangent_network import Network

ENTRIES = 2**26  # of a Jacobian held at once: 256 MiB in float32


def jacobian_blocks(
    network: Network, images: Tensor, classes: int, names: list[str]
) -> Iterator[Float[Tensor, "rows parameters"]]:
    """Yield the Jacobian of the logits f_nc by some of these parameters at a time.

    There is one row for each image n and logit c. If images influence each other, each row is from
    a pass over all images.
    """
    for group in _groups(network, names, rows=len(images) * classes):
        size = sum(network.parameters[name].numel() for name in group)
        block = images.new_empty(len(images) * classes, size)
        for row, gradient in zip(block, _rows(network, images, group), strict=True):
            torch.cat(gradient, out=row)
        yield block


def _rows(network: Network, images: Tensor, names: list[str]) -> Iterator[list[Tensor]]:
    leaves = {name: network.parameters[name].detach().requires_grad_() for name in names}
    inputs = list(leaves.values())
    for part in [images] if network.coupled else images.split(1):
        with torch.enable_grad():
            outputs = network(part, leaves)
        for unit in torch.eye(outputs.numel()).to(outputs):
            gradients = (
                torch.autograd.grad(
                    outputs,
                    inputs,
                    unit.reshape(outputs.shape),
                    retain_graph=True,
                    materialize_grads=True,
                )
                if outputs.requires_grad
                else [torch.zeros_like(leaf) for leaf in inputs]
            )
            yield [gradient.detach().flatten() for gradient in gradients]


def _groups(network: Network, names: list[str], *, rows: int) -> Iterator[list[str]]:
    """Yield groups of names whose Jacobian has at most `ENTRIES` numbers, or of single names."""
    group: list[str] = []
    size = 0
    for name in names:
        entries = rows * network.parameters[name].numel()
        if group and size + entries > ENTRIES:
            yield group
            group, size = [], 0
        group.append(name)
        size += entries
    if group:
        yield group
