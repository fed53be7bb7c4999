"""Run a model over a data set without leaving a trace."""

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
    """Evaluation mode for every module, each put back into its own mode afterwards.

    A model that does not say the same thing twice about a few of the images is refused.
    """
    with modes_kept(model):
        model.eval()
        require_deterministic(model, images[:8])
        yield


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Whatever happens to the modes of the modules inside, they are as before afterwards.

    So are tensors that modules have beside parameters and buffers: hooks such as those of
    `torch.nn.utils.weight_norm` leave there the weight that they computed last. Inside, a GPU makes
    products of float32 in float32 and not in TF32.
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
    """Refuse a model in evaluation mode whose outputs differ from one pass to the next."""
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
    """The outputs in evaluation mode, with the part of the data set that they belong to."""
    with evaluating(model, images), torch.no_grad():
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            yield part, model(images[part])
