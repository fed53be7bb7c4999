"""What a bad start costs: accuracy from a random start minus accuracy from the adversarial one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dltheory.statistics import mean, weakest
from dltheory.verdicts import Control, arms_plot, holds, shown, table

from .recipes import (
    ADVERSARIAL,
    FORGETS,
    LEAST_DOSE,
    RANDOM,
    TEST,
    TRAIN,
    TRUE,
    VANILLA,
    arm,
    dose,
    small,
)
from .table_2 import BY_NAME

Samples = Mapping[str, np.ndarray]


def gap(accuracy: Samples, how: str, start: str = ADVERSARIAL) -> np.ndarray:
    """What this start costs with these heuristics, seed by seed."""
    return accuracy[arm(how, RANDOM)] - accuracy[arm(how, start)]


MATTERS = "random labels in the start cost vanilla SGD accuracy, and as long on true ones less"
IMAGE = 1 / 200  # one training image of the small world; larger sets have finer steps
AT_MINIMA = "vanilla SGD classifies 99 % of the training images from each start"


def matters(accuracy: Samples) -> Control:
    """Where the start costs vanilla SGD nothing there is nothing to repair.

    The cost is that of the random labels, and not of more training: a start from as many steps on
    the true labels must end higher too.
    """
    labels = accuracy[arm(VANILLA, TRUE)] - accuracy[arm(VANILLA, ADVERSARIAL)]
    return shown(MATTERS, weakest(mean(gap(accuracy, VANILLA)), mean(labels)))


def against_true_labels() -> dict[str, Any]:
    """The arm that `matters` needs beside both starts of vanilla SGD."""
    return small(VANILLA, starts=(TRUE,))


def forgets(how: str) -> Control:
    """Whether decay is strong and long enough to shrink the start to e⁻², an eighth.

    The paper's doses are 3.15 without and 31.5 with momentum.
    """
    found = dose(small(how)[arm(how, RANDOM)], images=200)
    return holds(
        FORGETS,
        expectation=f"a dose of at least {LEAST_DOSE:g}; 3.15 or 31.5 in the paper",
        observed=f"{found:.2f}",
        held=found >= LEAST_DOSE,
    )


def fitted(train: Samples, arms: Iterable[str]) -> Control:
    """A gap between networks one of which does not fit is no gap between minima."""
    return shown(AT_MINIMA, weakest(*(mean(train[name], step=IMAGE) for name in arms)), above=0.99)


def accuracies_plot(accuracy: Samples, names: Iterable[str], seeds: int, **more: Any) -> dict:
    """Test accuracy by heuristics and start."""
    shown = {name: accuracy[name] for name in names}
    return arms_plot("test accuracy by start", TEST.name, shown, seeds=range(seeds), **more)


def printed_accuracies(*hows: str) -> dict[str, float]:
    """What Table 2 prints for these heuristics from both starts, as fractions."""
    return {
        arm(how, start): float(getattr(BY_NAME[how], start).mean) / 100
        for how in hows
        for start in (RANDOM, ADVERSARIAL)
    }


def gaps_table(accuracy: Samples, train: Samples, names: Iterable[str]) -> dict[str, Any]:
    """Both accuracies, the gap, and whether the training images are fitted, for each heuristic."""
    rows = [
        [
            name,
            100 * accuracy[arm(name, RANDOM)].mean(),
            100 * accuracy[arm(name, ADVERSARIAL)].mean(),
            100 * gap(accuracy, name).mean(),
            100 * gap(accuracy, name).std(ddof=1),
            100 * train[arm(name, ADVERSARIAL)].mean(),
        ]
        for name in names
    ]
    columns = ["heuristics", "random start", "adversarial start", "gap", "SD of the gap"]
    return table(
        f"{TEST.name} in percent; {TRAIN.name} from the adversarial start",
        [*columns, "train"],
        rows,
    )
