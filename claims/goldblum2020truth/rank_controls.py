"""What every claim about attacked networks must show first, and what would break it."""

import numpy as np

from dltheory.statistics import over_seeds_and_images, paired_difference
from dltheory.verdicts import holds, shown

from .rank_worlds import MAX, MIN, PLAIN

CLASSIFIES = "without an attack the network classifies more than half of the images"
WITHSTANDS = "the adversarially trained network withstands the large attack on a tenth of images"
HELD_APART = "RankMax ends at a higher effective rank than RankMin"
REGIME = {"natural": (CLASSIFIES, HELD_APART), "adversarial": (WITHSTANDS, HELD_APART)}
"""The paper's setting: a network that was trained, and projections that do control its rank."""


def in_the_regime(stage, accuracies, log_ranks):
    """The conditions of a stage; `log_ranks` has the mean over layers by arm and seed."""
    trained = {"natural": (CLASSIFIES, "clean", 0.5), "adversarial": (WITHSTANDS, "robust", 0.1)}
    name, attack, least = trained[stage]
    return [
        shown(name, over_seeds_and_images(accuracies[attack][PLAIN]), above=least),
        shown(HELD_APART, paired_difference(log_ranks[MAX], log_ranks[MIN])),
    ]


def attack_without_length(clean, accuracy):
    """The attack with ε = 0 must be no attack: its accuracy is the accuracy, run by run."""
    gap = max(abs(clean[arm].mean(axis=1) - accuracy[arm]).max() for arm in clean)
    return holds(
        "with ε = 0 the attack finds nothing",
        expectation="accuracy by blocks at ε = 0 is the accuracy",
        observed=f"largest difference {gap:.2g}",
        held=gap < 1e-9,
    )


def more_than_clean(clean, robust, *, better, worse):
    """What is lost under attack must exceed what is lost on clean images."""
    lost = (robust[better] - robust[worse]) - (clean[better] - clean[worse])
    return shown(
        f"{worse} loses more under attack than on clean images",
        over_seeds_and_images(lost),
        when_failed="confounded",
    )


def more_than_noise(robust, *, projected, noise):
    """A projection must lose more than random moves of the same length, or rank costs nothing."""
    return shown(
        f"{projected} loses more than random moves of the same length",
        over_seeds_and_images(robust[noise] - robust[projected]),
        when_failed="confounded",
    )


def drawn_by_lot(one, other):
    """A broken experiment: of each seed's two networks, a lot decides which is which."""
    lots = np.random.default_rng(0).choice([-1.0, 1.0], size=len(one))
    return over_seeds_and_images((one - other) * lots[:, None])
