"""A network whose parameters are all 0 stays at ln C (Tables 5, 6 and 7, rows “Zero”).

With two layers or more every weight's gradient is 0 there, being a product with another weight or
with a hidden unit; only the last bias has one. It learns how frequent the classes are, so

    entropy of the frequencies ≤ L(after) ≤ ln C,

and with classes of equal size nothing moves at all.
"""

import math

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.models import Zero
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, arms_plot, holds, table

from . import tables_5_to_7
from .local_minima_recipes import (
    DEFAULT,
    DIGITS_MLP,
    DIGITS_RESNET,
    DIGITS_RESNET_WORLD,
    DIGITS_WORLD,
    MINIBATCHES,
    SUMMED_BATCHES,
    TABLE_5,
    TABLE_6,
    TABLE_7,
    started,
)
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="zero-stuck",
    locator="A.4, Tables 5, 6 and 7, rows “Zero”",
    statement="Training from parameters that are all 0 stays at a loss of ln C.",
    kind="identity",
    formula="|L(after) − ln C| < tolerance",
    estimand="1 − |L − ln C| / tolerance, worst seed",
    unit="tolerances",
    refuted_if="a loss ten tolerances or more away from ln C",
)

ZERO = "zero"
TOLERANCE = 0.02
MEASURED = (quantity("loss"), quantity("gradient_norm"), quantity("open_relus"))


def form(training, seeds, licenses, deviations):
    """From zero, and from the default."""
    return Form(
        experiment=Experiment(
            arms={ZERO: started(training, Zero()), DEFAULT: training}, seeds=seeds, measure=MEASURED
        ),
        criterion=Criterion(
            slack=9.0,
            because=f"{TOLERANCE} nats: that classes are not equally frequent is worth up to "
            "0.0175 in so few images, and the noise of minibatches in the last bias far less",
            licenses=licenses,
            deviations=deviations,
        ),
    )


FAST = {
    "mlp": form(DIGITS_MLP, 8, "An MLP with ReLUs.", DIGITS_WORLD),
    "resnet": form(DIGITS_RESNET, 6, "A small ResNet.", DIGITS_RESNET_WORLD),
}
FULL = {
    "table-5": form(TABLE_5, 1, "ResNet-18 on CIFAR-10.", MINIBATCHES),
    "table-6": form(TABLE_6, 1, "ResNet-18 on CIFAR-100.", MINIBATCHES),
    "table-7": form(TABLE_7, 1, "An MLP on CIFAR-100.", SUMMED_BATCHES),
}
PRINTED = {"resnet": 0, "table-5": 0, "table-6": 1, "mlp": 2, "table-7": 2}


@claim(CLAIM, fast=FAST, full=FULL)
def test_from_all_zeros_the_loss_stays_at_ln_c(measured, judge, case_name):
    source = tables_5_to_7.TABLES[PRINTED[case_name]]
    chance = math.log(10 if case_name in FAST else source.classes)
    loss, opened = measured("loss on train", worst=math.inf), measured("open relus on train")
    slope = measured("gradient norm on train")
    row = next(row for row in source.rows if row.name == "Zero")

    def stays(arm):
        away = np.minimum(np.abs(loss[arm] - chance), 100.0)
        return worst_case(1 - away / TOLERANCE)

    judge(
        stays(ZERO),
        controls=[
            holds(
                "the default initialisation leaves",
                expectation="a loss below half of ln C for every seed",
                observed=f"largest {loss[DEFAULT].max():.4g}",
                held=bool(loss[DEFAULT].max() < chance / 2),
                when_failed="vacuous",
            ),
            holds(
                "not one ReLU opens",
                expectation="share of open ReLUs 0 after training",
                observed=f"largest {opened[ZERO].max():.3g}",
                held=bool(opened[ZERO].max() == 0.0),
                when_failed="confounded",
            ),
        ],
        mutants={"default initialisation": stays(DEFAULT)},
        plots=[arms_plot("loss by arm", "nats", loss, seeds=range(len(loss[ZERO])))],
        tables=[
            table(
                "After training",
                ["arm", "loss", "gradient norm", f"loss printed ({source.name})"],
                [
                    [ZERO, float(loss[ZERO].mean()), float(slope[ZERO].mean()), row.loss],
                    [DEFAULT, float(loss[DEFAULT].mean()), float(slope[DEFAULT].mean()), ""],
                ],
            )
        ],
        printed=(row.loss, f"{source.name}, row “Zero”, after training"),
    )
