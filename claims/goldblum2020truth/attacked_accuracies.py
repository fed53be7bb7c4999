"""What claims about attacked networks read: accuracies by attack, and the card that shows them."""

from typing import Any, NamedTuple

from dltheory.verdicts import Control

from .rank_controls import attack_without_length
from .rank_pictures import PRINTED, accuracy_plots, accuracy_table, printed_group
from .rank_worlds import PLAIN


class Attacked(NamedTuple):
    """Accuracies "clean", "robust" and perhaps "robust_small" by arm, seeds × blocks of images."""

    accuracies: dict[str, Any]
    without_length: Control
    shown: dict[str, list[dict[str, Any]]]

    def of(self, *names: str) -> list[dict[str, Any]]:
        """The accuracies of these names."""
        return [self.accuracies[name] for name in names]


def attacked(measured, world, stage, case, printed=PRINTED):
    """What was measured in this world after this stage, with the rows printed for this case."""
    accuracies = {n: measured(q.name, worst=0.0) for n, q in world.attacks(stage).items()}
    clean, group = accuracies["clean"], printed_group(stage, case, printed)
    return Attacked(
        accuracies=accuracies,
        without_length=attack_without_length(clean, measured("accuracy on test", worst=0.0)),
        shown={
            "plots": accuracy_plots(world, accuracies, range(len(clean[PLAIN])), group),
            "tables": [accuracy_table(accuracies, group)],
        },
    )
