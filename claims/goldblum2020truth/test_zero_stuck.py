"""A network whose parameters are all 0 stays at ln C (Tables 5, 6 and 7, rows “Zero”).

With two layers or more every weight's gradient is 0 there, being a product with another weight or
with a hidden unit; only the last bias has one. It learns how frequent the classes are, so

    entropy of the frequencies ≤ L(after) ≤ ln C,

and with classes of equal size nothing moves at all.
"""

import math

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
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


LEAVES = "the default initialisation leaves: a loss below half of ln C, every seed"


def form(training, where, deviations, **seeds):
    """From zero, and from the default."""
    return Form(
        sentence=f"Trained from parameters that are all 0, {where} stays within {TOLERANCE} nats "
        "of ln C.",
        bearing="instance" if "first_seed" in seeds else "claim",
        regime=(LEAVES,),
        experiment=Experiment(
            arms={ZERO: started(training, Zero()), DEFAULT: training}, measure=MEASURED, **seeds
        ),
        criterion=Criterion(
            slack=9.0,
            because=f"{TOLERANCE} nats: that classes are not equally frequent is worth up to "
            "0.0175 in so few images, and the noise of minibatches in the last bias far less",
            deviations=deviations,
        ),
    )


FRESH = {"seeds": LOOKS[0], "first_seed": FIRST_SEED}
FAST = {
    "mlp": form(
        DIGITS_MLP, "an MLP on 500 digits with a fifth of the labels redrawn", DIGITS_WORLD, **FRESH
    ),
    "resnet": form(
        DIGITS_RESNET, "a ResNet of two blocks on 300 digits", DIGITS_RESNET_WORLD, **FRESH
    ),
}
FULL = {
    "table-5": form(TABLE_5, "ResNet-18 on CIFAR-10", SUMMED_BATCHES, seeds=1),
    "table-6": form(TABLE_6, "ResNet-18 on CIFAR-100", SUMMED_BATCHES, seeds=1),
    "table-7": form(TABLE_7, "an MLP on CIFAR-100", SUMMED_BATCHES, seeds=1),
}
PRINTED = {"resnet": 0, "table-5": 0, "table-6": 1, "mlp": 2, "table-7": 2}


@claim(CLAIM, fast=FAST, full=FULL)
def test_from_all_zeros_the_loss_stays_at_ln_c(measured, judge, case_name):
    source = tables_5_to_7.TABLES[PRINTED[case_name]]
    chance = math.log(10 if case_name in FAST else source.classes)
    loss, opened = measured("loss on train"), measured("open relus on train")
    slope = measured("gradient norm on train")
    row = next(row for row in source.rows if row.name == "Zero")

    def stays(arm):
        away = np.minimum(np.abs(loss[arm] - chance), 100.0)
        return worst_case(1 - away / TOLERANCE)

    judge(
        stays(ZERO),
        regime=[
            holds(
                LEAVES,
                expectation=f"a loss below {chance / 2:.4g}",
                observed=f"largest {loss[DEFAULT].max():.4g}",
                held=bool(loss[DEFAULT].max() < chance / 2),
            )
        ],
        controls=[
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
