"""Functions that all probes with attacks use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm

from dltheory.attacks.pgd import Attacked
from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating
from dltheory.statistics.rates import RateEvidence

Statistics = Literal["eval", "batch"]


class RobustAccuracy(NamedTuple):
    """The share of images that an attack did not fool, with its exact two-sided interval.

    `lower` and `upper` are the ends of the interval, `loss` is the mean cross-entropy on the
    attacked images, and `gradients` is the average number of gradients per image.
    """

    accuracy: float
    lower: float
    upper: float
    loss: float
    gradients: float


def robust_accuracy(attacked: Attacked, level: float) -> RobustAccuracy:
    """The share of images that withstand an attack, with Clopper and Pearson's interval.

    Each end of the interval errs with probability at most (1 − level) / 2 over the draw of the
    images. The variation between trained networks is not included. If outputs are not finite, all
    fields except `gradients` are NaN.
    """
    count = attacked.fooled.numel()
    effort = attacked.gradients / count
    withstood = float(attacked.withstood.sum())
    if math.isnan(withstood):
        return RobustAccuracy(math.nan, math.nan, math.nan, math.nan, effort)
    rate = RateEvidence(successes=int(withstood), trials=count)
    interval = rate.interval((1 - level) / 2)
    return RobustAccuracy(
        interval.estimate,
        interval.lower,
        interval.upper,
        float(attacked.loss.double().mean()),
        effort,
    )


@contextmanager
def outputs_of(
    model: nn.Module, images: Tensor, statistics: Statistics
) -> Iterator[Callable[[Tensor], Tensor]]:
    """A context with the model as a function of images; using it does not change the model.

    With statistics "eval" the model is in evaluation mode. With "batch" batch normalisation uses
    the mean and variance of the images that are passed together, and all other modules are in
    evaluation mode; running statistics are updated in a copy that is discarded.
    """
    with evaluating(model, images):
        buffers = {}
        if statistics == "batch":
            buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
            for module in model.modules():
                if isinstance(module, _BatchNorm):
                    module.training = True
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        yield lambda x: functional_call(model, (parameters, buffers), (x,))


def images_per_pass(images: Tensor, statistics: Statistics, batch: int | None) -> int:
    """The number of images per pass: `batch`, or by default 64 on a CPU and 1000 on a GPU.

    SpecError is raised for unknown statistics, and for "batch" statistics without `batch`.
    """
    if statistics not in ("eval", "batch"):
        raise SpecError(
            "An attack needs to know which statistics batch normalisation uses, the running or "
            f"those of the attacked batch; got {statistics!r}. Give bn='eval' or bn='batch'."
        )
    if batch is None and statistics == "batch":
        raise SpecError(
            "With bn='batch' the result depends on which images are passed together; got "
            f"{len(images)} images and no batch size. Give batch=128, or what training used."
        )
    return batch or (64 if images.device.type == "cpu" else 1000)
