"""Width makes deep MLPs easier to train and their gradients less confused (A.1, Fig. 6).

At fixed depth, as the width ℓ grows,

    loss        the final training loss falls,
    confusion   the lowest cosine between gradients of two minibatches, at the end, rises,
    matched     it rises among nets that are stopped at one training loss,
    dimension   it rises by more than that of random directions in as many dimensions;

the estimand of each is the mean over seeds of a slope per doubling of ℓ. The paper reports both
together, for 300 layers on MNIST, after choosing the learning rate of every width by final loss.

The two need not go together. Nets that have nearly reached zero loss have small gradients that
point anywhere, while a narrow net that is still on its way has one direction for all batches; so
the cosine is compared with the loss beside it, at the end and at a matched loss.
"""

import numpy as np

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, page, trend
from dltheory.verdicts import (
    Claim,
    Criterion,
    density_plot,
    holds,
    levels_plot,
    lines_plot,
    shown,
    table,
)

from .architecture_trends import lowest_at_random, near_one_loss, of_pairs
from .paper import PAPER
from .recipes import (
    COSINES,
    DEEP_TANH_ON_DIGITS,
    DEEP_TANH_RATES,
    DEPTH,
    FULL_COSINES,
    FULL_DEPTH,
    FULL_MLP_DEVIATIONS,
    FULL_WIDTHS,
    LOSS,
    WIDTHS,
    full_mlp,
    matched,
    mlp_parameters,
    tuned,
    widened,
)

CLAIM = Claim(
    paper=PAPER,
    row="width-mlp",
    locator="Appendix A.1, Fig. 6",
    statement="At fixed depth, wider MLPs reach a lower loss with less gradient confusion.",
    kind="trend",
    formula="slope over log₂ ℓ of −(final loss), of min cos(∇L_A, ∇L_B): both > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the width",
    unit="per doubling of the width",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)


SMALL = Experiment(
    arms={
        str(width): tuned(widened(DEEP_TANH_ON_DIGITS, width, DEPTH), DEEP_TANH_RATES, pilots=1)
        for width in WIDTHS
    },
    seeds=10,
    measure=(LOSS, COSINES),
)
SMALL_WORLD = ("20 layers on digits for 40 epochs instead of 300 layers on MNIST for 102",)

LOSS_FALLS = Criterion(
    smallest_effect=0.05,
    because="0.05 nats per doubling: over the range of widths, 7 % of the starting loss ln 10",
    licenses="Width lowers the final loss of a 20-layer tanh MLP on digits.",
    deviations=SMALL_WORLD,
)
COSINE_RISES = Criterion(
    smallest_effect=0.02,
    because="0.02 per doubling: over the range of widths, three hundredths of the scale [−1, 1]",
    licenses="How end-of-training confusion goes with width for a 20-layer tanh MLP on digits.",
    expected="INCONCLUSIVE",
    expected_reason="at 20 layers the widest nets end near zero loss, where minibatch gradients "
    "disagree most, so the cosine leans the other way; ten seeds leave the slope open",
    deviations=SMALL_WORLD,
)

KINDS = {
    f"{activation}-{initialisation}": {"activation": activation, "initialisation": initialisation}
    for activation in ("identity", "tanh")
    for initialisation in ("glorot", "lecun")
}


FULL = {
    f"{name}-{quantity}": Form(
        experiment=Experiment(
            arms={str(width): full_mlp(FULL_DEPTH, width, **kind) for width in FULL_WIDTHS},
            seeds=10,
            measure=(LOSS, FULL_COSINES),
        ),
        criterion=Criterion(
            smallest_effect=effect,
            because="as in the small world: the paper prints no numbers",
            licenses=f"The paper's own {quantity} trend with width, {name} MLPs of 300 layers.",
            deviations=FULL_MLP_DEVIATIONS,
        ),
    )
    for name, kind in KINDS.items()
    for quantity, effect in (("loss", 0.05), ("confusion", 0.02))
}


