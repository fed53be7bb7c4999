"""Evaluation of a model on a data set without changing the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.float32_products import float32_products
from dltheory.randomness import drawing_from, stream


@contextmanager
def evaluating(model: nn.Module, images: Tensor) -> Iterator[None]:
    """A context in which all modules are in evaluation mode; their modes are restored at the end.

    SpecError is raised if two passes over the first eight images give different outputs.
    """
    with modes_kept(model):
        model.eval()
        require_deterministic(model, images[:8])
        yield


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """A context after which the modes of all modules are restored.

    Tensor attributes of modules besides parameters and buffers are restored too: hooks such as
    those of `torch.nn.utils.weight_norm` store there the weight that they computed last. In the
    context a GPU computes float32 products in float32 and not in TF32.
    """
    modes = {module: module.training for module in model.modules()}
    beside = {
        module: {name: value for name, value in vars(module).items() if isinstance(value, Tensor)}
        for module in modes
    }
    try:
        with float32_products():
            yield
    finally:
        for module, training in modes.items():
            module.training = training
            vars(module).update(beside[module])


def require_deterministic(model: nn.Module, images: Tensor) -> None:
    """Raise SpecError if the outputs of two passes of the model over the images differ.

    They are not compared if both have NaN at the same place.
    """
    with torch.no_grad(), drawing_from(stream(0, "probe/determinism")):
        first, second = model(images), model(images)
    if not torch.equal(first, second) and not (first.isnan() & second.isnan()).any():
        raise SpecError(
            "A probe needs a model that gives the same outputs each time in evaluation mode; the "
            f"outputs on the same {len(images)} images summed to {float(first.sum()):.9g} and then "
            f"to {float(second.sum()):.9g}. Switch off whatever draws random numbers or changes "
            "the model in its forward pass."
        )


def logits(model: nn.Module, images: Tensor, batch: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield the outputs in evaluation mode, with the slice of the data set that they belong to."""
    with evaluating(model, images), torch.no_grad():
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            yield part, model(images[part])
