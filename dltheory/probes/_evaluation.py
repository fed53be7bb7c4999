"""Run a model over a data set without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for every module, each put back into its own mode afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def logits(model: nn.Module, images: Tensor, batch: int) -> Iterator[tuple[slice, Tensor]]:
    """The outputs in evaluation mode, with the part of the data set that they belong to."""
    with evaluating(model), torch.no_grad():
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            yield part, model(images[part])
