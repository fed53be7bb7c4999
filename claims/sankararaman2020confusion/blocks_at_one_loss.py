"""Batch normalisation, skips and both at one training loss: who has the lowest cosine (Fig. 4).

Nets with both fit sooner than nets with one alone, and cosines go with the loss, so the comparison
at the end of training is one of losses too. Here all are stopped at one.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from claims.dealt import dealt_arms
from claims.seeds import FIRST_SEED
from dltheory.experiments import Experiment, Quantity, Training, Tuned
from dltheory.statistics import Evidence, paired_difference, weakest
from dltheory.verdicts import Control, arms_plot, density_plot, shown, table

from .architecture_trends import lowest_at_random, near_one_loss, of_pairs
from .recipes import (
    CNN_LOOKS,
    CNN_ON_CIFAR10,
    COSINES,
    FEW_EVAL,
    FEW_TRAIN,
    KINDS_OF_BLOCK,
    LOSS,
    STEM,
    convolutional_parameters,
    stopped_cnn,
    stopped_full_cnn,
)

NEITHER, NORM, SKIPS, BOTH = KINDS_OF_BLOCK
ALONE = (NORM, SKIPS)
DEEP, FULL_DEEP = 22, 40


def stopped(
    net: Callable[..., Training | Tuned],
    pairs: Quantity,
    depth: int,
    seeds: int | tuple[int, ...],
    first_seed: int = 0,
) -> Experiment:
    """The deepest nets with batch normalisation, skips or both, ended at one training loss."""
    return Experiment(
        arms={
            kind: net(depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            if kind != NEITHER
        },
        seeds=seeds,
        first_seed=first_seed,
        measure=(LOSS, pairs, FEW_TRAIN),
    )


STOPPED_SMALL = stopped(stopped_cnn, FEW_EVAL, DEEP, CNN_LOOKS, FIRST_SEED)
STOPPED_FULL = stopped(partial(stopped_full_cnn, CNN_ON_CIFAR10), COSINES, FULL_DEEP, 5)


def than_one_alone(
    values: Mapping[Any, np.ndarray], arms: Callable[[str], tuple[Any, Any]]
) -> Evidence:
    """The smaller of two paired differences: batch normalisation alone, skips alone."""
    pairs = [arms(kind) for kind in ALONE]
    return weakest(*(paired_difference(values[a], values[b]) for a, b in pairs))


def judge_at_one_loss(
    measured: Callable[..., Mapping[str, np.ndarray]],
    judge: Callable[..., None],
    *,
    full: bool,
    mode: str,
) -> None:
    """Both above one alone, in "eval" or in "train" mode, and beyond what the dimension gives."""
    depth, stem, channels = (FULL_DEEP, 16, 3) if full else (DEEP, STEM, 1)
    losses = measured(LOSS.name, worst=float(np.log(10)))
    pairs = FEW_TRAIN if mode == "train" else COSINES if full else FEW_EVAL
    cosines = of_pairs(measured(pairs.name, worst=-1.0))
    lowest = {kind: values.min(axis=1) for kind, values in cosines.items()}
    count = cosines[BOTH].shape[1]
    null = {kind: at_random(kind, depth, stem, channels, count) for kind in lowest}
    judge(
        than_one_alone(lowest, _both_over),
        controls=[
            near_one_loss(np.column_stack(list(losses.values()))),
            beyond_dimension(lowest, null),
        ],
        mutants={"kinds of block dealt at random": than_one_alone(dealt_arms(lowest), _both_over)},
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
                f"Means at one training loss; cosines in {mode} mode",
                ["network", "loss", "lowest cosine", "random directions"],
                [[k, losses[k].mean(), lowest[k].mean(), null[k]] for k in lowest],
            )
        ],
    )


def beyond_dimension(lowest: Mapping[str, np.ndarray], null: Mapping[str, float]) -> Control:
    """Both above one alone with the lowest cosine of random directions taken off."""
    return shown(
        "the difference exceeds that of random directions of the same dimensions",
        than_one_alone({kind: lowest[kind] - null[kind] for kind in (BOTH, *ALONE)}, _both_over),
        when_failed="vacuous",
    )


def _both_over(kind: str) -> tuple[str, str]:
    return BOTH, kind


def at_random(
    kind: str, depth: int, stem: int, channels: int, pairs: int, classes: int = 10
) -> float:
    """The median lowest cosine of as many pairs of random directions in the net's dimension."""
    norm, skips = KINDS_OF_BLOCK[kind]
    shape = (channels, classes)
    count = convolutional_parameters(2, depth, stem, shape, batch_norm=norm, skips=skips)
    return lowest_at_random(count, pairs)
