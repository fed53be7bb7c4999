"""Products of vectors with the Hessian of the mean cross-entropy over a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating

Precision = Literal["float64", "float32", "model"]

MEMORY = 2**31  # bytes that graphs of gradients may keep


class Hessian(NamedTuple):
    """The map v ↦ H v (`times`) for flat vectors in the order of `model.parameters()`.

    `n` is the length of the vectors.
    """

    times: Callable[[Tensor], Tensor]
    n: int
    dtype: torch.dtype
    device: torch.device


class _Graph(NamedTuple):
    """The gradient of the sum of the losses of some images, with its graph."""

    parameters: list[Tensor]
    gradients: list[Tensor]


@contextmanager
def hessian(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    precision: Precision = "float64",
    batch: int = 1000,
    memory: int = MEMORY,
) -> Iterator[Hessian]:
    """A context with the Hessian H of (1/N) Σ −ln softmax(F(x_n))_{y_n} by all parameters.

    The model is in evaluation mode. Weight decay is not included; a penalty (c/2)‖φ‖² would add c
    to every eigenvalue. At an input of 0 the derivative of a ReLU is 0, as in autograd.

    Products are computed with copies of the parameters and images in `precision`; the model is not
    changed. The graph of the gradient of each `batch` images is built once and kept, while all kept
    graphs need at most `memory` bytes. Other graphs are built again for every product. A product
    costs two backward passes for a kept graph, and otherwise four passes. SpecError is raised if
    there are no images, or not one label for each.
    """
    dtype = _dtype(model, precision)
    _require_float_images(images, labels)
    parameters = {name: p.detach().to(dtype) for name, p in model.named_parameters()}
    buffers = {
        name: b.detach().to(dtype) if b.is_floating_point() else b.detach().clone()
        for name, b in model.named_buffers()
    }

    def graph(part: slice) -> _Graph:
        free = {name: p.detach().requires_grad_() for name, p in parameters.items()}
        with torch.enable_grad():
            out = functional_call(model, (free, buffers), (images[part].to(dtype),))
            loss = functional.cross_entropy(out, labels[part], reduction="sum")
            gradients = torch.autograd.grad(
                loss, list(free.values()), create_graph=True, materialize_grads=True
            )
        return _Graph(list(free.values()), list(gradients))

    parts = [slice(start, start + batch) for start in range(0, len(images), batch)]
    sizes = [p.numel() for p in parameters.values()]
    with evaluating(model, images):
        shared = [*parameters.values(), *buffers.values(), images]
        a_part = _bytes_kept(graph, min(8, len(images)), min(batch, len(images)), shared)
        kept = {place: graph(part) for place, part in enumerate(parts[: memory // max(1, a_part)])}

        def times(v: Tensor) -> Tensor:
            """H v: the sum over all parts, in float64 if there are several, divided by N."""
            pieces = v.to(dtype).split(sizes)
            total: Tensor | None = None
            for place, part in enumerate(parts):
                here = _second(kept.get(place) or graph(part), pieces)
                total = here if total is None else total.double() + here
            assert total is not None
            return (total / len(images)).to(dtype)

        yield Hessian(times, sum(sizes), dtype, images.device)


def start_vector(operator: Hessian, generator: torch.Generator) -> Tensor:
    """A vector of independent standard normal entries, whose direction is uniform."""
    drawn = torch.randn(operator.n, generator=generator, dtype=torch.float64)
    return drawn.to(operator.device, operator.dtype)


def _second(graph: _Graph, pieces: tuple[Tensor, ...]) -> Tensor:
    """The Hessian of the sum of the graph's losses times the vector, given in these pieces."""
    linked = [
        (gradient, piece.view_as(gradient))
        for gradient, piece in zip(graph.gradients, pieces, strict=True)
        if gradient.requires_grad
    ]
    if not linked:
        return torch.cat([torch.zeros_like(p).flatten() for p in graph.parameters])
    products = torch.autograd.grad(
        [gradient for gradient, _ in linked],
        graph.parameters,
        [piece for _, piece in linked],
        retain_graph=True,
        materialize_grads=True,
    )
    return torch.cat([product.flatten() for product in products])


def _bytes_kept(
    graph: Callable[[slice], _Graph], few: int, batch: int, shared: Sequence[Tensor]
) -> int:
    """The number of bytes that the graph of the gradient of `batch` images keeps in memory.

    It is extrapolated from graphs of 1 image and of `few` images. Gradients are included. Tensors
    that all graphs share are not.
    """
    everywhere = {tensor.untyped_storage().data_ptr() for tensor in shared}

    def held(count: int) -> int:
        seen: dict[int, int] = {}

        def note(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            seen[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            alive = graph(slice(0, count))
        for gradient in alive.gradients:
            note(gradient)
        return sum(size for place, size in seen.items() if place not in everywhere)

    first = held(1)
    return first if few == 1 else first + (held(few) - first) * (batch - 1) // (few - 1)


def _dtype(model: nn.Module, precision: Precision) -> torch.dtype:
    known = {"float64": torch.float64, "float32": torch.float32}
    if precision == "model":
        return next(model.parameters()).dtype
    if precision not in known:
        raise SpecError(
            "Products with the Hessian are made in 'float64', 'float32' or 'model' precision; got "
            f"{precision!r}. Give one of the three."
        )
    return known[precision]


def _require_float_images(images: Tensor, labels: Tensor) -> None:
    if not len(images) == len(labels) > 0:
        raise SpecError(
            "The Hessian of a mean loss needs at least one image and a label for each; got "
            f"{len(images)} images and {len(labels)} labels. Give as many of both."
        )