STOPPED_AT = 1.6  # nats; every width comes down to it in pilots, if not on every seed
STOPPED = Experiment(
    arms={
        str(width): matched(widened(DEEP_TANH_ON_DIGITS, width, DEPTH), STOPPED_AT)
        for width in WIDTHS
    },
    seeds=10,
    measure=(LOSS, COSINES),
)
COSINE_RISES_MATCHED = Criterion(
    smallest_effect=0.02,
    because=COSINE_RISES.because,
    licenses="How confusion goes with width at one training loss, 20-layer tanh MLPs on digits.",
    deviations=(
        *SMALL_WORLD,
        "nets are stopped at a training loss of 1.6, at learning rate 0.1",
    ),
)
COSINE_EXCEEDS = Criterion(
    smallest_effect=0.02,
    because=COSINE_RISES.because,
    licenses="The same with the lowest cosine of random directions of each net's dimension taken "
    "off.",
    expected="REFUTED",
    expected_reason="at the end of training the lowest cosine falls with width, and that of random "
    "directions rises by less than 0.01 per doubling",
    deviations=SMALL_WORLD,
)


@claim(
    CLAIM,
    fast={
        "loss": Form(experiment=SMALL, criterion=LOSS_FALLS),
        "confusion": Form(experiment=SMALL, criterion=COSINE_RISES),
        "matched": Form(experiment=STOPPED, criterion=COSINE_RISES_MATCHED),
        "dimension": Form(experiment=SMALL, criterion=COSINE_EXCEEDS),
    },
    full=FULL,
)
def test_wider_mlps_train_to_lower_loss_with_less_confusion(measured, judge, tier, case_name):
    pairs = FULL_COSINES if tier == "full" else COSINES
    losses = measured(LOSS.name, worst=np.log(10))
    cosines = of_pairs(measured(pairs.name, worst=-1.0))
    widths = [int(width) for width in losses]
    loss = np.column_stack(list(losses.values()))
    lowest = np.column_stack([values.min(axis=1) for values in cosines.values()])

    doublings = np.log2(widths)
    falls, rises = opposite(trend(loss, doublings)), trend(lowest, doublings)
    null = _at_random(widths, tier, pairs)
    judged = {"loss": falls, "dimension": trend(lowest - null, doublings)}.get(
        case_name.rpartition("-")[2], rises
    )
    controls = [_trains(loss)]
    if case_name == "matched":
        controls = [
            near_one_loss(loss),
            shown(
                "the trend exceeds that of random directions of the same dimension",
                trend(lowest - null, doublings),
                when_failed="vacuous",
            ),
        ]
    judge(
        judged,
        controls=controls,
        mutants={"widths in reverse": opposite(judged)},
        plots=[
            _plot("final training loss", loss, widths),
            lines_plot(
                "Fig. 6: lowest cosine by width",
                "lowest cosine",
                "width",
                {"gradients": (widths, lowest), "random directions": (widths, null)},
                x_log=True,
            ),
            density_plot(
                "pairwise cosines, all runs",
                "cosine",
                {f"width {width}": values.ravel() for width, values in cosines.items()},
            ),
        ],
        tables=[_table(loss, lowest, widths, null)],
    )


def _trains(loss):
    lowest = loss.mean(axis=0).min()
    return holds(
        "some width trains",
        expectation="a mean final loss below half of ln 10, the loss of a constant answer",
        observed=f"lowest mean {lowest:.3g}",
        held=lowest < np.log(10) / 2,
    )


def _at_random(widths, tier, pairs):
    """The median lowest cosine of as many pairs of random directions in each net's dimension."""
    depth, inputs = (FULL_DEPTH, 784) if tier == "full" else (DEPTH, 64)
    count = dict(pairs.options)["pairs"]
    return np.array([lowest_at_random(mlp_parameters(w, depth, inputs), count) for w in widths])


def _plot(axis, values, widths):
    seeds = range(len(values))
    return levels_plot(f"{axis} by width", axis, "width", widths, values, seeds=seeds, x_log=True)


def _table(loss, lowest, widths, null):
    means = zip(widths, loss.mean(axis=0), lowest.mean(axis=0), null, strict=True)
    rows = [list(row) for row in means]
    pages = f"Page's L: loss falling p = {page(-loss):.2g}, cosine rising p = {page(lowest):.2g}"
    columns = ["width", "mean loss", "mean lowest cosine", "random directions"]
    return table(pages, columns, rows)
