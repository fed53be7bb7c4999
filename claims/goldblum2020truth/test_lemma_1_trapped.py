"""Training from an embedded linear classifier stays there (§2, Table 1 rows 1 and 2).

A linear classifier is trained with weight decay and embedded in an MLP by Lemma 1; then all layers
are trained. Trapped means three things at once:

    |L(after) − L(linear)| < m,    L(linear) − L(default, after) > d,    every ReLU stays open.

The released scripts train the embedded network with a hundredth of the step that the default
initialisation gets, and its last layer alone. So two sizes of step are two forms here: a small one
as there, and one and the same for both starting points. With a small step anything stays where it
is; whether the default initialisation leaves in the same time is therefore a control.
"""

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, shown, table

from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DEFAULT_STEP,
    DIGITS_WORLD,
    SMALL_STEP,
    TABLE_1,
    TABLE_1_EMBEDDED,
    TABLE_1_EMBEDDED_AS_IN_CODE,
    TABLE_1_LINEAR,
    embedded,
    lemma_1_default,
    linear_classifier,
)
from .paper import PAPER
from .table_1 import DEFAULT as DEFAULT_ROW
from .table_1 import LEMMA_1 as LEMMA_1_ROW

CLAIM = Claim(
    paper=PAPER,
    row="lemma-1-trapped",
    locator="§2, Table 1, rows “Default” and “Lemma 1”",
    statement="An MLP that starts as an embedded linear classifier is trained no further than it, "
    "where the default initialisation is.",
    kind="equivalence",
    formula="|L(embedded, trained) − L(linear)| < m,  L(linear) − L(default, trained) > d",
    estimand="the smallest of three margins: of the loss kept, of the loss that the default "
    "initialisation goes below it, of the share of open ReLUs; means over seeds",
    unit="nats (share of ReLUs)",
    refuted_if="the embedded network certainly ends elsewhere than at the linear loss, or a ReLU "
    "closes, or the default initialisation stays as high",
)

LINEAR, EMBEDDED = "linear classifier", "embedded, then trained"
SAME_STEP = "default, step of the embedded"
TINY_LINEAR, TINY = "classifier behind ReLUs", "behind ReLUs, then trained"

LOSS, OPEN = "loss on train", "open relus on train"
MARGIN, GAP, SHARE = 0.05, 0.3, 0.99
MEASURED = (
    quantity("loss"),
    quantity("gradient_norm"),
    quantity("open_relus"),
)

BECAUSE = (
    f"kept: within {MARGIN} nats, a sixteenth of the linear loss; below: {GAP} nats, more than a "
    f"third of it; open: {SHARE:.0%} of all ReLUs and images"
)


def digits(step, also):
    """The embedded network trained with this step, what it is held against, and these arms."""
    return Experiment(
        arms={
            LINEAR: linear_classifier(offset=2.0),
            EMBEDDED: embedded(offset=2.0, learning_rate=step),
            DEFAULT: lemma_1_default(DEFAULT_STEP),
            SAME_STEP: lemma_1_default(step),
            **also,
        },
        seeds=5,
        measure=MEASURED,
    )


BEHIND_RELUS = {
    TINY_LINEAR: linear_classifier(offset=0.05),
    TINY: embedded(offset=0.05, learning_rate=SMALL_STEP),
}


def cifar10(trained):
    """The paper's networks, this one embedded."""
    arms = {
        LINEAR: TABLE_1_LINEAR,
        EMBEDDED: trained,
        DEFAULT: TABLE_1,
        SAME_STEP: TABLE_1.but(
            optimiser=TABLE_1_EMBEDDED.optimiser, schedule=TABLE_1_EMBEDDED.schedule, epochs=800
        ),
    }
    return Experiment(arms=arms, seeds=3, measure=MEASURED)


FAST = {
    "small-step": Form(
        experiment=digits(SMALL_STEP, BEHIND_RELUS),
        criterion=Criterion(
            because=BECAUSE,
            licenses="At a hundredth of the default's step, as in the authors' scripts.",
            expected="INCONCLUSIVE",
            expected_reason="with so small a step the default initialisation does not get below "
            "the linear loss either, so staying shows no trap",
            deviations=DIGITS_WORLD,
        ),
    ),
    "same-step": Form(
        experiment=digits(DEFAULT_STEP, {}),
        criterion=Criterion(
            because=BECAUSE,
            licenses="Whether a trained linear classifier holds an MLP at an ordinary step.",
            expected="REFUTED",
            expected_reason="the embedded classifier is left at once, and its network ends lower "
            "than that of the default initialisation",
            deviations=DIGITS_WORLD,
        ),
    ),
}
WIDTH = "hidden layers as wide as the input; the paper does not print the widths"
FULL = {
    "cifar10": Form(
        experiment=cifar10(TABLE_1_EMBEDDED),
        criterion=Criterion(
            because=BECAUSE,
            licenses="The paper's rows “Default” and “Lemma 1”, with all layers trained.",
            deviations=(WIDTH, *CODE_CONSTANTS),
        ),
    ),
    "cifar10-as-in-code": Form(
        experiment=cifar10(TABLE_1_EMBEDDED_AS_IN_CODE),
        criterion=Criterion(
            because=BECAUSE,
            licenses="The same with the last layer alone trained, as in the released script: "
            "then the problem is convex, and no trap is tested.",
            deviations=(WIDTH, *CODE_CONSTANTS),
        ),
    ),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_an_embedded_linear_classifier_is_not_left_by_training(measured, judge):
    loss, opened = measured(LOSS, worst=np.log(10)), measured(OPEN, worst=0.0)
    slope = measured("gradient norm on train", worst=np.inf)

    def trapped(arm, start, opened_there):
        return weakest(
            equivalence(paired_difference(loss[arm], loss[start]), margin=MARGIN),
            paired_difference(loss[start] - GAP, loss[DEFAULT]),
            mean(opened_there - SHARE),
        )

    controls = [
        shown(
            "step size: with the same step the default initialisation goes below the linear loss",
            paired_difference(loss[LINEAR], loss[SAME_STEP]),
            when_failed="confounded",
        )
    ]
    if TINY in loss:
        controls.append(
            shown(
                "a tiny offset: behind closed ReLUs training goes on",
                paired_difference(loss[TINY_LINEAR], loss[TINY]),
                above=MARGIN,
                when_failed="vacuous",
            )
        )
    judge(
        trapped(EMBEDDED, LINEAR, opened[EMBEDDED]),
        controls=controls,
        mutants={"default initialisation in its place": trapped(DEFAULT, LINEAR, opened[DEFAULT])},
        plots=[
            arms_plot(
                "loss by arm",
                "nats",
                loss,
                seeds=range(len(loss[LINEAR])),
                printed={
                    LINEAR: float(LEMMA_1_ROW.before.loss),
                    EMBEDDED: float(LEMMA_1_ROW.after.loss),
                    DEFAULT: float(DEFAULT_ROW.after.loss),
                },
            )
        ],
        tables=[_table(loss, slope, opened)],
        printed=(LEMMA_1_ROW.after.loss, "Table 1, loss after training from Lemma 1"),
    )


def _table(loss, slope, opened):
    rows = [
        [arm, float(loss[arm].mean()), float(slope[arm].mean()), f"{opened[arm].mean():.1%}"]
        for arm in loss
    ]
    return table("Means over seeds", ["arm", "loss", "gradient norm", "open ReLUs"], rows)
