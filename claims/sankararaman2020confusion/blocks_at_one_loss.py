"""Batch normalisation, skips and both at one training loss: who has the lowest cosine (Fig. 4).

Nets with both fit sooner than nets with one alone, and cosines go with the loss, so the comparison
at the end of training is one of losses too. Here all are stopped at one. The paper compares no
networks at one loss; these are analogues, at full scale.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from claims.dealt import dealt_arms
from dltheory.experiments import Experiment
from dltheory.statistics import Evidence, paired_difference, weakest
from dltheory.verdicts import Control, arms_plot, density_plot, shown, table

from .architecture_trends import lowest_at_random, near_one_loss
from .recipes import (
    CNN_ON_CIFAR10,
    COSINES,
    COSINES_TRAIN,
    KINDS_OF_BLOCK,
    LOSS,
    convolutional_parameters,
    stopped_full_cnn,
)

NEITHER, NORM, SKIPS, BOTH = KINDS_OF_BLOCK
ALONE = (NORM, SKIPS)
DEEPEST = 100
PAIRS = {"eval": COSINES, "train": COSINES_TRAIN}

STOPPED = Experiment(
    arms={
        kind: stopped_full_cnn(CNN_ON_CIFAR10, DEEPEST, batch_norm=norm, skips=skips)
        for kind, (norm, skips) in KINDS_OF_BLOCK.items()
        if kind != NEITHER
    },
    seeds=5,
    measure=(LOSS, *PAIRS.values()),
)
"""The deepest nets with batch normalisation, skips or both, ended at one training loss."""


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
    mode: str,
) -> None:
    """Both above one alone, in "eval" or in "train" mode, and beyond what the dimension gives."""
    losses, cosines = measured(LOSS.name), measured(PAIRS[mode].name)
    lowest = {kind: values.min(axis=1) for kind, values in cosines.items()}
    count = cosines[BOTH].shape[1]
    null = {kind: at_random(kind, DEEPEST, 16, 3, count) for kind in lowest}
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
                f"Pairwise cosines at depth {DEEPEST} and one training loss, all runs",
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
