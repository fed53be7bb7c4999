"""A network as a function of images and parameters, with a mode of batch normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm

from dltheory.errors import SpecError
from dltheory.probes._evaluation import modes_kept, require_deterministic

MODES = ("eval", "train", "calibrated")


@dataclass(frozen=True)
class Network:
    """The function from images to outputs at given parameters and buffers.

    `coupled` is true if the output of an image depends on the other images.
    """

    model: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    coupled: bool

    def __call__(self, images: Tensor, parameters: dict[str, Tensor] | None = None) -> Tensor:
        """The outputs, one row per image; `parameters` replace those of the same names."""
        values = self.parameters | (parameters or {})
        outputs = functional_call(self.model, (values, self.buffers), (images,))
        if outputs.dim() != 2 or len(outputs) != len(images):
            raise SpecError(
                "A tangent kernel needs a network with one row of outputs per image; "
                f"{len(images)} images gave a tensor of shape {tuple(outputs.shape)}. "
                "Flatten the outputs to (images, classes)."
            )
        return outputs


@contextmanager
def in_mode(
    model: nn.Module, images: Tensor, mode: str, calibration: Tensor | None
) -> Iterator[Network]:
    """A context with the network on running, batch or calibrated statistics.

    The model is restored at the end. `calibration` are the images for mode "calibrated", by default
    `images`.
    """
    if mode not in MODES:
        raise SpecError(
            'The mode of batch normalisation must be "eval", "train" or "calibrated"; '
            f"got {mode!r}. Use one of these."
        )
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    with modes_kept(model):
        model.eval()
        buffers = {name: b.clone() for name, b in model.named_buffers()}
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        if mode == "calibrated":
            _calibrate(
                Network(model, parameters, buffers, coupled=True),
                norms,
                images if calibration is None else calibration,
            )
        # Without running statistics those of the batch are used, whatever the mode.
        batchwise = any(mode == "train" or norm.running_mean is None for norm in norms)
        if batchwise:
            require_deterministic(model, images[:8])
        for norm in norms:
            norm.training = mode == "train"
        yield Network(model, parameters, buffers, coupled=batchwise)


def _calibrate(network: Network, norms: list[_BatchNorm], images: Tensor) -> None:
    """Replace the running statistics in the network's buffers by those of these images."""
    momenta = [norm.momentum for norm in norms]
    for name, buffer in network.buffers.items():
        if name.rpartition(".")[2] == "num_batches_tracked":
            buffer.zero_()
    try:
        for norm in norms:
            norm.training, norm.momentum = True, None  # the running average of one batch is exact
        with torch.no_grad():
            network(images)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
