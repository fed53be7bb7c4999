"""Table 2: accuracies in percent of ResNet-18 on CIFAR-10, by heuristics and by start.

What stands after ± is not said. The runs are five (§3), the training images 50,000, the test images
10,000.
"""

from typing import NamedTuple

from dltheory.statistics import Cell

RUNS = 5
GRANULE = "0.01"  # one of 10,000 images, in percent
TRAIN_GRANULE = "0.002"  # one of 50,000


class Row(NamedTuple):
    """One combination of heuristics: test accuracy from a random and an adversarial start."""

    name: str
    random: Cell
    adversarial: Cell
    random_train: Cell
    adversarial_train: Cell


ALL = ("100.000", "0.000")


def _row(
    name: str,
    random: tuple[str, str],
    adversarial: tuple[str, str],
    adversarial_train: tuple[str, str] = ALL,
) -> Row:
    cells = (random, adversarial, ALL, adversarial_train)
    return Row(name, *(Cell(mean=m, error=e, n=RUNS) for m, e in cells))


ROWS = (
    _row("vanilla", ("84.838", "0.193"), ("56.024", "0.883")),
    _row("DA", ("93.370", "0.115"), ("89.402", "0.175"), ("99.995", "0.003")),
    _row("ℓ2", ("87.352", "0.055"), ("83.172", "3.732")),
    _row("momentum", ("89.200", "0.176"), ("89.016", "0.142")),
    _row("DA + ℓ2", ("94.680", "0.071"), ("94.192", "0.173")),
    _row("DA + momentum", ("93.448", "0.242"), ("92.756", "0.347"), ("100.000", "0.001")),
    _row("ℓ2 + momentum", ("89.050", "0.110"), ("88.932", "0.373")),
    _row("SOTA", ("95.324", "0.086"), ("95.346", "0.098"), ("100.000", "0.001")),
)
BY_NAME = {row.name: row for row in ROWS}
