"""Pictures and tables of the cards on rank: accuracies by arm and over ε, ranks by layer."""

from decimal import Decimal

import numpy as np

from dltheory.verdicts import arms_plot, lines_plot, table

from . import table_4, table_9, table_10
from .rank_worlds import MAX, MIN, PLAIN

PRINTED = {
    "natural": {**table_4.NATURAL, **table_9.NATURAL, **table_10.NATURAL},
    "adversarial": {**table_4.ADVERSARIAL, **table_10.ADVERSARIAL},
}


def printed_group(stage, case, tables=PRINTED):
    """The three printed rows of a full case; None for the small world."""
    return tables[stage].get(case.removesuffix(f"-{stage}"))


def printed_lead(stage, case, better, worse, column):
    """By how much one arm's printed accuracy lies above another's, as a fraction."""
    rows = printed_rows(printed_group(stage, case))
    high, low = (Decimal(getattr(rows[arm], column)) for arm in (better, worse))
    return float((high - low) / 100)


def printed_rows(group):
    """The rows by the names of our arms."""
    return {PLAIN: group.plain, MAX: group.rank_max, MIN: group.rank_min} if group else {}


def accuracy_plots(world, accuracies, seeds, group=None):
    """Accuracy by arm under each attack with printed values beside, and its fall with ε.

    `accuracies` maps "clean", "robust" and perhaps "robust_small" to tables by seed and block.
    """
    epsilons = {
        "clean": 0.0,
        "robust_small": world.small.epsilon,
        "robust": world.large.epsilon,
    }
    rows = printed_rows(group)
    plots = [
        arms_plot(
            f"accuracy at ε = {epsilons[name]:.3g}",
            "accuracy (fraction)",
            {arm: by_block.mean(axis=1) for arm, by_block in arms.items()},
            seeds=seeds,
            printed={arm: float(getattr(row, name)) / 100 for arm, row in rows.items()},
        )
        for name, arms in accuracies.items()
    ]
    names = sorted(accuracies, key=lambda name: epsilons[name])
    x = [epsilons[name] for name in names]
    lines = {
        arm: (x, np.column_stack([accuracies[name][arm].mean(axis=1) for name in names]))
        for arm in accuracies["clean"]
    }
    printed = {
        arm: (x, [float(getattr(row, name)) / 100 for name in names]) for arm, row in rows.items()
    }
    return [*plots, lines_plot("accuracy over ε", "accuracy", "ε", lines, printed=printed)]


def accuracy_table(accuracies, group=None):
    """Means in percent, with the printed strings beside."""
    rows = printed_rows(group)
    lines = []
    for arm in accuracies["clean"]:
        ours = [f"{100 * arms[arm].mean():.2f}" for arms in accuracies.values()]
        theirs = [getattr(rows[arm], name) if arm in rows else "–" for name in accuracies]
        lines.append([arm, *ours, *(theirs if group else [])])
    names = [name.replace("_", ", ") for name in accuracies]
    theirs = [f"printed {name}" for name in names] if group else []
    caption = f"Accuracy in percent; printed: {group.name}" if group else "Accuracy in percent"
    return table(caption, ["arm", *names, *theirs], lines)


def ranks_plot(title, ranks):
    """Effective rank layer by layer: a line for each of several kinds of network."""
    lines = {
        name: (list(range(values.shape[1])), np.asarray(values)) for name, values in ranks.items()
    }
    return lines_plot(title, "effective rank", "layer", lines)
