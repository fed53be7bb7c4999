"""Without momentum a network ends worse from biases in U(−10, 10) (§2, Table 1, last row).

    E[ L(plain SGD) − L(SGD with momentum m) ] > 0  after training, paired by seed.

Momentum m multiplies the long-run step by 1/(1 − m). Whether it is momentum that escapes, or a
longer step, is for a third arm to say: plain SGD with the learning rate η/(1 − m).
"""

from dataclasses import replace

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.models import UniformBiases
from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference
from dltheory.verdicts import Claim, Criterion, arms_plot, shown, table

from .local_minima_recipes import (
    CODE_CONSTANTS,
    DIGITS_MLP,
    DIGITS_WORLD,
    TABLE_1,
    started,
    stepping,
)
from .paper import PAPER
from .table_1 import UNIFORM_10_PLAIN

CLAIM = Claim(
    paper=PAPER,
    row="momentum-escapes",
    locator="§2, Table 1, last row",
    statement="From biases in U(−10, 10), training without momentum ends at a higher loss.",
    kind="superiority",
    formula="E[L(momentum 0) − L(momentum m)] > 0",
    estimand="mean over seeds of the difference in training loss, paired by seed",
    unit="nats",
    refuted_if="the difference is certainly smaller than the smallest effect, or negative",
)

MOMENTUM, PLAIN, MATCHED = "momentum", "no momentum", "no momentum, longer step"


def experiment(training, momentum, seeds):
    """With momentum, without, and without but with the step that momentum comes to."""
    start = started(training, UniformBiases(bound=10.0))
    step = start.optimiser.learning_rate

    def steps(learning_rate, momentum):
        optimiser = replace(start.optimiser, learning_rate=learning_rate, momentum=momentum)
        return start.but(optimiser=optimiser)

    return Experiment(
        arms={
            MOMENTUM: steps(step, momentum),
            PLAIN: steps(step, 0.0),
            MATCHED: steps(round(step / (1 - momentum), 6), 0.0),
        },
        seeds=seeds,
        measure=(quantity("loss"), quantity("gradient_norm"), quantity("open_relus")),
    )


BECAUSE = "0.1 nats, a fiftieth of what lies between chance and the losses at the start"
FAST = {
    "small-step": Form(
        experiment=experiment(stepping(DIGITS_MLP, 0.01, 0.9, epochs=150), 0.9, seeds=16),
        criterion=Criterion(
            smallest_effect=0.1,
            because=BECAUSE,
            licenses="With a step of 0.01 and momentum 0.9, on an MLP and digits.",
            deviations=DIGITS_WORLD,
        ),
    ),
    "large-step": Form(
        experiment=experiment(DIGITS_MLP, 0.9, seeds=8),
        criterion=Criterion(
            smallest_effect=0.1,
            because=BECAUSE,
            licenses="With a step of 0.05, at which the default initialisation learns best.",
            expected="REFUTED",
            expected_reason="momentum then throws the network to where it is dead, and plain steps "
            "learn",
            deviations=DIGITS_WORLD,
        ),
    ),
}
FULL = {
    f"m-{momentum:g}": Form(
        experiment=experiment(TABLE_1, momentum, seeds=3),
        criterion=Criterion(
            smallest_effect=0.1,
            because=BECAUSE,
            licenses=f"The last row of Table 1, against momentum {momentum:g}.",
            deviations=(note, *CODE_CONSTANTS),
        ),
    )
    for momentum, note in (
        (0.4, "momentum 0.4, the code's: the paper prints none"),
        (0.9, "momentum 0.9, customary: the paper prints none"),
    )
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_without_momentum_training_ends_at_a_higher_loss(measured, judge):
    loss = measured("loss on train", worst=np.log(10))
    slope = measured("gradient norm on train", worst=np.inf)
    opened = measured("open relus on train", worst=0.0)

    judge(
        paired_difference(loss[PLAIN], loss[MOMENTUM]),
        controls=[
            shown(
                "step size: plain steps as long as momentum's in the long run end higher too",
                paired_difference(loss[MATCHED], loss[MOMENTUM]),
                when_failed="confounded",
            )
        ],
        mutants={"arms swapped": paired_difference(loss[MOMENTUM], loss[PLAIN])},
        plots=[
            arms_plot(
                "loss by arm",
                "nats",
                loss,
                seeds=range(len(loss[PLAIN])),
                printed={PLAIN: float(UNIFORM_10_PLAIN.after.loss)},
            )
        ],
        tables=[_table(loss, slope, opened)],
        printed=(UNIFORM_10_PLAIN.after.loss, "Table 1, loss without momentum; none with"),
    )


def _table(loss, slope, opened):
    rows = [
        [arm, float(loss[arm].mean()), float(slope[arm].mean()), f"{opened[arm].mean():.1%}"]
        for arm in loss
    ]
    return table("Means over seeds", ["arm", "loss", "gradient norm", "open ReLUs"], rows)
