"""What the probes that attack a model have in common."""

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
    """Share of images that an attack did not fool, with its exact two-sided binomial interval.

    `loss` is the mean cross-entropy on the attacked images, and `gradients` the number of gradients
    that an image took on average.
    """

    accuracy: float
    lower: float
    upper: float
    loss: float
    gradients: float


def robust_accuracy(attacked: Attacked, level: float) -> RobustAccuracy:
    """What an attack on N images says about the share of all such images that withstand it.

    Clopper and Pearson's interval: each end errs with probability at most (1 − level) / 2 over the
    draw of the images. It knows nothing of the variation between trained networks. NaN, all but
    the number of gradients, for a network whose outputs are not finite.
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
    """The model as a function of images alone, which no gradient or statistic leaves a trace in.

    "eval" is evaluation mode. With "batch", batch normalisation uses the mean and variance of the
    images that are passed together, as while training, and all else is in evaluation mode; running
    statistics are updated in a copy, which is thrown away.
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
    """The batch that was asked for, or one that suits the device: 64 on a CPU, 1000 on a GPU."""
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
