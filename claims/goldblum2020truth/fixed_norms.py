"""Networks held at a norm by force, φ ← φ μ/‖φ‖ after every step, beside those of the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from dltheory.experiments import Training
from dltheory.statistics import paired_difference
from dltheory.training import FixedNorm, WeightDecay
from dltheory.verdicts import Control, shown

from .norm_bias_rows import SETTINGS
from .recipes import DECAY, DIGITS_MLP, DIGITS_MLP_ARMS, DIGITS_MLP_SQUARED_NORM, NO_PENALTY

FIXED, FIXED_LARGE = "fixed norm μ", "fixed norm ν"
SMALLEST = "fixed norm² 30"
MATCHED_SMALLEST, MATCHED_LARGE = "smallest norm, steps matched", "norm ν, steps matched"
DIGITS_MLP_LARGE = 225.0  # squared; four pilots without penalty ended at 226
DECAYS = (0.001, 0.003, 0.03)  # besides 0.01
SQUARED_NORMS = (30.0, 120.0)  # besides μ² = 60 and ν² = 225

ROWS = ("resnet18", "fixup20")  # with batch normalisation and, as Fixup, without
FULL_DECAYS = (1e-5, 5e-4, 1e-3)
TIMES = 4.0  # ν² / μ²

MLP_WORLD = ("digits with 20 % corrupted training labels instead of CIFAR",)
MLP = "an MLP on 1,000 digits with a fifth of the training labels redrawn"
ASSAY = "the experiment can see a penalty: weight decay beats none"
NOT_IN_PAPER = "the hard constraint is not in the paper"


def fixed(training: Training, squared_norm: float) -> Training:
    """The same training on a sphere."""
    return training.but(constraint=FixedNorm(squared_norm=squared_norm))


def swept(
    training: Training, decays: Iterable[float], squared_norms: Iterable[float]
) -> dict[str, Training]:
    """Arms between and beyond."""
    decayed = {
        f"weight decay {c:g}": training.but(penalty=WeightDecay(coefficient=c)) for c in decays
    }
    return {**decayed, **{f"fixed norm² {n:g}": fixed(training, n) for n in squared_norms}}


def matched(
    training: Training, middle: float, smallest: float, largest: float
) -> dict[str, Training]:
    """Held at these times the squared norm `middle`, with steps as many times as long."""
    optimiser = training.optimiser
    return {
        name: fixed(training, times * middle).but(
            optimiser=replace(optimiser, learning_rate=times * optimiser.learning_rate)
        )
        for name, times in ((MATCHED_SMALLEST, smallest), (MATCHED_LARGE, largest))
    }


MLP_HARD = {**DIGITS_MLP_ARMS, FIXED: fixed(DIGITS_MLP, DIGITS_MLP_SQUARED_NORM)}
MLP_LARGE = {
    **MLP_HARD,
    FIXED_LARGE: fixed(DIGITS_MLP, DIGITS_MLP_LARGE),
    **swept(DIGITS_MLP, DECAYS, SQUARED_NORMS),
    **matched(
        DIGITS_MLP,
        DIGITS_MLP_SQUARED_NORM,
        SQUARED_NORMS[0] / DIGITS_MLP_SQUARED_NORM,
        DIGITS_MLP_LARGE / DIGITS_MLP_SQUARED_NORM,
    ),
}


def may_diverge(name: str) -> tuple[str, ...]:
    """The arm of a row that the paper prints at chance."""
    return (NO_PENALTY,) if SETTINGS[name].collapses else ()


def assay(accuracy: Mapping[str, np.ndarray]) -> Control:
    """Where no penalty does anything, norms cannot be compared."""
    return shown(ASSAY, paired_difference(accuracy[DECAY], accuracy[NO_PENALTY]))
