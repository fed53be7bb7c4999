"""What claims about attacked networks read: accuracies by attack, and the card that shows them."""

from typing import Any, NamedTuple

import numpy as np

from dltheory.verdicts import Control

from .rank_controls import attack_without_length, in_the_regime
from .rank_pictures import PRINTED, accuracy_plots, accuracy_table, printed_group
from .rank_worlds import PLAIN, RANKS


class Attacked(NamedTuple):
    """Accuracies "clean", "robust" and perhaps "robust_small" by arm, seeds × blocks of images."""

    accuracies: dict[str, Any]
    without_length: Control
    regime: list[Control]
    shown: dict[str, list[dict[str, Any]]]

    def of(self, *names: str) -> list[dict[str, Any]]:
        """The accuracies of these names."""
        return [self.accuracies[name] for name in names]


def log_ranks(measured, world):
    """The mean over layers of the logarithm of the effective rank, by arm and seed."""
    layers = list(world.layers)
    return {arm: np.log(r)[:, layers].mean(axis=1) for arm, r in measured(RANKS.name).items()}


def attacked(measured, world, stage, case, printed=PRINTED):
    """What was measured in this world after this stage, with the rows printed for this case."""
    accuracies = {name: measured(q.name) for name, q in world.attacks(stage).items()}
    clean, group = accuracies["clean"], printed_group(stage, case, printed)
    logs = log_ranks(measured, world)
    return Attacked(
        accuracies=accuracies,
        without_length=attack_without_length(clean, measured("accuracy on test")),
        regime=in_the_regime(stage, accuracies, logs),
        shown={
            "plots": accuracy_plots(world, accuracies, range(len(clean[PLAIN])), group),
            "tables": [accuracy_table(accuracies, group)],
        },
    )
