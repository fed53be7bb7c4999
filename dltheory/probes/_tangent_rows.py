"""Jacobians by one backward pass per output: slow, and right for whatever a network does."""

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
    """∂f_nc with respect to some of these parameters at a time, one row for each (n, c).

    Where images see each other in the network, each row is of the pass over all of them.
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
    """The names in turn, as many at a time as the Jacobian has room for, and at least one."""
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
