"""Batch normalisation, skips and both at one training loss: who has the lowest cosine (Fig. 4).

Nets with both fit sooner than nets with one alone, and cosines go with the loss, so the comparison
at the end of training is one of losses too. Here all are stopped at one.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from dltheory.experiments import Experiment, Quantity, Training, Tuned
from dltheory.statistics import Evidence, paired_difference, weakest
from dltheory.verdicts import arms_plot, density_plot, shown, table

from .architecture_trends import lowest_at_random, near_one_loss, of_pairs
from .recipes import (
    CNN_ON_CIFAR10,
    COSINES,
    FEW_EVAL,
    FEW_TRAIN,
    KINDS_OF_BLOCK,
    LOSS,
    MATCHED_CNN_SEEDS,
    STEM,
    convolutional_parameters,
    stopped_cnn,
    stopped_full_cnn,
)

NEITHER, NORM, SKIPS, BOTH = KINDS_OF_BLOCK
DEEP, FULL_DEEP = 22, 40


def stopped(
    net: Callable[..., Training | Tuned], pairs: Quantity, depth: int, seeds: int
) -> Experiment:
    """The deepest nets with batch normalisation, skips or both, ended at one training loss."""
    return Experiment(
        arms={
            kind: net(depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            if kind != NEITHER
        },
        seeds=seeds,
        measure=(LOSS, pairs, FEW_TRAIN),
    )


STOPPED_SMALL = stopped(stopped_cnn, FEW_EVAL, DEEP, MATCHED_CNN_SEEDS["blocks"])
STOPPED_FULL = stopped(partial(stopped_full_cnn, CNN_ON_CIFAR10), COSINES, FULL_DEEP, 5)


def than_one_alone(
    values: Mapping[str, np.ndarray], arms: Callable[[str], tuple[str, str]]
) -> Evidence:
    """The smaller of two paired differences: batch normalisation alone, skips alone."""
    pairs = [arms(kind) for kind in (NORM, SKIPS)]
    return weakest(*(paired_difference(values[a], values[b]) for a, b in pairs))


def judge_at_one_loss(
    measured: Callable[..., Mapping[str, np.ndarray]], judge: Callable[..., None], *, full: bool
) -> None:
    """Both above one alone, beyond what the dimension gives, and with minibatch statistics too."""
    depth, stem, channels = (FULL_DEEP, 16, 3) if full else (DEEP, STEM, 1)
    losses = measured(LOSS.name, worst=float(np.log(10)))
    cosines = of_pairs(measured((COSINES if full else FEW_EVAL).name, worst=-1.0))
    lowest = {kind: values.min(axis=1) for kind, values in cosines.items()}
    few = of_pairs(measured(FEW_TRAIN.name, worst=-1.0))
    train = {kind: values.min(axis=1) for kind, values in few.items()}
    null = {
        kind: _at_random(kind, depth, stem, channels, cosines[kind].shape[1]) for kind in lowest
    }
    judged = than_one_alone(lowest, lambda k: (BOTH, k))
    judge(
        judged,
        controls=[
            near_one_loss(np.column_stack(list(losses.values()))),
            shown(
                "the difference exceeds that of random directions of the same dimensions",
                than_one_alone({k: v - null[k] for k, v in lowest.items()}, lambda k: (BOTH, k)),
                when_failed="vacuous",
            ),
            shown(
                "the same among 15 minibatches, in train mode",
                than_one_alone(train, lambda k: (BOTH, k)),
                when_failed="confounded",
            ),
        ],
        mutants={"arms swapped": than_one_alone(lowest, lambda k: (k, BOTH))},
        plots=[
            arms_plot(
                "Lowest pairwise cosine at one training loss",
                "lowest cosine",
                lowest,
                seeds=range(len(lowest[BOTH])),
            ),
            density_plot(
                f"Pairwise cosines at depth {depth} and one training loss, all runs",
                "cosine",
                {kind: values.ravel() for kind, values in cosines.items()},
            ),
        ],
        tables=[
            table(
                "Means at one training loss; lowest cosines in evaluation and in train mode",
                ["network", "loss", "lowest cosine", "random directions", "train"],
                [[k, losses[k].mean(), lowest[k].mean(), null[k], train[k].mean()] for k in lowest],
            )
        ],
    )


def _at_random(kind: str, depth: int, stem: int, channels: int, pairs: int) -> float:
    """The median lowest cosine of as many pairs of random directions in the net's dimension."""
    norm, skips = KINDS_OF_BLOCK[kind]
    shape = (channels, 10)
    count = convolutional_parameters(2, depth, stem, shape, batch_norm=norm, skips=skips)
    return lowest_at_random(count, pairs)
