"""A recording of a forward pass: each layer's input and the graph edge of its output.

The gradients by a layer's parameters follow from these two if nothing else uses the parameters. The
graph of the pass shows this: each use of a parameter is an edge into its leaf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from dltheory.probes._tangent_layers import accepts, has_rule
from dltheory.probes._tangent_network import Network


@dataclass(frozen=True)
class Call:
    """One call of a layer; `names` are the full names of the parameters that it owns."""

    module: nn.Module
    names: dict[str, str]
    input: Tensor
    edge: GradientEdge
    output: torch.Size
    statistics: tuple[Any, Any]
    version: int


@dataclass(frozen=True)
class Recording:
    """The outputs of a pass, and the calls of layers that are the only users of their parameters.

    `operations` are the names of all operations in the graph.
    """

    outputs: Tensor
    calls: dict[nn.Module, Call]
    operations: frozenset[str]


def record(network: Network, images: Tensor) -> Recording:
    """The recording of a forward pass that differentiates by every parameter."""
    leaves = {name: p.detach().requires_grad_() for name, p in network.parameters.items()}
    with _listening(network.model) as calls, torch.enable_grad():
        outputs = network(images, leaves)
    uses, operations = _uses(outputs, leaves)
    callers = Counter(name for call in calls for name in call.names.values())
    sole = {
        call.module: call
        for call in calls
        if all(callers[name] == uses[name] == 1 for name in call.names.values())
        and call.input._version == call.version
    }
    return Recording(outputs, sole, operations)


def separable_layers(network: Network, images: Tensor, first: Recording) -> list[nn.Module] | None:
    """The layers that receive one row of input per image; None if images influence each other.

    `first` is a recording of the first images. It is compared with a pass of the first image alone.
    """
    alone = record(network, images[:1])
    if not close(first.outputs[:1], alone.outputs):
        return None
    both = [module for module in first.calls if module in alone.calls]
    return [module for module in both if agree(first.calls[module], alone.calls[module])]


def agree(call: Call, alone: Call) -> bool:
    """Whether the input in the call on one image equals the first row of the input of `call`."""
    one, other = call.input[:1], alone.input
    return one.shape == other.shape and accepts(call.module, one) and close(one, other)


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors differ by at most √ε times the largest absolute entry of the first.

    ε is the machine epsilon.
    """
    one, other = one.detach(), other.detach()
    tolerance = torch.finfo(one.dtype).eps ** 0.5
    return bool((one - other).abs().max() <= tolerance * one.abs().max())


@contextmanager
def _listening(model: nn.Module) -> Iterator[list[Call]]:
    """A context with a list to which the calls of layers that have a rule are added."""
    full = {id(p): name for name, p in model.named_parameters()}
    calls: list[Call] = []

    def listen(module: nn.Module, names: dict[str, str]) -> Any:
        def note(_: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
            if inputs and output.requires_grad:
                x = inputs[0].detach()
                statistics = (
                    getattr(module, "running_mean", None),
                    getattr(module, "running_var", None),
                )
                edge = get_gradient_edge(output)
                calls.append(Call(module, names, x, edge, output.shape, statistics, x._version))

        # This must be the first hook, because other hooks may change the output.
        return module.register_forward_hook(note, prepend=True)

    handles = []
    for module in model.modules():
        owned = {key: full[id(p)] for key, p in module._parameters.items() if p is not None}
        if owned and has_rule(module):
            handles.append(listen(module, owned))
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _uses(outputs: Tensor, leaves: dict[str, Tensor]) -> tuple[Counter[str], frozenset[str]]:
    """The number of graph edges into each parameter, and the names of all operations."""
    names = {id(leaf): name for name, leaf in leaves.items()}
    uses: Counter[str] = Counter()
    waiting, seen = [outputs.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        for child, _ in node.next_functions:
            name = names.get(id(getattr(child, "variable", None)))
            if name is None:
                waiting.append(child)
            else:
                uses[name] += 1
    return uses, frozenset(node.name() for node in seen)
